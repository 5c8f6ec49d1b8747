"""Which number applies to me: what a person says of themselves, set against the guide's pay table and its ways in.

The profile stays in the person's browser. Every figure told is read from the guide's own row, and can be opened there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.answer import Answer, Citation
from assistant.evidence import MONEY
from assistant.explore import AI_PM, CAREER, GUIDE, PLANS, ROLES, WAYS, Item, PayRow, career_stages, paths, pay_rows, sentence
from assistant.pay import MID_LEVEL, levels_named
from assistant.tables import tell_row
from index.documents import Document

MOST_YEARS = 60.0
MOST_CHARACTERS = 60

_PAY = re.compile(r"\b(?:salar(?:y|ies)|earn(?:s|ed|ing|ings)?|wages?|base|total comp(?:ensation)?|compensation|pay|paid)\b", re.IGNORECASE)
_OURS = re.compile(r"\bAI (?:PMs?|product managers?)\b|\bAI product\b", re.IGNORECASE)
_ASKS_PAY = re.compile(r"\b(?:salar(?:y|ies)|earn|wages?|compensation|pay|paid|make)\b", re.IGNORECASE)
_UNCOUNTED = r"\bnever says whether the years\b"
_NO_PLACE = r"\bdoes not state the geography\b|\bno country\b"
_FOUR_WAYS = r"\bpaths into AI product management\b"
_COUNT = ("no", "one", "two", "three", "four", "five", "six")


class Advice(BaseModel):
    """A line that applies to the person, with the characters that it rests on; None where it rests on none."""

    model_config = ConfigDict(frozen=True)

    text: str
    document: str | None = None
    start: int | None = None
    end: int | None = None


class Profile(BaseModel):
    """What a person said of themselves; all of it optional."""

    model_config = ConfigDict(frozen=True)

    role: str | None = None
    years: float | None = None
    level: str | None = None
    country: str | None = None

    @classmethod
    def from_browser(cls, value: object) -> Profile:
        """A profile from whatever a browser kept; what makes no sense is left out, and nothing raises.

        Example:
            >>> Profile.from_browser({"years": "5", "level": 3, "country": " Germany "})
            Profile(role=None, years=5.0, level=None, country='Germany')
        """
        kept = value if isinstance(value, dict) else {}
        words = {name: _words(kept.get(name)) for name in ("role", "level", "country")}
        return cls(years=_years(kept.get("years")), **words)

    @property
    def empty(self) -> bool:
        """Whether nothing is known of the person."""
        return self == Profile()


def which_row(profile: Profile, document: Document | None) -> list[Advice]:
    """Which row of the guide's pay table applies to the person, or why none does. Nothing for a profile without years, level or country."""
    rows = [row for row in pay_rows(document) if row.role == AI_PM] if document else []
    if not rows or document is None:
        return []
    told: list[Advice] = []
    if profile.level or profile.years is not None:
        told = _by_level(profile, rows, document) if profile.level else _by_years(profile.years, rows, document)
    if profile.years is not None:
        told += _cited(
            "The source doesn't say which years it counts: as an AI PM, as a PM, or of all work.", sentence(document, _UNCOUNTED)
        )
    return told + _elsewhere(profile, document)


def row_of(level: str, rows: Sequence[PayRow]) -> PayRow | None:
    """The row of a level: the one of that name, else the only one whose name holds it ("senior")."""
    same = [row for row in rows if row.level.lower() == level.lower()]
    like = same or [row for row in rows if level.lower() in row.level.lower()]
    return like[0] if len(like) == 1 else None


def which_path(profile: Profile, document: Document | None) -> list[Advice]:
    """What the guide has for somebody who moves from the person's role into AI product management, or that it has nothing."""
    ways = paths(document) if document else []
    if not profile.role or document is None or not ways:
        return []
    path = next((path for path in ways if same_role(profile.role, path.name)), None)
    if path is None:
        known = ", ".join(path.name for path in ways)
        role = "any other role" if profile.role.lower() == "other" else f"“{profile.role}”"
        line = f"The guide has no path that starts from {role}. It has {_number(len(ways), 'path')}: from {known}."
        return [_advice(line, sentence(document, _FOUR_WAYS))]
    told = []
    if path.gaps:
        told.append(_advice(f"From {path.name}: the guide lists {_number(len(path.gaps), 'thing')} to learn or gaps to close.", path.lead))
    if path.stages:
        when = ", ".join(stage.when for stage in path.stages)
        told.append(_advice(f"From {path.name}: the guide has a plan in {_number(len(path.stages), 'stage')}: {when}.", path.plan))
    else:
        first = path.about[0] if path.about else None
        told += _cited(f"From {path.name}: the guide has a section on this path.", None if path.gaps else first)
        told.append(_advice(f"From {path.name}: the guide has no month-by-month plan.", path.undated))
    return told


def same_role(said: str, name: str) -> bool:
    """Whether what somebody said of themselves is the role of that name, of ``ROLES``."""
    return said.lower() == name.lower() or bool(ROLES[name].search(said))


def which_stage(profile: Profile, document: Document | None) -> list[Advice]:
    """Which stages of the guide's career by years hold the person's years."""
    stages = career_stages(document) if document and profile.years is not None else []
    if not stages or profile.years is None:
        return []
    years = _told_years(profile.years)
    told = [_advice(f"With {years}, this stage of the career path: {s.item.text}", s.item) for s in stages if s.holds(profile.years)]
    return told or [Advice(text=f"With {years}, no stage of the guide's career path applies: it begins with “{stages[0].when}”.")]


def concerns_pay(answer: Answer) -> bool:
    """Whether an answer tells what AI product managers are paid."""
    return any(_on_pay(citation) for citation in answer.citations)


def concerns_paths(answer: Answer) -> bool:
    """Whether an answer tells of ways into AI product management."""
    return any(c.document == GUIDE and (WAYS.search(_headings(c)) or PLANS.search(_headings(c))) for c in answer.citations)


def advice_for(answer: Answer, profile: Profile, document_of: Callable[[str], Document | None]) -> list[Advice]:
    """What an answer means for the person: which row, path or stage of the guide applies. Nothing where it is about something else.

    Where the assistant had no answer on pay, only that the guide names no country is told, and only to who named one.
    """
    if profile.empty:
        return []
    if answer.abstained:
        asked = answer.standalone_question
        guide = document_of(GUIDE) if profile.country and _ASKS_PAY.search(asked) and _OURS.search(asked) else None
        return _elsewhere(profile, guide) if guide else []
    told: list[Advice] = []
    if concerns_pay(answer):
        told += [] if _of_others(answer, profile) else which_row(profile, document_of(GUIDE))
    if concerns_paths(answer):
        told += which_path(profile, document_of(GUIDE))
    if any(c.document == GUIDE and CAREER.search(_headings(c)) for c in answer.citations):
        told += which_stage(profile, document_of(GUIDE))
    return told


def _of_others(answer: Answer, profile: Profile) -> bool:
    """Whether the question is about a level by name, and the person has said that theirs is another."""
    asked, mine = levels_named(answer.standalone_question), levels_named(profile.level or "") or {MID_LEVEL}
    return bool(asked and profile.level) and not asked & mine


def _by_years(years: float | None, rows: Sequence[PayRow], document: Document) -> list[Advice]:
    if years is None:
        return []
    fitting = [row for row in rows if row.holds(years)]
    if not fitting:
        return [_hole(years, rows, document)]
    head = (
        [Advice(text=f"{_told_years(years)}: {_number(len(fitting), 'row')} apply, because the bands overlap.")] if len(fitting) > 1 else []
    )
    lead = "" if head else f"{_told_years(years)}: this row applies. "
    return head + [_row(row, lead) for row in fitting]


def _by_level(profile: Profile, rows: Sequence[PayRow], document: Document) -> list[Advice]:
    """The row of the person's level; where their years say another one, that is told and both are given."""
    level = profile.level or ""
    row = row_of(level, rows)
    if row is None:
        return [Advice(text=f"The pay table has no row for the level “{level}”."), *_by_years(profile.years, rows, document)]
    if profile.years is None or row.holds(profile.years):
        with_years = f" with {_told_years(profile.years)}" if profile.years is not None else ""
        return [_row(row, f"{row.level}{with_years}: this row applies. ")]
    line = f"Your level and your years disagree: the table has {row.level} at {row.years} years, and you have {_told_years(profile.years)}."
    return [Advice(text=line), _row(row, "By level: "), *_by_years(profile.years, rows, document)]


def _hole(years: float, rows: Sequence[PayRow], document: Document) -> Advice:
    below = max((row.years_max for row in rows if row.years_max is not None and row.years_max < years), default=None)
    above = min((row.years_min for row in rows if row.years_min is not None and row.years_min > years), default=None)
    if below is None or above is None:
        edge = (
            f"the bands begin at {above:g}"
            if above is not None
            else f"the bands end at {below:g}"
            if below is not None
            else "it has no bands"
        )
        return Advice(text=f"{_told_years(years)}: no row applies: {edge}.")
    said = sentence(document, rf"(?i)\bmore than {below:g} but fewer than {above:g} years\b")
    return _advice(f"{_told_years(years)}: no row applies: the bands end at {below:g} and begin again at {above:g}.", said)


def _elsewhere(profile: Profile, document: Document) -> list[Advice]:
    if not profile.country:
        return []
    line = f"The guide names no country or city for its pay figures, so they may not hold for {profile.country}."
    return [_advice(line, sentence(document, _NO_PLACE))]


def _row(row: PayRow, lead: str) -> Advice:
    return Advice(text=f"{lead}{tell_row(row.span)}", document=row.span.document, start=row.span.start, end=row.span.end)


def _cited(text: str, item: Item | None) -> list[Advice]:
    """A line that is told only where the guide bears it."""
    return [_advice(text, item)] if item else []


def _advice(text: str, item: Item | None) -> Advice:
    return Advice(text=text, document=item.document, start=item.start, end=item.end) if item else Advice(text=text)


def _on_pay(citation: Citation) -> bool:
    where = f"{_headings(citation)} {citation.quote}"
    about_us = citation.document == GUIDE or bool(_OURS.search(where))
    return about_us and bool(MONEY.search(citation.quote) and _PAY.search(f"{where} {citation.context}"))


def _headings(citation: Citation) -> str:
    return f"{citation.section} {citation.context.partition(chr(10))[0]}"


def _told_years(years: float) -> str:
    return "1 year" if years == 1 else f"{years:g} years"


def _number(count: int, noun: str) -> str:
    return f"{_COUNT[count] if count < len(_COUNT) else count} {noun}{'' if count == 1 else 's'}"


def _words(value: Any) -> str | None:
    """A short line of a browser's text; None for anything else."""
    if not isinstance(value, str):
        return None
    return "".join(c if c.isprintable() else " " for c in value).strip()[:MOST_CHARACTERS].strip() or None


def _years(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        years = float(value)
    except (ValueError, OverflowError):
        return None
    return years if math.isfinite(years) and 0 <= years <= MOST_YEARS else None
