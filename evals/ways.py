"""Three ways with the turns before a question, compared fairly: ``last`` forgets them, ``glued`` puts the previous one in front, ``ours``.

Two-fold by conversation: the way that does best on one half of the conversations is reported on the other half, and the other
way round, so that no figure is of conversations that something was chosen on. The paired test flips whole conversations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from evals.cases import History
from evals.compare import DRAWS, RunRow
from evals.metrics import DRAWS as BOOTSTRAPS
from evals.metrics import SEED, Figure

CHOSEN_BY = "nDCG@5"
REPORTED = ("nDCG@5", "R@10")


@dataclass(frozen=True, slots=True)
class Paired:
    """Ours against another way, on the same questions."""

    measure: str
    other: History
    difference: float  # ours minus the other, mean over questions
    low: float  # bootstrap 95% interval over conversations
    high: float
    n: int
    p: float  # two-sided

    def __str__(self) -> str:
        told = f"{self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"
        return f"ours against {self.other}: {self.measure} {told} (n={self.n}), p={self.p:.4f}"


@dataclass(frozen=True, slots=True)
class Ways:
    """What three runs over the same questions say together."""

    chosen: tuple[History, History]  # on the first half (and reported on the second), and the other way round
    figures: tuple[Figure, ...]
    paired: tuple[Paired, ...]


def second_half(conversation: str) -> bool:
    """Which half a conversation is in: by a hash of its name, so it is the same in every run."""
    return sha256(conversation.encode()).digest()[0] % 2 == 1


def two_fold(runs: Mapping[History, Sequence[RunRow]]) -> Ways:
    """Choose on one half, report on the other; then the paired tests on all questions.

    Args:
        runs: the rows of a run record for each way, over the same answerable questions.
    """
    by_way = {way: {r["id"]: r for r in rows if r["answerable"] and CHOSEN_BY in r["retrieval"]} for way, rows in runs.items()}
    ids = [key for key in by_way[History.OURS] if all(key in some for some in by_way.values())]
    names = [str(by_way[History.OURS][key]["conversation"]) for key in ids]
    half = np.array([second_half(name) for name in names])
    values = {
        (way, measure): np.array([some[key]["retrieval"][measure] for key in ids], dtype=float)
        for way, some in by_way.items()
        for measure in REPORTED
    }
    ways = list(by_way)
    on_first, on_second = (max(ways, key=lambda w, part=part: values[w, CHOSEN_BY][part].mean()) for part in (~half, half))  # type: ignore[misc]
    figures = []
    for measure in REPORTED:
        held_out = np.where(half, values[on_first, measure], values[on_second, measure])
        figures.append(_figure(f"two-fold: {measure}", held_out, names))
        figures += [_figure(f"{way}: {measure}", values[way, measure], names) for way in ways]
    others = [way for way in ways if way is not History.OURS]
    paired = [_paired(m, w, values[History.OURS, m] - values[w, m], names) for m in REPORTED for w in others]
    return Ways((on_first, on_second), tuple(figures), tuple(paired))


def _sums(values: NDArray[np.float64], names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and count of the values of each conversation."""
    _, places = np.unique(names, return_inverse=True)
    return np.bincount(places, weights=values).astype(np.float64), np.bincount(places).astype(np.float64)


def _interval(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, float]:
    drawn = np.random.default_rng(SEED).integers(len(sums), size=(BOOTSTRAPS, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _figure(name: str, values: NDArray[np.float64], names: Sequence[str]) -> Figure:
    return Figure(name, float(values.mean()), *_interval(*_sums(values, names)), len(values))


def _paired(measure: str, other: History, differences: NDArray[np.float64], names: Sequence[str]) -> Paired:
    """A permutation test that flips the sign of whole conversations: turns of one conversation are not independent."""
    sums, counts = _sums(differences, names)
    signs = np.random.default_rng(SEED).choice((-1.0, 1.0), size=(DRAWS, len(sums)))
    as_far = int((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12).sum())
    low, high = _interval(sums, counts)
    return Paired(measure, other, float(differences.mean()), low, high, len(differences), (as_far + 1) / (DRAWS + 1))
