"""Pages from other stores: any order, any repeat, any cut and any rubbish in them end in the same state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.records import Kind, QueueFilter
from console.core.replica import Checkpoint, Named, Page, Revised, Session
from console.store import audit
from console.store.arrivals import HIGHEST
from console.store.database import transaction
from console.store.documents import Documents, generation, name_rev
from console.store.keeper import Keeper
from console.store.pause import SLICE, Pause
from console.store.replica import Edit, Replica, Tools
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store.conftest import NOON, ask, batch, in_memory, said

PLACE = "kendali-contoh-complaints-99-71-01"
HUB = Checkpoint("hub", PLACE, "u", "1", (Session("s1", "17-abc", 0),))
SHA = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Sent:
    """A revision on its way, with whether the centre holds it."""

    revised: Revised
    held: bool


@st.composite
def sendings(draw: st.DrawFn) -> list[Sent]:
    """Revisions of a few documents, each with its whole ancestry, made by hands that did not know each other."""
    sent: list[Sent] = []
    paths: dict[str, list[tuple[str, ...]]] = {}
    for number in range(draw(st.integers(1, 12))):
        doc = draw(st.sampled_from(["case:a", "case:b", "deed:c"]))
        parent = draw(st.sampled_from([(), *paths.get(doc, [])]))
        deleted = draw(st.booleans())
        body = {"n": number, "at": NOON.isoformat()}
        path = (name_rev(parent[0] if parent else "", body, deleted), *parent)
        paths.setdefault(doc, []).append(path)
        sent.append(Sent(Revised(doc, path, body, deleted), draw(st.booleans())))
        if draw(st.booleans()):  # the same by a hand that knows less of where it comes from
            stem = path[: draw(st.integers(1, len(path)))]
            sent.append(Sent(Revised(doc, stem, body, deleted), draw(st.booleans())))
    return sent


def fresh() -> Replica:
    return Replica(Tools.on(in_memory()), TurnedClock(NOON))


def state(db: sqlite3.Connection) -> Any:
    """All that matters: trees with what is held, winners, and what waits."""
    trees = db.execute(
        "SELECT doc.id, rev.generation || '-' || rev.hash AS name, up.generation || '-' || up.hash, rev.leaf,"
        " rev.deleted, rev.body, rev.held, rev.aside, doc.winner = rev.n, doc.deleted FROM rev"
        " JOIN doc ON doc.n = rev.doc LEFT JOIN rev AS up ON up.n = rev.parent ORDER BY doc.id, name"
    )
    waiting = db.execute("SELECT doc, rev, complaint, command, withdrawn_at FROM outbox ORDER BY doc, rev")
    return trees.fetchall(), waiting.fetchall()


def pages(sent: Sequence[Sent]) -> Iterator[Page]:
    """Runs of what is alike held, as pages."""
    for each in sent:
        yield Page(PLACE, [each.revised], held=each.held, by="x")


def is_sound(db: sqlite3.Connection) -> bool:
    return audit.outbox(db) == [] and db.execute("PRAGMA foreign_key_check").fetchall() == []


@settings(max_examples=30, deadline=None)
@given(sendings(), st.data())
def test_any_order_and_any_repeat_end_alike(sent: list[Sent], data: st.DataObject) -> None:
    found = []
    for order in (sent, data.draw(st.permutations(sent)), data.draw(st.permutations([*sent, *sent]))):
        replica = fresh()
        for page in pages(order):
            replica.take(page)
        found.append(state(replica.tools.db))
        assert is_sound(replica.tools.db)
    assert found[0] == found[1] == found[2]


@settings(max_examples=30, deadline=None)
@given(sendings())
def test_one_page_or_many_end_alike_and_winners_are_couchdbs(sent: list[Sent]) -> None:
    one, many = fresh(), fresh()
    one.take(Page(PLACE, [each.revised for each in sent]))
    for each in sent:
        many.take(Page(PLACE, [each.revised]))
    assert state(one.tools.db) == state(many.tools.db)
    for doc in {each.revised.doc for each in sent}:
        own = [each.revised for each in sent if each.revised.doc == doc]
        parents = {each.path[1] for each in own if len(each.path) > 1}
        leaves = [each for each in own if each.rev not in parents]
        best = max(leaves, key=lambda each: (not each.deleted, generation(each.rev), each.rev.partition("-")[2]))
        winner = Shelf(one.tools.db).revision(PLACE, doc)
        assert winner is not None and (winner.path, winner.deleted) == (best.path, best.deleted)
        assert {each.rev for each in Shelf(one.tools.db).leaves(PLACE, doc)} == {each.rev for each in leaves}


@settings(max_examples=25, deadline=None)
@given(sendings(), st.integers(2, 5))
def test_pruning_keeps_every_leaf_and_the_winner(sent: list[Sent], limit: int) -> None:
    whole, pruned = fresh(), fresh()
    tools = pruned.tools
    pruned.tools = Tools(tools.db, tools.words, Documents(tools.db, limit, tools.words), tools.outbox, tools.fold)
    for replica in (whole, pruned):
        for page in pages(sent):
            replica.take(page)
    for doc in {each.revised.doc for each in sent}:
        kept, all_ = (
            [(each.rev, each.body) for each in Shelf(each_.tools.db).leaves(PLACE, doc)] for each_ in (pruned, whole)
        )
        assert set(map(str, all_)) <= set(map(str, kept))
        nodes = tools.db.execute("SELECT count(*) FROM rev JOIN doc ON doc.n = rev.doc WHERE id = ?", (doc,)).fetchone()
        assert nodes[0] <= limit * len(kept)
    assert is_sound(tools.db)


@settings(max_examples=25, deadline=None)
@given(sendings(), st.integers(0, 3), st.data())
def test_a_page_that_was_cut_off_and_sent_again_ends_alike(sent: list[Sent], cut: int, data: st.DataObject) -> None:
    page = Page(PLACE, [each.revised for each in sent], HUB, held=data.draw(st.booleans()))
    whole, torn = fresh(), fresh()
    whole.take(page)
    slices = 0

    @contextmanager
    def stumbling() -> Iterator[None]:
        nonlocal slices
        slices += 1
        with transaction(torn.tools.db):
            yield
            if slices == cut + 1:
                raise DiskTrouble("store.full")

    stumbler = Replica(torn.tools, TurnedClock(NOON), stumbling)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.store.replica.SLICE", 2)
        try:
            stumbler.take(page, Pause(urgent=lambda: True))
        except DiskTrouble:
            torn.tools.words.look_again()
            assert Shelf(torn.tools.db).checkpoint("hub", PLACE) is None
        torn.take(page)
    assert state(torn.tools.db) == state(whole.tools.db)
    assert Shelf(torn.tools.db).checkpoint("hub", PLACE) == HUB


def test_a_known_revision_is_no_news_and_moves_nothing() -> None:
    replica = fresh()
    page = Page(PLACE, [Revised("case:a", ("2-b", "1-a"), {"x": 1}), Revised("deed:b", ("1-a",), {"x": 2})])
    first, _ = replica.take(page)
    seqs = Shelf(replica.tools.db).changes(PLACE, 0, 9)
    again, changes = replica.take(page)
    assert (first.fresh, again.fresh, changes.kinds) == (2, 0, frozenset())
    assert Shelf(replica.tools.db).changes(PLACE, 0, 9) == seqs


def nested(depth: int) -> Any:
    body: Any = {}
    for _ in range(depth):
        body = {"x": [body]}
    return body


def ring() -> Any:
    body: dict[str, Any] = {}
    body["x"] = body
    return body


GOOD = {"type": "note", "x": 1}
HOSTILE = {
    "no name": Revised("d", ("nonsense",), GOOD),
    "no hash": Revised("d", ("1-",), GOOD),
    "no generation": Revised("d", (f"-{SHA}",), GOOD),
    "generation 0": Revised("d", (f"0-{SHA}",), GOOD),
    "generation with a sign": Revised("d", (f"+1-{SHA}",), GOOD),
    "generation of other digits": Revised("d", (f"١-{SHA}",), GOOD),
    "generation beyond counting": Revised("d", (f"{10**30}-{SHA}",), GOOD),
    "name with a NUL": Revised("d", ("1-a\0b",), GOOD),
    "name with half a letter": Revised("d", ("1-\ud800",), GOOD),
    "endless name": Revised("d", ("1-" + "a" * 10_000,), GOOD),
    "name that is a number": Revised("d", (1,), GOOD),  # type: ignore[arg-type]
    "no path": Revised("d", (), GOOD),
    "path that is none": Revised("d", None, GOOD),  # type: ignore[arg-type]
    "path that is a text": Revised("d", "1-a", GOOD),  # type: ignore[arg-type]
    "path in a ring": Revised("d", ("3-a", "2-b", "3-a"), GOOD),
    "path upwards": Revised("d", ("1-a", "2-b"), GOOD),
    "path with a gap": Revised("d", ("3-a", "1-b"), GOOD),
    "path below the first": Revised("d", ("1-a", "0-b"), GOOD),
    "no id": Revised("", ("1-a",), GOOD),
    "id that is a number": Revised(7, ("1-a",), GOOD),  # type: ignore[arg-type]
    "id with a NUL": Revised("a\0b", ("1-a",), GOOD),
    "id with half a letter": Revised("a\ud800", ("1-a",), GOOD),
    "id of the server's own": Revised("_design/x", ("1-a",), GOOD),
    "endless id": Revised("a" * 10_000, ("1-a",), GOOD),
    "body too big": Revised("d", ("1-a",), {"x": "a" * 8_000_001}),
    "body too big in bytes": Revised("d", ("1-a",), {"x": "é" * 4_000_001}),
    "body too deep": Revised("d", ("1-a",), nested(40)),
    "body deeper than the machine can count": Revised("d", ("1-a",), nested(200_000)),
    "body in a ring": Revised("d", ("1-a",), ring()),
    "number beyond all": Revised("d", ("1-a",), {"x": json.loads("1e999")}),
    "no number": Revised("d", ("1-a",), {"x": json.loads("NaN")}),
    "endless number": Revised("d", ("1-a",), {"x": 10**5000}),
    "half a letter in a text": Revised("d", ("1-a",), {"x": "\ud800"}),
    "half a letter in a name": Revised("d", ("1-a",), {"\udfff": 1}),
    "field of the server's own": Revised("d", ("1-a",), {"_id": "other"}),
    "body that is a list": Revised("d", ("1-a",), [1]),  # type: ignore[arg-type]
    "body that is none": Revised("d", ("1-a",), None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("each", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("held", [True, False])
def test_what_cannot_be_stored_is_refused_by_itself(each: Revised, held: bool) -> None:
    replica = fresh()
    beside = [Revised("deed:1", ("1-a",), GOOD), each, Revised("deed:2", ("1-a",), {"_attachments": {}, "x": "_"})]
    taken, _ = replica.take(Page(PLACE, beside, HUB, held=held))
    [refused] = taken.refused
    assert taken.fresh == 2 and refused.says.startswith("store.not_taken.")
    (refused.doc + refused.rev).encode()
    shelf = Shelf(replica.tools.db)
    assert [change.doc for change in shelf.changes(PLACE, 0, 9).rows] == ["deed:1", "deed:2"]
    assert shelf.checkpoint("hub", PLACE) is None, "not before its name is kept by who sent the page"
    assert is_sound(replica.tools.db)


def test_odd_but_sound_ones_are_kept_byte_for_byte() -> None:
    replica = fresh()
    bodies = [
        {"a": "\0", "b": 2**53 + 1, "c": 1.0, "d": "𝄞\u2028"},
        {"x": "{" * 100 + "["},
        nested(30),
        {"a": {"_id": 1}},
    ]
    docs = ["deed:a/b?c#d", "日本", "a b\nc", "A"]
    revised = [Revised(doc, (f"{HIGHEST}-{SHA}",), body) for doc, body in zip(docs, bodies, strict=True)]
    taken, _ = replica.take(Page(PLACE, revised))
    assert taken.refused == ()
    shelf = Shelf(replica.tools.db)
    assert shelf.revisions(PLACE, [Named(each.doc, "") for each in revised]) == revised
    assert [each.doc for each in shelf.documents(PLACE)] == sorted(docs, key=str.encode)


def test_names_that_claim_other_parents_cannot_bend_a_tree() -> None:
    replica = fresh()
    replica.take(Page(PLACE, [Revised("d", ("3-c", "2-b", "1-a"), GOOD)]))
    replica.take(
        Page(PLACE, [Revised("d", ("4-d", "3-c", "2-other", "1-a"), GOOD), Revised("d", ("3-c", "2-x", "1-y"), GOOD)])
    )
    [leaf] = Shelf(replica.tools.db).leaves(PLACE, "d")
    assert leaf.path == ("4-d", "3-c", "2-b", "1-a")
    assert replica.tools.db.execute("SELECT count(*) FROM rev").fetchone() == (4,)


def test_a_document_stays_in_its_own_place() -> None:
    replica = fresh()
    replica.take(Page(PLACE, [Revised("d", ("1-a",), GOOD)]))
    replica.take(Page("kendali-contoh-shared", [Revised("d", ("2-b", "1-a"), GOOD)]))
    shelf = Shelf(replica.tools.db)
    assert shelf.places() == [PLACE]
    assert [each.leaves for each in shelf.changes(PLACE, 0, 9).rows] == [("2-b",)]
    assert shelf.revision("kendali-contoh-shared", "d") is None
    assert shelf.state("kendali-contoh-shared").documents == 0


class TestEdits:
    """Changes as CouchDB's `new_edits=true` has them."""

    def test_a_parent_that_is_no_leaf_is_a_conflict(self) -> None:
        replica = fresh()
        first = replica.edit(PLACE, "d", {"x": 1}, parent="")
        second = replica.edit(PLACE, "d", {"x": 2}, parent=first)
        assert replica.edit(PLACE, "d", {"x": 2}, parent=first) == second  # the same change again
        for parent in ("", first, "1-absent", "nonsense"):
            with pytest.raises(Refused):
                replica.edit(PLACE, "d", {"x": 3}, parent=parent)
        assert [each.path for each in Shelf(replica.tools.db).leaves(PLACE, "d")] == [(second, first)]

    def test_a_deleted_one_begins_again_on_its_grave(self) -> None:
        replica = fresh()
        first = replica.edit(PLACE, "d", {"x": 1}, parent="")
        gone = replica.edit(PLACE, "d", {"area": "a"}, parent=first, deleted=True)
        assert Shelf(replica.tools.db).state(PLACE).deleted == 1
        again = replica.edit(PLACE, "d", {"x": 1}, parent="")
        assert Shelf(replica.tools.db).revision(PLACE, "d") == Revised("d", (again, gone, first), {"x": 1})
        assert (Shelf(replica.tools.db).state(PLACE).documents, Shelf(replica.tools.db).state(PLACE).deleted) == (1, 0)

    def test_many_at_once_stop_no_other(self) -> None:
        replica = fresh()
        edits = [
            Edit("a", {"x": 1}),
            Edit("_a", {}),
            Edit("a", {"x": 2}),
            Edit("b", {"x": float("inf")}),
            Edit("b", {}),
        ]
        outcomes, _ = replica.edit_all(PLACE, edits, held=True)
        assert [each.says if isinstance(each, Refused) else "" for each in outcomes] == [
            "",
            "store.not_taken.id",
            "store.rev_conflict",
            "store.not_taken.content",
            "",
        ]
        assert Shelf(replica.tools.db).waiting_places() == []

    def test_above_the_last_generation_there_is_none(self) -> None:
        replica = fresh()
        last = f"{HIGHEST}-{SHA}"
        replica.take(Page(PLACE, [Revised("d", (last,), GOOD)]))
        [outcome], _ = replica.edit_all(PLACE, [Edit("d", {"x": 1}, last)])
        assert isinstance(outcome, Refused) and outcome.says == "store.not_taken.rev"
        assert [each.rev for each in Shelf(replica.tools.db).leaves(PLACE, "d")] == [last]

    def test_what_a_console_edits_waits_for_the_centre(self) -> None:
        replica = fresh()
        rev = replica.edit(PLACE, "case:x", {"complaint": "uji:1"}, parent="")
        [offer] = Shelf(replica.tools.db).offers(PLACE, most=9, most_bytes=9)
        assert (offer.revision.doc, offer.revision.path) == ("case:x", (rev,))


def test_what_a_centre_lost_is_given_back() -> None:
    replica = fresh()
    replica.take(Page(PLACE, [Revised(f"deed:{number}", ("1-a",), GOOD) for number in range(600)]))
    replica.take(Page(PLACE, [Revised("case:a", ("2-b", "1-a"), {}, True), Revised("case:a", ("1-z",), GOOD)]))
    shelf = Shelf(replica.tools.db)
    assert shelf.waiting_places() == []
    assert replica.reoffer(PLACE, 598, Pause(urgent=lambda: True)) == 3
    offers = shelf.offers(PLACE, most=99, most_bytes=10**6)
    assert [(each.revision.doc, each.revision.path, each.revision.deleted) for each in offers] == [
        ("deed:598", ("1-a",), False),
        ("deed:599", ("1-a",), False),
        ("case:a", ("1-z",), False),
        ("case:a", ("2-b", "1-a"), True),
    ] or {each.revision.path for each in offers[2:]} == {("1-z",), ("2-b", "1-a")}
    assert replica.reoffer(PLACE, 0) == 601
    assert is_sound(replica.tools.db)
    everything = shelf.offers(PLACE, most=9999, most_bytes=10**9)
    replica.settle(PLACE, [Named(each.revision.doc, each.revision.rev) for each in everything])
    assert shelf.waiting_places() == [] and is_sound(replica.tools.db)


def test_what_was_taken_back_does_not_stop_what_is_given_back() -> None:
    replica = fresh()
    for number in range(SLICE + 50):
        replica.edit(PLACE, f"case:{number:04}", {"n": number}, parent="")
        replica.tools.documents.set_aside(f"case:{number:04}")
    replica.take(Page(PLACE, [Revised("deed:1", ("1-a",), GOOD)]))
    assert replica.reoffer(PLACE, 0) == 1


def test_times_beyond_all_calendars_are_not_believed(store: Store) -> None:
    store.take(batch(said(1)))
    far = [Revised(f"case:uji:{number:06}", (f"1-{SHA}",), _case(number, at)) for number, at in enumerate(FAR)]
    deeds_ = [each._replace(body={**each.body, "at": at}) for each, at in zip(deeds(len(FAR)), FAR, strict=True)]
    for held in (True, False):
        named = [
            each._replace(doc=f"{each.doc}{held}") if each.doc.startswith("deed:") else each for each in far + deeds_
        ]
        store.replica.take(Page(PLACE, named, held=held, by="posko"))
    assert [*audit.values(store._db), *audit.outbox(store._db)] == []


FAR = [
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00",
    "1969-12-31T23:59:59+00:00",
    "2026-03-02T05:00:00",
    "x",
    7,
]


def _case(number: int, at: Any) -> dict[str, Any]:
    body = {"type": "case", "complaint": f"uji:{number:06}", "holder": "Sari", "duplicate_of": "", "native_state": ""}
    return {**body, "by": "Sari", "at": at}


def test_notes_that_cannot_be_kept_are_refused() -> None:
    replica = fresh()
    for local, body in (("k", {"x": float("nan")}), ("k", ring()), ("\ud800", {}), ("k", {"x": "\ud800"})):
        with pytest.raises(Refused, match="not_taken"):
            replica.put_local(PLACE, local, body)


def test_notes_of_peers_the_last_to_write_holds() -> None:
    replica, shelf = fresh(), None
    shelf = Shelf(replica.tools.db)
    assert shelf.local(PLACE, "k") is None
    assert [replica.put_local(PLACE, "k", {"n": number}) for number in (1, 2)] == ["0-1", "0-2"]
    assert shelf.local(PLACE, "k") == ("0-2", {"n": 2})
    assert shelf.local("other", "k") is None and shelf.local(PLACE, "\ud800") is None
    replica.drop_local(PLACE, "k")
    assert shelf.local(PLACE, "k") is None


def test_checkpoints_are_kept_whole() -> None:
    replica = fresh()
    replica.remember(HUB)
    newer = Checkpoint("hub", PLACE, "u", "2", (Session("s2", "18-x", 7), *HUB.sessions), "sync.choice.other_hub")
    assert replica.remember(newer).kinds == {Kind.HUB}
    shelf = Shelf(replica.tools.db)
    assert shelf.checkpoint("hub", PLACE) == newer
    assert shelf.checkpoint("hub", "x") is None and shelf.checkpoint("posko", PLACE) is None


def deeds(count: int, text: str = "") -> list[Revised]:
    """Deeds of other consoles on the first complaint."""
    body = {"type": "deed", "complaint": "uji:000001", "deed": "note", "by": "Sari", "at": NOON.isoformat()}
    body |= {"text": text, "before": 1, "after": 1, "fields": {}, "undoes": ""}
    return [Revised(f"deed:{number:032x}", (f"1-{number:032x}",), body) for number in range(count)]


def test_a_disk_that_fills_in_mid_page_leaves_the_checkpoint(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    store.replica.remember(HUB)
    late = Checkpoint("hub", PLACE, "u", "1", (Session("s1", "99-z", 0),))
    page = Page(PLACE, deeds(4 * SLICE, "kata " * 100), late)
    shelf = Shelf.open(store.profile)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 60}")
    with pytest.raises(DiskTrouble, match=r"store\.full"):
        store.replica.take(page, Pause(urgent=lambda: True))
    assert shelf.checkpoint("hub", PLACE) == HUB
    stored = shelf.state(PLACE).documents
    assert 0 < stored < 4 * SLICE and stored % SLICE == 0
    assert len(store.read.events_of("uji:000001")) == stored
    store._db.execute("PRAGMA max_page_count = 1073741823")
    taken, _ = store.replica.take(page)
    assert taken.fresh == 4 * SLICE - stored
    assert shelf.checkpoint("hub", PLACE) == late
    assert shelf.state(PLACE).documents == 4 * SLICE
    assert is_sound(store._db)
    shelf.close()


def test_operators_are_let_in_between_slices(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1), said(2)))
    keeper = Keeper(store)
    order: list[str] = []

    def job(inside: Store, pause: Pause) -> Any:
        first = keeper.do(*ask(clock, "uji:000002", text="sekarang"))
        first.add_done_callback(lambda _: order.append("operator"))
        return inside.replica.take(Page(PLACE, deeds(3 * SLICE), HUB), pause)

    heard: list[Any] = []
    keeper.on_changes = heard.append
    taken = keeper.write(job).result(20)
    order.append("page")
    keeper.close()
    assert taken.fresh == 3 * SLICE
    assert order == ["operator", "page"]
    assert any(Kind.EVENT in changes.kinds for changes in heard)
    assert store.read.span(QueueFilter()).count == 2


def test_a_write_that_fails_tells_who_asked_and_the_keeper_lives(store: Store) -> None:
    keeper = Keeper(store)

    def job(inside: Store, pause: Pause) -> Any:
        raise DiskTrouble("store.full")

    with pytest.raises(DiskTrouble):
        keeper.write(job).result(20)
    assert keeper.write(lambda inside, pause: (7, inside.replica.remember(HUB))).result(20) == 7
    keeper.close()
