"""The encoder that reads conversations gives a message the vector of what it means there."""

import pytest

from assistant.answer import REFUSAL, Turn
from assistant.conversationencoder import OLDER, conversation_text, load_conversation_encoder
from assistant.settings import load_settings
from index.embedding import DEFAULT_MODEL, load_encoder

EVALS = Turn(question="tell me about evals", answer="An eval is a test of a model's output against what is expected of it. [1]")
PAY = Turn(question="what does a senior AI PM earn", answer="A Senior AI PM earns $220,000 to $280,000 in base pay. [1]")


@pytest.mark.parametrize(
    ("history", "message", "meant", "other"),
    [
        ([EVALS], "how often should they run?", "How often should evals be run?", "How often should marathon runners train?"),
        ([PAY], "and what do directors make", "What does a director of AI product earn?", "What does a senior AI PM earn?"),
        ([PAY, EVALS], "who writes them", "Who writes evals?", "Who earns the most?"),
        ([PAY], "what is a kano survey", "What is a Kano survey?", "What does a senior AI PM earn?"),
    ],
)
def test_a_message_lies_nearest_to_what_it_means(history: list[Turn], message: str, meant: str, other: str) -> None:
    vector = load_conversation_encoder().read(message, history).vector
    near, far = load_encoder(DEFAULT_MODEL, load_settings().models_dir).encode([meant, other])
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-4)
    assert vector @ near > vector @ far


@pytest.mark.parametrize(
    ("history", "message", "carried"),
    [
        ([EVALS], "how often should they run?", {"evals"}),
        ([PAY, EVALS], "who writes them", {"evals"}),
        ([PAY], "and is that before tax?", {"pay", "base"}),
        ([PAY], "what is a kano survey", set()),
    ],
)
def test_the_words_that_a_message_leans_on_are_taken_over_and_no_others(history: list[Turn], message: str, carried: set[str]) -> None:
    found = set(load_conversation_encoder().read(message, history).carried.split())
    assert found >= carried if carried else not found
    assert len(found) <= 8


def test_a_word_that_the_message_says_is_not_taken_over() -> None:
    assert "senior" not in load_conversation_encoder().read("and a senior one in equity?", [PAY]).carried.lower()


def test_names_are_taken_over_as_they_are_written() -> None:
    named = Turn(question="who came up with RICE?", answer="RICE was made at Intercom by Sean McBride. [1]")
    assert "RICE" in load_conversation_encoder().read("and what does it stand for?", [named]).carried


def test_a_name_that_only_the_answer_said_is_not_taken_over_lightly() -> None:
    duties = Turn(question="when does the EU AI act apply", answer="High-risk duties apply from 2 December 2027 to Annex III systems. [1]")
    carried = load_conversation_encoder().read("what are the fines?", [duties]).carried
    assert "act" in carried.lower() and "Annex" not in carried


def test_one_of_several_words_for_the_same_is_taken_over() -> None:
    days = Turn(question="what does an AI PM do all day", answer="AI PMs do seven things day to day, according to AI Pulse: [1]")
    assert load_conversation_encoder().read("who do they work with", [days]).carried.lower().split().count("ai") == 1


def test_the_last_question_and_answer_are_read_first_and_without_marks() -> None:
    assert conversation_text([PAY, EVALS]).startswith(f"{EVALS.question} | An eval is a test")
    assert "[1]" not in conversation_text([EVALS])
    assert conversation_text([PAY, EVALS]).endswith(PAY.question)


def test_a_refusal_is_not_read() -> None:
    refused = Turn(question="and in Austin?", answer=f"{REFUSAL}, so I won't guess. The sources never mention “austin”.")
    assert conversation_text([PAY, refused]) == "and in Austin? | what does a senior AI PM earn"


def test_what_lies_long_ago_is_not_read() -> None:
    many = [Turn(question=f"question {number}") for number in range(20)]
    assert conversation_text(many).split(" | ") == [f"question {number}" for number in range(19, 18 - OLDER, -1)]
