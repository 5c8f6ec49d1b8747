"""Figures are values with a unit and a period; what follows from others has to be right."""

import pytest

from assistant.figures import quantities
from assistant.polarity import contradicts
from assistant.support import verify
from index.documents import Span, SpanKind
from tests.spans import span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$190-250K a year", [(190_000, "USD", "year"), (250_000, "USD", "year")]),
        ("$190K-$250K", [(190_000, "USD", ""), (250_000, "USD", "")]),
        ("between €40,000 and €50,000 per year", [(40_000, "EUR", "year"), (50_000, "EUR", "year")]),
        ("5-8 years", [(5, "year", ""), (8, "year", "")]),
        ("four to six rounds", [(4, "number", ""), (6, "number", "")]),
        ("$2.50 per million tokens", [(2.5, "USD", "million")]),
        ("2,000 eggs per day", [(2_000, "number", "day")]),
        ("rose by 4 percentage points", [(4, "points", "")]),
        ("1.77x", [(1.77, "times", "")]),
        ("$1M+", [(1_000_000, "USD", "")]),
        ("no figure", []),
    ],
)
def test_a_figure_has_a_value_a_unit_and_a_period(text: str, expected: list[tuple[float, str, str]]) -> None:
    assert [(q.value, q.sort, q.period) for q in quantities(text)] == expected


PAY = "Seniors earn $190K a year, directors earn $270K a year."


@pytest.mark.parametrize(
    ("claim", "quote", "level"),
    [
        ("Pay is $190,000 a year.", "Base pay is $190K a year.", "supported"),
        ("Pay is $190K a month.", "Base pay is $190K a year.", "unsupported"),
        ("Pay is €190K.", "Base pay is $190K.", "unsupported"),
        ("It takes 5 days.", "It takes 5 weeks.", "unsupported"),
        ("Expect 50 rounds.", "Expect 1500 rounds.", "unsupported"),
        ("Expect four rounds.", "Expect 4 rounds.", "supported"),
        ("The share rose by 4%.", "The share rose by 4 percentage points.", "unsupported"),
        ("Directors earn $80K more than seniors.", PAY, "supported"),
        ("Directors earn $90K more than seniors.", PAY, "unsupported"),
        ("Directors earn 42% more than seniors.", PAY, "supported"),
        ("Directors earn 24% more than seniors.", PAY, "unsupported"),
        ("Directors earn $80K.", PAY, "unsupported"),  # a difference that is not told as one
        ("Google pays $190K a year.", PAY, "unsupported"),
        ("AI PMs do not need to write code.", "AI PMs need to write code.", "unsupported"),
        ("AI PMs need to write code.", "AI PMs do not need to write code.", "unsupported"),
        ("Postings fell 42%.", "Postings rose 42%.", "unsupported"),
        ("Pay is $190K.", "Pay is $190K, but this does not include equity.", "supported"),
        ("Postings never fell.", "Postings fell.", "unsupported"),
    ],
)
def test_a_claim_is_held_against_its_span(claim: str, quote: str, level: str) -> None:
    assert verify(claim, [span(quote)], lambda *_: 0.9).level == level


def test_a_unit_that_a_header_names_is_borne() -> None:
    row = span("| Senior AI PM | 5-8 |", lead="| Level | Years |")
    assert verify("A Senior AI PM has 5-8 years.", [row]).level == "supported"
    assert verify("A Senior AI PM has 5-8 weeks.", [row]).level == "unsupported"


SENIOR, DIRECTOR = (
    Span("d", 0, 9, SpanKind.ROW, ("Pay of AI PMs",), "| Level | Years | Base | Total comp |", (), text)
    for text in ("| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |", "| Director of AI Product | 8+ | $240K-$320K | $420K-$700K |")
)


@pytest.mark.parametrize(
    ("claim", "spans", "level"),
    [
        ("A senior AI PM has a base of $190K-$250K.", [SENIOR], "supported"),
        ("A senior AI PM has a base of $190K-$250K, a total comp of $300K-$480K.", [SENIOR], "supported"),
        ("A senior AI PM has a base of $300K-$480K.", [SENIOR], "unsupported"),
        ("A senior AI PM has a base of $240K-$320K.", [DIRECTOR], "unsupported"),
        ("A senior AI PM has a base of $240K-$320K.", [SENIOR, DIRECTOR], "unsupported"),
        ("A director has a base of $240K-$320K, a senior AI PM one of $190K-$250K.", [SENIOR, DIRECTOR], "supported"),
    ],
)
def test_a_figure_stays_with_its_level_and_in_its_column(claim: str, spans: list[Span], level: str) -> None:
    assert verify(claim, spans, lambda *_: 0.9).level == level


def test_other_wording_counts_as_far_as_its_meaning_is_near() -> None:
    quote = span("Hiring managers look for people who have shipped AI features.")
    claim = "Recruiters prefer candidates with shipped AI features on record."
    assert verify(claim, [quote], lambda *_: 0.1, "recruiters").level == "unsupported"
    assert verify(claim, [quote], lambda *_: 0.9, "recruiters").level in ("supported", "partial")
    assert verify("Bread needs flour and water.", [quote], lambda *_: 0.9).level == "unsupported"


def test_a_name_that_opens_a_claim_is_a_name_unless_it_is_written_small_somewhere() -> None:
    quote = span("Seniors are paid $190K a year, directors $270K a year.")
    claim = "Recruiters say seniors are paid $190K a year, directors $270K a year."
    assert verify(claim, [quote], lambda *_: 0.9).level == "unsupported"
    assert verify(claim, [quote], lambda *_: 0.9, "what recruiters say").level == "supported"
    assert "Recruiters" in verify(claim, [quote], lambda *_: 0.9).complaint


def test_the_complaint_says_what_to_mend() -> None:
    assert "“50 number”" in verify("Expect 50 rounds.", [span("Expect 4 rounds.")]).complaint
    assert "“Google”" in verify("Pay at Google is high.", [span("Pay is high.")]).complaint
    assert "cites no span" in verify("Pay is high.", []).complaint


@pytest.mark.parametrize(
    ("claim", "text"),
    [("It is always required.", "It is never required."), ("Base pay is higher there.", "Base pay is lower there.")],
)
def test_opposites_contradict(claim: str, text: str) -> None:
    assert contradicts(claim, [text])
    assert not contradicts(text, [text])
