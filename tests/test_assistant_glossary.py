"""Jargon is found as it is written, once, with the glossary guide's own sentence."""

import pytest

from assistant.answer import Answer
from assistant.glossary import Glossary
from assistant.opening import House
from assistant.terminal import readable
from assistant.ui.render import message
from index import bundled_corpus, load_folder
from index.markdown import parse_markdown

GUIDE = parse_markdown(
    """# G

## Pay

### Profit and loss (P&L)

Profit and loss is money in and out.

### Objectives (OKR, ICE)

An objective is an aim. More.
""",
    "glossary",
)


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return Glossary(next(d for d in load_folder(bundled_corpus()).documents if d.name == "glossary"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Owns P&L.", ["P&L"]),
        ("profit and loss, Profit and Loss", ["profit and loss"]),
        ("OKRs and an OKR", ["OKRs"]),
        ("ice cream, price, ICE", ["ICE"]),
        ("objectives, objective", ["objectives"]),
        ("nothing", []),
    ],
)
def test_a_term_is_found_as_it_is_written_and_once(text: str, found: list[str]) -> None:
    assert [text[m.start : m.end] for m in Glossary(GUIDE).mentions(text)] == found


def test_the_explanation_is_the_first_sentence_below_the_heading() -> None:
    assert [m.entry.explanation for m in Glossary(GUIDE).mentions("OKR")] == ["An objective is an aim."]


def test_without_a_glossary_nothing_is_explained() -> None:
    assert Glossary(None).mentions("P&L") == []


@pytest.mark.parametrize(
    "word", ["total comp", "base salary", "equity", "RAG", "P&L", "LLM", "A/B test", "RICE", "F1", "precision", "NIST AI RMF"]
)
def test_the_bundled_glossary_knows_the_words_of_the_field(word: str, glossary: Glossary) -> None:
    (mention,) = glossary.mentions(f"About {word} here.")
    assert len(mention.entry.explanation.split()) > 5


@pytest.fixture(scope="module")
def answer(house: House) -> Answer:
    return house.assistant.ask("What does a senior AI PM earn?")


def test_the_terminal_explains_what_the_person_did_not_say(answer: Answer, glossary: Glossary) -> None:
    told = readable(answer, glossary)
    assert "Note: Total compensation is" in told
    assert "AI product manager (AI PM) is" not in told  # the person's own word


def test_the_page_marks_a_term_with_its_explanation(answer: Answer, glossary: Glossary) -> None:
    html = message(answer, glossary)
    assert html.count('class="term"') >= 1
    assert 'title="Total compensation is' in html
    assert 'class="term"' not in message(answer)
