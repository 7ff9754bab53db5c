"""A ledger outlives its store: rows of the file that is replaced come over, and a row says that it was replaced.

    backup: rows 1-100       ─┐
    old file: rows 1-100, 101-150, the same up to 100 ─► 1-150 ─► row 151 "restored from that backup, 50 rows came over"
    old file unreadable      ─► 1-100 ─► row 101 "restored"; heads to 150 at the centre tell what is gone

Nothing is written anew: rows come over as they stand, sound or not, so that a later look finds what was done to them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store import schema
from console.store.database import DAMAGE, door, open_reader, plain, transaction
from console.store.ledger import COLUMNS, Ledger
from console.store.tables import present

_ROWS = f"SELECT {COLUMNS} FROM ledger WHERE n > ? ORDER BY n LIMIT 5000"
_PUT = f"INSERT INTO main.ledger ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_GUARD = "ledger_ends"


def bring(part: Path, old: Path, clock: Clock, deed: str, told: Mapping[str, Any], *, who: str = "") -> dict[str, Any]:
    """Into the file `part`, which is to stand where `old` stands, the rows of `old` that go on where its own end, and a
    row of that `deed`. What came of it. Raises `DiskTrouble` where `part` cannot be written."""
    with door(part), closing(sqlite3.connect(part, isolation_level=None)) as db:
        schema.climb(db, schema.RECORDS, part)
        with transaction(db):
            came = rows_into(db, old)
            Ledger(db, clock).add(deed, who=who, told={**told, **came})
    return came


def rows_into(db: sqlite3.Connection, old: Path) -> dict[str, Any]:
    """The same within a transaction of the caller, without that row. `old` may be damaged, or not be there."""
    own, last = _end(db)
    came: dict[str, Any] = {"after": own, "came": 0, "old": "absent", "old_last": 0, "old_hash": ""}
    if not old.exists():
        return came
    try:
        with closing(open_reader(old)) as source:
            came |= _taken(db, source, own, last)
    except (DiskTrouble, *DAMAGE):
        # What was read up to there stands.
        came["old"] = "unreadable"
    came["came"] = _end(db)[0] - own
    return came


def _taken(
    db: sqlite3.Connection, source: sqlite3.Connection, own: int, last: tuple[Any, ...] | None
) -> dict[str, Any]:
    if not present(source, ("ledger",)):
        return {"old": "older"}
    their, row = _end(source)
    told = {"old_last": their, "old_hash": str(row[-1]) if row else ""}
    if own > their:
        return {**told, "old": "behind"}
    if last is not None and source.execute(f"SELECT {COLUMNS} FROM ledger WHERE n = ?", (own,)).fetchone() != last:
        return {**told, "old": "apart"}
    guard = str(plain(db.execute("SELECT sql FROM main.sqlite_schema WHERE name = ?", (_GUARD,)).fetchone()))
    db.execute(f"DROP TRIGGER main.{_GUARD}")
    try:
        after = own
        while page := source.execute(_ROWS, (after,)).fetchall():
            db.executemany(_PUT, page)
            after = page[-1][0]
    finally:
        db.execute(guard)
    return {**told, "old": "joined"}


def end_of(path: Path) -> dict[str, Any]:
    """How far the chain of a file goes that may be damaged, with the name of its console."""
    told: dict[str, Any] = {"old_last": 0, "old_hash": "", "console": ""}
    try:
        with closing(open_reader(path)) as db:
            told["console"] = str(plain(db.execute("SELECT value FROM meta WHERE name = 'console'").fetchone()) or "")
            last, row = _end(db) if present(db, ("ledger",)) else (0, None)
            told |= {"old_last": last, "old_hash": str(row[-1]) if row else ""}
    except (DiskTrouble, *DAMAGE):
        return {**told, "old": "unreadable"}
    return told


def _end(db: sqlite3.Connection) -> tuple[int, tuple[Any, ...] | None]:
    row = db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n DESC LIMIT 1").fetchone()
    return (int(row[0]), row) if row else (0, None)
