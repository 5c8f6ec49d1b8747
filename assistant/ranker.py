"""Which span answers: a weighted sum of its signals, the weights learned by ``python -m evals fit``."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import SIGNALS, Candidate


@dataclass(frozen=True, slots=True)
class Ranker:
    """``(signals - mean) / scale @ weights``: what a softmax over a question's spans was fitted to."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    scores_share: float = 1.0  # how much these scores and the cross-encoder's logits count when they are joined
    logits_share: float = 0.0

    def join(self, scores: NDArray[np.float64], logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """The ranker's scores and the cross-encoder's logits as one score: a softmax over it is the likelihood of a span."""
        return self.scores_share * scores + self.logits_share * logits

    def scores(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """One score a candidate; only differences within one question mean anything."""
        if not candidates:
            return np.zeros(0)
        signals = np.stack([c.signals for c in candidates])
        return np.asarray((signals - self.mean) / self.scale @ self.weights)


@cache
def load_ranker() -> Ranker:
    """The ranker that ships with the package."""
    kept = json.loads((importlib.resources.files("assistant") / "data" / "ranker.json").read_text(encoding="utf-8"))
    rows = [kept["signals"][name] for name in SIGNALS]
    mean, scale, weights = (np.array([row[part] for row in rows]) for part in ("mean", "scale", "weight"))
    return Ranker(mean, scale, weights, kept["join"]["scores"], kept["join"]["logits"])
