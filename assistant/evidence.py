"""How well each span of the retrieved passages bears a question: named signals, one row a span.

The same signals pick the span that answers (``ranker``) and say how sure that is (``confidence``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.matching import ASKED, BEFORE, ELSEWHERE, LEAD, SECTION, TITLE, Matcher
from assistant.question import NUMBER_WORDS, AnswerKind, Question
from assistant.vocabulary import WordVector
from index.documents import Span, SpanKind

if TYPE_CHECKING:
    from index.retriever import Passage

SIGNALS = (
    "passage",  # the passage's fused score
    "lead_over_next",  # how far the passage stands above the next one
    "rank",  # 1 / place of the passage
    "meaning",  # cosine of the question with the span
    "meaning_rank",  # how near the span comes to the most similar span of all passages
    "asked",  # cosine with the nearest question that the span is known to answer; its own cosine where it brings none
    "asked_share",  # log of its share in all questions that spans are known to answer or to miss, the nearer the more
    "asked_rank",  # how near "asked" comes to the best of all passages
    "borne",  # share of the question, weighted by rarity, that the span's own words bear
    "borne_in_context",  # the same with heading, lead and neighbours
    "borne_by_heading",  # the same by heading, lead and title alone: what the span's own words add nothing to
    "exact",  # what the span's own words bear, exact words only
    "rarest_missing",  # weight of the rarest term that not even the context bears
    "names_borne",  # share of names and figures that span, lead, heading or title bear
    "unknown",  # share of the question's weight that the corpus holds nowhere
    "pairs",  # share of the question's neighbouring words that stand near each other in the span
    "fits",  # 1 the span holds the kind of answer that is asked for, 0 it does not, .5 any text would do
    "brief",  # shortness
    "first",  # the span opens its passage
    "row",  # a table row
    "item",  # a list item
    "lead",  # the lead of a list or table, which stands for the whole of it
    "remark",  # our own reading or arithmetic, not a source's fact
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that might answer, with its signals."""

    passage: Passage
    place: int  # of the passage, 0 is best
    position: int  # of the span in the passage
    signals: NDArray[np.float32]  # in the order of SIGNALS
    missing: tuple[str, ...]  # the question's words that neither the span nor its context bears

    @property
    def span(self) -> Span:
        """The span itself."""
        return self.passage.spans[self.position]

    def signal(self, name: str) -> float:
        """One signal by its name."""
        return float(self.signals[SIGNALS.index(name)])


def gather(question: Question, passages: Sequence[Passage], vector_of: WordVector) -> list[Candidate]:
    """Every quotable span of the passages with its signals."""
    if not passages or not question.terms:
        return []
    matcher = Matcher(question, vector_of)
    matcher.learn(text for passage in passages for text in _texts(passage))
    top_similarity = max(max(p.span_similarity) for p in passages)
    top_asked = max(_asked(p, i) for p in passages for i in range(len(p.spans)))
    found: list[Candidate] = []
    for place, passage in enumerate(passages):
        following = passages[place + 1].score if place + 1 < len(passages) else 0.0
        spans = passage.spans
        own = matcher.rows([span.text for span in spans])
        section = matcher.strengths(" . ".join(passage.chunk.section)) * SECTION
        title = matcher.strengths(passage.chunk.title) * TITLE
        heading = np.maximum(np.maximum(matcher.rows([span.lead for span in spans]) * LEAD, section), title)
        named = np.maximum(own, heading)
        before = np.vstack([np.zeros_like(own[:1]), own[:-1] * BEFORE])
        anywhere = np.maximum(own.max(axis=0) * ELSEWHERE, before)
        context = np.maximum(np.maximum(named, anywhere), matcher.rows([" . ".join(span.asks) for span in spans]) * ASKED)
        columns = {
            "borne": matcher.share(own),
            "borne_in_context": matcher.share(context),
            "borne_by_heading": matcher.share(heading),
            "exact": matcher.share((own >= 1).astype(np.float32)),
            "rarest_missing": matcher.rarest_missing(context),
            "names_borne": matcher.names_borne(named),
        }
        for position, span in enumerate(spans):
            if span.kind is SpanKind.ASIDE:
                continue
            signals = {name: column[position] for name, column in columns.items()} | {
                "passage": passage.score,
                "lead_over_next": passage.score - following,
                "rank": 1 / (place + 1),
                "meaning": passage.span_similarity[position],
                "meaning_rank": passage.span_similarity[position] - top_similarity,
                "asked": _asked(passage, position),
                "asked_share": passage.ask_share[position],
                "asked_rank": _asked(passage, position) - top_asked,
                "unknown": matcher.unknown,
                "pairs": matcher.pairs(span.text) if (own[position] >= 1).sum() > 1 else 0.0,
                "fits": fits(question.kind, span, question),
                "brief": 1 / (1 + len(span.text) / 200),
                "first": float(position == 0),
                "row": float(span.kind is SpanKind.ROW),
                "item": float(span.kind is SpanKind.ITEM),
                "lead": float(span.kind is SpanKind.LEAD),
                "remark": float(is_remark(span)),
            }
            row = np.array([signals[name] for name in SIGNALS], dtype=np.float32)
            found.append(Candidate(passage, place, position, row, matcher.missing(context[position])))
    return found


def _texts(passage: Passage) -> Iterator[str]:
    """Every text of a passage that a question is matched against."""
    yield " . ".join(passage.chunk.section)
    yield passage.chunk.title
    for span in passage.spans:
        yield from (span.text, span.lead, " . ".join(span.asks))


def is_remark(span: Span) -> bool:
    """Whether a span is our own reading or arithmetic rather than a source's fact."""
    return _ours(span.text) or _ours(span.lead)


@lru_cache(maxsize=50_000)
def _ours(text: str) -> bool:
    return bool(_OURS.search(text))


def _asked(passage: Passage, position: int) -> float:
    asked = passage.ask_similarity[position]
    return passage.span_similarity[position] if asked is None else asked


MONEY = re.compile(r"[$€£]\s?\d|\b\d[\d,.]*\s?(?:dollars|euros|pounds|francs|million|billion|USD|EUR|GBP)\b|\b\d+K\b", re.IGNORECASE)
_PERCENT = re.compile(r"\d\s?%|\bper\s?cent\b|\b(?:half|third|quarter|fifth|double[ds]?|triple[ds]?|times)\b", re.IGNORECASE)
_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(NUMBER_WORDS.split())}|several|both|no|none|single)\b", re.IGNORECASE)
_DURATION = re.compile(
    rf"(?:\d|\b(?:{'|'.join(NUMBER_WORDS.split())}|several|few|many)\b)[\w\s,.+-]{{0,12}}\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|centur(?:y|ies))\b"
    r"|\b(?:years?|months?|minutes?) \d|-(?:year|month|minute|hour|day)\b|\buntil\b|\bsince\b|\bfrom \d{4}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b1\d{3}s?\b|\b20\d{2}s?\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b|\bcentur(?:y|ies)\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\b(?:BC|AD|BCE|CE)\b|\b\d{3} (?:BC|AD)"
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|reasons?|therefore|thus|hence|so that|in order to|as a result|results? (?:in|from)|caus(?:e|es|ed|ing)|led to|leads to|leading to"
    r"|explain(?:s|ed)?|in response to|to (?:avoid|prevent|protect|reduce|allow|help|make|gain|keep)|thanks to|reflects?|given that|as it|for fear|sought to|need(?:s|ed)? )\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|one|any|what|when|where)\b|\bstands? for\b|\bmeans?\b|\brefers? to\b|\bknown as\b|\bcalled\b|\bdefined\b|\bconsists? of\b|, (?:an?|the) |: ",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:our|my) own (?:reading|arithmetic|comparison|calculation|sums?|check|summary|synthesis)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w'’-]+")


@lru_cache(maxsize=50_000)
def _holds(kind: AnswerKind, text: str) -> float:
    pattern = {
        AnswerKind.MONEY: MONEY,
        AnswerKind.PERCENT: _PERCENT,
        AnswerKind.COUNT: _NUMBER,
        AnswerKind.DURATION: _DURATION,
        AnswerKind.DATE: _DATE,
        AnswerKind.REASON: _REASON,
        AnswerKind.DEFINITION: _DEFINITION,
    }.get(kind)
    return 0.5 if pattern is None else float(bool(pattern.search(text)))


def fits(kind: AnswerKind, span: Span, question: Question) -> float:
    """1 when the span holds the kind of answer that is asked for, 0 when it does not, .5 when any text would do.

    Figures and names that the question itself gives are no answer to it.
    """
    if kind in (AnswerKind.PERSON, AnswerKind.PLACE):
        asked = {t.unit.word for t in question.terms}
        text = span.text
        names = [m.group() for m in _NAME.finditer(text) if m.start() > 0 or sum(c.isupper() for c in m.group()) > 1]
        opening = _NAME.match(text)
        if opening and " " in text[: opening.end() + 2]:
            names.append(opening.group())
        return float(any(name.lower().removesuffix("'s") not in asked for name in names))
    if kind in (AnswerKind.MONEY, AnswerKind.PERCENT, AnswerKind.COUNT, AnswerKind.DURATION, AnswerKind.DATE):
        text = span.text
        for term in question.terms:
            if term.unit.figure:
                text = re.sub(re.escape(term.unit.word), " ", text, flags=re.IGNORECASE)
        return _holds(kind, text)
    return _holds(kind, span.text)
