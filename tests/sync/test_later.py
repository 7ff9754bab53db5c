"""What is tried again by itself: ever more seldom, together where it failed together, and at once for a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.core.clock import TurnedClock
from console.core.replica import Named
from sync.later import MOST_S, Later

ONE, TWO = Named("x:1", "1-a"), Named("x:2", "1-a")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 22, tzinfo=UTC))


def test_pauses_grow_up_to_a_bound(clock: TurnedClock) -> None:
    later = Later(clock, lambda: 0.0, 3.0)
    pauses = []
    for _ in range(12):
        later.failed([ONE])
        assert later.waits(ONE)
        assert later.due_in_s is not None
        pauses.append(later.due_in_s)
        clock.turn(later.due_in_s)
        assert not later.waits(ONE)
        assert later.due_in_s == 0
    assert pauses[:4] == [3, 6, 12, 24]
    assert pauses[-1] == MOST_S


def test_consoles_differ_and_what_failed_together_does_not(clock: TurnedClock) -> None:
    later = Later(clock, clock.chance, 3.0)
    later.failed([ONE, TWO])
    due_s = later.due_in_s
    assert due_s is not None
    assert 3 < due_s < 3.75
    clock.turn(due_s)
    assert not later.waits(ONE)
    assert not later.waits(TWO)


def test_a_person_waits_for_nothing_but_what_has_its_reason(clock: TurnedClock) -> None:
    later = Later(clock, clock.chance, 3.0)
    later.failed([ONE])
    later.failed([TWO], least_s=2.0)
    later.wanted()
    assert not later.waits(ONE)
    assert later.waits(TWO)
    clock.turn(2)
    assert not later.waits(TWO)


def test_what_is_done_is_forgotten(clock: TurnedClock) -> None:
    later = Later(clock, clock.chance, 3.0)
    assert not later
    assert later.due_in_s is None
    later.failed([ONE, TWO])
    later.keep({TWO})
    assert not later.waits(ONE)
    assert later.waits(TWO)
    later.forget([TWO, ONE])
    assert not later
