"""Every quote can be checked on the page: pointed at it shows its words, opened it shows the whole guide with the words marked."""

import pytest
from playwright.sync_api import Page, expect

from tests.site import ask

pytestmark = pytest.mark.browser


def test_pointing_at_a_chip_shows_quote_and_public_source(page: Page) -> None:
    ask(page, "How many interview rounds should I expect?", 1)
    chip = page.locator(".cite").first
    chip.hover()
    expect(page.locator("#peek")).to_contain_text("4-6 interview rounds")
    expect(page.locator("#peek")).to_contain_text("AI Pulse")
    page.mouse.move(1, 1)
    expect(page.locator("#peek")).to_be_hidden()
    chip.focus()
    expect(page.locator("#peek")).to_be_visible()
    assert chip.get_attribute("aria-label") == "Quote 1: open its source"


def test_enter_opens_the_guide_at_the_quoted_characters_and_escape_goes_back(page: Page) -> None:
    ask(page, "How many interview rounds should I expect?", 1)
    quote = page.locator(".answer q").first.text_content()
    chip = page.locator(".cite").first
    chip.focus()
    page.keyboard.press("Enter")
    here = page.locator("#pane mark.here")
    expect(here).to_have_text(str(quote))
    expect(here).to_be_in_viewport()
    pane = page.locator("#pane")
    expect(pane).to_contain_text("AI product manager career guide")
    expect(pane).to_contain_text("Facts as of 2026-11")
    link = pane.get_by_role("link", name="AI Product Manager career guide").first
    assert str(link.get_attribute("href")).startswith("https://theaimarketpulse.com/")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(pane).to_be_focused()
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    expect(chip).to_be_focused()


def test_the_quotes_of_an_answer_are_walked_through(page: Page) -> None:
    ask(page, "Which technical skills does an AI PM need in 2026?", 1)
    quotes = page.locator(".answer q").all_text_contents()
    assert len(quotes) > 2
    page.locator(".cite").nth(1).click()
    expect(page.locator("#pane mark.here")).to_have_text(quotes[1])
    expect(page.locator("#pane mark.quoted")).to_have_count(len(quotes))
    page.get_by_label("Next quote").click()
    expect(page.locator("#pane mark.here")).to_have_text(quotes[2])
    page.get_by_label("Close the source").click()
    expect(page.locator("#pane")).to_be_hidden()


def test_a_quoted_table_row_is_marked_in_its_table(page: Page) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    page.locator(".cite").first.click()
    row = page.locator("#pane tr.here")
    expect(row).to_contain_text("$190K-$250K")
    expect(row).to_be_in_viewport()


def test_a_chip_whose_answer_was_deleted_says_so(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    page.locator(".cite").first.evaluate("chip => { chip.id = 'cite-' + '0'.repeat(32) + '-1' }")
    page.locator(".cite").first.click()
    expect(page.locator("#pane")).to_contain_text("This answer was deleted")
