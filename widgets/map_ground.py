"""The ground of the map: areas, points or clusters, and names, as one picture a little larger than the window.

It is made again when the view leaves it, or what it shows changes; a pan within it only moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from console.core.phrases import Phrases
from widgets import theme
from widgets.map_areas import AreaLayer
from widgets.map_labels import MapLabel, place_labels
from widgets.map_points import Cluster, PointLayer, bubble_radius, keep_clear, paint_clusters
from widgets.map_projection import Viewpoint

CLUSTER_OVER = 3000
"""More points than this in view are drawn as clusters, unless one has come near."""
DOTS_FROM_ZOOM = 15.0


class PointMode(StrEnum):
    """How points are drawn."""

    AUTO = "auto"
    DOTS = "dots"
    CLUSTERS = "clusters"


class MapGround:
    """What lies below everything that is painted each frame."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.areas = AreaLayer()
        self.points = PointLayer()
        self.mode = PointMode.AUTO
        self.texts: Mapping[str, str] = {}
        """Numbers of areas as said, under their names."""
        self.clusters: list[Cluster] = []
        """As drawn last, placed in pixels of the picture; empty where points are dots."""
        self._drawn: tuple[Viewpoint, QPixmap] | None = None

    def drop(self) -> None:
        """What it shows has changed: it is made anew when it is next drawn."""
        self._drawn = None

    def behind(self, view: Viewpoint) -> bool:
        """Whether the picture is there, but not around that view."""
        return self._drawn is not None and self._drawn[0] != view.widened()

    def on_screen(self, view: Viewpoint, left: float, top: float) -> tuple[float, float]:
        """From pixels of the picture to those of the window."""
        if self._drawn is None:
            return left, top
        return view.screen(*self._drawn[0].place(left, top))

    def cluster_at(self, view: Viewpoint, x: float, y: float, tokens: theme.Tokens) -> tuple[float, float] | None:
        """Where the cluster under a pixel of the window has its middle, None where there is none."""
        for left, top, count, _ in self.clusters:
            middle = self.on_screen(view, left, top)
            if abs(x - middle[0]) + abs(y - middle[1]) <= bubble_radius(count, tokens):
                return middle
        return None

    def picture(self, view: Viewpoint, tokens: theme.Tokens, ratio: float, selected: str) -> QPixmap:
        """The picture that covers the window, made anew only where the kept one does not. `ratio` is that of pixels of
        the device, `selected` the area whose name goes before others."""
        if self._drawn is not None and view.within(self._drawn[0]):
            return self._drawn[1]
        wide = view.widened()
        picture = QPixmap(round(wide.width * ratio), round(wide.height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.colour(tokens.ground))
        with QPainter(picture) as painter:
            self.areas.paint(painter, tokens, wide)
            names = place_labels(tokens, self._labels(wide, selected), ratio)
            self._paint_points(painter, tokens, wide, ratio, [box for box, _ in names])
            for box, drawn in names:
                painter.drawPixmap(box.topLeft(), drawn)
        self._drawn = (wide, picture)
        return picture

    def _paint_points(
        self, painter: QPainter, tokens: theme.Tokens, view: Viewpoint, ratio: float, names: list[QRectF]
    ) -> None:
        self.clusters = []
        if not len(self.points):
            return
        mode = self.mode
        if mode is PointMode.AUTO:
            many = view.zoom < DOTS_FROM_ZOOM and self.points.count_seen(view) > CLUSTER_OVER
            mode = PointMode.CLUSTERS if many else PointMode.DOTS
        if mode is PointMode.DOTS:
            self.points.paint(painter, tokens, view, ratio)
            return
        self.clusters = keep_clear(self.points.clusters(view), names, tokens)
        paint_clusters(painter, tokens, self.clusters, [self._phrases.show(each.size) for each in self.clusters])

    def _labels(self, view: Viewpoint, selected: str) -> list[MapLabel]:
        wanted = []
        for shape in self.areas.shapes.values():
            left, top = view.screen(*shape.centre)
            room = (shape.box.right - shape.box.left) * view.scale
            weight = room + (1e9 if shape.code == selected else 0)
            wanted.append(MapLabel(left, top, shape.name, self.texts.get(shape.code, ""), room, weight))
        return wanted
