"""The conversations that the encoder is trained on, and nothing of the sets that measure it."""

import json

from evals.cases import json_lines, own_cases
from evals.fit import DATA, file_hash
from evals.train_conversation import CONVERSATIONS, messages

PATHS = sorted(CONVERSATIONS.glob("*.jsonl"))
MEASURING = ("test", "fresh-i", "fresh-l", "fresh-m", "fresh-n", "fresh-o", "fresh-p", "fresh-q", "fresh-r", "fresh-s")


def whole(turns: list[str]) -> str:
    return json.dumps([turn.lower().strip() for turn in turns])


def test_every_message_has_its_meaning_in_full_and_turns_before_it() -> None:
    found = list(messages(PATHS))
    assert len(found) > 10_000
    assert all(message.whole and message.typed and message.history for message in found)
    assert any(not message.answers for message in found)


def test_no_conversation_is_one_of_a_set_that_measures() -> None:
    written = {
        whole([turn["typed"] for turn in conversation["turns"][: place + 1]])
        for path in PATHS
        for conversation in json_lines(path)
        for place in range(len(conversation["turns"]))
    }
    asked = {(name, whole([*(turn.question for turn in case.history), case.question])) for name in MEASURING for case in own_cases(name)}
    # a first question of a few words may be anybody's; a conversation is not
    assert [(name, turns) for name, turns in asked if len(json.loads(turns)) > 1 and turns in written] == []


def test_the_record_beside_the_encoder_is_of_these_files() -> None:
    kept = json.loads((DATA / "conversation-encoder.json").read_text(encoding="utf-8"))
    assert kept["onnx_sha256"] == file_hash(DATA / "conversation-encoder.onnx")
    assert kept["trained_on"] == {path.name: file_hash(path)[:12] for path in PATHS}
