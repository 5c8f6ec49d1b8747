"""A model's reply, as it comes -> claims, each as soon as it is whole.

The reply should be one JSON object with a list of claims. Endpoints without structured output also write JSON in a code fence,
an object a line, JSON that breaks off, or sentences with ids in brackets: all of them are read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_CLAIMS = 20
LOOP, LOOPS = 40, 6  # characters that come again so many times in a row of replies: a model that is stuck

_ID = r"[0-9a-f]{4}-\d{1,3}"
_CITED = re.compile(rf"(?P<text>[^\[\]]+?)\s*(?P<ids>(?:\[\s*{_ID}(?:\s*[,;]\s*{_ID})*\s*\]\s*)+)(?P<end>[.!?]?)(?=\s)")
_MARKS = re.compile(_ID)


@dataclass(frozen=True, slots=True)
class RawClaim:
    """What the model says, and what it says to have it from."""

    text: str
    ids: tuple[str, ...]


class ClaimReader:
    """Reads one reply."""

    def __init__(self) -> None:
        self.text = ""
        self.answerable: bool | None = None
        self.malformed = 0  # objects that are no JSON
        self.repeats = False  # the model says the same again and again
        self._from = 0  # all before is read
        self._open: list[int] = []  # where objects begin that have not ended
        self._in_string = self._escaped = False
        self._said: dict[str, int] = {}

    def feed(self, piece: str) -> list[RawClaim]:
        """The claims that are whole with this piece."""
        begin = len(self.text)
        self.text += piece
        found = self._objects(begin) if self._is_json() else self._sentences(self.text)
        tail = self.text[-LOOP:]
        if len(self.text) >= LOOP * LOOPS and self.text[-4 * LOOP * LOOPS :].count(tail) >= LOOPS:
            self.repeats = True
        return self._new(found)

    def end(self) -> list[RawClaim]:
        """The claims that only the end makes whole."""
        return [] if self._is_json() else self._new(self._sentences(f"{self.text}\n"))

    @property
    def readable(self) -> bool:
        """Whether anything of the reply could be read."""
        return bool(self._said) or self.answerable is not None

    def _is_json(self) -> bool:
        opening = self.text.lstrip().removeprefix("```json").removeprefix("```").lstrip()
        return not opening or (opening[0] in "{[" and not re.match(rf"\[\s*{_ID}", opening))

    def _objects(self, begin: int) -> list[RawClaim]:
        found: list[RawClaim] = []
        for place in range(begin, len(self.text)):
            sign = self.text[place]
            if self._in_string:
                self._in_string = self._escaped or sign != '"'
                self._escaped = sign == "\\" and not self._escaped
            elif sign == '"':
                self._in_string = True
            elif sign == "{":
                self._open.append(place)
            elif sign == "}" and self._open:
                found += self._object(self.text[self._open.pop() : place + 1])
        return found

    def _object(self, written: str) -> list[RawClaim]:
        try:
            row: dict[str, Any] = json.loads(written)
        except ValueError:
            self.malformed += 1
            return []
        if isinstance(row.get("answerable"), bool):
            self.answerable = row["answerable"]
        text, ids = row.get("text"), row.get("spans", row.get("citations", []))
        if not isinstance(text, str) or not text.strip():
            return []
        return [RawClaim(text, tuple(str(i).strip("[] ") for i in ids) if isinstance(ids, list) else (str(ids).strip("[] "),))]

    def _sentences(self, text: str) -> list[RawClaim]:
        found: list[RawClaim] = []
        for match in _CITED.finditer(text, self._from):
            self._from = match.end()
            said = match["text"].strip()
            found.append(RawClaim(said if said[-1:] in ".!?" else said + ".", tuple(_MARKS.findall(match["ids"]))))
        return found

    def _new(self, found: list[RawClaim]) -> list[RawClaim]:
        new = []
        for claim in found:
            key = " ".join(claim.text.lower().split())
            self._said[key] = self._said.get(key, 0) + 1
            self.repeats = self.repeats or self._said[key] > 2 or len(self._said) > MAX_CLAIMS
            if self._said[key] == 1:
                new.append(claim)
        return new
