"""The screen given to a person and taken from one: what is seen, painted, heard and asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from console.commands import found
from console.core.audience import EVERYBODY
from console.core.clock import TurnedClock
from console.core.command import Command
from console.core.errors import DiskTrouble, Refused
from console.core.lifecycle import Deed, State
from console.core.people import Person, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Seen, answer_values
from console.core.records import Changes, Kind, QueueRow
from console.models.desk import Desk
from console.models.people import Stand
from console.panels.panel import Panel, PanelFace
from console.shell.menus import fill_menu, keys_page, palette_items
from console.shell.notices import Gravity, Notice, of_error
from console.shell.offers import Offers
from console.shell.palette import COMPLAINT
from console.shell.preferences import Preferences
from console.shell.screens import Screens
from console.shell.shell import Shell
from console.shell.sign_in import SignIn
from console.shell.ways import Way
from console.shell.windows import Window
from console.store.closed import Closed
from console.store.files import load_phrases
from tests.cities import small_pack
from tests.offscreen_wall import WALL4
from tests.shell.conftest import PANELS, FakeRead
from tests.shell.test_shell import choose
from widgets.plain import tip

PATIENCE_MS = 20_000
RANI = Seen("orang-1", "rani", "Rani Putri", Role.OPERATOR)
SARI = Seen("orang-0", "sari", "Sari Wulandari", Role.ADMIN)
TONO = Seen("orang-2", "tono", "Tono Hartono", Role.VIEWER)
BUDI = Seen("orang-3", "budi", "Budi Santoso", Role.FIELD)
SECRET = "pelangi sore di atas jembatan"
INK = QColor("#12fe34")
"""A colour nothing else is drawn in: where it is seen, the panel was painted."""
CITIZEN = "Ibu Wati, Jl. Melati 4"
DRAFT = "Kata Ibu Wati pipanya bocor lagi"


class Inked(Panel):
    """A panel that shows what a citizen told: in ink, in a label, in a tooltip."""

    face: ClassVar[PanelFace] = PanelFace("queue", "shell.menu.console", "queue", frozenset({Kind.COMPLAINT}))
    painted = 0

    def build(self, desk: Desk) -> None:
        self.line = QLineEdit()
        self.line.setToolTip(tip(CITIZEN))
        column = QVBoxLayout(self.content)
        column.addWidget(QLabel(CITIZEN))
        column.addWidget(self.line)
        column.addWidget(_Ink())
        self.setFocusProxy(self.line)
        self.show_ready()


class _Ink(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        Inked.painted += 1
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), INK)


class Told:
    """The engine's end: what it was told, and its answers."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.listening = True

    def hear(self, note: str, values: Mapping[str, object]) -> bool:
        if self.listening and note == "person":
            self.notes.append(dict(values))
        return self.listening

    @property
    def last(self) -> dict[str, Any]:
        return self.notes[-1]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def accounts() -> None:
    """Somebody has to sign in, also while nobody is known."""


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, qapp: QApplication, read: FakeRead, asked: list[Command], told: Told
) -> Iterator[Desk]:
    def do(command: Command) -> str:
        asked.append(command)
        return f"c{len(asked)}"

    made = Desk.open(
        lambda: read,  # type: ignore[arg-type, return-value]
        do=do,
        clock=request.getfixturevalue("clock"),
        pack=small_pack(),
        phrases=load_phrases(),
        settings=request.getfixturevalue("preferences"),
        tell=told.hear,
        accounts="accounts" in request.fixturenames,
    )
    yield made
    made.close()


@pytest.fixture
def shell(desk: Desk, preferences: Preferences, screens: Screens) -> Iterator[Shell]:
    made = Shell(desk, preferences, screens, {**PANELS, "queue": Inked})
    yield made
    made.close()
    for window in made.wall.windows:
        window.deleteLater()
    QApplication.processEvents()


Open = Callable[[], Shell]


@pytest.fixture
def opened(shell: Shell, qtbot: QtBot) -> Open:
    """Opens the windows, and waits till it is known who may look."""

    def make() -> Shell:
        shell.complete.connect(shell.begin)
        with qtbot.waitSignal(shell.complete, timeout=PATIENCE_MS):
            shell.open()
        shell.desk.ticks.stop()
        qtbot.waitUntil(lambda: shell.desk.people.stand is not Stand.UNREAD, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: QApplication.activeWindow() is shell.wall.windows[0], timeout=PATIENCE_MS)
        return shell

    return make


@pytest.fixture
def known(read: FakeRead) -> None:
    """Somebody can sign in."""
    read.persons = [Person(RANI.id, RANI.login, RANI.name, RANI.role)]


def answer(shell: Shell, told: Told, **more: Any) -> None:
    answered = PersonAnswer(str(told.last["ask"]), **{"outcome": PersonOutcome.TAKEN, **more})
    shell.desk.news.told.emit("person", answer_values(answered))


def form_of(shell: Shell) -> SignIn:
    shown = [form for form in shell.locking._forms.values() if form.isVisible()]
    assert len(shown) == 1
    return shown[0]


def typed(window: Window, *lines: str) -> None:
    for nth, line in enumerate(lines):
        held = window.focusWidget()
        assert isinstance(held, QLineEdit)
        QTest.keyClicks(held, line)
        QTest.keyClick(held, Qt.Key.Key_Tab if nth < len(lines) - 1 else Qt.Key.Key_Return)


def comes(shell: Shell, told: Told, who: Seen = RANI, session: str = "sesi-1") -> None:
    """That person signs in by keyboard, in the window in use."""
    people = shell.desk.people
    if people.stand is Stand.IN:
        shell.do("change")
    typed(form_of(shell).window(), who.login, SECRET)  # type: ignore[arg-type]
    answer(shell, told, session=session, person=who)
    assert people.stand is Stand.IN


def panels(shell: Shell, *, personal: bool) -> list[Panel]:
    slots = [slot for window in shell.wall.windows for slot in window.content.slots()]
    return [slot.panel for slot in slots if slot.panel is not None and slot.panel.face.personal is personal]


def inked(shell: Shell) -> bool:
    """Whether the citizen's ink is in a picture of any window."""
    for window in shell.wall.windows:
        image = window.grab().toImage()
        for y in range(0, image.height(), 7):
            if any(image.pixelColor(x, y) == INK for x in range(0, image.width(), 11)):
                return True
    return False


def heard(shell: Shell) -> str:
    """All that can be read, heard or hovered of what is in sight, and the titles of the windows."""
    words = [window.windowTitle() for window in shell.wall.windows]
    for window in shell.wall.windows:
        for widget in window.findChildren(QWidget):
            if widget.isVisible():
                text = getattr(widget, "text", "")
                words += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
                words.append(str(text() if callable(text) else text))
    return "\n".join(words)


# a demo


def test_a_demo_says_that_it_is_one_and_covers_nothing(opened: Open) -> None:
    shell = opened()
    assert all(panel.isVisible() for panel in panels(shell, personal=True))
    assert {window.strip.person.told for window in shell.wall.windows} == {"Peragaan: tanpa akun"}
    assert inked(shell)
    shell.do("lock")
    assert shell.desk.people.stand is Stand.DEMO
    assert shell.notices.all()[0].told(shell.desk.phrases).startswith("Konsol peragaan ini tanpa akun")


def test_a_demo_may_get_its_first_administrator(opened: Open, told: Told) -> None:
    shell = opened()
    shell.do("first")
    form = form_of(shell)
    assert form.way is Way.FIRST
    QTest.keyClick(form.form, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    assert form.isHidden()
    shell.do("first")
    typed(shell.here(), "sari", "Sari Wulandari", SECRET, SECRET)
    assert {name: told.last[name] for name in ("do", "login", "name", "secret")} == {
        "do": "first", "login": "sari", "name": "Sari Wulandari", "secret": SECRET,
    }  # fmt: skip
    assert "again" not in told.last
    answer(shell, told, session="sesi-1", person=SARI)
    assert form.isHidden()
    assert shell.wall.windows[3].strip.person.told == "Sari Wulandari · Pengelola"


def test_two_secrets_that_differ_are_not_handed_on(opened: Open, told: Told) -> None:
    shell = opened()
    shell.do("first")
    typed(shell.here(), "sari", "Sari Wulandari", SECRET, SECRET + "x")
    assert not told.notes
    assert "tidak sama" in heard(shell)


# signing in


@pytest.mark.usefixtures("known")
def test_where_somebody_is_known_the_first_window_asks_and_all_cover(opened: Open) -> None:
    shell = opened()
    form = form_of(shell)
    assert form.way is Way.IN
    assert form.window() is shell.wall.windows[0]
    assert all(panel.isHidden() for panel in panels(shell, personal=True))
    assert panels(shell, personal=False)
    assert all(panel.isVisible() for panel in panels(shell, personal=False))
    assert shell.settled()
    assert not shell.desk.operator


@pytest.mark.usefixtures("known")
def test_what_is_covered_is_neither_painted_nor_heard_nor_named(opened: Open, told: Told, qtbot: QtBot) -> None:
    shell = opened()
    comes(shell, told)
    QApplication.processEvents()
    assert inked(shell)
    assert CITIZEN in heard(shell)
    ink = next(panel for panel in panels(shell, personal=True) if isinstance(panel, Inked))
    QToolTip.showText(ink.mapToGlobal(ink.rect().center()), CITIZEN)
    menu = QMenu(ink)
    menu.addAction(CITIZEN)
    menu.popup(ink.mapToGlobal(ink.rect().center()))
    shell.notices.add(Notice("deed.x", Gravity.REFUSED, lambda _phrases: CITIZEN, personal=True))
    shell.notices.add(of_error(Refused("commands.absent", complaint=CITIZEN)))
    shell.notices.add(of_error(DiskTrouble("store.full_disk", path="/")))
    shell.do("lock")
    qtbot.waitUntil(lambda: not QToolTip.isVisible(), timeout=PATIENCE_MS)
    assert not menu.isVisible()
    Inked.painted = 0
    ink.update()
    QApplication.processEvents()
    assert not inked(shell)
    assert Inked.painted == 0
    assert CITIZEN not in heard(shell)
    assert [notice.gravity for notice in shell._told()] == [Gravity.DISK], (
        "what endangers the work is told all the same"
    )


@pytest.mark.usefixtures("known")
def test_the_head_lives_on_while_it_is_locked(opened: Open, told: Told, read: FakeRead, qtbot: QtBot) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    strip = shell.wall.windows[0].strip
    qtbot.waitUntil(lambda: "12 pengaduan terbuka" in strip._city.text, timeout=PATIENCE_MS)
    read.count = read.count._replace(late=9)
    shell.desk.clock.turn(120)  # type: ignore[attr-defined]
    shell.desk.news.changed.emit(Changes(frozenset({Kind.COMPLAINT})))
    shell.desk.ticks.second.emit()
    qtbot.waitUntil(lambda: "9 lewat batas" in strip._city.text, timeout=PATIENCE_MS)
    assert strip.isVisible()
    assert strip.geometry().bottom() < form_of(shell).geometry().top()


@pytest.mark.usefixtures("known")
def test_the_keyboard_comes_back_where_it_was(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    window = shell.wall.windows[0]
    ink = next(panel for panel in panels(shell, personal=True) if isinstance(panel, Inked) and panel.window() is window)
    ink.line.setFocus()
    ink.line.setText("setengah kalimat")
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert shell.desk.people.stand is Stand.LOCKED
    assert told.last["do"] == "lock"
    assert form_of(shell).way is Way.UNLOCK
    typed(window, SECRET)
    assert (told.last["do"], told.last["secret"], told.last["session"]) == ("unlock", SECRET, "sesi-1")
    answer(shell, told, session="sesi-1", person=RANI)
    assert window.focusWidget() is ink.line
    assert ink.line.text() == "setengah kalimat"


@pytest.mark.usefixtures("known")
def test_a_shift_changes_by_keyboard_alone(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    window = shell.wall.windows[0]
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_P, both)
    assert shell.desk.people.stand is Stand.LOCKED
    assert not inked(shell), "nobody reads on while another signs in"
    typed(window, "sari", SECRET)
    assert told.last["session"] == "sesi-1"
    answer(shell, told, session="sesi-2", person=SARI)
    assert window.strip.person.told == "Sari Wulandari · Pengelola"


@pytest.mark.usefixtures("known")
def test_who_locked_it_may_come_back_after_all(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("change")
    form = form_of(shell)
    assert form.way is Way.IN
    assert form.turn.text() == "Kembali ke Rani Putri"
    form.turn.click()
    assert form.way is Way.UNLOCK
    form.turn.click()
    assert form.way is Way.IN


@pytest.mark.usefixtures("known")
def test_a_wrong_secret_is_told_and_gone_and_a_delay_is_counted_down(
    opened: Open, told: Told, clock: TurnedClock
) -> None:
    shell = opened()
    form = form_of(shell)
    typed(shell.here(), "rani", "salah")
    answer(shell, told, outcome=PersonOutcome.REFUSED, says="people.wrong")
    ask = form.form
    assert ask is not None
    assert ask._refusal.text() == shell.desk.phrases.say("people.wrong")
    assert ask.values() == {"login": "rani", "secret": ""}
    typed(shell.here(), "salah lagi")
    answer(shell, told, outcome=PersonOutcome.WAIT, says="people.wait", values={"seconds": 4}, wait_s=4.0)
    assert ask.busy.text() == "Tunggu 4 dtk"
    count = len(told.notes)
    typed(shell.here(), SECRET)
    assert len(told.notes) == count
    clock.turn(2)
    shell.desk.ticks.second.emit()
    assert ask.busy.text() == "Tunggu 2 dtk"
    clock.turn(2)
    shell.desk.ticks.second.emit()
    assert not ask.busy.text()
    form.form.submit()  # type: ignore[union-attr]
    assert len(told.notes) == count + 1


@pytest.mark.usefixtures("known")
def test_the_plate_is_as_high_as_what_it_says(opened: Open, told: Told) -> None:
    shell = opened()
    form = form_of(shell)
    before = form.height()
    typed(shell.here(), "rani", "salah")
    answer(shell, told, outcome=PersonOutcome.REFUSED, says="people.no_session")
    QApplication.processEvents()
    assert form.height() > before
    assert form._roll.verticalScrollBar().maximum() == 0


@pytest.mark.usefixtures("known")
def test_a_secret_is_gone_with_the_form_and_not_carried_into_another_language(opened: Open, told: Told) -> None:
    shell = opened()
    form = form_of(shell)
    QTest.keyClicks(form._line("login"), "rani")
    QTest.keyClicks(form._line("secret"), SECRET)
    shell.do("set.language.en")
    assert form.form is not None
    assert form.form.values() == {"login": "rani", "secret": ""}
    QTest.keyClicks(form._line("secret"), SECRET)
    line = form._line("secret")
    QTest.keyClick(form.form, Qt.Key.Key_Escape)
    assert line.text() == ""
    assert form.isHidden()


@pytest.mark.usefixtures("known")
def test_looking_shows_no_more_than_is_open_to_all_and_the_form_comes_again_by_key(opened: Open) -> None:
    shell = opened()
    QTest.keyClick(form_of(shell).form, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    assert shell.desk.people.looking
    assert not inked(shell)
    assert shell.settled()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(shell.wall.windows[0], Qt.Key.Key_M, both)
    assert form_of(shell).way is Way.IN


@pytest.mark.usefixtures("known")
def test_a_cover_says_who_is_away_and_leads_back(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    window = shell.wall.windows[3]
    cover = next(slot._cover for slot in window.content.slots() if slot.covered)
    assert cover is not None
    assert cover.page.text.startswith("Terkunci · Rani Putri")
    QTest.keyClick(form_of(shell).form, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    window.activateWindow()
    cover.page.action.click()
    assert form_of(shell).way is Way.UNLOCK


@pytest.mark.usefixtures("known")
def test_a_panel_that_is_opened_meanwhile_is_covered_too(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    window = shell.wall.windows[1]
    window.activateWindow()
    shell.open_panel("conflicts")
    shell.do("usual")
    QApplication.processEvents()
    assert all(panel.isHidden() for panel in panels(shell, personal=True))
    assert not inked(shell)


@pytest.mark.usefixtures("known")
def test_the_palette_finds_no_complaint_while_it_is_locked(
    opened: Open, told: Told, read: FakeRead, qtbot: QtBot
) -> None:
    shell = opened()
    comes(shell, told)
    read.rows = [QueueRow(1, "laksa:61122-7", State.NEW, CITIZEN, "99.71.01", "", "", "", 0, None, 0, "masuk")]
    shell.do("palette")
    popup = shell._palettes[shell.here()]
    QTest.keyClicks(popup.field, "61122")
    qtbot.waitUntil(lambda: popup.shown == [f"{COMPLAINT}laksa:61122-7"], timeout=PATIENCE_MS)
    shell.do("lock")
    assert popup.isHidden()
    assert popup.field.text() == ""
    shell.do("palette")
    QTest.keyClicks(popup.field, "61122")
    qtbot.waitUntil(lambda: not shell.desk.work._receivers, timeout=PATIENCE_MS)
    assert not popup.shown
    assert CITIZEN not in heard(shell)


@pytest.mark.usefixtures("known")
def test_a_report_goes_from_a_locked_screen_and_the_manual_stays(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.open_report(f"Traceback: {CITIZEN}")
    page = shell._pages[shell.here()]
    shell.do("lock")
    assert page.isHidden()
    assert CITIZEN not in page.text.toPlainText()
    shell.open_manual("people")
    assert page.isVisible()
    assert "Ctrl+Shift+P" in page.text.toPlainText()


@pytest.mark.usefixtures("known")
def test_another_language_keeps_what_is_typed_while_somebody_comes(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("change")
    QTest.keyClicks(form_of(shell)._line("login"), "sari")
    shell.do("set.language.en")
    form = form_of(shell)
    assert form.form is not None
    assert form.form.values() == {"login": "sari", "secret": ""}
    assert form.turn.text() == "Back to Rani Putri"


# the lock that falls by itself


def idles(shell: Shell, clock: TurnedClock, minutes: float) -> Stand:
    clock.turn(60 * minutes)
    shell.desk.ticks.second.emit()
    return shell.desk.people.stand


@pytest.mark.usefixtures("known")
def test_a_console_nobody_touches_locks_itself(opened: Open, told: Told, clock: TurnedClock) -> None:
    shell = opened()
    comes(shell, told)
    assert idles(shell, clock, 9) is Stand.IN
    handle = shell.wall.windows[2].windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_Shift)
    assert idles(shell, clock, 9.9) is Stand.IN
    assert idles(shell, clock, 0.2) is Stand.LOCKED
    assert told.last["do"] == "lock"


@pytest.mark.usefixtures("known")
def test_a_pointer_that_lies_still_is_nobody(opened: Open, told: Told, clock: TurnedClock) -> None:
    shell = opened()
    comes(shell, told)
    window = shell.wall.windows[0]
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseMove(handle, window.rect().center())
    idles(shell, clock, 9)
    QTest.mouseMove(handle, window.rect().center())
    assert idles(shell, clock, 2) is Stand.LOCKED


@pytest.mark.usefixtures("known")
def test_a_machine_that_slept_is_locked(opened: Open, told: Told, clock: TurnedClock) -> None:
    shell = opened()
    comes(shell, told)
    clock.jump(clock.now() - timedelta(hours=2))
    assert idles(shell, clock, 0.1) is Stand.IN, "a clock set back is no sleep"
    clock.jump(clock.now() + timedelta(hours=3))
    assert idles(shell, clock, 0.1) is Stand.LOCKED


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "case", [(RANI, None, 10), (BUDI, None, 5), (BUDI, 20, 20), (RANI, 1, 1), (RANI, 0, None)], ids=str
)
def test_when_it_falls_is_a_setting(
    opened: Open, told: Told, clock: TurnedClock, case: tuple[Seen, int | None, int | None]
) -> None:
    who, setting, after_min = case
    shell = opened()
    if setting is not None:
        shell.preferences.change("lock.after_min", setting)
    comes(shell, told, who)
    if after_min is None:
        assert idles(shell, clock, 240) is Stand.IN
        return
    assert idles(shell, clock, after_min - 0.1) is Stand.IN
    assert idles(shell, clock, 0.2) is Stand.LOCKED


def test_a_demo_never_locks_itself(opened: Open, clock: TurnedClock) -> None:
    shell = opened()
    assert idles(shell, clock, 600) is Stand.DEMO


# drafts


def record(shell: Shell, title: str) -> None:
    shell.do("deed.record")
    form = shell._forms[shell.here()].form
    assert form is not None
    field = form.editor("title")
    assert isinstance(field, QLineEdit)
    field.setText(title)


@pytest.mark.usefixtures("known")
def test_a_form_over_the_window_waits_beneath_a_lock(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    record(shell, DRAFT)
    over = shell._forms[shell.here()]
    assert over.form is not None
    QTest.keyClick(over.form.editor("title"), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert shell.desk.people.stand is Stand.LOCKED
    assert over.isHidden()
    assert DRAFT not in heard(shell)
    typed(shell.here(), SECRET)
    answer(shell, told, session="sesi-1", person=RANI)
    assert over.isVisible()
    assert over.form is not None
    assert over.form.value("title") == DRAFT


@pytest.mark.usefixtures("known")
def test_a_draft_is_kept_for_its_owner_and_no_other_sees_it(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    record(shell, DRAFT)
    over = shell._forms[shell.here()]
    comes(shell, told, SARI, "sesi-2")
    assert over.isHidden()
    assert over.form is None
    assert DRAFT not in heard(shell)
    assert not [notice for notice in shell.notices.all() if notice.id.startswith("draft")]
    comes(shell, told, RANI, "sesi-3")
    (notice,) = [notice for notice in shell.notices.all() if notice.id.startswith("draft")]
    assert "Catat" in notice.told(shell.desk.phrases)
    assert notice.do is not None
    notice.do()
    form = shell._forms[shell.here()].form
    assert form is not None
    assert form.value("title") == DRAFT
    assert not [each for each in shell.notices.all() if each.id.startswith("draft")]
    comes(shell, told, SARI, "sesi-4")
    comes(shell, told, RANI, "sesi-5")
    assert [each.id for each in shell.notices.all() if each.id.startswith("draft")], "it is still unsent"


@pytest.mark.usefixtures("known")
def test_after_leaving_a_draft_waits_too(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    record(shell, DRAFT)
    shell.do("out")
    assert shell.desk.people.stand is Stand.OUT
    assert DRAFT not in heard(shell)
    comes(shell, told, TONO, "sesi-2")
    assert DRAFT not in heard(shell)
    comes(shell, told, RANI, "sesi-3")
    assert [each.id for each in shell.notices.all() if each.id.startswith("draft")]


@pytest.mark.usefixtures("known")
def test_what_was_told_to_one_is_not_told_to_the_next(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.notices.add(Notice("deed.laksa:7", Gravity.REFUSED, lambda _phrases: DRAFT, personal=True))
    comes(shell, told, SARI, "sesi-2")
    assert DRAFT not in [notice.told(shell.desk.phrases) for notice in shell.notices.all()]


# roles


def offered(shell: Shell) -> set[str]:
    menu = QMenu()
    fill_menu(menu, shell.actions, shell.desk.phrases, shell.do)
    named = {item.key for item in palette_items(shell.actions, shell.desk.phrases)}
    entries = sum(len(part.menu().actions()) for part in menu.actions())  # type: ignore[union-attr]
    assert entries == len([name for name in named if not name.startswith("area.")])
    return named


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("who", [RANI, SARI, TONO, BUDI], ids=lambda who: who.role.value)
def test_a_role_is_offered_what_it_may(opened: Open, told: Told, who: Seen) -> None:
    shell = opened()
    comes(shell, told, who)
    rights = shell.desk.people.rights
    deeds = {f"deed.{deed}" for deed in Deed if not found()[deed].face.elsewhere and found()[deed].face.right in rights}
    names = offered(shell)
    assert {name for name in names if name.startswith("deed.")} == deeds
    assert {"change", "lock", "secret", "out"} <= names
    assert not {"operator", "first", "come"} & names
    told_keys = {says for _, lines in keys_page(shell.actions, shell.desk.phrases) for _, says in lines}
    verify = shell.actions["deed.verify"].says(shell.desk.phrases)
    assert (verify in told_keys) is ("deed.verify" in deeds)
    assert shell.actions["lock"].says(shell.desk.phrases) in told_keys


@pytest.mark.usefixtures("known")
def test_what_a_role_may_not_is_refused_with_a_sentence(
    opened: Open, told: Told, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    shell = opened()
    comes(shell, told, TONO)
    choose(shell, read, qtbot)
    QTest.keyClick(shell.wall.windows[1], Qt.Key.Key_A)
    assert shell.notices.all()[0].told(shell.desk.phrases) == shell.desk.phrases.say("people.not_allowed")
    shell.deeds._doing.ask(Deed.TAKE, shell.deeds.sheet.complaint)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: not shell.deeds._doing.under_way, timeout=PATIENCE_MS)
    assert not asked
    assert not shell.wall.windows[0].strip.banner._button.isVisible(), "who only looks does not cut the connection"
    shell.switch()
    assert shell.notices.all()[0].told(shell.desk.phrases) == shell.desk.phrases.say("people.not_allowed")


@pytest.mark.usefixtures("known")
def test_a_panel_that_is_kept_from_a_role_is_neither_offered_nor_opened(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told, TONO)
    assert not {"panel.people", "panel.ledger"} & offered(shell)
    assert Offers(shell, shell.wall.panels)._kept_from("ledger") is not None
    assert Offers(shell, shell.wall.panels)._kept_from("queue") is None
    comes(shell, told, SARI, "sesi-2")
    assert Offers(shell, shell.wall.panels)._kept_from("ledger") is None


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("do", ["deed.record", "deed.take", "cut", "rehearse", "lock", "secret"])
def test_while_locked_nothing_is_done(opened: Open, told: Told, asked: list[Command], do: str) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    count = len(told.notes)
    shell.do(do)
    assert not asked
    assert len(told.notes) == count
    assert form_of(shell).way is Way.UNLOCK
    assert not any(form.isVisible() for form in shell._forms.values())


# sessions that end elsewhere, and one's own secret


@pytest.mark.usefixtures("known")
def test_a_session_that_ended_elsewhere_covers_and_says_why(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.desk.news.told.emit("session", {"session": "sesi-1", "ended": "people.ended.role"})
    assert not inked(shell)
    form = form_of(shell)
    assert form.way is Way.IN
    assert form.form is not None
    assert form.form._refusal.text() == shell.desk.phrases.say("people.ended.role")


@pytest.mark.usefixtures("known")
def test_ones_own_secret_is_changed_with_the_old_one(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("secret")
    form = form_of(shell)
    assert form.way is Way.SECRET
    new = "sungai tenang mengalir jauh"
    typed(shell.here(), "salah", new, new)
    assert {name: told.last[name] for name in ("do", "old", "secret")} == {
        "do": "secret", "old": "salah", "secret": new,
    }  # fmt: skip
    answer(shell, told, outcome=PersonOutcome.REFUSED, says="people.wrong")
    assert form.form is not None
    assert form.form.values() == {"old": "", "secret": new, "again": new}
    typed(shell.here(), SECRET)
    answer(shell, told, session="sesi-1", person=RANI)
    assert form.isHidden()
    assert shell.notices.all()[0].told(shell.desk.phrases) == "Kata sandi Anda sudah diganti."


# before anybody is known


@pytest.mark.usefixtures("accounts")
def test_a_console_for_work_begins_with_its_first_administrator(opened: Open, told: Told) -> None:
    shell = opened()
    assert form_of(shell).way is Way.FIRST
    assert form_of(shell).window() is shell.wall.windows[0]
    assert not inked(shell)
    assert shell.wall.windows[1].strip.person.told == "Belum ada akun"
    QTest.keyClick(form_of(shell).form, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    assert inked(shell), "there is nobody yet to keep it from"
    shell.do("deed.record")
    assert shell.notices.all()[0].told(shell.desk.phrases) == "Masuk dahulu untuk melakukan ini."
    shell.do("first")
    typed(shell.here(), "sari", "Sari Wulandari", SECRET, SECRET)
    answer(shell, told, session="sesi-1", person=SARI)
    assert shell.desk.people.stand is Stand.IN


@pytest.mark.usefixtures("known")
def test_every_word_changes_with_the_language_on_a_locked_screen(opened: Open, told: Told) -> None:
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    house = shell.desk.phrases.say("shell.people.cover.locked.hint")
    assert house in heard(shell)
    shell.do("set.language.en")
    words = heard(shell)
    assert house not in words
    assert "«" not in words
    assert "Locked · Rani Putri" in words
    assert "Type the password to go on with the work." in words


@pytest.mark.usefixtures("known")
def test_a_monitor_that_comes_while_it_is_locked_is_covered(
    opened: Open, told: Told, monitors: Callable[..., None], qtbot: QtBot
) -> None:
    monitors(*WALL4[:2])
    shell = opened()
    comes(shell, told)
    shell.do("lock")
    before = len(shell.wall.windows)
    monitors(*WALL4)
    qtbot.waitUntil(lambda: len(shell.wall.windows) > before, timeout=PATIENCE_MS)
    QApplication.processEvents()
    assert all(panel.isHidden() for panel in panels(shell, personal=True))
    assert not inked(shell)
    assert shell.wall.windows[-1].strip.person.told == "Terkunci · Rani Putri"


TAMU = Seen("orang-9", "tamu", "Tamu Kota", Role.GUEST)


def test_a_panel_that_does_not_open_for_a_guest_is_taken_away_with_all_it_read(
    known: None, opened: Open, told: Told, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeRead, "narrow", lambda *_: None, raising=False)
    for name in ("situation_map", "indicators", "sources"):
        monkeypatch.setattr(PANELS[name], "face", replace(PANELS[name].face, audiences=EVERYBODY))
    shell = opened()
    comes(shell, told)
    before = panels(shell, personal=True)
    assert before and inked(shell)
    left = panels(shell, personal=False)
    comes(shell, told, TAMU, "sesi-2")
    assert panels(shell, personal=True) == []
    assert panels(shell, personal=False) == left, "map, indicators and sources stay"
    assert CITIZEN not in heard(shell)
    assert not inked(shell)
    assert shell.desk.phrases.say("shell.people.closed.says") in heard(shell)
    assert shell.settled()
    qtbot.waitUntil(lambda: not any(isValid(panel) for panel in before), timeout=PATIENCE_MS)
    offers = {action.id for action in shell.actions if action.id.startswith("panel.") and action.offered()}
    assert offers == {"panel.situation_map", "panel.indicators", "panel.sources"}
    shell.do("panel.queue")
    assert panels(shell, personal=True) == []
    comes(shell, told, SARI, "sesi-3")
    qtbot.waitUntil(lambda: bool(panels(shell, personal=True)), timeout=PATIENCE_MS)
    assert CITIZEN in heard(shell)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("why", ["offline", "lost"])
def test_a_closed_console_says_so_and_shows_nothing_to_who_signed_in(
    opened: Open, told: Told, read: FakeRead, qtbot: QtBot, why: str
) -> None:
    shell = opened()
    comes(shell, told)
    assert CITIZEN in heard(shell)
    read.shut = Closed(why, shell.desk.clock.now())
    shell.desk.news.changed.emit(Changes(frozenset(Kind)))
    qtbot.waitUntil(lambda: shell.desk.people.covered, timeout=PATIENCE_MS)
    said = shell.desk.phrases.say(f"shell.people.cover.closed_{why}.says")
    assert "«" not in said and said in heard(shell)
    assert CITIZEN not in heard(shell) and not inked(shell)
    read.shut = None
    shell.desk.news.changed.emit(Changes(frozenset(Kind)))
    qtbot.waitUntil(lambda: not shell.desk.people.covered, timeout=PATIENCE_MS)
    assert CITIZEN in heard(shell)
