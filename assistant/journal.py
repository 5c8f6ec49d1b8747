"""Conversations, turns and flags in SQL. SQLite in WAL mode by default; any SQLAlchemy URL works."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, ForeignKey, create_engine, event, select, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from assistant.answer import Answer, Turn
from assistant.errors import InputError, JournalError

FlagReason = Literal["wrong number", "wrong source", "out of date", "incomplete", "misunderstood me", "unsafe", "other"]


class _Base(DeclarativeBase):
    pass


class _Conversation(_Base):
    __tablename__ = "conversation"
    id: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[str]


class _Turn(_Base):
    __tablename__ = "turn"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    created: Mapped[str]
    history: Mapped[list[Any]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)


class _Flag(_Base):
    __tablename__ = "flag"
    id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[str] = mapped_column(ForeignKey("turn.id"), index=True)
    created: Mapped[str]
    reason: Mapped[str]
    comment: Mapped[str]


class Flag(BaseModel):
    """A user's report that an answer is wrong, with the answer that it is about."""

    model_config = ConfigDict(frozen=True)

    id: str
    turn: str
    created: str
    reason: str
    comment: str
    history: list[Turn]
    answer: Answer


class Journal:
    """Everything that was asked, answered and flagged. What a call has returned from is on disk."""

    def __init__(self, url: str) -> None:
        """Open or create the journal.

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
        except (SQLAlchemyError, OSError, ImportError) as error:  # a database whose driver is not installed
            raise JournalError(f"Cannot open the journal ({_line(error)}). Check ASSISTANT_JOURNAL_URL or the data folder.") from error

    def close(self) -> None:
        """Give its connections back."""
        self._engine.dispose()

    def damage(self) -> str:
        """What SQLite's own check finds wrong with the file, in one line; empty when all is well or on another database."""
        if self._engine.dialect.name != "sqlite":
            return ""
        with self._writing() as session:
            found = [str(row) for row in session.execute(text("PRAGMA quick_check")).scalars()]
        return "" if found == ["ok"] else "; ".join(found)[:300]

    def new_conversation(self) -> str:
        """An id that cannot be guessed."""
        with self._writing() as session:
            conversation = secrets.token_urlsafe(24)
            session.add(_Conversation(id=conversation, created=_now()))
        return conversation

    def record(self, conversation: str, history: Sequence[Turn], answer: Answer) -> None:
        """Keep one answered turn."""
        with self._writing() as session:
            if session.get(_Conversation, conversation) is None:
                session.add(_Conversation(id=conversation, created=_now()))
            told = [turn.model_dump() for turn in history]
            session.add(_Turn(id=answer.id, conversation=conversation, created=_now(), history=told, answer=answer.model_dump(mode="json")))

    def turns(self, conversation: str) -> list[Answer]:
        """The answers of a conversation, oldest first."""
        with self._writing() as session:
            # ids are random: SQLite's rowid keeps the order in which turns were written
            rows = session.scalars(select(_Turn).where(_Turn.conversation == conversation).order_by(_Turn.created)).all()
            return [Answer.model_validate(row.answer) for row in rows]

    def flag(self, turn: str, reason: FlagReason, comment: str = "") -> str:
        """Keep a flag on an answer; its id.

        Raises:
            InputError: no such answer.
        """
        with self._writing() as session:
            if session.get(_Turn, turn) is None:
                raise InputError(f"No answer {turn!r} in the journal. Flag an answer that was given here.")
            flag = _Flag(id=secrets.token_hex(6), turn=turn, created=_now(), reason=reason, comment=comment.strip()[:2_000])
            session.add(flag)
            return flag.id

    def flags(self) -> list[Flag]:
        """Every flag with its answer, newest first."""
        with self._writing() as session:
            rows = session.execute(select(_Flag, _Turn).join(_Turn, _Turn.id == _Flag.turn).order_by(_Flag.created.desc())).all()
            return [
                Flag(
                    id=flag.id,
                    turn=flag.turn,
                    created=flag.created,
                    reason=flag.reason,
                    comment=flag.comment,
                    history=[Turn.model_validate(t) for t in turn.history],
                    answer=Answer.model_validate(turn.answer),
                )
                for flag, turn in rows
            ]

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise JournalError(f"The journal cannot be used ({_line(error)}). Check the data folder and its free space.") from error


def _durable(connection: Any, _: object) -> None:
    """WAL, so that readers never wait; FULL, so that what was acknowledged survives a power cut."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
