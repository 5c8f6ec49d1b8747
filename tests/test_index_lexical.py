"""What the words of a corpus tell: which it holds, which people merely use when they ask."""

from pathlib import Path

from index.lexical import EVERYDAY, LexicalIndex, stem

TEXTS = ["Agents call tools.", "Agents cost tokens.", "Pay is posted.", "Retrieval finds passages."]


def test_a_word_of_few_questions_is_none_that_the_corpus_knows(tmp_path: Path) -> None:
    LexicalIndex.build(TEXTS, ["what do agents do in Ohio", "my boss", "my boss in an ad", "boss"]).save(tmp_path)
    lexical = LexicalIndex.load(tmp_path)
    assert lexical.knows(stem("agents")) and lexical.holds(stem("agents"))
    assert not lexical.knows(stem("ohio"))
    assert lexical.frequency(stem("boss")) == EVERYDAY
    assert lexical.knows(stem("boss")) and not lexical.holds(stem("boss"))


def test_a_text_is_found_by_the_words_of_its_questions() -> None:
    lexical = LexicalIndex.build(TEXTS, ["", "", "what is in the ads?", ""])
    assert lexical.scores([stem("ads")]).argmax() == 2


def test_what_questions_hold_is_no_spelling_to_mend_by() -> None:
    assert "ohio" not in LexicalIndex.build(TEXTS, ["in ohio", "", "", ""]).spellings
