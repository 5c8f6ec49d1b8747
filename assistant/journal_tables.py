"""The journal's tables. A column that is added later has a server default, so that older journals can be brought up to date."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the journal."""


class ConversationRow(Base):
    """A conversation, with the hash of what its browser calls itself; empty: nobody's."""

    __tablename__ = "conversation"
    id: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[str]
    owner: Mapped[str] = mapped_column(String, index=True, server_default=text("''"))


class TurnRow(Base):
    """A question with its answer, and everything that is needed to judge it later."""

    __tablename__ = "turn"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    created: Mapped[str]
    history: Mapped[list[Any]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    passages: Mapped[list[Any]] = mapped_column(JSON, server_default=text("'[]'"))
    versions: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))
    taken_back: Mapped[bool] = mapped_column(Boolean, server_default=text("0"))


class FlagRow(Base):
    """What a person said of an answer. One a turn: changing one's mind changes it."""

    __tablename__ = "flag"
    id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[str] = mapped_column(ForeignKey("turn.id"), index=True)
    created: Mapped[str]
    reason: Mapped[str]
    comment: Mapped[str]
    resolved: Mapped[str] = mapped_column(String, server_default=text("''"))
    resolution: Mapped[str] = mapped_column(String, server_default=text("''"))


class VerdictRow(Base):
    """Thumbs up or down: a signal, not a report. One a turn."""

    __tablename__ = "verdict"
    turn: Mapped[str] = mapped_column(ForeignKey("turn.id"), primary_key=True)
    created: Mapped[str]
    liked: Mapped[bool] = mapped_column(Boolean)


class SpendingRow(Base):
    """One request to a chat model: what it was for, its tokens, and what they cost."""

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
