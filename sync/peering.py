"""What replication is handed, and what it tells. Values and protocols only: no clock, chance or thread of its own.

A `Net` carries calls to one server, a `Local` is our own store as far as replication needs it. Both are used from one
thread at a time. What happens is told as facts: small frozen values, for the log, the panels and the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from console.core.replica import (
    Change,
    ChangesRead,
    Checkpoint,
    Named,
    NotTaken,
    Offer,
    Page,
    PlaceState,
    Revised,
    Taken,
)
from sync.couch import Call, Reply

PEER = "hub"
"""Our name for the centre's server, in checkpoints and as who brought a change."""


class Net(Protocol):
    """Calls to one server. Raises `Away`, `Denied` or `BadAnswer`; a status of 404, 409, 412 or 413 is a `Reply`."""

    def call(self, call: Call) -> Reply:
        """Ask, and wait for the answer."""
        ...

    def ahead(self, call: Call) -> Callable[[], Reply]:
        """Ask now; the answer is waited for when what is returned is called. It may never be called."""
        ...


class Local(Protocol):
    """Our own store: what `Shelf` reads and `Replica` writes. A write is on the disk when it returns."""

    def lacking(self, place: str, changes: Sequence[Change]) -> list[Named]:
        """Leaves we do not hold."""
        ...

    def leaves(self, place: str, doc: str) -> list[Revised]:
        """Open ends of a document here, the winner first."""
        ...

    def revision(self, place: str, doc: str, rev: str) -> Revised | None:
        """One revision; `rev` "" for the winner."""
        ...

    def offers(self, place: str, *, most: int, most_bytes: int, after: int = 0) -> list[Offer]:
        """What is still to be sent, the oldest first."""
        ...

    def changes(self, place: str, since: int, limit: int, *, descending: bool = False) -> ChangesRead:
        """A piece of our own feed."""
        ...

    def state(self, place: str, *, digest: bool = False) -> PlaceState:
        """Counts of the place."""
        ...

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        """How far a peer and we know each other."""
        ...

    def local(self, place: str, id: str) -> tuple[str, Mapping[str, Any]] | None:  # noqa: A002
        """A note that never travels."""
        ...

    def titles(self, docs: Sequence[str]) -> list[str]:
        """What people call what those documents are about, each title once."""
        ...

    def take(self, page: Page) -> Taken:
        """Store a page with its checkpoint."""
        ...

    def settle(self, place: str, held: Sequence[Named], refused: Sequence[NotTaken] = ()) -> None:
        """The hub holds these, and took those not."""
        ...

    def remember(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        ...

    def reoffer(self, place: str, above: int) -> int:
        """Give back what changed here after that sequence of ours. How many documents that is."""
        ...

    def edit(self, place: str, doc: str, body: Mapping[str, Any], *, parent: str, deleted: bool = False) -> str:
        """A new revision of ours above `parent`."""
        ...

    def put_local(self, place: str, id: str, body: Mapping[str, Any]) -> str:  # noqa: A002
        """Keep a note that never travels."""
        ...


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, at one place."""

    place: str


@dataclass(frozen=True, slots=True)
class Met(Fact):
    """We know who is there, and how far we had come with them."""

    uuid: str
    instance: str
    version: str
    first: bool


@dataclass(frozen=True, slots=True)
class Stored(Fact):
    """A page is on the disk."""

    rows: int
    fresh: int
    conflicts: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Sent(Fact):
    """The hub holds these revisions now, as it says itself."""

    held: Sequence[Named]


@dataclass(frozen=True, slots=True)
class NotSent(Fact):
    """The hub would not take these."""

    refused: Sequence[NotTaken]


@dataclass(frozen=True, slots=True)
class Doubted(Fact):
    """Sent, and not yet said to be held: they stay in the outbox and are asked for later."""

    named: Sequence[Named]


@dataclass(frozen=True, slots=True)
class Quarantined(Fact):
    """Revisions of the hub that could not be taken. Kept by name, asked for again with each meeting."""

    refused: Sequence[NotTaken]


@dataclass(frozen=True, slots=True)
class Passed(Fact):
    """Revisions the feed named and the hub has no more: purged there, or replaced by newer ones."""

    named: Sequence[Named]


@dataclass(frozen=True, slots=True)
class Restored(Fact):
    """The hub went back to an older state of itself. What it lost is given back, and it is read again from there."""

    given_back: int
    since: str


@dataclass(frozen=True, slots=True)
class WentBack(Fact):
    """The hub knows more about us than we do: our own store is an older copy, or another console has our name."""


@dataclass(frozen=True, slots=True)
class HeldUp(Fact):
    """Nothing (or, for deletions, that part) goes on until a person chooses. `docs` are some of those concerned."""

    says: str
    values: Mapping[str, Any] = field(default_factory=dict)
    docs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Mismatch(Fact):
    """The two sides count differently; each row was compared."""

    here: int
    there: int
    fetched: int
    given_back: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """What reading came to."""

    rows: int = 0
    fresh: int = 0
    conflicts: int = 0
    refused: int = 0
    more: bool = False
    """True where it stopped before the end."""
    held_up: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What sending came to."""

    held: int = 0
    refused: int = 0
    doubted: int = 0
    """Sent, by this visit or one before, and not known to be held."""
    held_up: str = ""
    again_s: float | None = None
    """Seconds until one of those is tried again; None where there is none."""


class Pages:
    """How much is asked for and sent at once: what the link carries in about `span_s`. Shared by all places of a hub.

    Not thread-safe by locks, and needs none: a lost update costs a page of another size.
    """

    LEAST, MOST = 8, 2000
    MOST_NAMED = 500
    LEAST_BYTES, MOST_BYTES = 4_096, 4 << 20

    def __init__(self, size: int = 200, span_s: float = 4.0) -> None:
        self.size = size
        """Rows to ask for."""
        self.named = self.MOST_NAMED
        """Revisions to ask for by name. A page of names may be small where their bodies are not."""
        self.upload_bytes = 256 << 10
        """Bytes of documents to send in one request."""
        self.slow = False
        """True where a page takes long: then asking ahead only delays others."""
        self._span_s = span_s

    def took(self, rows: int, seconds: float) -> None:
        """A page of so many rows came in that time."""
        if rows <= 0:
            return
        self.slow = seconds > self._span_s / 4
        factor = self._factor(seconds)
        if rows >= self.size or factor < 1:
            self.size = _within(int(self.size * factor), self.LEAST, self.MOST)

    def gave(self, count: int, seconds: float) -> None:
        """So many revisions that were asked for by name came in that time."""
        factor = self._factor(seconds)
        if count >= self.named or factor < 1:
            self.named = _within(int(self.named * factor), self.LEAST, self.MOST_NAMED)

    def sent(self, size: int, seconds: float) -> None:
        """So many bytes were sent and answered in that time."""
        factor = self._factor(seconds)
        if size >= self.upload_bytes // 2 or factor < 1:
            self.upload_bytes = _within(int(self.upload_bytes * factor), self.LEAST_BYTES, self.MOST_BYTES)

    def broke(self) -> None:
        """It was not carried at all."""
        self.size = _within(self.size // 2, self.LEAST, self.MOST)
        self.named = _within(self.named // 2, self.LEAST, self.MOST_NAMED)
        self.upload_bytes = _within(self.upload_bytes // 2, self.LEAST_BYTES, self.MOST_BYTES)

    def _factor(self, seconds: float) -> float:
        return min(max(self._span_s / max(seconds, 1e-6), 0.25), 2.0)


def _within(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)
