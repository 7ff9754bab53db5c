"""Settings that a person changes while the console runs."""

from __future__ import annotations

import pytest

from console.core.errors import BadSetting, DiskTrouble
from console.shell import preferences as module
from console.shell.preferences import Preferences
from console.store import slips
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


def test_a_change_replaces_its_own_key_in_the_file_as_it_is_now(profile: Profile) -> None:
    preferences = Preferences(profile)
    preferences.change("theme", "light")
    by_hand = b'"theme" = "dark"\n"hub.url" = "https://pusat.kota"\n"operator" = 7\n"day" = 2026-11-22\n'
    profile.settings.write_bytes(by_hand)
    preferences.change("layout", {"screens": []})
    assert profile.settings.read_bytes() == by_hand + b'"layout" = {"screens" = []}\n'


def test_a_change_back_to_the_default_leaves_the_file(profile: Profile) -> None:
    preferences = Preferences(profile)
    preferences.change("theme", "light")
    profile.settings.write_bytes(b'"hub.user" = "pos-1"\n' + profile.settings.read_bytes())
    preferences.change("theme", "dark")
    assert profile.settings.read_bytes() == b'"hub.user" = "pos-1"\n'


def test_what_the_disk_did_not_take_is_written_with_the_next_change(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences = Preferences(profile)

    def full(*_: object) -> None:
        raise DiskTrouble("store.full", path="x")

    with monkeypatch.context() as disk:
        disk.setattr(module, "atomic_write", full)
        with pytest.raises(DiskTrouble):
            preferences.change("theme", "light")
    preferences.change("language", "en")
    assert (Preferences(profile)["theme"], Preferences(profile)["language"]) == ("light", "en")


def test_a_file_that_a_hand_left_garbled_is_kept_beside(profile: Profile) -> None:
    preferences = Preferences(profile)
    preferences.change("theme", "light")
    profile.settings.write_bytes(b'"hub.url" = "https://pus')
    preferences.change("language", "en")
    assert profile.settings.with_name("settings.toml.bak").read_bytes() == b'"hub.url" = "https://pus'
    assert (Preferences(profile)["theme"], Preferences(profile)["language"]) == ("light", "en")


def test_names_without_quotes_mean_the_same(profile: Profile) -> None:
    profile.settings.write_bytes(b'hub.url = "https://pusat.kota"\nhub.user = "pos-1"\n[relay]\nport = 6985\n')
    preferences = Preferences(profile)
    assert not preferences.faults
    assert (preferences["hub.url"], preferences["relay.port"]) == ("https://pusat.kota", 6985)
    preferences.change("hub.url", "")
    assert profile.settings.read_bytes() == b'"hub.user" = "pos-1"\n"relay.port" = 6985\n'


def test_a_change_is_handed_in_for_the_ledger_with_who_made_it(profile: Profile) -> None:
    preferences = Preferences(profile)
    preferences.change("operator", "Sari")
    preferences.change("theme", "light")
    preferences.change("theme", "light")  # no news
    preferences.change("layout", {"windows": []})  # nobody's deed
    preferences.answered_for_by(lambda: "Rani Putri")
    preferences.change("language", "en")
    Preferences(profile, who=lambda: "os:dina").change("theme", "dark")
    said = [slip.said for slip in slips.read(slips.waiting(profile))]
    assert [(each["deed"], each["who"], each["subject"]) for each in said] == [
        ("settings", "Sari", "operator"),
        ("settings", "Sari", "theme"),
        ("settings", "Rani Putri", "language"),
        ("settings", "os:dina", "theme"),
    ]
    assert (said[1]["told"]["before"], said[1]["told"]["after"]) == ("dark", "light")
