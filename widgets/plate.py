"""What lies over something else: its raised ground with an edge, its place when that is resized, and the keyboard
given back when it goes."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from widgets import theme


def paint_plate(widget: QWidget, ground: str, edge: str) -> None:
    """The ground of a plate in these colours of the theme (tokens), with round corners. For its `paintEvent`."""
    with QPainter(widget) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen(edge))
        painter.setBrush(theme.colour(ground))
        unit = theme.of(widget).unit
        painter.drawRoundedRect(widget.rect().adjusted(0, 0, -1, -1), unit, unit)


def give_back(before: QWidget | None, under: QWidget) -> None:
    """The keyboard goes back to the widget that had it; to what was lain over where that one is gone or out of sight.

    A panel may have been made anew meanwhile, with all that was in it.
    """
    there = before is not None and shiboken6.isValid(before) and before.isEnabled() and before.isVisibleTo(under)
    (before if before is not None and there else under).setFocus(Qt.FocusReason.PopupFocusReason)


class Above(QObject):
    """Tells a plate that is to be seen when what it lies over has another size. Lives as long as the plate."""

    def __init__(self, plate: QWidget, under: QWidget, place: Callable[[], None]) -> None:
        super().__init__(plate)
        self._plate = plate
        self._place = place
        under.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and not self._plate.isHidden():
            self._place()
        return False
