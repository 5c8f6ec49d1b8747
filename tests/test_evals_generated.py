"""Evals of generated answers: faults survived, replies replayed, confidence fitted; and the notice on the terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.answer import Answer, Confidence
from assistant.confidence import NOT_CALIBRATED, Judgement
from assistant.confidence_generated import FEATURES, Survival, generated_features, judge_generated, read_generated
from assistant.generate import Patience
from assistant.opening import open_house
from assistant.settings import load_settings
from evals.cases import own_cases
from evals.faults import strange_figures, survive
from evals.fit_generated import fit_generated
from evals.replies import KeptReplies
from evals.run import ask_all
from tests.chat_scripts import Faulty, honest
from tests.conftest import KEY

Talk = Callable[..., Any]
SENIOR = "What does a senior AI PM earn?"


def test_with_a_third_of_the_requests_failing_no_answer_is_lost_and_no_figure_is_invented(talk: Talk) -> None:
    faulty = Faulty()
    talking = talk(faulty)
    told = survive(talking.settings, own_cases("dev")[:40])
    assert faulty.faults >= 8
    assert (told.asked, told.answered, told.kept) == (40, 40, 40)
    assert told.strange == ()
    assert told.modes["generated"] > told.modes["extractive"] > 0


def test_an_invented_figure_would_be_seen(talk: Talk) -> None:
    answer: Answer = talk(honest).house.assistant.ask(SENIOR)
    assert strange_figures(answer) == []
    claim = answer.claims[0].model_copy(update={"text": "It is $987,654."})
    assert strange_figures(answer.model_copy(update={"claims": (claim,)})) == ["987,654"]


def test_replies_are_kept_and_replayed_at_no_cost(talk: Talk, tmp_path: Path) -> None:
    from assistant.endpoint import OpenAIEndpoint

    talking = talk(honest)
    file = tmp_path / "replies.jsonl"
    cases = own_cases("dev")[:6]
    live = open_house(talking.settings, endpoint=KeptReplies(file, OpenAIEndpoint(talking.settings)))
    first = ask_all(live, cases, tmp_path / "generated.jsonl")
    paid = len(talking.server.asked)
    replies = KeptReplies(file, None)
    again = ask_all(open_house(talking.settings, endpoint=replies, patience=Patience(0)), cases)
    assert paid > 0
    assert len(talking.server.asked) == paid
    assert replies.missing == 0
    assert [row.answer for row in again] == [row.answer for row in first]
    judged = [json.loads(line) for line in (tmp_path / "generated.jsonl").read_text(encoding="utf-8").splitlines()]
    assert judged
    assert all(set(row["features"]) == set(FEATURES) for row in judged)
    assert KEY not in file.read_text(encoding="utf-8")


def evidence(likely: float, level: str = "high") -> Judgement:
    return Judgement(Confidence(probability=likely, level=level, calibrated=True, reasons=("Because.",)), False, likely)  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "calibrated"), [(400, True), (120, False)])
def test_confidence_of_generated_answers_is_fitted_by_the_same_command_once_there_are_enough(
    rows: int, calibrated: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(13)
    lines = []
    for i in range(rows):
        likely, dropped = float(rng.uniform(0.4, 0.99)), int(rng.integers(0, 3))
        survival = Survival(2, 0, dropped, 0, bool(rng.random() < 0.7))
        right = bool(rng.random() < likely - 0.2 * dropped)
        row = {"id": str(i), "conversation": str(i), "features": generated_features(likely, survival)}
        lines.append(json.dumps(row | {"right": right, "answerable": right or bool(rng.random() < 0.5)}))
    (tmp_path / "generated.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = fit_generated(tmp_path / "generated.jsonl", tmp_path / "model.json")
    assert f"n={rows}" in told
    model = read_generated((tmp_path / "model.json").read_text(encoding="utf-8"))
    sure = judge_generated(evidence(0.95), Survival(2, 0, 0, 0, True), model).confidence
    unsure = judge_generated(evidence(0.95), Survival(1, 0, 2, 0, False), model).confidence
    assert sure.calibrated is calibrated
    assert (NOT_CALIBRATED in sure.reasons) is not calibrated
    if calibrated:
        assert sure.probability and unsure.probability
        assert sure.probability > unsure.probability
    else:
        assert sure.probability is None


def test_until_then_the_level_is_the_evidences_lowered_by_what_was_dropped() -> None:
    whole, cut = Survival(2, 0, 0, 0, True), Survival(2, 0, 1, 0, True)
    assert judge_generated(evidence(0.95), whole).confidence.level == "high"
    assert judge_generated(evidence(0.95), cut).confidence.level == "medium"
    assert judge_generated(evidence(0.5, "low"), cut).confidence.level == "low"


def test_the_terminal_says_on_standard_error_which_model_is_asked_and_where(
    talk: Talk, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    talking = talk(honest)
    monkeypatch.setenv("ASSISTANT_MODEL", "gpt-4o-mini")
    monkeypatch.setenv("ASSISTANT_JOURNAL_URL", talking.settings.journal)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", talking.server.url)
    load_settings.cache_clear()
    try:
        status, out, err = run("ask", "--json", "--data", str(talking.settings.data_dir), SENIOR)
    finally:
        monkeypatch.undo()
        load_settings.cache_clear()
    assert status == 0
    assert Answer.model_validate_json(out).mode == "generated"
    assert out.count("\n") == 1
    assert talking.house.model_notice in err
    assert KEY not in out + err
