"""A conversation as a file: Markdown to read, JSON to compute with, both with their citations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from assistant.answer import Answer, Citation
from assistant.journal_flags import Opinion

NOTE = "Answers quote guides word for word; each quote can be checked with the document's text from `start` to `end`."


def as_json(answers: Sequence[Answer], opinions: Mapping[str, Opinion] | None = None) -> str:
    """The answers of a conversation, oldest first, each as the answer contract; the person's opinions by the answer's id."""
    said = {a.id: opinions[a.id].model_dump(mode="json") for a in answers if opinions and a.id in opinions}
    kept = {"answers": [a.model_dump(mode="json") for a in answers], "opinions": said}
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def as_markdown(answers: Sequence[Answer], opinions: Mapping[str, Opinion] | None = None) -> str:
    """The conversation for reading: question, answer, how sure, the quotes with their sources, the limits, the person's flag."""
    parts = ["# Conversation with the AI PM career assistant", NOTE]
    for answer in answers:
        sure = answer.confidence
        percent = "" if sure.probability is None else f" ({sure.probability:.0%})"
        told = "Not in my sources" if answer.abstained else f"Confidence: {sure.level}{percent}"
        parts += [f"## {' '.join(answer.question.split())}", answer.answer, f"{told}. {' '.join(sure.reasons)}"]
        parts += [_citation(c) for c in answer.citations]
        if answer.limits:
            parts.append("\n".join(f"- {limit}" for limit in answer.limits))
        opinion = opinions.get(answer.id) if opinions else None
        if opinion and opinion.flag:
            parts.append(told_flag(opinion))
    return "\n\n".join(parts) + "\n"


def told_flag(opinion: Opinion) -> str:
    """What a person said of an answer, and what became of it, in one line."""
    comment = f": “{opinion.comment.rstrip('. ')}”" if opinion.comment else ""
    became = f"Answered on {opinion.resolved[:10]}: {opinion.resolution or 'looked at.'}" if opinion.resolved else "Not answered yet."
    return f"⚑ You flagged this as {opinion.reason}{comment}. {became}"


def _citation(citation: Citation) -> str:
    where = ", ".join(part for part in (citation.title, citation.section, f"page {citation.page}" if citation.page else "") if part)
    quote = "\n".join(f"> {line}" for line in citation.quote.split("\n"))
    sources = "".join(
        f"\n> Source: {', '.join(part for part in (s.publisher, s.title, s.date or '', s.url or '') if part)}" for s in citation.sources
    )
    return f"{quote}\n>\n> [{citation.number}] {where} ({citation.document}, characters {citation.start}-{citation.end}){sources}"
