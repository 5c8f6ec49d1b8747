"""Passages -> claims, by a chat model: prompts from files, retries with a limit, the reply read as it comes, every token counted."""

from __future__ import annotations

import json
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.prompts import ChatPromptTemplate

from assistant.answer import Turn
from assistant.claims import ClaimReader, RawClaim
from assistant.endpoint import Endpoint, Piece, Request
from assistant.failures import RETRIED, Failure, ModelError
from assistant.metering import Meter
from assistant.offer import Offered, told

log = logging.getLogger(__name__)

BASE, CAP = 0.5, 20.0  # seconds: the first wait, and the longest that a person is made to wait
MAX_TURN = 600  # characters of an earlier message that the standalone question is made from
TURNS = 3

_CLAIM = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "spans": {"type": "array", "items": {"type": "string"}}},
    "required": ["text", "spans"],
    "additionalProperties": False,
}
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answerable": {"type": "boolean"}, "claims": {"type": "array", "items": _CLAIM}},
    "required": ["answerable", "claims"],
    "additionalProperties": False,
}
QUESTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}
ANSWER_SHAPE = '{"answerable": true, "claims": [{"text": "One sentence.", "spans": ["an id", "another id"]}]}'
QUESTION_SHAPE = '{"question": "the question, standing alone"}'


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is sent again, and how time passes: passed in, so that tests need not wait."""

    retries: int
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def wait(self, attempt: int, error: ModelError) -> bool:
        """Wait before attempt number ``attempt`` (from 1); False where it is not worth it.

        Full jitter over a doubling time (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/); what the
        server asks for is kept to, unless it is longer than a person should wait.
        """
        if error.failure not in RETRIED or attempt > self.retries or (error.wait or 0) > CAP:
            return False
        self.sleep(min(CAP, max(error.wait or 0.0, BASE * 2 ** (attempt - 1) * self.jitter())))
        return True


class Writer:
    """Asks an endpoint for claims, for better ones, and for standalone questions."""

    def __init__(self, endpoint: Endpoint, patience: Patience, words: int, mark: Callable[[], str] = lambda: secrets.token_hex(12)) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._words = words
        self.mark = mark
        self._refused: dict[str, frozenset[str]] = {}  # by model, options that its endpoint has refused

    def write(
        self, model: str, question: str, offered: Sequence[Offered], mark: str, meter: Meter, reader: Callable[[], ClaimReader]
    ) -> Iterator[RawClaim]:
        """Claims as they become whole.

        A request that fails before its first claim is sent again; one that fails later is not: what was said would be said twice.

        Args:
            reader: called for each attempt; the last one made tells what else the reply held.

        Raises:
            ModelError: nothing came, or no more.
        """
        messages = _answer_messages(question, offered, mark, self._words)
        attempt = 0
        while True:
            request = Request(model, messages, ANSWER_SCHEMA, self._refused.get(model, frozenset()))
            read, said = reader(), 0
            try:
                for claim in self._read(request, read, meter):
                    said += 1
                    yield claim
                return
            except ModelError as error:
                log.warning("model request failed: %s", error.failure.value)
                if said:
                    raise
                if self._without_option(request, error):
                    continue
                if error.failure is Failure.TOO_LONG and len(offered) > 2:
                    offered = offered[: len(offered) // 2]
                    messages = _answer_messages(question, offered, mark, self._words)
                    continue
                attempt += 1
                if not self._patience.wait(attempt, error):
                    raise

    def repair(self, model: str, conversation: tuple[tuple[str, str], ...], complaints: str, mark: str, meter: Meter) -> list[RawClaim]:
        """The claims that a model makes of its unsupported ones; none where it fails: they are then dropped."""
        messages = (*conversation, *_messages((("human", "repair"),), mark=mark, complaints=complaints, shape=ANSWER_SHAPE))
        reader = ClaimReader()
        try:
            text = self._complete(model, messages, ANSWER_SCHEMA, "repair", meter)
        except ModelError as error:
            log.warning("model request failed: %s", error.failure.value)
            return []
        return [*reader.feed(text), *reader.end()]

    def standalone(self, model: str, question: str, history: Sequence[Turn], meter: Meter) -> str:
        """The question made to stand alone, as the model understands it; "" where it says nothing usable.

        Raises:
            ModelError: the request failed, and its repetitions too.
        """
        mark = self.mark()
        turns = "\n".join(f"User: {turn.question[:MAX_TURN]}\nAssistant: {turn.answer[:MAX_TURN]}" for turn in history[-TURNS:])
        parts = (("system", "standalone"), ("human", "conversation"))
        messages = _messages(parts, mark=mark, shape=QUESTION_SHAPE, turns=turns, question=question)
        text = self._complete(model, messages, QUESTION_SCHEMA, "standalone", meter)
        try:
            row = json.loads(text.strip().removeprefix("```json").removeprefix("```").removesuffix("```"))
        except ValueError:
            return text.strip() if "\n" not in text.strip() and "{" not in text else ""
        return str(row.get("question", "")) if isinstance(row, dict) else ""

    def conversation(self, question: str, offered: Sequence[Offered], mark: str, wrote: str) -> tuple[tuple[str, str], ...]:
        """What a complaint is added to: the request as it was, and the model's reply."""
        return (*_answer_messages(question, offered, mark, self._words), ("ai", wrote))

    def _read(self, request: Request, reader: ClaimReader, meter: Meter) -> Iterator[RawClaim]:
        last: Piece | None = None
        finish = ""
        pieces = self._endpoint.stream(request)
        try:
            for piece in pieces:
                meter.go_on()
                last = piece if piece.tokens else last
                finish = piece.finish or finish
                yield from reader.feed(piece.text)
                if reader.repeats:
                    raise ModelError(Failure.REPEATS)
            yield from reader.end()
        finally:
            pieces.close()  # type: ignore[attr-defined]  # a person who leaves ends the request
            if reader.text or last:
                meter.add(request, "answer", reader.text, last)
        if not reader.text.strip():
            raise ModelError(Failure.EMPTY)
        if not finish:
            raise ModelError(Failure.CUT)
        if not reader.readable:
            raise ModelError(Failure.MALFORMED)

    def _complete(self, model: str, messages: tuple[tuple[str, str], ...], schema: dict[str, Any], purpose: str, meter: Meter) -> str:
        attempt = 0
        while True:
            meter.go_on()
            request = Request(model, messages, schema, self._refused.get(model, frozenset()))
            try:
                piece = self._endpoint.complete(request)
                meter.add(request, purpose, piece.text, piece)
                if piece.text.strip():
                    return piece.text
                raise ModelError(Failure.EMPTY)
            except ModelError as error:
                if self._without_option(request, error):
                    continue
                attempt += 1
                if not self._patience.wait(attempt, error):
                    raise

    def _without_option(self, request: Request, error: ModelError) -> bool:
        """Whether to send a request again at once, without an option that its endpoint does not know."""
        if error.option:
            self._refused[request.model] = request.without | {error.option}
        return bool(error.option)


def _answer_messages(question: str, offered: Sequence[Offered], mark: str, words: int) -> tuple[tuple[str, str], ...]:
    parts = (("system", "answer"), ("human", "question"))
    return _messages(parts, mark=mark, words=str(words), shape=ANSWER_SHAPE, question=question, spans=told(offered))


def _messages(parts: tuple[tuple[str, str], ...], **values: str) -> tuple[tuple[str, str], ...]:
    """Messages as (role, text) from (role, prompt file); what a value holds is never read as a part of the prompt."""
    found = _prompt(parts).format_messages(**values)
    return tuple((message.type, str(message.content)) for message in found)


@cache
def _prompt(parts: tuple[tuple[str, str], ...]) -> ChatPromptTemplate:
    folder = files("assistant") / "prompts"
    return ChatPromptTemplate.from_messages([(role, (folder / f"{name}.txt").read_text(encoding="utf-8").strip()) for role, name in parts])
