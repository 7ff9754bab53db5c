"""Documents with their revision trees, as CouchDB keeps them: both sides of a conflict stand until it is settled.

A revision is named `<generation>-<hash>`, the hash made of parent, deleted flag and body, so that two consoles
that make the same change make the same revision. Giving a revision twice, or in another order, changes nothing.
The caller holds the transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.store.database import plain

REVS_LIMIT = 1000
"""Generations kept below a leaf."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One node of a tree. `body` is None where only its name is known."""

    doc: str
    rev: str
    deleted: bool
    leaf: bool
    body: Mapping[str, Any] | None


def canonical(body: Any) -> str:
    """JSON text that is the same wherever the value is the same."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def name_rev(parent: str, body: Mapping[str, Any], deleted: bool = False) -> str:
    """Name of the revision that follows `parent` ("" for the first)."""
    raw = canonical([parent, deleted, body]).encode("utf-8")
    return f"{generation(parent) + 1}-{hashlib.md5(raw, usedforsecurity=False).hexdigest()}"


def generation(rev: str) -> int:
    """Its place in the line of revisions; 0 for ""."""
    return int(rev.partition("-")[0]) if rev else 0


class Documents:
    """The documents of one database file."""

    def __init__(self, db: sqlite3.Connection, revs_limit: int = REVS_LIMIT) -> None:
        self._db = db
        self._limit = revs_limit

    def edit(self, doc: str, body: Mapping[str, Any], *, parent: str | None = None, deleted: bool = False) -> str:
        """A new revision above `parent` (default: the winner; "" starts a new line). Its name."""
        if parent is None:
            winner = self.winner(doc)
            parent = winner.rev if winner else ""
        rev = name_rev(parent, body, deleted)
        self.put(doc, [rev, parent] if parent else [rev], body, deleted=deleted)
        return rev

    def put(self, doc: str, path: Sequence[str], body: Mapping[str, Any] | None, *, deleted: bool = False) -> bool:
        """Keep a revision with its ancestry, newest first. False where it was known with its body already."""
        number = self._doc(doc)
        fresh = False
        parent: int | None = None
        for place in range(len(path) - 1, -1, -1):
            newest = place == 0
            parent, added = self._node(number, path[place], parent, body if newest else None, newest and deleted)
            fresh = added if newest else fresh
        if len(path) > 1 or fresh:
            self._prune(number)
        self._judge(number)
        return fresh

    def _doc(self, doc: str) -> int:
        found = plain(self._db.execute("SELECT n FROM doc WHERE id = ?", (doc,)).fetchone())
        if found is None:
            found = self._db.execute("INSERT INTO doc (id) VALUES (?)", (doc,)).lastrowid
        return int(found)

    def _node(
        self, doc: int, rev: str, parent: int | None, body: Mapping[str, Any] | None, deleted: bool
    ) -> tuple[int, bool]:
        """The node of that name, made or completed with what was not known of it; true where that was news."""
        head, _, tail = rev.partition("-")
        text = None if body is None else canonical(body)
        row = self._db.execute(
            "SELECT n, parent, body FROM rev WHERE doc = ? AND generation = ? AND hash = ?", (doc, int(head), tail)
        ).fetchone()
        if row is None:
            made = self._db.execute(
                "INSERT INTO rev (doc, generation, hash, parent, leaf, deleted, body) VALUES (?, ?, ?, ?, 1, ?, ?)",
                (doc, int(head), tail, parent, deleted, text),
            ).lastrowid
            number, fresh = int(made or 0), True
        else:
            number, fresh = int(row[0]), False
            if row[2] is None and text is not None:
                self._db.execute("UPDATE rev SET body = ?, deleted = ? WHERE n = ?", (text, deleted, number))
                fresh = True
            if row[1] is None and parent is not None:
                self._db.execute("UPDATE rev SET parent = ? WHERE n = ?", (parent, number))
        if parent is not None:
            self._db.execute("UPDATE rev SET leaf = 0 WHERE n = ?", (parent,))
        return number, fresh

    def _judge(self, doc: int) -> None:
        """Set the winner: not deleted before deleted, then the higher generation, then the larger hash."""
        self._db.execute(
            "UPDATE doc SET (winner, deleted) = (SELECT rev.n, rev.deleted FROM rev WHERE rev.doc = ?1 AND leaf = 1"
            " ORDER BY rev.deleted, generation DESC, hash DESC LIMIT 1) WHERE n = ?1",
            (doc,),
        )

    def _prune(self, doc: int) -> None:
        """Drop ancestors that lie more than the limit below every leaf above them."""
        oldest = self._db.execute(
            "SELECT max(generation) - ? FROM rev WHERE doc = ? AND leaf = 1", (self._limit, doc)
        ).fetchone()[0]
        if oldest is None or oldest < 1:
            return
        kept = {
            row[0]
            for row in self._db.execute(
                "WITH RECURSIVE line (n, depth) AS (SELECT n, 1 FROM rev WHERE doc = ?1 AND leaf = 1 UNION"
                " SELECT rev.parent, depth + 1 FROM line JOIN rev ON rev.n = line.n"
                " WHERE rev.parent IS NOT NULL AND depth < ?2) SELECT n FROM line",
                (doc, self._limit),
            )
        }
        gone = [row[0] for row in self._db.execute("SELECT n FROM rev WHERE doc = ?", (doc,)) if row[0] not in kept]
        self._db.executemany("UPDATE rev SET parent = NULL WHERE parent = ?", ((number,) for number in gone))
        self._db.executemany("DELETE FROM rev WHERE n = ?", ((number,) for number in gone))

    def winner(self, doc: str) -> Revision | None:
        """What the document says now; None for an unknown document, a deleted one is told with `deleted`."""
        return self._one("JOIN doc ON doc.winner = rev.n WHERE doc.id = ?", (doc,), doc)

    def revision(self, doc: str, rev: str) -> Revision | None:
        """One revision by its name."""
        head, _, tail = rev.partition("-")
        return self._one(
            "JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND generation = ? AND hash = ?", (doc, int(head), tail), doc
        )

    def _one(self, where: str, args: Sequence[Any], doc: str) -> Revision | None:
        rows = self._all(f"{where} LIMIT 1", args, doc)
        return rows[0] if rows else None

    def _all(self, where: str, args: Sequence[Any], doc: str) -> list[Revision]:
        return [
            Revision(doc, f"{head}-{tail}", bool(deleted), bool(leaf), None if body is None else json.loads(body))
            for head, tail, deleted, leaf, body in self._db.execute(
                f"SELECT generation, hash, rev.deleted, leaf, body FROM rev {where}", args
            )
        ]

    def leaves(self, doc: str) -> list[Revision]:
        """The open ends of the tree, the winner first: more than one that is not deleted is a conflict."""
        return self._all(
            "JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND leaf = 1"
            " ORDER BY rev.deleted, generation DESC, hash DESC",
            (doc,),
            doc,
        )

    def ancestry(self, doc: str, rev: str) -> list[str]:
        """Names from the revision down to the oldest kept, newest first; [] for an unknown one."""
        head, _, tail = rev.partition("-")
        rows = self._db.execute(
            "WITH RECURSIVE line (n, parent, generation, hash) AS ("
            " SELECT rev.n, parent, generation, hash FROM rev JOIN doc ON doc.n = rev.doc"
            " WHERE doc.id = ? AND generation = ? AND hash = ?"
            " UNION ALL SELECT rev.n, rev.parent, rev.generation, rev.hash FROM line JOIN rev ON rev.n = line.parent)"
            " SELECT generation, hash FROM line",
            (doc, int(head), tail),
        )
        return [f"{number}-{name}" for number, name in rows]
