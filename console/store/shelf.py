"""What other stores may read of this one: our feed of changes, revisions with their ancestry, what is to be offered.

One connection, used by one thread only, never a write. Each look is one view of the file. A document is seen in its
own place alone. Raises `DiskTrouble`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from console.core.replica import Change, ChangesRead, Checkpoint, Named, Offer, PlaceState, Revised, Session
from console.store import schema
from console.store.arrivals import is_text, split_rev
from console.store.blob_rows import BlobRows
from console.store.blobs import Blob
from console.store.database import door, plain
from console.store.files import Profile
from console.store.titles import titles
from console.store.view import one_view

P = ParamSpec("P")
T = TypeVar("T")
_MANY = 250
_BEST = "deleted, generation DESC, hash DESC"
_REVISED = "doc.id, rev.n, generation, hash, rev.deleted, body"
"""Columns of a row that becomes a `Revised`."""
_NODE = "doc.id, rev.n, generation, hash, rev.deleted, '{}'"
"""The same without the body, which may be long."""
Row = tuple[Any, ...]
Key = tuple[str, int, str]
"""Document, generation and hash."""


def _looking(method: Callable[Concatenate[Shelf, P], T]) -> Callable[Concatenate[Shelf, P], T]:
    """A look at one view of the file, within the door."""

    @wraps(method)
    def guarded(self: Shelf, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with door(self.path), one_view(self._db):
            return method(self, *args, **kwargs)

    return guarded


class Shelf:
    """A reader of documents."""

    def __init__(self, db: sqlite3.Connection, path: Path = Path("records.db")) -> None:
        self._db = db
        self.path = path
        self._words: dict[str, int] = {}

    @classmethod
    def open(cls, profile: Profile, *, any_thread: bool = False) -> Self:
        """A reader of its own. Raises `DiskTrouble`: "store.absent" until the engine has made the file."""
        return cls(schema.open_records(profile.records, any_thread=any_thread), profile.records)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _place(self, place: str) -> int:
        """The number of a place; -1 for one nobody heard of."""
        if place not in self._words:
            if not is_text(place):
                return -1
            found = plain(self._db.execute("SELECT id FROM word WHERE text = ?", (place,)).fetchone())
            if not found:
                return -1
            self._words[place] = int(found)
        return self._words[place]

    @_looking
    def lacking(self, place: str, changes: Sequence[Change]) -> list[Named]:
        """Leaves of a peer's feed that are not here, or not with their body. Documents that are the server's own
        business (`_design/…`) are left out."""
        del place  # the ids of documents are one space
        asked = {Named(each.doc, rev) for each in changes if each.doc[:1] != "_" for rev in each.leaves}
        known = self._standing({doc for doc, _ in asked})
        wanted = (Named(each.doc, rev) for each in changes for rev in each.leaves)
        return [each for each in dict.fromkeys(wanted) if each in asked and each not in known]

    def _standing(self, docs: set[str]) -> set[Named]:
        """Revisions of these documents that are here and need not come again."""
        found: set[Named] = set()
        for some in _pieces(sorted(doc for doc in docs if is_text(doc))):
            found.update(
                Named(doc, f"{head}-{tail}")
                for doc, head, tail in self._db.execute(
                    "SELECT doc.id, generation, hash FROM doc JOIN rev ON rev.doc = doc.n"
                    f" WHERE doc.id IN ({_marks(some)}) AND aside = 0 AND (body IS NOT NULL OR leaf = 0)",
                    some,
                )
            )
        return found

    @_looking
    def missing(self, place: str, asked: Mapping[str, Sequence[str]]) -> dict[str, tuple[list[str], list[str]]]:
        """Of each document the asked revisions that are not here, with our leaves that may be their ancestors."""
        del place
        known = self._standing(set(asked))
        found: dict[str, tuple[list[str], list[str]]] = {}
        for doc, revs in asked.items():
            absent = [rev for rev in dict.fromkeys(revs) if Named(doc, rev) not in known]
            if absent:
                found[doc] = (absent, self._ancestors(doc, absent))
        return found

    def _ancestors(self, doc: str, absent: Sequence[str]) -> list[str]:
        highest = max((name[0] for name in map(split_rev, absent) if name), default=0)
        if not is_text(doc):
            return []
        rows = self._db.execute(
            "SELECT generation || '-' || hash FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND leaf = 1"
            f" AND generation < ? ORDER BY rev.{_BEST}",
            (doc, highest),
        )
        return [row[0] for row in rows]

    @_looking
    def offers(self, place: str, *, most: int, most_bytes: int, after: int = 0) -> list[Offer]:
        """Leaves the centre does not hold, not refused and not withdrawn, the document with the oldest change first;
        at least one where there is any. `after`: the `mark` of the last offer of the look before."""
        rows = self._db.execute(
            f"SELECT mine.n, mine.at, {_REVISED} FROM outbox AS mine"
            " JOIN doc ON doc.id = mine.doc JOIN rev ON rev.doc = doc.n AND leaf = 1 AND held = 0 AND body IS NOT NULL"
            " JOIN outbox AS last ON last.doc = doc.id AND last.rev = generation || '-' || hash AND last.refused = ''"
            " WHERE mine.place = ? AND mine.n > ? AND mine.withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM outbox"
            " AS older WHERE older.doc = mine.doc AND older.n < mine.n AND older.withdrawn_at IS NULL)"
            " ORDER BY mine.n",
            (self._place(place), after),
        )
        chosen: list[Row] = []
        size = 0
        for _, leaves in groupby(rows, lambda row: row[0]):
            some = list(leaves)
            size += sum(len(row[7]) for row in some)
            if chosen and (len(chosen) + len(some) > most or size > most_bytes):
                break
            chosen += some
        revised = self._whole([row[2:] for row in chosen])
        return [Offer(each, row[1], row[0]) for each, row in zip(revised, chosen, strict=True)]

    @_looking
    def waiting_places(self) -> list[str]:
        """Places with something to offer."""
        return self._named(
            "WITH RECURSIVE step (place) AS (SELECT min(place) FROM outbox WHERE withdrawn_at IS NULL UNION ALL SELECT"
            " (SELECT min(place) FROM outbox WHERE place > step.place AND withdrawn_at IS NULL) FROM step"
            " WHERE step.place IS NOT NULL)"
            " SELECT place FROM step WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.place = step.place"
            " AND withdrawn_at IS NULL AND refused = '')"
        )

    @_looking
    def places(self) -> list[str]:
        """Places with any document or note."""
        found = self._named(
            "WITH RECURSIVE step (place) AS (SELECT min(place) FROM doc UNION ALL SELECT (SELECT min(place) FROM doc"
            " WHERE place > step.place) FROM step WHERE step.place IS NOT NULL) SELECT place FROM step"
        )
        return sorted({*found, *(row[0] for row in self._db.execute("SELECT DISTINCT place FROM local_doc"))})

    def _named(self, numbers: str) -> list[str]:
        query = f"SELECT text FROM word WHERE id IN ({numbers}) AND text <> '' ORDER BY text"
        return [row[0] for row in self._db.execute(query)]

    @_looking
    def elsewhere(self, place: str, docs: Sequence[str]) -> dict[str, str]:
        """Those of these documents that live in another place than this, with theirs."""
        found: dict[str, str] = {}
        for some in _pieces([doc for doc in docs if is_text(doc)]):
            found.update(
                self._db.execute(
                    f"SELECT doc.id, text FROM doc JOIN word ON word.id = place WHERE doc.id IN ({_marks(some)})"
                    " AND place NOT IN (0, ?)",
                    [*some, self._place(place)],
                )
            )
        return found

    @_looking
    def heads(self, places: Sequence[str]) -> dict[str, int]:
        """The highest sequence of each of these places."""
        query = "SELECT coalesce(max(seq), 0) FROM doc WHERE place = ?"
        return {each: int(plain(self._db.execute(query, (self._place(each),)).fetchone())) for each in places}

    @_looking
    def changes(
        self, place: str, since: int, limit: int, *, descending: bool = False, until: int = 1 << 62, count: bool = True
    ) -> ChangesRead:
        """Documents of a place that changed after our sequence `since`, up to `until`, each once, with all their
        leaves. Without `count` it is not said how many are pending: counting costs as much as there are."""
        number = self._place(place)
        rows = self._db.execute(
            "SELECT n, id, deleted, seq FROM doc WHERE place = ? AND seq > ? AND seq <= ? AND winner IS NOT NULL"
            f" ORDER BY seq {'DESC' if descending else 'ASC'} LIMIT ?",
            (number, since, until, limit),
        ).fetchall()
        leaves = self._leaves_of([row[0] for row in rows])
        found = [Change(doc, leaves.get(n, ()), bool(deleted), str(seq)) for n, doc, deleted, seq in rows]
        last = rows[-1][3] if rows else since
        side = "seq < ? AND seq > ?" if descending else "seq > ? AND seq > ?"
        pending = 0
        if count and len(rows) == limit:
            query = f"SELECT count(*) FROM doc WHERE place = ? AND {side} AND winner IS NOT NULL"
            pending = int(plain(self._db.execute(query, (number, last, since)).fetchone()))
        return ChangesRead(found, int(last), pending)

    @_looking
    def pending(self, place: str, since: int, until: int = 1 << 62) -> int:
        """How many documents of a place changed after one sequence, up to another; from the index alone: those are
        counted too of which all was taken back."""
        query = "SELECT count(*) FROM doc WHERE place = ? AND seq > ? AND seq <= ?"
        return int(plain(self._db.execute(query, (self._place(place), since, until)).fetchone()))

    def _leaves_of(self, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
        found: dict[int, tuple[str, ...]] = {}
        for some in _pieces(numbers):
            rows = self._db.execute(
                f"SELECT doc, generation || '-' || hash FROM rev WHERE doc IN ({_marks(some)}) AND leaf = 1"
                f" ORDER BY doc, {_BEST}",
                some,
            )
            for number, revs in groupby(rows, lambda row: row[0]):
                found[number] = tuple(row[1] for row in revs)
        return found

    @_looking
    def revision(self, place: str, doc: str, rev: str = "") -> Revised | None:
        """One revision with its whole ancestry, "" for the winner; None where it or its body is not here."""
        return self._asked(place, [Named(doc, rev)])[0]

    @_looking
    def revisions(self, place: str, asked: Sequence[Named], *, most_bytes: int = 1 << 62) -> list[Revised | None]:
        """As `revision`, of many, in the order asked. With `most_bytes` only the first of them: as many as their
        bodies do not come to more, one at least."""
        return self._asked(place, asked, most_bytes)

    def _asked(self, place: str, asked: Sequence[Named], most_bytes: int = 1 << 62) -> list[Revised | None]:
        number = self._place(place)
        leaves, winners = self._open_ends(number, {each.doc for each in asked})
        rows: list[Row | None] = []
        size = 0
        for doc, rev in asked:
            key = winners.get(doc) if not rev else (doc, *(split_rev(rev) or (0, "")))
            row = leaves.get(key) if key else None
            if row is None and rev and doc in winners:
                row = self._inner(number, key)
            if row is not None:
                [body] = self._db.execute("SELECT body FROM rev WHERE n = ?", (row[1],)).fetchone()
                size += len(body)
                if rows and size > most_bytes:
                    break
                row = (*row[:5], body)
            rows.append(row)
        whole = iter(self._whole([row for row in rows if row is not None]))
        return [None if row is None else next(whole) for row in rows]

    def _open_ends(self, place: int, docs: set[str]) -> tuple[dict[Key, Row], dict[str, Key | None]]:
        """All leaves of documents of a place, without their bodies, and of each document the key of its winner."""
        leaves: dict[Key, Row] = {}
        winners: dict[str, Key | None] = {}
        for some in _pieces(sorted(doc for doc in docs if is_text(doc))):
            for row in self._db.execute(
                f"SELECT {_NODE}, winner, body IS NOT NULL FROM doc JOIN rev ON rev.doc = doc.n AND leaf = 1"
                f" WHERE id IN ({_marks(some)}) AND +place = ?",
                [*some, place],
            ):
                key = (row[0], row[2], row[3])
                winners.setdefault(row[0], None)
                if row[7]:
                    leaves[key] = row
                    if row[1] == row[6]:
                        winners[row[0]] = key
        return leaves, winners

    def _inner(self, place: int, key: Key | None) -> Row | None:
        """A revision that is no leaf."""
        found: Row | None = self._db.execute(
            f"SELECT {_NODE} FROM doc JOIN rev ON rev.doc = doc.n WHERE id = ? AND generation = ? AND hash = ?"
            " AND +place = ? AND aside = 0 AND body IS NOT NULL",
            (*(key or ("", 0, "")), place),
        ).fetchone()
        return found

    @_looking
    def leaves(self, place: str, doc: str) -> list[Revised]:
        """All open ends of a document, the winner first."""
        return self._ends(_REVISED, place, doc)

    @_looking
    def tips(self, place: str, doc: str) -> list[Revised]:
        """As `leaves`, without their bodies."""
        return self._ends(_NODE, place, doc)

    def _ends(self, columns: str, place: str, doc: str) -> list[Revised]:
        if not is_text(doc):
            return []
        rows = self._db.execute(
            f"SELECT {columns} FROM rev JOIN doc ON doc.n = rev.doc"
            f" WHERE doc.id = ? AND +place = ? AND leaf = 1 AND body IS NOT NULL ORDER BY rev.{_BEST}",
            (doc, self._place(place)),
        )
        return self._whole(rows.fetchall())

    @_looking
    def documents(
        self,
        place: str,
        start: str = "",
        end: str = "",
        limit: int = 1000,
        *,
        skip: int = 0,
        descending: bool = False,
        inclusive_end: bool = True,
    ) -> list[Named]:
        """Winners that are not deleted, by id (in order of code points), from `start` to `end` ("" is open)."""
        low, high = (end, start) if descending else (start, end)
        wheres = ["+place = ?", "doc.deleted = 0"]  # the plus: in order of ids, not of the feed
        args: list[Any] = [self._place(place)]
        for bound, sign, closed in ((low, ">", not descending), (high, "<", descending)):
            if bound:
                if not is_text(bound):
                    return []
                wheres.append(f"id {sign}{'=' if closed or inclusive_end else ''} ?")
                args.append(bound)
        rows = self._db.execute(
            "SELECT id, generation || '-' || hash FROM doc JOIN rev ON rev.n = doc.winner"
            f" WHERE {' AND '.join(wheres)} AND body IS NOT NULL ORDER BY id {'DESC' if descending else 'ASC'}"
            " LIMIT ? OFFSET ?",
            [*args, limit, skip],
        )
        return [Named(*row) for row in rows]

    def _whole(self, rows: Sequence[Row]) -> list[Revised]:
        """Rows of (id, number, generation, hash, deleted, body, …) as revisions with their ancestry."""
        lines = self._lines([row[1] for row in rows if row[2] > 1])
        return [
            Revised(row[0], lines.get(row[1]) or (f"{row[2]}-{row[3]}",), json.loads(row[5]), bool(row[4]))
            for row in rows
        ]

    def _lines(self, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Of each node the names from it down to the oldest kept."""
        found: dict[int, tuple[str, ...]] = {}
        for some in _pieces(list(dict.fromkeys(numbers))):
            rows = self._db.execute(
                f"WITH RECURSIVE line (seed, n, depth) AS (SELECT n, n, 0 FROM rev WHERE n IN ({_marks(some)})"
                " UNION ALL SELECT seed, rev.parent, depth + 1 FROM line JOIN rev ON rev.n = line.n"
                " WHERE rev.parent IS NOT NULL)"
                " SELECT seed, generation || '-' || hash FROM line JOIN rev ON rev.n = line.n ORDER BY seed, depth",
                some,
            )
            for seed, line in groupby(rows, lambda row: row[0]):
                found[seed] = tuple(row[1] for row in line)
        return found

    @_looking
    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        """How far that peer and we know each other; None where we never met."""
        if not is_text(peer + place):
            return None
        row = self._db.execute(
            "SELECT uuid, instance, sessions, held_up FROM peer WHERE name = ? AND place = ?", (peer, place)
        ).fetchone()
        if row is None:
            return None
        sessions = tuple(Session(*each) for each in json.loads(row[2]))
        return Checkpoint(peer, place, row[0], row[1], sessions, row[3])

    @_looking
    def local(self, place: str, local: str) -> tuple[str, Mapping[str, Any]] | None:
        """A peer's note that never travels on, with its name."""
        if not is_text(place + local):
            return None
        row = self._db.execute("SELECT rev, body FROM local_doc WHERE place = ? AND id = ?", (place, local)).fetchone()
        return None if row is None else (f"0-{row[0]}", json.loads(row[1]))

    @_looking
    def titles(self, docs: Sequence[str]) -> list[str]:
        """What people call what those documents are about, each title once."""
        return titles(self._db, docs)

    @_looking
    def blob(self, digest: str, length: int | None = None) -> Blob | None:
        """Bytes that are beside this file, by the digest a stub names."""
        return BlobRows(self._db).find(digest, length)

    @_looking
    def locals(self, place: str) -> int:
        """How many notes of peers there are."""
        return int(plain(self._db.execute("SELECT count(*) FROM local_doc WHERE place = ?", (place,)).fetchone()))

    @_looking
    def state(self, place: str, *, digest: bool = False) -> PlaceState:
        """Our database of that place as a peer sees it; with `digest` all of it is read, a second per 400,000."""
        number = self._place(place)
        total, seq = self._db.execute(
            "SELECT count(*), coalesce(max(seq), 0) FROM doc WHERE place = ?", (number,)
        ).fetchone()
        gone, mute = self._db.execute(
            "SELECT coalesce(sum(deleted), 0), count(*) FROM doc WHERE place = ? AND (deleted = 1 OR winner IS NULL)",
            (number,),
        ).fetchone()
        return PlaceState(place, total - mute, int(gone), int(seq), self._digest(number) if digest else "")

    def _digest(self, number: int) -> str:
        """Over id and winning revision of all that are not deleted, in order of their ids."""
        total = hashlib.md5(usedforsecurity=False)
        rows = self._db.execute(
            "SELECT id || char(10) || generation || '-' || hash || char(10) FROM doc JOIN rev ON rev.n = doc.winner"
            " WHERE place = ? AND doc.deleted = 0 ORDER BY id",
            (number,),
        )
        while some := "".join(row[0] for row in islice(rows, 1000)):
            total.update(some.encode())
        return total.hexdigest()


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _pieces(values: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _MANY):
        yield list(values[start : start + _MANY])
