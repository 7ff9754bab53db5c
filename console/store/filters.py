"""A filter of the queue as SQL over the columns of one index. No text from outside ever becomes part of a statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.core.clock import millis
from console.core.records import QueueFilter
from console.store.database import plain
from console.store.words import Words, ranges

SMALL = 20_000
"""Up to so many rows are few: kept by number, sorted, read by place."""
_BITS = 62
"""Numbers that fit one test by mask."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter without its text."""

    sql: str = "1"
    args: tuple[Any, ...] = ()
    newest: int = 0
    """Highest row number when it was asked: later rows are not in the span."""
    few_by_place: bool = False
    """True where its area has few rows, so that the index by place is the shorter way."""

    @property
    def everything(self) -> bool:
        """True where every row passes."""
        return self.sql == "1"


def condition(db: sqlite3.Connection, asked: QueueFilter, words: Words) -> Condition:
    """The filter. Words that stand in no row make it empty; an area that holds all rows is no condition."""
    newest = plain(db.execute("SELECT coalesce(max(n), 0) FROM complaint").fetchone())
    parts: list[str] = []
    args: list[Any] = []
    if asked.states:
        parts.append("(? >> state) & 1")
        args.append(sum(1 << int(state) for state in asked.states))
    if asked.since is not None:
        parts.append("requested_at >= ?")
        args.append(millis(asked.since))
    if asked.until is not None:
        parts.append("requested_at < ?")
        args.append(millis(asked.until))
    for column, texts in (("opd", asked.opds), ("category", asked.categories), ("holder", {asked.holder} - {""})):
        if texts:
            parts.append(within(column, [number for text in texts if (number := words.known(text)) is not None]))
    few = False
    if asked.area:
        inside = words.below(asked.area)
        rows = rows_in(db, inside)
        few = rows <= SMALL
        if rows < rows_in(db, None):
            parts.append(within("area", inside))
    return Condition(" AND ".join(parts) or "1", tuple(args), newest, few)


def within(column: str, numbers: Sequence[int]) -> str:
    """A test of a column against numbers of ours: one range, a mask, or a few ranges."""
    spans = ranges(sorted(set(numbers)))
    if not spans:
        return "0"
    low, high = spans[0][0], spans[-1][1]
    if len(spans) > 1 and high - low < _BITS:
        mask = sum(1 << (number - low) for number in set(numbers))
        return f"({column} BETWEEN {low} AND {high} AND ({mask} >> ({column} - {low})) & 1)"
    tests = [
        f"{column} = {first}" if first == last else f"{column} BETWEEN {first} AND {last}" for first, last in spans
    ]
    return f"({' OR '.join(tests)})"


def rows_in(db: sqlite3.Connection, areas: Sequence[int] | None) -> int:
    """How many complaints lie in areas (None: in all), from the tally."""
    test = "1" if areas is None else within("area", areas)
    return int(plain(db.execute(f"SELECT coalesce(sum(count), 0) FROM tally_area WHERE {test}").fetchone()))
