"""The areas of the map: their shapes as paths, which one lies under a point, and the tint their value gives.

Shapes are kept in pixels of zoom 16 around a local origin, so that painting is one transform and no arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QTransform

from console.core.pack import Area, Ring
from widgets import marks, theme
from widgets.map_projection import TILE_PX, Box, Viewpoint, world
from widgets.tokens import Tokens

_UNIT = TILE_PX * 2.0**16
"""Pixels of the whole square at zoom 16: the unit of paths."""


@dataclass(frozen=True, slots=True)
class AreaShape:
    """One area, ready to paint."""

    code: str
    name: str
    path: QPainterPath
    bounds: QRectF
    """In path units."""
    box: Box
    """In the square."""
    centre: tuple[float, float]
    """In the square."""


def _add_ring(path: QPainterPath, ring: Ring, origin: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    lonlat = np.asarray(ring, np.float64)
    x, y = world(lonlat[:, 0], lonlat[:, 1])
    points = [QPointF(left, top) for left, top in zip((x - origin[0]) * _UNIT, (y - origin[1]) * _UNIT, strict=True)]
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return x, y


def shape_of(area: Area, origin: tuple[float, float]) -> AreaShape | None:
    """The shape of an area around a local origin (in the square), or None where it has no polygons."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    boxes: list[Box] = []
    for polygon in area.polygons:
        for ring in polygon:
            if len(ring) >= 3:
                x, y = _add_ring(path, ring, origin)
                boxes.append(Box(float(x.min()), float(y.min()), float(x.max()), float(y.max())))
    if not boxes:
        return None
    box = reduce(Box.__or__, boxes)
    centre = world(*area.centre)
    inside = (float(centre[0]), float(centre[1]))
    if area.centre == (0.0, 0.0):
        inside = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    return AreaShape(area.code, area.name, path, path.boundingRect(), box, inside)


def breaks_of(values: Sequence[float], steps: int) -> tuple[float, ...]:
    """Upper bounds of all steps but the last, rounded, rising: so that about equally many areas fall in each."""
    sound = sorted(value for value in values if math.isfinite(value))
    if not sound or sound[0] == sound[-1]:
        return ()
    bounds: list[float] = []
    for step in range(1, steps):
        raw = sound[min(len(sound) - 1, step * len(sound) // steps)]
        size = 10 ** max(0, math.floor(math.log10(abs(raw))) - 1) if raw else 1
        rounded = math.floor(raw / size) * size
        if rounded < sound[-1] and (not bounds or rounded > bounds[-1]):
            bounds.append(rounded)
    return tuple(bounds)


class AreaLayer:
    """The areas one can point at, with their values, and the outline around them."""

    def __init__(self) -> None:
        self.origin = (0.0, 0.0)
        self.shapes: dict[str, AreaShape] = {}
        self.outline: AreaShape | None = None
        self.values: Mapping[str, float | None] = {}
        self.breaks: tuple[float, ...] = ()
        self._kept: dict[str, tuple[Area, AreaShape | None]] = {}

    def set_areas(self, areas: Sequence[Area], outline: Area | None) -> None:
        """Take other areas. Shapes already made for the same `Area` are used again."""
        if not self._kept and areas:
            first = world(*areas[0].centre)
            self.origin = (float(first[0]), float(first[1]))
        made = [self._shape(area) for area in areas]
        self.shapes = {shape.code: shape for shape in made if shape is not None}
        self.outline = self._shape(outline) if outline is not None else None

    def _shape(self, area: Area) -> AreaShape | None:
        kept = self._kept.get(area.code)
        if kept is None or kept[0] is not area:
            kept = (area, shape_of(area, self.origin))
            self._kept[area.code] = kept
        return kept[1]

    def set_values(self, values: Mapping[str, float | None], steps: int) -> None:
        """One number an area; None is not known and drawn hatched, an absent one is drawn plain."""
        self.values = values
        self.breaks = breaks_of([value for value in values.values() if value is not None], steps)

    @property
    def box(self) -> Box | None:
        """All areas together, in the square."""
        boxes = [shape.box for shape in self.shapes.values()]
        if self.outline is not None:
            boxes.append(self.outline.box)
        return reduce(Box.__or__, boxes) if boxes else None

    def at(self, x: float, y: float) -> str:
        """Code of the area at a place of the square, "" for none."""
        point = QPointF((x - self.origin[0]) * _UNIT, (y - self.origin[1]) * _UNIT)
        for shape in self.shapes.values():
            if shape.bounds.contains(point) and shape.path.contains(point):
                return shape.code
        return ""

    def step_of(self, code: str) -> int | None:
        """Which step of the ramp an area's value falls in, None where it has none."""
        value = self.values.get(code)
        return None if value is None else sum(value > bound for bound in self.breaks)

    def transform(self, view: Viewpoint) -> QTransform:
        """From path units to pixels of that view."""
        left, top = view.screen(*self.origin)
        factor = view.scale / _UNIT
        return QTransform(factor, 0, 0, factor, left, top)

    def paint(self, painter: QPainter, tokens: Tokens, view: Viewpoint) -> None:
        """Fill and bound every area that can be seen."""
        painter.save()
        transform = self.transform(view)
        painter.setTransform(transform, True)
        seen = transform.inverted()[0].mapRect(QRectF(0, 0, view.width, view.height))
        shapes = [shape for shape in self.shapes.values() if shape.bounds.intersects(seen)]
        painter.setPen(Qt.PenStyle.NoPen)
        last = len(tokens.ramp) - 1
        for shape in shapes:
            step = self.step_of(shape.code)
            tint = tokens.area_none if step is None else tokens.ramp[min(step, last)]
            painter.fillPath(shape.path, theme.colour(tint))
            if shape.code in self.values and step is None:
                painter.fillPath(shape.path, marks.hatch(tokens))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen(tokens.area_line))
        for shape in shapes:
            painter.drawPath(shape.path)
        if self.outline is not None:
            painter.setPen(theme.pen(tokens.second, 1.5))
            painter.drawPath(self.outline.path)
        painter.restore()

    def trace(self, painter: QPainter, view: Viewpoint, code: str, colour: str, width: float) -> None:
        """The outline of one area, for hover and selection."""
        shape = self.shapes.get(code) or (self.outline if self.outline and self.outline.code == code else None)
        if shape is None:
            return
        painter.save()
        painter.setTransform(self.transform(view), True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.pen(colour, width))
        painter.drawPath(shape.path)
        painter.restore()
