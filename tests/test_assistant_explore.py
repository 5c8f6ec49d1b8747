"""What the Explore page shows, held to the guide, to the pay data beside it, and to what a browser may keep."""

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.explore import AI_PM, GUIDE, PayRange, career_stages, paths, pay_limits, pay_rows, sentence, skill_groups
from assistant.profile import Profile
from assistant.ui.explore_html import advice_html, failure_html, paths_html, pay_html, skills_html, tick_id
from assistant.ui.places import Place, parse_id
from index.documents import Document
from index.loaders import bundled_corpus, load_folder

EVIL = '<img src=x onerror="alert(1)">'


@cache
def documents() -> dict[str, Document]:
    return {document.name: document for document in load_folder(bundled_corpus()).documents}


@pytest.fixture
def guide() -> Document:
    return documents()[GUIDE]


def bounds(pay: PayRange | None) -> tuple[str, str]:
    return (str(pay.low), str(pay.high)) if pay else ("", "")


def test_pay_is_that_of_the_data(guide: Document) -> None:
    path = Path(__file__).parents[1] / "corpus" / "data" / "salaries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = [
        {
            "role": row.role,
            "level": row.level,
            "years_min": "" if row.years_min is None else f"{row.years_min:g}",
            "years_max": "" if row.years_max is None else f"{row.years_max:g}",
            "base_min": bounds(row.base)[0],
            "base_max": bounds(row.base)[1],
            "total_min": bounds(row.total)[0],
            "total_max": bounds(row.total)[1],
            "open_ended": str(row.open_ended).lower(),
        }
        for row in pay_rows(guide)
    ]
    assert told == [{name: row[name] for name in told[0]} for row in rows]


def test_each_figure_stands_where_it_says(guide: Document) -> None:
    for row in pay_rows(guide):
        assert guide.text[row.span.start : row.span.end] == row.span.text
        for pay in (row.base, row.total):
            if pay:
                assert guide.text[pay.item.start : pay.item.end] == pay.item.text


def test_both_accounts_of_the_director_agree_and_stand_side_by_side(guide: Document) -> None:
    rows = pay_rows(guide)
    traditional = next(row for row in rows if row.role != AI_PM)
    director = next(row for row in rows if row.level == traditional.beside)
    assert traditional.base is None
    assert director.total
    assert director.total.item.text in traditional.span.text, "the sentence and the table give the same range"


def test_skills_are_those_of_the_guide(guide: Document) -> None:
    groups = skill_groups(guide)
    assert [len(group.items) for group in groups] == [5, 5, 4]
    for group in groups:
        assert f"### {group.title}\n" in guide.text
        for item in group.items:
            assert guide.text[item.start : item.end] == item.text


def test_paths_have_months_only_where_the_guide_has(guide: Document) -> None:
    found = {path.name: path for path in paths(guide)}
    assert [*found] == ["Traditional PM", "ML engineer", "Data scientist", "Graduate or MBA"]
    for name in ("Traditional PM", "ML engineer"):
        assert [stage.when for stage in found[name].stages] == ["Months 1-2", "Months 2-3", "Months 3-4"]
        assert found[name].undated is None
    for name in ("Data scientist", "Graduate or MBA"):
        assert found[name].stages == ()
        undated = found[name].undated
        assert undated
        assert "no month-by-month plan" in guide.text[undated.start : undated.end]
    assert [len(path.gaps) for path in found.values()] == [3, 4, 3, 0]
    stage = found["ML engineer"].stages[0]
    assert stage.title == "PM basics"
    assert guide.text[stage.item.start : stage.item.end].startswith("Months 1-2, PM basics: read")


def test_a_career_by_years(guide: Document) -> None:
    stages = career_stages(guide)
    assert [stage.when for stage in stages] == ["Years 1-3", "Years 3-5", "Years 5-8", "Years 8-12", "Years 12+"]
    assert [stage.when for stage in stages if stage.holds(3)] == ["Years 1-3", "Years 3-5"]
    assert [stage.when for stage in stages if stage.holds(30)] == ["Years 12+"]
    assert not any(stage.holds(0.5) for stage in stages)


def test_limits_of_pay_are_read_from_the_guide(guide: Document) -> None:
    told = " ".join(item.text for item in pay_limits(guide))
    assert "disclosed" in told
    assert "more than 2 but fewer than 3 years" in told


@pytest.mark.parametrize("name", [name for name in documents() if name != GUIDE])
def test_other_guides_give_nothing_and_no_error(name: str) -> None:
    document = documents()[name]
    assert (pay_rows(document), skill_groups(document), paths(document), career_stages(document)) == ([], [], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Title\n",
        "| Level | Years | Base | Total comp |\n|---|---|---|---|\n| Head | many | lots | | \n",
        "| Level | Years | Base | Total comp |\n|---|---|---|---|\n| Head | 1-2 | $0-$0 | $9K-$1K |\n",
        "| Level | Years | Base |\n|---|---|---|\n| Head |\n",
        "# T\n\n## What skills?\n\nNone.\n\n## Plans for moving in\n\n### From ML engineer\n\n- Months: soon\n",
    ],
)
def test_what_is_missing_or_odd_gives_no_error(text: str) -> None:
    document = Document(name="odd", title="T", text=text, markdown=True)
    assert [row for row in pay_rows(document) if row.base or row.total] == []
    assert (skill_groups(document), career_stages(document), pay_limits(document), sentence(document, "x")) == ([], [], [], None)
    assert all(not path.stages for path in paths(document))
    for html in (pay_html(document, Profile(years=3)), skills_html(document, {}), paths_html(document, Profile(), {})):
        assert "nothing on this" in html or "no months" in html


def test_every_source_link_of_the_page_has_an_id_of_its_own_that_names_real_words(guide: Document) -> None:
    profile = Profile(role="Data scientist", years=2.5, level="Senior AI PM", country="Germany")
    for shown in (
        profile,
        profile.model_copy(update={"years": 8, "role": "ML engineer"}),
        profile.model_copy(update={"role": "Graduate or MBA"}),
    ):
        page = advice_html(guide, shown) + pay_html(guide, shown) + skills_html(guide, {}) + paths_html(guide, shown, {})
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert [identity for identity, count in Counter(ids).items() if count > 1] == []
        links = re.findall(r'open-source" id="([^"]+)"', page)
        assert len(links) > 40
        for link in links:
            place = parse_id(link)
            assert isinstance(place, Place)
            assert place.document == GUIDE
            assert guide.text[place.start : place.end].strip()


def test_each_bar_opens_its_own_figures(guide: Document) -> None:
    bars = re.findall(r'class="bar [^"]*open-source" id="([^"]+)" aria-label="([^"]+)"', pay_html(guide, Profile()))
    assert len(bars) == 11  # base and total of five levels, and the traditional director's total
    for identity, label in bars:
        place = parse_id(identity)
        assert isinstance(place, Place)
        assert guide.text[place.start : place.end] in label


def test_the_open_top_is_told_in_words(guide: Document) -> None:
    html = pay_html(guide, Profile())
    assert html.count("the top is open") == html.count("(open-ended)") == 1


@pytest.mark.parametrize(("years", "rows", "gaps"), [(5, 2, 0), (8, 2, 0), (12, 2, 0), (2.5, 0, 1), (0, 1, 0), (None, 0, 0)])
def test_my_years_are_marked(guide: Document, years: float | None, rows: int, gaps: int) -> None:
    html = pay_html(guide, Profile(years=years))
    assert (html.count("chart-row mine"), html.count("chart-gap")) == (rows, gaps)


def test_ticks_are_shown_and_counted(guide: Document) -> None:
    items = [item for group in skill_groups(guide) for item in group.items]
    html = skills_html(guide, {"done": [tick_id(item) for item in items[:3]] + ["gone"]})
    assert html.count(" checked>") == 3
    assert '<b class="count-done">3</b> of 14 skills' in html


@pytest.mark.parametrize("junk", [None, 3, "x", [], {"done": 1}, {"done": [1, None, {"a": 2}, EVIL]}, {"other": []}])
def test_junk_of_a_browser_is_no_progress(guide: Document, junk: object) -> None:
    assert '<b class="count-done">0</b> of 14 skills' in skills_html(guide, junk)
    assert EVIL not in paths_html(guide, Profile(), junk)


def test_the_persons_path_is_open_and_marked(guide: Document) -> None:
    html = paths_html(guide, Profile(role="ML engineer"), {})
    assert html.count("◆ Your path") == 1
    assert re.search(r"<details[^>]* open><summary><strong>From ML engineer", html)


def test_no_text_acts_as_markup() -> None:
    text = (
        f"# T\n\n## How much\n\n| Level | Years | Base | Total comp |\n|---|---|---|---|\n"
        f"| Head {EVIL} | 0-2 {EVIL} | $1K-$2K | $3K-$4K |\n\n"
        f"## What skills {EVIL}\n\n### Group {EVIL}\n\nFirst, a list:\n\n- Skill {EVIL} of it.\n\n"
        f"## Plans for moving into it\n\n### Plan from ML engineer {EVIL}\n\n- Months 1-2, do {EVIL}: all {EVIL} now.\n\n"
        f"## Career path\n\n- Years 1-3: be {EVIL} of it.\n"
    )
    document = Document(name='"><b>', title=EVIL, text=text, markdown=True, as_of=EVIL)
    profile = Profile.from_browser({"role": EVIL, "level": EVIL, "country": EVIL, "years": 1})
    page = advice_html(document, profile) + pay_html(document, profile) + skills_html(document, {}) + paths_html(document, profile, {})
    assert "<img" not in page + failure_html(EVIL)
    assert "&lt;img" in page


def test_questions_to_the_chat_go_by_a_link_that_holds_below_a_path(guide: Document) -> None:
    page = pay_html(guide, Profile()) + skills_html(guide, {}) + paths_html(guide, Profile(), {})
    links = re.findall(r'class="ask-about" href="([^"]+)"', page)
    assert "./?ask=What%20does%20a%20Senior%20AI%20PM%20earn%3F" in links
    assert all(link.startswith("./?ask=") for link in links)
