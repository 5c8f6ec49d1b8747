"""Train the encoder that reads conversations: ``python -m evals train-conversation``.

It starts from the MiniLM weights and learns from written conversations (``evals/conversations/``), in which every message stands beside
its meaning in full. Three losses: its vector comes near the one that MiniLM gives to the full wording (distillation, ConvDR); nearer
than to the wordings of other messages; and, where a message has an answer in our guides, it comes nearer to that span and the
questions that it brings than to other spans and theirs. Then it learns which words it takes over (``train_carrying.py``). The question
sets are never read.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answer import Turn
from assistant.conversationencoder import WINDOW, conversation_text
from assistant.opening import open_house
from assistant.settings import Settings
from evals.cases import json_lines
from evals.fit import file_hash
from evals.train import descend, keep_still, of_like_length, quantised
from evals.train_carrying import PASSES as CARRYING_PASSES
from evals.train_carrying import RATE as CARRYING_RATE
from evals.train_carrying import lessons, train_carrying
from index.embedding import Encoder, default_model_folder

CONVERSATIONS = Path(__file__).parent / "conversations"
SEED = 1
TOGETHER = 16  # messages a step
PASSES, RATE = 3, 4e-5
DISTILLING, TELLING_APART, FINDING = 4.0, 0.4, 0.5  # weights of the three losses, in the order above
SAME = 0.95  # cosine of two wordings that mean the same: neither is the other's wrong one
SHARP, SHARPER = 0.05, 0.03  # temperatures of the softmax over wordings and spans, and of a span's own questions
FORGETTING = 0.08  # share of the messages that are read without what was told before
FROZEN = 1  # lower layers that stay as they are, with the table of word pieces
FAR, NEAR = 8, 5  # wrong spans that are drawn from everywhere, and from the passage of the right one


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation, with what it means."""

    typed: str
    whole: str
    history: tuple[Turn, ...]
    answers: tuple[str, ...]  # texts of the spans that answer it, the best first


def messages(paths: Sequence[Path]) -> Iterator[Message]:
    """The messages of some files of conversations that have others before them."""
    for path in paths:
        for conversation in json_lines(path):
            history: list[Turn] = []
            for turn in conversation["turns"]:
                if history:
                    yield Message(turn["typed"], turn["whole"], tuple(history), tuple(turn.get("answers", ())))
                history.append(Turn(question=turn["typed"], answer=turn["told"]))


class Known:
    """The vectors of the guides' spans and of the questions that they bring."""

    def __init__(self, settings: Settings) -> None:
        import torch

        reader = open_house(settings).live.reader()
        chunks = [record.chunk for record in reader.catalog.chunks(range(reader.manifest.chunks))]
        self._spans = torch.tensor(np.array(reader.span_vectors))
        self._asks = torch.tensor(np.array(reader.ask_vectors))
        self._rows = np.array(reader.ask_rows)
        self._passage = [place for place, chunk in enumerate(chunks) for _ in chunk.spans]
        self._of = {span.text: row for row, span in reversed(list(enumerate(span for chunk in chunks for span in chunk.spans)))}

    def rows(self, texts: Sequence[str]) -> list[int]:
        """The rows of the spans with these texts, as far as there are any."""
        return [self._of[text] for text in texts if text in self._of]

    def wrong(self, right: Sequence[int]) -> list[int]:
        """Some spans that do not answer what ``right`` ones do: of the best one's passage, and from everywhere."""
        beside = [row for row, passage in enumerate(self._passage) if passage == self._passage[right[0]]]
        drawn = {*random.sample(beside, min(NEAR, len(beside))), *random.sample(range(len(self._passage)), FAR)}
        return sorted(drawn - set(right))

    def loss(self, vector: Any, right: Sequence[int]) -> Any:
        """How far a message is from the spans that answer it, against others."""
        import torch

        scores = torch.stack([self._score(vector, row) for row in (*right, *self.wrong(right))]) / SHARP
        return torch.logsumexp(scores, 0) - torch.logsumexp(scores[: len(right)], 0)

    def _score(self, vector: Any, row: int) -> Any:
        import torch

        own = torch.cat([self._spans[row : row + 1], self._asks[self._rows[row] : self._rows[row + 1]]])
        return torch.logsumexp(own @ vector / SHARPER, 0) * SHARPER


def train(found: Sequence[Message], known: Known, encoder: Encoder, target: Path) -> None:
    """All passes of both; then export to ONNX and quantise to 8 bits at ``target``.

    Args:
        encoder: MiniLM as it embeds texts.
    """
    import torch

    random.seed(SEED)
    torch.manual_seed(SEED)
    model, teacher, tokenizer = new_encoder(), new_encoder().eval(), new_tokenizer()
    keep_still([model.body.embeddings, *model.body.encoder.layer[:FROZEN]])
    with torch.no_grad():
        wholes = [message.whole for message in found]
        parts = [wholes[first : first + 32] for first in range(0, len(wholes), 32)]
        meanings = torch.cat([teacher(**_encoded(tokenizer, part)) for part in parts])
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(moving, lr=RATE, weight_decay=0.01)
    steps = PASSES * math.ceil(len(found) / TOGETHER)
    lengths = [len(message.typed) + len(conversation_text(message.history)) for message in found]
    groups = (group for _ in range(PASSES) for group in of_like_length(lengths, TOGETHER))
    descend(model, optimiser, steps, (_loss(model, tokenizer, [found[p] for p in places], meanings[places], known) for places in groups))
    carrying = train_carrying(model.body, list(lessons(found, encoder)))
    quantised(_both(model, carrying), target, "vector", "carried")


def _both(model: Any, carrying: Any) -> Any:
    """The torch module that gives the vector and the logits of the pieces."""
    import torch

    class Both(torch.nn.Module):
        """One body under both."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.carrying = model, carrying

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            states = self.encoder.body(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids, output_hidden_states=True
            ).hidden_states
            return self.encoder.pooled(states[-1], attention_mask), self.carrying(states[-2], attention_mask)

    return Both()


def new_tokenizer() -> Any:
    """MiniLM's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)


def new_encoder() -> Any:
    """The torch module on MiniLM's weights: the mean of its states, of unit length."""
    import torch
    from transformers import AutoModel

    class Encoder(torch.nn.Module):
        """MiniLM's body, pooled."""

        def __init__(self) -> None:
            super().__init__()
            self.body = AutoModel.from_pretrained(default_model_folder(), attn_implementation="eager", local_files_only=True)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            states = self.body(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
            return self.pooled(states, attention_mask)

        @staticmethod
        def pooled(states: Any, attention_mask: Any) -> Any:
            """The mean of the states that are read, of unit length."""
            kept = attention_mask.unsqueeze(-1).to(states.dtype)
            return torch.nn.functional.normalize((states * kept).sum(1) / kept.sum(1), dim=-1)

    return Encoder()


def _encoded(tokenizer: Any, texts: Sequence[str], beside: Sequence[str] | None = None) -> Any:
    return tokenizer(
        list(texts),
        list(beside) if beside else None,
        padding=True,
        truncation="longest_first",
        max_length=WINDOW,
        return_tensors="pt",
    )


def _loss(model: Any, tokenizer: Any, found: Sequence[Message], meanings: Any, known: Known) -> Any:
    import torch

    texts = [conversation_text(_forgotten(m.history) if random.random() < FORGETTING else m.history) for m in found]
    vectors = model(**_encoded(tokenizer, [m.typed for m in found], texts))
    alike = (meanings @ meanings.T > SAME) & ~torch.eye(len(found), dtype=torch.bool)
    likeness = (vectors @ meanings.T / SHARP).masked_fill(alike, -1e4)
    loss = DISTILLING * (1 - (vectors * meanings).sum(-1)).mean()
    loss = loss + TELLING_APART * torch.nn.functional.cross_entropy(likeness, torch.arange(len(found)))
    finding = [known.loss(vector, rows) for vector, m in zip(vectors, found, strict=True) if (rows := known.rows(m.answers))]
    return loss + FINDING * torch.stack(finding).mean() if finding else loss


def _forgotten(history: Sequence[Turn]) -> list[Turn]:
    return [turn.model_copy(update={"answer": ""}) for turn in history]


def record(paths: Sequence[Path], count: int, digest: str) -> str:
    """What is kept beside the model: what it is and what it was trained on, as JSON."""
    once = {"began_from": "MiniLM", "messages": count, "times": PASSES, "rate": RATE, "losses": "distillation, telling apart, finding"}
    words = {"began_from": "the pass before, which stays as it is", "messages": count, "times": CARRYING_PASSES, "rate": CARRYING_RATE}
    passes = [once, words | {"losses": "words to take over"}]
    kept = {"onnx_sha256": digest, "trained_on": {path.name: file_hash(path)[:12] for path in paths}, "passes": passes}
    return json.dumps(kept, indent=1) + "\n"
