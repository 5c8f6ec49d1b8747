"""How strongly texts bear a question's terms: 1 the word itself, a little less a synonym, less a word near in meaning.

A term is matched with each distinct word of all texts once, in one product of matrices; a text then bears a term as
strongly as its best word does, for all texts at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.question import Question, Unit, units
from index.embedding import cosines

WordVector = Callable[[str], NDArray[np.float32] | None]

# What a match is worth. A synonym is a little less than the word; words near in meaning count from cosine .25 (where
# unrelated words of MiniLM's table end) and never reach a synonym's worth.
SYNONYM, NEAR, NEAR_FROM, NEAR_FULL = 0.9, 0.8, 0.25, 0.60
# What a match outside the span's own words is worth: the heading names the subject, a neighbour may.
LEAD, ASKED, SECTION, TITLE, BEFORE, ELSEWHERE = 0.95, 0.9, 0.85, 0.7, 0.6, 0.4


_VOCABULARY: list[Unit] = []  # every word that a text was seen to hold, once; texts are kept as their places in it
_PLACES: dict[str, int] = {}
_GROWING = threading.Lock()


@lru_cache(maxsize=20_000)
def _words(text: str) -> NDArray[np.int64]:
    """The words of a text, as places in the vocabulary."""
    found = units(text)
    if any(unit.word not in _PLACES for unit in found):
        with _GROWING:
            for unit in found:
                if unit.word not in _PLACES:
                    _VOCABULARY.append(unit)
                    _PLACES[unit.word] = len(_VOCABULARY) - 1
    return np.array([_PLACES[unit.word] for unit in found], dtype=np.int64)


@lru_cache(maxsize=20_000)
def _pieces(text: str) -> frozenset[str]:
    """The stems of a text, phrases taken apart."""
    return frozenset(piece for unit in units(text) for piece in unit.stem.split())


class Matcher:
    """Matches one question's terms against texts. Arrays are float32; the last axis is the question's terms."""

    def __init__(self, question: Question, vector_of: WordVector) -> None:
        self._terms = question.terms
        self._vector_of = vector_of
        self._weights = np.array([max(t.rarity, 0.05) for t in self._terms], dtype=np.float32)
        self._names = np.array([t.unit.proper or t.unit.figure for t in self._terms])
        self._by_rarity = np.argsort(-self._weights)
        self._stems = [t.unit.stem for t in self._terms]
        self._phrases = [(i, stem.split()) for i, stem in enumerate(self._stems) if " " in stem]
        vectors = [None if named else self._unit_vector(t.unit) for t, named in zip(self._terms, self._names, strict=True)]
        self._meant = [i for i, vector in enumerate(vectors) if vector is not None]
        self._vectors = [v for v in vectors if v is not None]
        self._of_stem = {stem: i for i, stem in enumerate(self._stems)}
        self._of_group: dict[int, list[int]] = {}
        for i, term in enumerate(self._terms):
            for group in term.unit.groups:
                self._of_group.setdefault(group, []).append(i)
        self._places: dict[str, int] = {}  # a text -> its row in the table
        self._table = np.zeros((0, len(self._terms)), dtype=np.float32)  # how strongly each text bears each term
        self._pairs = list(pairwise(self._stems))
        self.unknown = float(self.share(np.array([not t.known for t in self._terms], dtype=np.float32)))

    def learn(self, texts: Iterable[str]) -> None:
        """Match every new text, all at once."""
        new = list(dict.fromkeys(text for text in texts if text not in self._places))
        if not new:
            return
        words = [_words(text) for text in new]
        counts = np.array([len(row) for row in words])
        different, places = np.unique(np.concatenate(words), return_inverse=True)
        best = np.zeros((len(new), len(self._terms)), dtype=np.float32)
        if len(different):
            filled = counts > 0
            starts = (np.cumsum(counts) - counts)[filled]
            best[filled] = np.maximum.reduceat(self._of_words(different)[places], starts)
        for i, parts in self._phrases:  # a phrase whose words stand apart
            apart = [sum(map(_pieces(text).__contains__, parts)) / len(parts) * NEAR for text in new]
            best[:, i] = np.maximum(best[:, i], apart)
        self._places.update({text: len(self._table) + i for i, text in enumerate(new)})
        self._table = np.concatenate([self._table, best])

    def _of_words(self, words: NDArray[np.int64]) -> NDArray[np.float32]:
        """How strongly each word of the vocabulary bears each term, shape ``(words, terms)``."""
        own = [_VOCABULARY[word] for word in words]
        strengths = np.zeros((len(own), len(self._terms)), dtype=np.float32)
        vectors = [self._unit_vector(unit) for unit in own] if self._vectors else []
        meant = [place for place, vector in enumerate(vectors) if vector is not None]
        if meant:
            cosines = self._cosines(np.array([vectors[place] for place in meant]))
            near = np.clip((cosines - NEAR_FROM) / (NEAR_FULL - NEAR_FROM), 0.0, 1.0) * NEAR
            strengths[np.ix_(meant, self._meant)] = near
        for row, unit in enumerate(own):
            for group in unit.groups:
                strengths[row, self._of_group.get(group, [])] = SYNONYM
            if " " in unit.stem:  # the word inside a phrase: "PM" in "AI PM"
                strengths[row, [i for piece in unit.stem.split() if (i := self._of_stem.get(piece)) is not None]] = SYNONYM
            if (same := self._of_stem.get(unit.stem)) is not None:
                strengths[row, same] = 1.0
        return strengths

    def _cosines(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of words with the terms that have a vector."""
        return np.stack([cosines(vectors, term) for term in self._vectors], axis=1)

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

    def _unit_vector(self, unit: Unit) -> NDArray[np.float32] | None:
        return None if " " in unit.word or unit.figure else self._vector_of(unit.word)
