"""Somebody with 4 years is answered with the row for 3 to 5, and never with a row for other years."""

import pytest

from assistant.opening import House
from tests.conversation import ask


@pytest.mark.parametrize(
    ("turns", "row"),
    [
        (["What does an AI PM with 4 years earn?"], "AI Product Manager, 3-5 years: base $145K-$190K"),
        (["I have 6 years of experience, what can I earn as an AI PM?"], "Senior AI PM, 5-8 years: base $190K-$250K"),
        (["salary with 1 year of experience"], "Associate AI PM, 0-2 years: base $110K-$145K"),
        (["How much does a senior AI PM with 7 yrs earn?"], "Senior AI PM, 5-8 years: base $190K-$250K"),
        (["What does an AI PM with 4 years earn?", "and with 6?"], "Senior AI PM, 5-8 years: base $190K-$250K"),
    ],
)
def test_years_are_answered_with_the_row_that_holds_them(turns: list[str], row: str, house: House) -> None:
    assert ask(house, *turns).answer.startswith(row)


@pytest.mark.parametrize(
    "turns",
    [
        ["What does an AI PM with 10 years earn?"],
        ["What does a senior AI PM earn?", "and with 14 years?"],
        ["What does an AI PM with 2.5 years earn?"],  # the table has a hole there
        ["What does an associate AI PM with 6 years earn?"],
    ],
)
def test_a_row_for_other_years_is_never_the_answer(turns: list[str], house: House) -> None:
    answer = ask(house, *turns)
    told = " ".join(claim.text for claim in answer.claims)
    assert [band for band in ("0-2 years:", "3-5 years:", "5-8 years:") if band in told] == []


def test_years_that_are_not_of_experience_are_left_alone(house: House) -> None:
    for question in ("What did AI PMs earn 4 years ago?", "How long do 4 years of college take?"):
        assert ask(house, question).standalone_question == question
