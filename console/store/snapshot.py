"""A snapshot: what the centre holds of this store, as one file that a new console can begin with.

Unsent work, notes of peers and what is only this console's stay out, rows the unsent work had changed are as the
centre knows them, and of each place it says up to where the centre had been read. The search index is not handed on:
it is made faster than it is proved. Made beside a running engine, of one view of the store. (Taken in: adopt.py.)
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.clock import Clock, millis
from console.core.errors import DiskTrouble, Refused
from console.store import audit, schema, snapshot_file, swap
from console.store.backup import Progress, go_on, or_cancelled, unheard
from console.store.cases import Cases
from console.store.closed import refuse_closed
from console.store.database import PAGE_BYTES, door, plain, transaction
from console.store.files import Profile, disk_trouble, drop_file, make_file, writing
from console.store.tables import count, table
from console.store.tallies import LATE_AFTER_MS, OPEN_MASK, recount
from console.store.words import Words

WHOLE = ("word", "memo")
"""Tables handed on as they are."""
HELD = ("rev", "doc", "complaint", "event", "outcome", "conflict", "peer", "meta")
"""Tables of which a part is handed on."""
KEPT = ("outbox", "local_doc", "blob", "ledger", "person", "session", "attempt", "posting", "tally_area", "tally_hour")
"""Tables that are only this console's, or follow from others."""
HUB = "hub"
CANCELLED = "store.snapshot.cancelled"
SESSION = "snapshot"
"""Begins the name of a session with the centre that another console had."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a snapshot came to."""

    path: Path
    id: str
    bytes: int
    documents: int
    complaints: int
    left_out: int
    """Documents with changes the centre does not hold yet: they are as the centre knows them, or not there."""
    places: int


def unsigned(_manifest: bytes) -> str:
    """No signature."""
    return ""


def make(
    profile: Profile,
    path: Path,
    city: str,
    clock: Clock,
    *,
    by: str = "",
    sign: Callable[[bytes], str] = unsigned,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = go_on,
) -> Made:
    """A snapshot of the store in the file `path`, also while the engine runs. `city` is the pack's id, `by` the
    public key of who signs it.

    Raises `DiskTrouble`; `Refused` where it was cancelled.
    """
    part = profile.folder / "potret.part"
    packed = profile.folder / "potret.pak"
    try:
        swap.drop_all(part)
        told = _gathered(profile, part, clock, cancelled)
        told = {
            "id": clock.new_id(),
            "city": city,
            "by": by,
            "made_at": clock.now().isoformat(timespec="seconds"),
            **told,
        }
        sizes = _packed(part, packed, progress, cancelled)
        head = snapshot_file.head_bytes(told, sizes, sign)
        size = _joined(head, packed, path)
    finally:
        with suppress(DiskTrouble):
            swap.drop_all(part)
            drop_file(packed)
    return Made(path, told["id"], size, told["documents"], told["complaints"], told["left_out"], len(told["places"]))


def _packed(part: Path, packed: Path, progress: Progress, cancelled: Callable[[], bool]) -> list[tuple[int, int, str]]:
    total = part.stat().st_size
    sizes: list[tuple[int, int, str]] = []
    with part.open("rb") as raw, writing(packed) as stream:
        for size, stored in snapshot_file.packed(raw):
            if cancelled():
                raise Refused(CANCELLED)
            stream.write(stored)
            sizes.append((size, len(stored), hashlib.sha256(stored).hexdigest()))
            progress(min(1.0, len(sizes) * snapshot_file.RAW_BYTES / total))
    return sizes


def _joined(head: bytes, packed: Path, path: Path) -> int:
    size = len(head)
    try:
        with packed.open("rb") as source, writing(path) as stream:
            stream.write(head)
            while piece := source.read(snapshot_file.RAW_BYTES):
                size += stream.write(piece)
    except OSError as error:
        raise disk_trouble(error, path) from error
    return size


def _gathered(profile: Profile, part: Path, clock: Clock, cancelled: Callable[[], bool]) -> dict[str, Any]:
    """The database of a snapshot in the file `part`; what there is to tell of it."""
    with closing(schema.open_records(profile.records)) as live, door(profile.records):
        refuse_closed(live)
    make_file(part)
    with door(part), closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=rwc", uri=True)) as db:
        db.isolation_level = None
        for pragma in (f"page_size = {PAGE_BYTES}", "journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {pragma}").fetchone()
        schema.climb(db, schema.RECORDS, part)
        db.execute("ATTACH ? AS live", (f"{profile.records.absolute().as_uri()}?mode=ro",))
        with or_cancelled(db, cancelled, CANCELLED):
            told = _filled(db, clock)
            faults = audit.quick_check(db) or audit.form(db)
        if faults:
            raise DiskTrouble("store.broken", path=str(part), fault=audit.spot(faults[0]))
        return told


def _filled(db: sqlite3.Connection, clock: Clock) -> dict[str, Any]:
    """Everything from the attached store that is to be in it, of one view of that store."""
    with transaction(db):
        indexes = db.execute("SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql <> ''").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX main.{name}")
        db.execute("DELETE FROM main.word")
        for name in WHOLE:
            _copy(db, name)
        left_out = _trees(db)
        _copy(db, "complaint", "id NOT IN (SELECT id FROM temp.absent)")
        _copy(db, "event", "id NOT GLOB 'deed:*' OR id IN (SELECT id FROM main.doc)")
        for _, sql in indexes:
            db.execute(sql)
        _copy(db, "outcome", "command IN (SELECT command FROM main.event WHERE command <> '')")
        _copy(db, "meta", "name = 'followed_since'")
        _copy(db, "conflict", "doc IN (SELECT n FROM main.doc)")
        db.execute(f"DELETE FROM main.conflict WHERE {_SETTLED}")
        _as_held(db, _moved(db))
        recount(db)
        numbers = {f"{name}s": count(db, f"main.{name}") for name in ("complaint", "event")}
        told = {**numbers, "documents": count(db, "main.doc"), "left_out": left_out, "places": _places(db, clock)}
        told["schema"] = schema.version(db)
    db.execute("DETACH live")
    return told


_SETTLED = "(SELECT count(*) FROM main.rev WHERE rev.doc = conflict.doc AND leaf = 1 AND deleted = 0) < 2"


def _copy(db: sqlite3.Connection, name: str, where: str = "true") -> None:
    columns = ", ".join(table(db, name).names)
    db.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM live.{name} WHERE {where}")


def _trees(db: sqlite3.Connection) -> int:
    """Documents and their revisions as the centre holds them. How many documents had others."""
    db.execute("CREATE TEMP TABLE gone (n INTEGER PRIMARY KEY, doc INTEGER NOT NULL)")
    db.execute("CREATE TEMP TABLE absent (id TEXT PRIMARY KEY)")
    db.execute("INSERT INTO gone SELECT n, doc FROM live.rev WHERE held = 0")
    # What lies below a held one is held, whether anybody said so or not.
    below = "SELECT parent FROM live.rev WHERE parent IN (SELECT n FROM gone) AND n NOT IN (SELECT n FROM gone)"
    while db.execute(f"DELETE FROM gone WHERE n IN ({below})").rowcount:
        pass
    _copy(db, "rev", "n NOT IN (SELECT n FROM gone)")
    moved = "(SELECT doc FROM gone)"
    db.execute(f"UPDATE main.rev SET held = 1 WHERE held = 0 AND doc IN {moved}")
    # By the document first: only that is indexed here.
    child = "SELECT 1 FROM main.rev AS child WHERE child.doc = rev.doc AND child.parent = rev.n"
    db.execute(f"UPDATE main.rev SET leaf = NOT EXISTS ({child}) WHERE doc IN {moved}")
    _copy(db, "doc", f"n NOT IN {moved} OR EXISTS (SELECT 1 FROM main.rev WHERE rev.doc = doc.n)")
    best = "SELECT {} FROM main.rev WHERE rev.doc = doc.n AND leaf = 1 ORDER BY deleted, generation DESC, hash DESC"
    db.execute(
        f"UPDATE main.doc SET winner = ({best.format('n')} LIMIT 1),"
        f" deleted = coalesce(({best.format('deleted')} LIMIT 1), 0) WHERE n IN {moved}"
    )
    db.execute(
        "INSERT OR IGNORE INTO absent SELECT json_extract(body, '$.id') FROM gone JOIN live.rev ON rev.n = gone.n"
        " JOIN live.doc ON doc.n = gone.doc WHERE doc.id GLOB 'complaint:*' AND body IS NOT NULL"
        " AND doc.n NOT IN (SELECT n FROM main.doc)"
    )
    return int(plain(db.execute("SELECT count(DISTINCT doc) FROM gone").fetchone()))


def _moved(db: sqlite3.Connection) -> list[str]:
    """Complaints whose rows show what the centre does not know yet."""
    rows = db.execute(
        "SELECT DISTINCT json_extract(body, '$.complaint') AS id FROM gone JOIN live.rev ON rev.n = gone.n"
        " WHERE body IS NOT NULL AND id IS NOT NULL UNION SELECT id FROM main.complaint WHERE pending <> 0"
    )
    return [str(row[0]) for row in rows]


def _as_held(db: sqlite3.Connection, complaints: list[str]) -> None:
    """Make the rows of these complaints say what the centre's documents say of them."""
    open_ = f"iif(({OPEN_MASK} >> their_state) & 1, coalesce(expected_at, requested_at + {LATE_AFTER_MS}), NULL)"
    # Of a complaint recorded in a console the state is ours from the start.
    recorded = "EXISTS (SELECT 1 FROM main.doc WHERE doc.id = 'complaint:' || native_id)"
    touched = "(SELECT max(at) FROM main.event WHERE event.complaint = complaint.id AND command <> '')"
    db.executemany(
        f"UPDATE main.complaint SET state = their_state, opd = their_opd, holder = 0, duplicate_of = '', pending = 0,"
        f" decided = {recorded}, due_at = {open_}, touched_at = {touched} WHERE id = ?",
        ((each,) for each in complaints),
    )
    Cases(db, Words(db)).fold(complaints)


def _places(db: sqlite3.Connection, clock: Clock) -> list[str]:
    """How far the centre had been read, place by place, as another console can go on from there. Their names."""
    _copy(db, "peer", f"name = '{HUB}'")
    names = []
    for place, raw in db.execute("SELECT place, sessions FROM main.peer").fetchall():
        sessions = json.loads(raw)
        if not sessions:
            db.execute("DELETE FROM main.peer WHERE place = ?", (place,))
            continue
        names.append(str(place))
        query = "SELECT coalesce(max(seq), 0) FROM main.doc JOIN main.word ON word.id = place WHERE text = ?"
        last = int(plain(db.execute(query, (place,)).fetchone()))
        # The first is open and perhaps nowhere but here; up to the second the centre is known to have been read.
        since = sessions[min(1, len(sessions) - 1)][1]
        session = [f"{SESSION}-{clock.new_id()}", since, last]
        db.execute(
            "UPDATE main.peer SET sessions = ?, held_up = '', at = ? WHERE place = ?",
            (json.dumps([session]), millis(clock.now()), place),
        )
    return sorted(names)
