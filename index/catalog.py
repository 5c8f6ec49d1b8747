"""What was indexed, in one read-only SQLite file a generation: documents, chunks, spans, with their rows in the arrays.

Row ``i`` of ``chunks.npy`` and ``spans.npy`` is the vector of the chunk or span whose ``row`` is ``i``; the questions
that spans answer stand in ``asks.npy``, those that they miss in ``misses.npy``, both in the order of their spans, and once more in
``asks-compared.npy`` and ``misses-compared.npy``, in the space in which questions are compared. Only the chunks that a
question brings up are ever read, so a large index opens as fast as a small one.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate, islice
from pathlib import Path

from index.documents import Chunk, Document, Span, SpanKind, document_from, plain, span_embedding_text
from index.errors import BrokenIndexError

# What has a vector -> the file of its vectors, beside the catalogue.
VECTORS = {"chunk": "chunks.npy", "span": "spans.npy", "ask": "asks.npy", "miss": "misses.npy"}
# The same vectors of questions once more, in the space in which they are compared.
COMPARED = {"ask": "asks-compared.npy", "miss": "misses-compared.npy"}
MOST_KEPT = 1_000  # chunks in memory, about 5 kB each: all of the guides', a part of a large index

_SCHEMA = """
CREATE TABLE document (name TEXT PRIMARY KEY, content_hash TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE chunk (row INTEGER PRIMARY KEY, identity TEXT NOT NULL, document TEXT NOT NULL, text_hash BLOB NOT NULL,
                    first_span INTEGER NOT NULL, spans INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX chunk_of_document ON chunk (document);
CREATE TABLE span (row INTEGER PRIMARY KEY, chunk INTEGER NOT NULL, text_hash BLOB NOT NULL, asks INTEGER NOT NULL,
                   misses INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE ask (row INTEGER PRIMARY KEY, text_hash BLOB NOT NULL);
CREATE TABLE miss (row INTEGER PRIMARY KEY, text_hash BLOB NOT NULL);
CREATE INDEX span_of_chunk ON span (chunk);
"""


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """A chunk as the index keeps it: its row, and the rows of its spans."""

    row: int
    identity: str
    first_span: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text that has a vector: its hash, and the text itself where the vector has to be made."""

    digest: bytes
    text: str = ""


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A span as it is written: its JSON, what is embedded for it and for the questions that it brings."""

    body: str
    embedded: Embedded
    asks: tuple[Embedded, ...]
    misses: tuple[Embedded, ...]


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk as it is written, with the rows of its spans."""

    identity: str
    document: str
    body: str
    words: str  # what is indexed by words; not in the catalogue
    asked: str  # the same of the questions that its spans answer
    embedded: Embedded
    spans: tuple[SpanRow, ...]


def text_hash(text: str) -> bytes:
    """What makes two embedded texts the same text."""
    return sha256(text.encode()).digest()


def chunk_row(chunk: Chunk) -> ChunkRow:
    """What is written of a chunk that was just cut."""
    spans = tuple(
        SpanRow(
            json.dumps(plain(span)),
            _embedded(span_embedding_text(span, chunk.title)),
            tuple(map(_embedded, span.asks)),
            tuple(map(_embedded, span.misses)),
        )
        for span in chunk.spans
    )
    body = json.dumps(plain(replace(chunk, spans=())) | {"spans": None})
    return ChunkRow(chunk.identity, chunk.document, body, chunk.embedding_text, chunk.asked_text, _embedded(chunk.embedding_text), spans)


def _embedded(text: str) -> Embedded:
    return Embedded(text_hash(text), text)


class Catalog:
    """Reads one generation's catalogue. Threads may share it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BrokenIndexError(f"{path} is missing. Run: assistant index")
        self._path = path
        # immutable: a generation never changes once it is live, and no lock file appears in a read-only folder
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self.document = lru_cache(maxsize=32)(self._document)
        self._kept: OrderedDict[int, ChunkRecord] = OrderedDict()  # the last chunks that were asked for

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise BrokenIndexError(f"{self._path} cannot be read ({error}). Run: assistant index") from error

    def _document(self, name: str) -> Document | None:
        """The document of that name, or None."""
        rows = self._rows("SELECT body FROM document WHERE name = ?", (name,))
        return document_from(json.loads(str(rows[0][0]))) if rows else None

    def documents(self) -> list[Document]:
        """Every document, in the order it was indexed."""
        return [document_from(json.loads(str(body))) for (body,) in self._rows("SELECT body FROM document ORDER BY rowid")]

    def counts(self) -> tuple[int, int, int]:
        """How many documents, chunks and spans there are."""
        found = [self._rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("document", "chunk", "span")]
        return int(str(found[0])), int(str(found[1])), int(str(found[2]))

    def spans_per_chunk(self) -> list[int]:
        """How many spans each chunk has, by row."""
        return [int(str(count)) for (count,) in self._rows("SELECT spans FROM chunk ORDER BY row")]

    def chunks(self, rows: Sequence[int]) -> list[ChunkRecord]:
        """The chunks in those rows, in the order asked, each with its spans."""
        found = {row: kept for row in rows if (kept := self._kept.get(row))}
        read = self._read_chunks([row for row in rows if row not in found])
        self._kept.update(read)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        found |= read
        return [found[row] for row in rows]

    def _read_chunks(self, rows: Sequence[int]) -> dict[int, ChunkRecord]:
        marks = ",".join("?" * len(rows))
        spans: dict[int, list[Span]] = {}
        for chunk, body in self._rows(f"SELECT chunk, body FROM span WHERE chunk IN ({marks}) ORDER BY row", rows):
            spans.setdefault(int(str(chunk)), []).append(_read_span(str(body)))
        found: dict[int, ChunkRecord] = {}
        for row, identity, first, body in self._rows(f"SELECT row, identity, first_span, body FROM chunk WHERE row IN ({marks})", rows):
            number = int(str(row))
            chunk_ = _read_chunk(str(body), spans.get(number, []))
            found[number] = ChunkRecord(number, str(identity), int(str(first)), chunk_)
        return found

    def questions_per_span(self) -> tuple[list[int], list[int]]:
        """How many questions each span answers, and how many it misses, by row."""
        rows = self._rows("SELECT asks, misses FROM span ORDER BY row")
        return [int(str(asks)) for asks, _ in rows], [int(str(misses)) for _, misses in rows]

    def content_hashes(self) -> dict[str, str]:
        """Every document's content hash, by name."""
        return {str(name): str(digest) for name, digest in self._rows("SELECT name, content_hash FROM document")}

    def rows_of(self, names: Collection[str]) -> dict[str, list[ChunkRow]]:
        """The chunks of some documents as they were written, by document: what need not be cut again."""
        questions = [iter(self._rows(f"SELECT text_hash FROM {table} ORDER BY row")) for table in ("ask", "miss")]
        spans: dict[int, list[SpanRow]] = {}
        for chunk, digest, body, *counts in self._rows("SELECT chunk, text_hash, body, asks, misses FROM span ORDER BY row"):
            asks, misses = (
                tuple(Embedded(bytes(one)) for (one,) in islice(of, int(str(count))))  # type: ignore[call-overload]
                for of, count in zip(questions, counts, strict=True)
            )
            row = SpanRow(str(body), Embedded(bytes(digest)), asks, misses)  # type: ignore[call-overload]
            spans.setdefault(int(str(chunk)), []).append(row)
        found: dict[str, list[ChunkRow]] = {}
        for number, identity, document, digest, body in self._rows(
            "SELECT row, identity, document, text_hash, body FROM chunk ORDER BY row"
        ):
            if (name := str(document)) in names:
                own_spans = spans.get(int(str(number)), [])
                chunk = _read_chunk(str(body), [_read_span(span.body) for span in own_spans if span.asks])
                embedded, words, asked = Embedded(bytes(digest)), chunk.embedding_text, chunk.asked_text  # type: ignore[call-overload]
                kept = ChunkRow(str(identity), name, str(body), words, asked, embedded, tuple(own_spans))
                found.setdefault(name, []).append(kept)
        return found

    def rows_by_text(self, table: str) -> dict[bytes, int]:
        """Hash of embedded text -> row, for a name of ``VECTORS``: what need not be encoded again."""
        if table not in VECTORS:
            raise ValueError(f"no table {table!r}")
        rows = self._rows(f"SELECT text_hash FROM {table} ORDER BY row")
        return {bytes(digest): row for row, (digest,) in enumerate(rows)}  # type: ignore[call-overload]


def write_catalog(path: Path, documents: Sequence[Document], hashes: Mapping[str, str], chunks: Sequence[ChunkRow]) -> None:
    """Write a new catalogue; rows count up in the order given.

    Args:
        hashes: the documents' content hashes, by name.
    """
    db = sqlite3.connect(path)
    firsts = list(accumulate((len(chunk.spans) for chunk in chunks), initial=0))
    spans = [(row, span) for row, chunk in enumerate(chunks) for span in chunk.spans]
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")  # half a catalogue is thrown away with its generation
    with db:
        db.executescript(_SCHEMA)
        db.executemany(
            "INSERT INTO document VALUES (?, ?, ?)", ((d.name, hashes[d.name], json.dumps(plain(d), ensure_ascii=False)) for d in documents)
        )
        db.executemany(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (row, chunk.identity, chunk.document, chunk.embedded.digest, firsts[row], len(chunk.spans), chunk.body)
                for row, chunk in enumerate(chunks)
            ),
        )
        db.executemany(
            "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?)",
            ((place, row, s.embedded.digest, len(s.asks), len(s.misses), s.body) for place, (row, s) in enumerate(spans)),
        )
        db.executemany("INSERT INTO ask (text_hash) VALUES (?)", ((ask.digest,) for _, span in spans for ask in span.asks))
        db.executemany("INSERT INTO miss (text_hash) VALUES (?)", ((miss.digest,) for _, span in spans for miss in span.misses))
    db.close()


def _read_chunk(body: str, spans: list[Span]) -> Chunk:
    raw = json.loads(body)
    return Chunk(**raw | {"section": tuple(raw["section"]), "spans": tuple(spans)})


def _read_span(body: str) -> Span:
    raw = json.loads(body)
    lists = {name: tuple(raw[name]) for name in ("section", "keys", "asks", "misses")}
    return Span(**raw | lists | {"kind": SpanKind(raw["kind"])})
