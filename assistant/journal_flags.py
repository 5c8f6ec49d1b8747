"""Flags and verdicts: what people say of answers, what became of it, and how a flag becomes a test."""

from __future__ import annotations

import secrets
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.answer import Answer, Turn
from assistant.errors import InputError
from assistant.journal import Journal, check_turn, now
from assistant.journal_tables import FlagRow, TurnRow, VerdictRow

FlagReason = Literal["wrong number", "wrong source", "out of date", "incomplete", "misunderstood me", "unsafe", "other"]
REASONS: tuple[FlagReason, ...] = get_args(FlagReason)
MAX_COMMENT = 2_000  # characters


class Flag(BaseModel):
    """A user's report that an answer is wrong, with the answer that it is about and all that it was made from."""

    model_config = ConfigDict(frozen=True)

    id: str
    turn: str
    created: str
    reason: str
    comment: str
    resolved: str  # when, empty while open
    resolution: str  # what the person who runs it answered
    history: list[Turn]
    answer: Answer
    passages: list[dict[str, Any]]  # document, chunk (a content hash), start, end, score, sha256 of the text
    versions: dict[str, str]


class Opinion(BaseModel):
    """What one person said of one answer."""

    model_config = ConfigDict(frozen=True)

    liked: bool | None = None
    flag: str = ""  # its id
    reason: str = ""
    comment: str = ""
    resolved: str = ""
    resolution: str = ""


class Flags:
    """Flags in a journal. What a call has returned from is on disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def put(self, turn: str, reason: FlagReason, comment: str | None = None, visitor: str | None = None) -> str:
        """Flag an answer, or change the flag that it has; the flag's id.

        Args:
            comment: None leaves the comment as it is.
            visitor: whose answer it has to be; None for anybody's.

        Raises:
            InputError: no such answer, or no such reason.
        """
        if reason not in REASONS:
            raise InputError(f"No reason {reason!r}. Choose one of: {', '.join(REASONS)}.")
        with self._journal.one_by_one, self._journal.session() as session:  # a touch told twice is one flag
            check_turn(session, turn, visitor)
            row = _flag_of(session, turn)
            if row is None:
                row = FlagRow(id=secrets.token_hex(6), turn=turn, created=now(), reason=reason, comment="", resolved="", resolution="")
                session.add(row)
            elif row.reason != reason or comment is not None:  # what was answered was answered to another report
                row.resolved = row.resolution = ""
            row.reason = reason
            if comment is not None:
                row.comment = comment.strip()[:MAX_COMMENT]
            return row.id

    def like(self, turn: str, liked: bool | None, visitor: str | None = None) -> None:
        """Keep thumbs up or down; None takes it back.

        Raises:
            InputError: no such answer.
        """
        with self._journal.one_by_one, self._journal.session() as session:
            check_turn(session, turn, visitor)
            row = session.get(VerdictRow, turn)
            if row is not None:
                session.delete(row)
                session.flush()
            if liked is not None:
                session.add(VerdictRow(turn=turn, created=now(), liked=liked))

    def withdraw(self, turn: str, visitor: str | None = None) -> bool:
        """Take a flag back; whether there was one.

        Raises:
            InputError: no such answer.
        """
        with self._journal.session() as session:
            check_turn(session, turn, visitor)
            row = _flag_of(session, turn)
            if row is not None:
                session.delete(row)
            return row is not None

    def opinions(self, turns: list[str]) -> dict[str, Opinion]:
        """What was said of these answers, by answer; an answer of which nothing was said is not in it."""
        with self._journal.session() as session:
            liked = {v.turn: v.liked for v in session.scalars(select(VerdictRow).where(VerdictRow.turn.in_(turns)))}
            flags = {f.turn: f for f in session.scalars(select(FlagRow).where(FlagRow.turn.in_(turns)).order_by(FlagRow.created))}
            return {turn: Opinion(liked=liked.get(turn), **_told(flags.get(turn))) for turn in turns if turn in liked or turn in flags}

    def every(self) -> list[Flag]:
        """Every flag with its answer, newest first."""
        with self._journal.session() as session:
            rows = session.execute(
                select(FlagRow, TurnRow).join(TurnRow, TurnRow.id == FlagRow.turn).order_by(FlagRow.created.desc())
            ).all()
            return [_flag(flag, turn) for flag, turn in rows]

    def tally(self) -> str:
        """How many flags and verdicts there are, in one line."""
        with self._journal.session() as session:
            still_open = session.scalar(select(func.count()).select_from(FlagRow).where(FlagRow.resolved == ""))
            flags = session.scalar(select(func.count()).select_from(FlagRow))
            up = session.scalar(select(func.count()).select_from(VerdictRow).where(VerdictRow.liked.is_(True)))
            down = session.scalar(select(func.count()).select_from(VerdictRow).where(VerdictRow.liked.is_(False)))
        return f"{flags} flags, {still_open} open; {up} thumbs up, {down} thumbs down."

    def one(self, flag: str) -> Flag:
        """One flag.

        Raises:
            InputError: no such flag.
        """
        with self._journal.session() as session:
            row, turn = _row(session, flag)
            return _flag(row, turn)

    def resolve(self, flag: str, resolution: str) -> Flag:
        """Answer a flag: the person who made it sees the answer.

        Raises:
            InputError: no such flag.
        """
        with self._journal.session() as session:
            row, turn = _row(session, flag)
            row.resolved, row.resolution = now(), resolution.strip()[:MAX_COMMENT]
            return _flag(row, turn)


def candidate_question(flag: Flag) -> dict[str, Any]:
    """A candidate question for ``evals/questions``: what was asked, in the form of the sets there, for a human to complete.

    ``answerable`` is null and ``expected`` empty until somebody has looked the right answer up.
    """
    cited = list(dict.fromkeys(c.document for c in flag.answer.citations))
    return {
        "id": f"flag-{flag.id}",
        "kind": "followup" if flag.history else "answerable",
        "turns": [*(turn.question for turn in flag.history), flag.answer.question],
        "answerable": None,
        "expected": [],
        "documents": cited,
        "subject": f"{cited[0]}/flag" if cited else "flag",
        "note": f"flagged as {flag.reason}{f': {flag.comment}' if flag.comment else ''}; answered: {flag.answer.answer[:300]}",
    }


def _flag_of(session: Session, turn: str) -> FlagRow | None:
    return session.scalars(select(FlagRow).where(FlagRow.turn == turn).order_by(FlagRow.created.desc())).first()


def _row(session: Session, flag: str) -> tuple[FlagRow, TurnRow]:
    row = session.get(FlagRow, flag)
    turn = session.get(TurnRow, row.turn) if row else None
    if row is None or turn is None:
        raise InputError(f"No flag {flag!r}. Run: assistant flags")
    return row, turn


def _told(flag: FlagRow | None) -> dict[str, str]:
    if flag is None:
        return {}
    return {"flag": flag.id, "reason": flag.reason, "comment": flag.comment, "resolved": flag.resolved, "resolution": flag.resolution}


def _flag(flag: FlagRow, turn: TurnRow) -> Flag:
    return Flag(
        id=flag.id,
        turn=flag.turn,
        created=flag.created,
        reason=flag.reason,
        comment=flag.comment,
        resolved=flag.resolved,
        resolution=flag.resolution,
        history=[Turn.model_validate(t) for t in turn.history],
        answer=Answer.model_validate(turn.answer),
        passages=list(turn.passages),
        versions=dict(turn.versions),
    )
