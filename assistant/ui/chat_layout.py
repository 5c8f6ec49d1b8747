"""The chat page: its parts, and which touch of which part runs which handler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from assistant.journal_flags import MAX_COMMENT, REASONS
from assistant.ui.chat_page import CONCURRENT, Chat, examples, picked
from assistant.ui.desk import QUIET, Desk, when_loaded
from assistant.ui.pane import source_pane
from assistant.ui.render import escape

TITLE = "AI PM career assistant"
INTRO = (
    "Ask about pay, skills, ways in and interviews for AI product managers. I am a program (an AI system), not a person: I quote guides "
    "word for word, show each quote where it stands in its guide, say how sure I am, and say so when something is not in my sources."
)
# Saves a text as a file, without the server: what is exported is nobody else's business.
SAVE = """(file) => { const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], {type: "text/plain;charset=utf-8"})); link.download = file.name;
  document.body.append(link); link.click(); link.remove(); setTimeout(() => URL.revokeObjectURL(link.href), 10000); return file; }"""
# What a browser calls itself: made in it, so that a question typed at once is already somebody's.
NAME = "window.aiPmName ||= btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))"
NAME_BROWSER = f"(name) => name || ({NAME})"
ASK_BY_NAME = f"(question, name, ...rest) => [question, name || ({NAME}), ...rest]"
# A question that the address brought is asked once: a reload must not ask it again.
FORGET_QUERY = "() => { if (location.search) history.replaceState(null, '', location.pathname); }"
PROFILE_LINK = '<p class="hint"><a href="explore">Your role and years</a>: say them once, and answers tell which row applies to you.</p>'
SKIP = '<a class="skip" href="#asking">Go to the question box</a>'


@dataclass(frozen=True)
class Side:
    """The sidebar: conversations, and what can be done with one."""

    fresh: gr.Button
    listed: gr.Radio
    exports: dict[str, gr.Button]  # kind -> button
    delete: gr.Button
    deleting: gr.Column
    keep: gr.Checkbox
    really: gr.Button
    not_really: gr.Button


@dataclass(frozen=True)
class FlagPanel:
    """What opens below the chat when an answer is flagged."""

    panel: gr.Column
    told: gr.Markdown
    comment: gr.Textbox
    keep: gr.Button
    withdraw: gr.Button
    flagged: gr.State = field(default_factory=lambda: gr.State(""))


@dataclass(frozen=True)
class Asking:
    """The row at the bottom."""

    box: gr.Textbox
    send: gr.Button
    stop: gr.Button


def chat_layout(desk: Desk, chat: Chat) -> None:
    """Build the chat, inside its page."""
    visitor, current = desk.kept_in_browser("visitor", ""), desk.kept_in_browser("conversation", "")
    me = [visitor, current, desk.kept_in_browser("profile", {})]
    gr.HTML(SKIP, apply_default_css=False, elem_id="skip")
    side = _side()
    notice = desk.settings.model_notice
    gr.Markdown(f"# {TITLE}\n{INTRO}{f' **{escape(notice)}**' if notice else ''}", elem_id="intro")
    bot = _bot()
    panel, row = _flag_panel(), _asking()
    source_pane(desk)
    _wire_asking(chat, me, bot, side, row)
    _wire_side(chat, me, bot, side, row, panel)
    bot.like(chat.opinion, me, [bot, panel.panel, panel.told, panel.flagged, panel.comment], **QUIET)
    panel.keep.click(chat.comment, [panel.flagged, panel.comment, *me], [bot, panel.panel], **QUIET)
    panel.withdraw.click(chat.withdraw, [panel.flagged, *me], [bot, panel.panel], **QUIET)


def _side() -> Side:
    with gr.Sidebar(width=300, elem_id="side"):
        fresh = gr.Button("New conversation", variant="primary", size="sm", elem_id="fresh")
        listed = gr.Radio([], label="Your conversations", elem_id="conversations", visible=False, container=False)
        gr.Markdown("Only this browser lists your conversations. They are kept on the machine that serves this page.", elem_classes="hint")
        with gr.Row():
            as_md = gr.Button("Export Markdown", size="sm", elem_id="export-md", min_width=100)
            as_json = gr.Button("Export JSON", size="sm", elem_id="export-json", min_width=100)
        gr.HTML(PROFILE_LINK, apply_default_css=False)
        delete = gr.Button("Delete this conversation…", size="sm", elem_id="delete")
        with gr.Column(visible=False, elem_id="deleting") as deleting:
            keep = gr.Checkbox(False, label="Keep the answers that I flagged, for the person who runs this")
            really = gr.Button("Delete it", variant="stop", size="sm", elem_id="really-delete")
            not_really = gr.Button("Keep it", size="sm")
    return Side(fresh, listed, {"md": as_md, "json": as_json}, delete, deleting, keep, really, not_really)


def _bot() -> gr.Chatbot:
    return gr.Chatbot(
        label="Conversation",
        elem_id="chat",
        height="calc(100vh - 330px)",
        min_height=360,
        show_label=False,
        autoscroll=False,  # the page goes to the question, not past the answer (page.js)
        layout="panel",
        editable="user",
        examples=examples(),
        placeholder="## Ask me something\nor begin with one of these questions.",
        feedback_options=("Like", "Dislike", *REASONS),
        buttons=["copy"],
        latex_delimiters=[],
    )


def _flag_panel() -> FlagPanel:
    with gr.Column(visible=False, elem_id="flag-panel") as panel:
        told = gr.Markdown(elem_id="flag-told")
        comment = gr.Textbox(label="What is wrong? (optional)", lines=2, max_length=MAX_COMMENT, elem_id="flag-comment")
        with gr.Row():
            keep = gr.Button("Keep comment", variant="primary", size="sm")
            withdraw = gr.Button("Withdraw the flag", size="sm")
    return FlagPanel(panel, told, comment, keep, withdraw)


def _asking() -> Asking:
    with gr.Row(elem_id="asking"):
        box = gr.Textbox(
            placeholder="Ask a career question…", label="Your question", show_label=False, scale=6, autofocus=True, lines=1, max_lines=6
        )
        send = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="send")
        stop = gr.Button("Stop", variant="stop", scale=1, min_width=80, elem_id="stop")  # which of the two is shown: page.js
    return Asking(box, send, stop)


def _wire_asking(chat: Chat, me: list[Any], bot: gr.Chatbot, side: Side, row: Asking) -> None:
    """Everything that asks, and Stop, which ends it."""
    answered = [row.box, bot, me[1], side.listed]
    asking: dict[str, Any] = {"outputs": answered, "concurrency_limit": CONCURRENT, "concurrency_id": "asking", "show_progress": "hidden"}
    # what is sent before the answer to the last question is complete is asked after it: Gradio would drop it otherwise
    typed: dict[str, Any] = {"fn": chat.ask, "inputs": [row.box, *me], "js": ASK_BY_NAME, "trigger_mode": "always_last"} | asking
    brought = gr.State("")  # a question that the address brings
    named = when_loaded(None, me[0], me[0], js=NAME_BROWSER)
    greeted = named.then(chat.greet, me, [bot, side.listed, brought], **QUIET).then(None, None, None, js=FORGET_QUERY)
    runs = [
        row.box.submit(**typed, **QUIET),
        row.send.click(**typed, api_name="ask", api_visibility="undocumented"),
        bot.option_select(picked, None, row.box, **QUIET).then(**typed, **QUIET),
        bot.example_select(picked, None, row.box, **QUIET).then(**typed, **QUIET),
        bot.retry(chat.again, me, **asking, **QUIET),
        bot.edit(chat.edit, me, **asking, **QUIET),
        greeted.then(chat.ask, [brought, *me], **asking, **QUIET),
    ]
    row.stop.click(chat.stopped, me, bot, cancels=runs, concurrency_limit=CONCURRENT, **QUIET)
    bot.undo(chat.undo, me, [row.box, bot, side.listed], **QUIET)


def _wire_side(chat: Chat, me: list[Any], bot: gr.Chatbot, side: Side, row: Asking, panel: FlagPanel) -> None:
    """Conversations: begin, reopen, export, delete."""
    visitor, current, profile = me
    for event in (side.fresh.click, bot.clear):
        event(chat.fresh, visitor, [row.box, bot, current, side.listed, panel.panel], **QUIET)
    side.listed.input(chat.reopen, [side.listed, visitor, profile], [bot, current], **QUIET)
    file = gr.JSON(visible=False)
    for kind, button in side.exports.items():
        ready = button.click(lambda *mine, kind=kind: chat.exported(kind, *mine), [visitor, current], file, **QUIET)
        ready.success(None, file, None, js=SAVE)
    side.delete.click(lambda: gr.update(visible=True), None, side.deleting, **QUIET)
    side.not_really.click(lambda: gr.update(visible=False), None, side.deleting, **QUIET)
    side.really.click(chat.delete, [visitor, current, side.keep], [bot, current, side.listed, side.deleting], **QUIET)
