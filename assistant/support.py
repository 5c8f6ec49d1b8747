"""Each claim against the spans that it cites: every figure, every name, and most of the wording."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import SupportLevel
from assistant.question import units
from index.documents import Span

# Share of a claim's words that its spans have to hold. An extractive claim holds them all, a told row adds its headers.
WORDING = 0.8

_FIGURE = re.compile(
    r"(?P<currency>[$€£])?\s?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<unit>%|percent\b|[KMBkmb](?![a-zA-Z])|thousand\b|million\b|billion\b)?",
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}


def figures(text: str) -> set[tuple[str, float]]:
    """Every figure in a text as (what it counts, value): "$190K" is ("money", 190000.0), "50" is never inside "1500".

    Example:
        >>> sorted(figures("up 42% to $190K"))
        [('money', 190000.0), ('percent', 42.0)]
    """
    found: set[tuple[str, float]] = set()
    for match in _FIGURE.finditer(text):
        unit = (match["unit"] or "").lower()
        value = float(match["number"].replace(",", "")) * _SCALE.get(unit, 1.0)
        sort = "percent" if unit in ("%", "percent") else "money" if match["currency"] else "number"
        found.add((sort, value))
    return found


def check_support(claim: str, spans: Sequence[Span]) -> SupportLevel:
    """Whether the cited spans bear the claim.

    A figure that no span holds, with its unit, makes the claim unsupported; so does citing nothing. Names that are missing
    or too much other wording make it partial.
    """
    if not spans:
        return "unsupported"
    borne = " ".join(f"{span.lead} {span.text}" for span in spans)
    if not figures(claim) <= figures(borne):
        return "unsupported"
    words = {part for unit in units(claim) if not unit.figure for part in unit.stem.split()}
    held = {part for unit in units(borne) for part in unit.stem.split()}
    names = {part for unit in units(claim) if unit.proper for part in unit.stem.split()}
    if not names <= held or (words and len(words & held) / len(words) < WORDING):
        return "partial"
    return "supported"
