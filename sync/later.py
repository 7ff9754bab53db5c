"""What is tried again by itself: revisions a hub was sent and is not known to hold, each ever more seldom.

Those that failed together are tried again together, which costs fewer requests than one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from console.core.clock import Clock
from console.core.replica import Named

MOST_S = 900.0
"""Longest pause. A hub that takes what it was sent and does not keep it costs no more than that."""
_SPREAD = 0.25
"""So much longer a pause may be: many consoles that were answered alike do not come back at once."""


@dataclass(slots=True)
class _Tried:
    """One revision."""

    times: int
    due_s: float
    not_before_s: float


class Later:
    """The revisions of one place. Used by one thread at a time."""

    def __init__(self, clock: Clock, chance: Callable[[], float], first_s: float) -> None:
        """`first_s` is the first pause; each one after it is twice as long."""
        self._clock = clock
        self._chance = chance
        self._first_s = first_s
        self._all: dict[Named, _Tried] = {}

    def __bool__(self) -> bool:
        return bool(self._all)

    def failed(self, some: Iterable[Named], *, least_s: float = 0.0) -> None:
        """They were tried and are not held. `least_s`: not before that even where a person wants it."""
        now_s, spread = self._clock.monotonic_s(), 1 + _SPREAD * self._chance()
        for each in some:
            before = self._all.get(each)
            times = before.times + 1 if before else 1
            pause_s = min(MOST_S, self._first_s * 2.0 ** min(times - 1, 30))
            self._all[each] = _Tried(times, now_s + max(pause_s, least_s) * spread, now_s + least_s)

    def waits(self, named: Named) -> bool:
        """Whether it is not yet tried again."""
        tried = self._all.get(named)
        return tried is not None and tried.due_s > self._clock.monotonic_s()

    def wanted(self) -> None:
        """A person wants all tried now."""
        for tried in self._all.values():
            tried.due_s = tried.not_before_s

    def forget(self, some: Iterable[Named]) -> None:
        """Nothing is to be tried of these any more."""
        for each in some:
            self._all.pop(each, None)

    def keep(self, some: Container[Named]) -> None:
        """Nothing is to be tried of any others."""
        self.forget([each for each in self._all if each not in some])

    @property
    def due_in_s(self) -> float | None:
        """Seconds until the first is tried again, 0 where that is now; None where there is none."""
        due_s = min((tried.due_s for tried in self._all.values()), default=math.inf)
        return max(0.0, due_s - self._clock.monotonic_s()) if self._all else None
