"""Learn what a message looks like that orders the assistant about: part of ``python -m evals quotable --outside DIR``."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from assistant.settings import Settings
from evals.cases import QUESTIONS, json_lines, own_cases
from evals.fit import DATA, FIT_ON, JUDGE_ON, file_hash
from evals.metrics import SEED
from index.embedding import load_encoder

ALLOWED = 0.003  # share of honest messages that may be taken for orders, out of fold
OUTSIDE = 1_200  # outside questions that are drawn
ORDERS = ("far/manipulation/",)


def fit_orders(settings: Settings, outside: Path) -> Iterator[str]:
    """Fit, write ``orders.json``, and tell how it does out of fold."""
    encoder = load_encoder(settings.embedding_model, settings.models_dir)
    far = json_lines(QUESTIONS / "cal-far.jsonl")
    orders = [str(r["turns"][-1]) for r in far if str(r["subject"]).startswith(ORDERS)]
    orders += (QUESTIONS / "orders.txt").read_text(encoding="utf-8").splitlines()
    honest = [str(r["turns"][-1]) for r in far if not str(r["subject"]).startswith(ORDERS)]
    honest += [case.question for name in (*FIT_ON, *JUDGE_ON) if name != "cal-far" for case in own_cases(name)]
    others = [str(r["question"]) for r in json_lines(outside / "train.jsonl")]
    honest += random.Random(SEED).sample(others, min(OUTSIDE, len(others)))
    texts = [*orders, *honest]
    vectors = encoder.encode(texts)
    label = np.array([1] * len(orders) + [0] * len(honest))
    model = LogisticRegression(C=10.0, max_iter=5_000, class_weight="balanced", fit_intercept=False)
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    out = cross_val_predict(model, vectors, label, cv=folds, method="decision_function")
    model.fit(vectors, label)
    threshold = float(np.quantile(out[label == 0], 1 - ALLOWED))
    caught = float((out[label == 1] > threshold).mean())
    content = {
        "fitted_on": {n: file_hash(QUESTIONS / f"{n}.jsonl")[:12] for n in (*FIT_ON, *JUDGE_ON)}
        | {"orders.txt": file_hash(QUESTIONS / "orders.txt")[:12]}
        | {f"{outside.name}/train.jsonl": file_hash(outside / "train.jsonl")[:12]},
        "out_of_fold": {"orders": len(orders), "found": round(caught, 4), "honest": len(honest), "taken_for_orders": ALLOWED},
        "threshold": round(threshold, 4),
        "weights": [round(float(w), 3) for w in model.coef_[0]],
    }
    (DATA / "orders.json").write_text(json.dumps(content) + "\n", encoding="utf-8")
    told = f"found {caught:.3f} at {ALLOWED:.1%} of the honest ones (threshold {threshold:.2f})"
    yield f"Orders: {len(orders)} against {len(honest)} honest messages; {told}"
    wrong = [t for t, o, y in zip(texts, out, label, strict=True) if y == 0 and o > threshold]
    yield "honest ones taken for orders: " + " / ".join(t[:70] for t in wrong[:12])
