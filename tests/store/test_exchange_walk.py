"""Two consoles and a centre that only keeps revisions: whatever is done, sent, lost, refused, taken back or given back,
each store agrees with itself at every step, and in the end all hold the same."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.commands.outbox import Retry, Withdraw
from console.core.clock import TurnedClock
from console.core.command import Envelope, Outcome
from console.core.lifecycle import State
from console.core.places import complaints_place
from console.core.replica import Change, Named, NotTaken, Page
from console.store import audit
from console.store.files import Profile
from console.store.replica import Replica, Tools
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, ask, batch, in_memory, invented_pack, recounted, roomy, said, tallied

PLACE = complaints_place("contoh", KELURAHAN[0])
COMPLAINTS = ["uji:000000", "uji:000004"]


class World:
    """Two consoles, the centre, and the last page each console read."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock(NOON, seed=3)
        self.centre = Replica(Tools.on(in_memory()), self.clock)
        self.stores = []
        for name in ("satu", "dua"):
            profile = Profile.at(folder / name)
            self.stores.append(Store.open(profile, self.clock, invented_pack(), room=roomy(profile), machine=name))
            self.stores[-1].take(batch(said(0), said(4)))
        self.read = [0, 0]

    def deed(self, who: int, about: int, state: State) -> None:
        """An operator decides a state."""
        envelope, command = ask(
            self.clock, COMPLAINTS[about], by=f"Petugas {who}", fields={"state": state, "holder": f"Petugas {who}"}
        )
        self.stores[who].apply(envelope, command)

    def push(self, who: int, *, lost: bool = False, refuse: int = -1) -> None:
        """Offer what waits; the centre may refuse one, and the answer may be lost."""
        store = self.stores[who]
        offers = Shelf(store._db).offers(PLACE, most=3, most_bytes=10**6)
        held, refused = [], []
        for number, offer in enumerate(offers):
            name = Named(offer.revision.doc, offer.revision.rev)
            if number == refuse:
                refused.append(NotTaken(*name, "sync.forbidden"))
                continue
            self.centre.take(Page(PLACE, [offer.revision]))
            held.append(name)
        if not lost:
            store.replica.settle(PLACE, held, refused)

    def pull(self, who: int, most: int = 3, *, twice: bool = False) -> bool:
        """Read on in the centre's feed. True where there was anything."""
        store, feed = self.stores[who], Shelf(self.centre.tools.db)
        found = feed.changes(PLACE, self.read[who], most)
        changes = [Change(each.doc, each.leaves) for each in found.rows]
        lacking = Shelf(store._db).lacking(PLACE, changes)
        revisions = [each for each in feed.revisions(PLACE, lacking) if each is not None]
        named = [Named(each.doc, rev) for each in changes for rev in each.leaves]
        for _ in range(2 if twice else 1):
            store.replica.take(Page(PLACE, revisions, named=named))
        self.read[who] = found.last
        return bool(found.rows)

    def ask_of(self, who: int, row: int, *, withdraw: bool) -> None:
        """Withdraw a waiting change, or offer a refused one again."""
        rows = self.stores[who].read.outbox_rows()
        if not rows:
            return
        chosen = rows[row % len(rows)]
        kind: Any = Withdraw(chosen.complaint, chosen.doc, "salah") if withdraw else Retry(chosen.complaint, chosen.doc)
        envelope = Envelope(self.clock.new_id(), str(kind.face.deed), kind.plain(), "Rina", self.clock.now())
        receipt, _ = self.stores[who].apply(envelope, kind)
        assert receipt.outcome in Outcome

    def quiet(self) -> None:
        """Send and read until nothing moves."""
        for _ in range(60):
            moved = False
            for who, store in enumerate(self.stores):
                for row in store.read.outbox_rows():
                    if row.says:
                        self.ask_of(who, store.read.outbox_rows().index(row), withdraw=False)
                moved = bool(Shelf(store._db).offers(PLACE, most=1, most_bytes=1)) or moved
                self.push(who)
                moved = self.pull(who) or moved
            if not moved:
                return
        raise AssertionError("they never come to rest")

    def check(self) -> None:
        """Each store agrees with itself."""
        for store in self.stores:
            agrees(store._db)


def agrees(db: sqlite3.Connection) -> None:
    assert [*audit.outbox(db), *audit.foreign(db)] == []
    assert tallied(db) == recounted(db)
    for name, pending in db.execute("SELECT id, pending FROM complaint").fetchall():
        query = "SELECT count(DISTINCT nullif(command, '')) FROM outbox WHERE complaint = ? AND withdrawn_at IS NULL"
        assert db.execute(query, (name,)).fetchone()[0] == pending
    ends = "rev.leaf <> (aside = 0 AND NOT EXISTS (SELECT 1 FROM rev AS up WHERE up.parent = rev.n AND up.aside = 0))"
    assert db.execute(f"SELECT count(*) FROM rev WHERE {ends}").fetchone() == (0,)
    unheld = "SELECT count(*) FROM rev JOIN rev AS below ON below.n = rev.parent WHERE rev.held > below.held"
    assert db.execute(unheld).fetchone() == (0,)


@contextmanager
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        made = World(Path(folder))
        try:
            yield made
        finally:
            for store in made.stores:
                store.close()


WHO = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("deed"), WHO, st.integers(0, 1), st.sampled_from([State.VERIFIED, State.DISPOSED, State.DONE])),
    st.tuples(st.just("push"), WHO, st.booleans(), st.integers(-1, 2)),
    st.tuples(st.just("pull"), WHO, st.integers(1, 4), st.booleans()),
    st.tuples(st.just("withdraw"), WHO, st.integers(0, 9)),
    st.tuples(st.just("retry"), WHO, st.integers(0, 9)),
    st.tuples(st.just("reoffer"), WHO, st.integers(0, 9)),
)


def walk(steps: list[tuple[Any, ...]]) -> None:
    with world() as made:
        for kind, who, *given_ in steps:
            made.clock.turn(7)
            if kind == "deed":
                made.deed(who, *given_)
            elif kind == "push":
                made.push(who, lost=given_[0], refuse=given_[1])
            elif kind == "pull":
                made.pull(who, given_[0], twice=given_[1])
            elif kind in ("withdraw", "retry"):
                made.ask_of(who, given_[0], withdraw=kind == "withdraw")
            else:
                made.stores[who].replica.reoffer(PLACE, given_[0])
            made.check()
        made.quiet()
        made.check()
        held = [_trees(each._db) for each in made.stores]
        assert held[0] == held[1] == _trees(made.centre.tools.db)
        rows = [each._db.execute("SELECT id, state, holder, pending FROM complaint").fetchall() for each in made.stores]
        texts = [
            {(row[0], row[1], each._words.text(row[2]), row[3]) for row in some}
            for each, some in zip(made.stores, rows, strict=True)
        ]
        assert texts[0] == texts[1]
        assert all(row[3] == 0 for row in texts[0])


def _trees(db: sqlite3.Connection) -> set[tuple[Any, ...]]:
    """All open ends with what they say."""
    return set(
        db.execute(
            "SELECT doc.id, generation, hash, rev.deleted, body FROM rev JOIN doc ON doc.n = rev.doc WHERE leaf = 1"
        )
    )


@settings(max_examples=5, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_whatever_happens_stores_agree(steps: list[tuple[Any, ...]]) -> None:
    walk(steps)


@pytest.mark.nightly
@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_for_long_stores_agree(steps: list[tuple[Any, ...]]) -> None:
    walk(steps)
