"""A console's name belongs to one machine and one folder."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.store.files import Profile
from sync.identity import console_name, machine_mark, rename

CLOCK = TurnedClock(datetime(2026, 3, 1, tzinfo=UTC), 7)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "one")


def test_it_stays_over_starts(profile: Profile) -> None:
    assert console_name(profile, CLOCK) == console_name(profile, CLOCK)


def test_a_copy_takes_its_own(profile: Profile, tmp_path: Path) -> None:
    name = console_name(profile, CLOCK, "machine 1")
    shutil.copytree(profile.folder, tmp_path / "two")
    copy = Profile.at(tmp_path / "two")
    assert console_name(copy, CLOCK, "machine 1") not in ("", name)
    assert console_name(profile, CLOCK, "machine 1") == name


def test_the_same_folder_on_another_machine_is_a_copy(profile: Profile) -> None:
    name = console_name(profile, CLOCK, "machine 1")
    assert console_name(profile, CLOCK, "machine 2") != name


def test_who_meets_a_namesake_takes_another(profile: Profile) -> None:
    name = console_name(profile, CLOCK)
    other = rename(profile, CLOCK)
    assert other != name
    assert console_name(profile, CLOCK) == other


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"name": ""}', b"\xff"])
def test_a_damaged_one_is_made_anew(profile: Profile, raw: bytes) -> None:
    (profile.folder / "console.json").write_bytes(raw)
    name = console_name(profile, CLOCK)
    assert name
    assert console_name(profile, CLOCK) == name


def test_the_machine_can_be_told() -> None:
    assert machine_mark() == machine_mark() != ""
