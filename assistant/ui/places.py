"""What an element's id says about the source that it opens.

Gradio's sanitiser leaves ids alone and takes data attributes away, so the id carries it.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

WEB = re.compile(r"https?://[^\s\"'<>]+$")  # an address that may be linked

_PLACE = re.compile(r"at-([A-Za-z0-9_-]*)-(\d{1,9})-(\d{1,9})")
_CITATION = re.compile(r"cite-([0-9a-f]{32})-(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of a document; ``start == end``: its beginning."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of an answer."""

    answer: str
    number: int


def place_id(document: str, start: int, end: int) -> str:
    """The id of an element that opens a document at these characters; ``start == end`` opens it at its beginning.

    Example:
        >>> place_id("a", 3, 9)
        'at-YQ-3-9'
    """
    return f"at-{urlsafe_b64encode(document.encode()).decode().rstrip('=')}-{start}-{end}"


def citation_id(answer: str, number: int) -> str:
    """The id of the chip of an answer's citation."""
    return f"cite-{answer}-{number}"


def parse_id(identity: str) -> Place | Cited | None:
    """What an id opens; None for one of no such form."""
    if cited := _CITATION.fullmatch(identity):
        return Cited(cited[1], int(cited[2]))
    place = _PLACE.fullmatch(identity)
    if place is None:
        return None
    try:
        name = urlsafe_b64decode(place[1] + "=" * (-len(place[1]) % 4)).decode()
    except ValueError:  # not base64 of a name
        return None
    return Place(name, int(place[2]), int(place[3]))
