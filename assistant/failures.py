"""How a chat model can fail a question, and the one plain line that each is told in.

A line never holds what a server or a library said: that may hold a key, an address or a stack trace.
"""

from __future__ import annotations

from enum import StrEnum

QUOTED = "so this answer is quoted from the sources instead."
CHECKED = "only its checked sentences are shown"


class Failure(StrEnum):
    """Why the model's answer is not shown, or not all of it."""

    TIMEOUT = "timeout"
    KEY = "key"
    NO_MODEL = "no such model"
    BUSY = "busy"
    SERVER = "server error"
    CONNECTION = "connection"
    CUT = "cut"
    MALFORMED = "malformed"
    EMPTY = "empty"
    TOO_LONG = "too long"
    REPEATS = "repeats"
    REFUSED = "refused"
    UNPROVEN = "unproven"
    NOTHING_FOUND = "nothing found"
    DAY_SPENT = "day spent"
    CONVERSATION_SPENT = "conversation spent"
    LEDGER = "ledger"


_WHY = {
    Failure.TIMEOUT: "The model did not answer in time",
    Failure.KEY: "The model's server did not accept the key (check OPENAI_API_KEY)",
    Failure.NO_MODEL: "The model's server does not have this model (check ASSISTANT_MODEL)",
    Failure.BUSY: "The model's server is busy and asked to wait",
    Failure.SERVER: "The model's server failed",
    Failure.CONNECTION: "The model's server could not be reached, or hung up",
    Failure.CUT: "The model's answer broke off",
    Failure.MALFORMED: "The model's answer could not be read",
    Failure.EMPTY: "The model gave no answer",
    Failure.TOO_LONG: "The question with its passages is too long for the model",
    Failure.REPEATS: "The model repeated itself",
    Failure.REFUSED: "The model's server refused the request",
    Failure.UNPROVEN: "Too little of what the model wrote is borne by the sources",
    Failure.NOTHING_FOUND: "The model did not find the answer in the passages",
    Failure.DAY_SPENT: "Today's budget for the model is spent",
    Failure.CONVERSATION_SPENT: "This conversation's budget for the model is spent",
    Failure.LEDGER: "What the model costs cannot be kept in the journal",
}
RETRIED = frozenset({Failure.TIMEOUT, Failure.BUSY, Failure.SERVER, Failure.CONNECTION, Failure.CUT, Failure.MALFORMED, Failure.EMPTY})


def line(failure: Failure, shown: bool = False, followed: bool = False) -> str:
    """The plain line for a failure.

    Args:
        shown: whether some of the model's sentences are in the answer.
        followed: whether quotes from the sources follow on them.

    Example:
        >>> line(Failure.TIMEOUT)
        'The model did not answer in time, so this answer is quoted from the sources instead.'
    """
    if not shown:
        return f"{_WHY[failure]}, {QUOTED}"
    return f"{_WHY[failure]}; {CHECKED}{', and then quotes from the sources' if followed else ''}."


class ModelError(Exception):
    """A request to the model that came to nothing. Its text is the kind of failure alone."""

    def __init__(self, failure: Failure, wait: float | None = None, option: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.wait = wait  # seconds that the server asked to wait
        self.option = option  # of the request, that the endpoint does not know: to be left out
