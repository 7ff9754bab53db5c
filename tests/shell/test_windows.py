"""One window with the panels that are shipped: whatever is put on it, nothing in sight stays blank."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from console.panels.panel import Panel
from console.shell.catalogue import Catalogue
from console.shell.preferences import Preferences
from console.shell.screens import Screens
from console.shell.shell import Shell
from console.shell.windows import Window
from tests.town import OPERATOR, Town, town

__all__ = ["town"]

PATIENCE_MS = 20_000


@pytest.fixture
def real_shell(town: Town, preferences: Preferences, screens: Screens, qtbot: QtBot) -> Iterator[Shell]:
    """The shell of a small town, with every panel as it is shipped."""
    town.fill(30)
    preferences.change("operator", OPERATOR)
    made = Shell(town.desk, preferences, screens, Catalogue())
    with qtbot.waitSignal(made.complete, timeout=PATIENCE_MS):
        made.open()
    made.begin()
    yield made
    made.close()
    for window in made.wall.windows:
        window.deleteLater()
    QApplication.processEvents()


def blank(window: Window) -> list[str]:
    """Places in sight with nothing in them."""
    return [slot.place.panel for slot in window.content.slots() if slot.isVisibleTo(window) and slot.panel is None]


def in_sight(window: Window) -> list[Panel]:
    return [slot.panel for slot in window.content.slots() if slot.panel is not None and slot.isVisible()]


def has_keyboard(panel: Panel) -> bool:
    held = QApplication.focusWidget()
    return held is not None and (held is panel or panel.isAncestorOf(held))


@pytest.mark.parametrize(
    "act",
    [
        lambda shell: shell.open_panel("exchange"),
        lambda shell: shell.do("usual"),
        lambda shell: shell.do("group"),
    ],
    ids=["another panel", "usual", "group"],
)
def test_what_is_put_on_a_window_is_there_at_once(
    real_shell: Shell, act: Callable[[Shell], None], qtbot: QtBot
) -> None:
    act(real_shell)
    for window in real_shell.wall.windows:
        assert in_sight(window)
        assert blank(window) == []
    qtbot.waitUntil(real_shell.settled, timeout=PATIENCE_MS)


def test_the_keyboard_stays_with_the_panels(real_shell: Shell, qtbot: QtBot) -> None:
    desk = real_shell.wall.windows[0]
    qtbot.waitUntil(lambda: QApplication.activeWindow() is desk, timeout=PATIENCE_MS)
    desk.take_focus()
    real_shell.do("usual")
    assert has_keyboard(in_sight(desk)[0])


def test_the_first_panel_gets_a_keyboard_nobody_can_take_back(real_shell: Shell, qtbot: QtBot) -> None:
    desk = real_shell.wall.windows[0]
    qtbot.waitUntil(lambda: QApplication.activeWindow() is desk, timeout=PATIENCE_MS)
    first = in_sight(desk)[0]
    for open_it in (real_shell.open_palette, real_shell.open_manual, lambda: real_shell.do("rehearse")):
        field = QLineEdit(desk.body)
        field.show()
        field.setFocus()
        open_it()
        shiboken6.delete(field)
        held = QApplication.focusWidget()
        assert held is not None
        assert not first.isAncestorOf(held)
        QTest.keyClick(held, Qt.Key.Key_Escape)
        assert has_keyboard(first)


def test_what_a_form_over_the_window_has_to_spare_stays_below_it(real_shell: Shell, qtbot: QtBot) -> None:
    desk = real_shell.wall.windows[0]
    qtbot.waitUntil(lambda: QApplication.activeWindow() is desk, timeout=PATIENCE_MS)
    real_shell.do("rehearse")
    over = real_shell._forms[desk]
    form = over.form
    assert form is not None
    qtbot.waitUntil(lambda: form.height() == form.heightForWidth(form.width()), timeout=PATIENCE_MS)
    assert over.height() > form.height()
