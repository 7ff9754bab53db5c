"""What is usual for an hour, and all numbers of an area from a real store."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import commands
from console.core.lifecycle import Deed, State
from console.core.records import AgeBucket
from console.models.indicators import SHOWN_H, USUAL_DAYS, hours_with_usual, read_indicators, usual_day
from tests.town import NOW, OPERATOR, complaint

WHOLE = SHOWN_H + 24 * USUAL_DAYS


def series(counts):
    return [(NOW - timedelta(hours=len(counts) - number), count) for number, count in enumerate(counts)]


def test_an_even_series_is_usual():
    hours = hours_with_usual(series([5] * WHOLE))
    assert len(hours) == SHOWN_H
    assert hours[-1].usual == (5, 5)
    assert not any(hour.unusual for hour in hours)


def test_the_same_hour_is_compared_not_the_one_before():
    counts = [40 if number % 24 == 9 else 2 for number in range(WHOLE)]
    assert not any(hour.unusual for hour in hours_with_usual(series(counts)))


def test_a_flood_of_complaints_is_unusual():
    hours = hours_with_usual(series([5] * (WHOLE - 1) + [30]))
    assert hours[-1].unusual
    assert not hours[-2].unusual


def test_with_too_few_days_nothing_is_called_usual():
    hours = hours_with_usual(series([0] * (WHOLE - 72) + [5] * 72))
    assert all(hour.usual is None and not hour.unusual for hour in hours)
    assert usual_day(series([0] * (WHOLE - 72) + [5] * 72)) is None


def test_the_usual_day_is_the_middle_of_the_days_before():
    counts = [1] * (24 * 5) + [100] * 24 + [3] * 24
    assert usual_day(series(counts)) == 24


@given(st.lists(st.integers(0, 500), max_size=24 * 20))
def test_any_series_is_told(counts):
    hours = hours_with_usual(series(counts))
    assert [hour.count for hour in hours] == counts[-SHOWN_H:]
    assert all(hour.usual is None or hour.usual[0] <= hour.usual[1] for hour in hours)
    assert usual_day(series(counts)) is None or usual_day(series(counts)) >= 0


@pytest.fixture
def read(town):
    town.fill(120)
    return town.writer.read


def test_the_whole_city_adds_up(read, town):
    numbers = read_indicators(town.pack, "", NOW)(read)
    assert numbers.total == 120
    assert numbers.whole.open == sum(count for state, count in numbers.states.items() if state.open)
    assert sum(numbers.ages.values()) == numbers.whole.open
    assert sum(count for _, count in numbers.parts) == numbers.whole.open
    assert numbers.whole.day == 24
    assert sum(hour.count for hour in numbers.hours) == 48
    assert numbers.ages[AgeBucket.OLDER] == 0


def test_an_area_is_told_with_what_lies_below_it(read, town):
    numbers = read_indicators(town.pack, "99.71.02", NOW)(read)
    assert {code for code, _ in numbers.parts} == {"99.71.02.1001", "99.71.02.1002"}
    assert sum(count for _, count in numbers.parts) == numbers.whole.open < 120


def test_what_is_closed_today_is_handled(read, town):
    assert read_indicators(town.pack, "", NOW)(read).handled_day == 0
    found = read.complaint("rekaan:000004")
    assert found.state is State.IN_PROGRESS
    town.do(commands.make(Deed.CLOSE, found, OPERATOR, town.pack, evidence="Lampu sudah diganti."))
    assert read_indicators(town.pack, "", NOW)(read).handled_day == 1
    assert read_indicators(town.pack, found.area[:8], NOW)(read).handled_day == 1
    assert read_indicators(town.pack, "99.71.01.1001", NOW)(read).handled_day == 0


def test_what_its_source_closed_today_is_handled_too(read, town):
    town.take([complaint(0, state=State.DONE, native_state="selesai", updated_at=NOW)])
    assert read_indicators(town.pack, "", NOW)(read).handled_day == 1
