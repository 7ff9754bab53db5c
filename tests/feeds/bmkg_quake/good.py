"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

KIND = "bmkg-quake"
QUAKE: dict[str, Any] = {
    "Tanggal": "21 Nov 2026",
    "Jam": "09:05:21 WIB",
    "DateTime": "2026-11-21T02:05:21+00:00",
    "Coordinates": "-6.89,109.12",
    "Lintang": "6.89 LS",
    "Bujur": "109.12 BT",
    "Magnitude": "5.2",
    "Kedalaman": "10 km",
    "Wilayah": "Pusat gempa berada di laut 20 km utara Rekaan",
    "Potensi": "Tidak berpotensi tsunami",
    "Dirasakan": "III Rekaan, II - III Sukamaju",
    "Shakemap": "20261121090521.mmi.jpg",
}


def quake(**changes: Any) -> dict[str, Any]:
    """The sound one with some fields changed; `...` takes a field away."""
    return {name: value for name, value in {**QUAKE, **changes}.items() if value is not ...}


def as_json(quakes: Any) -> bytes:
    return json.dumps({"Infogempa": {"gempa": quakes}}, ensure_ascii=False).encode()


GOOD = [as_json(quake()), as_json([quake(DateTime=f"2026-11-{day}T02:05:21+00:00") for day in (18, 19, 20)])]


def worded(strings: Sequence[str]) -> bytes:
    """A list with each string as a quake's words."""
    times = (f"2026-11-{1 + n // 3600:02}T{n // 60 % 24:02}:{n % 60:02}:00+00:00" for n in range(len(strings)))
    return as_json(
        [
            quake(DateTime=at, Wilayah=t, Dirasakan=t, Potensi=t, Shakemap=t, odd=t)
            for at, t in zip(times, strings, strict=True)
        ]
    )
