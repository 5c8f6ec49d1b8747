"""What a message means after the turns before: a small encoder that reads the conversation.

It is made from the MiniLM weights by ``python -m evals train-conversation`` and learned two things. One is the vector that MiniLM gives
to the message written out in full ("how often?", after "what are evals?": "How often should evals be run?"): so a message is compared
with spans and questions that MiniLM has encoded. The idea is conversational dense retrieval (ConvDR, Yu et al. 2021,
https://arxiv.org/abs/2105.04166). The other is which words of the turns before bring the message nearest to that: they are what is
shown, searched by words and read beside it ("how often? (evals)"), as in QuReTeC (Voskarides et al. 2020,
https://arxiv.org/abs/2005.11723).
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.answer import REFUSAL, Turn
from assistant.message import without_tags
from assistant.pairs import PairTokenizer, Piece
from assistant.question import as_written, is_frame, units
from index.embedding import DEFAULT_SHA256, Vectors
from index.runtime import OnnxModel

WINDOW = 96  # word pieces of message and conversation together, as in training
TOLD_WORDS = 24  # of the answer before that are read
OLDER = 3  # questions before the last one that are read
CARRIED_FROM = -0.6  # logit from which on a word is taken over
NAME_TOLD_FROM = 0.5  # the same of a name or figure that only an answer said: "Annex" is no part of "what are the fines?"
MOST_CARRIED = 4

_MARKER = re.compile(r" ?\[\d+\]")


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message means after the turns before."""

    vector: Vectors  # of unit length, float32 of shape ``(384,)``: near that of the message written out in full
    carried: str  # words of the turns before that make it whole, in their order; empty where it needs none


class ConversationEncoder:
    """Reads a message together with the turns before it. Threads may share it."""

    weights_of = DEFAULT_SHA256  # the embedding model in whose space the vectors lie

    def __init__(self, model: Path) -> None:
        self._model = OnnxModel(model)
        self._pairs = PairTokenizer(WINDOW)

    def read(self, message: str, history: Sequence[Turn]) -> Meant:
        """What a message means.

        Args:
            history: the turns before, oldest first, at least one.
        """
        message, said = without_tags(message), conversation_text(history)
        feed, pieces = self._pairs.cut(message, said)
        vector, logits = self._model.outputs(feed)
        scores = {word: float(logits[0, places].max()) for word, places in carriable(message, said, pieces).items()}
        least = _least(scores, {unit.stem for turn in history for unit in units(turn.question)})
        most = sorted((word for word, score in scores.items() if score > least[word]), key=scores.__getitem__, reverse=True)
        kept = _distinct(most[:MOST_CARRIED])
        return Meant(np.asarray(vector[0], dtype=np.float32), " ".join(word for word in scores if word in kept))


def carriable(message: str, said: str, pieces: Sequence[Piece]) -> dict[str, list[int]]:
    """The words of the turns before that a message can take over, names as they are written, with the places of their pieces."""
    own, found = {unit.stem for unit in units(message)}, dict[str, list[int]]()
    for unit in units(said):
        if is_frame(unit.word) or unit.stem in own:
            continue
        own.add(unit.stem)
        stands = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(unit.word)}", said, re.IGNORECASE)]
        places = [piece.place for piece in pieces if any(piece.start < end and piece.end > start for start, end in stands)]
        if places:
            found[as_written(unit.word, said) if unit.proper else unit.word] = places
    return found


def _least(words: Iterable[str], asked: set[str]) -> dict[str, float]:
    """The logit from which on each word is taken over.

    Args:
        asked: stems of what the person said.
    """
    found = {word: units(f"as {word}") for word in words}  # capitals at the opening of a text say nothing: give it an opening
    plain = {word for word, of in found.items() if any(unit.stem in asked or not (unit.proper or unit.figure) for unit in of)}
    return {word: CARRIED_FROM if word in plain else NAME_TOLD_FROM for word in found}


def _distinct(words: Sequence[str]) -> list[str]:
    """The words without those that mean the same as one before them ("AI PMs", "AI PM") or that a longer one holds ("pay", "base pay")."""
    kept: list[str] = []
    for word in words:
        longer = any(word != other and re.search(rf"\b{re.escape(word)}\b", other, re.IGNORECASE) for other in words)
        if not longer and not any(_groups(word) & _groups(other) for other in kept):
            kept.append(word)
    return kept


def _groups(word: str) -> set[int]:
    """The thesaurus groups of a word or phrase."""
    return {group for unit in units(word) for group in unit.groups}


def conversation_text(history: Sequence[Turn]) -> str:
    """What is read of the turns before: the last question, the beginning of what it was told, then older questions, newest first."""
    *older, last = history
    told = "" if last.answer.startswith(REFUSAL) else " ".join(_MARKER.sub("", last.told).split()[:TOLD_WORDS])
    asked = [without_tags(turn.question) for turn in (last, *older[: -OLDER - 1 : -1])]
    return " | ".join(part for part in (asked[0], told, *asked[1:]) if part)


@cache
def load_conversation_encoder() -> ConversationEncoder:
    """The encoder that ships with the package."""
    with importlib.resources.as_file(importlib.resources.files("assistant") / "data" / "conversation-encoder.onnx") as path:
        return ConversationEncoder(path)
