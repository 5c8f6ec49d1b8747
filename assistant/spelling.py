"""Mends misspelt words of a question by the corpus's own vocabulary ("acuracy" -> "accuracy").

Only a word that neither the corpus nor the embedding model's vocabulary knows is touched, so an unknown name or a real
word that the corpus lacks stays what it is, and is refused as before. The mended question is shown as "understood as".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from index.lexical import LexicalIndex, is_stop_word, stem

SHORTEST = 5  # letters; shorter words have too many neighbours
LONG = 9  # letters from which on two slips are forgiven

_WORD = re.compile(r"[^\W\d_]+")


def mend(text: str, lexical: LexicalIndex, is_word: Callable[[str], bool]) -> str:
    """The text with its misspelt words put right.

    Args:
        is_word: whether a lower-case word is an English word, whatever the corpus says.
    """
    pieces: list[str] = []
    position = 0
    for match in _WORD.finditer(text):
        right = _mended(match.group(), match.start() == 0, lexical, is_word)
        if right:
            pieces += [text[position : match.start()], right]
            position = match.end()
    return "".join([*pieces, text[position:]])


def _mended(word: str, opens: bool, lexical: LexicalIndex, is_word: Callable[[str], bool]) -> str | None:
    lower = word.lower()
    capital = word[0].isupper() and not opens  # a name
    if len(word) < SHORTEST or capital or not word[1:].islower() or is_stop_word(lower) or lexical.knows(stem(lower)) or is_word(lower):
        return None
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    slips = 2 if len(word) >= LONG else 1
    found = process.extract(lower, lexical.spellings, scorer=OSA.distance, score_cutoff=slips, limit=None)
    near = [(distance, -lexical.frequency(stem(other)), other) for other, distance, _ in found if other[0] == lower[0]]
    if not near:
        return None
    other = min(near)[2]
    return other.capitalize() if word[0].isupper() else other
