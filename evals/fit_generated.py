"""Calibrate the confidence of generated answers, from answers that a model wrote and that were judged by the facts they hold.

``python -m evals run --model NAME`` writes such answers beside its record; put together as ``evals/generated.jsonl`` they are what
``python -m evals fit`` fits ``confidence-generated.json`` on. Without that file nothing is fitted, and answers say "not calibrated".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from assistant.confidence_generated import FEATURES, FILE
from evals.cases import json_lines
from evals.fit import DATA, ENOUGH_TO_CALIBRATE, Judged, choose_abstention, choose_levels, file_hash, fit_confidence, told_features

JUDGED_ANSWERS = Path(__file__).parent / "generated.jsonl"


def fit_generated(file: Path = JUDGED_ANSWERS, target: Path = DATA / FILE) -> str:
    """Fit on a file of judged answers and write the model; what came of it, in a line."""
    results = _read(file)
    fitted = fit_confidence(results, FEATURES)
    levels = choose_levels(results, fitted.out_of_fold, choose_abstention(results, fitted.out_of_fold))
    kept = {
        "fitted_on": {file.name: file_hash(file)[:12]},
        "calibrated": len(results) >= ENOUGH_TO_CALIBRATE,
        "out_of_fold": {"n": len(results)} | {name: round(value, 4) for name, value in fitted.measured.items()},
        **levels,
        "intercept": round(fitted.intercept, 4),
        "features": told_features(fitted.names, fitted.mean, fitted.scale, fitted.weights),
    }
    target.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    told = " ".join(f"{name}={value:.3f}" for name, value in fitted.measured.items())
    return f"Confidence of generated answers out of fold, n={len(results)}: {told}"


def _read(file: Path) -> Sequence[Judged]:
    return [
        Judged(
            values={name: float(row["features"][name]) for name in FEATURES},
            right=row["right"],
            answerable=row["answerable"],
            weight=1.0,
            group=row["conversation"],
        )
        for row in json_lines(file)
    ]
