"""That "the second one" is the second of what the answer before told."""

import pytest

from assistant.listed import listed, meant

BULLETS = """Three differences: [1]

- Uncertainty: outputs vary. [2]
- Feedback loop: measure quality too. [3]
- Stakeholders: translate. [4]"""
SENTENCE = "The four limits are position bias, verbosity bias, self-enhancement bias and weak reasoning, by Zheng and co-authors. [1]"
TWO = "The two variants of RAG are called RAG-Sequence and RAG-Token, by second-hand accounts. [1]"


@pytest.mark.parametrize(
    ("answer", "things"),
    [
        (BULLETS, ["Uncertainty", "Feedback loop", "Stakeholders"]),
        (SENTENCE, ["position bias", "verbosity bias", "self-enhancement bias", "weak reasoning"]),
        (TWO, ["RAG-Sequence", "RAG-Token"]),
        ("GPT-4 matched human preferences more than 80% of the time, by Zheng and co-authors. [1]", []),
        ("That is not in my sources, so I won't guess.", []),
        ("", []),
    ],
)
def test_what_an_answer_lists_is_told_apart(answer: str, things: list[str]) -> None:
    assert listed(answer) == things


@pytest.mark.parametrize(
    ("said", "answer", "expected"),
    [
        ("explain the second one", BULLETS, "explain Feedback loop"),
        ("what was the last one about?", BULLETS, "what was Stakeholders about?"),
        ("and what can i do against the first of those?", SENTENCE, "and what can i do against position bias?"),
        ("what about number three", SENTENCE, "what about self-enhancement bias"),
        ("tell me more about the 4th", SENTENCE, "tell me more about weak reasoning"),
        ("explain the last but one", SENTENCE, "explain self-enhancement bias"),
        ("explain the last but one", "There is one: [1]\n\n- Uncertainty. [2]", None),
        ("explain the fifth one", SENTENCE, None),  # there is none
        ("which comes first?", SENTENCE, None),
        ("do i do them one after the other?", TWO, None),
        ("how long does the first round take?", SENTENCE, None),
        ("explain the second one", "No list here. [1]", None),
    ],
)
def test_a_place_in_the_list_becomes_the_thing_that_stands_there(said: str, answer: str, expected: str | None) -> None:
    assert meant(said, answer, "what are they?") == expected


def test_the_other_of_two_is_the_one_that_was_not_named() -> None:
    assert meant("and the other one?", TWO, "What is RAG?") is None
    choice = "The two kinds of hallucination are intrinsic and extrinsic, by Ji and co-authors. [1]"
    assert meant("and the other kind?", choice, "What is an intrinsic hallucination?") == "and extrinsic?"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("rag vs fine tuning", "tell me more about fine tuning"),
        ("What's the difference between precision and recall?", "tell me more about recall"),
        ("explain BLEU and ROUGE", "tell me more about ROUGE"),
        ("How do Google and Amazon interview product managers?", "tell me more about verbosity bias"),
    ],
)
def test_the_second_of_two_that_were_asked_for_is_meant_before_what_the_answer_lists(before: str, expected: str) -> None:
    assert meant("tell me more about the second one", SENTENCE, before) == expected
