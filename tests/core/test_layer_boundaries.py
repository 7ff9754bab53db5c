"""Boundaries as the answer of an Esri layer: the same pack as of GeoJSON, and each way to be none."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadPack
from console.core.geometry import area_m2, signed_area
from console.core.pack_check import read_pack
from console.core.pack_from_codes import from_codes
from tests.core.test_pack_from_codes import CODES, TEMPLATE, boundaries, faults_of, made


def metres(lon: float, lat: float) -> list[float]:
    return [math.radians(lon) * 6378137.0, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * 6378137.0]


def of_layer(raw: bytes, *, mercator: bool = False, agency: bool = False, **more: Any) -> bytes:
    """The same boundaries as an Esri layer tells them: clockwise rings, attributes in capitals."""
    features: list[dict[str, Any]] = []
    for each in json.loads(raw)["features"]:
        inner = each["geometry"]["coordinates"]
        polygons = [inner] if each["geometry"]["type"] == "Polygon" else inner
        rings = []
        for polygon in polygons:
            for place, ring in enumerate(polygon):
                turned = ring[::-1] if (signed_area(ring) > 0) == (place == 0) else ring
                rings.append([metres(*point) if mercator else point for point in turned])
        said = each["properties"]
        names = ("KDEPUM", "NAMOBJ") if agency else ("KODE", "NAMA")
        told = {names[0]: said["kode"], names[1]: said.get("nama"), "OBJECTID": len(features)}
        features.append({"attributes": told, "geometry": {"rings": rings}})
    system = {"wkid": 102100, "latestWkid": 3857} if mercator else {"wkid": 4326}
    whole = {"geometryType": "esriGeometryPolygon", "spatialReference": system, "features": features, **more}
    return json.dumps(whole).encode()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    whole = json.loads(of_layer(boundaries()))
    change(whole)
    return json.dumps(whole).encode()


def test_a_layer_makes_the_same_pack() -> None:
    wanted = made()
    assert made(CODES, of_layer(boundaries())) == wanted
    assert made(CODES, of_layer(boundaries(), agency=True)) == wanted


def test_mercator_makes_the_same_pack_but_for_centimetres() -> None:
    pack, wanted = (read_pack(made(CODES, each), "x") for each in (of_layer(boundaries(), mercator=True), boundaries()))
    for code, area in wanted.areas.items():
        assert area_m2(pack.areas[code].polygons) == pytest.approx(area_m2(area.polygons), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda whole: whole.update(spatialReference={"wkid": 32748}), ("spatialReference", "crs")),
        (lambda whole: whole.update(exceededTransferLimit=True), ("exceededTransferLimit", "layer_part")),
        (lambda whole: whole.update(features=[]), ("features", "empty")),
        (lambda whole: whole["features"].append(5), ("features[5]", "not_feature")),
        (
            lambda whole: whole["features"].append({"attributes": {}}),
            ("features[5].properties.kode", "shape_without_code"),
        ),
    ],
)
def test_faults_of_the_whole(change: Callable[[dict[str, Any]], object], fault: tuple[str, str]) -> None:
    assert (f"kelurahan.geojson {fault[0]}", fault[1]) in faults_of(shapes=changed(change))


@pytest.mark.parametrize(
    ("geometry", "place", "says"),
    [
        (None, "", "geometry_null"),
        ({"rings": [[[1, 2], [3, 4], [1, 2]]]}, "", "ring_short"),
        ({"rings": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}, "", "ring_flat"),
        ({"curveRings": []}, "", "geometry_kind"),
        ({"rings": [[["a", 1]]]}, "", "position"),
        ({"rings": [[[-6, 106]]]}, "", "swapped"),
        ({"rings": [[[700000, 9300000]]]}, "", "projected"),
        ({"rings": 5}, "", "ring_form"),
        ({"x": 1, "y": 2}, ".type", "geometry_kind"),
        ({"rings": [[[1, 2]]], "spatialReference": {"wkid": 1}}, ".spatialReference", "crs"),
    ],
)
def test_faults_of_a_shape(geometry: Any, place: str, says: str) -> None:
    shapes = changed(lambda whole: whole["features"][0].update(geometry=geometry))
    assert (f"kelurahan.geojson features[0].geometry{place}", says) in faults_of(shapes=shapes)


def test_a_real_city_as_a_layer(shared_data: Path) -> None:
    codes = (shared_data / "geo" / "semarang-kode.csv").read_bytes()
    raw = (shared_data / "geo" / "semarang-kelurahan.geojson").read_bytes()
    wanted = from_codes(codes, raw, "uji", TEMPLATE)
    found = from_codes(codes, of_layer(raw), "uji", TEMPLATE)
    pack, other = read_pack(found, "x"), read_pack(wanted, "x")
    assert pack.areas.keys() == other.areas.keys()
    assert area_m2(pack.city.polygons) == pytest.approx(area_m2(other.city.polygons), rel=1e-9)


def test_what_is_neither_is_told() -> None:
    with pytest.raises(BadPack):
        made(CODES, b'{"error":{"code":400}}')
