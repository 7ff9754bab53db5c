"""A glyph alone, where the word stands beside it: how a source or the centre stands, and how grave something is."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.core.records import SourceState
from widgets import marks, theme
from widgets.marks import Severity
from widgets.tokens import Tokens


class Glyph(QWidget):
    """A square as high as a line of text; what stands in it is for each kind to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def drawn(self, tokens: Tokens, side: int, ratio: float) -> QPixmap:
        """The glyph, `side` logical pixels wide, for a screen of that ratio."""
        raise NotImplementedError

    def sizeHint(self) -> QSize:
        side = theme.of(self).px(16)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self.drawn(theme.of(self), self.width(), self.devicePixelRatioF()))


class SourceMark(Glyph):
    """Give it a state by `show_state`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = SourceState.NEVER

    def show_state(self, state: SourceState) -> None:
        """Show another standing."""
        self.state = state
        self.update()

    def drawn(self, tokens: Tokens, side: int, ratio: float) -> QPixmap:
        return marks.source_pixmap(tokens, self.state, side, ratio)


class SeverityMark(Glyph):
    """How grave something is."""

    def __init__(self, severity: Severity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.severity = severity

    def drawn(self, tokens: Tokens, side: int, ratio: float) -> QPixmap:
        return marks.severity_pixmap(tokens, self.severity, side, ratio)
