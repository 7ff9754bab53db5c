"""One of several values to choose: a ring that fills, the value beside it, on as many lines as it needs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from widgets import marks, theme
from widgets.plain import one_line
from widgets.theme import Role

_AT = Qt.AlignmentFlag
_ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_FLAGS = int(_AT.AlignVCenter | _AT.AlignLeft) | int(Qt.TextFlag.TextWordWrap)


class Choice(QAbstractButton):
    """Checked means chosen. Those of one parent exclude each other only where the caller says so."""

    stepped = Signal(int, int)
    """An arrow was pressed: rows down, columns to the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def setText(self, text: str) -> None:
        """Say another value. The accessible name stays the caller's."""
        super().setText(one_line(text).replace("&", "&&"))
        self.updateGeometry()

    @property
    def said(self) -> str:
        """The value as drawn."""
        return self.text().replace("&&", "&")

    def _room(self, width: int) -> int:
        tokens = theme.of(self)
        return max(tokens.px(40), width - tokens.px(16) - 6 * tokens.unit)

    def heightForWidth(self, width: int) -> int:
        tokens = theme.of(self)
        room = QRect(0, 0, self._room(width), 10_000)
        # Measured as if chosen: a value must not move when its weight changes.
        needed = theme.metrics(tokens, Role.STRONG).boundingRect(QRectF(room), _FLAGS, self.said)
        return max(tokens.px(32), round(needed.height()) + 3 * tokens.unit)

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        wide = theme.metrics(tokens, Role.STRONG).horizontalAdvance(self.said) + tokens.px(16) + 6 * tokens.unit + 2
        width = min(round(wide), tokens.px(260))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.of(self).px(96), theme.of(self).px(32))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space chooses. The arrows are told to who arranged the choices: a button alone knows no left and right."""
        if event.key() in _ARROWS:
            self.stepped.emit(*_ARROWS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side, left = tokens.px(14), 2 * tokens.unit
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            on = self.isChecked()
            ground = tokens.selected if on else tokens.hover if self.underMouse() else tokens.panel
            painter.setPen(theme.pen(tokens.edge if on else tokens.line))
            painter.setBrush(theme.colour(ground))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tokens.unit, tokens.unit)
            middle = QPointF(left + side / 2, self.height() / 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.pen(tokens.text if on else tokens.edge, 1.5))
            painter.drawEllipse(middle, side / 2 - 1, side / 2 - 1)
            if on:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(tokens.text))
                painter.drawEllipse(middle, side / 4, side / 4)
            painter.setFont(theme.font(tokens, Role.STRONG if on else Role.BODY))
            painter.setPen(theme.colour(tokens.text))
            room = QRect(left + side + 2 * tokens.unit, 0, self._room(self.width()), self.height())
            painter.drawText(room, _FLAGS, self.said)
            if self.hasFocus():
                marks.focus_ring(painter, QRectF(self.rect()), tokens)
