"""Who waits for news, and how they hear of it: each commit of the keeper wakes all who wait.

The keeper's thread only sets flags. Whether there is news for a place is read once for all who ask, not once each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from console.core.records import Changes, Kind

_DOCUMENTS = frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.CONFLICT, Kind.FILE, Kind.HUB})
"""Kinds of changes behind which a document may stand."""


class Wakes:
    """The waiting room of one store."""

    def __init__(self, heads: Callable[[], Mapping[str, int]]) -> None:
        """`heads` reads the highest sequence of each place."""
        self._read = heads
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._waiting: set[threading.Event] = set()
        self._commits = 1
        self._heads: tuple[int, Mapping[str, int]] = (0, {})

    def heard(self, changes: Changes) -> None:
        """Something was committed. Called on the keeper's thread: quick, and raises nothing."""
        if not changes.kinds & _DOCUMENTS:
            return
        with self._lock:
            self._commits += 1
            for each in self._waiting:
                each.set()

    def wake_all(self) -> None:
        """Let everybody look again: the relay ends."""
        with self._lock:
            for each in self._waiting:
                each.set()

    @contextmanager
    def waiting(self) -> Iterator[threading.Event]:
        """An event that is set by each commit. Clear it before looking, look, then wait."""
        mine = threading.Event()
        with self._lock:
            self._waiting.add(mine)
        try:
            yield mine
        finally:
            with self._lock:
                self._waiting.discard(mine)

    def heads(self) -> Mapping[str, int]:
        """The highest sequence of each place, as of the last commit heard of."""
        with self._reading:
            with self._lock:
                commits = self._commits
            if self._heads[0] != commits:
                self._heads = commits, dict(self._read())
            return self._heads[1]
