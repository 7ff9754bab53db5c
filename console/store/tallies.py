"""Counts kept in the same transaction as the rows they count, so that no panel ever counts a million rows.

By area and state, and by the hour of the request. `recount` makes them anew from the rows: after a salvage, and
in tests, where both must be equal.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from console.core.lifecycle import OPEN, State

HOUR_MS = 3_600_000
OPEN_NUMBERS = frozenset(int(state) for state in OPEN)
OPEN_MASK = sum(1 << number for number in OPEN_NUMBERS)
"""Bit per open state: `(OPEN_MASK >> state) & 1` in SQL."""
_ROWS = "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true"
LATE_AFTER_MS = 5 * 24 * HOUR_MS
"""Where the source names no day, a complaint is late after five: the field's own mark of a first answer."""


def due_at(state: int, requested_at: int, expected_at: int | None) -> int | None:
    """From when a complaint is late, None once nobody has to act."""
    if state not in OPEN_NUMBERS:
        return None
    return expected_at if expected_at is not None else requested_at + LATE_AFTER_MS


class Tallies:
    """What one transaction changes of the counts, gathered first and written once."""

    def __init__(self) -> None:
        self._areas: Counter[tuple[int, int]] = Counter()
        self._arrived: Counter[int] = Counter()
        self._open: Counter[int] = Counter()

    def add(self, area: int, state: int, requested_at: int, count: int = 1) -> None:
        """A row that is there now (`count` 1), or no more (-1)."""
        hour = requested_at // HOUR_MS
        self._areas[area, state] += count
        self._arrived[hour] += count
        if state in OPEN_NUMBERS:
            self._open[hour] += count

    def add_all(self, rows: Sequence[tuple[int, int, int]]) -> None:
        """Rows that are there now, as (area, state, requested_at)."""
        self._areas.update([(area, state) for area, state, _ in rows])
        self._arrived.update([at // HOUR_MS for _, _, at in rows])
        self._open.update([at // HOUR_MS for _, state, at in rows if state in OPEN_NUMBERS])

    def write(self, db: sqlite3.Connection) -> None:
        """Into the tables, within the caller's transaction: one statement each, however many counts."""
        areas = [(area, state, count) for (area, state), count in self._areas.items() if count]
        if areas:
            db.execute(
                f"INSERT INTO tally_area {_ROWS} ON CONFLICT DO UPDATE SET count = count + excluded.count",
                (json.dumps(areas),),
            )
        hours = [(hour, self._arrived[hour], self._open[hour]) for hour in self._arrived.keys() | self._open.keys()]
        changed = [each for each in hours if each[1] or each[2]]
        if changed:
            db.execute(
                f"INSERT INTO tally_hour {_ROWS} ON CONFLICT DO UPDATE"
                " SET arrived = arrived + excluded.arrived, open = open + excluded.open",
                (json.dumps(changed),),
            )


@contextmanager
def gathered(db: sqlite3.Connection) -> Iterator[Tallies]:
    """What is gathered within is written once, at the end; nothing where it did not come so far. Within the caller's
    transaction."""
    tallies = Tallies()
    yield tallies
    tallies.write(db)


def recount(db: sqlite3.Connection) -> None:
    """All counts anew from the rows, within the caller's transaction."""
    db.execute("DELETE FROM tally_area")
    db.execute("DELETE FROM tally_hour")
    db.execute("INSERT INTO tally_area SELECT area, state, count(*) FROM complaint GROUP BY area, state")
    # Integer division in SQL goes towards zero; hours before 1970 are rounded down as Python does.
    db.execute(
        f"INSERT INTO tally_hour SELECT (requested_at - ((requested_at % {HOUR_MS}) + {HOUR_MS}) % {HOUR_MS})"
        f" / {HOUR_MS} AS hour, count(*), sum(({OPEN_MASK} >> state) & 1) FROM complaint GROUP BY hour"
    )


def names(state: int) -> State:
    """The state of a stored number; one of a newer program is shown as unknown."""
    return State(state) if state in State._value2member_map_ else State.UNKNOWN
