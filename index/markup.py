"""HTML and DOCX -> Markdown text, by kept libraries: Beautiful Soup, markdownify, mammoth.

Only words are taken over. Scripts, styles, forms, hidden parts, links' addresses and pictures stay outside, so nothing of
a page can act; headings, lists and tables stay, since chunks and quotes need them.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.errors import CorpusError

if TYPE_CHECKING:
    from bs4 import Tag

MAX_UNPACKED = 100_000_000  # bytes that a DOCX may unfold into; a long illustrated report has about 30 million

MAX_COLUMNS = 60  # of a table, and rows that one cell may span

_NO_WORDS = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "canvas", "audio", "video", "head")
_AROUND = ("nav", "header", "footer", "aside", "form", "button", "select", "dialog")
_UNMARKED = ("a", "img", "b", "strong", "i", "em", "u", "s", "del", "code", "kbd", "samp", "var", "sub", "sup", "q", "small", "mark")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![\d.])|opacity\s*:\s*0(?![\d.])", re.IGNORECASE)
_PERMALINK = re.compile(r"[¶🔗§]\s*$")


@dataclass(frozen=True, slots=True)
class Markup:
    """What a file said: its own title, if it gave one, and its words as Markdown."""

    title: str
    text: str


def read_html(raw: bytes) -> Markup:
    """A web page's main part as Markdown. The encoding is the one that it declares, else guessed.

    Raises:
        RecursionError: elements nested a few hundred deep.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(raw, "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for element in soup(_NO_WORDS):
        element.decompose()
    for element in soup.find_all(lambda tag: _hidden(tag.attrs)):
        if not element.decomposed:
            element.decompose()
    articles = soup.find_all("article")
    alone = articles[0] if len(articles) == 1 else None  # several are teasers, or comments
    body: Tag = soup.find("main") or soup.find(None, {"role": "main"}) or alone or soup.body or soup
    if body.name not in ("main", "article"):
        for element in body.find_all(_AROUND):
            if not element.decomposed:
                element.decompose()
    return Markup(re.sub(r"\s+", " ", title), _markdown(body))


def read_docx(raw: bytes) -> Markup:
    """A Word document as Markdown.

    Raises:
        CorpusError: not a DOCX, encrypted, or one that unfolds into far more than a document holds.
        RecursionError: tables or lists nested a few hundred deep.
    """
    import mammoth
    from bs4 import BeautifulSoup

    raw = _without_hidden(raw, _check_package(raw))
    # pictures are dropped: their bytes would otherwise be carried along as text
    html = mammoth.convert_to_html(io.BytesIO(raw), convert_image=mammoth.images.img_element(lambda _: {})).value
    return Markup("", _markdown(BeautifulSoup(html, "lxml")))


def _without_hidden(raw: bytes, parts: list[zipfile.ZipInfo]) -> bytes:
    """The package without the runs of text that Word does not show (``w:vanish``)."""
    from lxml import etree

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for part in parts:
            content = package.read(part)
            if part.filename == "word/document.xml" and b"vanish" in content:
                tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
                for run in tree.xpath("//*[local-name()='r'][*[local-name()='rPr']/*[local-name()='vanish']]"):
                    run.getparent().remove(run)
                content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
            kept.writestr(part.filename, content)
    return out.getvalue()


def _check_package(raw: bytes) -> list[zipfile.ZipInfo]:
    """The parts of a Word document.

    Raises:
        CorpusError: it is none, or unfolds into too much.
    """
    if raw[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise CorpusError("encrypted, or an old Word file: save it as an open .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = package.infolist()
    except zipfile.BadZipFile:
        raise CorpusError("named .docx but is not a Word document, or it is damaged") from None
    if "word/document.xml" not in {PurePath(p.filename).as_posix() for p in parts}:
        raise CorpusError("named .docx but holds no Word document")
    if sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise CorpusError(f"unfolds into more than {MAX_UNPACKED // 1_000_000} MB")
    return parts


def _hidden(attributes: dict[str, object]) -> bool:
    style = str(attributes.get("style") or "")
    return "hidden" in attributes or attributes.get("aria-hidden") == "true" or bool(style and _HIDDEN.search(style))


def _square(table: Tag) -> None:
    """Give every row of a table all its cells: one that spans rows or columns is repeated in each.

    Markdown knows no spans, and a row that lacks its first cell would be read under the wrong headers.
    """
    if table.find_parent("td") or table.find_parent("th"):  # a table inside a cell: its words, as part of that cell
        table.replace_with(" ".join(table.get_text(" ").split()))
        return
    hanging: dict[int, tuple[Tag, int]] = {}  # column -> a cell from above, and how many rows it still reaches
    for row in table.find_all("tr"):
        cells: list[Tag] = []
        own = iter(row.find_all(["td", "th"], recursive=False))
        cell = next(own, None)
        while cell is not None or len(cells) in hanging:
            above = hanging.pop(len(cells), None)
            if above:
                if above[1] > 1:
                    hanging[len(cells)] = (above[0], above[1] - 1)
                cells.append(copy.copy(above[0]))
                continue
            assert cell is not None
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for place in range(across):
                if down > 1:
                    hanging[len(cells)] = (cell, down - 1)
                cells.append(copy.copy(cell) if place else cell)
            cell = next(own, None)
        row.clear()
        for piece in cells[:MAX_COLUMNS]:
            del piece["rowspan"], piece["colspan"]
            row.append(piece)


def _span(cell: Tag, name: str) -> int:
    given = str(cell.get(name) or "1")
    return min(max(int(given), 1), MAX_COLUMNS) if given.isdecimal() else 1


def _markdown(body: Tag) -> str:
    from bs4.element import NavigableString
    from markdownify import MarkdownConverter

    for words in body.find_all(string=True):
        if type(words) is not NavigableString:  # a comment, or another thing that no reader sees
            words.extract()
        elif not words.find_parent("pre"):  # a browser shows any white space as one space
            words.replace_with(re.sub(r"\s+", " ", words))
    for cell in body.find_all(["td", "th"]):
        for words in cell.find_all(string=re.compile(r"\|")):
            words.replace_with(words.replace("|", "/"))  # a bar would end the cell
    for table in reversed(body.find_all("table")):  # inner ones first
        _square(table)
    for heading in body.find_all(re.compile(r"h[1-6]")):
        heading.string = _PERMALINK.sub("", re.sub(r"\s+", " ", heading.get_text())).strip()
    converter = MarkdownConverter(
        heading_style="atx",
        bullets="-",
        strip=list(_UNMARKED),
        escape_asterisks=False,
        escape_underscores=False,
        table_infer_header=True,
        newline_style="backslash",
    )
    text = converter.convert_soup(body)
    text = re.sub(r"\\\n", "\n", text)
    text = re.sub(r"[ \t\xa0]+\n", "\n", text.replace("\xa0", " "))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
