"""What leaves a stop next: service days that go on after midnight, days off, headways, stations, gaps."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.core.items import Timetable
from console.core.transit import Departure
from console.store import timetables
from console.store.departures import StopLine, departures, lines
from sync.feeds.gtfs.feed import Gtfs
from tests.feeds.gtfs import cases
from tests.store.timetables import WIB, hms, local, opened, timetable, trip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(tmp_path)) as db:
        yield db


def told(found: list[Departure], zone: ZoneInfo = WIB) -> list[str]:
    return [f"{each.at.astimezone(zone):%d %H:%M} {each.trip_id}" for each in found]


def after(db: sqlite3.Connection, one: Timetable, stop: str, at: str, limit: int = 10) -> list[str]:
    """Departures of a stop with that timetable alone."""
    timetables.keep(db, one, 0)
    zone = ZoneInfo(timetables.editions(db)[0].zone)
    return told(departures(db, f"bus:{stop}", local(at, zone), limit), zone)


def test_the_next_come_first_and_what_has_left_does_not(db: sqlite3.Connection) -> None:
    one = timetable(trip("b", "A 07:00", "B 07:10"), trip("a", "A 06:00", "B 06:10"))
    assert after(db, one, "A", "2026-11-21 06:00", 2) == ["21 06:00 a", "21 07:00 b"]
    assert after(db, one, "A", "2026-11-21 06:01", 2) == ["21 07:00 b", "22 06:00 a"]
    assert after(db, one, "A", "2026-11-21 06:00", 0) == []
    assert after(db, one, "tidak ada", "2026-11-21 06:00") == []
    assert departures(db, "lain:A", local("2026-11-21 06:00")) == []


def test_a_departure_tells_its_line(db: sqlite3.Connection) -> None:
    timetables.keep(db, timetable(trip("a", "A 06:00 4", "B 06:10")), 0)
    (first,) = departures(db, "bus:A", local("2026-11-21 05:00"), 1)
    assert first == Departure(
        *(local("2026-11-21 06:00"), "R1", "1", "ke B", "a", "20261121", "", "A", 10, "A", "D02027"),
        about=True,
        every_s=0,
    )


def test_after_midnight_it_is_still_the_day_before(db: sqlite3.Connection) -> None:
    friday = [("JUMAT", "0000100", "20260101", "20271231")]
    night = timetable(trip("n", "A 24:30", "B 25:00", service="JUMAT"), calendar=friday)
    # the 20th is a Friday: its half past midnight is the 21st
    assert after(db, night, "A", "2026-11-21 00:10", 1) == ["21 00:30 n"]
    assert departures(db, "bus:A", local("2026-11-21 00:10"), 1)[0].service_day == "20261120"
    assert after(db, night, "A", "2026-11-20 00:10", 1) == ["21 00:30 n"]
    assert after(db, night, "A", "2026-11-21 00:31", 1) == ["28 00:30 n"]


def test_two_nights_long(db: sqlite3.Connection) -> None:
    one = timetable(trip("k", "A 10:00", "B 50:00", "C 51:00"))
    assert after(db, one, "B", "2026-11-21 01:00", 1) == ["21 02:00 k"]


def test_the_early_of_the_next_day_stand_between_the_late_of_this(db: sqlite3.Connection) -> None:
    one = timetable(trip("malam", "A 25:30", "B 26:00"), trip("dini", "A 00:10", "B 00:20"))
    found = after(db, one, "A", "2026-11-21 23:00", 3)
    assert found == ["22 00:10 dini", "22 01:30 malam", "23 00:10 dini"]


def test_days_off_and_extra_days(db: sqlite3.Connection) -> None:
    work = [("KERJA", "1111100", "20261101", "20261130")]
    days = [("KERJA", "20261123", 2), ("KERJA", "20261122", 1), ("HAJAT", "20261121", 1)]
    one = timetable(
        trip("k", "A 06:00", "B 06:10", service="KERJA"),
        trip("h", "A 08:00", "B 08:10", service="HAJAT"),
        calendar=work,
        days=days,
    )
    found = after(db, one, "A", "2026-11-21 00:00", 9)
    assert found == ["21 08:00 h", "22 06:00 k", *(f"{day} 06:00 k" for day in (24, 25, 26, 27))]
    assert after(db, one, "A", "2026-11-30 00:00", 9) == ["30 06:00 k"]
    assert after(db, one, "A", "2026-12-01 00:00", 9) == []


def test_where_nothing_runs_for_days_it_is_found_and_for_weeks_it_is_not(db: sqlite3.Connection) -> None:
    one = timetable(trip("m", "A 06:00", "B 06:10", service="MINGGU"), calendar=[("MINGGU", "0000001", "2026", "2027")])
    assert after(db, one, "A", "2026-11-22 07:00", 1) == ["29 06:00 m"]


def test_nobody_boards_where_the_trip_ends_or_none_may_get_on(db: sqlite3.Connection) -> None:
    one = timetable(trip("a", "A 06:00", "B 06:10 1", "C 06:20", "A 06:30"))
    assert after(db, one, "B", "2026-11-21 05:00") == []
    assert after(db, one, "C", "2026-11-21 05:00", 1) == ["21 06:20 a"]
    assert after(db, one, "A", "2026-11-21 06:10", 1) == ["22 06:00 a"]


def test_a_headway_leaves_again_and_again(db: sqlite3.Connection) -> None:
    between = [("k", hms("05:00"), hms("05:30"), 600, 0), ("k", hms("05:30"), hms("06:00"), 1200, 1)]
    one = timetable(trip("k", "A 00:00", "B 00:04", "A 00:10"), headways=between)
    assert after(db, one, "A", "2026-11-21 05:01", 4) == [f"21 05:{minute} k" for minute in (10, 20, 30, 50)]
    found = departures(db, "bus:B", local("2026-11-21 05:05"), 3)
    assert told(found) == ["21 05:14 k", "21 05:24 k", "21 05:34 k"]
    assert [each.run for each in found] == ["05:10:00", "05:20:00", "05:30:00"]
    assert [each.about for each in found] == [True, True, False]
    assert [each.every_s for each in found] == [600, 600, 1200]
    assert after(db, one, "B", "2026-11-21 05:04", 1) == ["21 05:04 k"]
    assert after(db, one, "B", "2026-11-21 05:55", 1) == ["22 05:04 k"]


def test_a_headway_after_midnight(db: sqlite3.Connection) -> None:
    one = timetable(trip("k", "A 00:00", "B 01:00", "C 01:10"), headways=[("k", hms("23:00"), hms("25:00"), 1800, 0)])
    assert after(db, one, "B", "2026-11-21 01:10", 3) == ["21 01:30 k", "22 00:00 k", "22 00:30 k"]


def test_a_station_is_all_its_platforms(db: sqlite3.Connection) -> None:
    one = timetable(
        trip("b", "T2 06:05", "B 06:10"), trip("a", "T1 06:00", "B 06:10"), parents=[("T1", "T"), ("T2", "T")]
    )
    assert after(db, one, "T", "2026-11-21 05:00", 2) == ["21 06:00 a", "21 06:05 b"]
    assert [each.platform for each in departures(db, "bus:T", local("2026-11-21 05:00"), 2)] == ["1", "2"]
    assert after(db, one, "T1", "2026-11-21 05:00", 1) == ["21 06:00 a"]


def test_a_service_day_is_counted_from_noon_where_clocks_change(db: sqlite3.Connection) -> None:
    """In Berlin clocks go back on 25 October 2026: 06:00 of that day is still 06:00 by the clock."""
    one = timetable(trip("a", "A 06:00", "B 06:10"), zone="Europe/Berlin")
    assert after(db, one, "A", "2026-10-25 00:00", 1) == ["25 06:00 a"]
    assert after(db, one, "A", "2026-03-29 00:00", 1) == ["29 06:00 a"]


def test_lines_of_a_stop_are_known_where_no_times_are(db: sqlite3.Connection) -> None:
    one = timetable(
        trip("k", "A 00:00", "B 00:04"), trip("x", "A", "C"), headways=[("k", 0, 900, 600, 0), ("k", 900, 999, 300, 0)]
    )
    timetables.keep(db, one, 0)
    assert lines(db, "bus:A") == [
        StopLine("R1", "1", "ke B", "D02027", True, 300),
        StopLine("R1", "1", "ke C", "D02027", False, 0),
    ]
    assert lines(db, "bus:tidak ada") == []
    assert {each.trip_id for each in departures(db, "bus:A", local("2026-11-21 05:00"), 5)} == {"k"}


def test_against_every_day_counted_out(db: sqlite3.Connection) -> None:
    """Every departure of two weeks, counted the slow way."""
    times = [(5 * n * 60) % (27 * 3600) for n in range(0, 400, 7)]
    trips = [trip(f"t{n}", f"A {s // 3600:02}:{s // 60 % 60:02}", "B 30:00") for n, s in enumerate(times)]
    timetables.keep(db, timetable(*trips), 0)
    start = local("2026-11-10 00:00")
    planned = sorted(start + timedelta(days=day, seconds=s) for day in range(-2, 14) for s in times)
    for minutes in range(0, 3 * 1440, 97):
        at = local("2026-11-12 00:00") + timedelta(minutes=minutes)
        found = [each.at for each in departures(db, "bus:A", at, 12)]
        assert found == [each for each in planned if each >= at][:12]


def _timed(one: Timetable) -> Timetable:
    """A real timetable without times gets some: every trip leaves every ten minutes, a stop every two minutes."""

    def fill(rows: Any) -> list[Any]:
        return [(*row[:3], row[1] * 120, row[1] * 120, *row[5:]) for row in rows]

    trips = next(each for each in one.tables if each.name == "trips").rows
    every = [(row[0], hms("05:00"), hms("24:00"), 600, 0) for row in trips]
    tables = [each._replace(rows=fill(each.rows)) if each.name == "stop_times" else each for each in one.tables]
    names = ("trip_id", "start_s", "end_s", "headway_s", "exact")
    return one._replace(tables=[*tables, tables[0]._replace(name="frequencies", columns=names, rows=every)])


def test_a_real_citys_timetable_answers_at_once(db: sqlite3.Connection, shared_data: Path) -> None:
    body = (shared_data / "gtfs" / "transjakarta-2021.zip").read_bytes()
    entry = replace(cases.feed().entry, id="bus")
    one = Gtfs(entry, cases.feed().pack).decode(cases.answer(body), {}).timetable
    assert one is not None
    began = time.monotonic()
    timetables.keep(db, _timed(one), 0)
    assert time.monotonic() - began < 10
    (busiest,) = db.execute(
        "SELECT s.id FROM transit_call c JOIN transit_stop s ON s.n = c.stop"
        " GROUP BY s.n ORDER BY count(*) DESC, s.n LIMIT 1"
    ).fetchone()
    at = local("2021-10-06 07:03")
    took: list[float] = []
    for _ in range(7):
        began = time.monotonic()
        found = departures(db, f"bus:{busiest}", at, 10)
        took.append(time.monotonic() - began)
    assert len(found) == 10
    assert sorted(took)[3] < 0.1  # 20 ms on a machine of its own
