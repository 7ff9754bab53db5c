"""Handing on to another application: what is asked is whole, nothing is handed on twice unasked, only ours is ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.commands import found, open_envelope, seal
from console.commands.forward import YES, Forward, ForwardAgain, ForwardDrop, ForwardLook
from console.commands.undo import Undo
from console.core.errors import Refused
from console.core.forwarding import Forwarded, Post, new_reference
from console.core.lifecycle import Deed
from console.core.people import RIGHTS, Right, Role
from console.core.records import ComplaintId, Event
from tests.commands.conftest import AT, World

REFERENCE = new_reference("1")
WHOLE: dict[str, Any] = {"target": "laksa", "service": "001", "text": "Lubang dalam", "reference": REFERENCE}


def handed_on(complaint: ComplaintId, state: Post, **more: Any) -> Forwarded:
    base = Forwarded("c1", complaint, "laksa", "LAKSA", "001", "Jalan", new_reference("0"), "Sari", AT, state)
    return replace(base, **more)


def why(world: World, command: Any) -> str:
    with pytest.raises(Refused) as told:
        world.run(command)
    return told.value.says


def test_it_travels_whole_and_changes_nothing_of_the_complaint(world: World) -> None:
    asked = Forward(world.put(1), **WHOLE, attributes=("a=1", "a=2"), lat=-6.1, lon=106.7)
    command = open_envelope(seal(asked, world.clock, "Rani"), world.pack)
    assert command.plain() == asked.plain()
    command.check(world)
    patch = command.patch(None)  # type: ignore[arg-type]
    assert not patch.fields and patch.text == "Lubang dalam"
    assert patch.posting is not None and patch.posting.reference == REFERENCE


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"target": " "}, "commands.forward.target_lacks"),
        ({"service": ""}, "commands.forward.service_lacks"),
        ({"text": ""}, "commands.forward.text_lacks"),
        ({"text": "x" * 4001}, "commands.text_long"),
        ({"reference": "KND-1"}, "commands.forward.unsound"),
        ({"lat": 1.0}, "commands.forward.unsound"),
        ({"attributes": ("without",)}, "commands.forward.unsound"),
        ({"attributes": ("a=1",) * 101}, "commands.forward.unsound"),
        ({"address": "x" * 4001}, "commands.forward.unsound"),
    ],
)
def test_what_is_not_whole_is_refused(world: World, changed: dict[str, Any], says: str) -> None:
    assert why(world, Forward(world.put(1), **{**WHOLE, **changed})) == says


@pytest.mark.parametrize("state", Post)
@pytest.mark.parametrize("here", [True, False])
def test_a_second_time_to_the_same_target_is_asked_for_by_name(world: World, state: Post, here: bool) -> None:
    one = world.put(1)
    world.forwards = [handed_on(one, state, here=here)]
    second = Forward(one, **WHOLE)
    if state.may_stand:
        assert why(world, second) == "commands.forward.before"
    else:
        second.check(world)
    replace(second, again=YES).check(world)
    replace(second, target="lain").check(world)
    assert why(world, replace(second, reference=new_reference("0"))) == "commands.forward.unsound"


ALLOWED = {
    ForwardAgain: {Post.REFUSED, Post.UNSURE},
    ForwardDrop: {Post.WAITING, Post.REFUSED, Post.UNSURE},
    ForwardLook: {Post.WAITING, Post.BEGUN, Post.UNSURE, Post.TAKEN},
}


@pytest.mark.parametrize("state", Post)
@pytest.mark.parametrize("kind", ALLOWED)
def test_each_can_be_said_where_it_means_something(world: World, kind: Any, state: Post) -> None:
    one = world.put(1)
    world.forwards = [handed_on(one, state)]
    reason = {} if kind is ForwardLook else {"reason": "sudah selesai"}
    command = kind(one, forward="c1", **reason)
    if state in ALLOWED[kind]:
        command.check(world)
        assert command.patch(None).posting.forward == "c1"
    else:
        assert why(world, command) == f"commands.{command.face.deed}.{'rests' if kind is ForwardLook else state}"


def test_what_another_console_sends_and_what_is_not_there_is_refused(world: World) -> None:
    one = world.put(1)
    world.forwards = [handed_on(one, Post.UNSURE, here=False, console="0192-abcdefgh")]
    assert why(world, ForwardAgain(one, forward="c1")) == "commands.forward.elsewhere"
    assert why(world, ForwardLook(one, forward="c2")) == "commands.forward.absent"
    assert why(world, ForwardDrop(one, forward="c2", reason="x")) == "commands.forward.absent"


def test_what_has_its_number_is_looked_for_no_more(world: World) -> None:
    one = world.put(1)
    world.forwards = [handed_on(one, Post.TAKEN, report="7")]
    assert why(world, ForwardLook(one, forward="c1")) == "commands.forward_look.rests"


def test_withdrawing_wants_a_reason(world: World) -> None:
    one = world.put(1)
    world.forwards = [handed_on(one, Post.WAITING)]
    assert why(world, ForwardDrop(one, forward="c1")) == "commands.reason_lacks"


@pytest.mark.parametrize("deed", [Deed.FORWARD, Deed.FORWARD_DROP, "forwarded"])
def test_it_cannot_be_undone(world: World, deed: str) -> None:
    one = world.put(1)
    world.events.append(Event("deed:c9", one, deed, AT, "Rani", "", None, None, command="c9"))
    assert why(world, Undo(one, "c9", by="Rani")) == "commands.undo.final_forward"


def test_operators_and_above_hand_on() -> None:
    for deed in (Deed.FORWARD, Deed.FORWARD_AGAIN, Deed.FORWARD_DROP):
        assert found()[deed].face.right is Right.DECIDE
    assert Right.DECIDE in RIGHTS[Role.OPERATOR] and Right.DECIDE not in RIGHTS[Role.FIELD]
