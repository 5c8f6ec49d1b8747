"""Corpus -> a new generation of the index. What was embedded before is not embedded again."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.catalog import COMPARED, VECTORS, Catalog, ChunkRow, Embedded, chunk_row, write_catalog
from index.chunking import CHUNKER_VERSION, chunk_document
from index.documents import Document
from index.embedding import Encoder, Vectors
from index.errors import IndexingError, UnwritableIndexError
from index.generations import FORMAT, Generations, Manifest, read_manifest, write_manifest
from index.lexical import LexicalIndex
from index.questionspace import QuestionSpace, question_space
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
            return BuildReport(before[1], 0, sum(before[1].vectors.values()), changed=False)
        memory = _Memory(*before) if before and before[1].model_sha256 == encoder.sha256 else _Memory()
        known = memory.cut(wanted.documents)
        chunks: list[ChunkRow] = []
        for document in documents:
            cut = known.get(document.name)
            chunks += cut or map(chunk_row, chunk_document(document, encoder.count_tokens, encoder.window))
        texts = {
            "chunk": [c.embedded for c in chunks],
            "span": [s.embedded for c in chunks for s in c.spans],
            "ask": [ask for c in chunks for s in c.spans for ask in s.asks],
            "miss": [miss for c in chunks for s in c.spans for miss in s.misses],
        }
        todo = sum(memory.missing(table, lines) for table, lines in texts.items())
        tell = _counter(report, todo)
        vectors = {table: memory.vectors(table, lines, encoder, tell) for table, lines in texts.items()}
        memory.close()
        _write(folder, documents, wanted.documents, chunks, vectors, question_space(encoder))
        counts = {table: len(lines) for table, lines in texts.items()}
        manifest = replace(wanted, chunks=counts["chunk"], spans=counts["span"], asks=counts["ask"], misses=counts["miss"])
        write_manifest(folder, manifest)
        generations.publish(folder)
    return BuildReport(manifest, todo, sum(counts.values()) - todo, changed=True)


def _write(
    folder: Path,
    documents: Sequence[Document],
    hashes: Mapping[str, str],
    chunks: Sequence[ChunkRow],
    vectors: dict[str, Vectors],
    space: QuestionSpace,
) -> None:
    try:
        with ThreadPoolExecutor(1) as beside:  # ChromaDB's half of the work is not done in Python
            storing = beside.submit(VectorStore.create, folder / "chroma", vectors["chunk"])
            write_catalog(folder / "catalog.sqlite", documents, hashes, chunks)
            for table, rows in vectors.items():
                np.save(folder / VECTORS[table], rows)
            for table, name in COMPARED.items():
                np.save(folder / name, space.of_all(vectors[table]))
            LexicalIndex.build([c.words for c in chunks], [c.asked for c in chunks]).save(folder / "words")
            storing.result()
    except (OSError, sqlite3.Error) as error:
        told = f"The index cannot be written to {folder.parent} ({error}); the one from before stays."
        raise UnwritableIndexError(f"{told} Check its free space and rights, then run: assistant index") from error


def _same(before: Manifest, wanted: Manifest) -> bool:
    return (before.fingerprint, before.corpus, before.added) == (wanted.fingerprint, wanted.corpus, wanted.added)


def _manifest(documents: Sequence[Document], encoder: Encoder, corpus: str, added: Sequence[str]) -> Manifest:
    return Manifest(
        model=encoder.name,
        model_sha256=encoder.sha256,
        dimension=encoder.dimension,
        questions_sha256=question_space(encoder).sha256,
        chunker_version=CHUNKER_VERSION,
        chromadb_version=chroma_version(),
        corpus=corpus,
        documents={d.name: d.content_hash for d in documents},
        added=list(added),
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
    """What the generation before knows: how its documents were cut, and the vector of each text by the text's hash."""

    def __init__(self, folder: Path | None = None, manifest: Manifest | None = None) -> None:
        self._rows: dict[str, dict[bytes, int]] = {table: {} for table in VECTORS}
        self._arrays: dict[str, Vectors] = {}
        self._catalog: Catalog | None = None
        self._cut_alike = manifest is not None and (manifest.format, manifest.chunker_version) == (FORMAT, CHUNKER_VERSION)
        if folder is None:
            return
        with contextlib.suppress(IndexingError):  # unreadable: everything is made anew
            self._catalog = Catalog(folder / "catalog.sqlite")
            for table in self._rows:
                self._remember(self._catalog, table, folder / VECTORS[table])

    def _remember(self, catalog: Catalog, table: str, path: Path) -> None:
        with contextlib.suppress(IndexingError, OSError, ValueError, EOFError):  # unreadable: these texts are embedded anew
            vectors = np.load(path, mmap_mode="r")
            rows = catalog.rows_by_text(table)
            self._arrays[table], self._rows[table] = vectors, {h: row for h, row in rows.items() if row < len(vectors)}

    def cut(self, hashes: Mapping[str, str]) -> dict[str, list[ChunkRow]]:
        """The chunks of those documents that are as they were, by name, where all their vectors are known.

        Args:
            hashes: content hashes of the documents as they are now, by name.
        """
        if self._catalog is None or not self._cut_alike:
            return {}
        try:
            before = self._catalog.content_hashes()
            kept = self._catalog.rows_of({name for name, digest in hashes.items() if before.get(name) == digest})
        except (IndexingError, ValueError, KeyError, TypeError):
            return {}  # damaged: they are cut again
        return {name: rows for name, rows in kept.items() if all(map(self._whole, rows))}

    def _whole(self, chunk: ChunkRow) -> bool:
        chunks, spans, asks, misses = (self._rows[table] for table in VECTORS)
        return chunk.embedded.digest in chunks and all(
            span.embedded.digest in spans
            and all(ask.digest in asks for ask in span.asks)
            and all(miss.digest in misses for miss in span.misses)
            for span in chunk.spans
        )

    def missing(self, table: str, texts: Sequence[Embedded]) -> int:
        """How many different texts have no vector yet."""
        return len({text.digest for text in texts} - self._rows[table].keys())

    def vectors(self, table: str, texts: Sequence[Embedded], encoder: Encoder, tell: Callable[[int], None]) -> Vectors:
        """A vector for each text: the one that is known, or a new one."""
        known = self._rows[table]
        result = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
        old = [row for row, text in enumerate(texts) if text.digest in known]
        if old:
            result[old] = self._arrays[table][[known[texts[row].digest] for row in old]]
        fresh: dict[bytes, list[int]] = {}
        for row, text in enumerate(texts):
            if text.digest not in known:
                fresh.setdefault(text.digest, []).append(row)
        groups = list(fresh.values())
        for first in range(0, len(groups), _SLICE):
            part = groups[first : first + _SLICE]
            for rows, vector in zip(part, encoder.encode([texts[rows[0]].text for rows in part], tell), strict=True):
                result[rows] = vector
        return result

    def close(self) -> None:
        """Let go of the files, so that the old generation can be deleted."""
        self._arrays.clear()
        if self._catalog:
            self._catalog.close()
