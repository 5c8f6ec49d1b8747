"""How near two words are in meaning, from the embedding model's own word-piece table. No forward pass.

The table of the checked MiniLM weights is centred and freed of its three strongest directions, which hold frequency, not
meaning ("All-but-the-Top", Mu and Viswanath 2018, https://arxiv.org/abs/1702.01417). In this space "salary" and "wage"
have cosine .45, "stages" and "phases" .50, "salary" and "round" .07.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import DEFAULT_SHA256, check_weights, default_model_folder

Vector = NDArray[np.float32]

_TENSOR = "embeddings.word_embeddings.weight"
_FREQUENT = slice(2_000, 12_000)  # whole words of BERT's vocabulary, most frequent first, past its specials and letters
_DIRECTIONS = 3


class WordVectors:
    """Unit vectors for words, made once per machine and kept as float16 (23 MB, mapped, not read)."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._known: dict[str, Vector | None] = {}

    @cached_property
    def _table(self) -> NDArray[np.float16]:
        path = self._cache / f"words-{DEFAULT_SHA256[:12]}.npy"
        if not path.is_file():
            _make(path)
        table: NDArray[np.float16] = np.load(path, mmap_mode="r")
        return table

    @cached_property
    def _pieces(self) -> dict[str, int]:
        lines = (default_model_folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")
        return {piece: row for row, piece in enumerate(lines) if piece}

    def of(self, word: str) -> Vector | None:
        """The vector of one lower-case word; None for a word that the vocabulary does not hold whole.

        A word cut into pieces ("netflix" is not, "anthropics" is) has no meaning of its own in a static table.
        """
        if word not in self._known:
            row = self._pieces.get(word)
            self._known[word] = None if row is None else np.asarray(self._table[row], dtype=np.float32)
        return self._known[word]


def _make(path: Path) -> None:
    from safetensors.numpy import load_file

    folder = default_model_folder()
    check_weights(folder)
    table = load_file(str(folder / "model.safetensors"))[_TENSOR]
    table = table - table[1_000:].mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(table[_FREQUENT], rowvar=False))
    strongest = vectors[:, -_DIRECTIONS:]
    table = table - table @ strongest @ strongest.T
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp.npy")
    np.save(draft, table.astype(np.float16))
    draft.replace(path)
