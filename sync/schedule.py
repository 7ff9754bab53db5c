"""When a source is asked next: pure, with the time and the chance handed in.

A source is calm, lost, worn out, garbled or denied; the table says what follows which answer. Cut on purpose is no
fault of the source: it only holds the next ask. Only monotonic seconds count here, so neither a set clock nor a long
sleep makes a burst: however late it is, one ask is due.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

from console.core.errors import Away, BadAnswer, Denied

FIRST_PAUSE_S = 2.0
LEAST_GAP_S = 1.0
"""Between two tries of one source, also when a person asks for it."""
LEAST_ASKED_S = 1.0
MOST_ASKED_S = 900.0
"""Bounds of the pause a source may ask for (Retry-After)."""
WORN_AFTER = 5
"""Failures in a row after which quick tries end, and one a period is made."""
_WAKE_SPREAD_S = 5.0
_JITTER = 0.05


class Phase(StrEnum):
    """How a source stands with us."""

    CALM = "calm"
    LOST = "lost"  # out of reach; tried again soon, then later
    WORN = "worn"  # out of reach for long: the breaker is open, one try a period
    GARBLED = "garbled"  # it answers, in a form we do not know
    DENIED = "denied"  # it does not know us: not asked until a person says so


class Fact(StrEnum):
    """What a try came to."""

    GOOD = "good"
    AWAY = "away"
    WORN = "worn"
    BAD = "bad"
    DENIED = "denied"


NEXT: dict[tuple[Phase, Fact], Phase] = {
    **{(phase, Fact.GOOD): Phase.CALM for phase in Phase},
    **{(phase, Fact.AWAY): Phase.LOST for phase in Phase},
    **{(phase, Fact.WORN): Phase.WORN for phase in Phase},
    **{(phase, Fact.BAD): Phase.GARBLED for phase in Phase},
    **{(phase, Fact.DENIED): Phase.DENIED for phase in Phase},
}


class Told(StrEnum):
    """What is worth a line in the log: once when it goes, once when it is back."""

    NOTHING = "nothing"
    LOST = "lost"
    BACK = "back"


class Schedule:
    """The turn of one source. Used by its own thread only; `now_s` is `Clock.monotonic_s()`."""

    def __init__(self, cadence_s: float, chance: Callable[[], float], now_s: float) -> None:
        self.cadence_s = max(cadence_s, LEAST_GAP_S)
        self.phase = Phase.CALM
        self.failures = 0
        self.held = False
        """True while the connection is cut on purpose."""
        self._chance = chance
        self._due_s = now_s
        self._tried_s = -math.inf

    def due_in_s(self, now_s: float) -> float:
        """Seconds until the next ask; 0 when it is due, infinite where it waits for a person."""
        return math.inf if self.held else max(0.0, self._due_s - now_s)

    def good(self, now_s: float, *, more: bool = False) -> Told:
        """It answered soundly; with `more` it is asked again at once."""
        self._tried_s = now_s
        self._due_s = now_s if more else now_s + self._about(self.cadence_s)
        return self._turn(Fact.GOOD)

    def failed(self, now_s: float, trouble: Away | Denied | BadAnswer) -> Told:
        """It did not."""
        self._tried_s = now_s
        self.failures += 1
        if isinstance(trouble, Denied):
            self._due_s = math.inf
            return self._turn(Fact.DENIED)
        if isinstance(trouble, BadAnswer):
            self._due_s = now_s + self._about(self.cadence_s)
            return self._turn(Fact.BAD)
        self._due_s = now_s + self._pause_s(trouble.retry_after_s)
        return self._turn(Fact.AWAY if self.failures < WORN_AFTER else Fact.WORN)

    def wanted(self, now_s: float) -> None:
        """A person asks for it: due at once, also where it was denied, but never in a burst."""
        self._due_s = max(now_s, self._tried_s + LEAST_GAP_S)

    def woke(self, now_s: float) -> None:
        """The machine slept while monotonic time stood: due within seconds, spread over all who woke."""
        if self.phase is not Phase.DENIED:
            self._due_s = min(self._due_s, max(now_s + self._chance() * _WAKE_SPREAD_S, self._tried_s + LEAST_GAP_S))

    def cut(self) -> None:
        """The connection is cut on purpose: nothing is asked."""
        self.held = True

    def joined(self, now_s: float) -> None:
        """The connection is whole again: due at once."""
        if self.held:
            self.held = False
            if self.phase is not Phase.DENIED:
                self._due_s = now_s

    def _turn(self, fact: Fact) -> Told:
        was, self.phase = self.phase, NEXT[self.phase, fact]
        if fact is Fact.GOOD:
            self.failures = 0
            return Told.NOTHING if was is Phase.CALM else Told.BACK
        first = was is Phase.CALM or (fact is Fact.DENIED and was is not Phase.DENIED)
        return Told.LOST if first else Told.NOTHING

    def _pause_s(self, asked_s: float | None) -> float:
        """Back-off with jitter, never beyond one period, so that a source that is back is found within one."""
        if asked_s is not None:
            asked_s = min(max(asked_s, LEAST_ASKED_S), MOST_ASKED_S)
            return max(asked_s * (1 + self._chance() * 2 * _JITTER), self.cadence_s)
        if self.failures >= WORN_AFTER:
            return self.cadence_s
        pause_s = FIRST_PAUSE_S * 2.0 ** (self.failures - 1) * (0.5 + self._chance() / 2)
        return min(self.cadence_s, max(pause_s, LEAST_GAP_S))

    def _about(self, span_s: float) -> float:
        return span_s * (1 - _JITTER + 2 * _JITTER * self._chance())
