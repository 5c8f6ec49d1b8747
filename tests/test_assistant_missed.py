"""Questions that a guide brings and nothing answers: what comes near them is refused, and says so."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.building import build_corpus
from assistant.confidence import lowers
from assistant.explained import explain
from assistant.opening import House, open_house
from assistant.settings import load_settings
from index.embedding import Encoder
from index.retriever import HybridRetriever, Missed

GUIDE = (
    "# Ferries\n\nThe ferry to Arran takes 55 minutes. It has room for 120 cars.\n\n# Tickets\n\nA ticket for a bicycle costs nothing.\n"
)
ASKS = ["How long is the ferry to Arran?", "how long does the crossing to arran take"]
MISS = "How often does the ferry to Arran sail on Sundays?"


@pytest.fixture
def of_ferries(encoder: Encoder, tmp_path: Path) -> Callable[..., House]:
    """Opens the assistant on a guide of ferries that brings those questions."""

    def make(**brought: list[str]) -> House:
        corpus = tmp_path / "corpus"
        corpus.mkdir(exist_ok=True)
        (corpus / "ferries.md").write_text(GUIDE)
        line = {"quote": "The ferry to Arran takes 55 minutes.", "asks": ASKS} | brought
        (corpus / "ferries.asks.jsonl").write_text(json.dumps(line) + "\n")
        build_corpus(corpus, tmp_path / "data", encoder)
        return open_house(load_settings().model_copy(update={"data_dir": tmp_path / "data", "model": ""}))

    return make


def missed(house: House, encoder: Encoder, question: str) -> Missed | None:
    return HybridRetriever(encoder=encoder, reader=house.live.reader).retrieve(question).missed


def test_the_nearest_question_that_nothing_answers_is_found(of_ferries: Callable[..., House], encoder: Encoder) -> None:
    house = of_ferries(misses=[MISS, "Who built the ferry to Arran?"])
    found = missed(house, encoder, "how often does the Arran ferry go on a Sunday")
    assert found
    assert found.question == MISS
    assert 0.8 < found.similarity < 1
    exact = missed(house, encoder, "Who built the ferry to Arran?")
    assert exact
    assert exact.similarity == pytest.approx(1, abs=1e-3)


def test_the_known_questions_near_one_tell_whether_it_has_an_answer(of_ferries: Callable[..., House], encoder: Encoder) -> None:
    house = of_ferries(misses=[MISS, "Who built the ferry to Arran?"])
    near = [missed(house, encoder, question) for question in (ASKS[0], "Who built the Arran ferry?", "best pasta recipe")]
    known, unknown, far = (found.answered for found in near if found)
    assert known > unknown > far
    assert far == 0


def test_where_no_guide_brings_such_questions_there_is_none(of_ferries: Callable[..., House], encoder: Encoder) -> None:
    house = of_ferries()
    assert missed(house, encoder, MISS) is None
    assert not house.assistant.ask("How long is the ferry to Arran?").abstained


def test_a_question_that_is_added_to_those_is_refused_from_then_on_and_says_why(of_ferries: Callable[..., House]) -> None:
    house = of_ferries(misses=["How long is the ferry to Arran in winter?"])
    answer = house.assistant.ask("how long is the ferry to arran in winter")
    assert answer.abstained
    (reason,) = [r for r in answer.confidence.reasons if "How long is the ferry to Arran in winter?" in r]
    assert lowers(reason)
    assert reason in explain(answer).lowered
    assert not house.assistant.ask("How long is the ferry to Arran?").abstained


def test_a_document_that_is_added_may_answer_it(of_ferries: Callable[..., House], tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "builders.md").write_text("# Builders\n\nThe ferry to Arran was built by Ferguson Marine in Port Glasgow.\n")
    answer = of_ferries(misses=["Who built the ferry to Arran?"]).assistant.ask("Who built the ferry to Arran?")
    assert "Ferguson Marine" in answer.answer
    assert not [reason for reason in answer.confidence.reasons if "known not to answer" in reason]


def test_words_of_such_questions_are_none_that_the_sources_know(of_ferries: Callable[..., House]) -> None:
    house = of_ferries(misses=[f"Does the ferry to Arran take {what}?" for what in ("zebras", "a zebra", "zebras and dogs")])
    assert any("never mention “zebras”" in reason for reason in house.assistant.ask("zebras").confidence.reasons)


def test_an_answer_does_not_tell_of_a_question_that_is_further_than_its_own(house: House) -> None:
    assert not [r for r in house.assistant.ask("What does a senior AI PM earn?").confidence.reasons if "known not to answer" in r]
