"""What can be done about a change that waits to reach the centre: offer it again, or take it back.

A change is taken back only before the centre holds it: afterwards others have seen it, and what one regrets is a new
deed. It is kept where it was made, and never sent. What another console brought here is not ours to take back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.commands.steps import standing, words_between
from console.core.command import Ask, Command, CommandFace, Looking, Patch
from console.core.errors import Refused
from console.core.forwarding import DEEDS as FORWARDING
from console.core.lifecycle import Deed
from console.core.people import Right
from console.core.records import Case, OutboxRow, Waiting

_RECORD = "complaint:"


@dataclass(frozen=True, slots=True)
class Retry(Command):
    """Offer a change to the centre again that it refused."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.RETRY, "commands.retry.title", "commands.retry.says", undoable=False, elsewhere=True, right=Right.DECIDE
    )

    doc: str = ""

    @property
    def right(self) -> Right:
        """A document that is about no complaint (a person) is offered again by whoever sees to the exchange."""
        return self.face.right if self.complaint else Right.EXCHANGE

    def check(self, read: Looking) -> None:
        """Refuse where nothing of the document waits, or it was not refused."""
        if _waiting(read, self.complaint, self.doc, "commands.retry.sent").state is not Waiting.REFUSED:
            raise Refused("commands.retry.waits")

    def patch(self, case: Case) -> Patch:
        """Nothing of the complaint changes."""
        return Patch(retries=self.doc)


@dataclass(frozen=True, slots=True)
class Withdraw(Command):
    """Take back what the centre does not hold yet of one document."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.WITHDRAW,
        "commands.withdraw.title",
        "commands.withdraw.says",
        asks=(Ask("reason", "commands.ask.reason", "lines"),),
        undoable=False,
        elsewhere=True,
        right=Right.DECIDE,
    )

    doc: str = ""
    reason: str = ""

    def check(self, read: Looking) -> None:
        """Refuse without a reason, where the centre holds it already, and what is not ours to take back."""
        standing(read, self.complaint)
        row = _waiting(read, self.complaint, self.doc, "commands.withdraw.sent")
        words_between(self.reason, "commands.reason_lacks")
        if self.doc.startswith(_RECORD):
            raise Refused("commands.withdraw.record")
        if row.via:
            raise Refused("commands.withdraw.brought")
        if FORWARDING.intersection(row.deeds):
            raise Refused("commands.withdraw.forward")  # it may have left for elsewhere: that is what one means

    def patch(self, case: Case) -> Patch:
        """What stands then is what the centre holds."""
        return Patch(text=self.reason.strip(), withdraws=self.doc)


def _waiting(read: Looking, complaint: str, doc: str, sent: str) -> OutboxRow:
    """What waits of the document, or a refusal."""
    if complaint:
        standing(read, complaint)
    for row in read.outbox_of(doc):
        if row.state is not Waiting.WITHDRAWN and row.complaint == complaint:
            return row
    raise Refused(sent)
