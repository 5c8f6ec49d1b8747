"""Puts the parts together: encoder, index, retriever, chain. An index that is missing or outdated is built when it can be."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.building import Say, ensure_index
from assistant.chain import Assistant
from assistant.endpoint import Endpoint, OpenAIEndpoint
from assistant.generate import Patience, Writer
from assistant.settings import Settings
from assistant.terminal import say_on_stderr
from assistant.wordvectors import WordVectors
from assistant.writing import Author
from index.embedding import Encoder, load_encoder
from index.reader import LiveIndex
from index.retriever import HybridRetriever


@dataclass(frozen=True, slots=True)
class House:
    """An opened assistant with what it stands on."""

    assistant: Assistant
    retriever: HybridRetriever
    live: LiveIndex
    model_notice: str | None = None  # which model writes the answers, and what is sent where; None without a model


def open_house(settings: Settings, say: Say = say_on_stderr, endpoint: Endpoint | None = None, patience: Patience | None = None) -> House:
    """Open the assistant on the live index of the data folder; build it where it is missing or outdated.

    Args:
        endpoint: what is asked in place of the settings' server, where a model is set.
        patience: how failed requests are repeated; default: as set, with real waiting.

    Raises:
        IndexingError: the index cannot be used, and what it was made from is not there to rebuild it.
    """
    encoder = load_encoder(settings.embedding_model, settings.models_dir, say)
    live = LiveIndex(settings.data_dir, encoder)
    ensure_index(settings.data_dir, encoder, live, say)
    words = WordVectors(settings.models_dir)
    retriever = HybridRetriever(encoder=encoder, reader=live.reader)
    author = _author(settings, encoder, endpoint, patience) if settings.model else None
    assistant = Assistant(retriever, words.of, live.document, settings.passages, settings.answer_words, author=author)
    return House(assistant, retriever, live, settings.model_notice)


def _author(settings: Settings, encoder: Encoder, endpoint: Endpoint | None, patience: Patience | None) -> Author:
    from assistant.journal_spending import Spending

    writer = Writer(endpoint or OpenAIEndpoint(settings), patience or Patience(settings.model_retries), settings.answer_words)
    return Author(writer, Spending(settings.journal), settings, encoder.encode)
