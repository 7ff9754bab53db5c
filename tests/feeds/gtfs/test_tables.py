"""Rows of a timetable one by one: what they come to, and why one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.core.records import Refusal
from tests.feeds.gtfs.cases import FILES, decoded, files, table, with_rows


def refused(file: str, row: str) -> Refusal:
    """The only refusal of a timetable with one more row in a file."""
    batch = decoded(with_rows(file, row))
    assert len(batch.refused) == 1, batch.refused
    assert batch.count == decoded().count
    return batch.refused[0]


def rows(name: str, texts: dict[str, str] = FILES) -> list[dict[str, Any]]:
    return table(decoded(texts), name)


def test_stops() -> None:
    station, platform, market, office, _ = rows("stops")
    assert station["kind"] == 1 and station["parent"] == ""
    assert (platform["parent"], platform["platform"], platform["area"]) == ("T", "1", "99.71.01.1001")
    assert (market["stop_id"], market["name"], market["lat"], market["lon"]) == (
        "007",
        "Pasar Mekarsari",
        -6.03,
        106.03,
    )
    assert office["name"] == 'Kantor "Kota", depan'
    assert json.loads(station["extra"]) == {"zone_id": "A"} and market["extra"] == ""


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("Z,Tanpa tempat,,,,,,", "stop_lat", "sync.refused.missing"),
        ("Z,Separuh,-6.01,,,,,", "stop_lon", "sync.refused.half"),
        ("Z,Terbalik,106.01,-6.01,,,,", "stop_lat", "sync.refused.swapped"),
        ("Z,Luar,-96.01,6.01,,,,", "stop_lat", "sync.refused.place"),
        ("Z,Bukan,-6,1e999,,,,", "stop_lon", "sync.refused.degrees"),
        ("Z,Bukan,NaN,106,,,,", "stop_lat", "sync.refused.degrees"),
        ("B,Kembar,-6.01,106.01,,,,", "stop_id", "sync.refused.twice"),
        (",Kosong,-6.01,106.01,,,,", "stop_id", "sync.refused.missing"),
        (f"{'Z' * 201},Panjang,-6.01,106.01,,,,", "stop_id", "sync.refused.id"),
        (f"Z,{'n' * 20_001},-6.01,106.01,,,,", "stop_name", "sync.refused.long"),
        (f"Z,Lebih,-6.01,106.01,,,,{'x' * 17_000}", "", "sync.refused.long"),
        ("Z,Lebar,-6.01,106.01,,,,A,lagi", "", "sync.gtfs.wide"),
        ('Z,"kutip" lepas,-6.01,106.01,,,,', "", "sync.gtfs.quotes"),
    ],
)
def test_stops_that_are_refused(row: str, field: str, says: str) -> None:
    refusal = refused("stops", row)
    assert (refusal.where, refusal.says) == (f"stops.txt:7.{field}".rstrip("."), says)


def test_a_node_needs_no_place_and_zero_is_none() -> None:
    batch = decoded(with_rows("stops", "Z,Simpul,,,3,T,,", "Y,Simpul,0,0,3,T,,"))
    assert not batch.refused
    assert [(each["lat"], each["area"]) for each in table(batch, "stops")[-2:]] == [(None, ""), (None, "")]


def test_lines() -> None:
    one, two = rows("routes")
    assert (one["short"], one["colour"], one["text_colour"], one["kind"]) == ("1", "D02027", "FFFFFF", 3)
    assert (two["short"], two["colour"]) == ("A2", "")
    odd = rows("routes", with_rows("routes", "R3,AR,3,Aneh,bus,merah,zzzzzz"))[-1]
    assert (odd["kind"], odd["colour"], odd["text_colour"]) == (None, "", "")


def test_trips() -> None:
    first, _, loop = rows("trips")
    assert first == {
        **{"trip_id": "R1-pagi", "route_id": "R1", "service_id": "KERJA", "headsign": "Kebon Lama", "short": ""},
        **{"direction": 0, "shape_id": "S1", "extra": ""},
    }
    assert (loop["direction"], loop["shape_id"]) == (None, "")
    assert refused("trips", "R9,KERJA,x,,,").values == {"value": "R9"}
    assert refused("trips", "R1,KERJA,,,,").says == "sync.refused.missing"


def test_a_trip_without_a_service_is_kept_and_told() -> None:
    batch = decoded(with_rows("trips", "R1,,tanpa,,,", "R1,LIBUR,libur,,,"))
    assert len(table(batch, "trips")) == 5
    assert [(each.says, each.values) for each in batch.refused] == [
        ("sync.gtfs.service", {"value": "-"}),
        ("sync.gtfs.service", {"value": "LIBUR"}),
    ]


def test_service_days() -> None:
    work, daily = rows("calendar")
    assert (work["service_id"], work["days"], work["starts_on"], work["ends_on"]) == (
        *("KERJA", "1111100", "20260101", "20271231"),
    )
    assert daily["days"] == "1111111"
    assert rows("calendar_dates")[0] == {"service_id": "KERJA", "day": "20261225", "kind": 2}
    for row, says in (
        ("X,1,1,1,1,1,0,2,20260101,20271231", "sync.refused.number"),
        ("X,1,1,1,1,1,0,,20260101,20271231", "sync.refused.number"),
        ("X,1,1,1,1,1,0,0,20260231,20271231", "sync.refused.time"),
        ("X,1,1,1,1,1,0,0,20260101,31-12-2027", "sync.refused.time"),
        ("HARIAN,1,1,1,1,1,0,0,20260101,20271231", "sync.refused.twice"),
    ):
        assert refused("calendar", row).says == says
    for row, says in (
        ("X,20261301,1", "sync.refused.time"),
        ("X,20261201,3", "sync.refused.number"),
        ("X,20261201,0", "sync.refused.number"),
        (",20261201,1", "sync.refused.missing"),
    ):
        assert refused("calendar_dates", row).says == says


def test_headways() -> None:
    assert rows("frequencies") == [
        {"trip_id": "R2-keliling", "start_s": 18_000, "end_s": 79_200, "headway_s": 600, "exact": 0}
    ]
    for row, says in (
        ("R9,05:00:00,06:00:00,600", "sync.gtfs.unknown"),
        ("R2-keliling,06:00:00,06:00:00,600", "sync.gtfs.backwards"),
        ("R2-keliling,06:00:00,07:00:00,0", "sync.gtfs.backwards"),
        ("R2-keliling,06:00:00,07:00:00,sering", "sync.refused.number"),
        ("R2-keliling,06:00:00,07:00:00,", "sync.refused.missing"),
        ("R2-keliling,,07:00:00,600", "sync.refused.missing"),
        ("R2-keliling,06:00:00,jam 7,600", "sync.refused.time"),
    ):
        assert refused("frequencies", row).says == says
    spaced = FILES["frequencies.txt"].replace("headway_secs", "headway_secs, exact_times").replace(",600", ",600,1")
    assert rows("frequencies", files(frequencies=spaced))[0]["exact"] == 1


def test_a_shape_is_a_line_in_the_order_of_its_numbers() -> None:
    (shape,) = rows("shapes")
    assert json.loads(shape["line"]) == [[106.01, -6.01], [106.03, -6.03], [106.04, -6.05]]
    for row in ("S1,x,106,40", "S1,-6,,40", "S1,nan,106,40", "S1,-6,181,40", "S1,-6,106,-1", ",-6,106,1"):
        assert refused("shapes", row).says == "sync.gtfs.point"


def test_agencies() -> None:
    assert rows("agency")[0]["zone"] == "Asia/Jakarta"
    unnamed = "agency_name,agency_timezone\nAngkutan Rekaan,Asia/Jakarta\n"
    assert rows("agency", files(agency=unnamed))[0]["agency_id"] == ""
    for zone in ("WIB", "../../etc/passwd", "Asia/Rekaan", "", "/Asia/Jakarta", "Asia"):
        assert refused("agency", f"X,Lain,,{zone},").says == "sync.gtfs.zone"


def test_an_impossible_day_of_the_publisher_is_told() -> None:
    about = "feed_publisher_name,feed_version,feed_start_date,feed_end_date\nDishub,7,20260132,\n"
    batch = decoded(files(feed_info=about))
    assert [each.says for each in batch.refused] == ["sync.refused.time"]
    assert batch.timetable is not None
    assert (batch.timetable.version, batch.timetable.starts_on) == ("7", "20260101")
