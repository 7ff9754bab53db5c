"""Rows of bars: choosing by hand and keys, the unknown, many rows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from widgets import theme
from widgets.bar_rows import BarRow, BarRows
from widgets.tokens import Tokens, scaled


@pytest.fixture
def rows(qtbot, dark: Tokens) -> BarRows:
    made = BarRows("Per kecamatan")
    qtbot.addWidget(made)
    made.set_rows([BarRow(f"k{number}", f"Nama {number}", 100 - number, str(100 - number)) for number in range(40)])
    made.resize(300, 130)
    made.show()
    return made


def test_a_click_tells_the_key(qtbot, rows: BarRows) -> None:
    with qtbot.waitSignal(rows.row_clicked) as clicked:
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 26 * 2 + 5))
    assert clicked.args == ["k2"]
    assert rows.current_key == "k2"


def test_keys_walk_scroll_and_choose(qtbot, rows: BarRows) -> None:
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(rows.hasFocus)
    assert rows.current_key == "k0"
    QTest.keyClick(rows, Qt.Key.Key_End)
    assert rows.current_key == "k39"
    assert rows.verticalScrollBar().value() == rows.verticalScrollBar().maximum()
    assert "Nama 39" in rows.accessibleDescription()
    QTest.keyClick(rows, Qt.Key.Key_Up)
    with qtbot.waitSignal(rows.row_clicked) as clicked:
        QTest.keyClick(rows, Qt.Key.Key_Return)
    assert clicked.args == ["k38"]
    QTest.keyClick(rows, Qt.Key.Key_Home)
    assert rows.verticalScrollBar().value() == 0


def test_the_choice_stays_with_its_key_when_rows_move(rows: BarRows) -> None:
    rows.set_current("k3")
    rows.set_rows([BarRow("k3", "Nama 3", 5, "5"), BarRow("k1", "Nama 1", 9, "9")])
    assert rows.current_key == "k3"
    rows.set_rows([BarRow("k1", "Nama 1", 9, "9")])
    assert rows.current_key == ""


def test_unknown_is_a_dash_and_no_bar(qtbot, dark: Tokens) -> None:
    known, unknown = BarRows(), BarRows()
    for each, value in ((known, 0.0), (unknown, None)):
        qtbot.addWidget(each)
        each.set_rows([BarRow("a", "Nama", value, "0")], most=10)
        each.resize(200, 30)
    assert known.grab().toImage() != unknown.grab().toImage()


def test_no_rows_and_no_room_are_no_trouble(rows: BarRows) -> None:
    rows.set_rows([])
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert rows.current_key == ""
    rows.set_rows([BarRow("a", "<b>" + "x" * 5000, 1e300, "1" * 300)])
    rows.resize(10, 10)
    rows.grab()


def test_hover_tells_more(rows: BarRows) -> None:
    rows.set_rows([BarRow("a", "Nama", 1, "1", hover="<b>12</b> terlambat")])
    QTest.mouseMove(rows.viewport(), QPoint(20, 10))
    assert rows.row_at(10) == 0
    assert rows.row_at(-5) == rows.row_at(500) == -1


def test_at_its_whole_width_every_name_is_read(qtbot, dark: Tokens) -> None:
    bars = BarRows()
    qtbot.addWidget(bars)
    bars.set_rows([BarRow("a", "Kecamatan Karang Mulya Sejahtera", 7, "1.234"), BarRow("b", "Ibu", 3, "3")])
    bars.resize(400, 200)
    bars.show()
    for tokens in (dark, scaled(dark, 2.5)):
        theme.dress(bars, tokens)
        bars.resize(bars.whole_px, 200)
        assert bars._columns(tokens).label == bars._needed(tokens)[0]
        bars.resize(bars.whole_px - 20, 200)
        assert bars._columns(tokens).label < bars._needed(tokens)[0]
