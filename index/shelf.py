"""The documents that people added: kept in the data folder, apart from the corpus that ships with the program.

    <data>/documents/<hash of the name>-<hash of the content>/
        original.<suffix>   the file as it was given
        document.json       what was read from it
        entry.json          what is listed of it

A document's folder appears in one rename, so one that is there is whole. When a document is added again the new folder
comes before the old one goes: whatever dies in between, one of the two is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from index.documents import Document, document_from, plain
from index.errors import CorpusError
from index.loaders import Read, Unreadable


@dataclass(frozen=True, slots=True)
class Entry:
    """What is listed of an added document."""

    name: str
    title: str
    file: str  # the name of the file that was given
    added: str  # ISO 8601, UTC
    size: int  # bytes of the file
    characters: int
    pages: int  # 0 for a file without pages
    content_hash: str
    file_sha256: str


class Shelf:
    """The added documents of one data folder."""

    def __init__(self, data: Path) -> None:
        self.root = data / "documents"

    def entries(self) -> list[Entry]:
        """Every added document, by name."""
        return [entry for entry, _ in self._found().values()]

    def entry(self, name: str) -> Entry | None:
        """The added document of that name, or None."""
        found = self._found().get(name)
        return found[0] if found else None

    def put(self, path: Path, document: Document) -> Entry:
        """Keep a file and the document that was read from it; one of the same name is replaced."""
        raw = path.read_bytes()
        entry = Entry(
            name=document.name,
            title=document.title,
            file=path.name,
            added=datetime.now(UTC).isoformat(timespec="microseconds"),
            size=len(raw),
            characters=len(document.text),
            pages=len(document.pages),
            content_hash=document.content_hash,
            file_sha256=sha256(raw).hexdigest(),
        )
        before = self._found().get(entry.name)
        self.root.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.root))
        try:
            _write(draft / f"original{path.suffix.lower()}", raw)
            _write(draft / "document.json", json.dumps(plain(document), ensure_ascii=False).encode())
            _write(draft / "entry.json", json.dumps(asdict(entry), ensure_ascii=False).encode())
            place = self.root / f"{_short(entry.name)}-{_short(entry.added + entry.content_hash)}"
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # gone already when all went well
        if before:
            shutil.rmtree(before[1])
        return entry

    def take(self, name: str) -> Entry:
        """Remove an added document.

        Raises:
            CorpusError: none of that name was added.
        """
        found = self._found().get(name)
        if found is None:
            raise CorpusError(f"No document {name!r} was added. Run: assistant list")
        shutil.rmtree(found[1])
        return found[0]

    def documents(self, read: Read) -> list[Document | Unreadable]:
        """Every added document; one whose reading was lost is read again from the file that was given.

        Args:
            read: reads a file as the document of a name.
        """
        return [self._document(entry, folder, read) for entry, folder in self._found().values()]

    def broken(self) -> list[Path]:
        """Folders here that hold no whole document."""
        if not self.root.is_dir():
            return []
        whole = {folder for _, folder in self._all()}
        return sorted(f for f in self.root.iterdir() if f.is_dir() and f not in whole and not f.name.startswith("."))

    def _document(self, entry: Entry, folder: Path, read: Read) -> Document | Unreadable:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # of another version, or damaged: read anew
            return document_from(json.loads((folder / "document.json").read_text(encoding="utf-8")))
        for original in folder.glob("original.*"):
            return read(original, entry.name)
        return Unreadable(entry.file, f"the copy in {folder} is damaged: add the file again")

    def _found(self) -> dict[str, tuple[Entry, Path]]:
        """The newest folder of each name, by name."""
        newest: dict[str, tuple[Entry, Path]] = {}
        for entry, folder in sorted(self._all(), key=lambda found: found[0].added):
            newest[entry.name] = (entry, folder)
        return dict(sorted(newest.items()))

    def _all(self) -> list[tuple[Entry, Path]]:
        if not self.root.is_dir():
            return []
        found = []
        for folder in sorted(f for f in self.root.iterdir() if f.is_dir() and not f.name.startswith(".")):
            with contextlib.suppress(OSError, ValueError, TypeError):  # not one of ours: ``broken`` names it
                found.append((Entry(**json.loads((folder / "entry.json").read_text(encoding="utf-8"))), folder))
        return found


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
