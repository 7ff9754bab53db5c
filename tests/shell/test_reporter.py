"""Who told a new complaint: sealed before the command is handed on, and asked of nobody without a key."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from console.commands.intake import Record
from console.core.clock import TurnedClock
from console.core.command import Command
from console.core.personal import SEALED, is_sealed
from console.core.records import Changes, Kind
from console.shell.shell import Shell
from console.store.sealing import open_value
from sync.city_key import new_key
from tests.shell.conftest import AT, FakeRead

TOLD = {
    "reporter_name": "Siti Aminah",
    "reporter_phone": "0812-3456-7890",
    "reporter_nik": "3671011203900001",
    "reporter_home": "Jl. Melati 12",
}


@pytest.fixture
def recording(shell: Shell, qtbot: QtBot) -> Shell:
    """A shell in front of its form."""
    shell.complete.connect(shell.begin)
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    shell.preferences.change("operator", "Sari")
    return shell


def given(shell: Shell, read: FakeRead, qtbot: QtBot) -> bytes:
    """The city has a key from now on; its private half."""
    key, private, _ = new_key(shell.desk.pack.id, "Dewi", TurnedClock(AT, seed=1))
    read.keys = [key]
    with qtbot.waitSignal(shell.desk.city_key.changed):
        shell.desk.news.changed.emit(Changes(frozenset({Kind.KEY})))
    return private


def form_of(shell: Shell) -> Any:
    shell.do("deed.record")
    form = shell._forms[shell.here()].form
    assert form is not None
    return form


def fill(form: Any, told: dict[str, str]) -> None:
    channel = form.editor("channel")
    channel.setCurrentIndex(channel.findData("telepon"))
    for name, text in ({"title": "Pohon tumbang", "address": "Jl. Rekaan 1"} | told).items():
        form.editor(name).setText(text)


def test_what_leaves_the_form_is_sealed(recording: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot) -> None:
    private = given(recording, read, qtbot)
    form = form_of(recording)
    fill(form, TOLD)
    form.submit()
    (command,) = asked
    assert isinstance(command, Record)
    assert not any(value in repr(command) for value in TOLD.values())
    for name, value in TOLD.items():
        sealed = getattr(command, name)
        assert is_sealed(sealed)
        assert open_value(sealed, private, command.complaint, name) == value


def test_words_that_leave_the_form_are_covered(
    recording: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    private = given(recording, read, qtbot)
    form = form_of(recording)
    fill(form, {"title": "Pohon tumbang, hubungi 0812-3456-7890"})
    form.submit()
    (command,) = asked
    assert isinstance(command, Record)
    assert (command.title, command.address) == ("Pohon tumbang, hubungi ••••90", "Jl. Rekaan 1")
    whole = open_value(command.sealed_title, private, command.complaint, "title")
    assert whole == "Pohon tumbang, hubungi 0812-3456-7890"
    assert command.sealed_address == ""


def test_without_a_key_nobody_is_asked_who_told_it(recording: Shell, asked: list[Command]) -> None:
    form = form_of(recording)
    assert not SEALED.keys() & form.values().keys()
    fill(form, {})
    form.submit()
    assert len(asked) == 1


def test_a_key_that_is_gone_meanwhile_refuses_in_the_form(
    recording: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    given(recording, read, qtbot)
    form = form_of(recording)
    fill(form, {"reporter_nik": TOLD["reporter_nik"]})
    recording.desk.city_key.key = None
    form.submit()
    assert not asked
    assert "belum punya kunci data" in form._refusal.text()


def test_a_slip_is_refused_in_the_form_and_nothing_typed_is_lost(
    recording: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    given(recording, read, qtbot)
    form = form_of(recording)
    fill(form, {"reporter_nik": "367101"})
    form.submit()
    assert not asked
    assert "16 angka" in form._refusal.text()
    assert form.value("reporter_nik") == "367101"
