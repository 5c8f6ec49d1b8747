"""Train the cross-encoder: ``python -m evals train --outside DIR``.

In passes that go on from one another, from the MiniLM weights, on our fitting questions, on the questions that the guides' spans
bring with them, and on an outside set with unanswerable questions (squad2's ``train.jsonl``). A group is a question with its
right spans and hard wrong ones; the loss is the softmax cross-entropy over the group and "none of these", whose logit is fixed at
0. Every token of a span has a logit of its own, and a span's logit is their log-sum-exp: where the words that answer are known, a
second loss asks for them, so that a sentence that is about the thing and lacks the detail is told from one that has it. The dev
and test splits are never read.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.crossencoder import WINDOW, reading_text
from assistant.evidence import Candidate
from assistant.ranker import Ranker
from evals.fit import Example
from index.embedding import default_model_folder, export_onnx
from index.lexical import terms
from index.retriever import Passage

SEED = 13
GROUPS, RIGHT, TOGETHER = 8, 1, 4  # groups a step; right spans and spans in all that are drawn from a group
HARD = 3  # wrong spans drawn from the ranker's first four
ROBBED = 0.12  # share of the answerable groups that lose their right spans for a step: the others are no answer even then
FROZEN = 3  # lower layers that stay as they are when training goes on from a cross-encoder: half of the time is theirs
POINTING = 0.4  # weight of the loss that asks for the words that answer
HEAD_RATE, WARM_UP = 1e-3, 60


@dataclass(frozen=True, slots=True)
class Pass:
    """One way through the groups: own questions twice each, and so many drawn from the spans' and from outside questions."""

    asks: int
    outside: int
    rate: float  # of the body's weights


# On 2 cores about 10, 23, 15 and 17 minutes. Each began when further questions had come; what each was given, cross-encoder.json tells.
PASSES = (Pass(200, 700, 4e-5), Pass(3_000, 3_600, 4e-5), Pass(1_200, 1_200, 3e-5), Pass(1_200, 1_500, 2e-5))


@dataclass(frozen=True, slots=True)
class Group:
    """A question with the texts of right and of wrong spans, hardest first."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    facts: tuple[str, ...] = ()  # wordings that answer, as they may stand in a right span


def group_of(example: Example, ranker: Ranker) -> Group | None:
    """The group of an example; None where the right span was not retrieved."""
    contest = example.contest
    if not contest.candidates:
        return None
    order = np.argsort(-ranker.scores(contest.candidates))
    best = example.worth.max(initial=0)
    right = [i for i in order if example.worth[i] > 0 and example.worth[i] >= 0.99 * best]
    if example.case.answerable and not right:
        return None
    wrong = [i for i in order if example.worth[i] == 0]
    told = [reading_text(c, contest.passages) for c in contest.candidates]
    facts = tuple(wording for wordings in example.case.facts for wording in wordings)
    return Group(contest.asked, tuple(told[i] for i in right), tuple(told[i] for i in wrong), facts)


def groups_of_asks(examples: Sequence[Example]) -> list[Group]:
    """A group for each question that a span brings: its own span is right, the most similar others are wrong."""
    pool: dict[tuple[str, int], tuple[Candidate, Sequence[Passage]]] = {}
    for example in examples:
        for candidate in example.contest.candidates:
            pool.setdefault((candidate.span.document, candidate.span.start), (candidate, example.contest.passages))
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


def train(
    own: Sequence[Group], asks: Sequence[Group], outside: Sequence[Group], target: Path, begin: Path | None = None, once: Pass = PASSES[-1]
) -> None:
    """One pass; then export to ONNX and quantise to 8 bits at ``target``.

    Args:
        begin: a cross-encoder of this shape to go on from; None begins with MiniLM's weights.
    """
    import torch

    random.seed(SEED)
    torch.manual_seed(SEED)
    model, tokenizer = new_model()
    if begin:
        take_weights(model, begin)
    with torch.no_grad():
        model.head.bias.fill_(-3.4)  # a span's thirty tokens then add up to about 0
    keep_still([model.body.embeddings, *(model.body.encoder.layer[:FROZEN] if begin else ())])
    drawn = [*own, *own, *random.sample(asks, min(once.asks, len(asks))), *random.sample(outside, min(once.outside, len(outside)))]
    random.shuffle(drawn)
    steps = math.ceil(len(drawn) / GROUPS)
    moving = [parameter for parameter in model.body.parameters() if parameter.requires_grad]
    rates = [{"params": moving, "lr": once.rate}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(rates, weight_decay=0.01)
    descend(model, optimiser, steps, (_loss(model, tokenizer, drawn[step * GROUPS : (step + 1) * GROUPS]) for step in range(steps)))
    quantised(model, target, "logit")


def keep_still(modules: Sequence[Any]) -> None:
    """Leave the weights of some modules as they are."""
    for module in modules:
        for parameter in module.parameters():
            parameter.requires_grad = False


def of_like_length(lengths: Sequence[int], together: int) -> list[list[int]]:
    """The places of some texts, shuffled, in groups of ``together`` at most and of like length: little padding."""
    places = list(range(len(lengths)))
    random.shuffle(places)
    groups = []
    for first in range(0, len(places), together * 8):
        some = sorted(places[first : first + together * 8], key=lengths.__getitem__)
        groups += [some[at : at + together] for at in range(0, len(some), together)]
    random.shuffle(groups)
    return groups


def descend(model: Any, optimiser: Any, steps: int, losses: Iterator[Any]) -> None:
    """Take a step down each loss. The rate rises over the first ``WARM_UP`` steps and falls to 0 with the last.

    Args:
        losses: asked for the next one once the step before is taken.
    """
    import torch

    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min(1.0, (s + 1) / WARM_UP) * max(0.0, 1 - s / steps))
    model.train()
    began = time.monotonic()
    for step, loss in enumerate(losses):
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        plan.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {steps}, loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)


def quantised(model: Any, target: Path, *outputs: str) -> None:
    """Write a trained model over BERT's three inputs as an 8-bit ONNX file."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model.eval()
    full, prepared = target.with_suffix(".full.onnx"), target.with_suffix(".prepared.onnx")
    export_onnx(model, full, *outputs)
    quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(str(prepared), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    full.unlink()
    prepared.unlink()


def take_weights(model: Any, path: Path) -> None:
    """Put the weights of an exported cross-encoder back into the torch module, the 8-bit ones dequantised."""
    import onnx
    import torch
    from onnx.numpy_helper import to_array

    graph = onnx.load(str(path)).graph
    kept = {one.name: to_array(one) for one in graph.initializer}

    def whole(name: str) -> NDArray[np.float32]:
        scale, zero = kept[f"{name}_scale"], kept[f"{name}_zero_point"]
        return np.asarray((kept[f"{name}_quantized"].astype(np.float32) - zero.astype(np.float32)) * scale, dtype=np.float32)

    # an exported matrix product has lost its parameter's name; the order of the products is that of the layers
    products = [node.input[1].removesuffix("_quantized") for node in graph.node if node.op_type == "MatMulInteger"]
    matrices = [name for name, value in model.named_parameters() if value.dim() == 2 and "embeddings" not in name and "pooler" not in name]
    found = {name: whole(product).T for name, product in zip(matrices, products, strict=True)}
    for name, _ in model.named_parameters():
        if name in kept:
            found[name] = kept[name]
        elif f"{name}_quantized" in kept:
            found[name] = whole(name)
    missing, unknown = model.load_state_dict({name: torch.tensor(value) for name, value in found.items()}, strict=False)
    left = [name for name in missing if "pooler" not in name]
    if left or unknown:
        raise ValueError(f"{path.name} is no cross-encoder of this shape: {left or unknown}")


def new_model() -> tuple[Any, Any]:
    """The torch module on MiniLM's weights, and its tokenizer."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = default_model_folder()

    class Reader(torch.nn.Module):
        """MiniLM's body, a logit for each token, and their log-sum-exp over the span."""

        def __init__(self) -> None:
            super().__init__()
            self.body = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)
            self.drop = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(384, 1)

        def tokens(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            """Logits of the span's tokens, of shape ``(batch, tokens)``; all others are far below."""
            states = self.body(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
            logits = self.head(self.drop(states)).squeeze(-1).float()
            return logits - (1 - token_type_ids * attention_mask).to(logits.dtype) * 1e4

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return torch.logsumexp(self.tokens(input_ids, attention_mask, token_type_ids), 1)

    return Reader(), AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _loss(model: Any, tokenizer: Any, groups: Sequence[Group]) -> Any:
    import torch

    pairs: list[tuple[str, str]] = []
    parts: list[tuple[int, int, int, Group]] = []
    for group in groups:
        robbed = bool(group.wrong) and random.random() < ROBBED
        right = [] if robbed else random.sample(group.right, min(RIGHT, len(group.right)))
        hard = random.sample(group.wrong[: HARD + 1], min(HARD, len(group.wrong)))
        rest = random.sample(group.wrong[HARD + 1 :], max(0, min(TOGETHER - HARD - len(right), len(group.wrong) - HARD - 1)))
        parts.append((len(pairs), len(right), len(right) + len(hard) + len(rest), group))
        pairs += [(group.question, text) for text in (*right, *hard, *rest)]
    logits: list[Any] = [None] * len(pairs)
    words: dict[int, Any] = {}  # of a right span: the log-sum-exp of the tokens that answer
    facts = {row: group.facts for first, count, _, group in parts for row in range(first, first + count)}
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]) + len(pairs[row][1]))
    for some in (order[: len(order) // 2], order[len(order) // 2 :]):  # short ones apart: less padding
        encoded = tokenizer(
            [pairs[row][0] for row in some],
            [pairs[row][1] for row in some],
            padding=True,
            truncation="longest_first",
            max_length=WINDOW,
            return_tensors="pt",
        )
        tokens = model.tokens(encoded["input_ids"], encoded["attention_mask"], encoded["token_type_ids"])
        for place, row in enumerate(some):
            logits[row] = torch.logsumexp(tokens[place], 0)
            if places := _places(encoded, place, pairs[row][1], facts.get(row, ())):
                words[row] = torch.logsumexp(tokens[place, places], 0)
    loss = torch.zeros(())
    for first, right_count, count, _ in parts:
        shares = torch.log_softmax(torch.stack([torch.zeros(()), *logits[first : first + count]]), 0)
        loss = loss - (torch.logsumexp(shares[1 : 1 + right_count], 0) if right_count else shares[0])
    pointing = sum((logits[row] - told for row, told in words.items()), torch.zeros(()))
    return loss / len(parts) + POINTING * pointing / max(len(words), 1)


def _places(encoded: Any, row: int, text: str, facts: Sequence[str]) -> list[int]:
    """The tokens of a span that lie in one of the wordings that answer."""
    plain = text.lower()
    found: set[int] = set()
    for fact in facts:
        at = plain.find(fact.lower())
        while at >= 0 and fact:
            inside = (encoded.char_to_token(row, place, sequence_index=1) for place in range(at, at + len(fact)))
            found |= {token for token in inside if token is not None}
            at = plain.find(fact.lower(), at + len(fact))
    return sorted(found)
