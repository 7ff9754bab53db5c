"""What others did becomes rows and history here: cases, deeds and complaints of other consoles, in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.core.lifecycle import State
from console.core.places import complaints_place
from console.core.records import ComplaintId, Kind
from console.core.replica import Page, Revised
from console.store.arrivals import HIGHEST
from console.store.casebook import tombstone
from console.store.documents import name_rev
from tests.store.conftest import KELURAHAN, NOON, Decide, recounted, said, tallied
from tests.store.peers import Centre, Console, quiet

ONE = "uji:000001"
CASE = f"case:{ONE}"


@pytest.fixture
def centre() -> Centre:
    return Centre()


def consoles(count: int) -> list[Console]:
    found = [Console(seed) for seed in range(1, count + 1)]
    for each in found:
        each.intake.take([said(1), said(2)])
    return found


def test_what_one_does_stands_at_the_other(centre: Centre) -> None:
    here, there = consoles(2)
    here.decide(ONE, state=State.VERIFIED, opd="pu", holder="Budi")
    assert (here.standing(ONE).pending, there.standing(ONE).pending) == (1, 0)
    here.push(centre)
    there.pull(centre)
    found = there.standing(ONE)
    assert (found.state, found.opd, found.holder, found.pending) == (State.VERIFIED, "pu", "Budi", 0)
    assert found.rev == here.standing(ONE).rev
    [event] = there.read.events_of(ONE)
    assert (event.by, event.before, event.after, event.pending) == ("Budi", State.NEW, State.VERIFIED, False)
    assert here.history() == there.history()
    assert tallied(there.db) == recounted(there.db)
    assert here.standing(ONE).pending == 0
    assert not here.read.events_of(ONE)[0].pending


def test_a_case_waits_for_its_complaint(centre: Centre) -> None:
    here, there = consoles(1)[0], Console(7)
    here.decide(ONE, state=State.DISPOSED, opd="lh")
    here.push(centre)
    there.pull(centre)
    assert there.read.complaint(ONE) is None
    there.intake.take([said(2), said(1, opd="pu", state=State.IN_PROGRESS)])
    found = there.standing(ONE)
    assert (found.state, found.opd, found.native_state) == (State.DISPOSED, "lh", "open")
    assert [event.deed for event in there.read.events_of(ONE)] == ["verify"]
    assert tallied(there.db) == recounted(there.db)
    # It waits no longer, and the source cannot take the decision back.
    there.intake.take([said(1, state=State.DONE, updated_at=NOON)])
    assert there.standing(ONE).state is State.DISPOSED


def test_a_waiting_case_is_remembered_by_a_program_that_starts_anew(centre: Centre) -> None:
    here, there = consoles(1)[0], Console(7)
    here.decide(ONE, holder="Budi")
    here.push(centre)
    there.pull(centre)
    there.fold.look_again()
    there.intake.take([said(1)])
    assert there.standing(ONE).holder == "Budi"


def test_a_complaint_recorded_elsewhere_is_a_row_here_with_its_case(centre: Centre) -> None:
    here, there = consoles(2)
    name = ComplaintId(f"konsol:{here.clock.new_id()}")
    record = {"title": "Banjir di Jl. Kenanga", "area": KELURAHAN[2], "channel": "112", "lat": -6.2, "lon": 106.6}
    here.do(Decide(name, record=record))
    here.decide(name, state=State.VERIFIED)
    here.decide(name, holder="Budi")
    here.push(centre)
    there.pull(centre)
    found, mine = there.standing(name), here.standing(name)
    assert (found.state, found.holder, found.title, found.area) == (
        State.VERIFIED,
        "Budi",
        "Banjir di Jl. Kenanga",
        KELURAHAN[2],
    )
    assert (found.extra, found.lat, found.requested_at) == (mine.extra, mine.lat, mine.requested_at)
    assert there.rows() == here.rows()
    place = complaints_place("contoh", KELURAHAN[2])
    assert {there.documents.place(doc) for doc in there.leaves()} == {place}
    assert tallied(there.db) == recounted(there.db)


def test_documents_go_to_the_place_of_their_complaint() -> None:
    [here] = consoles(1)
    here.decide(ONE, holder="Budi")
    here.decide("uji:000002", holder="Budi")
    places = {complaints_place("contoh", KELURAHAN[number]) for number in (1, 2)}
    assert {here.documents.place(doc) for doc in here.leaves()} == places
    assert {*here.shelf.waiting_places()} == places


def test_undone_elsewhere_is_undone_here_and_also_by_oneself_at_another_desk(centre: Centre) -> None:
    here, there = consoles(2)
    command = here.decide(ONE, state=State.VERIFIED)
    here.push(centre)
    there.pull(centre)
    there.undo(ONE, command)
    there.push(centre)
    here.pull(centre)
    assert here.standing(ONE).state is there.standing(ONE).state is State.NEW
    assert [event.undone for event in here.read.events_of(ONE)] == [True, False]
    # Nothing is decided any more: the source's word holds at both.
    for each in (here, there):
        each.intake.take([said(1, state=State.DONE, updated_at=NOON)])
        assert each.standing(ONE).state is State.DONE


def test_a_deed_that_came_back_is_not_done_twice(centre: Centre) -> None:
    here, there = consoles(2)
    command = here.decide(ONE, state=State.VERIFIED)
    here.push(centre)
    there.pull(centre)
    receipt = there.deeds.again(command)
    assert receipt is not None
    assert (receipt.again, receipt.complaint) == (True, ONE)
    assert there.deeds.again("absent") is None


def test_what_a_case_no_longer_says_is_the_source_s_word_again() -> None:
    [here] = consoles(1)
    here.decide(ONE, state=State.DISPOSED, opd="lh", holder="Budi")
    winner = here.documents.winner(CASE)
    assert winner is not None
    rev = name_rev(winner.rev, tombstone(ONE), True)
    here.replica.take(Page("p", [Revised(CASE, (rev, winner.rev), tombstone(ONE), True)]))
    found = here.standing(ONE)
    assert (found.state, found.opd, found.holder) == (State.NEW, "", "")
    assert tallied(here.db) == recounted(here.db)
    here.decide(ONE, holder="Sari")
    assert here.standing(ONE).holder == "Sari"
    assert here.standing(ONE).state is State.NEW


STRANGE: list[Any] = [
    {"type": "case", "complaint": ONE, "state": "done"},
    {"type": "case", "complaint": ONE, "state": True},
    {"type": "case", "complaint": ONE, "holder": ["Budi"]},
]


@pytest.mark.parametrize("body", STRANGE, ids=str)
def test_a_case_not_of_our_form_changes_no_row_and_stops_nothing(body: Any) -> None:
    [here] = consoles(1)
    good = {"type": "case", "complaint": "uji:000002", "holder": "Sari", "at": "gestern"}
    here.replica.take(
        Page("p", [Revised(CASE, (name_rev("", body),), body), Revised("case:uji:000002", (name_rev("", good),), good)])
    )
    assert here.standing(ONE).holder == ""
    assert here.standing("uji:000002").holder == "Sari"
    # The next deed of ours brings it into form, and keeps what it does not know.
    here.decide(ONE, holder="Budi")
    assert here.standing(ONE).holder == "Budi"


def test_a_state_of_a_newer_program_stands_as_unknown_and_open_and_is_not_written_back() -> None:
    [here] = consoles(1)
    body = {"type": "case", "complaint": ONE, "state": 99, "holder": "", "duplicate_of": "", "urgency": "tinggi"}
    here.replica.take(Page("p", [Revised(CASE, (name_rev("", body),), body)]))
    assert here.standing(ONE).state is State.UNKNOWN
    assert tallied(here.db) == recounted(here.db)
    here.decide(ONE, holder="Budi")
    winner = here.documents.winner(CASE)
    assert winner is not None and winner.body is not None
    assert (winner.body["state"], winner.body["urgency"], winner.body["holder"]) == (99, "tinggi", "Budi")


def deed(**changed: Any) -> dict[str, Any]:
    body = {"type": "deed", "complaint": ONE, "deed": "note", "by": "Sari", "at": "2026-03-02T05:00:00+00:00"}
    return {**body, "text": "Sudah dilihat", "before": 1, "after": 1, "fields": {}, "undoes": "", **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "shift"},
        {"complaint": 5},
        {"by": None},
        {"at": "besok"},
        {"at": "1969-01-01T00:00:00+00:00"},
        {"at": "2026-03-02T05:00:00"},
        {"fields": []},
        {"text": ["x"]},
    ],
    ids=str,
)
def test_a_deed_not_of_our_form_is_no_entry_and_stops_nothing(changed: Any) -> None:
    [here] = consoles(1)
    bodies = {f"deed:{number:032x}": body for number, body in enumerate((deed(**changed), deed()))}
    here.replica.take(Page("p", [Revised(doc, (name_rev("", body),), body) for doc, body in bodies.items()]))
    assert [event.id for event in here.read.events_of(ONE)] == [f"deed:{1:032x}"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_deed_of_a_newer_program_is_shown_as_far_as_it_is_known(alone: bool) -> None:
    [here] = consoles(1)
    told = {"leaves": ["2-a", "2-b"], "nested": {"x": 1.5}, "n": None, "number": 3}
    strange = deed(deed="teleport", before=99, after=None, fields=told, mood="baik", was={"then": 5})
    doc = f"deed:{1:032x}"
    here.documents.put(doc, [name_rev("", strange)], strange, place="p")
    here.fold.after([doc], {doc: strange} if alone else None)
    [event] = here.read.events_of(ONE)
    assert (event.deed, event.before, event.after, event.fields) == ("teleport", State.UNKNOWN, None, told)
    assert here.db.execute("SELECT was FROM event").fetchone() == ("{}",)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "uji:000001"},
        {"id": f"konsol:{2:032x}"},
        {"title": 5},
        {"at": ""},
        {"type": "case"},
        {"id": None},
    ],
    ids=str,
)
def test_a_complaint_document_may_not_speak_for_a_source(changed: Any) -> None:
    [here] = consoles(1)
    body = {"type": "complaint", "id": f"konsol:{1:032x}", "title": "x", "at": "2026-03-02T05:00:00+00:00", **changed}
    before = here.rows()
    here.replica.take(Page("p", [Revised(f"complaint:{1:032x}", (name_rev("", body),), body)]))
    assert here.rows() == before


def test_a_place_that_cannot_be_is_no_place() -> None:
    [here] = consoles(1)
    body = {"type": "complaint", "id": f"konsol:{1:032x}", "title": "x", "at": "2026-03-02T05:00:00+00:00"}
    wrong = {**body, "lat": 95, "lon": 10}
    here.replica.take(Page("p", [Revised(f"complaint:{1:032x}", (name_rev("", wrong),), wrong)]))
    found = here.standing(f"konsol:{1:032x}")
    assert (found.lat, found.lon) == (None, None)


def test_changes_name_what_moved_while_it_is_little(centre: Centre) -> None:
    here, there = consoles(2)
    here.decide(ONE, holder="Budi")
    here.push(centre)
    [place] = centre.shelf.places()
    rows = centre.shelf.changes(place, 0, 99).rows
    revisions = centre.shelf.revisions(place, there.shelf.lacking(place, rows))
    _, changes = there.replica.take(Page(place, [each for each in revisions if each]))
    assert changes.kinds == {Kind.COMPLAINT, Kind.EVENT}
    assert changes.ids == {ONE}
    _, again = there.replica.take(Page(place, [each for each in revisions if each]))
    assert not again.kinds


def test_eight_consoles_on_one_case_come_to_rest(centre: Centre) -> None:
    eight = consoles(8)
    for number, each in enumerate(eight):
        each.clock.turn(number)
        each.decide(ONE, by=f"P{number}", state=State.VERIFIED if number % 2 else State.DISPOSED)
    assert quiet(centre, *eight) <= 5
    assert all(each.leaves() == eight[0].leaves() for each in eight)
    assert {each.standing(ONE).state for each in eight} == {State.DISPOSED}
    [winner] = [rev for rev, deleted, _ in eight[0].leaves()[CASE] if not deleted]
    assert int(winner.partition("-")[0]) < 20


def test_clocks_ten_years_apart_change_nothing(centre: Centre) -> None:
    ahead, behind = Console(1, timedelta(days=3650)), Console(2, -timedelta(days=3650))
    for each in (ahead, behind):
        each.intake.take([said(1)])
    ahead.decide(ONE, by="Budi", state=State.VERIFIED)
    behind.decide(ONE, by="Sari", state=State.DISPOSED)
    behind.decide(ONE, by="Sari", opd="pu")
    quiet(centre, ahead, behind)
    for each in (ahead, behind):
        assert (each.standing(ONE).state, each.standing(ONE).opd) == (State.DISPOSED, "pu")
    assert ahead.leaves() == behind.leaves()


def test_names_that_are_none_stop_no_merge(centre: Centre) -> None:
    here, there = consoles(2)
    here.decide(ONE, state=State.VERIFIED)
    quiet(centre, here, there)
    here.decide(ONE, opd="lh")
    winner = here.documents.winner(CASE)
    assert winner is not None and winner.body is not None
    seen = winner.rev
    foul = {**winner.body, "merged": ["9" * 5000 + "-a", "²-a", "99999999999-a", "x", 7, None, [], "2-sound"]}
    assert here.replica.edit(here.documents.place(CASE), CASE, foul, parent=seen)
    quiet(centre, here, there)
    there.decide(ONE, holder="Sari")
    here.decide(ONE, state=State.DISPOSED)
    quiet(centre, here, there)
    assert here.leaves() == there.leaves() and here.rows() == there.rows()
    assert [each.holder for each in (here.standing(ONE), there.standing(ONE))] == ["Sari", "Sari"]
    body = here.documents.winner(CASE)
    assert body is not None and body.body is not None
    assert all("9" * 11 not in each for each in body.body["merged"]) and "2-sound" in body.body["merged"]


def test_one_edits_above_the_last_generation_that_is_taken() -> None:
    [here] = consoles(1)
    place = complaints_place("contoh", KELURAHAN[1])
    body = {"type": "case", "complaint": ONE, "holder": "Sari", "by": "Sari", "at": NOON.isoformat()}
    for far in (9_999_999_999, HIGHEST + 1):
        taken, _ = here.replica.take(Page(place, [Revised(CASE, (f"{far}-a",), body)]))
        assert [each.says for each in taken.refused] == ["store.not_taken.rev"]
    taken, _ = here.replica.take(Page(place, [Revised(CASE, (f"{HIGHEST}-a",), body)]))
    assert taken.refused == ()
    for state in (State.VERIFIED, State.DISPOSED):
        here.decide(ONE, state=state)
    assert here.standing(ONE).state is State.DISPOSED and here.standing(ONE).holder == "Sari"


def test_ancestry_that_comes_later_is_folded() -> None:
    [here] = consoles(1)
    place = complaints_place("contoh", KELURAHAN[1])
    body = {"type": "case", "complaint": ONE, "native_state": "open", "state": 2, "holder": "Sari", "duplicate_of": ""}
    body |= {"by": "Sari", "at": NOON.isoformat()}
    gone = tombstone(ONE)
    here.replica.take(Page(place, [Revised(CASE, ("1-a",), body)]))
    here.replica.take(Page(place, [Revised(CASE, ("2-b",), gone, True)]))
    assert (here.standing(ONE).state, here.standing(ONE).holder) == (State.VERIFIED, "Sari")
    taken, changes = here.replica.take(Page(place, [Revised(CASE, ("2-b", "1-a"), gone, True)]))
    winner = here.documents.winner(CASE)
    assert winner is not None and winner.deleted
    assert (here.standing(ONE).state, here.standing(ONE).holder) == (State.NEW, "")
    assert here.db.execute("SELECT decided FROM complaint WHERE id = ?", (ONE,)).fetchone() == (0,)
    assert taken.fresh == 0 and changes.ids == {ONE} and Kind.COMPLAINT in changes.kinds
