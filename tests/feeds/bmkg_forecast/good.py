"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "bmkg-forecast"
SLOT: dict[str, Any] = {
    "datetime": "2026-11-21T06:00:00Z",
    "utc_datetime": "2026-11-21 06:00:00",
    "local_datetime": "2026-11-21 13:00:00",
    "analysis_date": "2026-11-21T00:00:00",
    "time_index": "5-6",
    "weather": 95,
    "weather_desc": "Hujan Petir",
    "weather_desc_en": "Thunderstorm",
    "wd_deg": 348,
    "wd": "NW",
    "wd_to": "SE",
    "ws": 11.1,
    "hu": 85,
    "tcc": 88,
    "tp": 4.2,
    "t": 27,
    "vs": None,
    "vs_text": None,
    "image": "https://api.bmkg.invalid/hujan petir-am.svg",
}
PLACE: dict[str, Any] = {
    "adm1": "99",
    "adm4": "99.71.01.1001",
    "provinsi": "Rekaan",
    "kotkab": "Kota Rekaan",
    "kecamatan": "Sukamaju",
    "desa": "Sukamaju Timur",
    "lon": 106.02,
    "lat": -6.01,
    "timezone": "Asia/Jakarta",
}


def slot(**changes: Any) -> dict[str, Any]:
    """The sound slot with some fields changed; `...` takes a field away."""
    return {name: value for name, value in {**SLOT, **changes}.items() if value is not ...}


def later(hours: int, **changes: Any) -> dict[str, Any]:
    """A slot some hours into the day after."""
    return slot(datetime=f"2026-11-22T{hours:02}:00:00Z", **changes)


def place(*days: Any, **changes: Any) -> dict[str, Any]:
    """The forecast of one kelurahan; without days it has the sound ones."""
    lokasi = {name: value for name, value in {**PLACE, **changes}.items() if value is not ...}
    return {
        "lokasi": lokasi,
        "cuaca": list(days) or [[slot(), slot(datetime="2026-11-21T09:00:00Z")], [later(0), later(3)]],
    }


def as_json(*places: Any) -> bytes:
    return json.dumps({"lokasi": PLACE, "data": list(places)}, ensure_ascii=False).encode()


GOOD = [as_json(place()), as_json(place([slot()]), place([slot(), later(6)], adm4="99.71.02.1001"))]


def worded(strings: Sequence[str]) -> bytes:
    """A forecast for each string, with it for its words."""
    return as_json(
        *(
            place([slot(weather_desc=text, weather=text, wd=text, odd=text)], adm4=f"99.{number}", desa=text)
            for number, text in enumerate(strings)
        )
    )
