"""Spans that cannot answer a question, however near they come: of another level, version or number, for other years or another role.

To a model of meaning siblings are alike ("junior" and "senior", "data scientist" and "ML engineer"); to the one who asks they
are not. A span that is ruled out is not read, never wins, and is told beside another only as a part of its list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.bands import outside_band
from assistant.evidence import Candidate
from assistant.following import told_in
from assistant.pay import another_level, one_level_of_all, sets_base_against_total
from assistant.question import Question
from index.documents import Span, SpanKind
from index.lexical import is_stop_word

# What somebody comes from, on the way to another job.
_ORIGINS = tuple(
    re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
    for names in (
        r"(?:ML|machine[- ]learning) engineer(?:s|ing)?|train(?:s|ed|ing)? (?:ML |machine[- ]learning )?models for a living",
        r"data (?:scientists?|science)",
        r"(?:traditional|classic|regular|ordinary|non-AI) (?:PMs?|product managers?)"
        r"|(?:from|as|being|I'?m|I am|for|should) an? (?:PM|product manager)|from (?:PM|product management)"
        r"|(?<!AI )(?:PMs?|product managers?) (?:(?:who|that) wants? to )?(?:mov(?:e|ing) |switch(?:ing)? |go(?:ing)? )?"
        r"(?:in)?to (?:an )?AI",
        r"MBAs?|(?:new )?graduates?|new grads?|business schools?|university leavers?",
    )
)
_NUMBERED = re.compile(
    r"(?<![\w-])(?P<word>[A-Za-z]{3,})[ -](?!(?:19|20)\d\d\b)(?P<number>\d+(?:\.\d+)?[a-z]?)"
    r"(?![\w%–-]|[.,:]\d| ?(?:%|percent|years?|months?|hours?))"
)
# Words before a number that names nothing: measures, times, and what only says about how much.
_NO_SERIES = frozenset(
    "top bottom first last next past about around roughly approximately exactly nearly almost least most plus minus day days week weeks"
    " month months year years january february march april may june july august september october november december age aged size"
    " level usd eur gbp costs cost pays pay earn has have get gets".split()
)


def another_origin(question: str, span: Span) -> bool:
    """Whether one who comes from one role asks, and the span's section is the way of those who come from another.

    Only a heading decides: a sentence may name any role to compare with it.
    """
    asked, section = _origins(question), _origins(" . ".join(span.section))
    return len(asked) == 1 and len(section) == 1 and asked != section and not asked & _origins(span.text)


@lru_cache(maxsize=20_000)
def _origins(text: str) -> frozenset[int]:
    return frozenset(origin for origin, pattern in enumerate(_ORIGINS) if pattern.search(text))


def another_number(question: str, span: Span) -> bool:
    """Whether the question asks for one of a numbered series ("guideline 10", "Haiku 4.5") and the span is of another of it.

    Years are left alone: the edition of a report is often asked for by the year before or after.
    """
    told = _numbered(span.text)
    asked = [(word, numbers) for word, numbers in _numbered(question).items() if word in told]
    return any(not numbers & told[word] for word, numbers in asked)


@lru_cache(maxsize=20_000)
def _numbered(text: str) -> Mapping[str, set[str]]:
    """The numbers that stand right after a word, by the word in lower case."""
    found: dict[str, set[str]] = {}
    for match in _NUMBERED.finditer(text):
        word = match["word"].lower()
        if not is_stop_word(word) and word not in _NO_SERIES:
            found.setdefault(word, set()).add(match["number"].lower())
    return found


def told_already(span: Span, answer: str) -> bool:
    """Whether a list was told whole in the answer before: who asks on about it ("which is most important?") wants something else."""
    return span.kind is SpanKind.LEAD and told_in(span, answer)


def ruled_out(question: Question, asked: str, years: float | None, candidates: Sequence[Candidate], before: str = "") -> NDArray[np.bool_]:
    """Which candidates cannot answer, shape ``(candidates,)``.

    Args:
        asked: the standalone question as it is shown, with the topic that it takes over.
        years: of experience, where a question about pay gives them.
        before: the answer that a follow-up with words of its own points back at.
    """
    leads = frozenset(c.span.text for c in candidates if c.span.kind is SpanKind.LEAD)
    return np.array(
        [
            another_level(asked, c.span)
            or another_origin(asked, c.span)
            or another_number(question.text, c.span)
            or outside_band(years, c.span)
            or sets_base_against_total(question, c.span)
            or one_level_of_all(question, c.span, leads)
            or told_already(c.span, before)
            for c in candidates
        ],
        dtype=bool,
    )
