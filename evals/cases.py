"""Questions with what a right answer holds: our own sets, and outside folders in the same shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from assistant.answer import Turn
from assistant.errors import InputError

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
    return cases_of(QUESTIONS / f"{name}.jsonl")


def cases_of(path: Path) -> list[Case]:
    """The cases of a file of our own form.

    Raises:
        InputError: a candidate that ``assistant flags to-question`` wrote and nobody has completed.
    """
    rows = json_lines(path)
    for row in rows:
        if not isinstance(row.get("answerable"), bool):
            raise InputError(f'{path.name}: {row.get("id")}: "answerable" is open. Look the answer up and complete the question.')
        if row["answerable"] and not row["expected"]:
            raise InputError(f'{path.name}: {row.get("id")}: answerable, but "expected" is empty. Add each fact in its wordings.')
    return [_own(row) for row in rows]


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class History(StrEnum):
    """What is done with the turns before a question."""

    OURS = "ours"  # replayed through the chain
    LAST = "last"  # forgotten: only the last turn is asked
    GLUED = "glued"  # the user turn before is put in front of the question


def outside_cases(path: Path, history: History = History.OURS) -> list[Case]:
    """The cases of an outside ``queries.jsonl``: any one of ``answers`` is right.

    Fields as in ``shared/bench``, or BEIR's own layout: ``_id`` and ``text``, with judgements in ``qrels/*.tsv`` beside it.
    """
    judged = _qrels(path.parent / "qrels")
    cases = [_beir(row, judged) if "question" not in row else _outside(row) for row in json_lines(path)]
    if judged:
        cases = [case for case in cases if case.documents]  # BEIR's queries.jsonl holds those of every split
    return [_with_history(case, history) for case in cases]


def _qrels(folder: Path) -> dict[str, list[str]]:
    """Query -> documents judged relevant, from the first of test, dev and train that is there."""
    file = next((folder / f"{split}.tsv" for split in ("test", "dev", "train") if (folder / f"{split}.tsv").is_file()), None)
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines()[1:] if file else ():
        query, document, score = line.split("\t")
        if float(score) > 0:
            found.setdefault(query, []).append(document)
    return found


def _beir(row: dict[str, object], judged: dict[str, list[str]]) -> Case:
    name = str(row.get("_id", row.get("id")))
    return Case(name, name, (), str(row["text"]), True, (), tuple(judged.get(name, ())), "")


def _with_history(case: Case, history: History) -> Case:
    if history is History.OURS or not case.history:
        return case
    question = f"{case.history[-1].question} {case.question}" if history is History.GLUED else case.question
    return replace(case, history=(), question=question)


def holds(text: str, wordings: tuple[str, ...]) -> bool:
    """Whether a text holds a fact in one of its wordings, letter case and white space aside.

    A wording that is a part of a table's row (``GPT-4o | $2.50``) is held where each of its cells is: an answer tells rows in words.
    """
    plain = normal(text)
    return any(all(cell.strip() in plain for cell in normal(wording).split("|")) for wording in wordings)


def normal(text: str) -> str:
    """Lower case, single spaces, plain hyphens and quotes."""
    table = str.maketrans({"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"'})
    return " ".join(text.translate(table).lower().split())


def _own(row: dict[str, object]) -> Case:
    turns = [str(t) for t in row["turns"]]  # type: ignore[attr-defined]
    return Case(
        id=str(row["id"]),
        conversation=str(row.get("conversation", row["id"])),
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
