"""One person's conversation: a question is asked with the turns before it, answered, and kept before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from assistant.answer import Answer, Partial, Turn
from assistant.asking import Stopped, checked, never
from assistant.journal import Journal

if TYPE_CHECKING:
    from assistant.opening import House
    from index.generations import Manifest
    from index.retriever import Passage

LIBRARIES = ("chromadb", "langchain-core", "onnxruntime", "bm25s")


@dataclass(frozen=True, slots=True)
class Conversing:
    """Asks the assistant on behalf of browsers and keeps what came of it."""

    house: Callable[[], House]
    journal: Journal

    def ask(self, conversation: str, visitor: str, question: str, stopped: Stopped = never) -> Iterator[Partial | Answer]:
        """Ask in a conversation: the checked sentences so far where a model writes, then the answer, which is in the journal already.

        Args:
            conversation: of this visitor; another's is answered as a conversation without a past, and is not written to.

        Raises:
            InputError: the question is empty or too long.
            StoppedError: ``stopped`` became true while a model wrote; nothing was written.
            AssistantError, IndexingError: it could not be answered; nothing was written.
        """
        asked = checked(question)
        house = self.house()
        history = [as_turn(answer) for answer in self.journal.turns(conversation, visitor)]
        for told in house.assistant.follow(asked, history, conversation, stopped):
            if isinstance(told, Partial):
                yield told
                continue
            assert told.answer and told.retrieved
            manifest = house.live.reader().manifest
            self.journal.record(conversation, history, told.answer, passages_of(told.retrieved.passages), versions_of(manifest))
            yield told.answer


def as_turn(answer: Answer) -> Turn:
    """An answer as what comes before the next question."""
    return Turn(question=answer.question, answer=answer.answer, standalone_question=answer.standalone_question)


def passages_of(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """What is kept of the passages that an answer was composed from: enough to find them again, and to see that they changed."""
    return [
        {
            "document": p.chunk.document,
            "chunk": p.identity,
            "start": p.chunk.start,
            "end": p.chunk.end,
            "score": round(p.score, 6),
            "sha256": sha256(p.chunk.text.encode()).hexdigest(),
        }
        for p in passages
    ]


def versions_of(manifest: Manifest) -> dict[str, str]:
    """What answered: program, libraries, model, index."""
    return _programs() | {
        "embedding_model": manifest.model,
        "embedding_model_sha256": manifest.model_sha256,
        "chunker": manifest.chunker_version,
        "index": manifest.fingerprint,
    }


@cache
def _programs() -> dict[str, str]:
    return {"assistant": version("ai-pm-assistant")} | {name: version(name) for name in LIBRARIES}
