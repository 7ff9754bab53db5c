"""Settings that a person changes while the console runs."""

from __future__ import annotations

import pytest

from console.core.errors import BadSetting, DiskTrouble
from console.shell import preferences as module
from console.shell.preferences import Preferences
from console.store.files import Profile


def test_a_change_is_in_force_told_and_found_again(profile: Profile) -> None:
    preferences = Preferences(profile)
    told: list[str] = []
    preferences.on_change(told.append)
    preferences.change("theme", "light")
    preferences.change("theme", "light")
    assert preferences["theme"] == "light"
    assert told == ["theme"]
    assert Preferences(profile)["theme"] == "light"


def test_only_what_differs_is_kept(profile: Profile) -> None:
    preferences = Preferences(profile)
    preferences.change("theme", "light")
    preferences.change("theme", "dark")
    assert profile.settings.read_bytes() == b""


def test_an_unsound_value_changes_nothing(profile: Profile) -> None:
    preferences = Preferences(profile)
    with pytest.raises(BadSetting):
        preferences.change("theme", "pink")
    assert preferences["theme"] == "dark"
    assert not profile.settings.exists()


def test_a_garbled_file_is_told_and_the_sound_rest_holds(profile: Profile) -> None:
    profile.settings.write_text('theme = "light"\nlanguage = 3\nnonsense = 1\n', "utf-8")
    preferences = Preferences(profile)
    assert preferences["theme"] == "light"
    assert preferences["language"] == "id"
    assert len(preferences.faults) == 2
    profile.settings.write_bytes(b"\xff\xfe garbage")
    assert len(Preferences(profile).faults) == 1


def test_a_full_disk_is_told_and_the_change_holds_for_now(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences = Preferences(profile)

    def full(*_: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(module, "atomic_write", full)
    told: list[str] = []
    preferences.on_change(told.append)
    with pytest.raises(DiskTrouble):
        preferences.change("theme", "light")
    assert preferences["theme"] == "light"
    assert told == ["theme"]


def test_what_was_typed_holds_for_this_start_alone(profile: Profile) -> None:
    preferences = Preferences(profile, {"language": "en"})
    assert preferences["language"] == "en"
    preferences.change("theme", "light")
    assert Preferences(profile)["language"] == "id"
    preferences.change("language", "id")
    assert preferences["language"] == "id"
