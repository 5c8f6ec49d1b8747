"""A conversation as a file: Markdown to read, JSON to compute with, both with their citations."""

from __future__ import annotations

import json
from collections.abc import Sequence

from assistant.answer import Answer, Citation

NOTE = "Answers quote guides word for word; each quote can be checked with the document's text from `start` to `end`."


def as_json(answers: Sequence[Answer]) -> str:
    """The answers of a conversation, oldest first, each as the answer contract."""
    return json.dumps({"answers": [a.model_dump(mode="json") for a in answers]}, ensure_ascii=False, indent=1) + "\n"


def as_markdown(answers: Sequence[Answer]) -> str:
    """The conversation for reading: question, answer, how sure, the quotes with their sources, the limits."""
    parts = ["# Conversation with the AI PM career assistant", NOTE]
    for answer in answers:
        sure = answer.confidence
        percent = "" if sure.probability is None else f" ({sure.probability:.0%})"
        told = "Not in my sources" if answer.abstained else f"Confidence: {sure.level}{percent}"
        parts += [f"## {' '.join(answer.question.split())}", answer.answer, f"{told}. {' '.join(sure.reasons)}"]
        parts += [_citation(c) for c in answer.citations]
        if answer.limits:
            parts.append("\n".join(f"- {limit}" for limit in answer.limits))
    return "\n\n".join(parts) + "\n"


def _citation(citation: Citation) -> str:
    where = ", ".join(part for part in (citation.title, citation.section, f"page {citation.page}" if citation.page else "") if part)
    quote = "\n".join(f"> {line}" for line in citation.quote.split("\n"))
    sources = "".join(
        f"\n> Source: {', '.join(part for part in (s.publisher, s.title, s.date or '', s.url or '') if part)}" for s in citation.sources
    )
    return f"{quote}\n>\n> [{citation.number}] {where} ({citation.document}, characters {citation.start}-{citation.end}){sources}"
