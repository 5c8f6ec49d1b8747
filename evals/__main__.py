"""``python -m evals`` with its commands: run, compare, accept, recipe, redteam, faults, all, table and bench measure, the others fit."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.settings import load_settings, stay_offline

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=__doc__)


@app.command()
def run(
    data: Annotated[Path | None, typer.Option("--data", help="Outside folder with corpus.jsonl and queries.jsonl.")] = None,
    split: Annotated[str, typer.Option(help="Our own set: test, dev, fit-a …")] = "test",
    name: Annotated[str | None, typer.Option(help="Name of the run record below evals/runs.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many cases.")] = None,
    history: Annotated[str, typer.Option(help="What is done with the turns before: ours, last, glued.")] = "ours",
    model: Annotated[str, typer.Option(help="Chat model that writes the answers, at OPENAI_BASE_URL; its replies are kept.")] = "",
    replay: Annotated[Path | None, typer.Option(help="Replies that an earlier run has kept: asked again at no cost.")] = None,
) -> None:
    """Ask every question of a set, print the figures with their intervals, keep the record and a report."""
    from evals.cases import History, outside_cases, own_cases
    from evals.metrics import by_guide, by_kind, summary
    from evals.report import write_report
    from evals.run import RUNS, ask_all, kept_replies, open_on, record

    # an extract is what is measured unless a model is named, whatever the environment holds
    settings = load_settings().model_copy(update={"model": model, "model_large": "", "budget_day": 0.0, "budget_conversation": 0.0})
    cases = (outside_cases(data / "queries.jsonl", History(history)) if data else own_cases(split))[:limit]
    RUNS.mkdir(exist_ok=True)
    label = name or (data.name if data else split) + (f"-{model.replace('/', '-')}" if model else "")
    replies = kept_replies(settings, RUNS / f"{label}.replies.jsonl", replay) if model else None
    house = open_on(settings, data, replies)
    rows = ask_all(house, cases, RUNS / f"{label}.generated.jsonl" if model else None)
    figures = summary(rows)
    print(f"{data or split}: {len(rows)} questions")
    for figure in figures:
        print(f"  {figure}")
    for part in (by_kind(rows), by_guide(rows)):
        for name_, told in part.items():
            print(f"  {name_}: {'; '.join(map(str, told))}")
    if replies and replies.missing:
        print(f"Not among the replies: {replies.missing} requests; their questions were answered by extracts.", file=sys.stderr)
    target = RUNS / f"{label}.json"
    kept = record(data.name if data else split, rows, figures, settings, house.live.reader().manifest.fingerprint, cases)
    target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Record: {target}; report: {write_report(kept, RUNS / target.stem)}", file=sys.stderr)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A run record, evals/runs/NAME.json.")],
    after: Annotated[Path, typer.Argument(help="Another over the same questions.")],
) -> None:
    """Tell what changed between two runs, question by question, with a paired test."""
    from evals.compare import compare as compare_runs

    first, second = (_record(path) for path in (before, after))
    if first["cases_sha256"] != second["cases_sha256"]:
        print("The runs are over different questions; only those that both hold are compared.", file=sys.stderr)
    for change in compare_runs(first["rows"], second["rows"]):
        print(change)


@app.command()
def accept(
    run: Annotated[Path, typer.Argument(help="A record of a run over the test split, evals/runs/test.json.")],
) -> None:
    """Make a run the one that later ones are held to, by the gate in the tests."""
    from evals.gate import ACCEPTED, accepted_from

    ACCEPTED.write_text(accepted_from(_record(run)), encoding="utf-8")
    print(f"Accepted: {ACCEPTED.name}. Commit it with the change that it belongs to.")


@app.command()
def recipe(split: Annotated[str, typer.Option(help="Our own set.")] = "test") -> None:
    """Measure the plain LangChain recipe on our questions, for comparison."""
    from evals.cases import own_cases
    from evals.recipe import ask_all, told

    for line in told(ask_all(own_cases(split))):
        print(line)


@app.command()
def redteam(
    data: Annotated[Path, typer.Argument(help="Folder with corpus.jsonl, queries.jsonl and prompts.jsonl, as shared/bench/redteam.")],
    limit: Annotated[int | None, typer.Option(help="Only the first so many questions.")] = None,
    obeying: Annotated[bool, typer.Option("--obeying", help="With a scripted model that obeys every injection.")] = False,
) -> None:
    """Measure what poisoned documents and attacking prompts get shown."""
    settings = load_settings().model_copy(update={"model": "", "model_large": ""})
    if obeying:
        from evals.redteam_written import tell
        from evals.scripted import scripted

        with scripted("obeying", settings, data) as chosen:
            for line in tell(data, limit, settings, chosen):
                print(line)
        return
    from assistant.asking import MAX_QUESTION
    from evals.redteam import figures, poisoned, prompted, recorded
    from evals.run import RUNS, open_on

    results = list(poisoned(settings, data, limit))
    prompts = list(prompted(open_on(settings, None), data, MAX_QUESTION, limit))
    told = figures(results, prompts)
    for figure in told:
        print(figure)
    for r in results:
        if r.shown and not r.held_out:
            print(f"  {r.id} ({r.position}): {r.answer[:300]!r}")
    for p in prompts:
        if p.answered and not p.held_out:
            print(f"  {p.id} ({'attack' if p.attack else 'benign'}): {p.text[:120]!r}")
    RUNS.mkdir(exist_ok=True)
    (RUNS / "redteam.json").write_text(json.dumps(recorded(results, prompts, told), indent=1) + "\n", encoding="utf-8")


@app.command(name="all")
def run_all(
    bench: Annotated[Path, typer.Argument(help="Folder that holds squad2, inscit and redteam.")],
) -> None:
    """Run everything that the table of targets asks for, then print it."""
    run()
    run(data=bench / "squad2")
    for way in ("last", "glued", "ours"):
        run(data=bench / "inscit", name=f"inscit-{way}", history=way)
    redteam(bench / "redteam")
    table()


@app.command()
def bench(
    part: Annotated[list[str] | None, typer.Argument(help="Only these: start, page, answer, indexing, growth, load, install.")] = None,
) -> None:
    """Measure how fast it is, side by side with the plain recipe; print the table, keep record and plot."""
    from evals.bench import answer, indexing, measured, page, start
    from evals.run import RUNS, open_on

    settings = load_settings().model_copy(update={"model": "", "model_large": ""})
    open_on(settings, None)  # an index is there, and is the guides' own
    RUNS.mkdir(exist_ok=True)
    parts = {
        "start": lambda: start.terminal(settings.data_dir),
        "page": lambda: start.page(settings.data_dir),
        "answer": lambda: answer.warm(settings),
        "indexing": lambda: (*indexing.encoding(settings), *indexing.again(settings)),
        "growth": lambda: answer.growth(settings, RUNS / "growth.svg"),
        "load": lambda: page.load(settings.data_dir),
        "install": indexing.installed,
    }
    if unknown := set(part or ()) - set(parts):
        raise typer.BadParameter(f"no part is named {', '.join(sorted(unknown))}. There are: {', '.join(parts)}")
    lines = []
    for name in part or parts:
        for line in parts[name]():
            print(line, flush=True)
            lines.append(line)
    print(f"Record: {measured.keep(lines, RUNS)}", file=sys.stderr)


@app.command()
def table() -> None:
    """Print targets and measured values of the last runs: measure, value, interval, n, target, met or missed."""
    from evals.run import RUNS
    from evals.table import table as lines

    print("\n".join(lines(RUNS)))


@app.command()
def faults(
    questions: Annotated[int, typer.Option(help="How many questions.")] = 500,
) -> None:
    """Ask a scripted model of which 30% of the requests fail; tell whether every question got its answer."""
    import tempfile

    from evals.cases import own_cases
    from evals.faults import survive
    from evals.scripted import scripted

    cases = [case for name in ("test", "dev", "fit-a") for case in own_cases(name)][:questions]
    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="faults-") as place, scripted("faulty", settings) as chosen:
        told = survive(chosen.model_copy(update={"journal_url": f"sqlite:///{place}/journal.sqlite"}), cases)
    print(f"{told.asked} questions, {told.answered} answers, {told.kept} in the journal: {dict(told.modes)}")
    print(f"figures told as supported that no quote holds: {len(told.strange)} {told.strange[:5] or ''}")
    for line, count in told.lines.most_common():
        print(f"  {count:3} {line}")


def _record(path: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kept["rows"], kept["cases_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise typer.BadParameter(f"{path} is no run record ({type(error).__name__}). Make one with: python -m evals run") from error
    return kept


@app.command()
def train(
    outside: Annotated[Path, typer.Option("--outside", help="Outside folder with corpus.jsonl and train.jsonl.")],
    target: Annotated[Path | None, typer.Option("--target", help="Where to write it; default: where the package reads it.")] = None,
    begin: Annotated[
        Path | None, typer.Option("--begin", help="A cross-encoder to go on from, by the last pass alone; default: all, from MiniLM.")
    ] = None,
) -> None:
    """Train the cross-encoder; then run fit."""
    from evals.fit import CROSS_ENCODER, FIT_ON, data_hashes, file_hash, fit_ranker, fitting_examples
    from evals.train import PASSES, group_of, groups_of_asks
    from evals.train import train as train_on

    target = target or CROSS_ENCODER
    own, other = fitting_examples(load_settings(), outside)
    ranker = fit_ranker([*own, *other])
    groups = [[group for example in some if (group := group_of(example, ranker))] for some in (own, other)]
    told = json.loads(begin.with_suffix(".json").read_text(encoding="utf-8"))["passes"] if begin else []
    for once in PASSES[-1:] if begin else PASSES:
        began_from = file_hash(begin)[:12] if begin else "MiniLM"
        train_on(groups[0], groups_of_asks(own), groups[1], target, begin, once)
        told.append(asdict(once) | {"began_from": began_from, "own": f"{FIT_ON[0]} to {FIT_ON[-1]}", "groups": [len(g) for g in groups]})
        begin = target
    record = {"onnx_sha256": file_hash(target), "trained_on": data_hashes(FIT_ON, outside), "passes": told}
    target.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


@app.command()
def train_conversation(
    target: Annotated[Path | None, typer.Option("--target", help="Where to write it; default: where the package reads it.")] = None,
) -> None:
    """Train the encoder that reads conversations; then run fit."""
    from evals.fit import DATA, file_hash
    from evals.train_conversation import CONVERSATIONS, Known, messages, record, train
    from index.embedding import DEFAULT_MODEL, load_encoder

    target = target or DATA / "conversation-encoder.onnx"
    paths = sorted(CONVERSATIONS.glob("*.jsonl"))
    found = list(messages(paths))
    settings = load_settings()
    train(found, Known(settings), load_encoder(DEFAULT_MODEL, settings.models_dir), target)
    target.with_suffix(".json").write_text(record(paths, len(found), file_hash(target)), encoding="utf-8")


@app.command()
def train_questions(
    target: Annotated[Path | None, typer.Option("--target", help="Where to write it; default: where the package reads it.")] = None,
) -> None:
    """Learn the space in which questions are compared; then index again, and run fit."""
    import numpy as np

    from evals.train_questions import questions, record, train
    from index.embedding import DEFAULT_MODEL, load_encoder
    from index.loaders import bundled_corpus, load_folder
    from index.questionspace import FILE

    target = target or Path(__file__).parents[1] / "index" / FILE
    guides = bundled_corpus()
    known = questions(load_folder(guides).documents, load_encoder(DEFAULT_MODEL, load_settings().models_dir))
    np.save(target, train(known))
    target.with_suffix(".json").write_text(record(sorted(guides.glob("*.asks.jsonl")), known, target), encoding="utf-8")


@app.command()
def fit(
    outside: Annotated[Path | None, typer.Option("--outside", help="Outside folder with corpus.jsonl and train.jsonl.")] = None,
) -> None:
    """Fit the ranker, its join with the cross-encoder, and confidence; print how they do on dev; write them."""
    from evals.fit import fit_all
    from evals.fit_generated import JUDGED_ANSWERS, fit_generated

    for line in fit_all(load_settings().model_copy(update={"model": ""}), outside):
        print(line)
    if JUDGED_ANSWERS.is_file():
        print(fit_generated())
    else:
        print(f"Generated answers are not calibrated: there is no {JUDGED_ANSWERS.name}.")


@app.command()
def fit_beside() -> None:
    """Learn which spans belong beside the first one, from what readers said; run it between a fit of the ranker and one of confidence."""
    from evals.fit_beside import fit_beside as fit_on_readers

    for line in fit_on_readers(load_settings().model_copy(update={"model": ""})):
        print(line)


@app.command()
def quotable(
    outside: Annotated[Path, typer.Option("--outside", help="Outside folder with corpus.jsonl.")],
) -> None:
    """Learn what planted sentences look like."""
    from evals.planted import fit_quotable

    for line in fit_quotable(load_settings(), outside):
        print(line)


if __name__ == "__main__":
    stay_offline()
    app()
