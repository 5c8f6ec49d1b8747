"""What a model replied, kept and replayed: an eval that was paid once can be run again at no cost.

A request is known by its text, with the random mark that its data stand between taken out, and its model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from assistant.endpoint import Endpoint, Piece, Request, Tokens
from assistant.failures import Failure, ModelError
from evals.cases import json_lines

_MARK = re.compile(r"<<([0-9a-f]{24})>>")


class KeptReplies:
    """An endpoint that keeps each whole reply of another one in a file, or without another one replays what the file holds."""

    def __init__(self, file: Path, endpoint: Endpoint | None) -> None:
        self._file = file
        self._endpoint = endpoint
        self._kept = {row["request"]: row for row in json_lines(file)} if file.is_file() else {}
        self.missing = 0  # requests that were to be replayed and are not in the file

    def stream(self, request: Request) -> Iterator[Piece]:
        """As ``Endpoint.stream``."""
        if self._endpoint is None:
            yield self._replayed(request)
            return
        text, finish, tokens = "", "", None
        for piece in self._endpoint.stream(request):
            text, finish, tokens = text + piece.text, piece.finish or finish, piece.tokens or tokens
            yield piece
        self._keep(request, Piece(text, finish, tokens))

    def complete(self, request: Request) -> Piece:
        """As ``Endpoint.complete``."""
        if self._endpoint is None:
            return self._replayed(request)
        piece = self._endpoint.complete(request)
        self._keep(request, piece)
        return piece

    def _replayed(self, request: Request) -> Piece:
        row = self._kept.get(_key(request))
        if row is None:
            self.missing += 1
            raise ModelError(Failure.REFUSED)
        mark = _mark(request)
        text = row["text"].replace("{MARK}", mark).replace("{ID}-", f"{mark[:4]}-")
        return Piece(text, row["finish"], Tokens(*row["tokens"]) if row["tokens"] else None)

    def _keep(self, request: Request, piece: Piece) -> None:
        tokens = [piece.tokens.read, piece.tokens.written] if piece.tokens else None
        row = {"request": _key(request), "text": _unmarked(piece.text, _mark(request)), "finish": piece.finish, "tokens": tokens}
        self._kept[row["request"]] = row
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _key(request: Request) -> str:
    return sha256(f"{request.model}\n{_unmarked(request.text, _mark(request))}".encode()).hexdigest()


def _mark(request: Request) -> str:
    found = _MARK.search(request.text)
    return found[1] if found else ""


def _unmarked(text: str, mark: str) -> str:
    return text.replace(mark, "{MARK}").replace(f"{mark[:4]}-", "{ID}-") if mark else text
