"""Asks questions one after the other, each with the answers before."""

from assistant.answer import Answer, Turn
from assistant.conversing import as_turn
from assistant.opening import House


def ask(house: House, *turns: str) -> Answer:
    """The answer to the last of the turns of one conversation."""
    history: list[Turn] = []
    for question in turns[:-1]:
        history.append(as_turn(house.assistant.ask(question, history)))
    return house.assistant.ask(turns[-1], history)
