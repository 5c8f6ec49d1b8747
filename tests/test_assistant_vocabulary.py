"""Words are matched with a question's terms alike, whatever else was seen before them."""

import numpy as np
from numpy.typing import NDArray

from assistant.question import Term, units
from assistant.vocabulary import NEAR, SYNONYM, Vocabulary

VECTORS = {"wage": [1.0, 0.0], "stipend": [1.0, 0.0], "bridge": [0.0, 1.0], "tea": [0.6, 0.8]}


def vector_of(word: str) -> NDArray[np.float32] | None:
    return np.array(VECTORS[word], dtype=np.float32) if word in VECTORS else None


def terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(unit, 1.0, known=True) for unit in units(text))


def strengths(vocabulary: Vocabulary, asked: str, text: str) -> dict[str, list[float]]:
    """How strongly each word of a text bears each word of a question."""
    places = np.unique(vocabulary.words(text))
    by_place = dict(zip(vocabulary.words(text).tolist(), (unit.word for unit in units(text)), strict=True))
    rows = vocabulary.strengths(terms(asked), places)
    return {by_place[place]: [round(float(value), 4) for value in row] for place, row in zip(places.tolist(), rows, strict=True)}


def test_the_word_itself_a_synonym_and_a_word_near_in_meaning() -> None:
    found = strengths(Vocabulary(vector_of), "bridge salary stipend", "bridges pay wage unrelated")
    assert found["bridges"][0] == 1.0
    assert found["pay"][1] == round(SYNONYM, 4)
    assert found["wage"][2] == round(NEAR, 4)
    assert found["unrelated"] == [0.0, 0.0, 0.0]


def test_a_word_inside_a_phrase_is_worth_a_synonym() -> None:
    found = strengths(Vocabulary(vector_of), "manager", "a product manager")
    assert found == {"product manager": [round(SYNONYM, 4)]}


def test_what_was_seen_before_changes_nothing() -> None:
    fresh, used = Vocabulary(vector_of), Vocabulary(vector_of)
    used.words(" ".join(f"word{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyzabcd'[i // 100 % 10]}" for i in range(3000)))
    used.words("tea bridges")
    asked, text = "bridge stipend tea", "a bridge of tea and a wage"
    assert strengths(fresh, asked, text) == strengths(used, asked, text)


def test_a_text_without_words_bears_nothing() -> None:
    vocabulary = Vocabulary(vector_of)
    vocabulary.words("a bridge")
    assert vocabulary.strengths(terms("bridge"), vocabulary.words("...")).shape == (0, 1)


def test_a_question_without_terms_has_no_columns() -> None:
    vocabulary = Vocabulary(vector_of)
    assert vocabulary.strengths((), vocabulary.words("tea")).shape == (1, 0)
