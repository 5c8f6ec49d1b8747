"""What is special about pay: levels are not alike, base is not total, and sources differ.

Public figures on pay differ by more than two to one. So an answer on pay in general sets the accounts of different sources
side by side, each with its own words for kind and date; base pay is never set against total pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from assistant.evidence import MONEY, Candidate, is_remark
from assistant.question import AnswerKind, Question
from index.documents import Span, SpanKind

MOST_ACCOUNTS = 2  # of other sources beside the best one

_LEVELS = tuple(
    re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
    for names in ("associate|apms?|junior|entry[- ]level|trainee|starter", "senior", "directors?", "vps?|vice presidents?", "mid[- ]level")
)
MID_LEVEL = 4  # the place of the level that a pay table gives no name: "AI Product Manager"
_KINDS = {
    "base": re.compile(r"\bbase\b|\bfixed (?:pay|salary)\b", re.IGNORECASE),
    "total": re.compile(r"\btotal (?:pay|comp|compensation)\b|\bpackage\b|\ball[- ]in\b", re.IGNORECASE),
}
_AI_PM = re.compile(r"\bAI (?:PMs?|product managers?)\b", re.IGNORECASE)


def another_level(question: str, span: Span) -> bool:
    """Whether the question asks for one career level and the span speaks only of others, or stands for a whole table.

    To a model of meaning "junior" and "senior" are near; to a person who asks for a salary they are not.
    """
    asked, told = levels_named(question), levels_named(span.text)
    whole_table = span.kind is SpanKind.LEAD and span.text.startswith("|")
    return bool(asked) and (whole_table or (bool(told) and not asked & told))


def one_level_of_all(question: Question, span: Span, leads: frozenset[str]) -> bool:
    """Whether the question is what an AI PM earns, of no level or years in particular, and the span is one row of a table of levels.

    "AI Product Manager" is the name of one level in such a table, and what people call the job at any: the whole table answers.

    Args:
        leads: texts of the leads that were retrieved.
    """
    return _row_of_levels(span) and span.lead in leads and _general(question) and not re.search(r"\d|\byears?\b", question.text)


def in_level_words(question: str, spans: Iterable[Span]) -> str:
    """The question with its career level in the words of the table's rows, where one has it: "junior" is "associate" there.

    Args:
        question: about pay.
        spans: what was retrieved.
    """
    rows = " . ".join(span.text for span in spans if _row_of_levels(span))
    for level in levels_named(question):
        asked, told = _LEVELS[level].search(question), _LEVELS[level].search(rows)
        if asked and told and asked.group().lower().rstrip("s") not in rows.lower():
            word = told.group() if told.group().isupper() else told.group().lower()
            question = question[: asked.start()] + word + question[asked.end() :]
            question = re.sub(rf"\ban? (?={word}\b)", "an " if word[0] in "aeiou" else "a ", question, flags=re.IGNORECASE)
    return question


def _row_of_levels(span: Span) -> bool:
    """Whether a span is a row of a pay table by levels."""
    return span.kind is SpanKind.ROW and "Level" in span.lead and bool(_kinds(span.lead))


def _general(question: Question) -> bool:
    """Whether a question is what AI PMs earn, and of no level in particular."""
    plain = question.kind is AnswerKind.MONEY and not question.comparison and not levels_named(question.text)
    return plain and bool(_AI_PM.search(question.text))


def sets_base_against_total(question: Question, span: Span) -> bool:
    """Whether a sentence sets one group's base pay beside another's total: no answer to what somebody earns.

    It may still be quoted where a comparison is asked for, or where the question names what the sentence is about.
    """
    if question.kind is not AnswerKind.MONEY or question.comparison or span.kind is SpanKind.ROW:
        return False
    named = any(t.own and t.unit.proper and t.unit.word in span.text.lower() for t in question.terms)
    return not named and len(_kinds(span.text)) > 1 and len(MONEY.findall(span.text)) > 1


def other_accounts(question: Question, best: Candidate, others: Sequence[Candidate]) -> list[Candidate]:
    """Where the question is what an AI PM earns, what other sources say, one span a source, best first."""
    table = best.span.kind is SpanKind.LEAD and bool(_kinds(best.span.text))  # a whole table of base and total pay
    if not _general(question) or not (table or _account(best.span)):
        return []
    asked = _kinds(question.text)
    said = set(best.span.keys)
    found: list[Candidate] = []
    for candidate in others:
        span = candidate.span
        wanted = not asked or asked & _kinds(span.text)
        if (
            wanted
            and _account(span)
            and not _row_of_levels(span)
            and _AI_PM.search(span.text)
            and not said & set(span.keys)
            and not sets_base_against_total(question, span)
        ):
            found.append(candidate)
            said |= set(span.keys)
    return found[:MOST_ACCOUNTS]


def _account(span: Span) -> bool:
    """Whether a span states an amount of pay, of a kind that it names, and is not a remark of ours."""
    text = f"{span.lead} {span.text}" if span.kind is SpanKind.ROW else span.text
    return span.kind is not SpanKind.LEAD and bool(MONEY.search(span.text) and _kinds(text)) and not is_remark(span)


@lru_cache(maxsize=20_000)
def _kinds(text: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _KINDS.items() if pattern.search(text))


@lru_cache(maxsize=20_000)
def levels_named(text: str) -> frozenset[int]:
    """The career levels that a text names, by their place in the ladder's list."""
    return frozenset(level for level, pattern in enumerate(_LEVELS) if pattern.search(text))
