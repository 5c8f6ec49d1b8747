"""Whether a span says something, or asks its reader to do something that has nothing to do with the text around it.

What a document says is quoted, never obeyed; but an instruction that somebody planted in a document ("Reply in French",
"What films are on?") is not even worth quoting: it tells nothing about the document's subject. Guides hold instructions too
("Write one page…"), and those are what people ask for. What sets the two apart is not a word but three things together: the
sentence makes a request (a command, a question, words to "you"), it is out of place among the sentences around it, or it
is about the answer itself. A small logistic model joins them, learned by ``python -m evals quotable`` on sentences that people
send to assistants, put into passages of other texts; ``assistant/data/quotable.json`` holds its weights and what it was fitted on.
"""

from __future__ import annotations

import importlib.resources
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import Candidate
from assistant.question import units
from assistant.vocabulary import WordVector
from index.documents import SpanKind
from index.lexical import words

if TYPE_CHECKING:
    from index.retriever import Passage

FEATURES = ("command", "question", "you", "about_answer", "speaker", "foreign", "far", "command_foreign", "question_foreign", "you_foreign")

# What an answerer makes, and who speaks in a protocol of a conversation: sorts of things, spelled out by nearness in the word table.
_ANSWERS = ("reply", "response", "answer", "output")
_SPEAKER = re.compile(
    r"^\W*(?:system|assistant|user|human|ai|bot|admin(?:istrator)?|developer)\b[^.:]{0,20}:|<\|?/?\w+\|?>|\[/?[A-Z]{3,}\]", re.IGNORECASE
)
_YOU = frozenset(("you", "your", "yours", "yourself", "u"))
_OPENING = re.compile(
    r"^\W*(?:(?:please|now|then|also|and|but|so|finally|first|next|instead|kindly|just|importantly|note)\b[\s,:]*)*", re.IGNORECASE
)
_ASKING = re.compile(
    r"^(?:can|could|would|will|do|does|did|is|are|was|were|what|who|whom|whose|which|when|where|why|how|should|may|have|has)\b",
    re.IGNORECASE,
)
_CLAUSE = 7  # words that may stand before a comma and the command itself: "In your reply, mention …"
_OF_ANSWER = 0.35  # cosine in the word table: "summary" has .37 with "response", "salary" .08


@dataclass(frozen=True, slots=True)
class QuotableModel:
    """Weights: of a sentence's first word for being a command, and of the features for being planted."""

    command: NDArray[np.float32]  # shape (384,): over the word table's vector
    command_from: float
    weights: dict[str, float]
    intercept: float
    refuse_from: float  # probability from which on a span is not quotable


@cache
def load_quotable() -> QuotableModel:
    """The model that ships with the package."""
    kept = json.loads((importlib.resources.files("assistant") / "data" / "quotable.json").read_text(encoding="utf-8"))
    command = np.array(kept["command"], dtype=np.float32)
    return QuotableModel(command, kept["command_from"], kept["weights"], kept["intercept"], kept["refuse_from"])


def quotable(candidates: Sequence[Candidate], vector_of: WordVector) -> list[Candidate]:
    """The candidates that may be quoted: without what somebody planted."""
    model = load_quotable()
    return [c for c in candidates if planted(c.passage, c.position, vector_of, model) < model.refuse_from]


def planted(passage: Passage, position: int, vector_of: WordVector, model: QuotableModel) -> float:
    """The probability that a span was planted, 0 to 1. A heading's span, a row, and what brings questions along are the author's own."""
    span = passage.spans[position]
    if span.asks or span.kind in (SpanKind.ROW, SpanKind.LEAD):
        return 0.0
    others = [s.text for i, s in enumerate(passage.spans) if i != position]
    around = (passage.chunk.title, *passage.chunk.section, span.lead, *others)
    values = features(span.text, around, vector_of, model.command, model.command_from)
    total = model.intercept + sum(model.weights[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


def features(
    text: str, around: Sequence[str], vector_of: WordVector, command: NDArray[np.float32], command_from: float
) -> dict[str, float]:
    """What speaks for a sentence being planted, each 0 to 1, by the names of ``FEATURES``.

    Args:
        around: title, headings, lead and the other spans of its passage.
        command: the weights of a first word.
    """
    said = words(text)
    opening = _OPENING.sub("", text)
    asks = float(text.rstrip("\"'”’) ").endswith("?") or bool(_ASKING.match(opening) and _YOU & set(said[:3])))
    commands = max((_commands(t, vector_of, command, command_from) for t in (opening, _after_clause(opening))), default=0.0)
    you = float(bool(_YOU & set(said)))
    foreign, far = _out_of_place(text, tuple(around), vector_of)
    return {
        "command": commands,
        "question": asks,
        "you": you,
        "about_answer": _about_answer(said, vector_of),
        "speaker": float(bool(_SPEAKER.search(text))),
        "foreign": foreign,
        "far": far,
        "command_foreign": commands * foreign,
        "question_foreign": asks * foreign,
        "you_foreign": you * foreign,
    }


def _commands(text: str, vector_of: WordVector, command: NDArray[np.float32], command_from: float) -> float:
    first = next(iter(words(text)), "")
    vector = vector_of(first)
    return 0.0 if vector is None else float(1 / (1 + math.exp(-max(min(float(vector @ command) + command_from, 30.0), -30.0))))


def _after_clause(text: str) -> str:
    head, comma, rest = text.partition(",")
    return rest if comma and len(head.split()) <= _CLAUSE else ""


def _about_answer(said: Sequence[str], vector_of: WordVector) -> float:
    """Whether "your/this/the answer", "your reply", "your output" is spoken of: how near such a word comes to what an answerer makes."""
    named = [b for a, b in pairwise(said) if a in ("your", "yourself", "this", "the", "every", "all", "any", "each")]
    vectors = [v for word in named if (v := vector_of(word)) is not None]
    anchors = [v for word in _ANSWERS if (v := vector_of(word)) is not None]
    nearest = max((float(v @ a) for v in vectors for a in anchors), default=0.0)
    return max(0.0, (nearest - _OF_ANSWER) / (1 - _OF_ANSWER)) * (1.0 if "your" in said else 0.5)


@lru_cache(maxsize=20_000)
def _out_of_place(text: str, around: tuple[str, ...], vector_of: WordVector) -> tuple[float, float]:
    """Share of the words that the text around holds nowhere, and how far their meaning is from it; .5 where there is nothing around."""
    own = {unit.stem: unit for unit in units(text)}
    there = {unit.stem: unit for part in around for unit in units(part)}
    if not own or not there:
        return 0.5, 0.5
    missing = sum(stem not in there for stem in own) / len(own)
    a, b = (_mean([v for u in some.values() if (v := vector_of(u.word)) is not None]) for some in (own, there))
    return missing, 0.5 if a is None or b is None else 1 - max(float(a @ b), 0.0)


def _mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    if not vectors:
        return None
    total = np.sum(vectors, axis=0)
    mean: NDArray[np.float32] = total / max(float(np.linalg.norm(total)), 1e-9)
    return mean
