"""The vector of a message as it is meant after the turns before: a small encoder that reads the conversation.

It is made from the MiniLM weights by ``python -m evals train-conversation`` and learned to give the vector that MiniLM gives to the
message written out in full ("how often?", after "what are evals?": "How often should evals be run?"). So a message is compared with
spans and questions that MiniLM has encoded, and no word has to be taken over by rule. The idea is conversational dense retrieval
(ConvDR, Yu et al. 2021, https://arxiv.org/abs/2105.04166).
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from assistant.answer import REFUSAL, Turn
from assistant.message import without_tags
from assistant.pairs import PairTokenizer
from index.embedding import DEFAULT_SHA256, Vectors
from index.runtime import OnnxModel

WINDOW = 96  # word pieces of message and conversation together, as in training
TOLD_WORDS = 24  # of the answer before that are read
OLDER = 3  # questions before the last one that are read

_MARKER = re.compile(r" ?\[\d+\]")


class ConversationEncoder:
    """Encodes a message together with the turns before it, into the space of the default embedding model. Threads may share it."""

    weights_of = DEFAULT_SHA256  # the embedding model in whose space the vectors lie

    def __init__(self, model: Path) -> None:
        self._model = OnnxModel(model)
        self._pairs = PairTokenizer(WINDOW)

    def encode(self, message: str, history: Sequence[Turn]) -> Vectors:
        """The unit-length vector of what a message means: float32 of shape ``(384,)``.

        Args:
            history: the turns before, oldest first, at least one.
        """
        feed = self._pairs.feed(without_tags(message), conversation_text(history))
        return np.asarray(self._model.run_all([feed])[0][0], dtype=np.float32)


def conversation_text(history: Sequence[Turn]) -> str:
    """What is read of the turns before: the last question, the beginning of what it was told, then older questions, newest first."""
    *older, last = history
    told = "" if last.answer.startswith(REFUSAL) else " ".join(_MARKER.sub("", last.answer).split()[:TOLD_WORDS])
    asked = [without_tags(turn.question) for turn in (last, *older[: -OLDER - 1 : -1])]
    return " | ".join(part for part in (asked[0], told, *asked[1:]) if part)


@cache
def load_conversation_encoder() -> ConversationEncoder:
    """The encoder that ships with the package."""
    with importlib.resources.as_file(importlib.resources.files("assistant") / "data" / "conversation-encoder.onnx") as path:
        return ConversationEncoder(path)
