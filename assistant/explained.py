"""How a question was understood and what a confidence means, in plain words: what raised it, what lowered it, whether sources agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from assistant.answer import Answer, Citation, Level
from assistant.confidence import lowers
from assistant.message import normal
from assistant.support import figures

# The levels' stated meaning; their thresholds are chosen for it by ``evals.fit`` and measured by ``make eval``.
MEANING: dict[Level, str] = {
    "high": "Answers marked high were right about nine times in ten on our test questions.",
    "medium": "Answers marked medium were right about three times in four on our test questions.",
    "low": "Answers marked low were right only about two times in three on our test questions: check the quotes.",
}
REFUSED = "The best passage found was too unlikely to be the answer, so nothing is claimed."


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an answer's confidence is what it is."""

    meaning: str
    raised: tuple[str, ...]
    lowered: tuple[str, ...]
    sources: str  # how many bear it, and whether their figures agree; empty for a refusal
    would_raise: tuple[str, ...]


def explain(answer: Answer) -> Explanation:
    """Explain an answer's confidence from its own reasons and citations."""
    reasons = answer.confidence.reasons
    lowered = tuple(r for r in reasons if lowers(r))
    return Explanation(
        meaning=REFUSED if answer.abstained else MEANING[answer.confidence.level],
        raised=tuple(r for r in reasons if r not in lowered),
        lowered=lowered,
        sources="" if answer.abstained else _agreement(answer.bearing),
        would_raise=tuple(dict.fromkeys(_help(answer, lowered))),
    )


def understood_as(answer: Answer) -> str | None:
    """The question as it was understood, where it is in other words than the message."""
    return answer.standalone_question if normal(answer.standalone_question) != normal(answer.question) else None


def _publishers(citation: Citation) -> frozenset[str]:
    return frozenset(s.publisher or s.title for s in citation.sources)


def _agreement(citations: tuple[Citation, ...]) -> str:
    """Which sources bear the answer, and whether two of them give the same figures."""
    who = list(dict.fromkeys(name for c in citations for name in sorted(_publishers(c))))
    if not who:
        documents = list(dict.fromkeys(c.title for c in citations))
        return f"Borne by {_listed(documents)}, which names no public source." if len(documents) == 1 else f"Borne by {_listed(documents)}."
    if len(who) == 1:
        return f"One source bears it: {who[0]}. Nothing else here confirms it."
    named = [citation for citation in citations if _publishers(citation)]  # what names no source confirms none
    pairs = [(a, b) for a, b in combinations(named, 2) if _publishers(a).isdisjoint(_publishers(b))]
    told = [(a, b, figures(a.quote), figures(b.quote)) for a, b in pairs]
    same = next(((a, b) for a, b, x, y in told if x & y), None)
    if same:
        return f"{_listed(who)} bear it; {_one(same[0])} and {_one(same[1])} give a figure in common."
    differ = next(((a, b) for a, b, x, y in told if {sort for sort, _ in x} & {sort for sort, _ in y}), None)
    if differ:
        numbers = f"[{differ[0].number}] is not [{differ[1].number}]"
        return f"{_listed(who)} bear it, and give different figures: {numbers}. Read how each one counts."
    return f"{_listed(who)} bear it, each a part."


def _one(citation: Citation) -> str:
    return min(_publishers(citation))


def _help(answer: Answer, lowered: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for reason in lowered:
        if "never mention" in reason or "says nothing about" in reason:
            found.append("A document that covers those words, or the question asked without them.")
        elif "gives none" in reason:
            found.append("A document that gives that figure.")
        elif "equally well" in reason:
            found.append("A narrower question: name the level, the year, the company or the guide you mean.")
        elif "in the quoted text" in reason:
            found.append("A question whose answer stands in one place.")
    if not answer.abstained and len({name for c in answer.bearing for name in _publishers(c)}) == 1:
        found.append("A second, independent source that says the same.")
    return found


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
