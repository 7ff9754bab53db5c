"""The outbox as people see it: a row per document, with what waits of it, how old, and why it is not sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from console.core.clock import from_millis
from console.core.records import ComplaintId, OutboxRow, OutboxSummary, Waiting
from console.store.rows import instant

_ONE = "outbox.n, doc, rev, complaint, command, outbox.at, refused, told, tries, tried_at, withdrawn_at, via"
_PEOPLES = "doc NOT GLOB 'canary:*' AND doc NOT GLOB 'ledger:*'"
"""What somebody did. By its canary a console knows the centre again (GOALS R16), by its heads the ledger is proved;
nobody waits for those."""
_FIRST = (
    f"SELECT doc FROM outbox AS mine WHERE {_PEOPLES} AND NOT EXISTS (SELECT 1 FROM outbox AS older"
    " WHERE older.doc = mine.doc AND older.n < mine.n) ORDER BY n LIMIT ?"
)
_MANY = 250


def summary(db: sqlite3.Connection, step_ms: int = 1) -> OutboxSummary:
    """How much waits and since when, down to a whole `step_ms`. What no command made (a merge, what was brought) counts
    once per document."""
    one = "iif(command = '', doc, command)"
    waiting, oldest, refused = db.execute(
        f"SELECT count(DISTINCT iif(refused = '', {one}, NULL)), min(iif(refused = '', at, NULL)) / ?1 * ?1,"
        f" count(DISTINCT iif(refused <> '', {one}, NULL)) FROM outbox WHERE withdrawn_at IS NULL AND {_PEOPLES}",
        (step_ms,),
    ).fetchone()
    return OutboxSummary(waiting, instant(oldest), refused)


def rows(db: sqlite3.Connection, limit: int) -> list[OutboxRow]:
    """Documents with the oldest change first. What waits and what was withdrawn of one document are two rows."""
    docs = [row[0] for row in db.execute(_FIRST, (limit,))]
    found = [each for start in range(0, len(docs), _MANY) for each in _of(db, docs[start : start + _MANY])]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])][:limit]


def of(db: sqlite3.Connection, doc: str) -> list[OutboxRow]:
    """The rows of one document."""
    return [each for _, each in _of(db, [doc])]


def _of(db: sqlite3.Connection, docs: Sequence[str]) -> Iterable[tuple[int, OutboxRow]]:
    marks = ",".join("?" * len(docs))
    order = "doc, withdrawn_at IS NOT NULL, outbox.n"
    found = db.execute(f"SELECT {_ONE} FROM outbox WHERE doc IN ({marks}) ORDER BY {order}", docs).fetchall()
    for _, some in groupby(found, lambda row: (row[1], row[10] is not None)):
        changes = list(some)
        yield changes[0][0], _row(db, changes)


def _row(db: sqlite3.Connection, changes: Sequence[Sequence[Any]]) -> OutboxRow:
    last = changes[-1]
    doc, rev, complaint = last[1:4]
    commands = list(dict.fromkeys(each[4] for each in changes))
    state = Waiting.REFUSED if last[6] else Waiting.WAITING
    if last[10] is not None:
        state = Waiting.WITHDRAWN
    title = db.execute(
        "SELECT title FROM complaint WHERE id = ?1 UNION ALL"
        " SELECT name FROM person WHERE id = substr(?2, 8) AND ?2 GLOB 'person:*'",
        (complaint, doc),
    ).fetchone()
    return OutboxRow(
        doc=doc,
        rev=rev,
        complaint=ComplaintId(complaint),
        title=title[0] if title else "",
        deeds=tuple(_deed(db, command) for command in commands),
        by=_by(db, doc, rev),
        since_at=from_millis(min(each[5] for each in changes)),
        changes=len(changes),
        state=state,
        says=last[6],
        values=json.loads(last[7]),
        tried_at=instant(max((each[9] for each in changes if each[9] is not None), default=None)),
        tries=max(each[8] for each in changes),
        via=next((each[11] for each in changes if each[11]), ""),
    )


def _deed(db: sqlite3.Connection, command: str) -> str:
    row = db.execute("SELECT deed FROM event WHERE command = ?", (command,)).fetchone() if command else None
    return row[0] if row else ""


def _by(db: sqlite3.Connection, doc: str, rev: str) -> str:
    head, _, tail = rev.partition("-")
    row = db.execute(
        "SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND generation = ? AND hash = ?",
        (doc, int(head), tail),
    ).fetchone()
    by = json.loads(row[0]).get("by", "") if row and row[0] else ""
    return by if isinstance(by, str) else ""
