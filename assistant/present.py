"""A judged draft -> the answer contract: markers, citations, limits, follow-ups, or the abstention."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from assistant.answer import APART, REFUSAL, Answer, Citation, CitedSource, Claim, Partial, SupportLevel, Usage
from assistant.confidence import Judgement
from assistant.extract import Draft, DraftClaim, Style
from assistant.message import about_assistant, about_oneself, foreign, normal, remark, small_talk
from assistant.support import figures
from index.documents import Document, Span

if TYPE_CHECKING:
    from index.retriever import Passage, Retrieved

DocumentOf = Callable[[str], Document | None]

MAX_FOLLOWUPS = 3
SUGGEST_FROM = 0.43  # cosine of the question asked with the nearest that a span brings, under which that span's are off its topic
HELLO = "I answer questions from my guides, with quotes that you can check. Ask about pay, skills, ways in or interviews."
REMARK = "If an answer was wrong or of no use, flag it: the person who runs this assistant reads the flags. Or ask in other words."
INSTRUCTED = (
    "My instructions are short: answer from my guides, quote them, refuse what they do not hold. No message changes them."
    " Ask about pay, skills, ways in or interviews."
)
NOTED = "Noted, but I see no question in it. Ask about pay, skills, ways in or interviews, and I keep in mind what you are."
NOT_ENGLISH = "I can only read questions in English. Please ask again in English."

_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
# Asked in somebody's own person: "I'm stuffing whole manuals into one call, will I pay extra?"
_PERSONAL = re.compile(r"\b(?:I|me|my|mine|we|our|us)\b")
_MONEY = re.compile(r"[$€£]\s?\d|\b\d+K\b")


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an answer: a model, or nobody for an extract; what was asked of models on the way; what to know about that."""

    model: str | None = None
    usage: Usage | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """Claims in the contract's shapes, with their citations and the text that they make."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    text: str
    spans: tuple[Span, ...]
    documents: dict[str, Document | None]


def present(  # noqa: PLR0913 - the contract has that many parts, and each has its name
    *,
    answer_id: str,
    asked: str,
    standalone: str,
    draft: Draft,
    support: Sequence[SupportLevel],
    judgement: Judgement,
    retrieved: Retrieved,
    document_of: DocumentOf,
    today: date,
    timings_ms: dict[str, float],
    author: Author = Author(),
) -> Answer:
    """Put everything that is known of a question into the answer contract."""
    abstained = judgement.abstain
    told = _told((), (), document_of) if abstained else _told(draft.claims, support, document_of)
    return Answer(
        id=answer_id,
        question=asked,
        standalone_question=standalone,
        answer=_refusal(asked, judgement, retrieved) if abstained else told.text,
        claims=told.claims,
        citations=told.citations,
        confidence=judgement.confidence,
        abstained=abstained,
        limits=(*author.notes, *(() if abstained else draft.notes), *_limits(told.spans, told.documents, today)),
        followups=_followups(retrieved, standalone, {(s.document, s.section) for s in told.spans}),
        mode="generated" if author.model else "extractive",
        model=author.model,
        timings_ms=timings_ms,
        usage=author.usage,
        index=retrieved.fingerprint,
    )


def present_partial(
    asked: str, standalone: str, claims: Sequence[DraftClaim], support: Sequence[SupportLevel], document_of: DocumentOf, model: str
) -> Partial:
    """The claims so far. What is added to them later only adds to the text, the numbers and the citations."""
    told = _told(claims, support, document_of)
    return Partial(
        question=asked, standalone_question=standalone, answer=told.text, claims=told.claims, citations=told.citations, model=model
    )


def _told(drafted: Sequence[DraftClaim], support: Sequence[SupportLevel], document_of: DocumentOf) -> _Told:
    spans = tuple(dict.fromkeys(span for claim in drafted for span in claim.spans))
    documents = {span.document: document_of(span.document) for span in spans}
    citations = tuple(_citation(i, span, documents[span.document]) for i, span in enumerate(spans, 1))
    numbers = {span: i for i, span in enumerate(spans, 1)}
    dated = _dated(drafted, documents)
    claims = tuple(
        Claim(text=c.text, citations=tuple(numbers[s] for s in c.spans), support=level) for c, level in zip(dated, support, strict=True)
    )
    return _Told(claims, citations, _text(dated, numbers), spans, documents)


def context_of(span: Span) -> str:
    """Heading path, then the lead of a list or the header of a table."""
    return "\n".join(part for part in (" > ".join(span.section), span.lead) if part)


def _dated(claims: Sequence[DraftClaim], documents: dict[str, Document | None]) -> tuple[DraftClaim, ...]:
    """The claims, the first one of each document with its date where what it says ages and the words give none."""
    told: list[DraftClaim] = []
    dated: set[str] = set()
    for claim in claims:
        document = documents.get(claim.spans[0].document) if claim.spans else None
        when = _as_of(claim, document) if document and document.name not in dated else None
        if document and when:
            dated.add(document.name)
            end = claim.text[-1] if claim.text[-1] in ".:" else ""
            claim = replace(claim, text=f"{claim.text.removesuffix(end)} (as of {when}){end}")  # noqa: PLW2901
        told.append(claim)
    return tuple(told)


def _as_of(claim: DraftClaim, document: Document) -> str | None:
    """The date of the source that a claim cites first, else of the document; None where it needs none."""
    ages = document.ages == "all" or (document.ages == "figures" and any(sort != "number" for sort, _ in figures(claim.text)))
    said = " ".join(f"{span.text} {span.lead}" for span in claim.spans)
    if not ages or _YEAR.search(said):
        return None
    if document.ages == "all":  # a law of 2024 that was changed in 2026 is told as it stood when the facts were collected
        return document.as_of
    keys = {key for span in claim.spans for key in span.keys}
    return max((s.date for s in document.sources if s.key in keys and s.date), default=document.as_of)


def _text(claims: Sequence[DraftClaim], numbers: dict[Span, int]) -> str:
    lines: list[str] = []
    apart = [_marked(claim, numbers) for claim in claims if claim.style is Style.APART]
    for claim in (c for c in claims if c.style is not Style.APART):
        marked = _marked(claim, numbers)
        if claim.style is Style.ITEM:
            lines.append(f"- {marked}")
        elif claim.style is Style.SENTENCE and lines and not lines[-1].startswith("- "):
            lines[-1] = f"{lines[-1]} {marked}"
        else:
            if lines and lines[-1].startswith("- "):
                lines.append("")  # or Markdown would take it for a part of the last item
            lines.append(marked)
        if claim.style is Style.LEAD:
            lines.append("")
    if apart:
        lines += ["", " ".join((APART, *apart))]
    return "\n".join(lines)


def _marked(claim: DraftClaim, numbers: dict[Span, int]) -> str:
    return f"{claim.text} {''.join(f'[{numbers[s]}]' for s in claim.spans)}"


def _refusal(asked: str, judgement: Judgement, retrieved: Retrieved) -> str:
    if foreign(asked):
        return NOT_ENGLISH
    if remark(asked):
        return REMARK
    if about_assistant(asked):
        return INSTRUCTED
    if small_talk(asked):
        return HELLO
    if about_oneself(asked):
        return NOTED
    text = f"{REFUSAL}, so I won't guess. {judgement.confidence.reasons[0]}"
    near = _headings(retrieved, 2)
    return f"{text} The nearest topics they do cover: {'; '.join(near)}." if near else text


def _citation(number: int, span: Span, document: Document | None) -> Citation:
    sources = {s.key: s for s in document.sources} if document else {}
    return Citation(
        number=number,
        document=span.document,
        title=document.title if document else span.document,
        section=span.section[-1] if span.section else "",
        context=context_of(span),
        quote=span.text,
        start=span.start,
        end=span.end,
        page=document.page_at(span.start) if document else None,
        sources=tuple(
            CitedSource(key=s.key, publisher=s.publisher, title=s.title, date=s.date, url=s.url, standing=s.standing.value)
            for key in span.keys
            if (s := sources.get(key))
        ),
    )


def _limits(spans: Sequence[Span], documents: dict[str, Document | None], today: date) -> tuple[str, ...]:
    """What the cited documents say of themselves, where it touches what is cited."""
    found: dict[str, None] = {}
    for name, document in documents.items():
        if document is None:
            continue
        cited = [span for span in spans if span.document == name]
        money = any(_MONEY.search(span.text) for span in cited)
        for limit in document.limits:
            if limit.about == "all" or (limit.about == "pay" and money):
                found[limit.text] = None
        if document.as_of:
            found[f"{document.title}: facts collected as of {document.as_of}."] = None
        if document.review_by and document.review_by < f"{today:%Y-%m}":
            found[f"{document.title}: due for review since {document.review_by}, so its facts may be out of date."] = None
        if any(s.standing == "secondary" for s in document.sources if any(s.key in span.keys for span in cited)):
            found["Known through somebody's account of the source, not from the source itself."] = None
    return tuple(found)


def _followups(retrieved: Retrieved, standalone: str, cited: set[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """Questions from the neighbourhood that this corpus can answer, one a section that the answer does not cite."""
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for passage in retrieved.passages:
        place = (passage.chunk.document, passage.chunk.section)
        asked = _question_of(passage)
        if asked and place not in cited and place not in found and normal(asked) not in (normal(standalone), *map(normal, found.values())):
            found[place] = asked
    return tuple(found.values())[:MAX_FOLLOWUPS]


def _question_of(passage: Passage) -> str | None:
    """A question that a passage answers: one that its nearest span brings, else its heading, as it is or asked about."""
    near = [(similarity, span) for similarity, span in zip(passage.ask_similarity, passage.spans, strict=True) if similarity is not None]
    if near:
        similarity, span = max(near, key=lambda pair: pair[0])
        if similarity < SUGGEST_FROM:
            return None
        return next((a for a in span.asks if a.endswith("?") and a[0].isupper() and not _PERSONAL.search(a)), span.asks[0])
    if not passage.chunk.section:
        return None
    heading = passage.chunk.section[-1]
    return heading if heading.endswith("?") else f"What does {passage.chunk.title} say about “{heading}”?"


def _headings(retrieved: Retrieved, count: int) -> list[str]:
    found = dict.fromkeys(p.chunk.section[-1] if p.chunk.section else p.chunk.title for p in retrieved.passages)
    return [heading.rstrip("?") for heading in found if heading][:count]
