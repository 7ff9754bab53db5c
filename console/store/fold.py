"""What follows when trees of documents moved: versions are merged, and the read model says what the winners say.

    case       ─► merged or a named conflict ─► state, office, holder of the complaint's row, counts, due date
    deed       ─► a row of the history
    person     ─► merged, always ─► a row of who works here; sign-ins of whom it changed end
    complaint  ─► a row like any other, for one recorded at another console
    erasure    ─► what a person had erased of a complaint goes from everything above (erasing.py)

Works in the caller's transaction. What is unsound or of a newer program stays a document and is shown nowhere. A case
whose complaint is not known here waits until its source brings it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.core.clock import Clock, millis
from console.core.erasure import ERASURE
from console.core.merge import merge_all
from console.core.people import PERSON, merge_people
from console.core.records import CASE_POLICIES, Changes, Kind, few
from console.store.casebook import tombstone
from console.store.cases import CASE, Cases
from console.store.closed import DOC as LOST
from console.store.data_key import DATA_KEY
from console.store.documents import Documents
from console.store.erasing import Erasing
from console.store.histories import COMPLAINT, DEED, add_events, told_elsewhere
from console.store.intake import Intake
from console.store.lineage import Lineage
from console.store.outbox import Outbox
from console.store.people import ALL_PEOPLE, People
from console.store.words import Words

_MANY = 250
_ERASES = (Kind.COMPLAINT, Kind.EVENT, Kind.FILE, Kind.OUTBOX, Kind.LEDGER)


@dataclass(frozen=True, slots=True)
class Folded:
    """What it came to."""

    changes: Changes = field(default_factory=lambda: Changes(frozenset()))
    conflicts: int = 0
    """Documents that now wait for a person and did not before."""


@dataclass(slots=True)
class _Sum:
    kinds: set[Kind] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    conflicts: int = 0

    def add(self, kinds: Sequence[Kind], ids: Sequence[str] | set[str]) -> None:
        if ids:
            self.kinds.update(kinds)
            self.ids.update(ids)


class Fold:
    """The hand that makes everything agree with the documents. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        words: Words,
        documents: Documents,
        *,
        intake: Intake,
        clock: Clock,
        outbox: Outbox,
        people: People | None = None,
        erasing: Erasing | None = None,
    ) -> None:
        self._db = db
        self._people = people
        self._erasing = erasing
        self.documents = documents
        self.intake = intake
        self._clock = clock
        self.outbox = outbox
        self.cases = Cases(db, words)
        intake.arrived = self.cases.arrived
        if erasing is not None:
            intake.spared = erasing.spared

    def look_again(self) -> None:
        """After a write that did not come to be: what waits is what the file says."""
        self.cases.look_again()
        if self._erasing is not None:
            self._erasing.look_again()

    def after(self, docs: Sequence[str], known: Mapping[str, Mapping[str, Any]] | None = None) -> Folded:
        """The trees of these documents moved. `known`: bodies of winners the caller has at hand, of documents with
        one open end."""
        done = _Sum()
        told = [doc for doc in docs if doc.startswith(COMPLAINT)]
        if self._erasing is not None:
            known = self._spared(self._erasing, docs, known or {}, done)
        if told:
            done.add((Kind.COMPLAINT,), self._complaints(told))
            if self._erasing is not None:
                done.add((Kind.COMPLAINT,), self._erasing.corrected(told))
        cases = [doc for doc in docs if doc.startswith(CASE)]
        if cases:
            for doc in self._parted(cases):
                done.conflicts += self.join(doc)
                done.add((Kind.CONFLICT, Kind.OUTBOX), [doc.removeprefix(CASE)])
            done.add((Kind.COMPLAINT,), self.cases.fold([doc.removeprefix(CASE) for doc in cases]))
        deeds = [doc for doc in docs if doc.startswith(DEED)]
        if deeds:
            done.add((Kind.EVENT,), add_events(self._db, deeds, known or {}))
        if any(doc.startswith(DATA_KEY) for doc in docs):
            done.kinds.add(Kind.KEY)
        if any(doc.startswith(LOST) for doc in docs):
            done.kinds.add(Kind.PERSON)
        people = [doc for doc in docs if doc.startswith(PERSON)]
        if people and self._people is not None:
            for doc in self._parted(people):
                self.join(doc)
                done.add((Kind.OUTBOX,), [doc])
            done.add((Kind.PERSON, Kind.LEDGER), self._people.fold(people))
        return Folded(Changes(frozenset(done.kinds), few(done.ids)), done.conflicts)

    @staticmethod
    def _spared(
        erasing: Erasing, docs: Sequence[str], known: Mapping[str, Mapping[str, Any]], done: _Sum
    ) -> Mapping[str, Mapping[str, Any]]:
        """First of all what was erased goes, so that nothing reads it: bodies at hand that may still be read."""
        done.add(_ERASES, erasing.heard([doc for doc in docs if doc.startswith(ERASURE)]))
        gone = erasing.spare([doc for doc in docs if doc.startswith((COMPLAINT, DEED))])
        return {doc: body for doc, body in known.items() if doc not in gone} if gone else known

    def erasures(self) -> None:
        """Make true whatever was erased: after a restore, a salvage or a snapshot the file may be older."""
        if self._erasing is not None:
            self._erasing.agree()

    def people(self) -> None:
        """Bring everything about persons up to their documents: after a salvage versions of one may stand apart."""
        if self._people is not None:
            docs = [row[0] for row in self._db.execute(f"SELECT id FROM doc WHERE {ALL_PEOPLE}")]
            for doc in self._parted(docs):
                self.join(doc)
            self._people.agree()

    def _complaints(self, docs: Sequence[str]) -> list[str]:
        """Complaints recorded at other consoles, as rows; the ids of those that are new here."""
        records = told_elsewhere(self._db, docs)
        for start in range(0, len(records), _MANY):
            self.intake.record_all(records[start : start + _MANY])
        return [said.id for said, _ in records]

    def _parted(self, docs: Sequence[str]) -> list[str]:
        """Those of these documents with several open ends, or that waited for a person."""
        found: list[str] = []
        for start in range(0, len(docs), _MANY):
            some = docs[start : start + _MANY]
            rows = self._db.execute(
                "SELECT id FROM doc WHERE id IN ("
                + ",".join("?" * len(some))
                + ") AND (n IN (SELECT doc FROM conflict)"
                " OR (SELECT count(*) FROM rev WHERE rev.doc = doc.n AND leaf = 1 AND rev.deleted = 0) > 1)",
                list(some),
            )
            found += [row[0] for row in rows]
        return sorted(found)

    def join(self, doc: str) -> bool:
        """Merge the open ends of a document, or keep them as a conflict for a person. True where that is a new one."""
        line = Lineage(self._db, doc)
        if len(line.leaves) > 1:
            bodies = [leaf.body for leaf in line.leaves]
            if doc.startswith(PERSON):
                merged = merge_people(bodies, line.base_of, line.base)
            else:
                merged = merge_all(bodies, line.base_of, line.base, CASE_POLICIES)
            if merged.body is None:
                return self._wait(doc)
            self._write(line, merged.body)
        self._db.execute("DELETE FROM conflict WHERE doc = (SELECT n FROM doc WHERE id = ?)", (doc,))
        return False

    def _wait(self, doc: str) -> bool:
        made = self._db.execute(
            "INSERT OR IGNORE INTO conflict (doc, at) SELECT n, ? FROM doc WHERE id = ?",
            (millis(self._clock.now()), doc),
        )
        return made.rowcount == 1

    def _write(self, line: Lineage, body: Mapping[str, Any]) -> None:
        """One version in the place of all: a revision above the winner, and a tombstone on each other. Everywhere
        they are named alike, whoever merged."""
        if not line.taken_in:
            self._send(line.doc, line.made(body), line.leaves[0].rev)
        for leaf in line.leaves[1:]:
            self._send(line.doc, _end_of(line.doc), leaf.rev, deleted=True)

    def _send(self, doc: str, body: Mapping[str, Any], parent: str, *, deleted: bool = False) -> None:
        rev = self.documents.edit(doc, body, parent=parent, deleted=deleted)
        complaint = doc.removeprefix(CASE) if doc.startswith(CASE) else ""
        self.outbox.add(doc, rev, complaint, "", millis(self._clock.now()))


def _end_of(doc: str) -> dict[str, Any]:
    """What the end of a version says that another took the place of."""
    return (
        {"type": "person", "id": doc.removeprefix(PERSON)}
        if doc.startswith(PERSON)
        else tombstone(doc.removeprefix(CASE))
    )
