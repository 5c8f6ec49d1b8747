"""A conversation leaves the page whole: answers, quotes with their places, sources, limits."""

import json

from assistant.export import as_json, as_markdown
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
