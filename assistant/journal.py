"""Conversations, turns and flags in SQL. SQLite in WAL mode by default; any SQLAlchemy URL works.

A conversation belongs to the browser that began it: what that browser calls itself is kept as a hash only. What a call has
returned from is on disk.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, delete, event, func, inspect, select, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from assistant.answer import Answer, Turn
from assistant.errors import InputError, JournalError
from assistant.journal_tables import Base, ConversationRow, FlagRow, TurnRow, VerdictRow

MAX_CONVERSATIONS = 200  # listed for one browser, newest first
MAX_TITLE = 80  # characters


class Conversation(BaseModel):
    """What is listed of a conversation."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    created: str
    turns: int


class Journal:
    """Everything that was asked and answered."""

    def __init__(self, url: str) -> None:
        """Open or create the journal; one of an earlier version gets the columns that it lacks.

        Raises:
            JournalError: the URL cannot be used.
        """
        try:
            if make_url(url).get_backend_name() == "sqlite" and (path := make_url(url).database):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._engine: Engine = create_engine(url)
            self.one_by_one = threading.Lock()  # held where what is written depends on what was read
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _durable)
            Base.metadata.create_all(self._engine)
            _add_missing_columns(self._engine)
        except (SQLAlchemyError, OSError, ImportError) as error:  # a database whose driver is not installed
            raise JournalError(f"Cannot open the journal ({_line(error)}). Check ASSISTANT_JOURNAL_URL or the data folder.") from error

    def close(self) -> None:
        """Give its connections back."""
        self._engine.dispose()

    def damage(self) -> str:
        """What SQLite's own check finds wrong with the file, in one line; empty when all is well or on another database."""
        if self._engine.dialect.name != "sqlite":
            return ""
        with self.session() as session:
            found = [str(row) for row in session.execute(text("PRAGMA quick_check")).scalars()]
        return "" if found == ["ok"] else "; ".join(found)[:300]

    def new_conversation(self, visitor: str = "") -> str:
        """Begin a conversation of a browser; its id cannot be guessed."""
        with self.session() as session:
            conversation = secrets.token_urlsafe(24)
            session.add(ConversationRow(id=conversation, created=now(), owner=hashed(visitor)))
        return conversation

    def record(
        self,
        conversation: str,
        history: Sequence[Turn],
        answer: Answer,
        passages: Sequence[Mapping[str, Any]] = (),
        versions: Mapping[str, str] | None = None,
    ) -> None:
        """Keep one answered turn, with the passages that it was composed from and the versions that answered."""
        with self.session() as session:
            if session.get(ConversationRow, conversation) is None:
                session.add(ConversationRow(id=conversation, created=now(), owner=hashed("")))
            session.add(
                TurnRow(
                    id=answer.id,
                    conversation=conversation,
                    created=now(),
                    history=[turn.model_dump() for turn in history],
                    answer=answer.model_dump(mode="json"),
                    passages=[dict(p) for p in passages],
                    versions=dict(versions or {}),
                    taken_back=False,
                )
            )

    def turns(self, conversation: str, visitor: str | None = None) -> list[Answer]:
        """The answers of a conversation, oldest first; none where it is another browser's. ``visitor`` None asks for anybody's."""
        with self.session() as session:
            if visitor is not None and not _owned(session, conversation, visitor):
                return []
            rows = session.scalars(
                select(TurnRow).where(TurnRow.conversation == conversation, TurnRow.taken_back.is_(False)).order_by(TurnRow.created)
            ).all()
            return [Answer.model_validate(row.answer) for row in rows]

    def answer(self, turn: str) -> Answer | None:
        """One answer by its id, which cannot be guessed; None where there is none."""
        with self.session() as session:
            row = session.get(TurnRow, turn)
            return Answer.model_validate(row.answer) if row else None

    def conversations(self, visitor: str) -> list[Conversation]:
        """A browser's conversations, the one spoken in last first, named by their first question."""
        if not visitor:  # what is nobody's is not listed for anybody
            return []
        with self.session() as session:
            rows = session.execute(
                select(ConversationRow, func.count(TurnRow.id), func.min(TurnRow.created))
                .join(TurnRow, TurnRow.conversation == ConversationRow.id)
                .where(ConversationRow.owner == hashed(visitor))
                .group_by(ConversationRow.id)
                .order_by(func.max(TurnRow.created).desc())
                .limit(MAX_CONVERSATIONS)
            ).all()
            asked = session.execute(
                select(TurnRow.conversation, TurnRow.answer["question"].as_string()).where(TurnRow.created.in_([at for *_, at in rows]))
            )
            first = {str(conversation): str(question) for conversation, question in asked}
            return [Conversation(id=c.id, title=_title(first.get(c.id, "")), created=c.created, turns=n) for c, n, _ in rows]

    def take_back(self, conversation: str, visitor: str, since: int) -> list[str]:
        """Undo: the turns from number ``since`` (0 is the first) leave the conversation; their questions.

        A flagged turn stays in the journal with its flag, out of the conversation; any other is deleted.
        """
        with self.session() as session:
            if not _owned(session, conversation, visitor):
                return []
            rows = session.scalars(
                select(TurnRow).where(TurnRow.conversation == conversation, TurnRow.taken_back.is_(False)).order_by(TurnRow.created)
            ).all()[max(since, 0) :]
            flagged = set(session.scalars(select(FlagRow.turn).where(FlagRow.turn.in_([row.id for row in rows]))))
            questions = [str(row.answer["question"]) for row in rows]
            going = [row.id for row in rows if row.id not in flagged]
            for row in rows:
                row.taken_back = True
            session.flush()
            _delete_turns(session, going)
            return questions

    def delete_conversation(self, conversation: str, visitor: str, keep_flagged: bool) -> bool:
        """Delete a conversation of this browser; whether there was one.

        Args:
            keep_flagged: keep flagged answers, with their flags, for the person who runs the assistant; the conversation's
                name and its owner go all the same.
        """
        with self.session() as session:
            if not _owned(session, conversation, visitor):
                return False
            turns = list(session.scalars(select(TurnRow.id).where(TurnRow.conversation == conversation)))
            flagged = set(session.scalars(select(FlagRow.turn).where(FlagRow.turn.in_(turns)))) if keep_flagged else set()
            _delete_turns(session, [turn for turn in turns if turn not in flagged])
            row = session.get(ConversationRow, conversation)
            assert row
            if flagged:  # its flagged turns stay, nobody's
                row.owner = ""
                for turn in session.scalars(select(TurnRow).where(TurnRow.id.in_(flagged))):
                    turn.taken_back = True
            else:
                session.delete(row)
            return True

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed, and on disk, when the block ends.

        Raises:
            JournalError: the database cannot be used.
        """
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise JournalError(f"The journal cannot be used ({_line(error)}). Check the data folder and its free space.") from error


def hashed(visitor: str) -> str:
    """What is kept of a browser's own name: enough to know it again, not to act as it. Nobody's name is empty."""
    return sha256(visitor.encode()).hexdigest() if visitor else ""


def now() -> str:
    """This moment, ISO 8601 in UTC, to the microsecond: turns of one conversation keep their order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def check_turn(session: Session, turn: str, visitor: str | None = None) -> TurnRow:
    """The turn of that id.

    Raises:
        InputError: there is none, or it is another browser's.
    """
    row = session.get(TurnRow, turn)
    if row is None or (visitor is not None and not _owned(session, row.conversation, visitor)):
        raise InputError(f"No answer {turn!r} in the journal. Flag an answer that was given here.")
    return row


def _owned(session: Session, conversation: str, visitor: str) -> bool:
    row = session.get(ConversationRow, conversation)
    return row is not None and bool(visitor) and row.owner == hashed(visitor)


def _delete_turns(session: Session, turns: Sequence[str]) -> None:
    """Delete turns with all that was said of them."""
    for table in (FlagRow, VerdictRow):
        session.execute(delete(table).where(table.turn.in_(turns)))
    session.execute(delete(TurnRow).where(TurnRow.id.in_(turns)))


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1].rstrip()}…"


def _durable(connection: Any, _: object) -> None:
    """WAL, so that readers never wait; FULL, so that what was acknowledged survives a power cut."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _add_missing_columns(engine: Engine) -> None:
    """Bring tables of an earlier version up to date: columns are only ever added, each with a default."""
    for table in Base.metadata.tables.values():
        there = {column["name"] for column in inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind, default = column.type.compile(engine.dialect), column.server_default
                assert default is not None, f"{table.name}.{column.name} was added without a default"
                with engine.begin() as connection:
                    connection.execute(
                        text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind} NOT NULL DEFAULT {default.arg}")  # type: ignore[attr-defined]
                    )


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
