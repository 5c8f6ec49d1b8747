"""Train the cross-encoder: ``python -m evals train --outside DIR``.

From the MiniLM weights, on our fitting questions, on the questions that the guides' spans bring with them, and on an
outside set with unanswerable questions (squad2's ``train.jsonl``). A group is a question with its right spans and hard
wrong ones; the loss is the softmax cross-entropy over the group and "none of these", whose logit is fixed at 0. The dev and test
splits are never read.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.crossencoder import WINDOW, reading_text
from assistant.evidence import Candidate
from assistant.ranker import Ranker
from evals.fit import Example
from index.embedding import default_model_folder, export_onnx
from index.lexical import terms
from index.retriever import Passage

SEED = 13
EPOCHS = 2
GROUPS, RIGHT, TOGETHER = 8, 2, 5  # groups a step; right spans and spans in all that are drawn from a group
HARD = 3  # wrong spans drawn from the ranker's first four
ASKS, OUTSIDE = 2_200, 2_600  # groups drawn an epoch; own questions go in twice each
BODY_RATE, HEAD_RATE, WARM_UP = 6e-5, 1e-3, 60


@dataclass(frozen=True, slots=True)
class Group:
    """A question with the texts of right and of wrong spans, hardest first."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def group_of(example: Example, ranker: Ranker) -> Group | None:
    """The group of an example; None where the right span was not retrieved."""
    if not example.candidates:
        return None
    order = np.argsort(-ranker.scores(example.candidates))
    best = example.worth.max(initial=0)
    right = [i for i in order if example.worth[i] > 0 and example.worth[i] >= 0.99 * best]
    if example.case.answerable and not right:
        return None
    wrong = [i for i in order if example.worth[i] == 0]
    told = [reading_text(c, example.passages) for c in example.candidates]
    return Group(example.asked, tuple(told[i] for i in right), tuple(told[i] for i in wrong))


def groups_of_asks(examples: Sequence[Example]) -> list[Group]:
    """A group for each question that a span brings: its own span is right, the most similar others are wrong."""
    pool: dict[tuple[str, int], tuple[Candidate, Sequence[Passage]]] = {}
    for example in examples:
        for candidate in example.candidates:
            pool.setdefault((candidate.span.document, candidate.span.start), (candidate, example.passages))
    told = {key: reading_text(*value) for key, value in pool.items()}
    stems = {key: set(terms(candidate.span.text)) for key, (candidate, _) in pool.items()}
    found = []
    for key, (candidate, _) in pool.items():
        span = candidate.span
        own = stems[key] | set(terms(" ".join(span.asks)))
        others = [k for k, (c, _) in pool.items() if k != key and span.text != c.span.lead and c.span.text != span.lead]
        near = sorted(others, key=lambda k: -len(own & stems[k]) / (5 + len(stems[k])))[:14]
        found += [Group(ask, (told[key],), tuple(told[k] for k in near)) for ask in span.asks]
    return found


def train(own: Sequence[Group], asks: Sequence[Group], outside: Sequence[Group], target: Path) -> None:
    """Train, export to ONNX and quantise to 8 bits at ``target``."""
    import torch

    random.seed(SEED)
    torch.manual_seed(SEED)
    model, tokenizer = _model()
    an_epoch = 2 * len(own) + min(ASKS, len(asks)) + min(OUTSIDE, len(outside))
    steps = math.ceil(an_epoch / GROUPS) * EPOCHS
    rates = [{"params": model.body.parameters(), "lr": BODY_RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(rates, weight_decay=0.01)
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min(1.0, (s + 1) / WARM_UP) * max(0.0, 1 - s / steps))
    model.train()
    begin, done = time.monotonic(), 0
    for _ in range(EPOCHS):
        drawn = [*own, *own, *random.sample(asks, min(ASKS, len(asks))), *random.sample(outside, min(OUTSIDE, len(outside)))]
        random.shuffle(drawn)
        for first in range(0, len(drawn), GROUPS):
            loss = _loss(model, tokenizer, drawn[first : first + GROUPS])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            plan.step()
            done += 1
            if done % 100 == 0:
                print(f"step {done} of {steps}, loss {loss.item():.3f}, {time.monotonic() - begin:.0f} s", flush=True)
    export(model, target)


def export(model: Any, target: Path) -> None:
    """Write a trained model as an 8-bit ONNX file."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model.eval()
    full, prepared = target.with_suffix(".full.onnx"), target.with_suffix(".prepared.onnx")
    export_onnx(model, full, "logit")
    quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(str(prepared), str(target), weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
    prepared.unlink()


def _model() -> tuple[Any, Any]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = default_model_folder()

    class Reader(torch.nn.Module):
        """MiniLM's body, mean over the tokens, one logit."""

        def __init__(self) -> None:
            super().__init__()
            self.body = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)
            self.drop = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(384, 1)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            states = self.body(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            return self.head(self.drop((states * mask).sum(1) / mask.sum(1))).squeeze(-1)

    return Reader(), AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _loss(model: Any, tokenizer: Any, groups: Sequence[Group]) -> Any:
    import torch

    pairs: list[tuple[str, str]] = []
    parts: list[tuple[int, int, int]] = []
    for group in groups:
        right = random.sample(group.right, min(RIGHT, len(group.right)))
        hard = random.sample(group.wrong[: HARD + 1], min(HARD, len(group.wrong)))
        rest = random.sample(group.wrong[HARD + 1 :], max(0, min(TOGETHER - HARD - len(right), len(group.wrong) - HARD - 1)))
        parts.append((len(pairs), len(right), len(right) + len(hard) + len(rest)))
        pairs += [(group.question, text) for text in (*right, *hard, *rest)]
    encoded = tokenizer(
        [q for q, _ in pairs], [t for _, t in pairs], padding=True, truncation="longest_first", max_length=WINDOW, return_tensors="pt"
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(encoded["input_ids"], encoded["attention_mask"], encoded["token_type_ids"])
    loss = torch.zeros(())
    for first, right_count, count in parts:
        shares = torch.log_softmax(torch.cat([torch.zeros(1), logits.float()[first : first + count]]), 0)
        loss = loss - (torch.logsumexp(shares[1 : 1 + right_count], 0) if right_count else shares[0])
    return loss / len(parts)
