"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "sensorthings"

STREAM: dict[str, Any] = {
    "@iot.id": 7,
    "@iot.selfLink": "https://hub.invalid/v1.1/Datastreams(7)",
    "name": "Tinggi muka air Pintu Rekaan",
    "description": "papan duga",
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "unitOfMeasurement": {"name": "sentimeter", "symbol": "cm", "definition": "urn:cm"},
    "ObservedProperty": {"@iot.id": 1, "name": "Tinggi muka air", "definition": "urn:tma"},
    "Sensor": {"name": "Radar"},
    "Thing": {
        "@iot.id": "pintu-1",
        "name": "Pintu Rekaan",
        "Locations": [
            {"encodingType": "application/geo+json", "location": {"type": "Point", "coordinates": [106.01, -6.01]}}
        ],
    },
    "properties": {"datum": "staf"},
}


def observation(minute: int, result: Any = 120, **changes: Any) -> dict[str, Any]:
    """A value measured at 02:00 UTC and so many minutes; `...` takes a field away."""
    at = f"2026-11-21T02:{minute:02d}:00.000Z"
    raw = {"@iot.id": minute, "phenomenonTime": at, "resultTime": None, "result": result, **changes}
    return {name: value for name, value in raw.items() if value is not ...}


def stream(*observations: Any, **changes: Any) -> dict[str, Any]:
    """The sound datastream with those values."""
    raw = {**STREAM, "Observations": list(observations), **changes}
    return {name: value for name, value in raw.items() if value is not ...}


def answer(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"value": list(rows), **more}, ensure_ascii=False).encode()


GOOD = [
    answer(stream(observation(10), observation(0, 118.5))),
    json.dumps({"@iot.id": 1, "name": "Pompa", "Datastreams": [stream(observation(1))]}).encode(),
]


def worded(strings: Sequence[str]) -> bytes:
    """A datastream with each string for its words."""
    return answer(
        *(stream(observation(1), **{"@iot.id": n, "name": text, "odd": text}) for n, text in enumerate(strings))
    )
