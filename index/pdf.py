"""PDF -> Markdown text with the place where each page begins, by PDFium (pypdfium2).

A PDF knows where letters stand, not what a paragraph is. Lines are put together again by their distance, length and size of
type; larger type becomes a heading; lines that every page repeats at its edge are left out.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from index.errors import CorpusError

MAX_PAGES = 3_000

_HYPHEN = ("\x02", "\xad", "\ufffe")  # PDFium's own marks for a word cut at the end of a line
_BULLET = re.compile(r"^[•●▪◦‣∙·*–-]\s+")
_NUMBERED = re.compile(r"^(?:\d{1,2}|[a-z])[.)]\s+\S")
_END = re.compile(r"[.!?:;]['\"”’)\]]*$")
_NO_TITLE = re.compile(r"\.(?:pdf|docx?|odt|indd|tex|dvi|ps)$|^(?:untitled|microsoft word|title)\b", re.IGNORECASE)
_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD


@dataclass(frozen=True, slots=True)
class PdfText:
    """What a PDF said. ``pages[i]`` is the offset in ``text`` at which page ``i + 1`` begins."""

    title: str
    text: str
    pages: tuple[int, ...]


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    base: float  # height of the base line above the page's foot
    size: float  # of type, in points


def read_pdf(raw: bytes) -> PdfText:
    """The words of a PDF, page by page.

    Raises:
        CorpusError: encrypted, damaged, without text (a scan), or of more than ``MAX_PAGES`` pages.
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as api

    try:
        file = pdfium.PdfDocument(raw)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD_NEEDED
        raise CorpusError("encrypted: it needs a password" if locked else "a damaged PDF, or no PDF at all") from error
    with file:
        if not len(file):
            raise CorpusError("a PDF without pages")
        if len(file) > MAX_PAGES:
            raise CorpusError(f"{len(file):,} pages, more than {MAX_PAGES:,}")
        pages = [_lines(page, api) for page in file]
        title = str(file.get_metadata_dict().get("Title") or "").strip()
    if not any(pages):
        raise CorpusError(f"no text on any of its pages ({len(pages)}; a scan?): run it through text recognition first")
    return _write(title, _without_edges(pages))


def _lines(page: Any, api: Any) -> list[_Line]:
    words = page.get_textpage()
    found: list[_Line] = []
    current: list[str] = []
    first = last = 0
    count = words.count_chars()
    for i in range(count + 1):
        letter = chr(api.FPDFText_GetUnicode(words.raw, i)) if i < count else "\n"
        if letter not in "\r\n":
            if not current:
                first = i
            if letter == "\x00" or 0xD800 <= ord(letter) <= 0xDFFF:
                letter = "\N{REPLACEMENT CHARACTER}"
            current.append(letter)
            last = i if not letter.isspace() else last
        elif current:
            text = re.sub(r"[ \t\xa0]+", " ", "".join(current)).strip()
            if text:
                found.append(_line(text, words, api, first, last))
            current = []
    return found


def _line(text: str, words: Any, api: Any, first: int, last: int) -> _Line:
    left, right, x, y = (ctypes.c_double() for _ in range(4))
    api.FPDFText_GetCharBox(words.raw, last, left, right, x, y)
    api.FPDFText_GetCharOrigin(words.raw, first, left, y)  # on the base line, whatever hangs below it
    # the middle of three: a bullet, or a word in another type, says nothing of its line
    size = median(api.FPDFText_GetFontSize(words.raw, place) for place in (first, (first + last) // 2, last))
    return _Line(text, left.value, right.value, y.value, float(size))


def _without_edges(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Pages without running heads and feet: lines at an edge that come back but for their digits, or that hold the page's number."""
    often = max(3, len(pages) // 3)
    shapes = Counter(shape for page in pages for shape in {_shape(page[i]) for i in _edges(page)})
    # how far printed page numbers run ahead of the count, where that is the same on many pages
    ahead = Counter(n - place for place, page in enumerate(pages) for n in {n for i in _edges(page) for n in _numbers(page[i])})
    usual = {difference for difference, count in ahead.items() if count >= often}
    return [
        [
            line
            for i, line in enumerate(page)
            if i not in _edges(page) or not (shapes[_shape(line)] >= often or {n - place for n in _numbers(line)} & usual)
        ]
        for place, page in enumerate(pages)
    ]


def _edges(page: list[_Line]) -> set[int]:
    """Where heads and feet stand: one line at either end, two on a page that is long enough to spare them."""
    depth = 2 if len(page) > 8 else 1
    return {*range(len(page))[:depth], *range(len(page))[-depth:]}


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text.lower())


def _numbers(line: _Line) -> set[int]:
    """Numbers that open or close a short line, as a page's number does."""
    found = re.findall(r"^\d{1,4}(?!\S)|(?<!\S)\d{1,4}$", line.text) if len(line.text) < 90 else []
    return {int(n) for n in found}


def _write(title: str, pages: list[list[_Line]]) -> PdfText:
    setting = _Setting.of(pages)
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    before: _Line | None = None
    for page in pages:
        starts.append(length)
        for place, line in enumerate(page):
            new = before is None or setting.new_paragraph(before, line, across=place == 0)
            told = setting.marked(line) if new else line.text
            joint = "" if before is None else "\n\n" if new else " "
            if joint == " " and pieces[-1][-1:] in _HYPHEN:
                length -= 1
                pieces[-1], joint = pieces[-1][:-1], ""
            elif joint == " " and re.search(r"\w-$", pieces[-1]) and told[:1].islower():
                joint = ""  # "state-of-the-art" keeps its hyphen: taking it out would be a guess
            pieces += [joint, told]
            length += len(joint) + len(told)
            if place == 0:
                starts[-1] = length - len(told)
            before = line
    text = "".join(pieces)
    for mark in _HYPHEN:
        text = text.replace(mark, "-")
    return PdfText(_title(title, text), text + "\n", tuple(starts))


def _title(given: str, text: str) -> str:
    """The file's own title unless a program made it up, else the first of the largest headings."""
    if given and not _NO_TITLE.search(given):
        return given
    headings = re.findall(r"^(#{1,3}) (.{3,120})$", text, re.MULTILINE)
    return min(headings, key=lambda h: len(h[0]))[1].strip() if headings else ""


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a document is set: what its paragraphs and headings can be told by."""

    body: float  # size of its running text, in points
    right: float  # where its longest line ends
    step: float  # from one line to the next

    @classmethod
    def of(cls, pages: list[list[_Line]]) -> _Setting:
        lines = [line for page in pages for line in page]
        letters: Counter[float] = Counter()
        for line in lines:
            letters[round(line.size, 1)] += len(line.text)
        body = letters.most_common(1)[0][0] if letters else 0.0
        steps = [a.base - b.base for page in pages for a, b in pairwise(page) if 0 < a.base - b.base < 4 * max(body, 1)]
        return cls(body, max((line.right for line in lines), default=0.0), median(steps) if steps else 0.0)

    def new_paragraph(self, before: _Line, line: _Line, across: bool) -> bool:
        """Whether a line begins a paragraph of its own. ``across``: the line before ends another page."""
        if abs(before.size - line.size) > 1.5 or self.is_heading(line) != self.is_heading(before):
            return True
        if _BULLET.match(line.text) or _NUMBERED.match(line.text):
            return True
        ended = bool(_END.search(before.text))
        goes_on = line.text[:1].islower()
        gap = before.base - line.base
        if across or gap < 0 or gap > 4 * max(self.step, self.body):  # another page, column or part of the page
            return ended or not goes_on
        if self.step and gap > 1.4 * self.step:
            return True
        return ended and before.right < 0.8 * self.right and line.left - before.left < 200 and not goes_on

    def is_heading(self, line: _Line) -> bool:
        """Whether a line is set as a heading: larger, short, and of words."""
        return line.size > 1.12 * self.body and len(line.text) < 150 and bool(re.search(r"[^\W\d_]{2}", line.text))

    def marked(self, line: _Line) -> str:
        """A line that begins a paragraph, as Markdown."""
        if self.is_heading(line):
            level = 1 if line.size > 1.6 * self.body else 2 if line.size > 1.3 * self.body else 3
            return f"{'#' * level} {line.text}"
        return _BULLET.sub("- ", line.text)
