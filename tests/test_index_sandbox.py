"""A file that would take a reader down takes a child process down, and the next file is read."""

from dataclasses import asdict
from pathlib import Path

import pytest

from index.documents import Document
from index.loaders import Unreadable, load_file
from index.sandbox import FileReader
from tests import files
from tests.test_index_loaders import written


def reason(read: Document | Unreadable) -> str:
    assert isinstance(read, Unreadable), read
    return read.reason


@pytest.mark.parametrize("name", ["a.md", "b.txt", "c.html", "d.pdf", "e.docx"])
def test_the_child_reads_what_the_parent_would(name: str, tmp_path: Path) -> None:
    contents = {
        "a.md": b"---\nsources:\n  - {key: k, publisher: P, title: T}\n---\n# A\n\nOne fact. [k]\n",
        "b.txt": "Grüße.\n".encode(),
        "c.html": b"<p>Words.</p>",
        "d.pdf": files.pdf([("Words.", 10)]),
        "e.docx": files.docx(files.paragraph("Words.")),
    }
    path = written(tmp_path, name, contents[name])
    here = load_file(path, name)
    assert isinstance(here, Document)
    with FileReader() as read:
        there = read(path, name)
    assert isinstance(there, Document)
    assert asdict(there) == asdict(here)
    assert there.content_hash == here.content_hash


def test_a_package_that_unfolds_into_gigabytes_is_refused(tmp_path: Path) -> None:
    bomb = files.docx(" " * 120_000_000)
    assert len(bomb) < 1_000_000
    with FileReader() as read:
        assert "unfolds into more than" in reason(read(written(tmp_path, "bomb.docx", bomb), "bomb"))


def test_a_file_that_needs_too_much_memory_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    heavy = written(tmp_path, "heavy.docx", files.docx("<w:p/>" * 3_000_000))
    good = written(tmp_path, "good.txt", b"Good.")
    with FileReader(memory=500_000_000) as read:
        assert any(why in reason(read(heavy, "heavy")) for why in ("memory", "took the reader down"))
        assert isinstance(read(good, "good"), Document)


def test_elements_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    deep = written(tmp_path, "deep.html", b"<div>" * 50_000 + b"words")
    with FileReader() as read:
        assert "nested too deeply" in reason(read(deep, "deep"))


def test_entities_that_expand_without_end_are_refused(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{"".join(f"&{a};" for _ in range(50))}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    body = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>&h;</w:body></w:document>'
    whole = files.zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": f"{laughs}]>{body}"})
    with FileReader() as read:
        assert reason(read(written(tmp_path, "laughs.docx", whole), "laughs"))


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    slow = written(tmp_path, "slow.docx", files.docx("<w:p/>" * 3_000_000))
    good = written(tmp_path, "good.txt", b"Good.")
    with FileReader(seconds=1) as read:
        assert reason(read(slow, "slow")) == "took more than 1 seconds to read"
    with FileReader() as read:
        assert isinstance(read(good, "good"), Document)


def test_the_child_sees_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-the-parent")
    with FileReader() as read:
        read(written(tmp_path, "a.txt", b"Words."), "a")
        children = [p for p in Path("/proc").glob("[0-9]*/environ") if b"index.sandbox" in (p.parent / "cmdline").read_bytes()]
        assert children
        assert all(b"secret-of-the-parent" not in p.read_bytes() for p in children)
