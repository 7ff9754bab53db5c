"""What has run out is erased from the store: rows, documents with all their revisions, history, search index, files.

    look (a reader's connection) ─► how each field stands, and what is to go ─► slices, each one transaction ─► tidied

The rule is asked again in the transaction: a case that was reopened meanwhile keeps what it has. A revision keeps its
name, so that nobody fetches it again; its body says which fields were erased. What comes back all the same (a restored
backup, a snapshot, a source that tells it once more) is erased by the next turn, or not taken in at all (intake.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis
from console.core.erasure import with_whole
from console.core.personal import SEALED, WHOLE
from console.core.retention import DEEDS, ERASED, FILES, KEPT, Holding
from console.store.attachments import FileShelf
from console.store.database import plain
from console.store.documents import canonical
from console.store.ends import END, OPEN_STATES, OVER
from console.store.erased import marked
from console.store.histories import COMPLAINT, DEED
from console.store.search import SearchIndex

SLICE = 100
"""Complaints of one transaction."""
COLUMNS = ("title", "text", "address", "media_url")
"""Fields of a complaint that are one column of text."""
_UNNAMED = "key NOT IN ('" + "', '".join((ERASED, *WHOLE.values())) + "')"
"""What was erased is named among the fields we do not know, and the whole words of others stand there."""
_HAS: Mapping[str, str] = {
    **{name: f'instr(extra, \'"{name}": "kendali-s1:\') > 0' for name in SEALED},
    **{name: f"{name} <> ''" for name in COLUMNS},
    "place": "(lat IS NOT NULL OR lon IS NOT NULL)",
    "extra": f"(extra <> '' AND json_valid(extra) AND EXISTS (SELECT 1 FROM json_each(extra) WHERE {_UNNAMED}))",
    DEEDS: "EXISTS (SELECT 1 FROM event WHERE event.complaint = complaint.id AND command <> ''"
    " AND (event.text <> '' OR event.fields <> '{}'))",
}
"""SQL of whether a complaint has a field."""
_AT_ONCE = 400
_TEXTS = "title, text, address, native_id"
"""What the search index has of a row, in its order (search.py)."""


@dataclass(slots=True)
class Due:
    """What has run out."""

    at: datetime
    holdings: dict[str, Holding] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """Numbers of complaints, by field."""
    blobs: list[str] = field(default_factory=list)
    """Names of bytes of which every complaint that has them has run out."""


def look(db: sqlite3.Connection, now: datetime) -> Due:
    """How everything stands. One long look: not on the connection of who writes."""
    due = Due(now)
    for name, has in _HAS.items():
        cut = _cut(name, now)
        held, over, oldest = db.execute(
            f"SELECT count(*), coalesce(sum({OVER}), 0),"
            f" min(CASE WHEN state NOT IN ({OPEN_STATES}) AND NOT {OVER} THEN {END} END) FROM complaint WHERE {has}",
            (cut, cut),
        ).fetchone()
        due.holdings[name] = Holding(name, held, over, None if oldest is None else from_millis(oldest))
        if over:
            due.rows[name] = [row[0] for row in db.execute(f"SELECT n FROM complaint WHERE {OVER} AND {has}", (cut,))]
    _look_at_files(db, due)
    return due


def _cut(name: str, now: datetime) -> int:
    return millis(now - KEPT[name])


def _look_at_files(db: sqlite3.Connection, due: Due) -> None:
    shelf, cut = FileShelf(db), _cut(FILES, due.at)
    of: dict[str, set[str]] = {}
    for complaint, names in shelf.bytes_of_deeds():
        for name in names:
            of.setdefault(name, set()).add(complaint)
    here = set(shelf.all_known())
    ends = _ends(db, {complaint for name in here for complaint in of.get(name, ())})
    held = {name for name in here if of.get(name)}
    # The same bytes may be another complaint's too: they go with the last of them.
    over = {name: [ends.get(complaint) for complaint in of[name]] for name in held}
    due.blobs = sorted(name for name, all_of in over.items() if all(end is not None and end < cut for end in all_of))
    gone = set(due.blobs)
    left = [ended for name, all_of in over.items() if name not in gone and (ended := _last(all_of)) is not None]
    oldest = from_millis(min(left)) if left else None
    due.holdings[FILES] = Holding(FILES, len(held), len(due.blobs), oldest)


def _last(ends: Sequence[int | None]) -> int | None:
    """The latest of these ends, None where one of the cases is open."""
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) and known else None


def _ends(db: sqlite3.Connection, complaints: Collection[str]) -> dict[str, int]:
    """When the cases of these complaints ended; without those that are open, or not known here."""
    found: dict[str, int] = {}
    wanted = sorted(complaints)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found.update(
            db.execute(f"SELECT id, {END} FROM complaint WHERE state NOT IN ({OPEN_STATES}) AND id IN ({marks})", some)
        )
    return found


class Eraser:
    """The hand that erases. One connection, one thread; the caller holds the transaction."""

    def __init__(self, db: sqlite3.Connection, search: SearchIndex) -> None:
        self._db = db
        self._search = search

    def erase(self, numbers: Sequence[int], fields: Collection[str], now: datetime) -> dict[int, frozenset[str]]:
        """Erase those of the fields that have run out of these complaints; what was erased of each."""
        done: dict[int, frozenset[str]] = {}
        for number in numbers:
            gone = frozenset(name for name in fields if name in _HAS and self._over(number, name, now))
            if gone:
                self._row(number, gone - {DEEDS})
                if DEEDS in gone:
                    self._deeds(number)
                done[number] = gone
        return done

    def _over(self, number: int, name: str, now: datetime) -> bool:
        query = f"SELECT 1 FROM complaint WHERE n = ? AND {OVER} AND {_HAS[name]}"
        return self._db.execute(query, (number, _cut(name, now))).fetchone() is not None

    def blobs_over(self, names: Collection[str], now: datetime) -> list[str]:
        """Those of the names that have still run out."""
        due = Due(now)
        _look_at_files(self._db, due)
        return [name for name in names if name in set(due.blobs)]

    def note_files(self, names: Collection[str]) -> set[str]:
        """These bytes are to go: the complaints whose they are say so from now on. Their ids."""
        gone = set(names)
        found = {complaint for complaint, of in FileShelf(self._db).bytes_of_deeds() if not gone.isdisjoint(of)}
        for complaint in found:
            row = self._db.execute("SELECT extra FROM complaint WHERE id = ?", (complaint,)).fetchone()
            if row is not None:
                values = (marked(row[0], {FILES}), complaint)
                self._db.execute("UPDATE complaint SET extra = ? WHERE id = ?", values)
        return found

    def _row(self, number: int, gone: frozenset[str]) -> None:
        if not gone:
            return
        name, extra, *texts = self._db.execute(
            f"SELECT id, extra, {_TEXTS} FROM complaint WHERE n = ?", (number,)
        ).fetchone()
        searched = not gone.isdisjoint(("title", "text", "address"))
        if searched:
            self._search.drop(number, texts)
        values: dict[str, Any] = {column: "" for column in COLUMNS if column in gone}
        if "place" in gone:
            values |= {"lat": None, "lon": None}
        values["extra"] = marked(extra, gone)
        sets = ", ".join(f"{column} = ?" for column in values)
        self._db.execute(f"UPDATE complaint SET {sets} WHERE n = ?", (*values.values(), number))
        if searched:
            self._search.add(number, number)
            self._search.must_purge([number])
        self._bodies(COMPLAINT + name.partition(":")[2], _names(gone))

    def _deeds(self, number: int) -> None:
        """What operators wrote with their deeds on a complaint, in the history and in its documents."""
        complaint = plain(self._db.execute("SELECT id FROM complaint WHERE n = ?", (number,)).fetchone())
        docs = [
            row[0]
            for row in self._db.execute("SELECT id FROM event WHERE complaint = ? AND command <> ''", (complaint,))
        ]
        with history_open(self._db):
            self._db.execute(
                "UPDATE event SET text = '', fields = '{}' WHERE complaint = ? AND command <> ''", (complaint,)
            )
        for doc in docs:
            if doc.startswith(DEED):
                self._bodies(doc, {"text": "", "fields": {}})

    def _bodies(self, doc: str, empty: Mapping[str, Any]) -> None:
        """Every revision of a document that is here: all of it, not the winner alone."""
        rows = self._db.execute(
            "SELECT rev.n, body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND body IS NOT NULL", (doc,)
        ).fetchall()
        for number, raw in rows:
            body = json.loads(raw)
            if not isinstance(body, dict):
                continue
            gone = [name for name in empty if name in body and body[name] != empty[name]]
            if gone:
                kept = {name: value for name, value in body.items() if name not in gone or name in _NEEDED}
                kept |= {name: empty[name] for name in gone if name in _NEEDED}
                before = [name for name in kept.get(ERASED, ()) if isinstance(name, str)]
                kept[ERASED] = sorted({*before, *gone})
                self._db.execute("UPDATE rev SET body = ? WHERE n = ?", (canonical(kept), number))


_NEEDED = frozenset({"text", "fields"})
"""Fields without which a document of a deed is none."""


def _names(gone: Collection[str]) -> dict[str, Any]:
    """Fields of a complaint's document that stand for what was erased."""
    names = [name for name in with_whole(gone) if name not in ("place", "extra")]
    if "place" in gone:
        names += ["lat", "lon"]
    return {name: "" if name == "text" else None for name in names}


@contextmanager
def history_open(db: sqlite3.Connection) -> Iterator[None]:
    """Within it, in the caller's transaction, rows of the history may be emptied. The guard is put back as it stood:
    without it the transaction does not come to be."""
    guard = str(plain(db.execute("SELECT sql FROM sqlite_schema WHERE name = 'event_stays'").fetchone()))
    db.execute("DROP TRIGGER event_stays")
    try:
        yield
    finally:
        db.execute(guard)
