"""Text from outside neither runs nor makes the browser call out, through whichever door it comes; and people are kept apart."""

import json
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, expect

from assistant.journal import Journal
from assistant.settings import Settings
from evals.bench.page import call
from tests.site import ask, assistant, visit

pytestmark = pytest.mark.browser

NASTY = (
    "<img src='http://elsewhere.example/x.png' onerror='alert(1)'> ![x](http://elsewhere.example/y.png) "
    "[z](javascript:alert(1)) <script>alert(1)</script>"
)
CLIENTS = 50


def test_no_door_lets_markup_in_or_a_call_out(browser: Browser, address: str, settings: Settings, tmp_path: Path) -> None:
    """The doors: question, history, document, file name, comment, the address."""
    name = "zebra <img src=x onerror=alert(1)> facts.md"
    # little of it in the sentence itself: one that is mostly markup is not answered with
    told = "A zebra has 26 stripes <img onerror=x> <script>alert(1)</script>."
    (tmp_path / name).write_text(f"# Zebra {NASTY}\n\n## Stripes\n\n{told}\n\n## More {NASTY}\n\nElsewhere {NASTY}.\n", encoding="utf-8")
    assistant(settings.data_dir, "add", str(tmp_path / name))
    page = browser.new_context().new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def seen(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", seen)
    try:
        visit(page, address)
        ask(page, f"{NASTY} What is AARRR?", 1)
        ask(page, "And who made it?", 2)
        ask(page, "How many stripes does a zebra have?", 3)
        answer = page.locator(".answer").nth(2)
        expect(answer).to_contain_text("26 stripes")
        answer.locator(".confidence summary").click()
        answer.locator(".cite").first.hover()
        expect(page.locator("#peek")).to_contain_text("onerror")
        answer.locator(".cite").first.click()
        expect(page.locator("#pane .here").first).to_contain_text("<script>alert(1)</script>")
        page.keyboard.press("Escape")
        page.get_by_label("Feedback").last.click()
        page.get_by_role("button", name="other").last.click()
        page.get_by_label("What is wrong?").fill(NASTY)
        page.get_by_role("button", name="Keep comment").click()
        expect(page.locator(".answer .flagged")).to_contain_text("onerror")
        page.reload()
        expect(page.locator(".answer .flagged")).to_contain_text("onerror")
        page.goto(f"{address}/library")
        expect(page.locator(".card", has_text="Zebra")).to_contain_text("onerror")
        page.locator(".card .read").first.click()
        expect(page.locator("#pane .reader")).to_contain_text("26 stripes")
        page.goto(f"{address}/?ask=%3Cimg%20src=x%20onerror=alert(1)%3E%20What%20is%20STAR%3F")
        expect(page.locator(".answer")).to_have_count(4)
        expect(page.locator("#chat img[src*=elsewhere], #chat script, #pane img, #shelves img")).to_have_count(0)
    finally:
        added = [json.loads(line)["name"] for line in assistant(settings.data_dir, "list", "--json").splitlines() if '"added"' in line]
        assistant(settings.data_dir, "remove", *added)
        page.context.close()
    assert dialogs == []
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_fifty_people_ask_at_once_and_each_gets_their_own_answer(address: str, settings: Settings) -> None:
    levels = ("Associate AI PM", "Senior AI PM", "Director of AI Product", "VP of AI Product", "AI Product Manager")
    got: dict[int, str] = {}

    def person(number: int) -> None:
        question = f"What does a {levels[number % 5]} earn? ({number})"
        data = call(address, f"session{number}", "ask", [question, f"browser-{number}", "", {}])
        got[number] = json.dumps(data)

    threads = [threading.Thread(target=person, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(CLIENTS))
    journal = Journal(settings.journal)
    for number in range(CLIENTS):
        (conversation,) = journal.conversations(f"browser-{number}")
        (answer,) = journal.turns(conversation.id, f"browser-{number}")
        assert answer.question == f"What does a {levels[number % 5]} earn? ({number})"
        assert f"&#40;{number}&#41;" in got[number]
        assert sum(f"&#40;{n}&#41;" in got[number] for n in range(CLIENTS)) == 1
