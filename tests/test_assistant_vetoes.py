"""What is of another origin, version or number than asked for does not answer, however alike it reads."""

from collections.abc import Callable

import pytest

from assistant.opening import House
from assistant.vetoes import another_number, another_origin
from tests.spans import span


@pytest.mark.parametrize(
    ("question", "text", "ruled_out"),
    [
        ("What does Microsoft's guideline 10 say?", "Microsoft guideline 9: efficient correction.", True),
        ("What does Microsoft's guideline 10 say?", "Microsoft guideline 10: scope down when in doubt.", False),
        ("What does Claude Haiku 4.5 cost?", "Claude Haiku 5.5 costs $0.10.", True),
        ("What does Claude Haiku 4.5 cost?", "Claude Haiku 4.5 costs $1 and Haiku 5.5 costs $0.10.", False),
        ("How much context has GPT-4?", "GPT-4o has a context window of 128,000 tokens.", True),
        ("Is GPT-4.1 cheaper than GPT-4o?", "GPT-4o costs $2.50.", False),
        ("What did the report say in May 2025?", "The median wage in May 2024 was $171,200.", False),
        ("Who are the top 10 employers?", "The top 20 firms are listed.", False),
        ("What do I earn with about 5 years?", "Plans of about 4 months are common.", False),
    ],
)
def test_another_of_a_numbered_series(question: str, text: str, ruled_out: bool) -> None:
    assert another_number(question, span(text)) is ruled_out


@pytest.mark.parametrize(
    ("question", "section", "ruled_out"),
    [
        ("I'm a machine learning engineer, what do I lack?", "Switching from traditional PM to AI PM", True),
        ("I'm a machine learning engineer, what do I lack?", "Moving from ML engineer to AI PM", False),
        ("Who has it easier, a data scientist or an ML engineer?", "Moving from ML engineer to AI PM", False),
        ("What do I lack?", "Moving from ML engineer to AI PM", False),
    ],
)
def test_the_way_of_those_who_come_from_elsewhere(question: str, section: str, ruled_out: bool) -> None:
    assert another_origin(question, span("Three areas have to be learned.", section=(section,))) is ruled_out


def test_an_engineer_is_not_told_what_others_lack(house: House) -> None:
    answer = house.assistant.ask("I'm a machine learning engineer eyeing a product role. What would I still be missing?")
    assert "ML engineer" in answer.answer
    assert "traditional PM" not in answer.answer


def test_a_version_that_the_sources_lack_gets_no_other_version_s_price(index_of: Callable[..., House]) -> None:
    house = index_of(prices="# Prices\n\nModel Zephyr 3 costs $4 per million tokens.\n\nA token is a piece of a word.\n")
    assert "$4" in house.assistant.ask("What does Zephyr 3 cost per million tokens?").answer
    assert "$4" not in house.assistant.ask("What does Zephyr 2 cost per million tokens?").answer
