"""Loading and cutting: offsets always point at what they quote."""

import json
from pathlib import Path

import pytest

from index import CorpusError, bundled_corpus, load_folder
from index.chunking import chunk_document, document_spans
from index.documents import Document, SpanKind
from index.embedding import Encoder
from index.markdown import parse_markdown

GUIDE = """---
slug: tea
title: Tea
sources:
  - {key: one, publisher: P, title: T}
  - {key: two, publisher: P, title: T}
---
# Tea

Tea is a drink. [one] Coffee.com sells it too. [one, two]

## Kinds

There are two kinds: [two]

- Green tea is [not a key] fresh. [one]
- Black tea, brewed at 95 °C. [two]

| Kind | Minutes |
|---|---|
| Green | 2 |
| Black | 4 [two] |

[one]

See another guide.
"""


def spans_of(document: Document) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(s.kind.value, s.text, s.keys, s.lead) for s in document_spans(document)]


def test_keys_are_taken_out_and_kept_beside_what_they_bear() -> None:
    assert spans_of(parse_markdown(GUIDE.replace("[not a key]", "(not a key)"), "x")) == [
        ("sentence", "Tea is a drink.", ("one",), ""),
        ("sentence", "Coffee.com sells it too.", ("one", "two"), ""),
        ("lead", "There are two kinds:", ("two",), ""),
        ("item", "Green tea is (not a key) fresh.", ("one",), "There are two kinds:"),
        ("item", "Black tea, brewed at 95 °C.", ("two",), "There are two kinds:"),
        ("lead", "| Kind | Minutes |", ("one",), ""),
        ("row", "| Green | 2 |", ("one",), "| Kind | Minutes |"),
        ("row", "| Black | 4 |", ("two",), "| Kind | Minutes |"),
        ("aside", "See another guide.", (), ""),
    ]


def test_an_unknown_key_is_an_error_that_names_it() -> None:
    with pytest.raises(CorpusError, match="'three' is not declared"):
        parse_markdown(GUIDE.replace("[one, two]", "[three]").replace("[not a key]", ""), "x")


def test_brackets_stay_where_a_document_declares_no_sources() -> None:
    assert parse_markdown("# A\n\nThe list [of things] stays.\n", "a").text == "# A\n\nThe list [of things] stays.\n"


@pytest.mark.parametrize(
    "text",
    [
        "One. Two! Three?\n\n- a\n- b\n\n| a | b |\n|---|---|\n| c | d |\n",
        "Ünïcode “quotes” – and 日本語。 Next sentence 👩‍💻 here. End",
        "no punctuation " * 400,
        "x" * 5_000,
        "1. first\n   continued\n2. second\n\n> quoted text. More.\n\n```\ncode\n```\n",
        "<script>alert(1)</script>\n\nText & <b>bold</b>.\n",
        "| a | b |\n|---|---|\n\nEmpty table above.\n",
    ],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_every_span_is_exactly_its_text_and_lies_in_one_chunk(text: str, markdown: bool, encoder: Encoder) -> None:
    document = Document(name="d", title="D", text=text, markdown=markdown)
    chunks = chunk_document(document, encoder.count_tokens, encoder.window)
    spans = [s for c in chunks for s in c.spans]
    assert spans == list(document_spans(document))
    assert all(s.text == text[s.start : s.end] and s.text.strip() == s.text != "" for s in spans)
    assert all(c.text == text[c.start : c.end] and c.start <= s.start < s.end <= c.end for c in chunks for s in c.spans)
    assert [s.start for s in spans] == sorted(s.start for s in spans)


def test_chunks_of_the_guides_fit_the_window_with_their_headings(encoder: Encoder) -> None:
    for document in load_folder(bundled_corpus()).documents:
        for chunk in chunk_document(document, encoder.count_tokens, encoder.window):
            assert encoder.count_tokens(chunk.embedding_text) <= encoder.window
            assert chunk.embedding_text.startswith(document.title)


def test_a_sentence_does_not_begin_inside_a_word() -> None:
    document = Document(name="d", title="D", text="The courses of DeepLearning.AI are good. Next.")
    assert [s.text for s in document_spans(document)] == ["The courses of DeepLearning.AI are good.", "Next."]


def test_what_cannot_be_read_is_reported_and_the_rest_goes_in(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nText.\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("  \n", encoding="utf-8")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x81")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "broken.md").write_text("---\n- a\n---\n# X\n", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert [d.name for d in loaded.documents] == ["good"]
    assert {Path(u.path).name: u.reason for u in loaded.unreadable} == {
        "binary.txt": "not UTF-8 text: save it as UTF-8",
        "broken.md": "front matter is not a list of 'name: value' lines",
        "empty.txt": "empty",
        "picture.png": ".png is not a kind of file that can be read: Markdown, text, HTML, PDF or DOCX",
    }


def test_corpus_jsonl_is_one_document_a_line_named_by_its_id(tmp_path: Path) -> None:
    rows = [{"id": "a:1", "title": "A", "text": "One."}, {"id": "b"}, {"_id": 7, "title": "", "text": "Seven."}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows) + "{oops\n", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert [(d.name, d.title, d.text) for d in loaded.documents] == [("a:1", "A", "One."), ("7", "", "Seven.")]
    assert len(loaded.unreadable) == 2


def test_a_folder_with_nothing_to_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="Nothing to index"):
        load_folder(tmp_path)


def test_of_two_documents_of_one_name_the_second_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\ntext\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert [d.name for d in loaded.documents] == ["a"]
    assert [(Path(u.path).name, u.reason) for u in loaded.unreadable] == [
        ("a.txt", "named 'a' like a document before it: rename one of them")
    ]


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="No folder"):
        load_folder(tmp_path / "nowhere")


def test_leads_stand_for_their_lists() -> None:
    spans = list(document_spans(parse_markdown("# A\n\nThree things:\n\n- one\n- two\n\nOther text.\n\n- three\n", "a")))
    assert [(s.kind, s.lead) for s in spans if s.kind is not SpanKind.SENTENCE] == [
        (SpanKind.LEAD, ""),
        (SpanKind.ITEM, "Three things:"),
        (SpanKind.ITEM, "Three things:"),
        (SpanKind.ITEM, ""),
    ]
