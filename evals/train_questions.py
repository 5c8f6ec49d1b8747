"""Learn the space in which questions are compared with questions: ``python -m evals train-questions``.

One matrix over the embedding model's vectors, learned on the questions that the guides bring. Each of them, left out of the others,
should find those that the same span answers (a softmax over all known questions, as in supervised contrastive learning, Khosla et al.
2020, https://arxiv.org/abs/2004.11362); each that nothing answers should find such others sooner than any that a span answers, most of
all sooner than those of the span that it came near to. The question sets are never read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.fit import file_hash
from evals.train import descend
from index.documents import Document
from index.embedding import Encoder, Vectors
from index.retriever import SHARP

SEED = 0
DIMENSION = 384
STEPS, RATE = 800, 1e-3
ANSWERED, MISSED = 128, 64  # questions a step
STALE = 10  # steps after which all known questions are projected anew

OUT = -1e4  # score of what is left out


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions that documents bring, as the embedding model sees them."""

    answered: Vectors
    missed: Vectors
    of_span: Sequence[int]  # which span answers each of the former


def questions(documents: Sequence[Document], encoder: Encoder) -> Questions:
    """All questions that some documents bring."""
    asked = [asked for document in documents for asked in document.asked]
    answered = [(number, question) for number, a in enumerate(asked) for question in a.questions]
    missed = [miss for a in asked for miss in a.misses]
    return Questions(encoder.encode([text for _, text in answered]), encoder.encode(missed), [number for number, _ in answered])


def train(known: Questions) -> Vectors:
    """The projection: float16 of shape ``(DIMENSION, the model's dimension)``."""
    import torch

    torch.manual_seed(SEED)
    answered, missed, of_span = torch.tensor(known.answered), torch.tensor(known.missed), torch.tensor(known.of_span)
    space = torch.nn.Linear(answered.shape[1], DIMENSION, bias=False)
    torch.nn.init.eye_(space.weight)
    optimiser = torch.optim.Adam(space.parameters(), lr=RATE)
    descend(space, optimiser, STEPS, _losses(space, answered, missed, of_span))
    return np.asarray(space.weight.detach().numpy(), dtype=np.float16)


def _losses(space: Any, answered: Any, missed: Any, of_span: Any) -> Iterator[Any]:
    import torch

    def of(vectors: Any) -> Any:
        return torch.nn.functional.normalize(space(vectors), dim=-1)

    for step in range(STEPS):
        if step % STALE == 0:
            with torch.no_grad():
                all_answered, all_missed = of(answered), of(missed)
        some, others = torch.randint(len(answered), (ANSWERED,)), torch.randint(len(missed), (MISSED,))
        asked, unanswered = of(answered[some]), of(missed[others])
        to_answered, to_missed = _scores(asked, all_answered, some), asked @ all_missed.T / SHARP
        wrong_span = of_span[some][:, None] != of_span[None, :]
        found = _share(to_answered.masked_fill(wrong_span, OUT), to_answered, to_missed)
        to_answered, to_missed = unanswered @ all_answered.T / SHARP, _scores(unanswered, all_missed, others)
        yield -found - _share(to_missed, to_answered, to_missed)


def _scores(vectors: Any, known: Any, themselves: Any) -> Any:
    """How near some known questions come to all of their kind, themselves left out."""
    scores = vectors @ known.T / SHARP
    return scores.scatter(1, themselves[:, None], OUT)


def _share(right: Any, *all_of_them: Any) -> Any:
    """The mean log of the softmax share that is right."""
    import torch

    return (torch.logsumexp(right, 1) - torch.logsumexp(torch.cat(all_of_them, 1), 1)).mean()


def record(paths: Sequence[Path], known: Questions, target: Path) -> str:
    """What is kept beside the projection: what it is and what it was learned on, as JSON."""
    kept = {
        "sha256": file_hash(target),
        "learned_on": {path.name: file_hash(path)[:12] for path in paths},
        "questions": {"answered": len(known.answered), "missed": len(known.missed)},
        "steps": STEPS,
        "rate": RATE,
        "temperature": SHARP,
    }
    return json.dumps(kept, indent=1) + "\n"
