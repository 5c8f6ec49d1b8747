"""What a message is before it is read as a question: small talk, a verdict, about the assistant or oneself, not English.

And what is taken out of it that is no part of a question: pasted tags, how many of something are wanted, how it is to be told, who
said it. A job that goes unnamed gets its name.
"""

from __future__ import annotations

import re

from assistant.question import word_list

# "the top 3 skills", "give me 5 books": how many are wanted of what, no figure that a source would have to hold.
_SO_MANY = re.compile(
    r"\b(?:(?:give me|tell me|name|list)(?: the)?(?: top| best| main)?|(?:the )?top) \d{1,2}\b(?! ?(?:%|percent|years?|months?|in\b|of\b|or\b|to\b))(?=\s+[a-z])",
    re.IGNORECASE,
)

# "in simple terms", "like I'm five": how an answer is to be told, which no source could hold.
_MANNER = re.compile(
    r"[\s,;-]*\b(?:in (?:simple|plain|easy|lay(?:man|person)?'?s?) (?:terms|words|english|language)|in (?:one|a|a few|two) (?:sentences?|words?|lines?|nutshell)"
    r"|(?:like|as if) i'?m (?:five|5)(?: years old)?|eli5|tl;?dr|briefly|in short|keep it short)\b[\s,;:-]*",
    re.IGNORECASE,
)
# "I'm a teacher and want to become an AI PM": asks how, without saying so.
_GOAL = re.compile(
    r"(?:^|[.,;:!\n]\s*|\s[-–—]+\s+|\s+(?=(?:and|but|so|now)\b))(?:(?:and|but|so|now|who)\s+)*(?:i(?:['’]?[md]| am| would)?\s+)?(?:(?:really|just|also|now|currently)\s+)*"
    r"(?:want|wanna|would like|like|hop(?:e|ing)|plan(?:ning)?|look(?:ing)?|try(?:ing)?|think(?:ing)?|aim(?:ing)?|dream(?:ing)?|interested)(?: (?:to|of|about|in|on))? "
    r"(?:be|being|becom(?:e|ing)|(?:get|go|mov|break|switch|transition|pivot|chang)(?:e|t?ing)? (?:over )?(?:in)?to) (?:an? )?"
    r"(?P<goal>(?P<ai>AI )?(?:(?P<job>PMs?|product managers?)|product management|product))[\s.!]*$",
    re.IGNORECASE,
)
# "my dad says": who said something is no part of what is asked about it.
_HEARSAY = re.compile(
    r"^\W*(?:(?:so|hi|hey|hello|ok|well)\b\W*)*(?:my|our|an?|some|one of my) (?:\w+ )?(?:dad|father|mum|mom|mother|parents|brother|sister|wife|husband|partner|girlfriend|boyfriend|uncle|aunt|cousin|boss|manager|lead|friends?|buddy"
    r"|mate|colleagues?|co-?workers?|teammates?|recruiters?|mentors?|coach|professor|teacher|tutor|neighbou?rs?|roommate|flatmate|guy|woman|man)"
    r" (?:just )?(?:says?|said|claims?|claimed|told me|tells me|keeps? (?:saying|telling me)|swears?|swore|thinks?|reckons?|insists?|believes?|mentioned|is (?:sure|convinced))"
    r"(?: that(?! (?:is|was|will|would|has|does|one)\b)(?=\s+\w))?(?!['’])[,:]?\s+(?!(?:about|of|in|on|to|so|no|not|it|you|you['’]re|that|hi|hello|yes)\b)",
    re.IGNORECASE,
)
# "this job", before any was named: the one that the guides are about.
_THIS_JOB = re.compile(
    r"(?<!hate )(?<!lost )(?<!lose )(?<!quit )(?<!left )(?<!leave )(?<!out of )"
    r"\b(?:(?P<these>these (?=\w+s\b))|(?P<such>such an? )|this (?:kind of |sort of |type of )?)"
    r"(?P<job>jobs?|roles?|positions?|careers?|professions?|occupation|line of work)\b(?![ -](?:paper|play|change|description|title|posting|ad|market|interview))(?!:)",
    re.IGNORECASE,
)
_SOME_JOB = re.compile(
    r"\b(?:AI (?:PMs?|product)|PMs?|\w*(?:manager|scientist|analyst|designer|developer|consultant|researcher)s?|engineer|an offer|offered|(?:i am|i['’]?m|i work as|work as|working as) an? \w+)\b",
    re.IGNORECASE,
)
# "whats the pay": of the same job.
_PAY_ALONE = re.compile(
    r"(?:(?:so|and|hi|hey|hello|ok)\b\W*)*(?:what(?:['’]?s| is| are)? )?(?:the )?(?P<which>average |typical |usual |normal |starting )?"
    r"(?:(?P<all>pay|salar(?:y|ies)|money|wages?|compensation|comp|earnings)|total comp(?:ensation)?|base(?: pay| salary)?)(?: range)?(?: like)?",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_SMALL_TALK = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|thanks?|thank you|thx|ok(?:ay)?|great|good (?:morning|afternoon|evening|job)|bye|goodbye|cool|nice|perfect|got it)\b[\s,.!]*)+$"
    r"|^(?:who|what) are you\W*$|^what (?:can|do) you (?:do|answer|know|(?:help|tell)(?: me)?(?: with| about)?)\W*$|^help\W*$|^how are you\W*$|^\W*$",
    re.IGNORECASE,
)
# A verdict on the assistant or its last answer, and nothing else: no subject is in it.
_REMARK = re.compile(
    r"^(?=.*\b(?:useless|stupid|dumb|idiot(?:ic)?|wrong|incorrect|false|bad|terrible|awful|horrible|rubbish|nonsense|garbage|crap|bullshit|shit|wtf|suck|sucks|worst|hate"
    r"|(?:not|n't|no) (?:true|right|correct|helpful|help|use|good))\b)"
    r"(?:(?:you|you're|youre|u|are|is|was|this|that|that's|thats|it|it's|its|your|so|such|an?|the|what|very|really|totally|completely|just|absolutely|damn|fucking|i|think|ever|at|all|of"
    r"|not|no|isn't|wasn't|doesn't|does|do|bot|chatbot|machine|assistant|thing|answer|answers|one|piece|of|load|useless|stupid|dumb|idiot|idiotic|wrong|incorrect|false|bad|terrible|awful|horrible"
    r"|rubbish|nonsense|garbage|crap|bullshit|shit|wtf|suck|sucks|worst|hate|true|right|correct|helpful|help|use|good)\b[\s,.!?]*)+$",
    re.IGNORECASE,
)

# Messages about the assistant's own instructions, or about its conversation as a text: no guide holds them. Questions about
# prompts and injection in general ("what is a system prompt?", "how do attackers make a model ignore its rules?") are none.
_ORDER = r"(?:^|[.!?…,:;\n]\s*|\b(?:please|now|then|instead|you (?:can|could|should|must|will|may))\s+)(?:kindly\s+)?"
_OWN = r"(?:own |very |full |exact |entire |complete |initial |original |first |previous |prior |current |system |hidden |secret |internal |underlying )*"
_ABOUT_ASSISTANT = re.compile(
    rf"\byour {_OWN}(?:instructions?|prompts?|programming|directives|system message|guidelines|rules)\b"
    rf"|{_ORDER}(?:ignore|forget|disregard|override)\b[^.?!]{{0,40}}\b(?:instructions?|prompts?|rules|guidelines|directives|(?:everything|all|the|text) (?:above|before))\b"
    rf"|{_ORDER}(?:show|tell|give|print|repeat|reveal|output|display|write|copy|recite|share|leak|dump|paste|return)\b[^.?!]{{0,40}}"
    rf"\b(?:the|your|all|this|these|those|my) {_OWN}(?:system prompt|prompt|instructions?|conversation|(?:words|text|lines) above)\b"
    r"|\b(?:repeat|print|output|write) (?:this|the|our|your) (?:entire |whole )?(?:conversation|prompt|instructions)\b"
    r"|\b(?:what|which) (?:were|are|was|is) (?:those|the|these) (?:previous |initial |original |hidden )?instructions\b",
    re.IGNORECASE,
)
# Messages that tell the assistant who it is or how it answers "from now on": whatever else they hold, they are no question to a guide.
_BEGINS = r"(?:^|[.!?…,:;\n\"“]\s*|\b(?:now|now on|then|and|chatgpt)\s+)"
_RECASTS_ASSISTANT = re.compile(
    r"\bfrom (?:now|here) on(?:ward)?s?,? (?:(?:please|and) )*(?:you|your|you['’]?re|whenever|refer|act|answer|reply|respond|speak|talk)\b"
    rf"|{_BEGINS}you(?: are|['’]re| will| must| shall) (?:now )?(?:going to |about to |to )?"
    r"(?:act as|play (?:the|a) (?:role|character|part)|pretend|immerse yourself|take on the (?:role|persona|identity))\b"
    rf"|{_BEGINS}you (?:will|must|shall|have to|are to) (?:now |always )?(?:forget (?:that )?you(?: are|['’]re)|answer (?:my|every|any|all)|(?:respond|reply) to (?:my|every|any|all)|obey)\b"
    rf"|{_BEGINS}(?:you(?: are|['’]re) now|pretend (?:that )?you(?: are|['’]re)|(?:role-?play|respond|answer|act|behave) as (?:if you (?:are|were) )?(?:an? |the )?(?:DAN|(?:\w+, )?(?:unfiltered|uncensored|amoral|unrestricted)))\b"
    r"|\b(?:only|always) (?:respond|reply|answer|speak) as \w+"
    r"|\bpretend(?:ing)? (?:that )?you(?: are|['’]re) (?:also )?(?:chat-?gpt|an? (?:unfiltered |evil )?(?:ai|assistant|bot|language model))\b"
    r"|\b(?:which|that|who|must|will|always) (?:answers?|fulfils?|obeys?|complies with|comply with) (?:any|every|all|each) (?:request|prompt|command|instruction)s?\b"
    r"|\bi (?:hereby )?(?:direct|command|order|instruct) you to\b"
    r"|^\W*(?:administrator|admin|developer|system) override\s*[:!.-]"
    r"|\b(?:stands for|can|must|to) \W{0,2}do anything now\b"
    r"|\byour (?:responses|answers|replies) (?:will be|are|must be|should be) (?:unfiltered|uncensored|amoral)\b",
    re.IGNORECASE,
)

# What a long message says that talks an assistant out of its rules. In a short one it may be what is asked about ("what is a jailbreak?").
LENGTHY = 45  # words that a message has to have more than; of 51 such fitting ones one has an answer, the others are attacks
_UNBOUND = re.compile(
    r"\b(?:jail-?br(?:eak|oken)|do anything now|developer mode|un(?:filtered|censored|restricted|ethical|hinged)|amoral|immoral)\b"
    r"|\bDAN\b|\b(?:stay|remain|break(?:ing)?) (?:in )?character\b|\bas an ai language model\b"
    r"|\b(?:no|without|free (?:of|from)|not bound by|ignor\w+|bypass\w*) (?:[\w-]+ ){0,4}"
    r"(?:restrictions?|limitations?|filters?|censorship|boundaries|morals?|ethics|warnings?|disclaimers?|polic(?:y|ies))\b"
    r"|\b(?:never|don['’]?t|do not|cannot|can['’]?t|won['’]?t|must not|will not) (?:ever )?(?:refuse|say no|reject|decline|apologi[sz]e|moralise|moralize)\b",
    re.IGNORECASE,
)

_GREETING = re.compile(r"(?:hi|hello|hey)\b[\s,.!]*", re.IGNORECASE)
_ABOUT_ONESELF = re.compile(
    rf"(?:{_GREETING.pattern})?(?:I am|I'm|im|I work|I worked|I've been|I have been|I have \d+ years)\b"
    r"(?!.*(?:\?|\b(?:want|wants|need|like|looking|wondering|curious|interested|asking|thinking|trying|hoping|how|what|which|when|where|why|who|can|could|should|would|will|am i|do i|is (?:it|this|that))\b))",
    re.IGNORECASE | re.DOTALL,
)

# Letters of other alphabets, and the small words of other widespread languages: two of them tell one from a borrowed word.
_FOREIGN = re.compile(r"[\u0370-\u1fff\u2e80-\uffef]")
_FOREIGN_WORDS = word_list("foreign_words")
FOREIGN_WORDS = 2
FOREIGN_LETTERS = 0.3  # share of a question's letters; a Greek sign or a borrowed name is less


# Where one piece of a message ends and the next begins: sentences, lines, dashes, and a comma between what somebody says and what they ask.
_PIECE_END = re.compile(
    r"(?<=[.!?;…])\s+|\n+|\s+[-–—]+\s+"
    r"|,\s+(?=(?:and |so |but )?(?:what|whats|which|how|why|when|where|who|can|could|should|do|does|is there|are there|any)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:(?:so|and|but|now|ok|also|then|please|pls)\b,?\s*)*(?:(?:what|how|where|who|when|which|why)(?:['’]?s)?|is|are|do|does|did|can|could|should|would|will|has|have|am|isn['’]?t|aren['’]?t"
    r"|any|anything|give|tell|list|name|explain|show|help me|recommend|suggest|i (?:want|need|would like|['’]?d like) to know|(?:i am|i['’]?m|im) (?:looking for|wondering))\b",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?:i|i['’]?m|im|we|my|our|he|she|they|you|everybody|somebody|someone|people|ppl|\w+ (?:says?|said|told|wants?|claims?))\b",
    re.IGNORECASE,
)
FEWEST_TOLD = 4  # words of what somebody tells after the question; less ("be blunt", "thanks a lot") says how to answer
FEWEST_IN_ALL = 7  # words of a message that is taken apart


def without_tags(text: str) -> str:
    """The text without what looks like HTML tags: pasted markup is no part of a question."""
    return " ".join(_TAG.sub(" ", text).split()) or text


def asked_and_told(text: str) -> tuple[str, str]:
    """What a message asks, and what it tells beside: "I'm a nurse. Which course?" asks for a course. All of it, where it tells nothing."""
    text = text[greeting.end() :] if (greeting := _GREETING.match(text)) else text
    pieces = _pieces(text)
    asking = [bool(_ASKS.match(piece)) or (piece.endswith("?") and any(map(str.isalpha, piece))) for piece in pieces]
    if all(asking) or not any(asking) or len(text.split()) < FEWEST_IN_ALL:
        return text, ""
    last = max(place for place, asks in enumerate(asking) if asks)
    told = [
        piece
        for place, (piece, asks) in enumerate(zip(pieces, asking, strict=True))
        if not asks and (place < last or len(piece.split()) >= FEWEST_TOLD)
    ]
    return " ".join(piece for piece, asks in zip(pieces, asking, strict=True) if asks), " ".join(told)


def _pieces(text: str) -> list[str]:
    """The sentences of a message, and the question that follows after a comma what somebody says."""
    pieces: list[str] = []
    for piece in filter(None, (piece.strip() for piece in _PIECE_END.split(text))):
        comma = bool(pieces) and pieces[-1][-1] not in ".!?;…" and f"{pieces[-1]}, {piece}" in text
        if comma and not _SAYS.match(pieces[-1]):  # "for a PM with 5 years, what is …": one question
            pieces[-1] = f"{pieces[-1]}, {piece}"
        else:
            pieces.append(piece)
    return pieces


def about_oneself(text: str) -> bool:
    """Whether a message only says what somebody is or has done ("I am a traditional PM with 5 years"), and asks and wants nothing."""
    return bool(_ABOUT_ONESELF.match(text.strip().replace("’", "'")))


def without_amount(text: str) -> str:
    """The text without how many are wanted of something: "top 3 skills" is "list skills"."""
    return _SO_MANY.sub("list", text)


def without_manner(text: str) -> str:
    """The text without how the answer is to be told: "explain recall like I'm five" is "explain recall"."""
    return " ".join(_MANNER.sub(" ", text.replace("’", "'")).split()) or text if _MANNER.search(text) else text


def without_hearsay(text: str) -> str:
    """The text without who said it: "my dad says this job will vanish" is "this job will vanish"."""
    return _HEARSAY.sub("", text).strip() or text


def with_the_goal_asked(text: str) -> str:
    """The text with the way to a job asked for, where it only says that somebody wants it: "I teach and want to become an AI PM"."""
    match = _GOAL.search(text)
    if not match or "?" in text or any(map(_ASKS.match, _pieces(text[: match.start()]))):
        return text
    told = f"{text[: match.start()]}. " if match.start() else ""
    ai = "AI " if match["ai"] else ""
    way = f"become {'an' if ai else 'a'} {ai}PM" if match["job"] else f"get into {match['goal']}"
    return f"{told}How do I {way}?"


def with_the_job(text: str) -> str:
    """A first message with the job that it calls "this job", or whose pay it asks for without naming any, by its name.

    As it is where it names one that may be meant.
    """
    if match := _PAY_ALONE.fullmatch(plain := text.strip(" ?!.")):
        return "What does an AI PM earn?" if match["all"] and not match["which"] else f"{plain} of an AI PM?"
    if _SOME_JOB.search(text):
        return text
    return _THIS_JOB.sub(lambda m: f"{'' if m['these'] else 'an ' if m['such'] else 'the '}AI PM {m['job']}", text)


def small_talk(text: str) -> bool:
    """Whether a message is a greeting, thanks, a verdict, or about the assistant itself: no subject of the sources is in it."""
    return bool(_SMALL_TALK.match(text.strip())) or remark(text) or about_assistant(text)


def about_assistant(text: str) -> bool:
    """Whether a message is about the assistant's own instructions: orders it to put them aside, to repeat them, or to be somebody else."""
    plain = text.replace("’", "'")
    speech = len(plain.split()) > LENGTHY and bool(_UNBOUND.search(plain))
    return speech or bool(_ABOUT_ASSISTANT.search(plain) or _RECASTS_ASSISTANT.search(plain))


def remark(text: str) -> bool:
    """Whether a message is a verdict on the assistant and asks for nothing ("useless bot", "that's wrong")."""
    return bool(_REMARK.match(text.strip().replace("’", "'")))


def foreign(text: str) -> bool:
    """Whether a question is likely not English, by its letters or its small words."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    letters = sum(map(len, words))
    return len(_FOREIGN.findall(text)) > FOREIGN_LETTERS * letters or len(_FOREIGN_WORDS.intersection(words)) >= FOREIGN_WORDS


def normal(text: str) -> str:
    """Lower-case words only, for telling whether two questions are the same."""
    return " ".join(re.findall(r"\w+", text.lower()))
