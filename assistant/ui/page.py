"""The site: chat, explore, library, about. Wiring only."""

from __future__ import annotations

import socket
from importlib.resources import files
from typing import Any

import gradio as gr
from gradio.components.navbar import Navbar

from assistant.errors import InputError
from assistant.journal import Journal
from assistant.journal_flags import REASONS
from assistant.opening import model_notice, say_on_stderr
from assistant.settings import Settings
from assistant.ui.about_page import about_page
from assistant.ui.chat_page import CONCURRENT, Chat, examples, picked
from assistant.ui.desk import QUIET, Desk, when_loaded
from assistant.ui.explore_page import explore_page
from assistant.ui.library_page import library_page
from assistant.ui.pane import source_pane
from assistant.ui.render import escape

TITLE = "AI PM career assistant"
INTRO = (
    "Ask about pay, skills, ways in and interviews for AI product managers. I am a program (an AI system), not a person: I quote guides "
    "word for word, show every quote in its place, say how sure I am, and say so when something is not in my sources."
)
STYLES = ("page.css", "explore.css", "library.css")
# Fonts of the machine: a web font would be a call to somebody else's server.
FONT = ("system-ui", "sans-serif")
# Saves a text as a file, without the server: what is exported is nobody else's business.
SAVE = """(file) => { const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], {type: "text/plain;charset=utf-8"})); link.download = file.name;
  document.body.append(link); link.click(); link.remove(); setTimeout(() => URL.revokeObjectURL(link.href), 10000); return file; }"""
# What a browser calls itself: made in it, so that a question typed at once is already somebody's.
NAME_BROWSER = """(name) => name || btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))"""
# A question that the address brought is asked once: a reload must not ask it again.
FORGET_QUERY = "() => { if (location.search) history.replaceState(null, '', location.pathname); }"


def build_page(settings: Settings, journal: Journal) -> gr.Blocks:
    """The whole site. The assistant opens behind it, at once and once."""
    desk = Desk(settings, journal)
    page: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3_600, 3_600))
    with page:
        Navbar(main_page_name="Chat")
        _chat(desk, Chat(desk))
    for name, path, build in (
        ("Explore", "explore", explore_page),
        ("Library", "library", library_page),
        ("About", "about", about_page),
    ):
        with page.route(name, path):
            Navbar(main_page_name="Chat")
            build(desk)
    return page


def _chat(desk: Desk, chat: Chat) -> None:
    visitor = desk.kept_in_browser("visitor", "")
    current = desk.kept_in_browser("conversation", "")
    profile = desk.kept_in_browser("profile", {})
    asked, flagged, file = gr.State(""), gr.State(""), gr.JSON(visible=False)
    with gr.Sidebar(width=300, elem_id="side"):
        fresh = gr.Button("New conversation", variant="primary", size="sm", elem_id="fresh")
        listed = gr.Radio([], label="Your conversations", elem_id="conversations", visible=False, container=False)
        gr.Markdown("Only this browser sees them.", elem_classes="hint")
        with gr.Row():
            as_md = gr.Button("Export Markdown", size="sm", elem_id="export-md", min_width=100)
            as_json = gr.Button("Export JSON", size="sm", elem_id="export-json", min_width=100)
        gr.HTML('<p class="hint"><a href="explore">Your profile</a>: which number applies to me?</p>', apply_default_css=False)
        delete = gr.Button("Delete this conversation…", size="sm", elem_id="delete")
        with gr.Column(visible=False, elem_id="deleting") as deleting:
            keep = gr.Checkbox(False, label="Keep the answers that I flagged, for the person who runs this")
            really = gr.Button("Delete it", variant="stop", size="sm", elem_id="really-delete")
            not_really = gr.Button("Keep it", size="sm")
    notice = model_notice(desk.settings)
    gr.Markdown(f"# {TITLE}\n{INTRO}{f' **{escape(notice)}**' if notice else ''}", elem_id="intro")
    bot = gr.Chatbot(
        label="Conversation",
        elem_id="chat",
        height="calc(100vh - 330px)",
        min_height=360,
        show_label=False,
        layout="panel",
        editable="user",
        examples=examples(),
        placeholder="## Ask me something\nor begin with one of these questions.",
        feedback_options=("Like", "Dislike", *REASONS),
        buttons=["copy"],
        latex_delimiters=[],
    )
    with gr.Column(visible=False, elem_id="flag-panel") as panel:
        told = gr.Markdown(elem_id="flag-told")
        comment = gr.Textbox(label="What is wrong? (optional)", lines=2, max_length=2_000, elem_id="flag-comment")
        with gr.Row():
            comment_kept = gr.Button("Keep comment", variant="primary", size="sm")
            withdraw = gr.Button("Withdraw the flag", size="sm")
    with gr.Row(elem_id="asking"):
        box = gr.Textbox(
            placeholder="Ask a career question…", label="Your question", show_label=False, scale=6, autofocus=True, lines=1, max_lines=6
        )
        send = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="send")
        stop = gr.Button("Stop", variant="stop", scale=1, min_width=80, elem_id="stop", visible=False)
    source_pane(desk)

    me = [visitor, current, profile]
    answered = [box, bot, current, listed, send, stop]
    asking: dict[str, Any] = {"outputs": answered, "concurrency_limit": CONCURRENT, "concurrency_id": "asking", "show_progress": "hidden"}
    typed: dict[str, Any] = {"fn": chat.ask, "inputs": [box, *me]} | asking
    named = when_loaded(None, visitor, visitor, js=NAME_BROWSER)
    greeted = named.then(chat.greet, me, [bot, listed, asked], **QUIET).then(None, None, None, js=FORGET_QUERY)
    runs = [
        box.submit(**typed, **QUIET),
        send.click(**typed, api_name="ask", api_visibility="undocumented"),
        bot.option_select(picked, None, box, **QUIET).then(**typed, **QUIET),
        bot.example_select(picked, None, box, **QUIET).then(**typed, **QUIET),
        bot.retry(chat.again, me, **asking, **QUIET),
        bot.edit(chat.edit, me, **asking, **QUIET),
        greeted.then(chat.ask, [asked, *me], **asking, **QUIET),
    ]
    stop.click(chat.stopped, me, [bot, send, stop], cancels=runs, concurrency_limit=CONCURRENT, **QUIET)

    bot.undo(chat.undo, me, [box, bot, listed], **QUIET)
    emptied = [box, bot, current, listed, panel]
    for event in (fresh.click, bot.clear):
        event(chat.fresh, visitor, emptied, **QUIET)
    listed.input(chat.reopen, [listed, visitor, profile], [bot, current], **QUIET)
    for button, kind in ((as_md, "md"), (as_json, "json")):
        button.click(lambda *mine, kind=kind: chat.exported(kind, *mine), [visitor, current], file, **QUIET).success(
            None, file, None, js=SAVE
        )
    delete.click(lambda: gr.update(visible=True), None, deleting, **QUIET)
    not_really.click(lambda: gr.update(visible=False), None, deleting, **QUIET)
    really.click(chat.delete, [visitor, current, keep], [bot, current, listed, deleting], **QUIET)

    bot.like(chat.opinion, me, [bot, panel, told, flagged, comment], **QUIET)
    comment_kept.click(chat.comment, [flagged, comment, *me], [bot, panel], **QUIET)
    withdraw.click(chat.withdraw, [flagged, *me], [bot, panel], **QUIET)


def serve_page(settings: Settings, open_browser: bool) -> None:
    """Serve the page until stopped."""
    check_address(settings.host, settings.port)
    journal = Journal(settings.journal)
    say_on_stderr("Opening the page…")
    page = build_page(settings, journal)
    page.queue(default_concurrency_limit=CONCURRENT)
    here = files("assistant") / "ui"
    _, url, _ = page.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        inbrowser=open_browser,
        share=False,
        ssr_mode=False,
        quiet=True,
        prevent_thread_lock=True,
        theme=_theme(),
        css="\n".join((here / name).read_text(encoding="utf-8") for name in STYLES),
        footer_links=[],
        enable_monitoring=False,
        show_error=True,
        max_file_size="50mb",
    )
    say_on_stderr(f"The page is open on {url} (stop with Ctrl-C).")
    page.block_thread()


def _theme() -> gr.themes.Base:
    """Gradio's soft theme, its greys and its accent dark enough to be read (WCAG AA)."""
    soft = gr.themes.Soft(font=FONT, font_mono=("ui-monospace", "monospace"))
    return soft.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_label_text_color="*neutral_800",
        block_label_text_color_dark="*neutral_100",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
    )


def check_address(host: str, port: int) -> None:
    """Whether the page can listen there: found out before anything is opened, since Gradio leaves threads behind when it cannot.

    Raises:
        InputError: no such address, or the port is taken.
    """
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise InputError(f"There is no address {host!r}. Set --host to 127.0.0.1, or to an address of this machine.") from error
    except OSError as error:
        raise InputError(
            f"Cannot listen on {host}, port {port} ({error.strerror}). Choose another with --port; 0 picks a free one."
        ) from error
