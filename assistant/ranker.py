"""Which span answers: a weighted sum of its signals, the weights learned by ``python -m evals fit``."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import SIGNALS, Candidate
from assistant.following import FOLLOWING


@dataclass(frozen=True, slots=True)
class Join:
    """How much the ranker's scores, the cross-encoder's logits and a follow-up's own signals count in the score of a span."""

    scores: float = 1.0
    logits: float = 0.0
    following: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(FOLLOWING)))


@dataclass(frozen=True, slots=True)
class Ranker:
    """``(signals - mean) / scale @ weights``: what a softmax over a question's spans was fitted to."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    alone: Join = Join()
    after: Join = Join()  # for follow-ups

    def scores(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """One score a candidate; only differences within one question mean anything."""
        if not candidates:
            return np.zeros(0)
        signals = np.stack([c.signals for c in candidates])
        return np.asarray((signals - self.mean) / self.scale @ self.weights)

    def join_for(self, following: NDArray[np.float32] | None) -> Join:
        """The weights for a follow-up's signals, or for what is no follow-up."""
        return self.alone if following is None else self.after

    def join(
        self, scores: NDArray[np.float64], logits: NDArray[np.float64], following: NDArray[np.float32] | None = None
    ) -> NDArray[np.float64]:
        """Scores, logits and a follow-up's signals as one score: a softmax over it is the likelihood of a span.

        Args:
            following: shape ``(candidates, len(FOLLOWING))``; None for what is no follow-up.
        """
        join = self.join_for(following)
        joined = join.scores * scores + join.logits * logits
        return joined if following is None else np.asarray(joined + following @ join.following)


@cache
def load_ranker() -> Ranker:
    """The ranker that ships with the package."""
    kept = json.loads((importlib.resources.files("assistant") / "data" / "ranker.json").read_text(encoding="utf-8"))
    rows = [kept["signals"][name] for name in SIGNALS]
    mean, scale, weights = (np.array([row[part] for row in rows]) for part in ("mean", "scale", "weight"))
    return Ranker(mean, scale, weights, *(_join(kept[name]) for name in ("join", "join_after")))


def _join(kept: dict[str, float]) -> Join:
    return Join(kept["scores"], kept["logits"], np.array([kept.get(name, 0.0) for name in FOLLOWING]))
