"""A document is shown whole, the quoted characters are marked and no others, and nothing in it acts as markup."""

import html
import re
from collections.abc import Iterator

import pytest

from assistant.ui.reader import reading_html
from index.chunking import document_spans
from index.documents import Document, SpanKind
from index.loaders import bundled_corpus, load_folder

GUIDES = load_folder(bundled_corpus()).documents
ROWS = (SpanKind.ROW, SpanKind.LEAD)


def marked(shown: str) -> str:
    """The text inside the strong mark, as a reader sees it."""
    inside = re.findall(r'<mark class="quoted here"(?: id="quoted-here")?>(.*?)</mark>', shown, re.DOTALL)
    return "".join(html.unescape(re.sub(r"<[^>]+>", "", part)) for part in inside)


def spans() -> Iterator[tuple[Document, int, int, str]]:
    for guide in GUIDES:
        for place, span in enumerate(document_spans(guide)):
            if place % 7 == 0 and not span.text.startswith("|"):
                yield guide, span.start, span.end, span.text


def test_every_quoted_sentence_and_item_is_marked_to_the_character() -> None:
    wrong = [(guide.name, text) for guide, start, end, text in spans() if marked(reading_html(guide, [(start, end)])) != text]
    assert wrong == []


def test_a_quoted_row_is_marked_in_its_table() -> None:
    guide = next(g for g in GUIDES if g.name == "ai-pm-career")
    row = next(s for s in document_spans(guide) if s.kind is SpanKind.ROW and "Senior AI PM" in s.text)
    shown = reading_html(guide, [(row.start, row.end)])
    assert [
        re.findall(r"<td[^>]*>(.*?)</td>", told)[0] for told in re.findall(r'<tr class="quoted here" id="quoted-here">(.*?)</tr>', shown)
    ] == ["Senior AI PM"]
    assert shown.count('class="quoted') == 1


@pytest.mark.parametrize("guide", GUIDES, ids=lambda g: g.name)
def test_no_word_of_a_guide_is_left_out(guide: Document) -> None:
    shown = html.unescape(re.sub(r"<[^>]+>", " ", reading_html(guide, [])))
    assert re.findall(r"\w+", shown) == re.findall(r"\w+", guide.text)


NASTY = """# <img src=x onerror=alert(1)>

![x](http://evil.example/x.png) [y](javascript:alert(1)) <script>alert(1)</script> "quoted" 'too' &amp; &lt;b&gt;

<div onclick="alert(1)">html</div>

| <b>a</b> | b |
|---|---|
| <i>x</i> | ![z](http://evil.example/z.png) |

- item <svg onload=alert(1)>

[ref]: http://evil.example/ref "title"
"""


@pytest.mark.parametrize("markdown", [True, False])
@pytest.mark.parametrize("marks", [[], [(2, 20), (10, 60)], [(0, len(NASTY))]])
def test_nothing_of_a_document_becomes_markup(markdown: bool, marks: list[tuple[int, int]]) -> None:
    shown = reading_html(Document(name="n", title="n", text=NASTY, markdown=markdown), marks)
    ours = {"div", "p", "h3", "ul", "li", "pre", "table", "tr", "th", "td", "mark"}
    assert set(re.findall(r"<(\w+)", shown)) <= ours
    assert not re.search(r"<[^>]*\b(?:on\w+|src|href|style)=", shown)
    unmarked = re.sub(r"</?mark[^>]*>", "", shown)  # a mark may begin inside a word
    assert re.findall(r"\w+", html.unescape(re.sub(r"<[^>]+>", " ", unmarked))) == re.findall(r"\w+", NASTY)


def test_a_mark_over_several_blocks_marks_each_and_anchors_one() -> None:
    text = "First sentence.\n\n- one\n- two\n"
    shown = reading_html(Document(name="n", title="n", text=text, markdown=True), [(6, text.index("two") + 3)])
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", shown) == ["sentence.", "one", "two"]
    assert shown.count('id="quoted-here"') == 1


def test_pages_are_labelled_and_a_long_document_shows_the_part_around_the_quote() -> None:
    pages = [f"Page body number {i}. " + "word " * 2_000 for i in range(40)]
    starts, text = [], ""
    for page in pages:
        starts.append(len(text))
        text += page.strip() + "\n\n"
    document = Document(name="n", title="n", text=text, pages=tuple(starts))
    quote = text.index("Page body number 30.")
    shown = reading_html(document, [(quote, quote + 20)])
    assert "This document is long" in shown
    assert marked(shown) == "Page body number 30."
    assert "page 31</span>" in shown
    assert "Page body number 2." not in shown
    assert len(shown) < 200_000


def test_plain_text_keeps_its_lines() -> None:
    shown = reading_html(Document(name="n", title="n", text="a\nb\n\nc"), [(2, 3)])
    assert '<p class="plain">a\n<mark class="quoted here" id="quoted-here">b</mark></p><p class="plain">c</p>' in shown
