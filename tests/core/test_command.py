"""Commands as values: their own fields as plain values, and a blank where a text is required is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import ClassVar

import pytest

from console.core.command import Ask, Command, CommandFace, Patch, require
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.records import Case, ComplaintId


@dataclass(frozen=True, slots=True)
class Hush(Command):
    """A command of the test."""

    face: ClassVar[CommandFace] = CommandFace(Deed.NOTE, "t", "s", asks=(Ask("reason", "r"),))

    reason: str = ""


HUSH = Hush(ComplaintId("x:1"), "bising")


def test_its_fields_are_plain_values() -> None:
    assert HUSH.plain() == {"complaint": "x:1", "reason": "bising"}


def test_a_command_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        HUSH.reason = "lain"  # type: ignore[misc]


def test_each_command_must_say_what_it_checks_and_does() -> None:
    with pytest.raises(NotImplementedError):
        HUSH.check(None)  # type: ignore[arg-type]
    with pytest.raises(NotImplementedError):
        HUSH.patch(Case(ComplaintId("x:1"), State.NEW))


def test_an_empty_patch_changes_nothing() -> None:
    assert (Patch().fields, Patch().record, Patch().undoes) == ({}, None, "")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_blank_is_refused(text: str) -> None:
    with pytest.raises(Refused) as told:
        require(text, "commands.blank", field="reason")
    assert (told.value.says, told.value.values) == ("commands.blank", {"field": "reason"})


def test_a_text_is_let_through() -> None:
    require("x", "commands.blank")
