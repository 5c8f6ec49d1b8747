"""About: what this is, how sure it is and why, what it keeps and where, and how to be forgotten. The words are in ``about.md``."""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant.adding import is_loopback
from assistant.errors import AssistantError
from assistant.explained import MEANING
from assistant.ui.desk import Desk, when_loaded
from assistant.ui.pane import source_pane
from assistant.ui.render import escape
from index.errors import IndexingError

NO_MODEL = "No chat model is set: answers are quoted, not written, and no text leaves this machine."


def about_page(desk: Desk) -> None:
    """Build the page, inside its route."""
    words = (files("assistant") / "ui" / "about.md").read_text(encoding="utf-8")
    kept: dict[str, Any] = json.loads((files("assistant") / "data" / "confidence.json").read_text(encoding="utf-8"))
    levels = "\n".join(f"- **{level.capitalize()}**: {meaning}" for level, meaning in MEANING.items())
    gr.Markdown(words.format(measured=_measured(kept), levels=levels, abstain=_abstaining(kept["models"]), where=_where(desk)))
    told = gr.Markdown(elem_id="versions")
    source_pane(desk)  # it brings the site's script along
    when_loaded(lambda: _versions(desk), None, told)


def _abstaining(models: dict[str, Any]) -> str:
    first, later = (f"{models[name]['abstain_below']:.0%}" for name in ("guides", "following"))
    return f"{first} ({later} for a follow-up)"


def _measured(kept: dict[str, Any]) -> str:
    """The figures that ship beside the weights of confidence."""
    rows = []
    for name, who in (
        ("guides", "the bundled guides"),
        ("following", "the bundled guides, for follow-ups and for what is asked after a story"),
        ("others", "other documents (the guides without their own questions)"),
    ):
        out_of_fold = kept["models"][name]["out_of_fold"]
        rows.append(f"- On {who}: {out_of_fold['n']:,} questions, calibration error {out_of_fold['ece']:.3f} (0 is perfect).")
    return "\n".join(rows)


def _where(desk: Desk) -> str:
    """Where the journal is, as far as it is a reader's business."""
    if desk.settings.journal_url:
        return "in the database of the person who runs it"
    if is_loopback(desk.settings.host):
        return f"on this machine, in {escape(str(desk.settings.data_dir))}"
    return "on the machine of the person who runs it"


def _versions(desk: Desk) -> str:
    try:
        house = desk.house()
        manifest = house.live.reader().manifest
    except (AssistantError, IndexingError) as error:
        return f"## Versions\n\n{escape(str(error))}"
    notice: str | None = getattr(house, "model_notice", None)
    lines = (
        escape(notice) if notice else NO_MODEL,
        f"Assistant {version('ai-pm-assistant')}, Gradio {gr.__version__}, embedding model {escape(manifest.model)}",
        f"Index {manifest.fingerprint} of {len(manifest.documents)} documents",
    )
    return "\n".join(["## Versions", "", *(f"- {line}" for line in lines)])
