"""The page in a real browser: ask, check the quote, follow up, flag; and nothing is fetched from elsewhere."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.opening import House
from assistant.settings import Settings
from tests import files
from tests.browser import find_browser

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("No Chromium: CI has to have one. Run: python -m tests.browser")
        pytest.skip("no Chromium on this machine: run python -m tests.browser")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(settings: Settings, house: House) -> Iterator[str]:
    # tests.offline ends the server at its first call to another machine, also where tracing is on in the environment
    command = [sys.executable, "-m", "tests.offline", "serve", "--data", str(settings.data_dir), "--port", "0"]
    tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "none", "LANGCHAIN_TRACING_V2": "true"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | tracing) as server:
        assert server.stderr
        told = []
        for line in server.stderr:
            told.append(line)
            if opened := re.search(r"The page is open on (\S+?)/? ", line):
                break
        else:
            pytest.fail(f"the page did not open: {''.join(told)}")
        yield opened[1]
        server.terminate()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    opened.goto(address)
    expect(opened.get_by_label("Your question")).to_be_visible(timeout=PATIENCE_MS)
    yield opened
    opened.close()


def ask(page: Page, question: str, answers: int) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator(".answer")).to_have_count(answers, timeout=PATIENCE_MS)


def test_a_person_asks_checks_the_quote_follows_up_and_flags(page: Page, settings: Settings) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    first = page.locator(".answer").first
    expect(first).to_contain_text("$190K-$250K")
    expect(first).to_contain_text("confidence")
    expect(first.locator("q").first).to_have_text("| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |")
    expect(first.locator(".cite").first).to_have_attribute("title", re.compile(r"Senior AI PM"))
    ask(page, "And for a director?", 2)
    second = page.locator(".answer").nth(1)
    expect(second).to_contain_text("Understood as: What does a director AI PM earn?")
    expect(second).to_contain_text("$240K-$320K")

    page.get_by_label(re.compile("dislike", re.IGNORECASE)).last.click()
    expect(page.get_by_text("the flag is kept")).to_be_visible()
    listed = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "flags", "--json", "--data", str(settings.data_dir)],
        capture_output=True,
        text=True,
        check=True,
    )
    flag = json.loads(listed.stdout.splitlines()[0])
    assert flag["answer"]["question"] == "And for a director?"
    assert [turn["question"] for turn in flag["history"]] == ["What does a senior AI PM earn?"]


def test_a_refusal_is_told_and_offers_what_can_be_asked(page: Page) -> None:
    ask(page, "What does an AI PM earn in Berlin?", 1)
    expect(page.locator(".answer")).to_contain_text("not in my sources")
    expect(page.locator(".answer .cite")).to_have_count(0)


def test_an_example_is_asked_with_one_click(page: Page) -> None:
    page.get_by_text("How many interview rounds should I expect?").click()
    expect(page.locator(".answer")).to_contain_text("4-6")


def test_markup_in_a_question_does_not_run_and_nothing_is_fetched_from_elsewhere(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(address)
    expect(page.get_by_label("Your question")).to_be_visible(timeout=PATIENCE_MS)
    ask(page, "<img src='http://elsewhere.example/x.png' onerror='alert(1)'> ![x](http://elsewhere.example/y.png) What is AARRR?", 1)
    assert dialogs == []
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    page.close()


def test_the_page_says_that_it_is_a_program(page: Page) -> None:
    expect(page.get_by_text("I am a program, not a person")).to_be_visible()


def test_two_people_do_not_see_each_others_questions(browser: Browser, address: str) -> None:
    pages = [browser.new_context().new_page() for _ in range(2)]
    for page, question in zip(pages, ("What is AARRR?", "What is CIRCLES?"), strict=True):
        page.goto(address)
        expect(page.get_by_label("Your question")).to_be_visible(timeout=PATIENCE_MS)
        ask(page, question, 1)
    expect(pages[0].locator(".answer")).to_contain_text(re.compile("acquisition", re.IGNORECASE))
    expect(pages[1].locator(".answer")).to_contain_text("Comprehend")
    expect(pages[0].locator(".answer")).not_to_contain_text("Comprehend")
    for page in pages:
        page.close()


def test_the_style_sheet_ships_with_the_package() -> None:
    assert (Path(__file__).parents[1] / "assistant" / "ui" / "page.css").read_text(encoding="utf-8").startswith("/*")


def command(settings: Settings, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "assistant.cli", *arguments, "--data", str(settings.data_dir)], check=True, capture_output=True)


def test_a_running_page_answers_from_what_is_added_and_forgets_what_is_removed(page: Page, settings: Settings, tmp_path: Path) -> None:
    question = "How long does oolong rest in the tea report?"
    ask(page, question, 1)
    expect(page.locator(".answer").nth(0)).to_contain_text("not in my sources")
    (tmp_path / "tea.pdf").write_bytes(files.pdf([("Tea report", 18), ("", 10)], [("Oolong tea rests for 9 hours.", 10)]))
    command(settings, "add", str(tmp_path / "tea.pdf"))
    try:
        ask(page, question, 2)
        added = page.locator(".answer").nth(1)
        expect(added).to_contain_text("9 hours")
        expect(added.locator(".sources")).to_contain_text("page 2")
    finally:
        command(settings, "remove", "tea.pdf")
    ask(page, question, 3)
    expect(page.locator(".answer").nth(2)).to_contain_text("not in my sources")


def test_jargon_of_an_answer_is_explained_in_place(page: Page) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    term = page.locator(".answer .term", has_text="total comp").first
    assert "Total compensation is" in str(term.get_attribute("title"))
    term.focus()
    expect(term).to_be_focused()
