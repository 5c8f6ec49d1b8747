"""The comparison of ways with a conversation, and the table of targets."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.cases import History
from evals.metrics import Figure
from evals.table import GOALS, NOT_RUN, table
from evals.ways import second_half, two_fold


def rows(values: dict[str, float]) -> list[dict[str, Any]]:
    """Four answerable turns a conversation, all with the conversation's value."""
    return [
        {"id": f"{name}#{i}", "conversation": name, "answerable": True, "retrieval": {"nDCG@5": value, "R@10": value}}
        for name, value in values.items()
        for i in range(4)
    ]


NAMES = [f"c{i}" for i in range(40)]


def test_what_is_chosen_on_one_half_is_reported_on_the_other() -> None:
    # each way is perfect on one half only: chosen there, it is reported where it fails
    runs = {
        History.LAST: rows({n: float(second_half(n)) for n in NAMES}),
        History.OURS: rows({n: float(not second_half(n)) for n in NAMES}),
        History.GLUED: rows(dict.fromkeys(NAMES, 0.5)),
    }
    found = two_fold(runs)
    assert found.chosen == (History.OURS, History.LAST)
    told = {f.name: f.value for f in found.figures}
    assert told["two-fold: nDCG@5"] == 0.0
    assert told["glued: nDCG@5"] == 0.5


def test_the_paired_test_tells_a_clear_gain_from_none_and_counts_conversations_not_turns() -> None:
    random = np.random.default_rng(3)
    base = {n: float(random.uniform(0.2, 0.6)) for n in NAMES}
    better = {n: v + 0.2 for n, v in base.items()}
    found = two_fold({History.LAST: rows(base), History.GLUED: rows(better), History.OURS: rows(better)})
    p = {(x.measure, x.other): x for x in found.paired}
    assert p["nDCG@5", History.LAST].p < 0.001
    assert p["nDCG@5", History.LAST].difference == pytest.approx(0.2)
    assert p["nDCG@5", History.GLUED].p == 1.0
    # a gain in one conversation of forty is chance, however many turns it has
    one = dict(base) | {"c0": 1.0}
    found = two_fold({History.LAST: rows(base), History.GLUED: rows(base), History.OURS: rows(one)})
    assert all(x.p > 0.5 for x in found.paired)


def test_the_table_tells_met_missed_and_not_run(tmp_path: Path) -> None:
    assert all(NOT_RUN in line for line in table(tmp_path)[2:])
    for value, verdict in ((0.96, "met"), (0.94, "missed")):
        figure = asdict(Figure(GOALS[0].measure, value, 0.9, 0.99, 300))
        (tmp_path / "test.json").write_text(json.dumps({"figures": [figure], "rows": []}), encoding="utf-8")
        line = table(tmp_path)[2]
        assert line.endswith(f"| {verdict} |")
        assert "| 300 |" in line
    ceiling = next(g for g in GOALS if g.at_most)
    figure = asdict(Figure(ceiling.measure, ceiling.target + 0.01, 0, 1, 10))
    (tmp_path / "test.json").write_text(json.dumps({"figures": [figure], "rows": []}), encoding="utf-8")
    assert any(ceiling.measure in line and line.endswith("| missed |") for line in table(tmp_path))
