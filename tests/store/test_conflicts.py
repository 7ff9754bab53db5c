"""Edits above what was seen, versions that stand side by side, the choice between them and its taking back."""

from __future__ import annotations

from typing import Any

import pytest

from console.commands.conflicts import Settle
from console.core.lifecycle import State
from console.core.records import ComplaintId, Conflict, Kind, QueueFilter, QueueRow
from console.core.replica import Page, Revised
from console.store.conflicts import among
from console.store.documents import name_rev
from tests.store.conftest import recounted, said, tallied
from tests.store.peers import Centre, Console, quiet, refusal

ONE = ComplaintId("uji:000001")
CASE = f"case:{ONE}"


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def pair(centre: Centre) -> tuple[Console, Console]:
    """Two consoles that know of one first deed."""
    here, there = Console(1), Console(2)
    for each in (here, there):
        each.intake.take([said(1)])
    here.decide(ONE, state=State.VERIFIED, opd="pu")
    quiet(centre, here, there)
    return here, there


def of(console: Console) -> Conflict:
    found = console.read.conflict(CASE)
    assert found is not None
    return found


def settle(found: Conflict, **chosen: Any) -> Settle:
    return Settle(found.complaint, doc=found.doc, leaves=tuple(each.rev for each in found.versions), **chosen)


def parted(
    pair: tuple[Console, Console], centre: Centre, offices: tuple[str, str] = ("lh", "kes"), **also: Any
) -> None:
    """Both give the complaint to another office, apart from each other."""
    here, there = pair
    here.decide(ONE, by="Budi", opd=offices[0])
    there.decide(ONE, by="Sari", opd=offices[1], **also)
    quiet(centre, here, there)


def test_different_fields_join_by_themselves(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    here.decide(ONE, opd="lh")
    there.decide(ONE, state=State.DISPOSED, holder="Sari")
    quiet(centre, here, there)
    for each in pair:
        now = each.standing(ONE)
        assert (now.state, now.opd, now.holder, now.pending) == (State.DISPOSED, "lh", "Sari", 0)
        assert each.read.conflicts() == []
    assert here.leaves() == there.leaves()
    assert here.shelf.waiting_places() == there.shelf.waiting_places() == []


def test_the_first_deeds_of_two_join(centre: Centre) -> None:
    here, there = Console(1), Console(2)
    for each in (here, there):
        each.intake.take([said(1, opd="lh")])
    here.decide(ONE, state=State.VERIFIED)
    there.decide(ONE, holder="Sari")
    quiet(centre, here, there)
    for each in (here, there):
        now = each.standing(ONE)
        assert (now.state, now.holder, now.opd) == (State.VERIFIED, "Sari", "lh")
    assert here.rows() == there.rows()


def test_the_same_choice_twice_is_no_conflict(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    here.decide(ONE, by="Budi", opd="lh")
    there.decide(ONE, by="Sari", opd="lh")
    quiet(centre, here, there)
    assert (here.read.conflicts(), there.read.conflicts()) == ([], [])
    assert here.leaves() == there.leaves()


def said_alike_apart(centre: Centre) -> tuple[Console, Console, Console]:
    """Two consoles give a complaint to the same office apart from each other; a third sees the first one's word."""
    first, second, third = Console(1), Console(2), Console(3)
    for each in (first, second, third):
        each.intake.take([said(1)])
    first.decide(ONE, by="Budi", opd="lh")
    second.decide(ONE, by="Sari", opd="lh")
    third.pull(first, held=False)
    return first, second, third


def test_who_changes_the_word_of_one_has_not_changed_that_of_another_who_said_the_same(centre: Centre) -> None:
    """Also where the two were joined before, by whom and in what order ever."""
    three = first, second, third = said_alike_apart(centre)
    third.decide(ONE, by="Rina", saw=third.standing(ONE).rev, opd="kes")
    quiet(centre, first, second)
    assert [first.standing(ONE).opd, first.read.conflicts()] == ["lh", []]
    third.push(centre)
    for each in (*three, *three):
        each.meet(centre)
        if each.read.conflicts():
            assert of(each).fields == ("opd",)
    quiet(centre, *three)
    for each in three:
        assert {version.fields["opd"] for version in of(each).versions} == {"lh", "kes"}
    third.do(settle(of(third), opd="kes"), "Rina")
    quiet(centre, *three)
    assert [(each.standing(ONE).opd, each.read.conflicts()) for each in three] == [("kes", [])] * 3


def test_who_saw_what_was_joined_has_changed_both(centre: Centre) -> None:
    three = first, second, third = said_alike_apart(centre)
    quiet(centre, *three)
    second.decide(ONE, by="Sari", holder="Sari")
    third.decide(ONE, by="Rina", opd="kes")
    quiet(centre, *three)
    for each in three:
        assert (each.standing(ONE).opd, each.standing(ONE).holder, each.read.conflicts()) == ("kes", "Sari", [])
    first.decide(ONE, by="Budi", opd="lh")
    quiet(centre, *three)
    body = first.documents.winner(CASE)
    assert body is not None and "alike" not in (body.body or {}), "the last word is of one alone"


def test_two_offices_wait_for_a_person_with_both_versions(pair: tuple[Console, Console], centre: Centre) -> None:
    parted(pair, centre)
    for each in pair:
        [found] = each.read.conflicts()
        assert (found.doc, found.complaint, found.title) == (CASE, ONE, "Jalan berlubang nomor 1")
        assert found.fields == ("opd",)
        assert {(version.by, version.fields["opd"], version.held) for version in found.versions} == {
            ("Budi", "lh", True),
            ("Sari", "kes", True),
        }
        assert found.base["opd"] == "pu"
        assert each.standing(ONE).rev == found.versions[0].rev
        assert each.standing(ONE).opd == found.versions[0].fields["opd"]
        assert all(version.at is not None for version in found.versions)


def test_a_choice_settles_it_everywhere(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    parted(pair, centre, holder="Sari")
    here.do(settle(of(here), opd="kes"), by="Rina")
    assert here.read.conflicts() == []
    assert tallied(here.db) == recounted(here.db)
    quiet(centre, here, there)
    for each in pair:
        now = each.standing(ONE)
        # What was not in question is joined.
        assert (now.opd, now.holder, now.state, now.pending) == ("kes", "Sari", State.VERIFIED, 0)
        assert each.read.conflicts() == []
        assert [event.deed for event in each.read.events_of(ONE)][-1] == "settle"
    assert here.leaves() == there.leaves()
    assert here.history() == there.history()


def test_a_choice_can_be_taken_back_and_made_again(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    parted(pair, centre)
    before = here.rows()
    command = here.do(settle(of(here), opd="kes"), by="Rina")
    quiet(centre, here, there)
    here.undo(ONE, command, by="Rina")
    assert [row[1:6] for row in here.rows()] == [row[1:6] for row in before]
    assert {version.fields["opd"] for version in of(here).versions} == {"lh", "kes"}
    quiet(centre, here, there)
    assert here.leaves() == there.leaves()
    there.do(settle(of(there), opd="lh"), by="Sari")
    quiet(centre, here, there)
    for each in pair:
        assert each.standing(ONE).opd == "lh"
        assert each.read.conflicts() == []


def test_a_choice_of_versions_that_moved_is_refused(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    parted(pair, centre)
    seen = of(here)
    there.decide(ONE, by="Sari", saw=next(v.rev for v in of(there).versions if v.by == "Sari"), opd="pu2")
    quiet(centre, here, there)
    assert refusal(lambda: here.do(settle(seen, opd="kes"))) == "commands.settle.moved"
    there.do(settle(of(there), opd="lh"))
    assert refusal(lambda: there.do(settle(seen, opd="kes"))) == "commands.settle.done"


def test_choices_that_cannot_be_are_refused(pair: tuple[Console, Console], centre: Centre) -> None:
    here, _ = pair
    parted(pair, centre)
    found = of(here)
    for command, says in (
        (settle(found), "commands.settle.lacks"),
        (settle(found, opd="mars"), "commands.settle.strange"),
        (settle(found, opd="lh", holder="Budi"), "commands.settle.strange"),
        (settle(found, opd="lh", rest="9-x"), "commands.settle.strange"),
        (Settle(ComplaintId("uji:absent"), doc=CASE), "commands.absent"),
        (Settle(ONE, doc="case:absent"), "commands.settle.done"),
    ):
        assert refusal(lambda command=command: here.do(command)) == says


def test_settled_at_two_consoles_alike_or_not(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    parted(pair, centre)
    here.do(settle(of(here), opd="lh"), by="Rina")
    there.do(settle(of(there), opd="lh"), by="Dewi")
    quiet(centre, here, there)
    assert here.read.conflicts() == []
    parted(pair, centre, ("pu", "sos"))
    here.do(settle(of(here), opd="pu"), by="Rina")
    there.do(settle(of(there), opd="sos"), by="Dewi")
    quiet(centre, here, there)
    assert {version.by for version in of(here).versions} == {"Rina", "Dewi"}
    assert here.leaves() == there.leaves()


def test_fields_of_a_newer_program_follow_a_chosen_version(pair: tuple[Console, Console]) -> None:
    here, _ = pair
    winner = here.documents.winner(CASE)
    assert winner is not None and winner.body is not None
    for urgency in (1, 2):
        body = {**winner.body, "urgency": urgency, "by": f"P{urgency}"}
        rev = name_rev(winner.rev, body)
        taken, changes = here.replica.take(Page("p", [Revised(CASE, (rev, winner.rev), body)]))
    assert (taken.conflicts, Kind.CONFLICT in changes.kinds) == (1, True)
    found = of(here)
    assert found.fields == ("urgency",)
    assert refusal(lambda: here.do(settle(found, opd="pu"))) == "commands.settle.lacks"
    one = next(version for version in found.versions if version.fields["urgency"] == 1)
    here.do(settle(found, rest=one.rev))
    after = here.documents.winner(CASE)
    assert after is not None and after.body is not None
    assert after.body["urgency"] == 1
    assert here.read.conflicts() == []


def test_a_second_edit_is_made_above_what_was_seen(pair: tuple[Console, Console], centre: Centre) -> None:
    """The page came while the operator still looked at the version before it: nothing is overwritten unseen."""
    here, there = pair
    seen = here.standing(ONE).rev
    there.decide(ONE, by="Sari", opd="kes")
    there.push(centre)
    here.pull(centre)
    here.decide(ONE, by="Budi", saw=seen, opd="lh")
    assert {version.fields["opd"] for version in of(here).versions} == {"lh", "kes"}
    quiet(centre, here, there)
    assert here.leaves() == there.leaves()


def test_an_edit_above_what_was_seen_joins_at_once_where_it_can(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    seen = here.standing(ONE).rev
    there.decide(ONE, by="Sari", opd="kes")
    there.push(centre)
    here.pull(centre)
    here.decide(ONE, by="Budi", saw=seen, holder="Budi")
    now = here.standing(ONE)
    assert (now.opd, now.holder, here.read.conflicts()) == ("kes", "Budi", [])
    assert tallied(here.db) == recounted(here.db)


def test_what_one_wrote_oneself_one_has_seen(pair: tuple[Console, Console]) -> None:
    here, _ = pair
    seen = here.standing(ONE).rev
    for fields in ({"opd": "lh"}, {"opd": "kes"}, {"holder": "Budi"}):
        here.decide(ONE, by="Budi", saw=seen, **fields)
    assert here.standing(ONE).opd == "kes"
    winner = here.documents.winner(CASE)
    assert winner is not None
    # One line of edits, no side branches for the centre to hold.
    assert len(here.documents.ancestry(CASE, winner.rev)) == 4
    assert len(here.documents.leaves(CASE)) == 1


def test_a_version_nobody_has_counts_as_the_present_one(pair: tuple[Console, Console]) -> None:
    here, _ = pair
    for saw in ("7-absent", "kein Name", ""):
        here.decide(ONE, by="Budi", saw=saw, opd="lh")
        here.decide(ONE, by="Sari", saw=saw, opd="kes")
    assert len(here.documents.leaves(CASE)) == 1


def test_taking_back_needs_what_it_takes_back(pair: tuple[Console, Console]) -> None:
    """Drawn before one's own deed was: the deed is taken back all the same, not the version before it."""
    here, _ = pair
    seen = here.standing(ONE).rev
    command = here.decide(ONE, by="Budi", saw=seen, opd="lh")
    here.decide(ONE, by="Sari", holder="Sari")
    here.undo(ONE, command, by="Budi", saw=seen)
    assert (here.standing(ONE).opd, here.standing(ONE).holder) == ("pu", "Sari")
    assert here.read.conflicts() == []


def test_an_edit_above_a_version_that_was_merged_elsewhere_finds_its_base(
    pair: tuple[Console, Console], centre: Centre
) -> None:
    """One settles; the other, who has not heard of it, goes on above the version that was not chosen."""
    here, there = pair
    parted(pair, centre)
    here.do(settle(of(here), opd="lh"), by="Rina")
    there.decide(ONE, by="Sari", saw=next(v.rev for v in of(there).versions if v.by == "Sari"), holder="Sari")
    quiet(centre, here, there)
    for each in pair:
        assert (each.standing(ONE).opd, each.standing(ONE).holder) == ("lh", "Sari")
        assert each.read.conflicts() == []


def test_a_deletion_does_not_beat_an_edit(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    winner = here.documents.winner(CASE)
    assert winner is not None
    rev = name_rev(winner.rev, {}, True)
    centre.take(here.documents.place(CASE), [Revised(CASE, (rev, winner.rev), {}, True)])
    there.decide(ONE, by="Sari", opd="lh")
    quiet(centre, here, there)
    for each in pair:
        assert (each.standing(ONE).opd, each.read.conflicts()) == ("lh", [])


def test_both_merge_alike_and_send_it_once(pair: tuple[Console, Console], centre: Centre) -> None:
    here, there = pair
    here.decide(ONE, by="Budi", opd="lh")
    there.decide(ONE, by="Sari", holder="Sari")
    for each in pair:
        each.push(centre)
    for each in pair:
        each.pull(centre)
    assert here.leaves()[CASE] == there.leaves()[CASE]
    assert {name for name, *_ in here.leaves()[CASE]} == {name for name, *_ in there.leaves()[CASE]}
    [row] = [each for each in here.read.outbox_rows() if each.doc == CASE]
    assert set(row.deeds) == {""}
    assert here.standing(ONE).pending == 0
    assert quiet(centre, here, there) <= 3


def test_the_version_that_leaves_the_state_to_the_source_can_be_chosen(centre: Centre) -> None:
    here, there = Console(1), Console(2)
    for each in (here, there):
        each.intake.take([said(1, opd="lh")])
    command = here.decide(ONE, state=State.VERIFIED, opd="pu")
    quiet(centre, here, there)
    here.undo(ONE, command)
    there.decide(ONE, by="Sari", state=State.DISPOSED, opd="kes")
    quiet(centre, here, there)
    assert of(here).fields == ("opd", "state")
    here.do(settle(of(here), state=State.UNKNOWN, opd=""), by="Rina")
    quiet(centre, here, there)
    for each in (here, there):
        assert (each.standing(ONE).state, each.standing(ONE).opd) == (State.NEW, "lh")
        assert (each.read.events_of(ONE)[-1].deed, each.read.events_of(ONE)[-1].after) == ("settle", State.NEW)
        assert each.rows() == here.rows()


def test_pages_of_the_queue_know_which_rows_are_in_question(pair: tuple[Console, Console], centre: Centre) -> None:
    here, _ = pair
    here.intake.take([said(2), said(3)])
    assert not any(row.conflict for row in listed(here))
    assert among(here.db, [ONE]) == frozenset()
    parted(pair, centre)
    assert [row.id for row in listed(here) if row.conflict] == [ONE]
    assert among(here.db, ["uji:000002", ONE]) == {ONE}
    assert among(here.db, []) == frozenset()
    found = of(here)
    here.do(settle(found, opd="lh"))
    assert not any(row.conflict for row in listed(here))


def listed(console: Console) -> list[QueueRow]:
    return console.read.page(console.read.span(QueueFilter()), 0)
