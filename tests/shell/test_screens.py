"""Monitors as values, and the order they stand in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.core.errors import Refused
from console.shell import virtual
from console.shell.screens import ScreenInfo, Screens, frame, nearest
from tests.offscreen_wall import WALL4


def info(name: str, x: int, y: int, serial: str = "", width_mm: float = 0.0) -> ScreenInfo:
    return ScreenInfo(name, serial, "", x, y, 1920, 1080, 1.0, width_mm, width_mm * 9 / 16)


def test_the_surest_key_comes_first() -> None:
    assert info("A", 0, 0, "S1").keys == ("serial:S1", "name:/A", "place:1920x1080+0+0")
    assert info("A", 0, 0).keys[0] == "name:/A"


def test_a_large_monitor_is_a_wall_and_one_that_tells_no_size_by_its_name() -> None:
    assert info("HDMI-1", 0, 0, width_mm=1218).wall  # 55 inches
    assert not info("HDMI-1", 0, 0, width_mm=527).wall
    assert info("WALL-2", 0, 0).wall


def test_the_primary_stands_first_then_rows_from_the_left(screens: Screens) -> None:
    assert [each.name for each in screens.all()] == ["DESK-1", "WALL-2", "WALL-3", "WALL-4"]
    assert screens.all()[0].serial == "SN-DESK-1"


def test_a_monitor_is_found_by_its_serial_after_it_moved(
    screens: Screens, monitors: Callable[..., None], qtbot: QtBot
) -> None:
    before = screens.all()[3]
    with qtbot.waitSignal(screens.changed):
        monitors(*WALL4[:3], virtual.VirtualMonitor("WALL-4", 5760, 0, 1280, 720))
    screen = screens.screen_of(before)
    assert screen is not None
    assert screen.geometry().width() == 1280


def test_a_lost_monitor_is_told_at_once_with_where_it_was(
    screens: Screens, monitors: Callable[..., None], qtbot: QtBot
) -> None:
    lost: list[ScreenInfo] = []
    screens.lost.connect(lost.append)
    monitors(*WALL4[:3])
    assert [(each.name, each.x, each.y) for each in lost] == [("WALL-4", 1920, 1080)]
    assert screens.screen_of(lost[0]) is None


def test_no_monitor_at_all_is_no_error(screens: Screens, monitors: Callable[..., None]) -> None:
    monitors()
    assert screens.all() == []


def test_a_framed_window_has_the_room_of_its_monitor_before_anybody_enlarges_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a display without a window manager nobody does."""
    window, screen = QWidget(), QApplication.primaryScreen()
    qtbot.addWidget(window)
    monkeypatch.setattr(window, "showMaximized", window.show)
    frame(window, screen)
    assert window.isVisible() and window.size() == screen.availableGeometry().size()


def test_the_nearest_refuge() -> None:
    assert nearest([info("A", 0, 0), info("B", 3840, 0)], info("C", 1920 * 3, 0)) == info("B", 3840, 0)
    assert nearest([], info("C", 0, 0)) is None


@pytest.mark.parametrize("count", range(1, 7))
def test_virtual_walls_do_not_overlap_and_begin_with_the_desk(count: int, qapp: QApplication) -> None:
    made = virtual.wall(count)
    assert len({(each.x, each.y) for each in made}) == len({each.name for each in made}) == count
    assert made[0].name == min(each.name for each in made)  # Qt takes the first by name for the primary


def test_a_spec_by_hand() -> None:
    made = virtual.monitors("1920x1080+0+0,1280x1024+1920+0@2")
    assert [(each.x, each.width, each.dpr) for each in made] == [(0, 1920, 1.0), (1920, 1280, 2.0)]
    assert [each.x for each in virtual.monitors("800x600,800x600")] == [0, 800]


@pytest.mark.parametrize("spec", ["", "0", "7", "1920", "axb", "1920x1080+0", "1x1", "800x600," * 7 + "800x600", "²"])
def test_a_spec_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(Refused):
        virtual.monitors(spec)
