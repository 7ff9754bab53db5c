"""Consoles and a centre without a network: stores in memory that hand each other pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from console.core.clock import TurnedClock
from console.core.command import Command, Envelope, Outcome
from console.core.errors import Refused
from console.core.records import Complaint, ComplaintId
from console.core.replica import Named, Page, Revised
from console.store.database import transaction
from console.store.deeds import Deeds
from console.store.documents import Documents
from console.store.fold import Fold
from console.store.outbox import Outbox
from console.store.read import Read
from console.store.replica import Replica, Tools
from console.store.shelf import Shelf
from tests.store.conftest import NOON, Decide, hands, in_memory


class Centre:
    """A database server: trees alone, nothing merged, nothing folded."""

    def __init__(self) -> None:
        self.db: sqlite3.Connection = in_memory()
        self.replica = Replica(Tools.on(self.db), TurnedClock(NOON))
        self.shelf = Shelf(self.db)

    def take(self, place: str, revisions: Sequence[Revised]) -> None:
        self.replica.take(Page(place, revisions, held=True))


class Console:
    """A console without files: what writes, what reads, and how far it read others."""

    def __init__(self, seed: int, skew: timedelta = timedelta(0)) -> None:
        self.clock = TurnedClock(NOON + skew, seed)
        parts = hands(self.clock)
        self.db, self.intake = parts.db, parts.intake
        self.documents = Documents(self.db, words=parts.words)
        self.outbox = Outbox(self.db)
        self.fold = Fold(self.db, parts.words, self.documents, intake=self.intake, clock=self.clock, outbox=self.outbox)
        self.deeds = Deeds(self.db, parts.words, self.fold, self.clock, city="contoh")
        self.read = Read(None, self.db, parts.words)  # type: ignore[arg-type]
        tools = Tools(self.db, parts.words, self.documents, self.outbox, self.fold)
        self.replica = Replica(tools, self.clock)
        self.shelf = Shelf(self.db)
        self.since: dict[tuple[int, str], int] = {}

    def standing(self, complaint: str) -> Complaint:
        found = self.read.complaint(complaint)
        assert found is not None
        return found

    def do(self, command: Command, by: str = "Budi", saw: str | None = None) -> str:
        """Ask for it; the id of the command. Raises `Refused`. `saw` None: what stands now."""
        self.clock.turn(1)
        if saw is None:
            known = self.read.complaint(command.complaint)
            saw = known.rev if known else ""
        envelope = Envelope(self.clock.new_id(), str(command.face.deed), command.plain(), by, self.clock.now(), saw)
        with transaction(self.db):
            receipt, _ = self.deeds.do(envelope, command, self.read)
        assert receipt.outcome is Outcome.TAKEN
        return envelope.id

    def decide(self, complaint: str, by: str = "Budi", saw: str | None = None, **fields: Any) -> str:
        """A deed that makes these fields true."""
        return self.do(Decide(ComplaintId(complaint), fields), by, saw)

    def undo(self, complaint: str, command: str, by: str = "Budi", saw: str | None = None) -> str:
        return self.do(Decide(ComplaintId(complaint), undoes=command), by, saw)

    def pull(self, other: Centre | Console, *, limit: int = 100, most: int = 99, held: bool = True) -> int:
        """Read the other's feeds on, at most so many pages of a place. How many revisions came."""
        came = 0
        for place in other.shelf.places():
            for _ in range(most):
                since = self.since.get((id(other), place), 0)
                read = other.shelf.changes(place, since, limit)
                wanted = self.shelf.lacking(place, read.rows)
                revisions = [each for each in other.shelf.revisions(place, wanted) if each is not None]
                if read.rows:
                    named = [Named(each.doc, rev) for each in read.rows for rev in each.leaves]
                    page = Page(place, revisions, held=held, by="hub" if held else "bundle", named=named)
                    taken, _ = self.replica.take(page)
                    if taken.standing:  # proved by a note that this is the centre we know: here it always is
                        self.replica.settle(place, taken.standing)
                came += len(revisions)
                self.since[id(other), place] = read.last
                if not read.rows:
                    break
        return came

    def push(self, centre: Centre, *, answer_lost: bool = False, most: int = 99) -> int:
        """Give the centre what it does not hold. How many revisions."""
        gave = 0
        for place in self.shelf.waiting_places():
            offers = self.shelf.offers(place, most=most, most_bytes=1 << 20)
            centre.take(place, [each.revision for each in offers])
            gave += len(offers)
            if not answer_lost:
                self.replica.settle(place, [Named(each.revision.doc, each.revision.rev) for each in offers])
        return gave

    def meet(self, centre: Centre) -> int:
        """One whole run. How many revisions moved."""
        return self.pull(centre) + self.push(centre)

    def leaves(self) -> dict[str, list[tuple[str, bool, Mapping[str, Any] | None]]]:
        """All open ends of all documents."""
        docs = [row[0] for row in self.db.execute("SELECT id FROM doc WHERE winner IS NOT NULL ORDER BY id")]
        documents = Documents(self.db)
        return {doc: [(leaf.rev, leaf.deleted, leaf.body) for leaf in documents.leaves(doc)] for doc in docs}

    def rows(self) -> list[tuple[Any, ...]]:
        """What operators decided of every complaint."""
        return self.db.execute(
            "SELECT complaint.id, state, opd.text, holder.text, duplicate_of, decided, due_at, pending FROM complaint"
            " JOIN word AS opd ON opd.id = opd JOIN word AS holder ON holder.id = holder ORDER BY complaint.id"
        ).fetchall()

    def history(self) -> list[tuple[Any, ...]]:
        """What people did, in the order of the ids of their deeds."""
        return self.db.execute(
            "SELECT id, complaint, deed, at, by, text, before, after, fields, was, command, undoes FROM event"
            " WHERE command <> '' ORDER BY id"
        ).fetchall()


def refusal(job: Any) -> str:
    """What it was refused for, "" where it was not."""
    try:
        job()
    except Refused as refused:
        return refused.says
    return ""


def quiet(centre: Centre, *consoles: Console) -> int:
    """Let everybody meet until nothing moves; how many rounds that took. Not for ever."""
    for round_number in range(1, 12):
        if not sum(console.meet(centre) for console in consoles):
            return round_number
    raise AssertionError("they never come to rest")
