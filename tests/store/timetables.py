"""Timetables of Kota Rekaan as tables, as short as they can be told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from console.core.items import Table, Timetable
from console.store import schema
from console.store.database import open_writer

WIB = ZoneInfo("Asia/Jakarta")
ROUTES = {"R1": ("AR", "1", "Sukamaju - Kebon Lama", 3, "D02027", "FFFFFF", "")}
DAILY = [("HARIAN", "1111111", "20260101", "20271231")]
CALL = ("trip_id", "number", "stop_id", "arrive_s", "depart_s", "headsign", "flags")


def hms(text: str) -> int:
    """ "24:30" in seconds."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def local(text: str, zone: ZoneInfo = WIB) -> datetime:
    """ "2026-11-21 23:50" there."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def trip(id_: str, *calls: str, route: str = "R1", service: str = "HARIAN") -> tuple[tuple[Any, ...], list[Any]]:
    """A trip and its calls, each "stop 06:10" or "stop" or "stop 06:10 4" with flags; the last ends it."""
    rows = []
    for number, text in enumerate(calls, 1):
        stop, at, flags = [*text.split(" "), "", ""][:3]
        at_s = hms(at) if at else None
        last = 8 if number == len(calls) else 0
        rows.append((id_, number * 10, stop, at_s, at_s, "", int(flags or 0) | last))
    return (id_, route, service, f"ke {calls[-1].split(' ')[0]}", "", 0, "", ""), rows


def timetable(
    *trips: tuple[tuple[Any, ...], list[Any]],
    source: str = "bus",
    version: str = "1",
    zone: str = "Asia/Jakarta",
    calendar: Sequence[tuple[str, str, str, str]] = DAILY,
    days: Sequence[tuple[str, str, int]] = (),
    headways: Sequence[tuple[str, int, int, int, int]] = (),
    parents: Iterable[tuple[str, str]] = (),
) -> Timetable:
    """With a stop for each name a trip calls at."""
    calls = [row for _, rows in trips for row in rows]
    of = dict(parents)
    names = dict.fromkeys([row[2] for row in calls] + list(of.values()))
    stops = [(name, f"Halte {name}", "", -6.01, 106.01, "", 0, of.get(name, ""), name[-1:], "") for name in names]
    tables = [
        Table(
            "agency",
            ("agency_id", "name", "url", "zone", "language", "phone"),
            [("AR", "Angkutan Rekaan", "", zone, "id", "")],
        ),
        Table("stops", ("stop_id", "name", "code", "lat", "lon", "area", "kind", "parent", "platform", "extra"), stops),
        Table(
            "routes",
            ("route_id", "agency_id", "short", "long", "kind", "colour", "text_colour", "extra"),
            [(id_, *row) for id_, row in ROUTES.items()],
        ),
        Table(
            "trips",
            ("trip_id", "route_id", "service_id", "headsign", "short", "direction", "shape_id", "extra"),
            [row for row, _ in trips],
        ),
        Table("calendar", ("service_id", "days", "starts_on", "ends_on"), calendar),
        Table("calendar_dates", ("service_id", "day", "kind"), days),
        Table("frequencies", ("trip_id", "start_s", "end_s", "headway_s", "exact"), headways),
        Table("stop_times", CALL, calls),
    ]
    return Timetable(source, version, [each for each in tables if each.rows], "20260101", "20271231")


def opened(folder: Path) -> sqlite3.Connection:
    """A `readings.db` of today's form."""
    path = folder / "readings.db"
    db = open_writer(path, full=False)
    schema.climb(db, schema.READINGS, path)
    return db
