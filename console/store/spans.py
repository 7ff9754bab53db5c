"""Spans: a snapshot of which rows a filter has, newest first, so that any page of a million is one short seek.

A small result keeps its row numbers. A large one keeps blocks of about a thousand rows by the key they begin at:
keys, not offsets, so that a row that comes later moves no other under the reader's finger (it is not in the span at
all). Without a filter the blocks come from the tally of hours, and no row is looked at.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.core.masking import asks_for_nik
from console.core.records import QueueFilter, QueueRow
from console.store import search
from console.store.conflicts import among
from console.store.database import plain
from console.store.filters import SMALL, Condition, condition
from console.store.rows import QUEUE, queue_row
from console.store.tallies import HOUR_MS
from console.store.words import Words

PAGE = 128
"""Rows of a page."""
STEP = 1024
"""Rows of a block; an hour is left whole up to four times that."""
_DOWN = "ORDER BY requested_at DESC, n DESC"
_LAST = 1 << 62
_DAY = "SELECT hour - (hour % 24 + 24) % 24 FROM tally_hour WHERE arrived > 0 {before} ORDER BY hour DESC LIMIT 1"
# From day to day by a seek each: to group the hours SQLite would sort them.
_DAYS = f"""
    WITH RECURSIVE day (first) AS (
        SELECT * FROM ({_DAY.format(before="")})
        UNION ALL SELECT ({_DAY.format(before="AND hour < day.first")}) FROM day WHERE first IS NOT NULL
    )
    SELECT first, (SELECT sum(arrived) FROM tally_hour WHERE hour BETWEEN first AND first + 23) FROM day
    WHERE first IS NOT NULL
"""
_Key = tuple[int, int]
"""requested_at in milliseconds, row number."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows a filter had when it was asked, in order. Immutable; may cross threads."""

    count: int
    capped: bool = False
    """True where there is more than was looked at (searches keep to the newest)."""
    rowids: array[int] | None = None
    starts: array[int] = field(default_factory=lambda: array("q"))
    """Position each block begins at."""
    keys: Sequence[_Key] = ()
    """Each block holds the rows from its key (included) down to the next one's (not included)."""
    condition: Condition = field(default=Condition())

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return -(-self.count // PAGE)


def span(db: sqlite3.Connection, asked: QueueFilter, words: Words) -> Span:
    """The rows of a filter. The caller holds one view of the database."""
    where = condition(db, asked, words)
    if asks_for_nik(asked.text):
        return Span(0, rowids=array("q"), condition=where)  # who is looked for stands in the ledger: not by this way
    wanted = search.expression(asked.text)
    if wanted:
        found, capped = _searched(db, wanted, where)
        return Span(len(found), capped, array("q", found), condition=where)
    if where.everything and where.newest > SMALL:
        return _by_hours(db, where)
    return _looked_through(db, where)


def _searched(db: sqlite3.Connection, wanted: str, where: Condition) -> tuple[Sequence[int], bool]:
    """The newest hits that pass the filter; where those are too thinly sown, from the side of the filter."""
    if not where.few_by_place:
        found = search.newest(db, wanted, where)
        if found is not None:
            return found
    few = _looked_through(db, where)
    if few.rowids is None:
        found = search.newest(db, wanted, where, patient=True)
        assert found is not None
        return found
    return search.among(db, wanted, few.rowids)


def _looked_through(db: sqlite3.Connection, where: Condition) -> Span:
    index = "place" if where.few_by_place else "queue"
    first = db.execute(
        f"SELECT requested_at, n FROM complaint INDEXED BY {index} WHERE {where.sql} {_DOWN} LIMIT {SMALL + 1}",
        where.args,
    ).fetchall()
    if len(first) <= SMALL:
        return Span(len(first), rowids=array("q", [row[1] for row in first]), condition=where)
    keys = first[::STEP]
    keys += _walk(db, where, keys[-1])
    starts = array("q", range(0, len(keys) * STEP, STEP))
    return Span(starts[-1] + _rows(db, where, keys[-1]), starts=starts, keys=keys, condition=where)


def _walk(db: sqlite3.Connection, where: Condition, key: _Key, down_to: int = -_LAST) -> list[_Key]:
    """The key of every `STEP`th row below one, as far as the time `down_to`."""
    step = (
        f"SELECT requested_at, n FROM complaint INDEXED BY queue WHERE {where.sql} AND requested_at >= ?"
        f" AND (requested_at, n) < (?, ?) {_DOWN} LIMIT 1 OFFSET {STEP - 1}"
    )
    found: list[_Key] = []
    while row := db.execute(step, (*where.args, down_to, *key)).fetchone():
        key = row
        found.append(key)
    return found


def _rows(db: sqlite3.Connection, where: Condition, key: _Key) -> int:
    """How many there are from a key on down."""
    sql = f"SELECT count(*) FROM complaint INDEXED BY queue WHERE {where.sql} AND (requested_at, n) <= (?, ?)"
    return int(plain(db.execute(sql, (*where.args, *key)).fetchone()))


def _by_hours(db: sqlite3.Connection, where: Condition) -> Span:
    """All rows, in blocks of whole days or hours; an hour with very many is walked through."""
    starts, keys = array("q"), list[_Key]()
    position = begun = 0
    for hour, arrived in _hours(db):
        if position >= begun + STEP or not keys or arrived > 4 * STEP:
            begun = position
            starts.append(position)
            keys.append(((hour + 1) * HOUR_MS - 1, _LAST))
        if arrived > 4 * STEP:
            inner = _walk(db, where, keys[-1], hour * HOUR_MS)
            # The walk counts from the row above: its first key is the block's own last row.
            starts.extend(range(position + STEP - 1, position + STEP - 1 + len(inner) * STEP, STEP))
            keys += inner
            begun = starts[-1]
        position += arrived
    return Span(position, starts=starts, keys=keys, condition=where)


def _hours(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """How many rows there are, from the newest on down: of days by their last hour, of the hours of a day with many.
    Years of hours, one by one, would cost more than all else that a view of everything takes."""
    for first, arrived in db.execute(_DAYS).fetchall():
        if arrived <= 4 * STEP:
            yield first + 23, arrived
        else:
            yield from db.execute(
                "SELECT hour, arrived FROM tally_hour WHERE arrived > 0 AND hour BETWEEN ? AND ? ORDER BY hour DESC",
                (first, first + 23),
            )


def page(db: sqlite3.Connection, asked: Span, number: int, words: Words) -> list[QueueRow]:
    """The rows of one page; [] past the end."""
    ids = numbers(db, asked, number * PAGE, PAGE)
    marks = ",".join("?" * len(ids))
    found = {row[0]: row for row in db.execute(f"SELECT {QUEUE} FROM complaint WHERE n IN ({marks})", ids)}
    disputed = among(db, [row[1] for row in found.values()])
    return [queue_row(found[n], words, disputed) for n in ids if n in found]


def numbers(db: sqlite3.Connection, asked: Span, start: int, count: int) -> Sequence[int]:
    """Row numbers from a position on."""
    if asked.rowids is not None:
        return asked.rowids[start : start + count].tolist() if start >= 0 else []
    found: list[int] = []
    block = bisect_right(asked.starts, start) - 1
    while 0 <= block < len(asked.keys) and len(found) < count and start < asked.count:
        where, args = _block(asked, block)
        offset = max(0, start + len(found) - asked.starts[block])
        found += [
            row[0]
            for row in db.execute(
                f"SELECT n FROM complaint INDEXED BY queue WHERE {where} {_DOWN} LIMIT ? OFFSET ?",
                (*args, count - len(found), offset),
            )
        ]
        block += 1
    return found


def _block(asked: Span, block: int) -> tuple[str, tuple[Any, ...]]:
    """The rows from one key to the next."""
    where = f"{asked.condition.sql} AND n <= ? AND (requested_at, n) <= (?, ?)"
    args = (*asked.condition.args, asked.condition.newest, *asked.keys[block])
    if block + 1 < len(asked.keys):
        return f"{where} AND (requested_at, n) > (?, ?)", (*args, *asked.keys[block + 1])
    return where, args


def row_of(db: sqlite3.Connection, asked: Span, complaint: str) -> int | None:
    """The position of a complaint in the span, None where it is not in it."""
    key = db.execute("SELECT requested_at, n FROM complaint WHERE id = ?", (complaint,)).fetchone()
    if key is None:
        return None
    if asked.rowids is not None:
        return asked.rowids.index(key[1]) if key[1] in asked.rowids else None
    # Keys fall: the block of a row is the last one whose key is not below the row's.
    block = bisect_left(asked.keys, True, key=lambda each: each < key) - 1
    if block < 0:
        return None
    where, args = _block(asked, block)
    here = f"SELECT count(*) FROM complaint INDEXED BY queue WHERE {where}"
    if not plain(db.execute(f"{here} AND n = ? AND requested_at = ?", (*args, key[1], key[0])).fetchone()):
        return None
    above = plain(db.execute(f"{here} AND (requested_at, n) > (?, ?)", (*args, *key)).fetchone())
    return asked.starts[block] + int(above)
