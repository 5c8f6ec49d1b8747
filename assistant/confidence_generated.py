"""How sure an answer is that a chat model wrote: the evidence's confidence, and how much of the model's text survived its check.

Its calibration is its own: ``python -m evals fit`` fits it when ``evals/generated.jsonl`` holds enough judged answers, and writes
``assistant/data/confidence-generated.json``. Until then there is no probability, and the answer says "not calibrated"; the level
is that of the evidence, lowered where the check took something away.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from assistant.answer import Confidence, Level
from assistant.confidence import NOT_CALIBRATED, Judgement, Logistic

FILE = "confidence-generated.json"
FEATURES = ("evidence", "kept_share", "supported_share", "claims", "best_cited")


@dataclass(frozen=True, slots=True)
class Survival:
    """What became of the claims that a model wrote."""

    supported: int
    partial: int
    dropped: int  # or shown as unsupported
    unknown_ids: int  # ids that it cited and was never given
    best_cited: bool  # whether a claim cites the span that the ranker holds for the best


@dataclass(frozen=True, slots=True)
class GeneratedModel:
    """The fitted model and where its levels begin."""

    logistic: Logistic
    medium_from: float
    high_from: float


def generated_features(likely: float, survival: Survival) -> dict[str, float]:
    """What the model sees of a generated answer, by name.

    Args:
        likely: the probability that the evidence answers the question.
    """
    clipped = min(max(likely, 1e-3), 1 - 1e-3)
    kept = survival.supported + survival.partial
    return {
        "evidence": math.log(clipped / (1 - clipped)),
        "kept_share": kept / max(kept + survival.dropped, 1),
        "supported_share": survival.supported / max(kept, 1),
        "claims": math.log1p(kept),
        "best_cited": float(survival.best_cited),
    }


def judge_generated(evidence: Judgement, survival: Survival, model: GeneratedModel | None = None) -> Judgement:
    """Judge a generated answer from the judgement on its evidence and what its check left of it."""
    model = model or load_generated()
    before = evidence.confidence
    reasons = [*(r for r in before.reasons if r != NOT_CALIBRATED), *_reasons(survival)]
    whole = not survival.dropped and not survival.partial
    if model is None or not model.logistic.calibrated:
        level: Level = "medium" if before.level == "high" and not whole else before.level
        told = Confidence(probability=None, level=level, calibrated=False, reasons=(*reasons, NOT_CALIBRATED))
        return replace(evidence, confidence=told)
    likely = model.logistic.likely(generated_features(evidence.likely, survival))
    level = "high" if likely >= model.high_from and whole else "medium" if likely >= model.medium_from else "low"
    return replace(evidence, confidence=Confidence(probability=round(likely, 2), level=level, calibrated=True, reasons=tuple(reasons)))


@cache
def load_generated() -> GeneratedModel | None:
    """The fitted model; None until there is one."""
    file = files("assistant") / "data" / FILE
    return read_generated(file.read_text(encoding="utf-8")) if file.is_file() else None


def read_generated(text: str) -> GeneratedModel:
    """The model that ``fit`` wrote."""
    kept = json.loads(text)
    rows = {name: (row["mean"], row["scale"], row["weight"]) for name, row in kept["features"].items()}
    return GeneratedModel(Logistic(rows, kept["intercept"], kept["calibrated"]), kept["medium_from"], kept["high_from"])


def _reasons(survival: Survival) -> list[str]:
    reasons = []
    if survival.dropped:
        total = survival.supported + survival.partial + survival.dropped
        reasons.append(f"Of {total} sentences that the model wrote, {survival.dropped} did not pass the check against the sources.")
    if survival.partial:
        reasons.append("Not every word of the answer is in the quoted text.")
    if survival.unknown_ids:
        reasons.append(f"The model cited {survival.unknown_ids} passages that it was not given; those are removed.")
    return reasons
