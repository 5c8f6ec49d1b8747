"""Signals -> the probability that the best candidate answers the question, the level, the reasons, and the rule for abstaining.

Three logistic models, a few lines of arithmetic each, learned and calibrated by ``python -m evals fit`` on questions that
nothing else was fitted on, of which about four in ten have no answer in the corpus: two for documents that bring questions
along (the bundled guides), of which one is for follow-ups and for people who tell something before they ask, and one for all
other documents, whose spans are known less well. ``assistant/data/confidence.json`` holds
their weights, the hashes of what they were fitted on, and how well they did out of fold.
"""

from __future__ import annotations

import importlib.resources
import json
import math
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from assistant.answer import Confidence, Level
from assistant.evidence import SIGNALS, Candidate
from assistant.extract import Draft
from assistant.message import LENGTHY, foreign, small_talk
from assistant.question import FIGURE_KINDS, SIZES, AnswerKind, Question, as_written
from assistant.ranking import KNOWN, known_to_answer

if TYPE_CHECKING:
    from index.retriever import Missed

# The most that a follow-up is sure of whose answer the answer before told already: people mostly ask on for something else. Of 80 such
# fitting follow-ups that were surer than this .887 were right, of the 120 others .950.
REPEATED = 0.89
# The least that an answer is sure of whose span is known to answer nearly these words: of 137 such fitting questions 125 are right.
SETTLED = 0.85
_LEVELS: tuple[Level, ...] = ("low", "medium", "high")
MOST_TERMS = 12  # a question counts as no longer than that: nothing longer was there to learn from
MOST_MISSING = 4  # of the own words that nothing bears
FAMILIAR = 0.6  # cosine with a known question, in the model's own space, under which a question is likely about something else
MISSED_FROM = 0.35  # cosine with a question that has no answer from which on that counts, by its square
MISSED_WORTH_SAYING = 0.73  # the same, from which on it is told among the reasons
MOST_OF_A_NAME = 3  # words that a thing's name has at most
_YEAR = re.compile(r"(?:19|20)\d{2}")
_HERE = re.compile(r"\b(?:here|(?<!is )(?<!are )there)\b", re.IGNORECASE)
_WHOSE = re.compile(rf"\b(?:they|their|theirs)\b|{_HERE.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over named features."""

    features: dict[str, tuple[float, float, float]]  # name -> mean, scale, weight
    intercept: float
    calibrated: bool  # fitted on enough questions for its probabilities to be shown
    abstain_below: float = 0.0

    def likely(self, values: dict[str, float]) -> float:
        """The probability that the best candidate is right, 0 to 1."""
        total = self.intercept
        for name, (mean, scale, weight) in self.features.items():
            total += (values[name] - mean) / scale * weight
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """The models, with the thresholds that were chosen on the risk-coverage curve of the fitting questions."""

    guides: Logistic
    following: Logistic
    others: Logistic
    medium_from: float
    high_from: float

    def of(self, draft: Draft, follows: bool) -> Logistic:
        """The model for the document that a draft's best span is from.

        Args:
            follows: whether the question takes something over from what was said before it.
        """
        if not (draft.best and draft.best.span.asks):
            return self.others
        return self.following if follows else self.guides


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of judging a draft."""

    confidence: Confidence
    abstain: bool
    likely: float


@cache
def load_model() -> ConfidenceModel:
    """The model that ships with the package."""
    kept = json.loads((importlib.resources.files("assistant") / "data" / "confidence.json").read_text(encoding="utf-8"))
    guides, following, others = (_logistic(kept["models"][name]) for name in ("guides", "following", "others"))
    return ConfidenceModel(guides, following, others, kept["medium_from"], kept["high_from"])


def _logistic(kept: dict[str, object]) -> Logistic:
    rows: dict[str, dict[str, float]] = kept["features"]  # type: ignore[assignment]
    features = {name: (row["mean"], row["scale"], row["weight"]) for name, row in rows.items()}
    return Logistic(features, float(str(kept["intercept"])), bool(kept["calibrated"]), float(str(kept["abstain_below"])))


def features(question: Question, draft: Draft, missed: Missed | None) -> dict[str, float]:
    """What the models see of a draft, by name.

    Args:
        missed: the nearest question that is known to have no answer.

    Raises:
        ValueError: a draft without a candidate has no features.
    """
    best = draft.best
    if best is None:
        raise ValueError("a draft without a best span has no features")
    values = {name: best.signal(name) for name in SIGNALS}
    own = [t for t in question.terms if t.own]
    lacking = [t for t in own if t.unit.word in best.missing]
    return values | {
        "missed": max((missed.similarity if missed else 0.0) - MISSED_FROM, 0.0) ** 2,
        "answered": missed.answered if missed else 0.5,
        "unfamiliar": min(missed.familiar - FAMILIAR, 0.0) if missed else 0.0,
        "likelihood": draft.likelihood,
        "reading": draft.reading,
        "best_reading": max(draft.reading, draft.rival),
        "doubt": min(max(draft.reading, draft.rival), 0.0),  # the logit's odds grow at another rate where it says "none of these"
        "names_missing": float(min(sum(t.unit.word in best.missing for t in question.names), 3)),
        "length": math.log1p(min(len(question.terms), MOST_TERMS)),
        "topic_length": math.log1p(min(len(question.terms) - len(own), MOST_TERMS)),
        "known_missing": float(min(sum(t.known for t in lacking), MOST_MISSING)),
        "unknown_missing": float(min(sum(not t.known for t in lacking), MOST_MISSING)),
    }


def judge(  # noqa: PLR0913 - what is known of a draft comes from as many places, and each has its name
    question: Question,
    draft: Draft,
    supported: bool,
    *,
    model: ConfidenceModel | None = None,
    missed: Missed | None = None,
    as_of: str | None = None,
    repeated: bool = False,
    follows: bool = False,
    length: int = 0,
) -> Judgement:
    """Judge a draft.

    Args:
        supported: whether every claim of the draft is borne by what it cites.
        missed: the nearest question that is known to have no answer.
        follows: whether the question takes something over from what was said before it.
        repeated: whether the answer before told the best span already.
        as_of: the date of the best span's document.
        length: of the message, in words.
    """
    if draft.best is None:
        nothing = Confidence(probability=0.0, level="low", calibrated=True, reasons=("Nothing in the sources resembles the question.",))
        return Judgement(nothing, True, 0.0)
    if not draft.best.span.asks:
        missed = None  # who wrote it did not know this document
    model = model or load_model()
    logistic = model.of(draft, follows)
    not_english = foreign(question.text)
    # no claims: the best span is the header of a table without rows
    hopeless = not_english or small_talk(question.text) or not draft.claims
    likely = 0.0 if hopeless else logistic.likely(features(question, draft, missed))
    if not hopeless and known_to_answer(draft.best):
        likely = max(likely, SETTLED)
    if repeated:
        likely = min(likely, REPEATED)
    unborne = (
        _known_to_be_missed(draft.best, missed)
        or _of_another_year(question, draft.best, as_of)
        or _never_mentioned(question, follows)
        or _of_somewhere_else(question, draft.best)
    )
    # so long a message is hardly ever a question: it is answered with medium confidence or not at all
    least = model.medium_from if length > LENGTHY else logistic.abstain_below
    abstain = hopeless or unborne or likely < least
    level: Level = "high" if likely >= model.high_from else "medium" if likely >= model.medium_from else "low"
    if level == "high" and not supported:
        level = "medium"
    reasons = ["The question does not look English."] if not_english else _reasons(question, draft, supported, abstain, repeated, missed)
    confidence = Confidence(
        probability=round(likely, 2) if logistic.calibrated else None,
        level="low" if abstain else level,
        calibrated=logistic.calibrated,
        reasons=tuple(reasons) if logistic.calibrated else (*reasons, NOT_CALIBRATED),
    )
    return Judgement(confidence, abstain, likely)


def judge_both(first: Judgement, second: Judgement) -> Judgement:
    """The judgement on an answer to two parts of a question: as sure as the less sure part.

    Of 63 fitting questions that are answered in parts 58 are right, where the less sure part's probability is .85 on average.
    """
    less = min(first, second, key=lambda judgement: judgement.likely)
    level = min(first.confidence.level, second.confidence.level, key=_LEVELS.index)  # one that is not borne is never "high"
    reasons = ("The question asks for two things: each is answered by itself.", *less.confidence.reasons)
    return replace(less, confidence=less.confidence.model_copy(update={"level": level, "reasons": reasons}))


def _known_to_be_missed(best: Candidate, missed: Missed | None) -> bool:
    """Whether the question is asked in nearly the words of one that nothing answers, and comes nearer to that than to one that is answered.

    Of 40 such fitting questions one is answered by the guides.
    """
    return missed is not None and missed.similarity >= KNOWN and missed.similarity > best.signal("asked")


def _of_another_year(question: Question, best: Candidate, as_of: str | None) -> bool:
    """Whether a figure is asked for of a year that the best span, its context and its document's date all lack: no other year's will do."""
    years = [t.unit.word for t in question.names if _YEAR.fullmatch(t.unit.word) and t.unit.word in best.missing]
    return question.kind in SIZES and any(not (as_of or "").startswith(year) for year in years)


def _never_mentioned(question: Question, follows: bool) -> bool:
    """Whether a short question asks what a thing is, or a follow-up names nothing else, and the sources lack a word of its name.

    "Prompt injection" is not "prompt", and after a question about Meta "and Stripe?" is not about Meta.
    """
    asked = [t for t in question.terms if t.own]
    unknown = any(not t.known for t in asked)
    return unknown and ((question.kind is AnswerKind.DEFINITION and len(asked) <= MOST_OF_A_NAME) or (follows and len(asked) == 1))


def _of_somewhere_else(question: Question, best: Candidate) -> bool:
    """Whether a figure is asked for of a place that was told before and the best span lacks, or of one that no source knows."""
    told = [term for term in question.terms if not term.own]
    unknown = any(not term.known for term in told) and _WHOSE.search(question.text)
    lacking = any(term.unit.proper and term.unit.word in best.missing for term in told) and _HERE.search(question.text)
    return question.kind in FIGURE_KINDS and bool(unknown or lacking)


NOT_CALIBRATED = "Not calibrated: there were too few questions to measure this kind of answer."


def _reasons(question: Question, draft: Draft, supported: bool, abstain: bool, repeated: bool, missed: Missed | None) -> list[str]:
    best = draft.best
    assert best is not None
    reasons: list[str] = []
    unknown = [as_written(t.unit.word, question.text) for t in question.terms if not t.known]
    missing = [word for missing in best.missing if (word := as_written(missing, question.text)) not in unknown]
    if unknown:
        reasons.append(f"The sources never mention {_listed(unknown)}.")
    if missed and missed.similarity >= max(MISSED_WORTH_SAYING, best.signal("asked")):
        reasons.append(f"The sources are known not to answer a question much like it: “{missed.question}”.")
    if missing:
        reasons.append(f"The closest passage says nothing about {_listed(missing)}.")
    if abstain:
        return reasons or ["No passage answers it clearly enough."]
    if not unknown and not missing:
        reasons.append("The quoted passage covers every term of the question.")
    if question.kind in FIGURE_KINDS:
        kind = {"money": "an amount", "percent": "a percentage", "count": "a number", "duration": "a length of time", "date": "a date"}
        holds = best.signal("fits") >= 1
        reasons.append(f"The question asks for {kind[question.kind.value]}; the passage {'gives one' if holds else 'gives none'}.")
    if draft.likelihood < 0.4 and not unknown:
        reasons.append("Several passages fit about equally well.")
    elif draft.likelihood > 0.8:
        reasons.append("One passage stands out clearly.")
    if repeated:
        reasons.append("The answer before said this already: you may be asking for something else.")
    if not supported:
        reasons.append("Not every word of the answer is in the quoted text.")
    keys = {key for candidate in draft.chosen for key in candidate.span.keys}
    if len(keys) > 1 and len(draft.chosen) > 1:
        reasons.append("More than one source bears on it.")
    return reasons


# How the reasons above that speak against an answer begin or end: the page tells them apart from those that speak for it.
_LOWERING = (
    "The sources are known not to answer", "The sources never mention", "The closest passage says nothing", "No passage answers",
    "Nothing in the sources", "Several passages", "Not every word", "The answer before", "Not calibrated",
    "The question does not look English",
)  # fmt: skip


def lowers(reason: str) -> bool:
    """Whether a reason speaks against an answer."""
    return reason.startswith(_LOWERING) or reason.endswith("gives none.")


def _listed(words: list[str]) -> str:
    quoted = [f"“{word}”" for word in words[:3]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
