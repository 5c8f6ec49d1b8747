"""What each request to a model took, in the journal's database, in a table of its own. Budgets are sums over it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from assistant.journal import Journal
from assistant.journal_tables import SpendingRow
from assistant.metering import Spent


class Spending:
    """The table. What ``add`` has returned from is on disk."""

    def __init__(self, url: str) -> None:
        """Open or create it.

        Raises:
            JournalError: the URL cannot be used.
        """
        self._journal = Journal(url)

    def add(self, conversation: str, spent: Spent) -> None:
        """Keep one request, under today (UTC)."""
        with self._journal.session() as session:
            told = {name: getattr(spent, name) for name in Spent.__slots__}
            session.add(SpendingRow(day=_today(), conversation=conversation, **told))

    def today(self) -> float:
        """US dollars that are known to be spent today (UTC)."""
        return self._sum(SpendingRow.day == _today())

    def conversation(self, conversation: str) -> float:
        """US dollars that are known to be spent on a conversation; 0 without one."""
        return self._sum(SpendingRow.conversation == conversation) if conversation else 0.0

    def of_answer(self, answer: str) -> list[Spent]:
        """The requests that were made for an answer, in their order."""
        with self._journal.session() as session:
            rows = session.scalars(select(SpendingRow).where(SpendingRow.answer == answer).order_by(SpendingRow.id)).all()
            return [Spent(*(getattr(row, name) for name in Spent.__slots__)) for row in rows]

    def close(self) -> None:
        """Give its connections back."""
        self._journal.close()

    def _sum(self, which: Any) -> float:
        with self._journal.session() as session:
            return float(session.scalar(select(func.coalesce(func.sum(SpendingRow.cost_usd), 0.0)).where(which)) or 0.0)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
