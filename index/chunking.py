"""Document -> chunks (what is retrieved) and spans (what is quoted).

Blocks come from markdown-it-py for Markdown and from blank lines for plain text, sentences from sentencex. A chunk is a
run of neighbouring blocks under one heading that fits the embedding model's window together with its headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import sentencex
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.documents import Asked, Chunk, Document, Span, SpanKind

CHUNKER_VERSION = "5"  # raise it with every change that moves an offset or alters an embedded text
MAX_SPAN_CHARACTERS = 700  # a "sentence" past this is no sentence (a dump, a table without pipes): cut at white space

CountTokens = Callable[[str], int]

_LIST_MARKER = re.compile(r"(?:[-*+]|\d+[.)])\s+")
_LETTER = re.compile(r"\w")
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, a list item or a table row with its place."""

    start: int
    end: int
    kind: SpanKind
    section: tuple[str, ...]
    lead: str = ""


def chunk_document(document: Document, count_tokens: CountTokens, max_tokens: int) -> list[Chunk]:
    """Cut a document into chunks of at most ``max_tokens`` word pieces, headings included.

    Args:
        count_tokens: the embedding model's own count for a text, special tokens included.
        max_tokens: the model's window.

    Returns:
        Chunks in reading order; every span lies in exactly one of them.
    """
    chunks: list[Chunk] = []
    run: list[Span] = []
    for span in document_spans(document):
        if run and (span.section != run[0].section or not _fits(document, [*run, span], count_tokens, max_tokens)):
            chunks.append(_chunk(document, run))
            run = []
        run.append(span)
    if run:
        chunks.append(_chunk(document, run))
    return chunks


def document_spans(document: Document) -> Iterator[Span]:
    """Every sentence, list item, table row and list lead of a document, in reading order."""
    blocks = _markdown_blocks(document) if document.markdown else _paragraphs(document)
    asked = {a.start: a for a in document.asked}
    for block in blocks:
        pieces = _sentences(document.text, block) if block.kind is SpanKind.SENTENCE else [(block.start, block.end)]
        for start, end in pieces:
            text = document.text[start:end]
            if not _LETTER.search(text):  # a rule, or a table row of empty cells
                continue
            keys = _keys(document, start, end, block)
            own = asked.get(start, Asked(start, ()))
            yield Span(
                document=document.name,
                start=start,
                end=end,
                kind=_kind(document, block.kind, text, keys),
                section=block.section,
                lead=block.lead,
                keys=keys,
                text=text,
                asks=own.questions,
                misses=own.misses,
            )


def _kind(document: Document, kind: SpanKind, text: str, keys: tuple[str, ...]) -> SpanKind:
    if kind is SpanKind.SENTENCE and text.endswith(":") and document.markdown:
        return SpanKind.LEAD
    if kind is SpanKind.SENTENCE and document.sources and not keys:
        return SpanKind.ASIDE
    return kind


def _fits(document: Document, spans: list[Span], count_tokens: CountTokens, max_tokens: int) -> bool:
    return count_tokens(_chunk(document, spans).embedding_text) <= max_tokens


def _chunk(document: Document, spans: list[Span]) -> Chunk:
    first = spans[0]
    return Chunk(
        document=document.name,
        title=document.title,
        start=first.start,
        end=spans[-1].end,
        section=first.section,
        lead=first.lead,
        text=document.text[first.start : spans[-1].end],
        spans=tuple(spans),
    )


def _markdown_blocks(document: Document) -> Iterator[_Block]:
    reader = _MarkdownReader(document)
    tokens = MarkdownIt("commonmark").enable("table").parse(document.text)
    for before, token in pairwise([Token("", "", 0), *tokens]):
        yield from reader.read(before, token)


class _MarkdownReader:
    """Walks markdown-it's tokens and keeps what a block needs to know of what stood before it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._text = document.text
        self._line_starts = [0, *(m.end() for m in re.finditer("\n", self._text))]
        self._headings: list[tuple[int, str]] = []
        self._section: tuple[str, ...] = ()
        self._lead = ""  # a list right below takes it
        self._header = ""  # of the table that is being read
        self._items_open = 0

    def read(self, before: Token, token: Token) -> Iterator[_Block]:
        """The block that a token completes, if it completes one."""
        if token.type == "inline" and before.type == "heading_open":
            self._heading(int(before.tag[1]), token.content.strip())
        elif token.type == "inline" and before.type == "paragraph_open":
            yield self._item(token) if self._items_open else self._paragraph(token)
        elif token.type in ("fence", "code_block", "html_block"):
            yield self._block(token, SpanKind.SENTENCE)
        elif token.type == "table_open":
            self._header = ""
        elif token.type == "tr_open":
            yield self._row(token)
        elif token.type in ("list_item_open", "list_item_close"):
            self._items_open += token.nesting

    def _heading(self, level: int, title: str) -> None:
        self._headings = [(d, t) for d, t in self._headings if d < level] + [(level, title)]
        self._section = tuple(t for _, t in self._headings if t != self._document.title)
        self._lead = ""

    def _paragraph(self, token: Token) -> _Block:
        block = self._block(token, SpanKind.SENTENCE)
        start, end = _sentences(self._text, block)[-1]
        self._lead = self._text[start:end] if self._text[end - 1] == ":" else ""
        return block

    def _item(self, token: Token) -> _Block:
        block = self._block(token, SpanKind.ITEM, self._lead)
        marker = _LIST_MARKER.match(self._text, block.start, block.end)
        return replace(block, start=marker.end()) if marker else block

    def _row(self, token: Token) -> _Block:
        if self._header:
            return self._block(token, SpanKind.ROW, self._header)
        block = self._block(token, SpanKind.LEAD)
        self._header = self._text[block.start : block.end]
        return block

    def _block(self, token: Token, kind: SpanKind, lead: str = "") -> _Block:
        first, last = token.map or (0, 0)
        end = self._line_starts[last] if last < len(self._line_starts) else len(self._text)
        start, end = _strip(self._text, self._line_starts[first], end)
        return _Block(start, end, kind, self._section, lead)


def _paragraphs(document: Document) -> Iterator[_Block]:
    start = 0
    bounds = [(m.start(), m.end()) for m in _BLANK_LINES.finditer(document.text)]
    for end, following in [*bounds, (len(document.text), len(document.text))]:
        first, last = _strip(document.text, start, end)
        if first < last:
            yield _Block(first, last, SpanKind.SENTENCE, ())
        start = following


def _sentences(text: str, block: _Block) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    body = text[block.start : block.end]
    bounds: list[tuple[int, int]] = []
    for boundary in sentencex.get_sentence_boundaries("en", body):
        start, end = boundary["start_index"], boundary["end_index"]
        if bounds and not body[start - 1].isspace():  # "DeepLearning.AI": no sentence begins inside a word
            start = bounds.pop()[0]
        bounds.append((start, end))
    for first, last in bounds:
        pieces.extend((block.start + start, block.start + end) for start, end in _fold(body, *_strip(body, first, last)))
    return pieces


def _fold(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is far too long for a sentence at white space."""
    while end - start > MAX_SPAN_CHARACTERS:
        space = body.rfind(" ", start + 1, start + MAX_SPAN_CHARACTERS)
        cut = space if space > start else start + MAX_SPAN_CHARACTERS
        yield start, cut
        start, end = _strip(body, cut, end)
    if start < end:
        yield start, end


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _keys(document: Document, start: int, end: int, block: _Block) -> tuple[str, ...]:
    """The keys that stood inside the span, else those on a line of their own below its table or paragraph."""
    own = [m.keys for m in document.marks if not m.whole_block and start < m.offset <= end]
    if own:
        return tuple(dict.fromkeys(key for keys in own for key in keys))
    # Each row is a block of its own: further rows may stand between it and the mark, a blank line may not.
    below = (m for m in document.marks if m.whole_block and m.offset >= block.end)
    return next((m.keys for m in below if "\n\n" not in document.text[block.end : m.offset]), ())
