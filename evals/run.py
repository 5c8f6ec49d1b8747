"""Ask every case through the chain that users ask, and keep what came of it: ``python -m evals run``."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from ir_measures import iter_calc, parse_measure

from assistant.answer import Answer, Turn
from assistant.building import build_corpus
from assistant.chain import Assistant, State
from assistant.confidence_generated import generated_features
from assistant.conversing import as_turn
from assistant.endpoint import Endpoint, OpenAIEndpoint
from assistant.opening import House, open_house
from assistant.settings import Settings
from evals.cases import Case, holds, normal
from evals.metrics import RETRIEVAL, SEED, Figure, Row, by_guide, by_kind
from evals.replies import KeptReplies
from index.embedding import load_encoder

RUNS = Path(__file__).parent / "runs"
LIBRARIES = ("chromadb", "langchain-core", "onnxruntime", "bm25s", "numpy", "sentencex")


def open_on(settings: Settings, corpus: Path | None, endpoint: Endpoint | None = None) -> House:
    """The assistant on the bundled guides, or on an outside folder with an index of its own."""
    if corpus is None:
        return open_house(settings, endpoint=endpoint)
    place = sha256(str(corpus.resolve()).encode()).hexdigest()[:12]
    chosen = settings.model_copy(update={"data_dir": settings.data_dir / "evals" / place})
    encoder = load_encoder(chosen.embedding_model, chosen.models_dir)
    build_corpus(corpus, chosen.data_dir, encoder)
    return open_house(chosen, endpoint=endpoint)


def kept_replies(settings: Settings, file: Path, replay: Path | None) -> KeptReplies:
    """The settings' model, its replies kept in ``file``; or, without a server, the replies that ``replay`` holds."""
    if replay:
        return KeptReplies(replay, None)
    file.unlink(missing_ok=True)
    return KeptReplies(file, OpenAIEndpoint(settings))


def ask_all(house: House, cases: Sequence[Case], generated: Path | None = None) -> list[Row]:
    """Ask every case, each with its own history replayed through the same chain.

    Args:
        generated: where the answers that a model wrote go, judged, for fitting their confidence.
    """
    rows: list[Row] = []
    judged: list[str] = []
    for case in cases:
        row, state = _ask(house, case)
        rows.append(row)
        if state.prose and state.prose.claims and state.judgement:
            judged.append(_judged(case, row, generated_features(state.judgement.likely, state.prose.survival)))
    if generated:
        generated.write_text("".join(judged), encoding="utf-8")
    return _with_retrieval(rows, cases)


def record(
    data: str, rows: Sequence[Row], figures: Sequence[Figure], settings: Settings, index: str, cases: Sequence[Case]
) -> dict[str, Any]:
    """Everything that is needed to run this again and to compare it."""
    return {
        "data": data,
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain")),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "settings": {name: str(value) for name, value in settings if name in ("embedding_model", "passages", "answer_words", "model")},
        "index": index,
        "cases_sha256": sha256(json.dumps([asdict(c) | {"history": len(c.history)} for c in cases]).encode()).hexdigest(),
        "seed": SEED,
        "figures": [asdict(f) for f in figures],
        "by_kind": {kind: [asdict(f) for f in told] for kind, told in by_kind(rows).items()},
        "by_guide": {guide: [asdict(f) for f in told] for guide, told in by_guide(rows).items()},
        "unscored": sum(r.answerable and r.facts_found is None for r in rows),
        "rows": [asdict(r) for r in rows],
    }


def replayed(assistant: Assistant, turns: Sequence[Turn]) -> list[Turn]:
    """The turns before a question, as the chain would have answered them where no answer is on record."""
    history: list[Turn] = []
    for turn in turns:
        if turn.answer:
            history.append(turn)
            continue
        history.append(as_turn(assistant.ask(turn.question, history)))
    return history


def _ask(house: House, case: Case) -> tuple[Row, State]:
    history = replayed(house.assistant, case.history)
    begin = time.perf_counter()
    state = house.assistant.examine(case.question, history)
    took = (time.perf_counter() - begin) * 1000
    answer, draft = state.answer, state.draft
    assert draft and state.judgement and state.retrieved and answer
    drafted = " ".join(claim.text for claim in draft.claims)
    told = " ".join(claim.text for claim in answer.claims)
    quoted = " ".join(f"{c.context} {c.quote}" for c in answer.citations)
    first = [candidate.span.text for candidate in draft.first]
    right = {c.number: c.document in case.documents for c in answer.citations} if case.documents else {}
    right_there = [right[citation.number] for citation in answer.bearing] if right else []
    row = Row(
        id=case.id,
        conversation=case.conversation,
        kind=case.kind,
        question=case.question,
        standalone=answer.standalone_question,
        answer=answer.answer,
        answerable=case.answerable,
        abstained=answer.abstained,
        facts_found=_share(told, case.facts),
        first_right=any(holds(text, fact) for text in first[:1] for fact in case.facts) if case.facts else None,
        three_right=any(holds(text, fact) for text in first for fact in case.facts) if case.facts else None,
        token_f1=max(token_f1(first[0], wording) for fact in case.facts for wording in fact) if case.facts and first else None,
        citation_precision=sum(right.values()) / len(right) if right else None,
        citation_recall=_share(quoted, case.facts),
        exact_quotes=_exact(house, answer),
        supported=float(np.mean([c.support == "supported" for c in answer.claims])) if answer.claims else None,
        words=len(told.split()),
        likely=answer.confidence.probability if state.prose and answer.confidence.probability is not None else state.judgement.likely,
        level=answer.confidence.level,
        best_right=case.answerable and bool(case.facts) and all(holds(drafted, f) for f in case.facts),
        milliseconds=took,
        ranked=tuple(dict.fromkeys(p.chunk.document for p in state.retrieved.passages)),
        guide=case.guide,
        facts_answering=_share(" ".join(claim.text for claim in answer.answering), case.facts),
        citation_precision_answering=sum(right_there) / len(right_there) if right_there else None,
    )
    return row, state


def _judged(case: Case, row: Row, features: dict[str, float]) -> str:
    """One judged generated answer as a line of JSON: what ``evals.fit_generated`` reads."""
    told = {"id": case.id, "conversation": case.conversation, "features": features}
    return json.dumps(told | {"right": case.answerable and row.facts_found == 1, "answerable": case.answerable}) + "\n"


def _share(text: str, facts: Sequence[tuple[str, ...]]) -> float | None:
    return sum(holds(text, fact) for fact in facts) / len(facts) if facts else None


def token_f1(text: str, wording: str) -> float:
    """Overlap of two texts' words, as in SQuAD's own scorer but with articles kept."""
    a, b = Counter(normal(text).split()), Counter(normal(wording).split())
    same = sum((a & b).values())
    return 2 * same / (sum(a.values()) + sum(b.values())) if same else 0.0


def _exact(house: House, answer: Answer) -> bool:
    for citation in answer.citations:
        document = house.live.document(citation.document)
        if document is None or document.text[citation.start : citation.end] != citation.quote:
            return False
    return True


def _with_retrieval(rows: Sequence[Row], cases: Sequence[Case]) -> list[Row]:
    """Rows with the measures of ir-measures where a case names its documents."""
    judged = {c.id: dict.fromkeys(c.documents, 1) for c in cases if c.documents}
    run = {r.id: {name: 1 / place for place, name in enumerate(r.ranked, 1)} for r in rows if r.id in judged}
    measured: dict[str, dict[str, float]] = {}
    for metric in iter_calc([parse_measure(name) for name in RETRIEVAL], judged, run):
        measured.setdefault(metric.query_id, {})[str(metric.measure)] = metric.value
    return [replace(r, retrieval=measured[r.id]) if r.id in measured else r for r in rows]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return done.stdout.strip()
