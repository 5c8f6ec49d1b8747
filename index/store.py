"""The chunk vectors in ChromaDB, embedded in this process. The only module that imports chromadb."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors
from index.errors import BrokenIndexError

COLLECTION = "chunks"
SPACE = "cosine"
_BATCH = 2_000  # Chroma refuses more than about 5,400 rows in one call


def chroma_version() -> str:
    """The installed chromadb's version, for the manifest. Does not import it."""
    return version("chromadb")


class VectorStore:
    """Nearest chunks by cosine. Ids are row numbers in the catalogue."""

    def __init__(self, folder: Path, collection: Any, release: ExitStack) -> None:
        self._folder = folder
        self._collection = collection
        # a page that picks up new generations must not keep the files of all the old ones open
        weakref.finalize(self, release.close)

    @staticmethod
    def create(folder: Path, vectors: Vectors) -> None:
        """Write a new store; vector ``i`` is row ``i``.

        Raises:
            OSError: it cannot be written.
        """
        # a wider graph and search than Chroma's defaults: at these sizes the time is not felt and nothing near is missed
        settings = {"hnsw": {"space": SPACE, "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}}
        try:
            with closing(_client(folder)) as client:
                collection = client.create_collection(COLLECTION, configuration=settings, embedding_function=None)
                for first in range(0, len(vectors), _BATCH):
                    rows = range(first, min(first + _BATCH, len(vectors)))
                    collection.add(ids=[str(row) for row in rows], embeddings=vectors[rows.start : rows.stop])
        except Exception as error:  # as in open()
            raise OSError(f"ChromaDB: {_line(error)}") from error

    @classmethod
    def open(cls, folder: Path, size: int) -> VectorStore:
        """Open what ``create`` wrote.

        Raises:
            BrokenIndexError: missing, unreadable, or not ``size`` rows long.
        """
        # Chroma would make an empty database where there is none, and say nothing
        if not (folder / "chroma.sqlite3").is_file():
            raise BrokenIndexError(f"No vectors in {folder}. Run: assistant index")
        with ExitStack() as opened:
            try:
                place = folder
                if not os.access(folder, os.W_OK):  # Chroma writes when it opens: where it may not, it opens a copy
                    place = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="assistant-")))
                    _copy_files(folder, place)
                client = opened.enter_context(closing(_client(place)))
                collection = client.get_collection(COLLECTION, embedding_function=None)
                found = collection.count()
            except Exception as error:  # chromadb raises its own kinds, sqlite3's, and Rust panics turned exceptions
                raise BrokenIndexError(f"The vectors in {folder} cannot be read ({_line(error)}). Run: assistant index") from error
            if found != size:
                raise BrokenIndexError(f"{folder} holds {found} vectors, the catalogue {size}. Run: assistant index")
            return cls(folder, collection, opened.pop_all())

    def nearest(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        """The ``k`` nearest rows with their cosine similarity, best first."""
        try:
            found = self._collection.query(query_embeddings=[np.asarray(vector, dtype=np.float32)], n_results=k, include=["distances"])
        except Exception as error:  # as in open()
            raise BrokenIndexError(f"The vectors in {self._folder} cannot be searched ({_line(error)}). Run: assistant index") from error
        ids: Sequence[str] = found["ids"][0]
        return [(int(row), 1.0 - float(distance)) for row, distance in zip(ids, found["distances"][0], strict=True)]


def _copy_files(folder: Path, into: Path) -> None:
    """Copy what a folder holds, but not its rights: those are why there has to be a copy."""
    for path in sorted(folder.rglob("*")):
        target = into / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
        else:
            shutil.copyfile(path, target)


def _client(folder: Path) -> Any:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"  # read by chromadb at import; nothing here may call out
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
