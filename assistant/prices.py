"""What tokens cost, by the dated table of the corpus; and tokens estimated where nobody counted them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from index.loaders import bundled_corpus

CHARACTERS_A_TOKEN = 4  # of English text, by OpenAI's rule of thumb (https://help.openai.com/en/articles/4936856)

_SNAPSHOT = re.compile(r"-(?:20\d\d-?\d\d-?\d\d|latest|preview|\d{4})$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, as of a date."""

    read: float
    written: float
    as_of: str

    def of(self, read: int, written: int) -> float:
        """US dollars for so many tokens."""
        return round((read * self.read + written * self.written) / 1e6, 8)


def price_of(model: str, today: date) -> Price | None:
    """The latest price of a model that the table holds for today; None where it does not hold the model, or no price for writing.

    Example:
        >>> price_of("openai/gpt-4o-mini-2024-07-18", date(2026, 11, 25))
        Price(read=0.15, written=0.6, as_of='2026-08-05')
    """
    wanted = model.rpartition("/")[2]
    names = {_name(wanted), _name(_SNAPSHOT.sub("", wanted))}
    rows = [(as_of, read, written) for name, as_of, read, written in _table() if name in names and as_of <= today.isoformat()]
    if not rows:
        return None
    as_of, read, written = max(rows)
    return Price(read, written, as_of)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


@cache
def _table() -> tuple[tuple[str, str, float, float], ...]:
    path = bundled_corpus().parent / "data" / "model_prices.csv"
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["output_usd_per_million"]]
    return tuple(
        (_name(row["model"]), row["as_of"], float(row["input_usd_per_million"]), float(row["output_usd_per_million"])) for row in rows
    )


def _name(model: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
