"""What travels between two stores: revisions with their ancestry, checkpoints, offers and what became of them.

Plain frozen values in CouchDB's terms (docs.couchdb.org, "Replication protocol"). A revision is named
`<generation>-<hash>`; a path is a list of such names, newest first. A peer's sequence is opaque text: it is never
compared, sorted or taken apart. `place` is the name of a database (console/core/places.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One row of a feed of changes: a document and the names of all its leaves, the winner first."""

    doc: str
    leaves: tuple[str, ...]
    deleted: bool = False
    seq: str = ""


class Revised(NamedTuple):
    """One revision with its body, as it travels."""

    doc: str
    path: tuple[str, ...]
    """Names, newest first; the first is the revision itself. Only that one where the ancestry is not told."""
    body: Mapping[str, Any]
    """Without `_id`, `_rev`, `_revisions`, `_deleted`. `_attachments` stays, as stubs."""
    deleted: bool = False

    @property
    def rev(self) -> str:
        """Name of the revision."""
        return self.path[0]


class Named(NamedTuple):
    """One revision by its name."""

    doc: str
    rev: str


class NotTaken(NamedTuple):
    """An offered revision a peer refused, with its reason as a phrase."""

    doc: str
    rev: str
    says: str
    values: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Session:
    """One run of replication, as both sides wrote it down: how far we had read them, and how far they had us."""

    id: str
    since: str
    """The peer's sequence up to which all is stored here; "0" at the very beginning."""
    pushed: int
    """Our sequence up to which all was held there."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far two stores know each other, for one peer and place. The newest session is first."""

    peer: str
    """Name we gave the peer: "hub"."""
    place: str
    uuid: str = ""
    """The server's own identity."""
    instance: str = ""
    """When its database was made: another value is another database."""
    sessions: tuple[Session, ...] = ()
    held_up: str = ""
    """"" or why nothing is exchanged until a person chooses: a phrase key."""

    @property
    def since(self) -> str:
        """Where to read on."""
        return self.sessions[0].since if self.sessions else "0"

    @property
    def pushed(self) -> int:
        """Where to offer on."""
        return self.sessions[0].pushed if self.sessions else 0


@dataclass(frozen=True, slots=True)
class Page:
    """Revisions that came together, to be stored in one transaction with the checkpoint that stands for them."""

    place: str
    revisions: Sequence[Revised]
    checkpoint: Checkpoint | None = None
    """Stored only with the last of the revisions, and only where none is refused. None where the sender keeps it (a
    relay's client, a bundle)."""
    held: bool = True
    """Whether the centre holds these; False for what came from a console or a bundle and is still to be sent on."""
    by: str = "hub"
    """Who brought it, for `Changes.by`."""
    named: Sequence[Named] = ()
    """Leaves its sender names that need not come. The centre holds what it names, whatever became of its answer."""


class Offer(NamedTuple):
    """A leaf the centre does not hold yet, with its ancestry, to be pushed."""

    revision: Revised
    since_ms: int
    """When the oldest unsent change of this document was made."""
    mark: int = 0
    """Where to look on: the next look begins after the mark of the last."""


@dataclass(frozen=True, slots=True)
class ChangesRead:
    """A piece of our own feed of changes."""

    rows: Sequence[Change]
    last: int
    pending: int
    """How many documents changed after `last`."""


@dataclass(frozen=True, slots=True)
class PlaceState:
    """Our own database of that place, as a peer sees it."""

    place: str
    documents: int
    deleted: int
    seq: int
    digest: str = ""
    """Over (document, winning revision) of all, for the sanity check (GOALS R20); "" where it was not asked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What storing a page came to."""

    fresh: int
    """Revisions that were news."""
    conflicts: int = 0
    """Documents that now wait for a person."""
    refused: Sequence[NotTaken] = field(default_factory=tuple)
    """Revisions that cannot be stored (a name that is none, a body too big): they stop no other."""
    standing: Sequence[Named] = ()
    """What of the page's `named` still waits here to be sent. It leaves the outbox once it is proved who named it."""
