"""Measures, paired comparison and report, on rows and on a small run of the real chain."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from assistant.opening import House
from assistant.settings import Settings
from evals.cases import own_cases
from evals.compare import compare
from evals.metrics import Row, calibration_error, figure, reliability, risk_coverage, summary
from evals.report import write_report
from evals.run import ask_all, record, token_f1


def row(number: int, *, right: bool, answerable: bool = True, likely: float | None = None) -> Row:
    return Row(
        id=str(number),
        conversation=str(number),
        kind="answerable" if answerable else "near",
        question="q",
        standalone="q",
        answer="a",
        answerable=answerable,
        abstained=not right if answerable else right,
        facts_found=float(right) if answerable else None,
        first_right=right if answerable else None,
        three_right=True if answerable else None,
        token_f1=0.5 if answerable else None,
        citation_precision=1.0 if answerable and right else None,
        citation_recall=1.0 if answerable and right else None,
        exact_quotes=True,
        supported=1.0,
        words=10,
        likely=(0.9 if right else 0.1) if likely is None else likely,
        level="high",
        best_right=right and answerable,
        milliseconds=1.0,
        ranked=(),
    )


def test_an_interval_holds_its_value_and_narrows_with_n() -> None:
    def share(count: int) -> tuple[float, float]:
        measured = figure("x", [row(i, right=i % 4 > 0) for i in range(count)], lambda rows: sum(r.best_right for r in rows) / len(rows))
        assert measured
        assert measured.low <= measured.value == 0.75 <= measured.high
        return measured.low, measured.high

    few, many = share(40), share(400)
    assert many[1] - many[0] < (few[1] - few[0]) / 2


def test_what_cannot_be_scored_is_left_out() -> None:
    told = {f.name: f for f in summary([row(1, right=True), row(2, right=True, answerable=False)])}
    assert told["answerable: every expected fact in a cited answer"].n == 1
    assert told["unanswerable: refused"].value == 1.0
    assert "retrieval: nDCG@5" not in told


def test_calibration_error_is_none_where_confidence_is_what_happens_and_large_where_not() -> None:
    random = np.random.default_rng(1)
    sure = random.uniform(size=4_000)
    honest = [row(i, right=bool(random.uniform() < p), likely=float(p)) for i, p in enumerate(sure)]
    boasting = [replace(r, likely=0.5 + r.likely / 2) for r in honest]
    assert calibration_error(reliability(honest)) < 0.03
    assert calibration_error(reliability(boasting)) > 0.2
    assert [n for _, _, n in reliability(honest)] == [400] * 10


def test_risk_falls_to_nothing_where_the_surest_answers_are_right() -> None:
    coverage, risk = risk_coverage([row(i, right=i < 6, likely=1 - i / 10) for i in range(10)])
    assert list(coverage[[0, 5, 9]]) == [0.1, 0.6, 1.0]
    assert list(risk[[0, 5, 9]]) == [0.0, 0.0, 0.4]


@pytest.mark.parametrize(("text", "wording", "score"), [("a b c d", "b c", 2 / 3), ("x", "x", 1.0), ("x", "y", 0.0)])
def test_token_f1(text: str, wording: str, score: float) -> None:
    assert token_f1(text, wording) == pytest.approx(score)


def test_comparison_tells_a_real_change_from_chance() -> None:
    before = [asdict(row(i, right=i % 2 == 0)) for i in range(100)]
    same = {c.name: c for c in compare(before, before)}
    assert {c.verdict for c in same.values()} == {"no clear change"}
    after = [asdict(row(i, right=i % 2 == 0 or i < 40)) for i in range(100)]
    change = next(c for c in compare(before, after) if c.name.startswith("answerable: every"))
    assert (change.better, change.worse, change.verdict) == (20, 0, "better")
    back = next(c for c in compare(after, before) if c.name.startswith("answerable: every"))
    assert back.verdict == "worse"
    few = [asdict(row(i, right=i % 2 == 0 or i in (1, 3))) for i in range(100)]
    assert next(c for c in compare(before, few) if c.name.startswith("answerable: every")).verdict == "no clear change"


def test_a_run_can_be_recorded_reported_and_compared_with_itself(house: House, settings: Settings, tmp_path: Path) -> None:
    cases = own_cases("dev")[:12]
    rows = ask_all(house, cases)
    kept = json.loads(json.dumps(record("dev", rows, summary(rows), settings, house.live.reader().manifest.fingerprint, cases)))
    for name in ("commit", "dirty", "versions", "settings", "index", "cases_sha256", "seed", "rows"):
        assert name in kept
    page = write_report(kept, tmp_path)
    told = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| measure | value | 95% interval | n |" in told
    assert "reliability.svg" in page.read_text(encoding="utf-8")
    for plot in ("reliability", "risk-coverage", "by-kind"):
        assert (tmp_path / f"{plot}.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert {c.verdict for c in compare(kept["rows"], kept["rows"])} == {"no clear change"}
