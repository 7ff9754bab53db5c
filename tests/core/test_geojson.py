"""Shapes out of GeoJSON: each defect is refused with its place and reason, harmless ones are put right."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.geojson import Shape, place_fault, read_shapes
from console.core.geometry import signed_area
from console.core.pack_text import Faults

SQUARE = [[106.0, -6.01], [106.01, -6.01], [106.01, -6.0], [106.0, -6.0], [106.0, -6.01]]
HOLE = [[106.004, -6.006], [106.004, -6.004], [106.006, -6.004], [106.006, -6.006], [106.004, -6.006]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kode": "99.71", **properties}, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def read(whole: Any) -> tuple[dict[str, Shape], list[tuple[str, str]]]:
    faults = Faults()
    raw = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    shapes = read_shapes("x.geojson", raw, faults)
    return shapes, [(fault.where, fault.says.removeprefix("pack.fault.")) for fault in faults.found]


def test_a_polygon_with_a_hole_comes_under_its_code() -> None:
    shapes, faults = read(collection(feature(polygon(SQUARE, HOLE), nama="Rekaan")))
    assert not faults
    shape = shapes["99.71"]
    assert (shape.code, shape.name, shape.where) == ("99.71", "Rekaan", "x.geojson features[0]")
    assert [len(rings) for rings in shape.polygons] == [2]


def test_several_polygons_of_one_area_are_kept() -> None:
    shapes, faults = read(collection(feature({"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]})))
    assert not faults
    assert len(shapes["99.71"].polygons) == 2


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_the_turning_direction_is_put_right(ring: Any, hole: Any) -> None:
    shapes, faults = read(collection(feature(polygon(ring, hole))))
    outer, inner = shapes["99.71"].polygons[0]
    assert not faults
    assert signed_area(outer) > 0 > signed_area(inner)


def test_heights_and_points_said_twice_are_left_out() -> None:
    high = [[lon, lat, 12.5] for lon, lat in SQUARE for _ in range(2)]
    shapes, faults = read(collection(feature(polygon(high))))
    assert not faults
    assert shapes["99.71"].polygons[0][0] == tuple((lon, lat) for lon, lat in SQUARE)


def test_a_code_may_stand_as_the_features_id() -> None:
    one = {**feature(polygon(SQUARE)), "id": "99.71.02", "properties": None}
    assert list(read(collection(one))[0]) == ["99.71.02"]


def ring_with(lon: Any, lat: Any) -> list[Any]:
    return [SQUARE[0], [lon, lat], *SQUARE[2:]]


DEFECTS: list[tuple[Any, str, str]] = [
    (None, "", "geometry_null"),
    ([], "", "type"),
    ({"type": "Point", "coordinates": [106, -6]}, ".type", "geometry_kind"),
    ({"type": "LineString", "coordinates": SQUARE}, ".type", "geometry_kind"),
    ({"type": "GeometryCollection", "geometries": []}, ".type", "geometry_kind"),
    ({"type": ["Polygon"]}, ".type", "geometry_kind"),
    ({"type": "polygon", "coordinates": [SQUARE]}, ".type", "geometry_kind"),
    ({"type": "Polygon"}, ".coordinates", "ring_form"),
    (polygon(), ".coordinates", "ring_form"),
    (polygon([]), ".coordinates[0]", "ring_form"),
    (polygon("SQUARE"), ".coordinates[0]", "ring_form"),
    ({"type": "MultiPolygon", "coordinates": [[SQUARE], []]}, ".coordinates[1]", "ring_form"),
    (polygon(SQUARE[:-1]), ".coordinates[0]", "ring_open"),
    (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), ".coordinates[0]", "ring_short"),
    (polygon([SQUARE[0]] * 5), ".coordinates[0]", "ring_short"),
    (polygon([[106.0, -6.0], [106.1, -6.0], [106.2, -6.0], [106.0, -6.0]]), ".coordinates[0]", "ring_flat"),
    (polygon(SQUARE, HOLE[:-1]), ".coordinates[1]", "ring_open"),
    (polygon(ring_with("106.01", -6.01)), ".coordinates[0][1]", "position"),
    (polygon(ring_with(None, -6.01)), ".coordinates[0][1]", "position"),
    (polygon(ring_with(True, -6.01)), ".coordinates[0][1]", "position"),
    (polygon([[106.0], *SQUARE]), ".coordinates[0][0]", "position"),
    (polygon([[106.0, -6.0, 1, 2], *SQUARE]), ".coordinates[0][0]", "position"),
    (polygon([[lat, lon] for lon, lat in SQUARE]), ".coordinates[0][0]", "swapped"),
    (polygon([[lon * 111_320, lat * 110_574] for lon, lat in SQUARE]), ".coordinates[0][0]", "projected"),
    (polygon(ring_with(181, -6.01)), ".coordinates[0][1]", "outside"),
    (polygon(ring_with(1e400, -6.01)), "", "json_number"),
    (polygon(ring_with(10**400, -6.01)), ".coordinates[0][1]", "position"),
    (polygon(ring_with(106.0, -(10**400))), ".coordinates[0][1]", "position"),
    ({**polygon(SQUARE), "crs": {"type": "name", "properties": {"name": "EPSG:32748"}}}, ".crs", "crs"),
]


@pytest.mark.parametrize(("geometry", "place", "says"), DEFECTS)
def test_each_defect_is_refused_with_its_place(geometry: Any, place: str, says: str) -> None:
    good = feature(polygon(SQUARE), kode="99.71.01")
    shapes, faults = read(collection(feature(geometry), good))
    if says == "json_number":
        assert faults == [("x.geojson", "json_number")]
        return
    assert faults == [(f"x.geojson features[0].geometry{place}", says)]
    assert list(shapes) == ["99.71.01"]


@pytest.mark.parametrize(
    ("whole", "place", "says"),
    [
        (b"", "", "empty"),
        (b"{", ":1", "json"),
        (b"[" * 50_000, "", "json_form"),
        (b"9" * 5000, "", "json_form"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "", "json_number"),
        (b"<html>", "", "html"),
        (b"\xff\xd8\xff\xe0", ":1", "encoding"),
        ([], "", "not_collection"),
        ({"type": "Feature"}, "", "not_collection"),
        ({"type": ["FeatureCollection"]}, "", "not_collection"),
        ({"type": "FeatureCollection"}, " features", "type"),
        ({"type": "FeatureCollection", "features": {}}, " features", "type"),
        (collection(), " features", "empty"),
        (collection(None), " features[0]", "not_feature"),
        (collection(polygon(SQUARE)), " features[0]", "not_feature"),
        (collection({"type": "Feature", "properties": []}), " features[0].properties", "type"),
        (
            collection({"type": "Feature", "properties": {"nama": "x"}}),
            " features[0].properties.kode",
            "shape_without_code",
        ),
        (collection(feature(polygon(SQUARE)), feature(polygon(HOLE))), " features[1]", "shape_twice"),
        (collection(feature(polygon(SQUARE), nama="\x1b[31m")), " features[0].properties.nama", "characters"),
    ],
)
def test_what_is_no_collection_of_shapes_is_told(whole: Any, place: str, says: str) -> None:
    assert read(whole)[1] == [(f"x.geojson{place}", says)]


@pytest.mark.parametrize("name", ["EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_the_one_coordinate_system_may_be_named(name: str) -> None:
    whole = collection(feature(polygon(SQUARE)), crs={"type": "name", "properties": {"name": name}})
    assert not read(whole)[1]


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
        {"type": "name", "properties": {"name": "EPSG:23834"}},
        {"type": "link", "properties": {"href": "http://x"}},
        {"type": "name", "properties": None},
        "EPSG:3857",
        {},
    ],
)
def test_another_coordinate_system_is_refused(crs: Any) -> None:
    shapes, faults = read(collection(feature(polygon(SQUARE)), crs=crs))
    assert faults == [("x.geojson crs", "crs")]
    assert not shapes


@pytest.mark.parametrize(
    ("lon", "lat", "says"),
    [
        (106.63, -6.17, ""),
        (-6.17, 106.63, "swapped"),
        (180, 90, ""),
        (180.1, 0, "outside"),
        (200, 200, "outside"),
        (700_000, 9_300_000, "projected"),
        (11_870_000, -688_000, "projected"),
    ],
)
def test_an_impossible_place_is_told_by_its_cause(lon: float, lat: float, says: str) -> None:
    assert place_fault(lon, lat) == says


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "coordinates", "id"]), inner),
    max_leaves=20,
)


@given(JSON)
def test_no_geometry_ever_raises(geometry: Any) -> None:
    shapes, faults = read(collection(feature(geometry)))
    assert faults or shapes


def recorded(folder: Path, start: str) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(folder / "hostile" / "geojson-bad-good.zip") as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if name.startswith(start) and name[-1] != "/"]


def test_every_recorded_bad_file_is_refused(shared_data: Path) -> None:
    for name, raw in recorded(shared_data, "bad/"):
        assert read(raw)[1], name


@pytest.mark.parametrize("name", ["good-polygon", "multipolygon"])
def test_recorded_good_shapes_are_taken(shared_data: Path, name: str) -> None:
    geometry = json.loads(dict(recorded(shared_data, "good/"))[f"good/{name}.geojson"])
    if geometry["type"] == "Feature":
        geometry = geometry["geometry"]
    shapes, faults = read(collection(feature(geometry)))
    assert not faults
    assert shapes
