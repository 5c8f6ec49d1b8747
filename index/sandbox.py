"""Reads other people's files in a child process with limits on memory and time.

A parser that loops, or that unfolds a small file into gigabytes, takes the child down and not the assistant: the file is
reported, a new child reads the next one. The child gets a path, gives back the document as JSON, and has no other task.

Run as ``python -m index.sandbox``, it is that child.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from index.documents import Document, document_from, plain
from index.loaders import Unreadable, load_file

MEMORY = 1_500_000_000  # bytes of address space; libraries and PDFium's reserve take about 400 million of it
SECONDS = 60.0  # for one file; a PDF of 500 pages takes about 5

_BROKEN = "cannot be read: its structure took the reader down. Save it anew, or as text"


class FileReader:
    """A child process that reads files one after the other. Use it in a ``with``; call it like ``load_file``."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def __call__(self, path: Path, name: str) -> Document | Unreadable:
        """Read one file as the document ``name``; whatever happens to the child, an answer comes back in time."""
        child = self._running()
        assert child.stdin
        try:
            child.stdin.write(json.dumps({"path": str(path), "name": name}) + "\n")
            child.stdin.flush()
            line = self._lines.get(timeout=self._seconds)
        except queue.Empty:
            self._stop()
            return Unreadable(str(path), f"took more than {self._seconds:.0f} seconds to read")
        except BrokenPipeError:
            line = ""
        if not line:  # the child has died
            self._stop()
            return Unreadable(str(path), _BROKEN)
        said = json.loads(line)
        if said["spent"]:
            self._stop()
        return Unreadable(**said["unreadable"]) if "unreadable" in said else document_from(said["document"])

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None:
            # -P: the folder that the command was run in is not a place to import from
            command = [sys.executable, "-P", "-m", "index.sandbox", str(self._memory)]
            self._child = subprocess.Popen(  # noqa: S603 - our own module, by this very interpreter
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=_bare_environment()
            )
            self._lines = queue.Queue()
            threading.Thread(target=_pump, args=(self._child, self._lines), daemon=True).start()
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(BrokenPipeError):  # what was still to be written has no reader any more
                    if pipe:
                        pipe.close()


def _pump(child: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """The child's answers, line by line, then an empty line when it ends."""
    assert child.stdout
    with contextlib.suppress(ValueError):  # closed while waiting: nobody asks any more
        for line in child.stdout:
            lines.put(line)
    lines.put("")


def _bare_environment() -> dict[str, str]:
    """What Python needs to find this package; no keys, no settings: the child reads files of strangers."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: there the time limit of the parent is what holds
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _answer(path: Path, name: str) -> dict[str, Any]:
    from index.chunking import document_spans

    spent = False
    try:
        read = load_file(path, name)
        if isinstance(read, Document):
            for _ in document_spans(read):  # what is slow or deep to cut must not be met for the first time in the assistant
                pass
            return {"document": plain(read), "spent": spent}
    except MemoryError:
        spent = True  # what was taken is not given back: the next file deserves a fresh child
        read = Unreadable(str(path), "needs too much memory to read")
    except RecursionError:
        read = Unreadable(str(path), "nested too deeply")
    except Exception as error:  # noqa: BLE001 - parsers raise kinds of their own; each is a reason, and the file is named
        read = Unreadable(str(path), f"cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:120]})".replace(": )", ")"))
    return {"unreadable": asdict(read), "spent": spent}


def _serve() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a library prints must not be taken for an answer
    _limit(int(sys.argv[1]))
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(_answer(Path(asked["path"]), asked["name"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
