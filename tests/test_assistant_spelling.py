"""Slips of the pen are mended by the corpus's words; names and real words stay what they are."""

import pytest

from assistant.opening import House
from assistant.spelling import mend
from index.lexical import LexicalIndex

LEXICAL = LexicalIndex.build(
    ["Accuracy of a library.", "Salary negotiation and interviews.", "Retrieval of documents, retrieval of libraries."]
)
ENGLISH = {"tariff", "celery", "salary", "interview", "does", "what", "library", "ned"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("what acuracy", "what accuracy"),
        ("libaries", "libraries"),
        ("Acuracy?", "Accuracy?"),
        ("interveiws", "interviews"),  # two letters swapped are one slip
        ("negociatoin", "negotiation"),  # two slips in a long word
        ("retreival of documnets", "retrieval of documents"),
        ("celery", "celery"),  # a real word
        ("ask Salarie now", "ask Salarie now"),  # a name
        ("salry", "salary"),
        ("waht salary", "what salary"),  # a small word
        ("waht salary do i ned", "what salary do i need"),  # who slips once slips again
        ("salary of ned", "salary of ned"),
        ("slry", "slry"),  # too short to tell
        ("blockchain", "blockchain"),
        ("GPT-5 ACURACY", "GPT-5 ACURACY"),
    ],
)
def test_only_a_slip_is_mended(said: str, meant: str) -> None:
    assert mend(said, LEXICAL, ENGLISH.__contains__) == meant


def test_a_misspelt_question_is_answered_and_shows_how_it_was_understood(house: House) -> None:
    answer = house.assistant.ask("What does a seniro AI PM earn in totl compensaton?")
    assert "senior" in answer.standalone_question and "compensation" in answer.standalone_question
    assert "$300K-$480K" in answer.answer
    assert answer.question == "What does a seniro AI PM earn in totl compensaton?"
