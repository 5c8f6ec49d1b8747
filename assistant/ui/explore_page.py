"""The Explore page: pay, skills and paths of the career guide, and which of its numbers applies to the person who looks."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr
from gradio.context import Context

from assistant.errors import AssistantError
from assistant.explore import AI_PM, GUIDE, ROLES, pay_rows
from assistant.profile import MOST_CHARACTERS, MOST_YEARS, Profile
from assistant.ui.desk import Desk
from assistant.ui.explore_html import advice_html, failure_html, paths_html, pay_html, skills_html
from assistant.ui.pane import source_pane
from index.documents import Document
from index.errors import IndexingError

log = logging.getLogger(__name__)

CONCURRENT = 16  # as on the chat page: a page that opens waits for the index, and no other may wait for it
OTHER = "Other"
HEAD = """
<header class="explore"><h1>Explore pay, skills and paths</h1>
<p class="about">All of it is from one guide. Each “source” and each bar opens the words that it rests on.
What you say here and what you tick stays in this browser.</p>
<h2 id="explore-me">Which number applies to me?</h2><p class="about">All of it is optional.</p></header>
"""
ADVICE = '<div class="explore" aria-live="polite" aria-labelledby="explore-me" role="region">${value}</div>'
WAITING = '<p class="explore-empty" role="status">Opening the guides…</p>'

# Ticks are counted and kept in the browser: no call to the server, so none can come too late or overtake another.
_COUNT_TICKS = """
element.addEventListener("change", (event) => {
  if (!event.target.classList.contains("explore-tick")) return;
  const list = event.target.closest(".countable");
  const done = list && list.querySelector(".count-done");
  if (done) done.textContent = list.querySelectorAll(".explore-tick:checked").length;
  trigger("tick");
});
"""
_KEEP_TICKS = '() => ({done: [...document.querySelectorAll(".explore-tick:checked")].map((tick) => tick.id)})'


def explore_page(desk: Desk) -> None:
    """Build the page inside a route. What it shows comes when it is opened, as the index may still be opening."""
    progress, kept = desk.kept_in_browser("progress", {}), desk.kept_in_browser("profile", {})
    gr.HTML(HEAD, apply_default_css=False)
    fields = _form()
    clear = gr.Button("Clear what I said", size="sm", elem_id="explore-clear")
    # a live region has to stand on the page before its words change: it is the template
    advice = gr.HTML(WAITING, elem_id="explore-advice", apply_default_css=False, html_template=ADVICE)
    pay = gr.HTML("", elem_id="explore-pay-holder", apply_default_css=False)
    skills = gr.HTML("", elem_id="explore-skills-holder", apply_default_css=False, js_on_load=_COUNT_TICKS)
    ways = gr.HTML("", elem_id="explore-paths-holder", apply_default_css=False, js_on_load=_COUNT_TICKS)
    source_pane(desk)

    def opened(kept: Any, progress: Any) -> tuple[Any, ...]:
        profile = Profile.from_browser(kept)
        form = (profile.role, profile.years, gr.update(choices=_levels(desk), value=profile.level), profile.country)
        return (*form, *_shown(desk, profile, progress))

    def said(role: Any, years: Any, level: Any, country: Any, progress: Any) -> tuple[Any, ...]:
        profile = Profile.from_browser({"role": role, "years": years, "level": level, "country": country})
        shown = _shown(desk, profile, progress)
        return (profile.model_dump(exclude_none=True), shown[0], shown[1], shown[3])

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": CONCURRENT}
    page = Context.root_block
    assert page is not None  # the contract: called inside a page
    page.load(opened, [kept, progress], [*fields, advice, pay, skills, ways], **quiet)
    shown = [kept, advice, pay, ways]
    changed = [field.input for field in fields] + [fields[-1].blur]  # text put in all at once was seen to give no input event
    gr.on(changed, said, [*fields, progress], shown, trigger_mode="always_last", **quiet)
    clear.click(lambda: (None,) * len(fields), None, fields, **quiet).then(said, [*fields, progress], shown, **quiet)
    for ticked in (skills, ways):
        ticked.tick(None, None, progress, js=_KEEP_TICKS)


def _form() -> list[Any]:
    with gr.Row(elem_id="explore-profile"):
        role = gr.Dropdown([*ROLES, OTHER], label="Your role now", value=None, allow_custom_value=True, min_width=150)
        years = gr.Number(label="Your years of experience", value=None, minimum=0, maximum=MOST_YEARS, step=0.5, min_width=150)
        level = gr.Dropdown([], label="Your AI PM level", value=None, allow_custom_value=True, min_width=150)
        country = gr.Textbox(label="Your country", max_length=MOST_CHARACTERS, min_width=150)
    return [role, years, level, country]


def _shown(desk: Desk, profile: Profile, progress: Any) -> tuple[str, str, str, str]:
    """Advice, pay, skills and paths; or, in place of the advice, why they cannot be shown."""
    try:
        guide = desk.document(GUIDE)
    except (AssistantError, IndexingError) as error:
        log.error("could not show the guide: %s", error)
        return failure_html(str(error)), "", "", ""
    if guide is None:
        return failure_html("The career guide is not among the documents that are indexed. Run: assistant index"), "", "", ""
    return advice_html(guide, profile), pay_html(guide, profile), skills_html(guide, progress), paths_html(guide, profile, progress)


def _levels(desk: Desk) -> list[str]:
    """The levels of the guide's pay table; none where it cannot be read, which ``_shown`` tells."""
    guide: Document | None = None
    try:
        guide = desk.document(GUIDE)
    except (AssistantError, IndexingError) as error:
        log.error("could not read the levels: %s", error)
    return [row.level for row in pay_rows(guide) if row.role == AI_PM] if guide else []
