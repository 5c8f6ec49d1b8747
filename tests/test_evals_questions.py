"""The question sets are frozen, and every citation over all of them quotes exactly."""

from hashlib import sha256
from pathlib import Path

import pytest

from assistant.opening import House
from evals.cases import QUESTIONS, holds, own_cases
from evals.metrics import Row, figure, summary
from evals.run import ask_all
from index import bundled_corpus, load_folder

HASHES = (Path(__file__).parent / "data" / "questions.sha256").read_text(encoding="utf-8").split()
FROZEN = dict(zip(HASHES[1::2], HASHES[::2], strict=True))
SETS = sorted(path.stem for path in QUESTIONS.glob("*.jsonl"))
TEXTS = {d.name: d.text for d in load_folder(bundled_corpus()).documents}


@pytest.mark.parametrize("name", SETS)
def test_a_question_set_is_what_it_was(name: str) -> None:
    assert sha256((QUESTIONS / f"{name}.jsonl").read_bytes()).hexdigest() == FROZEN[f"{name}.jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_every_expected_fact_stands_in_a_guide_that_is_to_be_cited(name: str) -> None:
    for case in own_cases(name):
        text = " ".join(TEXTS[document] for document in case.documents)
        assert case.answerable == bool(case.facts)
        assert [fact for fact in case.facts if not holds(text, fact)] == []


@pytest.mark.parametrize("name", SETS)
def test_every_citation_quotes_exactly_and_every_claim_is_supported(name: str, house: House) -> None:
    rows = ask_all(house, own_cases(name))
    assert [r.id for r in rows if not r.exact_quotes] == []
    assert [r.id for r in rows if r.supported not in (None, 1.0)] == []


def row(number: int, *, right: bool, answerable: bool = True) -> Row:
    return Row(
        id=str(number),
        conversation=str(number),
        kind="answerable",
        question="q",
        standalone="q",
        answer="a",
        answerable=answerable,
        abstained=not right,
        facts_found=float(right) if answerable else None,
        right_document=right,
        exact_quotes=True,
        supported=1.0,
        words=10,
        likely=0.9 if right else 0.1,
        best_right=right,
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
    told = {f.name: f for f in summary([row(1, right=True), row(2, right=False, answerable=False)])}
    assert told["answerable: every expected fact in a cited answer"].n == 1
    assert told["unanswerable: refused"].value == 1.0
    assert "retrieval: nDCG@5" not in told
