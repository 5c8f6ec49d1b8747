"""Each claim against the spans that it cites: every figure, every name, negation, and most of the wording or the meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answer import SupportLevel
from assistant.figures import borne, follows, is_number_word, quantities
from assistant.placing import misplaced
from assistant.polarity import contradicts
from assistant.question import Unit, as_written, units
from index.documents import Span

# Share of a claim's words that its spans have to hold. An extractive claim holds them all, a told row adds its headers.
WORDING = 0.8
# A claim in other words (a model's) is borne when the spans hold half of its words and it is near them in meaning: MiniLM's
# cosine, which is below .4 for sentences on other subjects and above .6 for one sentence told in two ways.
REWORDED, MEANING = 0.5, 0.6
# Below these it is not even partly borne.
LOOSE_WORDING, LOOSE_MEANING = 0.35, 0.5

Meaning = Callable[[str, Sequence[str]], float]  # highest cosine of a text with some others

_FIGURE = re.compile(
    r"(?P<currency>[$€£])?\s?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<unit>%|percent\b|[KMBkmb](?![a-zA-Z])|thousand\b|million\b|billion\b)?",
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking a claim: the level, and what is wrong in words that a model or a person can act on."""

    level: SupportLevel
    complaint: str = ""


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
    """Whether the cited spans bear the claim: ``verify`` without an eye for meaning, for claims that are extracts."""
    return verify(claim, spans).level


def verify(claim: str, spans: Sequence[Span], meaning: Meaning | None = None, common: str = "") -> Verdict:
    """Hold a claim against the spans that it cites, with their lead and headings.

    Unsupported: it cites nothing; a figure that no span holds in its unit and period, and that is no right arithmetic on those
    they hold; a name that they do not hold; the opposite of what they say. Partial: too much other wording.

    Args:
        meaning: tells how near other wording comes in meaning; without it only the words count.
        common: text in which a word that opens a reworded claim is no name where it stands in small letters.
    """
    if not spans:
        return Verdict("unsupported", "It cites no span.")
    texts = [f"{span.lead} {span.text}" for span in spans]
    around = " . ".join(dict.fromkeys((*texts, *(heading for span in spans for heading in span.section))))
    strange = _strange_figures(claim, around)
    if strange:
        return Verdict("unsupported", f"The cited spans hold no figure like that of “{strange}”, with its unit and period.")
    held = units(around)
    stems = {part for unit in held for part in unit.stem.split()}
    groups = {group for unit in held for group in unit.groups}
    for name in (*(_opening(claim, common) if meaning else ()), *(unit for unit in units(claim) if unit.proper)):
        if not set(name.stem.split()) <= stems and not name.groups & groups:
            return Verdict("unsupported", f"The cited spans never mention “{as_written(name.word, claim)}”.")
    if meaning and (wrong := misplaced(claim, spans)):
        return Verdict("unsupported", wrong)
    if contradicts(claim, [span.text for span in spans]):
        return Verdict("unsupported", "The cited spans say the opposite, or with another direction.")
    return _worded(claim, texts, stems, groups, meaning)


def _opening(claim: str, common: str) -> list[Unit]:
    """The word that opens a claim, where it may be a name: every sentence opens with a capital, "Google pays …" too."""
    opening = units(f"as {claim}")[:1]  # what does not open a text is a name by its capital
    return [u for u in opening if u.proper and claim.lower().startswith(u.word) and not re.search(rf"\b{re.escape(u.word)}\b", common)]


def _strange_figures(claim: str, around: str) -> str:
    """The first figure of a claim that the text around its spans neither holds nor lets one reckon; "" where there is none."""
    wanted, cited = quantities(claim), quantities(around)
    own = [q for q in wanted if borne(q, cited, around)]
    for quantity in wanted:
        if quantity not in own and not follows(quantity, claim, own, cited):
            return f"{quantity.value:g} {quantity.sort}{f' per {quantity.period}' if quantity.period else ''}"
    return ""


def _worded(claim: str, texts: Sequence[str], stems: set[str], groups: set[int], meaning: Meaning | None) -> Verdict:
    said = [unit for unit in units(claim) if not unit.figure and not is_number_word(unit.word)]
    words = [(part, unit.groups) for unit in said for part in unit.stem.split()]
    share = sum(part in stems for part, _ in words) / len(words) if words else 1.0
    if share >= WORDING:
        return Verdict("supported")
    complaint = "It says more, or something else, than the cited spans. Stay with their words."
    if meaning is None:
        return Verdict("partial", complaint)
    near = meaning(claim, texts)
    loosely = sum(part in stems or bool(of & groups) for part, of in words) / len(words)  # a synonym will do beside the meaning
    if loosely >= REWORDED and near >= MEANING:
        return Verdict("supported")
    if loosely >= LOOSE_WORDING and near >= LOOSE_MEANING:
        return Verdict("partial", complaint)
    return Verdict("unsupported", complaint)
