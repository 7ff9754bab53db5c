"""The work on a complaint: start, note, close with evidence, reopen with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.commands.steps import SHORTEST_EVIDENCE, following, may_follow, standing, words_between
from console.core.command import Ask, Command, CommandFace, Looking, Patch
from console.core.lifecycle import Deed, State
from console.core.people import Right
from console.core.records import Case


@dataclass(frozen=True, slots=True)
class Start(Command):
    """The office has begun."""

    face: ClassVar[CommandFace] = CommandFace(Deed.START, "commands.start.title", "commands.start.says", key="M")

    seen_state: State | None = None

    def check(self, read: Looking) -> None:
        """Refuse where the table has no such step, or the state moved since it was seen."""
        may_follow(read, self.complaint, Deed.START, self.seen_state)

    def patch(self, case: Case) -> Patch:
        """It is worked on."""
        return Patch({"state": following(case.state, Deed.START)})


@dataclass(frozen=True, slots=True)
class Note(Command):
    """Add a line to the history. Possible in every state, also on a view that is no longer the newest."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.NOTE,
        "commands.note.title",
        "commands.note.says",
        key="C",
        asks=(Ask("text", "commands.ask.note", "lines"),),
    )

    text: str

    def check(self, read: Looking) -> None:
        """Refuse an empty or overlong note."""
        standing(read, self.complaint)
        words_between(self.text, "commands.note.text_lacks")

    def patch(self, case: Case) -> Patch:
        """Nothing but the words."""
        return Patch(text=self.text.strip())


@dataclass(frozen=True, slots=True)
class Close(Command):
    """The work is done, and this is what shows it."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.CLOSE,
        "commands.close.title",
        "commands.close.says",
        key="S",
        asks=(Ask("evidence", "commands.ask.evidence", "lines"),),
    )

    evidence: str
    seen_state: State | None = None

    def check(self, read: Looking) -> None:
        """Refuse without evidence of some length, and where the table has no such step."""
        may_follow(read, self.complaint, Deed.CLOSE, self.seen_state)
        words_between(self.evidence, "commands.close.evidence_lacks", least=SHORTEST_EVIDENCE)

    def patch(self, case: Case) -> Patch:
        """It is done, not yet accepted by the reporter."""
        return Patch({"state": following(case.state, Deed.CLOSE)}, self.evidence.strip())


@dataclass(frozen=True, slots=True)
class Reopen(Command):
    """It was closed and is not settled."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.REOPEN,
        "commands.reopen.title",
        "commands.reopen.says",
        key="B",
        asks=(Ask("reason", "commands.ask.reason", "lines"),),
        right=Right.DECIDE,
    )

    reason: str
    seen_state: State | None = None

    def check(self, read: Looking) -> None:
        """Refuse without a reason, and where the table has no such step."""
        may_follow(read, self.complaint, Deed.REOPEN, self.seen_state)
        words_between(self.reason, "commands.reason_lacks")

    def patch(self, case: Case) -> Patch:
        """It is open again and no longer points at another."""
        return Patch({"state": following(case.state, Deed.REOPEN), "duplicate_of": ""}, self.reason.strip())
