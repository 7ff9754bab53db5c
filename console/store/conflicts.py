"""Documents with several open versions that no rule settles, as values: who wrote what, and what is in question."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.core.clock import from_millis
from console.core.merge import Mark
from console.core.records import ComplaintId, Conflict, Version
from console.store.casebook import open_fields
from console.store.cases import CASE
from console.store.histories import time_of
from console.store.lineage import Leaf, Lineage
from console.store.rows import instant

_WAITING = (
    "SELECT doc.id, conflict.at, coalesce(complaint.title, '') FROM conflict JOIN doc ON doc.n = conflict.doc"
    " LEFT JOIN complaint ON complaint.id = substr(doc.id, 6)"
)
_ASIDE = frozenset({"type", "complaint", "by", "at", "native_state", "merged", "alike"})
"""Fields that are no word about the complaint."""


def conflicts(db: sqlite3.Connection, limit: int) -> list[Conflict]:
    """Those that wait, the oldest first."""
    rows = db.execute(f"{_WAITING} ORDER BY conflict.at, doc.id LIMIT ?", (limit,)).fetchall()
    return [found for row in rows if (found := _conflict(db, *row)) is not None]


def conflict(db: sqlite3.Connection, doc: str) -> Conflict | None:
    """The one of that document, None where nothing of it is in question."""
    row = db.execute(f"{_WAITING} WHERE doc.id = ?", (doc,)).fetchone()
    return None if row is None else _conflict(db, *row)


def among(db: sqlite3.Connection, complaints: Sequence[str]) -> frozenset[str]:
    """Those of these complaints whose case has versions that wait. A page of the queue asks this: nothing is looked up
    while no conflict waits at all, as is usual."""
    if not complaints or db.execute("SELECT 1 FROM conflict LIMIT 1").fetchone() is None:
        return frozenset()
    cases = [f"{CASE}{complaint}" for complaint in complaints]
    rows = db.execute(
        "SELECT substr(doc.id, 6) FROM doc WHERE EXISTS (SELECT 1 FROM conflict WHERE conflict.doc = doc.n)"
        f" AND doc.id IN ({','.join('?' * len(cases))})",
        cases,
    )
    return frozenset(row[0] for row in rows)


def _conflict(db: sqlite3.Connection, doc: str, at: int, title: str) -> Conflict | None:
    line = Lineage(db, doc)
    if len(line.leaves) < 2:
        return None
    return Conflict(
        doc=doc,
        complaint=ComplaintId(doc.removeprefix(CASE)),
        title=title,
        since_at=from_millis(at),
        versions=tuple(_version(leaf) for leaf in line.leaves),
        base=_words(line.base or {}),
        fields=open_fields(line),
    )


def _version(leaf: Leaf) -> Version:
    by = leaf.body.get("by", "")
    return Version(leaf.rev, by if isinstance(by, str) else "", _at(leaf.body), _words(leaf.body), leaf.held)


def _words(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _ASIDE and not isinstance(value, Mark)}


def _at(body: Mapping[str, Any]) -> datetime | None:
    return instant(time_of(body))
