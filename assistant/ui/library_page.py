"""The library: what answers come from, to read, and to add to where that is allowed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.adding import Kept, Refused, add_files, remove_documents, uploads_allowed
from assistant.errors import AssistantError
from assistant.ui.desk import QUIET, Desk, when_loaded
from assistant.ui.pane import source_html, source_pane, sources_of
from assistant.ui.places import place_id
from index.documents import Document
from index.errors import IndexingError
from index.loaders import document_name
from index.shelf import Shelf

log = logging.getLogger(__name__)

SHOWN = 300  # documents listed; of a larger corpus the first ones
KINDS = [".md", ".txt", ".html", ".htm", ".pdf", ".docx"]
CLOSED = "This page takes no documents: it can be reached from other machines. Whoever runs it can set ASSISTANT_UPLOADS=on."


class Library:
    """The handlers of the library page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shelf = Shelf(desk.settings.data_dir)

    def show(self) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """The list, the names that can be removed, and the button for it where there are any."""
        try:
            documents = self._desk.house().live.reader().catalog.documents()
        except (AssistantError, IndexingError) as error:
            return f'<p class="failed">{escape(str(error))}</p>', gr.update(choices=[], visible=False), gr.update(visible=False)
        added = {entry.name: entry for entry in self._shelf.entries()}
        mine = "".join(_card(d, added[d.name].added[:10]) for d in documents if d.name in added)
        guides = [d for d in documents if d.name not in added]
        parts = [f"<h2>Guides ({len(guides)})</h2>", '<div class="shelf">', *(_card(d) for d in guides[:SHOWN]), "</div>"]
        if len(guides) > SHOWN:
            parts.append(f"<p>and {len(guides) - SHOWN:,} more</p>")
        if mine:
            parts = [f"<h2>Added documents ({len(added)})</h2>", f'<div class="shelf">{mine}</div>', *parts]
        removable = bool(added) and uploads_allowed(self._desk.settings)
        return "".join(parts), gr.update(choices=list(added), value=None, visible=removable), gr.update(visible=removable)

    def add(self, files: Sequence[str] | None, progress: gr.Progress = gr.Progress()) -> tuple[str, Any]:  # noqa: B008 - Gradio's way
        """Add what was uploaded; what became of each file."""
        self._allowed()
        if not files:
            raise gr.Error("Choose files first: Markdown, text, HTML, PDF or DOCX.", print_exception=False)
        lines: list[str] = []

        def say(done: Kept | Refused) -> None:
            told = f"Not added: {Path(done.file).name}: {done.reason}." if isinstance(done, Refused) else str(done)
            kind = "refused" if isinstance(done, Refused) else "kept"
            lines.append(f'<li class="{kind}">{escape(told)}</li>')
            progress(0, desc=told[:80])

        def report(done: int, total: int) -> None:
            progress((done, max(total, 1)), desc="Reading into the index", unit="texts")

        wanted = [(Path(file), document_name(Path(Path(file).name))) for file in files]
        try:
            add_files(self._desk.settings, wanted, say, progress=report)
        except (AssistantError, IndexingError) as error:
            log.error("could not add: %s", error)
            lines.append(f'<li class="refused">{escape(str(error))}</li>')
        return f'<ul class="added" role="status">{"".join(lines)}</ul>', None

    def remove(self, name: str | None, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008 - Gradio's way
        """Remove an added document."""
        self._allowed()
        if not name:
            raise gr.Error("Choose a document to remove.", print_exception=False)
        try:
            progress(0, desc="Removing")
            remove_documents(self._desk.settings, [name])
        except (AssistantError, IndexingError) as error:
            return f'<p class="failed" role="status">{escape(str(error))}</p>'
        return f'<p role="status">Removed {escape(name)}. Answers no longer use it.</p>'

    def _allowed(self) -> None:
        """The door itself: hiding the buttons closes nothing."""
        if not uploads_allowed(self._desk.settings):
            raise gr.Error(CLOSED, print_exception=False)


def library_page(desk: Desk) -> None:
    """Build the page, inside its route."""
    library, allowed = Library(desk), uploads_allowed(desk.settings)
    gr.Markdown("# Library\nEverything that answers are quoted from. Open a document to read it as the assistant does.")
    if not allowed:
        gr.Markdown(CLOSED, elem_classes="hint")
    with gr.Column(visible=allowed, elem_id="adding"):
        files = gr.File(
            label="Add documents (Markdown, text, HTML, PDF, DOCX; at most 50 MB each)",
            file_count="multiple",
            file_types=KINDS,
            elem_id="upload",
        )
        add = gr.Button("Add to the library", variant="primary", elem_id="add")
        told = gr.HTML(elem_id="added", apply_default_css=False)
        name = gr.Dropdown([], label="Remove an added document", elem_id="removable", visible=False)
        with gr.Row():
            remove = gr.Button("Remove…", size="sm", elem_id="remove", visible=False)
            really = gr.Button("Remove it for everybody", variant="stop", size="sm", visible=False, elem_id="really-remove")
    shown = gr.HTML('<p role="status">Opening the library…</p>', elem_id="shelves", apply_default_css=False)
    source_pane(desk)
    when_loaded(library.show, None, [shown, name, remove])
    one_at_a_time: dict[str, Any] = QUIET | {"concurrency_limit": 1, "concurrency_id": "building"}
    add.click(library.add, files, [told, files], **one_at_a_time).then(library.show, None, [shown, name, remove], **QUIET)
    remove.click(lambda chosen: gr.update(visible=bool(chosen)), name, really, **QUIET)
    name.change(lambda: gr.update(visible=False), None, really, **QUIET)
    really.click(library.remove, name, told, **one_at_a_time).then(library.show, None, [shown, name, remove], **QUIET)


def _card(document: Document, added: str = "") -> str:
    about = [f"added {added}"] if added else []
    if document.as_of:
        about.append(f"facts as of {document.as_of}")
    if document.review_by and document.review_by < f"{datetime.now(UTC):%Y-%m}":
        about.append(f"due for review since {document.review_by}")
    about.append(f"{len(document.pages)} pages" if document.pages else f"{len(document.text):,} characters")
    sources = "".join(f"<li>{source_html(source)}</li>" for source in sources_of(document))
    listed = f"<details><summary>{len(document.sources)} public sources</summary><ul>{sources}</ul></details>" if sources else ""
    identity, title = place_id(document.name, 0, 0), escape(document.title)
    return (
        f'<article class="card"><h3>{title}</h3><p>{escape(document.summary)}</p><p class="hint">{escape(", ".join(about))}</p>'
        f'<button type="button" class="open-source read" id="{identity}" aria-label="Read {title}">Read</button>{listed}</article>'
    )
