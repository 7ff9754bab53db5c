"""Attaching a photo or file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.commands.files import Attach
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.pieces import sha256
from console.core.records import ComplaintId

ONE = ComplaintId("laksa:1")
NAMES = tuple(sha256(bytes([number])) for number in range(4))
PHOTO = Attach(ONE, "lubang.jpg", "image/jpeg", 150_000, NAMES[0], NAMES[1:], "")


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_photo_can_be_attached_in_every_state_and_changes_none(world, state):
    world.put(1, state)
    world.run(PHOTO)
    assert world.complaint(ONE).state is state
    assert world.events[-1].text == "lubang.jpg"


def test_the_pieces_must_be_on_the_disk_the_small_picture_first():
    patch = replace(PHOTO, thumb=NAMES[0]).patch(None)
    assert patch.pieces == NAMES
    assert replace(PHOTO, thumb=NAMES[2]).patch(None).pieces == (NAMES[2], NAMES[1], NAMES[3])


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "image/svg+xml"},
        {"type": ""},
        {"name": "../lubang.jpg"},
        {"name": "lubang.exe"},
        {"bytes": 0},
        {"bytes": 21 << 20},
        {"bytes": 10},
        {"sha256": "../../etc"},
        {"pieces": NAMES[1:3]},
        {"pieces": (*NAMES[1:3], "x")},
        {"pieces": ()},
        {"thumb": "x"},
        {"place": "kept on"},
    ],
    ids=str,
)
def test_what_no_file_can_be_is_refused(world, changed):
    world.put(1)
    with pytest.raises(Refused, match=r"commands\.attach\.unsound"):
        world.run(replace(PHOTO, **changed))


def test_a_file_is_attached_once_unless_it_was_taken_back(world):
    world.put(1)
    world.run(PHOTO)
    world.events[-1] = replace(world.events[-1], fields=PHOTO.plain())
    with pytest.raises(Refused, match=r"commands\.attach\.again"):
        world.run(replace(PHOTO, name="sama.jpg"))
    world.events[-1] = replace(world.events[-1], undone=True)
    world.run(replace(PHOTO, name="sama.jpg"))


def test_nothing_chosen_is_said(world):
    world.put(1)
    with pytest.raises(Refused, match=r"commands\.attach\.file_lacks"):
        world.run(Attach(ONE))
