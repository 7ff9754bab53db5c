"""Everything one sheet of paper would hold of a complaint: facts, history, what can be done, what can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from console import commands
from console.core.forwarding import Forwarded
from console.core.lifecycle import Deed
from console.core.pack import CityPack
from console.core.people import Right
from console.core.records import Complaint, Conflict, Event, FileRow
from console.models.deeds import Offer, offers, undoable
from console.models.forwards import Target, read_targets
from console.models.people import ALL
from console.store.cases import CASE
from console.store.read import Read


@dataclass(frozen=True, slots=True)
class Sheet:
    """One complaint, as it stands."""

    complaint: Complaint
    events: Sequence[Event]
    """Newest first."""
    offers: Sequence[Offer]
    undo: Event | None
    """The deed the operator can take back."""
    files: Sequence[FileRow] = ()
    """Photos and files that were not taken back, the newest first."""
    conflict: Conflict | None = None
    """Its versions that wait for a person."""
    forwards: Sequence[Forwarded] = ()
    """How it was handed on to other applications, the oldest first."""
    targets: Sequence[Target] = ()
    """Where it can be handed on to."""


def read_sheet(
    complaint: str, by: str, pack: CityPack, rights: Collection[Right] = ALL
) -> Callable[[Read], Sheet | None]:
    """The job that reads it, with the deeds those rights allow; None where there is no such complaint."""

    def job(read: Read) -> Sheet | None:
        found = read.complaint(complaint)
        if found is None:
            return None
        events = read.events_of(complaint)
        return Sheet(
            found,
            tuple(reversed(events)),
            [offer for offer in offers(read, found, by, pack) if offer.face.right in rights],
            undoable(events, by) if commands.found()[Deed.UNDO].face.right in rights else None,
            read.files_of(complaint),
            read.conflict(f"{CASE}{complaint}"),
            read.forwards_of(complaint),
            read_targets(read, pack) if commands.found()[Deed.FORWARD].face.right in rights else (),
        )

    return job
