"""Indexing again: what was read and cut before is taken over, and nothing tells the result from an index made anew."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from assistant.building import build_corpus
from index.documents import Document
from index.generations import Generations
from index.loaders import LOADER_VERSION, Unreadable, load_file, load_folder
from index.reader import LiveIndex
from index.remembered import Remembering
from tests.encoders import CountingEncoder
from tests.files import docx, paragraph, pdf

GUIDE = "# Pears\n\nPears are green. They ripen in autumn.\n\n| sort | weight |\n|---|---|\n| Conference | 200 g |\n\n- juicy\n- sweet\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "more").mkdir(parents=True)
    (folder / "guide.md").write_text(GUIDE)
    (folder / "notes.txt").write_text("Apples are red.\n\nThey keep for months.\n")
    (folder / "more" / "page.html").write_text("<h1>Plums</h1><p>Plums are blue.</p>")
    return folder


def state(data: Path) -> tuple[object, ...]:
    """Everything that an index answers from."""
    folder = Generations(data).current()
    db = sqlite3.connect(folder / "catalog.sqlite")
    tables = [db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("document", "chunk", "span", "ask", "miss")]
    db.close()
    vectors = [np.load(folder / f"{name}.npy").tolist() for name in ("chunks", "spans", "asks", "misses")]
    reader = LiveIndex(data, CountingEncoder()).reader()
    near = reader.store.nearest(reader.chunk_vectors[0], reader.manifest.chunks)
    words = [float(score) for score in reader.lexical.scores(["pear", "plum", "month"])]
    return tables, vectors, near, words, sorted(reader.lexical.spellings)


def test_an_index_made_again_after_a_change_is_the_one_made_anew(folder: Path, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_corpus(folder, tmp_path / "data", encoder)
    (folder / "notes.txt").write_text("Apples are red.\n\nThey keep for months. Some for a year.\n")
    (folder / "a-new-one.md").write_text("# Figs\n\nFigs are sweet.\n")
    (folder / "more" / "page.html").unlink()
    (folder / "guide.asks.jsonl").write_text(
        '{"quote": "Pears are green.", "asks": ["What colour is a pear?"], "misses": ["How heavy is a pear?", "Who grew it?"]}\n'
    )
    built = build_corpus(folder, tmp_path / "data", encoder)
    assert built.report.reused > 0
    build_corpus(folder, tmp_path / "anew", encoder)
    assert state(tmp_path / "data") == state(tmp_path / "anew")


def test_a_file_that_was_read_is_not_read_again_and_one_that_changed_is(folder: Path, tmp_path: Path) -> None:
    read: list[str] = []

    def reading(path: Path, name: str) -> Document | Unreadable:
        read.append(path.name)
        return load_file(path, name)

    build_corpus(folder, tmp_path / "data", CountingEncoder())
    remembering = Remembering(reading, Generations(tmp_path / "data"))
    assert load_folder(folder, remembering) == load_folder(folder)
    assert read == []
    (folder / "guide.md").write_text(GUIDE.replace("green", "yellow"))
    changed = load_folder(folder, Remembering(reading, Generations(tmp_path / "data")))
    assert read == ["guide.md"]
    assert "yellow" in changed.documents[0].text


def test_a_file_of_another_name_or_place_gives_a_document_of_its_own(folder: Path, tmp_path: Path) -> None:
    build_corpus(folder, tmp_path / "data", CountingEncoder())
    (folder / "guide.md").rename(folder / "pears.md")
    (folder / "more" / "notes.txt").write_bytes((folder / "notes.txt").read_bytes())
    names = [d.name for d in load_folder(folder, Remembering(load_file, Generations(tmp_path / "data"))).documents]
    assert names == ["more/notes", "more/page.html", "notes", "pears"]


def test_a_damaged_memory_costs_time_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    build_corpus(folder, tmp_path / "data", CountingEncoder())
    (tmp_path / "data" / "index" / "FILES.json").write_text('{"half": ')
    again = build_corpus(folder, tmp_path / "data", CountingEncoder())
    assert not again.report.changed
    assert load_folder(folder, Remembering(load_file, Generations(tmp_path / "data"))) == load_folder(folder)


def test_what_is_not_readable_is_told_each_time(folder: Path, tmp_path: Path) -> None:
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    for _ in range(2):
        built = build_corpus(folder, tmp_path / "data", CountingEncoder())
        assert [Path(file.path).name for file in built.unreadable] == ["scan.pdf"]


def test_the_same_file_still_makes_the_same_document(folder: Path) -> None:
    """Where this fails on purpose, raise ``LOADER_VERSION``: old readings would be taken for new ones."""
    (folder / "report.pdf").write_bytes(pdf([("Figs", 18), ("Figs are sweet.", 11)]))
    (folder / "letter.docx").write_bytes(docx(paragraph("Figs", "Heading1") + paragraph("Figs are sweet.")))
    found = {document.name: document.content_hash[:12] for document in load_folder(folder).documents}
    assert LOADER_VERSION == "1"
    assert found == {
        "guide": "5cc083db5a5a",
        "letter.docx": "81318e65df7f",
        "more/page.html": "652833caa02c",
        "notes": "b09d29ac64d7",
        "report.pdf": "cbc3f7cbe628",
    }
