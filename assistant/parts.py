"""A question that asks for two things -> two questions: "RAG vs fine-tuning?", "who wrote Inspired, and what is it about?".

Words alone decide how a question comes apart, so some come apart that are one ("terms and conditions"). The chain keeps the two
only where both find an answer of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from assistant.answer import Turn
from assistant.followup import Rule, Standalone, points_at, resolve, thing_asked
from assistant.question import is_frame
from assistant.vocabulary import WordVector
from index.lexical import is_stop_word

MOST_PAIRS = 2  # ways of taking a question apart that are tried
MOST_OF_A_SIDE = 5  # words that name one of two things

_END = re.compile(r"[\s?.!]+$")
_STOP = ",;:?!."
_DASHES = " ,;:.-–—"
_JOINT = re.compile(
    r"(?P<listed>, )(?!and |or )"
    r"|,? (?:and|or|vs\.?|versus|compared (?:to|with)|(?P<compared>with|to)|(?P<measure>(?:more |less )?[a-z]+ )than) (?:(?:an?|the) )?",
    re.IGNORECASE,
)
# Another question of its own: "…, and what framework do I use?", "…? And a top executive?"
_CLAUSE = re.compile(
    r"[\s,?.;]\s*(?:(?:and|but|or)\s+)+(?:also |then )?"
    r"(?=(?:(?:in|to|for|from) what|what|how|why|who|when|where|which|is|are|do|does|did|can|should|will)\b)"
    r"|\?\s+(?=\S)",
    re.IGNORECASE,
)
_FEWEST_OF_A_CLAUSE = 2  # words
# What asks for the two things themselves: "what are BLEU and ROUGE?", "how do … differ?"
_WHAT_IS = re.compile(
    r"(?:(?:so|ok|and) )*(?:what(?:['’]?s| is| are| was| were)?(?:(?: the)? (?:difference|gap|distinction) between)?"
    r"|how (?:do|does|are)|explain|define|compare|describe|tell me about)?(?: an?| the)?",
    re.IGNORECASE,
)
_WHAT_THEY_ARE = re.compile(
    r"(?:what(?:['’]?s| is| are| do) )?"
    r"(?:(?:(?:how )?(?:do |are )?(?:they )?differ(?:ent)?|the difference|they|each|both)?(?: of them)?(?: about| mean| stand for)?"
    r"|(?:is (?:it|that) )?(?:the )?same(?: thing)?(?: or not)?|(?:explain|define|describe) (?:both|each|them))",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"(?:(?:and|but|so) )*(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have) \S", re.IGNORECASE)
_COMPARE = re.compile(r"(?:please )?(?:compare|contrast)\b", re.IGNORECASE)
_OF = re.compile(r"(?:\b[\w-]+ ){1,2}(?:of|for|in) (?:an? |the )?$")
_OF_ANOTHER = re.compile(r"(?:[\w-]+ ){1,2}(?:of|for|in) ")
# What two things are held against each other by, as it is asked of one of them.
_MEASURES = tuple(
    (re.compile(pattern, re.IGNORECASE), asked)
    for pattern, asked in (
        (r"\b(?:cheap|dear|pric|expensive)\w*", ("how much does ", " cost")),
        (r"\b(?:quick|short|long)(?:er|est)\b", ("how long is ", "")),
    )
)
_WHICH_IS = re.compile(r"(?:what|which)(?: one| of them| of the two)?(?:['’]?s| is| are) (?P<measure>[\w ]+?)[,:]?", re.IGNORECASE)
# Words that a name of a thing does not reach over, though they are no stop words: between, and the verbs of everyday questions.
_BOUNDS = frozenset(
    "between ask asks become cost costs differ do does earn earns get gets give gives have has interview know make makes mean means need"
    " needs pay pays say says take takes tell use used uses want wants work works".split()
)


def two_parts(question: str, vector_of: WordVector) -> Iterator[tuple[Standalone, Standalone]]:
    """The ways in which a question can be taken for two, the likelier first; none where it asks for one thing."""
    text = _END.sub("", question)
    sides = ((Standalone(one), Standalone(other)) for one, other in _by_sides(text))
    clauses = ((Standalone(one), _after(one, other, vector_of)) for one, other in _by_clauses(text))
    return islice(chain(sides, clauses), MOST_PAIRS)


def _after(one: str, other: str, vector_of: WordVector) -> Standalone:
    """The second clause as it is meant after the first; what stands alone is a question like any first one."""
    if thing_asked(other) and not points_at(other):  # "what is precision and what is recall?"
        return Standalone(other)
    alone = resolve(other, [Turn(question=one, standalone_question=one)], vector_of)
    return Standalone(alone.question) if alone.rule is Rule.ALONE and not alone.topic else alone


def _by_clauses(text: str) -> Iterator[tuple[str, str]]:
    for match in _CLAUSE.finditer(text):
        clauses = text[: match.start()].strip(), text[match.end() :].strip()
        if all(len(clause.split()) >= _FEWEST_OF_A_CLAUSE for clause in clauses):
            yield clauses


def _by_sides(text: str) -> Iterator[tuple[str, str]]:
    for joint in _JOINT.finditer(text):
        left, right = text[: joint.start()], text[joint.end() :]
        one, other = _named_last(left.split()), _named_first(right.split())
        if not one or not other or (joint["compared"] and not _COMPARE.match(text)):
            continue
        named = " ".join(other)
        before = left[: left.rfind(" ".join(one))].rstrip()
        if _YES_NO.match(before):  # "does a human name and a face make …?" asks for one thing
            continue
        rest = right[len(named) :].strip()
        after = f"{joint['measure'] or ''}{rest.strip(_DASHES)}".strip()
        if joint["listed"] and (before or not _WHAT_THEY_ARE.fullmatch(after)):  # "roadmap, backlog: same thing?"
            continue
        link = ", " if named[-1] in _STOP or rest[:1] in _DASHES else " "
        yield from _asked_of_each(before, " ".join(one), named.rstrip(_STOP), after, link, right)


def _named_first(words: list[str]) -> list[str]:
    """The words that a list begins with, as far as they may name one thing: up to a version number, where there is one."""
    found: list[str] = []
    for place, word in enumerate(words[:MOST_OF_A_SIDE]):
        within = found and word.lower() == "of" and not _bounds(" ".join(words[place + 1 : place + 2]))  # "chain of thought"
        if _bounds(word) and not within:
            break
        found.append(word)
        if word[-1] in _STOP:
            break
    numbered = [place for place, word in enumerate(found, 1) if word[0].isdigit()]
    return found[: numbered[-1]] if numbered else found


def _named_last(words: list[str]) -> list[str]:
    """The words that a list ends with, as far as they may name one thing."""
    found: list[str] = []
    for word in words[: -MOST_OF_A_SIDE - 1 : -1]:
        if _bounds(word) or word[-1] in _STOP:
            break
        found.insert(0, word)
    return found


def _bounds(word: str) -> bool:
    plain = word.lower().strip(_DASHES)
    return not plain or is_stop_word(plain) or is_frame(plain) or plain in _BOUNDS


def _asked_of_each(before: str, one: str, other: str, after: str, link: str, right: str) -> Iterator[tuple[str, str]]:
    """The question as it is asked of the one and of the other, the likeliest way first."""
    of = _OF.search(f"{before} ")
    if of and _OF_ANOTHER.match(right):  # "the levels of a tree and the dimensions of a job"
        yield f"{before} {one}", f"{before[: of.start()]}{right}"
        return
    if before and after.startswith("to ") and _WHAT_IS.fullmatch(before):  # "Kano and jobs to be done"
        other, after = f"{other} {after}", ""
    opening, ending = _around(before, after, link)
    yield f"{opening}{one}{ending}", f"{opening}{other}{ending}"
    if " " in other and " " not in one:  # "intrinsic and extrinsic hallucinations"
        yield f"{opening}{' '.join([one, *other.split()[1:]])}{ending}", f"{opening}{other}{ending}"


def _around(before: str, after: str, link: str) -> tuple[str, str]:
    """What stands around each of the two things when it is asked of by itself."""
    if _WHAT_IS.fullmatch(before) and _WHAT_THEY_ARE.fullmatch(after):
        return "what is ", ""
    which = _WHICH_IS.fullmatch(before)
    if before in ("", "is", "are") or which:  # "is X cheaper than Y", "which is cheaper, X or Y"
        held_by = which["measure"] if which else after
        measured = next((asked for pattern, asked in _MEASURES if pattern.search(held_by)), None)
        if measured:
            return measured
    return f"{before} ".lstrip(), f"{link}{after}" if after else ""
