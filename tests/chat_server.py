"""A scripted OpenAI-compatible server: real HTTP on loopback, streaming and not, with usage or none, and every way to fail.

A script is a function from a request to a ``Reply``; ``tests.chat_scripts`` holds some. The server records every request.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OPENING = re.compile(r"^<<([0-9a-f]+)>>$", re.MULTILINE)
SPAN = re.compile(r"^\[([0-9a-f]{4}-\d+)\] (.*)$", re.MULTILINE)
PIECE = 12  # characters of a streamed piece


@dataclass(frozen=True)
class Ask:
    """One request, as a script sees it."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return "\n".join(m["content"] for m in self.body["messages"])

    @property
    def spans(self) -> list[tuple[str, str]]:
        """What was offered, as (id, text), best first."""
        return SPAN.findall(self.text)

    @property
    def question(self) -> str:
        found = re.search(r"^(?:Question|Last question): (.*)$", self.text, re.MULTILINE)
        return found[1] if found else ""

    @property
    def mark(self) -> str:
        found = OPENING.search(self.text)
        return found[1] if found else ""

    @property
    def purpose(self) -> str:
        if "Last question: " in self.text:
            return "standalone"
        return "repair" if "Some of what you wrote" in self.text else "answer"


@dataclass(frozen=True)
class Reply:
    """What the server does: says a text, or fails."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None  # sent as it is, in place of a completion
    usage: bool = True
    cut_after: int | None = None  # characters of the text after which the connection is cut
    reset: bool = False  # the connection is reset before any answer
    finish: str | None = "stop"
    stall: threading.Event | None = None  # waits for it, with the text half said


Script = Callable[[Ask], Reply]


def claims(*rows: tuple[str, list[str]], answerable: bool = True) -> str:
    return json.dumps({"answerable": answerable, "claims": [{"text": text, "spans": ids} for text, ids in rows]})


def error(status: int, message: str = "no", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body=json.dumps({"error": {"message": message, "type": "x", "code": None}}))


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is what some scripts are for."""


class ChatServer:
    """Serves a script until closed."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Ask] = []
        self.broken_off = threading.Event()  # a client went away in the middle of a reply
        server = self

        class Handler(_Handler):
            owner = server

        self._http = _Http(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def close(self) -> None:
        if self._thread.is_alive():
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: ChatServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:  # the name that http.server looks for
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ask = Ask(body, {name.lower(): value for name, value in self.headers.items()})
        self.owner.asked.append(ask)
        reply = self.owner.script(ask)
        try:
            self._answer(ask, reply)
        except OSError:
            self.owner.broken_off.set()
            self.close_connection = True

    def _answer(self, ask: Ask, reply: Reply) -> None:
        if reply.reset:
            self._reset()
        elif reply.body is not None:
            self._send(reply.status, reply.body.encode(), {"content-type": "application/json", **reply.headers})
        elif ask.body.get("stream"):
            self._stream(ask, reply)
        elif reply.cut_after is not None:
            self._reset()
        else:
            message = {"role": "assistant", "content": reply.text}
            row = {**_head(ask, "chat.completion"), "choices": [{"index": 0, "message": message, "finish_reason": reply.finish or "stop"}]}
            self._send(
                200, json.dumps(row | ({"usage": _usage(ask, reply)} if reply.usage else {})).encode(), {"content-type": "application/json"}
            )

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, ask: Ask, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for place in range(0, max(len(reply.text), 1), PIECE):
            if reply.cut_after is not None and place >= reply.cut_after:
                self._reset()
                return
            if reply.stall and place > len(reply.text) // 2:
                self._stalled(ask, reply.stall)
            self._event(
                ask, [{"index": 0, "delta": {"role": "assistant", "content": reply.text[place : place + PIECE]}, "finish_reason": None}]
            )
        if reply.finish:
            self._event(ask, [{"index": 0, "delta": {}, "finish_reason": reply.finish}])
        if reply.usage and (ask.body.get("stream_options") or {}).get("include_usage"):
            self._event(ask, [], usage=_usage(ask, reply))
        if reply.finish:
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")  # the end of a chunked body

    def _stalled(self, ask: Ask, until: threading.Event) -> None:
        """Send empty pieces until told to go on, or until nobody listens."""
        while not until.wait(0.01):
            self._event(ask, [{"index": 0, "delta": {"content": ""}, "finish_reason": None}])

    def _event(self, ask: Ask, choices: list[dict[str, Any]], **more: Any) -> None:
        row = {**_head(ask, "chat.completion.chunk"), "choices": choices, **more}
        self._chunk(f"data: {json.dumps(row)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        self.rfile.close()


def _head(ask: Ask, kind: str) -> dict[str, Any]:
    return {"id": "reply-1", "object": kind, "created": 1, "model": ask.body["model"]}


def _usage(ask: Ask, reply: Reply) -> dict[str, int]:
    read, written = len(ask.text) // 5 + 7, len(reply.text) // 5 + 1  # not what an estimate would give
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
