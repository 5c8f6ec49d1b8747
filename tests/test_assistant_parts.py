"""A question that asks for two things gets the answer to both, or stays one question."""

from collections.abc import Sequence

import pytest

from assistant.answer import Answer
from assistant.extract import NOT_COMPARED
from assistant.opening import House
from assistant.parts import two_parts
from assistant.wordvectors import WordVectors


def parts(question: str, words: WordVectors) -> list[tuple[str, str]]:
    return [(one.text, other.text) for one, other in two_parts(question, words.of)]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Precision vs recall?", "what is Precision", "what is recall"),
        ("What's the difference between RAG and fine-tuning?", "what is RAG", "what is fine-tuning"),
        ("how do bleu and rouge differ", "what is bleu", "what is rouge"),
        ("gpt-5 or claude sonnet 4.5, which is cheaper?", "how much does gpt-5 cost", "how much does claude sonnet 4.5 cost"),
        ("what's cheaper, claude haiku or gemini flash?", "how much does claude haiku cost", "how much does gemini flash cost"),
        ("is RAG cheaper than fine-tuning?", "how much does RAG cost", "how much does fine-tuning cost"),
        ("What do Google and Amazon ask in interviews?", "What do Google ask in interviews", "What do Amazon ask in interviews"),
        (
            "what are the levels of an opportunity solution tree and the dimensions of a customer job",
            "what are the levels of an opportunity solution tree",
            "what are dimensions of a customer job",
        ),
        ("What is RAG, and when should I use it?", "What is RAG", "When should I use RAG"),
        ("what's rice and who came up with it", "what's rice", "Who came up with rice"),
        ("roadmap, backlog - same thing or not?", "what is roadmap", "what is backlog"),
        ("mvp and prd - what do they stand for", "what is mvp", "what is prd"),
        ("few shot and chain of thought, explain both", "what is few shot", "what is chain of thought"),
        ("compare the Kano model with RICE", "what is Kano model", "what is RICE"),
        ("what is {a} and {b}", "what is {a}", "what is {b}"),
    ],
)
def test_a_question_for_two_things_comes_apart(question: str, one: str, other: str, words: WordVectors) -> None:
    assert parts(question, words)[0] == (one, other)


def test_a_word_that_both_things_share_is_tried_with_each(words: WordVectors) -> None:
    asked = parts("intrinsic and extrinsic hallucinations, how do they differ?", words)
    assert asked[1] == ("what is intrinsic hallucinations", "what is extrinsic hallucinations")


@pytest.mark.parametrize("question", ["What does a senior AI PM earn?", "", "and", "vs", "a / b", "?", "or what"])
def test_a_question_for_one_thing_stays_whole(question: str, words: WordVectors) -> None:
    assert parts(question, words) == []


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("What is precision and what is recall?", ["picked out that are correct", "managed to pick out"]),
        ("precision vs recall, what's the difference?", ["picked out that are correct", "managed to pick out"]),
        ("what are kano and jobs to be done", ["customer satisfaction", "hires a product"]),
        ("rag-sequence vs rag-token", ["single document for an entire answer", "document for each token"]),
        ("who wrote Continuous Discovery Habits and who did Measure What Matters?", ["Teresa Torres", "John Doerr"]),
        ("salary of a senior and a director ai pm", ["$190K-$250K", "$240K-$320K"]),
        ("what does one gpt-4o question cost with rag and what without it?", ["$0.01175", "$0.0055"]),
    ],
)
def test_both_things_are_answered_and_cited(question: str, facts: Sequence[str], house: House) -> None:
    answer = house.assistant.ask(question)
    assert [fact for fact in facts if fact not in quoted(answer)] == []
    assert len({citation for claim in answer.claims for citation in claim.citations}) == len(answer.citations) >= 2


def test_both_things_are_no_surer_than_either(house: House) -> None:
    whole, *each = (
        house.assistant.ask(q).confidence.probability for q in ("rag-sequence vs rag-token", "what is rag-sequence", "what is rag-token")
    )
    assert whole is not None
    assert whole <= min(likely for likely in each if likely is not None)


def test_an_answer_in_parts_says_so(house: House) -> None:
    assert (
        "The question asks for two things: each is answered by itself."
        in house.assistant.ask("rag-sequence vs rag-token").confidence.reasons
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("rag-sequence vs rag-token", True),
        ("what are kano and jobs to be done", False),  # nothing is held against anything
        ("salary of a senior or a director ai pm", False),  # two rows of one table
    ],
)
def test_that_nothing_compares_the_two_is_said_where_each_is_told_by_itself(question: str, said: bool, house: House) -> None:
    answer = house.assistant.ask(question)
    assert len(answer.citations) >= 2
    assert (NOT_COMPARED in answer.limits) is said


def test_a_question_of_which_the_sources_hold_one_half_is_not_answered_in_halves(house: House) -> None:
    reasons = house.assistant.ask("what are precision and zorblax").confidence.reasons
    assert not any("two things" in reason for reason in reasons)


def quoted(answer: Answer) -> str:
    return " ".join(f"{citation.quote} {citation.context}" for citation in answer.citations)


def test_a_list_that_answers_for_both_is_told_in_their_place(house: House) -> None:
    answer = house.assistant.ask("What's the difference between an AI PM and a regular PM?")
    assert all(f"- {part}" in answer.answer for part in ("Uncertainty", "Feedback loop", "Stakeholders"))
