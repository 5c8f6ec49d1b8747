"""A benchmark's line says what was measured, how widely it spreads, and whether the target holds."""

import json
from pathlib import Path

import pytest

from evals.bench.measured import Line, keep, markdown, ratio


def test_a_ratio_is_of_medians_and_its_spread_of_the_same_run() -> None:
    line = ratio("ours", [2.0, 4.0, 6.0], [1.0, 2.0, 3.0], target=2.0)
    assert (line.value, line.n, line.met) == (2.0, 3, True)
    assert line.spread == pytest.approx((1.1, 2.9))
    assert ratio("ours", [2.0, 4.0, 6.0], [2.0], target=2.0, at=95).met is False


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line("a", 1.0, "x", 1, target=1.0), True),
        (Line("a", 1.1, "x", 1, target=1.0), False),
        (Line("a", 1.1, "x", 1, target=1.0, at_least=True), True),
        (Line("a", 0.9, "x", 1, target=1.0, at_least=True), False),
        (Line("a", 0.9, "x", 1), None),
    ],
)
def test_a_target_is_a_ceiling_unless_it_is_a_floor(line: Line, met: bool | None) -> None:
    assert line.met is met
    assert ("missed" in str(line)) is (met is False)


def test_the_record_holds_what_the_table_shows(tmp_path: Path) -> None:
    lines = [Line("cold", 0.4, "x", 5, (0.3, 0.5), 0.35), Line("size", 12, "MB", 1)]
    kept = json.loads(keep(lines, tmp_path).read_text(encoding="utf-8"))
    assert [(line["what"], line["met"]) for line in kept["lines"]] == [("cold", False), ("size", None)]
    assert kept["machine"]["cores"] >= 1
    assert (tmp_path / "bench.md").read_text(encoding="utf-8").splitlines() == markdown(lines)
    assert "**missed**" in markdown(lines)[2] and "| 0.3 to 0.5 | 5 |" in markdown(lines)[2]
