"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "esri"
FIELDS: list[dict[str, Any]] = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
    {"name": "NAMA", "type": "esriFieldTypeString", "alias": "Nama", "length": 80},
    {"name": "STATUS", "type": "esriFieldTypeSmallInteger", "alias": "Status"},
    {"name": "EDITED", "type": "esriFieldTypeDate", "alias": "Diubah", "length": 8},
]
LAYER: dict[str, Any] = {
    "currentVersion": 10.91,
    "id": 0,
    "name": "Pos Pantau",
    "type": "Feature Layer",
    "displayField": "NAMA",
    "objectIdField": "OBJECTID",
    "maxRecordCount": 2,
    "advancedQueryCapabilities": {"supportsPagination": True},
    "editFieldsInfo": {"editDateField": "EDITED"},
    "fields": [
        FIELDS[0],
        FIELDS[1],
        {
            **FIELDS[2],
            "domain": {
                "type": "codedValue",
                "name": "Status",
                "codedValues": [{"name": "Aman", "code": 1}, {"name": "Siaga", "code": 2}],
            },
        },
        FIELDS[3],
    ],
}
EDITED_MS = 1_795_140_000_000
"""2026-11-20 02:00 UTC"""


def feature(number: Any, x: Any = 106.03, y: Any = -6.01, **attributes: Any) -> dict[str, Any]:
    said = {"OBJECTID": number, "NAMA": f"Pos {number}", "STATUS": 2, "EDITED": EDITED_MS, **attributes}
    return {
        "attributes": {name: value for name, value in said.items() if value is not ...},
        "geometry": {"x": x, "y": y},
    }


def page(*features: Any, **changes: Any) -> bytes:
    whole = {
        "objectIdFieldName": "OBJECTID",
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "fields": FIELDS,
        "features": list(features),
        **changes,
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def polygon(number: int, *rings: Any) -> dict[str, Any]:
    return {**feature(number), "geometry": {"rings": list(rings)}}


RING = [[106.0, -6.02], [106.0, -6.0], [106.04, -6.0], [106.04, -6.02], [106.0, -6.02]]
HOLE = [[106.01, -6.015], [106.02, -6.015], [106.02, -6.005], [106.01, -6.005], [106.01, -6.015]]
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": 1,
                "geometry": {"type": "Polygon", "coordinates": [RING, HOLE]},
                "properties": {"OBJECTID": 1, "NAMA": "Satu"},
            },
            {"type": "Feature", "id": 2, "geometry": None, "properties": {"NAMA": "Dua"}},
        ],
    }
).encode()
GOOD = [page(feature(1), feature(2)), page(polygon(3, RING, HOLE), geometryType="esriGeometryPolygon"), GEOJSON]


def worded(strings: Sequence[str]) -> bytes:
    """A page with each string as a feature's words."""
    return page(*[feature(number, NAMA=text, LAIN=text) for number, text in enumerate(strings, 1)])
