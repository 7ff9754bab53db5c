"""The numbers of the indicators and the map, from the tallies where they can be, else from one narrow index."""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from console.core.clock import from_millis, millis
from console.core.lifecycle import State
from console.core.records import AgeBucket, AreaCount, QueueFilter
from console.store import search, spans
from console.store.database import plain
from console.store.filters import SMALL, condition, rows_in, within
from console.store.tallies import HOUR_MS, OPEN_MASK, names
from console.store.words import Words

_OPEN = f"(({OPEN_MASK} >> state) & 1)"
EVENTS_LOOKED_AT = 50_000
_AGES_H: Sequence[tuple[AgeBucket, int | None]] = (
    (AgeBucket.DAY, 24),
    (AgeBucket.THREE_DAYS, 72),
    (AgeBucket.FIVE_DAYS, 120),
    (AgeBucket.FORTNIGHT, 14 * 24),
    (AgeBucket.SIXTY_DAYS, 60 * 24),
    (AgeBucket.OLDER, None),
)


@dataclass(frozen=True, slots=True)
class Points:
    """Places of complaints as columns of equal length, newest first: WGS84 degrees, number of the state, row."""

    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))
    state: array[int] = field(default_factory=lambda: array("b"))
    rowid: array[int] = field(default_factory=lambda: array("q"))


def area_counts(db: sqlite3.Connection, words: Words, parent: str, now: datetime) -> list[AreaCount]:
    """Per area right below `parent` that has any complaint, in code order. What lies in `parent` itself but in none
    of its parts is not in the list; it is in the total."""
    depth = parent.count(".") + 2 if parent else 2
    found: dict[str, list[int]] = {}
    for number, counts in _by_area(db, words, parent, now).items():
        parts = words.text(number).split(".")
        if len(parts) >= depth and parts[0]:
            sums = found.setdefault(".".join(parts[:depth]), [0, 0, 0])
            for place, count in enumerate(counts):
                sums[place] += count
    return [AreaCount(code, *sums) for code, sums in sorted(found.items())]


def total(db: sqlite3.Connection, words: Words, area: str, now: datetime) -> AreaCount:
    """The three numbers of one area with all below it; "" is everything, also what has no place."""
    sums = [sum(column) for column in zip(*_by_area(db, words, area, now).values(), strict=True)]
    return AreaCount(area, *(sums or (0, 0, 0)))


def _by_area(db: sqlite3.Connection, words: Words, area: str, now: datetime) -> dict[int, tuple[int, int, int]]:
    inside = words.below(area) if area else None
    at = millis(now)
    open_now: Counter[int] = Counter()
    for number, count in db.execute(f"SELECT area, sum(count * {_OPEN}) FROM tally_area GROUP BY area"):
        open_now[number] = count
    # Not yet late are few (days), late may be many (years): so late is the rest.
    early = dict(
        db.execute(
            "SELECT area, count(*) FROM complaint INDEXED BY due WHERE due_at >= ? GROUP BY area", (at,)
        ).fetchall()
    )
    day_ago = millis(now - timedelta(hours=24))
    day = dict(
        db.execute(
            "SELECT area, count(*) FROM complaint INDEXED BY queue WHERE requested_at > ? AND requested_at <= ?"
            " GROUP BY area",
            (day_ago, at),
        ).fetchall()
    )
    wanted = open_now.keys() if inside is None else open_now.keys() & set(inside)
    return {
        number: (open_now[number], open_now[number] - early.get(number, 0), day.get(number, 0)) for number in wanted
    }


def by_state(db: sqlite3.Connection, words: Words, area: str) -> dict[State, int]:
    """How many stand in each state; states nobody stands in are absent."""
    test = _test(words, area)
    rows = db.execute(f"SELECT state, sum(count) FROM tally_area WHERE {test} GROUP BY state")
    found: Counter[State] = Counter()
    for number, count in rows:
        found[names(number)] += count
    return {state: found[state] for state in sorted(found) if found[state]}


def open_by_kecamatan(db: sqlite3.Connection, words: Words) -> list[tuple[str, int]]:
    """Code of each kecamatan and how many are open in it, most first; those without a place under ""."""
    found: Counter[str] = Counter()
    for number, count in db.execute(f"SELECT area, sum(count * {_OPEN}) FROM tally_area GROUP BY area"):
        parts = words.text(number).split(".")
        found[".".join(parts[:3]) if len(parts) >= 3 else ""] += count
    return sorted(((code, count) for code, count in found.items() if count), key=lambda each: (-each[1], each[0]))


def arrivals(
    db: sqlite3.Connection, words: Words, since: datetime, until: datetime, area: str
) -> list[tuple[datetime, int]]:
    """Requests per hour, each hour from the one of `since` up to, not including, `until`; zeros included."""
    first, last = millis(since) // HOUR_MS, -(-millis(until) // HOUR_MS)
    if area:
        rows = db.execute(
            f"SELECT requested_at / {HOUR_MS} AS hour, count(*) FROM complaint INDEXED BY queue"
            f" WHERE requested_at >= ? AND requested_at < ? AND {_test(words, area)} GROUP BY hour",
            (first * HOUR_MS, last * HOUR_MS),
        )
    else:
        rows = db.execute("SELECT hour, arrived FROM tally_hour WHERE hour >= ? AND hour < ?", (first, last))
    found = dict(rows.fetchall())
    return [(from_millis(hour * HOUR_MS), found.get(hour, 0)) for hour in range(first, last)]


def handled(db: sqlite3.Connection, words: Words, since: datetime, area: str) -> int:
    """How many complaints passed from open to closed since then, by whomever, among the newest events."""
    row = db.execute(
        "SELECT count(DISTINCT complaint.n) FROM"
        f" (SELECT complaint AS id, at, before, after FROM event ORDER BY n DESC LIMIT {EVENTS_LOOKED_AT}) AS newest"
        f" JOIN complaint USING (id) WHERE at >= ? AND after IS NOT NULL AND NOT ({OPEN_MASK} >> after) & 1"
        f" AND (before IS NULL OR ({OPEN_MASK} >> before) & 1) AND {_test(words, area)}",
        (millis(since),),
    )
    return int(row.fetchone()[0])


def ages(db: sqlite3.Connection, words: Words, now: datetime, area: str) -> dict[AgeBucket, int]:
    """How many open ones stand in each age, to the millisecond; a request dated in the future counts as new."""
    at = millis(now)
    marks = [at - hours * HOUR_MS for _, hours in _AGES_H if hours is not None]
    younger = _open_within(db, words, marks, area) if area else [_open_since(db, mark) for mark in marks]
    whole = younger.pop() if area else _all_open(db)
    counts = [*younger, whole]
    return {
        bucket: count - before for (bucket, _), count, before in zip(_AGES_H, counts, [0, *counts[:-1]], strict=True)
    }


def _all_open(db: sqlite3.Connection) -> int:
    return int(plain(db.execute("SELECT coalesce(sum(open), 0) FROM tally_hour").fetchone()))


def _open_since(db: sqlite3.Connection, mark: int) -> int:
    """Open ones requested at `mark` or later: whole hours from the tally, the first one looked through."""
    whole = -(-mark // HOUR_MS)
    later = db.execute("SELECT coalesce(sum(open), 0) FROM tally_hour WHERE hour >= ?", (whole,)).fetchone()
    part = db.execute(
        f"SELECT count(*) FROM complaint INDEXED BY queue WHERE requested_at >= ? AND requested_at < ? AND {_OPEN}",
        (mark, whole * HOUR_MS),
    ).fetchone()
    return int(plain(later)) + int(plain(part))


def _open_within(db: sqlite3.Connection, words: Words, marks: Sequence[int], area: str) -> list[int]:
    """Open ones below an area requested at each mark or later, and last all of them, in one pass over the shorter
    of two indexes: everything of a small area, or the open ones of the whole city."""
    inside = words.below(area)
    test = within("area", inside)
    sums = ", ".join("coalesce(sum(requested_at >= ?), 0)" for _ in marks)
    few = rows_in(db, inside) <= SMALL
    index, wanted = ("place", _OPEN) if few else ("due", "due_at IS NOT NULL")
    row = db.execute(
        f"SELECT {sums}, count(*) FROM complaint INDEXED BY {index} WHERE {wanted} AND {test}", marks
    ).fetchone()
    return [int(count) for count in row]


_AT_ONCE = 4096
"""Points put into columns in one go: under a millisecond, for which the screen has to wait for the interpreter."""


def points(db: sqlite3.Connection, words: Words, asked: QueueFilter, limit: int) -> Points:
    """Places of the newest complaints of a filter that have one, in no order."""
    return in_columns(_placed(db, words, asked, limit))


def in_columns(rows: Sequence[tuple[float, float, int, int]]) -> Points:
    """Rows of longitude, latitude, state and number as columns."""
    found = Points()
    for start in range(0, len(rows), _AT_ONCE):
        flat: list[Any] = list(chain.from_iterable(rows[start : start + _AT_ONCE]))
        found.lon.extend(flat[0::4])
        found.lat.extend(flat[1::4])
        found.state.extend(flat[2::4])
        found.rowid.extend(flat[3::4])
    return found


def _placed(
    db: sqlite3.Connection, words: Words, asked: QueueFilter, limit: int
) -> Sequence[tuple[float, float, int, int]]:
    if search.expression(asked.text):
        ids = spans.numbers(db, spans.span(db, asked, words), 0, limit)
        marks = ",".join("?" * len(ids))
        return db.execute(
            f"SELECT lon, lat, state, n FROM complaint WHERE n IN ({marks}) AND lat IS NOT NULL", ids
        ).fetchall()
    where = condition(db, asked, words)
    # The index by place has the points in it, but in no order: worth it for the part of a city.
    index = "place" if asked.area and not where.everything else "queue"
    wanted = f"SELECT lon, lat, state, n FROM complaint INDEXED BY {index} WHERE {where.sql} AND lat IS NOT NULL"
    if index == "place":
        # Putting them in order costs twice as much as reading them, and where all are wanted nobody asks for it.
        found = db.execute(f"{wanted} LIMIT ?", (*where.args, limit + 1)).fetchall()
        if len(found) <= limit:
            return found
    return db.execute(f"{wanted} ORDER BY requested_at DESC, n DESC LIMIT ?", (*where.args, limit)).fetchall()


def _test(words: Words, area: str) -> str:
    return within("area", words.below(area)) if area else "1"
