"""Small marks, drawn once and kept as pixmaps: severity, state of a complaint, standing of a source.

Never colour alone: a severity has its shape and letter, a state fills its ring, a source's standing has its glyph.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from console.core.lifecycle import State
from console.core.records import SourceState
from widgets import theme
from widgets.tokens import Tokens


class Severity(IntEnum):
    """How bad. The order is the order of drawing: the worst lies on top."""

    STALE = 0
    INFO = 1
    WASPADA = 2
    SIAGA = 3
    AWAS = 4


LETTERS = {
    Severity.AWAS: "A",
    Severity.SIAGA: "S",
    Severity.WASPADA: "W",
    Severity.INFO: "i",
    Severity.STALE: "?",
}


def severity_colour(tokens: Tokens, severity: Severity) -> str:
    """The token of a severity."""
    return {
        Severity.AWAS: tokens.awas,
        Severity.SIAGA: tokens.siaga,
        Severity.WASPADA: tokens.waspada,
        Severity.INFO: tokens.info,
        Severity.STALE: tokens.stale,
    }[severity]


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()
    return path


@lru_cache(16)
def severity_shape(severity: Severity) -> QPainterPath:
    """Its shape in a square from 0 to 1: octagon, triangle, diamond, disc, square."""
    if severity is Severity.AWAS:
        low, high = 0.30, 0.70
        return _polygon((low, 0), (high, 0), (1, low), (1, high), (high, 1), (low, 1), (0, high), (0, low))
    if severity is Severity.SIAGA:
        return _polygon((0.5, 0), (1.04, 0.96), (-0.04, 0.96))
    if severity is Severity.WASPADA:
        return _polygon((0.5, -0.03), (1.03, 0.5), (0.5, 1.03), (-0.03, 0.5))
    path = QPainterPath()
    if severity is Severity.INFO:
        path.addEllipse(QRectF(0.02, 0.02, 0.96, 0.96))
    else:
        path.addRect(QRectF(0.06, 0.06, 0.88, 0.88))
    return path


def _canvas(px: int, ratio: float, draw: Callable[[QPainter], None]) -> QPixmap:
    made = QPixmap(max(1, round(px * ratio)), max(1, round(px * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(ratio)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
    return made


@lru_cache(64)
def severity_pixmap(tokens: Tokens, severity: Severity, px: int, ratio: float = 1.0) -> QPixmap:
    """A severity mark `px` wide: filled shape, dark edge, its letter."""

    def draw(painter: QPainter) -> None:
        inner = px - 2
        painter.translate(1, 1)
        painter.scale(inner, inner)
        edge = QPen(QColor(tokens.severity_edge), 1.0)
        edge.setCosmetic(True)
        painter.setPen(edge)
        painter.setBrush(QColor(severity_colour(tokens, severity)))
        painter.drawPath(severity_shape(severity))
        painter.resetTransform()
        painter.scale(1, 1)
        letter = QFont(theme.font(tokens))
        letter.setPixelSize(max(6, round(px * (0.50 if severity is Severity.SIAGA else 0.60))))
        letter.setWeight(QFont.Weight.Bold)
        painter.setFont(letter)
        painter.setPen(QColor(tokens.on_severity))
        down = px * (0.14 if severity is Severity.SIAGA else 0.0)
        painter.drawText(QRectF(0, down, px, px), Qt.AlignmentFlag.AlignCenter, LETTERS[severity])

    return _canvas(px, ratio, draw)


_PART = {
    State.NEW: 0.0,
    State.REOPENED: 0.0,
    State.VERIFIED: 0.25,
    State.DISPOSED: 0.5,
    State.DIVERTED: 0.5,
    State.SCHEDULED: 0.5,
    State.POSTPONED: 0.5,
    State.IN_PROGRESS: 0.7,
    State.AWAITING_VALIDATION: 0.9,
}
_DONE = (State.DONE, State.DONE_ACCEPTED)
_OFF = (State.VERIFICATION_FAILED, State.NOT_OURS, State.DUPLICATE, State.PRANK)


def state_colour(tokens: Tokens, state: State) -> str:
    """Its colour as LAKSA gives it: in, in work, done; grey for what left the road."""
    if state in (State.NEW, State.REOPENED):
        return tokens.state_in
    if state in _DONE:
        return tokens.state_done
    return tokens.state_work if state in _PART else tokens.state_off


@lru_cache(256)
def state_pixmap(tokens: Tokens, state: State, px: int, ratio: float = 1.0) -> QPixmap:
    """The mark of a state: a ring that fills along the road; a tick when done, a bar across when off the road."""

    def draw(painter: QPainter) -> None:
        ink = QColor(state_colour(tokens, state))
        stroke = max(1.25, px / 9)
        ring = QRectF(stroke / 2 + 0.5, stroke / 2 + 0.5, px - stroke - 1, px - stroke - 1)
        painter.setPen(QPen(ink, stroke))
        finished = state in _DONE or state is State.CLOSED_BY_SYSTEM
        painter.setBrush(ink if finished else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(ring)
        mark = QPen(QColor(tokens.panel if finished else ink), stroke * 1.1)
        mark.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(mark)
        if finished:
            painter.drawPolyline([QPointF(px * x, px * y) for x, y in ((0.30, 0.52), (0.44, 0.66), (0.70, 0.36))])
        elif state in _OFF:
            painter.drawLine(QPointF(px * 0.26, px * 0.74), QPointF(px * 0.74, px * 0.26))
        elif state in (State.UNKNOWN, State.REOPENED):
            painter.drawPoint(ring.center())
            painter.setBrush(ink)
            painter.drawEllipse(ring.center(), px * 0.08, px * 0.08)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            inner = ring.adjusted(stroke, stroke, -stroke, -stroke)
            painter.drawPie(inner, 90 * 16, -round(_PART[state] * 360 * 16))

    return _canvas(px, ratio, draw)


HATCHED = frozenset({SourceState.STALE, SourceState.LOST, SourceState.SHAPE_CHANGED, SourceState.DENIED})
"""Standings older than promised: hatched wherever they are drawn."""
BROKEN = frozenset({SourceState.LOST, SourceState.SHAPE_CHANGED, SourceState.DENIED})


def hatch(tokens: Tokens) -> QBrush:
    """The hatch that means "older than promised"."""
    return QBrush(theme.colour(tokens.stale), Qt.BrushStyle.BDiagPattern)


@lru_cache(64)
def source_pixmap(tokens: Tokens, state: SourceState, px: int, ratio: float = 1.0) -> QPixmap:
    """How a source stands: disc, half disc, hatched square, ring with a bar, triangle with "!", crossed ring."""

    def draw(painter: QPainter) -> None:
        ink = QColor(tokens.second)
        box = QRectF(1.5, 1.5, px - 3, px - 3)
        painter.setPen(QPen(ink, 1.5))
        if state is SourceState.FRESH:
            painter.setBrush(ink)
            painter.drawEllipse(box)
        elif state is SourceState.AGEING:
            painter.drawEllipse(box)
            painter.setBrush(ink)
            painter.drawChord(box, -90 * 16, 180 * 16)
        elif state is SourceState.STALE:
            painter.setPen(QPen(QColor(tokens.stale), 1.5))
            painter.setBrush(hatch(tokens))
            painter.drawRect(box)
        elif state is SourceState.SILENT:
            painter.drawEllipse(box)
            painter.drawLine(QPointF(px * 0.3, px / 2), QPointF(px * 0.7, px / 2))
        elif state in BROKEN:
            painter.drawPixmap(0, 0, severity_pixmap(tokens, Severity.SIAGA, px, ratio))
        elif state is SourceState.CUT:
            painter.drawEllipse(box)
            painter.drawLine(QPointF(px * 0.28, px * 0.72), QPointF(px * 0.72, px * 0.28))
        else:
            painter.setPen(QPen(ink, 1.5, Qt.PenStyle.DotLine))
            painter.drawEllipse(box)

    return _canvas(px, ratio, draw)


def focus_ring(painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
    """The near-white ring of what has the keyboard."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(theme.pen(tokens.focus, 2.0))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), tokens.unit, tokens.unit)
    painter.restore()
