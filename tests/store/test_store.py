"""The store from end to end: taken, read, decided, undone, repeated, reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.command import Outcome
from console.core.errors import DiskTrouble
from console.core.lifecycle import State
from console.core.pack import CityPack
from console.core.records import (
    AgeBucket,
    AreaCount,
    HubNote,
    HubQuestion,
    HubState,
    Kind,
    QueueFilter,
    SourceHealth,
    Untaken,
)
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, ask, batch, roomy, said


def test_what_was_taken_is_read(store: Store) -> None:
    changes = store.take(batch(*(said(number) for number in range(300))))
    assert changes.kinds == {Kind.COMPLAINT}
    assert changes.ids == frozenset()
    read = store.read
    span = read.span(QueueFilter())
    assert span.count == 300
    assert [row.id for row in read.page(span, 0)] == [f"uji:{number:06}" for number in range(128)]
    assert len(read.page(span, 2)) == 300 - 256
    assert read.page(span, 3) == []
    assert read.row_of(span, "uji:000200") == 200
    assert read.row_of(span, "uji:absent") is None
    found = read.complaint("uji:000007")
    assert found is not None
    assert (found.title, found.area, found.state) == ("Jalan berlubang nomor 7", KELURAHAN[3], State.NEW)
    assert found.requested_at == NOON - timedelta(minutes=7)
    assert store.read.memo("uji") == {"cursor": 300}


def test_counts(store: Store) -> None:
    store.take(batch(*(said(number) for number in range(40))))
    late = said(900, requested_at=NOON - timedelta(days=6), area=KELURAHAN[0])
    promised = said(901, requested_at=NOON - timedelta(days=60), expected_at=NOON + timedelta(days=1))
    done = said(902, state=State.DONE, area="")
    store.take(batch(late, promised, done))
    read = store.read
    assert read.area_counts("99.71", NOON) == [AreaCount("99.71.01", 22, 1, 20), AreaCount("99.71.02", 20, 0, 20)]
    assert read.total("", NOON) == AreaCount("", 42, 1, 41)
    assert read.by_state() == {State.NEW: 42, State.DONE: 1}
    assert dict(read.open_by_kecamatan())["99.71.01"] == 22
    ages = read.ages(NOON)
    assert ages[AgeBucket.DAY] == 40
    assert ages[AgeBucket.FORTNIGHT] == 1
    assert ages[AgeBucket.SIXTY_DAYS] == 1
    assert sum(count for _, count in read.arrivals(NOON - timedelta(hours=2), NOON + timedelta(hours=1))) == 40


def test_an_operator_decides(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    envelope, command = ask(clock, "uji:000001", fields={"state": State.VERIFIED}, text="Benar ada")
    receipt, changes = store.apply(envelope, command)
    assert receipt.outcome is Outcome.TAKEN
    assert changes.ids == {"uji:000001"}
    found = store.read.complaint("uji:000001")
    assert found is not None
    assert (found.state, found.pending) == (State.VERIFIED, 1)
    (event,) = store.read.events_of("uji:000001")
    assert (event.before, event.after, event.pending, event.text) == (State.NEW, State.VERIFIED, True, "Benar ada")
    again, nothing = store.apply(envelope, command)
    assert again.again
    assert nothing.kinds == frozenset()
    assert store.read.outbox().waiting == 1
    store.take(batch(said(1, native_state="closed", state=State.DONE)))
    found = store.read.complaint("uji:000001")
    assert found is not None
    assert (found.state, found.native_state) == (State.VERIFIED, "closed")
    undo, take_back = ask(clock, "uji:000001", deed="undo", undoes=envelope.id)
    store.apply(undo, take_back)
    found = store.read.complaint("uji:000001")
    assert found is not None
    assert found.state is State.DONE
    assert [event.undone for event in store.read.events_of("uji:000001")] == [True, False, False]


def test_refused_stays_refused(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    envelope, command = ask(clock, "uji:000001", refuse="commands.moved", fields={"state": State.DONE})
    receipt, _ = store.apply(envelope, command)
    assert (receipt.outcome, receipt.says, receipt.values) == (Outcome.REFUSED, "commands.moved", {"who": "Sari"})
    again, _ = store.apply(envelope, command)
    assert (again.outcome, again.again) == (Outcome.REFUSED, True)
    assert store.read.events_of("uji:000001") == []


def test_a_complaint_is_recorded_here(store: Store, clock: TurnedClock) -> None:
    record = {"title": "Pohon tumbang", "text": "", "category": "jalan", "area": KELURAHAN[0], "channel": "telepon"}
    envelope, command = ask(clock, f"konsol:{clock.new_id()}", deed="record", record=record)
    receipt, _ = store.apply(envelope, command)
    assert receipt.outcome is Outcome.TAKEN
    found = store.read.complaint(receipt.complaint)
    assert found is not None
    assert (found.title, found.state, found.pending, found.extra) == (
        "Pohon tumbang",
        State.NEW,
        1,
        '{"channel": "telepon"}',
    )
    assert store.read.span(QueueFilter(text="poh tumb")).count == 0
    assert store.read.span(QueueFilter(text="pohon tumb")).count == 1


def test_it_is_there_after_reopening(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(batch(*(said(number) for number in range(10))))
    with pytest.raises(DiskTrouble, match="second_writer"):
        Store.open(profile, clock, pack)
    store.close()
    read = Read.open(profile)
    assert read.span(QueueFilter()).count == 10
    read.close()
    again = Store.open(profile, clock, pack, room=roomy(profile))
    again.take(batch(said(11)))
    assert again.read.span(QueueFilter()).count == 11
    again.close()


def test_a_search_index_that_is_gone_is_made_anew(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(batch(*(said(number) for number in range(10))))
    store._db.execute("DROP TABLE search_64")
    store.close()
    again = Store.open(profile, clock, pack, room=roomy(profile))
    assert again.read.span(QueueFilter(text="jalan")).count == 10
    again.close()


def test_absent(profile: Profile) -> None:
    with pytest.raises(DiskTrouble, match=r"store\.absent"):
        Read.open(profile)


def test_health(store: Store, clock: TurnedClock) -> None:
    health: Any = SourceHealth(
        "uji", "Uji", "open311", 60, 900, NOON, NOON, None, NOON, 3, 10, 0, "", {"n": 1}, "", None, "CC BY"
    )
    assert store.health(health).kinds == {Kind.SOURCE}
    assert store.read.sources() == [health]


def test_how_we_stand_with_the_centre(store: Store) -> None:
    assert store.read.hub() is None
    asked = HubQuestion("kendali-x-shared", "sync.exchange.deletions_there", {"count": 30}, ("Padam", "Banjir"), 3)
    note = HubNote(NOON, "sync.happened.restored", {"given": 12}, ("kendali-x-shared", "kendali-x-files"))
    bad = Untaken("kendali-x-shared", "case:1", "sync.exchange.field", {"field": "_x"})
    state = HubState("https://hub.invalid", NOON, "sync.away.slow", {"seconds": 15}, (asked,))
    state = replace(state, notes=(note,), untaken=(bad,), untaken_count=1, clock_s=-7200)
    for each in (HubState("", None), state):
        assert store.hub(each).kinds == {Kind.HUB}
        assert store.read.hub() == each


def test_a_question_of_an_older_program_is_read(store: Store) -> None:
    store.hub(HubState("https://hub.invalid", None))
    older = '{"url": "x", "last_good_at": null, "next_at": null, "questions": [["p", "sync.exchange.wiped"]]}'
    store._readings.execute("UPDATE hub SET state = ?", (older,))
    found = store.read.hub()
    assert found is not None
    assert found.questions == (HubQuestion("p", "sync.exchange.wiped"),)


def test_an_older_file_knows_nothing_of_the_centre(store: Store) -> None:
    store._readings.execute("DROP TABLE hub")
    assert store.read.hub() is None
