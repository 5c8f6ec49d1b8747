"""Adding documents to a data folder and taking them out again: one piece of logic for terminal and page."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.building import BUNDLED, Built, build_corpus, corpus_of, gone
from assistant.errors import InputError
from assistant.settings import Settings
from assistant.terminal import say_on_stderr
from index.documents import Document
from index.embedding import load_encoder
from index.errors import BusyBuildError
from index.generations import Generations, read_manifest
from index.loaders import bundled_corpus, load_folder
from index.sandbox import FileReader
from index.shelf import Entry, Shelf

Progress = Callable[[int, int], None]  # texts encoded so far, texts to encode

_CHANGING = threading.Lock()  # one change at a time in this process; builds of other processes are kept apart by their own lock


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was added; as text, what the person is told."""

    entry: Entry
    replaced: bool

    def __str__(self) -> str:
        pages = f"{self.entry.pages} pages, " if self.entry.pages else ""
        return f"{'Replaced' if self.replaced else 'Added'} {self.entry.name} ({pages}{self.entry.characters:,} characters)."


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not added, and why; as text, what the person is told."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"Not added: {self.file}: {self.reason}."


Say = Callable[[Kept | Refused], None]


@dataclass(frozen=True, slots=True)
class Added:
    """What came of files: those that are in, those refused, and the build that followed (None when nothing went in)."""

    kept: tuple[Kept, ...]
    refused: tuple[Refused, ...]
    built: Built | None


def uploads_allowed(settings: Settings) -> bool:
    """Whether the page takes documents: as set, or by itself only where the page can be reached from this machine alone."""
    return is_loopback(settings.host) if settings.uploads == "auto" else settings.uploads == "on"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a page bound to ``host``."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:  # another name: it may be anybody's
        return False
    return address.is_loopback


def add_files(settings: Settings, files: Sequence[tuple[Path, str]], say: Say, progress: Progress | None = None) -> Added:
    """Copy files into the data folder and index them. A file that is refused stops no other.

    Args:
        files: each with the name that its document gets.
        say: told of each file as it is added or refused.

    Raises:
        BusyBuildError: another change is going on.
        InputError: the folder that the index is of is gone.
    """
    with _alone():
        folder = corpus_folder(settings.data_dir)
        taken, shelf = _corpus_names(settings.data_dir, folder), Shelf(settings.data_dir)
        kept: dict[str, tuple[Path, Kept]] = {}  # name -> file, what became of it
        refused: list[Refused] = []
        with FileReader() as read:
            for path, name in files:
                document = _addable(path, name, taken, read)
                if not isinstance(document, str):
                    just_added = kept[document.name][0] if document.name in kept else None
                    document = _fresh(document, path, shelf.entry(document.name), just_added)
                if isinstance(document, str):
                    refused.append(Refused(str(path), document))
                    say(refused[-1])
                    continue
                replaced = shelf.entry(document.name) is not None
                kept[document.name] = (path, Kept(shelf.put(path, document), replaced))
                say(kept[document.name][1])
        built = build(settings, folder, progress) if kept else None
    return Added(tuple(done for _, done in kept.values()), tuple(refused), built)


def remove_documents(settings: Settings, names: Sequence[str], progress: Progress | None = None) -> Built:
    """Remove added documents, all of them or none.

    Raises:
        BusyBuildError: another change is going on.
        InputError: a name that was not added, or the folder that the index is of is gone; nothing was removed.
    """
    with _alone():
        shelf = Shelf(settings.data_dir)
        known = {entry.name for entry in shelf.entries()}
        for name in names:
            if name not in known:
                raise InputError(f"No document {name!r} was added, so nothing was removed. Run: assistant list")
        folder = corpus_folder(settings.data_dir)  # before anything is removed: without it there is no index to build
        for name in dict.fromkeys(names):
            shelf.take(name)
        return build(settings, folder, progress)


def build(settings: Settings, folder: Path | None, progress: Progress | None = None) -> Built:
    """Index a folder (None: the bundled guides) with what was added."""
    encoder = load_encoder(settings.embedding_model, settings.models_dir, say_on_stderr)
    return build_corpus(folder, settings.data_dir, encoder, progress)


def corpus_folder(data: Path) -> Path | None:
    """The folder that the live index was made from, None for the bundled guides.

    Raises:
        InputError: that folder is gone.
    """
    corpus = corpus_of(data)
    if gone(corpus):
        raise InputError(f"The index was made from {corpus}, which is gone. Run: assistant index --corpus DIR (added documents are kept)")
    return None if corpus == BUNDLED else Path(corpus)


def live_names(data: Path) -> list[str]:
    """Names of the corpus' own documents in the live index."""
    manifest = read_manifest(Generations(data).current())
    return [name for name in manifest.documents if name not in manifest.added]


@contextmanager
def _alone() -> Iterator[None]:
    if not _CHANGING.acquire(blocking=False):
        raise BusyBuildError("Documents are being added or removed right now. Wait until that is done, then try again.")
    try:
        yield
    finally:
        _CHANGING.release()


def _corpus_names(data: Path, folder: Path | None) -> set[str]:
    """Names that added documents must not take."""
    return {d.name for d in load_folder(bundled_corpus()).documents} if folder is None else set(live_names(data))


def _addable(path: Path, name: str, taken: set[str], read: FileReader) -> Document | str:
    """The document of a file, or why it cannot be added."""
    document = read(path, name)
    if not isinstance(document, Document):
        return document.reason
    if document.name in taken:
        return f"{document.name!r} is the name of a document of the corpus; rename the file, or its slug"
    return document


def _fresh(document: Document, path: Path, before: Entry | None, just_added: Path | None) -> Document | str:
    """The document, or why another one of its name stands in its way: only the same file may replace what it was."""
    if just_added is not None:
        return f"{document.name!r} is the name of {just_added.name} too; rename one of them"
    if before is not None and before.file != path.name:
        return f"{document.name!r} was added from {before.file}; remove that first, or rename this file, or its slug"
    return document
