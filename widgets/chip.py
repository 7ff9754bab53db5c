"""A filter as a chip in the title row: on or off, or one that can be taken away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from widgets import icons, marks, theme
from widgets.plain import one_line, tip
from widgets.theme import Role

_AT = Qt.AlignmentFlag
_WIDEST = 220


class Chip(QAbstractButton):
    """Checked means the filter holds. A removable one has a cross, and Delete takes it away too."""

    removed = Signal()

    def __init__(self, text: str = "", *, removable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._removable = removable
        self.setCheckable(not removable)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        self.setText(one_line(text, 80).replace("&", "&&"))
        self.setAccessibleName(one_line(text, 80))
        self.updateGeometry()

    @property
    def _said(self) -> str:
        return self.text().replace("&&", "&")

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        extra = tokens.px(16) if self._removable else 0
        wide = theme.metrics(tokens, Role.SECOND).horizontalAdvance(self._said) + 4 * tokens.unit + extra + 2
        return QSize(min(tokens.px(_WIDEST), round(wide)), tokens.px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), theme.of(self).px(48)), self.sizeHint().height())

    def _cross(self) -> QRectF:
        tokens = theme.of(self)
        side = tokens.px(12)
        return QRectF(self.width() - side - 1.5 * tokens.unit, (self.height() - side) / 2, side, side)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._removable and self._cross().adjusted(-6, -6, 6, 6).contains(event.position()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._removable and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on = self.isChecked() or self._removable
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.pen(tokens.edge if on else tokens.line))
            ground = tokens.selected if on else tokens.hover if self.underMouse() else tokens.panel
            painter.setBrush(theme.colour(ground))
            painter.drawRoundedRect(box, tokens.unit, tokens.unit)
            inner = self.rect().adjusted(2 * tokens.unit, 0, -2 * tokens.unit, 0)
            if self._removable:
                cross = self._cross()
                drawn = icons.pixmap("close", round(cross.width()), tokens.second, self.devicePixelRatioF())
                painter.drawPixmap(cross.topLeft(), drawn)
                inner.setRight(round(cross.left()) - 2)
            measure = theme.metrics(tokens, Role.SECOND)
            shown = measure.elidedText(self._said, Qt.TextElideMode.ElideRight, inner.width() + 1)
            self.setToolTip(tip(self._said) if shown != self._said else "")
            painter.setFont(theme.font(tokens, Role.SECOND))
            painter.setPen(theme.colour(tokens.text if on else tokens.second))
            painter.drawText(inner, _AT.AlignVCenter | _AT.AlignLeft, shown)
            if self.hasFocus():
                marks.focus_ring(painter, QRectF(self.rect()), tokens)
