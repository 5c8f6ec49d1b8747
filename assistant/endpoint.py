"""One request to a chat model through langchain-openai, and whatever goes wrong with it as one of our own failures.

The libraries take a second to import, so they are imported with the first request.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.failures import Failure, ModelError
from assistant.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

MAX_OUTPUT = 3_000  # tokens of one reply: an answer takes 200, some models think first, and one that runs on has to end
NO_KEY = "none"  # servers on one's own machine want no key, and the client wants one
_TOO_LONG = re.compile(r"context|too (?:long|large|many tokens)|maximum.{0,20}(?:length|tokens)", re.IGNORECASE)
# Options that not every endpoint knows, by what it says of them; what is refused without a word on why is tried without a schema.
_UNKNOWN = (
    ("temperature", re.compile(r"temperature")),
    ("max_tokens", re.compile(r"max_tokens")),
    ("stream_options", re.compile(r"stream_options|include_usage")),
    ("response_format", re.compile("")),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: messages as (role, text), and the JSON schema of the reply where the endpoint keeps to one."""

    model: str
    messages: tuple[tuple[str, str], ...]
    schema: dict[str, Any] | None = None
    without: frozenset[str] = frozenset()  # options that the endpoint has refused

    @property
    def text(self) -> str:
        """All that is sent as one text: for estimating its tokens."""
        return "\n".join(text for _, text in self.messages)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one request, by the endpoint's own count."""

    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reply: some text; with the last ones the reason why it ended and the tokens, where they are told."""

    text: str = ""
    finish: str = ""
    tokens: Tokens | None = None


class Endpoint(Protocol):
    """What can be asked: a server, or a record of what one said."""

    def stream(self, request: Request) -> Iterator[Piece]:
        """The reply as it is written. Closing the iterator ends the request.

        Raises:
            ModelError: it came to nothing, or to half of something.
        """
        ...

    def complete(self, request: Request) -> Piece:
        """The whole reply at once.

        Raises:
            ModelError: as for ``stream``.
        """
        ...


class OpenAIEndpoint:
    """Any OpenAI-compatible server, by ``langchain_openai.ChatOpenAI``."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._clients: dict[str, ChatOpenAI] = {}

    def stream(self, request: Request) -> Iterator[Piece]:
        """As ``Endpoint.stream``; a request may take the settings' time as a whole, however steadily it drips."""
        ends, begun = self._clock() + self._settings.model_timeout, False
        usage = "stream_options" not in request.without
        try:
            with _failures(request):
                pieces = self._client(request.model).stream(list(request.messages), stream_usage=usage, **_options(request))
                try:
                    for message in pieces:
                        yield _piece(message)
                        begun = True
                        if self._clock() > ends:
                            raise ModelError(Failure.TIMEOUT)
                finally:
                    pieces.close()  # type: ignore[attr-defined]  # a generator; closing it closes the connection
        except ModelError as error:
            raise ModelError(Failure.CUT) if begun and error.failure is Failure.CONNECTION else error from None

    def complete(self, request: Request) -> Piece:
        """As ``Endpoint.complete``."""
        with _failures(request):
            return _piece(self._client(request.model).invoke(list(request.messages), **_options(request)))

    def _client(self, model: str) -> ChatOpenAI:
        if model not in self._clients:
            from langchain_openai import ChatOpenAI
            from pydantic import SecretStr

            self._clients[model] = ChatOpenAI(
                model=model,
                base_url=self._settings.model_url,
                api_key=self._settings.openai_api_key or SecretStr(NO_KEY),
                timeout=self._settings.model_timeout,
                max_retries=0,  # ours are counted, capped and told
                use_responses_api=False,
            )
        return self._clients[model]


def _options(request: Request) -> dict[str, Any]:
    """What LangChain would do with a ``response_format`` of its own is wait for the whole reply, and raise on what it cannot parse."""
    body: dict[str, Any] = {} if "temperature" in request.without else {"temperature": 0}
    body["max_completion_tokens" if "max_tokens" in request.without else "max_tokens"] = MAX_OUTPUT
    if request.schema and "response_format" not in request.without:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": request.schema}}
    return {"extra_body": body}


def _piece(message: AIMessage) -> Piece:
    told = message.usage_metadata
    tokens = Tokens(told["input_tokens"], told["output_tokens"]) if told else None
    return Piece(str(message.text), str(message.response_metadata.get("finish_reason") or ""), tokens)


@contextmanager
def _failures(request: Request) -> Iterator[None]:
    """Turn what the client raises into ``ModelError``; nothing of its text is kept."""
    import httpx2
    import openai

    try:
        yield
    except openai.APITimeoutError:
        raise ModelError(Failure.TIMEOUT) from None
    except httpx2.TimeoutException:
        raise ModelError(Failure.TIMEOUT) from None
    except openai.APIStatusError as error:
        raise _of_status(error, request) from None
    except openai.APIConnectionError:
        raise ModelError(Failure.CONNECTION) from None
    except (httpx2.RequestError, httpx2.StreamError):  # the connection broke while the reply was read, or what came was not to be decoded
        raise ModelError(Failure.CUT) from None
    except openai.APIError:  # an error told in the middle of a stream
        raise ModelError(Failure.SERVER) from None
    except (ValueError, KeyError, TypeError, AttributeError, openai.OpenAIError):  # JSON that is none, or not of a reply's shape
        raise ModelError(Failure.MALFORMED) from None


_STATUS = {401: Failure.KEY, 403: Failure.KEY, 404: Failure.NO_MODEL, 408: Failure.TIMEOUT, 504: Failure.TIMEOUT, 413: Failure.TOO_LONG}


def _of_status(error: Any, request: Request) -> ModelError:
    status, said = error.status_code, str(error)
    if status in _STATUS:
        return ModelError(_STATUS[status])
    if status in (409, 429) or status >= 500:
        return ModelError(Failure.SERVER if status >= 500 else Failure.BUSY, _wait(error.response.headers.get("retry-after")))
    if _TOO_LONG.search(said):
        return ModelError(Failure.TOO_LONG)
    unknown = (name for name, named in _UNKNOWN if name not in request.without and named.search(said))
    return ModelError(Failure.REFUSED, option=next(unknown, ""))


def _wait(header: str | None) -> float | None:
    """Seconds of a Retry-After header; a date in it is not read: the clocks of two machines differ."""
    return float(header) if header and re.fullmatch(r"\d+(?:\.\d+)?", header.strip()) else None
