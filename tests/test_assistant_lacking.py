"""An answer that lacks the kind of thing that was asked for is told from one that has it."""

import pytest

from assistant.lacking import counts_something_else, lacks
from assistant.question import parse_question
from index.lexical import LexicalIndex

LEXICAL = LexicalIndex.build(["Experts cast votes on questions.", "A screen takes minutes."])


@pytest.mark.parametrize(
    ("question", "answer", "lacking"),
    [
        ("How long does the screen take?", "The screen takes 30 minutes.", False),
        ("How long does the screen take?", "The screen comes first (2026).", True),
        ("What percentage did the model reach?", "The model was the best of its time (2022).", True),
        ("What percentage did the model reach?", "The model reached 57%.", False),
        ("How many questions are in the test?", "The test is a set of questions (2023).", True),
        ("How many questions are in the test?", "The test has eighty-one questions, or 81.", False),
        ("Why does the vendor stop at 1?", "Ranges differ by vendor: 0 to 2 and 0 to 1.", True),
        ("Why does the vendor stop at 1?", "It stops there to keep outputs stable.", False),
        ("How much does it cost?", "It comes with worksheets.", True),
        ("What is a screen?", "A screen is a first call.", False),
        ("When was it 2023?", "It was told in 2023.", True),  # the question's own year is no answer
    ],
)
def test_the_kind_that_was_asked_for_is_there_or_not(question: str, answer: str, lacking: bool) -> None:
    assert lacks(parse_question(question, LEXICAL), answer) is lacking


@pytest.mark.parametrize(
    ("question", "answer", "elsewhere"),
    [
        ("How many experts voted?", "The authors published 3,000 votes and 30,000 conversations, rated by a panel of experts.", True),
        ("How many experts voted?", "Some 58 experts voted.", False),
        ("How many experts voted?", "The vote took 30 days.", False),  # experts are not spoken of: nothing to tell by
        ("Who voted?", "The experts voted.", False),
    ],
)
def test_a_number_of_something_else_is_no_count(question: str, answer: str, elsewhere: bool) -> None:
    assert counts_something_else(parse_question(question, LEXICAL), answer) is elsewhere
