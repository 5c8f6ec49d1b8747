"""What was acknowledged is on disk; flags come with everything that is needed to judge them."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.answer import Answer, Turn
from assistant.errors import InputError, JournalError
from assistant.journal import Journal
from assistant.opening import House


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(f"sqlite:///{tmp_path / 'deep' / 'journal.sqlite'}")


@pytest.fixture
def answer(house: House) -> Answer:
    return house.assistant.ask("What is AARRR?")


def test_a_flag_comes_back_with_its_answer_and_history(journal: Journal, answer: Answer) -> None:
    journal.record(journal.new_conversation(), [Turn(question="before", answer="x")], answer)
    flag = journal.flag(answer.id, "wrong number", "  it is 43%  ")
    (kept,) = journal.flags()
    assert (kept.id, kept.reason, kept.comment) == (flag, "wrong number", "it is 43%")
    assert kept.answer == answer
    assert [t.question for t in kept.history] == ["before"]


def test_an_answer_that_was_never_given_cannot_be_flagged(journal: Journal) -> None:
    with pytest.raises(InputError, match="No answer 'nothing'"):
        journal.flag("nothing", "other")


def test_turns_keep_their_order_within_their_conversation(journal: Journal, house: House) -> None:
    one, other = journal.new_conversation(), journal.new_conversation()
    asked = ["What is AARRR?", "What is CIRCLES?", "What is STAR?"]
    for question in asked:
        journal.record(one, [], house.assistant.ask(question))
    journal.record(other, [], house.assistant.ask("What is HEART?"))
    assert [a.question for a in journal.turns(one)] == asked


def test_conversation_ids_cannot_be_guessed(journal: Journal) -> None:
    ids = {journal.new_conversation() for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 32


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, answer: Answer) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    code = (
        "import os, signal, sys; from assistant.answer import Answer; from assistant.journal import Journal; "
        "journal = Journal(sys.argv[1]); answer = Answer.model_validate_json(sys.argv[2]); journal.record('c', [], answer); "
        "print(journal.flag(answer.id, 'other', 'kept'), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, url, answer.model_dump_json()], capture_output=True, text=True, check=False)
    assert done.returncode == -9
    assert [f.id for f in Journal(url).flags()] == [done.stdout.strip()]


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/no/journal.sqlite"])
def test_a_journal_that_cannot_be_opened_says_what_to_check(url: str) -> None:
    with pytest.raises(JournalError, match="ASSISTANT_JOURNAL_URL"):
        Journal(url)
