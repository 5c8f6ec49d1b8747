"""Puts the parts together: encoder, index, retriever, chain. The bundled corpus builds its index by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.chain import Assistant
from assistant.settings import Settings
from assistant.wordvectors import WordVectors
from index.build import BuildReport, build_index
from index.embedding import Encoder, load_encoder
from index.errors import BrokenIndexError, IndexingError, MissingIndexError, StaleIndexError
from index.generations import Generations, read_manifest
from index.loaders import Unreadable, bundled_corpus, load_folder
from index.reader import LiveIndex
from index.retriever import HybridRetriever

BUNDLED = "bundled"

Say = Callable[[str], None]


def say_on_stderr(line: str) -> None:
    """Progress and news: standard output carries the answer alone."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class House:
    """An opened assistant with what it stands on."""

    assistant: Assistant
    retriever: HybridRetriever
    live: LiveIndex


def open_house(settings: Settings, say: Say = say_on_stderr) -> House:
    """Open the assistant on the live index of the data folder; build the bundled corpus' where there is none.

    Raises:
        IndexingError: the index cannot be used and is not the bundled corpus', so it cannot be rebuilt from here.
    """
    encoder = load_encoder(settings.embedding_model, settings.models_dir, say)
    live = LiveIndex(settings.data_dir, encoder)
    ensure_index(settings.data_dir, encoder, live, say)
    words = WordVectors(settings.models_dir)
    retriever = HybridRetriever(encoder=encoder, reader=live.reader)
    assistant = Assistant(retriever, words.of, live.document, settings.passages, settings.answer_words)
    return House(assistant, retriever, live)


def ensure_index(data: Path, encoder: Encoder, live: LiveIndex, say: Say) -> None:
    """Have a live index that can be asked: the bundled corpus is (re)built when missing, outdated or broken."""
    try:
        reader = live.reader()
    except MissingIndexError:
        say("No index yet: building the bundled guides' (about half a minute)…")
    except (StaleIndexError, BrokenIndexError) as error:
        corpus = _corpus_of(data)
        if corpus not in (BUNDLED, None):
            raise type(error)(f"{str(error).removesuffix('assistant index')}assistant index --corpus {corpus}") from error
        say(f"{error} Rebuilding the bundled guides' index…")
    else:
        if reader.manifest.corpus != BUNDLED:
            return
        documents = load_folder(bundled_corpus()).documents
        if reader.manifest.documents == {d.name: d.content_hash for d in documents}:
            return
        say("The bundled guides have changed: bringing their index up to date…")
    build_corpus(None, data, encoder)


def build_corpus(
    folder: Path | None, data: Path, encoder: Encoder, report: Callable[[int, int], None] | None = None
) -> tuple[BuildReport, tuple[Unreadable, ...]]:
    """Index a folder, or the bundled guides for None.

    Raises:
        CorpusError: nothing in the folder can be read.
    """
    loaded = load_folder(folder or bundled_corpus())
    corpus = str(folder.resolve()) if folder else BUNDLED
    return build_index(loaded.documents, data, encoder, corpus, report), loaded.unreadable


def _corpus_of(data: Path) -> str | None:
    """Which corpus the live generation was built from; None when even that cannot be read."""
    try:
        return read_manifest(Generations(data).current()).corpus
    except IndexingError:
        return None
