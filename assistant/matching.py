"""How strongly texts bear a question's terms: 1 the word itself, a little less a synonym, less a word near in meaning.

A term is matched with each distinct word of all texts once (``vocabulary``); a text then bears a term as strongly as its best
word does, for all texts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.question import Question, units
from assistant.vocabulary import NEAR, SYNONYM, WordVector, vocabulary

# What a match outside the span's own words is worth: the heading names the subject, a neighbour may.
LEAD, ASKED, SECTION, TITLE, BEFORE, ELSEWHERE = 0.95, 0.9, 0.85, 0.7, 0.6, 0.4


@lru_cache(maxsize=20_000)
def _pieces(text: str) -> frozenset[str]:
    """The stems of a text, phrases taken apart."""
    return frozenset(piece for unit in units(text) for piece in unit.stem.split())


class Matcher:
    """Matches one question's terms against texts. Arrays are float32; the last axis is the question's terms."""

    def __init__(self, question: Question, vector_of: WordVector) -> None:
        self._terms = question.terms
        self._vocabulary = vocabulary(vector_of)
        self._weights = np.array([max(t.rarity, 0.05) for t in self._terms], dtype=np.float32)
        self._names = np.array([t.unit.proper or t.unit.figure for t in self._terms])
        self._by_rarity = np.argsort(-self._weights)
        self._stems = [t.unit.stem for t in self._terms]
        self._phrases = [(i, stem.split()) for i, stem in enumerate(self._stems) if " " in stem]
        self._places: dict[str, int] = {}  # a text -> its row in the table
        self._table = np.zeros((0, len(self._terms)), dtype=np.float32)  # how strongly each text bears each term
        self._pairs = list(pairwise(self._stems))
        self.unknown = float(self.share(np.array([not t.known for t in self._terms], dtype=np.float32)))

    def learn(self, texts: Iterable[str]) -> None:
        """Match every new text, all at once."""
        new = list(dict.fromkeys(text for text in texts if text not in self._places))
        if not new:
            return
        words = [self._vocabulary.words(text) for text in new]
        counts = np.array([len(row) for row in words])
        different, places = np.unique(np.concatenate(words), return_inverse=True)
        best = np.zeros((len(new), len(self._terms)), dtype=np.float32)
        if len(different):
            filled = counts > 0
            starts = (np.cumsum(counts) - counts)[filled]
            best[filled] = np.maximum.reduceat(self._vocabulary.strengths(self._terms, different)[places], starts)
        for i, parts in self._phrases:  # a phrase whose words stand apart
            apart = [sum(map(_pieces(text).__contains__, parts)) / len(parts) * NEAR for text in new]
            best[:, i] = np.maximum(best[:, i], apart)
        self._places.update({text: len(self._table) + i for i, text in enumerate(new)})
        self._table = np.concatenate([self._table, best])

    def strengths(self, text: str) -> NDArray[np.float32]:
        """How strongly a text bears each term, shape ``(terms,)``: 1 the word itself, 0 not at all."""
        found: NDArray[np.float32] = self.rows([text])[0]
        return found

    def rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``strengths`` of several texts, shape ``(texts, terms)``."""
        self.learn(texts)
        found: NDArray[np.float32] = self._table[[self._places[text] for text in texts]]
        return found

    def share(self, strengths: NDArray[np.float32]) -> NDArray[np.float32]:
        """Strengths averaged by rarity, over the last axis."""
        shares: NDArray[np.float32] = (strengths * self._weights).sum(axis=-1) / self._weights.sum()
        return shares

    def rarest_missing(self, strengths: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weight of the heaviest term that is not borne, scaled by how little of it is; over the last axis."""
        heaviest: NDArray[np.float32] = (self._weights * (1 - strengths)).max(axis=-1)
        return heaviest

    def names_borne(self, strengths: NDArray[np.float32]) -> NDArray[np.float32]:
        """Share of the names and figures that are borne, 1 where the question has none; over the last axis."""
        if not self._names.any():
            return np.ones(strengths.shape[:-1], dtype=np.float32)
        borne: NDArray[np.float32] = (strengths[..., self._names] >= SECTION * TITLE).mean(axis=-1)
        return borne

    def missing(self, strengths: NDArray[np.float32]) -> tuple[str, ...]:
        """The words that are not borne, rarest first."""
        return tuple(self._terms[i].unit.word for i in self._by_rarity if strengths[i] < ELSEWHERE * SYNONYM)

    def pairs(self, text: str) -> float:
        """Share of neighbouring question words that stand within three words of each other in the text."""
        if not self._pairs:
            return 0.0
        at: dict[str, list[int]] = {}
        for place, unit in enumerate(units(text)):
            if unit.stem in self._stems:
                at.setdefault(unit.stem, []).append(place)
        if len(at) < 2:
            return 0.0
        near = sum(any(abs(i - j) <= 3 for i in at.get(a, ()) for j in at.get(b, ())) for a, b in self._pairs)
        return near / len(self._pairs)
