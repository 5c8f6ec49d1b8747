"""How a model's answer comes about: budget, one tier or two, each claim checked before it is shown, one repair, and what is left.

A claim is shown once it is checked, and never taken back. What the check refuses is asked for again, once, with the complaint;
what it refuses then is dropped, or shown as unsupported, by setting. With two tiers the small model's claims wait until it is
settled that they stay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.answer import SupportLevel, Turn
from assistant.claims import ClaimReader, RawClaim
from assistant.confidence_generated import Survival
from assistant.errors import JournalError
from assistant.extract import Draft, DraftClaim, Ranked, Style
from assistant.failures import Failure, ModelError
from assistant.followup import Rule, Standalone
from assistant.generate import Writer
from assistant.metering import Meter
from assistant.neutral import leaks, neutral
from assistant.offer import Encode, Offered, offer
from assistant.question import stems
from assistant.settings import Settings
from assistant.support import Verdict, verify

if TYPE_CHECKING:
    from assistant.journal_spending import Spending

log = logging.getLogger(__name__)

UNSUPPORTED = " (not supported by the quoted text)"
# Failures of one model that another may not share; a server that cannot be reached is the same for both.
ANOTHER_MAY = frozenset({Failure.UNPROVEN, Failure.NOTHING_FOUND, Failure.REPEATS, Failure.MALFORMED, Failure.EMPTY, Failure.TOO_LONG})


@dataclass(frozen=True, slots=True)
class Task:
    """What an answer is written from."""

    question: str  # standing alone
    draft: Draft  # the extractive answer
    ranked: Ranked
    vector: NDArray[np.float32]  # the question's
    unsure: bool  # the evidence's confidence is low
    meter: Meter


NOTHING = Survival(0, 0, 0, 0, False)


@dataclass(frozen=True, slots=True)
class Prose:
    """What a model has written so far, as far as it is checked."""

    model: str
    claims: tuple[DraftClaim, ...] = ()
    support: tuple[SupportLevel, ...] = ()
    failure: Failure | None = None
    survival: Survival = NOTHING


@dataclass(slots=True)
class _Page:
    """One model's answer while it is written."""

    model: str
    offered: dict[str, Offered]
    mark: str
    kept: list[tuple[DraftClaim, SupportLevel]] = field(default_factory=list)
    refused: list[tuple[DraftClaim, RawClaim, str]] = field(default_factory=list)  # with the complaint
    dropped: int = 0
    unknown: int = 0
    failure: Failure | None = None

    def prose(self, draft: Draft) -> Prose:
        levels = [level for _, level in self.kept]
        best = draft.best is not None and any(draft.best.span in claim.spans for claim, _ in self.kept)
        survival = Survival(levels.count("supported"), levels.count("partial"), self.dropped, self.unknown, best)
        return Prose(self.model, tuple(claim for claim, _ in self.kept), tuple(levels), self.failure, survival)

    @property
    def proven(self) -> int:
        return sum(level != "unsupported" for _, level in self.kept)


class Author:
    """Writes answers with one model, or with a small and a large one."""

    def __init__(
        self, writer: Writer, spending: Spending, settings: Settings, encode: Encode, today: Callable[[], date] = date.today
    ) -> None:
        self._writer = writer
        self._spending = spending
        self._settings = settings
        self._encode = encode
        self._today = today

    def meter(self, answer: str, conversation: str, stopped: Callable[[], bool]) -> Meter:
        """Counts what one answer takes."""
        return Meter(answer, conversation, self._spending, self._today, stopped)

    def standalone(self, asked: str, history: Sequence[Turn], ours: Standalone, meter: Meter) -> Standalone:
        """A follow-up as the model understands it; as our rules do where they see none, or where the model's holds words from nowhere.

        Raises:
            ModelError: the model cannot be asked; the rest of the question should not be tried either.
        """
        if not history or ours.rule in (Rule.ALONE, Rule.NEW_SUBJECT):
            return ours
        broke = self._broke(meter)
        if broke:
            raise ModelError(broke)
        said = neutral(self._writer.standalone(self._settings.model, asked, history, meter))
        known = stems(" ".join((asked, ours.text, *(f"{t.question} {t.answer} {t.standalone_question or ''}" for t in history))))
        own = stems(asked)
        new = stems(said)
        if not new or not new <= known or len(own & new) * 2 < len(own) or len(said) > 4 * len(ours.text) + 80:
            return ours
        return Standalone(said if said.endswith("?") else f"{said.rstrip('.')}?", "", ours.context, Rule.SWAPPED)

    def compose(self, task: Task) -> Iterator[Prose]:
        """What is checked so far, each time there is more; the last one is all there will be.

        Its ``failure`` says why the extractive answer has to take over, or to follow where claims were already given.
        """
        models = [m for m in (self._settings.model, self._settings.model_large) if m]
        settled: _Page | None = None
        for place, model in enumerate(models):
            broke = self._broke(task.meter)
            if broke:
                settled = settled or _Page(model, {}, "", failure=broke)
                break
            page = self._page(model, task)
            waits = place < len(models) - 1
            for _ in self._fill(page, task):
                if not waits:
                    yield page.prose(task.draft)
            if settled is None or page.proven or not settled.proven:
                settled = page
            if not waits or not self._goes_on(page, task):
                break
        assert settled
        yield settled.prose(task.draft)

    @staticmethod
    def _goes_on(page: _Page, task: Task) -> bool:
        """Whether the large model is asked after the small one."""
        return (page.failure in ANOTHER_MAY) if page.failure else bool(page.dropped or task.unsure)

    def _broke(self, meter: Meter) -> Failure | None:
        """Why there is no money for another request."""
        day, conversation = self._settings.budget_day, self._settings.budget_conversation
        try:
            if day and self._spending.today() >= day:
                return Failure.DAY_SPENT
            if conversation and self._spending.conversation(meter.conversation) >= conversation:
                return Failure.CONVERSATION_SPENT
        except JournalError as error:
            log.error("what was spent is not known: %s", error)
            return Failure.LEDGER
        return None

    def _page(self, model: str, task: Task) -> _Page:
        mark = self._writer.mark()
        return _Page(model, {o.id: o for o in offer(task.draft, task.ranked, task.vector, self._encode, mark)}, mark)

    def _fill(self, page: _Page, task: Task) -> Iterator[None]:
        """Ask for claims and for their repair; one step for each claim that may be shown."""
        readers: list[ClaimReader] = []

        def reader() -> ClaimReader:
            readers.append(ClaimReader())
            return readers[-1]

        offered = list(page.offered.values())
        claims = self._writer.write(page.model, task.question, offered, page.mark, task.meter, reader)
        try:
            for claim in claims:
                if self._take(page, claim):
                    yield
        except ModelError as error:
            page.failure = error.failure
        finally:
            claims.close()  # type: ignore[attr-defined]
        if page.failure is None and readers[-1].answerable is False and not page.kept:
            page.failure = Failure.NOTHING_FOUND
        elif page.failure is None and page.refused:
            yield from self._repair(page, task, readers[-1].text)
        page.dropped += len(page.refused)
        if page.failure is None and page.proven < max(page.dropped, 1):
            page.failure = Failure.UNPROVEN
        elif page.refused and self._settings.unsupported == "show":
            page.kept += [(DraftClaim(f"{c.text}{UNSUPPORTED}", c.spans, c.style), "unsupported") for c, *_ in page.refused]
            yield

    def _repair(self, page: _Page, task: Task, wrote: str) -> Iterator[None]:
        """Ask once more for what was refused; what passes is kept, the rest stands as refused."""
        if self._broke(task.meter):
            return
        complaints = "\n".join(f"- “{claim.text}” cites {', '.join(raw.ids) or 'nothing'}. {why}" for claim, raw, why in page.refused)
        before = self._writer.conversation(task.question, list(page.offered.values()), page.mark, wrote)
        again = self._writer.repair(page.model, before, complaints, page.mark, task.meter)
        first, page.refused = page.refused, []
        mended = 0
        for claim in again[: len(first)]:
            if self._take(page, claim):
                mended += 1
                yield
        left = len(first) - mended
        page.refused = (page.refused or first)[:left]
        page.dropped += left - len(page.refused)

    def _take(self, page: _Page, raw: RawClaim) -> bool:
        """Check a claim; whether it may be shown. Ids that were not offered are removed and counted."""
        text = neutral(raw.text)
        if leaks(raw.text, page.mark):
            page.dropped += 1
            return False
        if not any(c.isalnum() for c in text) or any(text == claim.text for claim, _ in page.kept):
            return False
        known = [page.offered[i] for i in dict.fromkeys(raw.ids) if i in page.offered]
        page.unknown += len(set(raw.ids) - page.offered.keys())
        claim = DraftClaim(text if text[-1] in ".!?" else f"{text}.", tuple(o.span for o in known), Style.SENTENCE)
        verdict = self._verdict(text, page, known)
        if verdict.level == "unsupported":
            page.refused.append((claim, raw, verdict.complaint))
            return False
        page.kept.append((claim, verdict.level))
        return True

    def _verdict(self, text: str, page: _Page, known: Sequence[Offered]) -> Verdict:
        if text.endswith("?"):
            return Verdict("unsupported", "It is a question, not an answer.")
        return verify(text, [o.shown for o in known], self._nearest, "\n".join(o.shown.text for o in page.offered.values()))

    def _nearest(self, text: str, others: Sequence[str]) -> float:
        vectors = self._encode([text, *others])
        return float((vectors[1:] @ vectors[0]).max())
