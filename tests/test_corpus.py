"""The guides keep their own rules: every figure has a key, every key a source, and no figure of a sheet is lost."""

import csv
import json
import re
from pathlib import Path

import pytest

from index import Document, bundled_corpus, load_folder
from index.chunking import document_spans
from index.documents import SpanKind
from tests.wording import plain

EXPECTED = json.loads((Path(__file__).parent / "data" / "expected_figures.json").read_text(encoding="utf-8"))
SHEETS = tuple(EXPECTED)  # the fact sheets that guides were written from
GUIDES = (*SHEETS, "glossary")
DOCUMENTS = {d.name: d for d in load_folder(bundled_corpus()).documents}
FIGURE = re.compile(r"\d")


@pytest.fixture(params=GUIDES)
def guide(request: pytest.FixtureRequest) -> Document:
    return DOCUMENTS[request.param]


def test_every_guide_is_read() -> None:
    loaded = load_folder(bundled_corpus())
    assert not loaded.unreadable
    assert set(DOCUMENTS) == set(GUIDES)
    assert len(GUIDES) == 14


def test_front_matter_is_complete(guide: Document) -> None:
    assert guide.title and guide.summary and guide.sources
    assert re.fullmatch(r"\d{4}-\d{2}", guide.as_of or "")
    assert all(s.publisher and s.title for s in guide.sources)
    assert all(s.url is None or s.url.startswith(("https://", "http://")) for s in guide.sources)


def test_no_figure_without_a_key(guide: Document) -> None:
    bare = [s.text for s in document_spans(guide) if FIGURE.search(s.text) and not s.keys and s.kind is not SpanKind.LEAD]
    assert bare == []


def test_no_key_and_no_source_goes_to_waste(guide: Document) -> None:
    used = {key for span in document_spans(guide) for key in span.keys}
    assert used == {source.key for source in guide.sources}


def test_source_keys_are_not_in_the_text_that_is_quoted(guide: Document) -> None:
    assert not [s.key for s in guide.sources if f"[{s.key}" in guide.text]


@pytest.mark.parametrize("slug", SHEETS)
def test_no_figure_of_the_sheet_is_lost(slug: str) -> None:
    text = DOCUMENTS[slug].text
    assert [figure for figure in EXPECTED[slug] if not re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", text)] == []


def test_every_ask_belongs_to_a_span_of_its_guide(guide: Document) -> None:
    starts = {span.start for span in document_spans(guide)}
    assert guide.asked
    assert [a.questions for a in guide.asked if a.start not in starts] == []


def test_no_question_is_both_answered_and_missed() -> None:
    asked = {plain(question) for document in DOCUMENTS.values() for a in document.asked for question in a.questions}
    missed = [plain(question) for document in DOCUMENTS.values() for a in document.asked for question in a.misses]
    assert len(missed) > 10_000
    assert [question for question in missed if question in asked] == []
    assert len(missed) == len(set(missed))


def test_every_price_row_agrees_with_a_table_row_of_the_guide() -> None:
    with (bundled_corpus().parent / "data" / "model_prices.csv").open(encoding="utf-8") as file:
        prices = list(csv.DictReader(file))
    guide = DOCUMENTS["cost-modelling"]
    keys = {s.key for s in guide.sources}
    rows = [s.text for s in document_spans(guide) if s.kind is SpanKind.ROW]
    assert len(prices) > 40
    for price in prices:
        assert price["key"] in keys
        assert re.fullmatch(r"2\d{3}(-\d{2}(-\d{2})?)?", price["as_of"])
        figures = [price[f"{what}_usd_per_million"] for what in ("input", "output", "cached_input") if price[f"{what}_usd_per_million"]]
        same = [row for row in rows if row.startswith(f"| {price['model']} |") and all(f"${figure} " in row for figure in figures)]
        assert same, price


def test_salary_rows_agree_with_the_guide() -> None:
    with (bundled_corpus().parent / "data" / "salaries.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    guide = DOCUMENTS["ai-pm-career"]
    keys = {s.key for s in guide.sources}
    assert len(rows) == 6
    for row in rows:
        assert row["key"] in keys
        for low, high in (("base_min", "base_max"), ("total_min", "total_max")):
            if row[low]:
                top = "$1M" if row[high] == "1000000" else f"${int(row[high]) // 1000}K"
                assert f"${int(row[low]) // 1000}K-{top}" in guide.text
