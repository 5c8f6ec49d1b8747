"""Two texts side by side as MiniLM's word pieces: what the models that read a pair are fed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.embedding import default_model_folder
from index.runtime import Feed


class Piece(NamedTuple):
    """A word piece of the other text: its place in the feed, and the characters that it stands for."""

    place: int
    start: int
    end: int


class PairTokenizer:
    """Cuts pairs into word pieces, at most ``window`` together; the longer text gives way. Threads may share it."""

    def __init__(self, window: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(default_model_folder() / "tokenizer.json"))
        self._tokenizer.enable_truncation(window, strategy="longest_first")
        self._tokenizer.no_padding()  # its own file asks for 128 places

    def feed(self, one: str, other: str) -> Feed:
        """The inputs for one pair, each int64 of shape ``(1, pieces)``."""
        return self.cut(one, other)[0]

    def cut(self, one: str, other: str) -> tuple[Feed, list[Piece]]:
        """The same, with the pieces that the other text was cut into."""
        encoding = self._tokenizer.encode(one, other)
        feed = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        places = zip(encoding.type_ids, encoding.offsets, strict=True)
        return feed, [Piece(place, start, end) for place, (text, (start, end)) in enumerate(places) if text == 1 and end > start]
