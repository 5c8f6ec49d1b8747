"""Answer -> the HTML of a chat message. Every text from outside is escaped down to the last Markdown character.

Gradio renders messages as Markdown, then sanitises the HTML. Text that comes from a document or a person must show as
the characters that it is, so each one that either stage could read as markup becomes a numeric entity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Answer, Citation, CitedSource, Partial
from assistant.explained import explain, understood_as
from assistant.export import told_flag
from assistant.glossary import Glossary
from assistant.journal_flags import Opinion
from assistant.message import small_talk
from assistant.profile import Advice
from assistant.ui.places import WEB, citation_id, place_id

_MARKUP = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>&$\"'=:/@^%]")
_BREAK = re.compile(r"\r?\n")
_MARKER = re.compile(r"\[(\d+)\]")
SYMBOL = {"high": "●●●", "medium": "●●○", "low": "●○○"}
NONE = "○○○"
STANDING = {"primary": "read in the original", "secondary": "known through a report of it", "own": "our own arithmetic"}
_PAY = re.compile(r"[$€£]\s?\d")


def escape(text: str) -> str:
    """The text as entities: nothing in it can act as HTML, Markdown, LaTeX or a link that links itself.

    Example:
        >>> escape("<b>")
        '&#60;b&#62;'
    """
    return _MARKUP.sub(lambda m: f"&#{ord(m.group())};", text)


def said(question: str) -> str:
    """A person's message as it was typed, line breaks and all."""
    return "\n".join(escape(line) for line in _BREAK.split(question))


def message(answer: Answer, glossary: Glossary | None = None, opinion: Opinion | None = None, advice: Sequence[Advice] = ()) -> str:
    """The chat message of an answer: what was understood, the text, how sure, the quotes behind it, the limits.

    Args:
        glossary: explains jargon where it first stands, when it is pointed at.
        opinion: what this person said of the answer, and what became of it.
        advice: what the answer means for this person's own role and years.
    """
    explained = _Explainer(glossary)
    parts = []
    if small_talk(answer.question):  # nothing was looked for
        return f'<div class="answer">{_body(answer, explained)}</div>'
    if answer.abstained:
        parts.append(f'<p class="looked">Not in my sources. Looked for: {escape(answer.standalone_question)}</p>')
    elif understood := understood_as(answer):
        parts.append(f'<p class="understood">Understood as: {escape(understood)}</p>')
    parts.append(_body(answer, explained))
    if advice:
        parts.append(_advice(advice))
    parts.append(_written(answer))
    parts.append(_limits(answer))
    parts.append(_confidence(answer))
    if answer.citations:
        parts.append(_sources(answer))
    if opinion and opinion.flag:
        parts.append(_flagged(opinion))
    kind = "abstained" if answer.abstained else answer.confidence.level
    return f'<div class="answer {kind}">{"".join(parts)}</div>'


def partial_message(partial: Partial, glossary: Glossary | None = None) -> str:
    """The chat message of an answer that is still being written: what is checked so far."""
    return f'<div class="writing">{_body(partial, _Explainer(glossary))}<p class="working">Writing and checking…</p></div>'


def failure(reason: str) -> str:
    """The message that stands where an answer could not be given."""
    told = f"<p>I could not answer that. {escape(reason)}</p><p>Your question is back in the box below.</p>"
    return f'<div class="failed" role="alert">{told}</div>'


class _Explainer:
    """Escapes text, its jargon marked where it first stands in a message."""

    def __init__(self, glossary: Glossary | None) -> None:
        self._glossary = glossary
        self._told: set[str] = set()

    def __call__(self, text: str) -> str:
        """The text as entities, with explanations as titles."""
        pieces: list[str] = []
        position = 0
        for mention in self._glossary.mentions(text) if self._glossary else ():
            if mention.entry.term in self._told:
                continue
            self._told.add(mention.entry.term)
            word, meaning = escape(text[mention.start : mention.end]), escape(mention.entry.explanation)
            pieces += [
                escape(text[position : mention.start]),
                f'<span class="term" role="note" tabindex="0" title="{meaning}">{word}</span>',
            ]
            position = mention.end
        return "".join([*pieces, escape(text[position:])])


def _body(answer: Answer | Partial, explained: _Explainer) -> str:
    blocks: list[str] = []
    items: list[str] = []
    for line in [*answer.answer.split("\n"), ""]:
        if line.startswith("- "):
            items.append(f"<li>{_marked(line[2:], answer, explained)}</li>")
            continue
        if items:
            blocks.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line:
            blocks.append(f"<p>{_marked(line, answer, explained)}</p>")
    return "".join(blocks)


def _marked(line: str, answer: Answer | Partial, explained: _Explainer) -> str:
    """Escape a line, its citation markers made into chips: pointed at they show the quote, opened they show the whole guide."""
    cited = {c.number: c for c in answer.citations}
    pieces: list[str] = []
    position = 0
    for match in _MARKER.finditer(line):
        citation = cited.get(int(match[1]))
        if citation:  # a number in brackets that cites nothing is the document's own text
            pieces += [explained(line[position : match.start()]), _chip(answer, citation)]
            position = match.end()
    return "".join([*pieces, explained(line[position:])])


def _chip(answer: Answer | Partial, citation: Citation) -> str:
    if isinstance(answer, Answer):
        identity = citation_id(answer.id, citation.number)
    else:  # what is being written is in no journal yet
        identity = place_id(citation.document, citation.start, citation.end)
    source = citation.sources[0] if citation.sources else None
    where = ", ".join(part for part in ((source.publisher, source.date or "no date") if source else (citation.title,)) if part)
    page = f", page {citation.page}" if citation.page else ""
    title = escape(f"“{citation.quote}” — {where}{page}")
    return f'<sup><span class="cite open-source" id="{identity}" role="button" tabindex="0" title="{title}">{citation.number}</span></sup>'


def _advice(advice: Sequence[Advice]) -> str:
    rows = ""
    for told in advice:
        place = ""
        if told.document and told.start is not None and told.end is not None:
            identity = place_id(told.document, told.start, told.end)
            place = f' <span class="open-source link" id="{identity}" role="button" tabindex="0">see it in the guide</span>'
        rows += f"<li>{escape(told.text)}{place}</li>"
    return f'<div class="for-you"><p class="for-you-title">For your profile</p><ul>{rows}</ul></div>'


def _confidence(answer: Answer) -> str:
    sure = answer.confidence
    percent = "" if sure.probability is None else f", {sure.probability:.0%}"
    word = "Not in my sources" if answer.abstained else f"{sure.level.capitalize()} confidence{percent}"
    symbol = NONE if answer.abstained else SYMBOL[sure.level]
    why = explain(answer)
    parts = [f"<p>{escape(why.meaning)}</p>"]
    for title, lines in (
        ("What speaks for it", why.raised),
        ("What speaks against it", why.lowered),
        ("Its sources", (why.sources,) if why.sources else ()),
        ("What would raise it", why.would_raise),
    ):
        if lines:
            parts.append(f'<p class="why">{title}</p><ul>{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>')
    return (
        f'<details class="confidence {sure.level}"><summary><span class="dots">{symbol}</span> {word}'
        f'<span class="more"> · why?</span></summary>{"".join(parts)}</details>'
    )


def _written(answer: Answer) -> str:
    """Who wrote it, where that was a model, and what of it its quotes bear in part only."""
    if answer.mode != "generated":
        return ""
    weak = sum(claim.support != "supported" for claim in answer.claims)
    borne = f" {weak} of {len(answer.claims)} sentences are borne in part only: read their quotes." if weak else ""
    return f'<p class="written">Written by {escape(answer.model or "a model")} from the quotes below, each sentence checked.{borne}</p>'


def _limits(answer: Answer) -> str:
    """The limits, open beside amounts of money, folded elsewhere."""
    if not answer.limits:
        return ""
    items = "".join(f"<li>{escape(limit)}</li>" for limit in answer.limits)
    if any(_PAY.search(c.quote) for c in answer.citations):
        return f'<div class="limits near"><p class="limits-title">Before you rely on these figures</p><ul>{items}</ul></div>'
    return f'<details class="limits"><summary>What to know about these sources</summary><ul>{items}</ul></details>'


def _sources(answer: Answer) -> str:
    rows = "".join(_citation(c) for c in answer.citations)
    count = "1 quote" if len(answer.citations) == 1 else f"{len(answer.citations)} quotes"
    return f'<details class="sources"><summary>{count} behind this answer</summary><ol>{rows}</ol></details>'


def _citation(citation: Citation) -> str:
    where = " › ".join(escape(part) for part in (citation.title, citation.section) if part)
    where += f", page {citation.page}" if citation.page else ""
    header = citation.context.split("\n")[-1] if citation.quote.startswith("|") else ""
    header = f"<code>{escape(header)}</code><br>" if header else ""
    sources = "".join(f"<br><small>{_source(s)}</small>" for s in citation.sources)
    place = place_id(citation.document, citation.start, citation.end)
    link = f'<span class="open-source link" id="{place}" role="button" tabindex="0">open in the guide</span>'
    return f"<li>{header}<q>{escape(citation.quote)}</q><br><small>{where} · {link}</small>{sources}</li>"


def _source(source: CitedSource) -> str:
    title = escape(source.title)
    if source.url and WEB.match(source.url):
        title = f'<a href="{escape(source.url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    told = ", ".join(part for part in (escape(source.publisher), title, escape(source.date or "no date")) if part)
    return f"{told} ({STANDING[source.standing]})"


def _flagged(opinion: Opinion) -> str:
    return f'<p class="flagged">{escape(told_flag(opinion))}</p>'
