"""A document -> HTML for reading, the quoted characters marked. Every character of the document is escaped: none can act as markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby, pairwise

from assistant.reading import Block, BlockKind, blocks_of, window
from assistant.tables import cells
from index.documents import Document

LONGEST = 150_000  # characters shown at once; of a longer document the part around the quote

Marks = Sequence[tuple[int, int]]


def reading_html(document: Document, marks: Marks, strong: int = 0) -> str:
    """The document as HTML.

    Args:
        marks: code-point offsets ``(start, end)`` of quotes; each becomes ``<mark class="quoted">``, a table row ``<tr class="quoted">``.
        strong: which of them the reader came for: it has the class ``here`` too.
    """
    around = marks[strong][0] if marks else 0
    every = blocks_of(document)
    shown = window(document, every, around, LONGEST)
    pen = _Pen(document, marks, strong)
    parts: list[str] = []
    if len(shown) < len(every):
        told = f"characters {shown[0].start:,} to {shown[-1].end:,} of {len(document.text):,}"
        parts.append(f'<p class="reader-part">This document is long: you see {told}.</p>')
    for kind, run in groupby(shown, key=_family):
        blocks = list(run)
        if kind == "list":
            parts.append(f"<ul>{''.join(pen.item(b) for b in blocks)}</ul>")
        elif kind == "table":
            parts += [pen.table(part) for part in _tables(blocks)]
        else:
            parts += [pen.block(b) for b in blocks]
    return f'<div class="reader">{"".join(parts)}</div>'


def _family(block: Block) -> str:
    return {BlockKind.ITEM: "list", BlockKind.HEADER: "table", BlockKind.ROW: "table"}.get(block.kind, "text")


def _tables(blocks: list[Block]) -> Iterator[list[Block]]:
    table: list[Block] = []
    for block in blocks:
        if block.kind is BlockKind.HEADER and table:
            yield table
            table = []
        table.append(block)
    yield table


SHORT = 24  # characters of a table cell that is never broken


def _width(cell: str) -> str:
    """A short cell is not broken: "$145K-$190K" on two lines is two numbers to the eye."""
    return ' class="short"' if len(cell) <= SHORT else ""


@dataclass
class _Pen:
    """Writes blocks, and remembers which page label and which anchor were written."""

    document: Document
    marks: Marks
    strong: int
    pages: list[int] = field(default_factory=list)
    anchored: bool = False

    def __post_init__(self) -> None:
        self.pages = list(self.document.pages)
        self._page = 0

    def block(self, block: Block) -> str:
        """A heading, a paragraph, code, or text as it stands."""
        label, text = self._label(block), self._text(block)
        if block.kind is BlockKind.HEADING:
            level = min(block.level + 2, 6)  # the pane's own title is the second level
            return f"{label}<h{level}>{text}</h{level}>"
        if block.kind is BlockKind.CODE:
            return f"{label}<pre>{text}</pre>"
        kind = ' class="plain"' if block.kind is BlockKind.PLAIN else ""
        return f"{label}<p{kind}>{text}</p>"

    def item(self, block: Block) -> str:
        """A list item, set in as deep as it lies."""
        return f'<li class="depth-{min(block.level, 5)}">{self._label(block)}{self._text(block)}</li>'

    def table(self, rows: list[Block]) -> str:
        """A table. A quoted row is marked whole: the pipes between its cells are not shown."""
        label = self._label(rows[0])
        told = "".join(self._row(row) for row in rows)
        return f'{label}<div class="reader-table" tabindex="0" role="region" aria-label="Table"><table>{told}</table></div>'

    def _row(self, row: Block) -> str:
        cell = "th" if row.kind is BlockKind.HEADER else "td"
        told = "".join(f"<{cell}{_width(c)}>{escape(c)}</{cell}>" for c in cells(self.document.text[row.start : row.end]))
        over = [i for i, (start, end) in enumerate(self.marks) if start < row.end and end > row.start]
        return f"<tr{self._kind(over) if over else ''}>{told}</tr>"

    def _text(self, block: Block) -> str:
        """The block's characters, cut where a mark begins or ends."""
        cuts = {block.start, block.end}
        for start, end in self.marks:
            cuts |= {min(max(place, block.start), block.end) for place in (start, end)}
        places = sorted(cuts)
        parts = []
        for start, end in pairwise(places):
            over = [i for i, (first, last) in enumerate(self.marks) if first <= start and end <= last]
            text = escape(self.document.text[start:end])
            parts.append(f"<mark{self._kind(over)}>{text}</mark>" if over else text)
        return "".join(parts)

    def _kind(self, over: list[int]) -> str:
        if self.strong not in over:
            return ' class="quoted"'
        anchor = "" if self.anchored else ' id="quoted-here"'
        self.anchored = True
        return f' class="quoted here"{anchor}'

    def _label(self, block: Block) -> str:
        """The label of the page that begins before or in this block."""
        label = ""
        while self._page < len(self.pages) and self.pages[self._page] < block.end:
            self._page += 1
            label = f'<span class="page">page {self._page}</span>'
        return label
