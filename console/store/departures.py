"""The next departures of a stop, from the timetables in `readings.db`, with no network.

A service day begins twelve hours before noon and goes on after midnight: what leaves at half past midnight may be
"24:30" of the day before. Days off and extra days stand beside the week. A trip by headway leaves again and again
between two times, and its own times say only how long it takes from its first stop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from console.core.transit import ABOUT, LAST, NO_PICKUP, Departure

DAYS_AHEAD = 7
"""Where nothing runs for longer the stop has no next departure."""
_HALF_DAY = timedelta(hours=12)
_RUNS = """
  SELECT s.n FROM transit_service s LEFT JOIN transit_day d ON d.service = s.n AND d.day = :day
  WHERE s.timetable = :timetable AND CASE d.kind WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE
    substr(s.days, :weekday, 1) = '1' AND :day BETWEEN s.starts_on AND s.ends_on END
"""
_OF_LINE = "r.id, iif(r.short = '', r.long, r.short), iif(c.headsign = '', t.headsign, c.headsign), t.id"
_ONCE = f"""
  SELECT c.depart_s, c.flags, {_OF_LINE}, c.number, r.colour
  FROM transit_call c JOIN transit_trip t ON t.n = c.trip JOIN transit_route r ON r.n = t.route
  WHERE c.stop = :stop AND c.depart_s >= :since AND NOT t.headed AND NOT c.flags & {NO_PICKUP | LAST}
    AND t.service IN ({_RUNS})
  ORDER BY c.depart_s LIMIT :limit
"""
_BY_HEADWAY = f"""
  SELECT c.depart_s - t.first_s, h.start_s, h.end_s, h.headway_s, h.exact, {_OF_LINE}, c.number, r.colour
  FROM transit_call c JOIN transit_trip t ON t.n = c.trip JOIN transit_route r ON r.n = t.route
    JOIN transit_headway h ON h.trip = t.n
  WHERE c.stop = :stop AND t.headed AND NOT c.flags & {NO_PICKUP | LAST} AND c.depart_s IS NOT NULL
    AND h.end_s + c.depart_s - t.first_s > :since AND t.service IN ({_RUNS})
"""


class StopLine(NamedTuple):
    """A line that calls at a stop."""

    route_id: str
    route: str
    headsign: str
    colour: str
    timed: bool
    """False where the publisher tells no times of it there: departures cannot be known."""
    every_s: int
    """The shortest headway it runs by, 0 where it has none."""


class Stop(NamedTuple):
    """A stop or a station of a timetable."""

    id: str
    """`<source>:<stop_id>`."""
    name: str
    code: str
    lat: float | None
    lon: float | None


def stops(db: sqlite3.Connection, text: str, limit: int) -> list[Stop]:
    """Stops whose name or code holds every one of these words, by name; platforms of a station are left out."""
    words = text.split()[:8]
    like = "".join(" AND (s.name LIKE ? ESCAPE '!' OR s.code LIKE ? ESCAPE '!')" for _ in words)
    values = [f"%{word.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%" for word in words for _ in range(2)]
    found = db.execute(
        "SELECT t.source || ':' || s.id, s.name, s.code, s.lat, s.lon FROM transit_stop s"
        " JOIN timetable t ON t.n = s.timetable AND t.whole"
        f" WHERE s.kind IN (0, 1) AND s.parent = ''{like} ORDER BY s.name, s.id LIMIT ?",
        (*values, limit),
    )
    return [Stop._make(row) for row in found]


class _Stop(NamedTuple):
    n: int
    id: str
    platform: str


def departures(db: sqlite3.Connection, stop: str, at: datetime, limit: int = 10) -> list[Departure]:
    """The next departures of a stop (`<source>:<stop_id>`), or of all platforms of a station, at or after an instant,
    the next first. As planned: `console.core.transit.with_updates` adds what vehicles say."""
    place = _place(db, stop)
    if place is None or limit < 1:
        return []
    timetable, zone_name, longest_s, stops = place
    zone = ZoneInfo(zone_name)
    today = at.astimezone(zone).date()
    found: list[Departure] = []
    for ahead in range(-(longest_s // 86_400) - 1, DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        begins_at = datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC) - _HALF_DAY
        if len(found) >= limit and found[limit - 1].at < begins_at:
            break  # all that follow leave later
        since = max(0, -int((begins_at - at).total_seconds() // 1))
        if since <= longest_s:
            asked: dict[str, Any] = {"timetable": timetable, "day": day.strftime("%Y%m%d"), "weekday": day.isoweekday()}
            asked |= {"since": since, "limit": limit}
            calls = [call for each in stops for call in _of_day(db, each, asked)]
            calls.sort(key=itemgetter(0))
            found += [each.on(begins_at, asked["day"]) for each in calls[:limit]]
            found.sort(key=lambda each: each.at)
    return found[:limit]


class _Call(NamedTuple):
    """A departure before it is known whether it is among the next."""

    at_s: int
    run_s: int | None
    every_s: int
    about: bool
    stop: _Stop
    line: Sequence[Any]

    def on(self, begins_at: datetime, day: str) -> Departure:
        route, name, headsign, trip, number, colour = self.line
        return Departure(
            at=begins_at + timedelta(seconds=self.at_s),
            route_id=route,
            route=name,
            headsign=headsign,
            trip_id=trip,
            service_day=day,
            run="" if self.run_s is None else _clock(self.run_s),
            stop_id=self.stop.id,
            number=number,
            platform=self.stop.platform,
            colour=colour,
            about=self.about,
            every_s=self.every_s,
        )


def _of_day(db: sqlite3.Connection, stop: _Stop, asked: dict[str, Any]) -> Iterator[_Call]:
    """What leaves a stop on a service day, no more of each trip than is asked for."""
    since, limit = asked["since"], asked["limit"]
    for at_s, flags, *line in db.execute(_ONCE, {**asked, "stop": stop.n}):
        yield _Call(at_s, None, 0, bool(flags & ABOUT), stop, line)
    for after_s, start_s, end_s, every_s, exact, *line in db.execute(_BY_HEADWAY, {**asked, "stop": stop.n}):
        first_s = start_s + max(0, -((start_s + after_s - since) // every_s)) * every_s
        for run_s in range(first_s, end_s, every_s)[:limit]:
            yield _Call(run_s + after_s, run_s, every_s, not exact, stop, line)


def lines(db: sqlite3.Connection, stop: str) -> list[StopLine]:
    """The lines that call at a stop or a station, whatever the day, by name."""
    place = _place(db, stop)
    if place is None:
        return []
    marks = ", ".join("?" * len(place[3]))
    rows = db.execute(
        "SELECT r.id, iif(r.short = '', r.long, r.short), iif(c.headsign = '', t.headsign, c.headsign), r.colour,"
        " max(c.depart_s IS NOT NULL), coalesce(min(h.headway_s), 0)"
        " FROM transit_call c JOIN transit_trip t ON t.n = c.trip JOIN transit_route r ON r.n = t.route"
        f" LEFT JOIN transit_headway h ON h.trip = t.n WHERE c.stop IN ({marks}) GROUP BY 1, 3 ORDER BY 2, 3",
        [each.n for each in place[3]],
    )
    return [StopLine._make((*row[:4], bool(row[4]), row[5])) for row in rows]


def routes_of(db: sqlite3.Connection, source: str, trips: Sequence[str]) -> dict[str, str]:
    """The line of each of these trips that is in the source's timetable."""
    found: dict[str, str] = {}
    for start in range(0, len(trips), 500):
        some = trips[start : start + 500]
        found |= db.execute(
            "SELECT t.id, r.id FROM transit_trip t JOIN transit_route r ON r.n = t.route"
            " WHERE t.timetable = (SELECT n FROM timetable WHERE source = ? AND whole)"
            f" AND t.id IN ({', '.join('?' * len(some))})",
            (source, *some),
        ).fetchall()
    return found


def _place(db: sqlite3.Connection, stop: str) -> tuple[int, str, int, list[_Stop]] | None:
    """Timetable, zone, its longest service day, and the stop with all that is part of it."""
    source, _, id_ = stop.partition(":")
    row = db.execute("SELECT n, zone, longest_s FROM timetable WHERE source = ? AND whole", (source,)).fetchone()
    if row is None:
        return None
    timetable, zone, longest_s = row
    stops = db.execute(
        "SELECT n, id, platform FROM transit_stop WHERE timetable = ?1 AND id = ?2"
        " UNION ALL SELECT n, id, platform FROM transit_stop WHERE timetable = ?1 AND parent = ?2 AND id <> ?2",
        (timetable, id_),
    ).fetchall()
    return (timetable, zone, longest_s, [_Stop(*each) for each in stops]) if stops else None


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
