"""Whose turn it is: the best lane first, and who fails waits by himself."""

from __future__ import annotations

import math

import pytest

from console.core.errors import Away, BadAnswer, Denied
from sync.lanes import Lane
from sync.visits import DENIED_AGAIN_S, Pace, Visits, Work


@pytest.fixture
def visits() -> Visits:
    visits = Visits(lambda: 0.5, Pace())
    visits.add("rest", Lane.REST, follows=True)
    visits.add("area", Lane.AREA, follows=True)
    visits.add("shared", Lane.ALERT, follows=True)
    return visits


def order(visits: Visits, now_s: float = 10.0) -> list[str]:
    """What is done, each to its end."""
    found = []
    while (due := visits.next(now_s)) is not None:
        visit, work = due
        found.append(f"{work} {visit.place}")
        if work is Work.SEND:
            visit.sends = False
        else:
            visit.reads, visit.look_s = False, now_s + 100
    return found


def test_the_best_lane_goes_first_and_what_is_to_be_sent_before_all(visits: Visits) -> None:
    visits.to_send(["rest"])
    assert order(visits) == ["send rest", "read shared", "read area", "read rest"]
    assert visits.due_in_s(10.0) == 100
    assert order(visits, 109.0) == []
    assert order(visits, 110.0) == ["read shared", "read area", "read rest"]


def test_news_of_what_is_not_followed_is_none(visits: Visits) -> None:
    order(visits)
    visits.to_send(["elsewhere"])
    visits.news(["elsewhere", "rest", "nowhere"])
    assert order(visits) == ["send elsewhere", "read rest"]


def test_who_only_sends_takes_nothing_else(visits: Visits) -> None:
    assert visits.next(10.0, sends_only=True) is None
    visits.to_send(["rest"])
    assert visits.next(10.0, sends_only=True) is not None


def test_what_is_to_be_tried_again_keeps_its_time_whatever_else_is_to_be_sent(visits: Visits) -> None:
    order(visits)
    rest = visits.all["rest"]
    rest.send_s = 50.0
    assert visits.next(10.0) is None
    assert visits.due_in_s(10.0) == 40
    visits.to_send(["rest"])
    assert visits.next(10.0) == (rest, Work.SEND)
    assert rest.send_s == 50.0
    rest.sends = False
    assert visits.next(50.0, sends_only=True) == (rest, Work.SEND)
    visits.all_due(forgiving=True)
    assert rest.forgiving
    assert visits.next(10.0) == (rest, Work.SEND)


def test_one_that_fails_waits_by_itself(visits: Visits) -> None:
    bad = visits.all["area"]
    assert not visits.failed(bad, Away("sync.away.server"), 10.0)
    assert order(visits) == ["read shared", "read rest"]
    assert visits.due_in_s(10.0) == pytest.approx(0.5)
    assert visits.backoff.failures == 0


def test_two_that_fail_are_the_hub_and_one_tries_for_all(visits: Visits) -> None:
    assert not visits.failed(visits.all["area"], Away("sync.away.refused"), 10.0)
    assert visits.failed(visits.all["rest"], Away("sync.away.refused"), 10.0)
    assert visits.next(10.0) is None
    found = visits.next(10.0 + visits.backoff.due_in_s(10.0))
    assert found is not None
    found[0].busy = True
    assert visits.next(1000.0) is None
    found[0].busy = False
    assert visits.well(found[0])
    assert len(order(visits, 20.0)) == 3


def test_a_pause_that_was_asked_for_is_of_the_hub(visits: Visits) -> None:
    assert visits.failed(visits.all["area"], Away("sync.away.server", retry_after_s=30), 10.0)
    assert visits.backoff.due_in_s(10.0) >= 30


def test_a_single_place_is_no_proof_against_its_hub() -> None:
    visits = Visits(lambda: 0.5, Pace())
    only = visits.add("only", Lane.REST, follows=True)
    assert visits.failed(only, BadAnswer("sync.bad.html"), 0.0)


def test_what_is_not_open_to_us_is_asked_seldom(visits: Visits) -> None:
    visits.failed(visits.all["rest"], Denied("sync.denied"), 10.0)
    visits.failed(visits.all["area"], Denied("sync.denied"), 10.0)
    assert visits.backoff.failures == 0
    assert visits.all["rest"].backoff.due_in_s(10.0) >= DENIED_AGAIN_S


def test_what_is_wanted_now_forgives(visits: Visits) -> None:
    order(visits)
    for place in ("area", "rest"):
        visits.failed(visits.all[place], Away("sync.away.refused"), 10.0)
    visits.all_due(forgiving=True)
    assert len(order(visits)) == 3


def test_reading_makes_room_for_better(visits: Visits) -> None:
    order(visits)
    rest, area = visits.all["rest"], visits.all["area"]
    rest.busy = True
    assert not visits.better_waits(rest, 11.0)
    visits.news(["area"])
    assert visits.better_waits(rest, 11.0)
    assert not visits.better_waits(area, 11.0)
    area.reads = False
    visits.to_send(["rest"])
    assert visits.better_waits(rest, 11.0)


def test_nothing_known_is_waited_for_long() -> None:
    assert Visits(lambda: 0.5, Pace()).due_in_s(0.0) == math.inf
