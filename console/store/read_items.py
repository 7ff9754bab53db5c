"""Items as the screen asks for them: the newest first, a page after another by key, and the alerts that hold now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from console.core.clock import from_millis, millis
from console.core.items import Item, ItemKind, ItemRow
from console.store.items import COLUMNS, UNSEARCHED, alert_name, sent_ms
from console.store.rows import instant
from console.store.search import expression

PAGE = 100
WITHIN = "(area = ? OR (area > ? AND area < ?))"
"""Of an area with all below it."""
_ROW = f"n, received_at, gone_at, {COLUMNS}"


def within(area: str) -> tuple[str, str, str]:
    """The values of `WITHIN`."""
    return area, f"{area}.", f"{area}/"


def items(
    db: sqlite3.Connection,
    kinds: Collection[ItemKind] = (),
    *,
    source: str = "",
    area: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    active_at: datetime | None = None,
    text: str = "",
    limit: int = PAGE,
    before: ItemRow | None = None,
    table: str = "item",
) -> list[ItemRow]:
    """Items of these kinds (none: of all), observed `since` and before `until`, the newest first; those after the row
    `before`. `area` with all below it; `active_at` those that held then; `text` those with all its words.
    `table`: where they are read from, behind a wall another."""
    where, values = _condition(source, area, since, until, active_at)
    if text.strip():
        words = expression(text)
        if not words:
            return []
        where.append("n IN (SELECT rowid FROM item_search WHERE item_search MATCH ?)")
        values.append(words)
        kinds = [kind for kind in kinds or ItemKind if kind not in UNSEARCHED]
    if before is not None:
        where.append("(observed_at, n) < (?, ?)")
        values += [millis(before.item.observed_at), before.n]
    rows: list[tuple[Any, ...]] = []
    test = " AND ".join(["kind = ?", *where])
    query = f"SELECT {_ROW} FROM {table} WHERE {test} ORDER BY observed_at DESC, n DESC LIMIT ?"
    for kind in kinds or ItemKind:
        rows += db.execute(query, (str(kind), *values, limit))
    at = 3 + _OBSERVED
    rows.sort(key=lambda row: (row[at], row[0]), reverse=True)
    return [_row(row) for row in islice(rows, limit)]


def _condition(
    source: str, area: str, since: datetime | None, until: datetime | None, active_at: datetime | None
) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    if source:
        where.append("source = ?")
        values.append(source)
    if area:
        where.append(WITHIN)
        values += within(area)
    if since is not None:
        where.append("observed_at >= ?")
        values.append(millis(since))
    if until is not None:
        where.append("observed_at < ?")
        values.append(millis(until))
    if active_at is not None:
        where.append(
            "coalesce(starts_at, observed_at) <= ? AND (ends_at IS NULL OR ends_at > ?)"
            " AND (gone_at IS NULL OR gone_at > ?)"
        )
        values += [millis(active_at)] * 3
    return where, values


def item(db: sqlite3.Connection, which: str) -> ItemRow | None:
    """The item of that id."""
    row = db.execute(f"SELECT {_ROW} FROM item WHERE id = ?", (which,)).fetchone()
    return None if row is None else _row(row)


def counts(db: sqlite3.Connection) -> dict[ItemKind, int]:
    """How many there are of each kind that has any, without those that are over."""
    found = db.execute("SELECT kind, count(*) FROM item GROUP BY kind")
    gone = dict(db.execute("SELECT kind, count(*) FROM item WHERE gone_at IS NOT NULL GROUP BY kind"))
    return {ItemKind(kind): count - gone.get(kind, 0) for kind, count in found if count > gone.get(kind, 0)}


OPEN_TABLES = ("open_item", "open_refers")
"""What is for everybody: in the place of `TABLES`."""
TABLES = ("item", "(SELECT refers, n, source, sent FROM item_refers JOIN item USING (n))")


def alerts(
    db: sqlite3.Connection, now: datetime, *, source: str = "", area: str = "", tables: tuple[str, str] = TABLES
) -> list[ItemRow]:
    """Alerts that hold at `now`, the newest first, as CAP has it computed: not expired, status Actual, and no later
    update or cancelling of the same source is about them. One that its source, which tells all it holds, does not tell
    any more is over too. The same alert by way of two sources comes once."""
    where, values = _condition(source, area, None, None, None)
    candidates = db.execute(
        f"SELECT {_ROW} FROM {tables[0]} WHERE kind = ? AND gone_at IS NULL AND (ends_at IS NULL OR ends_at > ?)"
        f"{''.join(f' AND {each}' for each in where)} ORDER BY observed_at DESC, n DESC",
        (str(ItemKind.ALERT), millis(now), *values),
    ).fetchall()
    found: dict[str, ItemRow] = {}
    for row in candidates:
        told = _row(row)
        body = told.item.body
        if body.get("status") != "Actual" or body.get("msgType") not in ("Alert", "Update"):
            continue
        name = alert_name(body.get("sender"), body.get("identifier"), body.get("sent"))
        if name not in found and not _superseded(db, told, name, tables[1]):
            found[name] = told
    return list(found.values())


def _superseded(db: sqlite3.Connection, told: ItemRow, name: str, refers: str) -> bool:
    """Whether a later one of the same source takes its place. What another source says of it counts for nothing: else
    anybody could call off anybody's warning."""
    later = db.execute(
        f"SELECT 1 FROM {refers} WHERE refers = ? AND n <> ? AND source = ? AND sent >= ?",
        (name, told.n, told.item.source, sent_ms(told.item.body, millis(told.item.observed_at))),
    )
    return later.fetchone() is not None


_NAMES: Sequence[str] = COLUMNS.replace(",", "").split()
_OBSERVED = _NAMES.index("observed_at")


def _row(row: tuple[Any, ...]) -> ItemRow:
    n, received_at, gone_at, *values = row
    values[2] = ItemKind(values[2])
    for place in (_OBSERVED, _OBSERVED + 1, _OBSERVED + 2, -2):
        values[place] = instant(values[place])
    values[-3] = bool(values[-3])
    values[-1] = json.loads(values[-1])
    return ItemRow(n, Item._make(values), from_millis(received_at), instant(gone_at))
