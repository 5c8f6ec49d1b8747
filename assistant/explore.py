"""What the Explore page shows, read from a guide: pay by level, skills, ways in, plans by month, and a career by years.

Read from the guide's own spans, by its headings and table headers, so that every figure shown can be opened in its source.
What a document does not have gives an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.tables import cells
from index.chunking import document_spans
from index.documents import Document, Span, SpanKind

GUIDE = "ai-pm-career"  # the document's name
AI_PM = "AI PM"
TRADITIONAL = "Traditional PM"

WAYS = re.compile(r"\bbecome an AI product manager\b", re.IGNORECASE)
PLANS = re.compile(r"\bplans? (?:for moving|from)\b", re.IGNORECASE)
CAREER = re.compile(r"\bcareer path\b", re.IGNORECASE)

# A role that somebody has now, and how the guide's headings name it.
ROLES = {
    "Traditional PM": re.compile(r"\btraditional (?:PM|product manager)\b", re.IGNORECASE),
    "ML engineer": re.compile(r"\b(?:ML|machine learning) engineer", re.IGNORECASE),
    "Data scientist": re.compile(r"\bdata scientists?\b", re.IGNORECASE),
    "Graduate or MBA": re.compile(r"\bMBA\b|\bnew graduates?\b", re.IGNORECASE),
}

_SKILLS = re.compile(r"\bskills\b", re.IGNORECASE)
_PAY_LIMITS = re.compile(r"^Limits of\b.*\b(?:salary|pay|years)\b", re.IGNORECASE)
_NO_MONTHS = re.compile(r"\bno month-by-month plan\b", re.IGNORECASE)
_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
_YEARS = re.compile(rf"^{_NUMBER}\s?(?:[-–]\s?{_NUMBER}|(\+))")
_AMOUNT = rf"\${_NUMBER}(K|M)?"
_RANGE = re.compile(rf"{_AMOUNT}\s?[-–]\s?{_AMOUNT}(\+)?")
_COMPARED = re.compile(
    r"\b[Aa]n? (?P<level>(?P<traditional>traditional )?[A-Z]\w+(?: (?:of|[A-Z]\w+))*) gets (?P<range>\$\S+?-\$[\w.]+\+?)"
)
_STAGE = re.compile(r"^(?P<when>(?:Months?|Years?) \d+(?:[-–]\d+|\+)?)(?:, (?P<title>[^:]+))?: (?P<text>.+)", re.DOTALL)
_FACTOR = {"K": 1_000, "M": 1_000_000, "": 1, None: 1}


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence, list item or part of a row, with its place in the document."""

    text: str
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PayRange:
    """An amount of US dollars a year, from ``low`` to ``high``; more than ``high`` where it is open-ended."""

    low: int
    high: int
    open_ended: bool
    item: Item  # the figures as the source writes them


@dataclass(frozen=True, slots=True)
class PayRow:
    """Pay at one level. ``years`` is as the source has it; its bounds are None where it gives none."""

    role: str  # AI_PM or TRADITIONAL
    level: str
    years: str
    years_min: float | None
    years_max: float | None
    base: PayRange | None
    total: PayRange | None
    span: Span
    beside: str = ""  # the AI PM level that the source sets it against

    @property
    def open_ended(self) -> bool:
        """Whether an amount of the row has no upper end."""
        return any(pay.open_ended for pay in (self.base, self.total) if pay)

    def holds(self, years: float) -> bool:
        """Whether somebody with so many years belongs to this row."""
        return self.years_min is not None and self.years_min <= years and (self.years_max is None or years <= self.years_max)


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """Skills under one heading."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a plan or of a career; ``when`` as the source gives it ("Months 1-2", "Years 12+")."""

    when: str
    title: str
    item: Item  # the whole stage
    text: str

    def holds(self, years: float) -> bool:
        """Whether a stage that is counted in years holds so many."""
        bounds = _bounds(self.when.partition(" ")[2]) if self.when.startswith("Year") else None
        return bounds is not None and bounds[0] <= years and (bounds[1] is None or years <= bounds[1])


@dataclass(frozen=True, slots=True)
class Path:
    """A way into AI product management, exactly as far as the source gives it."""

    name: str  # the role that it starts from, of ROLES
    heading: str  # of its section
    about: tuple[Item, ...]  # what is said of the way
    lead: Item | None  # introduces what is to be learnt
    gaps: tuple[Item, ...]  # what is to be learnt
    plan: Item | None  # introduces the stages
    advice: tuple[Item, ...]  # what is said in place of stages
    stages: tuple[Stage, ...]  # empty where the source has no months
    undated: Item | None  # where the source, or our reading of it, says that it has none


def pay_rows(document: Document) -> list[PayRow]:
    """Pay by level: the rows of the table of levels, years and pay, then what traditional product managers get where it is told."""
    spans = _spans(document)
    return [row for span in spans for row in _table_row(span)] + [row for span in spans for row in _traditional(span)]


def skill_groups(document: Document) -> list[SkillGroup]:
    """Skills by the heading that they stand under."""
    groups: dict[str, list[Item]] = {}
    for span in _spans(document):
        if span.kind is SpanKind.ITEM and len(span.section) > 1 and _SKILLS.search(span.section[0]):
            groups.setdefault(span.section[-1], []).append(_item(span))
    return [SkillGroup(title, tuple(items)) for title, items in groups.items()]


def paths(document: Document) -> list[Path]:
    """The ways in that the guide has a section for, in the order of ``ROLES``."""
    spans = _spans(document)
    found = (_path(name, pattern, spans) for name, pattern in ROLES.items())
    return [path for path in found if path is not None]


def career_stages(document: Document) -> list[Stage]:
    """The stages of a career by years."""
    return [stage for span in _spans(document) if _under(span, CAREER) for stage in _stage(span) if stage.when.startswith("Year")]


def pay_limits(document: Document) -> list[Item]:
    """What the guide itself says against its pay figures and their bands of years."""
    return [_item(s) for s in _spans(document) if s.kind is SpanKind.SENTENCE and s.section and _PAY_LIMITS.search(s.section[-1])]


def sentence(document: Document, pattern: str) -> Item | None:
    """The first sentence or list's lead that a pattern is found in."""
    kinds = (SpanKind.SENTENCE, SpanKind.LEAD)
    return next((_item(s) for s in _spans(document) if s.kind in kinds and re.search(pattern, s.text)), None)


@lru_cache(maxsize=4)
def _spans(document: Document) -> tuple[Span, ...]:
    return tuple(document_spans(document))


def _table_row(span: Span) -> Iterator[PayRow]:
    """The row of a table with columns for level, years and pay; nothing for another span."""
    if span.kind is not SpanKind.ROW:
        return
    headers = [header.lower() for header in cells(span.lead)]
    row = dict(zip(headers, cells(span.text), strict=False))
    base, total = row.get("base", ""), next((row[h] for h in headers if h.startswith("total comp") and h in row), "")
    if headers[:1] != ["level"] or "years" not in row or not (base or total):
        return
    low, high = _bounds(row["years"]) or (None, None)
    base_pay, total_pay = _pay(span, base), _pay(span, total)
    if base_pay or total_pay:
        yield PayRow(AI_PM, row["level"], row["years"], low, high, base_pay, total_pay, span)


def _traditional(span: Span) -> Iterator[PayRow]:
    """Rows for traditional product managers out of a sentence that sets one against an AI PM."""
    if span.kind is not SpanKind.SENTENCE:
        return
    named = list(_COMPARED.finditer(span.text))
    beside = next((m["level"] for m in named if not m["traditional"]), "")
    for match in named:
        pay = _pay(span, match["range"]) if match["traditional"] else None
        if pay:
            level = match["level"].removeprefix(match["traditional"])
            total = pay if "total comp" in span.text else None
            base = pay if total is None and re.search(r"\bbase\b", span.text) else None
            if base or total:
                yield PayRow(TRADITIONAL, level, "", None, None, base, total, span, beside)


def _pay(span: Span, figures: str) -> PayRange | None:
    match = _RANGE.search(figures)
    if match is None:
        return None
    low, low_unit, high, high_unit, more = match.groups()
    start = span.start + span.text.index(match.group())
    item = Item(match.group(), span.document, start, start + len(match.group()))
    pay = PayRange(_dollars(low, low_unit or high_unit), _dollars(high, high_unit), bool(more), item)
    return pay if pay.low <= pay.high and pay.high else None


def _dollars(number: str, unit: str | None) -> int:
    return round(float(number) * _FACTOR[unit])


def _bounds(years: str) -> tuple[float, float | None] | None:
    match = _YEARS.match(years)
    return (float(match[1]), float(match[2]) if match[2] else None) if match else None


def _path(name: str, role: re.Pattern[str], spans: Sequence[Span]) -> Path | None:
    way = [s for s in spans if _subsection(s, WAYS, role)]
    plan = [s for s in spans if _subsection(s, PLANS, role)]
    if not way and not plan:
        return None
    stages = [stage for span in plan for stage in _stage(span)]
    undated = next((s for s in spans if role.search(s.text) and _NO_MONTHS.search(s.text)), None)
    return Path(
        name=name,
        heading=(way or plan)[0].section[-1],
        about=_items(s for s in way if s.kind is SpanKind.SENTENCE),
        lead=next((_item(s) for s in way if s.kind is SpanKind.LEAD), None),
        gaps=_items(s for s in way if s.kind is SpanKind.ITEM),
        plan=next((_item(s) for s in plan if s.kind is SpanKind.LEAD), None),
        advice=() if stages else _items(s for s in plan if s.kind is SpanKind.SENTENCE and s is not undated),
        stages=tuple(stages),
        undated=_item(undated) if undated and not stages else None,
    )


def _stage(span: Span) -> Iterator[Stage]:
    match = _STAGE.match(span.text) if span.kind is SpanKind.ITEM else None
    if match:
        yield Stage(match["when"], match["title"] or "", _item(span), match["text"])


def _under(span: Span, heading: re.Pattern[str]) -> bool:
    return any(heading.search(title) for title in span.section)


def _subsection(span: Span, heading: re.Pattern[str], own: re.Pattern[str]) -> bool:
    return len(span.section) > 1 and bool(heading.search(span.section[0]) and own.search(span.section[-1]))


def _items(spans: Iterable[Span]) -> tuple[Item, ...]:
    return tuple(_item(span) for span in spans)


def _item(span: Span) -> Item:
    return Item(span.text, span.document, span.start, span.end)
