"""What every page of the site stands on: settings, journal, the opened assistant, and what the browser keeps."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.journal import Journal
from assistant.settings import Settings
from index.documents import Document
from index.errors import IndexingError

if TYPE_CHECKING:
    from assistant.opening import House

QUIET: dict[str, Any] = {"api_visibility": "private"}  # what belongs to the page is nobody's API

log = logging.getLogger(__name__)


class Desk:
    """Shared by the pages. The assistant opens behind them, once."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self.settings = settings
        self.journal = journal
        self._lock = threading.Lock()
        self._opened = cache(self._open)

    def warm_up_behind(self) -> None:
        """Open the assistant on a thread of its own, so that the first question finds it open."""
        threading.Thread(target=self._warm_up, daemon=True, name="warm-up").start()

    def house(self) -> House:
        """The opened assistant; waits for it.

        Raises:
            AssistantError, IndexingError: it cannot be opened, and the message says what to do.
        """
        with self._lock:  # cache alone would let two first questions open it twice
            return self._opened()

    @property
    def ready(self) -> bool:
        """Whether the assistant is open already."""
        return self._opened.cache_info().currsize > 0

    def document(self, name: str) -> Document | None:
        """A document of the live index, by name."""
        return self.house().live.document(name)

    def kept_in_browser(self, name: str, default: Any) -> gr.BrowserState:
        """A value that this browser keeps, over reloads and over restarts of the server.

        Its key and secret are fixed for a data folder: Gradio's own would change with every start and lose what was kept.
        """
        return gr.BrowserState(default, storage_key=f"ai-pm-assistant-{name}", secret=self._secret)

    @property
    def _secret(self) -> str:
        """The secret of this data folder, made once; only its owner can read the file.

        Raises:
            OSError: the data folder cannot be written.
        """
        path = self.settings.data_dir / "browser-secret"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32))
            draft.replace(path)
        return path.read_text(encoding="utf-8").strip()

    def _open(self) -> House:
        from assistant.opening import open_house  # a second's worth of imports: the page is there before them

        return open_house(self.settings)

    def _warm_up(self) -> None:
        try:
            self.house().assistant.warm_up()
        except (AssistantError, IndexingError) as error:
            log.error("could not open the assistant: %s", error)  # told again, on the page, by the first question


def when_loaded(work: Callable[..., Any] | None, given: Any, filled: Any, js: str | None = None) -> Any:
    """Run something when the page that is being built is opened."""
    block = gr.context.Context.root_block
    assert block
    load = getattr(block, "load")  # noqa: B009 - Gradio adds its events at run time
    return load(work, given, filled, js=js, **QUIET)
