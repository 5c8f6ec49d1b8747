"""Whether a message orders the assistant about instead of asking it something: other rules, another role, its instructions.

Guides on prompts and injection are near to such messages in words, so how well a passage fits says nothing about them. What the
message as a whole means does: a logistic model over the vector that retrieval has computed anyway, learned by ``python -m evals
quotable`` on blind attempts at manipulation against all our questions and outside ones. ``assistant/data/orders.json`` holds it.
"""

from __future__ import annotations

import importlib.resources
import json
from functools import cache

import numpy as np

from index.embedding import DEFAULT_SHA256, Vectors


@cache
def _model() -> tuple[Vectors, float]:
    kept = json.loads((importlib.resources.files("assistant") / "data" / "orders.json").read_text(encoding="utf-8"))
    return np.array(kept["weights"], dtype=np.float32), float(kept["threshold"])


def orders_about(vector: Vectors, model_sha256: str = DEFAULT_SHA256) -> bool:
    """Whether the message with this vector is an order about the assistant itself.

    Args:
        vector: the message's unit vector, float32 of shape ``(dimension,)``.
        model_sha256: of the embedding model: the weights are of the default one; of another model's vector nothing is said.
    """
    weights, threshold = _model()
    return model_sha256 == DEFAULT_SHA256 and bool(float(vector @ weights) > threshold)
