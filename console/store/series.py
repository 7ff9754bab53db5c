"""Measured values, into their tables: each as it came, and together by five minutes and by hours.

Whatever comes late, twice, revised or out of order: spans it touches are counted anew from the samples themselves. Once
an hour's samples are not kept any more it is closed, and what still comes for it changes nothing: whether it was told
before cannot be known then. The caller holds the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from console.core.clock import MOST_AHEAD, from_millis, millis
from console.core.items import Sample, Series
from console.core.records import Refusal
from console.store.items import json_text, place, sound
from console.store.retention import DAY_MS

FIVE_MS = 300_000
HOUR_MS = 3_600_000
MOST = 1e100
"""What is larger is no measure, and a sum of many would be none either."""
_AHEAD_MS = MOST_AHEAD // timedelta(milliseconds=1)
_COLUMNS = ("source", "native_id", "title", "property", "unit", "station", "lat", "lon", "area", "cadence_s", "body")
_TELL = (
    f"INSERT INTO series (id, {', '.join(_COLUMNS)}) VALUES ({','.join('?' * (len(_COLUMNS) + 1))})"
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
    f" WHERE ({', '.join(_COLUMNS)}) IS NOT ({', '.join(f'excluded.{name}' for name in _COLUMNS)})"
)
_PUT = (
    "INSERT INTO sample VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
    " SET value = excluded.value, quality = excluded.quality, after_ms = excluded.after_ms"
    " WHERE value <> excluded.value OR quality <> excluded.quality"
)
_FIVE = (
    "INSERT OR REPLACE INTO five_minutes SELECT ?1, ?2, count(*), sum(value), min(value), max(value) FROM sample"
    f" WHERE series = ?1 AND at >= ?2 AND at < ?2 + {FIVE_MS}"
)
_HOUR = (
    "INSERT OR REPLACE INTO hour SELECT ?1, ?2, sum(count), sum(sum), min(lo), max(hi), ?3, 0 FROM five_minutes"
    f" WHERE series = ?1 AND at >= ?2 AND at < ?2 + {HOUR_MS}"
)
_LAST = (
    "UPDATE series SET last_at = at, last_value = value, last_quality = quality, received_at = at + after_ms"
    " FROM (SELECT at, value, quality, after_ms FROM sample WHERE series = ?1 ORDER BY at DESC LIMIT 1)"
    " WHERE n = ?1 AND at >= coalesce(last_at, at)"
)


@dataclass(slots=True)
class Measured:
    """What one slice came to."""

    series: set[str] = field(default_factory=set)
    """Ids of those that have another value now."""
    refused: list[Refusal] = field(default_factory=list)


class Measurements:
    """The hand that writes them. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, hours_days: int) -> None:
        self._db = db
        self._oldest_ms = hours_days * DAY_MS

    def tell(self, series: Iterable[Series]) -> list[str]:
        """Know these series; the ids of those that are new or told otherwise."""
        return [each.id for each in series if self._db.execute(_TELL, _values(each)).rowcount]

    def take(self, samples: Sequence[Sample], at: int) -> Measured:
        """Write some values of a batch that came `at`; best those of a series together."""
        measured = Measured()
        known = self._known({each.series for each in samples})
        rows = list(self._rows(samples, known, at, measured))
        closed = self._closed({(row[0], row[1] // HOUR_MS * HOUR_MS) for row in rows})
        touched: dict[tuple[int, int], None] = {}
        for row in rows:
            if (row[0], row[1] // HOUR_MS * HOUR_MS) not in closed and self._db.execute(_PUT, row).rowcount:
                touched[row[0], row[1] // FIVE_MS * FIVE_MS] = None
        self._count(touched, at)
        changed = {n for n, _ in touched}
        self._db.executemany(_LAST, ((n,) for n in changed))
        measured.series |= {name for name, n in known.items() if n in changed}
        return measured

    def _known(self, names: set[str]) -> dict[str, int]:
        marks = ",".join("?" * len(names))
        return dict(self._db.execute(f"SELECT id, n FROM series WHERE id IN ({marks})", list(names)))

    def _rows(
        self, samples: Iterable[Sample], known: dict[str, int], at: int, measured: Measured
    ) -> Iterable[tuple[Any, ...]]:
        strange: set[str] = set()
        for series, when, value, quality in samples:
            n, ms = known.get(series), millis(when)
            if n is None:
                if series not in strange:
                    strange.add(series)
                    measured.refused.append(Refusal(series, "sync.refused.series", {"value": series}))
            elif not -MOST <= value <= MOST:  # said so that a nan, which is neither, lies outside
                measured.refused.append(Refusal(_where(series, ms), "sync.refused.number", {"value": str(value)}))
            elif ms > at + _AHEAD_MS:
                measured.refused.append(
                    Refusal(_where(series, ms), "sync.refused.when", {"value": from_millis(ms).isoformat()})
                )
            elif ms >= at - self._oldest_ms:
                yield n, ms, float(value), sound(quality), at - ms

    def _closed(self, hours: set[tuple[int, int]]) -> set[tuple[int, int]]:
        marks = ",".join(["(?, ?)"] * len(hours))
        found = self._db.execute(
            f"SELECT series, at FROM hour WHERE (series, at) IN (VALUES {marks}) AND closed = 1"
            if hours
            else "SELECT 0, 0 WHERE 0",
            [each for hour in hours for each in hour],
        )
        return set(found.fetchall())

    def _count(self, touched: Iterable[tuple[int, int]], at: int) -> None:
        """Count the spans anew that hold these five minutes."""
        fives = list(touched)
        self._db.executemany(_FIVE, fives)
        hours = dict.fromkeys((n, five // HOUR_MS * HOUR_MS) for n, five in fives)
        self._db.executemany(_HOUR, ((n, hour, at) for n, hour in hours))


def _where(series: str, ms: int) -> str:
    return f"{series} {from_millis(ms).isoformat()}"


def _values(series: Series) -> tuple[Any, ...]:
    """A series as stored."""
    lat, lon = place(series.lat, series.lon)
    texts = (series.source, series.native_id, series.title, series.property, series.unit, series.station)
    cadence_s = series.cadence_s if 0 <= series.cadence_s <= MOST else 0.0
    return (
        sound(series.id),
        *(sound(text) for text in texts),
        lat,
        lon,
        series.area,
        float(cadence_s),
        json_text(series.body),
    )
