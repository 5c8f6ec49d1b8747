"""A chat model behind the page: checked sentences appear as they come, Stop ends the request, failures are told in plain words."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.settings import Settings
from tests.chat_scripts import honest
from tests.chat_server import Ask, ChatServer, Reply, Script, error
from tests.conftest import KEY
from tests.site import served, visit

pytestmark = pytest.mark.browser

QUESTION = "How many interview rounds should I expect for an AI PM job?"


@contextmanager
def written(browser: Browser, settings: Settings, script: Script) -> Iterator[tuple[Page, ChatServer]]:
    """The page with a model that follows a script."""
    server = ChatServer(script)
    environment = {"ASSISTANT_MODEL": "gpt-4o-mini", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "ASSISTANT_MODEL_RETRIES": "0"}
    try:
        with served(settings.data_dir, environment=environment) as site:
            page = visit(browser.new_context().new_page(), site.address)
            yield page, server
            page.context.close()
    finally:
        server.close()


def send(page: Page) -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")


def test_checked_sentences_stream_in_and_are_not_rewritten(browser: Browser, settings: Settings, house: object) -> None:
    more = threading.Event()

    def script(ask: Ask) -> Reply:
        return replace(honest(ask), stall=more)

    with written(browser, settings, script) as (page, server):
        expect(page.get_by_text("Answers are written by gpt-4o-mini")).to_be_visible()
        assert server.asked == []  # opening the page asks nothing
        send(page)
        first = page.locator(".writing p").first
        expect(first).to_contain_text("4-6")
        shown = str(first.text_content())
        page.locator(".writing .cite").first.click()
        expect(page.locator("#pane .here").first).to_contain_text("4-6")
        page.keyboard.press("Escape")
        more.set()
        expect(page.locator(".answer")).to_have_count(1)
        assert str(page.locator(".answer p").first.text_content()).startswith(shown)
        expect(page.locator(".answer")).to_contain_text("Written by gpt-4o-mini")
        page.reload()
        expect(page.locator(".answer")).to_contain_text("Written by gpt-4o-mini")
        assert KEY not in page.content()


def test_a_question_sent_while_another_is_answered_is_asked_next(browser: Browser, settings: Settings, house: object) -> None:
    more = threading.Event()

    def script(ask: Ask) -> Reply:
        return replace(honest(ask), stall=more)

    with written(browser, settings, script) as (page, _server):
        send(page)
        expect(page.locator(".writing .cite").first).to_be_visible()
        page.get_by_label("Your question").fill("What does a senior AI PM earn?")
        page.get_by_label("Your question").press("Enter")
        more.set()
        expect(page.locator(".answer")).to_have_count(2)
        expect(page.locator(".answer").last).to_contain_text("190K")
        expect(page.get_by_label("Your question")).to_have_value("")


def test_stop_ends_the_request_and_keeps_nothing(browser: Browser, settings: Settings, house: object) -> None:
    never = threading.Event()

    def script(ask: Ask) -> Reply:
        return replace(honest(ask), stall=never)

    with written(browser, settings, script) as (page, server):
        ask, stop = (page.get_by_role("button", name=name, exact=True) for name in ("Ask", "Stop"))
        expect(ask).to_be_visible()
        expect(stop).to_be_hidden()
        send(page)
        expect(page.locator(".writing .cite").first).to_be_visible()
        expect(ask).to_be_hidden()
        stop.click()
        expect(ask).to_be_visible()
        expect(stop).to_be_hidden()
        expect(page.locator(".writing")).to_have_count(0)
        assert server.broken_off.wait(20)
        page.reload()
        expect(page.get_by_label("Your question")).to_be_visible()
        expect(page.locator(".answer, .writing")).to_have_count(0)


def test_a_model_that_fails_leaves_the_quoted_answer_and_one_plain_line(browser: Browser, settings: Settings, house: object) -> None:
    with written(browser, settings, lambda _: error(500)) as (page, _server):
        send(page)
        answer = page.locator(".answer")
        expect(answer).to_contain_text("4-6")
        answer.locator(".limits summary").click()
        expect(answer.locator(".limits li").first).to_contain_text("model")
        expect(answer).not_to_contain_text("Traceback")
        expect(answer).not_to_contain_text("Written by")
