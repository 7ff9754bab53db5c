"""Memory for bodies that are being read or wait for their turn: of all connections together never more than so much.

A small body always has its place, so that who fills the rest keeps nobody from pushing a little: there are only so many
connections.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sync.relay.faults import Fault

BIG = 2 << 20
"""A body beyond this counts."""
MOST_WAITING = 128 << 20
Hold = Callable[[int], None]
"""Called with how much of a body there is by now. Raises `Fault` 503 where that is more than has a place."""


class Waiting:
    """Counts them. Any thread."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[Hold]:
        """The place of one body, given back at the end."""
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if size <= BIG:
                return
            with self._lock:
                if size - held > self._left:
                    raise Fault(503, "service_unavailable", "Too much is being sent.", {"Retry-After": "5"})
                self._left -= size - held
                held = size

        try:
            yield hold
        finally:
            with self._lock:
                self._left += held
