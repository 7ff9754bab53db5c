"""A pack made of a list of codes and its boundaries: an invented pair, spoiled pairs, and two real cities."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadPack
from console.core.geometry import AreaIndex, area_m2, inside
from console.core.pack import CityPack, Level
from console.core.pack_check import read_pack
from console.core.pack_from_codes import from_codes
from console.store.files import resources
from tests.cities import LOWEST_CODES, geojson, small_pack

TEMPLATE = {name.rsplit("/", 1)[1]: raw for name, raw in resources("pack_template/*")}
CODES = b"""kode,tingkat,nama,kode_induk,kodepos
99.71,kota,Kota Rekaan,99,
99.71.01,kecamatan,Sukamaju,99.71,
99.71.02,kecamatan,Mekarsari,99.71,
99.71.01.1001,kelurahan,Sukamaju Timur,99.71.01,99111
99.71.01.1002,kelurahan,Sukamaju,99.71.01,99112
99.71.01.1003,kelurahan,Mekarsari,99.71.01,99113
99.71.02.1001,kelurahan,Kebon Baru,99.71.02,99114
99.71.02.1002,desa,Kebon Lama,99.71.02,99115
"""


def boundaries(change: Callable[[list[dict[str, Any]]], object] = len) -> bytes:
    """The boundaries of the invented city with names, changed by hand."""
    whole = json.loads(geojson(LOWEST_CODES))
    for feature in whole["features"]:
        feature["properties"]["nama"] = small_pack().areas[feature["properties"]["kode"]].name
    change(whole["features"])
    return json.dumps(whole).encode()


def made(codes: bytes = CODES, shapes: bytes | None = None) -> Mapping[str, bytes]:
    return from_codes(codes, boundaries() if shapes is None else shapes, "uji", TEMPLATE)


def faults_of(codes: bytes = CODES, shapes: bytes | None = None) -> list[tuple[str, str]]:
    with pytest.raises(BadPack) as trouble:
        made(codes, shapes)
    return [(fault.where, fault.says.removeprefix("pack.fault.")) for fault in trouble.value.faults]


def test_a_raw_pair_becomes_a_whole_sound_pack() -> None:
    pack = read_pack(made(), "uji")
    assert (pack.id, pack.name, pack.zone.key, pack.schematic) == ("99-71", "Kota Rekaan", "Asia/Jakarta", False)
    assert [area.code for area in pack.children("99.71")] == ["99.71.01", "99.71.02"]
    assert pack.areas["99.71.02.1002"].level is Level.KELURAHAN
    for code in ("99.71", "99.71.01", "99.71.02"):
        assert area_m2(pack.areas[code].polygons) == pytest.approx(area_m2(small_pack().areas[code].polygons), rel=1e-6)
    assert not any(opd.verified for opd in pack.opds.values())
    assert not any(area.bps for area in pack.areas.values())


def test_the_same_pair_makes_the_same_files() -> None:
    assert made() == made()


def swap_names(features: list[dict[str, Any]]) -> None:
    one, other = features[0]["properties"], features[3]["properties"]
    one["nama"], other["nama"] = other["nama"], one["nama"]


def swap_axes(features: list[dict[str, Any]]) -> None:
    for feature in features:
        feature["geometry"]["coordinates"] = [
            [point[::-1] for point in ring] for ring in feature["geometry"]["coordinates"]
        ]


SPOILED: list[tuple[Callable[[list[dict[str, Any]]], object], list[tuple[str, str]]]] = [
    (
        swap_names,
        [("kelurahan.geojson features[0]", "name_differs"), ("kelurahan.geojson features[3]", "name_differs")],
    ),
    (lambda features: features.pop(), [("kode.csv:9", "shape_missing")]),
    (lambda features: features.append(features[0]), [("kelurahan.geojson features[5]", "shape_twice")]),
    (lambda features: features.clear(), [("kelurahan.geojson features", "empty")]),
    (
        lambda features: features[1]["properties"].pop("kode"),
        [("kelurahan.geojson features[1].properties.kode", "shape_without_code"), ("kode.csv:6", "shape_missing")],
    ),
    (
        lambda features: features[1].update(geometry=None),
        [("kelurahan.geojson features[1].geometry", "geometry_null")],
    ),
    (
        swap_axes,
        [(f"kelurahan.geojson features[{number}].geometry.coordinates[0][0]", "swapped") for number in range(5)],
    ),
]


@pytest.mark.parametrize(("change", "faults"), SPOILED)
def test_spoiled_boundaries_are_refused_with_reasons(
    change: Callable[[list[dict[str, Any]]], object], faults: list[tuple[str, str]]
) -> None:
    assert faults_of(shapes=boundaries(change)) == faults


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        (b"", ("kode.csv", "empty")),
        (b"<!DOCTYPE html><title>404</title>", ("kode.csv", "html")),
        (CODES.replace(b"tingkat", b"level"), ("kode.csv:1", "column_missing")),
        (CODES.replace(b"99.71.01,kecamatan", b"99.7l.01,kecamatan"), ("kode.csv:3 kode", "code_form")),
        (CODES.replace(b"99.71,kota", b"99.71,kerajaan"), ("kode.csv", "one_city")),
        ("kode,tingkat,nama\n99.71,kota,Kota Rékaan".encode("latin-1"), ("kode.csv:2", "encoding")),
    ],
)
def test_a_spoiled_list_of_codes_is_refused_with_reasons(codes: bytes, fault: tuple[str, str]) -> None:
    assert fault in faults_of(codes)


def real(shared_data: Path, city: str) -> tuple[CityPack, dict[str, Any]]:
    """The pack made of a real pair, and the outlines that came with it."""
    folder = shared_data / "geo"
    files = from_codes(
        (folder / f"{city}-kode.csv").read_bytes(), (folder / f"{city}-kelurahan.geojson").read_bytes(), city, TEMPLATE
    )
    given = {
        feature["properties"]["kode"]: feature
        for level in ("kecamatan", "kota")
        for feature in json.loads((folder / f"{city}-{level}.geojson").read_bytes())["features"]
    }
    return read_pack(files, city, deep=False), given


@pytest.mark.parametrize(
    ("city", "id_", "counts", "km2"),
    [("tangerang", "36-71", [1, 13, 104], 178.3), ("semarang", "33-74", [1, 16, 177], 370.0)],
)
def test_real_cities(shared_data: Path, city: str, id_: str, counts: list[int], km2: float) -> None:
    from shapely import MultiPolygon
    from shapely.geometry import shape

    pack, given = real(shared_data, city)
    assert pack.id == id_
    assert [sum(area.level is level for area in pack.areas.values()) for level in Level] == counts
    assert area_m2(pack.city.polygons) / 1e6 == pytest.approx(km2, rel=0.003)
    for code, feature in given.items():
        theirs = shape(feature["geometry"])
        ours = MultiPolygon([(polygon[0], list(polygon[1:])) for polygon in pack.areas[code].polygons])
        assert ours.symmetric_difference(theirs).area < 0.005 * theirs.area, code
        assert area_m2(pack.areas[code].polygons) / 1e6 == pytest.approx(feature["properties"]["luas_km2"], rel=0.005)
    index = AreaIndex(pack)
    for area in pack.areas.values():
        assert inside(*area.centre, area.polygons), area.code
        assert area.level is not Level.KELURAHAN or index.find(*area.centre) == area.code
