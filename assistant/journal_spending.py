"""What each request to a model took, in the journal's database, in a table of its own. Budgets are sums over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from assistant.errors import JournalError
from assistant.metering import Spent


class _Base(DeclarativeBase):
    pass


class _Spending(_Base):
    __tablename__ = "spending"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    day: Mapped[str] = mapped_column(index=True)
    conversation: Mapped[str] = mapped_column(index=True)
    answer: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    model: Mapped[str]
    read: Mapped[int]
    written: Mapped[int]
    cost_usd: Mapped[float | None]
    estimated: Mapped[bool]


class Spending:
    """The table. What ``add`` has returned from is on disk."""

    def __init__(self, url: str) -> None:
        """Open or create it.

        Raises:
            JournalError: the URL cannot be used.
        """
        try:
            if make_url(url).get_backend_name() == "sqlite" and (path := make_url(url).database):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._engine: Engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _durable)
            _Base.metadata.create_all(self._engine)
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise JournalError(
                f"Cannot open the journal ({type(error).__name__}). Check ASSISTANT_JOURNAL_URL or the data folder."
            ) from error

    def add(self, conversation: str, spent: Spent) -> None:
        """Keep one request, under today (UTC)."""
        with self._session() as session:
            told = {name: getattr(spent, name) for name in Spent.__slots__}
            session.add(_Spending(day=_today(), conversation=conversation, **told))

    def today(self) -> float:
        """US dollars that are known to be spent today (UTC)."""
        return self._sum(_Spending.day == _today())

    def conversation(self, conversation: str) -> float:
        """US dollars that are known to be spent on a conversation; 0 without one."""
        return self._sum(_Spending.conversation == conversation) if conversation else 0.0

    def of_answer(self, answer: str) -> list[Spent]:
        """The requests that were made for an answer, in their order."""
        with self._session() as session:
            rows = session.scalars(select(_Spending).where(_Spending.answer == answer).order_by(_Spending.id)).all()
            return [Spent(*(getattr(row, name) for name in Spent.__slots__)) for row in rows]

    def close(self) -> None:
        """Give its connections back."""
        self._engine.dispose()

    def _sum(self, which: Any) -> float:
        with self._session() as session:
            return float(session.scalar(select(func.coalesce(func.sum(_Spending.cost_usd), 0.0)).where(which)) or 0.0)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise JournalError(f"The journal cannot be used ({type(error).__name__}). Check the data folder and its free space.") from error


def _durable(connection: Any, _: object) -> None:
    """As the journal's own: WAL, so that readers never wait; FULL, so that what was acknowledged survives a power cut."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
