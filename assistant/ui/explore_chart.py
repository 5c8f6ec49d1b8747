"""The range chart of pay by level, as HTML, and the same as a table. Every text of a document is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from assistant.explore import AI_PM, PayRange, PayRow
from assistant.profile import Profile, row_of
from assistant.ui.places import place_id

_HEADROOM = 1.06  # of the axis beyond the highest amount: an open end has to be seen
_TICKS = 5


def chart_html(rows: Sequence[PayRow], profile: Profile) -> str:
    """The chart with its switch, and the table below it. Each bar is a button that opens the figures in their source."""
    ours = [row for row in rows if row.role == AI_PM]
    others = [row for row in rows if row.role != AI_PM]
    top = _HEADROOM * max(pay.high for row in rows for pay in (row.base, row.total) if pay)
    step = _step(top)
    lines = "".join(_lines(ours, others, profile, top))
    return (
        f'<div class="pay-view">{_switch(bool(others))}'
        f'<div class="chart" role="group" aria-label="Chart of pay by level, in US dollars a year. The same is in the table below it." '
        f'style="--step:{100 * step / top:.3f}%">{_axis(top, step)}<ol class="chart-rows">{lines}</ol></div>{_key(bool(others))}</div>'
        f"{table_html(rows)}"
    )


def table_html(rows: Sequence[PayRow]) -> str:
    """The figures as the source writes them."""
    body = "".join(
        f'<tr><th scope="row">{escape(_name(row))}</th><td>{escape(row.years) or "not given"}</td>'
        f"<td>{_figures(row.base)}</td><td>{_figures(row.total)}</td></tr>"
        for row in rows
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Level", "Years", "Base", "Total comp"))
    return (
        '<details class="chart-table"><summary>The same as a table</summary>'
        '<div class="table-scroll" tabindex="0" role="region" aria-label="Table of pay by level">'
        f"<table><caption>Pay by level, US dollars a year</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        "</div></details>"
    )


def _lines(ours: Sequence[PayRow], others: Sequence[PayRow], profile: Profile, top: float) -> Iterator[str]:
    """The rows of the chart; between two of them, the person whose years are in no band."""
    levels = {row.level for row in ours}
    mine = row_of(profile.level, ours) if profile.level else None
    years = profile.years
    homeless = years is not None and not any(row.holds(years) for row in ours)
    for row in ours:
        if homeless and years is not None and row.years_min is not None and years < row.years_min:
            yield f'<li class="chart-gap"><span class="you">◆ You: {years:g} years. No row applies.</span></li>'
            homeless = False
        yield _line(row, [other for other in others if other.beside == row.level], _badge(row, years, row is mine), top)
    for row in others:
        if row.beside not in levels:
            yield _line(row, [], "", top)


def _badge(row: PayRow, years: float | None, by_level: bool) -> str:
    by_years = years is not None and row.holds(years)
    said = " and ".join(part for part in (f"{years:g} years" if by_years else "", "your level" if by_level else "") if part)
    return f'<span class="you">◆ You: {said}</span>' if said else ""


def _line(row: PayRow, beside: Sequence[PayRow], badge: str, top: float) -> str:
    years = f'<span class="chart-years">{escape(row.years)} years</span>' if row.years else ""
    lanes = _lane(row, "base", row.base, top) + _lane(row, "total", row.total, top)
    lanes += "".join(_lane(other, kind, pay, top) for other in beside for kind, pay in (("base", other.base), ("total", other.total)))
    article = "an" if row.level[:1] in "AEIOU" else "a"
    return (
        f'<li class="chart-row{" mine" if badge else ""}"><div class="chart-label"><strong>{escape(row.level)}</strong> {years} {badge} '
        f"{ask_link(f'What does {article} {row.level} earn?', row.level)}</div>"
        f'<div class="chart-lanes">{lanes}</div></li>'
    )


def _lane(row: PayRow, kind: str, pay: PayRange | None, top: float) -> str:
    """One bar with its figures beside it, where there is more room."""
    if pay is None:
        return ""
    start, end = 100 * pay.low / top, 100 * (top if pay.open_ended else pay.high) / top
    side = "before" if start > 100 - end else "after"
    words = kind if row.role == AI_PM else f"traditional, {kind}"
    told = f"{words} {pay.item.text}"
    more = ", and more: the top is open" if pay.open_ended else ""
    kinds = f"{kind}{'' if row.role == AI_PM else ' traditional'}{' open-ended' if pay.open_ended else ''}"
    return (
        f'<button type="button" class="bar {kinds} open-source" id="{place_id(pay.item.document, pay.item.start, pay.item.end)}" '
        f'aria-label="{escape(_name(row))}: {escape(told)}{more}. Open the source." style="--from:{start:.2f}%;--to:{end:.2f}%">'
        f'<span class="bar-range"></span><span class="bar-figures {side}">{escape(told)}</span></button>'
    )


def ask_link(question: str, about: str) -> str:
    """A link that asks the chat a question. It is relative to the site's own base, so it holds below a path too."""
    return f'<a class="ask-about" href="./?ask={quote(question, safe="")}" aria-label="Ask about this: {escape(about)}">Ask about this</a>'


def _switch(compare: bool) -> str:
    choices = (("both", "Both"), ("base", "Base pay"), ("total", "Total comp"))
    radios = "".join(
        f'<label><input type="radio" name="pay-kind" value="{value}"{" checked" if value == "both" else ""}> {label}</label>'
        for value, label in choices
    )
    box = '<label class="compare"><input type="checkbox" name="pay-compare" checked> Beside traditional PMs</label>' if compare else ""
    return f'<div class="switches"><fieldset class="switch"><legend>Show</legend>{radios}</fieldset>{box}</div>'


def _key(compare: bool) -> str:
    keys = [("base", "Base"), ("total", "Total comp"), *([("total traditional", "Traditional PM")] if compare else [])]
    shown = "".join(f'<span class="key {kind}"><i></i>{name}</span>' for kind, name in keys)
    return f'<p class="chart-key" aria-hidden="true">{shown}</p>'


def _axis(top: float, step: int) -> str:
    ticks = "".join(f'<span style="--at:{100 * at / top:.3f}%">{_short(at)}</span>' for at in range(0, int(top) + 1, step))
    return f'<div class="chart-axis" aria-hidden="true">{ticks}</div>'


def _step(top: float) -> int:
    """A round distance between ticks: 1, 2 or 5 times a power of ten."""
    least = top / _TICKS
    power = 10 ** math.floor(math.log10(least))
    return int(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * 0.8))


def _short(dollars: int) -> str:
    return f"${dollars / 1_000_000:g}M" if dollars >= 1_000_000 else f"${dollars // 1_000}K" if dollars else "$0"


def _figures(pay: PayRange | None) -> str:
    if pay is None:
        return "not given"
    return f"{escape(pay.item.text)}{' (open-ended)' if pay.open_ended else ''}"


def _name(row: PayRow) -> str:
    return row.level if row.role == AI_PM else f"{row.level} (traditional)"
