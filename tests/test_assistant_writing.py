"""Answers that a chat model writes: the same twenty questions in every mode, claims checked before they are shown, nothing taken back."""

import itertools
import json
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.answer import Answer, Partial
from assistant.opening import House, open_house
from assistant.settings import Settings
from tests.chat_scripts import honest, plain, row_told
from tests.chat_server import Ask, Reply, claims
from tests.conversation import ask

ANSWERED = [
    (["What does a senior AI PM earn?"], "$190K-$250K"),
    (["What does a senior AI PM earn?", "And for a director?"], "$240K-$320K"),
    (["What does a senior AI PM earn?", "what about total comp?"], "$300K-$480K"),
    (["How much more do AI PMs earn than ordinary PMs?", "why?"], "specialised knowledge"),
    (["How many interview rounds should I expect for an AI PM job?"], "4-6"),
    (["How many interview rounds should I expect for an AI PM job?", "what are they?"], "Recruiter screen"),
    (["What does a director of AI product earn compared with a traditional director?"], "$420K-$700K"),
    (["How does the remote share of AI PM jobs compare with tech PMs?"], "38%"),
    (["Which must-have technical skills does an AI PM need?"], "Prompt engineering"),
    (["What is the median pay of a data scientist in the US?"], "$112,590"),
    (["What does CIRCLES stand for?"], "Comprehend the situation"),
]
REFUSED = [
    "What does an AI PM earn in Berlin?",
    "How much does Netflix pay its AI product managers?",
    "How many days of holiday do AI PMs at Google get?",
    "What did a senior AI PM earn in 2019?",
    "What signing bonus does OpenAI give AI PMs?",
    "How do I bake sourdough bread?",
    "Who won the football world cup?",
    "asdf qwer zxcv",
    "?!",
]
SENIOR = "What does a senior AI PM earn?"
ROUNDS = "How many interview rounds should I expect for an AI PM job?"

Talk = Callable[..., Any]


@pytest.fixture(params=["no model", "scripted server", "plain endpoint", "any endpoint"])
def asked(request: pytest.FixtureRequest, talk: Talk, house: House, settings: Settings, tmp_path: object) -> House:
    """The assistant in each mode. "any endpoint": a real one, named by ASSISTANT_TEST_MODEL and ASSISTANT_TEST_URL."""
    if request.param == "no model":
        return house
    if request.param == "any endpoint":
        model, url = (os.environ.get(f"ASSISTANT_TEST_{name}", "") for name in ("MODEL", "URL"))
        if not model or not url:
            pytest.skip("no endpoint: set ASSISTANT_TEST_MODEL and ASSISTANT_TEST_URL")
        told = {"model": model, "openai_base_url": SecretStr(url), "journal_url": f"sqlite:///{tmp_path}/journal.sqlite"}
        return open_house(settings.model_copy(update=told))
    opened: House = talk(honest if request.param == "scripted server" else plain).house
    return opened


def by(*rows: str) -> Callable[[Ask], Reply]:
    """A script that says these sentences, citing the best span."""
    return lambda a: Reply(claims(*((row, [a.spans[0][0]]) for row in rows)))


def test_the_same_twenty_questions_are_answered_and_refused_in_every_mode(asked: House) -> None:
    wrong = []
    for turns, fact in ANSWERED:
        answer = ask(asked, *turns)
        told = " ".join(claim.text for claim in answer.claims).lower()
        if answer.abstained or fact.lower() not in told or not all(c.citations for c in answer.claims):
            wrong.append((turns, answer.answer))
        for citation in answer.citations:
            document = asked.live.document(citation.document)
            assert document
            assert document.text[citation.start : citation.end] == citation.quote
    assert wrong == []
    assert [q for q in REFUSED if not ask(asked, q).abstained] == []


def test_a_generated_answer_says_who_wrote_it_and_that_it_is_not_calibrated(talk: Talk) -> None:
    answer = ask(talk(honest).house, SENIOR)
    assert (answer.mode, answer.model) == ("generated", "gpt-4o-mini")
    assert answer.confidence.probability is None
    assert not answer.confidence.calibrated
    assert any("Not calibrated" in reason for reason in answer.confidence.reasons)
    assert set(answer.timings_ms) == {"followup", "retrieve", "compose", "support", "confidence", "total"}


def test_what_is_streamed_only_grows_and_ends_in_the_answer(talk: Talk) -> None:
    *partials, answer = talk(honest).house.assistant.stream(SENIOR)
    assert len(partials) >= 2
    assert all(isinstance(p, Partial) and p.model == "gpt-4o-mini" for p in partials)
    assert isinstance(answer, Answer)
    texts = [p.answer for p in (*partials, answer)]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    for shown in partials:
        assert [c.number for c in shown.citations] == sorted({n for claim in shown.claims for n in claim.citations})
        assert answer.citations[: len(shown.citations)] == shown.citations


def test_without_a_model_the_stream_is_the_answer_alone(house: House) -> None:
    (only,) = house.assistant.stream(SENIOR)
    assert isinstance(only, Answer)
    assert only.mode == "extractive"


def test_a_sentence_is_never_shown_before_its_check_nor_when_it_fails_it(talk: Talk) -> None:
    false = "AI PM candidates should count on 9 interview rounds."
    stream = talk(by(false, "AI PM candidates should count on 4-6 interview rounds.")).house.assistant.stream(ROUNDS)
    shown = list(stream)
    assert [s for s in shown if "9 interview" in s.answer] == []
    assert "4-6 interview rounds" in shown[0].answer
    assert any("2 sentences that the model wrote, 1 did not pass" in r for r in shown[-1].confidence.reasons)


def test_closing_the_stream_ends_the_request(talk: Talk) -> None:
    never = threading.Event()

    def slow(a: Ask) -> Reply:
        return Reply(claims(*((row_told(text), [i]) for i, text in a.spans[:4])), stall=never)

    talking = talk(slow)
    stream = talking.house.assistant.stream(SENIOR)
    assert isinstance(next(stream), Partial)
    stream.close()
    assert talking.server.broken_off.wait(10)


def test_ids_that_were_not_offered_are_removed_and_counted(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        return Reply(claims(("AI PM candidates should count on 4-6 interview rounds.", [a.spans[0][0], "ffff-77", "1"])))

    answer = ask(talk(script).house, ROUNDS)
    assert answer.claims[0].citations == (1,)
    assert any("cited 2 passages that it was not given" in reason for reason in answer.confidence.reasons)


def test_an_unsupported_claim_is_asked_for_again_once_with_the_complaint(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        return (
            by("AI PMs have 9 rounds.", "AI PM candidates should count on 4-6 interview rounds.")(a) if a.purpose == "repair" else first(a)
        )

    first = by("AI PM candidates should count on 50 interview rounds.")
    talking = talk(script)
    answer = ask(talking.house, ROUNDS)
    assert [a.purpose for a in talking.server.asked] == ["answer", "repair"]
    assert "no figure like that of “50 number”" in talking.server.asked[1].text
    assert "50" not in answer.answer


def test_a_repaired_claim_is_shown(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        return by(f"AI PM candidates should count on {'4-6' if a.purpose == 'repair' else '50'} interview rounds.")(a)

    answer = ask(talk(script).house, ROUNDS)
    assert answer.mode == "generated"
    assert answer.claims[0].text.startswith("AI PM candidates should count on 4-6")


def test_what_stays_unsupported_is_dropped_or_shown_as_such_by_setting(talk: Talk) -> None:
    script = by("AI PM candidates should count on 4-6 interview rounds.", "AI PM candidates should count on 50 interview rounds.")
    assert "50" not in ask(talk(script).house, ROUNDS).answer
    shown = ask(talk(script, unsupported="show").house, ROUNDS)
    claim = next(c for c in shown.claims if "50" in c.text)
    assert claim.support == "unsupported"
    assert "50 interview rounds. (not supported by the quoted text)" in shown.answer


@pytest.mark.parametrize(("gap", "shown"), [("$180K", True), ("$155K", False)])
def test_a_difference_is_shown_only_where_its_arithmetic_is_right(gap: str, shown: bool, talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        (director,) = (i for i, text in a.spans if "$240K-$320K" in text and "$420K-$700K" in text)
        return Reply(claims((f"Total comp of a director begins {gap} higher than base, at $420K against $240K.", [director])))

    answer = ask(talk(script).house, "What does a director of AI product earn?")
    assert (answer.mode == "generated") is shown
    assert (gap in answer.answer) is shown


def test_a_model_is_not_asked_for_what_the_sources_do_not_hold(talk: Talk) -> None:
    talking = talk(honest)
    assert ask(talking.house, "What does an AI PM earn in Berlin?").abstained
    assert talking.server.asked == []


def test_a_model_that_finds_nothing_leaves_a_quoted_answer_of_low_confidence(talk: Talk) -> None:
    answer = ask(talk(lambda a: Reply(claims(answerable=False))).house, ROUNDS)
    assert (answer.mode, answer.confidence.level) == ("extractive", "low")
    assert answer.limits[0].startswith("The model did not find the answer")


def test_two_tiers_the_large_one_is_asked_only_when_the_check_fails(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        rounds = "4-6" if good or a.body["model"] == "gpt-4o" else "50"
        return by(f"AI PM candidates should count on {rounds} interview rounds.")(a)

    good = True
    talking = talk(script, model_large="gpt-4o")
    assert ask(talking.house, ROUNDS).model == "gpt-4o-mini"
    assert {a.body["model"] for a in talking.server.asked} == {"gpt-4o-mini"}
    good = False
    *partials, answer = talking.house.assistant.stream(ROUNDS)
    assert isinstance(answer, Answer)
    assert answer.model == "gpt-4o"
    assert [a.body["model"] for a in talking.server.asked[1:]] == ["gpt-4o-mini", "gpt-4o-mini", "gpt-4o"]
    assert [p for p in partials if "50" in p.answer] == []


def test_two_tiers_a_question_of_low_confidence_goes_on_to_the_large_one(talk: Talk, house: House) -> None:
    from evals.cases import own_cases

    low = next(c.question for c in own_cases("dev") if not c.history and _low(house, c.question))
    talking = talk(honest, model_large="gpt-4o")
    ask(talking.house, low)
    assert [a.body["model"] for a in talking.server.asked if a.purpose == "answer"] == ["gpt-4o-mini", "gpt-4o"]


def _low(house: House, question: str) -> bool:
    answer = house.assistant.ask(question)
    return not answer.abstained and answer.confidence.level == "low"


def test_a_follow_up_is_understood_by_the_model_in_words_of_the_conversation(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        return Reply(json.dumps({"question": "What does a director AI PM earn?"})) if a.purpose == "standalone" else honest(a)

    talking = talk(script)
    answer = ask(talking.house, SENIOR, "And for a director?")
    assert answer.standalone_question == "What does a director AI PM earn?"
    assert f"User: {SENIOR}" in next(a for a in talking.server.asked if a.purpose == "standalone").text


@pytest.mark.parametrize("said", ["What does Netflix pay in Berlin?", "I have been PWNED", "", '{"question": 5}', "x " * 500])
def test_a_standalone_question_with_words_from_nowhere_is_not_taken(said: str, talk: Talk) -> None:
    script = lambda a: Reply(json.dumps({"question": said})) if a.purpose == "standalone" else honest(a)  # noqa: E731
    assert ask(talk(script).house, SENIOR, "And for a director?").standalone_question == "What does a director AI PM earn?"


def test_a_model_that_only_thinks_in_prose_and_knows_no_schema_is_read_too(talk: Talk) -> None:
    talking = talk(plain)
    answer = ask(talking.house, SENIOR)
    assert answer.mode == "generated"
    ask(talking.house, SENIOR)
    assert ["response_format" in a.body for a in talking.server.asked] == [True, False, False]


def test_options_that_an_endpoint_does_not_know_are_left_out(talk: Talk) -> None:
    from tests.chat_server import error

    def picky(a: Ask) -> Reply:
        for option in ("temperature", "max_tokens", "stream_options"):
            if option in a.body:
                return error(400, f"Unsupported parameter: '{option}' is not supported with this model.")
        return honest(a)

    talking = talk(picky)
    assert ask(talking.house, SENIOR).mode == "generated"
    assert "max_completion_tokens" in talking.server.asked[-1].body
    assert talking.waits == []


def test_a_key_in_the_environment_sends_nothing_without_a_model(talk: Talk) -> None:
    talking = talk(honest, model="")
    assert ask(talking.house, SENIOR).mode == "extractive"
    assert talking.server.asked == []
    assert talking.house.model_notice is None


def test_the_notice_names_model_and_host_and_no_key(talk: Talk) -> None:
    talking = talk(honest, model_large="gpt-4o", openai_base_url=SecretStr("http://user:pass@127.0.0.1:9/v1"))
    sent = "your question, what was said before it and the quoted passages are sent to 127.0.0.1:9."
    assert talking.house.model_notice == f"Answers are written by gpt-4o-mini and gpt-4o: {sent}"
