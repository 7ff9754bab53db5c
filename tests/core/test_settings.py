"""Settings: what is declared holds, what a person changed holds where it is sound, and every fault is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadSetting
from console.core.settings import Settings, declared, read_settings

DECLARED = declared(
    b"""
["map.every_s"]
type = "int"
default = 15
range = [5, 600]
says = { id = "Selang", en = "Every" }

["scale"]
type = "float"
default = 1.0
says = { id = "Skala", en = "Scale" }

["zoom"]
type = "float"
default = 1.0
range = [0.5, 20.0]
says = { id = "Perbesaran", en = "Zoom" }

["theme"]
type = "text"
default = "dark"
choices = ["dark", "light"]
says = { id = "Tema", en = "Theme" }

["watch.audience"]
type = "text"
default = "all"
choices = ["all", "few"]
unsound = "few"
says = { id = "Untuk", en = "For" }

["cut"]
type = "bool"
default = false
says = { id = "Putus", en = "Cut" }

["layout"]
type = "table"
default = {}
says = { id = "Tata letak", en = "Layout" }
"""
)


def test_the_default_holds_until_it_is_changed() -> None:
    settings = Settings(DECLARED)
    assert settings["map.every_s"] == 15
    changed = settings.with_value("map.every_s", 20)
    assert (changed["map.every_s"], settings["map.every_s"]) == (20, 15)
    assert changed.changed == {"map.every_s": 20}
    assert changed.with_value("map.every_s", 15).changed == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("map.every_s", 4),
        ("map.every_s", 601),
        ("map.every_s", "15"),
        ("map.every_s", True),
        ("map.every_s", 15.5),
        ("theme", "blue"),
        ("cut", 1),
        ("layout", []),
        ("scale", "1"),
        ("zoom", float("nan")),
        ("zoom", float("-inf")),
        ("zoom", 10**400),
    ],
)
def test_an_unsound_value_is_refused_and_changes_nothing(name: str, value: object) -> None:
    settings = Settings(DECLARED)
    with pytest.raises(BadSetting) as told:
        settings.with_value(name, value)
    assert len(told.value.faults) == 1
    assert settings.changed == {}


def test_a_whole_number_will_do_for_a_fraction() -> None:
    assert Settings(DECLARED).with_value("scale", 2)["scale"] == 2


def test_the_sound_values_hold_beside_the_faults() -> None:
    raw = b'"map.every_s" = 30\ntheme = "blue"\nunknown = 1\ncut = true\n'
    settings, faults = read_settings(DECLARED, raw, "settings.toml")
    assert (settings["map.every_s"], settings["theme"], settings["cut"]) == (30, "dark", True)
    assert [fault.says for fault in faults] == ["settings.fault.choice", "settings.fault.unknown"]
    assert [fault.where for fault in faults] == ["settings.toml theme", "settings.toml"]


@pytest.mark.parametrize(
    "raw", [b"\xff", b"theme = ", b"<html>", b"[theme", b"\x00", b"a = " + b"9" * 5000, b"a = " + b"[" * 5000]
)
def test_a_garbled_file_leaves_every_default(raw: bytes) -> None:
    settings, faults = read_settings(DECLARED, raw, "settings.toml")
    assert settings.changed == {}
    assert [fault.says for fault in faults] == ["settings.fault.form"]


@pytest.mark.parametrize(
    ("raw", "holds"),
    [
        (b"", "all"),
        (b"theme = ", "all"),
        (b'"watch.audience" = "all"', "all"),
        (b'"watch.audience" = "fwe"', "few"),
        (b'"watch.audience" = 3', "few"),
        (b'watch.audience = "few', "few"),
        (b'[watch]\naudience = "nobody"', "few"),
        (b"[watch]\naudience = ", "few"),
        (b"\xff\n[watch]\naudience", "few"),
    ],
)
def test_what_must_not_open_by_a_slip_of_the_pen_stays_shut(raw: bytes, holds: str) -> None:
    assert read_settings(DECLARED, raw, "settings.toml")[0]["watch.audience"] == holds


@given(st.binary(max_size=60))
def test_no_file_ever_stops_the_start(raw: bytes) -> None:
    settings, _ = read_settings(DECLARED, raw, "settings.toml")
    assert settings["theme"] in ("dark", "light")
