"""Text from outside stays text on the page."""

import re

import pytest

from assistant.answer import Answer, Citation, Claim, Confidence
from assistant.ui.render import escape, message

NASTY = '<img src=x onerror=alert(1)> ![x](http://evil.example/x.png) [y](javascript:alert(1)) **b** `c` $x$ https://evil.example "q"'


def answer(quote: str = "The text.", text: str = "The text. [1]", **changes: object) -> Answer:
    fields: dict[str, object] = {
        "id": "1",
        "question": "q",
        "standalone_question": "q",
        "answer": text,
        "claims": (Claim(text="The text.", citations=(1,), support="supported"),),
        "citations": (
            Citation(number=1, document="d", title="D", section="S", context="", quote=quote, start=0, end=len(quote), sources=()),
        ),
        "confidence": Confidence(level="high", reasons=("Because.",)),
        "abstained": False,
        "limits": (),
        "followups": (),
        "mode": "extractive",
        "model": None,
        "timings_ms": {},
        "usage": None,
        "index": "f",
    }
    return Answer.model_validate(fields | changes)


@pytest.mark.parametrize(
    "where",
    [
        {"quote": NASTY},
        {"text": f"{NASTY} [1]"},
        {"standalone_question": NASTY},
        {"limits": (NASTY,)},
        {"confidence": Confidence(level="low", reasons=(NASTY,))},
    ],
)
def test_nothing_from_outside_becomes_markup(where: dict[str, object]) -> None:
    html = message(answer(**where))  # type: ignore[arg-type]
    assert set(re.findall(r"<(\w+)", html)) <= {
        "div",
        "p",
        "sup",
        "details",
        "summary",
        "span",
        "ul",
        "ol",
        "li",
        "q",
        "br",
        "small",
        "code",
    }
    assert "evil" not in re.sub(r"&#\d+;evil|evil&#\d+;", "", html)
    assert not re.search(r"on\w+=|javascript:|!\[|\]\(", html)


def test_escaping_keeps_every_character() -> None:
    import html

    assert html.unescape(escape(NASTY)) == NASTY


def test_a_marker_becomes_a_chip_that_shows_its_quote() -> None:
    chip = '<span class="cite open-source" id="cite-1-1" role="button" tabindex="0" title="“The text&#46;” — D">1</span>'
    assert chip in message(answer())


def test_a_number_in_brackets_that_cites_nothing_stays_text() -> None:
    assert message(answer(text="As in [7], so here. [1]")).count('class="cite ') == 1


def test_no_percentage_without_calibration() -> None:
    assert "%" not in message(answer())
    sure = Confidence(level="high", probability=0.93, calibrated=True, reasons=())
    assert "93%" in message(answer(confidence=sure))


def test_confidence_is_told_by_word_and_symbol() -> None:
    assert "●●● </span> High confidence".replace(" </span>", "</span>") in message(answer())
    refused = answer(abstained=True, claims=(), citations=(), text="Not here.", confidence=Confidence(level="low", reasons=()))
    assert "Not in my sources" in message(refused)


def test_a_source_link_is_a_web_address_or_none() -> None:
    source = {"key": "k", "publisher": "P", "title": "T", "date": None, "url": "javascript:alert(1)", "standing": "primary"}
    citation = answer().citations[0].model_dump() | {"sources": (source,)}
    assert "<a " not in message(answer(citations=(citation,)))
    citation["sources"] = (source | {"url": "https://example.org/x"},)
    assert 'rel="noopener noreferrer"' in message(answer(citations=(citation,)))


def test_how_a_question_was_understood_is_told_where_its_words_differ() -> None:
    assert "Understood as" not in message(answer(question="and GPT-5", standalone_question="And GPT-5?"))
    assert "Understood as" in message(answer(question="and GPT-5", standalone_question="And GPT-5? (price)"))
