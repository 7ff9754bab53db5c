"""A console's name belongs to one file on one machine: a copy is another console."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.pack import CityPack
from console.store import console_id
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import roomy


def name_of(profile: Profile, clock: TurnedClock, pack: CityPack, machine: str) -> tuple[str, list[str]]:
    """The console's name after a start there, and what the start had to say."""
    store = Store.open(profile, clock, pack, room=roomy(profile), machine=machine)
    store.close()
    return store.console, [notice.says for notice in store.notices]


@pytest.fixture
def known(profile: Profile, clock: TurnedClock, pack: CityPack) -> str:
    name, told = name_of(profile, clock, pack, "meja 1")
    assert len(name) == 32 and told == []
    return name


def test_it_stays_at_every_start(known: str, profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    assert name_of(profile, clock, pack, "meja 1") == (known, [])


def test_a_copy_on_another_machine_takes_a_new_one(
    known: str, profile: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    other, told = name_of(profile, clock, pack, "meja 2")
    assert other != known and told == ["store.notice.copied"]
    assert name_of(profile, clock, pack, "meja 2") == (other, [])


def test_a_copy_in_another_folder_takes_a_new_one(
    known: str, profile: Profile, clock: TurnedClock, pack: CityPack, tmp_path: Path
) -> None:
    copy = Profile.at(tmp_path / "salinan")
    shutil.copy(profile.records, copy.records)
    other, told = name_of(copy, clock, pack, "meja 1")
    assert other != known and told == ["store.notice.copied"]
    assert name_of(profile, clock, pack, "meja 1") == (known, [])


def test_a_copy_that_comes_back_is_noticed_too(
    known: str, profile: Profile, clock: TurnedClock, pack: CityPack, tmp_path: Path
) -> None:
    copy = Profile.at(tmp_path / "salinan")
    shutil.copy(profile.records, copy.records)
    away, _ = name_of(copy, clock, pack, "meja 1")
    shutil.copy(copy.records, profile.records)
    back, told = name_of(profile, clock, pack, "meja 1")
    assert back not in (known, away) and told == ["store.notice.copied"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_another_way_to_the_same_folder_is_the_same_console(
    known: str, profile: Profile, clock: TurnedClock, pack: CityPack, tmp_path: Path
) -> None:
    (tmp_path / "jalan").symlink_to(profile.folder)
    assert name_of(Profile.at(tmp_path / "jalan"), clock, pack, "meja 1") == (known, [])


def test_the_system_says_which_machine_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = console_id.this_machine()
    assert first == console_id.this_machine()
    monkeypatch.setattr(console_id.platform, "node", lambda: "lain")
    assert console_id.this_machine() != first
    monkeypatch.setattr(console_id, "_LINUX", (tmp_path / "absent",))
    assert console_id.this_machine().endswith("lain")


def test_nothing_of_the_machine_can_be_read_from_the_file(
    known: str, profile: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    name_of(profile, clock, pack, "nomor seri rahasia")
    assert b"rahasia" not in profile.records.read_bytes()
