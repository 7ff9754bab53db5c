"""Who may use the link to the centre now: strict lanes, and a budget of bytes per hour.

A lane waits while anybody of a better one waits or is under way, so that on a thin link an operator's deed never
queues behind a page of history. What hangs yields after some seconds: one bad place must not hold up the others.
The budget is a bucket that fills evenly; urgent deeds may overdraw it, and the rest then waits the longer.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

from console.core.clock import Clock

WIDTH = 3
"""Requests under way at once, without urgent ones and long polls."""
YIELD_S = 5.0
"""So long a request under way holds back worse lanes."""
LONGEST_WAIT_S = 60.0
HOUR_S = 3600.0
BURST = 0.1
"""Part of an hour's budget that may be spent at once; the rest flows evenly, so that no hour exceeds the budget."""
_STEP_S = 60.0


class Lane(IntEnum):
    """What goes first, best first."""

    URGENT = 0  # what operators did here
    ALERT = 1  # what concerns the whole city
    AREA = 2  # the cases of the areas this console follows
    REST = 3
    THUMBNAIL = 4
    PHOTO = 5
    HISTORY = 6  # what nobody waits for: rows compared once a shift


class Budget:
    """Bytes per hour, both ways together. Any thread may use it."""

    def __init__(self, clock: Clock, per_hour: int = 0) -> None:
        """`per_hour` 0 is no limit: then it only counts."""
        self.per_hour = per_hour
        self._clock = clock
        self._lock = threading.Lock()
        self._left = BURST * per_hour
        self._filled_s = clock.monotonic_s()
        self._spent: deque[tuple[float, int]] = deque()
        """(begin of a minute, bytes), oldest first."""

    def spend(self, count: int) -> None:
        """Bytes that went over the wire."""
        with self._lock:
            now_s = self._fill()
            self._left -= count
            if self._spent and now_s - self._spent[-1][0] < _STEP_S:
                begin_s, before = self._spent.pop()
                self._spent.append((begin_s, before + count))
            else:
                self._spent.append((now_s, count))

    @property
    def hour(self) -> int:
        """Bytes of the last hour."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            while self._spent and now_s - self._spent[0][0] >= HOUR_S:
                self._spent.popleft()
            return sum(count for _, count in self._spent)

    def wait_s(self) -> float:
        """Seconds until something may be sent that is not urgent; 0 for now."""
        if self.per_hour <= 0:
            return 0.0
        with self._lock:
            self._fill()
            return 0.0 if self._left > 0 else (1 - self._left) / self._rate

    @property
    def _rate(self) -> float:
        return (1 - 2 * BURST) * self.per_hour / HOUR_S

    def _fill(self) -> float:
        now_s = self._clock.monotonic_s()
        if self.per_hour > 0:
            self._left = min(BURST * self.per_hour, self._left + (now_s - self._filled_s) * self._rate)
        self._filled_s = now_s
        return now_s


@dataclass(eq=False, slots=True)
class _Turn:
    """One who waits, or is under way since `since_s`."""

    lane: Lane
    since_s: float | None = None
    stirred: threading.Event = field(default_factory=threading.Event)


class Lanes:
    """The lanes of one link. Any thread may take a turn."""

    def __init__(self, clock: Clock, budget: Budget, *, width: int = WIDTH) -> None:
        self.budget = budget
        self.clock = clock
        self._width = width
        self._lock = threading.Lock()
        self._turns: list[_Turn] = []

    @contextmanager
    def turn(self, lane: Lane, check: Callable[[], None]) -> Iterator[None]:
        """The link, once it is this lane's turn. `check` is called while waiting and raises where it has to end."""
        turn = _Turn(lane)
        with self._lock:
            self._turns.append(turn)
        try:
            self._wait(turn, check)
            yield
        finally:
            with self._lock:
                self._turns.remove(turn)
                self._stir()

    def stir(self) -> None:
        """Whoever waits looks again: something ended, or is to end."""
        with self._lock:
            self._stir()

    def _stir(self) -> None:
        for each in self._turns:
            each.stirred.set()

    def _wait(self, turn: _Turn, check: Callable[[], None]) -> None:
        while True:
            turn.stirred.clear()  # first: whatever happens from here on is seen
            check()
            with self._lock:
                wait_s = self._wait_s(turn)
                if wait_s <= 0:
                    turn.since_s = self.clock.monotonic_s()
                    return
            self.clock.wait(turn.stirred, min(wait_s, LONGEST_WAIT_S))

    def _wait_s(self, turn: _Turn) -> float:
        """Seconds until it is worth looking again, 0 where it is this one's turn."""
        if turn.lane is Lane.URGENT:
            return 0.0
        now_s = self.clock.monotonic_s()
        waits = [self.budget.wait_s()]
        under_way = 0
        for other in self._turns:
            if other.since_s is None:
                if other.lane < turn.lane and other.lane is not Lane.URGENT:
                    waits.append(YIELD_S)
                continue
            under_way += other.lane is not Lane.URGENT
            if other.lane < turn.lane:
                waits.append(other.since_s + YIELD_S - now_s)
        if under_way >= self._width:
            waits.append(YIELD_S)
        return max(waits)
