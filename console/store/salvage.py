"""A damaged store is repaired, never thrown away: every row that can be read comes over into a new file.

    damaged ─ remains: a working copy ─ gather: rows ─ complement: from a backup ─ rederive: what follows ─► new file
    nothing readable ─► the newest sound backup ─► none: said so, and nothing is made until a person says so

The damaged file is kept as `records.db.rusak-<time>`. Until the new one is whole the old one stays where it is, so
that a kill, a full disk or a bug on the way costs nothing but another try.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from console.core.clock import Clock, millis
from console.core.errors import DiskTrouble, Fault
from console.store import audit, ledger_carry, schema, swap
from console.store.backup import backups, newest_good, put_back
from console.store.database import door, open_writer, plain, transaction
from console.store.files import Profile
from console.store.gather import Gathered, complement, gather, missing
from console.store.ledger import Ledger
from console.store.ledger_check import SALVAGED
from console.store.postings import doubt
from console.store.rederive import rederive
from console.store.remains import work_copy
from console.store.tables import Table, count, tables

EMPTIED = "storage.emptied"
"""The deed, as the ledger tells it."""
_OWN = ("complaint", "doc", "rev", "outbox", "event")
"""Where none of these has a row, nothing was readable."""


def salvage(profile: Profile, clock: Clock, trouble: DiskTrouble) -> list[Fault]:
    """Put a sound store in the place of a damaged one; what people must know of it. The caller holds the lock.

    Raises `DiskTrouble`: "store.nothing_readable" where neither the file nor a backup gives anything.
    """
    part = profile.records.with_name(f"{profile.records.name}.part")
    remains = profile.records.with_name(f"{profile.records.name}.sisa")
    try:
        notice = _from_remains(profile, remains, part, clock)
        if notice is not None:
            kept = swap.put_in_place(profile, clock, part, swap.DAMAGED)
            return _told(notice, kept)
    finally:
        with suppress(DiskTrouble):
            swap.drop_all(part)
            swap.drop_all(remains)
    return restore_newest(profile, clock, trouble)


def restore_newest(profile: Profile, clock: Clock, trouble: DiskTrouble) -> list[Fault]:
    """The newest sound backup in the place of a store of which nothing is left. Raises `DiskTrouble` without one."""
    chosen, skipped = newest_good(profile)
    notices = [_damaged_backup(path) for path in skipped]
    if chosen is None:
        fault = trouble.values.get("fault", "")
        raise DiskTrouble("store.nothing_readable", path=str(profile.records), fault=str(fault)) from trouble
    kept, counts = put_back(profile, clock, chosen, swap.DAMAGED)
    values = {"backup": chosen.name, "rows": counts["complaint"], "kept": kept.name if kept else ""}
    says = "store.notice.restored" if kept else "store.notice.restored_absent"
    return [*notices, Fault.at(profile.records.name, says, **values)]


def used_before(profile: Profile) -> bool:
    """Whether this profile had a store once: an empty file in its place is then a lost one."""
    box = profile.blackbox
    return bool(backups(profile)) or (box.is_dir() and any(box.iterdir()))


def start_empty(profile: Profile, clock: Clock, who: str = "") -> Path | None:
    """Put the store aside, whatever it is, and an empty one in its place: only where a person (`who`) said so. It is
    made here, since a start that found none would bring a backup back. Where the old one is now, None where there was
    none. The new ledger begins with where the old one ended.
    """
    end, there = ledger_carry.end_of(profile.records), swap.any_of(profile.records)
    kept = swap.put_aside(profile.records, clock) if there else None
    with door(profile.records), closing(open_writer(profile.records)) as db:
        schema.climb(db, schema.RECORDS, profile.records)
        with transaction(db):
            Ledger(db, clock).add(EMPTIED, who=who, told={**end, "kept": kept.name if kept else ""})
            doubt(db, millis(clock.now()))
    return kept


def _from_remains(profile: Profile, remains: Path, part: Path, clock: Clock) -> dict[str, int] | None:
    """A whole new file `part` of what is left; numbers of the notice, None where nothing is left."""
    version = work_copy(profile.records, remains)
    swap.drop_all(part)
    with door(part), closing(open_writer(part, full=False)) as db:
        # Nobody has this file yet: it is made durable once, at its end.
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA wal_autocheckpoint = 4000").fetchone()
        db.execute("PRAGMA foreign_keys = OFF")
        schema.climb(db, schema.RECORDS, part, version)
        indexes, triggers = _stripped(db, "index"), _stripped(db, "trigger")
        found = gather(db, remains, part)
        for sql in indexes:
            db.execute(sql)
        _make_readable(db)
        schema.climb(db, schema.RECORDS, part)
        if not any(count(db, name) for name in _OWN):
            return None
        filled = _complement(profile, db, found)
        lost = {name: missing(db, each) for name, each in found.items()}
        with transaction(db):
            rederive(db)
            if found["complaint"].gaps and not filled:
                # Complaints are missing: their sources are asked again from the start.
                db.execute("UPDATE memo SET memo = '{}'")
            for sql in triggers:
                db.execute(sql)
            # Its rows stand as they were found: what is missing or no longer fits is for a look to find.
            told = {"lost": lost.get("ledger", 0), "lost_deeds": lost["event"]}
            Ledger(db, clock).add(SALVAGED, who="", told=told)
            doubt(db, millis(clock.now()))
        numbers = {"rows": count(db, "complaint"), "deeds": _deeds(db)}
        numbers |= {"lost": lost["complaint"], "lost_deeds": lost["event"]}
        _close(db, part)
    return numbers


def _stripped(db: sqlite3.Connection, kind: str) -> list[str]:
    """Take the indexes (they are made faster at the end) or the triggers away; the SQL to make them again."""
    found = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL", (kind,)).fetchall()
    for name, _ in found:
        db.execute(f"DROP {kind} {name}")
    return [sql for _, sql in found]


def _make_readable(db: sqlite3.Connection) -> None:
    """Texts that are no UTF-8 any more keep what can be read of them; a name that is not to be told from another,
    and a key that is none, go with their row."""
    for table in tables(db):
        with transaction(db):
            for key in audit.garbled(db, table):
                gone = isinstance(key, bytes) and not audit.is_utf8(key)
                if gone or not _mended(db, table, key):
                    db.execute(f"DELETE FROM {table.name} WHERE {table.raw_key} = ?", (key,))


def _mended(db: sqlite3.Connection, table: Table, key: int | bytes) -> bool:
    """Write a row's texts anew as far as they can be read. False where the row cannot stand beside the others."""
    columns = ", ".join(f"CAST({name} AS BLOB)" for name in table.texts)
    row = db.execute(f"SELECT {columns} FROM {table.name} WHERE {table.raw_key} = ?", (key,)).fetchone()
    texts = [None if raw is None else raw.decode("utf-8", "replace") for raw in row]
    setting = ", ".join(f"{name} = ?" for name in table.texts)
    try:
        db.execute(f"UPDATE {table.name} SET {setting} WHERE {table.raw_key} = ?", (*texts, key))
    except sqlite3.IntegrityError:
        return False
    return True


def _deeds(db: sqlite3.Connection) -> int:
    return int(plain(db.execute("SELECT count(*) FROM event WHERE command <> ''").fetchone()))


def _complement(profile: Profile, db: sqlite3.Connection, found: Mapping[str, Gathered]) -> bool:
    """Fill what is missing from the newest backup that is sound. False where there is none, or nothing is missing."""
    if all(each.whole for each in found.values()):
        return False
    chosen, _ = newest_good(profile)
    return chosen is not None and complement(db, chosen, found)


def _close(db: sqlite3.Connection, part: Path) -> None:
    """Look through the new file, and make it one that is durable and stands alone."""
    faults = audit.integrity(db) or audit.form(db)
    if faults:
        raise DiskTrouble("store.broken", path=str(part), fault=audit.spot(faults[0]))
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    mode = plain(db.execute("PRAGMA journal_mode = DELETE").fetchone())
    if mode != "delete":
        raise DiskTrouble("store.locked", path=str(part))


def _told(numbers: Mapping[str, int], kept: Path | None) -> list[Fault]:
    lost = numbers["lost"] or numbers["lost_deeds"]
    says = "store.notice.salvaged_part" if lost else "store.notice.salvaged"
    return [Fault.at("records.db", says, **numbers, kept=kept.name if kept else "")]


def _damaged_backup(path: Path) -> Fault:
    return Fault.at(path.name, "store.notice.backup_damaged", backup=path.name)
