"""Timetables as they are kept in `readings.db`: written in slices beside the one in use, which stays until the new one
is whole. Reading them is console/store/departures.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from console.core.clock import from_millis
from console.core.items import Timetable

SLICE_ROWS = 5_000
"""So many rows take some milliseconds: what waits for the writer gets its turn between two slices."""
_OF_TIMETABLE = ("transit_stop", "transit_route", "transit_service", "transit_shape", "transit_trip")
_STOP = ("stop_id", "name", "code", "lat", "lon", "area", "kind", "parent", "platform", "extra")
_ROUTE = ("route_id", "agency_id", "short", "long", "kind", "colour", "text_colour", "extra")
_TRIP = ("trip_id", "route_id", "service_id", "headsign", "short", "direction", "shape_id", "extra")
_CALL = ("stop_times", "trip_id", "number", "stop_id", "arrive_s", "depart_s", "headsign", "flags")
_OF_TRIPS = ("transit_call", "transit_headway")


class Edition(NamedTuple):
    """A timetable in use."""

    source: str
    version: str
    starts_on: str
    ends_on: str
    """First and last service day, "YYYYMMDD", "" where not told."""
    zone: str
    at: datetime
    """When it came."""


def keep(db: sqlite3.Connection, timetable: Timetable, at_ms: int) -> None:
    """Put a timetable in the place of the one of its source before, all within the caller's transaction."""
    for _ in slices(db, timetable, at_ms):
        pass


def slices(db: sqlite3.Connection, timetable: Timetable, at_ms: int) -> Iterator[None]:
    """The same step by step: between two the caller may commit and let others write. Until the last but the clearing
    away the old one is in use; what an interrupted writer left is cleared by the next."""
    yield from _clear(db, timetable.source)
    new = _Writer(db, timetable, at_ms)
    yield from new.write()
    db.execute("UPDATE timetable SET whole = (n = ?) WHERE source = ?", (new.number, timetable.source))
    yield
    yield from _clear(db, timetable.source)


def drop(db: sqlite3.Connection, source: str) -> None:
    """Take away all timetables of a source that is no more."""
    db.execute("UPDATE timetable SET whole = 0 WHERE source = ?", (source,))
    for _ in _clear(db, source):
        pass


def editions(db: sqlite3.Connection) -> list[Edition]:
    """The timetables in use, by their source."""
    rows = db.execute(
        "SELECT source, version, starts_on, ends_on, zone, at FROM timetable WHERE whole = 1 ORDER BY source"
    )
    return [Edition._make((*row[:-1], from_millis(row[-1]))) for row in rows]


def _clear(db: sqlite3.Connection, source: str) -> Iterator[None]:
    """Take away what is not in use."""
    for (number,) in db.execute("SELECT n FROM timetable WHERE source = ? AND NOT whole", (source,)).fetchall():
        while True:
            trips = db.execute("SELECT n FROM transit_trip WHERE timetable = ? LIMIT 200", (number,)).fetchall()
            if not trips:
                break
            for table in _OF_TRIPS:
                db.executemany(f"DELETE FROM {table} WHERE trip = ?", trips)
            db.executemany("DELETE FROM transit_trip WHERE n = ?", trips)
            yield
        db.execute(
            "DELETE FROM transit_day WHERE service IN (SELECT n FROM transit_service WHERE timetable = ?)", (number,)
        )
        for table in _OF_TIMETABLE:
            db.execute(f"DELETE FROM {table} WHERE timetable = ?", (number,))
            yield
        db.execute("DELETE FROM timetable WHERE n = ?", (number,))


class _Writer:
    """Writes one edition; its rows refer to each other by numbers, which are shorter than the publisher's ids."""

    def __init__(self, db: sqlite3.Connection, timetable: Timetable, at_ms: int) -> None:
        self._db = db
        self._timetable = timetable
        self._at_ms = at_ms
        self._tables = {each.name: each for each in timetable.tables}
        self.number = self._next("timetable")

    def write(self) -> Iterator[None]:
        """All of it, not in use yet."""
        told = self._timetable
        self._db.execute(
            "INSERT INTO timetable VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (self.number, told.source, told.version, told.starts_on, told.ends_on, self._zone(), 0, self._at_ms),
        )
        stops = yield from self._numbered("transit_stop", self._pick("stops", *_STOP))
        routes = yield from self._numbered("transit_route", self._pick("routes", *_ROUTE))
        yield from self._numbered("transit_shape", self._pick("shapes", "shape_id", "line"))
        services = yield from self._services()
        first, last = self._ends()
        headways = list(self._pick("frequencies", "trip_id", "start_s", "end_s", "headway_s", "exact"))
        headed = {row[0] for row in headways}
        trips = yield from self._numbered(
            "transit_trip",
            (
                (id_, routes[route], services.get(service), *rest, first.get(id_), int(id_ in headed), extra)
                for id_, route, service, *rest, extra in self._pick("trips", *_TRIP)
            ),
        )
        calls = ((trips[trip], number, stops[stop], *rest) for trip, number, stop, *rest in self._pick(*_CALL))
        yield from self._insert("transit_call", calls)
        yield from self._insert("transit_headway", ((trips[trip], *rest) for trip, *rest in headways))
        ends = [row[2] + last.get(row[0], 0) - first.get(row[0], 0) for row in headways]
        longest_s = max([*last.values(), *ends], default=0)
        self._db.execute("UPDATE timetable SET longest_s = ? WHERE n = ?", (longest_s, self.number))

    def _zone(self) -> str:
        return next((str(zone) for (zone,) in self._pick("agency", "zone")), "UTC")

    def _services(self) -> Generator[None, None, dict[str, int]]:
        """Services of the calendar, and those that run on single days alone."""
        weekly = list(self._pick("calendar", "service_id", "days", "starts_on", "ends_on"))
        days = list(self._pick("calendar_dates", "service_id", "day", "kind"))
        single = dict.fromkeys(row[0] for row in days)
        for row in weekly:
            single.pop(row[0], None)
        services = yield from self._numbered(
            "transit_service", [*weekly, *((id_, "0000000", "", "") for id_ in single)]
        )
        yield from self._insert("transit_day", ((services[id_], *rest) for id_, *rest in days))
        return services

    def _ends(self) -> tuple[dict[str, int], dict[str, int]]:
        """When each trip first departs and when it last does, as far as it has times."""
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for trip, at_s in self._pick("stop_times", "trip_id", "depart_s"):
            if at_s is not None:
                first.setdefault(trip, at_s)
                last[trip] = at_s
        return first, last

    def _pick(self, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a table with these columns in this order; none where there is no such table."""
        found = self._tables.get(table)
        if found is None:
            return
        places = [list(found.columns).index(name) for name in columns]
        for row in found.rows:
            yield tuple([row[place] for place in places])

    def _numbered(self, table: str, rows: Iterable[Sequence[Any]]) -> Generator[None, None, dict[str, int]]:
        """Rows whose first column is their id: the number of each."""
        numbers: dict[str, int] = {}
        start = self._next(table)

        def all_of_it() -> Iterator[tuple[Any, ...]]:
            for number, row in enumerate(rows, start):
                numbers[row[0]] = number
                yield (number, self.number, *row)

        yield from self._insert(table, all_of_it())
        return numbers

    def _insert(self, table: str, rows: Iterable[Sequence[Any]]) -> Iterator[None]:
        waiting = iter(rows)
        while piece := list(islice(waiting, SLICE_ROWS)):
            places = ", ".join("?" * len(piece[0]))
            self._db.executemany(f"INSERT INTO {table} VALUES ({places})", piece)
            yield

    def _next(self, table: str) -> int:
        return int(self._db.execute(f"SELECT coalesce(max(n), 0) + 1 FROM {table}").fetchone()[0])
