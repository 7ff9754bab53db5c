"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "ckan"

DATASET: dict[str, Any] = {
    "id": "7f3a0c1e-0000-4000-8000-000000000001",
    "name": "titik-banjir",
    "title": "Titik banjir Kota Rekaan",
    "notes": "<p>Titik <b>genangan</b> 2026</p>",
    "metadata_created": "2026-01-02T03:04:05.000001",
    "metadata_modified": "2026-11-20T03:04:05.678901",
    "license_title": "CC BY 4.0",
    "organization": {"name": "dinas", "title": "Dinas Rekaan"},
    "tags": [{"name": "banjir", "display_name": "Banjir"}],
    "resources": [
        {"id": "r1", "name": "tabel", "format": "csv", "url": "https://data.invalid/r1.csv", "datastore_active": True}
    ],
    "odd": {"a": 1},
}

FIELDS = [
    {"id": "_id", "type": "int"},
    {"id": "Nama", "type": "text"},
    {"id": "tinggi", "type": "numeric"},
    {"id": "lintang", "type": "text"},
    {"id": "bujur", "type": "text"},
    {"id": "waktu", "type": "timestamp"},
]
ROW: dict[str, Any] = {
    "_id": 1,
    "Nama": "Jalan Melati",
    "tinggi": "60",
    "lintang": "-6.01",
    "bujur": "106.01",
    "waktu": "2026-11-20T10:00:00",
}


def dataset(**changes: Any) -> dict[str, Any]:
    """The sound dataset with some fields changed; `...` takes a field away."""
    return {name: value for name, value in {**DATASET, **changes}.items() if value is not ...}


def row(**changes: Any) -> dict[str, Any]:
    """The sound row with some values changed; `...` takes a value away."""
    return {name: value for name, value in {**ROW, **changes}.items() if value is not ...}


def said(result: Any) -> bytes:
    return json.dumps({"help": "https://data.invalid/help", "success": True, "result": result}).encode()


def datasets(*results: Any, count: int | None = None) -> bytes:
    """An answer to package_search."""
    return said({"count": len(results) if count is None else count, "sort": "x", "results": list(results)})


def rows(*records: Any, total: int | None = None, **more: Any) -> bytes:
    """An answer to datastore_search."""
    count = len(records) if total is None else total
    return said({"resource_id": "r1", "fields": FIELDS, "records": list(records), "total": count, **more})


GOOD = [datasets(dataset(), dataset(id="2", name="dua")), rows(row(), row(_id=2))]


def worded(strings: Sequence[str]) -> bytes:
    """A dataset with each string for its words."""
    return datasets(
        *(dataset(id=str(n), title=text, notes=text, odd=text, name=text) for n, text in enumerate(strings))
    )
