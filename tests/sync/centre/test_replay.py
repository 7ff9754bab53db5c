"""Recordings play now, at their own pace or a faster one; what cannot be played is refused with its place."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.core.clock import millis
from console.core.errors import BadAnswer, Refused
from sync.centre.query import DAY_MS, Query
from sync.centre.replay import Recorded, Replay, read_recording
from tests.feeds.cases import as_json, as_xml, row
from tests.sync.centre.test_town import NOW

ZONE = ZoneInfo("Asia/Jakarta")
HOUR_MS = 3_600_000


def item(number: int, hour: int, updated: int | None = None, **raw: Any) -> Recorded:
    at = 1_000_000_000_000 + hour * HOUR_MS
    closed = None if updated is None else 1_000_000_000_000 + updated * HOUR_MS
    fields = {"service_request_id": str(number), "status": "closed" if updated else "open", "service_code": "001"}
    return Recorded(at, closed, None, {**fields, **raw})


def shown(replay: Replay, now: int, **query: Any) -> list[tuple[object, object]]:
    asked = Query(**{"since": NOW - 80 * DAY_MS, "until": now, **query})
    return [(each["service_request_id"], each["status"]) for each in replay.requests(asked, now)]


RECORDED = [item(2, 10), item(1, 0, updated=20), item(3, 30, updated=31)]


def test_it_plays_from_now_on_at_its_own_pace() -> None:
    replay = Replay(RECORDED, NOW, 1, ZONE)
    assert shown(replay, NOW - 1) == []
    assert shown(replay, NOW) == [("1", "open")]
    assert shown(replay, NOW + 10 * HOUR_MS) == [("2", "open"), ("1", "open")]
    assert shown(replay, NOW + 20 * HOUR_MS) == [("2", "open"), ("1", "closed")]
    assert shown(replay, NOW + 40 * HOUR_MS) == [("3", "closed"), ("2", "open"), ("1", "closed")]


def test_or_faster() -> None:
    replay = Replay(RECORDED, NOW, 60, ZONE)
    assert shown(replay, NOW + HOUR_MS // 2) == [("3", "open"), ("2", "open"), ("1", "closed")]


def test_or_all_of_it_has_just_happened() -> None:
    replay = Replay(RECORDED, NOW, 0, ZONE)
    assert shown(replay, NOW) == [("3", "open"), ("2", "open"), ("1", "closed")]


@pytest.mark.parametrize("pace", [1e-320, 1e-9])
def test_a_pace_at_which_it_never_ends_is_refused(pace: float) -> None:
    with pytest.raises(Refused) as caught:
        Replay(RECORDED, NOW, pace, ZONE)
    assert (caught.value.says, caught.value.values["pace"]) == ("centre.replay.slow", str(pace))


def test_what_was_expected_beyond_all_years_is_told_as_their_last() -> None:
    never = Recorded(1_000_000_000_000, None, 253_000_000_000_000, {"service_request_id": "1"})
    for pace in (1, 1e-3, 1e-320):
        (found,) = Replay([never], NOW, pace, ZONE).requests(Query(0, NOW), NOW)
        assert str(found["expected_datetime"]).startswith("9999-01-01")


def test_instants_are_moved_and_zoned() -> None:
    (first,) = Replay(RECORDED, NOW, 1, ZONE).requests(Query(0, NOW, ids=("1",)), NOW)
    assert first["requested_datetime"] == "2026-11-21T12:00:00+07:00"
    assert first["updated_datetime"] is None


def test_filters_pages_and_changes() -> None:
    replay, later = Replay(RECORDED, NOW, 1, ZONE), NOW + 40 * HOUR_MS
    assert shown(replay, later, statuses=frozenset({"open"})) == [("2", "open")]
    assert shown(replay, later, services=frozenset({"x"})) == []
    assert shown(replay, later, page=2, page_size=2) == [("1", "closed")]
    assert shown(replay, later, since=NOW + 5 * HOUR_MS, until=NOW + 15 * HOUR_MS) == [("2", "open")]
    assert shown(replay, later, updated_after=NOW + 15 * HOUR_MS) == [("3", "closed"), ("1", "closed")]
    assert json.loads(replay.requests_json(Query(0, 0, ids=("2",)), later))[0]["service_request_id"] == "2"
    assert [each["service_code"] for each in replay.services()] == ["001"]


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_answers_of_open311_are_recordings(tmp_path: Path, form: Any) -> None:
    path = tmp_path / "recorded"
    zoneless = row(service_request_id="2", requested_datetime="2011-06-28 05:14:00")
    path.write_bytes(form(row(), zoneless, row(requested_datetime=None)))
    recorded = read_recording(path, ZONE)
    assert [each.raw["service_request_id"] for each in recorded] == ["0012", "2"]
    assert recorded[1].at == millis(datetime(2011, 6, 28, 5, 14, tzinfo=ZONE))


REPORT = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [106.8, -6.1]},
    "properties": {
        "created_at": "2017-02-21T06:34:07.672",
        "source": "grasp",
        "title": None,
        "text": "banjir",
        "report_data": {"flood_depth": 39},
        "image_url": "https://foto.invalid/x.jpg",
    },
}


def test_flood_reports_are_recordings(tmp_path: Path) -> None:
    path = tmp_path / "reports.geojson"
    placeless = {"geometry": {"coordinates": 5}, "properties": {"created_at": "2017-02-21"}}
    odd = [5, {"properties": {"created_at": "x"}}, placeless]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [REPORT, *odd]}))
    first, second = read_recording(path, ZoneInfo("UTC"))
    assert first.at == millis(datetime(2017, 2, 20, 23, 34, 7, 672_000, tzinfo=ZoneInfo("UTC")))
    assert first.raw["description"] == "banjir\nKedalaman 39 cm."
    assert (first.raw["lat"], first.raw["long"], first.raw["service_code"]) == (-6.1, 106.8, "banjir")
    assert second.raw["lat"] is None
    assert read_recording(path, ZoneInfo("UTC"))[0].raw == first.raw


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "sync.bad.empty"),
        (b"<html>", "sync.bad.xml"),
        (b"[1", "sync.bad.json_cut"),
        (b"{}", "sync.bad.shape"),
        (b'{"features":5}', "sync.bad.shape"),
        (b"[]", "centre.replay.empty"),
        (b'[{"service_request_id":"1"}]', "centre.replay.empty"),
        (b"[NaN]", "sync.bad.number"),
        (b"\x00\x01", "sync.bad.encoded"),
    ],
)
def test_what_cannot_be_played(tmp_path: Path, body: bytes, says: str) -> None:
    path = tmp_path / "recorded.json"
    path.write_bytes(body)
    with pytest.raises(BadAnswer) as caught:
        read_recording(path, ZONE)
    assert caught.value.says == says
    assert caught.value.values["source"] == "recorded.json"


def test_files_that_are_none(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "absent", "sync.file.missing"), (tmp_path, "sync.file.folder")):
        with pytest.raises(BadAnswer) as caught:
            read_recording(path, ZONE)
        assert caught.value.says == says


def test_real_recordings(shared_data: Path) -> None:
    requests = read_recording(shared_data / "open311" / "sf-requests-500.json", ZONE)
    reports = read_recording(shared_data / "petabencana" / "reports_2017-02-21.geojson", ZONE)
    assert (len(requests), len(reports)) == (500, 1057)
    assert len({each.raw["service_request_id"] for each in reports}) == 1057
    replay = Replay(reports, NOW, 3600, ZONE)
    counts = [len(shown(replay, NOW + second * 1000, page_size=5000)) for second in range(0, 25)]
    assert counts == sorted(counts)
    assert counts[-1] == 1057
