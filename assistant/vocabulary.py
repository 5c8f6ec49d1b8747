"""Every word that texts were seen to hold, once, so that a question's terms are matched with all of them in a few array operations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.question import Term, Unit, units
from index.embedding import cosines

WordVector = Callable[[str], NDArray[np.float32] | None]

# What a match is worth. A synonym is a little less than the word; words near in meaning count from cosine .25 (where
# unrelated words of MiniLM's table end) and never reach a synonym's worth.
SYNONYM, NEAR, NEAR_FROM, NEAR_FULL = 0.9, 0.8, 0.25, 0.60


class Vocabulary:
    """Words and phrases by their places, in the order in which they were first seen. Threads may share it."""

    def __init__(self, vector_of: WordVector) -> None:
        self._vector_of = vector_of
        self._growing = threading.Lock()
        self._places: dict[str, int] = {}
        self._by_stem: dict[str, list[int]] = {}
        self._by_piece: dict[str, list[int]] = {}  # the words inside phrases: "PM" in "AI PM"
        self._by_group: dict[int, list[int]] = {}
        self._vectors = np.zeros((0, 0), dtype=np.float32)  # at least as many rows as there are words; zeros for one that has none
        self.words = lru_cache(maxsize=20_000)(self._words)

    def _words(self, text: str) -> NDArray[np.int64]:
        """The words of a text, as places."""
        found = units(text)
        if any(unit.word not in self._places for unit in found):
            with self._growing:
                for unit in found:
                    if unit.word not in self._places:
                        self._add(unit)
        return np.array([self._places[unit.word] for unit in found], dtype=np.int64)

    def _add(self, unit: Unit) -> None:
        place, vector = len(self._places), self.vector(unit)
        rows, width = self._vectors.shape
        wanted = width if vector is None else len(vector)
        if place >= rows or wanted > width:  # a new array: who reads the old one needs no more than its rows
            grown = np.zeros((max(rows, 2 * place, 1024), wanted), dtype=np.float32)
            grown[:rows, :width] = self._vectors
            self._vectors = grown
        if vector is not None:
            self._vectors[place] = vector
        self._by_stem.setdefault(unit.stem, []).append(place)
        if " " in unit.stem:
            for piece in unit.stem.split():
                self._by_piece.setdefault(piece, []).append(place)
        for group in unit.groups:
            self._by_group.setdefault(group, []).append(place)
        self._places[unit.word] = place  # last: who finds it finds all of it

    def vector(self, unit: Unit) -> NDArray[np.float32] | None:
        """The vector of a word; None for a phrase, a figure, and a word that has none."""
        return None if " " in unit.word or unit.figure else self._vector_of(unit.word)

    def strengths(self, terms: tuple[Term, ...], places: NDArray[np.int64]) -> NDArray[np.float32]:
        """How strongly each word bears each term, float32 of shape ``(places, terms)``.

        Args:
            places: of words, ascending.
        """
        found = np.zeros((len(places), len(terms)), dtype=np.float32)
        table = self._vectors[places]
        for term, column in zip(terms, found.T, strict=True):
            unit = term.unit
            vector = None if unit.proper else self.vector(unit)
            if vector is not None and table.size:
                column[:] = np.clip((cosines(table, vector) - NEAR_FROM) / (NEAR_FULL - NEAR_FROM), 0.0, 1.0) * NEAR
            akin = [place for group in unit.groups for place in self._by_group.get(group, ())]
            column[_among(places, [*akin, *self._by_piece.get(unit.stem, ())])] = SYNONYM
            column[_among(places, self._by_stem.get(unit.stem, ()))] = 1.0
        return found


def _among(places: NDArray[np.int64], wanted: Sequence[int]) -> NDArray[np.int64]:
    """Where those of the wanted stand that are among the ascending places."""
    found = np.array(wanted, dtype=np.int64)
    found = found[found <= places.max(initial=-1)]
    at = np.searchsorted(places, found)
    among: NDArray[np.int64] = at[places[at] == found]
    return among


@lru_cache(maxsize=4)
def vocabulary(vector_of: WordVector) -> Vocabulary:
    """The vocabulary whose words have these vectors."""
    return Vocabulary(vector_of)
