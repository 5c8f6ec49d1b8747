"""Whether an answer lacks the kind of thing that was asked for: a share, a count of just that, a length of time, a reason.

``evidence.fits`` asks this leniently of each span, to rank them. Here it is asked of the whole answer, and strictly, to judge it:
"How many experts voted?" is not answered by a year, nor by a number of something else.
"""

from __future__ import annotations

import re

from assistant.evidence import MONEY
from assistant.question import AnswerKind, Question, units

NEAR = 6  # words between a number and what it counts

_NUMBER_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|fifteen|twenty|thirty|forty|fifty|sixty|hundred|thousand|million|billion)s?"
_FIGURE = re.compile(rf"(?<![\w.])(?:[$€£]?\d[\d,.]*\d?[kmb%+]?|{_NUMBER_WORD}|single|both|none|no)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_SPAN_OF_TIME = re.compile(
    rf"(?:\d|\b{_NUMBER_WORD})[\w\s,.+-]{{0,12}}[\s-](?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|centur(?:y|ies))\b"
    r"|\b(?:years?|months?|weeks?|days?) \d|\b(?:a|an|half an?) (?:year|month|week|day|hour|minute|decade|century)\b|\bfrom \d{3,4} (?:to|until)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\d\s?%|\bper\s?cent\b|\b(?:half|thirds?|quarters?|fifths?|twice|double[ds]?|triple[ds]?|times)\b|\d\s?x\b|\bone in \w+", re.IGNORECASE
)
_DATE = re.compile(
    r"\b(?:1\d|20)\d\ds?\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b|\bcentur(?:y|ies)\b|\b\d{3} (?:BC|AD)\b"
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|reasons?|therefore|thus|hence|so that|in order to|as a result|caus(?:e|es|ed|ing)|led to|leads? to|leading to|explain(?:s|ed)?"
    r"|in response to|so as|to (?:avoid|prevent|protect|reduce|allow|help|make|gain|keep|show|give|let|find)|thanks to|for fear|sought to|so (?:it|they|that)|which (?:is why|makes?)|for lack of)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many (?:(?:of|the|other|more|different|such) )*(?P<what>[\w'’-]+(?: [\w'’-]+)?)", re.IGNORECASE)


def lacks(question: Question, answer: str) -> bool:
    """Whether an answer holds nothing of the kind that was asked for; figures and dates of the question itself do not count.

    False where any text would do, as for "what is …".
    """
    told = answer
    for term in question.terms:
        if term.unit.figure:
            told = re.sub(rf"(?<!\w){re.escape(term.unit.word)}(?!\w)", " ", told, flags=re.IGNORECASE)
    pattern = {
        AnswerKind.MONEY: MONEY,
        AnswerKind.PERCENT: _SHARE,
        AnswerKind.DURATION: _SPAN_OF_TIME,
        AnswerKind.DATE: _DATE,
        AnswerKind.REASON: _REASON,
    }.get(question.kind)
    if pattern is not None:
        return not pattern.search(told)
    return question.kind is AnswerKind.COUNT and not _figures(told)


def counts_something_else(question: Question, answer: str) -> bool:
    """Whether "how many X" is asked, the answer speaks of X, and no number of it stands near any X."""
    asked = _COUNTED.search(question.text)
    if not asked:
        return False
    wanted = {u.stem for u in units(asked["what"].split()[0])} or {u.stem for u in units(asked["what"])}
    words = re.findall(r"[$€£]?[\w,.'’%+-]*\w[%+]?|\S", answer)
    stems = [{u.stem for u in units(word)} for word in words]
    numbers = {place for place, word in enumerate(words) if _FIGURE.fullmatch(word.strip(".,")) and not _YEAR.fullmatch(word.strip(".,"))}
    places = [place for place, found in enumerate(stems) if found & wanted]
    return bool(places) and not any(abs(place - number) <= NEAR for place in places for number in numbers)


def _figures(text: str) -> list[str]:
    return [m.group() for m in _FIGURE.finditer(text) if not _YEAR.fullmatch(m.group().strip(".,"))]
