"""Conversations survive, are listed, reopened, exported and deleted; flags are acknowledged, kept, changed, answered."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.settings import Settings
from tests.site import Site, ask, assistant, visit

pytestmark = pytest.mark.browser


def flag(page: Page, reason: str) -> None:
    page.get_by_label("Feedback").last.click()
    page.get_by_role("button", name=reason).last.click()


def flags(settings: Settings) -> list[dict[str, object]]:
    return [json.loads(line) for line in assistant(settings.data_dir, "flags", "--json").splitlines()]


def test_what_was_said_and_flagged_is_there_after_kill_9_and_a_restart(browser: Browser, settings: Settings, house: object) -> None:
    site = Site(settings.data_dir)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context.new_page(), site.address)
    ask(page, "What is the CIRCLES method?", 1)
    flag(page, "incomplete")
    expect(page.locator("#flag-panel")).to_contain_text("Flagged as incomplete")
    site.kill()
    (kept,) = [f for f in flags(settings) if f["answer"]["question"] == "What is the CIRCLES method?"]  # type: ignore[index]
    assert kept["reason"] == "incomplete"
    assert kept["passages"]
    assert kept["versions"]
    assistant(settings.data_dir, "flags", "resolve", str(kept["id"]), "The guide now says more.")
    site = Site(settings.data_dir, port=int(site.address.rsplit(":", 1)[1]))
    try:
        page.reload()
        expect(page.locator(".answer")).to_contain_text("You flagged this as incomplete")
        expect(page.locator(".answer")).to_contain_text("The guide now says more.")
        ask(page, "What does it stand for?", 2)
        expect(page.locator(".answer").nth(1)).to_contain_text("Comprehend")
    finally:
        site.close()
        context.close()


def test_a_new_conversation_is_one_click_and_the_old_one_is_reopened(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".answer")).to_have_count(0)
    ask(page, "What is STAR?", 1)
    expect(page.locator("#conversations label")).to_have_count(2)
    page.locator("#conversations label", has_text="What is AARRR?").click()
    expect(page.locator(".answer")).to_contain_text("acquisition")
    page.reload()
    expect(page.locator(".answer")).to_contain_text("acquisition")
    expect(page.locator("#conversations input:checked")).to_have_count(1)


def test_clear_empties_the_screen_and_keeps_the_conversation(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    page.get_by_label("Clear").click()
    expect(page.locator(".answer")).to_have_count(0)
    expect(page.locator("#conversations label")).to_have_count(1)


def test_a_conversation_is_exported_with_its_citations(page: Page) -> None:
    ask(page, "How many interview rounds should I expect?", 1)
    with page.expect_download() as markdown:
        page.get_by_role("button", name="Export Markdown").click()
    text = Path(markdown.value.path()).read_text(encoding="utf-8")
    assert markdown.value.suggested_filename.endswith(".md")
    assert "## How many interview rounds should I expect?" in text
    assert re.search(r"> \[1\] AI product manager career guide.*characters \d+-\d+\)", text)
    with page.expect_download() as told:
        page.get_by_role("button", name="Export JSON").click()
    answers = json.loads(Path(told.value.path()).read_text(encoding="utf-8"))["answers"]
    assert answers[0]["citations"][0]["quote"] in text


def test_deleting_a_conversation_forgets_its_flagged_answer_unless_told_to_keep_it(page: Page, settings: Settings) -> None:
    for keep in (False, True):
        question = f"What is the RICE score{' exactly' if keep else ''}?"
        ask(page, question, 1)
        flag(page, "out of date")
        expect(page.locator(".answer")).to_contain_text("You flagged this as out of date")
        page.get_by_role("button", name="Delete this conversation…").click()
        if keep:
            page.get_by_label("Keep the answers that I flagged").check()
        page.get_by_role("button", name="Delete it").click()
        expect(page.locator(".answer")).to_have_count(0)
        expect(page.locator("#conversations label")).to_have_count(0)
        asked = [f["answer"]["question"] for f in flags(settings)]  # type: ignore[index]
        assert (question in asked) is keep


def test_a_flag_is_commented_changed_and_withdrawn(page: Page, settings: Settings) -> None:
    question = "How long are the stages of the plan for an ML engineer?"
    ask(page, question, 1)

    def mine() -> list[dict[str, object]]:
        return [f for f in flags(settings) if f["answer"]["question"] == question]  # type: ignore[index]

    flag(page, "wrong number")
    expect(page.locator("#flag-panel")).to_contain_text("Flagged as wrong number")
    page.get_by_label("What is wrong?").fill("<img src=x onerror=alert(1)> it says six")
    page.get_by_role("button", name="Keep comment").click()
    expect(page.locator(".answer .flagged")).to_contain_text("<img src=x onerror=alert(1)> it says six")
    assert [(f["reason"], f["comment"]) for f in mine()] == [("wrong number", "<img src=x onerror=alert(1)> it says six")]
    flag(page, "wrong source")
    expect(page.locator(".answer .flagged")).to_contain_text("wrong source")
    assert [f["reason"] for f in mine()] == ["wrong source"]
    page.get_by_role("button", name="Withdraw the flag").click()
    expect(page.locator(".answer .flagged")).to_have_count(0)
    assert mine() == []


def test_thumbs_are_kept_and_are_no_flags(page: Page, settings: Settings) -> None:
    before = len(flags(settings))
    ask(page, "What is AARRR?", 1)
    page.get_by_label("Like", exact=True).click()
    expect(page.get_by_text("Thank you.").first).to_be_visible()
    page.reload()
    expect(page.get_by_label("Liked")).to_have_count(1)
    page.get_by_label("Dislike", exact=True).click()
    expect(page.get_by_label("Disliked")).to_have_count(1)
    assert len(flags(settings)) == before


def test_a_flag_becomes_a_candidate_question(page: Page, settings: Settings) -> None:
    ask(page, "What is the HEART framework?", 1)
    flag(page, "incomplete")
    expect(page.locator("#flag-panel")).to_contain_text("Flagged as incomplete")
    identity = str(flags(settings)[0]["id"])
    candidate = json.loads(assistant(settings.data_dir, "flags", "to-question", identity))
    assert candidate["turns"] == ["What is the HEART framework?"]
    assert candidate["answerable"] is None
