"""The history of complaints as values: who did what, what is withdrawn, what the centre does not hold yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from console.core.clock import from_millis
from console.core.forwarding import DEEDS as FORWARDING
from console.core.lifecycle import Deed
from console.core.records import ComplaintId, Event
from console.store.tallies import names

_EVENT = (
    "SELECT id, complaint, deed, at, by, text, before, after, fields, command,"
    " EXISTS (SELECT 1 FROM outbox WHERE outbox.doc = event.id AND withdrawn_at IS NULL),"
    " command <> '' AND EXISTS (SELECT 1 FROM event AS later WHERE later.undoes = event.command) FROM event"
)
_FINAL = frozenset({Deed.RECORD, Deed.UNDO, Deed.WITHDRAW, *FORWARDING})
_BACK = 100
"""How far back one's own deeds are looked at for one that can be taken back."""


def events_of(db: sqlite3.Connection, complaint: str) -> list[Event]:
    """The history of a complaint, oldest first."""
    return [_event(row) for row in db.execute(f"{_EVENT} WHERE complaint = ? ORDER BY n", (complaint,))]


def last_undoable(db: sqlite3.Connection, by: str) -> Event | None:
    """The newest deed of that person that still holds and that nobody has built on."""
    rows = db.execute(f"{_EVENT} WHERE by = ? AND command <> '' ORDER BY n DESC LIMIT {_BACK}", (by,)).fetchall()
    for row in rows:
        event = _event(row)
        if event.deed in _FINAL or event.undone:
            continue
        held = [each for each in events_of(db, event.complaint) if _holds(each)]
        if held and held[-1].id == event.id:
            return event
    return None


def _holds(event: Event) -> bool:
    return event.command != "" and event.deed != Deed.UNDO and not event.undone


def _event(row: Sequence[Any]) -> Event:
    return Event(
        id=row[0],
        complaint=ComplaintId(row[1]),
        deed=row[2],
        at=from_millis(row[3]),
        by=row[4],
        text=row[5],
        before=None if row[6] is None else names(row[6]),
        after=None if row[7] is None else names(row[7]),
        fields=json.loads(row[8]),
        command=row[9],
        pending=bool(row[10]),
        undone=bool(row[11]),
    )
