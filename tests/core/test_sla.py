"""Service clocks in working days: never due on a free day, never earlier for what came later, and explained."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.pack import SlaPolicy, WorkCalendar
from console.core.sla import FreeDay, due_at, policy_for, reckon

WIB = ZoneInfo("Asia/Jakarta")
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(
    WorkCalendar,
    st.just("Asia/Jakarta"),
    opens=st.just(time(7, 30)),
    closes=st.sampled_from([time(12, 0), time(16, 0), time(23, 59)]),
    workdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.dictionaries(DAYS, st.just("Libur"), max_size=20),
    joint_leave=st.dictionaries(DAYS, st.just("Cuti bersama"), max_size=5),
    known_from=st.just(date(2026, 1, 1)),
    known_until=st.just(date(2026, 12, 31)),
    revision=st.just("r"),
)
FILED = st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 15), timezones=st.just(UTC))  # noqa: DTZ001
COUNTS = st.integers(1, 60)

PLAIN = WorkCalendar(
    "Asia/Jakarta",
    holidays={date(2026, 12, 25): "Natal"},
    joint_leave={date(2026, 12, 24): "Cuti bersama Natal"},
    known_from=date(2026, 1, 1),
    known_until=date(2026, 12, 31),
    revision="uji",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of December 2026 in the city's zone."""
    return datetime(2026, 12, day, hour, minute, tzinfo=WIB)


def test_three_working_days_within_a_week() -> None:
    told = reckon(at(7, 10), 3, PLAIN)  # Monday
    assert told.due_at == at(10, 16)
    assert told.due_at.tzinfo is UTC
    assert told.counted == (date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 10))
    assert (told.moved, told.passed, told.certain, told.revision) == (False, (), True, "uji")


def test_leave_holiday_and_weekend_are_passed_over_and_named() -> None:
    told = reckon(at(23, 9), 1, PLAIN)
    assert told.due_at == at(28, 16)
    assert told.passed == (
        FreeDay(date(2026, 12, 24), "Cuti bersama Natal"),
        FreeDay(date(2026, 12, 25), "Natal"),
        FreeDay(date(2026, 12, 26), ""),
        FreeDay(date(2026, 12, 27), ""),
    )


@pytest.mark.parametrize(("hour", "minute", "due"), [(15, 59, 8), (16, 0, 9), (23, 0, 9), (0, 5, 8)])
def test_what_is_filed_after_hours_counts_from_the_next_working_day(hour: int, minute: int, due: int) -> None:
    told = reckon(at(7, hour, minute), 1, PLAIN)
    assert told.due_at == at(due, 16)
    assert told.moved == (due == 9)


def test_what_is_filed_on_a_free_day_counts_from_the_next_working_day() -> None:
    told = reckon(at(5, 9), 1, PLAIN)  # Saturday: filed on Monday the 7th, due on Tuesday
    assert (told.filed_on, told.due_at, told.moved) == (date(2026, 12, 7), at(8, 16), True)


def test_the_zone_of_the_city_decides_which_day_it_is() -> None:
    """23.30 UTC on Sunday is Monday morning there."""
    assert reckon(datetime(2026, 12, 6, 23, 30, tzinfo=UTC), 1, PLAIN).filed_on == date(2026, 12, 7)


def test_outside_the_known_days_a_count_says_that_it_guesses() -> None:
    assert not reckon(at(29, 9), 5, PLAIN).certain
    assert not reckon(datetime(2025, 12, 30, 3, tzinfo=UTC), 3, PLAIN).certain
    assert reckon(at(7, 9), 5, PLAIN).certain


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        reckon(datetime(2026, 12, 7, 9), 3, PLAIN)  # noqa: DTZ001 on purpose


@given(CALENDARS, FILED, COUNTS)
def test_it_is_never_due_on_a_free_day_and_counts_each_working_day_once(
    calendar: WorkCalendar, filed: datetime, count: int
) -> None:
    told = reckon(filed, count, calendar)
    days = told.counted
    assert len(days) == count
    assert all(calendar.is_workday(day) for day in (told.filed_on, *days))
    assert list(days) == sorted(set(days))
    assert told.filed_on < days[0]
    assert not any(calendar.is_workday(free.day) for free in told.passed)
    local = told.due_at.astimezone(WIB)
    assert (local.date(), local.time()) == (days[-1], calendar.closes)


@given(CALENDARS, FILED, COUNTS)
def test_every_day_on_the_way_is_counted_or_passed_over(calendar: WorkCalendar, filed: datetime, count: int) -> None:
    told = reckon(filed, count, calendar)
    between = {told.filed_on, *told.counted, *(free.day for free in told.passed)}
    way = (told.counted[-1] - told.filed_on).days
    assert {told.filed_on + timedelta(days=step) for step in range(way + 1)} <= between
    assert told.certain == (
        filed.astimezone(WIB).date() >= calendar.known_from and told.counted[-1] <= calendar.known_until
    )


@given(CALENDARS, FILED, COUNTS, st.integers(0, 30 * 24 * 3600))
def test_what_came_later_is_never_due_earlier(calendar: WorkCalendar, filed: datetime, count: int, more_s: int) -> None:
    later = filed + timedelta(seconds=more_s)
    assert reckon(filed, count, calendar).due_at <= reckon(later, count, calendar).due_at


@given(CALENDARS, FILED, COUNTS)
def test_a_longer_clock_is_due_later(calendar: WorkCalendar, filed: datetime, count: int) -> None:
    assert filed < reckon(filed, count, calendar).due_at < reckon(filed, count + 1, calendar).due_at


POLICIES = (
    SlaPolicy("sp4n", "verify", 5, date(2020, 1, 1), date(2025, 12, 31)),
    SlaPolicy("sp4n", "verify", 3, date(2026, 1, 1)),
    SlaPolicy("sp4n", "first_answer", 5, date(2020, 1, 1)),
)


@pytest.mark.parametrize(
    ("stage", "day", "working_days"),
    [
        ("verify", date(2025, 12, 31), 5),
        ("verify", date(2026, 1, 1), 3),
        ("first_answer", date(2026, 1, 1), 5),
        ("verify", date(2019, 12, 31), None),
        ("finish", date(2026, 1, 1), None),
    ],
)
def test_the_clock_that_held_on_a_day(stage: str, day: date, working_days: int | None) -> None:
    found = policy_for(POLICIES, "sp4n", stage, day)
    assert (found.working_days if found else None) == working_days
    assert policy_for(POLICIES, "other", stage, day) is None


def test_due_by_a_policy() -> None:
    assert due_at(at(7, 10), POLICIES[1], PLAIN) == at(10, 16)
