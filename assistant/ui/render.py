"""Answer -> the HTML of a chat message. Every text from outside is escaped down to the last Markdown character.

Gradio renders messages as Markdown, then sanitises the HTML. Text that comes from a document or a person must show as
the characters that it is, so each one that either stage could read as markup becomes a numeric entity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Answer, Citation, CitedSource
from assistant.glossary import Glossary

_MARKUP = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>&$\"'=:/@^%]")
_MARKER = re.compile(r"\[(\d+)\]")
_SYMBOL = {"high": "●●●", "medium": "●●○", "low": "●○○"}
_STANDING = {"primary": "read in the original", "secondary": "known through a report of it", "own": "our own arithmetic"}


def escape(text: str) -> str:
    """The text as entities: nothing in it can act as HTML, Markdown, LaTeX or a link that links itself.

    Example:
        >>> escape("<b>")
        '&#60;b&#62;'
    """
    return _MARKUP.sub(lambda m: f"&#{ord(m.group())};", text)


def message(answer: Answer, glossary: Glossary | None = None) -> str:
    """The chat message of an answer: what was understood, the text, how sure, the quotes behind it, the limits.

    Args:
        glossary: explains jargon where it first stands, when it is pointed at.
    """
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(f'<p class="understood">Understood as: {escape(answer.standalone_question)}</p>')
    parts.append(_body(answer, _Explainer(glossary)))
    parts.append(_confidence(answer))
    if answer.citations:
        parts.append(_sources(answer.citations))
    if answer.limits:
        items = "".join(f"<li>{escape(limit)}</li>" for limit in answer.limits)
        parts.append(f'<details class="limits"><summary>What to know about these sources</summary><ul>{items}</ul></details>')
    kind = "abstained" if answer.abstained else answer.confidence.level
    return f'<div class="answer {kind}">{"".join(parts)}</div>'


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
            pieces += [escape(text[position : mention.start]), f'<span class="term" tabindex="0" title="{meaning}">{word}</span>']
            position = mention.end
        return "".join([*pieces, escape(text[position:])])


def _body(answer: Answer, explained: _Explainer) -> str:
    quotes = {c.number: c.quote for c in answer.citations}
    blocks: list[str] = []
    items: list[str] = []
    for line in [*answer.answer.split("\n"), ""]:
        if line.startswith("- "):
            items.append(f"<li>{_marked(line[2:], quotes, explained)}</li>")
            continue
        if items:
            blocks.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line:
            blocks.append(f"<p>{_marked(line, quotes, explained)}</p>")
    return "".join(blocks)


def _marked(line: str, quotes: dict[int, str], explained: _Explainer) -> str:
    """Escape a line, its citation markers made into chips that show the quote when pointed at."""
    pieces: list[str] = []
    position = 0
    for match in _MARKER.finditer(line):
        number = int(match[1])
        if number in quotes:  # a number in brackets that cites nothing is the document's own text
            pieces += [explained(line[position : match.start()]), f'<sup class="cite" title="{escape(quotes[number])}">{number}</sup>']
            position = match.end()
    return "".join([*pieces, explained(line[position:])])


def _confidence(answer: Answer) -> str:
    sure = answer.confidence
    percent = "" if sure.probability is None else f", {sure.probability:.0%}"
    word = "Not in my sources" if answer.abstained else f"{sure.level.capitalize()} confidence{percent}"
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in sure.reasons)
    return (
        f'<details class="confidence {sure.level}"><summary><span class="dots">{_SYMBOL[sure.level]}</span> {word}'
        f"</summary><ul>{reasons}</ul></details>"
    )


def _sources(citations: Sequence[Citation]) -> str:
    rows = "".join(_citation(c) for c in citations)
    count = "1 quote" if len(citations) == 1 else f"{len(citations)} quotes"
    return f'<details class="sources" open><summary>{count} behind this answer</summary><ol>{rows}</ol></details>'


def _citation(citation: Citation) -> str:
    where = " › ".join(escape(part) for part in (citation.title, citation.section) if part)
    where += f", page {citation.page}" if citation.page else ""
    header = citation.context.split("\n")[-1] if citation.quote.startswith("|") else ""
    header = f"<code>{escape(header)}</code><br>" if header else ""
    sources = "".join(f"<br><small>{_source(s)}</small>" for s in citation.sources)
    return f"<li>{header}<q>{escape(citation.quote)}</q><br><small>{where}</small>{sources}</li>"


def _source(source: CitedSource) -> str:
    title = escape(source.title)
    if source.url and re.match(r"https?://[^\s\"'<>]+$", source.url):
        title = f'<a href="{escape(source.url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    told = ", ".join(part for part in (escape(source.publisher), title, escape(source.date or "no date")) if part)
    return f"{told} ({_STANDING[source.standing]})"
