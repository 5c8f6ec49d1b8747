"""What a benchmark measured: lines of one table, and the record that keeps them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure beside its target."""

    what: str
    value: float
    unit: str  # "x" for a ratio
    n: int
    spread: tuple[float, float] | None = None  # 5th and 95th percentile of what the value is the median of
    target: float | None = None  # at most this much; None where the figure is reported only
    at_least: bool = False  # the target is a floor
    note: str = ""
    raw: tuple[float, ...] = field(default=(), repr=False)

    @property
    def met(self) -> bool | None:
        """Whether the target holds; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def __str__(self) -> str:
        spread = f" [{self.spread[0]:.4g} to {self.spread[1]:.4g}]" if self.spread else ""
        goal = (
            "" if self.target is None else f"; target {'>=' if self.at_least else '<='} {self.target:g}: {'met' if self.met else 'missed'}"
        )
        return f"{self.what}: {self.value:.4g} {self.unit}{spread} (n={self.n}){goal}{f'; {self.note}' if self.note else ''}"


def middle(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """Median, with the 5th and 95th percentile."""
    low, median, high = np.percentile(values, (5, 50, 95))
    return float(median), (float(low), float(high))


def ratio(what: str, ours: Sequence[float], theirs: Sequence[float], target: float, at: float = 50, note: str = "") -> Line:
    """Our time at a percentile against the other's median, both of the same run."""
    other = float(np.median(theirs))
    value = float(np.percentile(ours, at)) / other
    told = f"{np.percentile(ours, at):.3g} against {other:.3g}"
    spread = (float(np.percentile(ours, 5)) / other, float(np.percentile(ours, 95)) / other)
    return Line(what, value, "x", len(ours), spread, target, note=f"{told} s{f'; {note}' if note else ''}", raw=tuple(ours))


def machine() -> dict[str, object]:
    """The machine's size."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "memory_gib": round(memory, 1), "python": platform.python_version(), "machine": platform.machine()}


def markdown(lines: Iterable[Line]) -> list[str]:
    """The table as README shows it."""
    rows = ["| what | measured | 5th to 95th percentile | n | target | |", "|---|---|---|---|---|---|"]
    for line in lines:
        spread = f"{line.spread[0]:.3g} to {line.spread[1]:.3g}" if line.spread else ""
        goal = "" if line.target is None else f"{'≥' if line.at_least else '≤'} {line.target:g}"
        met = {True: "met", False: "**missed**", None: ""}[line.met]
        rows.append(f"| {line.what} | {line.value:.3g} {line.unit} | {spread} | {line.n} | {goal} | {met} |")
    return rows


def keep(lines: Sequence[Line], folder: Path) -> Path:
    """Write the record and the table; the record's path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "bench.json"
    record = {"machine": machine(), "lines": [asdict(line) | {"met": line.met} for line in lines]}
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / "bench.md").write_text("\n".join(markdown(lines)) + "\n", encoding="utf-8")
    return target
