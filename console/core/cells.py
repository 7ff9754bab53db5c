"""Schematic shapes: one cell around each hand-entered centre, where a city has no boundaries to show.

A cell is all that lies nearer to its centre than to any other (Voronoi). Outside the city stand silent
neighbours, grown around the outermost centres, so that the outer cells end. Neighbours share their corners to the
last digit. The same centres always give the same cells.

`console/core/pack_write.py` says how the file that ships with a pack is made of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from console.core.geometry import Point, metres_per_degree
from console.core.pack import Ring

_DIGITS = 5
"""Decimals of a corner: about one metre."""
_ROUND = 16
"""How many silent neighbours are tried around each centre."""
_GAP = math.radians(100)
"""A silent neighbour must look out of the city through an opening this wide."""


def cells(centres: Sequence[Point]) -> list[Ring]:
    """The cell of each centre (lon, lat), counter-clockwise. Two equal centres: ValueError."""
    if len(set(centres)) != len(centres):
        raise ValueError("two equal centres")
    if not centres:
        return []
    middle_lat = sum(lat for _, lat in centres) / len(centres)
    east_m, north_m = metres_per_degree(middle_lat)
    west, south = min(lon for lon, _ in centres), min(lat for _, lat in centres)
    plane = [((lon - west) * east_m, (lat - south) * north_m) for lon, lat in centres]
    reach = _reach(plane)
    others = plane + _silent(plane, reach)
    made: list[Ring] = []
    for own, far in zip(plane, reach, strict=True):
        corners = [
            (round(west + x / east_m, _DIGITS), round(south + y / north_m, _DIGITS))
            for x, y in _cell(own, others, 4 * far)
        ]
        made.append(_closed(corners))
    return made


def _reach(plane: Sequence[Point]) -> list[float]:
    """How far each centre's own ground goes, in metres: half the mean distance to its three nearest."""
    found: list[float] = []
    for own in plane:
        near = sorted(math.dist(own, other) for other in plane if other is not own)[:3]
        found.append(sum(near) / len(near) / 2 if near else 1000.0)
    return found


def _silent(plane: Sequence[Point], reach: Sequence[float]) -> list[Point]:
    """Silent neighbours: as far outside as the city's own centres are apart, evenly spread, in a fixed order."""
    found: list[Point] = []
    for own, far in zip(plane, reach, strict=True):
        for step in range(_ROUND):
            turn = 2 * math.pi * step / _ROUND
            spot = (own[0] + 2 * far * math.cos(turn), own[1] + 2 * far * math.sin(turn))
            free = all(math.dist(spot, other) > 1.7 * room for other, room in zip(plane, reach, strict=True))
            if free and _sees_out(spot, plane) and all(math.dist(spot, other) > 0.5 * far for other in found):
                found.append(spot)
    return found


def _sees_out(spot: Point, plane: Sequence[Point]) -> bool:
    """True where a wide gap without any centre opens from the spot: else it stands in a hole within the city."""
    turns = sorted(math.atan2(y - spot[1], x - spot[0]) for x, y in plane)
    gaps = [later - turn for turn, later in zip(turns, [*turns[1:], turns[0] + 2 * math.pi], strict=True)]
    return max(gaps) > _GAP


def _cell(own: Point, others: Sequence[Point], far: float) -> list[Point]:
    """The corners of what lies nearer to `own` than to the others, cut out of a square, nearest first."""
    x, y = own
    corners = [(x - far, y - far), (x + far, y - far), (x + far, y + far), (x - far, y + far)]
    for distance, other in sorted((math.dist(own, other), other) for other in others if other != own):
        if distance > 2 * max(math.dist(own, corner) for corner in corners):
            break
        corners = _cut(corners, own, other)
    return corners


def _cut(corners: Sequence[Point], own: Point, other: Point) -> list[Point]:
    """The part of a convex polygon that lies nearer to `own` than to `other`."""
    a, b = other[0] - own[0], other[1] - own[1]
    limit = (other[0] ** 2 - own[0] ** 2 + other[1] ** 2 - own[1] ** 2) / 2
    kept: list[Point] = []
    for one, two in zip(corners, [*corners[1:], corners[0]], strict=True):
        off_one = a * one[0] + b * one[1] - limit
        off_two = a * two[0] + b * two[1] - limit
        if off_one <= 0:
            kept.append(one)
        if (off_one < 0 < off_two) or (off_two < 0 < off_one):
            part = off_one / (off_one - off_two)
            kept.append((one[0] + part * (two[0] - one[0]), one[1] + part * (two[1] - one[1])))
    return kept


def _closed(corners: Sequence[Point]) -> Ring:
    """A closed ring that starts at its south-westernmost corner, corners that fell together said once."""
    single = [corner for index, corner in enumerate(corners) if corner != corners[index - 1]]
    start = single.index(min(single))
    turned = single[start:] + single[:start]
    return (*turned, turned[0])
