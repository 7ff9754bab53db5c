"""The rehearsal of an outage: asked of the engine, counted down in the strip, reported in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.models.desk import Desk
from console.models.news import LinkState
from console.shell.preferences import Preferences
from console.shell.rehearsal import Rehearsal, Report, read_report, report_page
from console.shell.screens import Screens
from console.shell.shell import Shell
from tests.shell.conftest import PANELS

TOLD = {"seconds": 300.0, "deeds": 7, "refused": 0, "sources": 2, "waited": 9, "left": 0, "sent_s": 4.5, "early": False}


class Engine:
    """Takes notes while it listens."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.listening = True

    def tell(self, note: str, values: Any) -> bool:
        if self.listening:
            self.notes.append((note, dict(values)))
        return self.listening


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def rehearsal(desk: Desk, engine: Engine) -> Rehearsal:
    return Rehearsal(replace(desk, tell=engine.tell))


def test_it_is_asked_of_the_engine_and_counted_down(
    rehearsal: Rehearsal, engine: Engine, clock: TurnedClock, desk: Desk, qtbot: QtBot
) -> None:
    rehearsal.begin({"seconds": "300"})
    assert engine.notes == [("rehearse", {"seconds": 300})]
    clock.turn(12)
    assert rehearsal.left_s == 288
    clock.turn(288)
    desk.ticks.second.emit()
    assert rehearsal.until is None
    with qtbot.waitSignal(rehearsal.reported) as reported:
        desk.news.told.emit("rehearsed", TOLD)
    assert rehearsal.until is None
    assert reported.args[0].deeds == 7


def test_the_next_one_waits_for_the_report(rehearsal: Rehearsal, clock: TurnedClock, desk: Desk) -> None:
    rehearsal.begin({"seconds": "30"})
    clock.turn(31)
    desk.ticks.second.emit()
    with pytest.raises(Refused, match="still"):
        rehearsal.begin({"seconds": "30"})
    clock.turn(150)
    desk.ticks.second.emit()
    rehearsal.begin({"seconds": "30"})


def test_without_an_engine_nothing_begins_and_it_is_said(rehearsal: Rehearsal, engine: Engine) -> None:
    engine.listening = False
    with pytest.raises(Refused, match="no_engine"):
        rehearsal.begin({"seconds": "60"})
    assert rehearsal.until is None


def test_what_is_cut_already_cannot_be_rehearsed(
    rehearsal: Rehearsal, engine: Engine, preferences: Preferences
) -> None:
    preferences.change("sync.cut", True)
    with pytest.raises(Refused, match=r"rehearsal\.cut"):
        rehearsal.begin({"seconds": "60"})
    assert not engine.notes


def test_it_can_be_ended_early(rehearsal: Rehearsal, engine: Engine) -> None:
    rehearsal.begin({"seconds": "60"})
    rehearsal.end()
    assert engine.notes[-1] == ("cut", {"cut": False})
    assert rehearsal.until is None


@pytest.mark.parametrize(
    "values", [{}, {"seconds": "7", "deeds": "many", "early": "yes"}, {"left": True, "waited": -3}]
)
def test_an_unsound_report_is_read_as_far_as_it_is_sound(values: dict[str, Any]) -> None:
    assert read_report(values) == Report()


def test_the_report_says_what_worked_and_what_waited(desk: Desk) -> None:
    title, text = report_page(read_report(TOLD), desk.phrases)
    assert title == "Laporan latihan putus"
    for line in (
        "Sambungan diputuskan selama 5 mnt.",
        "- 7 tindakan tersimpan di konsol ini, seketika",
        "- 9 perubahan menunggu saat sambungan pulih",
        "- semuanya terkirim dalam 4 dtk sesudahnya",
        "- 2 sumber dan pusat berhenti selama latihan",
    ):
        assert line in text
    assert text.index("Yang tetap jalan") < text.index("7 tindakan") < text.index("Yang menunggu")


def test_what_is_not_sent_yet_is_not_said_to_be(desk: Desk) -> None:
    _, text = report_page(read_report({**TOLD, "sent_s": None, "left": 5}), desk.phrases)
    assert "- 5 di antaranya masih menunggu" in text
    assert "terkirim dalam" not in text


def test_where_nothing_waited_nothing_is_said_of_sending(desk: Desk) -> None:
    _, text = report_page(read_report({**TOLD, "waited": 0, "sent_s": None}), desk.phrases)
    assert "- 0 perubahan menunggu" in text
    assert "masih menunggu" not in text


def test_numbers_that_were_not_told_are_unknown_and_not_naught(desk: Desk) -> None:
    _, text = report_page(Report(), desk.phrases)
    assert "- — tindakan tersimpan" in text
    assert "0" not in text


@pytest.fixture
def open_shell(desk: Desk, engine: Engine, preferences: Preferences, screens: Screens, qtbot: QtBot) -> Iterator[Shell]:
    shell = Shell(replace(desk, tell=engine.tell), preferences, screens, PANELS)
    shell.complete.connect(shell.begin)
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    yield shell
    shell.desk.ticks.stop()
    shell.close()
    for window in shell.wall.windows:
        window.deleteLater()
    QApplication.processEvents()


def test_from_the_menu_to_the_report(
    open_shell: Shell, engine: Engine, clock: TurnedClock, desk: Desk, qtbot: QtBot
) -> None:
    shell, window = open_shell, open_shell.here()
    shell.do("rehearse")
    form = shell._forms[window].form
    assert form is not None
    choice = form.editor("seconds")
    assert isinstance(choice, QComboBox)
    assert [choice.itemText(nth) for nth in range(3)] == ["30 dtk", "1 mnt", "5 mnt"]
    choice.setCurrentIndex(2)
    form.submit()
    desk.news.link.emit(LinkState.ONLINE)
    assert engine.notes == [("rehearse", {"seconds": 300})]
    assert window.strip.banner.text == "Latihan putus: sisa 5 mnt"
    clock.turn(30)
    desk.ticks.second.emit()
    assert window.strip.banner.text == "Latihan putus: sisa 4 mnt 30 dtk"
    window.strip.cut_asked.emit()
    assert engine.notes[-1] == ("cut", {"cut": False})
    assert window.strip.banner.text == "Daring"
    desk.news.told.emit("rehearsed", {**TOLD, "early": True})
    page = shell._pages[window]
    assert page.isVisible()
    assert "diakhiri lebih awal" in page.text.toPlainText()
    desk.phrases.speak("en")
    assert "7 deeds saved" in page.text.toPlainText()
