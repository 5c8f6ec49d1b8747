"""Which spans a model may write from: the best ones for the question, and of a span only the lines that bear on it.

A model sees nothing else, and only what it saw counts as proof. An injected instruction that has nothing to do with the
question is thus mostly never sent, and what a model makes of it otherwise is borne by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.extract import Draft, Ranked
from assistant.present import context_of
from assistant.ranking import known_worth
from index.documents import Span, SpanKind

MOST = 16  # spans; an answer rests on one to five
WORDS = 700  # of all of them
# How far below the best span's score one may be. Of the red team's 90 answered questions, injected lines that stood alone as spans
# were all further below; those within it were glued to a line that answers.
BELOW_BEST = 6.0
LINES_BELOW = 0.12  # cosine with the question that a line of a span may fall short of the span's best line

Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # texts -> unit vectors

_LINE = re.compile(r"\n(?![a-z])")  # a sentence that is merely wrapped goes on in lower case


@dataclass(frozen=True, slots=True)
class Offered:
    """A span under the id that it is offered by. ``shown`` is the span with the text that the model sees."""

    id: str
    span: Span
    shown: Span


def offer(draft: Draft, ranked: Ranked, vector: NDArray[np.float32], encode: Encode, mark: str) -> tuple[Offered, ...]:
    """The spans for a request, best first: those of the extractive answer, then the next in rank.

    Args:
        vector: the question's.
        mark: random, new for each request; the ids begin with it, so no document can know them.
    """
    scores = ranked.scores - known_worth(ranked.candidates)  # one that is known to answer does not push the others out
    best = float(scores.max(initial=-np.inf))
    order = [ranked.candidates[i].span for i in np.argsort(-ranked.scores) if scores[i] >= best - BELOW_BEST]
    spans = dict.fromkeys((*(span for claim in draft.claims for span in claim.spans), *order))
    found: list[Offered] = []
    words = 0
    for span in spans:
        words += len(span.text.split())
        if found and (words > WORDS or len(found) >= MOST):
            break
        if span.kind is not SpanKind.LEAD or span in draft.claims[0].spans:  # a header goes with each of its rows
            found.append(Offered(f"{mark[:4]}-{len(found) + 1}", span, replace(span, text=_bearing(span.text, vector, encode))))
    return tuple(found)


def told(offered: Sequence[Offered]) -> str:
    """The spans as the model reads them: the id and the text on one line, where it stands on the next."""
    return "\n".join(f"[{o.id}] {_line(o.shown.text)}\n  (under: {_line(context_of(o.span))})" for o in offered)


def _bearing(text: str, vector: NDArray[np.float32], encode: Encode) -> str:
    """The lines of a span that bear on the question: nearly always all, since a span seldom has two."""
    lines = [line for line in _LINE.split(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)) if line.strip()]
    if len(lines) < 2:
        return "\n".join(lines) or text
    near = encode(lines) @ vector
    return "\n".join(line for line, cosine in zip(lines, near, strict=True) if cosine >= near.max() - LINES_BELOW)


def _line(text: str) -> str:
    return " ".join(text.split())
