"""A confidence explains itself from its own reasons and citations."""

import pytest

from assistant.answer import Answer, Confidence
from assistant.confidence import lowers
from assistant.explained import explain
from assistant.opening import House
from tests.test_assistant_ui_render import answer

QUESTIONS = (
    "What does a senior AI PM earn?",
    "What does an AI PM earn in Berlin?",
    "How many minutes does a recruiter screen take?",
    "What is the weather like?",
    "How much do AI PMs earn?",
    "Why?",
    "Was kostet das alles?",
)


@pytest.fixture(scope="module")
def answers(house: House) -> list[Answer]:
    return [house.assistant.ask(question) for question in QUESTIONS]


def test_every_reason_speaks_for_or_against_and_none_is_lost(answers: list[Answer]) -> None:
    for given in answers:
        why = explain(given)
        assert sorted([*why.raised, *why.lowered]) == sorted(given.confidence.reasons)
    raised = {reason for given in answers for reason in explain(given).raised}
    against = ("never", "nothing", "gives none", "not look", "no passage", "several")
    assert [r for r in raised if any(word in r.lower() for word in against)] == []


def test_a_refusal_says_what_is_missing_and_what_would_help(answers: list[Answer]) -> None:
    berlin = explain(answers[1])
    assert any("Berlin" in reason for reason in berlin.lowered)
    assert berlin.sources == ""
    assert any("document" in line for line in berlin.would_raise)


def test_one_source_is_told_as_one_and_several_as_several(answers: list[Answer]) -> None:
    assert "One source bears it: AI Pulse" in explain(answers[0]).sources
    several = explain(answers[4]).sources
    assert "bear it" in several
    assert "AI Pulse" in several


def cited(quote: str, publisher: str, number: int) -> dict[str, object]:
    source = {"key": "k", "publisher": publisher, "title": "T", "date": None, "url": None, "standing": "primary"}
    place = {"document": "d", "title": "D", "section": "", "context": "", "start": 0, "end": len(quote)}
    return {"number": number, "quote": quote, "sources": (source,), **place}


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("It grew 42%.", "Growth was 42% that year.", "give a figure in common"),
        ("It grew 42%.", "It grew 30%.", "give different figures: [1] is not [2]"),
        ("It grew 42%.", "It grew.", "each a part"),
    ],
)
def test_sources_agree_or_differ_by_their_figures(one: str, other: str, told: str) -> None:
    assert told in explain(answer(citations=(cited(one, "A", 1), cited(other, "B", 2)))).sources


def test_a_document_without_public_sources_says_so() -> None:
    assert "names no public source" in explain(answer()).sources


def test_what_is_not_calibrated_speaks_against() -> None:
    reason = "Not calibrated: there were too few questions to measure this kind of answer."
    assert lowers(reason)
    assert explain(answer(confidence=Confidence(level="low", reasons=(reason,)))).lowered == (reason,)


def test_a_quote_without_a_source_agrees_with_none() -> None:
    unsourced = cited("The same rows tell 42%.", "C", 3) | {"sources": ()}
    citations = (cited("It grew 42%.", "A", 1), cited("It grew 30%.", "B", 2), unsourced)
    told = explain(answer(citations=citations)).sources
    assert told == "A and B bear it, and give different figures: [1] is not [2]. Read how each one counts."
