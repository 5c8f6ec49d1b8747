"""What a follow-up asks by itself, beside what it takes over from the turns before: signals that only a conversation has.

The standalone question "any free ones? (certificates)" resembles what was just told about certificates more than anything else, so
each span is also held against the person's own words alone, and against what the answer before told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import Candidate
from assistant.matching import LEAD, Matcher
from assistant.question import Question
from assistant.tables import cells
from assistant.vocabulary import WordVector
from index.documents import Span, SpanKind

if TYPE_CHECKING:
    from index.retriever import Passage

FOLLOWING = (
    "own_meaning",  # cosine of the own words with the span
    "own_asked",  # the same with the nearest question that the span is known to answer; "own_meaning" where it brings none
    "own_share",  # log of its share in all questions that the passages are known to answer or to miss, the nearer to the own words the more
    "own_borne",  # share of the own words, weighted by rarity, that the span or its lead bears
    "told",  # the answer before told the span
    "beside_told",  # it told one of the span's passage
    "document_told",  # it told one of the span's document
)


def following(
    question: Question, passages: Sequence[Passage], candidates: Sequence[Candidate], answer: str, vector_of: WordVector
) -> NDArray[np.float32]:
    """The signals of each candidate for a follow-up, in the order of ``FOLLOWING``: shape ``(candidates, signals)``.

    The first four are 0 for a question that takes nothing over.

    Args:
        passages: retrieved with the own words of a question that takes something over.
        answer: the answer before.
    """
    told = [[told_in(span, answer) for span in passage.spans] for passage in passages]
    documents = {p.chunk.document for p, of in zip(passages, told, strict=True) if any(of)}
    own = tuple(term for term in question.terms if term.own)
    borne = np.zeros(len(candidates), dtype=np.float32)
    if own and len(own) < len(question.terms):
        matcher = Matcher(replace(question, terms=own), vector_of)
        matcher.learn(text for c in candidates for text in (c.span.text, c.span.lead))
        texts, leads = (matcher.rows([getattr(c.span, of) for c in candidates]) for of in ("text", "lead"))
        borne = matcher.share(np.maximum(texts, leads * LEAD))
    rows = []
    for candidate, share in zip(candidates, borne, strict=True):
        place, position = candidate.place, candidate.position
        rows.append((*_own(candidate), share, told[place][position], any(told[place]), candidate.span.document in documents))
    return np.array(rows, dtype=np.float32).reshape(len(candidates), len(FOLLOWING))


def _own(candidate: Candidate) -> tuple[float, float, float]:
    """The cosines of the own words with the span and with the nearest question that it is known to answer, and its share in all."""
    passage, position = candidate.passage, candidate.position
    if not passage.own_similarity:
        return 0.0, 0.0, 0.0
    meaning, asked = passage.own_similarity[position], passage.own_ask_similarity[position]
    return meaning, meaning if asked is None else asked, passage.own_ask_share[position]


def told_in(span: Span, answer: str, now: str = "") -> bool:
    """Whether an answer holds a span word for word; of a row, which is told in words, its first cell and another one.

    Args:
        now: what would be told of it now: of a row, nothing that the answer left out.
    """
    plain = " ".join(answer.split())
    if span.kind is SpanKind.ROW:
        first, *others = cells(span.text)
        telling = [cell for cell in others if len(cell) > 1]
        return first in plain and any(cell in plain for cell in telling) and all(cell in plain for cell in telling if cell in now)
    return " ".join(span.text.split()).rstrip(".") in plain
