"""Words: tokens, stems, rarity, and BM25 over chunks (bm25s)."""

from __future__ import annotations

import importlib.resources
import json
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import Stemmer
from numpy.typing import NDArray

from index.errors import BrokenIndexError

if TYPE_CHECKING:
    import bm25s

# bm25s's own defaults, not tuned to any data set.
K1, B = 1.5, 0.75
EVERYDAY = 3  # chunks whose questions hold a word that no text does, from which on it is taken for one of everyday speech

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?:[kmbo](?![^\W\d_]))?%?|[^\W\d_]+", re.IGNORECASE)
_STOP_WORDS = frozenset((importlib.resources.files("index") / "stopwords.txt").read_text(encoding="utf-8").split())
_stemmer = Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """Lower-case tokens in order: words, and figures with their suffix ("190k", "4o", "42%")."""
    return [token.lower() for token in _TOKEN.findall(text)]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Snowball stem of one lower-case word; figures lose their thousands commas."""
    if word[0].isdigit():
        return word.replace(",", "")
    return str(_stemmer.stemWord(word))


def stop_words() -> frozenset[str]:
    """All words that are left out of the index."""
    return _STOP_WORDS


def is_stop_word(word: str) -> bool:
    """Whether the lower-case word says nothing about a subject."""
    return word in _STOP_WORDS


def terms(text: str) -> list[str]:
    """Stems of the words that are not stop words, in order, repeats kept."""
    return [stem(word) for word in _telling_words(text)]


def _telling_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in _STOP_WORDS]


class LexicalIndex:
    """BM25 over chunks, and how rare each term is among them."""

    def __init__(
        self, bm25: bm25s.BM25, document_frequency: dict[str, int], size: int, spellings: Sequence[str], asked: Iterable[str]
    ) -> None:
        self._bm25 = bm25
        self._df = document_frequency
        self.size = size
        self.spellings = spellings  # every word of the corpus that has only letters, as it is written there, lower case
        self._asked = frozenset(asked)  # stems that only questions hold

    @classmethod
    def build(cls, texts: Sequence[str], asked: Sequence[str] = ()) -> LexicalIndex:
        """Index texts; row ``i`` of every score array is text ``i``.

        Args:
            asked: questions that each text answers, where there are some. A text is found by their words too.
        """
        import bm25s

        written = [_telling_words(text) for text in texts]
        beside = map(terms, asked or [""] * len(texts))
        tokens = [[*map(stem, own), *other] for own, other in zip(written, beside, strict=True)]
        told = set(chain.from_iterable(written))
        spellings = {word for word in told if word.isalpha()}
        frequency: dict[str, int] = {}
        for row in tokens:
            for term in set(row):
                frequency[term] = frequency.get(term, 0) + 1
        bm25 = bm25s.BM25(k1=K1, b=B)
        # bm25s needs a vocabulary: a corpus without a single word still gets an index that matches nothing
        bm25.index(tokens if frequency else [["\x00"] for _ in tokens], show_progress=False)
        return cls(bm25, frequency, len(tokens), sorted(spellings), sorted(frequency.keys() - set(map(stem, told))))

    def save(self, folder: Path) -> None:
        """Write the index below ``folder``."""
        self._bm25.save(str(folder), show_progress=False)
        kept = {"size": self.size, "df": self._df, "words": list(self.spellings), "asked": sorted(self._asked)}
        (folder / "terms.json").write_text(json.dumps(kept), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what ``save`` wrote.

        Raises:
            BrokenIndexError: a file is missing or is not what was written.
        """
        import bm25s

        try:
            kept = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
            return cls(bm25s.BM25.load(str(folder), mmap=False), kept["df"], kept["size"], kept["words"], kept["asked"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenIndexError(f"The word index in {folder} cannot be read. Run: assistant index") from error

    def scores(self, query_terms: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every chunk for the terms: float32 of shape ``(size,)``; 0 where no term occurs."""
        known = [term for term in query_terms if term in self._df]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def holds(self, term: str) -> bool:
        """Whether a text of the corpus holds the stem."""
        return term in self._df and term not in self._asked

    def knows(self, term: str) -> bool:
        """Whether a text holds the stem, or people use it in questions about many of them.

        A word of few questions is none that the corpus knows: who asks names places and things that no text holds.
        """
        return self.frequency(term) >= (EVERYDAY if term in self._asked else 1)

    def frequency(self, term: str) -> int:
        """How many chunks hold the stem, or a question that they answer."""
        return self._df.get(term, 0)

    def rarity(self, term: str) -> float:
        """Inverse document frequency of a stem, 0 (in every chunk) to 1 (in none)."""
        frequency = self._df.get(term, 0)
        return math.log((self.size + 1) / (frequency + 0.5)) / math.log((self.size + 1) / 0.5)
