"""What the encoder that reads conversations is taught to take over: the words that make a message whole."""

from assistant.answer import Turn
from evals.train_carrying import lessons
from evals.train_conversation import Message
from index.embedding import Encoder


def test_the_lesson_is_the_word_that_makes_a_message_whole(encoder: Encoder) -> None:
    before = Turn(question="what are evals?", answer="Evals are tests of a model's output, written by people. [1]")
    message = Message("how often should they run?", "How often should evals be run?", (before,), ())
    (lesson,) = lessons([message], encoder)
    assert max(lesson.gains) == lesson.gains[0] > 0  # "evals" stands first
    assert len(lesson.gains) == len(lesson.places) and 0.0 in lesson.gains


def test_a_message_that_is_whole_takes_nothing_over(encoder: Encoder) -> None:
    before = Turn(question="what are evals?", answer="Evals are tests of a model's output. [1]")
    (lesson,) = lessons([Message("What is a Kano survey?", "What is a Kano survey?", (before,), ())], encoder)
    assert set(lesson.gains) == {0.0}
