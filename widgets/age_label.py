"""How old what one sees is: a mark, a short text, and on hover the whole story. Older than promised is hatched."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.core.records import SourceState
from widgets import marks, theme
from widgets.plain import lines, one_line, tip
from widgets.theme import Role

_AT = Qt.AlignmentFlag


class AgeLabel(QWidget):
    """Shows "12 dtk" with the mark of how the source stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = SourceState.NEVER
        self._text = "—"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def state(self) -> SourceState:
        """How the source stands."""
        return self._state

    @property
    def text(self) -> str:
        """The age as said."""
        return self._text

    def show_age(self, state: SourceState, text: str, hover: str = "") -> None:
        """Show another age. `hover` says source, observed, received and next, one a line."""
        text = one_line(text) or "—"
        self.setToolTip(tip(hover))
        self.setAccessibleName(text)
        self.setAccessibleDescription(lines(hover, 1000))
        if (state, text) != (self._state, self._text):
            self._state, self._text = state, text
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        measure = theme.metrics(tokens, Role.SECOND)
        width = measure.horizontalAdvance(self._text) + tokens.px(12) + 5 * tokens.unit
        return QSize(round(width), tokens.px(22))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side = tokens.px(12)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        with QPainter(self) as painter:
            left = 2 * tokens.unit
            if self._state in marks.HATCHED:
                painter.setPen(theme.pen(tokens.stale))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.fillRect(
                    QRectF(box.left(), box.top(), side + 2 * tokens.unit, box.height()), marks.hatch(tokens)
                )
                painter.drawRoundedRect(box, tokens.unit, tokens.unit)
                left = tokens.unit
            ratio = self.devicePixelRatioF()
            if self._state is not SourceState.STALE:
                top = (self.height() - side) // 2
                painter.drawPixmap(left, top, marks.source_pixmap(tokens, self._state, side, ratio))
            painter.setFont(theme.font(tokens, Role.SECOND))
            painter.setPen(theme.colour(tokens.text if self._state in marks.HATCHED else tokens.second))
            room = self.rect().adjusted(side + 3 * tokens.unit, 0, -tokens.unit, 0)
            painter.drawText(room, _AT.AlignVCenter | _AT.AlignLeft, self._text)
