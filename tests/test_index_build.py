"""Builds: incremental, one at a time, swapped at the end; a stale or broken index says so in one line."""

import gc
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from index.build import build_index
from index.documents import Document
from index.embedding import Encoder, Progress, Vectors
from index.errors import BrokenIndexError, BusyBuildError, MissingIndexError, StaleIndexError
from index.generations import Generations
from index.reader import LiveIndex
from index.retriever import HybridRetriever
from tests.encoders import CountingEncoder


def documents(*texts: str) -> list[Document]:
    return [Document(name=f"d{i}", title=f"Title {i}", text=text) for i, text in enumerate(texts)]


def test_unchanged_documents_cost_no_encoding(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here")
    assert first.changed
    assert first.encoded == len(encoder.encoded) > 0
    encoder.encoded.clear()
    again = build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here")
    assert not again.changed
    assert encoder.encoded == []
    assert again.manifest.fingerprint == first.manifest.fingerprint


def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here")
    encoder.encoded.clear()
    built = build_index(documents("One. Two.", "Three. Four."), tmp_path, encoder, "here")
    assert built.changed
    assert set(encoder.encoded) == {"Title 1\nThree. Four.", "Title 1: Four."}


def test_reused_vectors_are_those_of_their_own_texts(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here")
    build_index(documents("Zero.", "Three.", "One. Two."), tmp_path, encoder, "here")
    reader = LiveIndex(tmp_path, encoder).reader()
    for record in reader.catalog.chunks(range(reader.manifest.chunks)):
        assert np.allclose(reader.chunk_vectors[record.row], encoder.encode([record.chunk.embedding_text])[0])


def test_a_new_build_is_picked_up_by_a_running_reader(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_index(documents("Apples are red."), tmp_path, encoder, "here")
    retriever = HybridRetriever(encoder=encoder, reader=LiveIndex(tmp_path, encoder).reader)
    assert [p.chunk.text for p in retriever.retrieve("apples").passages] == ["Apples are red."]
    build_index(documents("Pears are green."), tmp_path, encoder, "here")
    assert [p.chunk.text for p in retriever.retrieve("apples").passages] == ["Pears are green."]


def test_a_reader_that_is_gone_holds_no_file_open(tmp_path: Path) -> None:
    """A page that runs for months picks up many generations."""
    encoder = CountingEncoder()

    def opened() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    live = LiveIndex(tmp_path, encoder)
    counts = []
    for text in ("One.", "Two.", "Three.", "Four.", "Five."):
        build_index(documents(text), tmp_path, encoder, "here")
        live.reader()
        counts.append(opened())
    assert counts[-1] - counts[1] < 3  # three generations later: not one file of each; Chroma's pool may open one of its own


def test_only_the_live_generation_and_the_one_before_are_kept(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    for text in ("One.", "Two.", "Three.", "Four."):
        build_index(documents(text), tmp_path, encoder, "here")
    assert len(list((tmp_path / "index" / "generations").iterdir())) == 2


def test_a_build_that_fails_leaves_the_old_index_live(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_index(documents("One."), tmp_path, encoder, "here")
    before = Generations(tmp_path).current()

    class Failing(CountingEncoder):
        def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        build_index(documents("Two."), tmp_path, Failing(), "here")
    assert Generations(tmp_path).current() == before
    assert [f.name for f in before.parent.iterdir()] == [before.name]


def test_two_builds_at_once_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / "build.lock"), pytest.raises(BusyBuildError, match="Wait for it"):
        build_index(documents("One."), tmp_path, CountingEncoder(), "here")


def test_no_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingIndexError, match="Run: assistant index"):
        LiveIndex(tmp_path, CountingEncoder()).reader()


def test_an_index_of_another_model_is_stale(tmp_path: Path) -> None:
    build_index(documents("One."), tmp_path, CountingEncoder(), "here")
    with pytest.raises(StaleIndexError, match="embedding model"):
        LiveIndex(tmp_path, CountingEncoder(sha256="0" * 64)).reader()


@pytest.mark.parametrize(
    "part",
    [
        "catalog.sqlite",
        "chunks.npy",
        "spans.npy",
        "asks.npy",
        "misses.npy",
        "asks-compared.npy",
        "misses-compared.npy",
        "chroma",
        "words",
        "manifest.json",
    ],
)
@pytest.mark.parametrize("how", ["missing", "truncated"])
def test_a_broken_part_is_one_clear_line_and_a_build_mends_it(part: str, how: str, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here")
    target = Generations(tmp_path).current() / part
    if target.is_dir():
        shutil.rmtree(target)
    elif how == "missing":
        target.unlink()
    else:
        target.write_bytes(target.read_bytes()[:40])
    with pytest.raises(BrokenIndexError, match="assistant index"):
        LiveIndex(tmp_path, encoder).reader()
    assert build_index(documents("One. Two.", "Three."), tmp_path, encoder, "here").changed
    assert LiveIndex(tmp_path, encoder).reader().manifest.chunks == 2


def test_a_pointer_to_nowhere_is_broken_not_missing(tmp_path: Path) -> None:
    build_index(documents("One."), tmp_path, CountingEncoder(), "here")
    (tmp_path / "index" / "CURRENT").write_text("../../elsewhere")
    with pytest.raises(BrokenIndexError, match="elsewhere"):
        LiveIndex(tmp_path, CountingEncoder()).reader()


def test_the_manifest_says_what_the_index_was_made_from(tmp_path: Path, encoder: Encoder) -> None:
    build_index(documents("One."), tmp_path, encoder, "here")
    kept = json.loads((Generations(tmp_path).current() / "manifest.json").read_text(encoding="utf-8"))
    assert kept["model_sha256"] == encoder.sha256
    assert kept["dimension"] == 384
    assert kept["chromadb_version"] and kept["chunker_version"]
    assert list(kept["documents"]) == ["d0"]
