"""What a model writes is plain text by the time anyone sees it, and never our own prompt."""

from importlib.resources import files

import pytest

from assistant.claims import ClaimReader
from assistant.neutral import leaks, neutral


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**Pay** is `high`.", "Pay is high."),
        ("See ![x](http://evil.example/p.png) now.", "See x now."),
        ("See [here](http://evil.example).", "See here."),
        ("Go to https://evil.example/login now.", "Go to now."),
        ("Go to www.evil.example now.", "Go to now."),
        ("<img src=x onerror=alert(1)>Pay", "Pay"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Pay", "alert(1) Pay"),
        ("<!-- hidden -->Pay", "Pay"),
        ("<a href='javascript:alert(1)'>Pay</a>", "Pay"),
        ("javascript:alert(1) Pay", "Pay"),
        ("# Pay\n- is high [1][2]", "Pay is high"),
        ("Pay\u202e is\x1b[31m high", "Pay is [31m high"),
        ("a < b and b > c", "a ‹ b and b › c"),
        ("snake_case stays", "snake_case stays"),
    ],
)
def test_markup_links_and_pictures_are_gone(written: str, shown: str) -> None:
    assert neutral(written) == shown


def test_every_line_of_every_prompt_is_known_as_a_leak() -> None:
    for file in (files("assistant") / "prompts").iterdir():
        long = [line for line in file.read_text(encoding="utf-8").splitlines() if len(line.split()) > 12]
        assert [line for line in long if not leaks(f"Sure: {line}", "mark")] == []
    assert leaks("the mark is 0a1b2c", "0a1b2c")
    assert not leaks("AI PM candidates should count on 4-6 interview rounds, according to AI Pulse.", "0a1b2c")


CLAIMS = '{"text": "A {brace} and a \\"quote\\".", "spans": ["ab12-1"]}, {"text": "B.", "spans": ["ab12-2", "ab12-3"]}'
ONE = f'{{"answerable": true, "claims": [{CLAIMS}]}}'


@pytest.mark.parametrize(
    "reply",
    [
        ONE,
        f"```json\n{ONE}\n```",
        '{"text": "A {brace} and a \\"quote\\".", "spans": ["ab12-1"]}\n{"text": "B.", "spans": ["[ab12-2]", "ab12-3"]}',
        ONE[:-2],  # broken off after the last claim
        '[{"text": "A {brace} and a \\"quote\\".", "spans": "ab12-1"}, {"text": "B.", "citations": ["ab12-2", "ab12-3"]}]',
        'A {brace} and a "quote". [ab12-1] B [ab12-2, ab12-3].',
        'A {brace} and a "quote" [ab12-1].\nB. [ab12-2][ab12-3]\n',
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_claims_are_read_from_whatever_an_endpoint_makes_of_them(reply: str, size: int) -> None:
    reader = ClaimReader()
    found = [claim for i in range(0, len(reply), size) for claim in reader.feed(reply[i : i + size])] + reader.end()
    assert [(c.text, c.ids) for c in found] == [('A {brace} and a "quote".', ("ab12-1",)), ("B.", ("ab12-2", "ab12-3"))]
    assert reader.readable
    assert not reader.repeats


def test_a_claim_is_there_as_soon_as_it_is_whole() -> None:
    reader = ClaimReader()
    end = ONE.index("}, {") + 1
    assert reader.feed(ONE[: end - 1]) == []
    assert len(reader.feed(ONE[end - 1 : end])) == 1


@pytest.mark.parametrize("reply", ["I am sorry.", "", '{"claims": [{"text": "no e', "{'text': 'single quotes'}"])
def test_what_holds_no_claim_is_not_readable(reply: str) -> None:
    reader = ClaimReader()
    assert reader.feed(reply) + reader.end() == []
    assert not reader.readable


def test_a_model_that_is_stuck_is_noticed() -> None:
    reader = ClaimReader()
    fed = 0
    while not reader.repeats and fed < 10_000:
        reader.feed("and so on and on ")
        fed += 17
    assert reader.repeats
    assert fed < 2_000
