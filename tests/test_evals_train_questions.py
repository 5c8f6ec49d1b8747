"""The space of questions is learned from which questions one span answers, and from what nothing answers."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.train_questions import DIMENSION, Questions, train
from index.embedding import Vectors
from index.questionspace import QuestionSpace

SPANS, EACH, MISSED = 40, 10, 100
WHAT, WORDING = 8, 24  # dimensions that tell what is asked for, and those that tell how it is worded


def unit(vectors: NDArray[np.floating[Any]]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def drawn() -> tuple[Questions, Vectors, Vectors]:
    """Questions of which the wording says more than what they ask for; with one more of each span, and some more that nothing answers."""
    draw = np.random.default_rng(5)
    of_span = np.repeat(np.arange(SPANS), EACH + 1)
    what = unit(draw.normal(size=(SPANS + 1, WHAT)))  # the last: what is asked for where nothing answers
    answered = unit(np.hstack([what[of_span], draw.normal(size=(len(of_span), WORDING)) * 0.35]))
    missed = unit(np.hstack([np.repeat(what[-1:], 2 * MISSED, axis=0), draw.normal(size=(2 * MISSED, WORDING)) * 0.35]))
    kept = np.tile(np.arange(EACH + 1) < EACH, SPANS)
    return Questions(answered[kept], missed[:MISSED], of_span[kept].tolist()), answered[~kept], missed[MISSED:]


def found(known: Questions, asked: Vectors, space: QuestionSpace) -> float:
    """Share of the questions, one a span, that come nearest to one of their own span."""
    nearest = (space.of_all(asked) @ space.of_all(known.answered).T).argmax(axis=1)
    return float(np.mean([known.of_span[place] == span for span, place in enumerate(nearest)]))


def told_apart(known: Questions, asked: Vectors, missed: Vectors, space: QuestionSpace) -> float:
    """Share of some questions whose nearest one is of their kind, answered or not."""
    every = space.of_all(np.concatenate([known.answered, known.missed]))
    answered = (space.of_all(np.concatenate([asked, missed])) @ every.T).argmax(axis=1) < len(known.answered)
    return float(np.mean(answered == (np.arange(len(asked) + len(missed)) < len(asked))))


def test_it_looks_past_the_wording(drawn: tuple[Questions, Vectors, Vectors], monkeypatch: pytest.MonkeyPatch) -> None:
    known, asked, missed = drawn
    monkeypatch.setattr("evals.train_questions.STEPS", 250)
    weights = train(known)
    assert weights.shape == (DIMENSION, WHAT + WORDING)
    assert weights.dtype == np.float16
    before, after = QuestionSpace(WHAT + WORDING), QuestionSpace(DIMENSION, weights.astype(np.float32))
    assert found(known, asked, after) > found(known, asked, before)
    assert told_apart(known, asked, missed, after) > told_apart(known, asked, missed, before)
