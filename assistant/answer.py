"""The answer contract: what ``assistant ask --json`` prints, and all that the page and the evals know of an answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

REFUSAL = "That is not in my sources"  # how an answer begins that is none
APART = "Also near your question:"  # what stands before the sentences that are set apart from an answer

SupportLevel = Literal["supported", "partial", "unsupported"]
Level = Literal["high", "medium", "low"]


class Contract(BaseModel):
    """Base of the contract's shapes: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CitedSource(Contract):
    """A public source that bears the cited span."""

    key: str
    publisher: str
    title: str
    date: str | None
    url: str | None
    standing: Literal["primary", "secondary", "own"]


class Citation(Contract):
    """One span: ``quote`` is exactly the document's text from ``start`` to ``end``, in code points."""

    number: int = Field(ge=1)
    document: str
    title: str
    section: str
    context: str  # heading path, table header or list lead: what the span needs to be understood
    quote: str
    start: int
    end: int
    # the page, from 1, in a document that has pages; left out elsewhere
    page: int | None = Field(default=None, ge=1, exclude_if=lambda page: page is None)
    sources: tuple[CitedSource, ...]


class Claim(Contract):
    """One sentence of the answer, with the numbers of the citations that bear it."""

    text: str
    citations: tuple[int, ...]
    support: SupportLevel


class Confidence(Contract):
    """How sure the assistant is, and why. ``probability`` is null until it is calibrated."""

    probability: float | None = Field(default=None, ge=0, le=1)
    level: Level
    calibrated: bool = False
    reasons: tuple[str, ...]


class Usage(Contract):
    """Tokens and cost of a generated answer."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    estimated: bool


class Answer(Contract):
    """One answered or abstained question."""

    id: str
    question: str
    standalone_question: str
    answer: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    confidence: Confidence
    abstained: bool
    limits: tuple[str, ...]
    followups: tuple[str, ...]
    mode: Literal["extractive", "generated"]
    model: str | None
    timings_ms: dict[str, float]
    usage: Usage | None
    index: str

    @property
    def answering(self) -> tuple[Claim, ...]:
        """The claims that answer, without those that are set apart."""
        direct, _, apart = self.answer.partition(APART)
        return tuple(claim for claim in self.claims if claim.text in direct or claim.text not in apart)

    @property
    def bearing(self) -> tuple[Citation, ...]:
        """The citations of what answers, without those of what is set apart alone."""
        answering = {number for claim in self.answering for number in claim.citations}
        apart = {number for claim in self.claims for number in claim.citations} - answering
        return tuple(citation for citation in self.citations if citation.number not in apart)


class Partial(Contract):
    """The checked sentences of an answer that is still being written: what follows only adds to its text."""

    question: str
    standalone_question: str
    answer: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    model: str | None


class Turn(Contract):
    """One exchange of a conversation, as far as it is known: an outside history has only texts."""

    question: str
    answer: str = ""
    standalone_question: str | None = None

    @property
    def told(self) -> str:
        """The answer without what it set apart."""
        return self.answer.partition(APART)[0]
