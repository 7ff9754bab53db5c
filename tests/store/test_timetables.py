"""A timetable replaces the one before it when it is whole, in slices, and leaves nothing behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from console.store import timetables
from console.store.database import transaction
from console.store.departures import departures, routes_of
from tests.store.timetables import local, opened, timetable, trip

MORNING = local("2026-11-21 05:00")
AT = datetime(2026, 11, 21, tzinfo=UTC)
AT_MS = 1000 * int(AT.timestamp())
TABLES = ("timetable", "transit_stop", "transit_route", "transit_service", "transit_day", "transit_shape")
TABLES += ("transit_trip", "transit_call", "transit_headway")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(tmp_path)) as db:
        yield db


def rows(db: sqlite3.Connection) -> dict[str, int]:
    return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


def first(db: sqlite3.Connection) -> list[str]:
    return [each.trip_id for each in departures(db, "bus:A", MORNING)][:1]


OLD = timetable(trip("lama", "A 06:00", "B 06:10"), days=[("HARIAN", "20261225", 2)], headways=[("lama", 0, 9, 3, 1)])
NEW = timetable(trip("baru", "A 07:00", "B 07:10"), version="2")


def test_the_new_one_takes_the_place_of_the_old(db: sqlite3.Connection) -> None:
    timetables.keep(db, OLD, AT_MS)
    assert timetables.editions(db) == [timetables.Edition("bus", "1", "20260101", "20271231", "Asia/Jakarta", AT)]
    timetables.keep(db, NEW, AT_MS)
    assert [each.version for each in timetables.editions(db)] == ["2"]
    assert first(db) == ["baru"]
    expected = dict.fromkeys(TABLES, 1) | {"transit_stop": 2, "transit_call": 2}
    assert rows(db) == expected | {"transit_day": 0, "transit_shape": 0, "transit_headway": 0}


def test_another_agency_is_left_alone(db: sqlite3.Connection) -> None:
    timetables.keep(db, OLD, AT_MS)
    timetables.keep(db, timetable(trip("lain", "A 06:00", "B 06:10"), source="kereta"), AT_MS)
    timetables.keep(db, NEW, AT_MS)
    assert [each.source for each in timetables.editions(db)] == ["bus", "kereta"]
    assert [each.trip_id for each in departures(db, "kereta:A", MORNING)][:1] == ["lain"]
    timetables.drop(db, "bus")
    assert [each.source for each in timetables.editions(db)] == ["kereta"]
    assert rows(db)["transit_trip"] == 1


def test_until_it_is_whole_the_old_one_is_in_use_and_what_was_begun_is_cleared(db: sqlite3.Connection) -> None:
    timetables.keep(db, NEW, AT_MS)
    steps = sum(1 for _ in timetables.slices(db, OLD, AT_MS))
    timetables.keep(db, NEW, AT_MS)
    whole = rows(db)
    for done in range(steps):
        with transaction(db):
            list(islice(timetables.slices(db, OLD, AT_MS), done))
        # an engine that ended in the middle: either the old or the new one is in use, and altogether
        assert first(db) in (["baru"], ["lama"])
        assert len(timetables.editions(db)) == 1
        timetables.keep(db, NEW, AT_MS)
        assert rows(db) == whole


def test_a_large_one_comes_in_slices(db: sqlite3.Connection) -> None:
    many = [trip(f"t{n}", *(f"S{k} 06:00" for k in range(20))) for n in range(600)]
    pieces = [db.total_changes for _ in timetables.slices(db, timetable(*many), AT_MS)]
    grown = [after - before for before, after in zip([0, *pieces], pieces, strict=False)]
    assert max(grown) <= timetables.SLICE_ROWS + 1
    assert rows(db)["transit_call"] == 12_000


def test_a_trip_of_no_known_service_is_kept_and_never_runs(db: sqlite3.Connection) -> None:
    timetables.keep(db, timetable(trip("x", "A 06:00", "B 06:10", service="TIDAK ADA")), AT_MS)
    assert departures(db, "bus:A", MORNING) == []
    assert routes_of(db, "bus", ["x", "y"]) == {"x": "R1"}
    assert routes_of(db, "lain", ["x"]) == {}


def test_a_rolled_back_one_leaves_nothing(db: sqlite3.Connection) -> None:
    timetables.keep(db, NEW, AT_MS)
    before = rows(db)
    with pytest.raises(KeyError), transaction(db):
        timetables.keep(db, timetable(trip("x", "A 06:00", "B 06:10", route="TIDAK ADA")), AT_MS)
    assert rows(db) == before
