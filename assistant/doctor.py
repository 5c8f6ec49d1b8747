"""Checks what an assistant stands on, and says what to do about each thing that is wrong. Changes nothing."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from assistant.building import BUNDLED, corpus_of, gone, outdated
from assistant.errors import JournalError
from assistant.settings import Settings
from index.embedding import DEFAULT_MODEL, Encoder, check_weights, default_model_folder, load_encoder
from index.errors import IndexingError
from index.loaders import bundled_corpus, load_folder
from index.reader import LiveIndex
from index.shelf import Shelf

PACKAGE = "ai-pm-assistant"
ROOM = 500_000_000  # bytes: an index of the guides takes 20 million, the exported model 115 million


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it is, and what to do if it is not well."""

    what: str
    fine: bool
    told: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which one thing stands on another."""
    findings = [*_versions(), *_folders(settings)]
    model, encoder = _model(settings)
    findings.append(model)
    if encoder:
        findings.append(_index(settings, encoder))
    return [*findings, *_documents(settings), _journal(settings), _guides()]


def _versions() -> Iterator[Finding]:
    python = sys.version.split()[0]
    yield Finding("Python", sys.version_info >= (3, 11), python, "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer.")
    try:
        needed = [r for r in requires(PACKAGE) or () if "extra ==" not in r]
    except PackageNotFoundError:
        yield Finding("Packages", False, f"{PACKAGE} is not installed", "Run: pip install -c constraints.txt -e .")
        return
    wrong = [told for requirement in needed if (told := _unmet(requirement))]
    told = "; ".join(wrong) or f"{len(needed)} of {len(needed)} as required"
    yield Finding("Packages", not wrong, told, "Run: pip install -c constraints.txt -e ." if wrong else "")


def _unmet(requirement: str) -> str:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        return f"{wanted.name} is missing"
    return "" if wanted.specifier.contains(found, prereleases=True) else f"{wanted.name} is {found}, needs {wanted.specifier}"


def _folders(settings: Settings) -> Iterator[Finding]:
    for what, folder in (("Data folder", settings.data_dir), ("Models folder", settings.models_dir)):
        there = next(p for p in (folder, *folder.resolve().parents) if p.exists())
        free = shutil.disk_usage(there).free
        if not _writable(there):
            yield Finding(what, False, f"{folder} cannot be written", "Change its rights, or set another folder.")
        elif free < ROOM:
            yield Finding(what, False, f"{folder}: {free // 1_000_000} MB free", "Free some space: a build needs about 500 MB.")
        else:
            yield Finding(what, True, f"{folder}, {free // 1_000_000_000} GB free")


def _writable(folder: Path) -> bool:
    """Whether a file can be made there: rights alone do not tell, on a read-only disk or as root."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _model(settings: Settings) -> tuple[Finding, Encoder | None]:
    try:
        if settings.embedding_model == DEFAULT_MODEL:
            check_weights(default_model_folder())
        encoder = load_encoder(settings.embedding_model, settings.models_dir)
    except IndexingError as error:
        said, _, remedy = str(error).rpartition(". ")
        return Finding("Embedding model", False, said, remedy), None
    except OSError as error:
        return Finding("Embedding model", False, str(error), "Check the models folder's rights and space."), None
    return Finding("Embedding model", True, f"{encoder.name}, SHA-256 {encoder.sha256[:12]}…"), encoder


def _index(settings: Settings, encoder: Encoder) -> Finding:
    try:
        reader = LiveIndex(settings.data_dir, encoder).reader()
    except IndexingError as error:
        return Finding("Index", False, str(error).partition(" Run: ")[0], _build_again(settings))
    manifest = reader.manifest
    why = outdated(manifest, settings.data_dir)
    if why:
        return Finding("Index", False, why, _build_again(settings))
    if gone(manifest.corpus):
        return Finding("Index", False, f"made from {manifest.corpus}, which is gone, so it cannot be built again", _build_again(settings))
    told = f"{len(manifest.documents)} documents, {manifest.chunks} chunks, fingerprint {manifest.fingerprint}, from {manifest.corpus}"
    return Finding("Index", True, told)


def _build_again(settings: Settings) -> str:
    """The command that builds this very index again."""
    corpus = corpus_of(settings.data_dir)
    folder = "" if corpus == BUNDLED else f" --corpus {'DIR' if gone(corpus) else shlex.quote(corpus)}"
    return f"Run: assistant index{folder} --data {shlex.quote(str(settings.data_dir))}"


def _documents(settings: Settings) -> Iterator[Finding]:
    shelf = Shelf(settings.data_dir)
    for folder in shelf.broken():
        remedy = "Add the original that lies there again, under its own name; then delete that folder."
        yield Finding("Added documents", False, f"{folder} holds no whole document", remedy)
    for folder in (bundled_corpus(),):
        for file in load_folder(folder).unreadable:
            yield Finding("Guides", False, f"{file.path}: {file.reason}", "Reinstall the package.")
    yield Finding("Added documents", True, f"{len(shelf.entries())} in {shelf.root}")


def _journal(settings: Settings) -> Finding:
    from assistant.journal import Journal
    from assistant.journal_flags import Flags

    hidden = re.sub(r"(?<=://)[^@/]*@", "…@", settings.journal)  # a server's URL may hold a password
    file = settings.data_dir / "journal.sqlite"
    if not settings.journal_url and not file.exists():
        return Finding("Journal", True, f"none yet; the page begins it at {file}")
    try:
        journal = Journal(settings.journal)
        damage = journal.damage()
        tally = Flags(journal).tally()
        journal.close()
    except JournalError as error:
        said, _, remedy = str(error).rpartition(". ")
        return Finding("Journal", False, said or str(error), remedy)
    if damage:
        return Finding("Journal", False, f"{hidden}: {damage}", "Stop the page, copy the file away, and start anew or restore a copy.")
    return Finding("Journal", True, f"{tally.rstrip('.')}; {hidden}")


def _guides() -> Finding:
    today = datetime.now(UTC).strftime("%Y-%m")
    late = [d for d in load_folder(bundled_corpus()).documents if d.review_by and d.review_by < today]
    if late:
        return Finding("Guides", False, f"past their review date: {', '.join(d.name for d in late)}", "Review them, or update the package.")
    return Finding("Guides", True, f"none past its review date in {today}")
