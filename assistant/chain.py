"""The chain: one question travels one way.

history + question -> standalone question -> passages -> claims -> support check -> confidence or abstention -> answer

With a chat model the claims, their check and their confidence are done once more, on what it writes; the extractive ones say whether
it is asked at all, and stand in for it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from assistant.answer import Answer, Partial, SupportLevel, Turn
from assistant.asking import Stopped, never
from assistant.bands import in_bands, years_asked
from assistant.confidence import Judgement, judge, judge_both
from assistant.confidence_generated import judge_generated
from assistant.evidence import gather
from assistant.extract import Draft, Ranked, Style, both, both_ranked, compose
from assistant.failures import Failure, ModelError, line
from assistant.following import following, told_in
from assistant.followup import Rule, Standalone, inherited_kind
from assistant.metering import Meter
from assistant.parts import two_parts
from assistant.pay import in_level_words
from assistant.present import Author as By
from assistant.present import DocumentOf, present, present_partial
from assistant.question import AnswerKind, Question, parse_question
from assistant.quotable import quotable
from assistant.ranking import Contest
from assistant.support import check_support
from assistant.understanding import understand
from assistant.vetoes import ruled_out
from assistant.vocabulary import WordVector
from assistant.writing import Author, Prose, Task
from index.documents import Span, SpanKind
from index.embedding import Vectors
from index.retriever import HybridRetriever, Passage, Retrieved
from index.runtime import CORES

# A question is answered in two parts when the less sure of them is as sure as this, and hardly less than the whole. Of 357 fitting
# questions that come apart by their words, 63 are then answered in parts: 21 of them right that were not, one the other way round.
PART_FROM, PART_LESS = 0.7, 0.15
# The parts are not tried of a question that is as unlikely to be answered: of 142 such fitting questions that come apart one was then
# answered in parts, and none came right by it.
HOPELESS = 0.2
# Nor are they read where it is seen before that one span answers both, or that the answer to the whole tells both: by what comes as near
# to the first in the ranker's score. Of 98 pairs of 700 that are answered in parts none is lost by it, and 198 of the others are spared.
NEARLY = 1.0
MOST_KNOWN = 250  # questions whose findings are kept, about 20 kB each

Key = tuple[str, str, tuple[Turn, ...]]  # fingerprint of the index, question, history


@dataclass(frozen=True, slots=True)
class State:
    """What is known so far of one question. Each step fills in its own part."""

    asked: str
    history: tuple[Turn, ...] = ()
    id: str = ""  # of the answer
    words: int = 0  # that an answer of sentences aims to stay under
    meter: Meter | None = None  # what models took for it; None without a model
    failure: Failure | None = None  # of the model, before it was asked for an answer
    standalone: Standalone | None = None
    meant: Vectors | None = None  # the vector of what is asked as the conversation has it; None where the standalone question's own will do
    retrieved: Retrieved | None = None
    years: float | None = None  # of experience, where pay is asked for
    question: Question | None = None
    contest: Contest | None = None
    ranked: Ranked | None = None
    draft: Draft | None = None
    support: tuple[SupportLevel, ...] = ()
    judgement: Judgement | None = None
    prose: Prose | None = None  # what a model made of it
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
        author: Author | None = None,
    ) -> None:
        self._retriever = retriever
        self._word_vector = word_vector
        self._document_of = document_of
        self._passages = passages
        self._words = words
        self._today = today
        self._author = author
        self._finding: Runnable[State, State] = _Step("retrieve", self._find)
        self._answering: Runnable[State, State] = (
            _Step("compose", self._compose) | _Step("support", self._support) | _Step("confidence", self._judge)
        )
        self._reading = self._finding | self._answering
        self._evidence: Runnable[State, State] = (
            _Step("followup", self._stand_alone)
            | self._reading
            | _Step("other reading", self._read_otherwise, timed=False)
            | _Step("parts", self._read_in_parts, timed=False)
        )
        self._end: Runnable[State, State] = _Step("answer", self._present, timed=False)
        self.chain: Runnable[State, State] = self._evidence | self._end
        self._known: OrderedDict[Key, State] = OrderedDict()  # what was found for the last questions
        self._turn = threading.BoundedSemaphore(CORES)

    def ask(self, question: str, history: Sequence[Turn] = (), conversation: str = "") -> Answer:
        """Answer one question; ``history`` holds the turns before it, oldest first.

        Args:
            conversation: what a budget per conversation is counted under.
        """
        *_, answer = self.stream(question, history, conversation)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: str, history: Sequence[Turn] = (), conversation: str = "") -> Iterator[Partial | Answer]:
        """What is known of the answer, as it grows: the checked sentences so far, each time there are more, then the answer.

        The text of each begins with the text of the one before. Without a model there is the answer alone. Closing the
        iterator ends the request to the model.
        """
        for told in self.follow(question, history, conversation):
            if isinstance(told, Partial):
                yield told
            else:
                assert told.answer
                yield told.answer

    def follow(
        self, question: str, history: Sequence[Turn] = (), conversation: str = "", stopped: Stopped = never
    ) -> Iterator[Partial | State]:
        """``stream``, with everything that the chain found out in the place of the answer alone.

        Args:
            stopped: asked while a model writes; once it is true the request to the model ends.

        Raises:
            StoppedError: it was.
        """
        shown = 0
        for state in self._written(question, history, conversation, stopped, again=True):
            if state.answer:
                yield state
            elif state.prose and len(state.prose.claims) > shown:
                assert state.standalone
                prose, shown = state.prose, len(state.prose.claims)
                yield present_partial(state.asked, state.standalone.text, prose.claims, prose.support, self._document_of, prose.model)

    def warm_up(self) -> None:
        """Load what a first question would wait for. No chat model is asked: what nobody wants to know is not paid for."""
        before = Turn(question="What does an AI product manager do?", standalone_question="What does an AI product manager do?")
        self.chain.invoke(State("And what does a senior one do?", (before,)))

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 10) -> tuple[Passage, ...]:
        """The ``k`` best passages for a question in its conversation."""
        state = self._stand_alone(State(question, tuple(history)))
        assert state.standalone
        return self._retriever.retrieve(state.standalone.text, state.standalone.context, k, meant=state.meant).passages

    def examine(self, question: str, history: Sequence[Turn] = (), conversation: str = "") -> State:
        """Answer one question and keep everything that the chain found out on the way: for evals. Nothing is taken from memory."""
        *_, last = self._written(question, history, conversation)
        return last

    def candidates(self, question: str, history: Sequence[Turn] = ()) -> State:
        """What the chain knows before anything is ranked: for fitting what ranks."""
        return self._find(self._stand_alone(State(question, tuple(history))))

    def _written(
        self, question: str, history: Sequence[Turn], conversation: str, stopped: Stopped = never, again: bool = False
    ) -> Iterator[State]:
        """The chain's end, after what a model has written on the way to it where there is one.

        Args:
            again: what was found for the same question before will do.
        """
        identity = uuid.uuid4().hex
        state = State(question, tuple(history), identity)
        if self._author is None:
            yield self._end.invoke(self._found(state) if again else self._evidence.invoke(state))
            return
        state = self._evidence.invoke(replace(state, meter=self._author.meter(identity, conversation, stopped)))
        assert state.judgement
        if not state.judgement.abstain:
            begin = time.perf_counter()
            written = state
            for written in self._write(state):
                yield written
            took = round((time.perf_counter() - begin) * 1000, 2)
            state = self._settled(written)
            state = replace(state, timings_ms=state.timings_ms | {"compose": round(state.timings_ms["compose"] + took, 2)})
        yield self._present(state)

    def _found(self, state: State) -> State:
        """What there is to a question, out of memory where the same index was asked the same before.

        As many questions at once as there are cores: more would only take turns at them, and those who ask the same as
        somebody who is being answered find the answer made when their turn comes.
        """
        key = (self._retriever.reader().manifest.fingerprint, state.asked, state.history)
        with self._turn:
            known = self._known.get(key)
            if known:
                return replace(known, id=state.id, timings_ms=dict.fromkeys(known.timings_ms, 0.0))
            found = self._evidence.invoke(state)
            self._known[key] = replace(found, contest=None, ranked=None)  # nine tenths of it, and what follows needs neither
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return found

    def _write(self, state: State) -> Iterator[State]:
        """The state with what the model has written so far, each time there is more."""
        assert self._author and state.standalone and state.retrieved and state.draft and state.ranked and state.judgement and state.meter
        if state.failure:
            yield replace(state, prose=Prose("", failure=state.failure))
            return
        unsure = state.judgement.confidence.level == "low"
        task = Task(state.standalone.text, state.draft, state.ranked, state.retrieved.vector, unsure, state.meter)
        for prose in self._author.compose(task):
            yield replace(state, prose=prose)

    @staticmethod
    def _settled(state: State) -> State:
        """What the model wrote in the place of the extractive claims, or with as much of them behind it as its failure calls for."""
        assert state.prose and state.draft and state.judgement
        prose, draft = state.prose, state.draft
        if not prose.claims:
            return replace(state, judgement=_unsure(state.judgement)) if prose.failure is Failure.NOTHING_FOUND else state
        cited = {span for claim in prose.claims for span in claim.spans}
        behind = zip(draft.claims, state.support, strict=True) if prose.failure else ()
        rest = [(claim, level) for claim, level in behind if not cited.issuperset(claim.spans)]
        return replace(
            state,
            draft=replace(draft, claims=(*prose.claims, *(claim for claim, _ in rest))),
            support=(*prose.support, *(level for _, level in rest)),
            judgement=judge_generated(state.judgement, prose.survival),
        )

    def _stand_alone(self, state: State) -> State:
        retriever = self._retriever
        understood = understand(state.asked, state.history, retriever.reader().lexical, retriever.encoder, self._word_vector)
        alone = understood.standalone
        if self._author and state.meter:
            try:
                written = self._author.standalone(state.asked, state.history, alone, state.meter)
            except ModelError as error:
                state = replace(state, failure=error.failure)
            else:
                if written is not alone:  # in a model's words it needs no conversation any more
                    return replace(state, standalone=written)
        return replace(state, standalone=alone, meant=understood.meant)

    def _find(self, state: State) -> State:
        """The passages, and every span of them that may answer."""
        return self._gather(self._retrieve(state))

    def _retrieve(self, state: State) -> State:
        assert state.standalone
        alone = state.standalone
        own = alone.question if alone.topic else ""
        retrieved = self._retriever.retrieve(alone.text, alone.context, own=own, meant=state.meant)
        kind = inherited_kind(alone)
        years = years_asked(alone.question, kind)
        spans = [span for passage in retrieved.passages for span in passage.spans]
        asked = in_bands(alone.question, years, spans)
        asked = in_level_words(asked, spans) if kind is AnswerKind.MONEY else asked
        return replace(state, standalone=replace(alone, question=asked), retrieved=retrieved, years=years)

    def _gather(self, state: State) -> State:
        assert state.standalone and state.retrieved
        alone, passages = state.standalone, state.retrieved.passages
        question = parse_question(alone.question, state.retrieved.lexical, alone.topic, inherited_kind(alone))
        near = passages[: self._passages]
        found = tuple(quotable(gather(question, near, self._word_vector), self._word_vector))
        told = state.history[-1].told if state.history else ""
        asks_on = alone.rule in (Rule.POINTED_BACK, Rule.LISTED) and any(t.own for t in question.terms)
        out = ruled_out(question, alone.text, state.years, found, told if asks_on else "")
        # what was swapped stands in a question that is whole again
        follows = bool(alone.topic or alone.context) and alone.rule is not Rule.SWAPPED
        signals = following(question, near, found, told, self._word_vector) if follows else None
        return replace(state, question=question, contest=Contest(alone.text, found, passages, out, signals))

    def _compose(self, state: State) -> State:
        assert state.question and state.contest and state.retrieved
        ranked = state.contest.rank()
        return replace(state, ranked=ranked, draft=compose(state.question, state.retrieved.passages, ranked, state.words or self._words))

    def _support(self, state: State) -> State:
        assert state.draft
        return replace(state, support=tuple(check_support(c.text, c.spans) for c in state.draft.claims))

    def _judge(self, state: State) -> State:
        assert state.question and state.draft and state.contest and state.retrieved
        supported = all(level == "supported" for level in state.support)
        best = state.draft.best
        document = self._document_of(best.span.document) if best else None
        now = next((claim.text for claim in state.draft.claims if best and best.span in claim.spans), "")
        repeated = bool(best and state.history and told_in(best.span, state.history[-1].told, now))
        as_of = document.as_of if document else None
        follows = state.contest.following is not None
        judgement = judge(
            state.question,
            state.draft,
            supported,
            missed=state.retrieved.missed,
            as_of=as_of,
            repeated=repeated,
            follows=follows,
            length=len(state.asked.split()),
        )
        return replace(state, judgement=judgement)

    def _read_otherwise(self, state: State) -> State:
        """What comes of the question's other reading, where the first ends in low confidence and the other is likelier."""
        assert state.standalone and state.judgement
        first = state.judgement
        if state.standalone.otherwise is None or first.confidence.level != "low":
            return state
        again = self._reading.invoke(replace(state, standalone=state.standalone.otherwise))
        assert again.judgement
        better = not again.judgement.abstain and (first.abstain or again.judgement.likely > first.likely)
        return again if better else replace(state, timings_ms=again.timings_ms)

    def _read_in_parts(self, state: State) -> State:
        """Both answers to a question that asks for two things, where each is found about as surely as one for the whole."""
        assert state.standalone and state.judgement
        if state.standalone.context or state.judgement.likely < HOPELESS:
            return state
        found: dict[Standalone, State] = {}  # each part with its candidates
        answered: dict[Standalone, State] = {}
        for pair in two_parts(state.standalone.question, self._word_vector):
            for part in pair:
                if part not in found:
                    found[part] = self._finding.invoke(replace(state, standalone=part, words=self._words // 2))
                    state = replace(state, timings_ms=found[part].timings_ms)
            if not _may_be_two(found[pair[0]], found[pair[1]], state):
                continue
            for part in reversed(pair):  # the second first: ways of taking a question apart mostly differ in the first
                if part not in answered:
                    answered[part] = self._answering.invoke(replace(found[part], timings_ms=state.timings_ms))
                    state = replace(state, timings_ms=answered[part].timings_ms)
                if not _sure_enough(answered[part], state):
                    break
            else:
                first, second = (answered[part] for part in pair)
                if _each_its_own(first, second, state) and not _listed_for_both(state, first, second):
                    return _both(state, first, second)
        return state

    def _present(self, state: State) -> State:
        assert state.standalone and state.retrieved and state.question and state.draft and state.judgement
        answer = present(
            answer_id=state.id or uuid.uuid4().hex,
            asked=state.asked,
            standalone=state.standalone.text,
            draft=state.draft,
            support=state.support,
            judgement=state.judgement,
            retrieved=state.retrieved,
            document_of=self._document_of,
            today=self._today(),
            timings_ms=state.timings_ms | {"total": round(sum(state.timings_ms.values()), 2)},
            author=_by(state),
        )
        return replace(state, answer=answer)


def _sure_enough(part: State, whole: State) -> bool:
    """Whether a part of a question is answered so surely that the whole one is better read as two."""
    assert part.judgement and whole.judgement
    likely = part.judgement.likely
    return not part.judgement.abstain and likely >= PART_FROM and (whole.judgement.abstain or likely >= whole.judgement.likely - PART_LESS)


def _may_be_two(first: State, second: State, whole: State) -> bool:
    """Whether the parts may be answered by two spans, as far as that is seen before any is read."""
    assert first.contest and second.contest
    told = _told_by(whole)
    return any(_two_of_them(*spans, told) for spans in product(first.contest.likeliest(NEARLY), second.contest.likeliest(NEARLY)))


def _each_its_own(first: State, second: State, whole: State) -> bool:
    """Whether the parts are answered by two spans."""
    assert first.draft and second.draft and first.draft.best and second.draft.best
    return _two_of_them(first.draft.best.span, second.draft.best.span, _told_by(whole))


def _listed_for_both(whole: State, first: State, second: State) -> bool:
    """Whether one whole list answers, as surely as the less sure of the parts ("the three differences between an AI PM and a PM").

    Not a table: its rows are told of each part by itself.
    """
    assert whole.draft and whole.draft.best and whole.judgement and first.judgement and second.judgement
    listed = any(span.kind is SpanKind.ITEM for claim in whole.draft.claims for span in claim.spans)
    likely = min(first.judgement.likely, second.judgement.likely)
    return whole.draft.best.span.kind is SpanKind.LEAD and listed and not whole.draft.best.missing and whole.judgement.likely >= likely


def _told_by(state: State) -> set[Span]:
    """The spans that an answer tells; none where it is a refusal."""
    assert state.draft and state.judgement
    return set() if state.judgement.abstain else {span for claim in state.draft.claims for span in claim.spans}


def _two_of_them(one: Span, other: Span, told: set[Span]) -> bool:
    """Whether two spans are different, and one of them is not told already."""
    return one != other and not {one, other} <= told


def _both(whole: State, first: State, second: State) -> State:
    """The state of a question whose parts were answered one by one; what surely answers it as a whole comes first."""
    assert first.draft and second.draft and first.judgement and second.judgement and first.ranked and second.ranked
    assert whole.draft and whole.judgement and whole.question
    claims = (*whole.draft.claims, *first.draft.claims, *second.draft.claims)
    level = dict(zip(claims, (*whole.support, *first.support, *second.support), strict=True))
    surely = whole.draft.claims[:1] if whole.judgement.confidence.level == "high" else ()
    opening = tuple(claim for claim in surely if claim.style is Style.SENTENCE)
    draft = both(first.draft, second.draft, opening, whole.question.comparison)
    ranked = both_ranked(first.ranked, second.ranked)
    judgement = judge_both(first.judgement, second.judgement)
    return replace(whole, draft=draft, ranked=ranked, support=tuple(level[c] for c in draft.claims), judgement=judgement)


def _by(state: State) -> By:
    """Whose the answer is, and why it is not the model's where it was to be."""
    usage = state.meter.usage if state.meter else None
    prose = state.prose
    if prose is None:
        return By(usage=usage)
    followed = state.draft is not None and len(state.draft.claims) > len(prose.claims)
    notes = (line(prose.failure, bool(prose.claims), followed),) if prose.failure else ()
    return By(prose.model if prose.claims else None, usage, notes)


def _unsure(judgement: Judgement) -> Judgement:
    """The judgement where a model that read the passages found no answer in them."""
    return replace(judgement, confidence=judgement.confidence.model_copy(update={"level": "low"}))


class _Step(Runnable[State, State]):
    """A step of the chain that notes how long it took, each time that it is gone through.

    LangChain's own ``RunnableLambda`` prepares for callbacks that nobody has asked for, which takes as long as a small step does.
    """

    def __init__(self, name: str, work: Callable[[State], State], timed: bool = True) -> None:
        self.name = name
        self._work = work
        self._timed = timed

    def invoke(self, input: State, config: RunnableConfig | None = None, **_: Any) -> State:  # noqa: A002 - LangChain's name
        """Go through the step, told to the callbacks where there are some."""
        callbacks = (config or {}).get("callbacks")
        if callbacks and getattr(callbacks, "handlers", True):
            return self._call_with_config(self._go, input, config)
        return self._go(input)

    def _go(self, state: State) -> State:
        begin = time.perf_counter()
        done = self._work(state)
        if not self._timed:
            return done
        took = (time.perf_counter() - begin) * 1000 + done.timings_ms.get(str(self.name), 0.0)
        return replace(done, timings_ms=done.timings_ms | {str(self.name): round(took, 2)})
