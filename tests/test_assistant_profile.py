"""Which number applies to me: rows, holes, overlaps, disagreements, and when none of it is told."""

import math
from functools import cache
from typing import Any

import pytest

from assistant.explore import GUIDE
from assistant.opening import House
from assistant.profile import Advice, Profile, advice_for, concerns_paths, concerns_pay, which_path, which_row, which_stage
from index.documents import Document
from index.loaders import bundled_corpus, load_folder
from tests.conversation import ask


@cache
def documents() -> dict[str, Document]:
    return {document.name: document for document in load_folder(bundled_corpus()).documents}


@pytest.fixture
def guide() -> Document:
    return documents()[GUIDE]


def cited(advice: list[Advice], guide: Document) -> list[str]:
    return [guide.text[a.start : a.end] for a in advice if a.start is not None and a.end is not None]


def rows(advice: list[Advice], guide: Document) -> list[str]:
    return [words.split("|")[1].strip() for words in cited(advice, guide) if words.startswith("|")]


@pytest.mark.parametrize(
    ("years", "levels"),
    [
        (0, ["Associate AI PM"]),
        (2, ["Associate AI PM"]),
        (2.5, []),
        (3, ["AI Product Manager"]),
        (5, ["AI Product Manager", "Senior AI PM"]),
        (6, ["Senior AI PM"]),
        (8, ["Senior AI PM", "Director of AI Product"]),
        (9, ["Director of AI Product"]),
        (12, ["Director of AI Product", "VP of AI Product"]),
        (40, ["Director of AI Product", "VP of AI Product"]),
    ],
)
def test_the_rows_of_somebodys_years(years: float, levels: list[str], guide: Document) -> None:
    advice = which_row(Profile(years=years), guide)
    assert rows(advice, guide) == levels
    if len(levels) == 2:
        assert "two rows apply" in advice[0].text


def test_every_figure_told_stands_in_the_row_that_is_cited(guide: Document) -> None:
    for line in which_row(Profile(years=5), guide):
        if line.start is not None and "$" in line.text:
            row = guide.text[line.start : line.end]
            assert all(figure.strip(" .,") in row for figure in line.text.split() if "$" in figure)


def test_between_two_and_three_years_no_row_applies_and_the_guide_is_cited(guide: Document) -> None:
    hole = which_row(Profile(years=2.5), guide)[0]
    assert hole.text == "2.5 years: no row applies: the bands end at 2 and begin again at 3."
    assert "fewer than 3 years" in cited([hole], guide)[0]


def test_what_the_years_mean_is_not_said_by_the_source(guide: Document) -> None:
    assert "never says whether the years" in cited(which_row(Profile(years=4), guide), guide)[-1]


def test_a_level_alone(guide: Document) -> None:
    assert rows(which_row(Profile(level="Senior AI PM"), guide), guide) == ["Senior AI PM"]
    assert rows(which_row(Profile(level="vp"), guide), guide) == ["VP of AI Product"]


def test_a_level_settles_which_of_two_rows_applies(guide: Document) -> None:
    assert rows(which_row(Profile(level="Senior AI PM", years=5), guide), guide) == ["Senior AI PM"]


def test_a_level_that_disagrees_with_the_years_is_told(guide: Document) -> None:
    advice = which_row(Profile(level="Director of AI Product", years=4), guide)
    assert "disagree" in advice[0].text
    assert rows(advice, guide) == ["Director of AI Product", "AI Product Manager"]


def test_a_level_that_the_table_does_not_have(guide: Document) -> None:
    advice = which_row(Profile(level="Principal AI PM", years=4), guide)
    assert "no row for the level “Principal AI PM”" in advice[0].text
    assert rows(advice, guide) == ["AI Product Manager"]


def test_a_country_is_not_in_the_figures(guide: Document) -> None:
    advice = which_row(Profile(country="Germany"), guide)
    assert len(advice) == 1
    assert "may not hold for Germany" in advice[0].text
    assert "geography" in cited(advice, guide)[0]


@pytest.mark.parametrize(
    ("role", "months"), [("Traditional PM", True), ("ML engineer", True), ("Data scientist", False), ("Graduate or MBA", False)]
)
def test_the_path_of_a_role(role: str, months: bool, guide: Document) -> None:
    told = " ".join(line.text for line in which_path(Profile(role=role), guide))
    assert ("Months 1-2, Months 2-3, Months 3-4" in told) is months
    assert ("no month-by-month plan" in told) is not months
    assert len(cited(which_path(Profile(role=role), guide), guide)) == 2


@pytest.mark.parametrize("role", ["Designer", "Other", "PM", "<b>"])
def test_a_role_without_a_path(role: str, guide: Document) -> None:
    (line,) = which_path(Profile(role=role), guide)
    assert "no path" in line.text
    assert "four paths" in line.text
    assert "four paths" in cited([line], guide)[0]


def test_a_role_in_other_words(guide: Document) -> None:
    assert "ML engineer" in which_path(Profile(role="machine learning engineer"), guide)[0].text


def test_the_stage_of_a_career(guide: Document) -> None:
    assert len(cited(which_stage(Profile(years=3), guide), guide)) == 2
    assert "no stage" in which_stage(Profile(years=0.5), guide)[0].text


@pytest.mark.parametrize("ask", [which_row, which_path, which_stage])
def test_without_the_guide_or_with_nothing_known_nothing_is_told(ask: Any, guide: Document) -> None:
    full = Profile(role="Other", years=2.5, level="x", country="y")
    assert ask(full, None) == []
    assert ask(full, Document(name=GUIDE, title="t", text="Nothing here.")) == []
    assert ask(Profile(), guide) == []


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "x",
        7,
        [],
        [1, 2],
        {},
        {"years": "many", "role": 3, "level": [], "country": {}},
        {"years": math.nan},
        {"years": math.inf},
        {"years": -1},
        {"years": 10**400},
        {"years": True},
        {"role": "  ", "country": "\x00\n"},
        {1: 2, "unknown": "x"},
    ],
)
def test_junk_of_a_browser_is_an_empty_profile(junk: object) -> None:
    assert Profile.from_browser(junk).empty


def test_what_makes_sense_is_kept() -> None:
    kept = Profile.from_browser({"years": "5", "role": " Data scientist ", "level": "x" * 500, "country": "New\nZealand", "more": 1})
    assert kept == Profile(years=5, role="Data scientist", level="x" * 60, country="New Zealand")
    assert Profile.from_browser(kept.model_dump()) == kept


FULL = Profile(role="ML engineer", years=5, country="Germany")


@pytest.mark.parametrize("question", ["What does a senior AI PM earn?", "What does an AI product manager earn?"])
def test_answers_on_pay_say_which_row_applies(question: str, house: House, guide: Document) -> None:
    answer = ask(house, question)
    assert concerns_pay(answer)
    assert rows(advice_for(answer, FULL, house.live.document), guide) == ["AI Product Manager", "Senior AI PM"]


@pytest.mark.parametrize(
    "question", ["I'm an ML engineer: which gaps do I have to close?", "What is the month-by-month plan from traditional PM to AI PM?"]
)
def test_answers_on_paths_say_which_path_applies(question: str, house: House) -> None:
    answer = ask(house, question)
    assert concerns_paths(answer)
    assert not concerns_pay(answer)
    assert "From ML engineer" in advice_for(answer, FULL, house.live.document)[0].text


@pytest.mark.parametrize(
    "question", ["How many interview rounds should I expect?", "What is red teaming?", "What does GPT-4o cost per million tokens?"]
)
def test_answers_on_something_else_say_nothing(question: str, house: House) -> None:
    assert advice_for(ask(house, question), FULL, house.live.document) == []


def test_a_career_path_says_which_stage_applies(house: House) -> None:
    told = advice_for(ask(house, "What does an AI PM career path look like?"), FULL, house.live.document)
    assert any("Years 3-5" in line.text for line in told)


def test_an_empty_profile_is_told_nothing(house: House) -> None:
    assert advice_for(ask(house, "What does a senior AI PM earn?"), Profile(), house.live.document) == []


def test_a_refusal_on_pay_says_only_that_the_guide_names_no_country(house: House) -> None:
    answer = ask(house, "What does an AI PM earn in Berlin?")
    assert answer.abstained
    assert ["may not hold for Germany" in line.text for line in advice_for(answer, FULL, house.live.document)] == [True]
    assert advice_for(answer, Profile(years=5), house.live.document) == []
    assert advice_for(ask(house, "Who won the world cup in 2022?"), FULL, house.live.document) == []
