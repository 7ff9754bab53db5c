"""What may be typed: each part with its arguments, and no secret among them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from console.terminal.arguments import GROUPS, PARTS, first_word, parser
from console.terminal.deeds import DEEDS
from tests.terminal.typed import parsed


@pytest.mark.parametrize(
    "typed",
    [
        ("run",), ("run", "--shots", "x", "--replay", "f.json", "--pace", "60", "--screens", "2", "--no-centre"),
        ("engine",), ("engine", "--notes"), ("centre", "--port", "0", "--seed", "3"), ("pack", "check", "x"),
        ("pack", "add", "x"), ("store", "check"), ("store", "backup"), ("store", "restore"), ("store", "restore", "b"),
        ("store", "export", "complaint", "--format", "csv"), ("feed", "try", "open311", "x.json"), ("feed", "list"),
        ("hub", "prepare", "http://localhost:5984", "--user", "admin", "--secret-stdin"), ("sync", "once"),
        ("people", "list"), ("people", "first", "kepala", "--name", "Ibu Kepala", "--stdin"),
        ("people", "add", "rani", "--name", "Rani", "--role", "operator", "--as", "kepala"),
        ("people", "end", "rani", "--as", "kepala"), ("people", "secret", "rani"),
        ("rights", "find", "--case", "HAK-1"), ("rights", "export", "--case", "HAK-1", "--to", "x", "--as", "dewi"),
        ("rights", "correct", "konsol:1", "reporter_phone", "--case", "HAK-1"),
        ("rights", "delete", "konsol:1", "konsol:2", "--case", "HAK-1", "--backups", "now", "--yes", "--keep-history"),
        ("rights", "proof", "--case", "HAK-1", "--to", "bukti.html"),
        ("settings", "list"), ("settings", "set", "relay.port", "6985"), ("relay", "list"),
        ("sync", "once", "--hub", "https://hub.invalid", "--user", "posko", "--json", "--pin", "ab"),
    ],
)  # fmt: skip
def test_every_part_takes_a_profile(typed: tuple[str, ...]) -> None:
    assert parsed(*typed).profile == Path("/home/sari/.local/share/kendali")
    assert parsed(*typed, "--profile", "/p").profile == Path("/p")
    assert parsed("--profile", "/p", *typed).profile == Path("/p")
    assert parsed("--profile", "/p", *typed, "--profile", "/q").profile == Path("/q")
    assert (parsed("--language", "en", *typed).language, parsed(*typed).language) == ("en", None)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ((), ""),
        (("store", "check"), "store"),
        (("--language", "en", "store", "check"), "store"),
        (("--language=en", "--profile", "run", "store"), "store"),
        (("--profile", "store"), ""),
        (("--language", "en", "--screens", "2"), "--screens"),
        (("--profile", "x", "--help"), "--help"),
        (("stroe",), "stroe"),
    ],
)
def test_the_first_word_is_found_behind_what_all_parts_have(typed: tuple[str, ...], word: str) -> None:
    assert first_word(typed) == word


def test_a_secret_is_no_argument() -> None:
    for typed in (("hub", "prepare", "x"), ("sync", "once")):
        for name in ("--secret", "--password", "--token"):
            with pytest.raises(SystemExit):
                parsed(*typed, name, "rahasia")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_asked_for_alone_is_whole(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    def told(asked: str | None) -> str:
        with pytest.raises(SystemExit) as ended:
            parser({}, "linux", part=asked).parse_args([part, "--help"])
        assert ended.value.code == 0
        return capsys.readouterr().out

    assert told(part) == told(None)


def deeds_of(part: argparse.ArgumentParser) -> set[str]:
    found = {part.get_default("deed")} - {None}
    for action in part._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(*(deeds_of(each) for each in action.choices.values()))
    return found


def test_every_part_has_its_deed_and_every_deed_its_part() -> None:
    assert deeds_of(parser({}, "linux")) == {"run", *DEEDS}
    assert set(PARTS) > GROUPS
