"""Questions with what a right answer holds: our own sets, and outside folders in the same shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from assistant.answer import Turn

QUESTIONS = Path(__file__).parent / "questions"


@dataclass(frozen=True, slots=True)
class Case:
    """One question to ask, with its conversation and what a right answer holds."""

    id: str
    conversation: str
    history: tuple[Turn, ...]
    question: str
    answerable: bool
    facts: tuple[tuple[str, ...], ...]  # every fact is needed; of its wordings any one will do
    documents: tuple[str, ...]  # where the answer stands
    kind: str
    guide: str = ""  # the guide that a question of our own is about ("far": none comes near); an outside set's domain


def own_cases(name: str) -> list[Case]:
    """The cases of ``evals/questions/<name>.jsonl``."""
    return [_own(json.loads(line)) for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def outside_cases(path: Path) -> list[Case]:
    """The cases of an outside ``queries.jsonl`` (fields as in ``shared/bench``): any one of ``answers`` is right."""
    return [_outside(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def holds(text: str, wordings: tuple[str, ...]) -> bool:
    """Whether a text holds a fact in one of its wordings, letter case and white space aside."""
    plain = normal(text)
    return any(normal(wording) in plain for wording in wordings)


def normal(text: str) -> str:
    """Lower case, single spaces, plain hyphens and quotes."""
    table = str.maketrans({"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"'})
    return " ".join(text.translate(table).lower().split())


def _own(row: dict[str, object]) -> Case:
    turns = [str(t) for t in row["turns"]]  # type: ignore[attr-defined]
    return Case(
        id=str(row["id"]),
        conversation=str(row["id"]),
        history=tuple(Turn(question=t) for t in turns[:-1]),
        question=turns[-1],
        answerable=bool(row["answerable"]),
        facts=tuple(tuple(wordings) for wordings in row["expected"]),  # type: ignore[attr-defined]
        documents=tuple(row["documents"]),  # type: ignore[arg-type]
        kind=str(row["kind"]),
        guide=_guide(row),
    )


def _guide(row: dict[str, object]) -> str:
    """Newer sets name it in the subject ("ai-evaluation/bleu"), older ones only in the documents of answerable questions."""
    subject, documents = str(row.get("subject", "")), row["documents"]
    return subject.partition("/")[0] if "/" in subject else str(documents[0]) if documents else ""  # type: ignore[index]


def _outside(row: dict[str, object]) -> Case:
    history: list[Turn] = []
    for message in row.get("history") or ():  # type: ignore[attr-defined]
        if message["role"] == "user":
            history.append(Turn(question=message["content"]))
        elif history:
            history[-1] = history[-1].model_copy(update={"answer": message["content"]})
    answers = tuple(str(a) for a in row.get("answers") or ())  # type: ignore[attr-defined]
    return Case(
        id=str(row["id"]),
        conversation=str(row.get("conversation_id", row["id"])),
        history=tuple(history),
        question=str(row["question"]),
        answerable=bool(row["answerable"]),
        facts=(answers,) if answers else (),
        documents=tuple(str(d) for d in row.get("relevant_ids") or ()),  # type: ignore[attr-defined]
        kind=str(row.get("label", "")),
        guide=str(row.get("domain", "")),
    )
