"""Windows on their monitors: at the start, when a cable is pulled, when it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.shell.layouts import places
from console.shell.preferences import Preferences
from console.shell.screens import Screens
from console.shell.shell import Shell
from console.shell.virtual import VirtualMonitor, wall
from console.shell.windows import Window
from tests.offscreen_wall import WALL4

Plug = Callable[..., None]


def part_seen(window: Window) -> float:
    """Part of the window's area that lies on a live monitor."""
    place = window.frameGeometry()
    seen = [place.intersected(screen.geometry()) for screen in QGuiApplication.screens()]
    return sum(each.width() * each.height() for each in seen) / (place.width() * place.height())


def title_bar_seen(window: Window) -> bool:
    place = window.frameGeometry()
    return any(
        screen.geometry().contains(place.topLeft()) and screen.geometry().contains(place.topRight())
        for screen in QGuiApplication.screens()
    )


def open_whole(shell: Shell, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()


def usable(window: Window) -> bool:
    return window.isVisible() and part_seen(window) >= 0.5 and title_bar_seen(window)


def test_each_monitor_has_its_window_and_is_filled(shell: Shell, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    assert [window.screen().name() for window in shell.wall.windows] == ["DESK-1", "WALL-2", "WALL-3", "WALL-4"]
    for window in shell.wall.windows:
        assert window.isFullScreen()
        assert window.geometry() == window.screen().geometry()


def test_a_single_monitor_keeps_its_title_bar(shell: Shell, monitors: Plug, qtbot: QtBot) -> None:
    monitors(*wall(1))
    open_whole(shell, qtbot)
    (window,) = shell.wall.windows
    assert not window.isFullScreen()
    assert len(list(places(window.monitor.content))) == 7


def test_every_panel_is_built_soon_and_the_desk_at_once(shell: Shell, qtbot: QtBot) -> None:
    shell.open()
    assert len(shell.wall.windows) == 1
    assert len(shell.wall.windows[0].empty_slots()) == 1  # the queue stands, the complaint's sheet follows
    with qtbot.waitSignals([shell.painted, shell.complete]):
        pass
    assert len(shell.wall.windows) == 4
    assert shell.settled()


@pytest.mark.parametrize("gone", range(4))
def test_unplugged_every_window_stands_on_a_live_monitor(shell: Shell, monitors: Plug, gone: int, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    monitors(*(each for nth, each in enumerate(WALL4) if nth != gone))
    qtbot.waitUntil(lambda: all(usable(window) for window in shell.wall.windows), timeout=1000)
    assert shell.notices.all()[0].id == "monitor"


@pytest.mark.parametrize("gone", range(4))
def test_plugged_in_again_every_window_is_home(
    shell: Shell, screens: Screens, monitors: Plug, gone: int, qtbot: QtBot
) -> None:
    open_whole(shell, qtbot)
    monitors(*(each for nth, each in enumerate(WALL4) if nth != gone))
    with qtbot.waitSignal(screens.changed):
        monitors(*WALL4)
    assert [window.screen().name() for window in shell.wall.windows] == [each.name for each in WALL4]
    assert all(window.geometry() == window.screen().geometry() for window in shell.wall.windows)
    assert all(window.isFullScreen() for window in shell.wall.windows)
    assert not shell.notices.all()


def test_the_desk_takes_a_whole_monitor_over(shell: Shell, monitors: Plug, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    monitors(*WALL4[1:])
    desk = shell.wall.windows[0]
    qtbot.waitUntil(lambda: usable(desk), timeout=1000)
    assert desk.isFullScreen()
    assert desk.geometry() == desk.screen().geometry()


def test_all_gone_and_one_back(shell: Shell, screens: Screens, monitors: Plug, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    monitors()
    with qtbot.waitSignal(screens.changed):
        monitors(*WALL4)
    assert all(part_seen(window) == 1.0 for window in shell.wall.windows)


def test_a_monitor_that_came_back_elsewhere_is_filled_there(
    shell: Shell, screens: Screens, monitors: Plug, qtbot: QtBot
) -> None:
    open_whole(shell, qtbot)
    monitors(*WALL4[:3])
    with qtbot.waitSignal(screens.changed):
        monitors(*WALL4[:3], VirtualMonitor("WALL-4", 3840, 0, 1280, 1024))
    assert shell.wall.windows[3].geometry().getRect() == (3840, 0, 1280, 1024)


def test_monitors_that_come_and_go_before_the_start_open_nothing(
    shell: Shell, screens: Screens, monitors: Plug, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(screens.changed):
        monitors(*wall(2))
    assert shell.wall.windows == []
    open_whole(shell, qtbot)
    assert len(shell.wall.windows) == 2


def test_a_new_monitor_gets_a_window(shell: Shell, monitors: Plug, qtbot: QtBot) -> None:
    monitors(*wall(2))
    qtbot.waitUntil(lambda: len(QGuiApplication.screens()) == 2)
    open_whole(shell, qtbot)
    monitors(*wall(2), VirtualMonitor("ROOM-3", 3840, 0))
    qtbot.waitUntil(lambda: len(shell.wall.windows) == 3)
    assert shell.wall.windows[2].screen().name() == "ROOM-3"
    assert shell.wall.windows[2].isVisible()
    qtbot.waitUntil(shell.settled)


def test_what_stands_where_is_found_again(shell: Shell, preferences: Preferences, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    qtbot.waitUntil(shell.settled)
    panel: Any = next(shell.wall.windows[1].content.slots()).panel
    panel.kept = {"zoom": 3}
    shell.keep_layout()
    raw = preferences["layout"]["4"]["serial:SN-WALL-2"]["content"]
    assert raw["given"] == {"zoom": 3}


def test_a_layout_of_four_opens_usable_on_one(
    shell: Shell, preferences: Preferences, monitors: Plug, qtbot: QtBot
) -> None:
    open_whole(shell, qtbot)
    shell.keep_layout()
    for window in shell.wall.windows:
        window.hide()
    monitors(VirtualMonitor("DESK-1", 0, 0, 1366, 768))
    again = Shell(shell.desk, preferences, Screens(QGuiApplication.instance(), settle_ms=1), shell.wall.panels)  # type: ignore[arg-type]
    open_whole(again, qtbot)
    (window,) = again.wall.windows
    assert part_seen(window) > 0.95
    assert title_bar_seen(window)
    assert window.width() >= window.minimumSizeHint().width()
    again.close()
    window.deleteLater()


def test_a_second_start_brings_all_windows_to_the_front(shell: Shell, qtbot: QtBot) -> None:
    open_whole(shell, qtbot)
    shell.wall.windows[2].activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shell.wall.windows[2])
    shell.wall.raise_all()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shell.wall.windows[0])
