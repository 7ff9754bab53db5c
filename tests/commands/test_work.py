"""Starting, noting, closing and reopening."""

from __future__ import annotations

import pytest

from console.commands.triage import MarkDuplicate
from console.commands.work import Close, Note, Reopen, Start
from console.core.errors import Refused
from console.core.lifecycle import NEXT, Deed, State
from console.core.records import ComplaintId

ONE = ComplaintId("laksa:1")


def test_a_day_of_work_from_start_to_reopening(world):
    world.put(1, State.DISPOSED)
    world.run(Start(ONE))
    world.run(Note(ONE, " Alat berat datang "))
    world.run(Close(ONE, "Ditambal 21 Nov oleh regu 2"))
    assert world.complaint(ONE).state is State.DONE
    world.run(Reopen(ONE, "Berlubang lagi"))
    assert world.complaint(ONE).state is State.REOPENED
    texts = ["", "Alat berat datang", "Ditambal 21 Nov oleh regu 2", "Berlubang lagi"]
    assert [event.text for event in world.events] == texts


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_note_is_possible_in_every_state_and_changes_none(world, state):
    world.put(1, state)
    world.run(Note(ONE, "Ditelepon lagi"))
    assert world.complaint(ONE).state is state


@pytest.mark.parametrize(("text", "why"), [(" \n", "text_lacks"), ("x" * 4001, "text_long")])
def test_an_unsound_note_is_refused(world, text, why):
    world.put(1)
    with pytest.raises(Refused, match=why):
        world.run(Note(ONE, text))


@pytest.mark.parametrize("evidence", ["", "    selesai    ", "x" * 9])
def test_closing_needs_evidence_of_some_length(world, evidence):
    world.put(1, State.IN_PROGRESS)
    with pytest.raises(Refused, match="evidence_lacks") as told:
        world.run(Close(ONE, evidence))
    assert told.value.values == {"least": 10}


def test_reopening_needs_a_reason(world):
    world.put(1, State.DONE)
    with pytest.raises(Refused, match="reason_lacks"):
        world.run(Reopen(ONE, " "))


def test_a_reopened_duplicate_no_longer_points_at_another(world):
    world.put(1)
    world.run(MarkDuplicate(ONE, world.put(2)))
    world.run(Reopen(ONE, "Ternyata lain"))
    assert world.complaint(ONE).duplicate_of == ""


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_the_table_alone_says_what_may_follow(world, state):
    """Each step is written where the table has it, and refused with the standing state where it has not."""
    steps = {Deed.START: Start(ONE), Deed.CLOSE: Close(ONE, "Ditambal regu 2"), Deed.REOPEN: Reopen(ONE, "Lagi")}
    for deed, command in steps.items():
        world.put(1, state)
        if (state, deed) in NEXT:
            world.run(command)
            assert world.complaint(ONE).state is NEXT[state, deed]
        else:
            with pytest.raises(Refused, match=f"stands.{state.name}"):
                world.run(command)
