"""The site: chat, explore, library, about. Wiring only."""

from __future__ import annotations

import socket
from importlib.resources import files

import gradio as gr
from gradio.components.navbar import Navbar

from assistant.errors import InputError
from assistant.journal import Journal
from assistant.settings import Settings
from assistant.terminal import say_on_stderr
from assistant.ui.about_page import about_page
from assistant.ui.chat_layout import TITLE, chat_layout
from assistant.ui.chat_page import CONCURRENT, Chat
from assistant.ui.desk import Desk
from assistant.ui.explore_page import explore_page
from assistant.ui.library_page import library_page

STYLES = ("page.css", "explore.css", "library.css")
# Browsers of which Gradio remembers what it drew, 0.2 MB each; its own limit is 10,000. Whoever is forgotten loses an open flag panel.
SESSIONS = 120
# Fonts of the machine: a web font would be a call to somebody else's server.
FONT = ("system-ui", "sans-serif")


def build_page(desk: Desk) -> gr.Blocks:
    """The whole site."""
    page: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3_600, 3_600))
    with page:
        Navbar(main_page_name="Chat")
        chat_layout(desk, Chat(desk))
    for name, path, build in (
        ("Explore", "explore", explore_page),
        ("Library", "library", library_page),
        ("About", "about", about_page),
    ):
        with page.route(name, path):
            Navbar(main_page_name="Chat")
            build(desk)
    return page


def serve_page(settings: Settings, open_browser: bool) -> None:
    """Serve the page until stopped."""
    check_address(settings.host, settings.port)
    journal = Journal(settings.journal)
    say_on_stderr("Opening the page…")
    desk = Desk(settings, journal)
    page = build_page(desk)
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
        state_session_capacity=SESSIONS,
    )
    desk.warm_up_behind()  # only now: it would keep the page waiting
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
