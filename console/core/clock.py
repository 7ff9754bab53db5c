"""Time and chance: the only door to the time of day and to random numbers.

Instants are aware and UTC inside; local time exists only where something is drawn. Everything that needs a
time, a wait, an id or a random number is handed a `Clock`, so that a test turns it and a seed replays a run.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Protocol

MOST_AHEAD = timedelta(days=1)
"""A time told from outside that lies further ahead of its receipt is no time: a typing error, or a clock gone wrong."""


class Clock(Protocol):
    """What a part may ask about time and chance."""

    def now(self) -> datetime:
        """The instant, aware, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never run backwards; only differences mean something."""
        ...

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        """Wait for the event at most that long; true when it was set."""
        ...

    def new_id(self) -> str:
        """A fresh id that sorts by time (UUIDv7, RFC 9562 section 5.7, as 32 hex digits)."""
        ...

    def chance(self) -> float:
        """A number from 0 up to, not including, 1."""
        ...


def uuid7(at: datetime, noise: int) -> str:
    """UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 of the 80 given bits of noise."""
    ms = millis(at) & ((1 << 48) - 1)
    high = (noise >> 64) & 0xFFF
    low = noise & ((1 << 62) - 1)
    return uuid.UUID(int=(ms << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low).hex


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millis(at: datetime) -> int:
    """Whole milliseconds since 1970 of an aware instant, exact (no float in between). Naive: ValueError."""
    if at.tzinfo is None:
        raise ValueError("naive time")
    span = at - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1000 + span.microseconds // 1000


def from_millis(ms: int) -> datetime:
    """The instant of whole milliseconds since 1970, aware, UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


class SystemClock:
    """The machine's own clock and entropy."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        return until.wait(timeout_s)

    def new_id(self) -> str:
        return uuid7(self.now(), self._random.getrandbits(80))

    def chance(self) -> float:
        return self._random.random()


class TurnedClock:
    """A clock that stands still until it is turned; a seed makes its chance. For tests, demos and replays."""

    def __init__(self, at: datetime, seed: int = 0) -> None:
        self._at = at.astimezone(UTC)
        self._turned_s = 0.0
        self._random = random.Random(seed)

    def turn(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self._at += timedelta(seconds=seconds)
        self._turned_s += seconds

    def jump(self, to: datetime) -> None:
        """Set the time of day as a person or a time server would; monotonic time does not follow."""
        self._at = to.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def monotonic_s(self) -> float:
        return self._turned_s

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        if not until.is_set():
            self.turn(timeout_s)
        return until.is_set()

    def new_id(self) -> str:
        return uuid7(self._at, self._random.getrandbits(80))

    def chance(self) -> float:
        return self._random.random()
