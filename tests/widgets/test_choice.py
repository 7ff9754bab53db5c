"""A value to choose: by mouse and space, whole however long, told by more than its colour."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from widgets.choice import Choice
from widgets.tokens import Tokens


@pytest.fixture
def choice(qtbot, tokens: Tokens) -> Choice:
    made = Choice()
    qtbot.addWidget(made)
    made.setText("Dinas Pekerjaan Umum & Penataan Ruang")
    made.resize(400, 40)
    made.show()
    made.activateWindow()
    return made


def test_mouse_and_space_choose(choice: Choice) -> None:
    QTest.mouseClick(choice, Qt.MouseButton.LeftButton)
    assert choice.isChecked()
    QTest.keyClick(choice, Qt.Key.Key_Space)
    assert not choice.isChecked()


@pytest.mark.parametrize(
    ("key", "step"),
    [("Left", [0, -1]), ("Right", [0, 1]), ("Up", [-1, 0]), ("Down", [1, 0])],
)
def test_arrows_are_told_and_choose_nothing(qtbot, choice: Choice, key: str, step: list[int]) -> None:
    with qtbot.waitSignal(choice.stepped) as told:
        QTest.keyClick(choice, getattr(Qt.Key, f"Key_{key}"))
    assert told.args == step
    assert not choice.isChecked()


def test_the_value_is_drawn_as_it_is(choice: Choice) -> None:
    assert choice.said == "Dinas Pekerjaan Umum & Penataan Ruang"
    choice.setText("<b>PU</b>\nbaris kedua")
    assert choice.said == "<b>PU</b> baris kedua"


def test_a_long_value_takes_more_lines_and_none_is_cut(choice: Choice) -> None:
    choice.setText("Dinas " * 20)
    assert choice.heightForWidth(150) > 2 * choice.heightForWidth(1200)


def test_chosen_looks_unlike_not_chosen_also_without_colour(choice: Choice) -> None:
    before = choice.grab().toImage()
    choice.setChecked(True)
    after = choice.grab().toImage()
    middle = choice.height() // 2
    ring = [(before.pixelColor(x, middle).lightness(), after.pixelColor(x, middle).lightness()) for x in range(8, 24)]
    assert any(abs(one - other) > 60 for one, other in ring)
