"""A wall inside a reader: what is about a person is never selected for who only looks, whatever is asked.

SQLite itself keeps it. While a statement is prepared each column it reads is judged by `OPEN`; one that is not there
makes the statement fail, so a query that somebody adds later and that reads a title is a bug that is seen at once, and
not a leak. What may be told only in part is read through views of the connection's own, which tell that part: places on
a grid of 250 m, words of areas alone, how the centre stands without the titles it asks about; of what sources tell
warnings, quakes, floods, vehicles and gauges, field by field, and never what a person wrote.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from console.core.audience import CELL_DEG, Audience, width_of
from console.core.clock import millis
from console.core.errors import Refused
from console.core.records import QueueFilter
from console.store.counts import EVENTS_LOOKED_AT, Points, in_columns
from console.store.filters import condition, within
from console.store.tallies import OPEN_MASK
from console.store.words import Words

_MIDDLE = f"(CAST((lat + 90.0) / {CELL_DEG!r} AS INTEGER) + 0.5) * {CELL_DEG!r} - 90.0"
_FOUND = "n, state, area, opd, category, requested_at"


def on_grid(columns: str, rows: str) -> str:
    """SQL of these columns of some rows with a place, and of the middle of the cell that holds it as `lat`, `lon`: as
    `console.core.audience.on_grid`. The connection has to know the width of a cell (`measure`)."""
    cell = f"SELECT {columns}, {_MIDDLE} AS lat, lon FROM {rows} WHERE lat IS NOT NULL AND lon IS NOT NULL"
    width = f"SELECT {columns}, lat, lon, cell_width(lat) AS width FROM ({cell})"
    middle = "(CAST((lon + 180.0) / width AS INTEGER) + 0.5) * width - 180.0"
    return f"SELECT {columns}, lat, {middle} AS lon FROM ({width})"


def measure(db: sqlite3.Connection) -> None:
    """Tell a connection how wide a cell is: not every build of SQLite has a cosine."""
    db.create_function("cell_width", 1, width_of, deterministic=True)


_INFO = frozenset({"language", "event", "urgency", "severity", "certainty", "headline", "areas"})
_BODIES: Mapping[str, frozenset[str]] = {
    "alert": frozenset(
        {"status", "msgType", "scope", "sender", "identifier", "sent", "references", "infos", "kecamatan"}
    ),
    "quake": frozenset({"magnitude", "depth_km", "place", "potential", "tsunami", "felt", "felt_at"}),
    "flood": frozenset({"state", "depth_cm", "parent", "city", "polygons"}),
    "vehicle": frozenset({"bearing", "speed_m_s", "timed_by", "trip"}),
}
"""Fields of a body that are told, by the kind of the item; of no other kind any is."""
_WITHIN: Mapping[str, frozenset[str]] = {
    "infos": _INFO,
    "areas": frozenset({"areaDesc", "polygons", "circles"}),
    "trip": frozenset({"trip_id", "route_id", "relationship", "start_date", "start_time"}),
}
"""The same of what lies within them."""


def shown_body(kind: str, body: str) -> str:
    """Of the body of an item what is for everybody."""
    return json.dumps(_only(json.loads(body), _BODIES.get(kind, frozenset())), separators=(",", ":"))


def _only(told: Any, names: frozenset[str]) -> Any:
    if isinstance(told, list):
        return [_only(each, names) for each in told if isinstance(each, dict)]
    if not isinstance(told, dict):
        return None
    return {
        name: _only(value, _WITHIN[name]) if name in _WITHIN else value for name, value in told.items() if name in names
    }


OPEN: Mapping[str, frozenset[str]] = {
    "complaint": frozenset({"n", "state", "area", "opd", "category", "requested_at", "due_at"}),
    "tally_area": frozenset({"area", "state", "count"}),
    "tally_hour": frozenset({"hour", "arrived", "open"}),
    "outbox": frozenset({"n", "doc", "command", "at", "refused", "withdrawn_at"}),
    "meta": frozenset({"name", "value"}),
    "memo": frozenset({"source", "at"}),
    "notice": frozenset({"n", "place", "says", "told"}),
    "timetable": frozenset({"n", "source", "whole"}),
    "transit_trip": frozenset({"n", "id", "route", "timetable"}),
    "transit_route": frozenset({"n", "id"}),
    "sqlite_master": frozenset({"name", "type", "tbl_name", "sql"}),
}
"""Columns that may be read, by table; of `requested_at` only counts are told (tests/store/test_walls.py)."""

_RECORDS = {
    "open_point": on_grid(_FOUND, "main.complaint"),
    "open_word": "SELECT id, text FROM main.word WHERE id IN (SELECT area FROM main.tally_area)",
    "open_event": "SELECT event.n AS n, at, before, after, complaint.n AS about, area FROM main.event"
    " JOIN main.complaint ON complaint.id = event.complaint",
}
_HOUR = "substr(json_extract(health, '$.newest_at'), 1, 13) || ':00:00+00:00'"
_READINGS = {
    "open_hub": "SELECT json_set(state, '$.questions', json('[]'), '$.untaken', json('[]')) AS state FROM main.hub",
    "open_source": f"SELECT id, json_set(health, '$.newest_at', {_HOUR}) AS health FROM main.source",
}
_ITEM = frozenset(
    {"n", "id", "source", "kind", "native_id", "title", "observed_at", "starts_at", "ends_at", "lat", "lon", "area"}
    | {"level", "zone_assumed", "revised_at", "body", "received_at", "gone_at"}
)
_BUS = "kind = 'vehicle'"
_TELLINGS = {
    # A plate may stand in the name of a vehicle, and anything in the title of a warning without a headline.
    "open_item": f"SELECT n, iif({_BUS}, source || ':vehicle/' || n, id) AS id, source, kind,"
    f" iif({_BUS}, '', native_id) AS native_id, CASE kind WHEN 'vehicle' THEN"
    " coalesce(json_extract(body, '$.trip.route_id'), '') WHEN 'alert' THEN '' ELSE title END AS title, '' AS text,"
    " observed_at, starts_at, ends_at, lat, lon, area, level, '' AS url, zone_assumed, revised_at,"
    " shown_body(kind, body) AS body, received_at, gone_at FROM main.item"
    " WHERE kind IN ('quake', 'flood', 'vehicle')"
    " OR (kind = 'alert' AND coalesce(json_extract(body, '$.scope'), 'Public') = 'Public')",
    "open_refers": "SELECT refers, item.n AS n, source, sent FROM main.item_refers JOIN main.item USING (n)",
    "open_series": "SELECT n, id, source, native_id, title, property, unit, station, lat, lon, area, cadence_s,"
    " '{}' AS body, last_at, last_value, '' AS last_quality, received_at FROM main.series",
}
_SERIES = frozenset(
    {"n", "id", "source", "native_id", "title", "property", "unit", "station", "lat", "lon", "area", "cadence_s"}
    | {"last_at", "last_value", "received_at"}
)
_THROUGH: Mapping[str, Mapping[str, frozenset[str]]] = {
    "open_point": {"complaint": OPEN["complaint"] | {"lat", "lon"}},
    "open_word": {"word": frozenset({"id", "text"}), "tally_area": OPEN["tally_area"]},
    "open_event": {"event": frozenset({"n", "at", "before", "after", "complaint"}), "complaint": frozenset({"id"})},
    "open_hub": {"hub": frozenset({"state"})},
    "open_source": {"source": frozenset({"id", "health"})},
    "open_item": {"item": _ITEM},
    "open_refers": {"item_refers": frozenset({"refers", "n", "sent"}), "item": frozenset({"n", "source"})},
    "open_series": {"series": _SERIES},
}
"""What a view reads for what it tells."""
_ALLOWED = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_RECURSIVE}
)


def put_up(db: sqlite3.Connection) -> None:
    """From here on this connection reads nothing about a person. Nothing that is said in SQL takes it down again."""
    measure(db)
    db.create_function("shown_body", 2, shown_body, deterministic=True)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema")}
    db.execute("PRAGMA query_only = OFF")  # else no view of its own could be made; the file stays closed to writing
    for name, sql in {**_RECORDS, **_READINGS, **_TELLINGS}.items():
        if tables >= _THROUGH[name].keys():
            db.execute(f"CREATE TEMP VIEW {name} AS {sql}")
    db.execute("PRAGMA query_only = ON")
    db.set_authorizer(_judge)


def _judge(action: int, table: str | None, column: str | None, _file: str | None, view: str | None) -> int:
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action != sqlite3.SQLITE_READ or table is None:
        return sqlite3.SQLITE_DENY
    named = column in ("", "ROWID")  # rows are counted, or taken by their number: no column of theirs is read
    opened = OPEN.get(table, frozenset()) | _THROUGH.get(view or "", {}).get(table, frozenset())
    known = table in _THROUGH or (bool(opened) and (named or column in opened))
    return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY


class AreaWords(Words):
    """Words of areas alone: the others are names of people and of what they are about, too."""

    _WORDS = "SELECT id, text FROM open_word"

    def _catch_up(self) -> None:
        self.look_again()  # few; and one may be older than the newest that is known


def points(db: sqlite3.Connection, words: Words, asked: QueueFilter, limit: int) -> Points:
    """Cells of the newest complaints of a filter, sorted by place. Their numbers say nothing of when they came."""
    if asked.text or asked.holder:
        return Points()
    where = condition(db, asked, words)
    newest = f"SELECT lon, lat, state FROM open_point WHERE {where.sql} ORDER BY requested_at DESC, n DESC LIMIT ?"
    rows = db.execute(f"SELECT lon, lat, state FROM ({newest}) ORDER BY lat, lon, state", (*where.args, limit))
    return in_columns([(*row, number) for number, row in enumerate(rows)])


def handled(db: sqlite3.Connection, words: Words, since: Any, area: str) -> int:
    """How many complaints were closed since then: as `counts.handled`, without a complaint being named."""
    test = within("area", words.below(area)) if area else "1"
    row = db.execute(
        f"SELECT count(DISTINCT about) FROM (SELECT * FROM open_event ORDER BY n DESC LIMIT {EVENTS_LOOKED_AT})"
        f" WHERE at >= ? AND after IS NOT NULL AND NOT ({OPEN_MASK} >> after) & 1"
        f" AND (before IS NULL OR ({OPEN_MASK} >> before) & 1) AND {test}",
        (millis(since),),
    )
    return int(row.fetchone()[0])


class _Judged(Protocol):
    @property
    def audience(self) -> Audience: ...


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=_Judged)


def for_work(nothing: Callable[[], Any]) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """A question of those who work with the profile. Anybody else is answered with `nothing`, and no row is read."""

    def closing(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @wraps(method)
        def judged(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if self.audience.narrow:
                found: T = nothing()
                return found
            return method(self, *args, **kwargs)

        judged.for_work = True  # type: ignore[attr-defined]
        return judged

    return closing


def refuse_narrow(audience: Audience) -> None:
    """Raises `Refused` where the profile is for those who only look."""
    if audience.narrow:
        raise Refused("store.walled", audience=str(audience))
