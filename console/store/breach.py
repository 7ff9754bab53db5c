"""What a notice of a breach must tell (UU 27/2022, article 46), as far as the store and its ledger know it.

Numbers, kinds and times alone: no name, no number and no word of anybody, neither of citizens nor of officers. Whose
data and whose account it was is looked up in the ledger, by the rows named here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.core.clock import millis
from console.core.people import Role
from console.core.personal import REVEALED, SEALED
from console.store import ledger_read
from console.store.database import plain

NOTICE = timedelta(hours=72)
"""3 x 24 hours."""
LEFT = ("export", "audit.export", "bundle.make", "snapshot.made")
"""Deeds by which data leave a console."""
WATCHED = (
    *("session.wrong", "session.early", "reveal_refused"),
    *(f"people.{done}" for done in ("add", "change", "end", "secret")),
    *("settings", "hub.account", "bundle.trust", "bundle.take", "snapshot.adopted", "storage.restored"),
    *("storage.salvaged", "storage.emptied", "slip.unread"),
)
"""Deeds that may tell how it came to be."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a span of time."""

    since: datetime
    until: datetime
    sealed: Mapping[str, int]
    """Complaints that hold that field of who told them, sealed."""
    tellers: int
    """Complaints with any of them."""
    complaints: int
    """All complaints: free text, places, pictures."""
    opened: Mapping[str, int]
    """Fields that were opened within the span, each how often."""
    opened_of: int
    """Of how many complaints."""
    without_case: int
    """Openings by somebody who had nothing to do with the complaint."""
    roles: Mapping[str, int]
    """People signed in at any time of the span, by role."""
    accounts: int
    """Accounts of the system at whose terminal something was done."""
    deeds: Mapping[str, int]
    """Rows of the ledger in the span, by deed."""
    first: int
    last: int
    """Numbers of the first and last row of the span, 0 where there is none."""
    end: int
    """Number of the last row of all, with its hash."""
    hash: str
    sound: bool
    """Whether the last rows of the ledger fit together."""
    anchored: int
    """The last row a head at the centre vouches for, 0 for none of the last."""


def facts(db: sqlite3.Connection, since: datetime, until: datetime) -> Facts:
    """All that is known of that span."""
    span = (millis(since), millis(until))
    known = millis(until)
    has = {name: f'instr(extra, \'"{name}": "kendali-s1:\') > 0' for name in SEALED}
    sums = ", ".join(f"coalesce(sum({each}), 0)" for each in has.values())
    *sealed, tellers, complaints = db.execute(
        f"SELECT {sums}, coalesce(sum({' OR '.join(has.values())}), 0), count(*) FROM complaint WHERE received_at < ?",
        (known,),
    ).fetchone()
    rows = ledger_read.reveals(db, since, until)
    opened: dict[str, int] = {}
    for each in rows:
        name = each.entry.told.get("field")
        if name in REVEALED:
            opened[name] = opened.get(name, 0) + 1
    state = ledger_read.state(db)
    first, last = db.execute("SELECT min(n), max(n) FROM ledger WHERE at >= ? AND at < ?", span).fetchone()
    return Facts(
        since,
        until,
        dict(zip(SEALED, sealed, strict=True)),
        tellers,
        complaints,
        opened,
        len({each.entry.subject for each in rows}),
        sum(not each.cased for each in rows),
        _roles(db, span),
        _accounts(db, span),
        _deeds(db, span),
        first or 0,
        last or 0,
        state.last,
        state.hash,
        not state.breaks,
        state.anchored,
    )


def _roles(db: sqlite3.Connection, span: tuple[int, int]) -> dict[str, int]:
    """Each person once, in the role they had."""
    rows = db.execute(
        "SELECT role, count(DISTINCT person) FROM session WHERE since_at < ?2 AND coalesce(ended_at, ?2) >= ?1"
        " GROUP BY role",
        span,
    )
    found = dict(rows.fetchall())
    return {str(role): found[role] for role in Role if role in found}


def _accounts(db: sqlite3.Connection, span: tuple[int, int]) -> int:
    query = "SELECT count(DISTINCT who) FROM ledger WHERE at >= ? AND at < ? AND who GLOB 'os:*'"
    return int(plain(db.execute(query, span).fetchone()))


def _deeds(db: sqlite3.Connection, span: tuple[int, int]) -> dict[str, int]:
    query = "SELECT deed, count(*) FROM ledger WHERE at >= ? AND at < ? GROUP BY deed ORDER BY deed"
    rows = db.execute(query, span)
    return {str(deed): int(count) for deed, count in rows}
