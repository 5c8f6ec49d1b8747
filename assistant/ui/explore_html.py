"""What the Explore page shows, as HTML: advice, pay, skills, ways in, career. Every text of a document or person is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from html import escape

from assistant.explore import Item, Path, Stage, career_stages, paths, pay_limits, pay_rows, sentence, skill_groups
from assistant.profile import Advice, Profile, same_role, which_path, which_row
from assistant.ui.explore_chart import ask_link, chart_html
from assistant.ui.places import place_id
from index.documents import Document

NOTHING = '<p class="explore-empty">The career guide has nothing on this.</p>'
UNKNOWN = '<p class="explore-empty">Say how many years you have, or your level or role, and I tell you which row of the guide applies.</p>'
_PLANS_NOTE = r"\bplaybooks for only\b"


def tick_id(item: Item) -> str:
    """The name under which the browser keeps an item as done: of its words, so that it outlives a new edition of the guide."""
    return f"done-{hashlib.sha256(item.text.encode()).hexdigest()[:12]}"


def done_of(progress: object) -> frozenset[str]:
    """What a browser kept as done; junk counts as nothing."""
    kept = progress.get("done") if isinstance(progress, dict) else None
    return frozenset(name for name in kept if isinstance(name, str)) if isinstance(kept, list) else frozenset()


def advice_html(document: Document, profile: Profile) -> str:
    """Which number applies to the person, with the words that it rests on."""
    told = [*which_row(profile, document), *which_path(profile, document)]
    return f'<ul class="advice">{"".join(_advised(line) for line in told)}</ul>' if told else UNKNOWN


def pay_html(document: Document, profile: Profile) -> str:
    """The chart with the limits of its figures beside it."""
    rows = pay_rows(document)
    shown = chart_html(rows, profile) if rows else NOTHING
    return (
        f'<section class="explore" aria-labelledby="explore-pay"><h2 id="explore-pay">Pay by level</h2><p class="about">US dollars a year, '
        f'{_dated(document)}. Choose a bar to see its figures in the source.</p><div class="pay">{shown}{_limits(document)}</div></section>'
    )


def skills_html(document: Document, progress: object) -> str:
    """The skills as a checklist."""
    done = done_of(progress)
    groups = skill_groups(document)
    items = [item for group in groups for item in group.items]
    shown = "".join(
        f"<h3>{escape(group.title)} {ask_link(f'What are the {_lower(group.title)}?', group.title)}</h3>"
        f'<ul class="ticks">{"".join(_tick(item, done) for item in group.items)}</ul>'
        for group in groups
    )
    head = (
        f'<p class="about">Tick what you have. Your ticks stay in this browser. {_count(items, done, "skills")}</p>' if items else NOTHING
    )
    return (
        '<section class="explore countable" aria-labelledby="explore-skills"><h2 id="explore-skills">Skills checklist</h2>'
        f"{head}{shown}</section>"
    )


def paths_html(document: Document, profile: Profile, progress: object) -> str:
    """The ways in, then a career by years, exactly as far as the guide gives them."""
    done = done_of(progress)
    ways = paths(document)
    note = sentence(document, _PLANS_NOTE)
    told = f'<p class="about">{escape(note.text)} {_source(note)}</p>' if note else ""
    shown = "".join(_path(path, bool(profile.role and same_role(profile.role, path.name)), done) for path in ways) or NOTHING
    return (
        '<section class="explore" aria-labelledby="explore-paths"><h2 id="explore-paths">Paths into AI product management</h2>'
        f"{told}{shown}</section>{_career(career_stages(document), profile)}"
    )


def failure_html(message: str) -> str:
    """What went wrong, in plain words."""
    return f'<p class="explore-failure" role="alert">This page cannot be shown yet. {escape(message)}</p>'


def _advised(line: Advice) -> str:
    if line.document is None or line.start is None or line.end is None:
        return f"<li>{escape(line.text)}</li>"
    return f"<li>{escape(line.text)} {_source(Item(line.text, line.document, line.start, line.end))}</li>"


def _limits(document: Document) -> str:
    stated = "".join(f"<li>{escape(limit.text)}</li>" for limit in document.limits if limit.about in ("pay", "all"))
    noted = pay_limits(document)
    notes = "".join(f"<li>{escape(item.text)}</li>" for item in noted)
    more = ""
    if noted:
        opened = f"<summary>{len(noted)} notes on these figures, from the guide</summary>"
        more = f"<details>{opened}<ul>{notes}</ul><p>{_source(_all_of(noted))}</p></details>"
    listed = f"<ul><li>Collected {_dated(document)}.</li>{stated}</ul>"
    return f'<div class="limits" role="note"><h3>Limits of these figures</h3>{listed}{more}</div>'


def _path(path: Path, mine: bool, done: Collection[str]) -> str:
    items = [*path.gaps, *(stage.item for stage in path.stages)]
    badge = '<span class="you">◆ Your path</span>' if mine else ""
    about = "".join(
        f"<p>{' '.join(escape(i.text) for i in told)} {_source(_all_of(told))}</p>" for told in (path.about, path.advice) if told
    )
    lead = f"<p>{escape(path.lead.text)}</p>" if path.lead else ""
    gaps = f'{lead}<ul class="ticks">{"".join(_tick(item, done) for item in path.gaps)}</ul>' if path.gaps else ""
    plan = f"<p>{escape(path.plan.text)}</p>" if path.plan else ""
    stages = "".join(f'<li class="stage">{_tick(s.item, done, _staged(s), "div")}</li>' for s in path.stages)
    timeline = f'{plan}<ol class="timeline">{stages}</ol>' if stages else '<p class="undated">The source gives no months for this path.</p>'
    count = _count(items, done, "steps") if items else ""
    head = f"<summary><strong>From {escape(path.name)}</strong> {badge} {count}</summary>"
    return (
        f'<details class="path countable"{" open" if mine else ""}>{head}'
        f"<div>{about}{gaps}{timeline}<p>{ask_link(_question(path), f'from {path.name}')}</p></div></details>"
    )


def _question(path: Path) -> str:
    """The heading of a path's section where it asks already."""
    role = path.name if path.name[:2].isupper() else _lower(path.name)
    return path.heading if path.heading.endswith("?") else f"How do I move from {role} to AI PM?"


def _career(stages: Sequence[Stage], profile: Profile) -> str:
    if not stages:
        return ""
    years = profile.years
    rows = []
    for stage in stages:
        mine = years is not None and stage.holds(years)
        badge = f' <span class="you">◆ You: {years:g} years</span>' if mine else ""
        rows.append(f'<li class="stage{" mine" if mine else ""}">{_staged(stage)}{badge} {_source(stage.item)}</li>')
    return (
        '<section class="explore" aria-labelledby="explore-career"><h2 id="explore-career">An AI PM career by years</h2>'
        f'<p class="about">The years of this list differ from those of the pay table, and the guide says where. '
        f'{ask_link("What does an AI PM career path look like?", "the career path")}</p><ol class="timeline">{"".join(rows)}</ol></section>'
    )


def _staged(stage: Stage) -> str:
    title = f" <em>{escape(stage.title)}</em>" if stage.title else ""
    return f'<strong class="when">{escape(stage.when)}</strong>{title} <span>{escape(stage.text)}</span>'


def _tick(item: Item, done: Collection[str], shown: str = "", tag: str = "li") -> str:
    name = tick_id(item)
    checked = " checked" if name in done else ""
    return (
        f'<{tag} class="tick"><input type="checkbox" class="explore-tick" id="{name}"{checked}>'
        f'<label for="{name}">{shown or escape(item.text)}</label> {_source(item)}</{tag}>'
    )


def _count(items: Sequence[Item], done: Collection[str], noun: str) -> str:
    ticked = sum(tick_id(item) in done for item in items)
    return f'<span class="count" role="status"><b class="count-done">{ticked}</b> of {len(items)} {noun}</span>'


def _source(item: Item) -> str:
    where = place_id(item.document, item.start, item.end)
    told = escape(_short(item.text))
    return f'<button type="button" class="source-link open-source" id="{where}" aria-label="source of: {told}">source</button>'


def _all_of(items: Sequence[Item]) -> Item:
    """Neighbouring items as one."""
    return Item(items[0].text, items[0].document, items[0].start, items[-1].end)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79].rsplit(' ', 1)[0]}…"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _dated(document: Document) -> str:
    sources = sorted({f"{s.publisher}, {s.date}" for s in document.sources if s.date and s.standing.value != "own"})
    as_of = f"as of {document.as_of}" if document.as_of else "without a date"
    return escape("; ".join([as_of, *sources]))
