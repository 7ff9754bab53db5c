"""The state of a complaint: a small mark and its word. LAKSA's colours live in the mark alone."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.core.lifecycle import State
from widgets import marks, theme
from widgets.plain import one_line, tip
from widgets.theme import Role

_AT = Qt.AlignmentFlag
_NARROW_PX = 120


class StateMark(QWidget):
    """Mark and word of one state; the word is said by the caller, or is the source's own for an unknown one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = State.UNKNOWN
        self._word = "—"
        self._pending = False
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_state(self, state: State, word: str, *, pending: bool = False) -> None:
        """Show another state. `pending` underlines the word with dots: the centre does not hold it yet."""
        self._state, self._word, self._pending = state, one_line(word) or "—", pending
        self.setAccessibleName(self._word)
        self.updateGeometry()
        self.update()

    @property
    def word(self) -> str:
        """The word as drawn."""
        return self._word

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        measure = theme.metrics(tokens, Role.BODY)
        return QSize(
            round(measure.horizontalAdvance(self._word)) + tokens.px(14) + 2 * tokens.unit,
            max(tokens.px(18), round(measure.height()) + tokens.unit),
        )

    def minimumSizeHint(self) -> QSize:
        """The word gives way where there is no room: a source's own may be any length."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), theme.of(self).px(_NARROW_PX)), hint.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side = tokens.px(14)
        with QPainter(self) as painter:
            drawn = marks.state_pixmap(tokens, self._state, side, self.devicePixelRatioF())
            painter.drawPixmap(0, (self.height() - side) // 2, drawn)
            painter.setFont(theme.font(tokens, Role.BODY))
            painter.setPen(theme.colour(tokens.text))
            room = self.rect().adjusted(side + 2 * tokens.unit - tokens.px(2), 0, 0, 0)
            measure = theme.metrics(tokens, Role.BODY)
            shown = measure.elidedText(self._word, Qt.TextElideMode.ElideRight, room.width())
            self.setToolTip(tip(self._word) if shown != self._word else "")
            painter.drawText(room, _AT.AlignVCenter | _AT.AlignLeft, shown)
            if self._pending:
                painter.setPen(theme.pen(tokens.second, 1.0, Qt.PenStyle.DotLine))
                painter.drawLine(room.left(), self.height() - 2, room.right(), self.height() - 2)
