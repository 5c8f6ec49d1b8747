"""The gate: no change may make the test split clearly worse, in answering or in refusing.

A run is compared with the last accepted one, question by question. What got worse must not significantly outnumber what got
better. Both directions are gates: answering what can be answered, and refusing what cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.compare import Change, compare
from evals.metrics import ANSWERED, REFUSED, Row

ACCEPTED = Path(__file__).parent / "accepted.json"
KEPT = ("id", "answerable", "abstained", "facts_found", "best_right", "retrieval")
GATES = (ANSWERED, REFUSED)


def accepted_from(record: Mapping[str, Any]) -> str:
    """What is kept of an accepted run: per question, how it ended; no answers."""
    rows = [{name: row[name] for name in KEPT} for row in record["rows"]]
    kept = {name: record[name] for name in ("commit", "index", "cases_sha256")} | {"data": record["data"], "rows": rows}
    head = json.dumps({k: v for k, v in kept.items() if k != "rows"})[:-1]
    return head + ', "rows": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]}\n"


def clearly_worse(rows: Sequence[Row]) -> list[Change]:
    """The gates that a run over the test split does not pass, against the accepted one."""
    accepted = json.loads(ACCEPTED.read_text(encoding="utf-8"))
    changes = compare(accepted["rows"], [asdict(row) for row in rows])
    return [change for change in changes if change.name in GATES and change.verdict == "worse"]
