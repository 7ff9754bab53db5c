"""What a relay serves: which databases there are, who writes them, and readers that many requests share.

A request borrows a reader for one look and gives it back before a byte is sent, so that a slow client holds none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from console.core.clock import Clock
from console.core.records import Changes
from console.store.blobs import Blobs
from console.store.keeper import Keeper
from console.store.shelf import Shelf
from sync.relay.identity import Identity
from sync.relay.wakes import Wakes

READERS = 4
"""Readers open at the same time, each with a cache of its own."""


class Shelves:
    """Readers of one store, lent out one look at a time. Any thread."""

    def __init__(self, open_shelf: Callable[[], Shelf], most: int = READERS) -> None:
        self._open = open_shelf
        self._free: list[Shelf] = []
        self._lock = threading.Lock()
        self._room = threading.Semaphore(most)
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Shelf]:
        """A reader for this block. Raises `DiskTrouble`; a reader that met trouble is not lent again."""
        with self._room:
            with self._lock:
                shelf = self._free.pop() if self._free else None
            shelf = shelf or self._open()
            try:
                yield shelf
            except BaseException:
                shelf.close()
                raise
            with self._lock:
                keep = not self._closed
                if keep:
                    self._free.append(shelf)
            if not keep:
                shelf.close()

    def close(self) -> None:
        """Close those that are free; the others as they come back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for each in free:
            each.close()


@dataclass(frozen=True, slots=True)
class Base:
    """One database as the relay serves it."""

    place: str
    keeper: Keeper
    shelves: Shelves
    wakes: Wakes
    blobs: Blobs
    instance: str
    """When it was made, microseconds: another value is another database."""
    held: bool
    """Whether what is written here is at its home (the embedded centre) or still to be sent on (a console)."""
    counted: dict[str, tuple[int, int, int]]
    """Of a place: its head, a sequence, and how many documents changed after that."""

    def pending(self, since: int) -> int:
        """How many documents changed after that sequence; counted once while nothing changes, for who reads on."""
        head = self.wakes.heads().get(self.place, 0)
        with self.shelves.one() as shelf:
            counted = self.counted.get(self.place)
            if counted is None or counted[0] != head or counted[1] > since:
                left = shelf.pending(self.place, since)
            else:
                left = counted[2] - shelf.pending(self.place, counted[1], since)
        self.counted[self.place] = head, since, left
        return left

    @property
    def tag(self) -> str:
        """What tells this database's sequences from those of another that had its name."""
        return f"{int(self.instance):x}"


class Host(Protocol):
    """All databases of a relay."""

    uuid: str
    """The server's own identity: stays over restarts."""

    def find(self, name: str) -> Base | None:
        """The database of that name, None where there is none."""
        ...

    def names(self) -> tuple[str, ...]:
        """All there are."""
        ...

    def make(self, name: str) -> bool:
        """Make one; False where that is not allowed."""
        ...

    def drop(self, name: str) -> bool:
        """Let one go with all in it; False where that is not allowed."""
        ...

    def wakes(self) -> Wakes:
        """The waiting room for news of all of them."""
        ...


class OneStore:
    """Some places of one store: a console's own, or the embedded centre's. None is made or dropped from outside."""

    def __init__(
        self,
        keeper: Keeper,
        open_shelf: Callable[[], Shelf],
        clock: Clock,
        *,
        places: Sequence[str],
        blobs: Blobs,
        identity: Identity,
        held: bool,
    ) -> None:
        self.uuid = identity.uuid
        self._keeper = keeper
        self._shelves = Shelves(open_shelf)
        self._wakes = Wakes(self._heads, clock)
        self._bases = {
            place: Base(place, keeper, self._shelves, self._wakes, blobs, identity.instance, held, {})
            for place in sorted(places)
        }
        self._before = keeper.on_changes
        keeper.on_changes = self._heard

    def _heard(self, changes: Changes) -> None:
        self._wakes.heard(changes)
        self._before(changes)

    def _heads(self) -> dict[str, int]:
        with self._shelves.one() as shelf:
            return shelf.heads(tuple(self._bases))

    def find(self, name: str) -> Base | None:
        """The database of that name."""
        return self._bases.get(name)

    def names(self) -> tuple[str, ...]:
        """All places, sorted."""
        return tuple(self._bases)

    def make(self, name: str) -> bool:
        """Places are the city's: none is made by a client."""
        return name in self._bases

    def drop(self, name: str) -> bool:  # noqa: ARG002
        """None is dropped by a client."""
        return False

    def wakes(self) -> Wakes:
        """Where all wait for the store's next commit."""
        return self._wakes

    def close(self) -> None:
        """Let go of the readers, and of the keeper's news where nobody came in between."""
        self._wakes.end()
        self._shelves.close()
        if self._keeper.on_changes == self._heard:
            self._keeper.on_changes = self._before
