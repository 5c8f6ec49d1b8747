"""What models take for one answer: tokens by the endpoint's count or estimated, their price, and a place in the journal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from assistant.answer import Usage
from assistant.endpoint import Piece, Request
from assistant.errors import JournalError, StoppedError
from assistant.prices import estimated_tokens, price_of

if TYPE_CHECKING:  # it brings SQLAlchemy, which an answer without a model has no use for
    from assistant.journal_spending import Spending

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spent:
    """One request: its tokens, and what they cost; ``cost_usd`` is None for a model without a known price."""

    answer: str  # id of the answer that it was made for
    purpose: str  # "standalone", "answer", "repair"
    model: str
    read: int
    written: int
    cost_usd: float | None
    estimated: bool


@dataclass(slots=True)
class Meter:
    """What one answer takes: each request goes into the journal as it ends."""

    answer: str
    conversation: str
    spending: Spending
    today: Callable[[], date]
    stopped: Callable[[], bool] = lambda: False
    spent: list[Spent] = field(default_factory=list)

    def go_on(self) -> None:
        """Asked wherever something comes from a model.

        Raises:
            StoppedError: nobody waits for the answer any more.
        """
        if self.stopped():
            raise StoppedError("Stopped. Ask again when you like.")

    def add(self, request: Request, purpose: str, written: str, piece: Piece | None) -> None:
        """Count a request, by the endpoint's own count or by the length of its texts."""
        told = piece.tokens if piece else None
        read, wrote = (told.read, told.written) if told else (estimated_tokens(request.text), estimated_tokens(written))
        price = price_of(request.model, self.today())
        spent = Spent(self.answer, purpose, request.model, read, wrote, price.of(read, wrote) if price else None, told is None)
        self.spent.append(spent)
        try:
            self.spending.add(self.conversation, spent)
        except JournalError as error:
            log.error("spending of an answer is not kept: %s", error)  # the answer itself is not lost for it

    @property
    def usage(self) -> Usage | None:
        """The sum of all requests; its cost is None when one model's price is not known. None where nothing was asked."""
        if not self.spent:
            return None
        costs = [s.cost_usd for s in self.spent]
        return Usage(
            input_tokens=sum(s.read for s in self.spent),
            output_tokens=sum(s.written for s in self.spent),
            cost_usd=None if None in costs else round(sum(c for c in costs if c is not None), 8),
            estimated=any(s.estimated for s in self.spent),
        )
