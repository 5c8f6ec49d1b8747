"""The field's words explained in place: terms of the glossary guide, found in any text.

The guide named ``glossary`` holds one heading a term, with its other names in brackets; the first sentence below is the
explanation. Where no such guide is indexed nothing is explained.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from index.chunking import document_spans
from index.documents import Document, SpanKind

GLOSSARY = "glossary"  # the document's name

_NAMES = re.compile(r"^(.*?)(?:\s*\((.*)\))?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A term with its explanation."""

    term: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A term that stands in a text, from ``start`` to ``end``."""

    start: int
    end: int
    entry: Entry


class Glossary:
    """Finds terms in texts."""

    def __init__(self, document: Document | None) -> None:
        entries: dict[str, Entry] = {}
        for span in document_spans(document) if document else ():
            heading = span.section[-1] if len(span.section) > 1 else ""
            if heading and span.kind is SpanKind.SENTENCE:
                for name in _names(heading):
                    entries.setdefault(name, Entry(heading, span.text))
        self._entries = entries
        # the longest name first: "total compensation" before "compensation"
        names = "|".join(_pattern(name) for name in sorted(entries, key=len, reverse=True))
        self._find = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])") if names else None

    def mentions(self, text: str) -> list[Mention]:
        """The first mention of every term in a text, in order."""
        if self._find is None:
            return []
        found: dict[str, Mention] = {}
        for match in self._find.finditer(text):
            entry = self._entry(match.group())
            if entry:
                found.setdefault(entry.term, Mention(match.start(), match.end(), entry))
        return list(found.values())

    def _entry(self, name: str) -> Entry | None:
        for spelling in (name, name.lower(), name[:1].upper() + name[1:], name.removesuffix("s"), name.lower().removesuffix("s")):
            for known in (spelling, spelling[:1].upper() + spelling[1:]):
                if known in self._entries:
                    return self._entries[known]
        return None


@lru_cache(maxsize=2)
def _glossary(document: Document | None) -> Glossary:
    return Glossary(document)


def glossary_of(document_of: Callable[[str], Document | None]) -> Glossary:
    """The glossary of an index."""
    return _glossary(document_of(GLOSSARY))


def _names(heading: str) -> list[str]:
    match = _NAMES.match(heading)
    assert match
    return [name.strip() for name in (match[1], *(match[2] or "").split(",")) if name.strip()]


def _pattern(name: str) -> str:
    """A name as it may stand in a text: abbreviations exactly, words in any case of their first letter, either with a plural's s."""
    first = re.escape(name[0])
    if name[0].isalpha() and not (name.isupper() or sum(c.isupper() for c in name) > 1):
        first = f"[{name[0].upper()}{name[0].lower()}]"
    return f"{first}{re.escape(name[1:])}s?"
