"""A conversation leaves the page whole: answers, quotes with their places, sources, limits."""

import json

from assistant.export import as_json, as_markdown
from assistant.journal_flags import Opinion
from assistant.opening import House


def test_markdown_and_json_hold_every_quote_with_its_place_and_source(house: House) -> None:
    answers = [house.assistant.ask(q) for q in ("What does a senior AI PM earn?", "What does an AI PM earn in Berlin?")]
    text = as_markdown(answers)
    for answer in answers:
        assert f"## {answer.question}" in text
        for citation in answer.citations:
            assert citation.quote in text.replace("\n> ", "\n")
            assert f"characters {citation.start}-{citation.end}" in text
            assert all(source.publisher in text for source in citation.sources)
        assert all(limit in text for limit in answer.limits)
    assert "Not in my sources" in text
    kept = json.loads(as_json(answers))["answers"]
    assert [a["question"] for a in kept] == [a.question for a in answers]
    assert kept[0]["citations"][0]["quote"] == answers[0].citations[0].quote


def test_a_flag_leaves_with_the_answer_that_it_is_about(house: House) -> None:
    answer, other = (house.assistant.ask(q) for q in ("What does a senior AI PM earn?", "What is AARRR?"))
    opinions = {answer.id: Opinion(reason="wrong number", flag="f1", comment="It is less.")}
    text = as_markdown([answer, other], opinions)
    assert text.count("You flagged this") == 1
    assert text.index("You flagged this as wrong number: “It is less”.") < text.index("## What is AARRR?")
    kept = json.loads(as_json([answer, other], opinions))["opinions"]
    assert kept[answer.id]["comment"] == "It is less." and other.id not in kept
