"""Dates are a part of the answer where a figure ages; a guide past its review date says so."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assistant.chain import Assistant
from assistant.opening import House
from assistant.settings import load_settings
from assistant.wordvectors import WordVectors

GUIDE = """---
slug: tea
title: Tea
as_of: 2026-11
review_by: 2027-05
ages: figures
sources:
  - {key: board, publisher: Tea Board, title: Prices, date: "2026-03", url: null, standing: primary}
  - {key: old, publisher: Old Board, title: Prices, date: null, url: null, standing: primary}
---
# Tea

Green tea costs $5 a box. [board]

Black tea costs $7 a box. [old]

White tea cost $9 a box in 2025. [board]

Oolong tea is grown in hills. [board]
"""


def on(house: House, today: date) -> Assistant:
    words = WordVectors(load_settings().models_dir)
    return Assistant(house.retriever, words.of, house.live.document, 8, 60, lambda: today)


@pytest.fixture
def tea(index_of: Callable[..., House]) -> House:
    return index_of(tea=GUIDE)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does green tea cost?", "Green tea costs $5 a box (as of 2026-03). [1]"),
        ("What does black tea cost?", "Black tea costs $7 a box (as of 2026-11). [1]"),
        ("What did white tea cost?", "White tea cost $9 a box in 2025. [1]"),
        ("Where is oolong tea grown?", "Oolong tea is grown in hills. [1]"),
    ],
)
def test_a_figure_that_ages_carries_its_date_unless_the_words_give_one(question: str, answer: str, tea: House) -> None:
    told = tea.assistant.ask(question)
    assert told.answer.startswith(answer)
    assert told.claims[0].support == "supported"
    assert told.claims[0].text in told.answer


@pytest.mark.parametrize(("today", "late"), [(date(2027, 5, 31), False), (date(2027, 6, 1), True)])
def test_a_guide_past_its_review_date_says_so(today: date, late: bool, tea: House) -> None:
    limits = on(tea, today).ask("What does green tea cost?").limits
    assert ("Tea: due for review since 2027-05, so its facts may be out of date." in limits) is late


def test_a_salary_of_the_bundled_guides_carries_its_year(house: House) -> None:
    assert "(as of 2026)" in house.assistant.ask("What does a senior AI PM earn?").answer


def test_a_line_that_introduces_a_table_brings_its_rows(index_of: Callable[..., House], tmp_path: Path) -> None:
    house = index_of(
        tea="# Tea\n\n## Prices of all teas\n\nPrices of all teas by box:\n\n| Tea | Price |\n|---|---|\n| Green | $5 |\n| Black | $7 |\n"
    )
    answer = house.assistant.ask("List the prices of all teas by box")
    assert "$5" in answer.answer and "$7" in answer.answer
