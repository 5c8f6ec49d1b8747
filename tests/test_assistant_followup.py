"""Follow-ups stand alone; a change of subject is not dragged along."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.answer import Turn
from assistant.followup import resolve
from assistant.wordvectors import WordVectors


def standalone(turns: Sequence[str], words: WordVectors) -> str:
    return resolve(turns[-1], [Turn(question=t) for t in turns[:-1]], words.of).text


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["What does a senior AI PM earn?", "And for a director?"], "What does a director AI PM earn?"),
        (["What does a senior AI PM earn?", "what about total comp?"], "What about total comp? (senior ai pm earn)"),
        (["How many interview rounds are there?", "what are they?"], "What are they? (interview rounds)"),
        (["AI PMs earn a premium over traditional PMs?", "why?"], "Why? (ai pms earn premium traditional pms)"),
        (["What does Meta ask in its first screens?", "Does that differ at Amazon?"], "What does Amazon ask in its first screens?"),
        (["What is AARRR?", "who came up with it?"], "Who came up with AARRR?"),
        (["What does a senior AI PM earn?", "And for a director?", "What about a VP?"], "What does a VP AI PM earn?"),
        (["What does a mid-level AI PM earn?", "And a director?"], "What does a director AI PM earn?"),
        (["What does a director earn?", "Is that base or total?"], "What does a director earn, in base pay and in total comp?"),
        (["Two kids and can't move - what share of AI PM jobs is remote?"], "What share of AI PM jobs is remote? (two kids move)"),
        (["We are 40 people in Austin. Does the EU AI Act apply to us?"], "Does the EU AI Act apply to us? (40 Austin)"),
        (["How much text fits into GPT-4o?", "And what does it cost?"], "And what does it cost? (text fits GPT 4o)"),
        (
            ["I'm an ML engineer who wants to become an AI PM.", "Which gaps do I have to close?"],
            "Which gaps do I have to close? (ml engineer)",
        ),
        (["What does a senior AI PM earn?", "useless stupid bot", "And a director?"], "What does a director AI PM earn?"),
        (["What does a senior AI PM earn?", "hi", "And a director?"], "What does a director AI PM earn?"),
        (["What does a senior AI PM earn?", "hi"], "hi"),
        (["How many per group for a lift from 10% to 11%?", "what about 80 to 85?"], "How many per group for a lift from 80% to 85%?"),
        (["80 out of 100 cases passed, how sure is that?", "and with 400 of 500?"], "400 out of 500 cases passed, how sure is that?"),
        (["One query on Claude Sonnet 4.5, what does it cost?", "same thing on GPT-4.1?"], "One query on GPT-4.1, what does it cost?"),
        (["How does Anthropic price Haiku 4.5?", "And Sonnet 4.5?"], "How does Anthropic price Sonnet 4.5?"),
        (["What does Llama 3.3 cost at DeepInfra?", "and at Together?"], "What does Llama 3.3 cost at Together?"),
        (["What is the NIST AI RMF?", "is it mandatory?"], "Is NIST AI RMF mandatory?"),
        (["What is jobs to be done?", "does it work for AI?"], "Does jobs to be done work for AI?"),
        (
            ["How do agents use tools in practice?", "what is risky about them?", "when should I not use one?"],
            "When should I not use one? (agents tools practice)",
        ),
        (["What does a junior AI PM get?", "No, I meant the base salary"], "What about the base salary (junior ai pm)"),
        (["What does a senior AI PM earn?", "sorry, i meant a director"], "What does a director AI PM earn?"),
        (["AI PM with 4 years, total comp?", "no sorry the base"], "AI PM with 4 years, base?"),
        (["What does a senior AI PM earn?", "wait, and a director?"], "What does a director AI PM earn?"),
        (["What does a senior AI PM earn?", "total comp i mean"], "Total comp (senior ai pm earn)"),
        (["What must job ads show in San Francisco?", "and if we were in new york state?"], "What must job ads show in new york state?"),
        (["Does GPT-4o read text as long as a book?", "and 4.1 mini?"], "Does GPT-4.1 mini read text as long as a book?"),
        (["What does a senior AI PM earn?", "n director"], "What does a director AI PM earn?"),
        (["What does GPT-4.1 cost per million tokens?", "and 2 million?"], "And 2 million? (GPT 4.1 cost per tokens)"),
        (["What does Article 5 ban from 2025?", "and 2026?"], "What does Article 5 ban from 2026?"),
        (["What does Article 5 ban?", "and article 6?"], "What does Article 6 ban?"),
        (["5 people on GPT-4o mini, what does a query cost?", "and on gpt-4o"], "And on gpt-4o (5 mini query cost)"),
        (["How do software engineers do?", "what about data scientists"], "How do data scientists do?"),
        (["I'm a PM at a small firm, no ml background. How do I get into AI PM?"], "How do I get into AI PM? (pm small firm)"),
        (["Is a recall of 90% good?", "80%?"], "Is a recall of 80% good?"),
        (["Is $190K normal?", "and $250K?"], "Is $250K normal?"),
        (["How do I prepare for Google in two weeks?", "in two months?"], "How do I prepare for Google in two months?"),
        (
            ["What does a senior AI PM earn at Google?", "and for a director at Meta?"],
            "And for a director at Meta? (senior ai pm earn Google)",
        ),
        (["What does a senior AI PM earn in California?", "texas instead"], "What does a senior AI PM earn in texas?"),
        (["What skills do I need?", "no degree?"], "No degree? (skills need)"),
        (["RAG vs LoRA?", "for a small or big team, which one?"], "For a small or big team, which one? (rag LoRA)"),
        (["What is the EU AI Act?", "Recommend some books"], "Recommend some books"),
        (["How many rounds does Google have?", "why? the number looks odd to me"], "Why? (looks odd rounds Google)"),
        (["What wage premium does PwC report?", "the year before?"], "The year before? (wage premium PwC report)"),
        (["What wage premium does PwC report?", "sure? i read 30 percent somewhere"], "I read 30 percent somewhere"),
        (["I live in Oslo. What do data scientists earn here?"], "What do data scientists earn here? (live Oslo)"),
        (["What does a senior AI PM earn?", "RAG or fine-tuning, which one when?"], "RAG or fine-tuning, which one when?"),
        (["What is RAG?", "What are the pros and cons?"], "What are the pros and cons? (rag)"),
        (["What is RAG?", "Is it better than fine-tuning?"], "Is RAG better than fine-tuning?"),
        (
            ["What is in Labonne's LLM course?", "Which of the two tracks is better for a PM?"],
            "Which of the two tracks is better for a PM? (Labonne llm course)",
        ),
        (
            ["i'm an ml engineer thinking about product", "what would i have to catch up on"],
            "What would i have to catch up on (ml engineer thinking product)",
        ),
        (["What's the context window of GPT-4o?", "and of Claude Sonnet 4.5?"], "What's the context window of Claude Sonnet 4.5?"),
    ],
)
def test_a_follow_up_takes_what_it_needs_from_before(turns: list[str], expected: str, words: WordVectors) -> None:
    assert standalone(turns, words) == expected


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["What does a senior AI PM earn?", "How many interview rounds does Meta have?"], "How many interview rounds does Meta have?"),
        (["What is AARRR?", "Something else: which skills does an AI PM need?"], "Which skills does an AI PM need?"),
        (["What is AARRR?", "Unrelated: what is CIRCLES?"], "What is CIRCLES?"),
        (["What is AARRR?", "Thanks! What does a data scientist earn in the US?"], "What does a data scientist earn in the US?"),
    ],
)
def test_a_change_of_subject_stands_alone(turns: list[str], expected: str, words: WordVectors) -> None:
    assert standalone(turns, words) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I am a data analyst. How do I become an AI product manager?", "How do I become an AI product manager? (data analyst)"),
        ("I'm a designer in Oslo; what do AI PMs earn?", "What do AI PMs earn? (designer Oslo)"),
        ("I am asking what AI PMs earn", "I am asking what AI PMs earn"),
        ("My team ships weekly.", "My team ships weekly."),
    ],
)
def test_what_somebody_says_of_themselves_weighs_less_than_what_they_ask(said: str, expected: str, words: WordVectors) -> None:
    assert standalone([said], words) == expected


def test_a_place_in_a_list_is_looked_up_in_the_answer_before(words: WordVectors) -> None:
    before = Turn(question="What is the core of the NIST AI RMF?", answer="Four functions: Govern, Map, Measure and Manage. [1]")
    assert resolve("Tell me more about the third one", [before], words.of).question == "Tell me more about Measure"


def test_a_figure_of_the_answer_before_points_back_at_it(words: WordVectors) -> None:
    before = Turn(question="Are AI PM jobs growing?", answer="AI PM job postings rose 42% year over year. [1]")
    assert resolve("42 percent since when exactly?", [before], words.of).topic == "ai pm jobs growing"
    assert resolve("55 percent since when exactly?", [before], words.of).topic == ""


def test_a_clause_is_not_swapped_into_a_question(words: WordVectors) -> None:
    assert "close" not in standalone(["When does the bakery close?", "And when does it open?"], words).split("(")[0]


def test_a_pronoun_stays_where_nothing_came_before_it(words: WordVectors) -> None:
    assert standalone(["What is it?", "Who came up with it?"], words) == "Who came up with it?"


def test_the_first_question_is_left_as_it_is(words: WordVectors) -> None:
    assert standalone(["And what are they?"], words) == "And what are they?"


def test_near_words_are_nearer_than_far_ones(words: WordVectors) -> None:
    def cosine(a: str, b: str) -> float:
        one, other = words.of(a), words.of(b)
        assert one is not None and other is not None
        pair: tuple[NDArray[np.float32], NDArray[np.float32]] = (one, other)
        return float(np.dot(*pair))

    assert cosine("salary", "wage") > 0.35
    assert cosine("salary", "round") < 0.2


def test_a_word_that_the_table_does_not_hold_whole_has_no_vector(words: WordVectors) -> None:
    assert words.of("zzxqyv") is None


def test_a_pasted_rule_of_dashes_is_read_at_once(words: WordVectors) -> None:
    text = "-" * 200 + "\nJob description\nBuild AI features for customers"
    assert standalone(["What is RAG?", text], words)


def test_it_is_what_the_message_names_itself(words: WordVectors) -> None:
    before = [Turn(question="What is RAG?", standalone_question="What is RAG?")]
    asked = "How much does GPT-5 cost and does it have a cached price?"
    assert "RAG have" not in resolve(asked, before, words.of).text
    assert resolve("does it need training?", before, words.of).text == "Does RAG need training?"


def test_a_whole_question_with_a_name_of_its_own_may_as_well_be_a_new_subject(words: WordVectors) -> None:
    before = [Turn(question="What levels are there?", standalone_question="What levels are there?")]
    asked = "Which member of the GPT-6 family is the most expensive, and from what date does its tariff count?"
    otherwise = resolve(asked, before, words.of).otherwise
    assert otherwise and otherwise.text == asked
