"""Measures over rows of a run, each with n and a seeded bootstrap 95% interval, clustered by conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

SEED, DRAWS = 13, 1_000
BINS = 10  # of equal mass, for the calibration error and the reliability diagram
ANSWERED, REFUSED = "answerable: every expected fact in a cited answer", "unanswerable: refused"
RETRIEVAL = ("nDCG@5", "nDCG@10", "R@5", "R@10", "RR@10")


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
    first_right: bool | None  # the first span chosen holds a right answer, shown or not
    three_right: bool | None  # one of the first three does
    token_f1: float | None  # of the first span against the nearest expected wording, as in SQuAD
    citation_precision: float | None  # share of the citations that are of a document which holds the answer
    citation_recall: float | None  # share of the expected facts that stand in a cited quote
    exact_quotes: bool
    supported: float | None  # share of claims that their spans bear
    words: int
    likely: float  # what confidence made of the best candidate, shown or not
    level: str  # high, medium or low
    best_right: bool  # the composed answer, abstained or not, holds every fact
    milliseconds: float
    ranked: tuple[str, ...]  # documents as retrieved, best first
    retrieval: dict[str, float] = field(default_factory=dict)  # by the names of ir-measures
    guide: str = ""  # the guide that the question is about
    facts_answering: float | None = None  # as facts_found and citation_precision, without what is set apart from the answer
    citation_precision_answering: float | None = None

    @property
    def as_it_should_be(self) -> bool:
        """Answered with every fact, or refused where there is nothing to answer."""
        return (not self.abstained and self.facts_found == 1) if self.answerable else self.abstained


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


Measure = Callable[[Sequence[Row]], float | None]


def figure(name: str, rows: Sequence[Row], measure: Measure) -> Figure | None:
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
    scored = [r for r in answerable if r.facts_found is not None]
    given = [r for r in rows if not r.abstained]
    judged = [r for r in rows if r.facts_found is not None or not r.answerable]  # those of which right or wrong is known
    wanted: list[tuple[str, Sequence[Row], Measure]] = [
        (ANSWERED, scored, _mean(lambda r: r.as_it_should_be)),
        (
            "answerable: every expected fact, in what is not set apart",
            [r for r in scored if r.facts_answering is not None],
            _mean(lambda r: not r.abstained and r.facts_answering == 1),
        ),
        ("answerable: expected facts found, mean share", scored, _mean(lambda r: 0.0 if r.abstained else r.facts_found)),
        ("answerable: best candidate right, shown or not", scored, _mean(lambda r: r.best_right)),
        ("answerable: first span chosen holds a right answer", scored, _mean(lambda r: r.first_right)),
        ("answerable: one of the first three does", scored, _mean(lambda r: r.three_right)),
        ("answerable: token F1 of the first span", scored, _mean(lambda r: r.token_f1)),
        ("answerable: wrongly refused", answerable, _mean(lambda r: r.abstained)),
        (REFUSED, [r for r in rows if not r.answerable], _mean(lambda r: r.abstained)),
        ("unanswerable, near-topic: refused", [r for r in rows if not r.answerable and "near" in r.kind], _mean(lambda r: r.abstained)),
        ("refusals: precision", [r for r in rows if r.abstained], _mean(lambda r: not r.answerable)),
        ("citations: precision", [r for r in given if r.citation_precision is not None], _mean(lambda r: r.citation_precision)),
        (
            "citations: precision, in what is not set apart",
            [r for r in given if r.citation_precision_answering is not None],
            _mean(lambda r: r.citation_precision_answering),
        ),
        ("citations: recall", [r for r in given if r.citation_recall is not None], _mean(lambda r: r.citation_recall)),
        ("citations: every quote is exact", given, _mean(lambda r: r.exact_quotes)),
        ("support: claims supported, mean share", [r for r in given if r.supported is not None], _mean(lambda r: r.supported)),
        ("confidence: AUROC, answerable against not", rows, _auroc(lambda r: r.answerable)),
        ("confidence: AUROC, right against wrong", judged, _auroc(lambda r: r.best_right)),
        ("confidence: ECE, equal mass", judged, lambda some: calibration_error(reliability(some)) if len(some) >= BINS else None),
        ("confidence: Brier score", judged, _brier),
        ("confidence: unanswerable refused at 10% false refusals", rows, _refused_at_ten),
        ("confidence: area under the risk-coverage curve", judged, lambda some: float(risk_coverage(some)[1].mean()) if some else None),
        ("level high: right", [r for r in judged if r.level == "high" and not r.abstained], _mean(lambda r: r.best_right)),
        ("level medium: right", [r for r in judged if r.level == "medium" and not r.abstained], _mean(lambda r: r.best_right)),
        ("level low, shown: right", [r for r in judged if r.level == "low" and not r.abstained], _mean(lambda r: r.best_right)),
        *(
            (f"retrieval: {name}", [r for r in answerable if name in r.retrieval], _mean(lambda r, name=name: r.retrieval[name]))
            for name in RETRIEVAL
        ),
        ("words of an answer, median", given, _quantile(lambda r: r.words, 0.5)),
        ("milliseconds a question, median", rows, _quantile(lambda r: r.milliseconds, 0.5)),
        ("milliseconds a question, p95", rows, _quantile(lambda r: r.milliseconds, 0.95)),
    ]
    found = [figure(name, some, measure) for name, some, measure in wanted]
    return [f for f in found if f is not None]


def by_guide(rows: Sequence[Row]) -> dict[str, list[Figure]]:
    """For each guide, how many of its questions are answered with every fact, and how many near it are refused."""
    return {guide: headline([r for r in rows if r.guide == guide]) for guide in sorted({r.guide for r in rows if r.guide})}


def by_kind(rows: Sequence[Row]) -> dict[str, list[Figure]]:
    """The same for each kind of question."""
    return {kind: headline([r for r in rows if r.kind == kind]) for kind in sorted({r.kind for r in rows if r.kind})}


def headline(rows: Sequence[Row]) -> list[Figure]:
    """Answered with every fact, and refused: the two figures that pull against each other."""
    answered = figure(ANSWERED, [r for r in rows if r.answerable and r.facts_found is not None], _mean(lambda r: r.as_it_should_be))
    refused = figure(REFUSED, [r for r in rows if not r.answerable], _mean(lambda r: r.abstained))
    return [f for f in (answered, refused) if f]


def reliability(rows: Sequence[Row]) -> list[tuple[float, float, int]]:
    """Bins of equal mass as (mean confidence, share right, n), least sure first."""
    return equal_mass(np.array([r.likely for r in rows]), np.array([r.best_right for r in rows]))


def equal_mass(likely: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """``reliability`` over arrays of shape ``(n,)``."""
    parts = [part for part in np.array_split(np.argsort(likely, kind="stable"), BINS) if len(part)]
    return [(float(likely[part].mean()), float(right[part].mean()), len(part)) for part in parts]


def calibration_error(bins: Sequence[tuple[float, float, int]]) -> float:
    """Expected calibration error over bins of equal mass (Guo et al. 2017, https://arxiv.org/abs/1706.04599)."""
    return sum(abs(sure - right) * n for sure, right, n in bins) / sum(n for *_, n in bins)


def risk_coverage(rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of questions answered, surest first, and the share of those answers that are wrong."""
    wrong = np.array([not r.best_right for r in sorted(rows, key=lambda r: -r.likely)], dtype=float)
    count = np.arange(1, len(wrong) + 1)
    return count / len(wrong), np.cumsum(wrong) / count


def _mean(part: Callable[..., float | None]) -> Measure:
    def measure(rows: Sequence[Row]) -> float | None:
        values = [float(value) for r in rows if (value := part(r)) is not None]
        return float(np.mean(values)) if values else None

    return measure


def _quantile(part: Callable[[Row], float], share: float) -> Measure:
    return lambda rows: float(np.quantile([part(r) for r in rows], share)) if rows else None


def _auroc(label: Callable[[Row], bool]) -> Measure:
    def measure(rows: Sequence[Row]) -> float | None:
        labels = [label(r) for r in rows]
        return float(roc_auc_score(labels, [r.likely for r in rows])) if len(set(labels)) == 2 else None

    return measure


def _brier(rows: Sequence[Row]) -> float | None:
    return float(brier_score_loss([r.best_right for r in rows], [r.likely for r in rows])) if rows else None


def _refused_at_ten(rows: Sequence[Row]) -> float | None:
    """Share of the unanswerable below the confidence that refuses one answerable question in ten."""
    yes = np.array([r.likely for r in rows if r.answerable])
    no = np.array([r.likely for r in rows if not r.answerable])
    return float((no < np.quantile(yes, 0.10)).mean()) if len(yes) and len(no) else None
