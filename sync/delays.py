"""How long a login waits after wrong tries in a row: by monotonic time, so that a clock set back locks nobody out.

What was wrong before a restart counts on: the keeper has it. The engine's thread for persons only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from console.core.clock import Clock, from_millis
from console.core.people import delay_s, key_of

MOST = 10_000
"""Logins remembered; of more the oldest are forgotten."""


def digest(login: str, console: str) -> str:
    """The name under which wrong tries of a login are kept: what was typed there may have been a secret."""
    raw = key_of(login).encode("utf-8", "replace")
    return hashlib.blake2b(raw, digest_size=16, key=console.encode("utf-8", "replace")[:64]).hexdigest()


class Delays:
    """Wrong tries in a row, by digest of the login."""

    def __init__(self, clock: Clock, kept: Mapping[str, tuple[int, int]]) -> None:
        """`kept`: how many, and when the last was (ms), as it stands on the disk."""
        self._clock = clock
        now, now_s = clock.now(), clock.monotonic_s()
        self._wrong = {key: (wrong, now_s - _age_s(last_ms, now)) for key, (wrong, last_ms) in kept.items()}
        self._told: set[str] = set()

    def left_s(self, key: str) -> float:
        """How long the next try has to wait still, 0.0 where it need not."""
        wrong, last_s = self._wrong.get(key, (0, 0.0))
        return max(0.0, last_s + delay_s(wrong) - self._clock.monotonic_s())

    def first_early(self, key: str) -> bool:
        """Whether this is the first try that came too early since the last wrong one."""
        first = key not in self._told
        self._told.add(key)
        return first

    def wrong(self, key: str) -> int:
        """One more wrong try now; how many in a row."""
        count = self._wrong.pop(key, (0, 0.0))[0] + 1
        self._wrong[key] = count, self._clock.monotonic_s()
        self._told.discard(key)
        if len(self._wrong) > MOST:
            self._told.discard(next(iter(self._wrong)))
            del self._wrong[next(iter(self._wrong))]
        return count

    def right(self, key: str) -> bool:
        """The right secret was told. Whether anything was wrong before."""
        self._told.discard(key)
        return self._wrong.pop(key, None) is not None


def _age_s(last_ms: int, now: datetime) -> float:
    """How long ago; a time that lies ahead, by a clock that was set back, is now."""
    return max(0.0, (now - from_millis(last_ms)).total_seconds())
