"""A run record -> a report a person reads: Markdown and HTML, with the plots beside them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.metrics import Row, reliability, risk_coverage

PLOTS = {
    "reliability": "Reliability: confidence against the share of right answers, in bins of equal mass",
    "risk-coverage": "Risk and coverage: how many answers are wrong when only the surest are given",
    "by-kind": "By kind of question: answered with every fact, or refused",
}

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "td,th{padding:.2rem .8rem;text-align:left}img{max-width:100%}"
)


def write_report(record: Mapping[str, Any], folder: Path) -> Path:
    """Write ``report.md``, ``report.html`` and the plots below ``folder``; the HTML file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [Row(**row | {"ranked": tuple(row["ranked"])}) for row in record["rows"]]
    plots = _plots(rows, record, folder)
    lines = _markdown(record, plots)
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    target = folder / "report.html"
    target.write_text(_html(lines), encoding="utf-8")
    return target


def _markdown(record: Mapping[str, Any], plots: Sequence[str]) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    settings = ", ".join(f"{name} {value}" for name, value in record["settings"].items())
    lines = [
        f"# {record['data']}: {len(record['rows'])} questions",
        "",
        f"Commit {record['commit'][:12]}{' with local changes' if record['dirty'] else ''}, index {record['index']}, "
        f"questions {record['cases_sha256'][:12]}, seed {record['seed']}. {settings}. Python {record['python']}, {versions}.",
        "",
        f"{record['unscored']} answerable questions without expected wording are left out of what needs it.",
        "",
        *_table(record["figures"]),
    ]
    for title, part in (("By kind of question", record["by_kind"]), ("By guide", record["by_guide"])):
        if part:
            told = [figure | {"name": f"{name}: {figure['name']}"} for name, figures in part.items() for figure in figures]
            lines += ["", f"## {title}", "", *_table(told)]
    for name in plots:
        lines += ["", f"## {PLOTS[name]}", "", f"![{PLOTS[name]}]({name}.svg)"]
    return lines


def _table(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [f"| {f['name']} | {f['value']:.3f} | {f['low']:.3f} to {f['high']:.3f} | {f['n']} |" for f in figures]
    return ["| measure | value | 95% interval | n |", "|---|---|---|---|", *rows]


def _html(lines: Sequence[str]) -> str:
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark").enable("table").render("\n".join(lines))
    head = f'<meta charset="utf-8"><title>{html.escape(lines[0][2:])}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}{body}</html>\n'


def _plots(rows: Sequence[Row], record: Mapping[str, Any], folder: Path) -> list[str]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    judged = [r for r in rows if r.facts_found is not None or not r.answerable]
    drawn = []
    if judged:
        figure, axes = plt.subplots(figsize=(5, 5))
        bins = reliability(judged)
        axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
        axes.plot([sure for sure, _, _ in bins], [right for _, right, _ in bins], marker="o")
        axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
        drawn.append(_save(figure, folder, "reliability"))
        figure, axes = plt.subplots(figsize=(6, 4))
        axes.plot(*risk_coverage(judged))
        axes.set(xlabel="share of questions answered", ylabel="share of answers wrong", xlim=(0, 1), ylim=(0, None))
        drawn.append(_save(figure, folder, "risk-coverage"))
    if record["by_kind"]:
        names, values, low, high = [], [], [], []
        for kind, figures in record["by_kind"].items():
            for f in figures:
                names.append(kind)
                values.append(f["value"])
                low.append(f["value"] - f["low"])
                high.append(f["high"] - f["value"])
        figure, axes = plt.subplots(figsize=(6, 0.5 + 0.4 * len(names)))
        axes.barh(range(len(names)), values, xerr=[low, high], capsize=3)
        axes.set(yticks=range(len(names)), yticklabels=names, xlim=(0, 1), xlabel="share as it should be, with 95% interval")
        drawn.append(_save(figure, folder, "by-kind"))
    return drawn


def _save(figure: Any, folder: Path, name: str) -> str:
    from matplotlib import pyplot as plt

    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)
    return name
