"""The test split, asked through the chain that users ask, held to the last accepted run."""

import json

import pytest

from assistant.opening import House
from evals.cases import own_cases
from evals.gate import ACCEPTED, clearly_worse
from evals.metrics import Row
from evals.run import ask_all


@pytest.fixture(scope="module")
def rows(house: House) -> list[Row]:
    return ask_all(house, own_cases("test"))


def test_answering_and_refusing_are_not_clearly_worse_than_the_accepted_run(rows: list[Row]) -> None:
    assert [str(change) for change in clearly_worse(rows)] == []


def test_the_accepted_run_is_over_these_questions(rows: list[Row]) -> None:
    assert {r["id"] for r in json.loads(ACCEPTED.read_text(encoding="utf-8"))["rows"]} == {r.id for r in rows}


def test_the_gate_sees_a_chain_that_refuses_everything_and_one_that_answers_everything(rows: list[Row]) -> None:
    from dataclasses import replace

    mute = [replace(r, abstained=True) for r in rows]
    rash = [replace(r, abstained=False, facts_found=1.0 if r.answerable else None) for r in rows]
    assert [c.name for c in clearly_worse(mute)] == ["answerable: every expected fact in a cited answer"]
    assert [c.name for c in clearly_worse(rash)] == ["unanswerable: refused"]


def test_every_citation_quotes_exactly_and_every_claim_is_supported(rows: list[Row]) -> None:
    assert [r.id for r in rows if not r.exact_quotes] == []
    assert [r.id for r in rows if r.supported not in (None, 1.0)] == []
