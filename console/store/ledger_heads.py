"""Heads of ledgers: how far a console's chain goes and with which hash, as documents in the shared place.

What the centre holds of them is the anchor: a tail that is cut off, or a chain written anew from some row on, no longer
fits a head that was handed over before. A head's name holds its number and the begin of its hash, so that no second end
of a chain can take the place of the first: both stand, and both are seen.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console.core.clock import Clock, from_millis, millis
from console.store.database import plain
from console.store.ledger import WITNESSED, Ledger

HEAD = "ledger:"
"""Begins the names of their documents."""
TYPE = "ledger_head"
EVERY = timedelta(minutes=10)
"""A head is made so often at most, and never while the one before still waits to be sent."""
_ID = re.compile(r"ledger:([0-9a-z-]{1,80}):([0-9]{1,15}):([0-9a-f]{16})")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHORT = 16
_META = "ledger_head"


@dataclass(frozen=True, slots=True)
class Head:
    """One end of one chain, as it was told."""

    console: str
    n: int
    hash: str
    at: int
    """When it was told, by that console's clock, in ms."""
    doc: str = ""
    held: bool = False
    """Whether the centre is known to hold it."""
    sound: bool = True
    """False where the document does not say what its name says."""

    @property
    def body(self) -> dict[str, Any]:
        """What its document says."""
        return {"type": TYPE, "console": self.console, "n": self.n, "hash": self.hash, "at": self.at}


def doc_of(console: str, n: int, digest: str) -> str:
    """Name of a head's document."""
    return f"{HEAD}{console}:{n}:{digest[:_SHORT]}"


def due(db: sqlite3.Connection, ledger: Ledger, console: str, clock: Clock) -> Head | None:
    """The head that is to be told now, None where none is: nothing was added, one was told a short while ago, or the
    last one still waits."""
    n, digest = ledger.end()
    if n == 0:
        return None
    told = json.loads(plain(db.execute("SELECT value FROM meta WHERE name = ?", (_META,)).fetchone()) or "{}")
    now = clock.now()
    if told.get("console") == console:
        if told.get("hash") == digest or _only_witnessed(db, int(told.get("n", 0)), str(told.get("hash", ""))):
            return None
        if abs(now - from_millis(int(told["at"]))) < EVERY:
            return None
        waits = "SELECT 1 FROM outbox WHERE doc >= ? AND doc < ? AND withdrawn_at IS NULL AND refused = '' LIMIT 1"
        first = f"{HEAD}{console}:"
        if db.execute(waits, (first, first[:-1] + ";")).fetchone():
            return None
    return Head(console, n, digest, millis(now), doc_of(console, n, digest))


def _only_witnessed(db: sqlite3.Connection, after: int, digest: str) -> bool:
    """Whether that row still stands and nothing came after it but heads of others. That alone is told to nobody: two
    idle consoles would wake each other for ever."""
    if db.execute("SELECT 1 FROM ledger WHERE n = ? AND hash = ?", (after, digest)).fetchone() is None:
        return False  # an older store was brought back: that is news
    other = "SELECT 1 FROM ledger WHERE n > ? AND deed <> ? LIMIT 1"
    return db.execute(other, (after, WITNESSED)).fetchone() is None


def remember(db: sqlite3.Connection, head: Head) -> None:
    """It was told. The caller holds the transaction."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, json.dumps(head.body)))


def known(db: sqlite3.Connection) -> list[Head]:
    """Every head this store knows of, its own and those of others; by console and number."""
    rows = db.execute(
        "SELECT doc.id, rev.body, rev.held, rev.deleted FROM doc JOIN rev ON rev.doc = doc.n"
        " WHERE doc.id >= ? AND doc.id < ? AND rev.leaf = 1 ORDER BY doc.id",
        (HEAD, HEAD[:-1] + ";"),
    )
    return sorted(of_rows(rows), key=lambda head: (head.console, head.n, head.hash))


def since(db: sqlite3.Connection, console: str, least: int) -> list[Head]:
    """Heads of one console from row `least` on: of years of older ones only the names are looked at."""
    first = f"{HEAD}{console}:"
    rows = db.execute(
        "SELECT doc.id, rev.body, rev.held, rev.deleted FROM doc JOIN rev ON rev.doc = doc.n WHERE rev.leaf = 1"
        " AND doc.id >= ?1 AND doc.id < ?2 AND CAST(substr(doc.id, ?3) AS INTEGER) >= ?4",
        (first, f"{first[:-1]};", len(first) + 1, least),
    )
    return sorted((_head(*row) for row in rows), key=lambda head: (head.n, head.hash))


def of_rows(rows: Iterable[tuple[str, str | None, int, int]]) -> list[Head]:
    """Heads out of documents as they are stored: name, body, held, deleted."""
    return [_head(*row) for row in rows]


def sound_end(console: Any, n: Any, digest: Any, at: Any) -> Head | None:
    """A head of these parts, None where they are none."""
    return _said({"console": console, "n": n, "hash": digest, "at": at}, False)


def of_file(told: Any) -> list[Head]:
    """Heads out of a list of JSON objects, as `audit heads --json` writes them; what is none is left out."""
    heads = told.get("heads") if isinstance(told, dict) else told
    found = [_said(each, True) for each in heads if isinstance(each, dict)] if isinstance(heads, list) else []
    return [head for head in found if head is not None]


def of_documents(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Head]:
    """Heads out of documents by their names, as a centre hands them out."""
    return [_head(doc, json.dumps(dict(body)), 1, 0) for doc, body in documents if doc.startswith(HEAD)]


def _head(doc: str, body: str | None, held: int, deleted: int) -> Head:
    named = _ID.fullmatch(doc)
    said: Any = None
    try:
        said = json.loads(body) if body and not deleted else None
    except ValueError:
        said = None
    head = _said(said, bool(held)) if isinstance(said, dict) else None
    if named is None:
        return Head(doc[len(HEAD) :].partition(":")[0], 0, "", 0, doc, bool(held), sound=False)
    console, n, short = named[1], int(named[2]), named[3]
    if head is None or (head.console, head.n, head.hash[:_SHORT]) != (console, n, short):
        # What its name says is what was told first; what it says now is somebody else's.
        return Head(console, n, short, head.at if head else 0, doc, bool(held), sound=False)
    return Head(console, n, head.hash, head.at, doc, bool(held))


def _said(said: Mapping[str, Any], held: bool) -> Head | None:
    console, n, digest, at = said.get("console"), said.get("n"), said.get("hash"), said.get("at")
    if not isinstance(console, str) or not isinstance(digest, str) or not _HASH.fullmatch(digest):
        return None
    if not isinstance(n, int) or not isinstance(at, int) or isinstance(n, bool) or n < 1:
        return None
    return Head(console, n, digest, at, doc_of(console, n, digest), held)
