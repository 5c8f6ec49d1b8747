"""Two runs over the same questions, question by question: what got better, what got worse, and whether chance explains it.

Shares are compared by McNemar's exact test on the questions that changed (a binomial test of better against worse), other
measures by a paired permutation test on the mean difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest, permutation_test

from evals.metrics import ANSWERED, REFUSED, SEED

SURE = 0.05  # a change less likely than this by chance is one
DRAWS = 9_999

RunRow = Mapping[str, Any]  # a row of a run record


@dataclass(frozen=True, slots=True)
class Change:
    """How one measure changed from one run to the other."""

    name: str
    n: int
    before: float
    after: float
    better: int  # questions on which the second run does better
    worse: int
    p: float  # two-sided

    @property
    def verdict(self) -> str:
        """In one word."""
        if self.p >= SURE or self.better == self.worse:
            return "no clear change"
        return "better" if self.after > self.before else "worse"

    def __str__(self) -> str:
        told = f"{self.name}: {self.before:.3f} -> {self.after:.3f}, {self.better} better, {self.worse} worse of {self.n}, p={self.p:.3f}"
        return f"{told}: {self.verdict}"


def answered(row: RunRow) -> float | None:
    """1 where an answerable question is answered with every fact."""
    return float(not row["abstained"] and row["facts_found"] == 1) if row["answerable"] and row["facts_found"] is not None else None


def refused(row: RunRow) -> float | None:
    """1 where an unanswerable question is refused."""
    return None if row["answerable"] else float(row["abstained"])


MEASURES: dict[str, Callable[[RunRow], float | None]] = {
    ANSWERED: answered,
    REFUSED: refused,
    "answerable: best candidate right, shown or not": lambda r: float(r["best_right"]) if r["answerable"] else None,
    "retrieval: nDCG@5": lambda r: r["retrieval"].get("nDCG@5"),
    "retrieval: R@10": lambda r: r["retrieval"].get("R@10"),
}


def compare(before: Sequence[RunRow], after: Sequence[RunRow]) -> list[Change]:
    """Every measure over the questions that both runs hold."""
    first, second = {r["id"]: r for r in before}, {r["id"]: r for r in after}
    changes = []
    for name, measure in MEASURES.items():
        both = [(measure(first[key]), measure(second[key])) for key in first if key in second]
        pairs = np.array([(a, b) for a, b in both if a is not None and b is not None], dtype=float)
        if len(pairs):
            changes.append(_change(name, pairs))
    return changes


def _change(name: str, pairs: np.ndarray[Any, np.dtype[np.float64]]) -> Change:
    a, b = pairs[:, 0], pairs[:, 1]
    better, worse = int((b > a).sum()), int((b < a).sum())
    if not better + worse:
        p = 1.0
    elif set(np.unique(pairs)) <= {0.0, 1.0}:
        p = float(binomtest(better, better + worse).pvalue)
    else:
        random = np.random.default_rng(SEED)
        found = permutation_test((a, b), lambda x, y: np.mean(y - x), permutation_type="samples", n_resamples=DRAWS, rng=random)
        p = float(found.pvalue)
    return Change(name, len(pairs), float(a.mean()), float(b.mean()), better, worse, p)
