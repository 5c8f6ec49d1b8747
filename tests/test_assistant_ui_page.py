"""The chat page in a real browser: ask, follow up, retry, edit, undo, and what the answers say of themselves."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.settings import Settings
from tests import files
from tests.site import ask, assistant, visit

pytestmark = pytest.mark.browser


def test_a_person_asks_about_a_salary_and_follows_up(page: Page) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    first = page.locator(".answer").first
    expect(first).to_contain_text("$190K-$250K")
    expect(first.locator(".limits")).to_contain_text("disclosed ranges only and name no country")
    expect(first.locator(".limits")).to_be_visible()
    expect(first.locator("q").first).to_have_text("| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |")
    ask(page, "And for a director?", 2)
    second = page.locator(".answer").nth(1)
    expect(second).to_contain_text("Understood as: What does a director AI PM earn?")
    expect(second).to_contain_text("$240K-$320K")


def test_confidence_is_a_word_a_symbol_and_explains_itself(page: Page) -> None:
    ask(page, "Which must-have technical skills does an AI PM need?", 1)
    sure = page.locator(".answer .confidence")
    expect(sure.locator("summary")).to_contain_text(re.compile(r"●●● High confidence, \d+%"))
    sure.locator("summary").press("Enter")
    expect(sure).to_contain_text("right about nine times in ten")
    expect(sure).to_contain_text("What speaks for it")
    expect(sure).to_contain_text("One source bears it: AI Pulse")
    expect(sure).to_contain_text("What would raise it")


def test_a_refusal_says_what_was_looked_for_and_offers_what_can_be_asked(page: Page) -> None:
    ask(page, "What does an AI PM earn in Berlin?", 1)
    answer = page.locator(".answer")
    expect(answer).to_contain_text("Not in my sources. Looked for: What does an AI PM earn in Berlin?")
    expect(answer).to_contain_text("Berlin")
    expect(answer.locator(".cite")).to_have_count(0)
    page.locator("#chat .option").first.click()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".answer").nth(1).locator(".cite").first).to_be_visible()


def test_a_question_that_is_not_english_is_told_so(page: Page) -> None:
    ask(page, "Was verdient ein Produktmanager in diesem Beruf?", 1)
    expect(page.locator(".answer")).to_contain_text("I can only read questions in English")


def test_the_empty_page_has_examples_for_each_kind_of_person(page: Page) -> None:
    for who in ("Product manager", "ML engineer", "Data scientist", "Graduate", "Hiring manager"):
        expect(page.locator("#chat .example", has_text=f"{who}:").first).to_be_visible()
    page.locator("#chat .example", has_text="How many interview rounds should I expect?").click()
    expect(page.locator(".answer")).to_contain_text("4-6")


def test_the_page_says_that_it_is_a_program(page: Page) -> None:
    expect(page.get_by_text("I am a program (an AI system), not a person")).to_be_visible()


def test_jargon_is_explained_in_place_for_mouse_and_keyboard(page: Page) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    page.locator(".answer .term", has_text="total comp").first.focus()
    expect(page.locator("#peek")).to_contain_text("Total compensation is")


def test_undo_gives_the_question_back_and_takes_the_turn_away(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    ask(page, "What is CIRCLES?", 2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.get_by_label("Your question")).to_have_value("What is CIRCLES?")
    page.reload()
    expect(page.locator(".answer")).to_have_count(1)


def test_retry_asks_the_same_again(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    before = page.locator(".cite").first.get_attribute("id")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(f"#{before}")).to_have_count(0)
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".answer")).to_contain_text("acquisition")


def test_an_edited_question_is_answered_anew_and_shows_its_own_words(page: Page) -> None:
    ask(page, "What's AARRR? (the <funnel>)", 1)
    ask(page, "What is CIRCLES?", 2)
    page.get_by_label("Edit").first.click()
    box = page.locator("#chat textarea")
    expect(box).to_have_value("What's AARRR? (the <funnel>)")
    box.fill("What is the STAR pattern for answers?")
    page.get_by_label("Submit").click()
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".answer")).to_contain_text("situation, task, action, result")


def test_copying_an_answer_gives_its_words_and_quotes_not_its_markup(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "What does a senior AI PM earn?", 1)
    page.get_by_label("Copy message").last.click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('190K'))")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "base $190K-$250K" in text
    assert "| Senior AI PM | 5-8 |" in text
    assert "<" not in text
    assert "&#" not in text


def test_a_question_that_is_too_long_is_told_and_given_back(page: Page) -> None:
    long = "How much? " * 500
    page.get_by_label("Your question").fill(long)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".failed")).to_contain_text("ask in at most 4,000")
    expect(page.get_by_label("Your question")).to_have_value(long)


def test_a_question_in_the_address_is_asked_once(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = visit(context.new_page(), f"{address}/?ask=What%20is%20AARRR%3F")
    expect(page.locator(".answer")).to_have_count(1)
    page.reload()
    expect(page.locator(".answer")).to_have_count(1)
    context.close()


def test_two_people_do_not_see_each_others_questions(browser: Browser, address: str) -> None:
    pages = [visit(browser.new_context().new_page(), address) for _ in range(2)]
    for page, question in zip(pages, ("What is AARRR?", "What is CIRCLES?"), strict=True):
        ask(page, question, 1)
    expect(pages[0].locator(".answer")).to_contain_text(re.compile("acquisition", re.IGNORECASE))
    expect(pages[1].locator(".answer")).to_contain_text("Comprehend")
    expect(pages[0].locator("#conversations")).not_to_contain_text("CIRCLES")
    for page in pages:
        page.context.close()


def test_a_running_page_answers_from_what_is_added_and_forgets_what_is_removed(page: Page, settings: Settings, tmp_path: Path) -> None:
    question = "How long does oolong rest in the tea report?"
    ask(page, question, 1)
    expect(page.locator(".answer").nth(0)).to_contain_text("not in my sources")
    (tmp_path / "tea.pdf").write_bytes(files.pdf([("Tea report", 18), ("", 10)], [("Oolong tea rests for 9 hours.", 10)]))
    assistant(settings.data_dir, "add", str(tmp_path / "tea.pdf"))
    try:
        ask(page, question, 2)
        added = page.locator(".answer").nth(1)
        expect(added).to_contain_text("9 hours")
        expect(added.locator(".sources")).to_contain_text("page 2")
        added.locator(".cite").first.click()
        expect(page.locator("#pane mark.here")).to_have_text("Oolong tea rests for 9 hours.")
        expect(page.locator("#pane")).to_contain_text("Page 2")
    finally:
        assistant(settings.data_dir, "remove", "tea.pdf")
    page.keyboard.press("Escape")
    ask(page, question, 3)
    expect(page.locator(".answer").nth(2)).to_contain_text("not in my sources")
    page.locator("#chat").hover()
    page.mouse.wheel(0, -100)  # as a person goes back: until then the page stays with the last question
    page.locator(".answer").nth(1).locator(".cite").first.click()
    expect(page.locator("#pane")).to_contain_text("not in the library any more")


def test_the_page_goes_to_the_question_and_not_past_its_answer(browser: Browser, address: str) -> None:
    page = visit(browser.new_page(viewport={"width": 390, "height": 844}), address)
    for place, question in enumerate(("What does a senior AI PM earn?", "Which skills does an AI PM need in 2026?"), 1):
        ask(page, question, place)
        expect(page.locator("#chat").get_by_text(question, exact=True).last).to_be_in_viewport()
        expect(page.locator(".answer").nth(place - 1).locator("p").first).to_be_in_viewport()
    page.close()


def test_a_greeting_is_answered_and_is_no_failed_search(page: Page) -> None:
    ask(page, "hi", 1)
    expect(page.locator(".answer")).to_contain_text("I answer questions from my guides")
    expect(page.locator(".looked, .confidence")).to_have_count(0)
