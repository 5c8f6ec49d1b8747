"""Learn the ranker's and the confidence model's weights: ``python -m evals fit [--outside DIR]``.

The ranker is a softmax over a question's candidate spans; its loss is the probability that it gives to spans that hold
the answer. The confidence model is a logistic regression on whether the composed answer is right, unanswerable questions
counting as wrong. Own questions and outside ones weigh the same in sum, so neither drowns the other. The test split is
never read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from assistant.chain import Assistant, State
from assistant.confidence import features
from assistant.evidence import SIGNALS, Candidate
from assistant.extract import compose, whole_list
from assistant.question import Question
from assistant.ranker import Ranker
from evals.cases import Case, holds
from index.documents import SpanKind
from index.retriever import Passage

DATA = Path(__file__).parents[1] / "assistant" / "data"
RIDGE = 2e-3  # of the ranker's weights, on standardised signals
LONG_LIST = 0.6  # what a whole list is worth where one of its items holds every fact
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A case with everything that the chain gathered for it."""

    case: Case
    question: Question
    passages: tuple[Passage, ...]
    candidates: tuple[Candidate, ...]
    worth: NDArray[np.float64]  # share of the facts that each candidate holds
    weight: float


def examples(assistant: Assistant, cases: Sequence[Case], weight: float) -> list[Example]:
    """Gather candidates for every case and see which of them hold its facts."""
    found = []
    for case in cases:
        state = assistant.examine(case.question, case.history)
        found.append(_example(case, state, weight))
    return found


def fit_ranker(found: Sequence[Example]) -> Ranker:
    """The weights under which the spans that hold the answer are most likely."""
    usable = [e for e in found if e.case.answerable and e.worth.max(initial=0) > 0]
    rows = np.concatenate([_signals(e) for e in usable])
    weights_by_row = np.concatenate([np.full(len(e.candidates), e.weight) for e in usable])
    mean = np.average(rows, axis=0, weights=weights_by_row)
    scale = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights_by_row))
    scale[scale < 1e-6] = 1.0
    groups = [((_signals(e) - mean) / scale, e.worth, e.weight) for e in usable]
    total = sum(weight for *_, weight in groups)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for signals, worth, weight in groups:
            scores = signals @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            right = share * worth
            mass = float(right.sum()) + 1e-12
            value -= weight / total * float(np.log(mass))
            gradient = gradient + weight / total * (signals.T @ (share - right / mass))
        return value, gradient

    fitted = minimize(loss, np.zeros(len(SIGNALS)), jac=True, method="L-BFGS-B")
    return Ranker(mean, scale, fitted.x)


@dataclass(frozen=True, slots=True)
class Judged:
    """One composed answer: what confidence sees of it, and whether it was right."""

    values: dict[str, float]
    right: bool
    answerable: bool
    weight: float
    group: str


def judged(found: Sequence[Example], ranker: Ranker, words: int) -> list[Judged]:
    """Compose every example's answer with a ranker and see whether it holds all facts."""
    results = []
    for example in found:
        draft = compose(example.question, example.passages, example.candidates, ranker.scores(example.candidates), words)
        if draft.best is None:
            continue
        text = " ".join(claim.text for claim in draft.claims)
        right = example.case.answerable and all(holds(text, wordings) for wordings in example.case.facts)
        results.append(Judged(features(example.question, draft), right, example.case.answerable, example.weight, example.case.conversation))
    return results


@dataclass(frozen=True, slots=True)
class FittedConfidence:
    """A logistic model, with its out-of-fold probabilities for the examples that it was fitted on."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    out_of_fold: NDArray[np.float64]


def fit_confidence(results: Sequence[Judged]) -> FittedConfidence:
    """Logistic regression on whether the answer is right."""
    names = tuple(results[0].values)
    rows = np.array([[r.values[name] for name in names] for r in results])
    right = np.array([r.right for r in results])
    weight = np.array([r.weight for r in results])
    mean, scale = np.average(rows, axis=0, weights=weight), rows.std(axis=0)
    scale[scale < 1e-6] = 1.0
    standard = (rows - mean) / scale
    model = LogisticRegression(C=0.3, max_iter=5_000)
    groups = [r.group for r in results]
    out = cross_val_predict(
        model, standard, right, groups=groups, cv=GroupKFold(FOLDS), method="predict_proba", params={"sample_weight": weight}
    )[:, 1]
    model.fit(standard, right, sample_weight=weight)
    return FittedConfidence(names, mean, scale, model.coef_[0], float(model.intercept_[0]), out)


def save(ranker: Ranker, confidence: FittedConfidence, thresholds: dict[str, float], fitted_on: dict[str, object]) -> None:
    """Write both models as readable files."""
    signals = {
        name: {"mean": round(float(m), 5), "scale": round(float(s), 5), "weight": round(float(w), 4)}
        for name, m, s, w in zip(SIGNALS, ranker.mean, ranker.scale, ranker.weights, strict=True)
    }
    _write("ranker.json", {"fitted_on": fitted_on, "signals": signals})
    rows = zip(confidence.names, confidence.mean, confidence.scale, confidence.weights, strict=True)
    told = {n: {"mean": round(float(m), 5), "scale": round(float(s), 5), "weight": round(float(w), 4)} for n, m, s, w in rows}
    _write("confidence.json", {"fitted_on": fitted_on, **thresholds, "intercept": round(confidence.intercept, 4), "features": told})


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return sha256(path.read_bytes()).hexdigest()


def _write(name: str, content: dict[str, object]) -> None:
    (DATA / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _signals(example: Example) -> NDArray[np.float64]:
    return np.stack([c.signals for c in example.candidates]).astype(np.float64)


def _example(case: Case, state: State, weight: float) -> Example:
    assert state.question and state.retrieved
    passages = state.retrieved.passages
    worth = np.array([_worth(case, c, passages) for c in state.candidates])
    single = max((w for w, c in zip(worth, state.candidates, strict=True) if c.span.kind is not SpanKind.LEAD), default=0.0)
    for place, candidate in enumerate(state.candidates):
        if candidate.span.kind is SpanKind.LEAD and 0 < worth[place] <= single:
            worth[place] *= LONG_LIST
    return Example(case, state.question, passages, state.candidates, worth, weight)


def _worth(case: Case, candidate: Candidate, passages: Sequence[Passage]) -> float:
    span = candidate.span
    if not case.facts or (case.documents and span.document not in case.documents):
        return 0.0
    whole = whole_list(span, passages) if span.kind is SpanKind.LEAD else []
    text = " ".join([span.lead, span.text, *(s.text for s in whole)])
    return sum(holds(text, wordings) for wordings in case.facts) / len(case.facts)
