"""Every way in which a model can fail: the page's words, a bounded number of attempts, and a question that is never lost."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Partial
from assistant.failures import Failure, line
from assistant.journal import Journal
from assistant.ui.render import escape, message
from tests.chat_scripts import honest
from tests.chat_server import Ask, Reply, Script, claims, error
from tests.conftest import KEY

QUESTION = "How many interview rounds should I expect for an AI PM job?"
MANY = "Which stages does an AI PM interview go through?"  # many spans are offered for it
NEVER = threading.Event()

Talk = Callable[..., Any]


def no_claims(a: Ask) -> Reply:
    return Reply('{"claims": [{"text": "AI PM candidates have 4-6 rou')


FAILURES: list[tuple[str, Script, Failure, int]] = [
    ("time-out", lambda a: Reply("x" * 40, stall=NEVER), Failure.TIMEOUT, 3),
    ("401", lambda a: error(401, f"Incorrect API key provided: {KEY}"), Failure.KEY, 1),
    ("404", lambda a: error(404, "no such model"), Failure.NO_MODEL, 1),
    ("429", lambda a: error(429, "slow down", Retry_After="2"), Failure.BUSY, 3),
    ("429 for long", lambda a: error(429, "slow down", Retry_After="300"), Failure.BUSY, 1),
    ("500", lambda a: error(500), Failure.SERVER, 3),
    ("503", lambda a: error(503, "overloaded"), Failure.SERVER, 3),
    ("connection reset", lambda a: Reply(reset=True), Failure.CONNECTION, 3),
    ("half a stream", lambda a: Reply(honest(a).text, cut_after=30), Failure.CUT, 3),
    ("half a stream, ended politely", lambda a: Reply(honest(a).text[:30], finish=None), Failure.CUT, 3),
    ("malformed JSON", no_claims, Failure.MALFORMED, 3),
    ("no JSON", lambda a: Reply("I am sorry, Dave."), Failure.MALFORMED, 3),
    ("not of a reply's shape", lambda a: Reply(body='{"unexpected": true}'), Failure.MALFORMED, 3),
    ("a gateway's page", lambda a: Reply(body="<html>gateway</html>"), Failure.MALFORMED, 3),
    ("empty answer", lambda a: Reply(""), Failure.EMPTY, 3),
    ("context too long", lambda a: error(400, "This model's maximum context length is 10 tokens."), Failure.TOO_LONG, 4),
    ("repeats itself", lambda a: Reply("round and round it goes, " * 80), Failure.REPEATS, 1),
    ("repeats a claim", lambda a: Reply(claims(*[("Rounds are 77.", [a.spans[0][0]])] * 9)), Failure.REPEATS, 1),
    ("unproven", lambda a: Reply(claims(("Expect 77 rounds.", [a.spans[0][0]]))), Failure.UNPROVEN, 2),
    ("cites nothing it was given", lambda a: Reply(claims(("Expect 4-6 interview rounds.", ["1"]))), Failure.UNPROVEN, 2),
    ("refused", lambda a: error(400, "temperature max_tokens stream_options are all wrong"), Failure.REFUSED, 5),
]


@pytest.mark.parametrize(("script", "failure", "requests"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
def test_a_failure_is_one_plain_line_on_the_page_above_a_quoted_answer(script: Script, failure: Failure, requests: int, talk: Talk) -> None:
    talking = talk(script, model_timeout=0.3 if failure is Failure.TIMEOUT else 30.0)
    question, fact = (MANY, "Recruiter screen") if failure is Failure.TOO_LONG else (QUESTION, "4-6")
    answer = talking.house.assistant.ask(question)
    assert (answer.mode, answer.model, answer.abstained) == ("extractive", None, False)
    assert fact in answer.answer
    assert answer.limits[0] == line(failure)
    assert escape(line(failure)) in message(answer)
    if failure is Failure.TOO_LONG:  # how many spans are offered at first is the evidence's business: then half as many each time
        offered = [len(ask.spans) for ask in talking.server.asked]
        assert 2 <= len(offered) <= requests
        assert all(after <= before // 2 for before, after in pairwise(offered))
    else:
        assert len(talking.server.asked) == requests
    assert "Traceback" not in message(answer)


def test_a_server_that_is_not_there_is_told_too(talk: Talk) -> None:
    talking = talk(honest)
    talking.server.close()
    answer = talking.house.assistant.ask(QUESTION)
    assert answer.limits[0] == line(Failure.CONNECTION)
    assert len(talking.waits) == 2


def test_a_request_that_fails_once_is_sent_again_and_nobody_notices(talk: Talk) -> None:
    replies = [error(503), Reply(reset=True)]
    talking = talk(lambda a: replies.pop() if replies else honest(a))
    answer = talking.house.assistant.ask(QUESTION)
    assert answer.mode == "generated"
    assert talking.waits == [0.5, 1.0]  # doubling, at the most that jitter allows


def test_what_the_server_asks_to_wait_is_waited(talk: Talk) -> None:
    replies = [error(429, "slow", Retry_After="7")]
    talking = talk(lambda a: replies.pop() if replies else honest(a))
    assert talking.house.assistant.ask(QUESTION).mode == "generated"
    assert talking.waits == [7.0]


def test_a_context_that_is_too_long_is_asked_again_with_fewer_passages(talk: Talk) -> None:
    script = lambda a: error(400, "context length exceeded") if len(a.spans) > 4 else honest(a)  # noqa: E731
    talking = talk(script)
    assert talking.house.assistant.ask(MANY).mode == "generated"
    assert [len(a.spans) for a in talking.server.asked][-1] <= 4


def test_half_a_stream_keeps_what_was_shown_and_goes_on_with_quotes(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        first = (a.spans[1][1], [a.spans[1][0]])
        return Reply(claims(first, ("And much more. " * 9, [a.spans[0][0]])), cut_after=len(claims(first)) + 40)

    talking = talk(script)
    *partials, answer = talking.house.assistant.stream(MANY)
    assert len(partials) == 1
    assert isinstance(partials[0], Partial)
    assert isinstance(answer, Answer)
    assert answer.answer.startswith(partials[0].answer)
    assert answer.limits[0] == line(Failure.CUT, shown=True, followed=True)
    assert len(answer.claims) > len(partials[0].claims)
    assert len(talking.server.asked) == 1


def test_a_failure_of_the_standalone_question_is_not_waited_for_twice(talk: Talk) -> None:
    from assistant.answer import Turn

    talking = talk(lambda a: error(500))
    before = Turn(question="What does a senior AI PM earn?", answer="A lot.", standalone_question="What does a senior AI PM earn?")
    answer = talking.house.assistant.ask("And for a director?", [before])
    assert answer.limits[0] == line(Failure.SERVER)
    assert "$240K-$320K" in answer.answer
    assert len(talking.server.asked) == 3


def test_keys_are_nowhere(talk: Talk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    for script in (honest, lambda a: error(401, f"Incorrect key {KEY} in {a.headers['authorization']}"), lambda a: Reply(reset=True)):
        talking = talk(script)
        answer = talking.house.assistant.ask(QUESTION)
        journal = Journal(talking.settings.journal)
        journal.record("c", [], answer)
        journal.close()
        seen += [
            answer.model_dump_json(),
            message(answer),
            str(talking.settings),
            repr(talking.settings),
            talking.settings.model_dump_json(),
        ]
        assert talking.server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    out, err = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [text for text in (*seen, caplog.text, out, err) if KEY in text] == []
    assert KEY.encode() not in kept


def test_every_failure_has_a_line_that_ends_and_says_what_is_shown() -> None:
    for failure in Failure:
        assert line(failure).endswith("quoted from the sources instead.")
        assert line(failure, shown=True).endswith("only its checked sentences are shown.")
        assert "\n" not in line(failure)


def test_a_journal_that_cannot_be_written_stops_the_model_and_not_the_answer(talk: Talk, tmp_path: Path) -> None:
    talking = talk(honest)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
        connection.execute("DROP TABLE spending")
    answer = talking.house.assistant.ask(QUESTION)
    assert answer.limits[0] == line(Failure.LEDGER)
    assert talking.server.asked == []


def test_json_of_a_failed_answer_is_the_contract(talk: Talk) -> None:
    answer = talk(lambda a: error(500)).house.assistant.ask(QUESTION)
    assert Answer.model_validate_json(json.dumps(answer.model_dump(mode="json"))) == answer
