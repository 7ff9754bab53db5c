"""Features of GeoJSON (RFC 7946) and of TopoJSON, as GeoJSON geometries with their properties.

TopoJSON keeps each border once, as a run of steps, and its areas as lists of such runs: a small text can name one run a
million times. Positions are counted while they are laid out, and so many are enough for any city.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from console.core.errors import BadAnswer
from sync.words_in import BadField

MOST_POSITIONS = 1_000_000
MOST_FEATURES = 50_000
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Feature(NamedTuple):
    """One feature: its properties as they came, and its geometry, or why that is none."""

    properties: Any
    geometry: Mapping[str, Any] | BadField | None


def features(value: Any, source: str) -> list[Feature] | None:
    """The features of a FeatureCollection or a Topology; None for anything else. Too many raise `BadAnswer`."""
    if not isinstance(value, dict):
        return None
    if value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
        rows = value["features"]
        _few(len(rows), source)
        return [_of_collection(each) for each in rows]
    if value.get("type") == "Topology" and isinstance(value.get("objects"), dict):
        return _Topology(value, source).features()
    return None


def rings(geometry: Mapping[str, Any], field: str = "geometry") -> list[list[list[tuple[float, float]]]]:
    """Polygons of a Polygon or MultiPolygon, each a list of closed rings of (lon, lat). Raises `BadField`."""
    shapes = geometry.get("coordinates")
    shapes = [shapes] if geometry.get("type") == "Polygon" else shapes
    if not isinstance(shapes, list) or not shapes:
        raise BadField(field, "sync.topology.shape")
    found = []
    for shape in shapes:
        if not isinstance(shape, list) or not shape:
            raise BadField(field, "sync.topology.shape")
        found.append([_ring(each, field) for each in shape])
    return found


def _ring(raw: Any, field: str) -> list[tuple[float, float]]:
    if not isinstance(raw, list) or len(raw) < 4:
        raise BadField(field, "sync.topology.shape")
    ring = [_position(each, field) for each in raw]
    if ring[0] != ring[-1]:
        raise BadField(field, "sync.topology.shape")
    return ring


def _position(raw: Any, field: str) -> tuple[float, float]:
    if not isinstance(raw, list | tuple) or len(raw) < 2:
        raise BadField(field, "sync.topology.shape")
    lon, lat = raw[0], raw[1]
    if type(lon) not in (int, float) or type(lat) not in (int, float):
        raise BadField(field, "sync.refused.degrees", value=str(raw)[:60])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        swapped = -180 <= lat <= 180 and -90 <= lon <= 90
        says = "sync.refused.swapped" if swapped else "sync.refused.place"
        raise BadField(field, says, lat=str(lat)[:20], lon=str(lon)[:20])
    return float(lon), float(lat)


def _few(count: int, source: str) -> None:
    if count > MOST_FEATURES:
        raise BadAnswer("sync.bad.many", source=source, count=count, most=MOST_FEATURES)


def _of_collection(raw: Any) -> Feature:
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        return Feature(raw, BadField("type", "sync.refused.record"))
    geometry = raw.get("geometry")
    if geometry is not None and not isinstance(geometry, dict):
        return Feature(raw.get("properties"), BadField("geometry", "sync.refused.kind"))
    return Feature(raw.get("properties"), geometry)


class _Topology:
    def __init__(self, value: Mapping[str, Any], source: str) -> None:
        self._source = source
        self._objects = value["objects"]
        self._left = MOST_POSITIONS
        transform = value.get("transform")
        self._scale, self._move = (1.0, 1.0), (0.0, 0.0)
        self._stepped = transform is not None
        if transform is not None:
            parts = transform if isinstance(transform, dict) else {}
            scale, move = _pair(parts.get("scale")), _pair(parts.get("translate"))
            if scale is None or move is None:
                raise BadAnswer("sync.topology.form", source=source)
            self._scale, self._move = scale, move
        arcs = value.get("arcs")
        if not isinstance(arcs, list):
            raise BadAnswer("sync.topology.form", source=source)
        self._arcs = [self._arc(each) for each in arcs]

    def features(self) -> list[Feature]:
        """Those of all objects, in their order."""
        found: list[Feature] = []
        for raw in self._flat(list(self._objects.values())):
            _few(len(found) + 1, self._source)
            if not isinstance(raw, dict):
                found.append(Feature(raw, BadField("", "sync.refused.record")))
                continue
            try:
                found.append(Feature(raw.get("properties"), self._geometry(raw)))
            except BadField as bad:
                found.append(Feature(raw.get("properties"), bad))
        return found

    def _flat(self, rows: Sequence[Any]) -> Iterator[Any]:
        for each in rows:
            if isinstance(each, dict) and each.get("type") == "GeometryCollection":
                inner = each.get("geometries")
                yield from self._flat(inner if isinstance(inner, list) else [None])
            else:
                yield each

    def _geometry(self, raw: Mapping[str, Any]) -> dict[str, Any] | None:
        kind = raw.get("type")
        if kind is None:
            return None
        depth = _DEPTHS.get(kind) if isinstance(kind, str) else None
        if depth is None:
            raise BadField("type", "sync.topology.shape")
        if depth == 0 or kind == "MultiPoint":
            return {"type": kind, "coordinates": self._points(raw.get("coordinates"), depth)}
        return {"type": kind, "coordinates": self._lines(raw.get("arcs"), depth)}

    def _points(self, raw: Any, depth: int) -> Any:
        if depth:
            if not isinstance(raw, list):
                raise BadField("coordinates", "sync.topology.shape")
            return [self._points(each, depth - 1) for each in raw]
        self._took(1)
        pair = _pair(raw)
        if pair is None:
            raise BadField("coordinates", "sync.topology.shape")
        return [pair[0] * self._scale[0] + self._move[0], pair[1] * self._scale[1] + self._move[1]]

    def _lines(self, raw: Any, depth: int) -> list[Any]:
        if not isinstance(raw, list):
            raise BadField("arcs", "sync.topology.shape")
        if depth > 1:
            return [self._lines(each, depth - 1) for each in raw]
        line: list[list[float]] = []
        for number in raw:
            if type(number) is not int or not -len(self._arcs) <= number < len(self._arcs):
                raise BadField("arcs", "sync.topology.shape")
            arc = self._arcs[number] if number >= 0 else self._arcs[~number][::-1]
            self._took(len(arc))
            line.extend(arc[1:] if line else arc)
        return line

    def _arc(self, raw: Any) -> list[list[float]]:
        """The positions of a border. What is wrong in one spoils all that run along it."""
        if not isinstance(raw, list):
            raise BadAnswer("sync.topology.form", source=self._source)
        self._took(len(raw))
        line, x, y = [], 0.0, 0.0
        for each in raw:
            pair = _pair(each)
            if pair is None:
                raise BadAnswer("sync.topology.form", source=self._source)
            x, y = (x + pair[0], y + pair[1]) if self._stepped else pair
            line.append([x * self._scale[0] + self._move[0], y * self._scale[1] + self._move[1]])
        return line

    def _took(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise BadAnswer("sync.bad.parts", source=self._source, most=MOST_POSITIONS)


def _pair(raw: Any) -> tuple[float, float] | None:
    if (
        not isinstance(raw, list)
        or len(raw) < 2
        or type(raw[0]) not in (int, float)
        or type(raw[1]) not in (int, float)
    ):
        return None
    x, y = float(raw[0]), float(raw[1])
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None
