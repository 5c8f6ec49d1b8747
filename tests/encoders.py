"""An encoder without a model, for tests of what is built around one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.embedding import Progress, Vectors


@dataclass
class CountingEncoder:
    """Deterministic vectors without a model; remembers what it was asked to encode."""

    sha256: str = "f" * 64
    name: str = "counting"
    dimension: int = 8
    window: int = 64
    encoded: list[str] = field(default_factory=list)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded += texts
        rows = np.array([[1.0 + text.count(letter) for letter in "etaoinsr"] for text in texts], dtype=np.float32)
        rows = rows.reshape(len(texts), self.dimension)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split()) + 2
