"""Taking back: one's own, the last, once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.commands.intake import Channel, Record, Take, new_complaint_id
from console.commands.triage import Dispose, MarkDuplicate, Verify
from console.commands.undo import Undo
from console.commands.work import Close, Note, Reopen, Start
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.records import ComplaintId

ONE = ComplaintId("laksa:1")
DEEDS = [
    Verify(ONE),
    Take(ONE),
    Dispose(ONE, "DPU", "Jalan kota"),
    Dispose(ONE, "DLH", "Sampah"),
    Start(ONE),
    Note(ONE, "Ditelepon"),
    Close(ONE, "Ditambal regu 2"),
    Reopen(ONE, "Berlubang lagi"),
    MarkDuplicate(ONE, ComplaintId("laksa:2")),
]


def test_undo_gives_back_the_fields_before(world):
    world.put(1, State.DISPOSED, opd="DLH")
    moved = world.run(Dispose(ONE, "DPU", "Jalan kota"))
    world.run(Undo(ONE, moved))
    assert world.complaint(ONE).opd == "DLH"
    assert world.events[0].undone


@pytest.mark.parametrize("command", ["", "0" * 32])
def test_an_unknown_deed_is_refused(world, command):
    world.source_says(world.put(1))
    with pytest.raises(Refused, match=r"undo\.unknown"):
        world.run(Undo(ONE, command))


def test_anothers_deed_is_not_mine_to_take_back(world):
    world.put(1)
    done = world.run(Verify(ONE), "Rani")
    with pytest.raises(Refused, match=r"undo\.foreign") as told:
        world.run(Undo(ONE, done), "Budi")
    assert told.value.values == {"who": "Rani"}


def test_what_another_built_on_stays(world):
    world.put(1)
    done = world.run(Verify(ONE), "Rani")
    world.run(Note(ONE, "Dilihat"), "Budi")
    with pytest.raises(Refused, match=r"undo\.later") as told:
        world.run(Undo(ONE, done), "Rani")
    assert told.value.values == {"who": "Budi"}


def test_news_of_the_source_is_nobodys_deed(world):
    world.put(1)
    done = world.run(Verify(ONE))
    world.source_says(ONE)
    world.run(Undo(ONE, done))
    assert world.complaint(ONE).state is State.NEW


def test_undo_of_undo_and_of_a_record_are_not_offered(world):
    world.put(1)
    undone = world.run(Undo(ONE, world.run(Verify(ONE))))
    with pytest.raises(Refused, match="final_undo"):
        world.run(Undo(ONE, undone))
    fresh = Record(new_complaint_id(world.clock), "Lampu mati", Channel.PHONE, address="Jl. Mawar")
    recorded = world.run(fresh)
    with pytest.raises(Refused, match="final_record"):
        world.run(Undo(fresh.complaint, recorded))


def test_nothing_is_taken_back_twice(world):
    world.put(1)
    done = world.run(Verify(ONE))
    world.run(Undo(ONE, done))
    with pytest.raises(Refused, match=r"undo\.again"):
        world.run(Undo(ONE, done))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.integers(0, len(DEEDS) - 1), max_size=12))
def test_whatever_one_did_can_be_walked_back_to_the_start(world, picks):
    world.put(2)
    start = world.complaints[world.put(1)]
    done = []
    for pick in picks:
        try:
            done.append(world.run(DEEDS[pick]))
        except Refused:
            continue
    for command in reversed(done):
        world.run(Undo(ONE, command))
    assert world.complaints[ONE] == start
