"""What a complaint is and whose it is: verify, dispose to an office, mark as a duplicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from console.commands.steps import following, last_hand, may_follow, words_between
from console.core.command import GIVEN, Ask, Command, CommandFace, Looking, Patch, require
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.pack import CityPack
from console.core.people import Right
from console.core.records import Case, ComplaintId


@dataclass(frozen=True, slots=True)
class Verify(Command):
    """It is a real complaint, complete enough to work on."""

    face: ClassVar[CommandFace] = CommandFace(Deed.VERIFY, "commands.verify.title", "commands.verify.says", key="V")

    seen_state: State | None = None

    def check(self, read: Looking) -> None:
        """Refuse where the table has no such step, or the state moved since it was seen."""
        may_follow(read, self.complaint, Deed.VERIFY, self.seen_state)

    def patch(self, case: Case) -> Patch:
        """It is verified."""
        return Patch({"state": following(case.state, Deed.VERIFY)})


@dataclass(frozen=True, slots=True)
class Dispose(Command):
    """Send it to the office (OPD) that answers for it, with a reason."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.DISPOSE,
        "commands.dispose.title",
        "commands.dispose.says",
        key="D",
        asks=(Ask("opd", "commands.ask.opd", "opd"), Ask("reason", "commands.ask.reason", "lines")),
        right=Right.DECIDE,
    )

    opd: str
    """Code of the office in the city pack."""
    reason: str
    seen_state: State | None = None
    seen_opd: str | None = None
    pack: CityPack | None = field(default=None, repr=False, compare=False, metadata={GIVEN: True})

    def check(self, read: Looking) -> None:
        """Refuse an unknown office, a lacking reason, a step the table has not, an office that changed since."""
        found = may_follow(read, self.complaint, Deed.DISPOSE, self.seen_state)
        if self.seen_opd is not None and found.opd != self.seen_opd:
            raise Refused("commands.dispose.moved", who=last_hand(read, found), opd=self._named(found.opd))
        require(self.opd, "commands.dispose.opd_lacks")
        if self.pack is not None and self.opd not in self.pack.opds:
            raise Refused("commands.dispose.opd_unknown", opd=self.opd)
        if found.opd == self.opd and found.state is State.DISPOSED:
            raise Refused("commands.dispose.same", opd=self._named(self.opd))
        words_between(self.reason, "commands.reason_lacks")

    def patch(self, case: Case) -> Patch:
        """It lies with the office."""
        return Patch({"state": following(case.state, Deed.DISPOSE), "opd": self.opd}, self.reason.strip())

    def _named(self, opd: str) -> str:
        return self.pack.opd_name(opd) if self.pack else opd


@dataclass(frozen=True, slots=True)
class MarkDuplicate(Command):
    """It tells what another complaint already tells; that one is worked on."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.DUPLICATE,
        "commands.duplicate.title",
        "commands.duplicate.says",
        key="G",
        asks=(Ask("of", "commands.ask.of", "complaint"),),
    )

    of: ComplaintId
    seen_state: State | None = None

    def check(self, read: Looking) -> None:
        """Refuse itself, one that does not exist, and one that leads back here as a duplicate."""
        may_follow(read, self.complaint, Deed.DUPLICATE, self.seen_state)
        require(self.of, "commands.duplicate.of_lacks")
        if self.of == self.complaint:
            raise Refused("commands.duplicate.itself")
        passed: set[str] = set()
        at: str = self.of
        while at and at not in passed:
            passed.add(at)
            other = read.complaint(at)
            if other is None and at == self.of:
                raise Refused("commands.duplicate.of_absent", complaint=self.of)
            if at == self.complaint:
                raise Refused("commands.duplicate.circle", complaint=self.of)
            at = other.duplicate_of if other is not None and other.state is State.DUPLICATE else ""

    def patch(self, case: Case) -> Patch:
        """It points at the other."""
        return Patch({"state": following(case.state, Deed.DUPLICATE), "duplicate_of": self.of})
