"""Names on the map: with a halo, never over one another, the more important first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPen, QPixmap

from widgets import theme
from widgets.plain import one_line
from widgets.theme import Role
from widgets.tokens import Tokens

_GAP = 3.0
_STEPS = (0.0, -0.6, 0.6, -1.1, 1.1)
"""Where a label may stand, in its own heights above or below its place, best first."""


@dataclass(frozen=True, slots=True)
class MapLabel:
    """One label wanted: where its middle should be (px), what it says, and the room its area has (px)."""

    left: float
    top: float
    name: str
    number: str
    room: float
    weight: float
    """The heavier label is placed first."""


@lru_cache(1024)
def label_pixmap(tokens: Tokens, name: str, number: str, ratio: float) -> QPixmap:
    """Name and number above one another in the theme's colours, with halo."""
    rows = [(text, role) for text, role in ((name, Role.SECOND), (number, Role.STRONG)) if text]
    sizes = [(theme.metrics(tokens, role).horizontalAdvance(text), theme.metrics(tokens, role)) for text, role in rows]
    wide = max((width for width, _ in sizes), default=0) + 8
    high = sum(measure.height() for _, measure in sizes) + 4
    made = QPixmap(max(1, round(wide * ratio)), max(1, round(high * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    halo = QPen(
        theme.colour(tokens.halo), 3.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        down = 2.0
        for (text, role), (width, measure) in zip(rows, sizes, strict=True):
            used = QFont(theme.font(tokens, role))
            if role is Role.SECOND:
                used.setWeight(QFont.Weight.Medium)
            base = QPointF((wide - width) / 2, down + measure.ascent())
            path = QPainterPath()
            path.addText(base, used, text)
            painter.setOpacity(0.92)
            painter.strokePath(path, halo)
            painter.setOpacity(1.0)
            painter.setFont(used)
            painter.setPen(theme.colour(tokens.area_text))
            painter.drawText(base, text)
            down += measure.height()
    return made


def place_labels(tokens: Tokens, labels: Iterable[MapLabel], ratio: float) -> list[tuple[QRectF, QPixmap]]:
    """Which labels are drawn, and where. One that finds no room, or whose area is too small for it, is left out."""
    used: list[QRectF] = []
    placed: list[tuple[QRectF, QPixmap]] = []
    for label in sorted(labels, key=lambda each: -each.weight):
        drawn = label_pixmap(tokens, one_line(label.name, 40), one_line(label.number, 12), ratio)
        wide, high = drawn.width() / ratio, drawn.height() / ratio
        if label.room < wide * 0.55:
            continue
        middle = QRectF(label.left - wide / 2, label.top - high / 2, wide, high)
        tried = (middle.translated(0, step * high) for step in _STEPS)
        box = next((each for each in tried if not any(each.intersects(other) for other in used)), None)
        if box is None:
            continue
        used.append(box.adjusted(-_GAP, -_GAP, _GAP, _GAP))
        placed.append((box, drawn))
    return placed
