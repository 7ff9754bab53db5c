"""A shift on its real processes: the first administrator, an operator, a change by keyboard, a deed, a lock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from bench.crash import a_record
from console.core.clock import SystemClock
from console.core.command import Outcome, Receipt
from console.core.people import Role
from console.core.people_notes import Wish
from console.core.records import Batch, ComplaintId, LedgerFilter
from console.models.people import Stand
from console.panels.people import PeopleList
from console.shell.options import RunOptions
from console.shell.preferences import Preferences
from console.shell.sign_in import SignIn
from console.shell.windows import Window
from console.shell.workstation import Start, Workstation
from console.store.files import Profile, load_phrases
from console.store.packs import load as load_pack
from console.store.read import Read
from console.store.store import Store
from tests.offscreen_wall import ONE, set_screens

ROOT = Path(__file__).parents[2]
SOON_MS = 40_000
"""An engine starts and proves secrets meanwhile, on a machine that does other things too."""
ONE_COMPLAINT = ComplaintId("uji:1")
SARI, RANI = "kuda laut menari di teluk", "pelangi sore di atas jembatan"
"""Their secrets."""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A store with one complaint, of a console that serves no demo."""
    made = Profile.at(tmp_path / "profile")
    store = Store.open(made, SystemClock(), load_pack(None, "tangerang"))
    store.take(Batch("uji", [a_record("uji", 1)], memo={"at": 1}))
    store.close()
    return made


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, profile: Profile) -> Iterator[Callable[[], Workstation]]:
    stations: list[Workstation] = []
    set_screens(ONE)

    def make() -> Workstation:
        options = RunOptions(profile.folder, (sys.executable, str(ROOT / "main.py")), centre=False)
        station = Workstation(Start(profile, SystemClock(), Preferences(profile), load_phrases(), options), qapp)
        stations.append(station)
        with qtbot.waitSignal(station.shell.complete, timeout=SOON_MS):
            station.open()
        return station

    yield make
    for station in stations:
        if station.shell.wall.windows:
            close(station)


def close(station: Workstation) -> None:
    station.close()
    for window in station.shell.wall.windows:
        window.deleteLater()
    station.shell.wall.windows.clear()
    QApplication.processEvents()


def desk_of(station: Workstation) -> Window:
    return station.shell.wall.windows[0]


def stands(station: Workstation, stand: Stand, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: station.desk.people.stand is stand, timeout=SOON_MS)


def form_of(station: Workstation) -> SignIn:
    return station.shell.locking._forms[desk_of(station)]


def typed(station: Workstation, *lines: str) -> None:
    """Type these, a field each, and send them: all by keyboard, into whatever has it."""
    window = desk_of(station)
    for nth, line in enumerate(lines):
        held = window.focusWidget()
        assert isinstance(held, QLineEdit)
        QTest.keyClicks(held, line)
        QTest.keyClick(held, Qt.Key.Key_Tab if nth < len(lines) - 1 else Qt.Key.Key_Return)


def add_rani(station: Workstation, qtbot: QtBot) -> None:
    station.shell.do("panel.people")
    panel = next(slot.panel for slot in desk_of(station).content.slots() if isinstance(slot.panel, PeopleList))
    qtbot.waitUntil(lambda: panel.table.rows.rowCount() == 1, timeout=SOON_MS)
    panel.open_form(Wish.ADD)
    form = panel.form
    assert form is not None
    for name, value in (("login", "rani"), ("name", "Rani Putri"), ("secret", RANI), ("again", RANI)):
        line = form.editor(name)
        assert isinstance(line, QLineEdit)
        line.setText(value)
    role = form.editor("role")
    assert isinstance(role, QComboBox)
    role.setCurrentIndex(role.findData(Role.OPERATOR.value))
    form.submit()
    qtbot.waitUntil(lambda: panel.table.rows.rowCount() == 2, timeout=SOON_MS)
    qtbot.waitUntil(lambda: panel.outcome.text() == "Rani Putri kini dapat masuk.", timeout=SOON_MS)


def answered_for(profile: Profile) -> set[tuple[str, str]]:
    """Which deeds stand in the ledger under which name."""
    read = Read.open(profile)
    try:
        return {(entry.deed, entry.who) for entry in read.ledger(LedgerFilter()).entries}
    finally:
        read.close()


def test_a_shift_changes_by_keyboard_and_works_under_the_new_name(
    opened: Callable[[], Workstation], profile: Profile, qtbot: QtBot
) -> None:
    station = opened()
    people, window = station.desk.people, desk_of(station)
    stands(station, Stand.FIRST, qtbot)
    assert form_of(station).isVisible()
    typed(station, "sari", "Sari Wulandari", SARI, SARI)
    stands(station, Stand.IN, qtbot)
    assert window.strip.person.told == "Sari Wulandari · Pengelola"
    assert not form_of(station).isVisible()
    add_rani(station, qtbot)

    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert people.stand is Stand.LOCKED
    typed(station, "rani", RANI)
    stands(station, Stand.IN, qtbot)
    assert window.strip.person.told == "Rani Putri · Operator"

    receipts: list[Receipt] = []
    station.desk.news.receipt.connect(receipts.append)
    station.desk.links.select_complaint(ONE_COMPLAINT)
    qtbot.waitUntil(lambda: station.shell.deeds.sheet is not None, timeout=SOON_MS)
    station.shell.do("deed.take")
    qtbot.waitUntil(lambda: bool(receipts), timeout=SOON_MS)
    assert receipts[0].outcome is Outcome.TAKEN, receipts
    read = Read.open(profile)
    found = read.complaint(ONE_COMPLAINT)
    read.close()
    assert found is not None
    assert found.holder == "Rani Putri"
    station.start.preferences.change("theme", "light")
    wanted = {("take", "Rani Putri"), ("settings", "Rani Putri"), ("people.first", "Sari Wulandari")}
    qtbot.waitUntil(lambda: wanted <= answered_for(profile), timeout=SOON_MS)

    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert people.stand is Stand.LOCKED
    typed(station, SARI)
    form = form_of(station)
    wrong = station.desk.phrases.say("people.wrong")
    qtbot.waitUntil(lambda: form.form is not None and form.form._refusal.text() == wrong, timeout=SOON_MS)
    assert people.stand is Stand.LOCKED
    typed(station, RANI)
    stands(station, Stand.IN, qtbot)
    assert people.who is not None
    assert people.who.name == "Rani Putri"


def test_the_next_start_asks_for_a_sign_in_and_shows_no_list_to_who_may_not_see_it(
    opened: Callable[[], Workstation], qtbot: QtBot
) -> None:
    first = opened()
    stands(first, Stand.FIRST, qtbot)
    typed(first, "sari", "Sari Wulandari", SARI, SARI)
    stands(first, Stand.IN, qtbot)
    add_rani(first, qtbot)
    close(first)

    again = opened()
    stands(again, Stand.OUT, qtbot)
    assert again.shell.locking.told() == "Belum masuk"
    typed(again, "rani", RANI)
    stands(again, Stand.IN, qtbot)
    again.shell.do("panel.people")
    panel = next(slot.panel for slot in desk_of(again).content.slots() if isinstance(slot.panel, PeopleList))
    only = again.desk.phrases.say("panels.people.only_admin")
    qtbot.waitUntil(lambda: only in panel.frame.message.text, timeout=SOON_MS)
    again.shell.do("out")
    stands(again, Stand.OUT, qtbot)
    assert again.desk.operator == ""
