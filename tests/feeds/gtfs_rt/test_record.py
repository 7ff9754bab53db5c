"""Vehicles, trips and notices: what they come to, and why one is refused."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from console.core.items import ItemKind
from tests.feeds.gtfs_rt.cases import (
    AT,
    NOW_S,
    call,
    count,
    decoded,
    header,
    narrow,
    notice,
    one,
    refusal,
    sized,
    trip,
    update,
    vehicle,
    words,
)


def test_a_vehicle() -> None:
    item = one(vehicle())
    assert (item.id, item.kind, item.title, item.level) == ("bus:vehicle/B-07", ItemKind.VEHICLE, "Bus B-07", "")
    assert (item.lat, item.lon, item.area) == (-6.01, 106.010002, "99.71.01.1001")
    assert item.observed_at == AT - timedelta(seconds=20)
    assert item.body == {
        "bearing": 90.0,
        "odometer_m": 1200.5,
        "speed_m_s": 8.25,
        "number": 5,
        "occupancy_percent": 40,
        "stop_id": "007",
        "status": "STOPPED_AT",
        "congestion": "CONGESTION",
        "occupancy": "FEW_SEATS_AVAILABLE",
        "trip": {"trip_id": "R1-pagi", "start_date": "20261121", "route_id": "R1"},
        "vehicle": {"id": "B-07", "label": "Bus B-07", "plate": "B 7 RK"},
        "timed_by": "vehicle",
    }


def test_a_vehicle_that_says_little() -> None:
    place = sized(2, narrow(1, -6.01) + narrow(2, 106.01))
    item = one(sized(1, "e1") + sized(4, place))
    assert (item.native_id, item.title) == ("vehicle/e1", "e1")
    assert item.body == {"status": "IN_TRANSIT_TO", "timed_by": "header"}
    below = one(sized(1, "e1") + sized(4, sized(1, trip()) + sized(7, "A12N")))
    assert (below.native_id, below.title, below.lat) == ("vehicle/R1-pagi/20261121", "R1", None)
    assert below.body["stop_id"] == "A12N"
    assert one(sized(1, "e1") + sized(4, place + sized(8, sized(3, "B 7 RK")))).native_id == "vehicle/B 7 RK"


def test_each_vehicle_has_its_own_time() -> None:
    old = one(vehicle(at_s=NOW_S - 3600))
    assert old.observed_at == AT - timedelta(hours=1)
    assert one(vehicle(at_s=0)).observed_at == AT
    alone = one(vehicle(at_s=0), head=header(at_s=0))
    assert (alone.observed_at, alone.body["timed_by"]) == (AT, "receipt")


def test_numbers_that_have_no_name_are_shown_as_they_came() -> None:
    assert one(vehicle(more=count(4, 77) + count(9, 50))).body["status"] == "77"


@pytest.mark.parametrize(
    ("entity", "where", "says"),
    [
        (vehicle(lat=106.01, lon=-6.01), "vehicle.lat", "sync.refused.swapped"),
        (vehicle(lat=math.nan), "vehicle.lat", "sync.refused.degrees"),
        (vehicle(lon=math.inf), "vehicle.lon", "sync.refused.degrees"),
        (vehicle(lat=96.0, lon=6.0), "vehicle.lat", "sync.refused.place"),
        (vehicle(at_s=NOW_S + 100_000), "vehicle.timestamp", "sync.refused.when"),
        (vehicle(at_s=NOW_S * 1000), "vehicle.timestamp", "sync.refused.when"),
        (vehicle(at_s=1 << 62), "vehicle.timestamp", "sync.refused.when"),
        (vehicle("x" * 201), "id", "sync.refused.id"),
        (vehicle("\x1b[2J"), "id", "sync.refused.id"),
        (vehicle(more=sized(8, sized(1, "x" * 201))), "vehicle.vehicle.id", "sync.refused.id"),
        (vehicle(more=sized(2, narrow(3, math.nan))), "vehicle.bearing", "sync.refused.number"),
        (sized(1, "e") + sized(4, count(5, NOW_S)), "vehicle.position", "sync.refused.missing"),
        (sized(1, "e") + sized(4, b"\x0a\xff"), "vehicle", "sync.gtfs_rt.broken"),
        (sized(1, "e") + sized(3, sized(2, b"\x0a\xff\x01")), "trip_update", "sync.gtfs_rt.broken"),
        (sized(1, "e") + sized(5, b"\xff"), "alert", "sync.gtfs_rt.broken"),
        (sized(1, "e"), "", "sync.gtfs_rt.empty"),
        (sized(4, b""), "id", "sync.refused.missing"),
        (update(id_="u", more=count(4, NOW_S + 100_000)), "trip_update.timestamp", "sync.refused.when"),
        (update(of=trip("x" * 201)), "trip_update.trip.trip_id", "sync.refused.id"),
        (update(*(call(n, "A") for n in range(2001))), "trip_update.stop_time_update", "sync.gtfs_rt.many"),
        (notice(more=sized(5, b"") * 2001), "alert.informed_entity", "sync.gtfs_rt.many"),
        (notice(more=sized(1, count(1, 1) + count(2, 1 << 60))), "alert.active_period", "sync.refused.when"),
        (notice(title=words(id="x" * 20_001)), "alert.header_text", "sync.refused.long"),
        (sized(1, "e") + sized(4, bytes(1 << 20)), "", "sync.refused.long"),
    ],
)
def test_what_is_refused(entity: bytes, where: str, says: str) -> None:
    found = refusal(entity)
    assert (found.where, found.says) == (f"entity[1].{where}".rstrip("."), says)


def test_a_trip() -> None:
    item = one(
        update(
            call(1, "T1", count(1, -60), count(1, -60) + count(2, NOW_S + 60)),
            call(300, "007", count(2, NOW_S + 600), stands=1),
            call(0, "", stands=9) + sized(1003, "B1"),
            of=trip(start="06:00:00", stands=3),
            more=count(5, -120) + sized(3, sized(1, "B-07")),
        )
    )
    assert (item.id, item.title, item.level) == ("bus:trip/R1-pagi/20261121/06:00:00", "R1", "CANCELED")
    assert item.observed_at == AT - timedelta(seconds=30)
    assert item.body["delay"] == -120 and item.body["vehicle"] == {"id": "B-07"}
    assert item.body["calls"] == [
        (1, "T1", None, -60, NOW_S + 60, -60, "SCHEDULED"),
        (300, "007", NOW_S + 600, None, None, None, "SKIPPED"),
        (0, "", None, None, None, None, "9"),
    ]
    assert one(update(of=sized(5, "R1"), id_="u9")).native_id == "trip/u9"


def test_a_notice() -> None:
    item = one(notice())
    assert (item.id, item.title, item.text) == ("bus:notice/n1", "Halte ditutup", "Pekerjaan jalan.")
    assert (item.level, item.url) == ("WARNING", "https://angkutan.invalid/n1")
    assert (item.observed_at, item.starts_at, item.ends_at) == (
        *(AT, AT - timedelta(hours=1), AT + timedelta(hours=1)),
    )
    assert item.body == {
        "cause": "CONSTRUCTION",
        "effect": "DETOUR",
        "periods": [{"start": NOW_S - 3600, "end": NOW_S + 3600}],
        "whom": [{"route_id": "R1"}, {"stop_id": "007"}],
        "texts": {"title": {"en": "Stop closed", "id": "Halte ditutup"}, "text": {"id": "Pekerjaan jalan."}},
        "timed_by": "header",
    }


def test_languages_and_spans_of_notices() -> None:
    assert one(notice(title=words(en="Closed", plain="Tutup"))).title == "Tutup"
    assert one(notice(title=words(en="Closed", su="Ditutup"))).title == "Closed"
    assert one(notice(title=words(su="Ditutup", jv="Tutup"))).title == "Ditutup"
    assert one(notice(title=b"")).title == ""
    open_end = one(notice(more=sized(1, count(1, NOW_S))))
    assert (open_end.starts_at, open_end.ends_at) == (AT - timedelta(hours=1), None)
    begins = datetime.fromtimestamp(NOW_S - 3600, UTC)
    assert open_end.starts_at == begins
    assert one(notice(more=sized(8, words(plain="javascript:alert(1)")))).url == ""
    two = decoded(notice("a"), notice("b")).items
    assert [each.native_id for each in two] == ["notice/a", "notice/b"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (count(2, NOW_S), (NOW_S, None)),
        (count(2, 5), (5, None)),
        (count(2, NOW_S) + count(2, NOW_S + 1), (NOW_S + 1, None)),
        (count(2, NOW_S) + count(1, 60), (NOW_S, 60)),
        (count(1, 60) + count(2, NOW_S), (NOW_S, 60)),
        (count(2, NOW_S) + count(3, 9), (NOW_S, None)),
    ],
)
def test_the_time_of_a_call_is_the_same_alone_and_among_others(said: bytes, told: tuple[int, int | None]) -> None:
    assert one(update(call(1, "A", arrival=said))).body["calls"] == [(1, "A", *told, None, None, "SCHEDULED")]


@pytest.mark.parametrize("cut", [b"\x10", b"\x10\x80", b"\x10" + b"\xff" * 11])
def test_a_time_that_ends_before_it_does_refuses_its_trip(cut: bytes) -> None:
    assert refusal(update(call(1, "A", arrival=cut))).says == "sync.gtfs_rt.broken"
