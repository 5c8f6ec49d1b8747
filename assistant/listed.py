"""What a follow-up means by "the second one", "the last of those" or "the other": a thing of the list that the answer before told."""

from __future__ import annotations

import re

from assistant.question import NUMBER_WORDS

LONGEST = 9  # words of a thing that are taken over

_NUMBERS = NUMBER_WORDS.split()[:7]
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_SHORT = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th")
_PLACES = {"last": -1, "last but one": -2} | {
    said: place
    for place, names in enumerate(zip(_ORDINALS, _SHORT, _NUMBERS, strict=True))
    for said in (*names[:2], f"number {names[2]}", f"number {place + 1}")
}
_WHAT_FOLLOWS = r"(?=\s*(?:[?.!,;]|$)| (?:is|was|about|again|mean|means|do|does|for)\b)"
_PLACE = re.compile(
    rf"\b(?:the |that |(?=number ))(?P<place>{'|'.join(sorted(_PLACES, key=len, reverse=True))})"
    rf"(?: (?:ones?|point|item|of (?:those|these|them|the (?:{'|'.join(_NUMBERS)}|list))))?{_WHAT_FOLLOWS}",
    re.IGNORECASE,
)
_OTHER = re.compile(rf"(?<!after )(?<!each )\bthe other(?: (?:one|kind|type|sort|way|variant))?{_WHAT_FOLLOWS}", re.IGNORECASE)
_BULLET = re.compile(r"^\s*[-*•] (?P<item>.+)$", re.MULTILINE)
_MARKER = re.compile(r"\s*\[\d+\]")
# What announces an enumeration: "… are policies and processes, accountability and risk culture, by …"
_ANCHOR = re.compile(r":|\b(?:are|namely|called|covers?|concern|includes?|recommends?|into)\b(?! (?:called|named))")
_JOINT = re.compile(r",? (?:and|or) ")
_SAYS_WHO = re.compile(r",? (?:by|as|from|which|according to|says?(?!:)|so)\b.*$|[.;].*$", re.IGNORECASE | re.DOTALL)
_NAME = r"[\w.&+'’-]+(?: (?!and\b|or\b)[\w.&+'’-]+){0,3}"
_TWO = re.compile(
    r"(?:what(?:['’]?s| is| are)(?: the difference between)?|explain|compare|define)?(?: ?\b(?:an?|the)\b)? ?"
    rf"(?!(?:how|which|who|why|when|where|do|does|can|should)\b)(?P<one>{_NAME}?) (?:vs\.?|versus|and|or) (?P<other>{_NAME})[\s?.!]*",
    re.IGNORECASE,
)
_MORE_THAN_A_NAME = re.compile(r"\s*(?:[:;(]| - | – | (?:is|are) ).*$")


def meant(said: str, answer: str, before: str) -> str | None:
    """The follow-up with the thing that it means in the place of "the second one" or "the other"; None where nothing is listed.

    Args:
        answer: the answer before, with its markers.
        before: the question before: the other of two is the one that it does not name.
    """
    if match := _PLACE.search(said):
        things, place = two_asked_for(before) or listed(answer), _PLACES[match["place"].lower()]
        thing = things[place] if -len(things) <= place < len(things) else None
    elif match := _OTHER.search(said):
        thing = _not_named(listed(answer), before)
    else:
        return None
    return f"{said[: match.start()]}{thing}{said[match.end() :]}" if thing else None


def listed(answer: str) -> list[str]:
    """The things that an answer lists, as far as they can be told apart: the items of its list, else those of its first enumeration."""
    plain = _MARKER.sub("", answer)
    items = [_name(match["item"]) for match in _BULLET.finditer(plain)]
    if items:
        return items
    return next((found for sentence in re.split(r"(?<=[.!?])\s+", plain) if len(found := _enumerated(sentence)) > 1), [])


def two_asked_for(before: str) -> list[str]:
    """The two things that the question before asked for and nothing else: "RAG vs fine-tuning?"."""
    match = _TWO.fullmatch(before)
    return [match["one"], match["other"]] if match else []


def _not_named(things: list[str], before: str) -> str | None:
    """The one of two things that a question does not name; None where it names both or neither, or where there are not two."""
    others = [thing for thing in things if not set(_words(thing)) & set(_words(before))]
    return others[0] if len(things) == 2 and len(others) == 1 else None


def _enumerated(sentence: str) -> list[str]:
    """The things between the word that announces them and the end of the enumeration: "are A, B and C"."""
    plain = _SAYS_WHO.sub("", sentence)
    joints = list(_JOINT.finditer(plain))
    anchors = [anchor.end() for anchor in _ANCHOR.finditer(plain, 0, joints[0].start())] if joints else []
    if not anchors:
        return []
    things = [_name(thing) for thing in (*plain[anchors[-1] : joints[-1].start()].split(", "), plain[joints[-1].end() :])]
    return things if all(things) else []


def _name(item: str) -> str:
    return " ".join(_MORE_THAN_A_NAME.sub("", item).strip(" .").split()[:LONGEST])


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if len(word) > 3]
