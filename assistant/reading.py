"""A document cut into blocks for reading, each with its exact place, so that quoted characters can be marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.documents import Document

_LIST_MARKER = re.compile(r"(?:[-*+]|\d+[.)])\s+")
_ONLY_MARKER = re.compile(r"\s*(?:[-*+>]|\d+[.)])*\s*")
_HEADING_MARKER = re.compile(r"#{1,6}[ \t]*")
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    HEADER = "header"  # a table's first row
    ROW = "row"
    CODE = "code"
    PLAIN = "plain"  # text whose line breaks are its own


@dataclass(frozen=True, slots=True)
class Block:
    """Characters ``start`` to ``end`` of a document. ``level``: of a heading, from 1; of a list item, how deep it lies, from 1."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@lru_cache(maxsize=8)
def blocks_of(document: Document) -> tuple[Block, ...]:
    """Every block of a document in reading order; what Markdown itself would not show (definitions of links) is a paragraph too."""
    found = list(_markdown(document.text)) if document.markdown else list(_plain(document.text, 0, len(document.text)))
    found.sort(key=lambda block: (block.start, -block.end))
    whole: list[Block] = []
    shown = 0
    for block in [*found, Block(BlockKind.PARAGRAPH, len(document.text), len(document.text))]:
        gap = document.text[shown : max(block.start, shown)]
        if re.search(r"\w", gap) and not _ONLY_MARKER.fullmatch(gap):
            whole += [b for b in _plain(document.text, shown, block.start) if re.search(r"\w", document.text[b.start : b.end])]
        if block.start < block.end and block.start >= shown:
            whole.append(block)
            shown = block.end
    return tuple(whole)


def window(document: Document, blocks: Sequence[Block], around: int, characters: int) -> Sequence[Block]:
    """The blocks within ``characters`` around a place of a long document; all of them where it is not longer than that."""
    if len(document.text) <= characters:
        return blocks
    low, high = around - characters // 2, around + characters // 2
    if low < 0:
        low, high = 0, characters
    return [b for b in blocks if b.end > low and b.start < high]


def _markdown(text: str) -> Iterator[Block]:
    lines = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]
    depth = 0
    in_head = False
    for before, token in pairwise([Token("", "", 0), *MarkdownIt("commonmark").enable("table").parse(text)]):
        if token.type in ("list_item_open", "list_item_close"):
            depth += token.nesting
        elif token.type in ("thead_open", "thead_close"):
            in_head = token.nesting > 0
        elif token.type == "tr_open":
            yield _block(text, lines, token, BlockKind.HEADER if in_head else BlockKind.ROW)
        elif token.type in ("fence", "code_block", "html_block"):
            yield _block(text, lines, token, BlockKind.CODE)
        elif token.type == "inline" and before.type == "heading_open":
            block = _block(text, lines, token, BlockKind.HEADING, int(before.tag[1]))
            marker = _HEADING_MARKER.match(text, block.start, block.end)
            yield Block(block.kind, marker.end() if marker else block.start, block.end, block.level)
        elif token.type == "inline" and before.type == "paragraph_open":
            block = _block(text, lines, token, BlockKind.ITEM if depth else BlockKind.PARAGRAPH, depth)
            marker = _LIST_MARKER.match(text, block.start, block.end) if depth else None
            yield Block(block.kind, marker.end() if marker else block.start, block.end, block.level)


def _block(text: str, lines: list[int], token: Token, kind: BlockKind, level: int = 0) -> Block:
    first, last = token.map or (0, 0)
    start, end = _strip(text, lines[first], lines[min(last, len(lines) - 1)])
    return Block(kind, start, end, level)


def _plain(text: str, start: int, end: int) -> Iterator[Block]:
    bounds = [(m.start(), m.end()) for m in _BLANK_LINES.finditer(text, start, end)]
    for stop, following in [*bounds, (end, end)]:
        first, last = _strip(text, start, stop)
        if first < last:
            yield Block(BlockKind.PLAIN, first, last)
        start = following


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
