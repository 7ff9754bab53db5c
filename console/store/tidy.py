"""What is old enough is let go of, when nobody waits, a small piece at a time: see retention.py for how old.

Samples go first to spans of five minutes and of an hour (series.py made those when they came), then those go in their
turn. Where the file is larger than it may be, the oldest samples go before their time, then five minutes, then items.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from console.core.clock import Clock, millis
from console.core.items import ItemKind
from console.store.database import plain, transaction
from console.store.items import Items
from console.store.read_series import FIVE_FROM
from console.store.retention import DAY_MS, Retention
from console.store.series import HOUR_MS

EVERY_S = 1800.0
AT_ONCE = 150
"""Items, or hours of samples, of one piece."""
SPANS_AT_ONCE = 2000
_SETTLED_MS = DAY_MS
"""An hour that something came for since then is not closed yet: a source that tells its past does so page by page."""
_LEAST_MS = 2 * HOUR_MS
"""Samples younger than that stay whatever the size."""

_NEWEST = "coalesce((SELECT max(observed_at) FROM item WHERE kind = '{}'), 0)"


class Tidying:
    """The hand that lets go. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, keep: Retention) -> None:
        self._db = db
        self._clock = clock
        self._keep = keep
        self._items = Items(db, keep)
        self._work: Iterator[bool] | None = None
        self._due_s = clock.monotonic_s()

    @property
    def due(self) -> bool:
        """Whether there is anything to do, or to look for."""
        return self._work is not None or self._clock.monotonic_s() >= self._due_s

    def piece(self) -> None:
        """Do one small piece. Raises what SQLite says: then all is begun anew next time."""
        work, self._work = self._work or self._all(self._now()), None
        with transaction(self._db):
            more = next(work, False)
        if more:
            self._work = work
        else:
            self._due_s = self._clock.monotonic_s() + EVERY_S

    def _now(self) -> int:
        """Old is what is old beside the newest that came: a clock that is years ahead must not empty the file."""
        newest: int = plain(
            self._db.execute(
                "SELECT max(coalesce((SELECT max(last_at) FROM series), 0),"
                f" {', '.join(_NEWEST.format(kind) for kind in ItemKind)})"
            ).fetchone()
        )
        return min(millis(self._clock.now()), newest + DAY_MS)

    def _all(self, now: int) -> Iterator[bool]:
        for kind in ItemKind:
            yield from self._old_items(kind, now)
        yield from self._close(now - self._keep.raw_days * DAY_MS, now - _SETTLED_MS)
        yield from self._fives(now - self._keep.five_minutes_days * DAY_MS)
        yield from self._drop_spans("hour", now - self._keep.hours_days * DAY_MS)
        yield from self._too_large(now)

    def _old_items(self, kind: ItemKind, now: int, share: int = 1) -> Iterator[bool]:
        kept = self._keep.items[kind]
        before = now - kept.days * DAY_MS // share
        # One that is told no more may still be older than it is kept by its own time: so both are asked for.
        where = (
            "gone_at < ?2"
            if kept.told
            else "observed_at < ?2 AND coalesce(ends_at, observed_at) < ?2 AND coalesce(gone_at, observed_at) < ?2"
        )
        query = f"SELECT n FROM item WHERE kind = ?1 AND {where} LIMIT {AT_ONCE}"
        while rows := [n for (n,) in self._db.execute(query, (str(kind), before))]:
            self._items.drop(rows)
            yield True

    def _close(self, before: int, settled: int) -> Iterator[bool]:
        """Let go of the samples of hours that ended by `before` and that nothing came for since `settled`."""
        query = (
            "SELECT at, series, touched_at FROM hour WHERE closed = 0 AND at <= ? AND (at, series) > (?, ?)"
            f" ORDER BY at, series LIMIT {AT_ONCE}"
        )
        place = (-1, -1)
        while rows := self._db.execute(query, (before - HOUR_MS, *place)).fetchall():
            old = [(series, at) for at, series, touched_at in rows if touched_at <= settled]
            self._db.executemany(f"DELETE FROM sample WHERE series = ?1 AND at >= ?2 AND at < ?2 + {HOUR_MS}", old)
            self._db.executemany("UPDATE hour SET closed = 1 WHERE series = ? AND at = ?", old)
            place = rows[-1][:2]
            yield True

    def _fives(self, before: int) -> Iterator[bool]:
        before = before // HOUR_MS * HOUR_MS
        # Told first: what is gone must not be looked for any more.
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE "
            " SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
            (FIVE_FROM, before),
        )
        yield from self._drop_spans("five_minutes", before)

    def _drop_spans(self, table: str, before: int) -> Iterator[bool]:
        """Let go of the spans of closed hours that began before that."""
        open_hour = (
            "NOT EXISTS (SELECT 1 FROM hour WHERE hour.series = span.series"
            f" AND hour.at = span.at - span.at % {HOUR_MS} AND closed = 0)"
        )
        query = f"SELECT at FROM {table} AS span WHERE series = ? AND at < ? AND {open_hour} LIMIT {SPANS_AT_ONCE}"
        for number, (series,) in enumerate(self._db.execute("SELECT n FROM series").fetchall()):
            if number % AT_ONCE == 0:
                yield True
            while rows := self._db.execute(query, (series, before)).fetchall():
                self._db.executemany(
                    f"DELETE FROM {table} WHERE series = ? AND at = ?", ((series, at) for (at,) in rows)
                )
                yield True

    def _too_large(self, now: int) -> Iterator[bool]:
        """Bring the file down to the size it may have."""
        raw = self._keep.raw_days * DAY_MS
        for share in (2, 4, 8, 16, 32, 64):
            if self._fits():
                return
            yield from self._close(now - max(raw // share, _LEAST_MS), now)
        for share in (2, 4, 8, 16):
            if self._fits():
                return
            yield from self._fives(now - self._keep.five_minutes_days * DAY_MS // share)
        for share in (2, 4, 8, 16):
            for kind in ItemKind:
                if self._fits():
                    return
                if kind is not ItemKind.ALERT:
                    yield from self._old_items(kind, now, share)

    def _fits(self) -> bool:
        if not self._keep.most_mb:
            return True
        pages, free, size = (
            int(plain(self._db.execute(f"PRAGMA {name}").fetchone()))
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size <= self._keep.most_mb << 20
