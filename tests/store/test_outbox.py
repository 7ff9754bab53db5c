"""What waits to reach the centre: offered, refused, offered again, withdrawn; and what people see of it."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta

import pytest

from console.commands.outbox import Retry, Withdraw
from console.core.clock import TurnedClock
from console.core.command import Envelope, Outcome
from console.core.lifecycle import Deed, State
from console.core.places import complaints_place
from console.core.records import ComplaintId, Kind, Waiting
from console.core.replica import Change, Named, NotTaken, Page, Revised
from console.store import audit
from console.store.documents import name_rev
from console.store.read import Read
from console.store.shelf import Shelf
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, ask, batch, said
from tests.store.peers import Centre, Console, quiet, refusal

ONE = ComplaintId("uji:000001")
CASE = f"case:{ONE}"
PLACE = complaints_place("contoh", KELURAHAN[1])


@pytest.fixture
def shelf(store: Store) -> Shelf:
    store.take(batch(said(1), said(2)))
    return Shelf(store._db)


def work(store: Store, clock: TurnedClock, *states: State) -> list[str]:
    """Deeds on the first complaint, each bringing it to a state; their commands."""
    commands = []
    for state in states:
        clock.turn(60)
        envelope, command = ask(clock, ONE, fields={"state": state}, text=state.name)
        store.apply(envelope, command)
        commands.append(envelope.id)
    return commands


def tell(store: Store, clock: TurnedClock, command: Retry | Withdraw) -> tuple[Outcome, str]:
    """Ask for it as an operator does; the outcome and why."""
    clock.turn(1)
    envelope = Envelope(clock.new_id(), str(command.face.deed), command.plain(), "Rina", clock.now())
    receipt, _ = store.apply(envelope, command)
    return receipt.outcome, receipt.says


def placed(store: Store, shelf: Shelf) -> list[str]:
    """Documents that are offered, in order."""
    return [
        each.revision.doc for place in shelf.waiting_places() for each in shelf.offers(place, most=99, most_bytes=9**9)
    ]


def sound(store: Store) -> bool:
    return audit.outbox(store._db) == []


def test_a_chain_is_offered_once_and_settled_whole(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED, State.DISPOSED, State.IN_PROGRESS)
    [place] = shelf.waiting_places()
    first, *deeds = shelf.offers(place, most=99, most_bytes=9**9)
    assert (first.revision.doc, len(first.revision.path), first.revision.body["state"]) == (CASE, 3, State.IN_PROGRESS)
    assert first.since_ms == 1000 * int((NOON + timedelta(seconds=60)).timestamp())
    assert len(deeds) == 3
    waits = store.read.complaint(ONE)
    assert waits is not None and waits.pending == 3
    changes = store.replica.settle(place, [Named(CASE, first.revision.rev)])
    assert changes.kinds >= {Kind.OUTBOX} and changes.ids == {ONE}
    assert placed(store, shelf) == [each.revision.doc for each in deeds]
    store.replica.settle(place, [Named(each.revision.doc, each.revision.rev) for each in deeds])
    assert shelf.waiting_places() == []
    done = store.read.complaint(ONE)
    assert done is not None and done.pending == 0
    assert not any(event.pending for event in store.read.events_of(ONE))
    assert (
        store.replica.settle(place, [Named(CASE, first.revision.rev), Named("x", "1-a"), Named(CASE, "x")]).kinds
        == set()
    )
    assert sound(store)


def test_a_refused_change_stops_no_other_and_is_offered_again_when_asked(
    store: Store, shelf: Shelf, clock: TurnedClock
) -> None:
    work(store, clock, State.VERIFIED)
    [place] = shelf.waiting_places()
    case, deed = shelf.offers(place, most=99, most_bytes=9**9)
    store.replica.settle(place, [], [NotTaken(CASE, case.revision.rev, "sync.forbidden", {"reason": "peran"})])
    assert placed(store, shelf) == [deed.revision.doc]
    row = store.read.outbox_of(CASE)[0]
    assert (row.state, row.says, row.values, row.tries) == (Waiting.REFUSED, "sync.forbidden", {"reason": "peran"}, 1)
    assert row.tried_at == clock.now()
    assert store.read.outbox().refused == 1
    assert tell(store, clock, Retry(ONE, deed.revision.doc)) == (Outcome.REFUSED, "commands.retry.waits")
    assert tell(store, clock, Retry(ONE, "case:lain")) == (Outcome.REFUSED, "commands.retry.sent")
    assert tell(store, clock, Retry(ONE, CASE)) == (Outcome.TAKEN, "")
    assert len(placed(store, shelf)) == 2
    assert [event.deed for event in store.read.events_of(ONE)] == ["verify"]
    assert store.read.outbox_of(CASE)[0].state is Waiting.WAITING


def test_a_place_where_all_was_refused_has_nothing_to_offer(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED, State.DISPOSED)
    [place] = shelf.waiting_places()
    offers = shelf.offers(place, most=99, most_bytes=9**9)
    no = [NotTaken(each.revision.doc, each.revision.rev, "sync.forbidden") for each in offers]
    store.replica.settle(place, [], no)
    assert shelf.waiting_places() == [] and shelf.offers(place, most=99, most_bytes=9**9) == []
    assert (store.read.outbox().waiting, store.read.outbox().refused) == (0, 2)
    tell(store, clock, Retry(ONE, CASE))
    assert placed(store, shelf) == [CASE]


def test_an_edit_above_a_refused_one_is_offered_instead(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED)
    [place] = shelf.waiting_places()
    case = shelf.offers(place, most=1, most_bytes=1)[0]
    store.replica.settle(place, [], [NotTaken(CASE, case.revision.rev, "sync.forbidden")])
    work(store, clock, State.DISPOSED)
    assert placed(store, shelf)[0] == CASE
    assert store.read.outbox_of(CASE)[0].state is Waiting.WAITING


def test_what_is_withdrawn_is_kept_and_never_sent(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED, State.DISPOSED)
    place = shelf.waiting_places()[0]
    revs = [each.rev for each in store.documents.leaves(CASE)]
    assert tell(store, clock, Withdraw(ONE, CASE, "")) == (Outcome.REFUSED, "commands.reason_lacks")
    assert tell(store, clock, Withdraw(ONE, CASE, "salah orang")) == (Outcome.TAKEN, "")
    now = store.read.complaint(ONE)
    assert now is not None and (now.state, now.holder) == (State.NEW, "")
    last = store.read.events_of(ONE)[-1]
    assert (last.deed, last.by, last.text) == (Deed.WITHDRAW, "Rina", "salah orang")
    assert (last.before, last.after) == (State.DISPOSED, State.NEW)
    assert store.documents.leaves(CASE) == [] and store.documents.winner(CASE) is None
    assert CASE not in placed(store, shelf)
    row = store.read.outbox_of(CASE)[0]
    assert (row.state, row.changes, row.deeds, row.rev) == (Waiting.WITHDRAWN, 2, ("verify", "verify"), revs[0])
    assert tell(store, clock, Withdraw(ONE, CASE, "lagi")) == (Outcome.REFUSED, "commands.withdraw.sent")
    assert [each.doc for each in shelf.changes(place, 0, 99).rows].count(CASE) == 0
    assert sound(store)
    # Work goes on: a new line of revisions.
    work(store, clock, State.VERIFIED)
    assert CASE in placed(store, shelf)
    assert {row.state for row in store.read.outbox_of(CASE)} == {Waiting.WAITING, Waiting.WITHDRAWN}
    assert sound(store)


def test_after_a_withdrawal_the_centres_word_holds(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED)
    held = store.documents.leaves(CASE)[0].rev
    store.replica.settle(PLACE, [Named(CASE, held)])
    work(store, clock, State.DISPOSED)
    assert tell(store, clock, Withdraw(ONE, CASE, "salah")) == (Outcome.TAKEN, "")
    now = store.read.complaint(ONE)
    assert now is not None and now.state is State.VERIFIED
    assert [each.rev for each in store.documents.leaves(CASE)] == [held]
    assert sound(store)


def test_a_withdrawn_change_that_reached_the_centre_all_the_same_stands(
    store: Store, shelf: Shelf, clock: TurnedClock
) -> None:
    work(store, clock, State.VERIFIED, State.DISPOSED)
    leaf = shelf.leaves(shelf.waiting_places()[0], CASE)[0]
    tell(store, clock, Withdraw(ONE, CASE, "salah"))
    assert Named(CASE, leaf.rev) in shelf.lacking(PLACE, [Change(CASE, (leaf.rev,))])
    store.replica.take(Page(PLACE, [leaf]))
    now = store.read.complaint(ONE)
    assert now is not None and now.state is State.DISPOSED
    assert store.read.outbox_of(CASE) == []
    assert [each.rev for each in store.documents.leaves(CASE)] == [leaf.rev]
    assert sound(store)


def test_what_was_brought_here_is_not_ours_to_withdraw(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    body = {"type": "case", "complaint": ONE, "native_state": "open", "state": 2, "holder": "", "duplicate_of": ""}
    body |= {"by": "Sari", "at": NOON.isoformat()}
    brought = Revised(CASE, (name_rev("", body),), body)
    store.replica.take(Page(PLACE, [brought], held=False, by="posko"))
    [row] = store.read.outbox_rows()
    assert (row.doc, row.via, row.by, row.deeds, row.title) == (CASE, "posko", "Sari", ("",), said(1).title)
    assert tell(store, clock, Withdraw(ONE, CASE, "salah")) == (Outcome.REFUSED, "commands.withdraw.brought")
    assert store.read.outbox().waiting == 1
    assert sound(store)


def test_a_recorded_complaint_is_not_withdrawn(store: Store, clock: TurnedClock) -> None:
    envelope, command = ask(clock, "posko:abc", deed="record", record={"title": "Pohon tumbang", "area": KELURAHAN[0]})
    store.apply(envelope, command)
    told = tell(store, clock, Withdraw(ComplaintId("posko:abc"), "complaint:abc", "salah"))
    assert told == (Outcome.REFUSED, "commands.withdraw.record")


def test_rows_for_people_come_oldest_first(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    commands = work(store, clock, State.VERIFIED, State.DISPOSED)
    rows = store.read.outbox_rows()
    assert [row.doc for row in rows] == [CASE, *(f"deed:{each}" for each in commands)]
    assert (rows[0].changes, rows[0].complaint, rows[0].by) == (2, ONE, "Budi")
    assert rows[0].since_at == NOON + timedelta(seconds=60)
    assert [row.doc for row in store.read.outbox_rows(limit=1)] == [CASE]
    assert store.read.outbox_of("case:absent") == []


def test_reasons_may_hold_anything(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED)
    case = shelf.offers(shelf.waiting_places()[0], most=1, most_bytes=1)[0].revision
    store.replica.settle("", [], [NotTaken(CASE, case.rev, "sync.forbidden", {"at": NOON, "raw": {"x": [1]}})])
    told = store.read.outbox_of(CASE)[0].values
    assert json.dumps(told) and told["raw"] == {"x": [1]}


def test_both_commands_read_alike_on_screen(store: Store, shelf: Shelf, clock: TurnedClock) -> None:
    work(store, clock, State.VERIFIED)
    with closing(Read.open(store.profile)) as read:
        Withdraw(ONE, CASE, "salah").check(read)


def test_a_canary_is_sent_and_nobody_is_told_that_it_waits(store: Store, shelf: Shelf) -> None:
    store.replica.edit("kendali-contoh-shared", "canary:konsol", {"type": "canary", "count": 1}, parent="")
    assert len(shelf.offers("kendali-contoh-shared", most=9, most_bytes=1 << 20)) == 1
    assert store.read.outbox().waiting == 0
    assert store.read.outbox_rows() == []


class TestInDoubt:
    """Changes whose answer was lost: the centre holds them, and did not say so."""

    @pytest.fixture
    def centre(self) -> Centre:
        return Centre()

    @pytest.fixture
    def pair(self) -> tuple[Console, Console]:
        found = Console(1), Console(2)
        for each in found:
            each.intake.take([said(1)])
        return found

    def test_what_the_centre_names_is_not_withdrawn(self, centre: Centre, pair: tuple[Console, Console]) -> None:
        here, there = pair
        here.decide(ONE, state=State.VERIFIED)
        here.push(centre, answer_lost=True)
        here.pull(centre)
        assert here.shelf.waiting_places() == [] and here.standing(ONE).pending == 0
        assert refusal(lambda: here.do(Withdraw(ONE, doc=CASE, reason="salah"))) == "commands.withdraw.sent"
        quiet(centre, here, there)
        assert here.leaves() == there.leaves() and here.rows() == there.rows()
        assert here.standing(ONE).state is State.VERIFIED

    def test_what_was_done_above_it_still_is(self, centre: Centre, pair: tuple[Console, Console]) -> None:
        here, there = pair
        here.decide(ONE, state=State.VERIFIED)
        here.push(centre, answer_lost=True)
        here.decide(ONE, state=State.DISPOSED)
        here.pull(centre)
        assert here.standing(ONE).pending == 1
        here.do(Withdraw(ONE, doc=CASE, reason="salah"))
        quiet(centre, here, there)
        assert here.leaves() == there.leaves() and here.rows() == there.rows()
        assert here.standing(ONE).state is State.VERIFIED

    def test_what_the_centre_names_waits_until_it_is_proved_who_named_it(self, centre: Centre) -> None:
        here = Console(1)
        here.intake.take([said(1)])
        here.decide(ONE, state=State.VERIFIED)
        here.push(centre, answer_lost=True)
        place = here.documents.place(CASE)
        [row] = [each for each in centre.shelf.changes(place, 0, 99).rows if each.doc == CASE]
        named = [Named(CASE, rev) for rev in row.leaves]
        taken, _ = here.replica.take(Page(place, [], named=[*named, Named("case:lain", row.leaves[0])]))
        assert list(taken.standing) == named and here.read.outbox_of(CASE) != []
        here.replica.settle(place, taken.standing)
        assert here.read.outbox_of(CASE) == []
        assert here.replica.take(Page(place, [], named=named))[0].standing == ()

    def test_what_a_bundle_names_still_waits(self, centre: Centre, pair: tuple[Console, Console]) -> None:
        here, there = pair
        here.decide(ONE, state=State.VERIFIED)
        there.pull(here, held=False)
        here.pull(there, held=False)
        assert (here.standing(ONE).pending, there.standing(ONE).pending) == (1, 1)
        assert audit.outbox(here.db) == audit.outbox(there.db) == []

    def test_an_answer_that_comes_after_the_withdrawal(self, centre: Centre, pair: tuple[Console, Console]) -> None:
        here, there = pair
        here.decide(ONE, state=State.VERIFIED)
        here.decide(ONE, holder="Budi")
        place = here.documents.place(CASE)
        [case] = [
            each.revision for each in here.shelf.offers(place, most=9, most_bytes=9**9) if each.revision.doc == CASE
        ]
        centre.take(place, [case])
        here.do(Withdraw(ONE, doc=CASE, reason="salah"))
        assert here.standing(ONE).state is State.NEW
        changes = here.replica.settle(place, [Named(CASE, case.rev)])
        assert changes.kinds >= {Kind.COMPLAINT, Kind.OUTBOX} and changes.ids == {ONE}
        assert (here.standing(ONE).state, here.standing(ONE).holder) == (State.VERIFIED, "Budi")
        assert here.read.outbox_of(CASE) == []
        assert audit.outbox(here.db) == []
        quiet(centre, here, there)
        assert here.leaves() == there.leaves() and here.rows() == there.rows()

    def test_names_that_no_file_stores_are_passed_over(self, centre: Centre, pair: tuple[Console, Console]) -> None:
        here, _ = pair
        here.decide(ONE, state=State.VERIFIED)
        strange = [Named("_design/\ud800", "1-a"), Named("x\ud800", "1-a"), Named(CASE, "1-\ud800")]
        here.replica.take(Page(PLACE, [], named=strange))
        assert here.standing(ONE).pending == 1
