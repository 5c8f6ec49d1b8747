"""The question sets are frozen and true to the guides; no subject is in both splits."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from evals.cases import QUESTIONS, holds, own_cases
from index import bundled_corpus, load_folder
from tests.wording import plain

HASHES = (Path(__file__).parent / "data" / "questions.sha256").read_text(encoding="utf-8").split()
FROZEN = dict(zip(HASHES[1::2], HASHES[::2], strict=True))
SETS = sorted(path.stem for path in QUESTIONS.glob("*.jsonl"))
DOCUMENTS = load_folder(bundled_corpus()).documents
TEXTS = {d.name: d.text for d in DOCUMENTS}


@pytest.mark.parametrize("name", SETS)
def test_a_question_set_is_what_it_was(name: str) -> None:
    assert sha256((QUESTIONS / f"{name}.jsonl").read_bytes()).hexdigest() == FROZEN[f"{name}.jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_every_expected_fact_stands_in_a_guide_that_is_to_be_cited(name: str) -> None:
    for case in own_cases(name):
        text = " ".join(TEXTS[document] for document in case.documents)
        assert case.answerable == bool(case.facts)
        assert [fact for fact in case.facts if not holds(text, fact)] == []


def test_test_and_dev_share_no_subject_and_are_of_the_size_that_is_told() -> None:
    rows = {
        name: [json.loads(line) for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("test", "dev")
    }
    subjects = {name: {row["subject"] for row in some} for name, some in rows.items()}
    assert not subjects["test"] & subjects["dev"]
    assert len(rows["test"]) >= 400
    assert len(rows["test"]) + len(rows["dev"]) >= 600
    for some in rows.values():
        unanswerable = [row for row in some if not row["answerable"]]
        assert sum(row["kind"] == "near" for row in unanswerable) >= len(unanswerable) / 2
        assert {d for row in some for d in row["documents"]} == set(TEXTS)


def test_no_question_of_the_test_split_is_anywhere_else() -> None:
    def asked(name: str) -> set[str]:
        return {json.dumps([*(turn.question for turn in case.history), case.question]).lower() for case in own_cases(name)}

    test = asked("test")
    assert {name: shared for name in SETS if name != "test" and (shared := test & asked(name))} == {}


def test_no_question_that_the_guides_bring_is_one_of_a_set() -> None:
    missed = {plain(miss) for document in DOCUMENTS for asked in document.asked for miss in asked.misses}
    assert missed
    assert [(name, case.id) for name in SETS for case in own_cases(name) if plain(case.question) in missed] == []
