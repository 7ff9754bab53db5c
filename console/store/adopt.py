"""Beginning with a snapshot: what another console handed on becomes the store, and nothing of our own is lost.

    pieces, each proved ─► a file of ours ─► vetted: pages, form, values ─► our own rows on top ─► in place, at once

The file is looked at as an enemy's until it is vetted: no trigger, view or column may be in it that is not ours, and
nothing of it is believed before. The old store stands until the new one is whole, and is kept beside it. A kill at any
moment leaves the one or the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from console.core.clock import Clock
from console.core.errors import BadAnswer, DiskTrouble, Refused
from console.core.pack import CityPack
from console.store import audit, console_id, schema, snapshot_file, swap
from console.store.backup import Progress, go_on, or_cancelled, unheard
from console.store.carry import Carried, carry
from console.store.database import DAMAGE, PAGE_BYTES, door, open_reader, plain, transaction
from console.store.files import FileLock, Profile, make_folder, writing
from console.store.ledger_carry import rows_into
from console.store.room import Room, free_bytes
from console.store.snapshot import CANCELLED
from console.store.snapshot_file import Head
from console.store.store import Store
from console.store.tables import count, present, tables

SPARE_BYTES = 256 << 20
"""Left free beside the new store."""
_READ, _VETTED = 0.6, 0.8
"""Share of the work that is done then."""
_START = 64
_SQLITE = b"SQLite format 3\0"
_NO_LOG = b"\x01\x01"
ADOPTED = "snapshot.adopted"
"""The deed, as the ledger tells it."""
_OWN = ("complaint", "doc", "event", "outbox")

Trust = Callable[[Head], bool]
"""Asked once the head is read: true where somebody we trust signed it, false where nobody did and that is accepted.
Raises `Refused` or `BadAnswer`."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What it came to."""

    id: str
    documents: int
    complaints: int
    carried: Carried
    """What our own store had beyond it."""
    kept: Path | None
    """The store that stood there before."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What every step may need."""

    profile: Profile
    pack: CityPack
    clock: Clock
    progress: Progress
    cancelled: Callable[[], bool]
    machine: str
    who: str


def adopt(
    profile: Profile,
    pack: CityPack,
    clock: Clock,
    stream: BinaryIO,
    *,
    trusted: Trust,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = go_on,
    machine: str = "",
    who: str = "",
) -> Adopted:
    """Make the snapshot in `stream` the store of a profile, on this machine ("" asks the system which it is); `who`
    stands for it in the ledger.

    Raises `BadAnswer` for what is no sound snapshot; `Refused` for another city's, or where it was cancelled;
    `DiskTrouble` where an engine runs, there is no room, or the store that stands there is itself not sound.
    """
    lock = FileLock(Profile.at(profile.folder).engine_lock)
    if not lock.take():
        raise DiskTrouble("store.snapshot.running", path=str(profile.folder))
    try:
        swap.settle(profile, clock)
        swap.sweep(profile)
        return _adopt(
            _Given(profile, pack, clock, progress, cancelled, machine or console_id.this_machine(), who),
            stream,
            trusted,
        )
    finally:
        with suppress(DiskTrouble):
            swap.sweep(profile)
        lock.drop()


def _adopt(given: _Given, stream: BinaryIO, trusted: Trust) -> Adopted:
    profile, cancelled = given.profile, given.cancelled
    old = _old(profile)
    head = _head(stream)
    sure = judged(profile, given.pack, head, trusted)
    new = swap.bench(profile)
    make_folder(new.folder)
    _write(head, stream, new.records, given.progress, cancelled)
    _vet(new.records, sure, cancelled)
    given.progress(_VETTED)
    peers, name = _peers(new.records), _name(old, given)
    _own_ledger(new.records, name, given)
    store = Store.open(new, given.clock, given.pack, room=Room(new.reserve, intake_bytes=0, reserve_bytes=0))
    db = store.replica.tools.db
    try:
        with transaction(db):
            console_id.give(db, profile.records, given.machine, name)
            # A file that gets a name forgets how far it had come with others; here that is what was brought.
            db.executemany("INSERT OR REPLACE INTO peer VALUES (?, ?, ?, ?, ?, ?, ?)", peers)
        carried = Carried() if old is None else carry(store, old, cancelled)
        documents, complaints = count(db, "doc"), count(db, "complaint")
        told = {"snapshot": str(head.told.get("id", "")), "signed": sure, "unsent": carried.unsent}
        store.enter(ADOPTED, who=given.who, told={**told, "documents": documents, "complaints": complaints})
    finally:
        store.close()
    _alone(new.records)
    if cancelled():
        raise Refused(CANCELLED)
    kept = swap.put_in_place(profile, given.clock, new.records, swap.REPLACED)
    given.progress(1.0)
    return Adopted(str(head.told.get("id", "")), documents, complaints, carried, kept)


def judged(profile: Profile, pack: CityPack, head: Head, trusted: Trust, *, to_come: int = 0) -> bool:
    """What `trusted` says of a snapshot's head, where it may be adopted as far as the head tells. `to_come`: bytes of
    the file itself that are still to be written to this disk. Raises as `adopt` does."""
    if head.told.get("city") != pack.id:
        raise Refused("store.snapshot.city", city=str(head.told.get("city"))[:40], ours=pack.id)
    sure = trusted(head)
    free, wanted = free_bytes(profile.folder), to_come + head.bytes + SPARE_BYTES
    if free < wanted:
        raise DiskTrouble("store.backup.room", free_mb=free >> 20, least_mb=wanted >> 20)
    return sure


def _old(profile: Profile) -> Path | None:
    """The store that stands there, if there is anything in it. Raises `DiskTrouble` where it is not sound: then it is
    mended first, by starting the console."""
    path = profile.records
    if not path.exists() or not path.stat().st_size:
        return None
    with closing(open_reader(path)) as db, door(path):
        if schema.judge(db, schema.RECORDS, path) < len(schema.steps(schema.RECORDS)):
            raise DiskTrouble("store.snapshot.unready", path=str(path))
        if profile.suspect.exists() or audit.quick_check(db) or audit.form(db):
            raise DiskTrouble("store.snapshot.unready", path=str(path))
        return path if any(count(db, name) for name in _OWN) else None


def _peers(path: Path) -> list[tuple[Any, ...]]:
    with door(path), closing(open_reader(path)) as db:
        return db.execute("SELECT * FROM peer").fetchall()


def _name(old: Path | None, given: _Given) -> str:
    """The name of the console whose store stands there, or a new one."""
    if old is None:
        return given.clock.new_id()
    with door(old), closing(open_reader(old)) as db:
        return console_id.name_at(db, old, given.machine) or given.clock.new_id()


def _own_ledger(path: Path, name: str, given: _Given) -> None:
    """The chain of this console goes on in the new file, under its name. That of who made the snapshot is not in it."""
    with door(path), closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.climb(db, schema.RECORDS, path)
        with transaction(db):
            rows_into(db, given.profile.records)
            console_id.give(db, path, given.machine, name)


def _head(stream: BinaryIO) -> Head:
    start = stream.read(_START)
    size = snapshot_file.head_size(start)
    # A small head leaves the first bytes of the pieces in our hands: the stream must be one that goes back.
    stream.seek(0)
    return snapshot_file.read_head(stream.read(size))


def _write(head: Head, stream: BinaryIO, path: Path, progress: Progress, cancelled: Callable[[], bool]) -> None:
    done = 0
    with writing(path) as out:
        for raw in snapshot_file.database(head, stream):
            if cancelled():
                raise Refused(CANCELLED)
            if not done:
                _look_at_start(raw)
            done += out.write(raw)
            progress(_READ * done / head.bytes)


def _look_at_start(raw: bytes) -> None:
    """The first bytes of a database: ours in form, alone, without a log beside it."""
    size = int.from_bytes(raw[16:18], "big")
    ours = int.from_bytes(raw[68:72], "big") == schema.APPLICATION_ID
    if not raw.startswith(_SQLITE) or raw[18:20] != _NO_LOG or size != PAGE_BYTES or not ours:
        raise BadAnswer("store.snapshot.database", what="header")


@cache
def _expected(version: int) -> frozenset[tuple[str | None, ...]]:
    """Everything that stands in the list of tables of a file of that version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        schema.climb(db, schema.RECORDS, Path("memory"), version)
        return _listed(db)


def _listed(db: sqlite3.Connection) -> frozenset[tuple[str | None, ...]]:
    return frozenset(db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


def _vet(path: Path, sure: bool, cancelled: Callable[[], bool]) -> None:
    """Look through a database that may be made to harm. `sure`: one we trust made and signed it; then its rows are
    as good as his, and only pages and form are looked at."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    with closing(db), or_cancelled(db, cancelled, CANCELLED), door(path):
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
            db.execute(f"PRAGMA {pragma}").fetchone()
        try:
            wrong = _wrong(db, sure)
        except DAMAGE as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                raise
            wrong = str(error)[:80]
        if wrong:
            raise BadAnswer("store.snapshot.database", what=wrong)
    with closing(sqlite3.connect(path, isolation_level=None)) as db, door(path), transaction(db):
        # It was looked through just now: the start need not do it again.
        db.execute("INSERT OR REPLACE INTO meta VALUES ('ended_well', '1')")


def _wrong(db: sqlite3.Connection, sure: bool) -> str:
    """What is wrong with it, "" for nothing. First what could run, then what could mislead."""
    version = schema.version(db)
    if version > len(schema.steps(schema.RECORDS)):
        raise Refused("store.snapshot.newer", found=version, known=len(schema.steps(schema.RECORDS)))
    if version < 1 or _listed(db) != _expected(version):
        return "schema"
    if any(count(db, name) for name in present(db, ("ledger",))):
        return "ledger"  # a chain of another console is none of ours
    faults = audit.quick_check(db) if sure else audit.integrity(db)
    if faults:
        return faults[0][:80]
    if not sure:
        strange = next(
            (each.name for each in tables(db) if audit.strange_rows(db, each) or audit.garbled(db, each)), ""
        )
        return strange or ("foreign keys" if audit.foreign(db) else "")
    return ""


def _alone(path: Path) -> None:
    """Make it one file without a log, as it is put in place."""
    with door(path), closing(sqlite3.connect(path, isolation_level=None)) as db:
        mode = plain(db.execute("PRAGMA journal_mode = DELETE").fetchone())
        if mode != "delete":
            raise DiskTrouble("store.locked", path=str(path))
