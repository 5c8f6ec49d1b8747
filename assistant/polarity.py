"""Whether two texts say a thing and its opposite: negation, and words of direction, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.question import stems

SAME_CLAUSE = 0.5  # share of a clause's words from which another clause is about the same

_NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|hardly|rarely|seldom)\b|n['’]t\b", re.IGNORECASE)
_CLAUSES = re.compile(
    r"[;:!?()|\n—]|[.,](?!\d)|\b(?:but|while|whereas|although|though|because|which|unless|rather than|instead of)\b", re.IGNORECASE
)
_UP = "rose rise rises rising grew grow grows growing increase increased increases up gained"
_DOWN = "fell fall falls falling shrank shrink decrease decreased decreases declined decline down dropped lost"
_OPPOSITES = tuple(
    (frozenset(a.split()), frozenset(b.split()))
    for a, b in (
        (_UP, _DOWN),
        ("more higher greater above over larger", "less lower fewer below under smaller"),
        ("highest most maximum largest", "lowest least minimum smallest"),
        ("always", "never"),
        ("before", "after"),
        ("required mandatory must", "optional voluntary"),
        ("easier", "harder"),
        ("cheaper", "dearer costlier"),
    )
)


def contradicts(claim: str, texts: Iterable[str]) -> bool:
    """Whether a clause of the claim denies what the clause of the texts that is most like it says, or turns its direction round.

    Example:
        >>> contradicts("AI PMs do not need to write code.", ["AI PMs need to write code."])
        True
    """
    held = [(clause, stems(clause)) for text in texts for clause in clauses(text)]
    for clause in clauses(claim):
        own = stems(clause)
        if len(own) < 2 or not held:
            continue
        likeness = [len(own & other) / len(own) for _, other in held]
        best = max(likeness)
        if best < SAME_CLAUSE:
            continue
        rivals = [text for (text, _), like in zip(held, likeness, strict=True) if like >= best - 1e-9]
        if all(_opposed(clause, rival) for rival in rivals):
            return True
    return False


def clauses(text: str) -> list[str]:
    """A text cut where one statement ends and another may begin."""
    return [part for part in _CLAUSES.split(text) if part.strip()]


def _opposed(a: str, b: str) -> bool:
    if (len(_NEGATION.findall(a)) - len(_NEGATION.findall(b))) % 2:
        return True
    first, second = ({w.lower() for w in re.findall(r"[A-Za-z]+", text)} for text in (a, b))
    return any(
        (first & up and second & down and not first & down and not second & up)
        or (first & down and second & up and not first & up and not second & down)
        for up, down in _OPPOSITES
    )
