"""Whether a claim puts a figure where its span has it: with the right career level, and under the right column of a table."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.figures import Quantity, borne, quantities
from assistant.pay import another_level
from assistant.polarity import clauses
from assistant.question import stems
from assistant.tables import cells
from index.documents import Span, SpanKind


def misplaced(claim: str, spans: Sequence[Span]) -> str:
    """What is wrong with the places of a claim's figures; "" where nothing is.

    A figure of the directors' row said of seniors, and a base that is the total, hold every word and every figure of their spans.
    """
    for clause in clauses(claim):
        wanted = quantities(clause)
        holding = [span for span in spans if any(_holds(span, q) for q in wanted)]
        if holding and all(another_level(clause, s) or another_level(claim, s) for s in holding):
            return "The span that holds the figure is about another career level."
        if any(_another_column(clause, wanted, span) for span in holding if span.kind is SpanKind.ROW):
            return "In the cited row the figure stands in another column."
    return ""


def _holds(span: Span, quantity: Quantity) -> bool:
    text = f"{span.lead} {span.text}"
    return borne(quantity, quantities(text), text)


def _another_column(clause: str, wanted: Sequence[Quantity], row: Span) -> bool:
    headers, values = cells(row.lead), cells(row.text)
    said = stems(clause)
    named = {place for place, header in enumerate(headers) if place and stems(header) & said}
    for quantity in wanted if named else ():
        stands = {p for p, (h, v) in enumerate(zip(headers, values, strict=False)) if borne(quantity, quantities(v), f"{h} {v}")}
        if stands and not stands & named:
            return True
    return False
