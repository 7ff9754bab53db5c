"""When one who could not be reached is tried again: full jitter, so that a thousand consoles do not come back at once.

Pure: time and chance are handed in. `now_s` is `Clock.monotonic_s()`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

FIRST_S = 1.0
MOST_S = 60.0
LEAST_S = 0.2
_SPREAD = 0.25
"""Of a pause that was asked for: never shorter, and up to so much longer."""


class Backoff:
    """The pauses of one who is tried again and again."""

    def __init__(self, chance: Callable[[], float], *, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self.failures = 0
        self._chance = chance
        self._first_s = first_s
        self._most_s = most_s
        self._due_s = -math.inf

    def due_in_s(self, now_s: float) -> float:
        """Seconds until the next try, 0 where it is due."""
        return max(0.0, self._due_s - now_s)

    def failed(self, now_s: float, asked_s: float | None = None) -> None:
        """It could not be reached; it may have asked for a pause itself, which holds."""
        self.failures += 1
        if asked_s is not None:
            self._due_s = now_s + asked_s * (1 + _SPREAD * self._chance())
            return
        most_s = min(self._most_s, self._first_s * 2.0 ** min(self.failures - 1, 30))
        self._due_s = now_s + max(min(LEAST_S, most_s), most_s * self._chance())

    def good(self) -> None:
        """It answered."""
        self.failures = 0
        self._due_s = -math.inf

    def wanted(self) -> None:
        """A person asks for it, or there is reason to think that it is back: due now."""
        self._due_s = -math.inf
