"""How a source or the centre stands, as its glyph alone; the word stands beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.core.records import SourceState
from widgets import marks, theme


class SourceMark(QWidget):
    """Give it a state by `show_state`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = SourceState.NEVER
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, state: SourceState) -> None:
        """Show another standing."""
        self.state = state
        self.update()

    def sizeHint(self) -> QSize:
        side = theme.of(self).px(16)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            drawn = marks.source_pixmap(tokens, self.state, self.width(), self.devicePixelRatioF())
            painter.drawPixmap(0, 0, drawn)
