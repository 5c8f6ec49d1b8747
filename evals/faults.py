"""Fault injection: ``python -m evals faults``. 500 questions to a model of which 30% of the requests fail in some way.

What has to come out: an answer to every question, each of them in the journal, and no figure told as supported that the quotes do
not hold. The last is looked at here without the assistant's own reading of figures: digit by digit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer import Answer, Turn
from assistant.generate import Patience
from assistant.journal import Journal
from assistant.opening import open_house
from assistant.settings import Settings
from evals.cases import Case

CONVERSATION = "faults"
_FIGURE = re.compile(r"\d[\d,.]*")
_DATED = re.compile(r" \(as of [^()]*\)")


@dataclass(frozen=True, slots=True)
class Survived:
    """What came of a run."""

    asked: int
    answered: int  # answers that came back, refusals among them
    kept: int  # of these, the ones that the journal holds
    modes: Counter[str]  # generated, extractive, abstained
    lines: Counter[str]  # why the extractive answer took over
    strange: tuple[str, ...]  # figures told as supported that no quote holds


def survive(settings: Settings, cases: Sequence[Case]) -> Survived:
    """Ask every case once, with its history, and record every answer as the page does. Waiting between attempts takes no time."""
    house = open_house(settings, patience=Patience(settings.model_retries, sleep=lambda _: None))
    journal = Journal(settings.journal)
    answers: list[Answer] = []
    for case in cases:
        history = [Turn(question=turn.question, answer=turn.answer) for turn in case.history]
        answers.append(house.assistant.ask(case.question, history))
        journal.record(CONVERSATION, history, answers[-1])
    kept = {answer.id for answer in journal.turns(CONVERSATION)}
    journal.close()
    return Survived(
        asked=len(cases),
        answered=sum(bool(answer.answer.strip()) for answer in answers),
        kept=sum(answer.id in kept for answer in answers),
        modes=Counter("abstained" if a.abstained else a.mode for a in answers),
        lines=Counter(a.limits[0] for a in answers if a.limits and "model" in a.limits[0]),
        strange=tuple(figure for answer in answers for figure in strange_figures(answer)),
    )


def strange_figures(answer: Answer) -> list[str]:
    """Figures of claims told as supported that stand in none of their quotes, nor in what these stand under."""
    quotes = {c.number: f"{c.context} {c.quote}" for c in answer.citations}
    found = []
    for claim in answer.claims:
        if claim.support == "supported":
            held = {_bare(f) for n in claim.citations for f in _FIGURE.findall(quotes[n])}
            found += [f.rstrip(".,") for f in _FIGURE.findall(_DATED.sub("", claim.text)) if _bare(f) not in held]
    return found


def _bare(figure: str) -> str:
    return figure.replace(",", "").rstrip(".")
