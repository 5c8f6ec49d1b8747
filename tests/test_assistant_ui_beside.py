"""Beside the chat: explore, library, about."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.settings import Settings
from tests import files
from tests.site import ask, assistant, served, visit

pytestmark = pytest.mark.browser


@pytest.fixture
def explore(page: Page, address: str) -> Page:
    page.goto(f"{address}/explore")
    expect(page.locator(".bar").first).to_be_visible()
    return page


def profile(page: Page, years: str, country: str = "") -> None:
    page.get_by_label("Your years of experience").fill(years)
    if country:
        page.get_by_label("Your country").fill(country)
    page.keyboard.press("Tab")


def test_a_bar_opens_the_row_that_it_shows(explore: Page) -> None:
    bar = explore.locator(".bar", has_text="$300K-$480K").first
    bar.press("Enter")
    expect(explore.locator("#pane tr.here")).to_contain_text("Senior AI PM")
    explore.keyboard.press("Escape")
    expect(bar).to_be_focused()


def test_a_traditional_director_stands_beside_the_one_of_ai_product(explore: Page) -> None:
    expect(explore.locator(".bar", has_text="$350K-$550K")).to_be_visible()
    expect(explore.locator(".bar", has_text="$420K-$700K")).to_be_visible()
    explore.get_by_label("Base pay").check()
    expect(explore.locator(".bar", has_text="$420K-$700K")).to_be_hidden()
    expect(explore.locator(".bar", has_text="$240K-$320K")).to_be_visible()


def test_the_profile_says_which_row_applies_and_goes_with_the_person_into_the_chat(explore: Page, address: str) -> None:
    profile(explore, "2.5", "Germany")
    expect(explore.locator("#explore-advice")).to_contain_text("no row applies")
    profile(explore, "5")
    expect(explore.locator("#explore-advice")).to_contain_text("Senior AI PM")
    expect(explore.locator("#explore-advice")).to_contain_text("AI Product Manager")
    explore.reload()
    expect(explore.get_by_label("Your years of experience")).to_have_value("5")
    visit(explore, address)
    ask(explore, "How much do AI PMs earn?", 1)
    mine = explore.locator(".answer .for-you")
    expect(mine).to_contain_text("Senior AI PM, 5-8 years: base $190K-$250K")
    expect(mine).to_contain_text("Germany")
    mine.locator(".open-source").first.click()
    expect(explore.locator("#pane .here").first).to_be_visible()


def test_ticks_are_counted_and_kept_in_the_browser(explore: Page) -> None:
    tick = explore.locator(".explore-tick").first
    tick.check()
    expect(explore.locator(".count").first).to_contain_text("1 of 14")
    explore.reload()
    expect(explore.locator(".explore-tick").first).to_be_checked()
    expect(explore.locator(".count").first).to_contain_text("1 of 14")


def test_a_path_without_months_in_the_source_has_none_here(explore: Page) -> None:
    scientist = explore.locator(".path", has_text="Data scientist")
    scientist.locator("summary").click()
    expect(scientist).not_to_contain_text("Months")
    engineer = explore.locator(".path", has_text="ML engineer")
    engineer.locator("summary").click()
    expect(engineer).to_contain_text("Months 1-2")


def test_ask_about_this_asks_in_the_chat(explore: Page) -> None:
    explore.locator(".ask-about").first.click()
    expect(explore.locator(".answer")).to_have_count(1)


def test_the_library_lists_guides_with_sources_and_opens_them(page: Page, address: str) -> None:
    page.goto(f"{address}/library")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="AI product manager career guide"))
    expect(card).to_contain_text("facts as of 2026-11")
    card.locator("summary").click()
    expect(card.get_by_role("link").first).to_have_attribute("rel", "noopener noreferrer")
    card.get_by_role("button", name="Read").click()
    expect(page.locator("#pane-title")).to_have_text("AI product manager career guide")
    expect(page.locator("#pane .reader h3").first).to_be_visible()


def test_files_are_uploaded_refused_by_name_and_removed(page: Page, address: str, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "yak <b>report.pdf").write_bytes(files.pdf([("Yak report", 18), ("", 10)], [("A yak walks 31 miles a day.", 10)]))
    (tmp_path / "broken.pdf").write_bytes(b"\x89PNG not a pdf")
    page.goto(f"{address}/library")
    expect(page.locator(".card").first).to_be_visible()
    page.locator("#upload input[type=file]").set_input_files([tmp_path / "yak <b>report.pdf", tmp_path / "broken.pdf"])
    expect(page.locator("#upload")).to_contain_text("broken")
    page.get_by_role("button", name="Add to the library").click()
    expect(page.locator("#added .kept")).to_contain_text("Added yak")
    expect(page.locator("#added .refused")).to_contain_text("Not added: broken.pdf:")
    mine = page.locator(".card", has_text="2 pages")
    expect(mine).to_have_count(1)
    (name,) = [line.split("  ")[0] for line in assistant(settings.data_dir, "list").splitlines() if "yak" in line]
    visit(page, address)
    ask(page, "How many miles does a yak walk a day?", 1)
    expect(page.locator(".answer")).to_contain_text("31 miles")
    page.goto(f"{address}/library")
    expect(mine).to_have_count(1)
    page.get_by_label("Remove an added document").click()
    page.get_by_role("option", name=re.compile(re.escape(name))).click()
    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("button", name="Remove it for everybody").click()
    expect(page.locator("#added")).to_contain_text("Removed")
    expect(mine).to_have_count(0)


def test_a_page_that_others_can_reach_takes_no_documents_unless_it_is_set_to(browser: Browser, settings: Settings, house: object) -> None:
    with served(settings.data_dir, environment={"ASSISTANT_UPLOADS": "off"}) as site:
        page = browser.new_page()
        page.goto(f"{site.address}/library")
        expect(page.locator(".card").first).to_be_visible()
        expect(page.locator("#adding")).to_be_hidden()
        expect(page.get_by_text("This page takes no documents")).to_be_visible()
        page.close()


def test_about_says_what_this_is_what_it_keeps_and_how_sure_it_is(page: Page, address: str, settings: Settings) -> None:
    page.goto(f"{address}/about")
    for words in ("an AI system, not a person", "calibration error", str(settings.data_dir), "Delete", "nine times in ten"):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.locator("#versions")).to_contain_text("no text leaves this machine")
