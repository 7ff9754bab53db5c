"""Measured values as the screen asks for them: the newest of each series with its age, and any window for a chart.

A window is read from the samples, the five minutes or the hours, whichever is the finest that is few enough rows: so
it takes about as long for a day as for five years.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from console.core.clock import from_millis, millis
from console.core.items import Bucket, Latest, Series, series_state
from console.store.database import plain
from console.store.read_items import WITHIN, within
from console.store.rows import instant
from console.store.series import FIVE_MS, HOUR_MS

MOST_ROWS = 12_000
"""Rows one look may go through."""
FIVE_FROM = "five_from"
"""Since when the five minutes are kept: before that there are hours alone."""
_SERIES = "id, source, native_id, title, property, unit, station, lat, lon, area, cadence_s, body"
_LATEST = (
    f"SELECT {_SERIES}, last_at, last_value, last_quality, received_at,"
    " coalesce((SELECT json_extract(health, '$.cadence_s') FROM source WHERE source.id = series.source), 0)"
    " FROM series"
)
_RAW = (
    "SELECT at, 1 AS count, value AS sum, value AS lo, value AS hi FROM sample"
    " WHERE series = :n AND at >= :first AND at < :end"
)
_SPAN = "SELECT at, count, sum, lo, hi FROM {} WHERE series = :n AND at >= {} AND at < {}"
_CLOSED = (
    "SELECT five.at, five.count, five.sum, five.lo, five.hi FROM hour JOIN five_minutes AS five"
    f" ON five.series = hour.series AND five.at >= hour.at AND five.at < hour.at + {HOUR_MS}"
    " WHERE hour.series = :n AND hour.at >= max(:hour, :fine) AND hour.at < :end AND closed = 1"
    " AND five.at >= :first AND five.at < :end"
)
_OLD = (
    "SELECT at, count, sum, lo, hi FROM hour"
    " WHERE series = :n AND at >= :first AND at < min(:end, :fine) AND closed = 1"
)


def series(db: sqlite3.Connection, *, source: str = "", area: str = "", limit: int = 10_000) -> list[Series]:
    """Series of a source and of an area with all below it, by id."""
    where, values = _which(source, area)
    return [
        _series(row) for row in db.execute(f"SELECT {_SERIES} FROM series{where} ORDER BY id LIMIT ?", (*values, limit))
    ]


def latest(
    db: sqlite3.Connection,
    now: datetime,
    *,
    source: str = "",
    area: str = "",
    ids: Collection[str] = (),
    limit: int = 10_000,
) -> list[Latest]:
    """The newest value of each series of a source, of an area with all below it, or of these `ids`; by id."""
    where, values = _which(source, area, ids)
    rows = db.execute(f"{_LATEST}{where} ORDER BY series.id LIMIT ?", (*values, limit))
    return [_latest(row, now) for row in rows]


def window(db: sqlite3.Connection, which: str, since: datetime, until: datetime, points: int) -> list[Bucket]:
    """Values of a series from `since` up to, not including, `until`, as at most `points` buckets in order of time;
    spans with none are left out. What is kept by hours or five minutes alone counts where its span begins."""
    n = plain(db.execute("SELECT n FROM series WHERE id = ?", (which,)).fetchone())
    first, end = millis(since), millis(until)
    if n is None or end <= first or points < 1:
        return []
    from_hour = first // HOUR_MS * HOUR_MS
    five_from = int(plain(db.execute("SELECT value FROM meta WHERE name = ?", (FIVE_FROM,)).fetchone()) or 0)
    grain, rows, query = _level(db, n, from_hour, end)
    values = {"n": n, "first": first // grain * grain, "end": end, "hour": from_hour, "fine": five_from}
    if rows <= points:
        found = db.execute(f"SELECT * FROM ({query}) ORDER BY at", values).fetchall()
        if len(found) <= points:
            return [_bucket(row) for row in found]
    base, width = _spans(first // grain * grain, end, points, grain)
    grouped = db.execute(
        "SELECT :base + (at - :base) / :width * :width AS began, sum(count), sum(sum), min(lo), max(hi)"
        f" FROM ({query}) GROUP BY began ORDER BY began",
        {**values, "base": base, "width": width},
    )
    return [_bucket(row) for row in grouped]


def _level(db: sqlite3.Connection, n: int, from_hour: int, end: int) -> tuple[int, int, str]:
    """The finest level that is few enough rows: its grain (ms), about how many rows, and the query for them."""
    hours = (end - from_hour) // HOUR_MS + 1
    if hours <= MOST_ROWS:
        fine, fives = db.execute(
            "SELECT coalesce(sum(iif(closed, min(count, 12), count)), 0), coalesce(sum(min(count, 12)), 0)"
            " FROM hour WHERE series = ? AND at >= ? AND at < ?",
            (n, from_hour, end),
        ).fetchone()
        if fine <= MOST_ROWS:
            return 1, fine, f"{_RAW} UNION ALL {_CLOSED} UNION ALL {_OLD}"
        if fives <= MOST_ROWS:
            five = _SPAN.format("five_minutes", "max(:first, :fine)", ":end")
            return FIVE_MS, fives, f"{five} UNION ALL {_SPAN.format('hour', ':first', 'min(:end, :fine)')}"
    return HOUR_MS, hours, _SPAN.format("hour", ":first", ":end")


def _spans(first: int, end: int, points: int, grain: int) -> tuple[int, int]:
    """Where the first bucket begins, and how wide they are. Their bounds are the same for every window of that width:
    a chart that is moved along shows the same buckets."""
    if points == 1:
        return first, end - first
    width = -(-(end - first) // (points - 1))
    width = -(-width // grain) * grain
    return first // width * width, width


def _which(source: str, area: str, ids: Collection[str] = ()) -> tuple[str, list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    if source:
        where.append("source = ?")
        values.append(source)
    if area:
        where.append(WITHIN)
        values += within(area)
    if ids:
        where.append(f"series.id IN ({','.join('?' * len(ids))})")
        values += ids
    return (f" WHERE {' AND '.join(where)}" if where else ""), values


def _series(row: tuple[Any, ...]) -> Series:
    return Series._make((*row[:11], json.loads(row[11])))


def _latest(row: tuple[Any, ...], now: datetime) -> Latest:
    told = _series(row)
    last_ms, value, quality, received_ms, cadence_s = row[12:]
    at = instant(last_ms)
    promised_s = told.cadence_s or cadence_s
    due = at + timedelta(seconds=promised_s) if at is not None and 0 < promised_s < 1e9 else None
    state = series_state(told, at, now, cadence_s)
    return Latest(told, at, value, quality, instant(received_ms), due, state)


def _bucket(row: tuple[Any, ...]) -> Bucket:
    at, count, total, lo, hi = row
    return Bucket(from_millis(at), count, total / count, lo, hi)
