"""The look at the start: is the file ours, whole, and of a form we know; was it ended well? Else it is salvaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from console.core.clock import Clock
from console.core.errors import DiskTrouble, Fault
from console.store import audit, backup, schema, swap
from console.store.audit import quick_check
from console.store.database import DAMAGE, door, open_writer, plain, told, transaction
from console.store.files import Profile, drop_file
from console.store.salvage import restore_newest, salvage, used_before
from console.store.swap import put_aside

__all__ = ["judged", "mark_clean", "open_again", "open_readings", "open_records", "put_aside", "quick_check"]

_FAR = 1000
"""A version further ahead than this is no newer program's but damage."""
LOOKED_THROUGH_BYTES = 128 << 20
LARGE = frozenset({"sample", "five_minutes", "hour", "item"})
_SHARED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "nextcloud", "owncloud")
"""Folders that another program copies to and fro; a store in one gets damaged sooner or later."""


def open_records(profile: Profile, clock: Clock, notices: list[Fault]) -> sqlite3.Connection:
    """The writing connection on a sound `records.db`, marked as in use. A damaged one is salvaged, and `notices`
    says so. Raises `DiskTrouble`."""
    if any(part.lower().startswith(_SHARED) for part in profile.folder.parts):
        notices.append(Fault.at(str(profile.folder), "store.notice.shared_folder"))
    swap.sweep(profile)
    kept = swap.settle(profile, clock)
    if kept is not None:
        notices.append(Fault.at(profile.records.name, "store.notice.exchanged", kept=kept.name))
    try:
        _refuse_lost(profile)
        db = _opened(profile, clock)
    except DiskTrouble as trouble:
        if trouble.says == "store.lost":
            notices += restore_newest(profile, clock, trouble)
        elif trouble.says == "store.broken":
            notices += salvage(profile, clock, trouble)
        else:
            raise
        db = _opened(profile, clock, looked_through=True)
    with door(profile.records):
        _mark(db, "0")
    return db


def _refuse_lost(profile: Profile) -> None:
    """Raise where the store is gone, or nothing is left in it, though there was one: it is not simply made anew."""
    path = profile.records
    size = path.stat().st_size if path.exists() else -1
    log = swap.aside(path, "-wal")
    if size > 0 or (size == 0 and log.exists() and log.stat().st_size):
        return
    if backup.backups(profile) or (size == 0 and used_before(profile)):
        raise DiskTrouble("store.lost", path=str(path), fault="empty")


def _opened(profile: Profile, clock: Clock, *, looked_through: bool = False) -> sqlite3.Connection:
    path = profile.records
    known = path.exists() and path.stat().st_size > 0
    db = open_writer(path)
    try:
        with door(path):
            found = judged(db, path)
            reason = _first_fault(profile, db) if known and found and not looked_through else ""
            if reason:
                raise DiskTrouble("store.broken", path=str(path), fault=audit.spot(reason))
            if 0 < found < len(schema.steps(schema.RECORDS)):
                backup.make(profile, clock)
            schema.climb(db, schema.RECORDS, path)
        drop_file(profile.suspect)
    except BaseException:
        db.close()
        raise
    return db


def judged(db: sqlite3.Connection, path: Path) -> int:
    """The version of the file. What cannot be one of ours or a newer program's is damage."""
    try:
        return schema.judge(db, schema.RECORDS, path)
    except DiskTrouble as trouble:
        far = not 0 <= schema.version(db) <= len(schema.steps(schema.RECORDS)) + _FAR
        if far or (trouble.says == "store.foreign" and schema.ours(db)):
            raise DiskTrouble("store.broken", path=str(path), fault="version") from trouble
        raise


def _first_fault(profile: Profile, db: sqlite3.Connection) -> str:
    """What is wrong with the file, "" for nothing. After a good end only its form is looked at."""
    try:
        faults = audit.form(db)
        doubt = profile.suspect.exists()
        if faults or (not doubt and ended_well(db)):
            return faults[0] if faults else ""
        faults = quick_check(db) or (audit.integrity(db) if doubt else [])
        return faults[0] if faults else audit.first_fault(db, deep=doubt)
    except DAMAGE as error:
        trouble = told(error, profile.records) if isinstance(error, sqlite3.Error) else None
        if trouble is not None and trouble.says != "store.broken":
            raise
        return str(error)


def open_again(profile: Profile) -> sqlite3.Connection:
    """A fresh connection after a failed write, on a file that was looked through. Raises `DiskTrouble`."""
    db = open_writer(profile.records)
    try:
        with door(profile.records):
            faults = quick_check(db)
            if faults:
                raise DiskTrouble("store.broken", path=str(profile.records), fault=audit.spot(faults[0]))
            _mark(db, "0")
    except BaseException:
        db.close()
        raise
    return db


def open_readings(profile: Profile, clock: Clock, notices: list[Fault]) -> sqlite3.Connection:
    """The writing connection on `readings.db`. A damaged one is put aside and made anew: it can be fetched again."""
    path = profile.readings
    kept = swap.finish(path)
    if kept is None:
        try:
            return _readings(path)
        except DiskTrouble as trouble:
            if trouble.says not in {"store.broken", "store.foreign"}:
                raise
        kept = put_aside(path, clock)
    notices.append(Fault.at(path.name, "store.notice.readings_aside", kept=kept.name))
    return _readings(path)


def _readings(path: Path) -> sqlite3.Connection:
    db = open_writer(path, full=False)
    try:
        with door(path):
            schema.judge(db, schema.READINGS, path)
            faults = _faults_of_readings(db, path)
            if faults:
                raise DiskTrouble("store.broken", path=str(path), fault=audit.spot(faults[0]))
            schema.climb(db, schema.READINGS, path)
            _mark(db, "0")
    except BaseException:
        db.close()
        raise
    return db


def _faults_of_readings(db: sqlite3.Connection, path: Path) -> list[str]:
    """What is wrong with it, looked for after an end that was none. A start does not wait for millions of measurements
    to be looked through: of a large file the small tables alone, and what is wrong elsewhere is met when it is used."""
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "meta" in tables and ended_well(db):
        return []
    if path.stat().st_size <= LOOKED_THROUGH_BYTES:
        return quick_check(db)
    small = sorted(each for each in tables - LARGE if not each.startswith("item_search"))
    return [fault for each in small for fault in quick_check(db, each)]


def ended_well(db: sqlite3.Connection) -> bool:
    """True where the last writer closed the file itself."""
    if schema.version(db) == 0:
        return True
    return bool(plain(db.execute("SELECT value FROM meta WHERE name = 'ended_well'").fetchone()) == "1")


def mark_clean(db: sqlite3.Connection) -> None:
    """The last word of a writer that ends well."""
    _mark(db, "1")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _mark(db: sqlite3.Connection, value: str) -> None:
    with transaction(db):
        db.execute(
            "INSERT INTO meta VALUES ('ended_well', ?) ON CONFLICT DO UPDATE SET value = excluded.value", (value,)
        )
