"""Documents with their revision trees, as CouchDB keeps them: both sides of a conflict stand until it is settled.

A revision is named `<generation>-<hash>`, the hash made of parent, deleted flag and body, so that two consoles
that make the same change make the same revision. Giving a revision twice, or in another order, changes nothing.
Each document has one place (console/core/places.py), fixed when it is made, and there a number that grows with every
change of its tree. A revision set aside is no part of the tree until somebody brings it again.
The caller holds the transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from console.core.replica import Named
from console.store.arrivals import Arrival, canonical, split_rev
from console.store.database import plain
from console.store.outbox import Outbox
from console.store.words import Words

__all__ = ["Documents", "Revision", "canonical", "generation", "name_rev"]

REVS_LIMIT = 1000
"""Generations kept below a leaf."""
_BEST = "ORDER BY rev.deleted, generation DESC, hash DESC"
"""The winner first: not deleted before deleted, then the higher generation, then the larger hash."""
_DOC = "INSERT INTO doc (n, id, winner, deleted, place, seq) VALUES "
_REV = "INSERT INTO rev (n, doc, generation, hash, parent, leaf, deleted, body, held) VALUES "
_MANY = 250


@dataclass(frozen=True, slots=True)
class Revision:
    """One node of a tree. `body` is None where only its name is known."""

    doc: str
    rev: str
    deleted: bool
    leaf: bool
    body: Mapping[str, Any] | None
    held: bool = False
    """Whether the centre holds it."""


class Joined(NamedTuple):
    """What keeping one revision came to."""

    fresh: bool
    """Whether it was news, or is part of the tree again."""
    moved: bool
    """Whether the tree is another now: also by ancestry that came later, which can change the winner."""
    waited: set[str]
    """Complaints of which something left the outbox by it."""


class _Node(NamedTuple):
    n: int
    parent: int | None
    bodiless: int
    held: int
    aside: int


def name_rev(parent: str, body: Mapping[str, Any], deleted: bool = False) -> str:
    """Name of the revision that follows `parent` ("" for the first)."""
    raw = canonical([parent, deleted, body]).encode("utf-8")
    return f"{generation(parent) + 1}-{hashlib.md5(raw, usedforsecurity=False).hexdigest()}"


def generation(rev: str) -> int:
    """Its place in the line of revisions; 0 for ""."""
    return int(rev.partition("-")[0]) if rev else 0


class Documents:
    """The documents of one database file."""

    def __init__(self, db: sqlite3.Connection, revs_limit: int = REVS_LIMIT, words: Words | None = None) -> None:
        self._db = db
        self._limit = revs_limit
        self._words = words or Words(db)
        self._outbox = Outbox(db)

    def edit(
        self,
        doc: str,
        body: Mapping[str, Any],
        *,
        parent: str | None = None,
        deleted: bool = False,
        place: str = "",
    ) -> str:
        """A new revision above `parent` (default: the winner; "" starts a new line). Its name."""
        if parent is None:
            winner = self.winner(doc)
            parent = winner.rev if winner else ""
        rev = name_rev(parent, body, deleted)
        self.put(doc, [rev, parent] if parent else [rev], body, deleted=deleted, place=place)
        return rev

    def put(
        self,
        doc: str,
        path: Sequence[str],
        body: Mapping[str, Any] | None,
        *,
        deleted: bool = False,
        place: str = "",
    ) -> bool:
        """Keep a revision with its ancestry, newest first. False where it was known with its body already.

        `place` counts only for a document that has none yet. Whether the centre holds it is the outbox's to say.
        """
        names = tuple(_named(rev) for rev in path)
        return self.join(Arrival(doc, names, "" if body is None else canonical(body), deleted), place).fresh

    def join(self, arrival: Arrival, place: str = "", *, held: bool = False) -> Joined:
        """`put` of a revision that was looked at; "" as its text is a revision known by its name alone. With `held`
        the centre holds it, and so all its ancestors: what of them waited leaves the outbox."""
        number = self._doc(arrival.doc, place)
        names = arrival.path[: self._limit]
        spot, known = self._known_part(number, names)
        fresh = spot > 0
        waited: set[str] = set()
        self._insert(number, names[:spot], known, arrival, held)
        moved = fresh
        if known is not None:
            if spot == 0 and known.bodiless and arrival.text:
                self._complete(known, arrival)
                fresh = moved = True
            if spot:
                self._db.execute("UPDATE rev SET leaf = 0 WHERE n = ?", (known.n,))
            if known.parent is None and spot + 1 < len(names):
                waited |= self._root(number, arrival.doc, names[spot + 1 :], known)
                moved = True
            if known.aside:
                self._revive(number, known.n)
                fresh = moved = True
            if held and not known.held:
                waited |= self._outbox.settle([Named(arrival.doc, _name(names[spot]))]).waited
        if moved:
            if names[0][0] > self._limit:
                self._prune(number)
            self.judge(number)
        return Joined(fresh, moved, waited)

    def _complete(self, known: _Node, arrival: Arrival) -> None:
        self._db.execute("UPDATE rev SET body = ?, deleted = ? WHERE n = ?", (arrival.text, arrival.deleted, known.n))

    def _doc(self, doc: str, place: str) -> int:
        row = self._db.execute("SELECT n, place FROM doc WHERE id = ?", (doc,)).fetchone()
        word = self._words.numbers[place]
        if row is None:
            return int(self._db.execute("INSERT INTO doc (id, place) VALUES (?, ?)", (doc, word)).lastrowid or 0)
        if word and not row[1]:
            self._db.execute("UPDATE doc SET place = ? WHERE n = ?", (word, row[0]))
        return int(row[0])

    def _known_part(self, doc: int, names: Sequence[tuple[int, str]]) -> tuple[int, _Node | None]:
        """How many names at the start of a path are new, and the node of the first that is known."""
        for spot, name in enumerate(names):
            node = self._node(doc, name)
            if node is not None:
                return spot, node
        return len(names), None

    def _node(self, doc: int, name: tuple[int, str]) -> _Node | None:
        row = self._db.execute(
            "SELECT n, parent, body IS NULL, held, aside FROM rev WHERE doc = ? AND generation = ? AND hash = ?",
            (doc, *name),
        ).fetchone()
        return None if row is None else _Node(*row)

    def _insert(
        self, doc: int, names: Sequence[tuple[int, str]], known: _Node | None, arrival: Arrival, held: bool
    ) -> None:
        """The new names of a path, oldest first, above what is known."""
        parent = known.n if known else None
        for spot in range(len(names) - 1, -1, -1):
            newest = spot == 0
            text = arrival.text if newest else ""
            parent = self._db.execute(
                "INSERT INTO rev (doc, generation, hash, parent, leaf, deleted, body, held)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (doc, *names[spot], parent, newest, newest and arrival.deleted, text or None, held),
            ).lastrowid

    def _root(self, doc: int, called: str, names: Sequence[tuple[int, str]], known: _Node) -> set[str]:
        """Ancestors of a node that was known without any. Complaints whose waiting changed by that."""
        spot, below = self._known_part(doc, names)
        parent = below.n if below else None
        for name in reversed(names[:spot]):
            parent = self._db.execute(
                "INSERT INTO rev (doc, generation, hash, parent, leaf, deleted, held) VALUES (?, ?, ?, ?, 0, 0, ?)",
                (doc, *name, parent, known.held),
            ).lastrowid
        self._db.execute("UPDATE rev SET parent = ? WHERE n = ?", (parent, known.n))
        if below is not None:
            self._db.execute("UPDATE rev SET leaf = 0 WHERE n = ?", (below.n,))
            if below.aside:
                self._revive(doc, below.n)
            if known.held:
                return self._outbox.settle([Named(called, _name(names[spot]))]).waited
        return set()

    def settle(self, held: Sequence[Named]) -> tuple[set[str], list[str]]:
        """The centre holds these, with all their ancestors: complaints whose waiting changed, and the documents whose
        trees moved, since what was set aside is part of them again."""
        settled = self._outbox.settle(held)
        moved = {each.doc: self._doc(each.doc, "") for each in settled.aside}
        for each in settled.aside:
            self._revive(moved[each.doc], each.n)
        for number in moved.values():
            self.judge(number)
        return settled.waited, list(moved)

    def _revive(self, doc: int, node: int) -> None:
        """What was set aside is part of the tree again: somebody else stands for it."""
        self._db.execute(f"UPDATE rev SET aside = 0 WHERE n IN ({_LINE})", (node,))
        self._db.execute(
            "UPDATE outbox SET withdrawn_at = NULL WHERE (doc, rev) IN (SELECT doc.id, generation || '-' || hash"
            f" FROM rev JOIN doc ON doc.n = rev.doc WHERE rev.n IN ({_LINE}))",
            (node,),
        )
        self._leaves(doc)

    def _leaves(self, doc: int) -> None:
        self._db.execute(
            "UPDATE rev SET leaf = aside = 0 AND NOT EXISTS (SELECT 1 FROM rev AS child WHERE child.parent = rev.n"
            " AND child.aside = 0) WHERE doc = ?",
            (doc,),
        )

    def judge(self, doc: int) -> None:
        """Set the winner, and say in the feed of the document's place that its tree moved."""
        best = f"FROM rev WHERE rev.doc = ?1 AND leaf = 1 {_BEST} LIMIT 1"
        self._db.execute(
            f"UPDATE doc SET winner = (SELECT n {best}), deleted = coalesce((SELECT deleted {best}), 0),"
            " seq = (SELECT coalesce(max(seq), 0) + 1 FROM doc AS other WHERE other.place = doc.place) WHERE n = ?1",
            (doc,),
        )

    def _prune(self, doc: int) -> None:
        """Drop ancestors that lie more than the limit below every leaf above them."""
        newest = plain(
            self._db.execute("SELECT max(generation) FROM rev WHERE doc = ? AND leaf = 1", (doc,)).fetchone()
        )
        if newest is None or newest <= self._limit:
            return
        kept = {
            row[0]
            for row in self._db.execute(
                "WITH RECURSIVE line (n, depth) AS (SELECT n, 1 FROM rev WHERE doc = ?1 AND (leaf = 1 OR aside = 1)"
                " UNION SELECT rev.parent, depth + 1 FROM line JOIN rev ON rev.n = line.n"
                " WHERE rev.parent IS NOT NULL AND depth < ?2) SELECT n FROM line",
                (doc, self._limit),
            )
        }
        gone = [(row[0],) for row in self._db.execute("SELECT n FROM rev WHERE doc = ?", (doc,)) if row[0] not in kept]
        self._db.executemany(
            "DELETE FROM outbox WHERE (doc, rev) = (SELECT doc.id, generation || '-' || hash FROM rev"
            " JOIN doc ON doc.n = rev.doc WHERE rev.n = ?)",
            gone,
        )
        self._db.executemany("UPDATE rev SET parent = NULL WHERE parent = ?", gone)
        self._db.executemany("DELETE FROM rev WHERE n = ?", gone)

    def held(self, arrival: Arrival) -> bool:
        """Whether the centre is known to hold that revision."""
        row = self._db.execute(
            "SELECT held FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND generation = ? AND hash = ?",
            (arrival.doc, *arrival.path[0]),
        ).fetchone()
        return bool(plain(row))

    def known(self, docs: Sequence[str]) -> set[str]:
        """Those of these ids that are documents here."""
        # Not by json_each: it ends a text at its first NUL.
        marks = ",".join("?" * len(docs))
        return {row[0] for row in self._db.execute(f"SELECT id FROM doc WHERE id IN ({marks})", list(docs))}

    def add(self, arrivals: Sequence[Arrival], place: str, held: bool) -> None:
        """Revisions of documents that are not known here, one of each: many at once."""
        word = self._words.numbers[place]
        number, rev, seq = (
            int(plain(row) or 0)
            for row in self._db.execute(
                "SELECT max(n) FROM doc UNION ALL SELECT max(n) FROM rev"
                " UNION ALL SELECT max(seq) FROM doc WHERE place = ?",
                (word,),
            )
        )
        docs: list[Any] = []
        revs: list[Any] = []
        for doc, path, text, deleted in arrivals:
            number += 1
            seq += 1
            parent = None
            for name in path[self._limit - 1 : 0 : -1]:
                rev += 1
                revs.append((rev, number, *name, parent, 0, 0, None, held))
                parent = rev
            rev += 1
            revs.append((rev, number, *path[0], parent, 1, deleted, text, held))
            docs.append((number, doc, rev, deleted, word, seq))
        for head, rows in ((_DOC, docs), (_REV, revs)):
            self._write(head, rows)

    def _write(self, head: str, rows: Sequence[tuple[Any, ...]]) -> None:
        for start in range(0, len(rows), _MANY):
            some = rows[start : start + _MANY]
            one = f"({','.join('?' * len(some[0]))})"
            self._db.execute(head + ",".join([one] * len(some)), list(chain.from_iterable(some)))

    def set_aside(self, doc: str) -> list[str]:
        """Take every revision the centre does not hold out of the tree of a document; their names."""
        rows = self._db.execute(
            "SELECT rev.n, doc.n, generation || '-' || hash FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ?"
            " AND held = 0 AND aside = 0",
            (doc,),
        ).fetchall()
        if rows:
            self._db.executemany("UPDATE rev SET aside = 1 WHERE n = ?", ((row[0],) for row in rows))
            self._leaves(rows[0][1])
            self.judge(rows[0][1])
        return [row[2] for row in rows]

    def place(self, doc: str) -> str:
        """Where the document lives, "" where it has no place or is not known."""
        row = self._db.execute(
            "SELECT text FROM doc JOIN word ON word.id = doc.place WHERE doc.id = ?", (doc,)
        ).fetchone()
        return str(plain(row) or "")

    def winner(self, doc: str) -> Revision | None:
        """What the document says now; None for an unknown document, a deleted one is told with `deleted`."""
        return self._one("JOIN doc ON doc.winner = rev.n WHERE doc.id = ?", (doc,), doc)

    def revision(self, doc: str, rev: str) -> Revision | None:
        """One revision by its name."""
        name = split_rev(rev)
        if name is None:
            return None
        return self._one(
            "JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND generation = ? AND hash = ?", (doc, *name), doc
        )

    def _one(self, where: str, args: Sequence[Any], doc: str) -> Revision | None:
        rows = self._all(f"{where} LIMIT 1", args, doc)
        return rows[0] if rows else None

    def _all(self, where: str, args: Sequence[Any], doc: str) -> list[Revision]:
        return [
            Revision(
                doc, f"{head}-{tail}", bool(gone), bool(leaf), None if body is None else json.loads(body), bool(held)
            )
            for head, tail, gone, leaf, body, held in self._db.execute(
                f"SELECT generation, hash, rev.deleted, leaf, body, held FROM rev {where}", args
            )
        ]

    def leaves(self, doc: str) -> list[Revision]:
        """The open ends of the tree, the winner first: more than one that is not deleted is a conflict."""
        return self._all(f"JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND leaf = 1 {_BEST}", (doc,), doc)

    def ancestry(self, doc: str, rev: str) -> list[str]:
        """Names from the revision down to the oldest kept, newest first; [] for an unknown one."""
        name = split_rev(rev)
        if name is None:
            return []
        rows = self._db.execute(
            "WITH RECURSIVE line (n, parent, generation, hash) AS ("
            " SELECT rev.n, parent, generation, hash FROM rev JOIN doc ON doc.n = rev.doc"
            " WHERE doc.id = ? AND generation = ? AND hash = ?"
            " UNION ALL SELECT rev.n, rev.parent, rev.generation, rev.hash FROM line JOIN rev ON rev.n = line.parent)"
            " SELECT generation, hash FROM line",
            (doc, *name),
        )
        return [f"{number}-{each}" for number, each in rows]


_LINE = (
    "WITH RECURSIVE line (n) AS (SELECT ? UNION ALL SELECT rev.parent FROM line JOIN rev ON rev.n = line.n"
    " WHERE rev.parent IS NOT NULL) SELECT n FROM line"
)
"""SQL of a node and all its ancestors."""


def _name(named: tuple[int, str]) -> str:
    return f"{named[0]}-{named[1]}"


def _named(rev: str) -> tuple[int, str]:
    name = split_rev(rev)
    if name is None:
        raise ValueError(f"no name of a revision: {rev!r}")
    return name
