"""What was acknowledged is on disk; a conversation is its browser's alone; flags come with everything that is needed to judge them."""

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.answer import Answer, Turn
from assistant.conversing import Conversing
from assistant.errors import InputError, JournalError
from assistant.journal import Journal
from assistant.journal_flags import Flags, candidate_question
from assistant.opening import House

ME, OTHER = "my browser", "another browser"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(f"sqlite:///{tmp_path / 'deep' / 'journal.sqlite'}")


@pytest.fixture
def flags(journal: Journal) -> Flags:
    return Flags(journal)


@pytest.fixture(scope="module")
def answers(house: House) -> list[Answer]:
    return [house.assistant.ask(q) for q in ("What is AARRR?", "What is CIRCLES?", "What is STAR?")]


def answered(conversing: Conversing, conversation: str, question: str) -> Answer:
    (*_, answer) = conversing.ask(conversation, ME, question)
    assert isinstance(answer, Answer)
    return answer


def again(answer: Answer, identity: str) -> Answer:
    return answer.model_copy(update={"id": identity})


def test_a_flag_comes_back_with_its_answer_history_passages_and_versions(journal: Journal, flags: Flags, house: House) -> None:
    conversation = journal.new_conversation(ME)
    conversing = Conversing(lambda: house, journal)
    for question in ("What is AARRR?", "And who made it?"):
        answer = answered(conversing, conversation, question)
    flag = flags.put(answer.id, "wrong number", "  it is 43%  ", ME)
    (kept,) = flags.every()
    assert (kept.id, kept.reason, kept.comment) == (flag, "wrong number", "it is 43%")
    assert kept.answer == answer
    assert [t.question for t in kept.history] == ["What is AARRR?"]
    assert kept.versions["index"] == answer.index
    assert {"assistant", "embedding_model_sha256", "chromadb"} <= set(kept.versions)
    first = kept.passages[0]
    document = house.live.document(first["document"])
    assert document
    assert len(first["sha256"]) == 64
    assert document.text[first["start"] : first["end"]]


def test_an_answer_that_was_never_given_cannot_be_flagged(flags: Flags) -> None:
    with pytest.raises(InputError, match="No answer 'nothing'"):
        flags.put("nothing", "other")


def test_another_browser_can_neither_read_nor_flag_nor_take_back_nor_delete(journal: Journal, flags: Flags, answers: list[Answer]) -> None:
    mine = journal.new_conversation(ME)
    journal.record(mine, [], answers[0])
    assert journal.turns(mine, OTHER) == []
    assert journal.conversations(OTHER) == []
    assert journal.take_back(mine, OTHER, 0) == []
    assert journal.delete_conversation(mine, OTHER, keep_flagged=False) is False
    with pytest.raises(InputError):
        flags.put(answers[0].id, "other", visitor=OTHER)
    assert journal.turns(mine, ME) == [answers[0]]


def test_nobodys_name_owns_nothing(journal: Journal, answers: list[Answer]) -> None:
    journal.record(journal.new_conversation(), [], answers[0])
    assert journal.conversations("") == []


def test_conversations_are_listed_by_their_first_question_the_last_spoken_in_first(journal: Journal, answers: list[Answer]) -> None:
    one, two = journal.new_conversation(ME), journal.new_conversation(ME)
    journal.record(one, [], answers[0])
    journal.record(two, [], answers[1])
    journal.record(one, [], answers[2])
    assert [(c.title, c.turns) for c in journal.conversations(ME)] == [("What is AARRR?", 2), ("What is CIRCLES?", 1)]


def test_turns_keep_their_order_within_their_conversation(journal: Journal, answers: list[Answer]) -> None:
    one, other = journal.new_conversation(), journal.new_conversation()
    for answer in answers:
        journal.record(one, [], answer)
    journal.record(other, [], again(answers[0], "x"))
    assert [a.question for a in journal.turns(one)] == [a.question for a in answers]


def test_what_is_taken_back_is_deleted_unless_it_is_flagged(journal: Journal, flags: Flags, answers: list[Answer]) -> None:
    mine = journal.new_conversation(ME)
    for answer in answers:
        journal.record(mine, [], answer)
    flags.put(answers[2].id, "incomplete", visitor=ME)
    flags.like(answers[1].id, True, ME)
    assert journal.take_back(mine, ME, 1) == [a.question for a in answers[1:]]
    assert journal.turns(mine, ME) == answers[:1]
    assert journal.answer(answers[1].id) is None
    assert [f.turn for f in flags.every()] == [answers[2].id]


@pytest.mark.parametrize("keep", [True, False])
def test_deleting_keeps_a_flagged_answer_only_where_the_person_says_so(
    journal: Journal, flags: Flags, answers: list[Answer], keep: bool
) -> None:
    mine = journal.new_conversation(ME)
    for answer in answers[:2]:
        journal.record(mine, [], answer)
    flags.put(answers[0].id, "unsafe", visitor=ME)
    flags.like(answers[1].id, False, ME)
    assert journal.delete_conversation(mine, ME, keep_flagged=keep)
    assert journal.conversations(ME) == []
    assert journal.turns(mine, ME) == []
    assert journal.answer(answers[1].id) is None
    assert [f.turn for f in flags.every()] == ([answers[0].id] if keep else [])


def test_a_flag_is_changed_withdrawn_and_put_again(journal: Journal, flags: Flags, answers: list[Answer]) -> None:
    journal.record(journal.new_conversation(ME), [], answers[0])
    turn = answers[0].id
    first = flags.put(turn, "wrong number", "see page 3", ME)
    assert flags.put(turn, "out of date", visitor=ME) == first
    (kept,) = flags.every()
    assert (kept.reason, kept.comment) == ("out of date", "see page 3")
    assert flags.withdraw(turn, ME)
    assert flags.every() == []
    assert not flags.withdraw(turn, ME)


def test_a_touch_told_many_times_at_once_is_one_flag(journal: Journal, flags: Flags, answers: list[Answer]) -> None:
    journal.record(journal.new_conversation(ME), [], answers[0])
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: flags.put(answers[0].id, "incomplete", visitor=ME), range(8)))
        list(pool.map(lambda _: flags.like(answers[0].id, False, ME), range(8)))
    assert [f.id for f in flags.every()] == list(ids)


def test_what_became_of_a_flag_is_told_and_ends_when_the_flag_changes(journal: Journal, flags: Flags, answers: list[Answer]) -> None:
    journal.record(journal.new_conversation(ME), [], answers[0])
    flag = flags.put(answers[0].id, "wrong number", visitor=ME)
    flags.resolve(flag, "The guide is corrected.")
    assert flags.opinions([answers[0].id])[answers[0].id].resolution == "The guide is corrected."
    flags.put(answers[0].id, "wrong number", visitor=ME)  # the same once more changes nothing
    assert flags.one(flag).resolved
    flags.put(answers[0].id, "wrong number", "still wrong", ME)
    assert not flags.one(flag).resolved


def test_a_flag_becomes_a_candidate_question(journal: Journal, flags: Flags, house: House) -> None:
    conversation = journal.new_conversation(ME)
    conversing = Conversing(lambda: house, journal)
    for question in ("What does a senior AI PM earn?", "And for a director?"):
        answer = answered(conversing, conversation, question)
    candidate = candidate_question(flags.one(flags.put(answer.id, "wrong number", "too high")))
    assert candidate["turns"] == ["What does a senior AI PM earn?", "And for a director?"]
    assert candidate["answerable"] is None
    assert candidate["expected"] == []
    assert candidate["documents"] == ["ai-pm-career"]
    assert "too high" in candidate["note"]
    json.dumps(candidate)


def test_conversation_ids_cannot_be_guessed_and_a_browsers_name_is_not_kept(journal: Journal, tmp_path: Path) -> None:
    ids = {journal.new_conversation(ME) for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 32
    journal.close()
    assert ME.encode() not in (tmp_path / "deep" / "journal.sqlite").read_bytes()


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, answers: list[Answer]) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    code = (
        "import os, signal, sys; from assistant.answer import Answer; from assistant.journal import Journal; "
        "from assistant.journal_flags import Flags; "
        "journal = Journal(sys.argv[1]); answer = Answer.model_validate_json(sys.argv[2]); journal.record('c', [], answer); "
        "print(Flags(journal).put(answer.id, 'other', 'kept'), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, url, answers[0].model_dump_json()], capture_output=True, text=True, check=False)
    assert done.returncode == -9
    assert [f.id for f in Flags(Journal(url)).every()] == [done.stdout.strip()]


def test_a_journal_of_the_version_before_is_brought_up_to_date(tmp_path: Path, answers: list[Answer]) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as old:  # the tables of version 0.1.0
        old.executescript("""
            CREATE TABLE conversation (id VARCHAR PRIMARY KEY, created VARCHAR NOT NULL);
            CREATE TABLE turn (id VARCHAR PRIMARY KEY, conversation VARCHAR NOT NULL REFERENCES conversation (id), created VARCHAR NOT NULL,
                               history JSON NOT NULL, answer JSON NOT NULL);
            CREATE TABLE flag (id VARCHAR PRIMARY KEY, turn VARCHAR NOT NULL REFERENCES turn (id), created VARCHAR NOT NULL,
                               reason VARCHAR NOT NULL, comment VARCHAR NOT NULL);
        """)
        old.execute("INSERT INTO conversation VALUES ('c', '2026-11-01')")
        history = json.dumps([Turn(question="before").model_dump()])
        old.execute("INSERT INTO turn VALUES (?, 'c', '2026-11-01', ?, ?)", (answers[0].id, history, answers[0].model_dump_json()))
        old.execute("INSERT INTO flag VALUES ('f', ?, '2026-11-01', 'other', '')", (answers[0].id,))
    journal = Journal(f"sqlite:///{path}")
    (flag,) = Flags(journal).every()
    assert (flag.answer, flag.passages, flag.versions, flag.resolved) == (answers[0], [], {}, "")
    mine = journal.new_conversation(ME)
    journal.record(mine, [], answers[1])
    assert journal.turns(mine, ME) == [answers[1]]


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/no/journal.sqlite"])
def test_a_journal_that_cannot_be_opened_says_what_to_check(url: str) -> None:
    with pytest.raises(JournalError, match="ASSISTANT_JOURNAL_URL"):
        Journal(url)
