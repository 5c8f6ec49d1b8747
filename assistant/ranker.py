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
    return Ranker(*(np.array([row[part] for row in rows]) for part in ("mean", "scale", "weight")))
