"""One settings object, read once. The only module that reads the environment."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError
from index.embedding import DEFAULT_MODEL

OPENAI_URL = "https://api.openai.com/v1"


class Settings(BaseSettings):
    """Everything that can be set, from ``ASSISTANT_*`` in the environment; a model server's key and address from ``OPENAI_*``."""

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", extra="ignore", populate_by_name=True)

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
    answer_words: int = Field(default=80, ge=20, le=400, description="Words that an answer of sentences aims to stay under.")
    journal_url: str = Field(default="", description="SQLAlchemy URL of the journal; empty: journal.sqlite in the data folder.")
    model: str = Field(default="", description="Chat model that writes the answers; empty: answers are extracts, and nothing is sent.")
    model_large: str = Field(default="", description="Model that is asked when the first one's answer fails its check or is unsure.")
    model_timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds that one request to the model may take.")
    model_retries: int = Field(default=2, ge=0, le=8, description="Times that a failed request is sent again.")
    unsupported: Literal["drop", "show"] = Field(default="drop", description="What is done with a claim that its quotes do not bear.")
    budget_day: float = Field(default=5.0, ge=0, description="US dollars a day for the model; past it, answers are extracts. 0: no limit.")
    budget_conversation: float = Field(default=0.5, ge=0, description="The same for one conversation.")
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", description="Key of the model's server. Sends nothing by itself."
    )
    openai_base_url: SecretStr | None = Field(  # an address may hold a password
        default=None, validation_alias="OPENAI_BASE_URL", description="Address of any OpenAI-compatible server."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that the page listens on.")
    port: int = Field(default=7860, ge=0, le=65_535, description="Port of the page; 0 picks a free one.")

    uploads: Literal["auto", "on", "off"] = Field(
        default="auto", description="Whether the page takes documents; auto: only when it listens on this machine alone."
    )

    @property
    def journal(self) -> str:
        """The journal's SQLAlchemy URL."""
        return self.journal_url or f"sqlite:///{self.data_dir / 'journal.sqlite'}"

    @property
    def model_url(self) -> str:
        """Address of the server that a model is asked at."""
        return (self.openai_base_url.get_secret_value() if self.openai_base_url else "") or OPENAI_URL

    @property
    def model_host(self) -> str:
        """The host in that address, with its port where one is given: what may be shown."""
        parts = urlsplit(self.model_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @property
    def model_notice(self) -> str | None:
        """Which model writes the answers, and what is sent where; None without a model, whatever key is in the environment."""
        if not self.model:
            return None
        models = " and ".join(name for name in (self.model, self.model_large) if name)
        sent = "your question, what was said before it and the quoted passages"
        return f"Answers are written by {models}: {sent} are sent to {self.model_host}."

    @field_validator("openai_base_url")
    @classmethod
    def _an_address(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse an address that nothing can be sent to, in words that do not hold it."""
        if value and value.get_secret_value():
            try:
                parts = urlsplit(value.get_secret_value())
                usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
            except ValueError:  # a port that is no number
                usable = False
            if not usable:
                raise ValueError("it has to look like http://127.0.0.1:11434/v1")
        return value


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
        where = "_".join(str(part) for part in first["loc"]).upper()
        if where.startswith("OPENAI_"):  # its value is nobody's to read, so neither is what pydantic says of it
            raise SettingsError(f"{where} cannot be used: {first['msg'].removeprefix('Value error, ')}. Change or unset it.") from None
        raise SettingsError(f"ASSISTANT_{where}={first['input']!r} cannot be used: {first['msg']}. Change or unset it.") from error


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
