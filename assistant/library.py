"""The commands of the person who runs the assistant: index, add, remove, list, doctor.

They are put into ``assistant.cli``'s program by ``register``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import InputError
from assistant.settings import Settings, load_settings
from assistant.terminal import say_on_stderr

if TYPE_CHECKING:
    from assistant.adding import Progress
    from assistant.building import Built

DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder; default: ASSISTANT_DATA_DIR.")]


def register(app: typer.Typer) -> None:
    """Put these commands into a program."""
    for command in (index, add, remove, doctor):
        app.command()(command)
    app.command("list")(list_documents)


def index(
    data: DataOption = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", metavar="DIR", help='Folder to index; default: what was indexed before, at first "bundled".')
    ] = None,
) -> None:
    """Index the bundled guides, or any folder of documents or with a corpus.jsonl. Added documents stay in."""
    from assistant.adding import build, corpus_folder
    from assistant.building import BUNDLED

    settings = with_data(data)
    chosen = corpus or corpus_folder(settings.data_dir)
    with _progress() as report:
        built = build(settings, None if chosen == Path(BUNDLED) else chosen, progress=report)
    _tell(built, settings)


def add(
    files: Annotated[list[str], typer.Argument(help="Markdown, text, HTML, PDF or DOCX files, or folders of them.")],
    data: DataOption = None,
) -> None:
    """Add documents of your own to the corpus. The files are copied; the next answer uses them."""
    from assistant.adding import add_files

    if not all(files):
        raise InputError("A file name is empty. Name files to add, or a folder that holds some.")
    settings = with_data(data)
    wanted = _expanded([Path(file) for file in files])
    with _progress() as report:
        added = add_files(settings, wanted, lambda done: say_on_stderr(str(done)), progress=report)
    if added.built:
        _tell(added.built, settings)
    if added.refused:
        rest = "the others are in" if added.kept else "nothing has changed"
        raise InputError(f"{len(added.refused)} of {len(wanted)} files could not be added; {rest}. Mend those files and add them again.")


def remove(
    names: Annotated[list[str], typer.Argument(help="Names of added documents, as assistant list gives them.")],
    data: DataOption = None,
) -> None:
    """Remove documents that were added. The bundled guides stay."""
    from assistant.adding import remove_documents

    settings = with_data(data)
    with _progress() as report:
        built = remove_documents(settings, names, progress=report)
    for name in dict.fromkeys(names):
        say_on_stderr(f"Removed {name}.")
    _tell(built, settings)


def list_documents(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the documents that answers come from: the corpus, then those that were added."""
    from assistant.adding import live_names
    from assistant.building import BUNDLED, corpus_of
    from index.loaders import bundled_corpus, load_folder
    from index.shelf import Shelf

    settings = with_data(data)
    corpus = corpus_of(settings.data_dir)
    rows: list[dict[str, Any]] = (
        [
            {"name": guide.name, "title": guide.title, "kind": "guide", "as_of": guide.as_of, "characters": len(guide.text)}
            for guide in load_folder(bundled_corpus()).documents
        ]
        if corpus == BUNDLED
        else [{"name": name, "title": "", "kind": "corpus"} for name in live_names(settings.data_dir)]
    )
    rows += [{"kind": "added", **asdict(entry)} for entry in Shelf(settings.data_dir).entries()]
    for row in rows:
        sys.stdout.write(f"{json.dumps(row, ensure_ascii=False) if as_json else _told(row)}\n")


def doctor(data: DataOption = None) -> None:
    """Check model, index, documents, journal and versions, and say what to do."""
    from assistant.doctor import examine

    findings = examine(with_data(data))
    for finding in findings:
        sys.stdout.write(f"{'ok  ' if finding.fine else 'BAD '} {finding.what}: {finding.told}\n")
        if finding.remedy:
            sys.stdout.write(f"     -> {finding.remedy}\n")
    bad = sum(not finding.fine for finding in findings)
    sys.stdout.write("All is well.\n" if not bad else f"{bad} of {len(findings)} checks need something done.\n")
    raise typer.Exit(1 if bad else 0)


def with_data(data: Path | None, **overrides: Any) -> Settings:
    """The settings, with what the command line says in place of what the environment says."""
    chosen = {"data_dir": data, **overrides}
    return load_settings().model_copy(update={name: value for name, value in chosen.items() if value is not None})


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    from tqdm import tqdm

    bar: tqdm[Any] = tqdm(total=0, unit="text", desc="Encoding", file=sys.stderr, disable=None)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        yield report


def _tell(built: Built, settings: Settings) -> None:
    for file in built.unreadable:
        say_on_stderr(f"Not indexed: {file.path}: {file.reason}.")
    manifest = built.report.manifest
    told = "indexed" if built.report.changed else "unchanged"
    added = f" ({len(manifest.added)} of them added)" if manifest.added else ""
    say_on_stderr(
        f"{len(manifest.documents)} documents{added}, {manifest.chunks} chunks, {manifest.spans} spans {told} "
        f"({built.report.encoded} texts encoded, {built.report.reused} reused). Index {manifest.fingerprint} in {settings.data_dir}."
    )


def _expanded(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Files with the names that their documents get; a folder stands for the files below it."""
    from index.loaders import document_name, readable_files

    wanted: list[tuple[Path, str]] = []
    for path in files:
        if path.is_dir():
            wanted += [(file, document_name(file.relative_to(path))) for file in readable_files(path)]
        else:
            wanted.append((path, document_name(Path(path.name))))
    if not wanted:
        raise InputError(f"No files in {', '.join(map(str, files))}. Name files to add, or a folder that holds some.")
    return wanted


def _told(row: dict[str, Any]) -> str:
    if row["kind"] == "guide":
        return f"{row['name']}  guide, as of {row['as_of']}: {row['title']}"
    if row["kind"] == "corpus":
        return f"{row['name']}  corpus"
    pages = f"{row['pages']} pages, " if row["pages"] else ""
    return f"{row['name']}  added {row['added'][:10]}, {pages}{row['characters']:,} characters: {row['title']}"
