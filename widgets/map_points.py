"""The points of the map: up to some hundred thousand, kept as numpy arrays and stamped into one image a frame.

A point has a look, a small number; where points meet, the higher look lies on top, so that the worst is seen.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from console.core.lifecycle import OPEN, State
from widgets import marks, theme
from widgets.map_projection import Viewpoint, world
from widgets.marks import Severity
from widgets.theme import Role
from widgets.tokens import Tokens

Bytes = npt.NDArray[np.uint8]


class Look(IntEnum):
    """How a point is drawn. Only the last four have a colour: they are the abnormal ones."""

    DONE = 0
    OPEN = 1
    INFO = 2
    WASPADA = 3
    SIAGA = 4
    AWAS = 5


_SEVERITIES = {
    Look.INFO: Severity.INFO,
    Look.WASPADA: Severity.WASPADA,
    Look.SIAGA: Severity.SIAGA,
    Look.AWAS: Severity.AWAS,
}
_OF_STATE: Bytes = np.full(256, Look.OPEN, np.uint8)
for _state in State:
    _OF_STATE[_state] = Look.OPEN if _state in OPEN else Look.DONE

MARKED_MOST = 400
"""More abnormal points than this in view are stamps only, not marks with letters."""
CELL_PX = 96
"""Side of a cluster's cell."""


def looks_of(states: Any) -> Bytes:
    """Looks of complaint states (`State` numbers in any buffer): open stands out from done, neither has a colour."""
    return _OF_STATE[np.frombuffer(states, np.uint8) if not isinstance(states, np.ndarray) else states.astype(np.uint8)]


def _stamp(image: Bytes, radius: int) -> Bytes:
    """Every set pixel grown to a disc of that radius; the higher value wins."""
    grown = [image]
    for reach in range(1, radius + 1):
        row = grown[-1].copy()
        np.maximum(row[:, reach:], image[:, :-reach], out=row[:, reach:])
        np.maximum(row[:, :-reach], image[:, reach:], out=row[:, :-reach])
        grown.append(row)
    out = grown[radius].copy()
    for down in range(1, radius + 1):
        wide = grown[int(math.sqrt((radius + 0.3) ** 2 - down * down))]
        np.maximum(out[down:], wide[:-down], out=out[down:])
        np.maximum(out[:-down], wide[down:], out=out[:-down])
    return out


def _edged(body: Bytes) -> Bytes:
    """One pixel of edge (value 1) around all that is set."""
    edge = body.copy()
    np.maximum(edge[1:], body[:-1], out=edge[1:])
    np.maximum(edge[:-1], body[1:], out=edge[:-1])
    np.maximum(edge[:, 1:], body[:, :-1], out=edge[:, 1:])
    np.maximum(edge[:, :-1], body[:, 1:], out=edge[:, :-1])
    np.minimum(edge, 1, out=edge)
    return np.maximum(edge, body, out=edge)


def _colour_table(tokens: Tokens) -> list[int]:
    """Value of the stamped image to ARGB: nothing, edge, then the looks."""
    codes = [tokens.point_edge, tokens.point_done, tokens.point]
    codes += [marks.severity_colour(tokens, severity) for severity in _SEVERITIES.values()]
    return [0, *(theme.colour(code).rgba() for code in codes)]


class Cluster(NamedTuple):
    """Points of one cell: the middle of them in px, how many, and the worst look among them."""

    left: float
    top: float
    size: int
    look: int


class PointLayer:
    """Places, looks and ids of all points."""

    def __init__(self) -> None:
        self._x = self._y = np.empty(0)
        self._looks: Bytes = np.empty(0, np.uint8)
        self._ids: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._x)

    def set_points(self, lon: Any, lat: Any, looks: Any, ids: Any) -> None:
        """Take other points: equally long buffers of degrees, looks (uint8) and ids. Unsound places are left out."""
        lons, lats = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        sound = np.isfinite(lons) & np.isfinite(lats)
        self._x, self._y = world(lons[sound], lats[sound])
        self._looks = np.asarray(looks, np.uint8)[sound]
        self._ids = np.asarray(ids, np.int64)[sound]

    def _seen(self, view: Viewpoint, margin: float) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Bytes]:
        left, top = view.screen(self._x, self._y)
        seen = (left > -margin) & (top > -margin) & (left < view.width + margin) & (top < view.height + margin)
        return left[seen], top[seen], self._looks[seen]

    def count_seen(self, view: Viewpoint) -> int:
        """How many points lie in the view."""
        return len(self._seen(view, 0)[0])

    def paint(self, painter: QPainter, tokens: Tokens, view: Viewpoint, ratio: float) -> None:
        """Stamp all points in view, then put letters on the abnormal ones while they are few."""
        left, top, looks = self._seen(view, 8)
        if len(left) == 0:
            return
        wide, high = round(view.width * ratio), round(view.height * ratio)
        image: Bytes = np.zeros((high, wide), np.uint8)
        columns = np.clip((left * ratio).astype(np.int32), 0, wide - 1)
        rows = np.clip((top * ratio).astype(np.int32), 0, high - 1)
        places = rows * np.int32(wide) + columns
        flat = image.reshape(-1)
        for look in np.flatnonzero(np.bincount(looks, minlength=1)):
            flat[places[looks == look]] = look + 2
        image = _edged(_stamp(image, max(1, round(2 * ratio * min(2.0, tokens.scale)))))
        drawn = QImage(image.data, wide, high, wide, QImage.Format.Format_Indexed8)
        drawn.setColorTable(_colour_table(tokens))
        # Converting first is twice as fast as letting the painter look colours up.
        drawn = drawn.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        drawn.setDevicePixelRatio(ratio)
        painter.drawImage(0, 0, drawn)
        self._letters(painter, tokens, (left, top, looks), ratio)

    @staticmethod
    def _letters(
        painter: QPainter, tokens: Tokens, seen: tuple[npt.NDArray[Any], npt.NDArray[Any], Bytes], ratio: float
    ) -> None:
        left, top, looks = seen
        abnormal = np.flatnonzero(looks >= Look.INFO)
        if not 0 < len(abnormal) <= MARKED_MOST:
            return
        side = tokens.px(16)
        for index in abnormal[np.argsort(looks[abnormal], kind="stable")]:
            mark = marks.severity_pixmap(tokens, _SEVERITIES[Look(int(looks[index]))], side, ratio)
            painter.drawPixmap(QPointF(left[index] - side / 2, top[index] - side / 2), mark)

    # clusters -------------------------------------------------------------------------------------------

    def clusters(self, view: Viewpoint) -> list[Cluster]:
        """Points in view by cells that lie fast on the ground, so that a pan changes none of them."""
        left, top, looks = self._seen(view, CELL_PX)
        if len(left) == 0:
            return []
        west, north = view.x * view.scale - view.width / 2, view.y * view.scale - view.height / 2
        columns = np.floor((left + west) / CELL_PX).astype(np.int64)
        rows = np.floor((top + north) / CELL_PX).astype(np.int64)
        columns -= columns.min()
        rows -= rows.min()
        cells = rows * (columns.max() + 1) + columns
        counts = np.bincount(cells)
        used = np.flatnonzero(counts)
        many = counts[used]
        middle_x = np.bincount(cells, left)[used] / many
        middle_y = np.bincount(cells, top)[used] / many
        worst = np.zeros(len(counts), np.uint8)
        for look in np.unique(looks):
            worst[cells[looks == look]] = look
        packed = zip(middle_x, middle_y, many, worst[used], strict=True)
        return [Cluster(float(x), float(y), int(count), int(look)) for x, y, count, look in packed]

    def at(self, view: Viewpoint, left: float, top: float, reach_px: float = 9) -> int | None:
        """Id of the nearest point within reach of a pixel, the highest look first; None for none."""
        x, y = view.screen(self._x, self._y)
        near = np.flatnonzero((np.abs(x - left) <= reach_px) & (np.abs(y - top) <= reach_px))
        if len(near) == 0:
            return None
        far = np.hypot(x[near] - left, y[near] - top)
        order = np.lexsort((far, -self._looks[near].astype(np.int16)))
        return int(self._ids[near[order[0]]]) if far[order[0]] <= reach_px else None

    def place_of(self, ident: int) -> tuple[float, float] | None:
        """Where in the square the point of an id lies."""
        found = np.flatnonzero(self._ids == ident)
        return (float(self._x[found[0]]), float(self._y[found[0]])) if len(found) else None


def bubble_radius(count: int, tokens: Tokens) -> float:
    """Radius of a cluster's disc, px: it grows with the digits, not with the crowd."""
    return tokens.px(11) + tokens.px(3) * min(4, len(str(count)) - 1)


def keep_clear(clusters: list[Cluster], names: list[QRectF], tokens: Tokens) -> list[Cluster]:
    """The clusters, those that would lie under a name pushed above or below it."""
    moved = []
    for cluster in clusters:
        radius = bubble_radius(cluster.size, tokens)
        box = QRectF(cluster.left - radius, cluster.top - radius, 2 * radius, 2 * radius)
        name = next((each for each in names if each.intersects(box)), None)
        if name is None:
            moved.append(cluster)
        elif cluster.top < name.center().y():
            moved.append(cluster._replace(top=name.top() - radius))
        else:
            moved.append(cluster._replace(top=name.bottom() + radius))
    return moved


def paint_clusters(painter: QPainter, tokens: Tokens, clusters: list[Cluster], said: list[str]) -> None:
    """Discs with their counts; an abnormal worst gives its mark at the upper right."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(tokens, Role.SECOND))
    for (left, top, count, look), text in zip(clusters, said, strict=True):
        if count == 1:
            painter.setPen(theme.pen(tokens.point_edge))
            painter.setBrush(theme.colour(tokens.point))
            painter.drawEllipse(QPointF(left, top), 3, 3)
            continue
        radius = bubble_radius(count, tokens)
        painter.setPen(theme.pen(tokens.faint))
        painter.setBrush(theme.colour(tokens.raised))
        painter.drawEllipse(QPointF(left, top), radius, radius)
        painter.setPen(theme.colour(tokens.text))
        room = QRectF(left - radius, top - radius, 2 * radius, 2 * radius)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
        if look >= Look.INFO:
            side = tokens.px(14)
            mark = marks.severity_pixmap(tokens, _SEVERITIES[Look(look)], side, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(left + radius * 0.7 - side / 2, top - radius * 0.7 - side / 2), mark)
    painter.restore()
