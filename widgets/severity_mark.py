"""How bad: shape, letter, colour and word together, so that none of them must be seen alone."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import marks, theme
from widgets.marks import Severity
from widgets.plain import one_line
from widgets.theme import Role

_AT = Qt.AlignmentFlag


class SeverityMark(QWidget):
    """Mark and, where one is given, the word: always hazard and word, never a bare number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._severity = Severity.STALE
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_severity(self, severity: Severity, word: str = "") -> None:
        """Show another severity. Without a word give the mark's meaning by `setAccessibleName`."""
        self._severity, self._word = severity, one_line(word)
        if self._word:
            self.setAccessibleName(self._word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        measure = theme.metrics(tokens, Role.STRONG)
        word = round(measure.horizontalAdvance(self._word)) + 2 * tokens.unit if self._word else 0
        return QSize(tokens.px(20) + word, tokens.px(22))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side = tokens.px(20)
        with QPainter(self) as painter:
            drawn = marks.severity_pixmap(tokens, self._severity, side, self.devicePixelRatioF())
            painter.drawPixmap(0, (self.height() - side) // 2, drawn)
            painter.setFont(theme.font(tokens, Role.STRONG))
            painter.setPen(theme.colour(tokens.text))
            room = self.rect().adjusted(side + 2 * tokens.unit - tokens.px(2), 0, 0, 0)
            painter.drawText(room, _AT.AlignVCenter | _AT.AlignLeft, self._word)
