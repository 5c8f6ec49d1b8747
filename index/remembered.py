"""Files that were read before need not be read again: to tell, their bytes are hashed, which takes a tenth of the time.

    <data>/index/FILES.json     hash of a file and the name its document gets -> name and content hash of the document

It is believed only where the live index holds that very document. A file that cannot be read is tried again each time.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from index.catalog import Catalog
from index.documents import Document
from index.errors import IndexingError
from index.generations import Generations
from index.loaders import ASKS, LOADER_VERSION, MAX_BYTES, Read, Unreadable


@dataclass
class Remembering:
    """Reads files, those that the live index was made from out of the index. Call it like ``load_file``."""

    read: Read
    generations: Generations
    _seen: dict[str, tuple[str, str]] = field(default_factory=dict)  # of this time
    _before: dict[str, tuple[str, str]] = field(default_factory=dict)  # of the last time, where the index still holds the document
    _catalog: Catalog | None = None

    def __post_init__(self) -> None:
        with contextlib.suppress(IndexingError, OSError, ValueError, TypeError):  # nothing is remembered: every file is read
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            catalog = Catalog(self.generations.current() / "catalog.sqlite")
            live = catalog.content_hashes()
            self._before = {key: (name, digest) for key, (name, digest) in kept.items() if live.get(name) == digest}
            self._catalog = catalog

    def __call__(self, path: Path, name: str) -> Document | Unreadable:
        """The document ``name`` of a file, or why there is none."""
        key = _key(path, name)
        if key in self._before and (document := self._known(self._before[key][0])):
            self._seen.setdefault(key, self._before[key])
            return document
        read = self.read(path, name)
        if isinstance(read, Document) and key and key == _key(path, name):  # it has not changed meanwhile
            self._seen.setdefault(key, (read.name, read.content_hash))
        return read

    def keep(self) -> None:
        """Write down what was read, for the next time."""
        if self._seen == self._before and self._path.is_file():
            return
        draft = self._path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(self._seen), encoding="utf-8")
        draft.replace(self._path)

    def close(self) -> None:
        """Give the index's file back."""
        if self._catalog:
            self._catalog.close()

    @property
    def _path(self) -> Path:
        return self.generations.root / "FILES.json"

    def _known(self, name: str) -> Document | None:
        assert self._catalog
        try:
            return self._catalog.document(name)
        except (IndexingError, ValueError, KeyError, TypeError):
            return None  # damaged: the file is read


def _key(path: Path, name: str) -> str:
    """What says that a file is the one read before; empty where it cannot be told."""
    digest = sha256(f"{LOADER_VERSION}\n{name}\n".encode())
    try:
        if path.stat().st_size > MAX_BYTES:
            return ""
        digest.update(path.read_bytes())
        asks = path.with_suffix(ASKS)
        if asks.is_file():
            digest.update(b"\x00" + asks.read_bytes())
    except OSError:
        return ""
    return digest.hexdigest()
