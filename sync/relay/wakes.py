"""Who waits for news, and how they hear of it: each commit of the keeper wakes all who wait.

The keeper's thread only sets flags. Whether there is news for a place is read once for all who ask, not once each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from console.core.clock import Clock
from console.core.records import Changes, Kind

_DOCUMENTS = frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.CONFLICT, Kind.FILE, Kind.HUB})
"""Kinds of changes behind which a document may stand."""
LOOK_S = 2.0
"""A commit that names no kind is heard of this late."""


class Wakes:
    """The waiting room of one store."""

    def __init__(self, heads: Callable[[], Mapping[str, int]], clock: Clock) -> None:
        """`heads` reads the highest sequence of each place."""
        self._read = heads
        self._clock = clock
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._waiting: set[threading.Event] = set()
        self._commits = 1
        self._heads: Mapping[str, int] = {}
        self._heads_of = 0
        self._heads_at = 0.0
        self.ended = False
        """Whether nobody is to wait any longer."""

    def heard(self, changes: Changes) -> None:
        """Something was committed. Called on the keeper's thread: quick, and raises nothing."""
        if changes.kinds & _DOCUMENTS:
            self.stir()

    def stir(self) -> None:
        """Let all who wait look again."""
        with self._lock:
            self._commits += 1
            for each in self._waiting:
                each.set()

    def end(self) -> None:
        """Nobody waits any longer."""
        self.ended = True
        self.stir()

    @contextmanager
    def waiting(self) -> Iterator[threading.Event]:
        """An event that is set by each commit. Clear it, look, then wait."""
        mine = threading.Event()
        with self._lock:
            self._waiting.add(mine)
        try:
            yield mine
        finally:
            with self._lock:
                self._waiting.discard(mine)

    def heads(self) -> Mapping[str, int]:
        """The highest sequence of each place, as of the last commit heard of. Raises `DiskTrouble`."""
        with self._reading:
            with self._lock:
                commits = self._commits
            now_s = self._clock.monotonic_s()
            if self._heads_of != commits or now_s - self._heads_at >= LOOK_S:
                self._heads = dict(self._read())
                self._heads_of, self._heads_at = commits, now_s
            return self._heads
