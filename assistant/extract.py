"""Passages -> claims, without a model: verbatim spans, as few as answer the question.

The direct answer comes first. A list or table is given whole when its lead is what answers best, a single item or row when
that does. Further spans follow only while it is open which one answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import Candidate, is_remark
from assistant.pay import other_accounts
from assistant.question import NUMBER_WORDS, AnswerKind, Question, units
from assistant.tables import tell_row
from index.documents import Span, SpanKind

if TYPE_CHECKING:
    from index.retriever import Passage

MAX_SPANS = 3  # of sentences in one answer
ENOUGH = 0.95  # stop when the spans taken hold the answer with this probability, by the ranker's softmax
# Share of the best span's likelihood under which another is not shown beside it. With .08 instead of .05 an answer has 49 words instead
# of 52, and one of 430 fitting answers lacks a fact; with more, answers on other documents lose more than that (squad2).
WORTH_SHOWING = 0.08
# A span is not shown beside the best one when the cross-encoder took it for no answer, and clearly less of one than the best: of
# 579 such spans of our fitting questions 6 held what the others lacked.
UNLIKELY, CLEARLY_LESS = -3.0, 1.0  # logits
REMARK_WORTH_SHOWING = 0.3  # the same of our own reading or arithmetic beside a source's words
LIST_BESIDE = 0.3  # share of the best span's likelihood from which a whole list is told after it, where a list is asked for
MAX_LIST = 14  # items or rows of a list given whole
BELOW = 3  # characters between a line and the table that it introduces: a blank line
SAME = 0.6  # share of common words from which two spans say the same
NO_RIVAL = -8.0  # logit of a rival where there is none
COMPARE_AMONG = 8  # best spans among which a comparison looks for its other side
COMPARE_GAIN = 0.12  # share of a comparison's words that its other side has to add


# "five AI PM levels": the number of some things, and the words that say of what.
_COUNTED = ("no", *NUMBER_WORDS.split()[:12])
_COUNT = re.compile(rf"\b(?P<size>{'|'.join(_COUNTED[3:])}) (?P<of>(?:[\w-]+ ){{0,3}}[\w-]+)", re.IGNORECASE)


class Style(StrEnum):
    """How a claim is set in the answer."""

    SENTENCE = "sentence"
    LEAD = "lead"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One sentence of an answer to be, with the spans that bear it."""

    text: str
    spans: tuple[Span, ...]
    style: Style


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed answer, before its support is checked."""

    claims: tuple[DraftClaim, ...]
    best: Candidate | None
    chosen: tuple[Candidate, ...]
    likelihood: float  # of the best span among all, by the softmax over their scores
    reading: float = 0.0  # the cross-encoder's logit of the best span
    rival: float = 0.0  # the highest logit of any other
    first: tuple[Candidate, ...] = ()  # the three best spans, whether or not they are in the answer


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates with what ranker and cross-encoder make of them."""

    candidates: tuple[Candidate, ...]
    scores: NDArray[np.float64]  # joined; only differences mean anything
    logits: NDArray[np.float64]  # the cross-encoder's


def compose(question: Question, passages: Sequence[Passage], ranked: Ranked, words: int) -> Draft:
    """Compose an answer from spans.

    Args:
        words: how many words an answer of sentences aims to stay under; the first span is given whatever its length.
    """
    candidates, scores = ranked.candidates, ranked.scores
    if not candidates:
        return Draft((), None, (), 0.0)
    likelihood = np.exp(scores - scores.max())
    likelihood /= likelihood.sum()
    ranked_order = [int(i) for i in np.argsort(-scores)]
    # the lead of a list of which nothing was retrieved announces what does not follow
    order = [i for i in ranked_order if candidates[i].span.kind is not SpanKind.LEAD or whole_list(candidates[i].span, passages)]
    if not order:
        return Draft((), None, (), 0.0)
    best = candidates[order[0]]
    sure, reading = float(likelihood[order[0]]), float(ranked.logits[order[0]])
    rival = float(np.delete(ranked.logits, order[0]).max(initial=NO_RIVAL))
    first = tuple(candidates[i] for i in order[:3])
    if best.span.kind is SpanKind.LEAD:
        accounts = other_accounts(question, best, [candidates[i] for i in order[1:]])
        told = tuple(_claim(question, c.span) for c in accounts)
        return Draft((*_whole(question, best.span, passages), *told), best, (best, *accounts), sure, reading, rival, first)
    if question.kind is AnswerKind.LIST and (lead := _list_beside(ranked, likelihood, order)):
        told = _whole(question, lead.span, passages)
        first_of_all = () if best.span.lead == lead.span.text else (_claim(question, best.span),)
        return Draft((*first_of_all, *told), best, (best, lead), sure, reading, rival, first)
    if question.kind is AnswerKind.LIST and (heading := _announced(question, best.span, passages)):
        return Draft((_claim(question, best.span), *_whole(question, heading, passages)), best, (best,), sure, reading, rival, first)
    chosen = _choose(question, ranked, likelihood, order, words)
    claims = tuple(_claim(question, c.span, after=chosen[:i]) for i, c in enumerate(chosen))
    return Draft(claims, best, tuple(chosen), sure, reading, rival, first)


def both(first: Draft, second: Draft, opening: Sequence[DraftClaim] = ()) -> Draft:
    """One answer out of those to two parts of a question, after an opening; what says how sure it is comes from the less likely of them."""
    less = min(first, second, key=lambda draft: draft.likelihood)
    best_of_each = [c for pair in zip(first.first, second.first, strict=False) for c in pair]
    return replace(
        less,
        claims=tuple(dict.fromkeys((*opening, *first.claims, *second.claims))),
        chosen=tuple({c.span: c for c in (*first.chosen, *second.chosen)}.values()),
        first=tuple(best_of_each[:3]),
    )


def both_ranked(first: Ranked, second: Ranked) -> Ranked:
    """The candidates of both parts of a question in one order, the best of each level with each other."""
    scores = np.concatenate([some.scores - some.scores.max(initial=-np.inf) for some in (first, second)])
    return Ranked((*first.candidates, *second.candidates), scores, np.concatenate([first.logits, second.logits]))


def _list_beside(ranked: Ranked, likelihood: NDArray[np.float64], order: Sequence[int]) -> Candidate | None:
    """The lead of a list that is nearly as likely as the best span, which is a single sentence."""
    near = [i for i in order[1:] if likelihood[i] >= LIST_BESIDE * likelihood[order[0]] and ranked.logits[i] > 0]
    return next((c for i in near if (c := ranked.candidates[i]).span.kind is SpanKind.LEAD), None)


def _announced(question: Question, announcing: Span, passages: Sequence[Passage]) -> Span | None:
    """The lead of the list that a sentence only counts: "… for five AI PM levels", where five rows or items of its section follow.

    None where the sentence names them itself, and where it counts something that was not asked for.
    """
    wanted = {part for term in question.terms for part in term.unit.stem.split()}
    for count in _COUNT.finditer(announcing.text):
        size = _COUNTED.index(count["size"].lower())
        if announcing.text.count(",") >= size - 2 or not wanted & _stems(count["of"]):
            continue
        for lead in (s for p in passages for s in p.spans if s.kind is SpanKind.LEAD and _same_section(s, announcing)):
            if len(whole_list(lead, passages)) == size:
                return lead
    return None


def _same_section(one: Span, other: Span) -> bool:
    return (one.document, one.section) == (other.document, other.section)


def _choose(question: Question, ranked: Ranked, likelihood: NDArray[np.float64], order: Sequence[int], words: int) -> list[Candidate]:
    """The best span, the other side of a comparison, then whatever else may be the answer while there is room."""
    candidates, logits = ranked.candidates, ranked.logits
    chosen = [candidates[order[0]]]
    certain = float(likelihood[order[0]])
    others = [candidates[i] for i in order[1:]]
    accounts = other_accounts(question, chosen[0], others)
    sides = _other_sides(question, chosen[0], others) if question.comparison else []
    chosen += accounts or sides[: MAX_SPANS - 1]
    if accounts:
        return chosen
    length = sum(_words(question, c.span) for c in chosen)
    for index in order[1:]:
        candidate = candidates[index]
        share = likelihood[index] / likelihood[order[0]]
        if len(chosen) >= MAX_SPANS or certain >= ENOUGH or share < WORTH_SHOWING:
            break
        certain += float(likelihood[index])
        if logits[index] < min(UNLIKELY, logits[order[0]] - CLEARLY_LESS):
            continue
        if share < REMARK_WORTH_SHOWING and is_remark(candidate.span) and not is_remark(chosen[0].span):
            continue
        more = _words(question, candidate.span)
        same = any(c is candidate or _says_the_same(candidate.span, c.span) for c in chosen)
        if same or length + more > words or candidate.span.kind is SpanKind.LEAD:
            continue
        chosen.append(candidate)
        length += more
    return chosen


def _other_sides(question: Question, best: Candidate, others: Sequence[Candidate]) -> list[Candidate]:
    """What a comparison needs beside the best span: first its neighbours in the same list or table, then any other span."""
    beside = [c for c in others if best.span.lead and (c.span.document, c.span.lead) == (best.span.document, best.span.lead)]
    taken = [best]
    for candidate in (*beside, *others[:COMPARE_AMONG]):
        leads = candidate.span.kind is SpanKind.LEAD
        if not leads and candidate not in taken and _adds(question, taken, candidate.span) >= COMPARE_GAIN:
            taken.append(candidate)
    if taken == [best] and beside and best.span.kind is SpanKind.ROW:
        taken.append(beside[0])  # the words tell no other side ("a regular one"): the row that comes next in rank is it
    return taken[1:]


def whole_list(lead: Span, passages: Sequence[Passage]) -> list[Span]:
    """The items or rows that a lead stands for, in reading order, as far as they were retrieved."""
    spans = {s.start: s for p in passages for s in p.spans if s.document == lead.document}
    head = lead.text
    if not head.startswith("|"):  # a line that introduces a table: the header stands right below it
        header = (s.text for s in spans.values() if s.kind is SpanKind.LEAD and 0 < s.start - lead.end <= BELOW and s.text.startswith("|"))
        head = next(header, head)
    return [spans[start] for start in sorted(spans) if spans[start].lead == head and start > lead.start][:MAX_LIST]


def _whole(question: Question, lead: Span, passages: Sequence[Passage]) -> tuple[DraftClaim, ...]:
    claims = [DraftClaim(_item(question, member), (member,), Style.ITEM) for member in whole_list(lead, passages)]
    if lead.text.startswith("|"):  # a table's header is told with each of its rows
        return tuple(claims)
    return (DraftClaim(lead.text, (lead,), Style.LEAD), *claims)


def _claim(question: Question, span: Span, after: Sequence[Candidate] = ()) -> DraftClaim:
    if span.kind is SpanKind.ROW:
        return DraftClaim(tell_row(span, question), (span,), Style.SENTENCE)
    text = _plain(span)
    told = any(c.span.lead == span.lead for c in after)
    if span.kind is SpanKind.ITEM and span.lead and not told:  # an item is no sentence: its lead says what it is one of
        text = f"{text.rstrip(' .')} (from a list: {span.lead.rstrip(' :')})"
    return DraftClaim(text if text[-1:] in ".!?:\"'”’)" else f"{text}.", (span,), Style.SENTENCE)


def _item(question: Question, span: Span) -> str:
    return tell_row(span, question) if span.kind is SpanKind.ROW else _plain(span)


def _plain(span: Span) -> str:
    """The span on one line, without comments of HTML: nobody who reads the document sees them. The quote keeps them."""
    return " ".join(re.sub(r"<!--.*?-->", " ", span.text, flags=re.DOTALL).split()) or span.text


def _words(question: Question, span: Span) -> int:
    return len(_claim(question, span).text.split())


def _stems(text: str) -> set[str]:
    return {part for unit in units(text) for part in unit.stem.split()}


def _says_the_same(new: Span, said: Span) -> bool:
    """Whether a span brings no figure that was not said, and little wording; our own remarks on said figures bring nothing."""
    a, b = _stems(new.text), _stems(said.text)
    figures_new, figures_said = ({w for w in s if w[0].isdigit()} for s in (a, b))
    if figures_new and figures_new <= figures_said and is_remark(new):
        return True
    return bool(a and b) and figures_new == figures_said and len(a & b) / min(len(a), len(b)) >= SAME


def _adds(question: Question, chosen: Sequence[Candidate], span: Span) -> float:
    """Share of the question's weight that this span bears and none of the chosen does."""
    said = set().union(*(_stems(c.span.text) for c in chosen))
    new = _stems(span.text)
    weights = {part: t.rarity for t in question.terms for part in t.unit.stem.split()}
    total = sum(weights.values()) or 1.0
    return sum(weight for part, weight in weights.items() if part in new and part not in said) / total
