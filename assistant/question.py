"""What a question asks for: its terms with their weight, its names and figures, and the kind of answer it wants."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from index.lexical import LexicalIndex, is_stop_word, stem


class AnswerKind(StrEnum):
    """The kind of answer that a question wants."""

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    DURATION = "duration"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    LIST = "list"
    REASON = "reason"
    DEFINITION = "definition"
    METHOD = "method"
    YES_NO = "yes or no"
    OTHER = "other"


SIZES = (AnswerKind.MONEY, AnswerKind.PERCENT, AnswerKind.COUNT, AnswerKind.DURATION)
FIGURE_KINDS = (*SIZES, AnswerKind.DATE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a known phrase in a text: the smallest thing that can match."""

    word: str  # as written, lower case; a phrase keeps its spaces
    stem: str
    groups: frozenset[int]  # thesaurus groups it belongs to
    proper: bool  # written as a name
    figure: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A unit of the question, with how much it weighs there."""

    unit: Unit
    rarity: float  # 0 in every chunk .. 1 in none
    known: bool  # whether the corpus holds it, or a word of its thesaurus group
    own: bool = True  # False: taken over from the question before


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart."""

    text: str
    terms: tuple[Term, ...]
    kind: AnswerKind
    comparison: bool

    @property
    def names(self) -> tuple[Term, ...]:
        """Terms that pin the question to one thing: names, figures, years."""
        return tuple(t for t in self.terms if t.unit.proper or t.unit.figure)


def word_list(name: str) -> frozenset[str]:
    """The words of ``assistant/data/<name>.txt``."""
    return frozenset((importlib.resources.files("assistant") / "data" / f"{name}.txt").read_text(encoding="utf-8").split())


# Small numbers as they are spelled, in their order, then larger ones.
NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve dozen twenty thirty forty fifty hundred thousand million billion"
)
TOPIC_WEIGHT = 0.6  # of a word taken over from the question before, against a word of the question itself

_WORD = re.compile(
    r"[$€£]?\d+(?:[.,]\d+)*(?:[kmbo](?![^\W\d_]))?[%+]?|[^\W\d_]+(?:['’&][^\W\d_]+)*(?:\.[^\W\d_](?![^\W\d_])\.?)*", re.IGNORECASE
)
_CONTRACTION = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))$")
_CURRENCY = str.maketrans("", "", "$€£+")
# Capitals that name no particular thing: the subject itself, and words that open a question.
_NOT_NAMES = word_list("not_names")
# Words that frame a question and say nothing about its subject.
_FRAME = word_list("frame_words")

_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (AnswerKind.REASON, r"\bwhy\b|\bhow come\b|\b(?:reasons?|causes?|caused|because of what|explains?)\b.*\?|what makes\b|what led\b"),
        (
            AnswerKind.PERCENT,
            r"\b(?:percent(?:age)?|what (?:share|proportion|fraction)|%)|how much (?:more|less|faster|higher|bigger|greater)\b|how fast\b",
        ),
        (AnswerKind.DURATION, r"\bhow long\b|\bhow many (?:years?|months?|weeks?|days?|hours?|minutes?)\b|\bduration\b"),
        (
            AnswerKind.MONEY,
            r"\bhow much\b.*\b(?:cost|pay|paid|earn|make|salary|money|spend|worth|get|comp|charge)\w*|\b(?:salary|salaries|pay range|wages?|earnings?)\b"
            r"|\bwhat\b.*\b(?:earn|pay|paid|make|compensation|total comp|base)s?\b"
            r"|\bwhat (?:does|do|would|will|can) [\w\s-]{0,40}(?:pms?|managers?|directors?|vps?|engineers?) (?:get|take home)\b",
        ),
        (
            AnswerKind.COUNT,
            r"\bhow (?:many|much|big|large|small|high|low|tall|far|deep|often)\b|\bwhat (?:is|was|were) the (?:number|total|population|size)\b|\bwhat number\b",
        ),
        (
            AnswerKind.DATE,
            # not "when should I use an agent?", which asks for a condition
            r"\bwhen\b(?! (?:not )?(?:to|should(?:n['’]?t)?|ought|would|do (?:i|we|you|people|teams?) (?:not )?(?:need|use|want|choose|pick)|(?:is it|it['’]?s) (?:\w+ ){0,2}(?:ok|okay"
            r"|right|wrong|worth|better|best|good|enough|wise|smart|time|safe)|does it (?:make sense|pay))\b)|\b(?:what|which) (?:year|date|century|decade|month|day)\b|\bhow old\b|\bsince when\b|\bin what year\b",
        ),
        (AnswerKind.PERSON, r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|king|queen|president|author|scientist|leader)\b"),
        (AnswerKind.PLACE, r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|region|continent|town|county)\b"),
        (
            AnswerKind.LIST,
            r"^(?:please )?(?:list|name)\b|\b(?:what|which) are\b.*s\b|\bwhich (?:\w+ ){0,2}\w+s\b(?! (?:the|is|was|has|does))"
            r"|\bwhat (?:\w+ ){0,2}(?:skills|rounds|stages|steps|paths|companies|frameworks|types|kinds|gaps|ways|things|patterns|duties|tasks|responsibilities"
            r"|courses|schools|programmes|programs|differences|reasons|risks|levels|topics|areas|methods|metrics)\b",
        ),
        (
            AnswerKind.DEFINITION,
            r"\bwhat (?:is|are|was|were)(?: an?| the)? [\w\s-]{2,40}\?*$|\bwhat does [\w\s.-]+ (?:mean|stand for)\b|\bdefin(?:e|ition)\b|\bmeaning of\b|\bwhat['’]s an?\b",
        ),
        (AnswerKind.YES_NO, r"^(?:and |but |so |ok,? )?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|had|am)\b"),
        (AnswerKind.METHOD, r"\bhow\b"),
    )
)
_COMPARISON = re.compile(
    r"\b(?:compare[ds]?|comparison|versus|vs\.?|difference between|differ|than|against|better|higher|lower|more or less|relative to|as well as|both|gap between)\b|\bor\b(?! (?:more|less|so|not|over|above|under)\b)",
    re.IGNORECASE,
)


def parse_question(text: str, lexical: LexicalIndex, topic: str = "", kind: AnswerKind | None = None) -> Question:
    """Take a question apart against a corpus's vocabulary.

    Args:
        topic: words taken over from the question before, at ``TOPIC_WEIGHT``.
        kind: the kind of answer, where the conversation says it better than the wording.
    """
    terms: dict[str, Term] = {}
    own = [u for u in units(text) if not is_frame(u.word)]
    # "What else is there?": framing words are all there is
    for unit in own or ([] if topic else units(text)):
        terms.setdefault(unit.stem, Term(unit, _rarity(unit, lexical), known(unit, lexical)))
    for unit in units(f"as {topic}"):  # capitals at the opening of a text say nothing: give it an opening
        terms.setdefault(unit.stem, Term(unit, TOPIC_WEIGHT * _rarity(unit, lexical), known(unit, lexical), own=False))
    return Question(text, tuple(terms.values()), kind or answer_kind(text), bool(_COMPARISON.search(text)))


def as_written(word: str, text: str) -> str:
    """A lower-case word as the text writes it; the word itself where the text does not hold it."""
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    return match.group() if match else word


def is_frame(word: str) -> bool:
    """Whether the lower-case word frames a question and says nothing about its subject."""
    return word in _FRAME


def answer_kind(text: str) -> AnswerKind:
    """The kind of answer that the wording asks for: the first pattern that fits, most telling first."""
    return next((kind for kind, pattern in _KINDS if pattern.search(text.strip())), AnswerKind.OTHER)


def units(text: str) -> Sequence[Unit]:
    """Words and thesaurus phrases of a text, stop words left out, in order."""
    return _units(text)


def stems(text: str) -> set[str]:
    """The stems of a text's words, stop words left out."""
    return {part for unit in units(text) for part in unit.stem.split()}


@lru_cache(maxsize=20_000)
def _units(text: str) -> tuple[Unit, ...]:
    found: list[Unit] = []
    places = list(_WORD.finditer(text))
    words = [_written(place.group()) for place in places]
    phrases, lengths = _phrases()
    position = 0
    while position < len(words):
        word = words[position]
        for length in lengths.get(word.root, ()):
            run = words[position : position + length]
            key = tuple(one.root for one in run)
            if len(key) > 1 and key in phrases:
                found.append(Unit(" ".join(one.plain for one in run), " ".join(key), phrases[key], proper=False, figure=False))
                position += len(run)
                break
        else:
            if word.unit:
                named = not word.unit.figure and _is_name(places[position].group(), text, places[position].start())
                found.append(replace(word.unit, proper=True) if named else word.unit)
            position += 1
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Written:
    """A word as it stands in texts, with all that does not depend on where it stands."""

    plain: str
    root: str
    unit: Unit | None  # where it is no name; None for a stop word or a letter


@lru_cache(maxsize=50_000)
def _written(word: str) -> _Written:
    plain, root = _plain(word), _root(word)
    small = _is_small(word) or (len(plain) == 1 and not plain.isdigit())
    figure = any(c.isdigit() for c in plain)
    unit = None if small else Unit(plain, root, _phrases()[0].get((root,), frozenset()), proper=False, figure=figure)
    return _Written(plain, root, unit)


def _root(word: str) -> str:
    return stem(_plain(word)) or word


def _is_small(word: str) -> bool:
    """Whether a word is a stop word, as it stands ("can't") or without what is drawn together with it ("what's")."""
    return is_stop_word(_plain(word)) or is_stop_word(re.sub(r"['’]", "", word.lower()))


def _plain(word: str) -> str:
    """Lower case, without currency sign, possessive or contraction: "What's" -> "what", "$190K" -> "190k"."""
    return _CONTRACTION.sub("", word.lower().replace("’", "'")).translate(_CURRENCY) or word.lower()


def _is_name(word: str, text: str, start: int) -> bool:
    """Whether a word is written as a name: capitals, and not merely because a sentence opens there."""
    if not word[0].isupper() or word.lower() in _NOT_NAMES or is_stop_word(word.lower()):
        return False
    if sum(c.isupper() for c in word) > 1:
        return True
    before = text[:start].rstrip()
    opens = not before or before[-1] in ".?!:\n"
    return not opens


@cache
def _phrases() -> tuple[dict[tuple[str, ...], frozenset[int]], dict[str, list[int]]]:
    """Thesaurus members as tuples of stems -> the groups they are in; and the first stem of phrases -> their lengths, longest first."""
    text = (importlib.resources.files("assistant") / "data" / "thesaurus.txt").read_text(encoding="utf-8")
    found: dict[tuple[str, ...], set[int]] = {}
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    for group, line in enumerate(lines):
        for member in line.split(","):
            key = tuple(_root(m.group()) for m in _WORD.finditer(member))
            if key:
                found.setdefault(key, set()).add(group)
    lengths: dict[str, set[int]] = {}
    for first, *others in found:
        if others:
            lengths.setdefault(first, set()).add(1 + len(others))
    return {key: frozenset(groups) for key, groups in found.items()}, {first: sorted(of, reverse=True) for first, of in lengths.items()}


@cache
def _members() -> dict[int, tuple[str, ...]]:
    members: dict[int, list[str]] = {}
    for key, groups in _phrases()[0].items():
        for group in groups:
            members.setdefault(group, []).append(" ".join(key))
    return {group: tuple(stems) for group, stems in members.items()}


def known(unit: Unit, lexical: LexicalIndex) -> bool:
    """Whether the corpus holds a unit, or another word of its thesaurus group."""
    return any(all(lexical.knows(s) for s in stems.split()) for stems in _spellings(unit))


def _rarity(unit: Unit, lexical: LexicalIndex) -> float:
    """Of the word itself where the corpus holds it, else of its commonest synonym there."""
    if all(lexical.knows(s) for s in unit.stem.split()):
        return max(lexical.rarity(s) for s in unit.stem.split())
    known = [s for s in _spellings(unit) if all(lexical.knows(part) for part in s.split())]
    return min((max(lexical.rarity(part) for part in s.split()) for s in known), default=1.0)


def _spellings(unit: Unit) -> list[str]:
    return [unit.stem, *(s for group in unit.groups for s in _members()[group])]
