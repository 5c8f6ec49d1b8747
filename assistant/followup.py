"""History + question -> a question that stands alone. No model: rules on wording, and one substitution by meaning.

A follow-up either swaps one thing of the question before ("And for a director?"), or points back at it ("what are
they?", "why?"), or is a question of its own. The rules look only at wording, so the same history always gives the same
standalone question, and it is shown to the person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from assistant.answer import Turn
from assistant.listed import meant, two_asked_for
from assistant.message import asked_and_told, small_talk
from assistant.question import AnswerKind, Unit, answer_kind, as_written, is_frame, units
from assistant.swapping import INHERITED, LEAD_IN, ROLES, TAIL, of_a_slot, slot_member, swap, trimmed
from assistant.vocabulary import WordVector


class Rule(StrEnum):
    """How the standalone question came about."""

    ALONE = "stands alone"
    NEW_SUBJECT = "a new subject"
    SWAPPED = "one thing of the question before was swapped"
    POINTED_BACK = "points back at the question before"
    LISTED = "names a thing of the list before"
    ABOUT_ME = "what somebody says of themselves, before asking"


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be asked without its history.

    ``topic`` is the part that was taken over from before: it counts for less than the person's own words.
    """

    question: str
    topic: str = ""
    context: str = ""  # what was asked before, as a second opinion for retrieval
    rule: Rule = Rule.ALONE
    otherwise: Standalone | None = None  # how it can be read as well, where nothing answers this reading for sure

    @property
    def text(self) -> str:
        """What is shown."""
        return f"{self.question} ({self.topic})" if self.topic else self.question


@dataclass(frozen=True, slots=True)
class Carried:
    """What is known of how a message leans on the turns before."""

    words: str  # of those turns, that make it whole; empty where it needs none
    whole: bool = False  # it means what it says: where it looks whole it is not asked with them
    swaps: bool = True  # one thing of the question before may be put in another's place


_CHANGE = re.compile(
    r"""^.*?\b(?:(?:new|another|different|separate|unrelated|other)\s+(?:question|topic|subject|thing|matter|note)|unrelated(?:ly)?|change\ of\ (?:subject|topic)
    |(?:now\ )?(?:for\ )?something\ (?:else|different)|on\ (?:a|an)(?:other)?\ (?:different|other|unrelated|separate)?\ ?note|forget\ (?:about\ )?[\w\s]{2,20}|switching\ (?:topics?|gears|subjects?)
    |moving\ on|by\ the\ way|btw|never\ ?mind(?:\ that)?|leaving\ that\ aside|completely\ different(?:\ \w+)?|one\ more\ (?:unrelated|different)\ \w+|let'?s\ talk\ about\ something\ else)\b
    [\s:,.;!-]*(?:then|now|entirely)?[\s:,.;-]*""",
    re.IGNORECASE | re.VERBOSE,
)
# "no degree?" and "fine-tuning" do not open with a word of assent
_OPENING = re.compile(
    r"^(?:(?:(?:ok(?:ay)?|thanks|thank you|thx|hm+|i see|got it|alright|wow|ah|oh|makes sense|understood|sorry|actually|wait(?! times?\b)|h[ao](?:ng|ld) on)\b(?!-)"
    r"|(?:right|great|good|nice|cool|interesting|sure|well|yes|no|fine|perfect)\b"
    r"(?=\s*(?:[,.!?:;]|$)|\s+(?:and|but|so|then|thanks|sorry|wait|the|only|not|i|what|how|why|when|which|who|is|are|do|does|can|could|should)\b))[\s,.!?:;-]*)+",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:and|n|but|so|or|also|then|plus|what about|how about|and what about|and how about|what of|(?:the )?same(?: thing| question| again)?,?(?: but)? (?:for|on|with|at)|what if (?:i am|i'm|it'?s))\b[\s,]*",
    re.IGNORECASE,
)
# "sorry, I meant the base salary", "the US one I mean"
_MEANT = re.compile(r"^(?:sorry,? )?(?:but )?i (?:rather )?meant? (?=\S)", re.IGNORECASE)
_I_MEAN = re.compile(r",? i meant?[\s?.!]*$", re.IGNORECASE)
_POINTER = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|he|she|his|her|hers|him|ones?|the same|the first|the second|the third|the last|the other|former|latter|of them|of the (?:two|three|four|five)|such|here)\b"
    r"|\bthat\b(?! (?:\w+ ){0,3}(?:is|are|was|were|has|have|do|does|did|can|will|would|asks?|wants?|needs?|pays?))|\bthere\b(?! (?:is|are|was|were|any|a|an)\b)(?<!is there)(?<!are there)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|will) there\b|\b(?:is|was) it (?:worth|possible|true|common|hard|easy|better(?! than)|necessary|normal|ok|realistic|too late)\b",
    re.IGNORECASE,
)
# "RAG or fine-tuning, which one when?": of the two that it names itself.
_OF_ITS_OWN = re.compile(
    r"^(?!(?:for|in|with|at|on|as|if)\b)(?P<two>[^,]{2,60} (?:or|vs\.?|versus) [^,]{2,60}, )which (?:one|is)\b", re.IGNORECASE
)
_BARE = re.compile(
    r"^(?:why|how|how so|how come|when|where|who|which|which ones?|what else|anything else|any others?|really|how much|how many|how long|since when|for example|such as|like what|says who|meaning|more|go on"
    r"|tell me more|explain|elaborate|and|compared to (?:what|before))(?: (?:is|was|are) (?:that|it|this|they))?[\s?.!]*$",
    re.IGNORECASE,
)
# What a thing has, and what asks for the thing of the question before where nothing else is named: "what are the pros and cons?"
_RELATIONAL = frozenset(
    "pros cons advantage advantages disadvantage disadvantages benefit benefits drawback drawbacks downside downsides upside catch alternative"
    " alternatives limit limits limitation limitations weakness weaknesses strength strengths example examples exceptions".split()
)
_WHAT_IS = re.compile(
    r"(?:what(?:['’]?s| is| are)|explain|define|tell me about) (?:an? |the )?(?P<thing>[^?!.,;:()]{2,60}?)[\s?!.]*", re.IGNORECASE
)
MOST_OF_A_THING = 5  # words
_PART_OF = re.compile(r"\b(?:of|in|for|at|by|from|on|with|between|and|or|vs)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|they|them)\b", re.IGNORECASE)
# What a question of its own holds: "top ten percent?" and "in texas?" are parts of one, so the question before stands behind them.
_VERB = re.compile(
    r"\b(?:what|whats|how|hows|why|who|whos|where|when|which|is|are|was|were|am|do|does|did|can|could|should|would|will|must|may|might|shall|has|have|had|need|want|tell|give|list|name"
    r"|explain|show|define|compare|help|recommend|suggest|versus|vs)\b",
    re.IGNORECASE,
)
MOST_OF_A_FRAGMENT = 4  # words
_FEW_TERMS = 3
# "I'm a data analyst. How do I …": what somebody says of themselves, before they ask.
_ABOUT_ME = re.compile(r"(?:I am|I'm|I’m|I work|I worked|I have|I've|I’ve|I was|I just|My)\b.{3,}", re.IGNORECASE)
_I_AM = re.compile(r"\b(?:I am|I'm|I’m|im|I work as|I worked as|as|from|being|was) (?:an? |the )?(?P<role>[\w\s-]{2,40})", re.IGNORECASE)
# "no ml background": who has none is not to be told the way of those who have one.
_LACKED = re.compile(
    r"\b(?:no|without(?: any| an?)?|zero|little) (?:[\w-]+ ){0,2}(?:background|experience|knowledge|skills?|degree)\b", re.IGNORECASE
)
_ME = re.compile(r"\b(?:I|me|my|mine)\b", re.IGNORECASE)
# "Is that base or total?" asks for the two of the thing before, side by side.
_EITHER = re.compile(
    r"^(?:is|was|are|were) (?:that|it|this|those|these)(?: (?:figure|number|amount|range)s?)?(?: the| a)? "
    r"(?:(?:base|total)(?: (?:salary|pay|comp|compensation))?(?:,? or (?:the )?(?:base|total)(?: (?:salary|pay|comp|compensation))?)?)\b[\s?.!]*$",
    re.IGNORECASE,
)


def resolve(question: str, history: Sequence[Turn], vector_of: WordVector, carried: Carried | None = None) -> Standalone:
    """Make the question stand alone.

    Args:
        history: the turns before, oldest first. A turn without ``standalone_question`` is resolved on the way.
        carried: None: nobody knows, so the words of the question before do.
    """
    question = question.strip()
    if small_talk(question):
        return Standalone(question)
    history = [turn for turn in history if not small_talk(turn.question)]
    asked, told = asked_and_told(question)
    told = _LACKED.sub(" ", told).strip()
    if told and history and not _OPENING.sub("", asked):  # "sure? i read 30 to 40 percent somewhere"
        asked, told = question, ""
    if not history and not (told and _asks_by_itself(asked)):
        return Standalone(question)
    if told and (not history or _ABOUT_ME.match(told)):
        # who somebody is matters less than what is asked: the sources may hold the one and not the other
        return Standalone(_capital(asked), _terms_of(told, asked), rule=Rule.ABOUT_ME, otherwise=Standalone(question))
    changed = _CHANGE.match(question)
    if changed and units(question[changed.end() :]):
        return Standalone(_capital(question[changed.end() :]), rule=Rule.NEW_SUBJECT)
    alone = _after(history, asked, vector_of, carried)
    return replace(alone, topic=f"{_terms_of(told, asked)} {alone.topic}".strip()) if told else alone


def _asks_by_itself(asked: str) -> bool:
    """Whether a question after a story has a subject of its own: "should I worry about that?" asks about what was told."""
    return len(_terms_of(asked, but="").split()) > (1 if points_at(asked) else 0)


def _after(history: Sequence[Turn], question: str, vector_of: WordVector, carried: Carried | None) -> Standalone:
    """The question as it is meant after the turns before, where it does not say that it leaves them."""
    said = _said(question)
    linked = bool(_LINK.match(said))
    fragment = not linked and _is_fragment(said)
    rest = trimmed(_LINK.sub("", said)) or trimmed(said)
    terms = [u for u in units(rest) if not is_frame(u.word)]
    before = _standalone_before(history, vector_of)
    if thing := meant(said, history[-1].told, before):
        by_itself = Standalone(_capital(thing), context=before, rule=Rule.LISTED)
        of = "" if two_asked_for(before) else _topic(before, thing)  # the one is no topic of the other
        return replace(by_itself, topic=of, otherwise=by_itself if of else None)
    leans, topic = _depends(said, linked or fragment, terms, history[-1].told), _topic(before, said)
    if carried is not None:  # the question before has to do only where a message cannot stand alone and nothing better is known
        topic, leans = carried.words or (topic if leans else ""), leans or bool(carried.words and not carried.whole)
    role = _role(history) if _ME.search(said) and not slot_member(said, ROLES) else ""
    if not _EITHER.match(said) and not leans:
        # "Top 10 percent?" looks whole and is not: what was asked before may be meant
        otherwise = Standalone(_capital(said), topic, before, Rule.POINTED_BACK) if topic else None
        return Standalone(_capital(said), role, before, Rule.ABOUT_ME if role else Rule.ALONE, otherwise)
    theirs = f"{role} {topic}".strip() if role not in topic else topic
    pointing = Standalone(_capital(said), theirs, before, Rule.POINTED_BACK)
    names_one_thing = linked or bool(LEAD_IN.match(rest)) or (fragment and len(terms) == 1)
    if (carried is None or carried.swaps) and (swapped := _swapped(before, said, rest, topic, vector_of, names_one_thing)):
        return Standalone(swapped, context=before, rule=Rule.SWAPPED, otherwise=pointing if fragment else None)
    # of several words it may as well be a new subject: "senior salary bands?", "how dear is GPT-6, and since when does its price count?"
    new_subject = bool(theirs) and (len(terms) > 1 if fragment else len(terms) > _FEW_TERMS and any(u.proper for u in terms))
    return replace(pointing, otherwise=Standalone(_capital(said), context=before)) if new_subject else pointing


def swaps_in_any_case(message: str) -> bool:
    """Whether what a message swaps stays swapped, however far vectors see it from what is meant.

    They hardly tell one figure from another, base pay from total comp, or one level or role from the next.
    """
    said = _said(message)
    return of_a_slot(trimmed(_LINK.sub("", said))) or any(unit.figure for unit in units(message)) or bool(_EITHER.match(said))


def _said(message: str) -> str:
    """A message without what leads over to it ("ok, so", "i mean")."""
    return _I_MEAN.sub("", _MEANT.sub("what about ", _OPENING.sub("", message))).strip() or message


def _swapped(before: str, said: str, rest: str, topic: str, vector_of: WordVector, names_one_thing: bool) -> str | None:
    """The question before with what the new one changes of it, or the new one with what its pronoun stands for; None where neither fits."""
    if _EITHER.match(said):
        return f"{TAIL.sub('', before)}, in base pay and in total comp?"
    if names_one_thing and (swapped := swap(before, rest, vector_of)):
        return swapped
    thing = thing_asked(before) or (topic if " " not in topic else "")
    pronoun = _PRONOUN.search(said)
    if not thing or pronoun is None or any(u.proper for u in units(said[: pronoun.start()])):  # "and Claude, is it cheaper?"
        return None
    return _capital(f"{said[: pronoun.start()]}{thing}{said[pronoun.end() :]}")


def inherited_kind(standalone: Standalone) -> AnswerKind:
    """The kind of answer wanted: the question's own, or that of the question it points back at."""
    own = answer_kind(_LINK.sub("", standalone.question))
    if standalone.rule is Rule.POINTED_BACK and own is AnswerKind.OTHER:
        return answer_kind(standalone.context)
    if re.match(r"(?:what|which|who) (?:are|were) (?:they|these|those)\b", standalone.question, re.IGNORECASE):
        return AnswerKind.LIST
    return own


def _role(history: Sequence[Turn]) -> str:
    """What somebody said they are, in a turn before: a role that the guides know, the latest that was said; empty where none was."""
    for turn in reversed(history):
        for match in _I_AM.finditer(turn.question):
            if member := slot_member(match.group("role"), ROLES):
                return member
    return ""


def _terms_of(text: str, but: str) -> str:
    """The telling words of a text that another does not hold."""
    return _telling(text, {u.stem for u in units(but)})


def _telling(text: str, without: set[str]) -> str:
    """The words of a text that say something of its subject, names as they are written; without those of some stems."""
    kept = (u for u in units(text) if u.stem not in without and not is_frame(u.word))
    return " ".join(as_written(u.word, text) if u.proper else u.word for u in kept)


def _standalone_before(history: Sequence[Turn], vector_of: WordVector) -> str:
    last = history[-1]
    if last.standalone_question is not None:
        return last.standalone_question
    return resolve(last.question, history[:-1], vector_of).text


def _depends(said: str, linked: bool, terms: Sequence[Unit], answer: str) -> bool:
    if _BARE.match(said):
        return True
    if terms and all(u.word in _RELATIONAL for u in terms):
        return True
    told = {u.word.rstrip("%") for u in units(answer) if u.figure}
    if len(terms) <= _FEW_TERMS and any(u.figure and u.word.rstrip("%") in told for u in terms):
        return True  # "42 percent since when?": of the answer before
    own_subject = any(u.proper or u.figure for u in terms)
    pointing = points_at(said)
    if linked:
        return pointing or len(terms) <= _FEW_TERMS
    if pointing:
        return True
    return len(terms) <= 1 and not own_subject and len(said.split()) <= 6


def _is_fragment(said: str) -> bool:
    return len(said.split()) <= MOST_OF_A_FRAGMENT and not _VERB.search(said)


def points_at(text: str) -> bool:
    """Whether a pronoun or the like points at something said before ("they", "here"): not the "it" of "is it worth …"."""
    return bool(_POINTER.search(_OF_ITS_OWN.sub(r"\g<two>", _EXPLETIVE.sub(" ", text))))


def thing_asked(question: str) -> str:
    """What a question asks about and nothing else: "jobs to be done" of "what is jobs to be done?"; empty where it asks more."""
    match = _WHAT_IS.fullmatch(question)
    return match["thing"] if match and len(match["thing"].split()) <= MOST_OF_A_THING and not _PART_OF.search(match["thing"]) else ""


def _topic(before: str, said: str) -> str:
    """The words of the question before that the new one does not say itself.

    Where that one pointed back too, and named little of its own ("is it risky? (agents)"), its subject stays and what it asked of it goes.
    """
    there = {u.stem for u in units(said)}
    inherited = INHERITED.search(before)
    own = before[: inherited.start()] if inherited else ""
    asked = [u for u in units(own) if not is_frame(u.word)]
    pointed = _LINK.match(own) or _BARE.match(own) or points_at(own)
    past = {u.stem for u in asked if not u.proper and not u.figure} if pointed and len(asked) <= _FEW_TERMS else set()
    return _telling(before, there | past)


def _capital(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]
