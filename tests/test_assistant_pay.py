"""Answers on pay: accounts of different sources side by side, each with kind and date; base pay never against total."""

import re

import pytest

from assistant.conversing import as_turn
from assistant.opening import House
from tests.conversation import ask


@pytest.mark.parametrize("question", ["What does an AI product manager earn?", "How much do AI PMs make in total compensation?"])
def test_what_ai_pms_earn_in_general_is_told_by_more_than_one_source(question: str, house: House) -> None:
    answer = ask(house, question)
    sources = [frozenset(s.key for s in c.sources) for c in answer.citations]
    assert len(set(sources)) >= 2
    for claim in answer.claims:
        assert re.search(r"\bbase|\btotal", claim.text), "says what kind of pay it is"
    for document in {c.document for c in answer.citations}:
        told = [claim.text for claim in answer.claims if answer.citations[claim.citations[0] - 1].document == document]
        assert re.search(r"\b20\d\d\b", " ".join(told)), "says when"


def test_what_ai_pms_earn_in_general_is_answered_with_every_level(house: House) -> None:
    told = ask(house, "What does an AI product manager earn?").answer
    assert [level for level in ("Associate", "Senior", "Director", "VP") if level not in told] == []


def test_a_whole_table_of_pay_is_followed_by_other_accounts(house: House) -> None:
    before = ask(house, "What does a director of AI product earn?")
    answer = house.assistant.ask("What does an AI product manager earn?", [as_turn(before)])
    assert {c.document for c in answer.citations} == {"ai-pm-career", "pay-evidence"}
    table, _, accounts = answer.answer.rpartition("\n\n")
    assert table.count("\n- ") >= 4
    assert "\n- " not in accounts


@pytest.mark.parametrize(("question", "kind"), [("What base salary do AI PMs get?", "base"), ("What total comp do AI PMs get?", "total")])
def test_an_account_of_another_kind_of_pay_is_not_set_beside(question: str, kind: str, house: House) -> None:
    other = {"base": "total", "total": "base"}[kind]
    for claim in ask(house, question).claims:
        assert kind in claim.text or other not in claim.text


@pytest.mark.parametrize(
    "question", ["What does an AI product manager earn?", "what does a mid level ai pm get", "What is the median base pay of an AI PM?"]
)
def test_no_answer_on_pay_sets_base_against_total(question: str, house: House) -> None:
    assert "$123K" not in ask(house, question).answer


def test_what_a_source_does_wrong_can_still_be_asked(house: House) -> None:
    assert "$123K" in ask(house, "How does Signal overstate the pay gap?").answer


@pytest.mark.parametrize("level", ["senior", "director", "associate", "VP"])
def test_a_level_is_answered_with_that_level_alone(level: str, house: House) -> None:
    for claim in ask(house, f"What does a {level} AI PM earn?").claims:
        assert level.lower() in claim.text.lower()


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ("What does a junior AI PM make?", "What does an associate AI PM make?"),
        ("What does an APM make?", "What does an associate make?"),
        ("What do vice presidents of AI product make?", "What do VP of AI product make?"),
        ("What does a senior AI PM make?", "What does a senior AI PM make?"),
        ("What does a junior AI PM do?", "What does a junior AI PM do?"),
    ],
)
def test_a_level_is_asked_for_in_the_word_of_the_table(asked: str, understood: str, house: House) -> None:
    assert ask(house, asked).standalone_question == understood


@pytest.mark.parametrize("level", ["staff", "principal", "lead"])
def test_a_level_that_no_source_pays_is_refused(level: str, house: House) -> None:
    assert ask(house, f"What does a {level} AI PM earn?").abstained
    assert ask(house, "how much do senior AI PMs make?", f"and {level}?").abstained
