"""Shapes that sources tell (warnings, floods), made fit to be drawn: in the square, with few enough points. No Qt here.

May run off the screen thread: arrays in, frozen values out. What is told is not believed: a ring that is no ring, a
place that is none or lies beyond the map gives no shape at all, for half a warning would be a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from widgets.map_projection import MOST_LAT, Box, world

Ring = npt.NDArray[np.float64]
MOST_POINTS = 2_000
"""Of one shape. A finer one is drawn coarser, and says so."""
_LEAST_RING = 4
_FINEST = 2.0**-26
"""Where thinning begins: about half a metre of ground."""
_LINES = 9


@dataclass(frozen=True, eq=False)
class Shape:
    """Polygons of one thing, which may overlap: outer rings all turn one way, holes the other."""

    polygons: tuple[tuple[Ring, ...], ...]
    """In the square: arrays of (x, y), each an outer ring followed by its holes."""
    box: Box
    inner: tuple[float, float]
    """A place well inside of the largest polygon, in the square."""
    simplified: bool
    """Whether it is drawn with fewer points than were told."""

    @property
    def size(self) -> int:
        """How many points it has."""
        return sum(len(ring) for polygon in self.polygons for ring in polygon)


def shape_of(polygons: Sequence[Any], most: int = MOST_POINTS) -> Shape | None:
    """The shape of polygons, each a list of rings of (lon, lat) in degrees; None where they cannot be drawn."""
    try:
        sound = [[_turned(_ring(ring), hole=n > 0) for n, ring in enumerate(polygon)] for polygon in polygons]
    except (TypeError, ValueError, OverflowError):
        return None
    sound = [polygon for polygon in sound if polygon]
    if not sound:
        return None
    thinned, simplified = _thinned(sound, most)
    outer = [polygon[0] for polygon in thinned]
    box = reduce(Box.__or__, (_box(ring) for ring in outer))
    largest = max(thinned, key=lambda polygon: _room(polygon[0]))
    return Shape(tuple(map(tuple, thinned)), box, _inner(largest), simplified)


def _ring(told: Any) -> Ring:
    """A ring in the square. Raises `ValueError` for what is none."""
    places = np.asarray(told, np.float64)
    if places.ndim != 2 or places.shape[1] < 2 or len(places) < _LEAST_RING:
        raise ValueError
    lons, lats = places[:, 0], places[:, 1]
    if not (np.abs(lons) <= 180).all() or not (np.abs(lats) <= MOST_LAT).all():  # NaN is in neither
        raise ValueError
    return np.column_stack(world(lons, lats))


def _turned(ring: Ring, hole: bool) -> Ring:
    """The ring in the direction that tells whether it is a hole."""
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    against = float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) < 0
    return ring[::-1] if against is not hole else ring


def _box(ring: Ring) -> Box:
    left, top = ring.min(axis=0)
    right, bottom = ring.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def _room(ring: Ring) -> float:
    box = _box(ring)
    return (box.right - box.left) * (box.bottom - box.top)


def _thinned(polygons: list[list[Ring]], most: int) -> tuple[list[list[Ring]], bool]:
    """The same with at most about so many points: rings that became nothing are left out, but never an outer one."""
    if sum(len(ring) for polygon in polygons for ring in polygon) <= most:
        return polygons, False
    grid = _FINEST
    while True:
        coarse = [[snapped(ring, grid) for ring in polygon] for polygon in polygons]
        kept = [[polygon[0], *(ring for ring in polygon[1:] if len(ring) >= _LEAST_RING)] for polygon in coarse]
        if sum(len(ring) for polygon in kept for ring in polygon) <= most or grid >= 1:
            flat = [sum(len(ring) for ring in polygon) for polygon in kept]
            # a thousand specks: those that are left are the largest
            order = sorted(range(len(kept)), key=lambda place: -flat[place])
            room = most
            chosen: list[list[Ring]] = []
            for place in order:
                if flat[place] <= room or not chosen:
                    chosen.append(kept[place])
                    room -= flat[place]
            return chosen, True
        grid *= 2


def snapped(ring: Ring, grid: float) -> Ring:
    """The ring on a grid of the square, its repeated places once; never fewer than are a ring, where it has them."""
    places = np.round(ring / grid)
    differs = np.empty(len(ring), bool)
    differs[0] = True
    np.any(places[1:] != places[:-1], axis=1, out=differs[1:])
    differs[-1] = True
    if np.count_nonzero(differs) < _LEAST_RING:
        return ring[:: max(1, len(ring) // _LEAST_RING)][:_LEAST_RING]
    return ring[differs]


def _inner(polygon: Sequence[Ring]) -> tuple[float, float]:
    """The middle of the widest stretch inside, tried on some lines; the first place where it has no width."""
    box = _box(polygon[0])
    high, best, found = box.bottom - box.top, 0.0, (float(polygon[0][0, 0]), float(polygon[0][0, 1]))
    for step in range(1, _LINES + 1):
        y = box.top + high * step / (_LINES + 1)
        crossed = np.sort(np.concatenate([_crossings(ring, y) for ring in polygon]))
        lefts, rights = crossed[:-1:2], crossed[1::2]
        if not len(rights):
            continue
        nearness = min(step, _LINES + 1 - step) / (_LINES + 1) * high
        widths = np.minimum(rights - lefts[: len(rights)], 2 * nearness)
        widest = int(np.argmax(widths))
        if widths[widest] > best:
            best, found = float(widths[widest]), (float(lefts[widest] + rights[widest]) / 2, y)
    return found


def _crossings(ring: Ring, y: float) -> Ring:
    one, two = ring[:-1], ring[1:]
    across = (one[:, 1] > y) != (two[:, 1] > y)
    one, two = one[across], two[across]
    crossed: Ring = one[:, 0] + (y - one[:, 1]) / (two[:, 1] - one[:, 1]) * (two[:, 0] - one[:, 0])
    return crossed
