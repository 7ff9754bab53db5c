"""A complaint is handed on to another application, and what can be said about one that was.

What is sent is what the person saw: the words, the place and the answers stand in the command. Nothing of who told it
goes out. Only the console at which it was asked ever sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.commands.steps import standing, text_between, words_between
from console.core.command import Ask, Command, CommandFace, Looking, Patch, Posting
from console.core.errors import Refused
from console.core.forwarding import MOST_TEXT, Forwarded, Post, is_reference
from console.core.lifecycle import Deed
from console.core.people import Right
from console.core.records import Case

MOST_ATTRIBUTES = 100
MOST_NAME = 200
EQUALS = "="
"""Between the code of an attribute and its answer."""
YES = "yes"


@dataclass(frozen=True, slots=True)
class Forward(Command):
    """Hand the complaint on to another application. Possible in every state, also on a view that is no longer new."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.FORWARD,
        "commands.forward.title",
        "commands.forward.says",
        asks=(
            Ask("target", "commands.forward.target"),
            Ask("service", "commands.forward.service"),
            Ask("text", "commands.forward.text", "lines"),
        ),
        undoable=False,
        elsewhere=True,
        right=Right.DECIDE,
    )

    target: str = ""
    """Id of a source that takes reports."""
    target_name: str = ""
    service: str = ""
    service_name: str = ""
    text: str = ""
    attributes: tuple[str, ...] = ()
    """`code=answer`, a line for each answer."""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    reference: str = ""
    again: str = ""
    """`YES` where the person was told that it was handed on there before."""

    def check(self, read: Looking) -> None:
        """Refuse what is not whole, and a second time to the same target that nobody asked for."""
        standing(read, self.complaint)
        text_between(self.target, "commands.forward.target_lacks", most=MOST_NAME)
        text_between(self.service, "commands.forward.service_lacks", most=MOST_NAME)
        text_between(self.text, "commands.forward.text_lacks", most=MOST_TEXT)
        names = (self.target_name, self.service_name, self.address)
        known = [each for each in read.forwards_of(self.complaint) if each.target == self.target]
        sound = is_reference(self.reference) and all(each.reference != self.reference for each in known)
        placed = (self.lat is None) is (self.lon is None)
        whole = all(EQUALS in each and len(each) <= MOST_TEXT for each in self.attributes)
        if not (sound and placed and whole) or len(self.attributes) > MOST_ATTRIBUTES:
            raise Refused("commands.forward.unsound")
        if any(len(each) > MOST_TEXT for each in names):
            raise Refused("commands.forward.unsound")
        before = next((each for each in reversed(known) if each.state.may_stand), None)
        if before is not None and self.again != YES:
            raise Refused("commands.forward.before", who=before.by, target=before.target_name or before.target)

    def patch(self, case: Case) -> Patch:
        """The words stand in the history; nothing of the complaint changes."""
        return Patch(text=self.text.strip(), posting=Posting(Deed.FORWARD, "", self.target, self.reference))


@dataclass(frozen=True, slots=True)
class ForwardAgain(Command):
    """Send once more what was refused, or what may stand there already."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.FORWARD_AGAIN,
        "commands.forward_again.title",
        "commands.forward_again.says",
        undoable=False,
        elsewhere=True,
        right=Right.DECIDE,
    )

    forward: str = ""
    reason: str = ""

    def check(self, read: Looking) -> None:
        """Refuse what is not ours to send, and what neither rests refused nor is unsure."""
        found = _ours(read, self.complaint, self.forward)
        if found.state not in (Post.REFUSED, Post.UNSURE):
            raise Refused(f"commands.forward_again.{found.state}")

    def patch(self, case: Case) -> Patch:
        """It waits again."""
        return Patch(text=self.reason.strip(), posting=Posting(Deed.FORWARD_AGAIN, self.forward))


@dataclass(frozen=True, slots=True)
class ForwardDrop(Command):
    """Take back what was not begun yet, or let rest what was refused or is not sure."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.FORWARD_DROP,
        "commands.forward_drop.title",
        "commands.forward_drop.says",
        asks=(Ask("reason", "commands.ask.reason", "lines"),),
        undoable=False,
        elsewhere=True,
        right=Right.DECIDE,
    )

    forward: str = ""
    reason: str = ""

    def check(self, read: Looking) -> None:
        """Refuse without a reason, and what left or is leaving."""
        found = _ours(read, self.complaint, self.forward)
        words_between(self.reason, "commands.reason_lacks")
        if found.state not in (Post.WAITING, Post.REFUSED, Post.UNSURE):
            raise Refused(f"commands.forward_drop.{found.state}")

    def patch(self, case: Case) -> Patch:
        """It is sent no more."""
        return Patch(text=self.reason.strip(), posting=Posting(Deed.FORWARD_DROP, self.forward))


@dataclass(frozen=True, slots=True)
class ForwardLook(Command):
    """Look now whether it stands there, or try now to send it."""

    face: ClassVar[CommandFace] = CommandFace(
        Deed.FORWARD_LOOK,
        "commands.forward_look.title",
        "commands.forward_look.says",
        undoable=False,
        elsewhere=True,
    )

    forward: str = ""

    def check(self, read: Looking) -> None:
        """Refuse what is at rest."""
        found = _ours(read, self.complaint, self.forward)
        numbered = found.state is Post.TAKEN and bool(found.report)
        if found.state in (Post.REFUSED, Post.WITHDRAWN) or numbered:
            raise Refused("commands.forward_look.rests")

    def patch(self, case: Case) -> Patch:
        """Nothing of the complaint changes, and its history says nothing of it."""
        return Patch(posting=Posting(Deed.FORWARD_LOOK, self.forward))


def _ours(read: Looking, complaint: str, forward: str) -> Forwarded:
    """That handing on, where this console sends it; a refusal otherwise."""
    standing(read, complaint)
    found = next((each for each in read.forwards_of(complaint) if each.command == forward), None)
    if found is None:
        raise Refused("commands.forward.absent")
    if not found.here:
        raise Refused("commands.forward.elsewhere", console=found.console[:8])
    return found
