"""A long sheet rolls up and down in its panel, never sideways."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.roll import Roll


def sheet(lines: int) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    for number in range(lines):
        label = QLabel(f"baris {number} " + "kata " * 40)
        label.setWordWrap(True)
        column.addWidget(label)
    return made


def test_a_sheet_is_as_wide_as_the_roll_and_rolls_down(qtbot: QtBot) -> None:
    roll = Roll(sheet(60))
    qtbot.addWidget(roll)
    roll.resize(300, 200)
    with qtbot.waitExposed(roll):
        roll.show()
    assert roll.widget().width() == roll.viewport().width()
    assert roll.verticalScrollBar().maximum() > 0
    assert not roll.horizontalScrollBar().isVisible()


def test_the_keyboard_is_for_its_rows_unless_said(qtbot: QtBot) -> None:
    for roll, policy in (
        (Roll(), Qt.FocusPolicy.NoFocus),
        (Roll(sheet(1), Qt.FocusPolicy.StrongFocus), Qt.FocusPolicy.StrongFocus),
    ):
        qtbot.addWidget(roll)
        assert roll.focusPolicy() is policy
