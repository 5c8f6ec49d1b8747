"""What a message asks in its conversation: a question in words that stands alone, and the vector of what is meant.

The words are made by rules (``followup.py``) out of what the encoder that reads conversations (``conversationencoder.py``) takes over
from the turns before; its vector is what is compared by meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answer import Turn
from assistant.bands import years_asked
from assistant.conversationencoder import ConversationEncoder, Meant, load_conversation_encoder
from assistant.followup import Carried, Rule, Standalone, points_at, resolve, swaps_in_any_case
from assistant.message import (
    foreign,
    small_talk,
    with_the_goal_asked,
    with_the_job,
    without_amount,
    without_hearsay,
    without_manner,
    without_tags,
)
from assistant.question import SIZES, answer_kind, as_written, known, units
from assistant.spelling import mend
from assistant.vocabulary import WordVector
from index.embedding import Encoder, Vectors
from index.lexical import LexicalIndex, stem

# Cosine of what a message means in its conversation with what it says by itself, from which on it may as well stand alone.
AS_SAID = 0.8


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as it is meant after the turns before."""

    standalone: Standalone
    meant: Vectors | None = None  # None where the standalone question's own vector will do


def understand(message: str, history: Sequence[Turn], lexical: LexicalIndex, encoder: Encoder, vector_of: WordVector) -> Understood:
    """What a message asks.

    Args:
        history: the turns before, oldest first.
        lexical: the words of the sources.
    """
    said = [turn for turn in history if not small_talk(turn.question)]
    meant = load_conversation_encoder().read(message, said) if said else None
    plain = with_the_goal_asked(without_hearsay(without_manner(without_amount(without_tags(message)))))
    plain = with_the_job(plain) if not said and lexical.holds(stem("pm")) else plain  # of other documents it may be any job
    spelled = plain if foreign(plain) else mend(plain, lexical, lambda w: vector_of(w) is not None)
    alone = _in_words(spelled, history, meant, encoder, vector_of)
    if alone.otherwise and alone.rule is Rule.ABOUT_ME and years_asked(spelled, answer_kind(alone.question)) is not None:
        return Understood(alone.otherwise)  # years of experience, told before pay is asked for, are a part of what is asked
    alone = _of_known_topic(alone, lexical)
    return Understood(alone, _vector(meant, alone, encoder) if meant and _one_space(encoder) else None)


def _in_words(message: str, history: Sequence[Turn], meant: Meant | None, encoder: Encoder, vector_of: WordVector) -> Standalone:
    """The message in words that stand alone; something is swapped only where that comes nearer to what is meant than its own words do."""
    if meant is None or not _one_space(encoder):
        return resolve(message, history, vector_of, Carried(meant.carried) if meant else None)
    carried = Carried(meant.carried, whole=_as_said(meant, encoder.encode([message])[0]))
    alone = resolve(message, history, vector_of, carried)
    if alone.rule is not Rule.SWAPPED or swaps_in_any_case(message):
        return alone
    kept = resolve(message, history, vector_of, replace(carried, swaps=False))
    swapped, as_said = encoder.encode([alone.text, kept.text]) @ meant.vector
    return alone if swapped >= as_said else kept


def _as_said(meant: Meant, said: Vectors) -> bool:
    """Whether a message means nearly what it says by itself, by the vector of that."""
    return float(meant.vector @ said) >= AS_SAID


def _vector(meant: Meant, alone: Standalone, encoder: Encoder) -> Vectors | None:
    """The vector of the message as its conversation has it; None where it leaves that.

    A thing of the list before is named in full by then, and a new subject has no turns before.
    What the message says counts as much where it was made whole by a swap, or looks whole and means nearly what it says: then
    somebody asks of something new.
    """
    if not alone.context or alone.rule is Rule.LISTED:
        return None
    if alone.rule not in (Rule.ALONE, Rule.SWAPPED):
        return meant.vector
    (said,) = encoder.encode([alone.question])
    both = meant.vector + said
    counts = alone.rule is Rule.SWAPPED or _as_said(meant, said)
    return both / np.linalg.norm(both) if counts else meant.vector


def _one_space(encoder: Encoder) -> bool:
    """Whether the vectors of an embedding model can be compared with those of the encoder that reads conversations."""
    return encoder.sha256 == ConversationEncoder.weights_of


def _of_known_topic(alone: Standalone, lexical: LexicalIndex) -> Standalone:
    """The standalone question without what no source holds of its topic, where that decides nothing.

    Where somebody works is no matter for "when do I need RAG?"; it is for "what do they pay?".
    """
    otherwise = _of_known_topic(alone.otherwise, lexical) if alone.otherwise else None
    if points_at(alone.question) or answer_kind(alone.question) in SIZES:
        return replace(alone, otherwise=otherwise)
    named = alone.rule is not Rule.ABOUT_ME  # what was asked about before stays: it was not asked of anybody else
    kept = [u for u in units(f"as {alone.topic}") if u.figure or (u.proper and named) or known(u, lexical)]
    return replace(alone, topic=" ".join(as_written(u.word, alone.topic) for u in kept), otherwise=otherwise)
