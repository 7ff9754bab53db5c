"""What an operator can do, as typed values: the base class that menu, palette, key, audit line and manual read.

A command is checked twice by the same words: on screen, so that what cannot be is not offered, and again in
the write, because the world may have moved in between. It then says what it expects to become true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from console.core.errors import Refused
from console.core.forwarding import Forwarded
from console.core.lifecycle import Deed
from console.core.people import Right
from console.core.records import Case, Complaint, ComplaintId, Conflict, Event, OutboxRow


@dataclass(frozen=True, slots=True)
class Ask:
    """One field a person fills in before the command runs."""

    name: str
    """Name of the command's field."""
    says: str
    """Phrase key of its label."""
    kind: str = "text"
    """"text", "lines", "opd", "category", "area", "channel", "complaint", "file" (a path; the answer is the file's
    name) or "position" (whether a photo may tell where it was taken)."""
    required: bool = True


@dataclass(frozen=True, slots=True)
class CommandFace:
    """Everything menus, palette, keys, audit and manual need to know of a command."""

    deed: Deed
    title: str
    """Phrase key."""
    says: str
    """Phrase key: one sentence for palette and manual."""
    key: str = ""
    """Keyboard shortcut in Qt's portable form, "" for none."""
    asks: tuple[Ask, ...] = ()
    undoable: bool = True
    elsewhere: bool = False
    """True where it is asked in a panel of its own, about more than the complaint one looks at."""
    right: Right = Right.WORK
    """What one must be allowed to do it."""


class Looking(Protocol):
    """What a check may read."""

    def complaint(self, complaint: str) -> Complaint | None:
        """The complaint as it stands now."""
        ...

    def events_of(self, complaint: str) -> list[Event]:
        """Its history, oldest first."""
        ...

    def conflict(self, doc: str) -> Conflict | None:
        """Two versions of a document that wait for a person, None where nothing of it does."""
        ...

    def outbox_of(self, doc: str) -> list[OutboxRow]:
        """What waits of one document to reach the centre, and what was withdrawn."""
        ...

    def forwards_of(self, complaint: str) -> list[Forwarded]:
        """How the complaint was handed on to other applications, here and at other consoles, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Posting:
    """What a command does about a report that is handed on to another application."""

    does: str
    """A `Deed`: hand it on, send it again, take it back, or look for it."""
    forward: str = ""
    """Command that handed it on, "" for this one."""
    target: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """What a command makes true: fields of the case that change, the words for the history, and for
    `Deed.RECORD` the whole new complaint."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    record: Mapping[str, Any] | None = None
    undoes: str = ""
    """Id of the command this one takes back."""
    settles: tuple[str, ...] = ()
    """Versions of the case that stood side by side as a person saw them: one takes their place."""
    rest: str = ""
    """The version of them whose word holds where `fields` say nothing."""
    pieces: tuple[str, ...] = ()
    """Names (SHA-256) of bytes this deed speaks of. They must lie in the store already."""
    withdraws: str = ""
    """Document whose changes the centre does not hold are taken back."""
    retries: str = ""
    """Document to offer to the centre again. That is no entry of the history."""
    posting: Posting | None = None


GIVEN = "given"
"""Metadata of a field that is filled where the command is opened (who asks, the pack) and never travels."""


@dataclass(frozen=True, slots=True)
class Command:
    """Base of everything an operator can do. Subclasses are frozen dataclasses in `console/commands/`."""

    face: ClassVar[CommandFace]

    complaint: ComplaintId
    saw: str = field(default="", kw_only=True, compare=False, metadata={GIVEN: True})
    """Revision of the case as the operator saw it (`Complaint.rev`); "" where nobody looked."""

    @property
    def right(self) -> Right:
        """What whoever asks must be allowed."""
        return self.face.right

    def check(self, read: Looking) -> None:
        """Raise `Refused` where this cannot be done now. Must not change anything."""
        raise NotImplementedError

    def patch(self, case: Case) -> Patch:
        """What becomes true. Called after `check`, in the writing transaction."""
        raise NotImplementedError

    def plain(self) -> dict[str, Any]:
        """The command's own fields as JSON values, without what is only `given` where it is opened."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if GIVEN not in each.metadata}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command on its way: who asked, when, and the id that makes a repeat harmless."""

    id: str
    """UUIDv7 made where the operator sat."""
    kind: str
    """The `Deed`."""
    fields: Mapping[str, Any]
    by: str
    at: datetime
    saw: str = ""
    """Revision of the case as it was drawn when it was asked (`Complaint.rev`), "" where nobody looked: what another
    console wrote since is not overwritten unseen, but merged or shown to a person."""
    session: str = ""
    """The sign-in under which it was asked, "" where nobody has to sign in."""


class Outcome(StrEnum):
    """What became of a command."""

    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Said only when the outcome is on disk (`synchronous=FULL`)."""

    command: str
    outcome: Outcome
    complaint: str = ""
    says: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False
    """True where this command had been applied before: nothing happened this time."""


def require(text: str, says: str, **values: Any) -> None:
    """Refuse where a required text is blank."""
    if not text.strip():
        raise Refused(says, **values)
