"""One settings object, read once. The only module that reads the environment."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError
from index.embedding import DEFAULT_MODEL


class Settings(BaseSettings):
    """Everything that can be set, from ``ASSISTANT_*`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", extra="ignore")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("ai-pm-assistant"),
        description="Folder for the index and the journal.",
    )
    models_dir: Path = Field(
        default_factory=lambda: user_cache_path("ai-pm-assistant"),
        description="Folder for files made once from the embedding model's weights (115 MB).",
    )
    embedding_model: str = Field(default=DEFAULT_MODEL, min_length=1, description="sentence-transformers name or path.")
    passages: int = Field(default=8, ge=1, le=50, description="Passages that an answer may be composed from.")
    answer_words: int = Field(default=60, ge=20, le=400, description="Words that an answer of sentences aims to stay under.")
    journal_url: str = Field(default="", description="SQLAlchemy URL of the journal; empty: journal.sqlite in the data folder.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that the page listens on.")
    port: int = Field(default=7860, ge=0, le=65_535, description="Port of the page; 0 picks a free one.")

    uploads: Literal["auto", "on", "off"] = Field(
        default="auto", description="Whether the page takes documents; auto: only when it listens on this machine alone."
    )

    @property
    def journal(self) -> str:
        """The journal's SQLAlchemy URL."""
        return self.journal_url or f"sqlite:///{self.data_dir / 'journal.sqlite'}"


@cache
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: a variable has a value that makes no sense; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"ASSISTANT_{'_'.join(str(part) for part in first['loc'])}".upper()
        raise SettingsError(f"{name}={first['input']!r} cannot be used: {first['msg']}. Change or unset it.") from error


def stay_offline() -> None:
    """Tell the libraries below not to call out: hubs, telemetry and tracing are off unless set by us.

    Has to run before any of them is imported.
    """
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        ANONYMIZED_TELEMETRY="False",
        GRADIO_ANALYTICS_ENABLED="False",
        LANGSMITH_TRACING="false",
        LANGSMITH_TRACING_V2="false",
        LANGCHAIN_TRACING_V2="false",
        TOKENIZERS_PARALLELISM="false",
    )
