"""The sources pane: the whole guide beside the chat, scrolled to the quoted characters.

Anything on the page with the class ``open-source`` and an id of ``places`` opens it, by click or Enter.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant.answer import Answer, Citation, CitedSource
from assistant.errors import AssistantError
from assistant.ui.desk import Desk
from assistant.ui.places import WEB, Cited, Place, citation_id, parse_id, place_id
from assistant.ui.reader import reading_html
from assistant.ui.render import STANDING
from index.documents import Document
from index.errors import IndexingError

_SHOWN = 40  # sources listed above a guide's text; the rest is in the library
__all__ = ["opened", "place_id", "source_html", "source_pane", "sources_of"]

PANE = """
<div id="pane" class="pane" role="dialog" aria-modal="false" aria-labelledby="pane-title" tabindex="-1" hidden>
  <div class="pane-bar"><h2 id="pane-title">Source</h2><span class="pane-steps"></span>
  <button type="button" class="pane-close" aria-label="Close the source">✕</button></div>
  <div class="pane-body" tabindex="0" role="region" aria-label="The source's text"></div>
</div>
<div id="peek" class="peek" role="tooltip" hidden></div>
"""


def source_pane(desk: Desk) -> gr.HTML:
    """The pane, once a page. What it shows is asked of the server when something is opened."""

    def open_source(identity: str) -> dict[str, Any]:
        return opened(desk, str(identity))

    script = (files("assistant") / "ui" / "page.js").read_text(encoding="utf-8")
    return gr.HTML(PANE, js_on_load=script, server_functions=[open_source], elem_id="pane-holder", apply_default_css=False)


def opened(desk: Desk, identity: str) -> dict[str, Any]:
    """What the pane shows for an id: ``title``, ``html``, ``steps`` (the ids of all citations of the answer) and ``step``.

    An id of nothing, or of a document that is gone, opens a line that says so.
    """
    wanted = parse_id(identity)
    try:
        if isinstance(wanted, Cited):
            return _cited(desk, wanted)
        if isinstance(wanted, Place):
            return _at(desk, wanted.document, [(wanted.start, wanted.end)] if wanted.start < wanted.end else [])
    except (AssistantError, IndexingError) as error:
        return _told("The source cannot be opened", str(error))
    return _told("No such source", "This link names no document.")


def _cited(desk: Desk, wanted: Cited) -> dict[str, Any]:
    answer = desk.journal.answer(wanted.answer)
    citation = next((c for c in answer.citations if c.number == wanted.number), None) if answer else None
    if answer is None or citation is None:
        return _told("No such citation", "This answer was deleted.")
    document = desk.document(citation.document)
    steps = {"steps": [citation_id(answer.id, c.number) for c in answer.citations], "step": answer.citations.index(citation)}
    if document is not None and document.text[citation.start : citation.end] != citation.quote:
        return _at(desk, citation.document, _found(document, citation), head=_stale(answer, citation)) | steps
    same = [c for c in answer.citations if c.document == citation.document]
    return _at(desk, citation.document, [(c.start, c.end) for c in same], same.index(citation), _head(citation)) | steps


def _stale(answer: Answer, citation: Citation) -> str:
    """A warning where the document has changed since it was quoted: offsets of another version would mark the wrong words."""
    return (
        f'<p class="pane-warning">This document has changed since it was quoted (index {escape(answer.index)}). '
        f"The words quoted then: <q>{escape(citation.quote)}</q></p>"
    )


def _found(document: Document, citation: Citation) -> list[tuple[int, int]]:
    """Where the quoted words stand now."""
    start = document.text.find(citation.quote)
    return [(start, start + len(citation.quote))] if start >= 0 else []


def _at(desk: Desk, name: str, marks: list[tuple[int, int]], strong: int = 0, head: str = "") -> dict[str, Any]:
    document = desk.document(name)
    if document is None:
        return _told("This document is gone", f"{name} is not in the library any more.")
    return {"title": document.title, "html": f"{_about(document)}{head}{reading_html(document, marks, strong)}", "steps": [], "step": 0}


def _told(title: str, line: str) -> dict[str, Any]:
    return {"title": title, "html": f'<p class="pane-warning">{escape(line)}</p>', "steps": [], "step": 0}


def _head(citation: Citation) -> str:
    page = f'<p class="pane-page">Page {citation.page}</p>' if citation.page else ""
    sources = "".join(f"<li>{source_html(s)}</li>" for s in citation.sources)
    return f'{page}<p class="pane-borne">Borne by:</p><ul class="pane-sources">{sources}</ul>' if sources else page


def _about(document: Document) -> str:
    dated = f"<p>Facts as of {escape(document.as_of)}.</p>" if document.as_of else ""
    sources = sources_of(document)
    rows = "".join(f"<li>{source_html(s)}</li>" for s in sources[:_SHOWN])
    more = f"<li>and {len(sources) - _SHOWN} more</li>" if len(sources) > _SHOWN else ""
    listed = f'<details class="pane-about"><summary>{len(sources)} sources</summary><ul>{rows}{more}</ul></details>' if rows else ""
    return dated + listed


def sources_of(document: Document) -> list[CitedSource]:
    """Every public source of a document."""
    return [
        CitedSource(key=s.key, publisher=s.publisher, title=s.title, date=s.date, url=s.url, standing=s.standing.value)
        for s in document.sources
    ]


def source_html(source: CitedSource) -> str:
    """A public source in one line, linked where its address is a web address."""
    title = escape(source.title)
    if source.url and WEB.match(source.url):
        title = f'<a href="{escape(source.url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    told = ", ".join(part for part in (escape(source.publisher), title, escape(source.date or "no date")) if part)
    return f"{told} ({STANDING[source.standing]})"
