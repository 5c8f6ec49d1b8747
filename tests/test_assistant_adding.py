"""Adding and removing: who may, what is refused, and that one bad file stops no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import adding
from assistant.adding import Kept, Refused, add_files, is_loopback, remove_documents, uploads_allowed
from assistant.errors import InputError
from assistant.opening import House
from assistant.settings import Settings, load_settings
from index.errors import BusyBuildError
from index.shelf import Shelf


@pytest.fixture
def coffee(index_of: Callable[..., House], tmp_path: Path) -> Settings:
    index_of(coffee="# Coffee\n\nCoffee is roasted for twelve minutes.\n")
    return load_settings().model_copy(update={"data_dir": tmp_path / "data"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_only_this_machine_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org"])
def test_other_addresses_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("uploads", "host", "allowed"),
    [("auto", "127.0.0.1", True), ("auto", "0.0.0.0", False), ("on", "0.0.0.0", True), ("off", "127.0.0.1", False)],
)
def test_the_setting_goes_before_the_address(uploads: str, host: str, allowed: bool) -> None:
    assert uploads_allowed(load_settings().model_copy(update={"uploads": uploads, "host": host})) is allowed


def test_one_bad_file_stops_no_other_and_all_is_told(coffee: Settings, tmp_path: Path) -> None:
    for name, text in (("milk.txt", "Milk keeps for five days."), ("coffee.txt", "Another coffee."), ("void.txt", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    told: list[Any] = []
    wanted = [(tmp_path / f"{name}.txt", name) for name in ("coffee", "void", "milk")]
    added = add_files(coffee, wanted, told.append)
    assert [kept.entry.name for kept in added.kept] == ["milk"]
    assert [Path(refused.file).name for refused in added.refused] == ["coffee.txt", "void.txt"]
    assert [type(line) for line in told] == [Refused, Refused, Kept]
    assert added.built and added.built.report.manifest.added == ["milk"]


def test_removal_is_of_all_names_or_of_none(coffee: Settings, tmp_path: Path) -> None:
    (tmp_path / "milk.txt").write_text("Milk keeps for five days.", encoding="utf-8")
    add_files(coffee, [(tmp_path / "milk.txt", "milk")], lambda _: None)
    with pytest.raises(InputError, match="nothing was removed"):
        remove_documents(coffee, ["milk", "tea"])
    assert Shelf(coffee.data_dir).entry("milk")
    assert remove_documents(coffee, ["milk"]).report.manifest.added == []


def test_two_changes_at_once_are_refused(coffee: Settings) -> None:
    with adding._alone(), pytest.raises(BusyBuildError, match="right now"):
        remove_documents(coffee, ["milk"])
