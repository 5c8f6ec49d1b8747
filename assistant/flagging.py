"""The ``assistant flags`` commands: list, resolve, to-question."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import InputError
from assistant.library import DataOption, with_data
from assistant.terminal import say_on_stderr

if TYPE_CHECKING:
    from assistant.journal_flags import Flag, Flags

flags_app = typer.Typer(add_completion=False, rich_markup_mode=None, help="What people flagged: list, resolve, make a test of it.")


@flags_app.callback(invoke_without_command=True)
def flags(
    context: typer.Context,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with the whole answer.")] = False,
) -> None:
    """List the answers that people flagged, newest first."""
    context.obj = data
    if context.invoked_subcommand is None:
        kept = _flags(data)
        for flag in kept.every():
            sys.stdout.write(f"{flag.model_dump_json() if as_json else _line(flag)}\n")
        say_on_stderr(kept.tally())


@flags_app.command()
def resolve(
    context: typer.Context,
    flag: Annotated[str, typer.Argument(help="A flag's id, as assistant flags gives it.")],
    answer: Annotated[list[str], typer.Argument(help="What to tell the person who flagged: what was wrong, what became of it.")],
    data: DataOption = None,
) -> None:
    """Answer a flag: the person who made it sees the answer under it."""
    text = " ".join(answer).strip()
    if not text:
        raise InputError('The answer is empty. Say what became of it: assistant flags resolve ID "The figure is corrected."')
    done = _flags(data or context.obj).resolve(flag, text)
    say_on_stderr(f"Resolved {done.id}. The person who flagged “{done.answer.question}” sees it on the page.")


@flags_app.command("to-question")
def to_question(
    context: typer.Context,
    flag: Annotated[str, typer.Argument(help="A flag's id, as assistant flags gives it.")],
    data: DataOption = None,
) -> None:
    """Print a candidate question for evals/questions out of a flag, for a human to complete."""
    from assistant.journal_flags import candidate_question

    sys.stdout.write(f"{json.dumps(candidate_question(_flags(data or context.obj).one(flag)), ensure_ascii=False)}\n")
    say_on_stderr('To complete: "answerable", "expected" (each fact in its wordings), "documents"; take out what is personal.')


def _flags(data: Path | None) -> Flags:
    from assistant.journal import Journal
    from assistant.journal_flags import Flags

    return Flags(Journal(with_data(data).journal))


def _line(flag: Flag) -> str:
    from assistant.terminal import plain

    became = f"resolved {flag.resolved[:10]}: {flag.resolution}" if flag.resolved else "open"
    told = " ".join(f"{flag.reason}: {flag.answer.question}  {flag.comment}".split())
    return plain(f"{flag.created[:16]}  {flag.id}  {told}  ({became})")
