"""A row is told in words, and only the columns that are asked for."""

import pytest

from assistant.question import parse_question
from assistant.tables import cells, tell_row
from index.documents import Span, SpanKind
from index.lexical import LexicalIndex

PAY = Span("d", 0, 1, SpanKind.ROW, (), "| Level | Years | Base | Total comp |", (), "| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |")
WAGE = Span(
    "d", 0, 1, SpanKind.ROW, (), "| Occupation | Median annual wage, May 2024 | Lowest 10% |", (), "| Analysts | $101,190 | not given |"
)
JOBS = Span(
    "d",
    0,
    1,
    SpanKind.ROW,
    (),
    "| Occupation | Jobs, 2024 | Jobs added, 2024-34 | Openings a year |",
    (),
    "| Planners | 900 | +50 | about 70 |",
)
RICE = Span("d", 0, 1, SpanKind.ROW, (), "| RICE part | Place in the RICE formula | Values |", (), "| RICE reach | Multiplied | a count |")


@pytest.mark.parametrize(
    ("row", "question", "told"),
    [
        (PAY, "What does a senior AI PM earn?", "Senior AI PM, 5-8 years: base $190K-$250K, total comp $300K-$480K."),
        (PAY, "What is the base salary of a senior AI PM?", "Senior AI PM, 5-8 years: base $190K-$250K."),
        (PAY, "Total compensation of a senior AI PM?", "Senior AI PM, 5-8 years: total comp $300K-$480K."),
        (WAGE, "What do analysts make a year?", "Analysts: median annual wage, May 2024 $101,190."),
        (
            JOBS,
            "How many planner positions come free a year?",
            "Planners: jobs, 2024 900, jobs added, 2024-34 +50, openings a year about 70.",
        ),
        (RICE, "What do I put under reach in RICE?", "RICE reach: Place in the RICE formula Multiplied, values a count."),
        (WAGE, "What do the lowest paid analysts make?", "Analysts: median annual wage, May 2024 $101,190."),
    ],
)
def test_a_row_is_told(row: Span, question: str, told: str) -> None:
    lexical = LexicalIndex.build([row.text])
    assert tell_row(row, parse_question(question, lexical)) == told


def test_a_title_in_a_header_keeps_its_capitals() -> None:
    row = Span(
        "d", 0, 1, SpanKind.ROW, (), "| Point | Director of AI Product | AI premium | Low end |", (), "| Bottom | $420K | 20% | $1 |"
    )
    assert tell_row(row) == "Bottom: Director of AI Product $420K, AI premium 20%, low end $1."


def test_what_was_asked_before_does_not_choose_the_columns() -> None:
    question = parse_question("And with everything on top?", LexicalIndex.build([PAY.text]), topic="base salary senior ai pm")
    assert "total comp" in tell_row(PAY, question)


def test_escaped_pipes_stay_in_their_cell() -> None:
    assert cells(r"| a \| b | c |") == ["a | b", "c"]
