"""Judging and joining shapes with the geometry library: used where packs are checked and installed, never at a start.

Importing the library costs a fifth of a second and 20 MB, so only this file does it, and only when called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.core.geojson import Shape
from console.core.geometry import Point, Polygons, area_m2, metres_per_degree, ring_area_m2, signed_area
from console.core.pack import Ring
from console.core.pack_text import Faults

_GRID = 1e-6
"""Degrees to which shapes are rounded before they are joined: about 0.1 m."""
_SLIVER_M2 = 30_000.0
"""Holes up to this size in a joined outline are gaps between neighbours that were drawn apart, not lakes."""
_OVERLAP_M2 = 20_000.0
"""Neighbours that share more ground than this are a fault; below it they are two drawings of one border."""

_KINDS = {
    "self-intersection": "shape_crosses",
    "ring self-intersection": "shape_touches",
    "hole lies outside shell": "shape_hole_outside",
    "nested shells": "shape_nested",
    "holes are nested": "shape_holes_nested",
    "interior is disconnected": "shape_cut",
    "invalid coordinate": "shape_coordinate",
    "too few points in geometry component": "shape_few",
}
"""What the geometry library says is wrong, by the phrases that say it."""


def check_shapes(shapes: Sequence[Shape], faults: Faults) -> None:
    """Faults of shapes that cross themselves, and of areas that lie on one another."""
    import shapely

    solid: list[tuple[Shape, Any]] = []
    for shape in shapes:
        body = _body(shape.polygons)
        reason = shapely.is_valid_reason(body)
        if reason == "Valid Geometry":
            solid.append((shape, body))
        else:
            faults.add(f"{shape.where}.geometry", "geometry_invalid", code=shape.code, fault=_fault(str(reason)))
    tree = shapely.STRtree([body for _, body in solid])
    for number, (shape, body) in enumerate(solid):
        for other in sorted(int(each) for each in tree.query(body) if each > number):
            shared = _area_m2(body.intersection(solid[other][1]))
            if shared > max(_OVERLAP_M2, 0.02 * min(area_m2(shape.polygons), area_m2(solid[other][0].polygons))):
                faults.add(
                    f"{shape.where}.geometry", "overlap", code=shape.code, other=solid[other][0].code, m2=round(shared)
                )


def _fault(reason: str) -> str:
    """`Self-intersection[106.1 -6.1]` as a code and its place."""
    kind, _, place = reason.rstrip("]").partition("[")
    return f"{_KINDS.get(kind.lower(), 'shape')} {place}"


def dissolve(parts: Sequence[Polygons]) -> Polygons:
    """One outline of many areas: joined, slivers between neighbours closed, rings in a fixed order."""
    import shapely

    bodies = [shapely.set_precision(_body(part), _GRID) for part in parts if part]
    return _polygons(shapely.union_all(bodies, grid_size=_GRID)) if bodies else ()


def dissolve_upwards(polygons: Mapping[str, Polygons], parents: Mapping[str, str]) -> dict[str, Polygons]:
    """Outlines of the areas above: each parent from its children, and theirs from those, up to the city."""
    made: dict[str, Polygons] = {}
    level: Mapping[str, Polygons] = polygons
    while level:
        below: dict[str, list[Polygons]] = {}
        for code in sorted(level):
            if parents.get(code):
                below.setdefault(parents[code], []).append(level[code])
        level = {code: dissolve(parts) for code, parts in below.items() if code not in polygons}
        made.update(level)
    return made


def _body(polygons: Polygons) -> Any:
    import shapely

    return shapely.MultiPolygon([(polygon[0], list(polygon[1:])) for polygon in polygons])


def _polygons(body: Any) -> Polygons:
    parts = [each for each in getattr(body, "geoms", [body]) if each.geom_type == "Polygon" and not each.is_empty]
    made: list[tuple[Ring, ...]] = []
    for part in parts:
        holes = [_ring(hole.coords, outer=False) for hole in part.interiors]
        made.append((_ring(part.exterior.coords, outer=True), *(h for h in sorted(holes) if _is_hole(h))))
    kept = [polygon for polygon in made if ring_area_m2(polygon[0]) > 1.0]
    return tuple(sorted(kept, key=lambda polygon: (-ring_area_m2(polygon[0]), polygon[0])))


def _is_hole(ring: Ring) -> bool:
    return ring_area_m2(ring) > _SLIVER_M2


def _ring(coords: Any, *, outer: bool) -> Ring:
    points: list[Point] = [(round(x, 6), round(y, 6)) for x, y, *_ in coords][:-1]
    start = points.index(min(points))
    turned = points[start:] + points[:start]
    closed = (*turned, turned[0])
    return closed if (signed_area(closed) > 0) == outer else tuple(reversed(closed))


def _area_m2(body: Any) -> float:
    if body.is_empty:
        return 0.0
    east_m, north_m = metres_per_degree(body.centroid.y)
    return float(body.area) * east_m * north_m
