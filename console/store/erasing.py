"""What a person had erased, made true in this store: rows, search, history, documents, files. And kept true.

    erasure document ─► the complaint's row and its words in the search
                     ├► the history's words          ├► a revision of each document without them; no older body stays
                     └► pieces of its files          └► what lies beside the tables is noted, and scrubbed when nobody
                                                        waits (scrub.py)

Everything here may be done twice. A source's word, a deed that travelled late, an older revision that comes again: each
is looked at when it comes. The ledger remembers what was erased beyond a restored backup. The caller holds the
transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.core.clock import Clock, from_millis, millis
from console.core.erasure import (
    CORRECTED,
    ERASURE,
    RIGHTS,
    Erasure,
    blanked,
    is_item,
    read_erasure,
    redacted,
    with_sealed,
    with_whole,
    without_sealed,
)
from console.core.personal import COVERED, SEALED, WHOLE, is_sealed
from console.core.pieces import is_name, piece_document
from console.core.places import complaints_place
from console.core.plain_rows import PlainRows
from console.core.records import SourceComplaint
from console.store.blob_rows import BlobRows
from console.store.database import plain
from console.store.documents import Documents
from console.store.histories import COMPLAINT, DEED, time_of
from console.store.ledger import Ledger
from console.store.outbox import Outbox
from console.store.search import VOLUME_BITS, SearchIndex

ERASE, APPLIED = "rights.delete", "rights.applied"
"""Deeds of the ledger: erased at this console, and erased here because another console asked."""
DUE = "erasing_due"
"""A note of the file: what is still to be scrubbed beside the tables (JSON)."""
_SEARCHED = ("title", "text", "address", "native_id")
_COLUMNS = ("title", "text", "address", "lat", "lon", "media_url", "extra")
_MANY = 250


class Erasing:
    """The hand that erases. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        documents: Documents,
        outbox: Outbox,
        search: SearchIndex,
        ledger: Ledger,
        *,
        clock: Clock,
        city: str,
    ) -> None:
        self._db = db
        self._documents = documents
        self._outbox = outbox
        self._search = search
        self._ledger = ledger
        self._clock = clock
        self._city = city
        self._blobs = BlobRows(db)
        self.known: dict[str, Erasure] = {}
        """By complaint, or by the mark of an item."""
        self.items: set[str] = set()
        """Marks of all items among them."""
        self.look_again()

    def look_again(self) -> None:
        """After a write that did not come to be: what is erased is what the file says."""
        self.known = {}
        self.items.clear()
        for doc, raw in self._db.execute(
            "SELECT doc.id, body FROM doc JOIN rev ON rev.doc = doc.n AND leaf = 1 AND rev.deleted = 0"
            " WHERE doc.id >= ? AND doc.id < 'erasure;' AND body IS NOT NULL",
            (ERASURE,),
        ):
            self._learn(read_erasure(doc, json.loads(raw)))

    def _learn(self, found: Erasure | None) -> bool:
        """Know of it; whether that is more than was known."""
        if found is None:
            return False
        before = self.known.get(found.complaint)
        if before is not None and before.covers(found):
            return False
        self.known[found.complaint] = found if before is None else before.with_(found)
        if is_item(found.complaint):
            self.items.add(found.complaint)
        return True

    def spared(self, records: PlainRows) -> Sequence[SourceComplaint]:
        """What a source says, without what was erased of it."""
        known = self.known
        if known.keys().isdisjoint(records.ids):
            return records
        return [blanked(each, known[each.id].fields) if each.id in known else each for each in records]

    # what is asked here, and what is heard

    def add(self, erasure: Erasure) -> Erasure:
        """Erase it, here and wherever the centre is heard; all that is erased of that complaint now."""
        self._learn(erasure)
        now = self.known[erasure.complaint]
        at = millis(erasure.at)
        winner = self._documents.winner(now.doc)
        if winner is None or winner.body != now.body():
            parent = winner.rev if winner else ""
            rev = self._documents.edit(now.doc, now.body(), parent=parent, place=self._place(now.complaint))
            self._outbox.add(now.doc, rev, now.complaint, "", at)
        self._make_true(now)
        return now

    def heard(self, docs: Sequence[str]) -> list[str]:
        """These erasures came; the complaints of which more is erased than was."""
        found = []
        for doc in docs:
            leaves = [each.body for each in self._documents.leaves(doc) if not each.deleted and each.body is not None]
            if sum(self._learn(read_erasure(doc, body)) for body in leaves):
                now = self.known[doc.removeprefix(ERASURE)]
                self._make_true(now)
                self._ledger.add(
                    APPLIED, who=now.by, subject=now.complaint, why=f"{RIGHTS}{now.case}", told=told_of(now)
                )
                found.append(now.complaint)
        return found

    def agree(self) -> None:
        """Make everything erased that ever was: a restored backup or a snapshot may be older."""
        for who, complaint, why, raw in self._db.execute(
            "SELECT who, subject, why, told FROM ledger WHERE deed IN (?, ?) ORDER BY n", (ERASE, APPLIED)
        ).fetchall():
            told = _told(who, complaint, why, raw)
            if told is not None and self._learn(told):
                self.add(told)
        for erasure in list(self.known.values()):
            if not is_item(erasure.complaint):  # of what can be fetched again no older file comes back
                self._make_true(erasure)

    def _place(self, complaint: str) -> str:
        """Where everything about that complaint lives."""
        area = plain(
            self._db.execute(
                "SELECT word.text FROM complaint JOIN word ON word.id = area WHERE complaint.id = ?", (complaint,)
            ).fetchone()
        )
        own = self._documents.place(f"{COMPLAINT}{complaint.partition(':')[2]}")
        return own or complaints_place(self._city, area or "")

    # what becomes of it

    def _make_true(self, erasure: Erasure) -> None:
        if is_item(erasure.complaint):
            self._note(erasure.complaint, [], [])  # it lies in the other file
            return
        volumes = self._row(erasure)
        names = self._history(erasure)
        own = f"{COMPLAINT}{erasure.complaint.partition(':')[2]}"
        changed = self._redact(own, erasure)
        for table in ("outbox", "outcome", "posting"):  # a refusal may quote what was refused
            self._db.execute(
                f"UPDATE {table} SET told = '{{}}' WHERE complaint = ? AND told <> '{{}}'", (erasure.complaint,)
            )
        blobs = self._pieces(names)
        if volumes or names is not None or changed:
            self._outbox.recount([erasure.complaint])
            self._note(erasure.complaint, volumes, blobs)

    def _row(self, erasure: Erasure) -> list[int]:
        """Blank the complaint's row, and take its words out of the search; the volumes of it that were touched."""
        row = self._db.execute(
            f"SELECT n, native_id, {', '.join(_COLUMNS)} FROM complaint WHERE id = ?", (erasure.complaint,)
        ).fetchone()
        if row is None:
            return []
        before: dict[str, Any] = dict(zip(("native_id", *_COLUMNS), row[1:], strict=True))
        now = dict(before)
        for name in erasure.fields & {*_COLUMNS}:
            now[name] = None if name in ("lat", "lon") else ""
        now["extra"] = without_sealed(now["extra"], erasure.fields)
        return self.rewrite(row[0], before, now)

    def rewrite(self, number: int, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[int]:
        """Give a complaint's row other words, and the search the same; the volumes that were touched."""
        if now == before:
            return []
        texts = [before[name] for name in _SEARCHED]
        searched = texts != [now[name] for name in _SEARCHED]
        if searched:
            self._search.drop(number, texts)
        self._db.execute(
            f"UPDATE complaint SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE n = ?",
            (*(now[name] for name in _COLUMNS), number),
        )
        if searched:
            self._search.add(number, number)
        return [number >> VOLUME_BITS]

    def _history(self, erasure: Erasure) -> set[str] | None:
        """Take the words out of its history and the documents of it: names of pieces of files that it told of. None
        where nothing was there to take."""
        names: set[str] = set()
        changed = False
        for deed, at, text, fields in self._db.execute(
            "SELECT id, at, text, fields FROM event WHERE complaint = ? AND deed <> 'source'", (erasure.complaint,)
        ).fetchall():
            if not erasure.reaches(deed, from_millis(at)):
                continue
            if text or fields != "{}":
                names |= _pieces_in(fields)
                self._db.execute("UPDATE event SET text = '', fields = '{}' WHERE id = ?", (deed,))
                changed = True
            changed |= self._redact(deed, erasure)
        return names if changed else None

    def spare(self, docs: Sequence[str]) -> set[str]:
        """These documents of deeds and complaints came: those of which something had to be taken out."""
        if not self.known:
            return set()
        found = set()
        names: set[str] = set()
        for doc in docs:
            for erasure, body in self._erased_in(doc):
                names |= _pieces_in(json.dumps(body.get("fields", {})))
                found |= {doc} if self._redact(doc, erasure) else set()
                self._note(erasure.complaint, [], [])
        self._note_pieces(names)
        return found

    def _note_pieces(self, names: set[str]) -> None:
        blobs = self._pieces(names) if names else []
        if blobs:
            self._note("", [], blobs)

    def _erased_in(self, doc: str) -> list[tuple[Erasure, Mapping[str, Any]]]:
        """Bodies of a document that hold what was erased."""
        found = []
        for (raw,) in self._db.execute(
            "SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND body IS NOT NULL", (doc,)
        ).fetchall():
            body = json.loads(raw)
            erasure = self._erasure_of(doc, body)
            if erasure is not None and redacted(body, erasure) is not None:
                found.append((erasure, body))
        return found

    def _erasure_of(self, doc: str, body: Mapping[str, Any]) -> Erasure | None:
        """The erasure that reaches what this body says."""
        named = body.get("id") if doc.startswith(COMPLAINT) else body.get("complaint")
        erasure = self.known.get(named) if isinstance(named, str) else None
        if erasure is None or doc.startswith(COMPLAINT):
            return erasure
        return erasure if erasure.reaches(doc, _at(body)) else None

    def _redact(self, doc: str, erasure: Erasure) -> bool:
        """A revision without it above each open end, and no body with it anywhere; whether there was any."""
        rows = self._db.execute(
            "SELECT rev.n, generation || '-' || hash, body, rev.deleted, leaf AND NOT aside FROM rev"
            " JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND body IS NOT NULL",
            (doc,),
        ).fetchall()
        changed = False
        for number, rev, raw, deleted, leaf in rows:
            body = json.loads(raw)
            if self._erasure_of(doc, body) is None:
                continue
            left = redacted(body, erasure)
            if left is None:
                continue
            changed = True
            if leaf:
                newer = self._documents.edit(doc, left, parent=rev, deleted=bool(deleted))
                command = doc.removeprefix(DEED) if doc.startswith(DEED) else ""
                self._outbox.add(doc, newer, erasure.complaint, command, millis(self._clock.now()))
            self._forget(number, doc, rev)
        return changed

    def _forget(self, number: int, doc: str, rev: str) -> None:
        """From now on that revision is known by its name alone: it is not offered any more, the one above it is."""
        self._db.execute("UPDATE rev SET body = NULL WHERE n = ?", (number,))
        self._db.execute("DELETE FROM outbox WHERE doc = ? AND rev = ?", (doc, rev))

    def forget_below(self, doc: str) -> bool:
        """Let go of what all but the open ends of a document said; whether there was any."""
        rows = self._db.execute(
            "SELECT rev.n, generation || '-' || hash FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ?"
            " AND leaf = 0 AND body IS NOT NULL",
            (doc,),
        ).fetchall()
        for number, rev in rows:
            self._forget(number, doc, rev)
        return bool(rows)

    def _pieces(self, names: set[str] | None) -> list[str]:
        """Those of these pieces that no file of another complaint is made of: they are no longer known to be here, and
        the centre is told to drop them."""
        alone = [
            name
            for name in sorted(names or ())
            if self._db.execute(
                "SELECT 1 FROM event WHERE deed = 'attach' AND instr(fields, ?) LIMIT 1", (name,)
            ).fetchone()
            is None
        ]
        self._blobs.forget(alone)
        for name in alone:
            doc = piece_document(name)
            winner = self._documents.winner(doc)
            if winner is not None and not winner.deleted:
                rev = self._documents.edit(doc, {"type": "piece"}, parent=winner.rev, deleted=True)
                self._outbox.add(doc, rev, "", "", millis(self._clock.now()))
        return alone

    # what lies beside the tables

    def _note(self, complaint: str, volumes: Sequence[int], blobs: Sequence[str]) -> None:
        due = self.due()
        named: Mapping[str, Sequence[Any]] = {
            "complaints": [complaint] if complaint else [],
            "volumes": volumes,
            "blobs": blobs,
        }
        joined = {name: sorted({*due.get(name, ()), *more}) for name, more in named.items()}
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (DUE, json.dumps(joined)))

    def due(self) -> dict[str, list[Any]]:
        """What is still to be scrubbed; {} where nothing is."""
        raw = plain(self._db.execute("SELECT value FROM meta WHERE name = ?", (DUE,)).fetchone())
        return json.loads(raw) if raw else {}

    def corrected(self, docs: Sequence[str]) -> list[str]:
        """What of these complaints stands anew in their documents, into their rows; no older body stays. The
        complaints whose row changed."""
        found = []
        for doc in docs:
            winner = self._documents.winner(doc)
            body = winner.body if winner is not None and not winner.deleted else None
            names = body.get(CORRECTED) if body else None
            if not body or not isinstance(names, list) or not isinstance(body.get("id"), str):
                continue
            complaint = body["id"]
            volumes = self._right(complaint, {name: body.get(name) for name in names if isinstance(name, str)})
            if self.forget_below(doc) or volumes:
                self._outbox.recount([complaint])
                self._note(complaint, volumes, [])
                found.append(complaint)
        return found

    def _right(self, complaint: str, told: Mapping[str, Any]) -> list[int]:
        """These values into the complaint's row; the volumes of the search that were touched."""
        row = self._db.execute(
            f"SELECT n, native_id, {', '.join(_COLUMNS)} FROM complaint WHERE id = ?", (complaint,)
        ).fetchone()
        if row is None:
            return []
        gone = self.known[complaint].fields if complaint in self.known else frozenset()
        before: dict[str, Any] = dict(zip(("native_id", *_COLUMNS), row[1:], strict=True))
        now = dict(before)
        now |= {name: value for name, value in told.items() if name in COVERED and isinstance(value, str)}
        sealed = {name: value for name, value in told.items() if name in SEALED and is_sealed(value)}
        # Words and the whole of them are one: where new ones stand no older whole stays.
        for field, whole in WHOLE.items():
            if field in told:
                sealed[whole] = value if is_sealed(value := told.get(whole)) else ""
        now["extra"] = with_sealed(
            before["extra"], {name: sealed[name] for name in sealed if name not in with_whole(gone)}
        )
        now |= {name: before[name] for name in COVERED if name in gone}
        return self.rewrite(row[0], before, now)

    def scrubbed(self) -> None:
        """Nothing is left of it beside the tables."""
        self._db.execute("DELETE FROM meta WHERE name = ?", (DUE,))


def told_of(erasure: Erasure) -> dict[str, Any]:
    """What the ledger tells of it: enough to do it again on a store that is older."""
    return {
        "fields": sorted(erasure.fields),
        "history": erasure.history,
        "deeds": sorted(erasure.deeds),
        "at": erasure.at.isoformat(),
    }


def _told(who: str, complaint: str, why: str, raw: str) -> Erasure | None:
    """The erasure a row of the ledger tells of."""
    try:
        told = json.loads(raw)
    except ValueError:
        return None
    body = {"type": "erasure", "complaint": complaint, "by": who, "case": why.removeprefix(RIGHTS)}
    return read_erasure(ERASURE + complaint, {**body, **told}) if isinstance(told, dict) else None


def _pieces_in(fields: str) -> set[str]:
    """Names of bytes that a deed's fields speak of."""
    try:
        told = json.loads(fields)
    except ValueError:
        return set()
    if not isinstance(told, dict):
        return set()
    pieces = told.get("pieces")
    found = [*(pieces if isinstance(pieces, list) else ()), told.get("thumb"), told.get("sha256")]
    return {each for each in found if isinstance(each, str) and is_name(each)}


def _at(body: Mapping[str, Any]) -> datetime:
    """When a deed was done by its own word; the oldest time of all where it does not say."""
    at = time_of(body)
    return from_millis(0 if at is None else at)
