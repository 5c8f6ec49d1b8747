"""Learn what belongs beside the first span: ``python -m evals fit-beside``.

``beside.jsonl`` holds, for fitting questions, the span that the chain put first and what readers said of others that stood for choice.
A question whose first span is another one by now is left out. Of fitting questions that nobody read, those teach whose first span holds
no fact: what holds one answers in its place. The ranker has to be fitted before, and confidence after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict

from assistant.beside import FEATURES, Sort, beside_rows, in_question, where_told
from assistant.chain import Assistant
from assistant.evidence import Candidate
from assistant.extract import likelihoods, tellable
from assistant.settings import Settings
from evals.cases import Case, holds, json_lines, own_cases
from evals.fit import FOLDS, JUDGE_ON, data_hashes, file_hash, scaling, write
from evals.metrics import SEED
from evals.run import open_on, replayed
from index.documents import SpanKind

READERS = Path(__file__).parent / "beside.jsonl"
UNREAD_STRAY = 0.5  # weight of a span that holds no fact and that nobody read: it may be a detail, or say what answers in other words


@dataclass(frozen=True, slots=True)
class Judged:
    """A span beside a first one: its features, and what it is there."""

    row: NDArray[np.float64]
    sort: Sort
    group: str  # its conversation
    weight: float = 1.0
    read: bool = True  # by a reader


def fit_beside(settings: Settings) -> Iterator[str]:
    """Fit, write ``beside.json``, and tell how it does out of fold on what readers judged."""
    judged = list(judged_spans(open_on(settings, None).assistant))
    rows, sorts = np.stack([j.row for j in judged]), np.array([list(Sort).index(j.sort) for j in judged])
    mean, scale = scaling(rows)
    standard, weights = (rows - mean) / scale, np.array([j.weight for j in judged])
    model = LogisticRegression(C=0.3, max_iter=5_000)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    groups = [j.group for j in judged]
    out = cross_val_predict(model, standard, sorts, groups=groups, cv=folds, params={"sample_weight": weights}, method="predict_proba")
    model.fit(standard, sorts, sample_weight=weights)
    read = np.array([j.read for j in judged])
    told = quality(out[read], sorts[read])
    by_name = zip(FEATURES, mean, scale, model.coef_.T, strict=True)
    write(
        "beside.json",
        {
            "fitted_on": {READERS.name: file_hash(READERS)[:12]} | data_hashes(JUDGE_ON, None),
            "out_of_fold": told,
            "intercepts": _by_sort(model.intercept_),
            "features": {n: {"mean": round(float(m), 5), "scale": round(float(s), 5)} | _by_sort(w) for n, m, s, w in by_name},
        },
    )
    yield f"{len(judged)} spans, {read.sum()} of them read: " + ", ".join(f"{key} {value}" for key, value in told.items())


def quality(likely: NDArray[np.float64], sorts: NDArray[np.int64]) -> dict[str, float]:
    """How many spans are told in the answer and how many set apart, which share of them is of each sort, and how many of each are found."""
    in_answer, apart = where_told(likely)
    told: dict[str, float] = {"n": len(sorts), "log_loss": round(float(log_loss(sorts, likely, labels=range(len(Sort)))), 4)}
    for name, shown in (("in_answer", in_answer), ("set_apart", apart)):
        told[name] = int(shown.sum())
        told |= {f"{name}_{sort}": _share(shown & (sorts == place), shown) for place, sort in enumerate(Sort)}
    return told | {f"found_{sort}": _share((in_answer | apart) & (sorts == place), sorts == place) for place, sort in enumerate(Sort)}


def _share(some: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return round(float(some.sum() / max(of.sum(), 1)), 3)


def judged_spans(assistant: Assistant) -> Iterator[Judged]:
    """Every span in question beside the first one of an answer, as far as it is known what it is there."""
    read = {(row["set"], row["id"]): row for row in json_lines(READERS)}
    for name in JUDGE_ON:
        for case in own_cases(name):
            if case.answerable:
                yield from _judged(assistant, case, read.get((name, case.id)))


def _judged(assistant: Assistant, case: Case, read: dict[str, Any] | None) -> Iterator[Judged]:
    state = assistant.examine(case.question, replayed(assistant, case.history))
    assert state.contest and state.question and state.judgement
    ranked = state.contest.rank()
    order = tellable(ranked, state.contest.passages)
    if state.judgement.abstain or not order or ranked.candidates[order[0]].span.kind is SpanKind.LEAD:
        return
    first, places = ranked.candidates[order[0]], in_question(ranked, order)
    if not places or (read["first"] != first.span.text if read else _holds_a_fact(case, first)):
        return
    said = _as_read(read) if read else {}
    for place, row in zip(places, beside_rows(state.question, ranked, likelihoods(ranked), order, places), strict=True):
        candidate = ranked.candidates[place]
        if read is None:
            answers = _holds_a_fact(case, candidate)
            yield Judged(row, Sort.ANSWERS if answers else Sort.STRAY, case.conversation, 1.0 if answers else UNREAD_STRAY, read=False)
        elif candidate.span.text in said:
            yield Judged(row, said[candidate.span.text], case.conversation)


def _as_read(read: dict[str, Any]) -> dict[str, Sort]:
    """What readers said of each span: what adds to a first one that does not answer answers in its place."""
    adds = Sort.ADDS if read["first_answers"] else Sort.ANSWERS
    sorts = {"adds": adds, "repeats": Sort.REPEATS, "detail": Sort.DETAIL, "stray": Sort.STRAY}
    return {text: sort for name, sort in sorts.items() for text in read[name]}


def _holds_a_fact(case: Case, candidate: Candidate) -> bool:
    text = f"{candidate.span.lead} {candidate.span.text}"
    return candidate.span.document in case.documents and any(holds(text, wordings) for wordings in case.facts)


def _by_sort(values: NDArray[np.float64]) -> dict[str, float]:
    return {sort: round(float(value), 4) for sort, value in zip(Sort, values, strict=True)}
