"""The chat: what is on it, and what each touch of it does. What is said and kept is decided in ``assistant.conversing``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from assistant.answer import Answer, Partial
from assistant.conversing import Conversing
from assistant.errors import AssistantError, StoppedError
from assistant.export import as_json, as_markdown
from assistant.glossary import glossary_of
from assistant.journal_flags import REASONS, Flags, Opinion
from assistant.profile import Profile, advice_for
from assistant.ui.desk import Desk
from assistant.ui.render import failure, message, partial_message, said
from index.errors import IndexingError

log = logging.getLogger(__name__)

Message = dict[str, Any]
Update = dict[str, Any]

EXAMPLES = (
    ("Product manager", "What do I have to learn to move from traditional PM to AI PM?"),
    ("Product manager", "How much more do AI PMs earn than traditional PMs?"),
    ("ML engineer", "Which gaps does an ML engineer have to close to become an AI PM?"),
    ("ML engineer", "What is the month-by-month plan from ML engineer to AI PM?"),
    ("Data scientist", "Which strengths does a data scientist bring to AI PM?"),
    ("Data scientist", "What does a senior AI PM earn?"),
    ("Graduate", "Can I become an AI PM straight from an MBA or as a new graduate?"),
    ("Graduate", "How many interview rounds should I expect?"),
    ("Hiring manager", "Which skills does an AI PM need in 2026?"),
    ("Hiring manager", "How do directors of AI product compare with traditional directors?"),
)
TOLD = 4  # seconds that a notice stays
CONCURRENT = 16  # questions worked on at once; the two cores are the limit, waiting for them costs nothing


class Chat:
    """The handlers of the chat page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._journal = desk.journal
        self._flags = Flags(desk.journal)
        self._conversing = Conversing(desk.house, desk.journal)
        self._one_touch = threading.Lock()  # Gradio tells of one touch twice at once: the second must see the first
        self._stops: dict[str, threading.Event] = {}  # by conversation, while it is answered

    def greet(self, visitor: str, current: str, profile: Any, request: gr.Request) -> tuple[Any, ...]:
        """The page opens: the conversation that this browser was in, the list, and a question that the address brings."""
        try:
            shown, listed = self._shown(current, visitor, profile), self._listed(visitor, current)
        except (AssistantError, IndexingError) as error:
            log.error("could not show a conversation: %s", error)
            shown, listed = {"value": [_assistant(failure(str(error)))]}, {"choices": []}
        asked = str(dict(request.query_params).get("ask", ""))[:4_000] if request else ""
        # nothing to show is nothing to draw: whoever types at once may have an answer before this comes
        return gr.update(**shown) if shown["value"] else gr.skip(), gr.update(**listed) if listed["choices"] else gr.skip(), asked

    def ask(self, question: str, visitor: str, current: str, profile: Any) -> Iterator[tuple[Any, ...]]:
        """Answer a question: box, chat, conversation and list. A failure gives the question back.

        The chat's messages are given as they are wherever they can be: for an update Gradio makes the component and its schema
        anew, which takes half as long as the answer.
        """
        if not (question or "").strip():
            yield (gr.skip(),) * 4
            return
        if not visitor:
            raise gr.Error("The page is not open yet. Reload it and ask again.", print_exception=False)
        before = self._journal.turns(current, visitor) if current else []
        if not before:
            current = current if self._is_mine(current, visitor) else self._journal.new_conversation(visitor)
        waiting = self._messages(before, profile, with_glossary=False)
        told = {"role": "user", "content": said(question)}
        yield "", [*waiting, told, _assistant('<p class="working">Reading the guides…</p>')], current, gr.skip()
        stop = self._stops[current] = threading.Event()
        try:
            for answer in self._conversing.ask(current, visitor, question, stop.is_set):
                if isinstance(answer, Partial):
                    text = partial_message(answer, glossary_of(self._desk.document))
                    yield gr.skip(), [*waiting, told, _assistant(text)], gr.skip(), gr.skip()
            shown = self._shown(current, visitor, profile)
            chat = gr.update(**shown) if any(shown["feedback_value"]) else shown["value"]
            yield gr.skip(), chat, current, gr.update(**self._listed(visitor, current))  # the box may hold the next question already
        except StoppedError:
            yield question, gr.update(**self._shown(current, visitor, profile)), current, gr.skip()
        except (AssistantError, IndexingError) as error:
            log.error("question failed: %s", error)
            yield question, [*waiting, told, _assistant(failure(str(error)))], current, gr.skip()
        except Exception as error:  # the last resort: the question comes back, and the log has the whole story
            log.exception("question failed")
            reason = f"Something unexpected went wrong ({type(error).__name__}). Try again; if it stays, run: assistant doctor"
            yield question, [*waiting, told, _assistant(failure(reason))], current, gr.skip()
        finally:
            self._stops.pop(current, None)

    def stopped(self, visitor: str, current: str, profile: Any) -> Update:
        """Stop: the request to the model ends, and what was being answered leaves the screen."""
        if current in self._stops:
            self._stops[current].set()
        return gr.update(**self._shown(current, visitor, profile))

    def again(self, visitor: str, current: str, profile: Any, event: gr.RetryData) -> Iterator[tuple[Any, ...]]:
        """Retry: the turn is taken back and its question asked anew."""
        kept = self._journal.take_back(current, visitor, _turn(event.index))
        yield from self.ask(kept[0] if kept else _text(event.value), visitor, current, profile)

    def edit(self, visitor: str, current: str, profile: Any, event: gr.EditData) -> Iterator[tuple[Any, ...]]:
        """Edit: the turn and those after it are taken back, and the new words asked."""
        self._journal.take_back(current, visitor, _turn(event.index))
        yield from self.ask(_text(event.value), visitor, current, profile)

    def undo(self, visitor: str, current: str, profile: Any, event: gr.UndoData) -> tuple[Any, ...]:
        """Undo: the turn is taken back, its question is in the box again."""
        kept = self._journal.take_back(current, visitor, _turn(event.index))
        return kept[0] if kept else "", gr.update(**self._shown(current, visitor, profile)), gr.update(**self._listed(visitor, current))

    def fresh(self, visitor: str) -> tuple[Any, ...]:
        """A new conversation; the one before stays in the list, and is told to."""
        if self._journal.conversations(visitor):
            gr.Info("A new conversation. The ones before are in the list on the left.", duration=TOLD)
        return "", gr.update(value=[], feedback_value=[]), "", gr.update(**self._listed(visitor, None)), gr.update(visible=False)

    def reopen(self, chosen: str | None, visitor: str, profile: Any) -> tuple[Any, ...]:
        """Another conversation of this browser."""
        if not chosen:
            return gr.skip(), gr.skip()
        return gr.update(**self._shown(chosen, visitor, profile)), chosen

    def delete(self, visitor: str, current: str, keep_flagged: bool) -> tuple[Any, ...]:
        """Delete the conversation that is open."""
        if not self._journal.turns(current, visitor):
            gr.Info("There is no conversation to delete: none is open.", duration=TOLD)
        elif self._journal.delete_conversation(current, visitor, keep_flagged):
            gr.Info("The conversation is deleted." + (" Flagged answers were kept, without you." if keep_flagged else ""), duration=TOLD)
        return gr.update(value=[], feedback_value=[]), "", gr.update(**self._listed(visitor, None)), gr.update(visible=False)

    def opinion(self, visitor: str, current: str, profile: Any, event: gr.LikeData) -> tuple[Any, ...]:
        """Thumbs or a flag; chosen again it is taken back. Chat, flag panel, what it says, the answer it is about, the comment."""
        answers = self._journal.turns(current, visitor)
        place = _turn(event.index)
        if place >= len(answers):
            return gr.skip(), gr.update(visible=False), gr.skip(), "", gr.skip()
        answer, liked = answers[place].id, event.liked if isinstance(event.liked, bool) else None
        reason = next((r for r in REASONS if r == event.liked), None)
        with self._one_touch:
            before = self._flags.opinions([answer]).get(answer, Opinion())
            if reason:
                self._flags.put(answer, reason, visitor=visitor)
            else:
                self._flags.withdraw(answer, visitor)
            self._flags.like(answer, liked, visitor)
            kept = self._flags.opinions([answer]).get(answer, Opinion())
        told = f"Flagged as **{reason}**. It is kept, and the person who runs this assistant sees it." if reason else ""
        if kept != before:  # Gradio may tell of one touch twice
            gr.Info(told.replace("**", "") or _thanks(before, liked), duration=TOLD)
        return gr.update(**self._shown(current, visitor, profile)), gr.update(visible=bool(reason)), told, answer, kept.comment

    def comment(self, answer: str, text: str, visitor: str, current: str, profile: Any) -> tuple[Any, ...]:
        """Keep a comment on the flag of an answer."""
        kept = self._flags.opinions([answer]).get(answer)
        reason = next((r for r in REASONS if kept and r == kept.reason), None)
        if reason is None:
            raise gr.Error("That flag is gone: flag the answer again.", print_exception=False)
        self._flags.put(answer, reason, text, visitor)
        gr.Info("Your comment is kept with the flag.", duration=TOLD)
        return gr.update(**self._shown(current, visitor, profile)), gr.update(visible=False)

    def withdraw(self, answer: str, visitor: str, current: str, profile: Any) -> tuple[Any, ...]:
        """Take a flag back."""
        if answer and self._flags.withdraw(answer, visitor):
            gr.Info("Your flag is withdrawn.", duration=TOLD)
        return gr.update(**self._shown(current, visitor, profile)), gr.update(visible=False)

    def exported(self, kind: str, visitor: str, current: str) -> dict[str, str]:
        """The conversation as a file for the browser to save: its name and text."""
        answers = self._journal.turns(current, visitor)
        if not answers:
            raise gr.Error("There is nothing to export yet: ask something first.", print_exception=False)
        name = f"ai-pm-conversation-{answers[0].id[:8]}"
        opinions = self._flags.opinions([a.id for a in answers])
        return {"name": f"{name}.{kind}", "text": as_markdown(answers, opinions) if kind == "md" else as_json(answers, opinions)}

    def shown_again(self, visitor: str, current: str, profile: Any) -> Update:
        """The conversation, drawn anew: the profile has changed."""
        return gr.update(**self._shown(current, visitor, profile)) if current else gr.skip()

    def _is_mine(self, current: str | None, visitor: str) -> bool:
        return bool(current) and any(c.id == current for c in self._journal.conversations(visitor))

    def _shown(self, current: str | None, visitor: str, profile: Any) -> dict[str, Any]:
        answers = self._journal.turns(current, visitor) if current else []
        opinions = self._flags.opinions([a.id for a in answers])
        return {
            "value": self._messages(answers, profile, opinions=opinions),
            "feedback_value": [_feedback(opinions.get(a.id)) for a in answers],
        }

    def _messages(
        self, answers: list[Answer], profile: Any, with_glossary: bool = True, opinions: dict[str, Opinion] | None = None
    ) -> list[Message]:
        if opinions is None:
            opinions = self._flags.opinions([a.id for a in answers])
        # what is drawn while a question waits must not wait for the assistant to open
        glossary = glossary_of(self._desk.document) if answers and (with_glossary or self._desk.ready) else None
        person = Profile.from_browser(profile)
        shown: list[Message] = []
        for answer in answers:
            advice = advice_for(answer, person, self._desk.document) if glossary else []
            text = message(answer, glossary, opinions.get(answer.id), advice)
            options = [{"value": followup, "label": followup} for followup in answer.followups]
            shown += [{"role": "user", "content": said(answer.question)}, {"role": "assistant", "content": text, "options": options}]
        return shown

    def _listed(self, visitor: str, current: str | None) -> dict[str, Any]:
        listed = self._journal.conversations(visitor)
        chosen = current if any(c.id == current for c in listed) else None
        return {"choices": [(f"{c.title} · {c.created[5:10]}", c.id) for c in listed], "value": chosen, "visible": bool(listed)}


def _thanks(before: Opinion, liked: bool | None) -> str:
    if liked is None:
        return "Your flag is withdrawn." if before.flag else "Taken back."
    return "Thank you." if liked else "Noted. To say what is wrong, use the flag beside the thumbs."


def _turn(place: int | tuple[int, int]) -> int:
    """Which turn a message belongs to: each is a question and an answer."""
    return (place if isinstance(place, int) else place[0]) // 2


def _text(value: Any) -> str:
    """A message's words, as Gradio gives them: a text, or parts of one."""
    if isinstance(value, list):
        return "\n".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in value)
    return str(value or "")


def _assistant(content: str) -> Message:
    return {"role": "assistant", "content": content}


def _feedback(opinion: Opinion | None) -> str | None:
    if opinion is None:
        return None
    return opinion.reason or {True: "Like", False: "Dislike", None: None}[opinion.liked]


def examples() -> list[ExampleMessage]:
    """What the empty page offers, for each kind of person."""
    return [ExampleMessage(text=question, display_text=f"{who}: {question}") for who, question in EXAMPLES]


def picked(event: gr.SelectData) -> str:
    """A follow-up or an example that was clicked."""
    value = event.value
    return str(value["text"] if isinstance(value, dict) else value)
