"""Learn the ranker's and the confidence model's weights: ``python -m evals fit [--outside DIR]``.

The ranker is a softmax over a question's candidate spans; its loss is the probability that it gives to spans that hold
the answer. The confidence model is a logistic regression on whether the composed answer is right, unanswerable questions
counting as wrong. Own questions and outside ones weigh the same in sum, so neither drowns the other. The test split is
never read.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from assistant.chain import Assistant, State
from assistant.confidence import features
from assistant.crossencoder import CrossEncoder
from assistant.evidence import SIGNALS, Candidate
from assistant.extract import Draft, compose, whole_list
from assistant.following import FOLLOWING
from assistant.question import Question
from assistant.ranker import Join, Ranker
from assistant.ranking import Contest
from assistant.settings import Settings
from evals.cases import QUESTIONS, Case, holds, outside_cases, own_cases
from evals.metrics import SEED, calibration_error, equal_mass
from evals.run import open_on, replayed
from index.documents import SpanKind
from index.loaders import bundled_corpus
from index.retriever import Missed, Passage

DATA = Path(__file__).parents[1] / "assistant" / "data"
RIDGE = 2e-3  # of the ranker's weights, on standardised signals
LONG_LIST = 0.6  # what a whole list is worth where one of its items holds every fact
CROSS_ENCODER = DATA / "cross-encoder.onnx"
FIT_ON = tuple(f"fit-{letter}" for letter in "abcdefghijklmn")  # ranker and cross-encoder
# how they are joined, and confidence
JUDGE_ON = (
    "dev", "first-dev", "first-test", "cal-a", "cal-b", "cal-c", "cal-d", "cal-far", "fresh-h",
    "fit-o", "fit-p", "fit-q", "fit-r", "fit-s", "fit-t", "fit-u", "fit-v",
    "fit-w", "fit-x", "fit-y", "fit-z", "talk-a", "talk-b", "talk-c", "conv-a", "conv-b", "wide-a",
    "fact-a", "fact-b", "fact-c", "fact-d", "fact-e",
)  # fmt: skip
# What confidence is fitted on. For our guides: forward selection by log loss out of fold, stopped where the gain was below .001.
JUDGED_BY = (
    "missed", "answered", "unfamiliar", "best_reading", "doubt", "reading", "likelihood", "asked", "asked_share", "length",
    "borne_in_context", "exact", "lead_over_next", "lead", "rank", "names_missing", "remark", "first", "meaning", "meaning_rank",
    "passage", "pairs",
)  # fmt: skip
# For follow-ups, and for what is asked after a story, by the same selection.
JUDGED_BY_FOLLOWING = (
    "missed", "answered", "best_reading", "reading", "likelihood", "asked_share", "length", "topic_length", "rank", "lead", "asked",
    "asked_rank", "meaning", "meaning_rank", "remark", "exact", "borne_by_heading", "known_missing", "unknown_missing", "names_missing",
)  # fmt: skip
# For other documents only what means the same everywhere: with all of the above, outside text came out far too sure or unsure.
JUDGED_BY_ELSEWHERE = ("reading", "best_reading", "passage", "names_borne")
READINGS = 2  # which spans are read depends on how all is joined, and the other way round
FOLDS = 5
ENOUGH_TO_CALIBRATE = 300  # questions; at n = 100 even a perfect model shows a calibration error of .05
RISK = 0.2  # share of the answers given that may be wrong, out of fold. Those near the threshold are shown as "low"
# Of follow-ups, a third of which have no answer in written conversations: with a fifth a quarter of the answerable ones were refused.
RISK_FOLLOWING = 0.33
WRONGLY_REFUSED = 0.04  # share of answerable questions that may be refused, out of fold, where the curve leaves the choice
WRONGLY_REFUSED_FOLLOWING = 0.12  # the same of follow-ups: about where most of them end well
# Of other documents too little is known to choose: an answer is shown that is right one time in three. That of the guides, which was taken
# before, rises with what they bring along, and says nothing of others.
OF_OTHERS = 0.33
HIGH, MEDIUM = 0.93, 0.75  # share of answers that have to be right from a level's threshold on, out of fold

_Group = tuple[NDArray[np.float64], NDArray[np.float64], float]  # rows of signals, what each row is worth, weight


@dataclass(frozen=True, slots=True)
class Example:
    """A case with everything that the chain gathered for it."""

    case: Case
    question: Question
    contest: Contest
    missed: Missed | None  # the nearest question that is known to have no answer
    worth: NDArray[np.float64]  # share of the facts that each candidate holds
    weight: float

    @property
    def learnable(self) -> bool:
        """Whether a span that holds facts is among the candidates."""
        return self.case.answerable and self.worth.max(initial=0) > 0


def fitting_examples(settings: Settings, outside: Path | None) -> tuple[list[Example], list[Example]]:
    """Our own fitting questions and the outside ones, each set weighing the same in sum."""
    cases = [case for name in FIT_ON for case in own_cases(name)]
    own = examples(open_on(settings, None).assistant, cases, 1.0)
    if outside is None:
        return own, []
    others = outside_cases(outside / "train.jsonl")
    return own, examples(open_on(settings, outside).assistant, others, len(cases) / len(others))


def fit_all(settings: Settings, outside: Path | None) -> Iterator[str]:
    """Fit everything, write it, and tell how confidence does out of fold.

    The ranker is fitted on what the cross-encoder was trained on; how the two are joined, and confidence, on questions that
    neither has seen, or the cross-encoder would look surer than it is.
    """
    own, others = fitting_examples(settings, outside)
    ranker = fit_ranker([*own, *others])
    cross = CrossEncoder(CROSS_ENCODER)
    with tempfile.TemporaryDirectory() as place:
        plain = without_asks(Path(place))
        unseen, unseen_plain = (judging_examples(settings, corpus) for corpus in (None, plain))
    for number in range(READINGS):
        logits, logits_plain = (read(some, ranker, cross, thoroughly=number == 0) for some in (unseen, unseen_plain))
        ranker = fit_join([*unseen, *unseen_plain], [*logits, *logits_plain], ranker)
    results = judged(unseen, drafts(unseen, logits, ranker, settings.answer_words))
    results_plain = judged(unseen_plain, drafts(unseen_plain, logits_plain, ranker, settings.answer_words))
    first, later = ([r for r in results if r.follows is follows] for follows in (False, True))
    guides, following = fit_confidence(first, JUDGED_BY), fit_confidence(later, JUDGED_BY_FOLLOWING)
    elsewhere = fit_confidence(results_plain, JUDGED_BY_ELSEWHERE)
    results, likely = [*first, *later], np.concatenate([guides.out_of_fold, following.out_of_fold])
    below = choose_abstention(first, guides.out_of_fold)
    below_later = choose_abstention(later, following.out_of_fold, RISK_FOLLOWING, WRONGLY_REFUSED_FOLLOWING)
    abstain = {"guides": below, "following": below_later, "others": OF_OTHERS}
    models = {"guides": guides, "following": following, "others": elsewhere}
    levels = choose_levels(results, likely, below)
    save(ranker, models, abstain, levels, data_hashes((*FIT_ON, *JUDGE_ON), outside))
    yield f"Ranker on {len(own)} own and {len(others)} outside questions; join on {len(unseen)}; abstaining below {abstain}; {levels}"
    for name, out_of_fold, some, lowest in (
        ("our guides, first questions", guides.out_of_fold, first, below),
        ("our guides, follow-ups and stories", following.out_of_fold, later, below_later),
        ("the guides without their questions", elsewhere.out_of_fold, results_plain, below),
    ):
        told = " ".join(f"{key}={value:.3f}" for key, value in quality(some, out_of_fold, lowest).items())
        yield f"Confidence out of fold on {name}, n={len(some)}: {told}"
    together = " ".join(f"{key}={value:.3f}" for key, value in measured(results, likely).items())
    yield f"Confidence out of fold on our guides, all, n={len(results)}: {together}"


def judging_examples(settings: Settings, corpus: Path | None) -> list[Example]:
    """Our own questions that neither ranker nor cross-encoder has seen, asked of a corpus."""
    return examples(open_on(settings, corpus).assistant, [case for name in JUDGE_ON for case in own_cases(name)], 1.0)


def without_asks(place: Path) -> Path:
    """A copy of the guides without the questions that they bring: what a document that somebody adds is like."""
    for guide in bundled_corpus().glob("*.md"):
        shutil.copy(guide, place / guide.name)
    return place


def choose_abstention(
    results: Sequence[Judged], likely: NDArray[np.float64], risk: float = RISK, refused: float = WRONGLY_REFUSED
) -> float:
    """Where to abstain.

    The point of the risk-coverage curve (Geifman and El-Yaniv 2017, https://arxiv.org/abs/1705.08500) at which most questions end
    well, in a right answer or in a refusal of what has none, while at most ``risk`` of the answers are wrong; of what is as good, the
    point where most are refused while at most ``refused`` of what can be answered are.
    """
    right, unanswerable = _outcomes(results)
    steps = np.unique(np.round(likely, 3))
    allowed = [t for t in steps if (likely >= t).any() and right[likely >= t].mean() >= 1 - risk]
    well = {float(t): float(np.where(likely >= t, right, unanswerable).mean()) for t in allowed}
    best = max(well.values(), default=0.0)
    # the curve is flat: of what is as good as the best, within one standard error, what refuses most while it refuses few wrongly
    alike = [t for t, share in well.items() if share >= best - (best * (1 - best) / len(right)) ** 0.5]
    return float(max((t for t in alike if (likely[~unanswerable] < t).mean() <= refused), default=min(alike, default=1.0)))


def choose_levels(results: Sequence[Judged], likely: NDArray[np.float64], lowest: float) -> dict[str, float]:
    """Where a level begins: the lowest probability from which on the share of right answers holds.

    Args:
        lowest: that an answer which is shown can have.
    """
    right, _ = _outcomes(results)
    levels = {}
    for name, share in (("medium_from", MEDIUM), ("high_from", HIGH)):
        # of the answers in a band as wide as a tenth of the scale, not of all above it: the surest must not carry the rest
        holding = [t for t in np.unique(np.round(likely, 3)) if t >= lowest and _right_near(right, likely, t) >= share]
        levels[name] = float(min(holding, default=1.0))
    return levels


def _outcomes(results: Sequence[Judged]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which answers are right, and which questions have none."""
    return np.array([r.right for r in results]), np.array([not r.answerable for r in results])


def _right_near(right: NDArray[np.bool_], likely: NDArray[np.float64], threshold: float) -> float:
    some = (likely >= threshold) & (likely < threshold + 0.1)
    return float(right[some].mean()) if some.any() else 0.0


def quality(results: Sequence[Judged], likely: NDArray[np.float64], abstain_below: float) -> dict[str, float]:
    """How well the probability tells right from wrong and answerable from not, and how true it is."""
    right, unanswerable = _outcomes(results)
    answerable = ~unanswerable
    kept = likely >= abstain_below
    return {
        "right": float(right[answerable].mean()),
        "right_and_kept": float((right & kept)[answerable].mean()),
        "answerable_refused": float((~kept)[answerable].mean()),
        "unanswerable_refused": float((~kept)[~answerable].mean()),
        **measured(results, likely),
        "refused_at_10%": float((likely[~answerable] < np.quantile(likely[answerable], 0.1)).mean()),
    }


def measured(results: Sequence[Judged], likely: NDArray[np.float64]) -> dict[str, float]:
    """The figures that are shipped beside the weights."""
    right = np.array([r.right for r in results])
    return {
        "ece": calibration_error(equal_mass(likely, right)),
        "brier": float(((likely - right) ** 2).mean()),
        "auroc_right": float(roc_auc_score(right, likely)),
        "auroc_answerable": float(roc_auc_score([r.answerable for r in results], likely)),
    }


def examples(assistant: Assistant, cases: Sequence[Case], weight: float) -> list[Example]:
    """Gather candidates for every case and see which of them hold its facts."""
    found = []
    for case in cases:
        state = assistant.candidates(case.question, replayed(assistant, case.history))
        found.append(_example(case, state, weight))
    return found


def fit_ranker(found: Sequence[Example]) -> Ranker:
    """The weights under which the spans that hold the answer are most likely."""
    usable = [e for e in found if e.learnable]
    rows = np.concatenate([_signals(e) for e in usable])
    weights_by_row = np.concatenate([np.full(len(e.worth), e.weight) for e in usable])
    mean = np.average(rows, axis=0, weights=weights_by_row)
    scale = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights_by_row))
    scale[scale < 1e-6] = 1.0
    groups = [((_signals(e) - mean) / scale, e.worth, e.weight) for e in usable]
    return Ranker(mean, scale, _likeliest(groups, len(SIGNALS), RIDGE))


@dataclass(frozen=True, slots=True)
class Judged:
    """One composed answer: what confidence sees of it, and whether it was right."""

    values: dict[str, float]
    right: bool
    answerable: bool
    weight: float
    group: str
    follows: bool = False  # whether the question takes something over from what was said before it


def read(found: Sequence[Example], ranker: Ranker, cross: CrossEncoder, thoroughly: bool) -> list[NDArray[np.float64]]:
    """The cross-encoder's logits for every example."""
    return [e.contest.read(ranker, cross, thoroughly) for e in found]


def fit_join(found: Sequence[Example], logits: Sequence[NDArray[np.float64]], ranker: Ranker) -> Ranker:
    """How much the ranker's scores, the cross-encoder's logits and a follow-up's own signals count."""
    groups: dict[bool, list[_Group]] = {False: [], True: []}  # by whether it is a follow-up
    for example, of in zip(found, logits, strict=True):
        if example.learnable:
            contest = example.contest
            own = [] if contest.following is None else [contest.following]
            rows = np.column_stack([ranker.scores(contest.candidates), of, *own])
            groups[bool(own)].append((rows.astype(np.float64), example.worth, example.weight))
    alone, after = _likeliest(groups[False], 2, ridge=0.0), _likeliest(groups[True], 2 + len(FOLLOWING), ridge=0.0)
    return replace(ranker, alone=Join(float(alone[0]), float(alone[1])), after=Join(float(after[0]), float(after[1]), after[2:]))


def drafts(found: Sequence[Example], logits: Sequence[NDArray[np.float64]], ranker: Ranker, words: int) -> list[Draft]:
    """Every example's composed answer."""
    return [compose(e.question, e.contest.passages, e.contest.joined(ranker, read), words) for e, read in zip(found, logits, strict=True)]


def judged(found: Sequence[Example], composed: Sequence[Draft]) -> list[Judged]:
    """Whether every composed answer holds all facts, and what confidence sees of it."""
    results = []
    for example, draft in zip(found, composed, strict=True):
        if draft.best is None:
            continue
        text = " ".join(claim.text for claim in draft.claims)
        case = example.case
        right = case.answerable and all(holds(text, wordings) for wordings in case.facts)
        follows = example.contest.following is not None
        results.append(
            Judged(features(example.question, draft, example.missed), right, case.answerable, example.weight, case.conversation, follows)
        )
    return results


@dataclass(frozen=True, slots=True)
class FittedConfidence:
    """A logistic model, with its out-of-fold probabilities for the questions that it was fitted on."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    out_of_fold: NDArray[np.float64]
    measured: dict[str, float]


def fit_confidence(results: Sequence[Judged], names: Sequence[str]) -> FittedConfidence:
    """Logistic regression on whether the answer is right. Its loss is proper, so what comes out is calibrated without a second step."""
    rows = np.array([[r.values[name] for name in names] for r in results])
    right = np.array([r.right for r in results])
    mean, scale = scaling(rows)
    standard = (rows - mean) / scale
    model = LogisticRegression(C=0.3, max_iter=5_000)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    out = cross_val_predict(model, standard, right, groups=[r.group for r in results], cv=folds, method="predict_proba")[:, 1]
    model.fit(standard, right)
    return FittedConfidence(tuple(names), mean, scale, model.coef_[0], float(model.intercept_[0]), out, measured(results, out))


def scaling(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and scale that standardise each column of ``(n, features)``; the scale of a column that never differs is 1."""
    scale = rows.std(axis=0)
    return rows.mean(axis=0), np.where(scale < 1e-6, 1.0, scale)


def save(
    ranker: Ranker,
    confidence: dict[str, FittedConfidence],
    abstain_below: dict[str, float],
    levels: dict[str, float],
    fitted_on: dict[str, str],
) -> None:
    """Write ranker and confidence as readable files."""
    joins = {"join": _told_join(ranker.alone), "join_after": _told_join(ranker.after)}
    signals = told_features(SIGNALS, ranker.mean, ranker.scale, ranker.weights)
    write("ranker.json", {"fitted_on": fitted_on, **joins, "signals": signals})
    models = {
        name: {
            "calibrated": len(fitted.out_of_fold) >= ENOUGH_TO_CALIBRATE,
            "abstain_below": abstain_below[name],
            "out_of_fold": {"n": len(fitted.out_of_fold)} | {key: round(value, 4) for key, value in fitted.measured.items()},
            "intercept": round(fitted.intercept, 4),
            "features": told_features(fitted.names, fitted.mean, fitted.scale, fitted.weights),
        }
        for name, fitted in confidence.items()
    }
    write("confidence.json", {"fitted_on": fitted_on, **levels, "models": models})


def told_features(
    names: Sequence[str], mean: NDArray[np.float64], scale: NDArray[np.float64], weights: NDArray[np.float64]
) -> dict[str, dict[str, float]]:
    """A model's features as they are written: name -> mean, scale, weight."""
    rows = zip(names, mean, scale, weights, strict=True)
    return {n: {"mean": round(float(m), 5), "scale": round(float(s), 5), "weight": round(float(w), 4)} for n, m, s, w in rows}


def _told_join(join: Join) -> dict[str, float]:
    own = {name: round(float(weight), 4) for name, weight in zip(FOLLOWING, join.following, strict=True) if weight}
    return {"scores": round(join.scores, 4), "logits": round(join.logits, 4)} | own


def _likeliest(groups: Sequence[_Group], size: int, ridge: float) -> NDArray[np.float64]:
    """The weights under which a softmax gives most probability to what is worth most."""
    rows, worth = np.concatenate([g[0] for g in groups]), np.concatenate([g[1] for g in groups])
    counts = np.array([len(g[1]) for g in groups])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    parts = np.array([g[2] for g in groups])
    parts = parts / parts.sum()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = rows @ weights
        share = np.exp(scores - np.repeat(np.maximum.reduceat(scores, first), counts))
        share /= np.repeat(np.add.reduceat(share, first), counts)
        right = share * worth
        mass = np.add.reduceat(right, first) + 1e-12
        pull = np.repeat(parts, counts) * (share - right / np.repeat(mass, counts))
        value = ridge * float(weights @ weights) - float(parts @ np.log(mass))
        return value, 2 * ridge * weights + rows.T @ pull

    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B").x)


def data_hashes(names: Sequence[str], outside: Path | None) -> dict[str, str]:
    """The question files that something was fitted on, each with the start of its SHA-256."""
    files = {f"{name}.jsonl": QUESTIONS / f"{name}.jsonl" for name in names}
    if outside:
        files[f"{outside.name}/train.jsonl"] = outside / "train.jsonl"
    return {name: file_hash(path)[:12] for name, path in files.items()}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return sha256(path.read_bytes()).hexdigest()


def write(name: str, content: dict[str, object]) -> None:
    """Write a fitted model to ``assistant/data``."""
    (DATA / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _signals(example: Example) -> NDArray[np.float64]:
    return np.stack([c.signals for c in example.contest.candidates]).astype(np.float64)


def _example(case: Case, state: State, weight: float) -> Example:
    assert state.question and state.contest and state.retrieved
    passages, candidates = state.contest.passages, state.contest.candidates
    worth = np.array([_worth(case, c, passages) for c in candidates])
    single = max((w for w, c in zip(worth, candidates, strict=True) if c.span.kind is not SpanKind.LEAD), default=0.0)
    for place, candidate in enumerate(candidates):
        if candidate.span.kind is SpanKind.LEAD and 0 < worth[place] <= single:
            worth[place] *= LONG_LIST
    return Example(case, state.question, state.contest, state.retrieved.missed, worth, weight)


def _worth(case: Case, candidate: Candidate, passages: Sequence[Passage]) -> float:
    span = candidate.span
    if not case.facts or (case.documents and span.document not in case.documents):
        return 0.0
    whole = whole_list(span, passages) if span.kind is SpanKind.LEAD else []
    text = " ".join([span.lead, span.text, *(s.text for s in whole)])
    return sum(holds(text, wordings) for wordings in case.facts) / len(case.facts)
