"""Shapes as Esri's services write them (Esri JSON), as GeoJSON writes them: degrees, rings of (lon, lat).

Esri has no polygons of rings but rings alone: one that runs clockwise is an outer one, the others are holes, and which
hole is whose is to be found. Coordinates are in the system the answer names: degrees (4326) and the web's Mercator
(3857, once 102100) are read, others are refused by their names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from console.core.geometry import Point, bounds, in_ring, label_point, signed_area

MOST_POINTS = 100_000
"""Of one shape."""
MOST_RINGS = 1_000
_MOST_TESTS = 5_000_000
"""Points looked at to find whose holes are whose."""
_DEGREES = frozenset({4326, 4979, 104199})
_MERCATOR = frozenset({3857, 102100, 102113, 900913})
_RADIUS_M = 6_378_137.0
_SYSTEM = re.compile(r'(?:PROJCS|GEOGCS)\["([^"]{1,80})"')
_SYSTEM_OF_DEGREES = ("GCS_WGS_1984", "WGS 84")
_DIGITS = 7
"""A centimetre, as far as anybody measures; it also takes away what reckoning back from Mercator adds."""
_MULTI = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
_CURVES = ("curveRings", "curvePaths")


class BadShape(Exception):
    """A shape that cannot be read: the end of the phrase key that tells why, and its values."""

    def __init__(self, says: str, **values: Any) -> None:
        super().__init__(says)
        self.says = says
        self.values = values


class Outline(NamedTuple):
    """A geometry of GeoJSON: its type, its coordinates, a point on or in it for the label."""

    type: str
    coordinates: Any
    label: Point

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"type": self.type, "coordinates": self.coordinates}


def is_mercator(reference: Any) -> bool:
    """Whether coordinates of that spatial reference are in Mercator's metres. None is degrees. Any but these two
    raises `BadShape` "system" with its name."""
    if reference is None or reference == {}:
        return False
    if not isinstance(reference, Mapping):
        raise BadShape("system", name=_shown(reference))
    numbers = [reference.get(name) for name in ("latestWkid", "wkid")]
    told = [each for each in numbers if isinstance(each, int | float) and not isinstance(each, bool)]
    if any(each in _MERCATOR for each in told):
        return True
    if any(each in _DEGREES for each in told):
        return False
    words = reference.get("wkt")
    found = _SYSTEM.search(words) if isinstance(words, str) else None
    if not told and found and found[1] in _SYSTEM_OF_DEGREES:
        return False
    raise BadShape("system", name=f"EPSG {told[0]}" if told else found[1] if found else _shown(words or reference))


def of_esri(raw: Any, mercator: bool = False) -> Outline | None:
    """The outline of an Esri geometry, None for an empty one."""
    if raw is None or raw == {}:
        return None
    if not isinstance(raw, Mapping):
        raise BadShape("form")
    if any(name in raw for name in _CURVES):
        raise BadShape("curves")
    own = raw.get("spatialReference")
    mercator = is_mercator(own) if own else mercator
    if "x" in raw:
        return _point(raw, mercator)
    if "points" in raw:
        return _made("MultiPoint", _positions(raw["points"], mercator, _Room()))
    if "paths" in raw:
        return _lines(_parts(raw["paths"]), mercator)
    if "rings" in raw:
        room = _Room()
        return _polygons(_nested([_positions(ring, mercator, room) for ring in _parts(raw["rings"])]))
    if "xmin" in raw:
        west, south, east, north = (raw.get(name) for name in ("xmin", "ymin", "xmax", "ymax"))
        box = [[west, south], [west, north], [east, north], [east, south], [west, south]]
        return _polygons(_nested([_positions(box, mercator, _Room())]))
    raise BadShape("form")


def of_geojson(raw: Any) -> Outline | None:
    """The outline of a GeoJSON geometry, None for none. Its rings are turned the way RFC 7946 has them."""
    if raw is None:
        return None
    kind, inner = (raw.get("type"), raw.get("coordinates")) if isinstance(raw, Mapping) else (None, None)
    room = _Room()
    if inner == [] and (kind in _MULTI or kind in _MULTI.values()):
        return None
    if kind == "Point":
        return _made("Point", _positions([inner], False, room))
    if kind in ("MultiPoint", "LineString"):
        return _made(kind, _positions(inner, False, room))
    if kind == "MultiLineString":
        return _lines(_parts(inner), False)
    if kind in ("Polygon", "MultiPolygon"):
        told = _parts([inner] if kind == "Polygon" else inner)
        count = 0
        found = []
        for polygon in told:
            rings = [_positions(ring, False, room) for ring in _parts(polygon)]
            count += len(rings)
            if count > MOST_RINGS:
                raise BadShape("rings", count=count, most=MOST_RINGS)
            found.append([_turned(_closed(ring), outer=not place) for place, ring in enumerate(rings)])
        return _polygons(found)
    raise BadShape("form")


def coarser(outline: Outline, most: int) -> tuple[Outline, int]:
    """The outline with at most so many points, and to how many digits it was rounded (7: as it came). Rounding moves
    what two neighbours share alike, so that their borders still meet. Where nothing is left of it: `BadShape`."""
    if _count(outline.coordinates) <= most:
        return outline, _DIGITS
    for digits in (5, 4, 3, 2):
        rounded = _rounded(outline, digits)
        if _count(rounded) <= most:
            if not rounded:
                break
            kind = outline.type
            if kind == "Polygon":
                rounded = rounded[0]
            return Outline(kind, rounded, outline.label), digits
    raise BadShape("points", count=_count(outline.coordinates), most=most)


class _Room:
    """How many points a shape may still have."""

    def __init__(self) -> None:
        self.left = MOST_POINTS

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BadShape("points", count=MOST_POINTS - self.left, most=MOST_POINTS)


def _point(raw: Mapping[str, Any], mercator: bool) -> Outline | None:
    """A point; one of "NaN" or null is how Esri says that there is none."""
    x, y = raw.get("x"), raw.get("y")
    if x is None or x == "NaN":
        return None
    return _made("Point", _positions([[x, y]], mercator, _Room()))


def _made(kind: str, points: list[Point]) -> Outline | None:
    if not points:
        return None
    if kind == "LineString" and len(points) < 2:
        raise BadShape("short", found=len(points))
    told = [list(point) for point in points]
    return Outline(kind, told[0] if kind == "Point" else told, points[len(points) // 2])


def _lines(parts: Sequence[Any], mercator: bool) -> Outline | None:
    room = _Room()
    lines = [_positions(part, mercator, room) for part in parts]
    if any(len(line) < 2 for line in lines):
        raise BadShape("short", found=min(map(len, lines)))
    if len(lines) == 1:
        return _made("LineString", lines[0])
    longest = max(lines, key=len, default=None)
    if longest is None:
        return None
    told = [[list(point) for point in line] for line in lines]
    return Outline("MultiLineString", told, longest[len(longest) // 2])


def _polygons(polygons: list[list[list[Point]]]) -> Outline | None:
    if not polygons:
        return None
    told = [[[list(point) for point in ring] for ring in polygon] for polygon in polygons]
    label = label_point(tuple(tuple(tuple(ring) for ring in polygon) for polygon in polygons))
    return Outline("Polygon", told[0], label) if len(told) == 1 else Outline("MultiPolygon", told, label)


def _parts(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadShape("form")
    if len(value) > MOST_RINGS:
        raise BadShape("rings", count=len(value), most=MOST_RINGS)
    return value


def _positions(value: Any, mercator: bool, room: _Room) -> list[Point]:
    if not isinstance(value, list):
        raise BadShape("form")
    room.take(len(value))
    found: list[Point] = []
    for each in value:
        if not isinstance(each, list) or not 2 <= len(each) <= 4:
            raise BadShape("position", value=_shown(each))
        x, y = each[0], each[1]
        if type(x) not in (int, float) or type(y) not in (int, float):
            raise BadShape("position", value=_shown(each))
        lon, lat = _unprojected(x, y) if mercator else (float(x), float(y))
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):  # also where one is no number
            raise BadShape("place", lat=f"{lat:g}", lon=f"{lon:g}")
        found.append((round(lon, _DIGITS), round(lat, _DIGITS)))
    return found


def _unprojected(x: float, y: float) -> Point:
    if not (abs(x) < 1e9 and abs(y) < 1e9):
        return math.inf, math.inf
    lon = math.degrees(x / _RADIUS_M)
    # the world's edge is reached a hair beyond 180
    lon = math.copysign(180.0, lon) if 180.0 < abs(lon) < 180.000001 else lon
    return lon, math.degrees(2 * math.atan(math.exp(max(-700.0, min(700.0, y / _RADIUS_M)))) - math.pi / 2)


def _closed(ring: list[Point]) -> list[Point]:
    """The ring without points said twice in a row, closed."""
    points = [point for place, point in enumerate(ring) if not place or point != ring[place - 1]]
    if points and points[0] != points[-1]:
        points.append(points[0])
    if len(points) < 4:
        raise BadShape("short", found=len(points))
    return points


def _turned(ring: list[Point], *, outer: bool) -> list[Point]:
    area = signed_area(ring)
    if area == 0:
        raise BadShape("flat")
    return ring if (area > 0) == outer else ring[::-1]


def _nested(rings: list[list[Point]]) -> list[list[list[Point]]]:
    """Polygons of Esri's rings, each an outer one (turned counter-clockwise, as GeoJSON has it) and its holes. A ring
    without an area is left out where others have one; a hole in nothing is an outer ring that was turned."""
    sound = [ring for ring in map(_closed, rings) if signed_area(ring) != 0]
    if rings and not sound:
        raise BadShape("flat")
    outers = [ring[::-1] for ring in sound if signed_area(ring) < 0]
    holes = [ring for ring in sound if signed_area(ring) > 0]
    if len(holes) * sum(map(len, outers)) > _MOST_TESTS:
        raise BadShape("rings", count=len(rings), most=MOST_RINGS)
    # the smallest first: an island in a lake of an island has its own lakes
    areas = [signed_area(ring) for ring in outers]
    order = sorted(range(len(outers)), key=lambda each: areas[each])
    boxes = [bounds([ring]) for ring in outers]
    found: list[list[list[Point]]] = [[ring] for ring in outers]
    for hole in holes:
        lon, lat = label_point(((tuple(hole),),))
        room = signed_area(hole)
        for each in order:
            west, south, east, north = boxes[each]
            # the point of a lake may lie on its island
            if (
                areas[each] >= room
                and west <= lon <= east
                and south <= lat <= north
                and in_ring(lon, lat, outers[each])
            ):
                found[each].append(hole[::-1])
                break
        else:
            found.append([hole])
    return found


def _count(coordinates: Any) -> int:
    if not coordinates or not isinstance(coordinates[0], list):
        return 1 if coordinates else 0
    return sum(map(_count, coordinates))


def _rounded(outline: Outline, digits: int) -> Any:
    kind, told = outline.type, outline.coordinates
    if kind in ("MultiPoint", "LineString"):
        return _once(told, digits, 1 if kind == "MultiPoint" else 2)
    if kind == "MultiLineString":
        return [line for each in told if (line := _once(each, digits, 2))]
    polygons = [told] if kind == "Polygon" else told
    return [rings for polygon in polygons if (rings := list(_rings(polygon, digits)))]


def _rings(polygon: Sequence[Any], digits: int) -> Iterator[Any]:
    """The rings that are still some; a polygon that lost its outer one has none."""
    for place, ring in enumerate(polygon):
        told = _once(ring, digits, 4)
        if told and signed_area(told):
            yield told
        elif not place:
            return


def _once(points: Sequence[Any], digits: int, least: int) -> list[Any]:
    found: list[Any] = []
    for lon, lat in points:
        point = [round(lon, digits), round(lat, digits)]
        if not found or found[-1] != point:
            found.append(point)
    return found if len(found) >= least else []


def _shown(value: Any) -> str:
    return "".join(each if each.isprintable() else " " for each in str(value)[:60])
