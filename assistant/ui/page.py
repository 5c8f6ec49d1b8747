"""The chat page."""

from __future__ import annotations

import logging
import socket
import threading
from functools import cache
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant.answer import Answer, Turn
from assistant.errors import AssistantError, InputError
from assistant.glossary import glossary_of
from assistant.journal import FlagReason, Journal
from assistant.opening import House, open_house, say_on_stderr
from assistant.settings import Settings
from assistant.ui.render import escape, message
from index.errors import IndexingError

log = logging.getLogger(__name__)

TITLE = "AI PM career assistant"
INTRO = (
    "Ask about pay, skills, ways in and interviews for AI product managers. I am a program, not a person: I quote guides word for word, "
    "show every quote, say how sure I am, and say so when something is not in my sources."
)
EXAMPLES = (
    "What does a senior AI PM earn?",
    "I'm an ML engineer: which gaps do I have to close?",
    "How many interview rounds should I expect?",
    "Which skills does an AI PM need in 2026?",
    "How do directors of AI product compare with traditional directors?",
)
REASONS: tuple[FlagReason, ...] = ("wrong number", "wrong source", "out of date", "incomplete", "misunderstood me", "unsafe", "other")
CONCURRENT = 16  # questions worked on at once; the two cores are the limit, waiting for them costs nothing
# Fonts of the machine: a web font would be a call to somebody else's server.
FONT = ("system-ui", "sans-serif")

Message = dict[str, Any]


def build_page(settings: Settings, journal: Journal) -> gr.Blocks:
    """The page. The assistant opens behind it, at once and once."""
    house = _opened_behind(settings)

    def ask(question: str, shown: list[Message], turns: list[Turn], answers: list[str | None], conversation: str) -> Any:
        question = (question or "").strip()
        if not question:
            return "", shown, turns, answers, conversation
        conversation = conversation or journal.new_conversation()
        said: Message = {"role": "user", "content": escape(question)}
        try:
            answer = house().assistant.ask(question[:4_000], turns)
            journal.record(conversation, turns, answer)
        except (AssistantError, IndexingError) as error:
            log.error("question failed: %s", error)
            told: Message = {
                "role": "assistant",
                "content": f"I could not answer that: {escape(str(error))} Your question is kept above; send it again.",
            }
            return question, [*shown, said, told], turns, [*answers, None, None], conversation
        turn = Turn(question=question, answer=answer.answer, standalone_question=answer.standalone_question)
        return "", [*shown, said, _assistant_message(answer, house())], [*turns, turn], [*answers, None, answer.id], conversation

    def flag(answers: list[str | None], event: gr.LikeData) -> None:
        place = event.index if isinstance(event.index, int) else event.index[0]
        answer = answers[place] if place < len(answers) else None
        if answer is None or event.liked is True:
            return
        reason = event.liked if event.liked in REASONS else "other"
        journal.flag(answer, reason)
        gr.Info("Thank you: the flag is kept, and the person who runs this assistant will see it.")

    page: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False)
    with page:
        turns, answers, conversation = gr.State([]), gr.State([]), gr.State("")
        gr.Markdown(f"# {TITLE}\n{INTRO}")
        chat = gr.Chatbot(
            label="Conversation",
            elem_id="chat",
            height="62vh",
            show_label=False,
            layout="panel",
            examples=[{"text": example} for example in EXAMPLES],
            placeholder="Ask me something, or pick an example.",
            feedback_options=("Dislike", *REASONS),
            buttons=["copy"],
            latex_delimiters=[],
        )
        with gr.Row():
            box = gr.Textbox(
                placeholder="Ask a career question…", label="Your question", show_label=False, scale=6, autofocus=True, max_length=4_000
            )
            send = gr.Button("Ask", variant="primary", scale=1, min_width=80)
        state = [box, chat, turns, answers, conversation]
        asked: dict[str, Any] = {
            "fn": ask,
            "inputs": state,
            "outputs": state,
            "concurrency_limit": CONCURRENT,
            "show_progress": "minimal",
            "api_visibility": "private",
        }
        box.submit(**asked)
        send.click(**asked, api_name="send")
        chat.option_select(_picked, None, box, api_visibility="private").then(**asked)
        chat.example_select(_example, None, box, api_visibility="private").then(**asked)
        chat.like(flag, answers, None, api_visibility="private")
        chat.clear(lambda: ([], [], ""), None, [turns, answers, conversation], api_visibility="private")
    return page


def serve_page(settings: Settings, open_browser: bool) -> None:
    """Serve the page until stopped."""
    _check_address(settings.host, settings.port)
    journal = Journal(settings.journal)
    say_on_stderr("Opening the page…")
    page = build_page(settings, journal)
    page.queue(default_concurrency_limit=CONCURRENT)
    _, url, _ = page.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        inbrowser=open_browser,
        share=False,
        ssr_mode=False,
        quiet=True,
        prevent_thread_lock=True,
        theme=gr.themes.Soft(font=FONT, font_mono=("ui-monospace", "monospace")),
        css=(files("assistant") / "ui" / "page.css").read_text(encoding="utf-8"),
        footer_links=[],
        enable_monitoring=False,
        show_error=True,
    )
    say_on_stderr(f"The page is open on {url} (stop with Ctrl-C).")
    page.block_thread()


def _check_address(host: str, port: int) -> None:
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


def _opened_behind(settings: Settings) -> Any:
    """The opened assistant, begun in a thread so that the page need not wait for the model."""
    lock = threading.Lock()

    @cache
    def opened() -> House:
        return open_house(settings)

    def house() -> House:
        with lock:  # cache alone would let two first questions open it twice
            return opened()

    def warm_up() -> None:
        try:
            house().assistant.ask("What does an AI product manager do?")
        except (AssistantError, IndexingError) as error:
            log.error("could not open the assistant: %s", error)  # told again, on the page, by the first question

    threading.Thread(target=warm_up, daemon=True, name="warm-up").start()
    return house


def _assistant_message(answer: Answer, house: House) -> Message:
    options = [{"value": followup, "label": followup} for followup in answer.followups]
    return {"role": "assistant", "content": message(answer, glossary_of(house.live.document)), "options": options}


def _picked(event: gr.SelectData) -> str:
    return str(event.value)


def _example(event: gr.SelectData) -> str:
    return str(event.value["text"] if isinstance(event.value, dict) else event.value)
