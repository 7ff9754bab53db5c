"""Plain geometry of areas: bounds, areas in square metres, inside or not, a point for the label.

Positions are (lon, lat) in WGS84 degrees. No library is needed for any of this, so that the screen starts
without one; joining and judging shapes is `console/core/shape_check.py`. Which area a point is in is asked a
million times while complaints are taken in: `AreaIndex` answers from a raster and tests exactly only near borders.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from console.core.area_index import AreaIndex, index_of
from console.core.pack import Ring

__all__ = [
    "AreaIndex",
    "Polygons",
    "area_m2",
    "bounds",
    "index_of",
    "inside",
    "label_point",
    "metres_per_degree",
    "ring_area_m2",
]

Point = tuple[float, float]
Polygons = tuple[tuple[Ring, ...], ...]
"""Polygons of one area, each an outer ring followed by its holes."""


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of latitude there, on the WGS84 ellipsoid."""
    turn = math.radians(lat)
    east = 111_412.84 * math.cos(turn) - 93.5 * math.cos(3 * turn) + 0.118 * math.cos(5 * turn)
    north = 111_132.92 - 559.82 * math.cos(2 * turn) + 1.175 * math.cos(4 * turn) - 0.0023 * math.cos(6 * turn)
    return east, north


def signed_area(ring: Sequence[Point]) -> float:
    """Area of a closed ring in square degrees, positive where it runs counter-clockwise."""
    x0, y0 = ring[0]
    twice = 0.0
    for (xa, ya), (xb, yb) in pairwise(ring):
        twice += (xa - x0) * (yb - y0) - (xb - x0) * (ya - y0)
    return twice / 2


def ring_area_m2(ring: Sequence[Point]) -> float:
    """Area of a closed ring in square metres, right to about 0.1 % for anything the size of a city."""
    _, south, _, north = bounds([ring])
    east_m, north_m = metres_per_degree((south + north) / 2)
    return abs(signed_area(ring)) * east_m * north_m


def area_m2(polygons: Polygons) -> float:
    """Area of polygons in square metres, their holes taken off."""
    return sum(
        ring_area_m2(polygon[0]) - sum(ring_area_m2(hole) for hole in polygon[1:]) for polygon in polygons if polygon
    )


def bounds(rings: Iterable[Sequence[Point]]) -> tuple[float, float, float, float]:
    """West, south, east, north of all rings. Without a point: ValueError."""
    lons: list[float] = []
    lats: list[float] = []
    for ring in rings:
        for lon, lat in ring:
            lons.append(lon)
            lats.append(lat)
    return min(lons), min(lats), max(lons), max(lats)


def in_ring(lon: float, lat: float, ring: Sequence[Point]) -> bool:
    """True where the point lies in the closed ring. On a border exactly one of two neighbours says yes."""
    found = False
    for one, two in pairwise(ring):
        # always reckoned upwards and in this order, so that both neighbours of a border, and the raster of
        # `AreaIndex`, come to the same number
        (xa, ya), (xb, yb) = (one, two) if one[1] <= two[1] else (two, one)
        if ya <= lat < yb and lon < xa + (lat - ya) * ((xb - xa) / (yb - ya)):
            found = not found
    return found


def inside(lon: float, lat: float, polygons: Polygons) -> bool:
    """True where the point lies in one of the polygons and in none of its holes."""
    return any(
        in_ring(lon, lat, polygon[0]) and not any(in_ring(lon, lat, hole) for hole in polygon[1:])
        for polygon in polygons
        if polygon
    )


def label_point(polygons: Polygons) -> Point:
    """A point well inside the largest polygon: the middle of its widest stretch, tried on 15 lines.

    The centroid will not do: that of a bent area lies outside of it.
    """
    polygon = max(polygons, key=lambda each: abs(signed_area(each[0])))
    _, south, _, north = bounds([polygon[0]])
    height = north - south
    best = (0.0, polygon[0][0])
    for step in range(1, 16):
        lat = south + height * step / 16
        crossed = sorted(lon for ring in polygon for lon in _crossings(ring, lat))
        room = min(step, 16 - step) / 16 * height
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            width = min(right - left, 2 * room)
            if width > best[0]:
                best = (width, ((left + right) / 2, lat))
    return best[1]


def _crossings(ring: Sequence[Point], lat: float) -> Iterable[float]:
    for (xa, ya), (xb, yb) in pairwise(ring):
        if (ya > lat) != (yb > lat):
            yield xa + (lat - ya) * (xb - xa) / (yb - ya)
