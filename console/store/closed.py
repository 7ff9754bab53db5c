"""A console that is closed: too long without its centre, or said to be lost. What is personal is then not read here.

    closed ─► a note of the file ─► readers give out no words, names, places, files; deeds that wait stay, and are sent
    a centre that answers again, or the city's recovery code ─► open

It is a cover over what the program reads, for who uses the program; the file itself stays as it is, so that nothing
asked is lost. What makes the sealed fields unreadable, for who takes the disk too, is that the city's key is let go of
at the same time (sync/offline.py). A document `console_lost:<console>` in the shared place says that one is lost.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from console.core.clock import Clock, from_millis, millis
from console.core.errors import Refused
from console.core.places import is_shared
from console.core.records import Complaint, Conflict, Event, HubState, OutboxRow, QueueRow, Refusal
from console.store.database import plain
from console.store.documents import Documents
from console.store.ledger import Ledger
from console.store.outbox import Outbox

OFFLINE, LOST = "offline", "lost"
DOC = "console_lost:"
"""Begins the names of the documents that say that a console is lost."""
TYPE = "console_lost"
_CLOSED, _CONTACT, _SEEN, _OVERRULED = "closed", "contact_at", "seen_at", "lost_overruled"
"""Notes of the file."""


@dataclass(frozen=True, slots=True)
class Closed:
    """That a console is closed."""

    why: str
    """`OFFLINE` or `LOST`."""
    at: datetime

    @property
    def says(self) -> str:
        """Phrase key of why."""
        return f"closed.{self.why}"


def closed(db: sqlite3.Connection) -> Closed | None:
    """Whether the console is closed, None where it is open."""
    raw = _note(db, _CLOSED)
    if not raw:
        return None
    told = json.loads(raw)
    return Closed(str(told["why"]), from_millis(int(told["at"])))


def refuse_closed(db: sqlite3.Connection) -> None:
    """Raise `Refused` where the console is closed."""
    found = closed(db)
    if found is not None:
        raise Refused(found.says)


def contact_at(db: sqlite3.Connection) -> datetime | None:
    """When the centre last answered, or since when that is counted; None before there was any."""
    raw = _note(db, _CONTACT)
    return from_millis(int(raw)) if raw else None


def seen_at(db: sqlite3.Connection) -> datetime | None:
    """The latest time since then: a clock that is set back later makes it no earlier."""
    raw = _note(db, _SEEN)
    return from_millis(int(raw)) if raw else None


def lost(db: sqlite3.Connection, console: str) -> str:
    """Revision that says that this console is lost, "" where none does, or a person at it proved otherwise since."""
    row = db.execute(
        "SELECT generation || '-' || hash, body, word.text FROM doc JOIN rev ON rev.n = doc.winner"
        " LEFT JOIN word ON word.id = doc.place WHERE doc.id = ? AND doc.deleted = 0",
        (f"{DOC}{console}",),
    ).fetchone()
    if row is None or row[1] is None or not is_shared(row[2] or ""):
        return ""
    body = json.loads(row[1])
    named = isinstance(body, Mapping) and body.get("type") == TYPE and body.get("console") == console
    if not named or body.get("found_at") is not None or _note(db, _OVERRULED) == row[0]:
        return ""
    return str(row[0])


def consoles(db: sqlite3.Connection) -> list[str]:
    """Names of all consoles whose ledgers told of themselves here."""
    rows = db.execute(
        "SELECT DISTINCT substr(id, 8, instr(substr(id, 8), ':') - 1) FROM doc WHERE id GLOB 'ledger:*:*'"
    )
    return sorted(row[0] for row in rows)


def _note(db: sqlite3.Connection, name: str) -> str:
    return str(plain(db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()) or "")


class Shutter:
    """The hand that closes and opens. One connection, one thread; the caller holds the transaction."""

    def __init__(
        self, db: sqlite3.Connection, documents: Documents, outbox: Outbox, ledger: Ledger, clock: Clock, *, place: str
    ) -> None:
        self._db = db
        self._documents = documents
        self._outbox = outbox
        self._ledger = ledger
        self._clock = clock
        self._place = place

    def close(self, why: str) -> None:
        """From now on nothing personal is read here."""
        told = json.dumps({"why": why, "at": millis(self._clock.now())})
        self._put(_CLOSED, told)
        self._ledger.add("console.closed", who="", why=f"closed.{why}")

    def open(self, how: str, *, who: str = "", console: str = "") -> None:
        """It is read again. With the name of the `console`, also what says that it is lost is overruled: whoever has
        the recovery code has the city's data."""
        self._db.execute("DELETE FROM meta WHERE name = ?", (_CLOSED,))
        rev = lost(self._db, console) if console else ""
        if rev:
            self._put(_OVERRULED, rev)
        self._ledger.add("console.opened", who=who, why=f"closed.by.{how}")

    def contact(self, at: datetime) -> None:
        """The centre answered then. From here on time is counted anew, also where the clock had been far ahead."""
        self._put(_CONTACT, str(millis(at)))
        self.seen(at)

    def seen(self, at: datetime) -> None:
        """It is that late by now."""
        self._put(_SEEN, str(millis(at)))

    def tell_lost(self, console: str, *, who: str, session: str, found: bool = False) -> None:
        """Say of a console that it is lost, or that it was found. Raises `Refused` where that is said already."""
        doc = f"{DOC}{console}"
        winner = self._documents.winner(doc)
        body = winner.body if winner is not None and not winner.deleted else None
        stands = body is not None and body.get("found_at") is None
        if stands is not found:
            raise Refused("closed.not_lost" if found else "closed.lost_already")
        at = from_millis(millis(self._clock.now())).isoformat()
        told = {"type": TYPE, "console": console, "by": who, "at": at, "found_at": at if found else None}
        rev = self._documents.edit(doc, told, parent=winner.rev if winner is not None else "", place=self._place)
        self._outbox.add(doc, rev, "", "", millis(self._clock.now()))
        deed = "console.found" if found else "console.lost"
        self._ledger.add(deed, who=who, session=session, subject=f"console:{console}")

    def _put(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


# What is given out in the place of what was read.


def bare_row(row: QueueRow) -> QueueRow:
    """A line of the queue without words and names."""
    return row._replace(title="", holder="")


def bare_complaint(found: Complaint) -> Complaint:
    """A complaint without words, names, places and pictures."""
    bare = replace(found, title="", text="", address="", lat=None, lon=None)
    return replace(bare, media_url="", extra="", holder="")


def bare_event(event: Event) -> Event:
    """An entry of a history without words and names."""
    return replace(event, by="", text="", fields={})


def bare_conflict(found: Conflict) -> Conflict:
    """A conflict without title and names."""
    versions = tuple(replace(each, by="", fields=_nameless(each.fields)) for each in found.versions)
    return replace(found, title="", versions=versions, base=_nameless(found.base))


def bare_waiting(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Rows of the outbox without titles and names."""
    return [replace(row, title="", by="") for row in rows]


def bare_hub(state: HubState) -> HubState:
    """How we stand with the centre, without titles."""
    return replace(state, questions=tuple(replace(each, titles=()) for each in state.questions))


def bare_refusal(refusal: Refusal) -> Refusal:
    """Why a record was not taken, without the record."""
    return replace(refusal, raw="", values={})


def _nameless(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in ("holder", "by")}
