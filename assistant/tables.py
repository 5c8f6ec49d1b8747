"""A table row, told in words: "Senior AI PM, 5-8 years: base $190K-$250K, total comp $300K-$480K."."""

from __future__ import annotations

import re
from functools import cache

from assistant.question import AnswerKind, Question, units
from index.documents import Span

_WITNESS = frozenset({"as of", "prices as of", "reported by", "as reported by"})
_DATES = frozenset({"year", "date", "month", "month of publication"})
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "not given", "none", "unknown"})


def cells(row: str) -> list[str]:
    """The cells of a Markdown table row, without their pipes."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))]


def tell_row(span: Span, question: Question | None = None) -> str:
    """Tell a row as a sentence; one column of it, where the question names just that one.

    Example:
        A row ``| Senior AI PM | 5-8 | $190K-$250K |`` under ``| Level | Years | Base |`` is told as
        ``Senior AI PM, 5-8 years: base $190K-$250K.``
    """
    headers, values = cells(span.lead), cells(span.text)
    columns = [(header, value) for header, value in zip(headers[1:], values[1:], strict=False) if value.lower() not in _EMPTY]
    named = [(h, v) for h, v in columns if question and _asked_for(h, question, of=f"{headers[0]} {values[0]}")]
    subject = values[0]
    years = next((value for header, value in columns if header.lower() == "years"), None)
    if years:
        subject = f"{subject}, {years} years"
    # a figure that was asked for keeps its date and its witness; where several may be meant, none is left out
    shown = [(h, v) for h, v in columns if h.lower() != "years" and (len(named) != 1 or (h, v) in named or h.lower() in _WITNESS)]
    told = ", ".join(f"{_lower(header)} {value}" for header, value in shown)
    return f"{subject}: {told}." if told else f"{subject}."


def _asked_for(header: str, question: Question, of: str) -> bool:
    """Whether the question's own words name a column; words for pay in general or for years name none, nor do those of the row's subject.

    Args:
        of: the row's subject, with the header of its column.
    """
    if question.kind is AnswerKind.DATE and header.lower() in _DATES:  # "when was it published?" names the publisher too
        return True
    subject = {unit.stem for unit in units(of)}
    named = [unit for unit in units(_first_part(header)) if not unit.groups & _general() and unit.stem not in subject]
    stems = {unit.stem for unit in named}
    groups = {group for unit in named for group in unit.groups}
    return any(term.own and (term.unit.stem in stems or term.unit.groups & groups) for term in question.terms)


@cache
def _general() -> frozenset[int]:
    """Thesaurus groups of pay in general and of years: they stand in headers, and name no column."""
    return frozenset(group for word in ("salary", "year") for group in units(word)[0].groups)


def _first_part(header: str) -> str:
    """Leave out what only dates a column: "Median annual wage, May 2024" -> "Median annual wage": a date is no name of a column."""
    return re.split(r",|\(", header)[0]


def _lower(header: str) -> str:
    title = any(word[:1].isupper() for word in _first_part(header).split()[1:])  # "Director of AI Product" is a name
    return header if title or header[1:2].isupper() else header[:1].lower() + header[1:]
