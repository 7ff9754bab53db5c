"""Each console writes the heads of the others' ledgers into its own: chains that hold each other.

    A's head ─► centre ─► a row of B's ledger ─► B's head ─► centre ─► a row of C's ...

A centre that is swapped, or whose administrator takes a head away, could let a console write its past anew. It cannot
where another console stands: that head is in a row of another chain, whose later rows are bound to it, and whose own
head stands in others again. It takes no key, and works by whatever centre (a CouchDB signs nothing). Entered at each
sync that brought a head, once an hour at most. Such a row alone makes no new head: two idle consoles would else wake
each other for ever.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import timedelta

from console.core.clock import Clock, from_millis, millis
from console.store.database import plain
from console.store.ledger import NAMED, WITNESSED, Ledger
from console.store.ledger_heads import HEAD, Head, of_rows, sound_end

EVERY = timedelta(hours=1)
AT_ONCE = 24
"""Heads in one row: what a row may tell besides is bounded."""
LOOKED = 50_000
"""Documents looked through at once: a first sync brings very many, and somebody may wait."""
_META = "ledger_witness"


def enter(db: sqlite3.Connection, ledger: Ledger, clock: Clock) -> int:
    """Write down the newest head of each other console that came since the last time; how many. In the caller's
    transaction, which is no longer than a look at some documents."""
    state = json.loads(plain(db.execute("SELECT value FROM meta WHERE name = ?", (_META,)).fetchone()) or "{}")
    now, at, after = clock.now(), state.get("at"), int(state.get("after", 0))
    most = int(plain(db.execute("SELECT coalesce(max(n), 0) FROM doc").fetchone()))
    if most < after:
        after = 0  # a file that was salvaged or adopted numbers its documents anew
    if most == after or (at is not None and abs(now - from_millis(int(at))) < EVERY):
        return 0
    until = min(most, after + LOOKED)
    found = _newest(db, after, until)
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        told = [[head.console, head.n, head.hash] for head in some]
        ledger.add(WITNESSED, who="", subject=str(len(some)), told={"heads": told})
    # where there is more to look through it goes on at the next look, not in an hour
    at = millis(now) if found and until == most else at
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, json.dumps({"at": at, "after": until})))
    return len(found)


def _newest(db: sqlite3.Connection, after: int, until: int) -> list[Head]:
    """The newest sound head of each other console among documents that came."""
    own = {str(name) for (name,) in db.execute("SELECT subject FROM ledger WHERE deed = ?", (NAMED,))}
    rows = db.execute(
        # by their numbers: of years of older ones nothing is read
        "SELECT doc.id, rev.body, rev.held, rev.deleted FROM doc JOIN rev ON rev.doc = doc.n"
        " WHERE doc.n > ? AND doc.n <= ? AND +doc.id >= ? AND +doc.id < ? AND rev.leaf = 1",
        (after, until, HEAD, HEAD[:-1] + ";"),
    )
    newest: dict[str, Head] = {}
    for head in of_rows(rows):
        if head.sound and head.console not in own and head.n > newest.get(head.console, _NONE).n:
            newest[head.console] = head
    return sorted(newest.values(), key=lambda head: head.console)


_NONE = Head("", 0, "", 0)


def witnessed(db: sqlite3.Connection, besides: Sequence[Head] = ()) -> list[Head]:
    """Heads of others that rows of this chain hold, without those in `besides`."""
    there = {(head.console, head.n, head.hash) for head in besides}
    found = {(head.console, head.n, head.hash): head for head in _held_by_rows(db)}
    return [head for key, head in sorted(found.items()) if key not in there]


def _held_by_rows(db: sqlite3.Connection) -> Iterator[Head]:
    for at, told in db.execute("SELECT at, told FROM ledger WHERE deed = ? ORDER BY n", (WITNESSED,)):
        try:
            listed = json.loads(told)["heads"]
            ends = [(console, n, digest) for console, n, digest in listed]
        except (KeyError, TypeError, ValueError, RecursionError):
            continue  # a row somebody changed by hand: the look through the chain tells of it
        for console, n, digest in ends:
            head = sound_end(console, n, digest, at)
            if head is not None:
                yield head
