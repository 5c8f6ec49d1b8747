"""One index of the bundled guides and one of a small corpus, built once for the whole run."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from assistant.settings import stay_offline

stay_offline()

from assistant.building import build_corpus  # noqa: E402 - after the libraries are told to stay offline
from assistant.generate import Patience  # noqa: E402 - after the libraries are told to stay offline
from assistant.opening import House, open_house  # noqa: E402 - after the libraries are told to stay offline
from assistant.settings import Settings, load_settings  # noqa: E402
from assistant.wordvectors import WordVectors  # noqa: E402
from index.embedding import DEFAULT_MODEL, Encoder, load_encoder  # noqa: E402
from tests.chat_server import ChatServer, Script  # noqa: E402
from tests.offline import LOOPBACK, outside  # noqa: E402

KEY = "test-key-that-no-one-may-see"


@pytest.fixture(autouse=True)
def _no_call_leaves_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection and name look-up outside this machine fails the test that made it."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if outside(self.family, address):
            raise AssertionError(f"a call would have left the machine: {address}")
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in (*LOOPBACK, None, ""):
            raise AssertionError(f"a name would have been looked up: {host}")
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for the whole run; CI has to have one."""
    from playwright.sync_api import sync_playwright

    from tests.browser import find_browser
    from tests.site import FLAGS

    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("No Chromium: CI has to have one. Run: python -m tests.browser")
        pytest.skip("no Chromium on this machine: run python -m tests.browser")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address(settings: Settings, house: House) -> Iterator[str]:
    """Where the site is served, for all tests that leave it as it is."""
    from tests.site import served

    with served(settings.data_dir) as site:
        yield site.address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """A new browser of somebody's own, on the chat page."""
    from tests.site import visit

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield visit(context.new_page(), address)
    context.close()


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The default embedding model."""
    return load_encoder(DEFAULT_MODEL, load_settings().models_dir)


@pytest.fixture(scope="session")
def words(encoder: Encoder) -> WordVectors:
    """The word table of the default embedding model, whose files the encoder makes."""
    return WordVectors(load_settings().models_dir)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a data folder of their own."""
    return load_settings().model_copy(update={"data_dir": tmp_path_factory.mktemp("data"), "model": "", "model_large": ""})


@pytest.fixture(scope="session")
def house(settings: Settings) -> House:
    """The assistant on the bundled guides."""
    return open_house(settings)


@dataclass
class Talk:
    """An assistant whose model is a scripted server, and how long it was made to wait between attempts."""

    server: ChatServer
    settings: Settings
    house: House
    waits: list[float] = field(default_factory=list)


@pytest.fixture
def talk(settings: Settings, house: House, tmp_path: Path) -> Iterator[Callable[..., Talk]]:
    """Starts a scripted server and opens the assistant on it; waiting takes no time, and jitter is at its most."""
    servers: list[ChatServer] = []

    def start(script: Script, **chosen: Any) -> Talk:
        servers.append(ChatServer(script))
        told: dict[str, Any] = {
            "model": "gpt-4o-mini",
            "journal_url": f"sqlite:///{tmp_path / 'journal.sqlite'}",
            "openai_api_key": SecretStr(KEY),
            "openai_base_url": SecretStr(servers[-1].url),
        }
        ours = settings.model_copy(update=told | chosen)
        waits: list[float] = []
        patience = Patience(ours.model_retries, waits.append, lambda: 1.0)
        return Talk(servers[-1], ours, open_house(ours, patience=patience), waits)

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def index_of(encoder: Encoder, tmp_path: Path) -> Callable[..., House]:
    """Writes files, indexes them and opens the assistant on them."""

    def make(**files: str) -> House:
        corpus = tmp_path / "corpus"
        corpus.mkdir(exist_ok=True)
        for name, text in files.items():
            (corpus / f"{name}.md").write_text(text, encoding="utf-8")
        build_corpus(corpus, tmp_path / "data", encoder)
        return open_house(load_settings().model_copy(update={"data_dir": tmp_path / "data", "model": ""}))

    return make


@pytest.fixture
def run(settings: Settings, house: House, capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs ``assistant`` in this process; gives its exit status, standard output and standard error."""
    from assistant.cli import main

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([*arguments])
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., str]:
    """Writes JSON lines to a file; its path."""

    def write(*rows: Any) -> str:
        path = tmp_path / f"lines-{os.urandom(3).hex()}.jsonl"
        path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return str(path)

    return write
