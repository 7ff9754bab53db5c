"""Time and chance: milliseconds there and back, ids that sort by time, a clock that only moves when turned."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import Clock, SystemClock, TurnedClock, from_millis, millis, uuid7

AT = datetime(2026, 11, 21, 3, 42, 5, 123_456, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 the strategy adds a zone
SINCE_1970 = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NOISE = st.integers(0, (1 << 80) - 1)


@given(INSTANTS)
def test_milliseconds_there_and_back_lose_less_than_one(at: datetime) -> None:
    back = from_millis(millis(at))
    assert back.tzinfo is UTC
    assert timedelta(0) <= at - back < timedelta(milliseconds=1)


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_an_instant_there_and_back_is_exact(ms: int) -> None:
    assert millis(from_millis(ms)) == ms


def test_a_naive_time_has_no_milliseconds() -> None:
    with pytest.raises(ValueError, match="naive"):
        millis(AT.replace(tzinfo=None))


@given(SINCE_1970, SINCE_1970, NOISE, NOISE)
def test_ids_sort_by_time(one: datetime, other: datetime, noise: int, more: int) -> None:
    if millis(one) < millis(other):
        assert uuid7(one, noise) < uuid7(other, more)


@given(SINCE_1970, NOISE)
def test_an_id_is_a_uuid_of_version_seven(at: datetime, noise: int) -> None:
    made = uuid.UUID(hex=uuid7(at, noise))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == millis(at)


def test_noise_makes_ids_of_one_instant_differ() -> None:
    assert len({uuid7(AT, noise) for noise in (0, 1, 1 << 61, 1 << 64, 1 << 75)}) == 5


def test_a_turned_clock_stands_still_until_it_is_turned() -> None:
    clock = TurnedClock(AT)
    assert (clock.now(), clock.monotonic_s()) == (AT, 0.0)
    clock.turn(90)
    assert (clock.now(), clock.monotonic_s()) == (AT + timedelta(seconds=90), 90.0)


def test_a_jump_of_the_time_of_day_leaves_monotonic_time_alone() -> None:
    clock = TurnedClock(AT)
    clock.jump(AT - timedelta(days=1))
    assert clock.now() == AT - timedelta(days=1)
    assert clock.monotonic_s() == 0.0


def test_waiting_on_a_turned_clock_turns_it() -> None:
    clock, event = TurnedClock(AT), threading.Event()
    assert not clock.wait(event, 30)
    assert clock.monotonic_s() == 30.0
    event.set()
    assert clock.wait(event, 30)
    assert clock.monotonic_s() == 30.0


def test_the_same_seed_gives_the_same_chance_and_ids() -> None:
    one, other = TurnedClock(AT, 7), TurnedClock(AT, 7)
    assert [one.chance(), one.new_id()] == [other.chance(), other.new_id()]
    assert TurnedClock(AT, 8).new_id() != TurnedClock(AT, 7).new_id()


def test_the_machines_clock_is_aware_and_never_runs_back() -> None:
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic_s() <= clock.monotonic_s()
    assert 0 <= clock.chance() < 1
    assert len({clock.new_id() for _ in range(100)}) == 100
    assert not clock.wait(threading.Event(), 0)
