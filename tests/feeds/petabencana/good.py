"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "petabencana"

REPORT: dict[str, Any] = {
    "pkey": "77",
    "created_at": "2026-11-21T01:30:00.000Z",
    "source": "qlue",
    "status": "confirmed",
    "url": "https://peta.invalid/77",
    "image_url": "https://foto.invalid/77.jpg",
    "disaster_type": "flood",
    "report_data": {"report_type": "flood", "flood_depth": 60},
    "tags": {"instance_region_code": "ID-RK", "local_area_id": "5"},
    "title": " ",
    "text": "Air setinggi lutut di Jalan Melati",
    "odd": "x",
}
FLOOD: dict[str, Any] = {
    "area_id": "5",
    "geom_id": "9971010001001000",
    "area_name": "RW 01",
    "parent_name": "TIMUR",
    "city_name": "Rekaan",
    "state": 3,
    "last_updated": "2026-11-21T02:00:00.000Z",
}
GAUGE: dict[str, Any] = {
    "gaugeid": "TMA1",
    "gaugenameid": "Pintu Rekaan",
    "observations": [
        {"f1": "2026-11-21T01:00:00+00:00", "f2": 110, "f3": 4, "f4": "SIAGA IV "},
        {"f1": "2026-11-21T02:00:00+00:00", "f2": 160, "f3": 3, "f4": "SIAGA III "},
    ],
}
RING = [[106.0, -6.02], [106.02, -6.02], [106.02, -6.0], [106.0, -6.0], [106.0, -6.02]]
POINT = {"type": "Point", "coordinates": [106.01, -6.01]}
POLYGON = {"type": "Polygon", "coordinates": [RING]}


def feature(properties: Any, geometry: Any = None, **changes: Any) -> dict[str, Any]:
    """A feature with some of its properties changed; `...` takes one away."""
    if isinstance(properties, dict):
        properties = {name: value for name, value in {**properties, **changes}.items() if value is not ...}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def geojson(*found: Any) -> bytes:
    return json.dumps({"statusCode": 200, "result": {"type": "FeatureCollection", "features": list(found)}}).encode()


def topology(*geometries: Any, arcs: Any = (), transform: Any = ...) -> bytes:
    """An answer in TopoJSON."""
    value = {"type": "Topology", "objects": {"output": {"type": "GeometryCollection", "geometries": list(geometries)}}}
    more = {} if transform is ... else {"transform": transform}
    return json.dumps({"statusCode": 200, "result": {**value, "arcs": list(arcs), **more}}).encode()


TOPO = topology(
    {"type": "Polygon", "properties": FLOOD, "arcs": [[0, ~1]]},
    {"type": "Point", "properties": {**FLOOD, "area_id": "6"}, "coordinates": [50, 50]},
    arcs=[[[0, 0], [100, 0], [0, 100]], [[0, 0], [0, 100], [100, 0]]],
    transform={"scale": [0.0002, 0.0002], "translate": [106.0, -6.02]},
)
GOOD = [
    geojson(feature(REPORT, POINT), feature(REPORT, POINT, pkey="78")),
    geojson(feature(FLOOD, POLYGON)),
    geojson(feature(GAUGE, POINT)),
    TOPO,
]


def worded(strings: Sequence[str]) -> bytes:
    """A report with each string for its words."""
    return geojson(
        *(feature(REPORT, POINT, pkey=str(n), text=text, title=text, odd=text) for n, text in enumerate(strings))
    )
