"""What a model wrote -> plain text: no markup, links, pictures, markers, control characters, and nothing of its own prompt."""

from __future__ import annotations

import html
import re
from functools import cache
from importlib.resources import files

RUN = 8  # words of a prompt in a row that no sentence of an answer shares by chance

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)|!\[([^\]]*)\]\[[^\]]*\]")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"<!--.*?(?:-->|$)|</?[a-zA-Z!?][^<>]{0,2000}(?:>|$)", re.DOTALL)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://\S+|\bwww\.\S+|\b(?:javascript|data|vbscript|mailto):\S+", re.IGNORECASE)
_MARKER = re.compile(r"\s*\[\^?[\d,\s]*\]")
_BLOCK = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-*+]\s+|\d+[.)]\s+|```\w*|\|)+", re.MULTILINE)
_MARKS = re.compile(r"[`*|\\]|(?<!\w)_+|_+(?!\w)|~~")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def neutral(text: str) -> str:
    """One sentence as plain text, on one line.

    Example:
        >>> neutral("**Pay** is ![x](http://a.example/p.png)$5 [here](http://a.example) [1].")
        'Pay is x$5 here.'
    """
    text = _TAG.sub(" ", html.unescape(text))
    text = _LINK.sub(r"\1", _IMAGE.sub(lambda m: m[1] or m[2] or "", text))
    text = _BLOCK.sub("", _MARKER.sub("", _URL.sub("", text)))
    text = _CONTROL.sub(" ", _MARKS.sub("", text)).replace("<", "‹").replace(">", "›")
    return re.sub(r"\s+([.,;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip()


def leaks(text: str, mark: str) -> bool:
    """Whether a text holds a run of words of our own prompts, or the mark that its data stood between."""
    return mark in text or not _runs(text).isdisjoint(_own_runs())


@cache
def _own_runs() -> frozenset[tuple[str, ...]]:
    return frozenset(run for file in (files("assistant") / "prompts").iterdir() for run in _runs(file.read_text(encoding="utf-8")))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
