"""Question -> ranked passages, by meaning and by words together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from index.catalog import ChunkRecord
from index.documents import Chunk, Span
from index.embedding import Encoder, Vectors, cosines
from index.lexical import LexicalIndex, terms
from index.reader import IndexReader


@dataclass(frozen=True, slots=True)
class Fusion:
    """How scores are joined: ``dense * cosine(chunk) + spans * best cosine(span) + words * BM25 / best BM25``.

    A convex sum keeps the size of a score, which ranks alone (RRF) throw away: it is what lets a clear winner of one side
    win. Measured with these weights (nDCG@5): squad2 .925 against .883 for RRF of dense and BM25; inscit, last turn, .731
    against .701. With the words at .3 or 1.0 they stayed within .011 and .006:
    nothing is tuned to either set. (Measured on whole passages, without our chunking; the product's own path gives .919 on squad2.)

    The conversation is a second opinion, never a replacement: on inscit's answerable turns weights of .4 and .6 lifted
    Recall@10 from .889 to .913 and .923 and nDCG@5 from .742 to .757 and .759; gluing the turns together gave .625.
    """

    dense: float = 1.0
    spans: float = 1.0
    words: float = 0.5
    ask_discount: float = 0.1  # two questions resemble each other more than a question its answer: by so much, taken off
    context: float = 0.5  # weight of the same score for "previous question + question", where there is a conversation
    candidates: int = 50  # from each side, before fusion

    def join(self, parts: dict[str, Vectors]) -> NDArray[np.float64]:
        """The joined score of each row."""
        return np.asarray(self.dense * parts["dense"] + self.spans * parts["spans"] + self.words * parts["words"], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was retrieved, with its scores and those of its spans."""

    chunk: Chunk
    identity: str
    score: float
    scores: dict[str, float]  # dense, spans, words: what the score was joined from
    span_similarity: tuple[float, ...]  # cosine of the question with each span, in the chunk's order
    ask_similarity: tuple[float | None, ...]  # cosine with the nearest question that each span brings; None: it brings none
    own_similarity: tuple[float, ...] = ()  # cosine of the question's own words with each span; what it takes over left out
    own_ask_similarity: tuple[float | None, ...] = ()  # the same with the nearest question that each span brings

    @property
    def spans(self) -> tuple[Span, ...]:
        """The passage's spans, in reading order."""
        return self.chunk.spans


NEAREST = 10  # known questions that tell whether one like them has an answer; with 5 or 20 they tell less
FAR = 0.4  # cosine from which on they count, by the square of what is above
DOUBT = 0.02  # weight of what counts against an answer besides: where all known questions are far, they tell of none


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that nothing in the corpus answers, and the cosine of the one that is asked with it.

    ``answered``: share of the known questions nearest to that one that have an answer, the nearer the more it counts; 0 where all are far.
    """

    question: str
    similarity: float
    answered: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one question brought up."""

    query: str
    vector: Vectors
    passages: tuple[Passage, ...]
    lexical: LexicalIndex
    fingerprint: str
    missed: Missed | None = None  # the nearest question that is known to have no answer


class HybridRetriever(BaseRetriever):
    """ChromaDB and BM25 candidates, re-scored together.

    ``invoke(question)`` gives LangChain documents, whose metadata hold the named scores; ``retrieve`` gives the passages
    with everything that composing an answer needs.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    encoder: Any  # an Encoder; pydantic cannot check a protocol
    reader: Callable[[], IndexReader]
    k: int = 10
    fusion: Fusion = Fusion()

    def retrieve(self, query: str, context: str = "", k: int | None = None, own: str = "", meant: Vectors | None = None) -> Retrieved:
        """The ``k`` best passages, best first; none for an empty query.

        Args:
            context: what was asked just before, when the question belongs to a conversation.
            own: the query without what it takes over from there, where spans are to be compared with that too.
            meant: a vector that stands for what is meant in the conversation, in the place of the query's own and of the context.
        """
        reader = self.reader()
        encoder: Encoder = self.encoder
        if not query.strip():
            return Retrieved(query, np.zeros(encoder.dimension, dtype=np.float32), (), reader.lexical, reader.manifest.fingerprint)
        texts = [query, f"{context} {query}"] if context and meant is None else [query]
        weights = [1.0, self.fusion.context]
        encoded = [*(texts if meant is None else ()), *([own] if own else ())]
        vectors = [*([] if meant is None else [meant]), *(encoder.encode(encoded) if encoded else ())]
        scored = [_Scores(reader, self.fusion, text, vector) for text, vector in zip(texts, vectors, strict=False)]
        own_vector = vectors[-1] if own else None
        rows = sorted(set().union(*(s.candidates() for s in scored)))
        asked = [s.asked(rows) for s in scored]
        parts = [s.parts(rows, with_asks) for s, with_asks in zip(scored, asked, strict=True)]
        total = np.sum([w * self.fusion.join(p) for w, p in zip(weights, parts, strict=False)], axis=0)
        best = np.argsort(-total)[: k or self.k]
        named = [{name: float(values[i]) for name, values in parts[0].items()} for i in best]
        records = reader.catalog.chunks([rows[i] for i in best])
        passages = tuple(
            scored[0].passage(record, float(total[i]), scores, asked[0][i], own_vector)
            for i, record, scores in zip(best, records, named, strict=True)
        )
        return Retrieved(query, vectors[0], passages, reader.lexical, reader.manifest.fingerprint, scored[0].missed(rows, asked[0]))

    def _get_relevant_documents(  # LangChain's own signature
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(
                page_content=p.chunk.text,
                id=p.identity,
                metadata={"document": p.chunk.document, "section": list(p.chunk.section), "score": p.score, **p.scores},
            )
            for p in self.retrieve(query).passages
        ]


class _Scores:
    """One text's scores against one generation."""

    def __init__(self, reader: IndexReader, fusion: Fusion, text: str, vector: Vectors) -> None:
        self._reader, self._fusion, self._vector = reader, fusion, vector
        self._words = reader.lexical.scores(terms(text))
        self._best_words = max(float(self._words.max(initial=0.0)), 1e-9)

    def candidates(self) -> set[int]:
        """Rows that either side puts among its best."""
        wanted = min(self._fusion.candidates, self._reader.manifest.chunks)
        near = {row for row, _ in self._reader.store.nearest(self._vector, wanted)}
        top = np.argpartition(-self._words, wanted - 1)[:wanted]
        return near | {int(row) for row in top if self._words[row] > 0}

    def asked(self, rows: Sequence[int]) -> list[Vectors]:
        """For each row the cosines with the questions that its spans answer; an empty array where they bring none."""
        return self._by_row(self._reader.ask_vectors, self._reader.ask_rows, rows)

    def parts(self, rows: Sequence[int], asked: Sequence[Vectors]) -> dict[str, Vectors]:
        """The scores of each row by name, each at most 1."""
        reader, chunks = self._reader, np.array(rows, dtype=np.int64)
        spans = _best([cosines(reader.span_vectors[first:end], self._vector) for first, end in self._spans(rows)])
        return {
            "dense": cosines(reader.chunk_vectors[chunks], self._vector),
            "spans": np.maximum(spans, _best(asked) - self._fusion.ask_discount),
            "words": self._words[chunks] / self._best_words,
        }

    def missed(self, rows: Sequence[int], asked: Sequence[Vectors]) -> Missed | None:
        """The nearest of the questions that the spans of some chunks miss; None where they bring none."""
        missed = self._by_row(self._reader.miss_vectors, self._reader.miss_rows, rows)
        best = _best(missed)
        nearest = int(best.argmax())
        if not len(missed[nearest]):
            return None
        (record,) = self._reader.catalog.chunks([rows[nearest]])
        question = [miss for span in record.chunk.spans for miss in span.misses][int(missed[nearest].argmax())]
        return Missed(question, float(best[nearest]), _answered(np.concatenate(asked), np.concatenate(missed)))

    def _spans(self, rows: Sequence[int]) -> list[tuple[int, int]]:
        """For each row its first span and the one after its last."""
        chunks, spans = np.array(rows, dtype=np.int64), self._reader.span_rows
        return list(zip(spans[chunks].tolist(), spans[chunks + 1].tolist(), strict=True))

    def _by_row(self, vectors: Vectors, of_span: NDArray[np.int64], rows: Sequence[int]) -> list[Vectors]:
        """For each row the cosines with what its spans bring.

        A range at a time: to put them side by side first takes as long again.

        Args:
            of_span: for each span the first of ``vectors`` that it brings.
        """
        return [cosines(vectors[of_span[first] : of_span[end]], self._vector) for first, end in self._spans(rows)]

    def passage(self, record: ChunkRecord, score: float, scores: dict[str, float], asked: Vectors, own: Vectors | None) -> Passage:
        """The passage of a chunk.

        Args:
            asked: the cosines with the questions that its spans answer.
            own: the vector of the question's own words, where spans are to be compared with that too.
        """
        compared_with_own = ((), ()) if own is None else self._similarities(record.row, own)
        compared = self._similarities(record.row, self._vector, asked)
        return Passage(record.chunk, record.identity, score, scores, *compared, *compared_with_own)

    def _similarities(self, row: int, vector: Vectors, asked: Vectors | None = None) -> tuple[tuple[float, ...], tuple[float | None, ...]]:
        """The cosines of a vector with each span of a chunk, and with the nearest question that each brings, None where it brings none.

        Args:
            asked: those with all questions that they bring, where they are known already.
        """
        first, last = self._reader.span_rows[row], self._reader.span_rows[row + 1]
        starts = self._reader.ask_rows[first : last + 1]
        if asked is None:
            asked = cosines(self._reader.ask_vectors[starts[0] : starts[-1]], vector)
        by_span = np.split(asked, starts[1:-1] - starts[0])
        spans = cosines(self._reader.span_vectors[first:last], vector)
        return tuple(map(float, spans)), tuple(float(some.max()) if len(some) else None for some in by_span)


def _best(cosines_by_row: Sequence[Vectors]) -> Vectors:
    """The best cosine of each row, -1 where there is none."""
    return np.array([some.max(initial=-1.0) for some in cosines_by_row], dtype=np.float32)


def _answered(asked: Vectors, missed: Vectors) -> float:
    """The weight of the questions with an answer among the ``NEAREST`` ones with one or without."""
    both = np.concatenate([asked, missed])
    nearest = np.argsort(-both, kind="stable")[:NEAREST]
    weights = np.maximum(both[nearest] - FAR, 0.0) ** 2
    return float(weights[nearest < len(asked)].sum() / (weights.sum() + DOUBT))
