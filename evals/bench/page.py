"""The page in a process of its own, asked through its own endpoint as browsers do."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np

from evals.bench.measured import Line

LEVELS = ("Associate AI PM", "Senior AI PM", "Director of AI Product", "VP of AI Product", "AI Product Manager")
CROWDS = {1: 20, 10: 4, 50: 3}  # people at once -> questions each
WAIT = 120  # seconds for one answer


def call(address: str, session: str, function: str, data: list[Any]) -> list[Any]:
    """Ask the page's own endpoint as a browser does; the data of its last word.

    Raises:
        RuntimeError: the page says that it failed, or ends without an answer.
    """
    body = json.dumps({"data": data, "fn_index": function_of(address, function), "session_hash": session}).encode()
    request = urllib.request.Request(f"{address}/gradio_api/queue/join", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=WAIT).read()
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash={session}", timeout=WAIT) as stream:
        for line in stream:
            told = json.loads(line[5:]) if line.startswith(b"data:") else {}
            if told.get("msg") == "process_completed":
                if not told["success"]:
                    raise RuntimeError(f"the page failed: {told}")
                return list(told["output"]["data"])
    raise RuntimeError("the stream ended without an answer")


_FUNCTIONS: dict[tuple[str, str], int] = {}


def function_of(address: str, name: str) -> int:
    """The number of a function of the page's, read once."""
    if (address, name) not in _FUNCTIONS:
        with urllib.request.urlopen(f"{address}/config", timeout=WAIT) as config:
            number = next(d["id"] for d in json.load(config)["dependencies"] if d["api_name"] == name)
        _FUNCTIONS[address, name] = int(number)
    return _FUNCTIONS[address, name]


class Page:
    """``assistant serve`` for a while; open as soon as it answers HTTP."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "assistant.cli", "serve", "--data", str(data), "--port", str(port)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        while True:
            try:
                urllib.request.urlopen(self.address, timeout=WAIT).read()
                return self
            except (urllib.error.URLError, ConnectionError):
                if self._process.poll() is not None:
                    raise RuntimeError("the page did not open") from None
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def ask(self, visitor: str, question: str) -> str:
        """What the page shows for a question of a new visitor."""
        return json.dumps(call(self.address, visitor, "ask", [question, visitor, "", {}]))

    def memory_mb(self) -> float:
        """What the process holds now."""
        return self._status("VmRSS")

    def peak_mb(self) -> float:
        """The most that the process has held."""
        return self._status("VmHWM")

    def _status(self, what: str) -> float:
        found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8"))
        assert found
        return int(found[1]) / 1024


def load(data: Path) -> Iterator[Line]:
    """Answers under 1, 10 and 50 people at once: how long, how many failed, how many were somebody else's."""
    with Page(data) as site:
        site.ask("warm", "What does a senior AI PM earn?")
        for people, each in CROWDS.items():
            took, wrong = _crowd(site, people, each)
            note = f"failed or crossed: {wrong}; median {np.median(took):.2f} s" if took else f"failed or crossed: {wrong}"
            target = 1.5 if people == max(CROWDS) else None
            yield Line(
                f"load: 95th percentile with {people} asking at once",
                float(np.percentile(took, 95)),
                "s",
                len(took),
                target=target,
                note=note,
            )
            if people == max(CROWDS):
                yield Line(f"load: errors and crossed answers with {people} at once", wrong, "", people * each, target=0)


def _crowd(site: Page, people: int, each: int) -> tuple[list[float], int]:
    took: list[float] = []
    wrong: list[str] = []

    def person(number: int) -> None:
        for turn in range(each):
            token = f"{people * 100_000 + number * 100 + turn}"
            begin = time.perf_counter()
            try:
                shown = site.ask(f"crowd-{token}", f"What does a {LEVELS[(number + turn) % 5]} earn? ({token})")
            except (RuntimeError, OSError) as error:
                wrong.append(str(error))
                continue
            took.append(time.perf_counter() - begin)
            mine, seen = f"&#40;{token}&#41;", set(re.findall(r"&#40;(\d{6,})&#41;", shown))
            if mine not in shown or seen != {token}:
                wrong.append(f"{token}: {seen}")

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, len(wrong)
