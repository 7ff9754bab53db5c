"""What the engine says to its screen, from one thread: a screen that does not read holds up nobody else.

Receipts and troubles are lines in a bounded queue, sent at once. Changes are folded into one until they can be
sent, at most some a second. A pipe that breaks means the screen is gone.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

from console.core import notes
from console.core.clock import Clock
from console.core.command import Receipt
from console.core.records import Changes

MOST_LINES = 20_000
"""Lines kept for a screen that does not read; then the oldest go. What they told is in the store."""
CHANGES_APART_S = 0.05


class Writable(Protocol):
    """Where the lines go."""

    def write(self, data: bytes, /) -> int | None:
        """Write bytes; how many were written, where it may be fewer."""
        ...


class Outlet:
    """The writing end. Any thread may say something; none waits here."""

    def __init__(self, stream: Writable, clock: Clock) -> None:
        self.gone = threading.Event()
        """Set where nobody reads any more."""
        self._stream = stream
        self._clock = clock
        self._wake = threading.Condition()
        self._lines: deque[bytes] = deque(maxlen=MOST_LINES)
        self._changes: Changes | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    def receipt(self, receipt: Receipt) -> None:
        """What became of a command."""
        self._add(notes.receipt_note(receipt))

    def say(self, note: str, **values: object) -> None:
        """Any other note."""
        self._add(notes.line(note, **values))

    def changes(self, changes: Changes) -> None:
        """What a write touched."""
        with self._wake:
            self._changes = changes if self._changes is None else self._changes | changes
            self._wake.notify()

    def close(self, within_s: float = 1.0) -> None:
        """Send what waits and end. One who does not read is left behind after that time."""
        self._ending.set()
        with self._wake:
            self._wake.notify()
        self._thread.join(within_s)

    def _add(self, line: bytes) -> None:
        with self._wake:
            self._lines.append(line)
            self._wake.notify()

    def _run(self) -> None:
        said_s = -CHANGES_APART_S
        while True:
            with self._wake:
                while not self._lines and self._changes is None and not self._ending.is_set():
                    self._wake.wait()
                lines, changes = list(self._lines), None
                self._lines.clear()
                left_s = said_s + CHANGES_APART_S - self._clock.monotonic_s()
                if left_s <= 0 or self._ending.is_set():
                    changes, self._changes = self._changes, None
            if changes is not None:
                lines.insert(0, notes.changes_note(changes))  # before a farewell, which is the last word
                said_s = self._clock.monotonic_s()
            if lines:
                if not self._written(b"".join(lines)):
                    self.gone.set()
                    return
            elif self._ending.is_set():
                return
            else:
                with self._wake:
                    if not self._lines:
                        self._wake.wait(max(left_s, 0.001))

    def _written(self, data: bytes) -> bool:
        """Whether all of it went out."""
        left = memoryview(data)
        while left:
            try:
                count = self._stream.write(bytes(left))
            except (OSError, ValueError):  # a broken pipe; ValueError where the stream was closed under us
                return False
            left = left[count if count is not None else len(left) :]
        return True
