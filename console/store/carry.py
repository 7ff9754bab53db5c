"""What our own store has beyond a snapshot comes over into the new one: above all what the centre does not hold yet.

    complaints and history rows ─► revisions, held and unsent ─► the outbox with its times and reasons ─► counted

Trees of revisions only grow together, so what both have is the same and what one lacks is added. Of the peers only
the centre stays known, as the snapshot knows it: our numbers of changes are new, so others begin with us anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from console.core.clock import from_millis
from console.core.errors import DiskTrouble, Refused
from console.core.records import Batch, SourceComplaint
from console.core.replica import Page, Revised
from console.store.arrivals import Arrival
from console.store.database import plain, transaction
from console.store.snapshot import CANCELLED
from console.store.store import Store
from console.store.tables import count, table
from console.store.tallies import names

BY = "adopt"
_MANY = 1000
_LACKING = (
    "SELECT was.n, was.generation, was.hash, was.deleted, was.body, was.held, it.id, coalesce(word.text, '')"
    " FROM old.rev AS was JOIN old.doc AS it ON it.n = was.doc LEFT JOIN old.word ON word.id = it.place"
    " LEFT JOIN main.doc AS here ON here.id = it.id LEFT JOIN main.rev AS mine ON mine.doc = here.n"
    " AND mine.generation = was.generation AND mine.hash = was.hash"
    " WHERE was.body IS NOT NULL AND mine.body IS NULL AND was.aside = ? ORDER BY was.n"
)
"""Revisions with their body that are not, or not with their body, in the new store."""
_LINE = (
    "WITH RECURSIVE line (n, depth) AS (SELECT ?, 0 UNION ALL SELECT parent, depth + 1 FROM line JOIN old.rev"
    " ON rev.n = line.n WHERE parent IS NOT NULL) SELECT generation, hash FROM line JOIN old.rev ON rev.n = line.n"
    " ORDER BY depth"
)
_META = ("ended_well", "followed_since", "console", "console_at")
"""Notes of a file that stay with it; its name is seen to by who puts it in place."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came over from our own store."""

    complaints: int = 0
    revisions: int = 0
    unsent: int = 0
    """Rows of the outbox that wait now."""
    settled: int = 0
    """Rows of the outbox that the snapshot shows to be held by the centre."""


def carry(store: Store, old: Path, cancelled: Callable[[], bool]) -> Carried:
    """Add to a store made of a snapshot what `old` has beyond it. Raises `DiskTrouble` where anything unsent would be
    lost, `Refused` where it was cancelled."""
    db = store.replica.tools.db
    with _attached(db, old):
        with _no_news(db):
            complaints = _complaints(store, db, cancelled)
        with transaction(db):
            _missing_rows(db, "event", f"NOT {_TOLD}")
            _missing_rows(db, "outcome")
            _missing_rows(db, "meta", f"name NOT IN {_META}")
            _missing_rows(db, "blob")
            for name in ("session", "attempt", "posting"):
                _missing_rows(db, name)
        revisions = _revisions(store, db, cancelled)
        with transaction(db):
            _outbox(db)
            lost = _lost(db)
            if lost:
                raise DiskTrouble("store.snapshot.lost_unsent", count=lost, path=str(old))
            complaints_of = [row[0] for row in db.execute("SELECT DISTINCT complaint FROM old.outbox")]
            store.outbox.recount(complaints_of)
            waiting, before = (count(db, name) for name in ("main.outbox", "old.outbox"))
        return Carried(complaints, revisions, waiting, before - waiting)


@contextmanager
def _attached(db: sqlite3.Connection, old: Path) -> Iterator[None]:
    db.execute("ATTACH ? AS old", (str(old),))
    try:
        yield
    finally:
        db.execute("DETACH old")


_TOLD = (
    "(was.deed = 'source' AND EXISTS (SELECT 1 FROM main.event AS mine WHERE mine.complaint = was.complaint"
    " AND mine.deed = 'source' AND mine.at = was.at AND mine.after IS was.after AND mine.text = was.text))"
)
"""What a source did has another name at every console that saw it; of the same time and to the same end it is the
same, whatever was seen before it."""


@contextmanager
def _no_news(db: sqlite3.Connection) -> Iterator[None]:
    """Within it no change of a source is noted: it was when it was seen, and that comes over as it stands."""
    db.execute(
        "CREATE TEMP TRIGGER no_news BEFORE INSERT ON main.event WHEN new.deed = 'source'"
        " BEGIN SELECT RAISE(IGNORE); END"
    )
    try:
        yield
    finally:
        db.execute("DROP TRIGGER temp.no_news")


def _missing_rows(db: sqlite3.Connection, name: str, where: str = "true") -> None:
    """Rows of the old table that are not in the new one, by any name that must be its own; numbers are given anew."""
    columns = ", ".join(each for each in table(db, name).names if each != "n")
    db.execute(f"INSERT OR IGNORE INTO main.{name} ({columns}) SELECT {columns} FROM old.{name} AS was WHERE {where}")


def _complaints(store: Store, db: sqlite3.Connection, cancelled: Callable[[], bool]) -> int:
    """What sources said to us and not, or not yet, to the maker of the snapshot; with how far we had asked them."""
    memos = dict(db.execute("SELECT source, memo FROM main.memo"))
    newer = "SELECT source, memo FROM old.memo AS was WHERE at > coalesce((SELECT at FROM main.memo AS mine WHERE"
    memos |= dict(db.execute(f"{newer} mine.source = was.source), 0)"))
    said: dict[str, list[SourceComplaint]] = {source: [] for source in memos}
    for row in db.execute(_SAID):
        said.setdefault(row[0], []).append(_complaint(row))
    for source, complaints in said.items():
        memo = json.loads(memos.get(source, "{}"))
        for start in range(0, len(complaints) or 1, _MANY):
            _go_on(cancelled)
            store.take(Batch(source, complaints[start : start + _MANY], memo=memo))
    return sum(len(complaints) for complaints in said.values())


_SAID = (
    "SELECT source.text, was.id, was.native_id, was.native_state, was.their_state, was.title, was.text, category.text,"
    " was.agency, was.address, was.lat, was.lon, area.text, was.requested_at, was.updated_at, was.expected_at,"
    " was.zone_assumed, was.media_url, opd.text, was.extra FROM old.complaint AS was"
    " JOIN old.word AS source ON source.id = was.source JOIN old.word AS category ON category.id = was.category"
    " JOIN old.word AS area ON area.id = was.area JOIN old.word AS opd ON opd.id = was.their_opd"
    " LEFT JOIN main.complaint AS mine ON mine.id = was.id"
    " WHERE (mine.id IS NULL OR coalesce(was.updated_at, was.requested_at) > coalesce(mine.updated_at,"
    " mine.requested_at)) AND NOT EXISTS (SELECT 1 FROM old.doc WHERE doc.id = 'complaint:' || was.native_id)"
)
"""Complaints from sources that the new store lacks or knows only as they were before."""


def _complaint(row: Sequence[Any]) -> SourceComplaint:
    times = [None if each is None else from_millis(each) for each in row[13:16]]
    return SourceComplaint._make(
        (row[1], row[0], *row[2:4], names(row[4]), *row[5:13], *times, bool(row[16]), *row[17:], None)
    )


def _revisions(store: Store, db: sqlite3.Connection, cancelled: Callable[[], bool]) -> int:
    """Revisions the new store lacks, oldest first; how many."""
    documents = store.replica.tools.documents
    with transaction(db):
        # What a person took back goes into the trees alone: nothing may be merged with it.
        taken_back = db.execute(_LACKING, (1,)).fetchall()
        for row in taken_back:
            documents.join(Arrival(row[6], _line(db, row), row[4], bool(row[3])), row[7])
        for doc in dict.fromkeys(row[6] for row in taken_back):
            documents.set_aside(doc)
    rows = db.execute(_LACKING, (0,)).fetchall()
    for (place, held), some in groupby(rows, lambda row: (row[7], bool(row[5]))):
        group = list(some)
        for start in range(0, len(group), _MANY):
            _go_on(cancelled)
            revised = [_revised(db, row) for row in group[start : start + _MANY]]
            taken, _ = store.replica.take(Page(place, revised, held=held, by=BY))
            if taken.refused:
                first = taken.refused[0]
                raise DiskTrouble("store.snapshot.lost_unsent", count=len(taken.refused), path=first.doc)
    return len(rows) + len(taken_back)


def _revised(db: sqlite3.Connection, row: Sequence[Any]) -> Revised:
    path = tuple(f"{generation}-{tail}" for generation, tail in _line(db, row))
    return Revised(row[6], path, json.loads(row[4]), bool(row[3]))


def _line(db: sqlite3.Connection, row: Sequence[Any]) -> tuple[tuple[int, str], ...]:
    """Generation and hash of a revision and all below it, newest first."""
    if row[1] == 1:
        return ((row[1], row[2]),)
    return tuple((generation, tail) for generation, tail in db.execute(_LINE, (row[0],)))


def _go_on(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Refused(CANCELLED)


_STILL = (
    "EXISTS (SELECT 1 FROM main.doc JOIN main.rev ON rev.doc = doc.n WHERE doc.id = was.doc"
    " AND generation || '-' || hash = was.rev AND held = {})"
)


def _outbox(db: sqlite3.Connection) -> None:
    """What waited before waits again, in its old order, with its times and reasons, but for what is held by now."""
    names = [each for each in table(db, "outbox").names if each not in ("n", "place")]
    columns, was = ", ".join(names), ", ".join(f"was.{each}" for each in names)
    # What came of joining the two is newer than all of it.
    db.execute(
        f"CREATE TEMP TABLE joined AS SELECT {columns}, place FROM main.outbox"
        " WHERE (doc, rev) NOT IN (SELECT doc, rev FROM old.outbox) ORDER BY n"
    )
    db.execute("DELETE FROM main.outbox")
    place = "coalesce((SELECT place FROM main.doc WHERE doc.id = was.doc), 0)"
    db.execute(
        f"INSERT INTO main.outbox ({columns}, place) SELECT {was}, {place} FROM old.outbox AS was"
        f" WHERE {_STILL.format(0)} ORDER BY was.n"
    )
    db.execute(f"INSERT INTO main.outbox ({columns}, place) SELECT {columns}, place FROM temp.joined ORDER BY rowid")
    db.execute("DROP TABLE temp.joined")


def _lost(db: sqlite3.Connection) -> int:
    """Rows of the old outbox that neither wait nor are held: there may be none."""
    waits = "EXISTS (SELECT 1 FROM main.outbox AS mine WHERE mine.doc = was.doc AND mine.rev = was.rev)"
    query = f"SELECT count(*) FROM old.outbox AS was WHERE NOT {_STILL.format(1)} AND NOT {waits}"
    return int(plain(db.execute(query).fetchone()))
