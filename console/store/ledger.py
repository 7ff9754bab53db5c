"""The ledger: one row for each thing a person did here that must be answered for, each bound to the row before.

    row n ─ canonical JSON with the hash of row n - 1 ─► SHA-256 ─► row n + 1 ... ─► head ─► the centre's shared place

A row that is edited, deleted, swapped or put between others no longer fits its hash or its neighbours. A tail that is
cut off leaves a chain that is sound in itself: only the head the centre holds tells of it (audit of the ledger:
ledger_check.py). Never the value of a citizen's field stands here, only the field's name.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple

from console.core.clock import Clock, millis
from console.store.database import plain

FIRST = ""
"""What stands before the first row."""
MOST = 500
"""Characters of a subject or a reason that are kept."""
MOST_TOLD = 4000
"""Characters of what is told besides; of more only how many there were."""
NAMED = "console.named"
"""The deed of a row from which on the chain has another name; its subject is that name."""
WITNESSED = "console.witnessed"
"""The deed of a row that holds heads of other consoles (ledger_witness.py); its subject is how many."""
_NAME = "SELECT subject FROM ledger WHERE deed = ? ORDER BY n DESC LIMIT 1"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode


class LedgerRow(NamedTuple):
    """A row as it is stored: the names are those of the columns."""

    n: int
    at: int
    who: str
    session: str
    deed: str
    subject: str
    why: str
    told: str
    hub_at: int | None
    prev: str
    hash: str


COLUMNS = ", ".join(LedgerRow._fields)
_MARKS = ",".join("?" * len(LedgerRow._fields))
_INSERT = f"INSERT INTO ledger ({COLUMNS}) VALUES ({_MARKS})"
_LAST = "SELECT n, hash FROM ledger ORDER BY n DESC LIMIT 1"


def digest(row: tuple[Any, ...]) -> str:
    """The hash a row must have, of the values before its own hash: SHA-256 over the JSON object of its columns, keys in
    order, without spaces, UTF-8."""
    n, at, who, session, deed, subject, why, told, hub_at, prev = row[:10]
    if type(n) is not int or type(at) is not int or (hub_at is not None and type(hub_at) is not int):
        return _digest_of_anything(row)
    try:
        # Pieced together by hand: a million rows are looked through in a third of the time an encoder takes.
        text = (
            f'{{"at":{at},"deed":{_quoted(deed)},"hub_at":{"null" if hub_at is None else hub_at},"n":{n},'
            f'"prev":{_quoted(prev)},"session":{_quoted(session)},"subject":{_quoted(subject)},"told":{_quoted(told)},'
            f'"who":{_quoted(who)},"why":{_quoted(why)}}}'
        )
    except TypeError:
        return _digest_of_anything(row)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest_of_anything(row: tuple[Any, ...]) -> str:
    """The same where somebody wrote a value of another type by hand: never that of a row of ours."""
    return hashlib.sha256(repr(row[:10]).encode("utf-8", "surrogatepass")).hexdigest()


class Ledger:
    """The hand that adds to the chain. One connection, one thread; the caller holds the transaction."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.apart: timedelta | None = None
        """How far the centre's clock is ahead of ours, None while nobody told."""

    def add(
        self,
        deed: str,
        *,
        who: str,
        session: str = "",
        subject: str = "",
        why: str = "",
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """One more row at the end, in the caller's transaction: it stands where the deed stands, or neither does.

        `told` are names of things (fields, files, numbers), never what a citizen said.
        """
        last = self._db.execute(_LAST).fetchone()
        number, prev = (last[0] + 1, last[1]) if last else (1, FIRST)
        now = self._clock.now()
        values = (
            number,
            millis(now),
            _clean(who),
            _clean(session),
            _clean(deed),
            _clean(subject),
            _clean(why),
            _told(told or {}),
            None if self.apart is None else millis(now + self.apart),
            prev,
        )
        self._db.execute(_INSERT, (*values, digest(values)))

    def name(self, console: str) -> None:
        """From here on the chain is that of a console of this name; no row where it was so before. By it heads of the
        chain are told from those of others."""
        before = plain(self._db.execute(_NAME, (NAMED,)).fetchone())
        if before != console:
            self.add(NAMED, who="", subject=console, told={"before": before or ""})

    def end(self) -> tuple[int, str]:
        """Number and hash of the last row; 0 and "" where there is none."""
        last = self._db.execute(_LAST).fetchone()
        return (int(last[0]), str(last[1])) if last else (0, FIRST)

    @property
    def empty(self) -> bool:
        """True where no row stands."""
        return plain(self._db.execute("SELECT 1 FROM ledger LIMIT 1").fetchone()) is None


def _told(told: Mapping[str, Any]) -> str:
    text = _encode(dict(told))
    if len(text) > MOST_TOLD:
        text = _encode({"characters": len(text)})
    return text.encode("utf-8", "replace").decode("utf-8")


def _clean(text: str) -> str:
    """What no file of ours stores (halves of pairs) is made readable, and what is too long is cut."""
    return text[:MOST].encode("utf-8", "replace").decode("utf-8")
