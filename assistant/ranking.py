"""Candidates in the order in which they may answer: ranker, cross-encoder and vetoes joined, and in a conversation what only that tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.crossencoder import UNREAD, CrossEncoder, load_cross_encoder, reading_text
from assistant.evidence import Candidate
from assistant.extract import Ranked
from assistant.ranker import Ranker, load_ranker

if TYPE_CHECKING:
    from index.documents import Span
    from index.retriever import Passage

READ = 4  # spans a question: with eight, log loss of confidence out of fold was no lower, nor were more answers right
READ_FOLLOWING = 6  # of a follow-up: of 577 fitting ones with 4, 6 or 8 the best span is right in 396, 404 or 409
AT_ONCE = 2  # spans that are read before it is asked whether more could change anything
CEILING = 6.0  # logit that hardly any span gets: of 1,266 fitting questions' one in a thousand is above 6.2
# By how much even that leaves a span behind the best, from which on it is not read. Of 2,619 fitting questions 1,578 are answered right
# then, as when all are read, with 3.9 spans a question instead of 5.1; without this margin 1,552 are, with 2.8.
FAR_BEHIND = 1.5
KNOWN = 0.94  # cosine of two questions that say the same; of 137 such fitting questions 125 are answered right
KNOWN_WORTH = 4.0  # added to a span's score: what a ranker and a cross-encoder that lean elsewhere put between two
VETO = 12.0  # taken off a span's score: more than the ranker ever puts between two


@dataclass(frozen=True, slots=True)
class Contest:
    """The candidates of one question, with what is known of them before any is read."""

    asked: str  # the standalone question as it is shown, with the topic that it takes over
    candidates: tuple[Candidate, ...]
    passages: Sequence[Passage]
    out: NDArray[np.bool_]  # which are ruled out, shape ``(candidates,)``
    following: NDArray[np.float32] | None = None  # a follow-up's signals, shape ``(candidates, len(FOLLOWING))``

    def rank(self) -> Ranked:
        """The candidates with their scores; what is ruled out comes last."""
        ranker = load_ranker()
        return self.joined(ranker, self.read(ranker, load_cross_encoder()))

    def read(self, ranker: Ranker, cross_encoder: CrossEncoder, thoroughly: bool = False) -> NDArray[np.float64]:
        """The cross-encoder's logits, ``UNREAD`` for what it did not read.

        The spans that the ranker puts first are read, until none that is left could come near the first even with the highest logit.
        What is ruled out takes no other's place among them, and counts as unread.

        Args:
            thoroughly: read all that may be read, as if every one could still come near.
        """
        before, weight = self._scores(ranker, np.zeros(len(self.candidates))), ranker.join_for(self.following).logits
        logits = np.full(len(self.candidates), UNREAD)
        most = READ if self.following is None else READ_FOLLOWING
        order = [int(i) for i in np.argsort(-before)[:most] if not self.out[i]]
        for begin in range(0, len(order), AT_ONCE):
            now, left = order[begin : begin + AT_ONCE], order[begin + AT_ONCE :]
            texts = [reading_text(self.candidates[i], self.passages) for i in now]
            logits[now] = cross_encoder.logits(self.asked, texts)
            hoped = before[left].max(initial=-np.inf) + weight * CEILING
            if not thoroughly and hoped < (before + weight * logits).max() - FAR_BEHIND:
                break
        return logits

    def likeliest(self, within: float) -> list[Span]:
        """The spans that come first before any is read: those whose score is so little below the highest."""
        scores = self._scores(load_ranker(), np.zeros(len(self.candidates)))
        return [c.span for c, score in zip(self.candidates, scores, strict=True) if score >= scores.max() - within]

    def joined(self, ranker: Ranker, logits: NDArray[np.float64]) -> Ranked:
        """The candidates with all that is known of them joined, the cross-encoder's logits included."""
        return Ranked(self.candidates, self._scores(ranker, logits), logits, self.out)

    def _scores(self, ranker: Ranker, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """One score a candidate, shape ``(candidates,)``.

        A question in nearly the words of one that a span is known to answer goes to that span, whatever else resembles it.
        """
        settled = known_worth(self.candidates) - VETO * self.out
        return ranker.join(ranker.scores(self.candidates), logits, self.following) + settled


def known_worth(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """What is added to the scores of spans that bring the question, shape ``(candidates,)``: one that only repeats it answers nothing."""
    return KNOWN_WORTH * np.array([known_to_answer(c) for c in candidates], dtype=np.float64)


def known_to_answer(candidate: Candidate) -> bool:
    """Whether a span brings a question in nearly the words of the one that is asked."""
    return bool(candidate.span.asks) and candidate.signal("asked") >= KNOWN
