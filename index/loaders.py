"""Files -> documents. A file that cannot be read is reported with its reason, never skipped in silence.

Files of people are read in a child process with limits (``index.sandbox``); the guides that ship with the program, and a
data set's ``corpus.jsonl``, are read here.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from index.documents import Document
from index.errors import CorpusError
from index.markdown import first_heading, parse_markdown, read_asks

MARKDOWN = {".md", ".markdown"}
TEXT = {".txt", ".text"}
HTML = {".html", ".htm", ".xhtml"}
PDF = {".pdf"}
DOCX = {".docx"}
KINDS = "Markdown, text, HTML, PDF or DOCX"
ASKS = ".asks.jsonl"  # beside a guide: the questions that its spans answer, and those that they miss
LOADER_VERSION = "1"  # raise it with every change that makes another document of the same file
MAX_BYTES = 50_000_000  # one file; a guide has about 20 kB, an illustrated report about 10 MB
MAX_TEXT = 5_000_000  # characters of one document: about 2,000 pages

_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP package, such as DOCX"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "rich text (RTF)"),
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that did not become a document, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder held."""

    documents: tuple[Document, ...]
    unreadable: tuple[Unreadable, ...]


Read = Callable[[Path, str], Document | Unreadable]  # a file and the name that its document gets


def bundled_corpus() -> Path:
    """The folder of the guides that ship inside the package."""
    with importlib.resources.as_file(importlib.resources.files("corpus") / "guides") as folder:
        return folder


def load_folder(folder: Path, read: Read | None = None) -> Loaded:
    """Read every document below ``folder``.

    A folder with ``corpus.jsonl`` is read line by line (``id``, ``title``, ``text``), each line one document named by its
    ``id``. Otherwise Markdown, text, HTML, PDF and DOCX files are read, in the order of their paths.

    Args:
        read: reads one file; default: ``load_file``, in this process and without limits.

    Raises:
        CorpusError: no such folder, or nothing readable in it.
    """
    if not folder.is_dir():
        raise CorpusError(f"No folder {folder}. Name a folder that holds {KINDS} files, or corpus.jsonl.")
    lines = folder / "corpus.jsonl"
    documents: dict[str, Document] = {}
    unreadable: list[Unreadable] = []
    for where, result in _load_jsonl(lines) if lines.is_file() else _load_files(folder, read or load_file):
        if isinstance(result, Unreadable):
            unreadable.append(result)
        elif result.name in documents:
            unreadable.append(Unreadable(where, f"named {result.name!r} like a document before it: rename one of them"))
        else:
            documents[result.name] = result
    if not documents:
        why = f" {unreadable[0].path}: {unreadable[0].reason}." if unreadable else ""
        raise CorpusError(f"Nothing to index in {folder}.{why} Put {KINDS} files, or corpus.jsonl, there.")
    return Loaded(tuple(documents.values()), tuple(unreadable))


def readable_files(folder: Path) -> list[Path]:
    """Every file below a folder but hidden ones and those that belong to a guide, in the order of their paths."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(place)
        found += [here / name for name in files if not name.startswith(".") and not name.endswith(ASKS)]
    return sorted(path for path in found if path.is_file())


def document_name(path: Path) -> str:
    """What a file's document is called: Markdown and text without their suffix, so that guides have short names."""
    return (path.with_suffix("") if path.suffix.lower() in MARKDOWN | TEXT else path).as_posix()


def load_file(path: Path, name: str) -> Document | Unreadable:
    """Read one file as the document ``name``, in this process and without limits on time and memory."""
    try:
        return _read(path, name)
    except UnicodeDecodeError:
        reason = "not UTF-8 text: save it as UTF-8"
    except OSError as error:
        reason = error.strerror or str(error)
    except CorpusError as error:
        reason = str(error)
    return Unreadable(str(path), reason)


def _read(path: Path, name: str) -> Document:
    kind = path.suffix.lower()
    if kind not in MARKDOWN | TEXT | HTML | PDF | DOCX:
        what = f"{kind} is not a kind of file that can be read" if kind else "a name without a suffix, so its kind is not known"
        raise CorpusError(f"{what}: {KINDS}")
    if path.stat().st_size > MAX_BYTES:
        raise CorpusError(f"larger than {MAX_BYTES // 1_000_000} MB")
    raw = path.read_bytes()
    if not raw.strip():
        raise CorpusError("empty")
    _check_kind(kind, raw)
    document = _parse(path, kind, raw, name)
    if not re.search(r"\w", document.text):
        raise CorpusError("no words in it")
    if len(document.text) > MAX_TEXT:
        raise CorpusError(f"{len(document.text):,} characters of text, more than {MAX_TEXT:,}: cut it into parts")
    return document


def _parse(path: Path, kind: str, raw: bytes, name: str) -> Document:
    if kind in PDF:
        from index.pdf import read_pdf

        pdf = read_pdf(raw)
        return Document(name, pdf.title or _title(path), pdf.text, markdown=True, pages=pdf.pages)
    if kind in HTML | DOCX:
        from index.markup import read_docx, read_html

        said = read_docx(raw) if kind in DOCX else read_html(raw)
        title = said.title or first_heading(said.text) or _title(path)
        return Document(name, title, _normalise(said.text) + "\n", markdown=True)
    text = _normalise(raw.decode("utf-8-sig"))
    if kind in TEXT:
        return Document(name, _title(path), text)
    document = parse_markdown(text, name)
    return replace(document, asked=read_asks(path.with_suffix(ASKS), document.text))


def _check_kind(kind: str, raw: bytes) -> None:
    """Whether the bytes can be what the name says.

    Raises:
        CorpusError: they are something else.
    """
    seen = next((what for magic, what in _MAGIC if raw.startswith(magic)), None)
    if kind in PDF:
        if b"%PDF-" not in raw[:1024]:
            raise CorpusError(f"named .pdf but is {seen or 'no PDF'}")
    elif kind not in DOCX:
        if seen:
            raise CorpusError(f"named {kind} but is {seen}")
        if b"\x00" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise CorpusError("binary, not text")


def _load_files(folder: Path, read: Read) -> Iterator[tuple[str, Document | Unreadable]]:
    for path in readable_files(folder):
        yield str(path), read(path, document_name(path.relative_to(folder)))


def _load_jsonl(path: Path) -> Iterator[tuple[str, Document | Unreadable]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                where = f"{path}:{number}"
                yield where, _line_document(line, where)


def _line_document(line: str, where: str) -> Document | Unreadable:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return Unreadable(where, f"not JSON ({error.msg})")
    # BEIR's own files name the field _id
    name = row.get("id", row.get("_id")) if isinstance(row, dict) else None
    if name is None or not isinstance(row.get("text"), str):
        return Unreadable(where, 'needs "id", "title" and "text"')
    if not row["text"].strip():
        return Unreadable(where, "empty")
    return Document(name=str(name), title=str(row.get("title") or "").strip(), text=_normalise(row["text"]))


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ")


def _normalise(raw: str) -> str:
    raw = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return re.sub(r"[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", raw)
