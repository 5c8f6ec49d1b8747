"""Makes spans that stand in no document."""

from index.documents import Span, SpanKind


def span(text: str, lead: str = "", section: tuple[str, ...] = (), kind: SpanKind = SpanKind.SENTENCE) -> Span:
    """A span of that text, with the heading path and the lead that it is understood by."""
    return Span("d", 0, len(text), kind, section, lead, (), text)
