"""A damaged store that had met the centre: nothing unsent is lost, nothing taken back is sent, and what cannot be read
any more is fetched again."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from console.commands.outbox import Withdraw
from console.core.clock import TurnedClock
from console.core.command import Envelope
from console.core.pack import CityPack
from console.core.places import complaints_place
from console.core.records import ComplaintId, Waiting
from console.core.replica import Change, Checkpoint, Named, Page, Revised, Session
from console.store import audit
from console.store.documents import name_rev
from console.store.files import Profile
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store import damage
from tests.store.conftest import KELURAHAN, NOON, roomy
from tests.store.damage import DAMAGES, Damage

PLACE = complaints_place("contoh", KELURAHAN[0])
TAKEN_BACK = "uji:000007"
HARMFUL = [each for each in DAMAGES if "complaint" not in each.name and "memo" not in each.name]
Trees = dict[tuple[str, str], tuple[int, int, str]]


def exchange(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    """Half of the outbox reaches the centre, others' deeds come, one change is taken back."""
    store = Store.open(profile, clock, pack, room=roomy(profile))
    taking_back = Withdraw(ComplaintId(TAKEN_BACK), f"case:{TAKEN_BACK}", "salah pilih")
    store.apply(Envelope(clock.new_id(), "withdraw", taking_back.plain(), "Rina", clock.now()), taking_back)
    shelf = Shelf(store._db)
    for place in shelf.waiting_places():
        offers = shelf.offers(place, most=999, most_bytes=10**9)
        store.replica.settle(place, [Named(each.revision.doc, each.revision.rev) for each in offers[::2]])
    theirs = [_deed(number) for number in range(40)] + [_case(number) for number in range(1, 300, 9)]
    session = Session("s", "77-abc", 9)
    store.replica.take(Page(PLACE, theirs, Checkpoint("hub", PLACE, "u", "1", (session,))))
    store.replica.put_local(PLACE, "peer", {"since": 7})
    store.close()


def _deed(number: int) -> Revised:
    body = {"type": "deed", "complaint": f"uji:{number:06}", "deed": "note", "by": "Sari", "text": "dari posko"}
    body |= {"at": NOON.isoformat(), "before": 1, "after": 1, "fields": {}, "undoes": ""}
    return Revised(f"deed:{number:032x}", (name_rev("", body),), body)


def _case(number: int) -> Revised:
    name = f"uji:{number:06}"
    body = {"type": "case", "complaint": name, "holder": "Sari", "duplicate_of": "", "native_state": "open"}
    body |= {"by": "Sari", "at": NOON.isoformat()}
    return Revised(f"case:{name}", (name_rev("", body),), body)


def trees(profile: Profile) -> Trees:
    """Every revision with its content: held, aside, body."""
    query = (
        "SELECT doc.id, generation || '-' || hash, held, aside, body FROM rev JOIN doc ON doc.n = rev.doc"
        " WHERE body IS NOT NULL"
    )
    with closing(sqlite3.connect(profile.records)) as db:
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in db.execute(query)}


@pytest.mark.parametrize("each", HARMFUL, ids=lambda each: each.name)
def test_nothing_unsent_is_lost(each: Damage, profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    damage.filled(profile, clock, pack, 400, 40)
    exchange(profile, clock, pack)
    before = trees(profile)
    assert {held for held, _, _ in before.values()} == {0, 1} and {aside for _, aside, _ in before.values()} == {0, 1}
    profile.suspect.write_bytes(b"")
    each.do(profile.records)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    shelf = Shelf(store._db)
    after = trees(profile)
    offered = {
        (offer.revision.doc, rev)
        for place in shelf.waiting_places()
        for offer in shelf.offers(place, most=9999, most_bytes=10**9)
        for rev in offer.revision.path
    }
    for key, (held, aside, body) in before.items():
        if aside:
            assert key not in offered
        elif not held:
            assert key in offered and after[key] == (0, 0, body)
        else:
            doc, rev = key
            lacks = shelf.lacking(PLACE, [Change(doc, (rev,))]) == [Named(doc, rev)]
            assert lacks or (key in after and after[key][2] == body)
    assert {row.doc for row in store.read.outbox_rows(9999) if row.state is Waiting.WITHDRAWN} == {f"case:{TAKEN_BACK}"}
    # A cursor only outlives what it stands for where nothing had to be salvaged.
    kept = shelf.checkpoint("hub", PLACE)
    assert (kept is None) == bool(store.notices)
    assert shelf.places() and "" not in {store.documents.place(doc) for doc, _ in after}
    assert [*audit.outbox(store._db), *audit.foreign(store._db), *audit.counts(store._db)] == []
    store.close()


def test_an_unsent_change_that_is_lost_stops_none_below_it(
    profile: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    first = store.replica.edit(PLACE, "case:x", {"n": 1}, parent="")
    store.replica.edit(PLACE, "case:x", {"n": 2}, parent=first)
    store.replica.edit(PLACE, "case:y", {"n": 1}, parent="")
    store.close()
    with closing(sqlite3.connect(profile.records)) as db:
        db.execute("UPDATE rev SET body = '[7]' WHERE leaf = 1")
        db.commit()
    damage.page(profile.records, damage.pages_of(profile.records, "memo")[0])
    profile.suspect.write_bytes(b"")
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert store.notices
    [place] = Shelf(store._db).waiting_places()
    [offer] = Shelf(store._db).offers(place, most=9, most_bytes=999)
    assert (offer.revision.doc, offer.revision.rev) == ("case:x", first)
    assert audit.outbox(store._db) == []
    store.close()


def test_what_comes_again_after_a_salvage_ends_as_before(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    damage.filled(profile, clock, pack, 400, 40)
    exchange(profile, clock, pack)
    before = trees(profile)
    profile.suspect.write_bytes(b"")
    for number in damage.pages_of(profile.records, "rev"):
        damage.page(profile.records, number)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    theirs = [_deed(number) for number in range(40)] + [_case(number) for number in range(1, 300, 9)]
    store.replica.take(Page(PLACE, theirs))
    for place in Shelf(store._db).waiting_places():
        offers = Shelf(store._db).offers(place, most=9999, most_bytes=10**9)
        store.replica.settle(place, [Named(each.revision.doc, each.revision.rev) for each in offers])
    after = trees(profile)
    assert {key for key, (_, aside, _) in before.items() if not aside} <= after.keys()
    assert Shelf(store._db).waiting_places() == []
    assert audit.outbox(store._db) == []
    store.close()
