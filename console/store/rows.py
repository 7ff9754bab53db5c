"""Rows of the read model as the values panels know."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Any

from console.core.clock import from_millis
from console.core.records import UNTOUCHED, Complaint, ComplaintId, QueueRow
from console.store.tallies import names
from console.store.words import Words

COMPLAINT = (
    "id, source, native_id, native_state, state, title, text, category, agency, address, lat, lon, area, opd, holder,"
    " duplicate_of, requested_at, updated_at, expected_at, zone_assumed, media_url, received_at, touched_at, pending,"
    " extra"
)
_REV = (
    ", coalesce((SELECT generation || '-' || hash FROM doc JOIN rev ON rev.n = doc.winner"
    f" WHERE doc.id = 'case:' || complaint.id), '{UNTOUCHED}')"
)
"""Revision of its case, asked for only where one complaint is drawn."""
QUEUE = "n, id, state, title, area, opd, category, holder, requested_at, expected_at, pending, native_state"


def instant(ms: int | None) -> datetime | None:
    """The instant of stored milliseconds."""
    return None if ms is None else from_millis(ms)


def complaint(row: tuple[Any, ...], words: Words) -> Complaint:
    """A complaint of a row of `COMPLAINT`."""
    return Complaint(
        id=ComplaintId(row[0]),
        source=words.text(row[1]),
        native_id=row[2],
        native_state=row[3],
        state=names(row[4]),
        title=row[5],
        text=row[6],
        category=words.text(row[7]),
        agency=row[8],
        address=row[9],
        lat=row[10],
        lon=row[11],
        area=words.text(row[12]),
        opd=words.text(row[13]),
        holder=words.text(row[14]),
        duplicate_of=row[15],
        requested_at=from_millis(row[16]),
        updated_at=instant(row[17]),
        expected_at=instant(row[18]),
        zone_assumed=bool(row[19]),
        media_url=row[20],
        received_at=from_millis(row[21]),
        touched_at=instant(row[22]),
        pending=row[23],
        extra=row[24],
        rev=row[25] if len(row) > 25 else "",
    )


def queue_row(row: tuple[Any, ...], words: Words, disputed: Collection[str] = ()) -> QueueRow:
    """A line of the queue of a row of `QUEUE`; `disputed` are complaints with versions that wait for a person."""
    text = words.text
    return QueueRow(
        row[0],
        row[1],
        names(row[2]),
        row[3],
        text(row[4]),
        text(row[5]),
        text(row[6]),
        text(row[7]),
        row[8],
        row[9],
        row[10],
        row[11],
        row[1] in disputed,
    )


def one_complaint(db: sqlite3.Connection, words: Words, which: str) -> Complaint | None:
    """The complaint of that id."""
    row = db.execute(f"SELECT {COMPLAINT}{_REV} FROM complaint WHERE id = ?", (which,)).fetchone()
    return complaint(row, words) if row else None
