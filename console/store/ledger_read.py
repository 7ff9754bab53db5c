"""Questions to the ledger, each answered from an index: a page of a filter by key, who and what there is, its end.

A page names the row it goes on before, so a million rows cost no more than a hundred; nothing is ever counted or
skipped. Each row says whether it still fits its hash.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis
from console.core.erasure import RIGHTS
from console.core.records import LedgerEntry, LedgerFilter, LedgerPage, LedgerState, Reveal
from console.store.database import plain
from console.store.ledger import COLUMNS, LedgerRow, digest
from console.store.ledger_check import any_text, check, is_told
from console.store.ledger_heads import since

PAGE = 100
TAIL = 1000
"""So many of the last rows are looked through whenever somebody opens the ledger; a whole look is `audit verify`."""
REVEAL = "reveal"
_HOUR_MS = 3_600_000
WITHIN_MS = 7 * 86_400_000
"""A deed of the same person on the same complaint that near makes a reveal part of a case."""
_MOST_NAMES = 500


def page(db: sqlite3.Connection, asked: LedgerFilter, before: int | None = None, limit: int = PAGE) -> LedgerPage:
    """The newest rows of a filter, or those below row `before`."""
    where, values, index = _where(asked)
    if before is not None:
        where.append("n < ?")
        values.append(before)
    span = _span(db, asked)
    if span is None:
        return LedgerPage((), more=False)
    where += ["n >= ?", "n <= ?"]
    values += span
    inner = f"SELECT n FROM ledger {index} WHERE {' AND '.join(where)} ORDER BY n DESC LIMIT ?"
    query = f"SELECT {COLUMNS} FROM ledger WHERE n IN ({inner}) ORDER BY n DESC"
    with any_text(db, "replace"):
        found = db.execute(query, (*values, limit + 1)).fetchall()
    rows = [LedgerRow._make(row) for row in found]
    return LedgerPage(tuple(_entry(row) for row in rows[:limit]), more=len(rows) > limit)


def _where(asked: LedgerFilter) -> tuple[list[str], list[Any], str]:
    where, values = ["1"], []
    for name in ("who", "deed"):
        value = getattr(asked, name)
        if value is not None:
            where.append(f"{name} = ?")
            values.append(value)
    for at, sign in ((asked.since, ">="), (asked.until, "<")):
        if at is not None:
            where.append(f"at {sign} ?")
            values.append(millis(at))
    index = "NOT INDEXED"
    if asked.who is not None:
        index = "INDEXED BY ledger_who"
    elif asked.deed is not None:
        index = "INDEXED BY ledger_deed"
    return where, values, index


def _span(db: sqlite3.Connection, asked: LedgerFilter) -> tuple[int, int] | None:
    """Numbers between which rows of these times stand; a clock that was set may put others among them."""
    if asked.since is None and asked.until is None:
        return -(1 << 62), 1 << 62
    low = millis(asked.since) if asked.since is not None else -(1 << 62)
    high = millis(asked.until) if asked.until is not None else 1 << 62
    first, last = db.execute(
        "SELECT min(n), max(n) FROM ledger INDEXED BY ledger_at WHERE at >= ? AND at < ?", (low, high)
    ).fetchone()
    return None if first is None else (int(first), int(last))


def names(db: sqlite3.Connection, column: str) -> list[str]:
    """Who stands in it ("who"), or what was done ("deed"), each once: a step along the index for each."""
    index = {"who": "ledger_who", "deed": "ledger_deed"}[column]
    rows = db.execute(
        f"WITH RECURSIVE each (it) AS (SELECT min({column}) FROM ledger INDEXED BY {index} UNION ALL"
        f" SELECT (SELECT min({column}) FROM ledger INDEXED BY {index} WHERE {column} > it) FROM each"
        f" WHERE it IS NOT NULL) SELECT it FROM each WHERE it IS NOT NULL LIMIT {_MOST_NAMES}"
    ).fetchall()
    return [str(row[0]) for row in rows]


def state(db: sqlite3.Connection) -> LedgerState:
    """Its end, and what a look through its last rows and at the heads of those came to."""
    last = db.execute("SELECT n, at, hash FROM ledger ORDER BY n DESC LIMIT 1").fetchone()
    console = str(plain(db.execute("SELECT value FROM meta WHERE name = 'console'").fetchone()) or "")
    start = max(1, (int(last[0]) if last else 0) - TAIL + 1)
    verdict = check(db, since(db, console, start), console=console, start=start)
    return LedgerState(
        last=int(last[0]) if last else 0,
        at=_instant(last[1]) if last else None,
        hash=str(last[2]) if last else "",
        looked=verdict.rows,
        breaks=tuple(each.fault for each in verdict.breaks),
        anchored=verdict.anchored,
        anchored_at=_instant(verdict.anchored_at or None),
    )


def reveals(db: sqlite3.Connection, first: datetime | None = None, until: datetime | None = None) -> list[Reveal]:
    """Sealed values somebody opened from `first` on, the oldest first, and whether he had anything to do with the
    complaint then."""
    found: list[LedgerEntry] = []
    before: int | None = None
    while True:
        some = page(db, LedgerFilter(deed=REVEAL, since=first, until=until), before, 1000)
        found += some.entries
        if not some.more:
            break
        before = some.entries[-1].n
    return [Reveal(each, cased=_cased(db, each)) for each in reversed(found)]


def _cased(db: sqlite3.Connection, entry: LedgerEntry) -> bool:
    at = millis(entry.at)
    if entry.why.startswith(RIGHTS):
        # A person asked for what is held of them: that stands in the ledger too, and a reason that only looks so does
        # not. It is entered by the same hand within the hour before.
        case = "SELECT 1 FROM ledger WHERE deed IN ('rights.find', 'rights.export') AND why = ? AND who = ?"
        if db.execute(f"{case} AND at BETWEEN ? AND ?", (entry.why, entry.who, at - _HOUR_MS, at)).fetchone():
            return True
    near = "complaint = ? AND by = ? AND at BETWEEN ? AND ?"
    if db.execute(
        f"SELECT 1 FROM event WHERE {near} LIMIT 1", (entry.subject, entry.who, at - WITHIN_MS, at + WITHIN_MS)
    ).fetchone():
        return True
    holds = "SELECT 1 FROM complaint JOIN word ON word.id = holder WHERE complaint.id = ? AND word.text = ?"
    return bool(entry.who) and db.execute(holds, (entry.subject, entry.who)).fetchone() is not None


def _entry(row: LedgerRow) -> LedgerEntry:
    texts = {name: str(getattr(row, name)) for name in ("who", "session", "deed", "subject", "why", "prev", "hash")}
    return LedgerEntry(
        n=row.n,
        at=_instant(row.at) or from_millis(0),
        told=is_told(str(row.told)),
        hub_at=_instant(row.hub_at),
        fits=digest(row) == row.hash,
        **texts,
    )


def _instant(at: Any) -> datetime | None:
    """A time as it stands; None where that is none, which its hash tells as well."""
    try:
        return from_millis(at) if isinstance(at, int) else None
    except (OverflowError, ValueError, OSError):
        return None
