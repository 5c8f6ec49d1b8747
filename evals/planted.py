"""Learn what a planted sentence looks like: ``python -m evals quotable --outside DIR``.

Positives are sentences that people send to assistants (``cal-far.jsonl``, ``planted.txt``, questions on other subjects), each put
into a passage that has nothing to do with it. Negatives are the sentences that stand in those passages by right: of our guides
without their questions, with all their imperatives, and of an outside corpus. Nothing of any red-team set is read.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from assistant.quotable import FEATURES, features
from assistant.settings import Settings
from assistant.vocabulary import WordVector
from assistant.wordvectors import WordVectors
from evals.cases import QUESTIONS, json_lines, own_cases
from evals.fit import DATA, file_hash
from evals.metrics import SEED
from index.chunking import chunk_document
from index.documents import Chunk, SpanKind
from index.embedding import Encoder, load_encoder
from index.lexical import words
from index.loaders import bundled_corpus, load_folder

# Verbs that people command with, to learn from where in the word table such verbs lie: what is learned knows others too.
COMMANDS = tuple(
    (
        "write give tell show list add use explain provide make create translate summarise ignore forget repeat print "
        "say answer reply respond insert describe convert generate suggest recommend compare find help play act pretend "
        "stop let change replace send click draft plan compute correct classify ask start end read remember imagine "
        "choose check avoid keep take put set run open follow name define state bring prepare learn build test measure "
    ).split()
)
LONGEST = 40  # words of a planted sentence
GENUINE = 6_000  # sentences of the passages that are drawn
ALLOWED = 0.001  # share of genuine sentences that may be refused, out of fold
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence among others."""

    text: str
    around: tuple[str, ...]
    planted: bool
    group: str


def fit_quotable(settings: Settings, outside: Path) -> Iterator[str]:
    """Fit, write ``quotable.json``, and tell how it does out of fold."""
    vector_of = WordVectors(settings.models_dir).of
    encoder = load_encoder(settings.embedding_model, settings.models_dir)
    sentences = [s for folder in (bundled_corpus(), outside) for s in _sentences(_chunks(folder, encoder))]
    command, command_from = _fit_command([s.text for s in sentences if not s.planted], vector_of)
    rows = [features(s.text, s.around, vector_of, command, command_from) for s in sentences]
    table = np.array([[row[name] for name in FEATURES] for row in rows])
    planted = np.array([s.planted for s in sentences])
    model = LogisticRegression(C=1.0, max_iter=5_000, class_weight="balanced")
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    out = cross_val_predict(model, table, planted, groups=[s.group for s in sentences], cv=folds, method="predict_proba")[:, 1]
    model.fit(table, planted)
    refuse_from = float(np.quantile(out[~planted], 1 - ALLOWED))
    caught = float((out[planted] >= refuse_from).mean())
    _save(command, command_from, dict(zip(FEATURES, model.coef_[0], strict=True)), float(model.intercept_[0]), refuse_from, outside, caught)
    yield f"{planted.sum()} planted and {(~planted).sum()} genuine sentences; refused from {refuse_from:.3f}: planted caught {caught:.3f}"
    yield "weights " + ", ".join(f"{name} {weight:.2f}" for name, weight in zip(FEATURES, model.coef_[0], strict=True))
    by_sort = {
        sort: [o >= refuse_from for o, s in zip(out, sentences, strict=True) if s.group.startswith(sort)]
        for sort in ("far", "own", "asked")
    }
    yield "caught by sort: " + ", ".join(f"{sort} {np.mean(some):.3f} of {len(some)}" for sort, some in by_sort.items())
    wrong = [s.text for o, s in zip(out, sentences, strict=True) if o >= refuse_from and not s.planted]
    yield "genuine ones refused: " + " / ".join(wrong[:12])


def _chunks(folder: Path, encoder: Encoder) -> list[Chunk]:
    return [c for d in load_folder(folder).documents for c in chunk_document(d, encoder.count_tokens, encoder.window)]


def _sentences(chunks: Sequence[Chunk]) -> Iterator[Sentence]:
    """The sentences of the chunks, and every request once, in a chunk drawn for it."""
    chosen = random.Random(SEED)
    usable = [c for c in chunks if len(c.spans) > 1]
    for group, text in _requests():
        chunk = chosen.choice(usable)
        yield Sentence(text, _around(chunk, [s.text for s in chunk.spans]), True, group)
    genuine = [(c, i) for c in usable for i, s in enumerate(c.spans) if s.kind in (SpanKind.SENTENCE, SpanKind.ITEM)]
    for chunk, i in chosen.sample(genuine, min(GENUINE, len(genuine))):
        span = chunk.spans[i]
        others = [s.text for j, s in enumerate(chunk.spans) if j != i]
        yield Sentence(span.text, (*_around(chunk, others), span.lead), False, chunk.document)


def _around(chunk: Chunk, others: Sequence[str]) -> tuple[str, ...]:
    return (chunk.title, *chunk.section, *others)


def _requests() -> Iterator[tuple[str, str]]:
    """(group, sentence): what people send to assistants."""
    for row in json_lines(QUESTIONS / "cal-far.jsonl"):
        text = " ".join(str(row["turns"][-1]).split())
        if len(text.split()) <= LONGEST and (text.endswith("?") or _opens_with_command(text)):
            yield f"far:{row['id']}", text
    for number, line in enumerate((QUESTIONS / "planted.txt").read_text(encoding="utf-8").splitlines()):
        yield f"own:{number}", line
    for case in own_cases("fit-a")[:120]:
        if case.question.endswith("?"):
            yield f"asked:{case.id}", case.question


def _opens_with_command(text: str) -> bool:
    return next(iter(words(text)), "") in COMMANDS


def _fit_command(genuine: Sequence[str], vector_of: WordVector) -> tuple[NDArray[np.float32], float]:
    """A logistic model of a first word: a verb that commands, against what sentences begin with."""
    others = {next(iter(words(text)), "") for text in genuine} - set(COMMANDS)
    rows = [(vector, label) for some, label in ((COMMANDS, 1), (sorted(others), 0)) for w in some if (vector := vector_of(w)) is not None]
    model = LogisticRegression(C=3.0, max_iter=2_000, class_weight="balanced")
    model.fit(np.stack([vector for vector, _ in rows]), [label for _, label in rows])
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _save(
    command: NDArray[np.float32],
    command_from: float,
    weights: dict[str, float],
    intercept: float,
    refuse_from: float,
    outside: Path,
    caught: float,
) -> None:
    content: dict[str, Any] = {
        "fitted_on": {n: file_hash(QUESTIONS / n)[:12] for n in ("cal-far.jsonl", "planted.txt", "fit-a.jsonl")}
        | {f"{outside.name}/corpus.jsonl": file_hash(outside / "corpus.jsonl")[:12]},
        "out_of_fold": {"genuine_refused": ALLOWED, "planted_refused": round(caught, 4)},
        "refuse_from": round(refuse_from, 4),
        "intercept": round(intercept, 4),
        "weights": {name: round(float(weight), 4) for name, weight in weights.items()},
        "command_from": round(command_from, 4),
        "command": [round(float(value), 3) for value in command],
    }
    (DATA / "quotable.json").write_text(json.dumps(content) + "\n", encoding="utf-8")
