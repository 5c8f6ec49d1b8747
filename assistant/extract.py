"""Passages -> claims, without a model: verbatim spans, as few as answer the question.

The direct answer comes first. A list or table is given whole when its lead is what answers best, a single item or row when
that does. Further spans follow where they add to it, by what readers said of such spans (``beside.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.beside import beside, same_section
from assistant.evidence import Candidate, is_remark
from assistant.pay import one_level_of_all, other_accounts
from assistant.question import NUMBER_WORDS, AnswerKind, Question, stems
from assistant.tables import cells, tell_row
from index.documents import Span, SpanKind
from index.lexical import stem, words

if TYPE_CHECKING:
    from index.retriever import Passage

NOT_COMPARED = "Each is told by itself: I found no passage that compares the two."
MAX_SPANS = 3  # of sentences in one answer
LIST_BESIDE = 0.3  # share of the best span's likelihood from which a whole list is told after it, where a list is asked for
MAX_LIST = 14  # items or rows of a list given whole
BELOW = 3  # characters between a line and the table that it introduces: a blank line
SAME = 0.6  # share of common words from which two spans say the same
NO_RIVAL = -8.0  # logit of a rival where there is none


_MODELS = stem("models")

# "five AI PM levels": the number of some things, and the words that say of what.
_COUNTED = ("no", *NUMBER_WORDS.split()[:12])
_COUNT = re.compile(rf"\b(?P<size>{'|'.join(_COUNTED[3:])}) (?P<of>(?:[\w-]+ ){{0,3}}[\w-]+)", re.IGNORECASE)


class Style(StrEnum):
    """How a claim is set in the answer."""

    SENTENCE = "sentence"
    LEAD = "lead"
    ITEM = "item"
    APART = "apart"  # a sentence that answers if the question was meant otherwise


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
    chosen: tuple[Candidate, ...]  # that answer, without what is set apart
    likelihood: float  # of the best span among all, by the softmax over their scores
    reading: float = 0.0  # the cross-encoder's logit of the best span
    rival: float = 0.0  # the highest logit of any other
    first: tuple[Candidate, ...] = ()  # the three best spans, whether or not they are in the answer
    notes: tuple[str, ...] = ()  # what to know of the answer as a whole


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates with what ranker and cross-encoder make of them."""

    candidates: tuple[Candidate, ...]
    scores: NDArray[np.float64]  # joined; only differences mean anything
    logits: NDArray[np.float64]  # the cross-encoder's
    out: NDArray[np.bool_]  # which are ruled out


def compose(question: Question, passages: Sequence[Passage], ranked: Ranked, words: int) -> Draft:
    """Compose an answer from spans.

    Args:
        words: how many words an answer of sentences aims to stay under; the first span is given whatever its length.
    """
    candidates, order = ranked.candidates, tellable(ranked, passages)
    if not order:
        return Draft((), None, (), 0.0)
    likelihood, best = likelihoods(ranked), candidates[order[0]]
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
    claims, chosen = _choose(question, ranked, likelihood, order, words)
    return Draft(claims, best, chosen, sure, reading, rival, first)


def likelihoods(ranked: Ranked) -> NDArray[np.float64]:
    """A softmax over the scores of the candidates, of which there is at least one: shape ``(candidates,)``."""
    share = np.exp(ranked.scores - ranked.scores.max())
    return np.asarray(share / share.sum())


def tellable(ranked: Ranked, passages: Sequence[Passage]) -> list[int]:
    """The places of the candidates, likeliest first, without leads of lists of which nothing was retrieved.

    What such a lead announces would not follow.
    """
    spans = [candidate.span for candidate in ranked.candidates]
    return [int(i) for i in np.argsort(-ranked.scores) if spans[i].kind is not SpanKind.LEAD or whole_list(spans[i], passages)]


def both(first: Draft, second: Draft, opening: Sequence[DraftClaim] = (), compared: bool = False) -> Draft:
    """One answer out of those to two parts of a question, after an opening; what says how sure it is comes from the less likely of them.

    Args:
        compared: whether the question holds the two against each other.
    """
    less = min(first, second, key=lambda draft: draft.likelihood)
    told = dict.fromkeys((*opening, *first.claims, *second.claims))
    answering = [claim for claim in told if claim.style is not Style.APART]
    apart = [claim for claim in told if claim.style is Style.APART and claim.spans not in [c.spans for c in answering]]
    best_of_each = [c for pair in zip(first.first, second.first, strict=False) for c in pair]
    return replace(
        less,
        claims=(*answering, *apart),
        chosen=tuple({c.span: c for c in (*first.chosen, *second.chosen)}.values()),
        first=tuple(best_of_each[:3]),
        notes=(NOT_COMPARED,) if compared and not opening and not _side_by_side(first, second) else (),
    )


def _side_by_side(first: Draft, second: Draft) -> bool:
    """Whether the answers to both parts stand in one table or list."""
    leads = [draft.best.span.lead for draft in (first, second) if draft.best]
    return bool(leads[0]) and leads[0] == leads[-1]


def both_ranked(first: Ranked, second: Ranked) -> Ranked:
    """The candidates of both parts of a question in one order, the best of each level with each other."""
    scores = np.concatenate([some.scores - some.scores.max(initial=-np.inf) for some in (first, second)])
    logits, out = np.concatenate([first.logits, second.logits]), np.concatenate([first.out, second.out])
    return Ranked((*first.candidates, *second.candidates), scores, logits, out)


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
        if announcing.text.count(",") >= size - 2 or not wanted & stems(count["of"]):
            continue
        for lead in (s for p in passages for s in p.spans if s.kind is SpanKind.LEAD and same_section(s, announcing)):
            if len(whole_list(lead, passages)) == size:
                return lead
    return None


def _choose(
    question: Question, ranked: Ranked, likelihood: NDArray[np.float64], order: Sequence[int], words: int
) -> tuple[tuple[DraftClaim, ...], tuple[Candidate, ...]]:
    """The best span, then what belongs beside it and what is set apart while there is room, told; and which candidates answer."""
    best = ranked.candidates[order[0]]
    chosen, claims = [best], [_claim(question, best.span)]
    if accounts := other_accounts(question, best, [ranked.candidates[i] for i in order[1:]]):
        return (*claims, *(_claim(question, c.span, after=chosen) for c in accounts)), (best, *accounts)
    others = beside(question, ranked, likelihood, order)
    for place in (*others.in_answer, *others.set_apart):
        candidate = ranked.candidates[place]
        claim = _claim(question, candidate.span, after=chosen)
        length = sum(len(c.text.split()) for c in (*claims, claim))
        told = [span for c in claims for span in c.spans]
        if len(claims) == MAX_SPANS or length > words or any(_says_the_same(candidate.span, span) for span in told):
            continue
        if place in others.in_answer:
            chosen.append(candidate)
        else:
            claim = replace(claim, style=Style.APART)
        claims.append(claim)
    return tuple(claims), tuple(chosen)


def whole_list(lead: Span, passages: Sequence[Passage]) -> list[Span]:
    """The items or rows that a lead stands for, in reading order, as far as they were retrieved."""
    spans = {s.start: s for p in passages for s in p.spans if s.document == lead.document}
    head = lead.text
    if not head.startswith("|"):  # a line that introduces a table: the header stands right below it
        header = (s.text for s in spans.values() if s.kind is SpanKind.LEAD and 0 < s.start - lead.end <= BELOW and s.text.startswith("|"))
        head = next(header, head)
    return [spans[start] for start in sorted(spans) if spans[start].lead == head and start > lead.start][:MAX_LIST]


def _whole(question: Question, lead: Span, passages: Sequence[Passage]) -> tuple[DraftClaim, ...]:
    """A list or table, told whole; of a table only the rows that the question names."""
    members = whole_list(lead, passages)
    if named := _named(question, members):
        return tuple(DraftClaim(_item(question, row), (row,), Style.SENTENCE if len(named) == 1 else Style.ITEM) for row in named)
    claims = [DraftClaim(_item(question, member), (member,), Style.ITEM) for member in members]
    if lead.text.startswith("|"):  # a table's header is told with each of its rows
        return tuple(claims)
    return (DraftClaim(lead.text, (lead,), Style.LEAD), *claims)


def _named(question: Question, members: Sequence[Span]) -> list[Span]:
    """The rows whose subject stands in the question; none where it compares one of them with what has no row by its name.

    The longest is found first: "GPT-4o mini" does not name "GPT-4o". Neither do "GPT-5 models", nor "an AI product manager" in general.
    """
    taken_over = [term.unit.word for term in question.terms if not term.own]
    said = [stem(word) for word in words(" ".join((question.text, *taken_over)))]
    subjects = {row: tuple(stem(word) for word in words(cells(row.text)[0])) for row in members if row.kind is SpanKind.ROW}
    if any(one_level_of_all(question, row, frozenset({row.lead})) for row in subjects):
        return []
    found = set()
    for subject in sorted(set(subjects.values()), key=len, reverse=True):
        size = len(subject)
        place = next((i for i in range(len(said) - size + 1) if size and tuple(said[i : i + size]) == subject), None)
        if place is not None and said[place + size : place + size + 1] != [_MODELS]:
            found.add(subject)
            said[place : place + size] = [""] * size
    return [row for row in subjects if subjects[row] in found] if len(found) > question.comparison else []


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


def _says_the_same(new: Span, said: Span) -> bool:
    """Whether a span brings no figure that was not said, and little wording; our own remarks on said figures bring nothing."""
    a, b = stems(new.text), stems(said.text)
    figures_new, figures_said = ({w for w in s if w[0].isdigit()} for s in (a, b))
    if figures_new and figures_new <= figures_said and is_remark(new):
        return True
    return bool(a and b) and figures_new == figures_said and len(a & b) / min(len(a), len(b)) >= SAME
