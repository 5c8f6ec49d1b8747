"""The scripted chat server of the tests, as a process of its own: what the evals ask where no real model is to be paid."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from assistant.settings import Settings

ROOT = Path(__file__).parents[1]


@contextmanager
def scripted(script: str, settings: Settings, data: Path | None = None) -> Iterator[Settings]:
    """Settings with a model that a script answers for: "honest", "faulty" or "obeying" (which needs the red team's folder)."""
    command = [sys.executable, "-m", "tests.chat_scripts", "--script", script, *(("--data", str(data.resolve())) if data else ())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout
        try:
            url = server.stdout.readline().strip()
            if not url:
                raise RuntimeError("the scripted server did not start")
            yield settings.model_copy(update={"model": f"scripted-{script}", "model_large": "", "openai_base_url": SecretStr(url)})
        finally:
            server.terminate()
