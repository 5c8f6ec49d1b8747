"""The person who runs it reads flags, answers them, and makes tests of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.conversing import Conversing
from assistant.errors import InputError
from assistant.journal import Journal
from assistant.journal_flags import Flags
from assistant.opening import House
from assistant.settings import Settings

Run = Callable[..., Any]


@pytest.fixture
def flagged(settings: Settings, house: House) -> Iterator[str]:
    """A flag in the journal of the test's data folder; its id."""
    journal = Journal(settings.journal)
    conversation = journal.new_conversation("somebody")
    (*_, answer) = Conversing(lambda: house, journal).ask(conversation, "somebody", "What is the Kano model?")
    yield Flags(journal).put(answer.id, "incomplete", "\x1b[31mred\nand more")  # type: ignore[union-attr]
    journal.delete_conversation(conversation, "somebody", keep_flagged=False)
    journal.close()


def listed(run: Run, settings: Settings, flag: str) -> str:
    _, out, _ = run("flags", "--data", str(settings.data_dir))
    (line,) = [line for line in out.splitlines() if flag in line]
    return str(line)


def test_a_flag_is_listed_in_one_line_that_a_terminal_does_not_obey(run: Run, settings: Settings, flagged: str) -> None:
    line = listed(run, settings, flagged)
    assert "incomplete: What is the Kano model?" in line
    assert "and more" in line
    assert "\x1b" not in line
    assert "(open)" in line


def test_a_flag_is_resolved_and_its_answer_is_listed(run: Run, settings: Settings, flagged: str) -> None:
    status, out, err = run("flags", "resolve", flagged, "The guide says more now.", "--data", str(settings.data_dir))
    assert (status, out) == (0, "")
    assert "Kano" in err
    assert "The guide says more now." in listed(run, settings, flagged)


def test_a_candidate_question_is_one_line_of_json_and_is_refused_by_evals_until_a_human_has_completed_it(
    run: Run, settings: Settings, flagged: str, tmp_path: Path
) -> None:
    from evals.cases import cases_of

    status, out, _ = run("flags", "to-question", flagged, "--data", str(settings.data_dir))
    assert status == 0
    row = json.loads(out)
    file = tmp_path / "from-flags.jsonl"
    file.write_text(out, encoding="utf-8")
    with pytest.raises(InputError, match=f"flag-{flagged}.*answerable"):
        cases_of(file)
    file.write_text(json.dumps(row | {"answerable": True, "expected": [["Noriaki Kano"]]}), encoding="utf-8")
    (case,) = cases_of(file)
    assert (case.question, case.answerable, case.facts) == ("What is the Kano model?", True, (("Noriaki Kano",),))


@pytest.mark.parametrize("command", [("resolve", "nothing", "x"), ("to-question", "nothing")])
def test_a_flag_that_is_not_there_is_named(run: Run, settings: Settings, command: tuple[str, ...]) -> None:
    status, out, err = run("flags", *command, "--data", str(settings.data_dir))
    assert (status, out) == (2, "")
    assert "No flag 'nothing'. Run: assistant flags" in err


def test_an_empty_answer_resolves_nothing(run: Run, settings: Settings, flagged: str) -> None:
    status, _, err = run("flags", "resolve", flagged, " ", "--data", str(settings.data_dir))
    assert status == 2
    assert "The answer is empty" in err
    assert "(open)" in listed(run, settings, flagged)
