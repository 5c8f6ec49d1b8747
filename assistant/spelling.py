"""Mends misspelt words of a question by the corpus's own vocabulary ("acuracy" -> "accuracy").

Only a word that neither the corpus nor the embedding model's vocabulary knows is touched, so an unknown name or a real
word that the corpus lacks stays what it is, and is refused as before. The mended question is shown as "understood as".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.question import word_list
from index.lexical import LexicalIndex, is_stop_word, stem, stop_words

SHORTEST = 5  # letters; shorter words have too many neighbours
SHORTEST_SMALL = 4  # of a small word ("waht"): there are few of them
LONG = 9  # letters from which on two slips are forgiven

_WORD = re.compile(r"[^\W\d_]+")
# Small words as they are typed in a hurry: too short or too near to others to be told by their letters.
_HASTY = {
    "wat": "what", "wut": "what", "wot": "what", "wud": "would", "shud": "should", "shoud": "should", "cud": "could",
    "u": "you", "ur": "your", "r": "are", "n": "and", "bout": "about", "abt": "about", "coz": "because", "cuz": "because",
    "tho": "though", "pls": "please", "plz": "please", "avg": "average", "mgr": "manager", "mgmt": "management",
    "eng": "engineer", "yr": "year", "yrs": "years",
}  # fmt: skip


def mend(text: str, lexical: LexicalIndex, is_word: Callable[[str], bool]) -> str:
    """The text with its misspelt words put right.

    Args:
        is_word: whether a lower-case word is an English word, whatever the corpus says.
    """
    found = {match: _mended(match.group(), match.start() == 0, lexical, is_word) for match in _WORD.finditer(text)}
    if any(found.values()):  # who slips once slips again: what looks like a word ("ned") may be one more
        found = {match: right or _small_word(match.group(), lexical, 3) for match, right in found.items()}
    pieces: list[str] = []
    position = 0
    for match, right in found.items():
        if right:
            pieces += [text[position : match.start()], right]
            position = match.end()
    return "".join([*pieces, text[position:]])


def _mended(word: str, opens: bool, lexical: LexicalIndex, is_word: Callable[[str], bool]) -> str | None:
    lower = word.lower()
    if word in _HASTY and not lexical.holds(stem(word)):
        return _HASTY[word]
    capital = word[0].isupper() and not opens  # a name
    if not capital and not is_word(lower) and (small := _small_word(word, lexical, SHORTEST_SMALL)):
        return small
    if len(word) < SHORTEST or capital or not word[1:].islower() or is_stop_word(lower) or lexical.frequency(stem(lower)) or is_word(lower):
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


def _small_word(word: str, lexical: LexicalIndex, shortest: int) -> str | None:
    """The small or framing word that a lower-case word is one slip away from, where the corpus does not know it."""
    small = stop_words() | word_list("frame_words") | {"need", "earn", "does"}
    if not shortest <= len(word) <= 6 or not word.islower() or word in small or lexical.frequency(stem(word)):
        return None
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    near = process.extract(word, sorted(small), scorer=OSA.distance, score_cutoff=1, limit=None)
    same = sorted(
        (other for other, *_ in near if other[0] == word[0] and len(other) >= len(word)), key=lambda o: (sorted(o) != sorted(word), o)
    )
    return same[0] if same else None
