"""One headline number: what it is, how it stands to the usual, and its last 24 hours as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import marks, theme
from widgets.marks import Severity
from widgets.plain import one_line, tip
from widgets.theme import Role
from widgets.tokens import Tokens

_AT = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Figure:
    """What it shows, already said. `number` "" is not known: then `why` says the reason on hover."""

    label: str
    number: str
    change: str = ""
    why: str = ""
    trend: Sequence[float] = ()
    target: float | None = None
    severity: Severity | None = None
    """Set only where the number is abnormal: then its mark stands beside it."""


def paint_trend(painter: QPainter, tokens: Tokens, box: QRectF, figure: Figure) -> None:
    """The sparkline: one thin line, its last point, the target as a dashed line."""
    values = [value for value in figure.trend if math.isfinite(value)]
    if len(values) < 2 or box.width() < 8:
        return
    most = max([*values, figure.target or 0.0]) or 1.0
    least = min(0.0, *values)
    span = (most - least) or 1.0
    step = box.width() / (len(values) - 1)

    def height(value: float) -> float:
        return box.bottom() - (value - least) / span * box.height()

    if figure.target is not None:
        painter.setPen(theme.pen(tokens.faint, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(box.left(), height(figure.target)), QPointF(box.right(), height(figure.target)))
    points = [QPointF(box.left() + number * step, height(value)) for number, value in enumerate(values)]
    painter.setPen(theme.pen(tokens.second, 1.25))
    painter.drawPolyline(points)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(tokens.text))
    painter.drawEllipse(points[-1], 2.5, 2.5)


class KeyFigure(QWidget):
    """Label above, number large, change below, the line at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure = Figure("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def figure(self) -> Figure:
        """What is shown."""
        return self._figure

    def show_figure(self, figure: Figure) -> None:
        """Show another number; the same again draws nothing."""
        if figure == self._figure:
            return
        self._figure = figure
        self.setToolTip(tip(figure.why))
        told = (figure.label, figure.number or "—", figure.change, figure.why)
        self.setAccessibleName(one_line(" ".join(each for each in told if each)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        wide = theme.metrics(tokens, Role.KEY).horizontalAdvance(self._figure.number or "—") + tokens.px(120)
        return QSize(max(tokens.px(200), round(wide)), self._heights(tokens)[-1])

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.of(self).px(120), self.sizeHint().height())

    @staticmethod
    def _heights(tokens: Tokens) -> tuple[int, int, int]:
        """Bottom of label, of number, of change."""
        small, large = theme.metrics(tokens, Role.SECOND).height(), theme.metrics(tokens, Role.KEY).height()
        label = round(small) + tokens.unit
        return label, label + round(large * 0.96), label + round(large * 0.96 + small) + tokens.unit

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, figure = theme.of(self), self._figure
        label, number, change = self._heights(tokens)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            wide = self._number(painter, tokens, QRect(0, label, self.width(), number - label))
            small = theme.metrics(tokens, Role.SECOND)
            painter.setFont(theme.font(tokens, Role.SECOND))
            painter.setPen(theme.colour(tokens.second))
            for text, top, bottom in ((figure.label, 0, label), (figure.change, number, change)):
                shown = small.elidedText(one_line(text), Qt.TextElideMode.ElideRight, self.width())
                painter.drawText(QRect(0, top, self.width(), bottom - top), _AT.AlignLeft | _AT.AlignVCenter, shown)
            left = wide + tokens.px(20)
            room = QRectF(left, label + tokens.px(6), self.width() - left - 4, number - label - tokens.px(14))
            if room.width() >= tokens.px(40):
                paint_trend(painter, tokens, room, figure)

    def _number(self, painter: QPainter, tokens: Tokens, room: QRect) -> int:
        """Draw the number, and its mark where it is abnormal; gives where the two end."""
        text = one_line(self._figure.number) or "—"
        painter.setFont(theme.font(tokens, Role.KEY))
        painter.setPen(theme.colour(tokens.text))
        painter.drawText(room, _AT.AlignLeft | _AT.AlignVCenter, text)
        end = round(theme.metrics(tokens, Role.KEY).horizontalAdvance(text))
        if self._figure.severity is None:
            return end
        side = tokens.px(20)
        mark = marks.severity_pixmap(tokens, self._figure.severity, side, self.devicePixelRatioF())
        painter.drawPixmap(end + 2 * tokens.unit, room.center().y() - side // 2, mark)
        return end + 2 * tokens.unit + side
