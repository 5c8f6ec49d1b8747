"""What can be asked: the one check of a question's form, for the terminal and the page; and what stops an answer."""

from __future__ import annotations

from collections.abc import Callable

from assistant.errors import InputError

Stopped = Callable[[], bool]

MAX_QUESTION = 4_000  # characters; the embedding model reads about 1,000


def checked(question: str) -> str:
    """The question without white space around it.

    Raises:
        InputError: it is empty or too long.
    """
    asked = question.strip()
    if not asked:
        raise InputError("The question is empty. Ask for example: What does a senior AI PM earn?")
    if len(asked) > MAX_QUESTION:
        raise InputError(f"The question has {len(asked):,} characters; ask in at most {MAX_QUESTION:,}.")
    return asked


def never() -> bool:
    """Nobody stops an answer."""
    return False
