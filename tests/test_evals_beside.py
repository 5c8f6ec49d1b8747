"""What readers said of spans beside an answer's first one, and what is made of it."""

import json
from importlib.resources import files

import numpy as np

from assistant.beside import Sort
from evals.cases import json_lines, own_cases
from evals.fit import JUDGE_ON, data_hashes, file_hash
from evals.fit_beside import READERS, quality

SORTS = ("adds", "repeats", "detail", "stray")


def test_readers_judged_fitting_questions_alone_and_each_span_once() -> None:
    rows = json_lines(READERS)
    assert len(rows) > 1_000
    known = {(name, case.id) for name in {row["set"] for row in rows} for case in own_cases(name)}
    assert {row["set"] for row in rows} <= set(JUDGE_ON)
    assert {(row["set"], row["id"]) for row in rows} <= known
    for row in rows:
        texts = [text for sort in SORTS for text in row[sort]]
        assert len(texts) == len(set(texts))
        assert row["first"] not in texts


def test_the_model_was_fitted_on_what_readers_said() -> None:
    kept = json.loads((files("assistant") / "data" / "beside.json").read_text(encoding="utf-8"))
    assert kept["fitted_on"] == {READERS.name: file_hash(READERS)[:12]} | data_hashes(JUDGE_ON, None)


def test_a_model_that_knows_the_sorts_tells_what_adds_and_nothing_stray() -> None:
    sorts = np.array([0, 1, 2, 3, 4, 4, 4, 4])
    knows = quality(np.eye(len(Sort))[sorts], sorts)
    assert (knows["in_answer"], knows["in_answer_answers"], knows["in_answer_adds"]) == (2, 0.5, 0.5)
    assert (knows["set_apart"], knows["found_stray"]) == (0, 0)
    guesses = quality(np.full((8, len(Sort)), 1 / len(Sort)), sorts)
    assert guesses["log_loss"] > knows["log_loss"]
