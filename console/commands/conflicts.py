"""Two versions of a complaint stand side by side, written apart from each other, and a person says what holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from console.commands.steps import standing
from console.core.command import Command, CommandFace, Looking, Patch
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.people import Right
from console.core.records import Case, Conflict

_OURS = ("state", "opd", "holder", "duplicate_of")


@dataclass(frozen=True, slots=True)
class Settle(Command):
    """Choose, for each field in question, the word of one of the versions. What is not in question is joined."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.SETTLE, "commands.settle.title", "commands.settle.says", elsewhere=True, right=Right.DECIDE
    )

    doc: str = ""
    """The document in question."""
    leaves: tuple[str, ...] = ()
    """Names of the versions as the operator saw them: where others stand there by now nothing is chosen."""
    state: State | None = None
    """None, here and below, for what the operator was not asked."""
    opd: str | None = None
    holder: str | None = None
    duplicate_of: str | None = None
    rest: str = ""
    """The version whose word holds for what is in question and not named above: fields or states of a newer program."""

    def check(self, read: Looking) -> None:
        """Refuse what is settled already, versions that were not seen, a lacking choice and one that nobody wrote."""
        standing(read, self.complaint)
        found = read.conflict(self.doc)
        if found is None or found.complaint != self.complaint:
            raise Refused("commands.settle.done")
        if {version.rev for version in found.versions} != set(self.leaves):
            raise Refused("commands.settle.moved")
        if self.rest and self.rest not in self.leaves:
            raise Refused("commands.settle.strange")
        chosen = self._chosen()
        if not self.rest and any(name not in chosen for name in found.fields):
            raise Refused("commands.settle.lacks")
        if any(not _written(found, name, value) for name, value in chosen.items()):
            raise Refused("commands.settle.strange")

    def patch(self, case: Case) -> Patch:
        """One version takes the place of all."""
        return Patch(self._chosen(), settles=self.leaves, rest=self.rest)

    def _chosen(self) -> Mapping[str, Any]:
        values = {name: getattr(self, name) for name in _OURS}
        return {name: value for name, value in values.items() if value is not None}


def _written(conflict: Conflict, name: str, value: Any) -> bool:
    """Whether one of the versions says so. One that does not name the field says nothing: "", or an unknown state."""
    nothing = State.UNKNOWN if name == "state" else ""
    return any(version.fields.get(name, nothing) == value for version in conflict.versions)
