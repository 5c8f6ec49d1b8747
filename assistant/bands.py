"""Years of experience in a question about pay, as the table that holds them says it: "with 4 years" is asked as "with 3-5 years".

A row for 3 to 5 years answers somebody who has 4, though no word of it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.question import AnswerKind
from assistant.tables import cells
from index.documents import Span, SpanKind

_YEARS = re.compile(
    r"(?<![\d.,$€£-])(?P<years>\d{1,2}(?:\.\d)?)\+? ?(?:years?|yrs?)\b(?! old| ago)(?:['’]? (?:of )?(?:work |relevant )?experience)?"
    r"|(?<![\d.,$€£-])(?P<yoe>\d{1,2}(?:\.\d)?)\+? ?yoe\b",
    re.IGNORECASE,
)
_PAY = re.compile(r"\b(?:pay|paid|salar(?:y|ies)|comp|compensation|earn\w*|wages?)\b", re.IGNORECASE)
_BAND = re.compile(r"(?P<low>\d{1,2}) ?(?:[-–] ?(?P<high>\d{1,2})|(?P<more>\+))")


def years_asked(question: str, kind: AnswerKind) -> float | None:
    """The years of experience that a question about pay gives; None where it gives none, or is about something else.

    Args:
        kind: the kind of answer that it wants.
    """
    found = _YEARS.search(question) if kind is AnswerKind.MONEY or _PAY.search(question) else None
    return float(found["years"] or found["yoe"]) if found else None


def in_bands(question: str, years: float | None, spans: Iterable[Span]) -> str:
    """The question with its years in the words of the tables' rows that hold them; as it is where none does.

    Args:
        spans: what was retrieved.
    """
    asked = _YEARS.search(question)
    if years is None or asked is None:
        return question
    bands = dict.fromkeys(band for span in spans if (band := _band(span)) and _holds(band, years))
    if not bands:
        return question
    return f"{question[: asked.start()]}{' or '.join(bands)} years of experience{question[asked.end() :]}"


def outside_band(years: float | None, span: Span) -> bool:
    """Whether a span is a row for other years than those asked for, or stands for the whole of such a table."""
    if years is None:
        return False
    if span.kind is SpanKind.LEAD:
        return "years" in map(str.lower, cells(span.text))
    band = _band(span)
    return bool(band) and not _holds(band, years)


def _band(span: Span) -> str:
    """The band of years of a table's row, as it is written; empty where the table has none."""
    if span.kind is not SpanKind.ROW:
        return ""
    return next((value for header, value in zip(cells(span.lead), cells(span.text), strict=False) if header.lower() == "years"), "")


def _holds(band: str, years: float) -> bool:
    found = _BAND.fullmatch(band)
    if found is None:
        return False
    high = float(found["high"]) if found["high"] else float("inf")
    return float(found["low"]) <= years <= high
