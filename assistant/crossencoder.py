"""Reads question and span together: a small cross-encoder, made from the MiniLM weights by ``python -m evals train``.

Its score is a logit against "none of these answers it", which is fixed at 0: above 0 the span more likely answers than
not. It reads the few spans that the cheaper ranker puts first, through onnxruntime, quantised to 8 bits (23 MB).
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import Candidate
from assistant.extract import NO_RIVAL, whole_list
from assistant.pairs import PairTokenizer
from index.documents import SpanKind
from index.runtime import OnnxModel

if TYPE_CHECKING:
    from index.retriever import Passage

WINDOW = 88  # word pieces of question and span together, as in training
UNREAD = NO_RIVAL  # logit of a span that was not read


class CrossEncoder:
    """Scores spans for a question. Threads may share it."""

    def __init__(self, model: Path) -> None:
        self._model = OnnxModel(model)
        self._pairs = PairTokenizer(WINDOW)

    def logits(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """One logit a text: float64 of shape ``(len(texts),)``.

        Each is read by itself: the scale of 8-bit activations is that of a whole run, so in a batch a text's logit moved with
        its neighbours, by up to 1.5. Without padding it takes no longer.
        """
        feeds = [self._pairs.feed(question, text) for text in texts]  # tokenizing a batch would wake threads for so few
        return np.array([float(logit.reshape(())) for logit in self._model.run_all(feeds)])


def reading_text(candidate: Candidate, passages: Sequence[Passage]) -> str:
    """What is read for a span: its heading and lead, then its text; a lead is read with the list that it stands for."""
    span = candidate.span
    head = span.section[-1] if span.section else candidate.passage.chunk.title
    text = span.text
    if span.kind is SpanKind.LEAD:
        text = f"{text} {' ; '.join(member.text for member in whole_list(span, passages))}"
    return " | ".join(part for part in (head, span.lead.rstrip(":"), text) if part)


@cache
def load_cross_encoder() -> CrossEncoder:
    """The cross-encoder that ships with the package."""
    with importlib.resources.as_file(importlib.resources.files("assistant") / "data" / "cross-encoder.onnx") as path:
        return CrossEncoder(path)
