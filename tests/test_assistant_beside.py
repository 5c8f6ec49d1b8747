"""What stands beside the first span of an answer, and what is set apart from it."""

import numpy as np
import pytest

from assistant.answer import APART, Turn
from assistant.beside import AFTER, FEATURES, Sort, beside_rows, in_question, load_beside
from assistant.explained import explain
from assistant.extract import likelihoods, tellable
from assistant.opening import House
from index.documents import SpanKind
from tests.conversation import ask


@pytest.mark.parametrize(
    ("question", "told", "not_told"),
    [
        ("how much is GPT-5", ("$1.25",), ("GPT-5 mini", "GPT-5 nano")),
        ("gpt-4o vs gpt-4o mini price", ("$2.50", "$0.15"), ("GPT-4.1",)),
        ("who earns more in the us, a marketing manager or a software developer", ("$161,030", "$133,080"), ("Data scientists",)),
        ("One query on GPT-4.1, 1,000 tokens in and 300 out, what does it cost?", ("$0.0044",), ("Claude Haiku 4.5",)),
        ("prices of GPT-5 models", ("GPT-5 mini", "GPT-5 nano"), ()),  # not of one row
        ("what does an AI product manager earn?", ("Associate", "Director"), ()),  # nor what a level is named like
        ("who gets paid better, marketing managers or project management people", ("Marketing managers", "Project management"), ()),
    ],
)
def test_of_a_table_what_the_question_names_is_told(question: str, told: tuple[str, ...], not_told: tuple[str, ...], house: House) -> None:
    answer = ask(house, question).answer.partition(APART)[0]
    assert [text for text in told if text not in answer] == []
    assert [text for text in not_told if text in answer] == []


def test_what_is_set_apart_comes_last_under_a_line_of_its_own(house: House) -> None:
    answer = ask(house, "are there any free courses for learning AI product management")
    direct, apart, others = answer.answer.partition(f"\n\n{APART} ")
    assert apart
    answering = [f"[{citation.number}]" in direct for citation in answer.citations]
    assert answering[0]
    assert answering == sorted(answering, reverse=True)
    assert all(claim.text in (direct if f"[{claim.citations[0]}]" in direct else others) for claim in answer.claims)


def test_who_asks_on_was_not_told_what_was_set_apart() -> None:
    turn = Turn(question="MBA?", answer=f"Some employers expect one. [1]\n\n{APART} Four schools place AI PMs. [2]")
    assert turn.told.strip() == "Some employers expect one. [1]"
    assert Turn(question="MBA?", answer="Yes. [1]").told == "Yes. [1]"


def test_what_is_in_question_beside_the_first_span(house: House) -> None:
    state = house.assistant.examine("does showing confidence help?")
    assert state.contest
    assert state.question
    ranked = state.contest.rank()
    order = tellable(ranked, state.contest.passages)
    spans = [candidate.span for candidate in ranked.candidates]
    first, places = spans[order[0]], in_question(ranked, order)
    assert order[0] not in places
    assert not any(spans[place].kind is SpanKind.LEAD or ranked.out[place] for place in places)
    section = sorted((s for s in spans if (s.document, s.section) == (first.document, first.section)), key=lambda s: s.start)
    after = section[section.index(first) + 1 :][:AFTER]
    assert [s for s in after if s.kind is not SpanKind.LEAD and s not in [spans[place] for place in places]] == []

    rows = beside_rows(state.question, ranked, likelihoods(ranked), order, places)
    likely = load_beside().sorts(rows)
    assert rows.shape == (len(places), len(FEATURES))
    assert likely.shape == (len(places), len(Sort))
    assert np.allclose(likely.sum(axis=1), 1)


def test_a_span_that_says_the_same_again_is_told_once(house: House) -> None:
    answer = ask(house, "What is RAG?")
    assert len({claim.text for claim in answer.claims}) == len(answer.claims)


def test_what_is_set_apart_bears_nothing_of_the_answer(house: House) -> None:
    answer = ask(house, "What does a senior AI PM earn?")
    assert APART in answer.answer
    assert [claim.citations for claim in answer.answering] == [(1,)]
    assert [citation.number for citation in answer.bearing] == [1]
    assert "One source bears it: AI Pulse" in explain(answer).sources
