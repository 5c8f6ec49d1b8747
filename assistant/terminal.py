"""What a terminal shows: an answer as plain text, and news on standard error."""

from __future__ import annotations

import re
import sys

from assistant.answer import Answer
from assistant.explained import understood_as
from assistant.glossary import Glossary

MAX_EXPLAINED = 3

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # escapes and changes of direction; not tab, not newline


def say_on_stderr(line: str) -> None:
    """Progress and news: standard output carries the answer alone."""
    print(line, file=sys.stderr, flush=True)


def readable(answer: Answer, glossary: Glossary | None = None) -> str:
    """The answer, its quotes with their places and sources, confidence, limits, words explained, and what else can be asked."""
    lines = [answer.answer, ""]
    if understood := understood_as(answer):
        lines.insert(0, f"(Understood as: {understood})\n")
    for citation in answer.citations:
        where = " > ".join(part for part in (citation.title, citation.section) if part)
        header = f"    {citation.context.splitlines()[-1]}" if citation.quote.startswith("|") else None
        lines += [*([header] if header else []), f"[{citation.number}] “{citation.quote}”"]
        page = f"page {citation.page}, " if citation.page else ""
        lines.append(f"    {where} ({citation.document}, {page}characters {citation.start}-{citation.end})")
        lines += ["    " + ", ".join(part for part in (s.publisher, s.title, s.date, s.url) if part) for s in citation.sources]
    confidence = answer.confidence
    sure = "" if confidence.probability is None else f" ({confidence.probability:.0%})"
    lines += ["", f"Confidence: {confidence.level}{sure}. {' '.join(confidence.reasons)}"]
    lines += [f"Note: {limit}" for limit in answer.limits]
    if glossary and not answer.abstained:
        lines += [f"Note: {explained}" for explained in _explained(answer, glossary)]
    if answer.followups:
        lines += ["", "You can also ask:", *(f"- {followup}" for followup in answer.followups)]
    return plain("\n".join(lines))


def plain(text: str) -> str:
    """The text without what a terminal would obey: control characters of a document show as the sign for unknown."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _explained(answer: Answer, glossary: Glossary) -> list[str]:
    """What the answer's jargon means, but for words that the person used and what the answer itself explains."""
    used = {m.entry.term for m in glossary.mentions(answer.standalone_question)}
    said = {m.entry for claim in answer.claims for m in glossary.mentions(claim.text)}
    new = [m.entry for m in glossary.mentions(answer.answer) if m.entry in said and m.entry.term not in used]
    return [entry.explanation for entry in new if entry.explanation not in answer.answer][:MAX_EXPLAINED]
