"""The frozen shapes that everything else passes along.

Offsets are Unicode code points into ``Document.text``, half open: ``text[start:end]`` is the quote. They never point
into the raw file, because front matter and source keys are taken out of the text before anything is cut.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """How a source is known to us."""

    PRIMARY = "primary"  # the source itself was read
    SECONDARY = "secondary"  # somebody's account of it was read
    OWN = "own"  # our own arithmetic or reading


class SpanKind(StrEnum):
    """What a span is in its document."""

    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    LEAD = "lead"  # the line that introduces a list, or a table's header: stands for the whole of it
    ASIDE = "aside"  # a sentence without a key where sentences have one: context, never quoted


@dataclass(frozen=True, slots=True)
class Source:
    """A public source that bears sentences of a document."""

    key: str
    publisher: str
    title: str
    date: str | None
    url: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class KeyMark:
    """Source keys that stood at ``offset`` of the text before they were taken out.

    ``whole_block`` is true for keys on a line of their own, which bear the table or paragraph that ends there.
    """

    offset: int
    keys: tuple[str, ...]
    whole_block: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, in people's own words, that the span at ``start`` answers: search keys, never shown, never quoted.

    ``misses`` come near the span and nothing in the corpus answers them: they tell what is to be refused.
    """

    start: int
    questions: tuple[str, ...]
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """What a reader should know about a document's facts. ``about`` is "all", or "pay" for amounts of money only."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One guide, or one file that a user added."""

    name: str
    title: str
    text: str
    markdown: bool = False
    summary: str = ""
    as_of: str | None = None
    review_by: str | None = None
    ages: str = ""  # what of it goes out of date soon: "figures" (amounts and shares), "all", or nothing
    sources: tuple[Source, ...] = ()
    marks: tuple[KeyMark, ...] = ()
    limits: tuple[Limit, ...] = ()
    asked: tuple[Asked, ...] = ()
    pages: tuple[int, ...] = ()  # where page 1, 2, … begins in the text, for files that have pages

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that the index takes from the document, in hex."""
        return hashlib.sha256(json.dumps(plain(self), sort_keys=True).encode()).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, on which the character at ``offset`` stands; None for a document without pages."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence, list item or table row: the unit that is quoted.

    ``lead`` is what it needs to be understood: a list's introducing line, or the header row of its table.
    """

    document: str
    start: int
    end: int
    kind: SpanKind
    section: tuple[str, ...]
    lead: str
    keys: tuple[str, ...]
    text: str
    asks: tuple[str, ...] = ()  # questions that it answers, where the document brings some
    misses: tuple[str, ...] = ()  # questions that come near it and that nothing answers, where the document brings some


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and indexed: neighbouring spans of one section, with their headings."""

    document: str
    title: str
    start: int
    end: int
    section: tuple[str, ...]
    lead: str
    text: str
    spans: tuple[Span, ...]

    @property
    def identity(self) -> str:
        """Short content hash: the chunk's id in the index and in ``assistant search``."""
        what = f"{self.document}\n{self.start}\n{self.end}\n{self.embedding_text}"
        return hashlib.sha256(what.encode()).hexdigest()[:16]

    @property
    def asked_text(self) -> str:
        """The questions that its spans answer: indexed by words with the embedded text (document expansion)."""
        return "\n".join(ask for span in self.spans for ask in span.asks)

    @property
    def embedding_text(self) -> str:
        """Title, headings, the lead of a list or table that was cut in two, then the text."""
        head = " > ".join((self.title, *self.section))
        return "\n".join(part for part in (head, self.lead, self.text) if part)


def span_embedding_text(span: Span, title: str) -> str:
    """What is embedded for a span: its heading path and lead go first, since a sentence alone is often about "it"."""
    head = " > ".join((title, *span.section))
    return ": ".join(part for part in (head, span.lead.rstrip(":"), span.text) if part)


def plain(part: Any) -> dict[str, Any]:
    """The fields of one of these shapes, for JSON; ``dataclasses.asdict`` copies every value, which takes five times as long."""
    return {name: _plain_value(getattr(part, name)) for name in part.__slots__}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple) and value and hasattr(value[0], "__slots__"):
        return [plain(one) for one in value]
    return value


def document_from(raw: dict[str, Any]) -> Document:
    """A document from what ``plain`` made of it, after a way through JSON."""
    kept = dict(raw)
    kept["sources"] = tuple(Source(**s | {"standing": Standing(s["standing"])}) for s in raw["sources"])
    kept["marks"] = tuple(KeyMark(m["offset"], tuple(m["keys"]), m["whole_block"]) for m in raw["marks"])
    kept["asked"] = tuple(Asked(a["start"], tuple(a["questions"]), tuple(a["misses"])) for a in raw["asked"])
    kept["limits"] = tuple(Limit(**limit) for limit in raw["limits"])
    kept["pages"] = tuple(raw["pages"])
    return Document(**kept)
