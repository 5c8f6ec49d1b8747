"""Markdown with front matter -> document. Source keys leave the text and stand beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from index.documents import Asked, Document, KeyMark, Limit, Source, Standing
from index.errors import CorpusError

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_KEYS = r"\[([a-z0-9][a-z0-9-]*(?:, *[a-z0-9][a-z0-9-]*)*)\](?!\()"
_KEY_LINE = re.compile(rf"\s*\n[ \t]*{_KEYS}[ \t]*(?=\n|\Z)")
_KEY_INLINE = re.compile(rf"[ \t]*{_KEYS}")
_MAX_FRONT_MATTER = 100_000  # characters; a guide with fifty sources has about 10,000


def parse_markdown(raw: str, name: str) -> Document:
    """Markdown with or without front matter -> document.

    Source keys are taken out only where front matter declares sources; elsewhere brackets are the author's own text.

    Raises:
        CorpusError: front matter that is not a mapping, a source without a key, or a key that is not declared.
    """
    match = _FRONT_MATTER.match(raw)
    meta = _front_matter(match.group(1)) if match else {}
    body = raw[match.end() :] if match else raw
    sources = tuple(_source(entry) for entry in _listed(meta, "sources"))
    text, marks = _take_keys_out(body.strip("\n") + "\n", {s.key for s in sources}) if sources else (body, ())
    return Document(
        name=_word(meta, "slug") or name,
        title=_word(meta, "title") or first_heading(text) or name,
        text=text,
        markdown=True,
        summary=_word(meta, "summary") or "",
        as_of=_word(meta, "as_of"),
        review_by=_word(meta, "review_by"),
        ages=_ages(meta),
        sources=sources,
        marks=marks,
        limits=tuple(_limit(entry) for entry in _listed(meta, "limits")),
    )


def first_heading(text: str) -> str | None:
    """The first heading of the first level, which is a document's title where nothing else gives one."""
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return heading.group(1).strip() if heading else None


def read_asks(path: Path, text: str) -> tuple[Asked, ...]:
    """Read the questions beside a guide: JSON lines of ``{"quote": exact text of a span, "asks": [question, ...]}``.

    A line may have ``misses`` too: questions that come near the span and that nothing in the corpus answers.

    Raises:
        CorpusError: a line whose quote is not in ``text``, or that has another shape.
    """
    if not path.is_file():
        return ()
    found: list[Asked] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(Asked(text.index(row["quote"]), tuple(row["asks"]), tuple(row.get("misses", ()))))
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path.name}:{number}: no such quote in the guide, or not a quote with its asks") from error
    return tuple(found)


def _front_matter(block: str) -> dict[str, Any]:
    if len(block) > _MAX_FRONT_MATTER:
        raise CorpusError(f"front matter of {len(block):,} characters, more than {_MAX_FRONT_MATTER:,}")
    try:
        meta = yaml.safe_load(block)
    except yaml.YAMLError as error:
        raise CorpusError(f"front matter is not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(meta, dict):
        raise CorpusError("front matter is not a list of 'name: value' lines")
    return meta


def _listed(meta: dict[str, Any], name: str) -> list[Any]:
    value = meta.get(name) or []
    if not isinstance(value, list):
        raise CorpusError(f"front matter: {name!r} is not a list")
    return value


def _word(meta: dict[str, Any], name: str) -> str | None:
    """A plain value as text. Nested ones are refused: YAML's aliases make a few lines unfold into gigabytes."""
    value = meta.get(name)
    if isinstance(value, dict | list | set):
        raise CorpusError(f"{name!r} is not a plain value")
    return None if value is None else str(value)


def _ages(meta: dict[str, Any]) -> str:
    value = _word(meta, "ages") or ""
    if value not in ("", "figures", "all"):
        raise CorpusError(f"ages is {value!r}, not figures or all")
    return value


def _limit(entry: Any) -> Limit:
    if not isinstance(entry, dict) or entry.get("about") not in ("all", "pay"):
        raise CorpusError("a limit needs 'about' (all or pay) and 'text'")
    text = _word(entry, "text")
    if not text:
        raise CorpusError("a limit needs 'about' (all or pay) and 'text'")
    return Limit(entry["about"], text)


def _source(entry: Any) -> Source:
    key = _word(entry, "key") if isinstance(entry, dict) else None
    if not key:
        raise CorpusError("a source without a key")
    given = _word(entry, "standing") or str(Standing.PRIMARY)
    try:
        standing = Standing(given)
    except ValueError:
        raise CorpusError(f"source {key!r}: standing is {given!r}, not primary, secondary or own") from None
    return Source(
        key=key,
        publisher=_word(entry, "publisher") or "",
        title=_word(entry, "title") or "",
        date=_word(entry, "date"),
        url=_word(entry, "url"),
        standing=standing,
    )


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
