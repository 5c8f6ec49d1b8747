"""Figures of a text as values: what they count, in which unit, over which period; and figures that follow from others.

"50" is never inside "1500", "$190K" and "$190,000" are one value, "$50 an hour" is not "$50 a year", and "four rounds" is "4 rounds".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from assistant.question import NUMBER_WORDS

_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
_CURRENCY = {"$": "USD", "usd": "USD", "us$": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP"}
_CURRENCY |= {"dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pounds": "GBP"}
_WORDS = dict(zip(NUMBER_WORDS.split()[1:12], range(2, 13), strict=True))
_WORDS |= dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FIGURE = re.compile(
    rf"(?P<currency>[$€£]|\b(?:US\$|USD|EUR|GBP)(?=\s?\d))?\s?(?P<number>{_NUMBER}|\b(?:{'|'.join(_WORDS)})\b)"
    r"(?:\s?(?P<scale>[KMBkmb](?![a-zA-Z])|[Bb]n\b|thousand\b|million\b|billion\b))?"
    r"(?:[\s-]?(?P<unit>%|percentage points?\b|percent\b|per cent\b|dollars?\b|USD\b|euros?\b|EUR\b|pounds\b|GBP\b"
    r"|years?\b|months?\b|weeks?\b|days?\b|hours?\b|minutes?\b|seconds?\b|times\b|x\b))?",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"^\+?(?:\s+(?!(?:and|or|but|to|than|in|for|from)\b)[a-z-]+){0,3}?\s*(?:/\s?|\b(?:per|an?|each|every)\s)(?P<per>year|yr|month|week|day|hour|minute|million|thousand)s?\b"
    r"|^\s*(?P<adverb>annually|yearly|monthly|weekly|daily|hourly)\b",
    re.IGNORECASE,
)
_ADVERB = {"annually": "year", "yearly": "year", "monthly": "month", "weekly": "week", "daily": "day", "hourly": "hour", "yr": "year"}
_RANGE = re.compile(r"^\s?(?:-|–|to|and)\s?$")
_DERIVING = re.compile(
    r"\b(?:more|less|fewer|differ\w*|gap|higher|lower|above|below|increase\w*|decrease\w*|premium|times|share|percent|ratio|rise|rose|fell|drop\w*|longer|shorter)\b|%",
    re.IGNORECASE,
)
MOST_OPERANDS = 12  # with more figures than this, some pair of them gives nearly any value


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure: ``sort`` is "percent", "points", "times", a currency such as "USD", a time such as "year", or "number"."""

    value: float
    sort: str
    period: str = ""  # "year" in "$190K a year", "million" in "$2 per million tokens"
    decimals: int = 0  # as written, after scaling: what its rounding may hide
    rounding: float = 0.5


def is_number_word(word: str) -> bool:
    """Whether a lower-case word is a number written out, "two" to "ninety"."""
    return word in _WORDS


def quantities(text: str) -> list[Quantity]:
    """Every figure of a text, in order.

    Example:
        >>> [(q.value, q.sort, q.period) for q in quantities("$190-250K a year, up 42%")]
        [(190000.0, 'USD', 'year'), (250000.0, 'USD', 'year'), (42.0, 'percent', '')]
    """
    matches = list(_FIGURE.finditer(text))
    found = [_quantity(match, text) for match in matches]
    for place in range(len(matches) - 1, 0, -1):
        first, second = matches[place - 1], matches[place]
        if _RANGE.match(text[first.end() : second.start()]):
            found[place - 1], found[place] = _as_range(found[place - 1], found[place], first, second)
    return found


def _quantity(match: re.Match[str], text: str) -> Quantity:
    written = match["number"].lower()
    scale = _SCALE.get((match["scale"] or "").lower(), 1.0)
    value = float(_WORDS.get(written) or written.replace(",", ""))
    decimals = len(written.partition(".")[2]) if written[0].isdigit() else 0
    period = _PERIOD.match(text[match.end() :])
    per = (period["per"] or period["adverb"]).lower() if period else ""
    return Quantity(value * scale, _sort(match), _ADVERB.get(per, per), decimals, 0.5 * scale / 10**decimals)


def _sort(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").lower()
    if match["currency"]:
        return _CURRENCY[match["currency"].lower()]
    if unit in _CURRENCY:
        return _CURRENCY[unit]
    if unit.startswith("percentage"):
        return "points"
    if unit in ("%", "percent", "per cent"):
        return "percent"
    return "times" if unit in ("times", "x") else unit.removesuffix("s") or "number"


def _as_range(low: Quantity, high: Quantity, first: re.Match[str], second: re.Match[str]) -> tuple[Quantity, Quantity]:
    """Two ends of a range share what is written once: "$190-250K", "5-8 years", "$190K-$250K a year"."""
    if low.sort == "number":
        low = replace(low, sort=high.sort)
    elif high.sort == "number":
        high = replace(high, sort=low.sort)
    if low.sort != high.sort:
        return low, high
    if second["scale"] and not first["scale"] and low.value < high.value / _SCALE[second["scale"].lower()]:
        scale = _SCALE[second["scale"].lower()]
        low = replace(low, value=low.value * scale, rounding=low.rounding * scale)
    return replace(low, period=low.period or high.period), high


def borne(wanted: Quantity, held: Iterable[Quantity], context: str) -> bool:
    """Whether one of the figures that a text holds is this one, in this unit and over this period.

    Args:
        context: the whole text, for a unit or period that it names once for all its figures ("Years", "annual").
    """
    return any(_same(wanted, q, context) for q in held)


def _same(wanted: Quantity, held: Quantity, context: str) -> bool:
    if abs(wanted.value - held.value) > 1e-9 * max(1.0, abs(held.value)):
        return False
    same_unit = wanted.sort == held.sort or (wanted.sort == "number" and _is_time(held.sort))
    if not same_unit and (held.sort != "number" or not _names_unit(wanted.sort, context)):
        return False
    if not wanted.period or wanted.period == held.period:
        return True
    return not held.period and _names_unit(wanted.period, context)


def _is_time(sort: str) -> bool:
    return sort in ("year", "month", "week", "day", "hour", "minute", "second")


def _names_unit(unit: str, context: str) -> bool:
    named = {
        "percent": r"%|percent|share",
        "USD": r"\$|\busd\b|dollar",
        "EUR": r"€|\beur\b|euro",
        "GBP": r"£|\bgbp\b|pound",
        "year": r"\byears?\b|annual|\bsalar",
        "month": r"\bmonth",
        "day": r"\bday|\bdaily",
    }
    return re.search(named.get(unit, rf"\b{unit}"), context, re.IGNORECASE) is not None


def follows(wanted: Quantity, claim: str, own: Sequence[Quantity], cited: Sequence[Quantity]) -> bool:
    """Whether a figure that no span holds is right arithmetic on figures that they hold: a difference, a percentage, a multiple.

    Args:
        own: figures of the claim that its spans hold; where there are two, they alone may be reckoned with.
        cited: every figure of the spans.
    """
    operands = list(dict.fromkeys(replace(q, decimals=0, rounding=0.5) for q in (own if len(own) >= 2 else cited)))
    if not _DERIVING.search(claim) or len(operands) > MOST_OPERANDS:
        return False
    return any(_close(wanted, value) for a, b in permutations(operands, 2) for value in _reckoned(wanted.sort, a, b))


def _reckoned(sort: str, a: Quantity, b: Quantity) -> list[float]:
    if a.sort != b.sort or a.period != b.period:
        return []
    if sort == "percent" and b.value and a.sort != "percent":
        return [abs(a.value - b.value) / abs(b.value) * 100, a.value / b.value * 100]
    if sort == "times" and b.value:
        return [a.value / b.value]
    if sort == a.sort or (sort == "points" and a.sort == "percent"):
        return [a.value - b.value]
    return []


def _close(wanted: Quantity, value: float) -> bool:
    """Equal but for the rounding of what is written: "27%" is 27.3%, "$80K" is not $85,000."""
    return value > 0 and abs(wanted.value - value) <= wanted.rounding * (1 + 1e-9)
