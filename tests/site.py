"""The site in a process of its own, and a person in front of a browser, for the page's tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 90_000  # the page's first answer waits for the model, on a machine that may be busy with other tests
expect.set_options(timeout=PATIENCE_MS)


class Site:
    """A running server. It dies at its first call to another machine (tests.offline), also where tracing is on in the environment."""

    def __init__(self, data: Path, port: int = 0, environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "tests.offline", "serve", "--data", str(data), "--port", str(port)]
        tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "none", "LANGCHAIN_TRACING_V2": "true"}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | tracing | dict(environment or {}))
        assert self.process.stderr
        told = []
        for line in self.process.stderr:
            told.append(line)
            if opened := re.search(r"The page is open on (\S+?)/? ", line):
                self.address = opened[1]
                return
        pytest.fail(f"the page did not open: {''.join(told)}")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """Stop it and wait for its end."""
        self.process.terminate()
        self.process.wait()
        assert self.process.stderr
        self.process.stderr.close()


@contextmanager
def served(data: Path, port: int = 0, environment: Mapping[str, str] | None = None) -> Iterator[Site]:
    """A site for a while."""
    site = Site(data, port, environment)
    try:
        yield site
    finally:
        site.close()


def visit(page: Page, address: str) -> Page:
    """Open the chat and wait until it can be used."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.get_by_label("Your question")).to_be_visible()
    return page


def ask(page: Page, question: str, answers: int) -> None:
    """Type a question and wait until there are so many answers."""
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator(".answer")).to_have_count(answers)


def assistant(data: Path, *arguments: str) -> str:
    """Run ``assistant`` as the person who runs it would; its standard output."""
    command = [sys.executable, "-m", "assistant.cli", *arguments, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
