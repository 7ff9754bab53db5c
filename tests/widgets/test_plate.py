"""What lies over something else has a ground of its own and keeps its place there."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from widgets import theme
from widgets.plate import Above, give_back, paint_plate


class Plate(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.raised, tokens.edge)


def test_its_ground_and_edge_are_what_was_asked(qtbot: QtBot) -> None:
    plate = Plate()
    qtbot.addWidget(plate)
    plate.resize(80, 60)
    tokens, image = theme.of(plate), plate.grab().toImage()
    assert image.pixelColor(40, 30) == theme.colour(tokens.raised)
    edge = image.pixelColor(40, 0)  # smoothed half and half with what lies beneath
    assert edge != theme.colour(tokens.raised)
    assert edge != image.pixelColor(0, 0)  # the corners are round


def test_it_is_placed_again_while_it_is_seen(qtbot: QtBot) -> None:
    under = QWidget()
    qtbot.addWidget(under)
    plate = Plate(under)
    placed: list[QSize] = []
    Above(plate, under, lambda: placed.append(under.size()))
    with qtbot.waitExposed(under):
        under.show()
    plate.hide()
    placed.clear()
    under.resize(300, 200)
    QApplication.processEvents()
    assert not placed
    plate.show()
    under.resize(400, 300)
    qtbot.waitUntil(lambda: placed[-1:] == [QSize(400, 300)])


def test_the_keyboard_goes_back_or_to_what_was_lain_over(qtbot: QtBot) -> None:
    under = QWidget()
    under.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    qtbot.addWidget(under)
    before, other = QLineEdit(under), QLineEdit(under)
    with qtbot.waitExposed(under):
        under.show()
    other.setFocus()
    give_back(before, under)
    assert under.window().focusWidget() is before
    before.hide()
    give_back(before, under)
    assert under.window().focusWidget() is under
    before.show()
    give_back(before, under)
    assert under.window().focusWidget() is before
    shiboken6.delete(before)
    give_back(before, under)
    assert under.window().focusWidget() is under
    other.setFocus()
    give_back(None, under)
    assert under.window().focusWidget() is under
