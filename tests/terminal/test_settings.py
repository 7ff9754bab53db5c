"""`settings list | set` at a terminal, beside a console that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.core.errors import BadSetting, Refused
from console.core.phrases import LANGUAGES, Phrases
from console.shell.preferences import Preferences
from console.store.files import Profile, load_phrases
from console.terminal import settings
from console.terminal.terminal import tell


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path)


def put(profile: Profile, name: str, text: str, phrases: Phrases | None = None) -> list[str]:
    said: list[str] = []
    assert settings.put(profile.folder, name, text, phrases or load_phrases(), said.append) == 0
    return said


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hub.url", " https://pusat.kota:6984 ", "https://pusat.kota:6984"),
        ("hub.follow", "36.71.01, 36.71.02", "36.71.01, 36.71.02"),
        ("relay.port", "6985", 6985),
        ("hub.clear", "True", True),
        ("wall.distance_m", "3", 3.0),
        ("language", "en", "en"),
        ("hub.url", "", ""),
        ("hub.url", "http://[::1]:5984/kota", "http://[::1]:5984/kota"),
        ("hub.pin", "SHA256:" + "AB:" * 31 + "CD", "SHA256:" + "AB:" * 31 + "CD"),
        ("hub.pin", "ab" * 32, "ab" * 32),
    ],
)
def test_a_setting_is_kept_as_its_declaration_wants_it(profile: Profile, name: str, text: str, value: object) -> None:
    (said,) = put(profile, name, text)
    assert said.startswith(f"{name} = ")
    assert str(profile.settings) in said
    assert Preferences(profile)[name] == value
    assert type(Preferences(profile)[name]) is type(value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("hub.sign_in", "magic", ["hub.sign_in", "cookie, basic, jwt"]),
        ("relay.port", "99999", ["relay.port", "0", "65535"]),
        ("relay.port", "many", ["relay.port"]),
        ("relay.port", "1.5", ["relay.port"]),
        ("hub.clear", "perhaps", ["hub.clear", "true", "false"]),
        ("wall.distance_m", "nan", ["wall.distance_m", "0.5", "20.0"]),
        ("wall.distance_m", "far", ["wall.distance_m", "2.5"]),
        ("hub.uri", "https://pusat.kota", ["hub.uri", "hub.url", "relay.address"]),
        ("layout", "{}", ["layout"]),
        ("hub.pin", "ab" * 31, ["hub.pin", "sha256:3F:A1"]),
        ("hub.pin", "sidik-jari", ["hub.pin"]),
        ("hub.url", "pusat.kota:6984", ["hub.url", "https://pusat.kota.id:6984"]),
        ("hub.url", "https://nama:sandi@pusat.kota", ["hub.url"]),
        ("hub.url", "ftp://pusat.kota", ["hub.url"]),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    profile: Profile, language: str, name: str, text: str, named: list[str]
) -> None:
    phrases = load_phrases(language)
    with pytest.raises((BadSetting, Refused)) as refused:
        put(profile, name, text, phrases)
    said = tell(refused.value, phrases)
    assert not [each for each in named if each not in said], said
    assert not profile.settings.exists()


def test_a_bad_fingerprint_in_the_file_is_not_taken_for_none(profile: Profile) -> None:
    profile.settings.write_text('"hub.pin" = "sidik"\n', encoding="utf-8")
    assert Preferences(profile)["hub.pin"] == "sidik"


def test_the_list_has_every_setting_and_says_where_the_file_is(profile: Profile) -> None:
    put(profile, "hub.user", "pos-1")
    profile.settings.write_bytes(profile.settings.read_bytes() + b'"theme" = "pink"\n')
    for language in LANGUAGES:
        lines: list[str] = []
        aside: list[str] = []
        assert settings.listed(profile.folder, load_phrases(language), lines.append, aside.append) == 0
        rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}
        known = Preferences(profile).known
        assert rows.keys() == known.keys() - {"layout"}
        assert rows["hub.user"] == ["pos-1", known["hub.user"].says[language]]
        assert rows["sync.cut"][0] == "false"
        assert str(profile.settings) in aside[0]
        assert "theme" in aside[1]


def test_looking_makes_nothing(tmp_path: Path) -> None:
    settings.listed(tmp_path / "none", load_phrases(), [].append, [].append)
    assert not (tmp_path / "none").exists()


def test_a_console_that_runs_and_a_terminal_keep_each_others_changes(profile: Profile) -> None:
    running = Preferences(profile)
    running.change("theme", "light")
    put(profile, "hub.url", "https://pusat.kota")
    running.change("layout", {"screens": [1]})
    put(profile, "hub.user", "pos-1")
    found = Preferences(profile)
    assert [found[name] for name in ("theme", "hub.url", "hub.user")] == ["light", "https://pusat.kota", "pos-1"]
    assert found["layout"] == {"screens": [1]}


def test_an_unsound_value_is_mended_also_with_the_default(profile: Profile) -> None:
    profile.settings.write_bytes(b'theme = "pink"\n')
    put(profile, "theme", "dark")
    assert not Preferences(profile).faults
