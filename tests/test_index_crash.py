"""What is killed, or finds the disk full or closed, leaves the index and the documents as they were before or after."""

import ctypes
import os
import random
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import build_index
from index.documents import Document
from index.errors import BrokenIndexError
from index.generations import Generations
from index.loaders import load_file
from index.reader import LiveIndex
from index.shelf import Shelf
from tests.crash import DOCUMENTS, build
from tests.encoders import CountingEncoder

ROOT = Path(__file__).parents[1]
KILLS = 50


class Builder:
    """Builds in a child process that can be killed."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash", str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )

    def build(self, number: int, kill_after: float | None = None) -> float:
        """Build an edition; after ``kill_after`` seconds it gets SIGKILL, unless it is done before. Seconds it took."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{number}\n")
        child = int(self._process.stdout.readline())
        begun = time.perf_counter()
        with selectors.DefaultSelector() as done:
            done.register(self._process.stdout, selectors.EVENT_READ)
            if kill_after is not None and not done.select(kill_after):
                os.kill(child, signal.SIGKILL)
        assert self._process.stdout.readline() == "done\n"
        return time.perf_counter() - begun

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    builder = Builder(tmp_path)
    yield builder
    builder.close()


def editions_in(data: Path) -> set[str]:
    """The editions that the live index holds, after opening and reading all of it."""
    reader = LiveIndex(data, CountingEncoder()).reader()
    documents = reader.catalog.documents()
    assert len(documents) == DOCUMENTS
    chunks = reader.catalog.chunks(range(reader.manifest.chunks))
    assert len(reader.store.nearest(reader.chunk_vectors[0], reader.manifest.chunks)) == reader.manifest.chunks
    return {d.title for d in documents} | {c.chunk.title for c in chunks}


def test_a_build_killed_at_fifty_random_moments_leaves_the_old_index_or_the_new_one(builder: Builder, tmp_path: Path) -> None:
    builder.build(0)
    whole = max(builder.build(n) for n in (1, 2))
    moments = random.Random(20261123)
    live, survived = "Edition 2", 0
    for number in range(3, 3 + KILLS):
        builder.build(number, kill_after=moments.uniform(0, whole))
        found = editions_in(tmp_path)
        assert found in ({live}, {f"Edition {number}"})
        survived += found == {live}
        live = found.pop()
        kept = [d for d in Shelf(tmp_path).documents(load_file) if d]
        assert len(kept) == 1  # the added document, of the edition before or of this one
    assert survived > KILLS // 4  # most kills hit a build that was under way
    builder.build(100)
    assert editions_in(tmp_path) == {"Edition 100"}
    assert len(list((tmp_path / "index" / "generations").iterdir())) <= 2


def run_limited(prepare: Callable[[], None] | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assistant.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        preexec_fn=prepare,
    )


def no_room(size: int) -> None:
    """No file may grow past ``size`` bytes: what is larger fails as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def obey_rights() -> None:
    """Root writes where it likes; without this capability it obeys rights as anybody does."""
    if os.geteuid() == 0:
        ctypes.CDLL(None, use_errno=True).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: gone after the exec


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for n in range(40):
        (folder / f"d{n}.md").write_text(f"# Guide {n}\n\n" + " ".join(f"Sentence {i} of guide {n}." for i in range(30)), encoding="utf-8")
    return folder


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr and "panicked" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("size", [60_000, 120_000, 900_000])  # the catalogue fails, the vectors' store fails, its index fails
def test_a_full_disk_is_one_line_and_the_old_index_stays(size: int, corpus: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    build(1, data)
    before = Generations(data).current()
    said = one_line(run_limited(lambda: no_room(size), "index", "--corpus", str(corpus), "--data", str(data)))
    assert "free space" in said
    assert Generations(data).current() == before
    assert editions_in(data) == {"Edition 1"}


def test_a_read_only_folder_answers_and_a_build_there_is_one_line(corpus: Path, tmp_path: Path) -> None:
    where = ["--data", str(tmp_path / "data")]
    assert run_limited(None, "index", "--corpus", str(corpus), *where).returncode == 0
    folders = [p for p in (tmp_path / "data", *(tmp_path / "data").rglob("*")) if p.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        said = one_line(run_limited(obey_rights, "index", *where))
        assert "Permission denied" in said and "rights" in said
        done = run_limited(obey_rights, "ask", *where, "What is sentence 7?")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Sentence 7 of guide" in done.stdout
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_what_is_not_ours_in_the_index_folder_stays(tmp_path: Path) -> None:
    build(1, tmp_path)
    (tmp_path / "index" / "generations" / "my notes").mkdir()
    (tmp_path / "index" / "generations" / "my notes" / "a.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "index" / "generations" / "readme.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "documents" / "other").mkdir()
    for number in (2, 3):
        build(number, tmp_path)
    assert (tmp_path / "index" / "generations" / "my notes" / "a.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "index" / "generations" / "readme.txt").is_file()
    assert editions_in(tmp_path) == {"Edition 3"}
    assert Shelf(tmp_path).broken() == [tmp_path / "documents" / "other"]


@pytest.mark.parametrize("what", ["a folder", "bytes", "nothing"])
def test_a_pointer_that_cannot_be_read_is_mended_by_a_build(what: str, tmp_path: Path) -> None:
    build(1, tmp_path)
    pointer = tmp_path / "index" / "CURRENT"
    pointer.unlink()
    if what == "a folder":
        pointer.mkdir()
    elif what == "bytes":
        pointer.write_bytes(b"\xff\xfe\x00")
    build(2, tmp_path)
    assert editions_in(tmp_path) == {"Edition 2"}


def test_a_generation_whose_parts_are_of_different_builds_is_refused(tmp_path: Path) -> None:
    build(1, tmp_path)
    first = Generations(tmp_path).current()
    shutil.copy(first / "catalog.sqlite", tmp_path / "catalog.sqlite")
    build_index([Document(name="only", title="Only", text="One.")], tmp_path, CountingEncoder(), "editions")
    shutil.copy(tmp_path / "catalog.sqlite", Generations(tmp_path).current() / "catalog.sqlite")
    with pytest.raises(BrokenIndexError, match="not the one its manifest describes"):
        LiveIndex(tmp_path, CountingEncoder()).reader()
