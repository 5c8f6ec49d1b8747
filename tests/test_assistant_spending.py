"""Tokens, their price, budgets: counted where the endpoint counts, estimated and marked where it does not, kept in the journal."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.errors import JournalError, SettingsError
from assistant.failures import Failure, line
from assistant.journal import Journal
from assistant.journal_spending import Spending
from assistant.metering import Spent
from assistant.prices import estimated_tokens, price_of
from assistant.settings import Settings, load_settings
from tests.chat_scripts import honest, plain
from tests.chat_server import Ask, Reply, claims

QUESTION = "How many interview rounds should I expect for an AI PM job?"
TODAY = date(2026, 11, 25)

Talk = Callable[..., Any]


@pytest.mark.parametrize(
    ("model", "read", "written"),
    [
        ("gpt-4o-mini", 0.15, 0.60),
        ("openai/gpt-4o-mini-2024-07-18", 0.15, 0.60),
        ("GPT-4o", 2.50, 10.00),  # the latest of its three prices
        ("claude-opus-4-5", 5, 25),
        ("gpt-5.6-luna", 0.20, 1.20),
    ],
)
def test_a_model_costs_what_the_dated_table_says(model: str, read: float, written: float) -> None:
    price = price_of(model, TODAY)
    assert price
    assert (price.read, price.written) == (read, written)
    assert price.of(2_000_000, 1_000_000) == pytest.approx(2 * read + written)


def test_a_price_of_the_future_is_no_price_yet_and_an_unknown_model_has_none() -> None:
    early = price_of("gpt-4o", date(2024, 6, 1))
    assert early
    assert early.written == 15.0
    assert price_of("gpt-6-sol", date(2026, 9, 1)) is None
    assert price_of("llama3.2:3b", TODAY) is None
    assert price_of("text-embedding-3-large", TODAY) is None


def test_usage_is_the_endpoints_own_count_and_its_price(talk: Talk) -> None:
    talking = talk(honest)
    answer = talking.house.assistant.ask(QUESTION)
    usage = answer.usage
    assert usage
    assert usage.input_tokens == len(talking.server.asked[0].text) // 5 + 7
    assert not usage.estimated
    assert usage.cost_usd == pytest.approx((usage.input_tokens * 0.15 + usage.output_tokens * 0.60) / 1e6, abs=1e-8)


def test_usage_is_estimated_and_marked_where_nobody_counts(talk: Talk) -> None:
    talking = talk(plain)
    usage = talking.house.assistant.ask(QUESTION).usage
    assert usage
    assert usage.estimated
    assert usage.input_tokens == pytest.approx(estimated_tokens(talking.server.asked[-1].text), abs=3)


def test_a_model_without_a_price_costs_nobody_knows_what(talk: Talk) -> None:
    usage = talk(honest, model="my-own-model").house.assistant.ask(QUESTION).usage
    assert usage
    assert usage.cost_usd is None


def test_both_tiers_are_kept_with_their_cost(talk: Talk) -> None:
    def script(a: Ask) -> Reply:
        return honest(a) if a.body["model"] == "gpt-4o" else Reply(claims(("Expect 77 rounds.", [a.spans[0][0]])))

    talking = talk(script, model_large="gpt-4o")
    answer = talking.house.assistant.ask(QUESTION, conversation="c1")
    spending = Spending(talking.settings.journal)
    rows = spending.of_answer(answer.id)
    assert [(row.model, row.purpose) for row in rows] == [("gpt-4o-mini", "answer"), ("gpt-4o-mini", "repair"), ("gpt-4o", "answer")]
    assert answer.usage
    assert answer.usage.input_tokens == sum(row.read for row in rows)
    assert answer.usage.cost_usd == pytest.approx(sum(row.cost_usd or 0 for row in rows), abs=1e-7)
    assert spending.conversation("c1") == spending.today() == pytest.approx(answer.usage.cost_usd, abs=1e-7)
    assert spending.conversation("c2") == 0
    spending.close()


@pytest.mark.parametrize(("which", "failure"), [("budget_day", Failure.DAY_SPENT), ("budget_conversation", Failure.CONVERSATION_SPENT)])
def test_past_a_budget_answers_are_extracts_and_say_so(which: str, failure: Failure, talk: Talk) -> None:
    talking = talk(honest, **{which: 0.00001})
    first = talking.house.assistant.ask(QUESTION, conversation="c")
    second = talking.house.assistant.ask(QUESTION, conversation="c")
    assert (first.mode, second.mode) == ("generated", "extractive")
    assert second.limits[0] == line(failure)
    assert second.usage is None
    assert len(talking.server.asked) == 1
    other = talking.house.assistant.ask(QUESTION, conversation="another")
    assert (other.mode == "generated") is (failure is Failure.CONVERSATION_SPENT)


def test_spending_stands_beside_the_journal_and_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    spending, journal = Spending(url), Journal(url)
    spent = Spent("a1", "answer", "m", 10, 5, 0.25, False)
    spending.add("c", spent)
    spending.add("c", replace(spent, cost_usd=None))
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other:
        assert other.execute("SELECT day, conversation, cost_usd FROM spending").fetchall() == [
            (datetime.now(UTC).date().isoformat(), "c", 0.25),
            (datetime.now(UTC).date().isoformat(), "c", None),
        ]
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert spending.of_answer("a1") == [spent, replace(spent, cost_usd=None)]
    assert spending.today() == 0.25
    spending.close()
    journal.close()


def test_a_journal_that_cannot_be_opened_is_told_in_a_line() -> None:
    with pytest.raises(JournalError, match="ASSISTANT_JOURNAL_URL"):
        Spending("nonsense://x")


@pytest.mark.parametrize("url", ["127.0.0.1:11434", "ftp://user:secret-word@x/v1", "http://user:secret-word@:x/v1", "https://"])
def test_an_address_that_cannot_be_used_is_refused_without_showing_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    load_settings.cache_clear()
    try:
        with pytest.raises(SettingsError) as told:
            load_settings()
    finally:
        monkeypatch.undo()
        load_settings.cache_clear()
    assert str(told.value).startswith("OPENAI_BASE_URL cannot be used")
    assert "secret-word" not in str(told.value)


def test_key_and_address_are_read_from_their_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key-1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:secret-word@127.0.0.1:11434/v1")
    settings = Settings()
    assert settings.openai_api_key == SecretStr("test-key-1")
    assert settings.model_host == "127.0.0.1:11434"
    assert "secret-word" not in repr(settings)
    assert "test-key-1" not in repr(settings)
