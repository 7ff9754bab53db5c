"""Which kelurahan a point lies in: a raster for almost all points, an exact test near borders.

The raster says "wholly in this area" or "a border runs here". For a border cell the edges of the few areas
that meet there are tested, and only those on the point's own row, so the answer is exact everywhere.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise
from weakref import WeakValueDictionary

from console.core.pack import Area, CityPack, Level

_SIDE = 400
"""Cells along each side of the city's box: about 50 m each."""
_BORDER = 0xFFFF

Edge = tuple[float, float, float, float, float]
"""x and y of the lower end, y of the upper end, x gained per y, x of the upper end: always reckoned upwards, so
that both neighbours of a border come to the same number."""


class AreaIndex:
    """Answers `find` for one pack. Built in some tens of milliseconds, then never changed; safe in any thread."""

    def __init__(self, pack: CityPack) -> None:
        self._pack = pack
        areas = [area for area in pack.areas.values() if area.level is Level.KELURAHAN and area.polygons]
        self._codes = tuple(area.code for area in areas)
        points = [point for area in areas for polygon in area.polygons for point in polygon[0]] or [(0.0, 0.0)]
        self._west = min(lon for lon, _ in points)
        self._south = min(lat for _, lat in points)
        self._east = max(lon for lon, _ in points)
        self._north = max(lat for _, lat in points)
        self._across = _SIDE / ((self._east - self._west) or 1.0)
        self._up = _SIDE / ((self._north - self._south) or 1.0)
        self._cells = array("H", bytes(2 * (_SIDE + 1) ** 2))
        self._rows: list[dict[int, list[Edge]]] = [_edges_by_row(area, self._south, self._up) for area in areas]
        self._near: Mapping[int, tuple[int, ...]] = self._fill()

    def find(self, lon: float, lat: float) -> str:
        """Code of the kelurahan there, "" outside all of them (or for no number at all)."""
        if not (self._west <= lon <= self._east and self._south <= lat <= self._north):
            return ""
        row = int((lat - self._south) * self._up)
        place = row * (_SIDE + 1) + int((lon - self._west) * self._across)
        found = self._cells[place]
        if found == _BORDER:
            return self._exactly(lon, lat, row, self._near[place])
        return self._codes[found - 1] if found else ""

    def _exactly(self, lon: float, lat: float, row: int, areas: Sequence[int]) -> str:
        for number in areas:
            found = False
            for x, low, high, gain, _ in self._rows[number].get(row, ()):
                if low <= lat < high and lon < x + (lat - low) * gain:
                    found = not found
            if found:
                return self._codes[number]
        return ""

    def _fill(self) -> dict[int, tuple[int, ...]]:
        """Fill the raster; the answer maps each border cell to the areas that meet in it."""
        near: dict[int, set[int]] = {}
        for number, rows in enumerate(self._rows):
            for row, edges in rows.items():
                self._fill_row(number, row, edges)
        for number, rows in enumerate(self._rows):
            for row, edges in rows.items():
                for place in self._border(row, edges):
                    near.setdefault(place, set()).add(number)
        for place, numbers in near.items():
            if self._cells[place]:
                numbers.add(self._cells[place] - 1)
        for place in near:
            self._cells[place] = _BORDER
        return {place: tuple(sorted(numbers)) for place, numbers in near.items()}

    def _fill_row(self, number: int, row: int, edges: Sequence[Edge]) -> None:
        """Mark the cells whose middle is inside; border cells among them are marked over later."""
        lat = self._south + (row + 0.5) / self._up
        crossed = sorted(x + (lat - low) * gain for x, low, high, gain, _ in edges if low <= lat < high)
        start = row * (_SIDE + 1)
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            first = int((left - self._west) * self._across + 0.5)
            last = int((right - self._west) * self._across + 0.5)
            if last > first:
                self._cells[start + first : start + last] = array("H", [number + 1]) * (last - first)

    def _border(self, row: int, edges: Sequence[Edge]) -> set[int]:
        """Cells of the row through which an edge runs."""
        south = self._south + row / self._up
        north = self._south + (row + 1) / self._up
        start = row * (_SIDE + 1)
        found: set[int] = set()
        for x, low, high, gain, end in edges:
            one = x + (max(south, low) - low) * gain
            other = x + (min(north, high) - low) * gain if high > low else end
            if one > other:
                one, other = other, one
            first = int((one - self._west) * self._across - 1e-6)
            last = int((other - self._west) * self._across + 1e-6)
            found.update(range(start + max(first, 0), start + min(last, _SIDE) + 1))
        return found


_MADE: WeakValueDictionary[int, AreaIndex] = WeakValueDictionary()
"""By the identity of their pack, which lives as long as its index does."""
_MAKING = threading.Lock()


def index_of(pack: CityPack) -> AreaIndex:
    """The index of a pack, one for all who hold the same: it takes two megabytes. Any thread."""
    with _MAKING:
        found = _MADE.get(id(pack))
        if found is None:
            found = _MADE[id(pack)] = AreaIndex(pack)
        return found


def _edges_by_row(area: Area, south: float, up: float) -> dict[int, list[Edge]]:
    """The area's edges, under each row of the raster they touch. Level ones never count as a crossing, and are kept
    because the cells they run through are border cells all the same."""
    rows: dict[int, list[Edge]] = {}
    for polygon in area.polygons:
        for ring in polygon:
            for one, two in pairwise(ring):
                (xa, ya), (xb, yb) = (one, two) if one[1] <= two[1] else (two, one)
                edge = (xa, ya, yb, (xb - xa) / (yb - ya) if yb > ya else 0.0, xb)
                for row in range(int((ya - south) * up - 1e-6), int((yb - south) * up + 1e-6) + 1):
                    rows.setdefault(row, []).append(edge)
    return rows
