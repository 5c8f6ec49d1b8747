"""Which spans the cross-encoder reads: not those that could change nothing any more."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.crossencoder import UNREAD, CrossEncoder, load_cross_encoder
from assistant.opening import House
from assistant.ranker import load_ranker
from assistant.ranking import READ, Contest


@pytest.fixture(scope="module")
def contest(house: House) -> Contest:
    found = house.assistant.candidates("What does a director earn?").contest
    assert found
    return found


class Fixed(CrossEncoder):
    """Gives the logits that it is told to, in the order in which spans are read."""

    def __init__(self, logits: Sequence[float]) -> None:
        self._left = list(logits)

    def logits(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self._left.pop(0) for _ in texts])


def read(contest: Contest, *logits: float, thoroughly: bool = False) -> int:
    """How many spans are read when they get these logits, one after the other."""
    return int((contest.read(load_ranker(), Fixed(logits), thoroughly) != UNREAD).sum())


def test_what_can_not_come_near_the_first_any_more_is_not_read(contest: Contest) -> None:
    assert read(contest, 20.0, -7.0) == 2


def test_all_are_read_where_the_first_ones_answer_nothing(contest: Contest) -> None:
    assert read(contest, -7.0, -7.0, -7.0, -7.0) == READ


def test_all_are_read_where_they_are_to_be(contest: Contest) -> None:
    assert read(contest, 20.0, -7.0, -7.0, -7.0, thoroughly=True) == READ


def test_the_order_of_the_best_is_that_of_reading_all(house: House) -> None:
    ranker, cross = load_ranker(), load_cross_encoder()
    for question in ("What does a senior AI PM earn?", "What is RAG?", "How many rounds does an interview have?", "Why do evals matter?"):
        contest = house.assistant.candidates(question).contest
        assert contest
        some, everything = (contest.joined(ranker, contest.read(ranker, cross, thoroughly)) for thoroughly in (False, True))
        assert some.scores.argmax() == everything.scores.argmax()


def test_the_likeliest_before_reading_are_those_near_the_highest_score(contest: Contest) -> None:
    one, *_ = contest.likeliest(within=0.0)
    assert "Director" in one.text
    assert one in contest.likeliest(within=1.0)
    assert len(contest.likeliest(within=100.0)) == len(contest.candidates)
