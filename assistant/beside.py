"""Which further spans belong beside the one that answers best: a small model of what readers judged.

Of 7,200 spans that stood for choice beside the first one of 1,200 fitting questions, readers said which answer in its place or add to
it, which only say it again, which are a detail that nobody asked for, and which are beside the point (``evals/beside.jsonl``).
``python -m evals fit-beside`` fits a multinomial logistic regression to that; ``assistant/data/beside.json`` holds it, with how it does
out of fold.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.question import Question, stems
from index.documents import Span, SpanKind

if TYPE_CHECKING:
    from assistant.extract import Ranked

LIKELIEST = 6  # spans in rank that may stand beside the first
BEFORE, AFTER = 1, 2  # its neighbours in its section that may as well
FURTHEST = 15.0  # by which a span counts at most as less likely than the first, in the ranker's score
FEATURES = (
    "behind",  # by how much the ranker's score is below the first span's
    "share",  # of the likelihood among all spans
    "place",  # 1 / place in rank
    "asked",  # cosine of the question with the nearest one that the span is known to answer
    "meaning_over",  # cosine of the question with the span, over that with the first span
    "alike",  # share of its words that the first span holds as well, or the other way round
    "new_figure",  # it brings a figure that the first span lacks
    "same_list",
    "same_section",
    "same_document",
    "borne",  # share of the question that its own words bear
    "adds",  # share of the question that it bears and the first span does not
    "other_side",  # the same where two things are compared, else 0
    "fits",  # it holds the kind of answer that is asked for
    "brief",
    "first",  # it opens its passage
    "row",
    "item",
)


class Sort(StrEnum):
    """What a span is beside the first one."""

    ANSWERS = "answers"  # which the first one does not
    ADDS = "adds"
    REPEATS = "repeats"
    DETAIL = "detail"
    STRAY = "stray"


# What a span of each sort is worth to who reads it: in the answer, and set apart from it, for those whose question was meant otherwise.
IN_ANSWER = {Sort.ANSWERS: 1.0, Sort.ADDS: 1.0, Sort.REPEATS: -0.15, Sort.DETAIL: -0.3, Sort.STRAY: -0.8}
SET_APART = {Sort.ANSWERS: 4.0, Sort.ADDS: 1.0, Sort.REPEATS: -0.15, Sort.DETAIL: -0.2, Sort.STRAY: -0.6}
WORTH_ANSWERING, WORTH_SETTING_APART = 0.0, 0.1  # from which on it is told


@dataclass(frozen=True, slots=True)
class BesideModel:
    """A multinomial logistic model over ``FEATURES``: ``(features - mean) / scale @ weights + intercepts``, a softmax over sorts."""

    mean: NDArray[np.float64]  # of shape (features,)
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]  # of shape (features, sorts)
    intercepts: NDArray[np.float64]

    def sorts(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each sort, shape ``(spans, sorts)``, of rows ``(spans, features)``."""
        scores = (rows - self.mean) / self.scale @ self.weights + self.intercepts
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Beside:
    """The places of candidates beside the first one, what is worth most first."""

    in_answer: tuple[int, ...] = ()
    set_apart: tuple[int, ...] = ()


def worth(likely: NDArray[np.float64], of: dict[Sort, float]) -> NDArray[np.float64]:
    """What spans are expected to be worth, shape ``(spans,)``, of the probabilities of their sorts."""
    return np.asarray(likely @ np.array([of[sort] for sort in Sort]))


@cache
def load_beside() -> BesideModel:
    """The model that ships with the package."""
    kept = json.loads((importlib.resources.files("assistant") / "data" / "beside.json").read_text(encoding="utf-8"))
    rows = [kept["features"][name] for name in FEATURES]
    mean, scale = (np.array([row[part] for row in rows]) for part in ("mean", "scale"))
    weights = np.array([[row[sort] for sort in Sort] for row in rows])
    return BesideModel(mean, scale, weights, np.array([kept["intercepts"][sort] for sort in Sort]))


def beside(question: Question, ranked: Ranked, likelihood: NDArray[np.float64], order: Sequence[int]) -> Beside:
    """What belongs beside the first candidate of ``order``.

    Args:
        likelihood: of every candidate, shape ``(candidates,)``.
        order: the candidates that may be told, likeliest first.
    """
    places = in_question(ranked, order)
    if not places:
        return Beside()
    likely = load_beside().sorts(beside_rows(question, ranked, likelihood, order, places))
    in_answer, set_apart = where_told(likely)
    return Beside(_best_first(places, in_answer, worth(likely, IN_ANSWER)), _best_first(places, set_apart, worth(likely, SET_APART)))


def where_told(likely: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which spans are told in the answer and which are set apart, each of shape ``(spans,)``, of the probabilities of their sorts."""
    in_answer = worth(likely, IN_ANSWER) >= WORTH_ANSWERING
    return in_answer, ~in_answer & (worth(likely, SET_APART) >= WORTH_SETTING_APART)


def _best_first(places: Sequence[int], told: NDArray[np.bool_], worth: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(places[i] for i in np.argsort(-worth, kind="stable") if told[i])


def in_question(ranked: Ranked, order: Sequence[int]) -> list[int]:
    """The candidates that may stand beside the first one: the likeliest, and its neighbours, but for leads and what is ruled out."""
    best, candidates = ranked.candidates[order[0]].span, ranked.candidates
    section = sorted((i for i in order if same_section(candidates[i].span, best)), key=lambda i: candidates[i].span.start)
    at = section.index(order[0])
    near = section[max(at - BEFORE, 0) : at + AFTER + 1]
    places = dict.fromkeys((*order[:LIKELIEST], *near))
    return [i for i in places if i != order[0] and candidates[i].span.kind is not SpanKind.LEAD and not ranked.out[i]]


def beside_rows(
    question: Question, ranked: Ranked, likelihood: NDArray[np.float64], order: Sequence[int], places: Sequence[int]
) -> NDArray[np.float64]:
    """``FEATURES`` of the candidates at ``places``, shape ``(places, features)``."""
    best, rank = order[0], {i: place for place, i in enumerate(order, 1)}
    first = ranked.candidates[best]
    weights = {part: term.rarity for term in question.terms for part in term.unit.stem.split()}
    whole, said = sum(weights.values()) or 1.0, stems(first.span.text)
    rows = []
    for i in places:
        candidate, span = ranked.candidates[i], ranked.candidates[i].span
        held = stems(span.text)
        adds = sum(weight for part, weight in weights.items() if part in held and part not in said) / whole
        values = {
            "behind": max(float(ranked.scores[i] - ranked.scores[best]), -FURTHEST),
            "share": float(likelihood[i]),
            "place": 1 / rank[i],
            "meaning_over": candidate.signal("meaning_rank") - first.signal("meaning_rank"),
            "alike": len(held & said) / max(1, min(len(held), len(said))),
            "new_figure": float(any(part[0].isdigit() for part in held - said)),
            "same_list": float(bool(span.lead) and span.lead == first.span.lead),
            "same_section": float(same_section(span, first.span)),
            "same_document": float(span.document == first.span.document),
            "adds": adds,
            "other_side": adds * question.comparison,
        }
        rows.append([values[name] if name in values else candidate.signal(name) for name in FEATURES])
    return np.array(rows)


def same_section(one: Span, other: Span) -> bool:
    """Whether two spans stand in one section of one document."""
    return (one.document, one.section) == (other.document, other.section)
