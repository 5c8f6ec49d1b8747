"""The commands of the person who runs the assistant: index, add, remove, list, doctor.

They are put into ``assistant.cli``'s program by ``register``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import InputError
from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from assistant.opening import Built
    from index.documents import Document
    from index.shelf import Entry

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
    from assistant.opening import BUNDLED

    settings = with_data(data)
    chosen = corpus or _corpus_folder(settings.data_dir)
    _build(settings, None if chosen == Path(BUNDLED) else chosen)


def add(
    files: Annotated[list[str], typer.Argument(help="Markdown, text, HTML, PDF or DOCX files, or folders of them.")],
    data: DataOption = None,
) -> None:
    """Add documents of your own to the corpus. The files are copied; the next answer uses them."""
    from index.sandbox import FileReader
    from index.shelf import Shelf

    settings = with_data(data)
    taken, shelf = _corpus_names(settings.data_dir), Shelf(settings.data_dir)
    if not all(files):
        raise InputError("A file name is empty. Name files to add, or a folder that holds some.")
    wanted = _expanded([Path(file) for file in files])
    kept: dict[str, Path] = {}  # name -> file
    with FileReader() as read:
        for path, name in wanted:
            document = _addable(path, name, taken, read)
            if not isinstance(document, str):
                document = _fresh(document, path, shelf.entry(document.name), kept.get(document.name))
            if isinstance(document, str):
                warn(f"Not added: {path}: {document}.")
                continue
            replaced = shelf.entry(document.name) is not None
            entry = shelf.put(path, document)
            kept[entry.name] = path
            pages = f"{entry.pages} pages, " if entry.pages else ""
            warn(f"{'Replaced' if replaced else 'Added'} {entry.name} ({pages}{entry.characters:,} characters).")
    if kept:
        _build(settings, _corpus_folder(settings.data_dir))
    bad = len(wanted) - len(kept)
    if bad:
        rest = "the others are in" if kept else "nothing has changed"
        raise InputError(f"{bad} of {len(wanted)} files could not be added; {rest}. Mend those files and add them again.")


def remove(
    names: Annotated[list[str], typer.Argument(help="Names of added documents, as assistant list gives them.")],
    data: DataOption = None,
) -> None:
    """Remove documents that were added. The bundled guides stay."""
    from index.shelf import Shelf

    settings = with_data(data)
    shelf = Shelf(settings.data_dir)
    known = {entry.name for entry in shelf.entries()}
    for name in names:
        if name not in known:
            raise InputError(f"No document {name!r} was added, so nothing was removed. Run: assistant list")
    folder = _corpus_folder(settings.data_dir)  # before anything is removed: without it there is no index to build
    for name in dict.fromkeys(names):
        shelf.take(name)
        warn(f"Removed {name}.")
    _build(settings, folder)


def list_documents(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the documents that answers come from: the corpus, then those that were added."""
    from assistant.opening import BUNDLED, corpus_of
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
        else [{"name": name, "title": "", "kind": "corpus"} for name in _live_names(settings.data_dir)]
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


def warn(line: str) -> None:
    """News for the person at the terminal: standard output carries answers alone."""
    print(line, file=sys.stderr, flush=True)


def _build(settings: Settings, corpus: Path | None) -> Built:
    from tqdm import tqdm

    from assistant.opening import build_corpus, say_on_stderr
    from index.embedding import load_encoder

    encoder = load_encoder(settings.embedding_model, settings.models_dir, say_on_stderr)
    bar: tqdm[Any] = tqdm(total=0, unit="text", desc="Encoding", file=sys.stderr, disable=None)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        built = build_corpus(corpus, settings.data_dir, encoder, report)
    for file in built.unreadable:
        warn(f"Not indexed: {file.path}: {file.reason}.")
    manifest = built.report.manifest
    told = "indexed" if built.report.changed else "unchanged"
    added = f" ({len(manifest.added)} of them added)" if manifest.added else ""
    warn(
        f"{len(manifest.documents)} documents{added}, {manifest.chunks} chunks, {manifest.spans} spans {told} "
        f"({built.report.encoded} texts encoded, {built.report.reused} reused). Index {manifest.fingerprint} in {settings.data_dir}."
    )
    return built


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


def _addable(path: Path, name: str, taken: set[str], read: Callable[[Path, str], Any]) -> Document | str:
    """The document of a file, or why it cannot be added."""
    from index.documents import Document

    document = read(path, name)
    if not isinstance(document, Document):
        return str(document.reason)
    if document.name in taken:
        return f"{document.name!r} is the name of a document of the corpus; rename the file, or its slug"
    return document


def _fresh(document: Document, path: Path, before: Entry | None, just_added: Path | None) -> Document | str:
    """The document, or why another one of its name stands in its way: only the same file may replace what it was."""
    if just_added is not None:
        return f"{document.name!r} is the name of {just_added} too; rename one of them"
    if before is not None and before.file != path.name:
        return f"{document.name!r} was added from {before.file}; remove that first, or rename this file, or its slug"
    return document


def _corpus_folder(data: Path) -> Path | None:
    """The folder that the live index was made from, None for the bundled guides."""
    from assistant.opening import BUNDLED, corpus_of, gone

    corpus = corpus_of(data)
    if gone(corpus):
        raise InputError(f"The index was made from {corpus}, which is gone. Run: assistant index --corpus DIR (added documents are kept)")
    return None if corpus == BUNDLED else Path(corpus)


def _corpus_names(data: Path) -> set[str]:
    """Names that added documents must not take."""
    from index.loaders import bundled_corpus, load_folder

    if _corpus_folder(data) is None:
        return {d.name for d in load_folder(bundled_corpus()).documents}
    return set(_live_names(data))


def _live_names(data: Path) -> list[str]:
    from index.generations import Generations, read_manifest

    manifest = read_manifest(Generations(data).current())
    return [name for name in manifest.documents if name not in manifest.added]


def _told(row: dict[str, Any]) -> str:
    if row["kind"] == "guide":
        return f"{row['name']}  guide, as of {row['as_of']}: {row['title']}"
    if row["kind"] == "corpus":
        return f"{row['name']}  corpus"
    pages = f"{row['pages']} pages, " if row["pages"] else ""
    return f"{row['name']}  added {row['added'][:10]}, {pages}{row['characters']:,} characters: {row['title']}"
