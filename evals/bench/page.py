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

from assistant.ui.chat_page import EXAMPLES
from assistant.ui.render import said
from evals.bench.measured import Line
from evals.cases import own_cases

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

    def ask(self, visitor: str, question: str) -> tuple[str, str]:
        """What the page shows of a question in a new conversation, and its answer; both empty for an empty question."""
        shown = call(self.address, visitor, "ask", [question, visitor, "", {}])[1]
        if not isinstance(shown, list):  # nothing to show
            return "", ""
        asked, answer = (message["content"][0]["text"] for message in shown)
        return asked, answer

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
    """Answers under 1, 10 and 50 people at once: how long, how many failed, how many were somebody else's.

    Each person has a page of their own open. Once everybody asks what nobody else does, once all ask what the page offers.
    """
    own = [case.question for name in ("dev", "fit-e") for case in own_cases(name) if not case.history]
    offered = [question for _, question in EXAMPLES]
    with Page(data) as site:
        expected = {question: _plain(site.ask("before", question)[1]) for question in offered}
        drawn = iter(own)
        for people, each in CROWDS.items():
            yield from _crowd(site, people, "each a question of their own", [[next(drawn) for _ in range(each)] for _ in range(people)], {})
        for people, each in CROWDS.items():
            asked = [[offered[(person + turn) % len(offered)] for turn in range(each)] for person in range(people)]
            yield from _crowd(site, people, "the page's examples", asked, expected)


def _crowd(site: Page, people: int, kind: str, asked: list[list[str]], expected: dict[str, str]) -> Iterator[Line]:
    took: list[float] = []
    wrong: list[str] = []
    opened = threading.Barrier(people)

    def person(number: int) -> None:
        name = f"crowd-{'offered' if expected else 'own'}-{people}-{number}"
        site.ask(name, "")  # as when the page opens
        opened.wait()
        for question in asked[number]:
            begin = time.perf_counter()
            try:
                echo, answer = site.ask(name, question)
            except (RuntimeError, OSError) as error:
                wrong.append(str(error))
                continue
            took.append(time.perf_counter() - begin)
            if echo != said(question) or 'class="failed"' in answer or expected.get(question, _plain(answer)) != _plain(answer):
                wrong.append(f"{question}: {echo}")

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    most = people == max(CROWDS)
    note = f"median {np.median(took):.2f} s; failed or crossed: {len(wrong)}"
    what = f"load, {kind}: 95th percentile with {people} asking at once"
    yield Line(what, float(np.percentile(took, 95)), "s", len(took), target=1.5 if most else None, note=note)
    if most:
        yield Line(f"load, {kind}: errors and crossed answers with {people} at once", len(wrong), "", sum(map(len, asked)), target=0)


def _plain(answer: str) -> str:
    """An answer without what is its own each time: the id that its parts are found by."""
    return re.sub(r"[0-9a-f]{32}", "", answer)
