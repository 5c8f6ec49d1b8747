"""Cold start, at the terminal and of the page, and the memory that a process takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from evals.bench.measured import Line, middle, ratio
from evals.bench.page import Page
from evals.cases import own_cases

QUESTION = "What does a senior AI PM earn?"
COLD, PAGES = 5, 3
ASKED = 1_000  # questions after which the page's memory is looked at
SETTLED = 100  # and the number after which it should grow no more
# A process that says at its end how much memory it took at most.
_PEAK = (
    "import atexit, resource, sys; atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)); "
    "from assistant.cli import main; sys.exit(main(sys.argv[1:]))"
)


def terminal(data: Path) -> Iterator[Line]:
    """``assistant ask`` in a new process, against the recipe in a new process on a ready index, in turns."""
    with tempfile.TemporaryDirectory() as place:
        recipe = [sys.executable, "-m", "evals.recipe", place, QUESTION]
        ask = [sys.executable, "-m", "assistant.cli", "ask", QUESTION, "--data", str(data)]
        _seconds(recipe)  # the first run makes its index
        _seconds(ask)
        ours, theirs = [], []
        for _ in range(COLD):
            theirs.append(_seconds(recipe))
            ours.append(_seconds(ask))
    yield ratio("cold start, terminal: `assistant ask` against the plain recipe", ours, theirs, 0.35)
    done = subprocess.run([sys.executable, "-c", _PEAK, "ask", QUESTION, "--data", str(data)], capture_output=True, text=True, check=True)
    yield Line("memory: peak of `assistant ask`", int(done.stderr.split()[-1]) / 1024, "MB", 1, target=500)


def page(data: Path) -> Iterator[Line]:
    """``assistant serve`` until the page answers, and until its first answer; then its memory over many questions."""
    imports = [_seconds([sys.executable, "-c", "import gradio"]) for _ in range(PAGES)]
    opened, answered = [], []
    for number in range(PAGES):
        begin = time.perf_counter()
        with Page(data) as site:
            opened.append(time.perf_counter() - begin)
            site.ask(f"first-{number}", QUESTION)
            answered.append(time.perf_counter() - begin)
    base, _ = middle(imports)
    more = [seconds - base for seconds in opened]
    value, spread = middle(more)
    yield Line(
        "cold start, page: until it answers HTTP, over gradio's own import", value, "s", PAGES, spread, 1.0, note=f"import {base:.2f} s"
    )
    value, spread = middle(answered)
    yield Line("cold start, page: until the first answer", value, "s", PAGES, spread)
    yield from _memory(data)


def _memory(data: Path) -> Iterator[Line]:
    questions = [case.question for name in ("dev", "fit-e", "fit-f", "fit-g", "cal-c", "cal-d") for case in own_cases(name)][:ASKED]
    with Page(data) as site:
        settled = 0.0
        for number, question in enumerate(questions, 1):
            site.ask(f"memory-{number}", question)
            if number == SETTLED:
                settled = site.memory_mb()
        yield Line(
            f"memory: peak of `assistant serve` after {len(questions):,} questions", site.peak_mb(), "MB", len(questions), target=900
        )
        grown = site.memory_mb() - settled
        yield Line(f"memory: growth over the last {len(questions) - SETTLED}", grown, "MB", len(questions) - SETTLED, target=20)


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env=os.environ | {"TOKENIZERS_PARALLELISM": "false"})
    return time.perf_counter() - begin
