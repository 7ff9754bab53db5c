"""Take back one's own last deed on a complaint, while nobody has built on it.

The store gives the case the fields it had before that deed and marks the deed as undone; a note is marked
withdrawn and stays readable. Taking back a taking back is not offered: do the thing again instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from console.commands.steps import SAID_BY_SOURCE, standing
from console.core.command import GIVEN, Command, CommandFace, Looking, Patch
from console.core.errors import Refused
from console.core.forwarding import DEEDS as FORWARDING
from console.core.lifecycle import Deed
from console.core.records import Case, Event

_FINAL = frozenset({Deed.UNDO, Deed.RECORD, Deed.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Undo(Command):
    """Take back the deed that the command of that id did."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.UNDO, "commands.undo.title", "commands.undo.says", key="Ctrl+Z", undoable=False
    )

    command_id: str
    by: str = field(default="", metadata={GIVEN: True})

    def check(self, read: Looking) -> None:
        """Refuse another's deed, one taken back before, one somebody did something after."""
        standing(read, self.complaint)
        events = read.events_of(self.complaint)
        place = next((at for at, event in enumerate(events) if event.command == self.command_id), None)
        if place is None or not self.command_id:
            raise Refused("commands.undo.unknown")
        deed = events[place]
        if deed.deed in _FINAL:
            raise Refused(f"commands.undo.final_{deed.deed}")
        if deed.deed in FORWARDING:
            raise Refused("commands.undo.final_forward")
        if deed.undone:
            raise Refused("commands.undo.again")
        if deed.by != self.by:
            raise Refused("commands.undo.foreign", who=deed.by)
        later = _later(events[place + 1 :])
        if later is not None:
            raise Refused("commands.undo.later", who=later.by)

    def patch(self, case: Case) -> Patch:
        """The store restores what stood before."""
        return Patch(undoes=self.command_id)


def _later(events: Sequence[Event]) -> Event | None:
    """The newest deed that still holds, or None. What a source said is no deed."""
    held = [event for event in events if event.deed not in (SAID_BY_SOURCE, Deed.UNDO) and not event.undone]
    return held[-1] if held else None
