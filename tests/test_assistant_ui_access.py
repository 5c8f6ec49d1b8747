"""Keyboard, screen reader, contrast, widths: axe-core on every page, light and dark; and what axe cannot see."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.site import ask, visit

pytestmark = pytest.mark.browser

# What bare Gradio 6.31.0 itself has, and CSS or JS of ours cannot mend: rule and the element's class.
GRADIOS_OWN = {
    ("nested-interactive", "toast-header"),  # a notice that folds has its close button inside; it leaves by itself
}

Scheme = Literal["light", "dark"]


def violations(page: Page) -> list[str]:
    """Serious and critical ones, each with its element."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == known and name in node["html"] for known, name in GRADIOS_OWN)
    ]


@pytest.fixture(params=["light", "dark"])
def scheme_page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    scheme: Scheme = request.param
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    yield visit(context.new_page(), address)
    context.close()


def test_the_chat_has_no_serious_violation(scheme_page: Page) -> None:
    page = scheme_page
    assert violations(page) == []
    ask(page, "What does a senior AI PM earn?", 1)
    ask(page, "What does an AI PM earn in Berlin?", 2)
    for summary in page.locator(".answer summary").all():
        summary.click()
    assert violations(page) == []
    page.get_by_label("Feedback").last.click()
    page.get_by_role("button", name="wrong number").last.click()
    expect(page.locator("#flag-panel")).to_be_visible()
    page.get_by_role("button", name="Delete this conversation…").click()
    expect(page.get_by_role("button", name="Delete it")).to_be_visible()
    page.locator(".cite").first.click()
    expect(page.locator("#pane .here").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["explore", "library", "about"])
def test_the_other_pages_have_no_serious_violation(scheme_page: Page, address: str, path: str) -> None:
    scheme_page.goto(f"{address}/{path}")
    ready = {"explore": ".bar", "library": ".card", "about": "#versions li"}[path]
    expect(scheme_page.locator(ready).first).to_be_visible()
    for summary in scheme_page.locator("summary").all()[:6]:
        summary.click()
    assert violations(scheme_page) == []


@pytest.mark.parametrize("width", [360, 768, 1600])
@pytest.mark.parametrize("path", ["", "explore", "library", "about"])
def test_nothing_is_wider_than_the_screen(browser: Browser, address: str, width: int, path: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{address}/{path}")
    ready = {"": "#chat", "explore": ".bar", "library": ".card", "about": "#versions li"}[path]
    expect(page.locator(ready).first).to_be_visible()
    if not path:
        ask(page, "What does a senior AI PM earn?", 1)
        page.locator(".cite").first.click()
        expect(page.locator("#pane tr.here")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_question_is_asked_checked_and_flagged_with_the_keyboard_alone(page: Page) -> None:
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("How many interview rounds should I expect?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)

    def reach(what: str) -> None:
        for _ in range(60):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("(what) => document.activeElement.matches(what)", what):
                return
        pytest.fail(f"the keyboard does not reach {what}")

    reach(".cite")
    chip = page.evaluate("document.activeElement.id")
    page.keyboard.press("Enter")
    expect(page.locator("#pane .here").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"#{chip}")).to_be_focused()
    page.locator("#chat button[aria-label=Feedback]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#flag-panel")).to_contain_text("Flagged as")


def test_answers_are_announced_and_messages_are_not_read_as_source(page: Page) -> None:
    ask(page, "What is AARRR?", 1)
    assert page.locator("#chat [role=log]").get_attribute("aria-live") == "polite"
    expect(page.locator("#chat [aria-label*='<div']")).to_have_count(0)


def test_the_chat_does_not_jump_when_an_answer_comes(page: Page) -> None:
    before = page.locator("#asking").bounding_box()
    ask(page, "What is AARRR?", 1)
    after = page.locator("#asking").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1


EDGE = """(box) => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const clear = (c) => /rgba.*, 0\\)/.test(c);
  const ground = (e, c = getComputedStyle(e).backgroundColor) => clear(c) && e.parentElement ? ground(e.parentElement) : c;
  const style = getComputedStyle(box), [a, b] = [light(style.borderTopColor), light(ground(box.parentElement))];
  return parseFloat(style.borderTopWidth) < 1 ? 1 : (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def test_the_question_box_has_an_edge_that_can_be_seen(scheme_page: Page) -> None:
    assert scheme_page.get_by_label("Your question").evaluate(EDGE) >= 3  # WCAG 1.4.11, which axe does not look at


@pytest.mark.parametrize(("path", "name"), [("", "Chat"), ("explore", "Explore"), ("library", "Library"), ("about", "About")])
def test_the_page_that_is_open_is_marked(page: Page, address: str, path: str, name: str) -> None:
    page.goto(f"{address}/{path}")
    expect(page.locator("a[aria-current=page]")).to_have_text(name)


def test_the_question_box_is_one_step_from_the_top(page: Page) -> None:
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_every_reason_of_a_flag_can_be_seen_and_leads_to_the_comment(page: Page) -> None:
    ask(page, "What does a senior AI PM earn?", 1)
    page.get_by_label("Feedback").last.hover() if page.get_by_label("Feedback").count() else page.locator(
        "#chat .extra-feedback"
    ).last.hover()
    for reason in page.locator("#chat .extra-feedback-option").all():
        expect(reason).to_be_in_viewport(ratio=1)
    page.locator("#chat .extra-feedback-option", has_text="wrong number").click()
    expect(page.locator("#flag-comment textarea")).to_be_focused()


def test_a_figure_in_a_table_is_not_broken_on_a_phone(browser: Browser, address: str) -> None:
    page = visit(browser.new_page(viewport={"width": 390, "height": 844}), address)
    ask(page, "What does a mid-level AI PM earn?", 1)
    page.locator(".cite").first.click()
    cell = page.locator(".pane td", has_text="$145K-$190K")
    expect(cell).to_be_visible()
    lines = cell.evaluate("c => { const r = document.createRange(); r.selectNodeContents(c); return r.getClientRects().length; }")
    assert lines == 1
    page.close()
