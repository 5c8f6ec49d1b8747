"""Corpus -> a new generation of the index. What was embedded before is not embedded again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.catalog import Catalog, text_hash, write_catalog
from index.chunking import CHUNKER_VERSION, chunk_document
from index.documents import Chunk, Document, span_embedding_text
from index.embedding import Encoder, Vectors
from index.errors import IndexingError, UnwritableIndexError
from index.generations import Generations, Manifest, read_manifest, write_manifest
from index.lexical import LexicalIndex
from index.reader import IndexReader
from index.store import VectorStore, chroma_version

Report = Callable[[int, int], None]  # texts encoded so far, texts to encode

_SLICE = 2_048  # texts between two reports of progress


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    manifest: Manifest
    encoded: int  # texts that went through the model
    reused: int  # texts whose vector an earlier generation had
    changed: bool  # False: the live generation already was this corpus


def build_index(
    documents: Sequence[Document],
    data: Path,
    encoder: Encoder,
    corpus: str,
    report: Report | None = None,
    added: Sequence[str] = (),
) -> BuildReport:
    """Index documents into ``data`` and make the result live in one step.

    Args:
        corpus: ``"bundled"`` or the folder that the documents came from; kept in the manifest.
        added: names of those documents that people added to the corpus.

    Raises:
        BusyBuildError: another process is building this index.
    """
    generations = Generations(data)
    wanted = _manifest(documents, encoder, corpus, added)
    with generations.building() as folder:
        before = _live(generations)
        if before and _same(before[1], wanted) and _opens(before[0], encoder):
            shutil.rmtree(folder)
            return BuildReport(before[1], 0, before[1].chunks + before[1].spans + before[1].asks, changed=False)
        chunks = [c for d in documents for c in chunk_document(d, encoder.count_tokens, encoder.window)]
        reusable = before if before and before[1].model_sha256 == encoder.sha256 else None
        texts = {
            "chunk": [c.embedding_text for c in chunks],
            "span": [span_embedding_text(s, c.title) for c in chunks for s in c.spans],
            "ask": [ask for c in chunks for s in c.spans for ask in s.asks],
        }
        memory = _Memory(reusable[0] if reusable else None)
        todo = sum(memory.missing(table, lines) for table, lines in texts.items())
        tell = _counter(report, todo)
        vectors = {table: memory.vectors(table, lines, encoder, tell) for table, lines in texts.items()}
        memory.close()
        _write(folder, documents, chunks, vectors)
        manifest = _manifest(documents, encoder, corpus, added, {table: len(lines) for table, lines in texts.items()})
        write_manifest(folder, manifest)
        generations.publish(folder)
    return BuildReport(manifest, todo, sum(map(len, texts.values())) - todo, changed=True)


def _write(folder: Path, documents: Sequence[Document], chunks: Sequence[Chunk], vectors: dict[str, Vectors]) -> None:
    try:
        write_catalog(folder / "catalog.sqlite", documents, chunks)
        for table, rows in vectors.items():
            np.save(folder / f"{table}s.npy", rows)
        LexicalIndex.build(c.words_text for c in chunks).save(folder / "words")
        VectorStore.create(folder / "chroma", vectors["chunk"])
    except (OSError, sqlite3.Error) as error:
        told = f"The index cannot be written to {folder.parent} ({error}); the one from before stays."
        raise UnwritableIndexError(f"{told} Check its free space and rights, then run: assistant index") from error


def _same(before: Manifest, wanted: Manifest) -> bool:
    return (before.fingerprint, before.corpus, before.added) == (wanted.fingerprint, wanted.corpus, wanted.added)


def _manifest(
    documents: Sequence[Document], encoder: Encoder, corpus: str, added: Sequence[str], counts: dict[str, int] | None = None
) -> Manifest:
    counts = counts or {}
    return Manifest(
        model=encoder.name,
        model_sha256=encoder.sha256,
        dimension=encoder.dimension,
        chunker_version=CHUNKER_VERSION,
        chromadb_version=chroma_version(),
        corpus=corpus,
        documents={d.name: d.content_hash for d in documents},
        added=list(added),
        chunks=counts.get("chunk", 0),
        spans=counts.get("span", 0),
        asks=counts.get("ask", 0),
    )


def _live(generations: Generations) -> tuple[Path, Manifest] | None:
    try:
        folder = generations.current()
        return folder, read_manifest(folder)
    except IndexingError:
        return None  # missing or broken: there is nothing to build on, and this build replaces it


def _opens(folder: Path, encoder: Encoder) -> bool:
    try:
        IndexReader(folder, encoder)
    except IndexingError:
        return False  # unchanged on paper, broken on disk: build it again
    return True


def _counter(report: Report | None, todo: int) -> Callable[[int], None]:
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if report:
            report(done, todo)

    return tell


class _Memory:
    """Vectors of the generation before, by the hash of the text that was embedded."""

    def __init__(self, folder: Path | None) -> None:
        self._rows: dict[str, dict[bytes, int]] = {"chunk": {}, "span": {}, "ask": {}}
        self._arrays: dict[str, Vectors] = {}
        if folder is None:
            return
        for table in self._rows:
            try:
                catalog = Catalog(folder / "catalog.sqlite")
                vectors = np.load(folder / f"{table}s.npy", mmap_mode="r")
                rows = catalog.rows_by_text(table)
                catalog.close()
            except (IndexingError, OSError, ValueError, EOFError):
                continue  # unreadable: these texts are embedded anew
            self._arrays[table], self._rows[table] = vectors, {h: row for h, row in rows.items() if row < len(vectors)}

    def missing(self, table: str, texts: Sequence[str]) -> int:
        return len({text_hash(t) for t in texts} - self._rows[table].keys())

    def vectors(self, table: str, texts: Sequence[str], encoder: Encoder, tell: Callable[[int], None]) -> Vectors:
        known = self._rows[table]
        hashes = [text_hash(t) for t in texts]
        result = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
        fresh: dict[bytes, list[int]] = {}
        for row, digest in enumerate(hashes):
            if digest in known:
                result[row] = self._arrays[table][known[digest]]
            else:
                fresh.setdefault(digest, []).append(row)
        groups = list(fresh.values())
        for first in range(0, len(groups), _SLICE):
            part = groups[first : first + _SLICE]
            for rows, vector in zip(part, encoder.encode([texts[rows[0]] for rows in part], tell), strict=True):
                result[rows] = vector
        return result

    def close(self) -> None:
        self._arrays.clear()  # lets go of the mapped files, so that the old generation can be deleted
