"""The documents are held to the code."""

import re
import subprocess
from pathlib import Path

import pytest

from assistant.cli import app
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme_with_its_default(name: str) -> None:
    variable = Settings.model_fields[name].validation_alias or f"ASSISTANT_{name.upper()}"
    row = re.search(rf"^\| `{variable}` \| (.+?) \|", README, re.MULTILINE)
    assert row
    default = Settings.model_fields[name].default
    if isinstance(default, int | float | str) and default:
        assert row[1] == f"`{default:g}`" if isinstance(default, float) else row[1] == f"`{default}`"


def test_every_command_is_in_the_readme() -> None:
    commands = [info.name or info.callback.__name__ for info in app.registered_commands if info.callback]
    for group in app.registered_groups:
        assert group.typer_instance
        commands += [f"{group.name} {i.name or i.callback.__name__}" for i in group.typer_instance.registered_commands if i.callback]
    assert [c for c in commands if f"assistant {c}" not in README and c != "serve"] == []
    assert "make chat" in README


def test_every_module_that_architecture_names_is_there() -> None:
    named = re.findall(r"`((?:index/|assistant/|evals/)?[a-z_]+\.py)`", ARCHITECTURE)
    places = [ROOT, ROOT / "assistant", ROOT / "index"]
    assert [name for name in named if not any((place / name).is_file() for place in places)] == []


def test_every_picture_of_the_readme_is_there() -> None:
    assert [path for path in re.findall(r"!\[.*?\]\((.+?)\)", README) if not (ROOT / path).is_file()] == []


def test_nothing_of_this_machine_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    texts = [
        ROOT / t
        for t in tracked
        if t.endswith((".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".css", "Makefile")) and (ROOT / t).is_file()
    ]
    bad = re.compile(r"/(?:home|root|work)/\w|/tmp/\w|files\.pythonhosted|sk-[A-Za-z0-9]{20}")
    assert [t.name for t in texts if bad.search(t.read_text(encoding="utf-8")) and t.name != "test_docs.py"] == []
