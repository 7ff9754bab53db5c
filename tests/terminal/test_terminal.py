"""Where a subcommand speaks and listens."""

from __future__ import annotations

import io
import sys

import pytest

from console.core.errors import BadPack, Fault, Refused
from console.store.files import load_phrases
from console.terminal.terminal import Terminal, tell
from tests.terminal.typed import parsed


def test_what_is_wrong_is_one_sentence_and_a_line_for_each_fault() -> None:
    phrases = load_phrases()
    assert tell(Refused("shell.deed.none_selected"), phrases) == "Pilih dahulu satu pengaduan."
    bad = BadPack("shell.layout.form", [Fault.at("areas.csv:3", "shell.layout.panel", panel="x")])
    assert tell(bad, phrases).splitlines()[1] == "  areas.csv:3: Panel x dari susunan yang tersimpan tidak ada lagi."


def test_a_secret_comes_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("rahasia é\nlain\n"))
    given = parsed("hub", "prepare", "x", "--user", "admin", "--secret-stdin")
    assert Terminal(given).secret("admin", "x") == "rahasia é"
    given = parsed("hub", "prepare", "x", "--user", "admin")
    assert Terminal(given).secret("admin", "x") == ""


def test_a_persons_secret_is_a_line_of_standard_input_or_typed_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yang lama é\nyang baru\n"))
    at = Terminal(parsed("people", "secret", "rani", "--stdin"))
    asked = ("ask_old", "ask_new", "ask_again")
    assert [at.person_secret(f"people.terminal.{each}") for each in asked] == ["yang lama é", "yang baru", "yang baru"]
    with pytest.raises(Refused, match="no_terminal"):
        Terminal(parsed("people", "secret", "rani")).person_secret("people.terminal.ask_old")


def test_no_secret_of_a_person_can_be_typed_as_an_argument() -> None:
    for typed in (("--secret", "x"), ("--password", "x"), ("x",)):
        with pytest.raises(SystemExit):
            parsed("people", "secret", "rani", *typed)
