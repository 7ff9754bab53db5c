"""Numbered steps from nothing to today's tables, kept for ever: any older file climbs them, one transaction each."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from console.core.errors import DiskTrouble
from console.store.database import door, open_reader, transaction

RECORDS = "records"
READINGS = "readings"
APPLICATION_ID = 0x4B454E44
"""Stands in the header of our files: KEND."""


@cache
def steps(name: str) -> tuple[str, ...]:
    """The SQL of all steps of a file, in order: the first leads from nothing to version 1."""
    found = sorted(each.name for each in _folder().iterdir() if each.name.startswith(f"{name}_"))
    wanted = [f"{name}_{number:04}.sql" for number in range(1, len(found) + 1)]
    if found != wanted or not found:
        raise AssertionError(f"schema steps of {name}: {found}")
    return tuple((_folder() / each).read_text(encoding="utf-8") for each in found)


def _folder() -> Traversable:
    bundle = getattr(sys, "_MEIPASS", None)
    inside = Path(bundle or ".") / "console" / "store" / "schema"
    return inside if bundle is not None and inside.is_dir() else files("console.store") / "schema"


def version(db: sqlite3.Connection) -> int:
    """The step the file stands at, 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def judge(db: sqlite3.Connection, name: str, path: Path) -> int:
    """The file's version. Raises `DiskTrouble` for one that a newer program made, and for one that is not ours."""
    found = version(db)
    if found > len(steps(name)):
        raise DiskTrouble("store.newer", path=str(path), found=found, known=len(steps(name)))
    if found == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise DiskTrouble("store.foreign", path=str(path))
    return found


def open_records(path: Path, *, any_thread: bool = False) -> sqlite3.Connection:
    """A connection that only reads a `records.db` of today's form. Raises `DiskTrouble`: "store.absent" until the
    engine has made the file, or has brought it to this form."""
    db = open_reader(path, any_thread=any_thread)
    try:
        with door(path):
            if judge(db, RECORDS, path) < len(steps(RECORDS)):
                raise DiskTrouble("store.absent", path=str(path))
    except BaseException:
        db.close()
        raise
    return db


def ours(db: sqlite3.Connection) -> bool:
    """Whether the file is a `records.db`, be it damaged or of another version."""
    return {"complaint", "outbox"} <= {row[0] for row in db.execute("SELECT name FROM sqlite_schema")}


def climb(db: sqlite3.Connection, name: str, path: Path, last: int | None = None) -> bool:
    """Bring the file up to today's form (or that of step `last`), each step whole or not at all. True where anything
    was done."""
    found = judge(db, name, path)
    for number, script in enumerate(steps(name)[found:last], found + 1):
        with transaction(db):
            for statement in statements(script):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
    return found < len(steps(name))


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one, so that they can run inside a transaction of ours."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.strip().startswith("--") for line in pending.splitlines()):
        raise AssertionError(f"unfinished statement: {pending!r}")
