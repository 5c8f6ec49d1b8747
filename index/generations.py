"""Where builds live: each in a folder of its own, a pointer file names the live one.

    <data>/index/CURRENT                    the live generation's name, swapped in one rename
    <data>/index/CORPUS                     what the index is of: "bundled", or a folder; outlives any generation
    <data>/index/build.lock                 held by the one process that builds
    <data>/index/generations/<name>/        manifest.json, catalog.sqlite, the vectors, chroma/, words/

A build that dies leaves a folder that nothing points to; the next build sweeps it away. Folders and files that are not
named like a generation are somebody else's and stay where they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import BrokenIndexError, BusyBuildError, MissingIndexError

FORMAT = 6

_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True)
class Manifest:
    """What a generation was made from. Two equal fingerprints answer alike."""

    model: str
    model_sha256: str
    dimension: int
    chunker_version: str
    chromadb_version: str
    corpus: str  # "bundled", or the folder that was indexed
    documents: dict[str, str] = field(default_factory=dict)  # name -> content hash
    added: list[str] = field(default_factory=list)  # names of those among them that people added
    chunks: int = 0
    spans: int = 0
    asks: int = 0
    misses: int = 0
    questions_sha256: str = ""  # of the space that the questions' vectors are in; empty for the model's own
    format: int = FORMAT

    @property
    def vectors(self) -> dict[str, int]:
        """How many texts of each table have a vector, by the names of ``catalog.VECTORS``."""
        return {"chunk": self.chunks, "span": self.spans, "ask": self.asks, "miss": self.misses}

    @cached_property  # asked for with every question, and longer in the making the more documents there are
    def fingerprint(self) -> str:
        """12 hex characters over everything that can change an answer."""
        what = (self.format, self.model_sha256, self.questions_sha256, self.chunker_version, sorted(self.documents.items()))
        return sha256(json.dumps(what).encode()).hexdigest()[:12]


class Generations:
    """The index folder below a data folder."""

    def __init__(self, data: Path) -> None:
        self.root = data / "index"
        self._pointer = self.root / "CURRENT"
        self._folders = self.root / "generations"

    def current(self) -> Path:
        """The live generation's folder.

        Raises:
            MissingIndexError: nothing was built yet.
            BrokenIndexError: the pointer names a folder that is not there.
        """
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            raise MissingIndexError(f"No index in {self.root.parent} yet. Run: assistant index") from None
        except (OSError, UnicodeDecodeError) as error:
            raise BrokenIndexError(f"{self._pointer} cannot be read ({error}). Run: assistant index") from error
        folder = self._folders / name
        if not name or Path(name).name != name or not folder.is_dir():
            raise BrokenIndexError(f"The index in {self.root} points to {name!r}, which is not there. Run: assistant index")
        return folder

    def remember_corpus(self, corpus: str) -> None:
        """Keep what the index is of, so that it can be built anew when a generation cannot be read."""
        draft = self.root / f"CORPUS.{os.getpid()}"
        draft.write_text(corpus, encoding="utf-8")
        draft.replace(self.root / "CORPUS")

    def corpus(self) -> str | None:
        """What the index is of, as kept; None where nothing is."""
        try:
            return (self.root / "CORPUS").read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    @contextlib.contextmanager
    def locked(self, wait: float = 0) -> Iterator[None]:
        """Hold the build lock. Who holds it may take it again, so that reading a corpus and building it can be one thing.

        Args:
            wait: seconds to wait for another build to end.

        Raises:
            BusyBuildError: another process is building.
        """
        self._folders.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.root / "build.lock", is_singleton=True).acquire(timeout=wait):
                yield
        except Timeout:
            raise BusyBuildError(f"Another build of {self.root} is running. Wait for it, then try again.") from None

    @contextlib.contextmanager
    def building(self) -> Iterator[Path]:
        """Hold the build lock and yield an empty folder for a new generation; it is removed unless it went live.

        Raises:
            BusyBuildError: another process is building.
        """
        with self.locked():
            folder = self._folders / f"{time.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}"
            folder.mkdir()
            try:
                yield folder
            finally:
                self._sweep()

    def publish(self, folder: Path) -> None:
        """Make a finished generation the live one, in one rename."""
        draft = self._pointer.with_suffix(f".{os.getpid()}")
        with draft.open("w", encoding="utf-8") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        if self._pointer.is_dir():  # not ours, but in the way: a rename cannot replace a folder by a file
            self._pointer.rename(self._pointer.with_name(f"CURRENT.{secrets.token_hex(3)}"))
        draft.replace(self._pointer)

    def _sweep(self) -> None:
        """Delete what is neither live nor the one before it, which a running page may still be reading."""
        try:
            live = self._pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            live = ""
        ours = [f for f in self._folders.iterdir() if f.is_dir() and _NAME.fullmatch(f.name)]
        complete = sorted(f.name for f in ours if (f / "manifest.json").is_file() and f.name != live)
        keep = {live, *complete[-1:]}
        for folder in ours:
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: the last file of a generation, so that one with a manifest is whole."""
    path = folder / "manifest.json"
    with path.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest.

    Raises:
        BrokenIndexError: missing or not a manifest.
    """
    try:
        return Manifest(**json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BrokenIndexError(f"The manifest in {folder} cannot be read. Run: assistant index") from error
