"""Features of GeoJSON and TopoJSON: sound ones are laid out, others are refused by name, large ones are left."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from sync.topology import MOST_FEATURES, features, rings
from sync.words_in import BadField


def topology(*geometries: Any, arcs: Any = (), **more: Any) -> list[Any]:
    found = features(
        {
            "type": "Topology",
            "objects": {"a": {"type": "GeometryCollection", "geometries": list(geometries)}},
            "arcs": list(arcs),
            **more,
        },
        "s",
    )
    assert found is not None
    return found


ARCS = [[[0, 0], [1, 0]], [[1, 0], [1, 1], [0, 0]]]


@pytest.mark.parametrize(
    ("raw", "coordinates"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, [1, 2]),
        ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, [[1, 2], [3, 4]]),
        ({"type": "LineString", "arcs": [0, 1]}, [[0, 0], [1, 0], [1, 1], [0, 0]]),
        ({"type": "LineString", "arcs": [-1]}, [[1, 0], [0, 0]]),
        ({"type": "MultiLineString", "arcs": [[0], [1]]}, [[[0, 0], [1, 0]], [[1, 0], [1, 1], [0, 0]]]),
        ({"type": "Polygon", "arcs": [[0, 1]]}, [[[0, 0], [1, 0], [1, 1], [0, 0]]]),
        ({"type": "MultiPolygon", "arcs": [[[0, 1]]]}, [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]),
    ],
)
def test_each_type_is_laid_out(raw: Any, coordinates: Any) -> None:
    (found,) = topology(raw, arcs=ARCS)
    assert found.geometry == {"type": raw["type"], "coordinates": coordinates}


def test_steps_are_added_up_and_moved() -> None:
    arcs = [[[10, 0], [5, 5], [-5, 5]]]
    (found,) = topology(
        {"type": "LineString", "arcs": [0]}, arcs=arcs, transform={"scale": [0.5, 2], "translate": [100, -6]}
    )
    assert found.geometry["coordinates"] == [[105, -6], [107.5, 4], [105, 14]]


@pytest.mark.parametrize(
    "raw",
    [
        *({"type": "Circle"}, {"type": 5}, {"type": "Point"}, {"type": "Point", "coordinates": ["1", 2]}),
        *(
            {"type": "LineString", "arcs": [2]},
            {"type": "LineString", "arcs": [True]},
            {"type": "Polygon", "arcs": [0]},
        ),
        *({"type": "MultiPoint", "coordinates": 5}, 5, {"type": "LineString", "arcs": [-3]}),
    ],
)
def test_a_bad_shape_is_refused_by_itself(raw: Any) -> None:
    bad, good = topology(raw, {"type": None, "properties": {"a": 1}}, arcs=ARCS)
    assert isinstance(bad.geometry, BadField) and good == ({"a": 1}, None)


@pytest.mark.parametrize(
    "more",
    [
        *({"arcs": 5}, {"arcs": [5]}, {"arcs": [[["a", 1]]]}, {"transform": {"scale": [1]}}, {"transform": 7}),
        *({"arcs": [[[float("inf"), 1]]]}, {"transform": {"scale": [1, 1], "translate": ["x", 1]}}),
    ],
)
def test_broken_borders_spoil_all(more: Any) -> None:
    with pytest.raises(BadAnswer) as trouble:
        features({"type": "Topology", "objects": {}, "arcs": [], **more}, "s")
    assert trouble.value.says == "sync.topology.form"


def test_one_border_named_a_million_times_is_left() -> None:
    long = [[[n, n] for n in range(1000)]]
    with pytest.raises(BadAnswer) as trouble:
        topology({"type": "LineString", "arcs": [0] * 2000}, arcs=long)
    assert trouble.value.says == "sync.bad.parts"
    with pytest.raises(BadAnswer) as trouble:
        topology(*[{"type": None}] * (MOST_FEATURES + 1))
    assert trouble.value.says == "sync.bad.many"


def test_what_is_neither() -> None:
    for value in (
        None,
        5,
        [],
        {},
        {"type": "Feature"},
        {"type": "Topology"},
        {"type": "FeatureCollection", "features": {}},
    ):
        assert features(value, "s") is None


RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Polygon"}, "sync.topology.shape"),
        ({"type": "Polygon", "coordinates": []}, "sync.topology.shape"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "sync.topology.shape"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [5, 5]]]}, "sync.topology.shape"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "sync.topology.shape"),
        ({"type": "Polygon", "coordinates": [[*RING[:2], ["x", 1], RING[0]]]}, "sync.refused.degrees"),
        ({"type": "Polygon", "coordinates": [[*RING[:2], [-6, 106], RING[0]]]}, "sync.refused.swapped"),
        ({"type": "Polygon", "coordinates": [[*RING[:2], [190, 1], RING[0]]]}, "sync.refused.place"),
    ],
)
def test_rings_are_judged(geometry: Any, says: str) -> None:
    with pytest.raises(BadField) as trouble:
        rings(geometry)
    assert trouble.value.says == says


def test_rings_are_taken() -> None:
    ring = [tuple(map(float, each)) for each in RING]
    assert rings({"type": "MultiPolygon", "coordinates": [[RING], [RING, RING]]}) == [[ring], [ring, ring]]


def test_the_good_and_bad_ones_of_others(shared_data: Path) -> None:
    """41 files of another's linter: none raises anything else."""
    seen = 0
    with zipfile.ZipFile(shared_data / "hostile" / "geojson-bad-good.zip") as files:
        for name in files.namelist():
            try:
                value = json.loads(files.read(name))
            except ValueError:
                continue
            found = features(value, "s")
            seen += found is not None
            for each in found or ():
                if isinstance(each.geometry, dict) and each.geometry.get("type") in ("Polygon", "MultiPolygon"):
                    try:
                        rings(each.geometry)
                    except BadField as bad:
                        assert bad.says.startswith(("sync.topology.", "sync.refused."))
    assert seen > 5
