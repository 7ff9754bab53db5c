"""Verifying, disposing and marking as duplicate."""

from __future__ import annotations

import pytest

from console.commands import make
from console.commands.triage import Dispose, MarkDuplicate, Verify
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.records import ComplaintId

ONE, TWO, THREE = (ComplaintId(f"laksa:{number}") for number in (1, 2, 3))


def test_a_new_one_is_verified(world):
    world.run(Verify(world.put(1)))
    assert world.complaint(ONE).state is State.VERIFIED


def test_a_second_verification_says_who_was_first(world):
    seen = world.complaints[world.put(1)]
    world.run(Verify(ONE), "Rani")
    with pytest.raises(Refused, match=r"moved\.VERIFIED") as told:
        world.run(make(Deed.VERIFY, seen, "Budi"), "Budi")
    assert told.value.values == {"who": "Rani"}
    with pytest.raises(Refused, match=r"stands\.VERIFIED"):
        world.run(Verify(ONE), "Budi")


def test_what_the_source_did_is_told_as_the_sources(world):
    world.put(1, State.DONE)
    with pytest.raises(Refused) as told:
        world.run(Verify(ONE))
    assert told.value.values == {"who": "laksa"}


def test_an_absent_one_is_told(world):
    with pytest.raises(Refused, match="absent"):
        world.run(Verify(ONE))


def test_disposing_sends_it_to_the_office_with_the_reason(world):
    world.put(1, State.VERIFIED)
    world.run(Dispose(ONE, "DPU", "  Jalan kota "))
    assert (world.complaint(ONE).state, world.complaint(ONE).opd) == (State.DISPOSED, "DPU")
    assert world.events[-1].text == "Jalan kota"


@pytest.mark.parametrize(
    ("opd", "reason", "why"),
    [
        (" ", "Jalan kota", "opd_lacks"),
        ("KUA", "Jalan kota", "opd_unknown"),
        ("DPU", " ", "reason_lacks"),
        ("DPU", "x" * 4001, "text_long"),
    ],
)
def test_an_unsound_disposal_is_refused(world, opd, reason, why):
    world.put(1, State.VERIFIED)
    with pytest.raises(Refused, match=why):
        world.run(Dispose(ONE, opd, reason))


def test_without_a_pack_any_office_is_let_through(world):
    world.put(1, State.VERIFIED)
    Dispose(ONE, "KUA", "Jalan kota").check(world)


def test_the_same_office_twice_is_no_disposal(world):
    world.put(1, State.DISPOSED, opd="DPU")
    with pytest.raises(Refused, match=r"dispose\.same"):
        world.run(Dispose(ONE, "DPU", "Jalan kota"))


def test_a_disposal_over_another_ones_is_refused(world):
    seen = world.complaints[world.put(1, State.DISPOSED, opd="DLH")]
    world.run(make(Deed.DISPOSE, seen, "Rani", opd="DPU", reason="Jalan kota"), "Rani")
    with pytest.raises(Refused, match=r"dispose\.moved") as told:
        world.run(make(Deed.DISPOSE, seen, "Budi", opd="DLH", reason="Sampah saja"), "Budi")
    assert told.value.values == {"who": "Rani", "opd": "PU"}


def test_a_duplicate_points_at_the_other(world):
    world.put(1)
    world.run(MarkDuplicate(ONE, world.put(2)))
    assert (world.complaint(ONE).state, world.complaint(ONE).duplicate_of) == (State.DUPLICATE, TWO)


@pytest.mark.parametrize(("of", "why"), [("", "of_lacks"), (ONE, "itself"), ("laksa:9", "of_absent")])
def test_a_duplicate_of_nothing_sound_is_refused(world, of, why):
    world.put(1)
    with pytest.raises(Refused, match=why):
        world.run(MarkDuplicate(ONE, ComplaintId(of)))


def test_no_circle_of_duplicates_can_come_about(world):
    world.put(1)
    world.put(2, State.DUPLICATE, duplicate_of=THREE)
    world.put(3, State.DUPLICATE, duplicate_of=ONE)
    with pytest.raises(Refused, match="circle"):
        world.run(MarkDuplicate(ONE, TWO))


def test_a_circle_or_a_gap_that_a_source_made_does_not_hang_the_check(world):
    world.put(1)
    world.put(2, State.DUPLICATE, duplicate_of=THREE)
    world.put(3, State.DUPLICATE, duplicate_of=TWO)
    MarkDuplicate(ONE, TWO).check(world)
    world.put(3, State.DUPLICATE, duplicate_of="laksa:77")
    MarkDuplicate(ONE, TWO).check(world)
