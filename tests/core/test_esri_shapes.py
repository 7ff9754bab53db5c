"""Esri's shapes as GeoJSON's: whose hole is whose, which system, which point, and each way to be none."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import pytest

from console.core.esri_shapes import MOST_POINTS, MOST_RINGS, BadShape, coarser, is_mercator, of_esri, of_geojson
from console.core.geometry import inside, signed_area


def box(west: float, south: float, east: float, north: float, *, outer: bool = True) -> list[list[float]]:
    """A ring, clockwise where it is an outer one of Esri."""
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return ring if outer else ring[::-1]


def rings(*rings: Any) -> dict[str, Any]:
    return {"rings": list(rings)}


def test_a_ring_is_turned_as_geojson_has_it() -> None:
    found = of_esri(rings(box(106, -7, 107, -6)))
    assert found is not None and found.type == "Polygon"
    assert signed_area(found.coordinates[0]) == 1.0 and found.coordinates[0][0] == found.coordinates[0][-1]
    assert inside(*found.label, (tuple(tuple(map(tuple, ring)) for ring in found.coordinates),))


def test_each_hole_goes_to_the_smallest_ring_around_it() -> None:
    land, lake = box(0, 0, 10, 10), box(1, 1, 9, 9, outer=False)
    island, pond = box(2, 2, 8, 8), box(3, 3, 4, 4, outer=False)
    other = box(20, 0, 30, 10)
    found = of_esri(rings(pond, lake, land, island, other))
    assert found is not None and found.type == "MultiPolygon"
    told = {tuple(polygon[0][2]): [tuple(hole[0]) for hole in polygon[1:]] for polygon in found.coordinates}
    assert told == {(10, 10): [(1, 1)], (8, 8): [(3, 3)], (30, 10): []}
    assert all(signed_area(ring) < 0 for polygon in found.coordinates for ring in polygon[1:])


def test_a_hole_in_nothing_is_a_ring_that_was_turned() -> None:
    found = of_esri(rings(box(0, 0, 1, 1, outer=False)))
    assert found is not None and found.type == "Polygon" and signed_area(found.coordinates[0]) == 1.0


def test_a_hole_that_touches_its_ring() -> None:
    found = of_esri(rings(box(0, 0, 4, 4), box(0, 0, 1, 1, outer=False)))
    assert found is not None and found.type == "Polygon" and len(found.coordinates) == 2


def test_rings_are_closed_and_a_flat_one_beside_others_is_left_out() -> None:
    found = of_esri(rings(box(0, 0, 1, 1)[:-1], [[5, 5], [6, 6], [7, 7], [5, 5]]))
    assert found is not None and found.type == "Polygon" and len(found.coordinates[0]) == 5


@pytest.mark.parametrize(
    ("raw", "kind", "coordinates", "label"),
    [
        ({"x": 106.5, "y": -6.25}, "Point", [106.5, -6.25], (106.5, -6.25)),
        ({"points": [[1, 2], [3, 4]]}, "MultiPoint", [[1.0, 2.0], [3.0, 4.0]], (3, 4)),
        ({"paths": [[[1, 2], [3, 4], [5, 6]]]}, "LineString", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], (3, 4)),
        ({"paths": [[[1, 2], [3, 4]], [[5, 6, 9], [7, 8, 9]]]}, "MultiLineString", ..., (3, 4)),
        ({"xmin": 0, "ymin": 0, "xmax": 2, "ymax": 1}, "Polygon", ..., ...),
    ],
)
def test_other_shapes(raw: Any, kind: str, coordinates: Any, label: Any) -> None:
    found = of_esri(raw)
    assert found is not None and found.type == kind
    assert coordinates is ... or found.coordinates == coordinates
    assert label is ... or found.label == label
    again = of_geojson(found.plain())
    assert again is not None and again.coordinates == found.coordinates


@pytest.mark.parametrize("raw", [None, {}, {"x": "NaN", "y": "NaN"}, {"x": None}, {"points": []}, {"rings": []}])
def test_there_may_be_no_shape(raw: Any) -> None:
    assert of_esri(raw) is None
    assert of_geojson(None) is None and of_geojson({"type": "Polygon", "coordinates": []}) is None


def test_mercator_is_reckoned_back() -> None:
    found = of_esri({"x": 11870763.93, "y": -690000.0}, True)
    assert found is not None
    assert found.coordinates == pytest.approx([106.63689, -6.18628], abs=1e-4)
    own = of_esri({"x": 20037508.342789244, "y": 0, "spatialReference": {"wkid": 102100}})
    assert own is not None and own.coordinates == [180.0, 0.0]


@pytest.mark.parametrize(
    ("reference", "metres"),
    [
        (None, False),
        ({}, False),
        ({"wkid": 4326}, False),
        ({"wkid": 102100, "latestWkid": 3857}, True),
        ({"wkid": 3857}, True),
        ({"wkid": 102113}, True),
        ({"wkt": 'GEOGCS["GCS_WGS_1984",DATUM["x"]]'}, False),
    ],
)
def test_systems(reference: Any, metres: bool) -> None:
    assert is_mercator(reference) is metres


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({"wkid": 32748}, "EPSG 32748"),
        ({"wkid": 102697, "latestWkid": 2816}, "EPSG 2816"),
        ({"wkt": 'PROJCS["DGN_1995_UTM_Zone_48S",GEOGCS["GCS_DGN_1995"]]'}, "DGN_1995_UTM_Zone_48S"),
        ({"wkid": True}, "{'wkid': True}"),
        ("EPSG:1", "EPSG:1"),
        ({"wkt": "\0" * 99}, " " * 60),
    ],
)
def test_another_system_is_refused_by_its_name(reference: Any, name: str) -> None:
    with pytest.raises(BadShape) as caught:
        is_mercator(reference)
    assert (caught.value.says, caught.value.values) == ("system", {"name": name})


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (5, "form"),
        ({"a": 1}, "form"),
        ({"rings": 5}, "form"),
        ({"rings": [5]}, "form"),
        ({"curveRings": []}, "curves"),
        ({"rings": [[[1, 2], [3, 4], [1, 2]]]}, "short"),
        ({"rings": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}, "flat"),
        ({"rings": [[]] * (MOST_RINGS + 1)}, "rings"),
        ({"points": [[1, 2]] * (MOST_POINTS + 1)}, "points"),
        ({"paths": [[[1, 2]]]}, "short"),
        ({"x": "1", "y": 2}, "position"),
        ({"x": True, "y": 2}, "position"),
        ({"points": [[1]]}, "position"),
        ({"points": [[200, 1]]}, "place"),
        ({"points": [[float("nan"), 1]]}, "place"),
        ({"points": [[10**18, 1]]}, "place"),
        ({"x": 1, "y": 2, "spatialReference": {"wkid": 1}}, "system"),
    ],
)
def test_no_shape_of_esri(raw: Any, says: str) -> None:
    with pytest.raises(BadShape) as caught:
        of_esri(raw)
    assert caught.value.says == says


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"type": "GeometryCollection", "geometries": []}, "form"),
        ({"type": "Polygon"}, "form"),
        ([], "form"),
        ({"type": "Point", "coordinates": 5}, "position"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "short"),
        ({"type": "MultiPolygon", "coordinates": [[[[1, 1], [2, 2], [3, 3], [1, 1]]]]}, "flat"),
        ({"type": "MultiPolygon", "coordinates": [[box(0, 0, 1, 1)] * 600] * 2}, "rings"),
    ],
)
def test_no_shape_of_geojson(raw: Any, says: str) -> None:
    with pytest.raises(BadShape) as caught:
        of_geojson(raw)
    assert caught.value.says == says


def test_mercators_infinity_is_no_place() -> None:
    with pytest.raises(BadShape) as caught:
        of_esri({"x": 1e12, "y": 0}, True)
    assert caught.value.says == "place"


def test_rings_that_are_too_many_to_be_nested() -> None:
    outer = [[place / 1000, 0.0] for place in range(20_000)][::-1]
    outer = [[0.0, 0.0], [0.0, 1.0], [19.999, 1.0], *[[x, 0.0] for x, _ in outer]]
    holes = [box(0.01, 0.2, 0.02, 0.3, outer=False)] * 400
    with pytest.raises(BadShape) as caught:
        of_esri(rings(outer, *holes))
    assert caught.value.says == "rings"


def test_what_has_too_many_points_is_kept_coarser() -> None:
    circle = [[106 + cos(-pi * 2 * n / 5000), -6 + sin(-pi * 2 * n / 5000)] for n in range(5000)]
    whole = of_esri(rings(circle, box(120, 0, 120.000001, 0.000001)))
    assert whole is not None and whole.type == "MultiPolygon"
    kept, digits = coarser(whole, 2_000)
    assert digits == 2 and len(kept.coordinates) == 1 and len(kept.coordinates[0][0]) < 2_000
    assert kept.coordinates[0][0][0] == kept.coordinates[0][0][-1]
    assert coarser(whole, 10_000) == (whole, 7)
    with pytest.raises(BadShape):
        coarser(whole, 3)


@pytest.mark.parametrize("kind", ["paths", "points"])
def test_each_kind_gets_coarser(kind: str) -> None:
    points = [[n / 1e6, (n % 7) / 1e3] for n in range(4000)]
    whole = of_esri({kind: points if kind == "points" else [points]})
    assert whole is not None
    kept, digits = coarser(whole, 2_000)
    assert digits < 7 and kept.type == whole.type and kept.coordinates


def test_what_is_nothing_when_coarser_is_refused() -> None:
    tiny = [[0.001 + n / 1e7, n % 3 / 1e7] for n in range(3000)]
    whole = of_esri(rings(tiny))
    assert whole is not None
    with pytest.raises(BadShape):
        coarser(whole, 100)
