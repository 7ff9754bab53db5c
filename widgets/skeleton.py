"""What stands where content will come: quiet bars in its rhythm. It does not move: motion is for nothing here."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets import theme

_WIDTHS = (0.62, 0.48, 0.71, 0.55, 0.40, 0.66)


class Skeleton(QWidget):
    """Rows of bars, as many as there is room for."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        row, bar, margin = tokens.row, tokens.px(10), 4 * tokens.unit
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(tokens.skeleton))
            for index in range(max(0, (self.height() - margin) // row)):
                top = margin + index * row
                room = self.width() - 2 * margin - 3 * row
                painter.drawRoundedRect(QRectF(margin, top, bar, bar), bar / 2, bar / 2)
                wide = room * _WIDTHS[index % len(_WIDTHS)]
                painter.drawRoundedRect(QRectF(margin + row, top, wide, bar), 2, 2)
                painter.drawRoundedRect(QRectF(self.width() - margin - 2 * row, top, 2 * row, bar), 2, 2)
