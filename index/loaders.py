"""Files -> documents. A file that cannot be read is reported with its reason, never skipped in silence."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from index.documents import Asked, Document, KeyMark, Limit, Source, Standing
from index.errors import CorpusError

MARKDOWN = {".md", ".markdown"}
TEXT = {".txt", ".text"}
ASKS = ".asks.jsonl"  # beside a guide: the questions that its spans answer
MAX_BYTES = 20_000_000  # one file; a guide is about 20 kB, a long book about 2 MB

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_KEYS = r"\[([a-z0-9][a-z0-9-]*(?:, *[a-z0-9][a-z0-9-]*)*)\](?!\()"
_KEY_LINE = re.compile(rf"\s*\n[ \t]*{_KEYS}[ \t]*(?=\n|\Z)")
_KEY_INLINE = re.compile(rf"[ \t]*{_KEYS}")


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


def bundled_corpus() -> Path:
    """The folder of the guides that ship inside the package."""
    with importlib.resources.as_file(importlib.resources.files("corpus") / "guides") as folder:
        return folder


def load_folder(folder: Path) -> Loaded:
    """Read every document below ``folder``.

    A folder with ``corpus.jsonl`` is read line by line (``id``, ``title``, ``text``), each line one document named by its
    ``id``. Otherwise Markdown and text files are read, in the order of their paths.

    Raises:
        CorpusError: no such folder, nothing readable in it, or two documents of one name.
    """
    if not folder.is_dir():
        raise CorpusError(f"No folder {folder}. Name a folder that holds .md or .txt files, or corpus.jsonl.")
    lines = folder / "corpus.jsonl"
    results = list(_load_jsonl(lines) if lines.is_file() else _load_files(folder))
    documents = tuple(r for r in results if isinstance(r, Document))
    unreadable = tuple(r for r in results if isinstance(r, Unreadable))
    if not documents:
        why = f" {unreadable[0].path}: {unreadable[0].reason}" if unreadable else ""
        raise CorpusError(f"Nothing to index in {folder}.{why} Put .md or .txt files, or corpus.jsonl, there.")
    seen: set[str] = set()
    for document in documents:
        if document.name in seen:
            raise CorpusError(f"Two documents are named {document.name!r} in {folder}. Rename one of them.")
        seen.add(document.name)
    return Loaded(documents, unreadable)


def load_file(path: Path, name: str) -> Document | Unreadable:
    """Read one Markdown or text file as the document ``name``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Unreadable(str(path), f"larger than {MAX_BYTES // 1_000_000} MB")
        raw = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return Unreadable(str(path), "not UTF-8 text")
    except OSError as error:
        return Unreadable(str(path), error.strerror or str(error))
    raw = _normalise(raw)
    if not raw.strip():
        return Unreadable(str(path), "empty")
    try:
        document = parse_markdown(raw, name) if path.suffix.lower() in MARKDOWN else _plain(raw, name, path.stem)
        return replace(document, asked=_asked(path.with_suffix(ASKS), document.text))
    except CorpusError as error:
        return Unreadable(str(path), str(error))


def parse_markdown(raw: str, name: str) -> Document:
    """Markdown with or without front matter -> document.

    Source keys are taken out only where front matter declares sources; elsewhere brackets are the author's own text.

    Raises:
        CorpusError: front matter that is not a mapping, a source without a key, or a key that is not declared.
    """
    match = _FRONT_MATTER.match(raw)
    meta = _front_matter(match.group(1)) if match else {}
    body = raw[match.end() :] if match else raw
    sources = tuple(_source(entry) for entry in meta.get("sources") or ())
    text, marks = _take_keys_out(body.strip("\n") + "\n", {s.key for s in sources}) if sources else (body, ())
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return Document(
        name=str(meta.get("slug") or name),
        title=str(meta.get("title") or (heading.group(1).strip() if heading else name)),
        text=text,
        markdown=True,
        summary=str(meta.get("summary") or ""),
        as_of=_optional(meta.get("as_of")),
        review_by=_optional(meta.get("review_by")),
        sources=sources,
        marks=marks,
        limits=tuple(_limit(entry) for entry in meta.get("limits") or ()),
    )


def _asked(path: Path, text: str) -> tuple[Asked, ...]:
    """Read the questions beside a guide: JSON lines of ``{"quote": exact text of a span, "asks": [question, ...]}``."""
    if not path.is_file():
        return ()
    found: list[Asked] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(Asked(text.index(row["quote"]), tuple(row["asks"])))
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path.name}:{number}: no such quote in the guide, or not a quote with its asks") from error
    return tuple(found)


def _load_files(folder: Path) -> Iterator[Document | Unreadable]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or path.name.endswith(ASKS):
            continue
        if path.suffix.lower() not in MARKDOWN | TEXT:
            yield Unreadable(str(path), f"{path.suffix or 'no suffix'} is not a kind of file that can be read yet")
            continue
        yield load_file(path, relative.with_suffix("").as_posix())


def _load_jsonl(path: Path) -> Iterator[Document | Unreadable]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                yield Unreadable(where, f"not JSON ({error.msg})")
                continue
            # BEIR's own files name the field _id
            name = row.get("id", row.get("_id")) if isinstance(row, dict) else None
            if name is None or not isinstance(row.get("text"), str):
                yield Unreadable(where, 'needs "id", "title" and "text"')
                continue
            if not row["text"].strip():
                yield Unreadable(where, "empty")
                continue
            title = str(row.get("title") or "").strip()
            yield Document(name=str(name), title=title, text=_normalise(row["text"]))


def _plain(raw: str, name: str, stem: str) -> Document:
    return Document(name=name, title=stem.replace("_", " ").replace("-", " "), text=raw)


def _normalise(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _front_matter(block: str) -> dict[str, Any]:
    try:
        meta = yaml.safe_load(block)
    except yaml.YAMLError as error:
        raise CorpusError(f"front matter is not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(meta, dict):
        raise CorpusError("front matter is not a list of 'name: value' lines")
    return meta


def _limit(entry: Any) -> Limit:
    if not isinstance(entry, dict) or entry.get("about") not in ("all", "pay") or not entry.get("text"):
        raise CorpusError(f"a limit needs 'about' (all or pay) and 'text': {entry!r}")
    return Limit(entry["about"], str(entry["text"]))


def _source(entry: Any) -> Source:
    if not isinstance(entry, dict) or not entry.get("key"):
        raise CorpusError(f"a source without a key: {entry!r}")
    try:
        standing = Standing(str(entry.get("standing", Standing.PRIMARY)))
    except ValueError:
        raise CorpusError(f"source {entry['key']!r}: standing is {entry['standing']!r}, not primary, secondary or own") from None
    return Source(
        key=str(entry["key"]),
        publisher=str(entry.get("publisher") or ""),
        title=str(entry.get("title") or ""),
        date=_optional(entry.get("date")),
        url=_optional(entry.get("url")),
        standing=standing,
    )


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _take_keys_out(body: str, declared: set[str]) -> tuple[str, tuple[KeyMark, ...]]:
    """Remove ``[key, key]`` groups; where each stood becomes a mark on the remaining text."""
    kept: list[str] = []
    marks: list[KeyMark] = []
    position = length = 0
    groups = sorted(
        [(m.start(), m.end(), m.group(1), True) for m in _KEY_LINE.finditer(body)]
        + [(m.start(), m.end(), m.group(1), False) for m in _KEY_INLINE.finditer(body)]
    )
    for start, end, group, whole_block in groups:
        if start < position:  # the same group, seen by the other pattern
            continue
        keys = tuple(key.strip() for key in group.split(","))
        unknown = [key for key in keys if key not in declared]
        if unknown:
            raise CorpusError(f"source key {unknown[0]!r} is not declared in the front matter")
        kept.append(body[position:start])
        length += start - position
        marks.append(KeyMark(length, keys, whole_block))
        position = end
    kept.append(body[position:])
    return "".join(kept), tuple(marks)
