"""A figure that no span holds is never supported."""

import pytest

from assistant.support import check_support, figures
from tests.spans import span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$190K", {("money", 190_000.0)}),
        ("$190,000", {("money", 190_000.0)}),
        ("$1M+", {("money", 1_000_000.0)}),
        ("42%", {("percent", 42.0)}),
        ("1500", {("number", 1500.0)}),
        ("37,339 postings", {("number", 37_339.0)}),
        ("2.5 million", {("number", 2_500_000.0)}),
        ("none", set()),
    ],
)
def test_figures_are_parsed_as_values(text: str, expected: set[tuple[str, float]]) -> None:
    assert figures(text) == expected


@pytest.mark.parametrize(
    ("claim", "quote", "level"),
    [
        ("Pay is $190K.", "Base pay is $190,000 a year.", "supported"),
        ("Pay is $50.", "Base pay is $1500 a year.", "unsupported"),
        ("Postings rose 42%.", "Postings rose by 42 places.", "unsupported"),
        ("Google pays best.", "Meta pays best.", "partial"),
        ("Postings rose 42%.", "AI PM postings rose 42% year over year.", "supported"),
        ("Everything else entirely different wording.", "AI PM postings rose.", "partial"),
    ],
)
def test_a_claim_is_held_against_its_span(claim: str, quote: str, level: str) -> None:
    assert check_support(claim, [span(quote)]) == level


def test_a_claim_that_cites_nothing_is_unsupported() -> None:
    assert check_support("Pay is high.", []) == "unsupported"


def test_a_told_row_is_borne_by_its_header() -> None:
    row = span("| Senior | $190K |", lead="| Level | Base |")
    assert check_support("Senior: base $190K.", [row]) == "supported"
