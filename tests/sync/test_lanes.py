"""Strict lanes and a budget: an operator's deed never queues behind history, and no hour costs more than allowed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Away
from sync.lanes import BURST, HOUR_S, Budget, Lane, Lanes

AT = datetime(2026, 3, 1, tzinfo=UTC)


def fine() -> None:
    """Nothing has to end."""


def test_without_a_limit_it_only_counts() -> None:
    clock = TurnedClock(AT)
    budget = Budget(clock)
    budget.spend(1 << 30)
    assert (budget.wait_s(), budget.hour) == (0.0, 1 << 30)
    clock.turn(HOUR_S / 2)
    budget.spend(5)
    assert budget.hour == (1 << 30) + 5
    clock.turn(HOUR_S / 2)
    assert budget.hour == 5


def test_what_is_overdrawn_is_waited_for() -> None:
    clock = TurnedClock(AT)
    budget = Budget(clock, 36_000)
    assert budget.wait_s() == 0
    budget.spend(36_000)
    wait_s = budget.wait_s()
    assert wait_s > 3000
    clock.turn(wait_s)
    assert budget.wait_s() == 0


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=400))
def test_no_hour_exceeds_the_budget_by_more_than_the_last_piece(pieces: list[int]) -> None:
    clock = TurnedClock(AT)
    budget = Budget(clock, 60_000)
    for piece in pieces:
        clock.turn(budget.wait_s())
        budget.spend(piece)
        assert budget.hour <= 60_000 + piece


def test_a_quiet_night_saves_up_no_more_than_a_burst() -> None:
    clock = TurnedClock(AT)
    budget = Budget(clock, 100_000)
    clock.turn(10 * HOUR_S)
    budget.spend(int(BURST * 100_000))
    assert budget.wait_s() > 0


class Queue:
    """Threads that want a turn each, and the order in which they get it."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.order: list[Lane] = []
        self.threads: list[threading.Thread] = []

    def want(self, lane: Lane) -> None:
        known = len(self.lanes._turns)
        self.threads.append(threading.Thread(target=self._run, args=(lane,), daemon=True))
        self.threads[-1].start()
        clock = SystemClock()
        while len(self.lanes._turns) == known:
            clock.wait(threading.Event(), 0.001)

    def _run(self, lane: Lane) -> None:
        with self.lanes.turn(lane, fine):
            self.order.append(lane)

    def end(self) -> None:
        for thread in self.threads:
            thread.join(5)


def test_the_better_lane_goes_first() -> None:
    clock = SystemClock()
    lanes = Lanes(clock, Budget(clock), width=1)
    queue = Queue(lanes)
    with lanes.turn(Lane.REST, fine):
        for lane in (Lane.PHOTO, Lane.THUMBNAIL, Lane.AREA, Lane.ALERT):
            queue.want(lane)
        assert queue.order == []
    queue.end()
    assert queue.order == [Lane.ALERT, Lane.AREA, Lane.THUMBNAIL, Lane.PHOTO]


def test_an_urgent_one_waits_for_nobody() -> None:
    clock = TurnedClock(AT)
    lanes = Lanes(clock, Budget(clock, 3600), width=1)
    lanes.budget.spend(1_000_000)
    with lanes.turn(Lane.URGENT, fine), lanes.turn(Lane.URGENT, fine):
        assert clock.monotonic_s() == 0


def test_others_wait_for_the_budget() -> None:
    clock = TurnedClock(AT)
    lanes = Lanes(clock, Budget(clock, 36_000))
    lanes.budget.spend(4000)
    with lanes.turn(Lane.ALERT, fine):
        assert clock.monotonic_s() > 10


def test_one_that_hangs_yields_after_a_while() -> None:
    clock = TurnedClock(AT)
    lanes = Lanes(clock, Budget(clock))
    with lanes.turn(Lane.URGENT, fine), lanes.turn(Lane.PHOTO, fine):
        assert clock.monotonic_s() == pytest.approx(5)


def test_who_waits_can_be_ended() -> None:
    clock = SystemClock()
    lanes = Lanes(clock, Budget(clock, 36_000))
    lanes.budget.spend(1_000_000)
    ending = threading.Event()
    troubles: list[str] = []

    def check() -> None:
        if ending.is_set():
            raise Away("sync.cut")

    def run() -> None:
        try:
            with lanes.turn(Lane.REST, check):
                troubles.append("a turn")
        except Away as trouble:
            troubles.append(trouble.says)

    thread = threading.Thread(target=run)
    thread.start()
    ending.set()
    lanes.stir()
    thread.join(5)
    assert troubles == ["sync.cut"]
    assert lanes._turns == []
