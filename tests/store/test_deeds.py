"""Deeds: one command makes everything it makes true, once; a source never overwrites it; taking back restores."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock, from_millis, millis
from console.core.command import Envelope, Outcome
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.records import Complaint, Kind, QueueFilter
from console.store.deeds import Deeds
from console.store.documents import Documents
from console.store.fold import Fold
from console.store.outbox import Outbox
from console.store.read import Read
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, ask, batch, hands, recounted, said, tallied

ONE = "uji:000001"


def standing(store: Store, complaint: str = ONE) -> Complaint:
    """The complaint now."""
    found = store.read.complaint(complaint)
    assert found is not None
    return found


def outbox(store: Store) -> list[tuple[str, str]]:
    """Documents that wait and their commands, in order."""
    return store._db.execute("SELECT doc, command FROM outbox ORDER BY n").fetchall()


def test_one_command_writes_case_deed_outbox_history_and_row(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    envelope, command = ask(
        clock, ONE, deed="dispose", fields={"state": State.DISPOSED, "opd": "pu"}, text="Jalan kota"
    )
    receipt, changes = store.apply(envelope, command)
    assert (receipt.outcome, receipt.complaint) == (Outcome.TAKEN, ONE)
    assert changes.kinds == {Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.LEDGER}
    assert changes.by == "Budi"
    assert outbox(store) == [(f"case:{ONE}", envelope.id), (f"deed:{envelope.id}", envelope.id)]
    case = store.documents.winner(f"case:{ONE}")
    assert case is not None
    assert case.body is not None
    assert {name: case.body[name] for name in ("state", "opd", "native_state", "by")} == {
        "state": State.DISPOSED,
        "opd": "pu",
        "native_state": "open",
        "by": "Budi",
    }
    deed = store.documents.winner(f"deed:{envelope.id}")
    assert deed is not None
    assert deed.body is not None
    assert (deed.body["deed"], deed.body["before"], deed.body["after"]) == ("dispose", State.NEW, State.DISPOSED)
    now = standing(store)
    assert (now.state, now.opd, now.pending, now.touched_at) == (State.DISPOSED, "pu", 1, NOON)
    assert tallied(store._db) == recounted(store._db)


def test_what_is_not_decided_still_follows_the_source(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1, opd="lh")))
    store.apply(*ask(clock, ONE, deed="take", fields={"holder": "Budi"}))
    store.take(batch(said(1, opd="pu", state=State.IN_PROGRESS, updated_at=NOON)))
    now = standing(store)
    assert (now.holder, now.opd, now.state) == ("Budi", "pu", State.IN_PROGRESS)
    store.apply(*ask(clock, ONE, deed="dispose", fields={"opd": "lh"}))
    store.take(batch(said(1, opd="pu", state=State.DONE, title="Judul baru", updated_at=NOON + timedelta(hours=1))))
    now = standing(store)
    assert (now.holder, now.opd, now.state, now.title) == ("Budi", "lh", State.DONE, "Judul baru")


def test_several_deeds_are_one_line_of_revisions(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    for state in (State.VERIFIED, State.DISPOSED, State.IN_PROGRESS):
        store.apply(*ask(clock, ONE, fields={"state": state}))
    winner = store.documents.winner(f"case:{ONE}")
    assert winner is not None
    assert len(store.documents.ancestry(f"case:{ONE}", winner.rev)) == 3
    assert len(store.documents.leaves(f"case:{ONE}")) == 1
    assert standing(store).pending == 3
    assert store.read.outbox().waiting == 3
    assert store.read.outbox().oldest_at == NOON


def test_a_note_changes_no_case(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    envelope, command = ask(clock, ONE, deed="note", text="Pelapor menelepon lagi")
    store.apply(envelope, command)
    assert outbox(store) == [(f"deed:{envelope.id}", envelope.id)]
    assert standing(store).state is State.NEW
    undo, back = ask(clock, ONE, deed="undo", undoes=envelope.id)
    store.apply(undo, back)
    assert [event.undone for event in store.read.events_of(ONE)] == [True, False]


def test_taking_back_gives_what_was_there(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1, opd="lh")))
    first, command = ask(clock, ONE, fields={"state": State.VERIFIED, "opd": "pu"})
    store.apply(first, command)
    second, command = ask(clock, ONE, fields={"state": State.DISPOSED, "opd": "lh"})
    store.apply(second, command)
    refused, _ = store.apply(*ask(clock, ONE, deed="undo", undoes=first.id))
    assert (refused.outcome, refused.says) == (Outcome.REFUSED, "store.undo_moved")
    store.apply(*ask(clock, ONE, deed="undo", undoes=second.id))
    assert (standing(store).state, standing(store).opd) == (State.VERIFIED, "pu")
    store.apply(*ask(clock, ONE, deed="undo", undoes=first.id))
    assert (standing(store).state, standing(store).opd) == (State.NEW, "lh")
    # Nothing is decided any more, so the source's word holds again.
    store.take(batch(said(1, opd="pu", state=State.DONE, updated_at=NOON)))
    assert (standing(store).state, standing(store).opd) == (State.DONE, "pu")
    unknown, _ = store.apply(*ask(clock, ONE, deed="undo", undoes="absent"))
    assert unknown.says == "store.undo_unknown"
    assert tallied(store._db) == recounted(store._db)


def test_last_undoable(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1), said(2)))
    assert store.read.last_undoable("Budi") is None
    first, command = ask(clock, ONE, fields={"state": State.VERIFIED})
    store.apply(first, command)
    second, command = ask(clock, "uji:000002", fields={"state": State.VERIFIED})
    store.apply(second, command)
    newest = store.read.last_undoable("Budi")
    assert newest is not None
    assert newest.command == second.id
    store.apply(*ask(clock, "uji:000002", by="Sari", deed="note", text="Saya lihat juga"))
    newest = store.read.last_undoable("Budi")
    assert newest is not None
    assert newest.command == first.id
    store.apply(*ask(clock, ONE, deed="undo", undoes=first.id))
    assert store.read.last_undoable("Budi") is None


def test_commands_on_what_is_not_there_are_refused(store: Store, clock: TurnedClock) -> None:
    receipt, _ = store.apply(*ask(clock, "uji:absent", fields={"state": State.VERIFIED}))
    assert (receipt.outcome, receipt.says) == (Outcome.REFUSED, "store.no_complaint")
    store.take(batch(said(1)))
    receipt, _ = store.apply(*ask(clock, ONE, deed="record", record={"title": "x"}))
    assert receipt.says == "store.complaint_stands"


def test_a_field_that_is_no_case_s_is_our_bug(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    envelope, command = ask(clock, ONE, fields={"title": "x"})
    with pytest.raises(AssertionError, match="title"):
        store.apply(envelope, command)
    assert store.read.events_of(ONE) == []
    assert not store.read.done(envelope.id)


def test_recorded_here_is_a_document_and_its_state_is_ours(store: Store, clock: TurnedClock) -> None:
    record = {"title": "Banjir", "lat": -6.2, "lon": 106.6, "area": "", "category": "", "channel": "112"}
    name = f"konsol:{clock.new_id()}"
    envelope, command = ask(clock, name, deed="record", record=record)
    store.apply(envelope, command)
    assert [doc for doc, _ in outbox(store)] == [f"complaint:{name.partition(':')[2]}", f"deed:{envelope.id}"]
    now = standing(store, name)
    assert (now.source, now.lat, now.state, now.pending) == ("konsol", -6.2, State.NEW, 1)
    assert store.read.span(QueueFilter(text="banj")).count == 1
    again, nothing = store.apply(envelope, command)
    assert (again.again, nothing.kinds) == (True, frozenset())
    assert tallied(store._db) == recounted(store._db)


def test_the_history_cannot_be_changed(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    store.apply(*ask(clock, ONE, text="x"))
    for statement in ("UPDATE event SET text = 'y'", "DELETE FROM event"):
        with pytest.raises(Exception, match="append-only"):
            store._db.execute(statement)


def test_document_and_history_tell_one_time(store: Store, clock: TurnedClock) -> None:
    clock.turn(0.1234567)
    store.take(batch(said(1)))
    envelope, command = ask(clock, ONE, text="x")
    store.apply(envelope, command)
    deed = store.documents.winner(f"deed:{envelope.id}")
    assert deed is not None
    assert deed.body is not None
    (event,) = store.read.events_of(ONE)
    assert deed.body["at"] == event.at.isoformat() == from_millis(millis(envelope.at)).isoformat()


def test_an_unsound_envelope_is_refused_once(store: Store, clock: TurnedClock) -> None:
    envelope = Envelope(clock.new_id(), "note", {"complaint": "uji:\ud800", "text": "x"}, "Budi", clock.now())
    first = store.refuse(envelope, Refused("commands.field_wrong", field="\udfff", at=NOON))
    again = store.refuse(envelope, Refused("other"))
    assert (again.says, again.complaint, again.again) == (first.says, "uji:?", True)
    assert store.read.done(envelope.id)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("source"), st.integers(0, 2), st.sampled_from(State), st.sampled_from(("", *KELURAHAN))),
        st.tuples(st.just("state"), st.integers(0, 2), st.sampled_from(State), st.just("")),
        st.tuples(st.just("holder"), st.integers(0, 2), st.just(State.NEW), st.sampled_from(("Budi", "Sari"))),
        st.tuples(st.just("undo"), st.integers(0, 20), st.just(State.NEW), st.just("")),
        st.tuples(st.just("again"), st.integers(0, 20), st.just(State.NEW), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_whatever_happens_the_parts_agree(walk: list[Any]) -> None:
    clock = TurnedClock(NOON)
    fresh = hands(clock)
    documents = Documents(fresh.db, words=fresh.words)
    fold = Fold(fresh.db, fresh.words, documents, intake=fresh.intake, clock=clock, outbox=Outbox(fresh.db))
    deeds = Deeds(fresh.db, fresh.words, fold, clock, city="contoh")
    read = Read(None, fresh.db, fresh.words)  # type: ignore[arg-type]
    fresh.intake.take([said(number) for number in range(3)])
    sent: list[Any] = []
    for kind, number, state, text in walk:
        clock.turn(60)
        if kind == "source":
            fresh.intake.take([said(number, state=state, area=text, updated_at=clock.now())])
            continue
        if kind in {"undo", "again"} and not sent:
            continue
        if kind == "again":
            envelope, command = sent[number % len(sent)]
            assert deeds.again(envelope.id) is not None
            continue
        if kind == "undo":
            done = sent[number % len(sent)]
            envelope, command = ask(clock, done[1].complaint, deed="undo", undoes=done[0].id)
        else:
            fields = {"state": state} if kind == "state" else {"holder": text}
            envelope, command = ask(clock, f"uji:{number:06}", fields=fields)
        fresh.db.execute("SAVEPOINT deed")
        try:
            deeds.do(envelope, command, read)
        except Exception as refusal:  # noqa: BLE001 - whatever it is, it must leave nothing
            assert type(refusal).__name__ == "Refused"
            fresh.db.execute("ROLLBACK TO deed")
        else:
            if kind != "undo":
                sent.append((envelope, command))
        fresh.db.execute("RELEASE deed")
    agree(fresh.db, documents)
    fresh.db.close()


def agree(db: Any, documents: Documents) -> None:
    """Read model, documents, outbox, history and counts tell the same."""
    assert tallied(db) == recounted(db)
    for name, state, decided, pending in db.execute(
        "SELECT id, state, decided, pending FROM complaint WHERE touched_at IS NOT NULL"
    ).fetchall():
        case = documents.winner(f"case:{name}")
        if decided & 1:
            assert case is not None
            assert case.body is not None
            assert case.body["state"] == state
        deeds = db.execute("SELECT count(*) FROM event WHERE complaint = ? AND command <> ''", (name,)).fetchone()[0]
        waiting = db.execute("SELECT count(DISTINCT command) FROM outbox WHERE complaint = ?", (name,)).fetchone()[0]
        assert pending == deeds == waiting
    unsent = db.execute(
        "SELECT count(*) FROM rev JOIN doc ON doc.n = rev.doc WHERE NOT EXISTS (SELECT 1 FROM outbox"
        " WHERE outbox.doc = doc.id AND outbox.rev = rev.generation || '-' || rev.hash)"
    ).fetchone()[0]
    assert unsent == 0
    assert all(json.loads(row[0]) is not None for row in db.execute("SELECT was FROM event"))
