"""Train what the encoder that reads conversations takes over into words: the last part of ``python -m evals train-conversation``.

Which words those are, no writer was asked: they are chosen one by one, each time the one that brings MiniLM's vector of "message
(words)" nearest to the vector of the message written out in full. A last layer of its own, on top of the encoder's other layers, then
learns to tell them; the encoder's weights and so its vectors stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.conversationencoder import WINDOW, carriable, conversation_text
from assistant.pairs import PairTokenizer
from evals.train import descend, of_like_length
from index.embedding import Encoder
from index.runtime import Feed

if TYPE_CHECKING:
    from evals.train_conversation import Message

PASSES, RATE, TOGETHER = 5, 2e-4, 32  # messages a step
CHOSEN_FROM, MOST_CHOSEN = 9, 5  # words that help most by themselves, and words that are taken of them
WHOLE = 0.97  # cosine with its full wording from which on a message needs no word
GAIN = 0.012  # of cosine that a word has to bring
LEAST, MOST = 0.5, 2.0  # how much a word counts by what it brings


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message as it is read, with the words that it should take over."""

    feed: Feed
    places: tuple[tuple[int, ...], ...]  # of the pieces of each word that it can take over
    gains: tuple[float, ...]  # of cosine by each of them; 0: it is not taken over


def lessons(found: Sequence[Message], encoder: Encoder) -> Iterator[Lesson]:
    """The messages of conversations with the words that bring them nearest to their full wordings, where any can be taken over."""
    tokenizer = PairTokenizer(WINDOW)
    for message in found:
        said = conversation_text(message.history)
        feed, pieces = tokenizer.cut(message.typed, said)
        if words := carriable(message.typed, said, pieces):
            gains = _gains(message, list(words), encoder)
            yield Lesson(feed, tuple(map(tuple, words.values())), tuple(gains.get(word, 0.0) for word in words))


def _gains(message: Message, words: list[str], encoder: Encoder) -> dict[str, float]:
    whole, plain = encoder.encode([message.whole, message.typed])
    nearest, chosen = float(plain @ whole), dict[str, float]()
    if nearest >= WHOLE:
        return chosen
    while words and len(chosen) < MOST_CHOSEN:
        cosines = encoder.encode([f"{message.typed} ({' '.join([*chosen, word])})" for word in words]) @ whole
        order = np.argsort(-cosines)
        best = float(cosines[order[0]])
        if best < nearest + GAIN:
            break
        chosen[words[order[0]]], nearest = best - nearest, best
        words = [words[place] for place in order[1:CHOSEN_FROM]]
    return chosen


def new_carrying(body: Any) -> Any:
    """The torch module that tells which pieces are taken over: a copy of the body's last layer, and a logit a piece."""
    import torch

    class Carrying(torch.nn.Module):
        """From the states under the last layer to logits."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = deepcopy(body.encoder.layer[-1])
            self.logit = torch.nn.Linear(body.config.hidden_size, 1)
            self.requires_grad_(requires_grad=True)

        def forward(self, states: Any, attention_mask: Any) -> Any:
            unread = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e9
            return self.logit(self.layer(states, unread)).squeeze(-1)

    return Carrying()


def train_carrying(body: Any, taught: Sequence[Lesson]) -> Any:
    """All passes; gives the trained module."""
    import torch

    body.eval()
    under = _states(body, taught)
    model = new_carrying(body)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = PASSES * math.ceil(len(taught) / TOGETHER)
    lengths = [lesson.feed["input_ids"].size for lesson in taught]
    groups = (group for _ in range(PASSES) for group in of_like_length(lengths, TOGETHER))
    descend(model, optimiser, steps, (_loss(model, [taught[p] for p in places], [under[p] for p in places]) for places in groups))
    return model


def _states(body: Any, taught: Sequence[Lesson]) -> list[Any]:
    """The states under the body's last layer, of shape ``(pieces, 384)``, in half precision: a gigabyte in all otherwise."""
    import torch

    with torch.no_grad():
        feeds = [{name: torch.tensor(values) for name, values in lesson.feed.items()} for lesson in taught]
        return [body(**feed, output_hidden_states=True).hidden_states[-2][0].half() for feed in feeds]


def _loss(model: Any, some: Sequence[Lesson], under: Sequence[Any]) -> Any:
    import torch

    states = torch.nn.utils.rnn.pad_sequence([one.float() for one in under], batch_first=True)
    mask = torch.tensor([[place < len(one) for place in range(states.shape[1])] for one in under])
    logits = model(states, mask)
    told = torch.stack([logits[row, list(places)].max() for row, lesson in enumerate(some) for places in lesson.places])
    gains = torch.tensor([gain for lesson in some for gain in lesson.gains])
    counts = torch.where(gains > 0, (LEAST + 10 * gains).clamp(max=MOST), torch.ones(()))
    losses = torch.nn.functional.binary_cross_entropy_with_logits(told, (gains > 0).float(), reduction="none")
    return (losses * counts).sum() / len(some)
