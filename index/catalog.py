"""What was indexed, in one read-only SQLite file a generation: documents, chunks, spans, with their rows in the arrays.

Row ``i`` of ``chunks.npy`` and ``spans.npy`` is the vector of the chunk or span whose ``row`` is ``i``; the questions
that spans bring stand in ``asks.npy``, in the order of their spans. Only the chunks that
a question brings up are ever read, so a large index opens as fast as a small one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from index.documents import Chunk, Document, Span, SpanKind, document_from, span_embedding_text
from index.errors import BrokenIndexError

_SCHEMA = """
CREATE TABLE document (name TEXT PRIMARY KEY, content_hash TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE chunk (row INTEGER PRIMARY KEY, identity TEXT NOT NULL, document TEXT NOT NULL, text_hash BLOB NOT NULL,
                    first_span INTEGER NOT NULL, spans INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX chunk_of_document ON chunk (document);
CREATE TABLE span (row INTEGER PRIMARY KEY, chunk INTEGER NOT NULL, text_hash BLOB NOT NULL, asks INTEGER NOT NULL,
                   body TEXT NOT NULL);
CREATE TABLE ask (row INTEGER PRIMARY KEY, text_hash BLOB NOT NULL);
CREATE INDEX span_of_chunk ON span (chunk);
"""


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """A chunk as the index keeps it: its row, and the rows of its spans."""

    row: int
    identity: str
    first_span: int
    chunk: Chunk


def text_hash(text: str) -> bytes:
    """What makes two embedded texts the same text."""
    return sha256(text.encode()).digest()


class Catalog:
    """Reads one generation's catalogue. Threads may share it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BrokenIndexError(f"{path} is missing. Run: assistant index")
        self._path = path
        # immutable: a generation never changes once it is live, and no lock file appears in a read-only folder
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise BrokenIndexError(f"{self._path} cannot be read ({error}). Run: assistant index") from error

    def document(self, name: str) -> Document | None:
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
        marks = ",".join("?" * len(rows))
        spans: dict[int, list[Span]] = {}
        for chunk, body in self._rows(f"SELECT chunk, body FROM span WHERE chunk IN ({marks}) ORDER BY row", rows):
            spans.setdefault(int(str(chunk)), []).append(_read_span(str(body)))
        found: dict[int, ChunkRecord] = {}
        for row, identity, first, body in self._rows(f"SELECT row, identity, first_span, body FROM chunk WHERE row IN ({marks})", rows):
            number = int(str(row))
            chunk_ = _read_chunk(str(body), spans.get(number, []))
            found[number] = ChunkRecord(number, str(identity), int(str(first)), chunk_)
        return [found[row] for row in rows]

    def asks_per_span(self) -> list[int]:
        """How many questions each span brings, by row."""
        return [int(str(count)) for (count,) in self._rows("SELECT asks FROM span ORDER BY row")]

    def rows_by_text(self, table: str) -> dict[bytes, int]:
        """Hash of embedded text -> row, for ``chunk``, ``span`` or ``ask``: what need not be encoded again."""
        if table not in ("chunk", "span", "ask"):
            raise ValueError(f"no table {table!r}")
        rows = self._rows(f"SELECT text_hash FROM {table} ORDER BY row")
        return {bytes(digest): row for row, (digest,) in enumerate(rows)}  # type: ignore[call-overload]


def write_catalog(path: Path, documents: Sequence[Document], chunks: Sequence[Chunk]) -> None:
    """Write a new catalogue; rows count up in the order given."""
    db = sqlite3.connect(path)
    with db:
        db.executescript(_SCHEMA)
        db.executemany(
            "INSERT INTO document VALUES (?, ?, ?)",
            ((d.name, d.content_hash, json.dumps(asdict(d), ensure_ascii=False)) for d in documents),
        )
        span_row = 0
        for row, chunk in enumerate(chunks):
            body = asdict(chunk) | {"spans": None}
            digest = text_hash(chunk.embedding_text)
            values = (row, chunk.identity, chunk.document, digest, span_row, len(chunk.spans), json.dumps(body))
            db.execute("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            for span in chunk.spans:
                embedded = text_hash(span_embedding_text(span, chunk.title))
                told = (span_row, row, embedded, len(span.asks), json.dumps(asdict(span)))
                db.execute("INSERT INTO span VALUES (?, ?, ?, ?, ?)", told)
                db.executemany("INSERT INTO ask (text_hash) VALUES (?)", ((text_hash(ask),) for ask in span.asks))
                span_row += 1
    db.close()


def _read_chunk(body: str, spans: list[Span]) -> Chunk:
    raw = json.loads(body)
    return Chunk(**raw | {"section": tuple(raw["section"]), "spans": tuple(spans)})


def _read_span(body: str) -> Span:
    raw = json.loads(body)
    lists = {name: tuple(raw[name]) for name in ("section", "keys", "asks")}
    return Span(**raw | lists | {"kind": SpanKind(raw["kind"])})
