"""Answers of an invented Open311 source, and what reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal, SourceComplaint
from sync.feed import Answer
from sync.feeds.open311 import Open311
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)

ROW: dict[str, Any] = {
    "service_request_id": "0012",
    "status": "open",
    "status_notes": "proses: ditangani PU",
    "service_name": "Jalan rusak",
    "service_code": "001",
    "description": "Jalan berlubang di depan pasar. Sudah dua minggu.",
    "agency_responsible": None,
    "service_notice": None,
    "requested_datetime": "2026-11-20T10:00:00+07:00",
    "updated_datetime": "2026-11-20T12:00:00+07:00",
    "expected_datetime": None,
    "address": "Jl. Melati",
    "lat": -6.01,
    "long": 106.01,
    "media_url": " https://foto.invalid/1.jpg ",
}


def row(**changes: Any) -> dict[str, Any]:
    """The sound record with some fields changed; `...` takes a field away."""
    return {name: value for name, value in {**ROW, **changes}.items() if value is not ...}


def as_json(*rows: Any) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False).encode()


def as_xml(*rows: dict[str, Any]) -> bytes:
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n<service_requests>']
    for each in rows:
        inside = "".join(f"<{k}>{'' if v is None else escape(str(v))}</{k}>\n" for k, v in each.items())
        parts.append(f"  <request>{inside}</request>\n")
    return "".join([*parts, "</service_requests>"]).encode()


def feed(pack: CityPack | None = None, zone: str = "", **options: str) -> Open311:
    """One with those options in that city."""
    return _known(zone, tuple(options.items())) if pack is None else _made(pack, zone, options)


@cache
def _known(zone: str, options: tuple[tuple[str, str], ...]) -> Open311:
    return _made(small_pack(), zone, dict(options))


def _made(pack: CityPack, zone: str, options: dict[str, str]) -> Open311:
    entry = FeedEntry("laksa", "open311", {}, "https://hub.invalid/v2", 60, 300, zone=zone, options=options)
    return Open311(entry, pack)


def answer(body: bytes, tag: str = "", charset: str = "", etag: str = "", unchanged: bool = False) -> Answer:
    return Answer(body, "application/json", charset, AT, "https://hub.invalid/v2/requests.json", etag, unchanged, tag)


def decoded(*rows: Any, **options: str) -> Batch:
    return feed(**options).decode(answer(as_json(*rows)), {})


def one(*rows: Any, **options: str) -> SourceComplaint:
    """The only complaint of an answer."""
    batch = decoded(*rows, **options)
    assert batch.refused == []
    assert len(batch.complaints) == 1
    return batch.complaints[0]


def refusal(*rows: Any, **options: str) -> Refusal:
    """The only refusal of an answer in which a sound record stands beside."""
    batch = decoded(row(service_request_id="good"), *rows, **options)
    assert [each.native_id for each in batch.complaints] == ["good"]
    assert len(batch.refused) == 1
    return batch.refused[0]
