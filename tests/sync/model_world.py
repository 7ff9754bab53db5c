"""Consoles with real stores in memory around a model hub, over a net that loses, repeats and invents answers."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from console.core.clock import TurnedClock
from console.core.errors import Away, BadAnswer
from console.core.replica import (
    Change,
    ChangesRead,
    Checkpoint,
    Named,
    NotTaken,
    Offer,
    Page,
    PlaceState,
    Revised,
    Taken,
)
from console.store.documents import Documents, name_rev
from console.store.fold import Fold
from console.store.intake import Intake
from console.store.outbox import Outbox
from console.store.pause import Pause
from console.store.replica import Replica, Tools
from console.store.search import SearchIndex
from console.store.shelf import Shelf
from console.store.words import Words
from sync.couch import Call, Reply
from sync.peering import Fact
from sync.replicate import Pages, Replicator
from tests.store.conftest import in_memory
from tests.sync.model_hub import ModelHub

PLACE = "kendali-contoh-complaints-0"
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
FAULTS = (
    "drop_before",
    "drop_after",
    "drop_after",
    "twice",
    "garble",
    "again",
    "portal",
    "portal",
    "crash_before",
    "crash_after",
)
"""Lost before or after the hub acted, done twice, cut, an older answer again, a portal that says yes, killed."""


class Crash(BaseException):
    """The engine was killed here."""


class ModelNet:
    """The way to a hub. `dice` decides by each call what befalls it; None where it is whole."""

    def __init__(self, hub: ModelHub, dice: Callable[[Call], str | None] = lambda _: None) -> None:
        self.hub = hub
        self.dice = dice
        self._old: dict[tuple[str, str], Reply] = {}

    def call(self, call: Call) -> Reply:
        fault = self.dice(call)
        if fault == "crash_before":
            raise Crash
        if fault == "drop_before":
            raise Away("sync.away.reset", source="hub")
        if fault == "portal":
            return Reply(200, [] if call.path.endswith("_bulk_docs") else {}, 2)
        key = (call.method, call.path)
        if fault == "again" and key in self._old:
            return self._old[key]
        reply = self.hub.answer(call)
        if fault == "twice":
            reply = self.hub.answer(call)
        self._old[key] = reply
        if fault == "crash_after":
            raise Crash
        if fault == "drop_after":
            raise Away("sync.away.reset", source="hub")
        if fault == "garble":
            raise BadAnswer("sync.bad.cut", source="hub", got=1)
        return reply

    def ahead(self, call: Call) -> Callable[[], Reply]:
        """Asked when it is wanted: at the latest moment that would do."""
        done: list[Reply] = []

        def wait() -> Reply:
            if not done:
                done.append(self.call(call))
            return done[0]

        return wait


class StoreLocal:
    """A real store in memory. `slip` may end the process at each write, and between the slices of one."""

    def __init__(self, db: sqlite3.Connection, clock: TurnedClock, slip: Callable[[], bool] = lambda: False) -> None:
        self.db = db
        self.replica = Replica(_tools(db, clock), clock)
        self.shelf = Shelf(db)
        self.slip = slip

    def _step(self) -> None:
        if self.slip():
            raise Crash

    def lacking(self, place: str, changes: Sequence[Change]) -> list[Named]:
        return self.shelf.lacking(place, changes)

    def leaves(self, place: str, doc: str) -> list[Revised]:
        return self.shelf.leaves(place, doc)

    def revision(self, place: str, doc: str, rev: str) -> Revised | None:
        return self.shelf.revision(place, doc, rev)

    def offers(self, place: str, *, most: int, most_bytes: int, after: int = 0) -> list[Offer]:
        return self.shelf.offers(place, most=most, most_bytes=most_bytes, after=after)

    def changes(self, place: str, since: int, limit: int, *, descending: bool = False) -> ChangesRead:
        return self.shelf.changes(place, since, limit, descending=descending)

    def state(self, place: str, *, digest: bool = False) -> PlaceState:
        return self.shelf.state(place, digest=digest)

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        return self.shelf.checkpoint(peer, place)

    def local(self, place: str, id: str) -> tuple[str, Mapping[str, Any]] | None:  # noqa: A002
        return self.shelf.local(place, id)

    def titles(self, docs: Sequence[str]) -> list[str]:
        return self.shelf.titles(docs)

    def take(self, page: Page) -> Taken:
        self._step()
        taken, _ = self.replica.take(page, Pause(urgent=lambda: True, let_in=self._step))
        self._step()
        return taken

    def settle(self, place: str, held: Sequence[Named], refused: Sequence[NotTaken] = ()) -> None:
        self._step()
        self.replica.settle(place, held, refused)
        self._step()

    def remember(self, checkpoint: Checkpoint) -> None:
        self._step()
        self.replica.remember(checkpoint)
        self._step()

    def reoffer(self, place: str, above: int) -> int:
        self._step()
        count = self.replica.reoffer(place, above, Pause(urgent=lambda: True, let_in=self._step))
        self._step()
        return count

    def edit(self, place: str, doc: str, body: Mapping[str, Any], *, parent: str, deleted: bool = False) -> str:
        self._step()
        return self.replica.edit(place, doc, body, parent=parent, deleted=deleted)

    def put_local(self, place: str, id: str, body: Mapping[str, Any]) -> str:  # noqa: A002
        self._step()
        return self.replica.put_local(place, id, body)


def _tools(db: sqlite3.Connection, clock: TurnedClock) -> Tools:
    """What a store writes with, the fold that merges cases among it."""
    words, outbox = Words(db), Outbox(db)
    documents = Documents(db, words=words)
    intake = Intake(db, words, SearchIndex(db), clock)
    fold = Fold(db, words, documents, intake=intake, clock=clock, outbox=outbox)
    return Tools(db, words, documents, outbox, fold)


@cache
def _template() -> bytes:
    db = in_memory()
    return db.serialize()


def fresh_db() -> sqlite3.Connection:
    """An empty store with all its tables, copied from one made once."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(_template())
    return db


class Console:
    """One console: its store outlives its process."""

    def __init__(self, name: str, hub: ModelHub, *, place: str = PLACE, seed: int = 0, db: Any = None) -> None:
        self.name = name
        self.place = place
        self.clock = TurnedClock(NOON, seed)
        self.db = db or fresh_db()
        self.net = ModelNet(hub)
        self.facts: list[Fact] = []
        self.pages = Pages(size=8)
        self.pages.MOST = 8  # type: ignore[misc]
        self.saved: set[tuple[str, str]] = set()
        """Every revision that was ever made here and called saved."""
        self.slip: Callable[[], bool] = lambda: False
        self.again_s: float | None = None
        """When the last turn left something to be tried again."""
        self.start()

    def start(self) -> None:
        """A process on the store as it is."""
        self.local = StoreLocal(self.db, self.clock, lambda: self.slip())
        self.replicator = Replicator(
            self.net,
            self.local,
            self.clock,
            self.clock.chance,
            place=self.place,
            database=self.place,
            console=self.name,
            told=self.facts.append,
            page=self.pages,
        )

    @property
    def shelf(self) -> Shelf:
        return self.local.shelf

    def docs(self) -> list[str]:
        return [row.doc for row in self.shelf.changes(self.place, 0, 10_000).rows]

    def edit(self, doc: str, body: Mapping[str, Any], *, saw: str | None = None, deleted: bool = False) -> str:
        """What an operator does who saw revision `saw`, the winner where it is not said."""
        seen = self.shelf.revision(self.place, doc, saw or "")
        parent = seen.rev if seen else ""
        rev = name_rev(parent, body, deleted)
        path = (rev, *(seen.path if seen else ()))
        page = Page(self.place, [Revised(doc, path, body, deleted)], held=False, by="operator")
        self.local.replica.take(page)
        self.saved.add((doc, rev))
        return rev

    def merge(self, doc: str) -> None:
        """Both sides of a conflict in one, the same on whatever console it is done."""
        winner, *others = self.shelf.leaves(self.place, doc)
        others = [each for each in others if not each.deleted]
        if winner.deleted or not others:
            return
        merged = dict(winner.body)
        for other in others:
            merged = {**other.body, **merged}
        merged["said"] = sorted({*winner.body.get("said", []), *(s for o in others for s in o.body.get("said", []))})
        self.saved.add((doc, self.local.replica.edit(self.place, doc, merged, parent=winner.rev)))
        for other in others:
            rev = self.local.replica.edit(self.place, doc, {}, parent=other.rev, deleted=True)
            self.saved.add((doc, rev))

    def leaves(self) -> dict[str, dict[str, tuple[bool, Mapping[str, Any]]]]:
        """As `model_hub.leaves_of`."""
        return {
            doc: {each.rev: (each.deleted, each.body) for each in self.shelf.leaves(self.place, doc)}
            for doc in self.docs()
        }

    def known(self) -> set[tuple[str, str]]:
        """Every revision it knows by name."""
        rows = self.db.execute("SELECT id, generation || '-' || hash FROM rev JOIN doc ON doc.n = rev.doc")
        return {(doc, rev) for doc, rev in rows}

    def parted(self) -> set[str]:
        """Cases with several open versions."""
        ends = self.leaves().items()
        return {doc for doc, leaves in ends if doc[:5] == "case:" and sum(not gone for gone, _ in leaves.values()) > 1}

    def conflicts(self) -> set[str]:
        """Documents that wait for a person."""
        return {row[0] for row in self.db.execute("SELECT id FROM conflict JOIN doc ON doc.n = conflict.doc")}

    def waiting(self) -> int:
        return len(self.shelf.offers(self.place, most=10_000, most_bytes=1 << 30))

    def cycle(self) -> None:
        """One turn as the engine makes it."""
        if self.replicator.poll(0):
            self.replicator.pull()
        self.again_s = self.replicator.push().again_s


def quiet(consoles: Sequence[Console], *, answer: str = "resend", rounds: int = 30) -> int:
    """Let all exchange without a fault until a whole round writes nothing anywhere. How many rounds it took."""
    for console in consoles:
        console.net.dice = lambda _: None
        console.slip = lambda: False
    for done in range(rounds):
        before = [console.db.total_changes for console in consoles]
        for console in consoles:
            console.clock.turn(5 + (console.again_s or 0))
            console.cycle()
            if console.replicator.held_up:
                console.replicator.choose(answer)
                before = []
            if console.again_s is not None:
                before = []
        if before == [console.db.total_changes for console in consoles]:
            return done
    raise AssertionError("no rest")


def faults(rng: random.Random, share: float, kinds: Sequence[str] = FAULTS) -> Callable[[Call], str | None]:
    """Dice for a net that fails that often."""
    return lambda _: rng.choice(kinds) if rng.random() < share else None
