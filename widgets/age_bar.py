"""How much of its time a thing has used: a thin bar that fills, and turns only when it is late."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.plain import one_line, tip
from widgets.tokens import Tokens


def paint_age_bar(painter: QPainter, tokens: Tokens, box: QRectF, part: float | None) -> None:
    """Draw it into `box`: `part` of the time is used, over 1 is late; None is not known and drawn dotted."""
    if part is None:
        painter.setPen(theme.pen(tokens.faint, 1.0, Qt.PenStyle.DotLine))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        return
    painter.fillRect(box, theme.colour(tokens.line))
    late = part > 1
    filled = QRectF(box.left(), box.top(), box.width() * min(1.0, max(0.0, part)), box.height())
    painter.fillRect(filled, theme.colour(tokens.siaga if late else tokens.second))
    if late:  # a step down at its end, so that late is not told by colour alone
        step = QRectF(box.right() - 2, box.top() - box.height(), 2, 3 * box.height())
        painter.fillRect(step, theme.colour(tokens.siaga if tokens.dark else tokens.text))


class AgeBar(QWidget):
    """The same as a widget."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_part(self, part: float | None, says: str) -> None:
        """Show how much is used; `says` tells it in words, for hover and screen reader."""
        self._part = part
        self.setToolTip(tip(says))
        self.setAccessibleName(one_line(says))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, theme.of(self).px(10))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        thick = tokens.px(3)
        with QPainter(self) as painter:
            box = QRectF(0, (self.height() - thick) / 2, self.width(), thick)
            paint_age_bar(painter, tokens, box, self._part)
