"""Measured values as the screen asks for them: the newest of each series with its age, and any window for a chart.

A window is read from the samples, the five minutes or the hours, whichever is the finest that is few enough rows: so
it takes about as long for a day as for five years.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from console.core.clock import from_millis, millis
from console.core.items import Bucket, Latest, Series, series_state
from console.store.database import plain
from console.store.read_items import WITHIN, within
from console.store.rows import instant
from console.store.series import FIVE_MS, HOUR_MS

MOST_POINTS = 4096
"""Points of one window at most: numbers in the table `tick`."""
SORTED_ROWS = 3000
"""Rows of samples, five minutes and hours together that one look may put in order."""
WALKED_ROWS = 30_000
"""Rows of one table that one look may go through in the order in which they lie."""
FIVE_FROM = "five_from"
"""Since when the five minutes are kept: before that there are hours alone."""
_Row = tuple[Any, ...]
_SERIES = "id, source, native_id, title, property, unit, station, lat, lon, area, cadence_s, body"
_LATEST = (
    f"SELECT {_SERIES}, last_at, last_value, last_quality, received_at,"
    # How often a source is asked says nothing of how often it measures: what it promises of the age of its data does.
    " coalesce((SELECT json_extract(health, '$.stale_after_s') / 2 FROM {source} AS source"
    " WHERE source.id = series.source), 0) FROM {series} AS series"
)
_RAW = "SELECT at, 1 AS count, value AS sum, value AS lo, value AS hi FROM sample"
_MIXED = (
    f"{_RAW} WHERE series = :n AND at >= :first AND at < :end"
    " UNION ALL SELECT five.at, five.count, five.sum, five.lo, five.hi FROM hour CROSS JOIN five_minutes AS five"
    f" ON five.series = :n AND five.at >= max(hour.at, :five) AND five.at < min(hour.at + {HOUR_MS}, :end)"
    " WHERE hour.series = :n AND hour.at >= max(:hour, :fine) AND hour.at < :end AND closed = 1"
    " UNION ALL SELECT at, count, sum, lo, hi FROM hour"
    " WHERE series = :n AND at >= :hour AND at < min(:end, :fine) AND closed = 1"
)
"""The finest there is of every hour: its samples while it is open, then its five minutes, then itself."""
_WALK = (
    "SELECT :base + k * :width, {columns} FROM tick CROSS JOIN {table} ON series = :n"
    " AND at >= max(:since, :base + k * :width) AND at < min(:until, :base + (k + 1) * :width)"
    " WHERE k < :points GROUP BY k"
)
_OF_SPANS = "sum(count), sum(sum), min(lo), max(hi)"
_TABLES = {
    "sample": (1, "count(*), sum(value), min(value), max(value)"),
    "five_minutes": (FIVE_MS, _OF_SPANS),
    "hour": (HOUR_MS, _OF_SPANS),
}
"""How long each row of a table stands for, and what of them makes a bucket."""


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
    tables: tuple[str, str] = ("series", "source"),
) -> list[Latest]:
    """The newest value of each series of a source, of an area with all below it, or of these `ids`; by id. `tables`:
    where series and sources are read from, behind a wall others."""
    where, values = _which(source, area, ids)
    latest = _LATEST.format(source=tables[1], series=tables[0])
    rows = db.execute(f"{latest}{where} ORDER BY series.id LIMIT ?", (*values, limit))
    return [_latest(row, now) for row in rows]


def window(db: sqlite3.Connection, which: str, since: datetime, until: datetime, points: int) -> list[Bucket]:
    """Values of a series from `since` up to, not including, `until`, as at most `points` buckets in order of time;
    spans with none are left out. Of what is kept by hours or five minutes alone the span that `since` lies in counts
    whole."""
    n = plain(db.execute("SELECT n FROM series WHERE id = ?", (which,)).fetchone())
    first, end, points = millis(since), millis(until), min(points, MOST_POINTS)
    if n is None or end <= first or points < 1:
        return []
    fine = int(plain(db.execute("SELECT value FROM meta WHERE name = ?", (FIVE_FROM,)).fetchone()) or 0)
    look = _Look(db, n, first, end, points, fine)
    return [_bucket(row) for row in look.rows()]


@dataclass(frozen=True, slots=True)
class _Look:
    """One window of one series, in milliseconds; `fine`: since when there are five minutes."""

    db: sqlite3.Connection
    n: int
    first: int
    end: int
    points: int
    fine: int

    def rows(self) -> list[_Row]:
        """Where each bucket begins, and its count, sum, least and most: of the finest level that is few enough rows."""
        if (self.end - self.first) // FIVE_MS > WALKED_ROWS:
            return self._walked(HOUR_MS, (("hour", self.first, self.end),))
        samples, fives, closed = self.db.execute(
            "SELECT coalesce(sum(iif(closed, 0, count)), 0), coalesce(sum(iif(closed, min(count, 12), 0)), 0),"
            " sum(closed) FROM hour WHERE series = ? AND at >= ? AND at < ?",
            (self.n, self.first // HOUR_MS * HOUR_MS, self.end),
        ).fetchone()
        if samples + fives <= SORTED_ROWS:
            return self._sorted()
        if not closed and samples <= WALKED_ROWS:
            return self._walked(1, (("sample", self.first, self.end),))
        hours = ("hour", self.first, min(self.fine, self.end))
        return self._walked(
            FIVE_MS if self.first >= self.fine else HOUR_MS,
            (hours, ("five_minutes", max(self.first, self.fine), self.end)),
        )

    def _sorted(self) -> list[_Row]:
        """All there is; by its own instants, where it is no more than asked for."""
        values = {"n": self.n, "first": self.first, "end": self.end, "fine": self.fine}
        values |= {"five": self.first // FIVE_MS * FIVE_MS, "hour": self.first // HOUR_MS * HOUR_MS}
        found = self.db.execute(f"SELECT * FROM ({_MIXED}) ORDER BY at", values).fetchall()
        if len(found) <= self.points:
            return found
        base, width = self._spans(1)
        buckets: list[_Row] = []
        for at, *rest in found:
            _add(buckets, (max(at - base, 0) // width * width + base, *rest))
        return buckets

    def _walked(self, grain: int, parts: Sequence[tuple[str, int, int]]) -> list[_Row]:
        """By buckets of that grain, in the order in which they lie, from one table after the other."""
        base, width = self._spans(grain)
        buckets: list[_Row] = []
        for table, since, until in parts:
            if until > since:
                own, columns = _TABLES[table]
                values = {"n": self.n, "since": since // own * own, "until": until, "points": self.points}
                query = _WALK.format(columns=columns, table=table)
                for row in self.db.execute(query, {**values, "base": base, "width": width}):
                    _add(buckets, row)
        return buckets

    def _spans(self, grain: int) -> tuple[int, int]:
        """Where the first bucket begins, and how wide they are. Their bounds are the same for every window of that
        width: a chart that is moved along shows the same buckets."""
        first = self.first // grain * grain
        if self.points == 1:
            return first, self.end - first
        width = -(-(self.end - first) // (self.points - 1))
        width = -(-width // grain) * grain
        return first // width * width, width


def _add(buckets: list[_Row], row: _Row) -> None:
    """A row to the last bucket, where it lies in that, or as the next."""
    if not buckets or buckets[-1][0] != row[0]:
        buckets.append(row)
        return
    at, count, total, lo, hi = buckets[-1]
    buckets[-1] = (at, count + row[1], total + row[2], min(lo, row[3]), max(hi, row[4]))


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
