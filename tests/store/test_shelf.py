"""What other stores read here: a feed without holes, whole ancestries, offers in bounds; and no look at all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.replica import Change, Named, Page, Revised
from console.store.files import Profile
from console.store.replica import Replica, Tools
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store.conftest import NOON, in_memory

PLACE, OTHER = "kendali-contoh-complaints-99-71-01", "kendali-contoh-shared"


@pytest.fixture
def replica() -> Replica:
    return Replica(Tools.on(in_memory()), TurnedClock(NOON))


@pytest.fixture
def shelf(replica: Replica) -> Shelf:
    return Shelf(replica.tools.db)


def fill(replica: Replica, count: int, place: str = PLACE, *, held: bool = True) -> None:
    body = {"complaint": "uji:1", "text": "x" * 50}
    named = [Revised(f"deed:{place[-2:]}{number:05}", ("1-a",), {**body, "n": number}) for number in range(count)]
    replica.take(Page(place, named, held=held, by="hub" if held else "posko"))


def test_a_feed_is_read_page_by_page_without_holes(replica: Replica, shelf: Shelf) -> None:
    fill(replica, 25)
    fill(replica, 7, OTHER)
    replica.take(
        Page(PLACE, [Revised("deed:0100003", ("2-b", "1-a"), {}), Revised("deed:0100003", ("2-c", "1-a"), {})])
    )
    seen: list[Change] = []
    since, left = 0, []
    while True:
        found = shelf.changes(PLACE, since, 10)
        seen += found.rows
        left.append(found.pending)
        if not found.rows:
            break
        since = found.last
    assert left == [15, 5, 0, 0]
    assert len({each.doc for each in seen}) == len(seen) == 25
    assert seen[-1] == Change("deed:0100003", ("2-c", "2-b"), False, str(since))
    assert shelf.changes(PLACE, since, 10).last == since
    assert shelf.changes(PLACE, 0, 99) == shelf.changes(PLACE, 0, 25)
    some = shelf.changes(PLACE, 0, 10).rows[2:7]
    assert shelf.changes(PLACE, int(some[0].seq) - 1, 9, until=int(some[-1].seq)).rows == some
    backwards = shelf.changes(PLACE, 0, 10, descending=True)
    assert (backwards.rows, backwards.pending) == (seen[:-11:-1], 15)
    assert [len(shelf.changes(place, 0, 99).rows) for place in (OTHER, "absent", "\ud800")] == [7, 0, 0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), max_size=30), st.integers(1, 4))
def test_who_follows_sees_the_last_word_of_every_document(edits: list[tuple[int, int]], limit: int) -> None:
    replica = Replica(Tools.on(in_memory()), TurnedClock(NOON))
    shelf = Shelf(replica.tools.db)
    told: dict[str, tuple[str, ...]] = {}
    since = 0
    for number, step in edits:
        leaves = shelf.leaves(PLACE, f"case:{number}")
        replica.edit(PLACE, f"case:{number}", {"n": step, "of": len(leaves)}, parent=leaves[0].rev if leaves else "")
        found = shelf.changes(PLACE, since, limit)
        told.update((each.doc, each.leaves) for each in found.rows)
        assert found.last >= since
        since = found.last
    while (found := shelf.changes(PLACE, since, limit)).rows:
        told.update((each.doc, each.leaves) for each in found.rows)
        since = found.last
    assert told == {doc: tuple(each.rev for each in shelf.leaves(PLACE, doc)) for doc in told}
    assert len(told) == shelf.state(PLACE).documents == len({number for number, _ in edits})


def test_revisions_come_with_all_their_names(replica: Replica, shelf: Shelf) -> None:
    fill(replica, 3)
    long = tuple(f"{number}-x" for number in range(40, 0, -1))
    replica.take(Page(PLACE, [Revised("case:a", long, {"x": 1}), Revised("case:a", ("39-x", *long[2:]), {"x": 0})]))
    asked = [Named("case:a", ""), Named("case:a", "39-x"), Named("case:a", "38-x"), Named("case:a", "9-absent")]
    asked += [Named("deed:0100001", "1-a"), Named("absent", ""), Named("case:a", "nonsense"), Named("\ud800", "1-a")]
    found = shelf.revisions(PLACE, asked)
    assert found[:2] == [Revised("case:a", long, {"x": 1}), Revised("case:a", long[1:], {"x": 0})]
    assert found[2:4] == [None, None]  # known by its name alone, and not at all
    assert found[4] is not None and found[4].body["n"] == 1
    assert found[5:] == [None, None, None]
    assert shelf.revision(PLACE, "case:a", "40-x") == shelf.revision(PLACE, "case:a") == found[0]
    assert shelf.revision(OTHER, "case:a") is None


def test_what_is_lacking_is_named_once(replica: Replica, shelf: Shelf) -> None:
    replica.take(Page(PLACE, [Revised("case:a", ("3-c", "2-b", "1-a"), {})]))
    asked = [
        Change("case:a", ("3-c", "3-z")),
        Change("case:a", ("2-b", "3-z")),
        Change("_design/kendali", ("1-a",)),
        Change("new", ("1-a",)),
        Change("bad\ud800", ("1-a",)),
    ]
    wanted = [Named("case:a", "3-z"), Named("new", "1-a"), Named("bad\ud800", "1-a")]
    assert shelf.lacking(PLACE, asked) == wanted
    assert shelf.lacking(OTHER, asked) == wanted


def test_missing_says_what_may_be_the_ancestors(replica: Replica, shelf: Shelf) -> None:
    replica.take(
        Page(PLACE, [Revised("case:a", ("3-c", "2-b", "1-a"), {}), Revised("case:a", ("2-z", "1-a"), {}, True)])
    )
    asked = {"case:a": ["5-x", "3-c", "1-a"], "new": ["1-a", "1-a"], "odd": ["nonsense"]}
    assert shelf.missing(PLACE, asked) == {
        "case:a": (["5-x"], ["3-c", "2-z"]),
        "new": (["1-a"], []),
        "odd": (["nonsense"], []),
    }
    assert shelf.missing(PLACE, {"case:a": ["3-q"]}) == {"case:a": (["3-q"], ["2-z"])}
    assert shelf.missing(PLACE, {}) == {}


def test_offers_stay_within_bounds_and_go_on_where_they_ended(replica: Replica, shelf: Shelf) -> None:
    fill(replica, 10, held=False)
    replica.take(
        Page(PLACE, [Revised("case:a", ("1-a",), {}), Revised("case:a", ("1-b",), {})], held=False, by="posko")
    )
    seen: list[str] = []
    after = 0
    while some := shelf.offers(PLACE, most=4, most_bytes=10**6, after=after):
        assert len(some) <= 4
        seen += [each.revision.doc for each in some]
        after = some[-1].mark
    assert seen == [*(f"deed:01{number:05}" for number in range(10)), "case:a", "case:a"]
    assert len(shelf.offers(PLACE, most=99, most_bytes=1)) == 1
    size = len('{"complaint":"uji:1","n":0,"text":""}') + 50
    assert len(shelf.offers(PLACE, most=99, most_bytes=3 * size)) == 3
    assert shelf.offers(OTHER, most=9, most_bytes=9) == []
    assert shelf.waiting_places() == [PLACE]


def test_documents_are_listed_in_order_of_their_ids(replica: Replica, shelf: Shelf) -> None:
    fill(replica, 6)
    fill(replica, 6, OTHER)
    replica.take(Page(PLACE, [Revised("deed:0100002", ("2-b", "1-a"), {}, True)]))

    def ids(*args: Any, **kwargs: Any) -> list[str]:
        return [each.doc[-1] for each in shelf.documents(PLACE, *args, **kwargs)]

    assert ids() == ["0", "1", "3", "4", "5"]
    assert ids("deed:0100001", "deed:0100004") == ["1", "3", "4"]
    assert ids("deed:0100001", "deed:0100004", inclusive_end=False) == ["1", "3"]
    assert ids("deed:0100004", "deed:0100001", descending=True) == ["4", "3", "1"]
    assert ids("deed:0100004", "deed:0100001", descending=True, inclusive_end=False) == ["4", "3"]
    assert ids(limit=2, skip=1) == ["1", "3"]
    assert ids("\ud800") == []
    state = shelf.state(PLACE)
    assert (state.documents, state.deleted) == (5, 1)


def test_revisions_are_read_as_far_as_their_bodies_go(replica: Replica, shelf: Shelf) -> None:
    fill(replica, 5)
    asked = [Named(f"deed:0100{n:03}", "1-a") for n in (3, 0, 9, 3, 1)]
    whole = shelf.revisions(PLACE, asked)
    assert [each and each.doc[-1] for each in whole] == ["3", "0", None, "3", "1"]
    size = len('{"complaint":"uji:1","n":0,"text":""}') + 50
    counts = [len(shelf.revisions(PLACE, asked, most_bytes=most)) for most in (0, 2 * size - 1, 2 * size, 4 * size)]
    assert counts == [1, 1, 3, 5]
    assert shelf.revisions(PLACE, asked, most_bytes=2 * size) == whole[:3]
    assert shelf.revisions(PLACE, [], most_bytes=0) == []


def test_open_ends_are_known_without_their_bodies(replica: Replica, shelf: Shelf) -> None:
    ends = [Revised("case:1", ("2-b", "1-a"), {"v": 1}), Revised("case:1", ("2-c", "1-a"), {"v": 2}, True)]
    replica.take(Page(PLACE, ends))
    assert shelf.tips(PLACE, "case:1") == [each._replace(body={}) for each in shelf.leaves(PLACE, "case:1")]
    assert [each.rev for each in shelf.tips(PLACE, "case:1")] == ["2-b", "2-c"]
    assert shelf.tips(OTHER, "case:1") == shelf.tips(PLACE, "\ud800") == []


def test_the_digest_tells_stores_apart_and_is_the_same_where_they_are() -> None:
    digests = []
    for order in (1, -1):
        replica = Replica(Tools.on(in_memory()), TurnedClock(NOON))
        for each in [Revised("a", ("1-a",), {}), Revised("b", ("1-b",), {}), Revised("c", ("1-c",), {}, True)][::order]:
            replica.take(Page(PLACE, [each]))
        digests.append(Shelf(replica.tools.db).state(PLACE, digest=True).digest)
    assert digests[0] == digests[1] != ""
    replica.edit(PLACE, "a", {"x": 1}, parent="1-a")
    assert Shelf(replica.tools.db).state(PLACE, digest=True).digest != digests[0]


def test_a_shelf_of_its_own_sees_what_is_committed(store: Store, profile: Profile) -> None:
    shelf = Shelf.open(profile)
    store.replica.take(Page(PLACE, [Revised("a", ("1-a",), {})]))
    assert [each.doc for each in shelf.changes(PLACE, 0, 9).rows] == ["a"]
    shelf.close()


def test_without_a_store_there_is_nothing_to_open(profile: Profile) -> None:
    with pytest.raises(DiskTrouble, match="absent"):
        Shelf.open(profile)


class Watched:
    """A connection that keeps the plan of every statement."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.plans: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, args: Sequence[Any] = ()) -> Any:
        if sql.startswith(("SELECT", "WITH")):
            self.plans += [(row[3], sql) for row in self._db.execute(f"EXPLAIN QUERY PLAN {sql}", args)]
        return self._db.execute(sql, args)


def test_no_look_walks_through_a_whole_table_or_place(replica: Replica) -> None:
    fill(replica, 20, held=False)
    watched = Watched(replica.tools.db)
    shelf = Shelf(watched)  # type: ignore[arg-type]
    shelf.changes(PLACE, 3, 5)
    shelf.revisions(PLACE, [Named("deed:0100001", ""), Named("deed:0100001", "1-z"), Named("x", "")])
    shelf.leaves(PLACE, "deed:0100001")
    shelf.lacking(PLACE, [Change("deed:0100001", ("1-a",))])
    shelf.missing(PLACE, {"deed:0100001": ["2-b"]})
    shelf.offers(PLACE, most=3, most_bytes=999)
    shelf.waiting_places()
    shelf.checkpoint("hub", PLACE)
    shelf.local(PLACE, "x")
    for plan, sql in watched.plans:
        whole = plan.startswith("SCAN") and "step" not in plan and "line" not in plan and "CONSTANT" not in plan
        assert not whole, (plan, sql)
        # A place holds hundreds of thousands: only what follows the feed may walk along it.
        assert "doc_seq (place=?)" not in plan or "count(*)" in sql, (plan, sql)
