"""The chain: one question travels one way.

history + question -> standalone question -> passages -> claims -> support check -> confidence or abstention -> answer
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from langchain_core.runnables import Runnable, RunnableLambda
from numpy.typing import NDArray

from assistant.answer import Answer, SupportLevel, Turn
from assistant.confidence import Judgement, judge
from assistant.crossencoder import load_cross_encoder
from assistant.evidence import Candidate, gather
from assistant.extract import Draft, Ranked, compose
from assistant.followup import Standalone, inherited_kind, resolve
from assistant.matching import WordVector
from assistant.orders import orders_about
from assistant.pay import another_level, sets_base_against_total
from assistant.present import DocumentOf, present
from assistant.question import Question, foreign, parse_question, without_tags
from assistant.quotable import quotable
from assistant.ranker import load_ranker
from assistant.spelling import mend
from assistant.support import check_support
from index.retriever import HybridRetriever, Passage, Retrieved

VETO = 12.0  # taken off the score of a span about another career level than the one asked for, or of base against total: it never wins


@dataclass(frozen=True, slots=True)
class State:
    """What is known so far of one question. Each step fills in its own part."""

    asked: str
    history: tuple[Turn, ...] = ()
    standalone: Standalone | None = None
    retrieved: Retrieved | None = None
    question: Question | None = None
    candidates: tuple[Candidate, ...] = ()
    draft: Draft | None = None
    support: tuple[SupportLevel, ...] = ()
    judgement: Judgement | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    answer: Answer | None = None


class Assistant:
    """Answers questions from one index."""

    def __init__(
        self,
        retriever: HybridRetriever,
        word_vector: WordVector,
        document_of: DocumentOf,
        passages: int,
        words: int,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._retriever = retriever
        self._word_vector = word_vector
        self._document_of = document_of
        self._passages = passages
        self._words = words
        self._today = today
        self.chain: Runnable[State, State] = (
            _step("followup", self._stand_alone)
            | _step("retrieve", self._retrieve)
            | _step("compose", self._compose)
            | _step("support", self._support)
            | _step("confidence", self._judge)
            | RunnableLambda(self._present, name="answer")
        )

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer one question; ``history`` holds the turns before it, oldest first."""
        answer = self.examine(question, history).answer
        assert answer
        return answer

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 10) -> tuple[Passage, ...]:
        """The ``k`` best passages for a question in its conversation."""
        alone = self._alone(question, history)
        return self._retriever.retrieve(alone.text, alone.context, k).passages

    def examine(self, question: str, history: Sequence[Turn] = ()) -> State:
        """Answer one question and keep everything that the chain found out on the way: for evals."""
        return self.chain.invoke(State(question, tuple(history)))

    def candidates(self, question: str, history: Sequence[Turn] = ()) -> State:
        """What the chain knows before anything is ranked: for fitting what ranks."""
        return self._gather(self._retrieve(self._stand_alone(State(question, tuple(history)))))

    def _stand_alone(self, state: State) -> State:
        return replace(state, standalone=self._alone(state.asked, state.history))

    def _alone(self, question: str, history: Sequence[Turn]) -> Standalone:
        plain = without_tags(question)
        spelled = plain if foreign(plain) else mend(plain, self._retriever.reader().lexical, lambda w: self._word_vector(w) is not None)
        return resolve(spelled, history, self._word_vector)

    def _retrieve(self, state: State) -> State:
        assert state.standalone
        return replace(state, retrieved=self._retriever.retrieve(state.standalone.text, state.standalone.context))

    def _gather(self, state: State) -> State:
        assert state.standalone and state.retrieved
        alone = state.standalone
        question = parse_question(alone.question, state.retrieved.lexical, alone.topic, inherited_kind(alone))
        found = gather(question, state.retrieved.passages[: self._passages], self._word_vector)
        return replace(state, question=question, candidates=tuple(quotable(found, self._word_vector)))

    def _compose(self, state: State) -> State:
        state = self._gather(state)
        assert state.question and state.standalone and state.retrieved
        passages, ranker = state.retrieved.passages, load_ranker()
        scores = ranker.scores(state.candidates)
        logits = load_cross_encoder().read(state.standalone.text, state.candidates, scores, passages)
        joined = ranker.join(scores, logits)
        joined -= VETO * self._vetoed(state.question, state.standalone.text, state.candidates)
        ranked = Ranked(state.candidates, joined, logits)
        return replace(state, draft=compose(state.question, passages, ranked, self._words))

    @staticmethod
    def _vetoed(question: Question, asked: str, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        return np.array([another_level(asked, c.span) or sets_base_against_total(question, c.span) for c in candidates], dtype=float)

    def _support(self, state: State) -> State:
        assert state.draft
        return replace(state, support=tuple(check_support(c.text, c.spans) for c in state.draft.claims))

    def _judge(self, state: State) -> State:
        assert state.question and state.draft and state.retrieved
        supported = all(level == "supported" for level in state.support)
        ordered = orders_about(state.retrieved.vector, self._retriever.encoder.sha256)
        return replace(state, judgement=judge(state.question, state.draft, supported, ordered=ordered))

    def _present(self, state: State) -> State:
        assert state.standalone and state.retrieved and state.question and state.draft and state.judgement
        answer = present(
            answer_id=uuid.uuid4().hex,
            asked=state.asked,
            standalone=state.standalone.text,
            draft=state.draft,
            support=state.support,
            judgement=state.judgement,
            retrieved=state.retrieved,
            document_of=self._document_of,
            today=self._today(),
            timings_ms=state.timings_ms | {"total": round(sum(state.timings_ms.values()), 2)},
        )
        return replace(state, answer=answer)


def _step(name: str, work: Callable[[State], State]) -> RunnableLambda[State, State]:
    """A step of the chain that notes how long it took."""

    def timed(state: State) -> State:
        begin = time.perf_counter()
        done = work(state)
        took = round((time.perf_counter() - begin) * 1000, 2)
        return replace(done, timings_ms=done.timings_ms | {name: took})

    return RunnableLambda(timed, name=name)
