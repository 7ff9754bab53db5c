"""The same seed and the same time give the same complaints, whoever asks and whenever."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import millis
from console.core.geometry import AreaIndex
from sync.centre.dice import Dice
from sync.centre.query import DAY_MS, Query
from tests.cities import small_pack
from tests.sync.centre.conftest import NOON, town

NOW = millis(NOON)
HOUR_MS = 3_600_000
ONE = town(rate=60)
ALL = Query(NOW - 5 * DAY_MS, NOW, page_size=5000)


def test_a_restart_changes_nothing() -> None:
    first, again = town(), town()
    # asked in another order, and at another time before
    again.requests(Query(NOW - 2 * DAY_MS, NOW - DAY_MS, page_size=10), NOW - DAY_MS)
    assert first.requests(ALL, NOW) == again.requests(ALL, NOW)
    assert town(seed=22).requests(ALL, NOW) != first.requests(ALL, NOW)


def test_what_was_there_stays_there_as_time_goes_on() -> None:
    here = town()
    before = {each["service_request_id"]: each for each in here.requests(ALL, NOW)}
    later = NOW + 6 * HOUR_MS
    after = {each["service_request_id"]: each for each in here.requests(Query(ALL.since, later, page_size=5000), later)}
    missing = set(before) - set(after)
    # only what fell out of the history's days is gone
    asked_at = [datetime.fromisoformat(str(before[name]["requested_datetime"])) for name in missing]
    assert all(millis(at) < later - 4 * DAY_MS for at in asked_at)
    kept = [name for name in before if name in after]
    fixed = ("description", "address", "lat", "long", "requested_datetime", "service_code")
    assert all(before[name][field] == after[name][field] for name in kept for field in fixed)
    assert any(before[name]["status_notes"] != after[name]["status_notes"] for name in kept)
    assert len(after) > len(kept)


def test_nothing_comes_from_the_future_and_the_newest_is_first() -> None:
    times = [millis(datetime.fromisoformat(str(each["requested_datetime"]))) for each in town().requests(ALL, NOW)]
    assert times == sorted(times, reverse=True)
    assert max(times) <= NOW


def test_pages_make_up_the_whole() -> None:
    here = town()
    whole = here.requests(ALL, NOW)
    pages = [here.requests(Query(ALL.since, ALL.until, page, 100), NOW) for page in range(1, 20)]
    assert [each for page in pages for each in page] == list(whole)


@given(st.integers(0, 5 * 24), st.integers(0, 5 * 24))
def test_windows_make_up_the_whole(one: int, two: int) -> None:
    here = ONE
    low, high = sorted((NOW - one * HOUR_MS, NOW - two * HOUR_MS))
    parts = [(NOW - 6 * DAY_MS, low - 1), (low, high - 1), (high, NOW)]
    got = [each["service_request_id"] for a, b in parts for each in here.requests(Query(a, b, page_size=5000), NOW)]
    whole = [each["service_request_id"] for each in here.requests(Query(NOW - 6 * DAY_MS, NOW, page_size=5000), NOW)]
    assert sorted(got) == sorted(whole)
    assert len(set(got)) == len(got)


def test_what_changed_since_is_exactly_what_looks_different() -> None:
    here = town()
    then = NOW - 3 * HOUR_MS
    before = {each["service_request_id"]: each for each in here.requests(ALL, then)}
    now = {each["service_request_id"]: each for each in here.requests(ALL, NOW)}
    since = here.requests(Query(0, 0, page_size=5000, updated_after=then + 1), NOW)
    told = {each["service_request_id"] for each in since}
    assert told == {name for name, each in now.items() if before.get(name) != each}


def test_ids_filters_and_services() -> None:
    here = town()
    some = here.requests(ALL, NOW)
    name = str(some[3]["service_request_id"])
    assert here.requests(Query(0, 0, ids=(name,)), NOW) == [some[3]]
    unknown = ("x", "A-B-C", name + "9", name[:-6] + "999999", "RKN-20990101-000001", "RKN-00010101-000001")
    assert here.requests(Query(0, 0, ids=unknown), NOW) == []
    closed = here.requests(Query(ALL.since, NOW, page_size=5000, statuses=frozenset({"closed"})), NOW)
    assert closed == [each for each in some if each["status"] == "closed"]
    codes = {str(each["service_code"]) for each in here.services()}
    waste = here.requests(Query(ALL.since, NOW, page_size=5000, services=frozenset({"003"})), NOW)
    assert {each["service_code"] for each in waste} == {"003"}
    assert {each["service_code"] for each in some} <= codes


def test_every_place_lies_in_the_kelurahan_it_names() -> None:
    pack = small_pack()
    index = AreaIndex(pack)
    for each in town().requests(ALL, NOW):
        area = pack.areas[index.find(each["long"], each["lat"])]
        assert f"Kel. {area.name}, Kec. {pack.area_name(area.parent)}" in str(each["address"])


def test_complaints_come_to_an_end_by_the_fields_own_words() -> None:
    words = Counter(str(each["status_notes"]).partition(":")[0] for each in town(rate=2000).requests(ALL, NOW))
    assert set(words) >= {"masuk", "proses", "selesai", "bukan wewenang", "ganda", "ditutup sistem"}
    assert words["selesai"] > words["ganda"]


def test_the_day_has_its_hours_and_the_week_its_days() -> None:
    here = town(rate=1000, days=40)
    by_hour, by_day = Counter[int](), Counter[int]()
    for day in range(28):
        until = NOW - day * DAY_MS
        for each in here.requests(Query(until - DAY_MS + 1, until, page_size=5000), NOW):
            at = datetime.fromisoformat(str(each["requested_datetime"]))
            by_hour[at.hour] += 1
            by_day[at.weekday()] += 1
    assert by_hour[10] > 5 * by_hour[3]
    assert by_day[1] > by_day[6]
    assert 700 * 28 < sum(by_hour.values()) < 1400 * 28


def test_rain_brings_water_and_reports_to_the_low_parts() -> None:
    here = town(rate=1000, days=400)
    days = [date(2026, 11, 21) - timedelta(days=back) for back in range(300)]
    wet = [day for day in days if here.rains(day)[1] > 0.7]
    dry = [day for day in days if here.rains(day)[1] == 0]
    assert 5 < len(wet) < 150
    assert len(dry) > 150

    def evening(day: date) -> list[object]:
        start = millis(datetime(day.year, day.month, day.day, 8, tzinfo=UTC))
        return [each for each in here.requests(Query(start, start + 8 * HOUR_MS, page_size=5000), NOW) if str(each)]

    assert len(evening(wet[0])) > len(evening(dry[0])) + 50


def test_nobody_is_named_and_nobody_can_be_called() -> None:
    for each in town().requests(ALL, NOW):
        assert "phone" not in each
        digits = "".join(sign if sign.isdigit() else " " for sign in str(each["description"]) + str(each["address"]))
        assert all(len(part) < 7 for part in digits.split())
        assert each["service_notice"] == "Laporan peragaan, dibuat otomatis."


def test_its_json_is_its_requests() -> None:
    here = town()
    assert json.loads(here.requests_json(ALL, NOW)) == here.requests(ALL, NOW)


def test_memory_of_days_is_bounded() -> None:
    here = town(days=3)
    for back in range(60):
        now = NOW - back * DAY_MS
        here.requests(Query(now - DAY_MS, now), now)
    assert len(here._days) <= 3 + 9


@given(st.integers(1, 10_000), st.text(max_size=10))
def test_dice_fall_within_their_faces_and_again_the_same(faces: int, key: str) -> None:
    one, two = Dice(21, key), Dice(21, key)
    drawn = [one.below(faces) for _ in range(40)]
    assert drawn == [two.below(faces) for _ in range(40)]
    assert all(0 <= each < faces for each in drawn)


def test_dice_are_fair_enough() -> None:
    dice = Dice("fair")
    counts = Counter(dice.heavy((1, 3, 10)) for _ in range(10_000))
    assert counts[0] == pytest.approx(1000, rel=0.15)
    assert counts[1] == pytest.approx(2000, rel=0.15)
    assert counts[2] == pytest.approx(7000, rel=0.15)
