"""What people tell beside a question is set apart from it, and a follow-up's own words count for more than what it takes over."""

from collections.abc import Callable

import pytest

from assistant.following import told_in
from assistant.message import asked_and_told
from assistant.opening import House
from index.documents import SpanKind
from tests.conversation import ask
from tests.spans import span


@pytest.mark.parametrize(
    ("message", "asked", "told"),
    [
        ("nurse here, 11 years icu. which course is the gentlest", "which course is the gentlest", "nurse here, 11 years icu."),
        (
            "recruiter here. candidate says he has 'done rlhf', what is that",
            "what is that",
            "recruiter here. candidate says he has 'done rlhf'",
        ),
        ("our HR dept wants a bot that sorts CVs. Legal in the EU?", "Legal in the EU?", "our HR dept wants a bot that sorts CVs."),
        ("How long does it take in all? i work at night", "How long does it take in all?", "i work at night"),
        ("What would I still be missing? Be blunt", "What would I still be missing?", ""),
        ("I want to change. Please give me a list of skills.", "Please give me a list of skills.", "I want to change."),
        ("For a PM with 5 years, what is the pay?", "For a PM with 5 years, what is the pay?", ""),
        ("Which is better, RAG or fine-tuning, and when?", "Which is better, RAG or fine-tuning, and when?", ""),
        ("saw 'LoRA' in a job ad the other day. ???", "saw 'LoRA' in a job ad the other day. ???", ""),
        ("It is 0.6. why?", "It is 0.6. why?", ""),
    ],
)
def test_what_is_told_beside_a_question(message: str, asked: str, told: str) -> None:
    assert asked_and_told(message) == (asked, told)


def test_a_follow_up_for_another_aspect_is_not_told_the_same_again(index_of: Callable[..., House]) -> None:
    house = index_of(
        courses="# Courses on agents\n\nThe courses on agents are Alder, Birch and Cedar.\n\n"
        "Birch costs nothing, so it can be tried for free.\n\n"
        "Cedar takes nine weeks of evenings.\n"
    )
    turns = ("Which courses on agents are there?", "any free ones?")
    assert "Alder, Birch and Cedar" in ask(house, turns[0]).answer
    assert "Birch costs nothing" in ask(house, *turns).claims[0].text


def test_where_somebody_works_decides_nothing(house: House) -> None:
    plain = house.assistant.ask("When should I use RAG and when fine-tuning?")
    story = house.assistant.ask("I run a small velodrome in Ghent with my cousin. When should I use RAG and when fine-tuning?")
    assert not story.abstained
    assert {c.quote for c in plain.citations} <= {c.quote for c in story.citations}
    assert "velodrome" not in story.standalone_question.lower()


@pytest.mark.parametrize(
    ("text", "kind", "answer", "told"),
    [
        ("Apples are red.", SpanKind.SENTENCE, "Apples  are red. [1] Pears are not.", True),
        ("Apples are red.", SpanKind.SENTENCE, "Apples are green.", False),
        ("| Senior AI PM | 5-8 | $190K-$250K |", SpanKind.ROW, "Senior AI PM, 5-8 years: base $190K-$250K. [1]", True),
        ("| Senior AI PM | 5-8 | $190K-$250K |", SpanKind.ROW, "A Senior AI PM leads others.", False),
    ],
)
def test_what_an_answer_told(text: str, kind: SpanKind, answer: str, told: bool) -> None:
    assert told_in(span(text, kind=kind), answer) is told


def test_another_column_of_a_row_was_not_told(house: House) -> None:
    row, told = "| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |", "Senior AI PM, 5-8 years: total comp $300K-$480K. [1]"
    assert told_in(span(row, kind=SpanKind.ROW), told)
    assert not told_in(span(row, kind=SpanKind.ROW), told, now="Senior AI PM, 5-8 years: base $190K-$250K.")
    base = ask(house, "AI PM with 4 years, total comp?", "no sorry the base")
    assert "$145K-$190K" in base.answer
    assert not any("said this already" in reason for reason in base.confidence.reasons)


@pytest.mark.parametrize(
    "message",
    [
        "I have an offer from zorblax. what do they pay AI product managers?",
        "im in quuxville with 5 years as a pm. how much do ai pms earn here?",
    ],
)
def test_no_figure_of_a_place_or_employer_that_the_sources_never_mention(house: House, message: str) -> None:
    assert house.assistant.ask(message).abstained
