"""Where questions are compared with questions: a linear projection of the embedding model's vectors, learned on the guides' own questions.

An encoder puts "how often do evals run?" beside "how long do evals run?", since they share their words. In this space questions that the
same sentence answers come near one another, and those that ask for another detail of it stay away. ``python -m evals train-questions``
learns it (``evals/train_questions.py``); ``question-space.json`` tells on what.
"""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np

from index.embedding import DEFAULT_SHA256, Encoder, Vectors, cosines

FILE = "question-space.npy"  # float16 of shape (dimension, the embedding model's dimension)


@dataclass(frozen=True)
class QuestionSpace:
    """A space of its own for questions; the embedding model's where none was learned for it."""

    dimension: int
    projection: Vectors | None = None  # shape (dimension, the model's dimension)

    @property
    def sha256(self) -> str:
        """What tells two spaces apart; empty for the embedding model's own."""
        return "" if self.projection is None else sha256(np.ascontiguousarray(self.projection).tobytes()).hexdigest()

    def of(self, vector: Vectors) -> Vectors:
        """A vector of the embedding model in this space, of unit length: float32 of shape ``(dimension,)``."""
        return vector if self.projection is None else _of_unit_length(cosines(self.projection, vector))

    def of_all(self, vectors: Vectors) -> Vectors:
        """Vectors of the embedding model in this space, of unit length: float32 of shape ``(len(vectors), dimension)``."""
        return vectors if self.projection is None else _of_unit_length(vectors @ self.projection.T)


def question_space(encoder: Encoder) -> QuestionSpace:
    """The space of questions for an encoder."""
    return _learned() if encoder.sha256 == DEFAULT_SHA256 else QuestionSpace(encoder.dimension)


@cache
def _learned() -> QuestionSpace:
    with (importlib.resources.files("index") / FILE).open("rb") as file:
        projection = np.load(file).astype(np.float32)
    return QuestionSpace(len(projection), projection)


def _of_unit_length(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), dtype=np.float32)
