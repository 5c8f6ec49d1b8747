"""What is indexed for a data folder: the bundled guides or a folder, and what people added. Nothing here answers questions."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.build import BuildReport, build_index
from index.documents import Document
from index.embedding import Encoder
from index.errors import BrokenIndexError, CorpusError, IndexingError, MissingIndexError, StaleIndexError
from index.generations import Generations, Manifest, read_manifest
from index.loaders import Unreadable, bundled_corpus, load_folder
from index.reader import LiveIndex
from index.remembered import Remembering
from index.sandbox import FileReader
from index.shelf import Shelf

BUNDLED = "bundled"
DAMAGED = "a damaged added document: add its original in that folder again, under its own name, then delete the folder"
PATIENCE = 300.0  # seconds that a build waits for another one to end

Say = Callable[[str], None]


def ensure_index(data: Path, encoder: Encoder, live: LiveIndex, say: Say) -> None:
    """Have a live index that can be asked and that holds what it should."""
    try:
        reader = live.reader()
    except MissingIndexError:
        corpus = corpus_of(data)
        say("No index yet: building it (the bundled guides take about half a minute)…")
        _check_folder(corpus)
    except (StaleIndexError, BrokenIndexError) as error:
        corpus = corpus_of(data)
        if gone(corpus):
            raise type(error)(f"{str(error).removesuffix('assistant index')}assistant index --corpus DIR ({corpus} is gone)") from error
        say(f"{error.args[0].partition(' Run: ')[0]} Rebuilding the index…")
    else:
        why = outdated(reader.manifest, data)
        if why is None:
            return
        corpus = reader.manifest.corpus
        if gone(corpus):
            say(f"{why}, but {corpus}, which the index was made from, is gone: answering from the index as it is. Run: assistant doctor")
            return
        say(f"{why}: bringing the index up to date…")
    for file in build_corpus(None if corpus == BUNDLED else Path(corpus), data, encoder).unreadable:
        say(f"Not indexed: {file.path}: {file.reason}")


@dataclass(frozen=True, slots=True)
class Built:
    """A build, and the files that did not become documents."""

    report: BuildReport
    unreadable: tuple[Unreadable, ...]


def build_corpus(folder: Path | None, data: Path, encoder: Encoder, report: Callable[[int, int], None] | None = None) -> Built:
    """Index a folder, or the bundled guides for None, together with the documents that were added to this data folder.

    Raises:
        CorpusError: nothing in the folder can be read, or an added document is named like one of the folder's.
        BusyBuildError: another build did not end in time.
    """
    generations = Generations(data)
    with generations.locked(PATIENCE), FileReader() as read:  # what is read under the lock is what is built
        with closing(Remembering(read, generations)) as remembering:
            loaded = load_folder(folder, remembering) if folder else load_folder(bundled_corpus())
        shelf = [*Shelf(data).documents(read), *(Unreadable(str(f), DAMAGED) for f in Shelf(data).broken())]
        added = [d for d in shelf if isinstance(d, Document)]
        unreadable = (*loaded.unreadable, *(d for d in shelf if isinstance(d, Unreadable)))
        _check_names(loaded.documents, added)
        corpus = str(folder.resolve()) if folder else BUNDLED
        built = build_index((*loaded.documents, *added), data, encoder, corpus, report, [d.name for d in added])
        generations.remember_corpus(corpus)
        if folder:
            remembering.keep()
    return Built(built, unreadable)


def corpus_of(data: Path) -> str:
    """What the index of a data folder is of: ``BUNDLED`` or a folder.

    The live generation knows; where it cannot be read, what was kept beside it does.
    """
    generations = Generations(data)
    try:
        return read_manifest(generations.current()).corpus
    except IndexingError:
        return generations.corpus() or BUNDLED


def gone(corpus: str) -> bool:
    """Whether the folder that an index is of is not there any more."""
    return corpus != BUNDLED and not Path(corpus).is_dir()


def _check_folder(corpus: str) -> None:
    if gone(corpus):
        raise CorpusError(f"The index was of {corpus}, which is gone. Run: assistant index --corpus DIR (added documents are kept)")


def outdated(manifest: Manifest, data: Path) -> str | None:
    """Why an index that opens does not hold what it should, or None."""
    shelf = {entry.name: entry.content_hash for entry in Shelf(data).entries()}
    if {name: manifest.documents.get(name) for name in manifest.added} != shelf:
        return "Documents were added or removed"
    if manifest.corpus == BUNDLED:
        guides = {d.name: d.content_hash for d in load_folder(bundled_corpus()).documents}
        if manifest.documents != guides | shelf:
            return "The bundled guides have changed"
    return None


def _check_names(corpus: Sequence[Document], added: Sequence[Document]) -> None:
    taken = {d.name for d in corpus} & {d.name for d in added}
    for name in sorted(taken):
        raise CorpusError(f"{name!r} is a document of the corpus and one that was added. Run: assistant remove {shlex.quote(name)}")
