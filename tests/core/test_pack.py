"""The pack as values: paths, children, names that stand in, and the working calendar."""

from __future__ import annotations

from datetime import date

from console.core.pack import Level, WorkCalendar
from tests.cities import CITY, ONE, TWO, small_pack

CALENDAR = small_pack().calendar


def test_the_city_is_the_area_at_the_top() -> None:
    assert small_pack().city.code == CITY
    assert small_pack().city.level is Level.KOTA


def test_children_come_in_code_order() -> None:
    assert [area.code for area in small_pack().children(CITY)] == [ONE, TWO]
    assert [area.code[-4:] for area in small_pack().children(ONE)] == ["1001", "1002", "1003"]
    assert small_pack().children("99.71.01.1001") == ()


def test_a_path_leads_from_the_city_down() -> None:
    assert [area.code for area in small_pack().path("99.71.02.1002")] == [CITY, TWO, "99.71.02.1002"]
    assert small_pack().path("00.00") == ()


def test_names_are_no_keys() -> None:
    """A kelurahan named like the other kecamatan keeps its own place."""
    pack = small_pack()
    assert pack.area_name("99.71.01.1003") == pack.area_name(TWO) == "Mekarsari"
    assert pack.path("99.71.01.1003")[1].code == ONE


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert small_pack().area_name("12.34") == "12.34"
    assert small_pack().area_name("") == ""
    assert small_pack().opd_name("NONE") == "NONE"
    assert small_pack().opd_name("DISHUB") == "Dishub"


def test_holidays_and_joint_leave_are_both_free_and_kept_apart() -> None:
    assert not CALENDAR.is_workday(date(2026, 12, 25))
    assert not CALENDAR.is_workday(date(2026, 12, 24))
    assert date(2026, 12, 24) not in CALENDAR.holidays
    assert CALENDAR.is_workday(date(2026, 12, 23))


def test_a_calendar_of_its_own_week() -> None:
    saturdays = WorkCalendar("UTC", workdays=frozenset({5}))
    assert [day for day in range(20, 30) if saturdays.is_workday(date(2026, 11, day))] == [21, 28]
