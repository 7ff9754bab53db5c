"""A line to look for something in. Its mark is drawn here: Qt draws one that is added at 16 px, on a wall as well."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from widgets import icons, theme
from widgets.scaled import TURNS

MOST = 200
"""Letters that are looked for at most."""


class SearchField(QLineEdit):
    """Typed words out by `textChanged`; the cross clears it."""

    def __init__(self) -> None:
        super().__init__()
        self.setClearButtonEnabled(True)
        self.setMaxLength(MOST)
        self._make_room()

    def _make_room(self) -> None:
        """The text begins right of the mark."""
        tokens = theme.of(self)
        self.setTextMargins(tokens.icon + tokens.unit, 0, 0, 0)
        self.setMinimumWidth(tokens.px(100))

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in TURNS:
            self._make_room()
        return handled

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tokens = theme.of(self)
        with QPainter(self) as painter:
            mark = icons.pixmap("search", tokens.icon, tokens.second, self.devicePixelRatioF())
            painter.drawPixmap(2 * tokens.unit, (self.height() - tokens.icon) // 2, mark)
