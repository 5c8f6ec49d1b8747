"""Measures over rows of a run, each with n and a seeded bootstrap 95% interval, clustered by conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

SEED, DRAWS = 13, 1_000
ANSWERED, REFUSED = "answerable: every expected fact in a cited answer", "unanswerable: refused"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one case. None where the case cannot be scored on that point."""

    id: str
    conversation: str
    kind: str
    question: str
    standalone: str
    answer: str
    answerable: bool
    abstained: bool
    facts_found: float | None  # share of the expected facts that the answer holds
    right_document: bool | None  # a citation of a guide that holds the answer
    exact_quotes: bool
    supported: float | None  # share of claims that their spans bear
    words: int
    likely: float  # what confidence made of the best candidate, shown or not
    best_right: bool  # the composed answer, abstained or not, holds every fact
    milliseconds: float
    ranked: tuple[str, ...]  # documents as retrieved, best first
    ndcg5: float | None = None
    recall10: float | None = None
    guide: str = ""  # the guide that the question is about


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.name}: {self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})"


def figure(name: str, rows: Sequence[Row], measure: Callable[[Sequence[Row]], float | None]) -> Figure | None:
    """A measure over rows with its interval; None where nothing can be scored."""
    value = measure(rows)
    if value is None or not rows:
        return None
    clusters: dict[str, list[Row]] = {}
    for row in rows:
        clusters.setdefault(row.conversation, []).append(row)
    groups = list(clusters.values())
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        sample = [row for i in random.integers(len(groups), size=len(groups)) for row in groups[i]]
        again = measure(sample)
        if again is not None:
            drawn.append(again)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(name, value, float(low), float(high), len(rows))


def summary(rows: Sequence[Row]) -> list[Figure]:
    """Every figure of a run that its rows can bear."""
    answerable = [r for r in rows if r.answerable]
    unanswerable = [r for r in rows if not r.answerable]
    scored = [r for r in answerable if r.facts_found is not None]
    given = [r for r in rows if not r.abstained]
    found = [
        figure(ANSWERED, scored, _mean(lambda r: not r.abstained and r.facts_found == 1)),
        figure("answerable: expected facts found, mean share", scored, _mean(lambda r: 0.0 if r.abstained else r.facts_found or 0.0)),
        figure("answerable: best candidate right, shown or not", scored, _mean(lambda r: r.best_right)),
        figure("answerable: wrongly refused", answerable, _mean(lambda r: r.abstained)),
        figure(REFUSED, unanswerable, _mean(lambda r: r.abstained)),
        figure(
            "citations: a right document is cited",
            [r for r in given if r.right_document is not None],
            _mean(lambda r: bool(r.right_document)),
        ),
        figure("citations: every quote is exact", given, _mean(lambda r: r.exact_quotes)),
        figure("support: claims supported, mean share", [r for r in given if r.supported is not None], _mean(lambda r: r.supported or 0.0)),
        figure("words of an answer, median", given, lambda some: float(np.median([r.words for r in some])) if some else None),
        figure("AUROC of confidence: answerable against not", rows, _auroc(lambda r: r.answerable)),
        figure("AUROC of confidence: right against wrong", rows, _auroc(lambda r: r.best_right)),
        figure("refused at 10% false refusals", rows, _refused_at_ten),
        figure("retrieval: nDCG@5", [r for r in answerable if r.ndcg5 is not None], _mean(lambda r: r.ndcg5 or 0.0)),
        figure("retrieval: Recall@10", [r for r in answerable if r.recall10 is not None], _mean(lambda r: r.recall10 or 0.0)),
        figure("milliseconds a question, median", rows, lambda some: float(np.median([r.milliseconds for r in some])) if some else None),
        figure(
            "milliseconds a question, p95", rows, lambda some: float(np.quantile([r.milliseconds for r in some], 0.95)) if some else None
        ),
    ]
    return [f for f in found if f is not None]


def by_guide(rows: Sequence[Row]) -> dict[str, list[Figure]]:
    """For each guide, how many of its questions are answered with every fact, and how many near it are refused."""
    found: dict[str, list[Figure]] = {}
    for guide in sorted({r.guide for r in rows if r.guide}):
        some = [r for r in rows if r.guide == guide]
        figures = summary(some)
        found[guide] = [f for f in figures if f.name in (ANSWERED, REFUSED)]
    return found


def _mean(part: Callable[[Row], float]) -> Callable[[Sequence[Row]], float | None]:
    return lambda rows: float(np.mean([part(r) for r in rows])) if rows else None


def _auroc(label: Callable[[Row], bool]) -> Callable[[Sequence[Row]], float | None]:
    def measure(rows: Sequence[Row]) -> float | None:
        labels = [label(r) for r in rows]
        return float(roc_auc_score(labels, [r.likely for r in rows])) if len(set(labels)) == 2 else None

    return measure


def _refused_at_ten(rows: Sequence[Row]) -> float | None:
    """Share of the unanswerable below the confidence that refuses one answerable question in ten."""
    yes = _likely([r for r in rows if r.answerable])
    no = _likely([r for r in rows if not r.answerable])
    return float((no < np.quantile(yes, 0.10)).mean()) if len(yes) and len(no) else None


def _likely(rows: Sequence[Row]) -> NDArray[np.float64]:
    return np.array([r.likely for r in rows])
