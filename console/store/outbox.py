"""What the centre does not hold yet, in the order it was made: nothing leaves before the centre said that it holds it.

A row stands for one revision. Settling one settles its ancestors; a refused one waits until a person says so, or until
a newer revision above it is offered instead; a withdrawn one is kept and never offered. `complaint.pending` counts the
commands that wait. The caller holds the transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from console.core.replica import Named, NotTaken
from console.store.arrivals import is_text, split_rev
from console.store.database import plain

_MANY = 250
_WAITING = "withdrawn_at IS NULL"


class Unheld(NamedTuple):
    """A revision the centre was not known to hold."""

    n: int
    doc: str
    rev: str
    aside: bool


class Settled(NamedTuple):
    """What came of the centre's holding something."""

    waited: set[str]
    """Complaints whose waiting changed."""
    aside: list[Unheld]
    """What a person had taken back, and the centre holds all the same."""


class Outbox:
    """The hand that writes the outbox. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, doc: str, rev: str, complaint: str, command: str, at: int, *, via: str = "") -> None:
        """A revision is to be sent. `command` is "" for what no command made; `via` names who brought it."""
        self._db.execute(
            "INSERT INTO outbox (doc, rev, complaint, command, at, place, via)"
            " VALUES (?1, ?2, ?3, ?4, ?5, coalesce((SELECT place FROM doc WHERE id = ?1), 0), ?6)"
            " ON CONFLICT (doc, rev) DO UPDATE SET withdrawn_at = NULL, via = excluded.via",
            (doc, rev, complaint, command, at, via),
        )

    def add_all(self, place: int, rows: Sequence[tuple[str, str, str, str, int]], via: str) -> None:
        """Revisions of new documents, as (doc, rev, complaint, command, at), all of one place."""
        for start in range(0, len(rows), _MANY):
            some = [(*row, place, via) for row in rows[start : start + _MANY]]
            marks = ",".join(["(?,?,?,?,?,?,?)"] * len(some))
            self._db.execute(
                f"INSERT INTO outbox (doc, rev, complaint, command, at, place, via) VALUES {marks}",
                list(chain.from_iterable(some)),
            )

    def among(self, named: Iterable[Named]) -> list[Named]:
        """Those of these revisions that have a row."""
        asked = set(named)
        docs = sorted({doc for doc, _ in asked if is_text(doc)})
        found: list[Named] = []
        for start in range(0, len(docs), _MANY):
            some = docs[start : start + _MANY]
            rows = self._db.execute(f"SELECT doc, rev FROM outbox WHERE doc IN ({','.join('?' * len(some))})", some)
            found += [each for row in rows if (each := Named(*row)) in asked]
        return found

    def settle(self, held: Iterable[Named]) -> Settled:
        """The centre holds these, with all their ancestors."""
        found = self._held(held)
        self._db.executemany("UPDATE rev SET held = 1 WHERE n = ?", ((each.n,) for each in found))
        touched: set[str] = set()
        for _, doc, rev, _ in found:
            # Without RETURNING a row would have to be asked for first.
            touched.update(
                row[0]
                for row in self._db.execute(
                    "DELETE FROM outbox WHERE doc = ? AND rev = ? RETURNING complaint", (doc, rev)
                ).fetchall()
            )
        self.recount(touched)
        return Settled(touched, [each for each in found if each.aside])

    def _held(self, held: Iterable[Named]) -> list[Unheld]:
        """Revisions the centre was not known to hold; those named and their ancestors."""
        found: dict[int, Unheld] = {}
        for doc, rev in held:
            number, first = self._number(doc, rev), True
            while number is not None and number not in found:
                name, parent, known, aside = self._db.execute(
                    "SELECT generation || '-' || hash, parent, held, aside FROM rev WHERE n = ?", (number,)
                ).fetchone()
                # What is held has held ancestors, but for one that just came above what was not.
                if known and not first:
                    break
                if not known:
                    found[number] = Unheld(number, doc, name, bool(aside))
                number, first = parent, False
        return list(found.values())

    def _number(self, doc: str, rev: str) -> int | None:
        name = split_rev(rev)
        if name is None:
            return None
        found: int | None = plain(
            self._db.execute(
                "SELECT rev.n FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND generation = ? AND hash = ?",
                (doc, *name),
            ).fetchone()
        )
        return found

    def refuse(self, refused: Iterable[NotTaken], at: int) -> set[str]:
        """The centre said no to these, and so to what only they carry: the reason is kept. Complaints touched."""
        touched: set[str] = set()
        for doc, rev, says, values in refused:
            told = _told(values)
            for name in self._line(doc, rev):
                rows = self._db.execute(
                    "UPDATE outbox SET refused = ?, told = ?, tries = tries + 1, tried_at = ?"
                    " WHERE doc = ? AND rev = ? RETURNING complaint",
                    (says, told, at, doc, name),
                )
                touched.update(row[0] for row in rows.fetchall())
        return touched

    def _line(self, doc: str, rev: str) -> list[str]:
        """Names of a revision and of its ancestors that the centre does not hold."""
        return [each.rev for each in self._held([Named(doc, rev)])]

    def retry(self, doc: str) -> int:
        """Offer again what was refused of a document. How many revisions."""
        return self._db.execute(
            f"UPDATE outbox SET refused = '', told = '{{}}' WHERE doc = ? AND refused <> '' AND {_WAITING}",
            (doc,),
        ).rowcount

    def withdraw(self, doc: str, revs: Sequence[str], at: int) -> None:
        """These revisions of a document were taken back by a person: kept, never sent."""
        self._db.executemany(
            "UPDATE outbox SET withdrawn_at = ? WHERE doc = ? AND rev = ?", ((at, doc, rev) for rev in revs)
        )

    def recount(self, complaints: Iterable[str]) -> None:
        """Make the rows of these complaints say how many commands wait."""
        self._db.executemany(
            "UPDATE complaint SET pending = (SELECT count(DISTINCT nullif(command, '')) FROM outbox"
            f" WHERE complaint = ?1 AND {_WAITING}) WHERE id = ?1",
            ((each,) for each in complaints),
        )


def _told(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), default=str)
