"""What sources tell, as marks on the map: warnings and floods with their shapes, vehicles, gauges, quakes, reports.

Colour is for the abnormal: a warning has that of its severity and its letter, water is blue by its depth. All else is
neutral. What may not be so any more is grey, hollow or hatched, never drawn as if it lived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF, QTransform

from widgets import marks, theme
from widgets.map_projection import TILE_PX
from widgets.map_shapes import Ring, Shape, snapped
from widgets.marks import Severity
from widgets.theme import Role
from widgets.tokens import Tokens

UNIT = TILE_PX * 2.0**16
"""Pixels of the whole square at zoom 16: the unit of paths."""
HEADINGS = 24
DEEPEST = 4


class Form(IntEnum):
    """What a mark is. The order is that of drawing: the last lies on top."""

    REPORT = 0
    GAUGE = 1
    VEHICLE = 2
    QUAKE = 3
    FLOOD = 4
    WARNING = 5


@dataclass(frozen=True, slots=True)
class MapMark:
    """One thing on the map."""

    key: str
    form: Form
    x: float
    y: float
    """In the square."""
    rank: int = 0
    """Of a warning its `Severity`, of a flood how deep (1 to 4), of a quake its whole magnitude. The higher on top."""
    shape: Shape | None = None
    bearing: float | None = None
    """Degrees clockwise from north, of a vehicle; None where it is not told."""
    text: str = ""
    """Said beside it where there is room."""
    doubtful: bool = False
    """It may not be so any more: its source is silent, or it is older than promised."""


def colour_of(tokens: Tokens, mark: MapMark) -> str:
    """The token of a mark."""
    if mark.form is Form.WARNING:  # one that holds by its own words holds, however its source stands
        return marks.severity_colour(tokens, Severity(mark.rank))
    if mark.doubtful:
        return tokens.stale
    return tokens.info if mark.form is Form.FLOOD else tokens.text


def side_of(tokens: Tokens, form: Form) -> int:
    """Width of a mark, px."""
    return tokens.px({Form.WARNING: 20, Form.FLOOD: 18, Form.QUAKE: 22, Form.VEHICLE: 14}.get(form, 12))


def fill_of(tokens: Tokens, mark: MapMark) -> QBrush:
    """How the shape of a mark is filled: lightly, so that what lies below is read; hatched where it is in doubt."""
    if mark.doubtful:
        return marks.hatch(tokens)
    tint = QColor(theme.colour(colour_of(tokens, mark)))
    tint.setAlpha(38 if mark.form is Form.WARNING else 30 + 30 * max(1, min(DEEPEST, mark.rank)))
    return QBrush(tint)


# shapes -------------------------------------------------------------------------------------------------------------


def _polygon(ring: Ring) -> QPolygonF:
    """A ring as Qt has it; by its own stream, for point by point takes twenty times as long."""
    raw = len(ring).to_bytes(4, "big") + ring.astype(">f8").tobytes()
    polygon = QPolygonF()
    QDataStream(QByteArray(raw)) >> polygon
    return polygon


def path_of(shape: Shape, level: int, origin: tuple[float, float]) -> QPainterPath:
    """The path of a shape around an origin, in `UNIT`s, no finer than is seen at that whole zoom."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)  # two areas of one warning may overlap: both are warned
    grid = 1.0 / (TILE_PX * 2.0**level)
    for polygon in shape.polygons:
        for ring in polygon:
            path.addPolygon(_polygon((snapped(ring, grid) - origin) * UNIT))
            path.closeSubpath()
    return path


# marks --------------------------------------------------------------------------------------------------------------


def mark_pixmap(tokens: Tokens, mark: MapMark, ratio: float) -> QPixmap:
    """The picture of a mark."""
    if mark.form is Form.WARNING:
        return marks.severity_pixmap(tokens, Severity(mark.rank), side_of(tokens, Form.WARNING), ratio)
    heading = -1
    if mark.form is Form.VEHICLE and mark.bearing is not None:
        heading = round(mark.bearing * HEADINGS / 360) % HEADINGS
    rank = mark.rank if mark.form is Form.FLOOD else 0
    return _drawn(tokens, (mark.form, rank, heading, mark.doubtful), ratio)


@lru_cache(512)
def _drawn(tokens: Tokens, kind: tuple[Form, int, int, bool], ratio: float) -> QPixmap:
    form, rank, heading, doubtful = kind
    px = side_of(tokens, form)
    made = QPixmap(max(1, round(px * ratio)), max(1, round(px * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(ratio)
    ink = theme.colour(tokens.stale if doubtful else tokens.text)
    body: QBrush | QColor = QBrush(Qt.BrushStyle.NoBrush) if doubtful else ink
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if form is Form.FLOOD:
            _water(painter, tokens, px, rank, doubtful)
            return made
        outline = _OUTLINES[form](px, heading)
        painter.strokePath(outline, QPen(theme.colour(tokens.halo), max(2.5, px / 5)))
        painter.setPen(QPen(ink, max(1.2, px / 10)))
        painter.setBrush(body if form in _SOLID else QBrush(Qt.BrushStyle.NoBrush))
        painter.drawPath(outline)
    return made


def _arrow(px: int, heading: int) -> QPainterPath:
    path = QPainterPath()
    if heading < 0:
        path.addEllipse(QPointF(px / 2, px / 2), px * 0.28, px * 0.28)
        return path
    path.addPolygon(QPolygonF([QPointF(x * px, y * px) for x, y in ((0, -0.42), (0.3, 0.36), (0, 0.18), (-0.3, 0.36))]))
    path.closeSubpath()
    return QTransform().translate(px / 2, px / 2).rotate(heading * 360 / HEADINGS).map(path)


def _diamond(px: int, _heading: int) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(
        QPolygonF([QPointF(x * px, y * px) for x, y in ((0.5, 0.12), (0.88, 0.5), (0.5, 0.88), (0.12, 0.5))])
    )
    path.closeSubpath()
    return path


def _rings(px: int, _heading: int) -> QPainterPath:
    path, middle = QPainterPath(), QPointF(px / 2, px / 2)
    for part in (0.12, 0.27, 0.42):
        path.addEllipse(middle, px * part, px * part)
    return path


def _bubble(px: int, _heading: int) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(px * 0.12, px * 0.12, px * 0.76, px * 0.56), px * 0.12, px * 0.12)
    path.addPolygon(QPolygonF([QPointF(x * px, y * px) for x, y in ((0.3, 0.66), (0.3, 0.92), (0.56, 0.66))]))
    return path.simplified()


_OUTLINES: dict[Form, Callable[[int, int], QPainterPath]] = {
    Form.VEHICLE: _arrow,
    Form.GAUGE: _diamond,
    Form.QUAKE: _rings,
    Form.REPORT: _bubble,
}
_SOLID = (Form.VEHICLE, Form.GAUGE)


def _water(painter: QPainter, tokens: Tokens, px: int, rank: int, doubtful: bool) -> None:
    """A drop's disc with the number of its depth."""
    painter.setPen(QPen(theme.colour(tokens.severity_edge), 1.0))
    painter.setBrush(theme.colour(tokens.stale if doubtful else tokens.info))
    drop = QPainterPath(QPointF(px / 2, 0.5))
    drop.cubicTo(px * 0.62, px * 0.24, px * 0.92, px * 0.40, px * 0.92, px * 0.62)
    drop.arcTo(QRectF(px * 0.08, px * 0.2, px * 0.84, px * 0.8 - 1), 0, -180)
    drop.cubicTo(px * 0.08, px * 0.40, px * 0.38, px * 0.24, px / 2, 0.5)
    painter.drawPath(drop)
    letter = theme.font(tokens, Role.STRONG)
    painter.setFont(letter)
    painter.setPen(theme.colour(tokens.on_severity))
    said = "?" if doubtful or not rank else str(rank)
    painter.drawText(QRectF(0, px * 0.16, px, px * 0.84), Qt.AlignmentFlag.AlignCenter, said)
