"""One generation, opened for questions; and the live one, whichever that is at the moment."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from index.catalog import COMPARED, VECTORS, Catalog
from index.chunking import CHUNKER_VERSION
from index.documents import Document
from index.embedding import Encoder, Vectors
from index.errors import BrokenIndexError, StaleIndexError
from index.generations import FORMAT, Generations, Manifest, read_manifest
from index.lexical import LexicalIndex
from index.questionspace import QuestionSpace, question_space
from index.store import VectorStore


class IndexReader:
    """The catalogue, vectors and words of one generation. Threads may share it."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Open a generation.

        Raises:
            StaleIndexError: another model, chunker or format made it.
            BrokenIndexError: a part of it is missing or does not fit the rest.
        """
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self.questions = question_space(encoder)
        _check(self.manifest, encoder, self.questions)
        self.catalog = Catalog(folder / "catalog.sqlite")
        self.chunk_vectors, self.span_vectors, self.ask_vectors, self.miss_vectors = (
            _array(folder / VECTORS[table], count, self.manifest.dimension) for table, count in self.manifest.vectors.items()
        )
        self.compared_asks, self.compared_misses = (
            _array(folder / name, self.manifest.vectors[table], self.questions.dimension) for table, name in COMPARED.items()
        )
        # spans of chunk i are rows span_rows[i] to span_rows[i + 1]
        self.span_rows = np.cumsum([0, *self.catalog.spans_per_chunk()])
        # questions that span j answers are rows ask_rows[j] to ask_rows[j + 1], those that it misses likewise
        self.ask_rows, self.miss_rows = (np.cumsum([0, *counts]) for counts in self.catalog.questions_per_span())
        self.lexical = LexicalIndex.load(folder / "words")
        self.store = VectorStore.open(folder / "chroma", self.manifest.chunks)
        if self.catalog.counts() != (len(self.manifest.documents), self.manifest.chunks, self.manifest.spans):
            raise BrokenIndexError(f"The catalogue in {folder} is not the one its manifest describes. Run: assistant index")


class LiveIndex:
    """Always the live generation: a build that finishes is picked up by the next question."""

    def __init__(self, data: Path, encoder: Encoder) -> None:
        self._generations = Generations(data)
        self._encoder = encoder
        self._lock = threading.Lock()
        self._reader: IndexReader | None = None

    def reader(self) -> IndexReader:
        """The open live generation.

        Raises:
            MissingIndexError, StaleIndexError, BrokenIndexError: there is none that can be asked.
        """
        folder = self._generations.current()
        with self._lock:
            if self._reader is None or self._reader.folder != folder:
                self._reader = IndexReader(folder, self._encoder)
            return self._reader

    def document(self, name: str) -> Document | None:
        """A document of the live generation, by name."""
        return self.reader().catalog.document(name)


def _check(manifest: Manifest, encoder: Encoder, questions: QuestionSpace) -> None:
    for what, found, wanted in (
        ("index format", manifest.format, FORMAT),
        ("embedding model", manifest.model_sha256[:12], encoder.sha256[:12]),
        ("space of questions", manifest.questions_sha256[:12], questions.sha256[:12]),
        ("chunker version", manifest.chunker_version, CHUNKER_VERSION),
    ):
        if found != wanted:
            raise StaleIndexError(f"The index was built with {what} {found}, this program has {wanted}. Run: assistant index")


def _array(path: Path, rows: int, columns: int) -> Vectors:
    try:
        array: Vectors = np.asarray(np.load(path, mmap_mode="r"))  # still mapped; but numpy's own class for it makes each slice slow
    except (OSError, ValueError, EOFError) as error:
        raise BrokenIndexError(f"{path} cannot be read. Run: assistant index") from error
    if array.shape != (rows, columns):
        raise BrokenIndexError(f"{path} has shape {array.shape}, expected {(rows, columns)}. Run: assistant index")
    return array
