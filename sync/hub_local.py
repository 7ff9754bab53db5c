"""Our own store as replication sees it: read through a shelf of the thread that asks, written by the keeper.

A write is on the disk when a call returns. Raises `DiskTrouble`, and `CancelledError` once the keeper has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from console.core.errors import Away
from console.core.records import Changes, Kind
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
from console.store.keeper import Keeper
from console.store.pause import Pause
from console.store.replica import Edit
from console.store.shelf import Shelf
from console.store.store import Store
from sync.peering import PEER

NOTHING = Changes(frozenset())
T = TypeVar("T")


class Shelves:
    """One shelf for each thread that reads. `close` is for the end, when those threads are done."""

    def __init__(self, open_shelf: Callable[[], Shelf]) -> None:
        """`open_shelf` opens one that any thread may close."""
        self._open = open_shelf
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: list[Shelf] = []

    def mine(self) -> Shelf:
        """The shelf of the thread that asks. Raises `DiskTrouble`."""
        shelf: Shelf | None = getattr(self._mine, "shelf", None)
        if shelf is None:
            shelf = self._mine.shelf = self._open()
            with self._lock:
                self._all.append(shelf)
        return shelf

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            shelves, self._all = self._all, []
        for shelf in shelves:
            shelf.close()


class HubLocal:
    """What a replicator needs of our store. Any thread, one replicator at a time."""

    def __init__(
        self, keeper: Keeper, shelves: Shelves, wrote: Callable[[], object] = lambda: None, console: str = ""
    ) -> None:
        """`wrote` hears of each write that is on the disk. `console`: as `under` says."""
        self._keeper = keeper
        self._shelves = shelves
        self._wrote = wrote
        self._console = console

    def under(self, console: str) -> HubLocal:
        """The same for who speaks with the hub under that name. Once it is no longer ours a checkpoint says nothing:
        then it is not kept, and `Away` is raised."""
        return HubLocal(self._keeper, self._shelves, self._wrote, console)

    def lacking(self, place: str, changes: Sequence[Change]) -> list[Named]:
        """Leaves we do not hold."""
        return self._shelves.mine().lacking(place, changes)

    def leaves(self, place: str, doc: str) -> list[Revised]:
        """Open ends of a document here, the winner first."""
        return self._shelves.mine().leaves(place, doc)

    def revision(self, place: str, doc: str, rev: str) -> Revised | None:
        """One revision; `rev` "" for the winner."""
        return self._shelves.mine().revision(place, doc, rev)

    def offers(self, place: str, *, most: int, most_bytes: int, after: int = 0) -> list[Offer]:
        """What is still to be sent, the oldest first."""
        return self._shelves.mine().offers(place, most=most, most_bytes=most_bytes, after=after)

    def waiting_places(self) -> list[str]:
        """Places with something to send."""
        return self._shelves.mine().waiting_places()

    def changes(self, place: str, since: int, limit: int, *, descending: bool = False) -> ChangesRead:
        """A piece of our own feed."""
        return self._shelves.mine().changes(place, since, limit, descending=descending)

    def state(self, place: str, *, digest: bool = False) -> PlaceState:
        """Counts of the place."""
        return self._shelves.mine().state(place, digest=digest)

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        """How far a peer and we know each other."""
        return self._shelves.mine().checkpoint(peer, place)

    def local(self, place: str, id: str) -> tuple[str, Mapping[str, Any]] | None:  # noqa: A002
        """A note that never travels."""
        return self._shelves.mine().local(place, id)

    def titles(self, docs: Sequence[str]) -> list[str]:
        """What people call what those documents are about, each title once."""
        return self._shelves.mine().titles(docs)

    def take(self, page: Page) -> Taken:
        """Store a page with its checkpoint."""

        def take(store: Store, pause: Pause) -> tuple[Taken, Changes]:
            if page.checkpoint is not None:
                self._check(store)
            return store.replica.take(page, pause)

        return self._written(take)

    def settle(self, place: str, held: Sequence[Named], refused: Sequence[NotTaken] = ()) -> None:
        """The hub holds these, and took those not."""
        self._written(lambda store, _: (None, store.replica.settle(place, held, refused)))

    def remember(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""

        def remember(store: Store, _: Pause) -> tuple[None, Changes]:
            self._check(store)
            return None, store.replica.remember(checkpoint)

        self._written(remember)

    def reoffer(self, place: str, above: int) -> int:
        """Give back what changed here after that sequence of ours. How many documents that is."""
        changes = Changes(frozenset({Kind.OUTBOX, Kind.COMPLAINT}), by=PEER)
        return self._written(lambda store, pause: (store.replica.reoffer(place, above, pause), changes))

    def edit(self, place: str, doc: str, body: Mapping[str, Any], *, parent: str, deleted: bool = False) -> str:
        """A new revision of ours above `parent`. Raises `Refused` where that is no leaf."""
        edit = Edit(doc, body, parent, deleted)
        [outcome] = self._written(lambda store, _: store.replica.edit_all(place, [edit]))
        if not isinstance(outcome, str):
            raise outcome
        return outcome

    def put_local(self, place: str, id: str, body: Mapping[str, Any]) -> str:  # noqa: A002
        """Keep a note that never travels."""
        return self._written(lambda store, _: (store.replica.put_local(place, id, body), NOTHING))

    def rename(self) -> str:
        """Another name for this console."""
        return self._written(lambda store, _: (store.rename(), NOTHING))

    def _check(self, store: Store) -> None:
        """On the keeper's thread, where no rename comes in between."""
        if self._console and store.console != self._console:
            raise Away("sync.cut")

    def _written(self, job: Callable[[Store, Pause], tuple[T, Changes]]) -> T:
        done = self._keeper.write(job).result()
        self._wrote()
        return done
