"""Corpus -> a new generation of the index. What was embedded before is not embedded again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.catalog import Catalog, text_hash, write_catalog
from index.chunking import CHUNKER_VERSION, chunk_document
from index.documents import Chunk, Document, span_embedding_text
from index.embedding import Encoder, Vectors
from index.errors import IndexingError
from index.generations import Generations, Manifest, read_manifest, write_manifest
from index.lexical import LexicalIndex
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
    documents: Sequence[Document], data: Path, encoder: Encoder, corpus: str, report: Report | None = None
) -> BuildReport:
    """Index documents into ``data`` and make the result live in one step.

    Args:
        corpus: ``"bundled"`` or the folder that the documents came from; kept in the manifest.

    Raises:
        BuildBusy: another process is building this index.
    """
    generations = Generations(data)
    wanted = _manifest(documents, encoder, corpus)
    with generations.building() as folder:
        before = _live(generations)
        if before and (before[1].fingerprint, before[1].corpus) == (wanted.fingerprint, corpus) and _opens(*before):
            shutil.rmtree(folder)
            return BuildReport(before[1], 0, before[1].chunks + before[1].spans, changed=False)
        chunks = [c for d in documents for c in chunk_document(d, encoder.count_tokens, encoder.window)]
        chunk_texts = [c.embedding_text for c in chunks]
        span_texts = [span_embedding_text(s, c.title) for c in chunks for s in c.spans]
        reusable = before if before and before[1].model_sha256 == encoder.sha256 else None
        memory = _Memory(reusable[0] if reusable else None)
        todo = memory.missing("chunk", chunk_texts) + memory.missing("span", span_texts)
        tell = _counter(report, todo)
        chunk_vectors = memory.vectors("chunk", chunk_texts, encoder, tell)
        span_vectors = memory.vectors("span", span_texts, encoder, tell)
        memory.close()
        _write(folder, documents, chunks, chunk_vectors, span_vectors)
        manifest = _manifest(documents, encoder, corpus, len(chunks), len(span_texts))
        write_manifest(folder, manifest)
        generations.publish(folder)
    return BuildReport(manifest, todo, len(chunk_texts) + len(span_texts) - todo, changed=True)


def _write(folder: Path, documents: Sequence[Document], chunks: Sequence[Chunk], by_chunk: Vectors, by_span: Vectors) -> None:
    write_catalog(folder / "catalog.sqlite", documents, chunks)
    np.save(folder / "chunks.npy", by_chunk)
    np.save(folder / "spans.npy", by_span)
    LexicalIndex.build(c.embedding_text for c in chunks).save(folder / "words")
    VectorStore.create(folder / "chroma", by_chunk)


def _manifest(documents: Sequence[Document], encoder: Encoder, corpus: str, chunks: int = 0, spans: int = 0) -> Manifest:
    return Manifest(
        model=encoder.name,
        model_sha256=encoder.sha256,
        dimension=encoder.dimension,
        chunker_version=CHUNKER_VERSION,
        chromadb_version=chroma_version(),
        corpus=corpus,
        documents={d.name: d.content_hash for d in documents},
        chunks=chunks,
        spans=spans,
    )


def _live(generations: Generations) -> tuple[Path, Manifest] | None:
    try:
        folder = generations.current()
        return folder, read_manifest(folder)
    except IndexingError:
        return None  # missing or broken: there is nothing to build on, and this build replaces it


def _opens(folder: Path, manifest: Manifest) -> bool:
    try:
        Catalog(folder / "catalog.sqlite").close()
        LexicalIndex.load(folder / "words")
        VectorStore.open(folder / "chroma", manifest.chunks)
    except IndexingError:
        return False  # unchanged on paper, broken on disk: build it again
    return (folder / "chunks.npy").is_file() and (folder / "spans.npy").is_file()


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
        self._rows: dict[str, dict[bytes, int]] = {"chunk": {}, "span": {}}
        self._arrays: dict[str, Vectors] = {}
        if folder is None:
            return
        try:
            catalog = Catalog(folder / "catalog.sqlite")
            for table in self._rows:
                self._arrays[table] = np.load(folder / f"{table}s.npy", mmap_mode="r")
                self._rows[table] = catalog.rows_by_text(table)
            catalog.close()
        except (IndexingError, OSError, ValueError):
            self._rows = {"chunk": {}, "span": {}}  # unreadable: everything is embedded anew

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
