"""One thing of the question before in another's place: "And for a director?", "at Together?", "80 to 85?".

What a follow-up names takes the place of what is of its own sort: of the same slot (levels, parts of pay, roles), a name for a name, a
figure for a figure, else a word that is near in meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import numpy as np

from assistant.question import Unit, units
from assistant.vocabulary import WordVector

TAIL = re.compile(r"[\s?.!,;:]+$")
_SAME_AGAIN = re.compile(r"(?:,? (?:then|instead|too|as well|again|please))+$", re.IGNORECASE)
LEAD_IN = re.compile(
    r"^(?:for|in|at|as|with|to|about|on|of|from|by|the one|the ones|one"
    r"|if (?:it|they|i|you|we)(?:'s|'re|'m| is| are| am| were| was| want| had| have| lived?| worked?| moved?)?"
    r"|does (?:that|it|this) (?:differ|change|hold|apply|vary)(?: (?:at|for|in|with|to))?)(?![\w&-])\s*",
    re.IGNORECASE,
)
# "30% to 33%", "80 out of 100": two figures that only mean something together.
_AMOUNT, _PERCENT = r"[$€£]?\d[\d.,]*(?:[kKmM]\b)?", r" ?(?:%|percent)"
_PAIR = re.compile(
    rf"(?P<first>{_AMOUNT})(?P<unit>{_PERCENT})? (?P<join>to|of|out of|in|and|or|vs\.?|versus) (?P<second>{_AMOUNT})(?P<last>{_PERCENT})?"
)
_PLACED = re.compile(r"\b(?P<word>at|in|for|on|with|from|by|about|to)\s+(?:(?:an?|the)\s+)?$", re.IGNORECASE)
_BETTER_FIT = 0.25  # of a name that stands after the same preposition; of one that bears a number like the new one, or none like it
_SAME_SORT = 0.24  # cosine in the word table; "google" and "amazon" have .33, unrelated words end at about .15
INHERITED = re.compile(r" \([^()]+\)$")  # the topic of a question that stands alone by it

# Things that swap for each other though the word table does not hold them near: levels of a career, parts of pay, roles.
_SLOTS = tuple(
    frozenset(group.split(","))
    for group in (
        "associate,junior,entry level,entry-level,mid-level,mid level,senior,principal,staff,lead,director,directors,vp,vice president,cpo"
        ",executive,graduate,intern",
        "base,base salary,base pay,total comp,total compensation,total pay,total,bonus,equity,stock,overall,median,average,lowest,highest",
        "ml engineer,ml engineers,machine learning engineer,machine learning engineers,data scientist,data scientists,engineer,engineers"
        ",traditional pm,traditional pms,pm,pms,graduate,graduates,mba,product manager,product managers,software developer"
        ",software developers,software engineer,software engineers,designer,designers,marketing managers,project managers",
    )
)
ROLES = _SLOTS[2]
_SEVERAL = re.compile(r" (?:in|for|at|by|from|on|with|between)\b", re.IGNORECASE)  # "director at Meta" names two things
_VARIANTS = frozenset("mini nano pro flash turbo lite large small medium preview".split())  # what follows a model's number
_CLAUSE = re.compile(
    r"(?:when|how|what|why|who|where|which|is|are|was|were|do|does|did|can|could|should|would|will|has|have|my|their|his|her|its)\b",
    re.IGNORECASE,
)


def trimmed(text: str) -> str:
    """A follow-up without what ends it: "texas instead?" is "texas"."""
    return _SAME_AGAIN.sub("", TAIL.sub("", text)).strip()


def swap(before: str, rest: str, vector_of: WordVector) -> str | None:
    """Put what ``rest`` names in the place of its own sort in the question before; None where nothing fits.

    Args:
        rest: a follow-up without what links it, ``trimmed``.
    """
    phrase = _beyond(before, _bare(rest))
    if swapped := _swap_in_slot(before, phrase) or _swap_pair(before, phrase):
        return swapped
    new = units(f"as {phrase}")  # capitals at the opening of a text say nothing: give it an opening
    if not phrase or len(phrase.split()) > 4 or not new or _CLAUSE.match(phrase) or _SEVERAL.search(phrase):
        return None
    old = _counterpart(before, _PLACED.search(rest, 0, rest.find(phrase)), new, vector_of)
    return _put(phrase, old, before) if old else None


def of_a_slot(rest: str) -> bool:
    """Whether what a follow-up names is a level, a part of pay or a role, and nothing else: "for a director"."""
    return any(_plain(_bare(rest)) in slot for slot in _SLOTS)


def _bare(rest: str) -> str:
    """What a follow-up names, without what leads in to it and without its article."""
    while (shorter := LEAD_IN.sub("", rest)) != rest:
        rest = shorter
    return re.sub(r"^(?:an?|the)\s+", "", rest, flags=re.IGNORECASE)


def _beyond(before: str, phrase: str) -> str:
    """A phrase without the words at its head that the question before holds, where more follows: "6" of "article 6"."""
    said = {unit.stem for unit in units(before)}
    words = phrase.split()
    while len(words) > 1 and words[0].islower() and {unit.stem for unit in units(words[0])} & said:
        words = words[1:]
    return " ".join(words)


def _counterpart(before: str, placed: re.Match[str] | None, new: Sequence[Unit], vector_of: WordVector) -> str | None:
    """The words of the question before that are of the sort of ``new``; None where none are.

    Args:
        placed: the preposition that the new ones stand after.
    """
    heads = [u for u in new if u.proper][:1] or new  # the last decides, but for the cases below
    best, found = 0.0, None
    inherited = INHERITED.search(before)
    own = units(before[: inherited.start()] if inherited else before)
    olds = [u for u in units(before) if u.proper or u in own]  # of what was taken over only a name is swapped
    for old, head in product(olds, heads):
        likeness, name = _likeness(old, head, vector_of), _full_name(before, old) if old.proper else old.word
        at_home = placed and re.search(rf"\b{placed['word']}\s+(?:the )?{re.escape(name)}\b", before, re.IGNORECASE)
        # "in new york state", "4.1 mini": any word may be the one that takes the place of a name or of its number
        version = (
            old.figure and head.figure and new[-1].word in _VARIANTS and bool(re.search(rf"[A-Z]\w*[ -]{re.escape(old.word)}", before))
        )
        if head is not heads[-1] and not (old.proper and at_home) and not version:
            continue
        likeness = max(likeness, float(version))
        if old.proper and head.proper:  # "and at Together?" is another place, "and Sonnet 4.5?" another version
            numbered = any(c.isdigit() for c in name) == any(u.figure for u in new)
            likeness += _BETTER_FIT * (bool(at_home) + numbered)
        if likeness > best and old.stem not in {u.stem for u in new}:
            best, found = likeness, name
    return found if best >= _SAME_SORT else None


def _full_name(before: str, part: Unit) -> str:
    """A name with what stands beside it and belongs to it: "Claude Sonnet 4.5"."""
    found = units(before)
    first = last = found.index(part)
    while first > 0 and found[first - 1].proper and _adjoin(before, found[first - 1], found[first]):
        first -= 1
    while last + 1 < len(found) and (found[last + 1].proper or found[last + 1].figure) and _adjoin(before, found[last], found[last + 1]):
        last += 1
    return " ".join(unit.word for unit in found[first : last + 1])


def _adjoin(text: str, one: Unit, other: Unit) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(one.word)}[ -]{re.escape(other.word)}(?!\w)", text, re.IGNORECASE))


def _swap_in_slot(before: str, phrase: str) -> str | None:
    """Put a phrase of a slot in the place of another of that slot; None where neither is one."""
    for slot in _SLOTS:
        if _plain(phrase) in slot and (old := slot_member(before, slot)) and old != _plain(phrase):
            return _put(phrase, old, before)
    return None


def _swap_pair(before: str, phrase: str) -> str | None:
    """Put two figures in the place of the two in the question before, with their unit; None where one of them has no such pair."""
    new, old = _PAIR.fullmatch(phrase), list(_PAIR.finditer(before))
    if new is None or len(old) != 1:
        return None
    unit = new["last"] or new["unit"] or old[0]["last"] or old[0]["unit"] or ""
    put = f"{new['first']}{unit if old[0]['unit'] else ''} {old[0]['join']} {new['second']}{unit}"
    return before[: old[0].start()] + put + before[old[0].end() :]


def _plain(phrase: str) -> str:
    return " ".join(re.findall(r"\w+", phrase.lower()))


def slot_member(text: str, slot: frozenset[str]) -> str | None:
    """The longest member of a slot that a text holds, as words; "pm" is none where it is a part of "AI PM"."""
    plain = f" {_plain(text)} "
    return max((m for m in slot if f" {_plain(m)} " in plain and f" ai {_plain(m)} " not in plain), key=len, default=None)


def _put(phrase: str, old: str, before: str) -> str | None:
    """``before`` with a phrase in the place of the words ``old``, article and all."""
    words = r"\W+".join(map(re.escape, _plain(old).split()))
    sign, percent = r"[$€£]?" if phrase[0] in "$€£" else "", r"(?: ?(?:%|percent\b))?" if phrase.endswith(("%", "percent")) else ""
    pattern = re.compile(rf"(?:\b(?:an?|the)\s+)?{sign}\b{words}\b(?:'s)?{percent}", re.IGNORECASE)
    match = pattern.search(before)
    if match is None:
        return None
    article = re.match(r"(?:an?|the)\s+", match.group(), re.IGNORECASE)
    put = (
        ("an " if phrase[0].lower() in "aeiou" else "a ")
        if article and article.group().lower().startswith("a")
        else article.group()
        if article
        else ""
    ) + phrase
    return before[: match.start()] + put + before[match.end() :]


def _likeness(old: Unit, new: Unit, vector_of: WordVector) -> float:
    if any(old.word in slot and new.word in slot for slot in _SLOTS):
        return 2.0
    if old.figure != new.figure:
        return 0.0
    if old.figure and new.figure:  # "80%" for "90%", "5.4" for "5.5", and a year rather for a year; "4o" is no "5"
        alike = re.sub(r"\d+", "0", old.word) == re.sub(r"\d+", "0", new.word)
        return alike * (1.0 + _BETTER_FIT * (len(old.word) == len(new.word)))
    a, b = vector_of(old.word), vector_of(new.word)
    near = 0.0 if a is None or b is None else float(np.dot(a, b))
    return near + 0.5 * (old.proper and new.proper)
