"""When a source is asked next: the table, the bounds, and what is said of it."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import Away, BadAnswer, Denied
from sync.schedule import LEAST_GAP_S, MOST_ASKED_S, NEXT, WORN_AFTER, Fact, Phase, Schedule, Told

AWAY, DENIED, BAD = Away("x"), Denied("x"), BadAnswer("x")


def a_schedule(cadence_s: float = 60.0, seed: int = 1) -> Schedule:
    return Schedule(cadence_s, random.Random(seed).random, 0.0)


def test_the_table_knows_every_phase_and_fact():
    assert set(NEXT) == {(phase, fact) for phase in Phase for fact in Fact}


def test_it_is_asked_at_once_and_then_about_every_period():
    schedule = a_schedule()
    assert schedule.due_in_s(0.0) == 0
    assert schedule.good(0.0) is Told.NOTHING
    assert 57 <= schedule.due_in_s(0.0) <= 63


def test_while_there_is_more_it_is_asked_at_once():
    schedule = a_schedule()
    schedule.good(5.0, more=True)
    assert schedule.due_in_s(5.0) == 0


def test_lost_is_said_once_and_back_is_said_once():
    schedule = a_schedule()
    told = [schedule.failed(float(at), AWAY) for at in range(8)]
    assert told == [Told.LOST] + [Told.NOTHING] * 7
    assert [schedule.good(9.0), schedule.good(10.0)] == [Told.BACK, Told.NOTHING]


def test_a_change_of_trouble_is_not_said_again_but_a_denial_is():
    schedule = a_schedule()
    told = [schedule.failed(0.0, each) for each in (AWAY, BAD, AWAY, DENIED, DENIED)]
    assert told == [Told.LOST, Told.NOTHING, Told.NOTHING, Told.LOST, Told.NOTHING]


def test_pauses_grow_with_jitter_up_to_one_period():
    schedule, pauses = a_schedule(30.0), []
    for _ in range(8):
        schedule.failed(0.0, AWAY)
        pauses.append(schedule.due_in_s(0.0))
    assert all(1.0 <= pause <= 30.0 for pause in pauses)
    assert pauses[0] <= 2.0
    assert pauses[3] >= 8.0
    assert pauses[-1] == 30.0


def test_no_two_consoles_come_back_at_the_same_moment():
    due = set()
    for seed in range(20):
        schedule = a_schedule(600.0, seed)
        for _ in range(4):
            schedule.failed(0.0, AWAY)
        due.add(schedule.due_in_s(0.0))
    assert len(due) == 20


def test_the_breaker_opens_after_some_failures_and_closes_on_the_first_answer():
    schedule = a_schedule(600.0)
    for _ in range(WORN_AFTER):
        schedule.failed(0.0, AWAY)
    assert schedule.phase is Phase.WORN
    assert schedule.due_in_s(0.0) == 600.0
    schedule.good(0.0)
    assert (schedule.phase, schedule.failures) == (Phase.CALM, 0)


@pytest.mark.parametrize(
    ("asked_s", "least", "most"),
    [(0.0, 60.0, 60.0), (5.0, 60.0, 60.0), (120.0, 120.0, 132.0), (2_300_000_000.0, 900.0, 990.0)],
)
def test_a_pause_asked_for_is_honoured_within_bounds(asked_s, least, most):
    schedule = a_schedule()
    schedule.failed(0.0, Away("busy", retry_after_s=asked_s))
    assert least <= schedule.due_in_s(0.0) <= most


def test_a_storm_of_refusals_gets_at_most_one_ask_a_period():
    schedule, now_s, asks = a_schedule(10.0), 0.0, 0
    while now_s < 1000.0:
        asks += 1
        schedule.failed(now_s, Away("busy", retry_after_s=1.0))
        now_s += schedule.due_in_s(now_s)
    assert asks <= 100


def test_what_breaks_its_form_is_asked_no_faster_than_its_period():
    schedule = a_schedule()
    schedule.failed(0.0, BAD)
    assert schedule.phase is Phase.GARBLED
    assert schedule.due_in_s(0.0) >= 57


def test_what_denies_us_waits_for_a_person():
    schedule = a_schedule()
    schedule.failed(0.0, DENIED)
    schedule.woke(5.0)
    assert schedule.due_in_s(1e9) == math.inf
    schedule.wanted(5.0)
    assert schedule.due_in_s(5.0) == 0


def test_a_person_in_a_hurry_makes_no_burst():
    schedule = a_schedule()
    schedule.failed(10.0, AWAY)
    schedule.wanted(10.2)
    assert schedule.due_in_s(10.2) == pytest.approx(LEAST_GAP_S - 0.2)


def test_cut_holds_and_joining_asks_at_once_without_news_of_loss():
    schedule = a_schedule()
    schedule.good(0.0)
    schedule.cut()
    assert schedule.due_in_s(500.0) == math.inf
    schedule.wanted(500.0)
    assert schedule.due_in_s(500.0) == math.inf
    schedule.joined(600.0)
    assert schedule.due_in_s(600.0) == 0
    assert schedule.good(600.0) is Told.NOTHING


def test_joining_what_was_never_cut_changes_nothing():
    schedule = a_schedule()
    schedule.good(0.0)
    before = schedule.due_in_s(1.0)
    schedule.joined(1.0)
    assert schedule.due_in_s(1.0) == before


def test_a_denied_source_stays_denied_through_a_cut():
    schedule = a_schedule()
    schedule.failed(0.0, DENIED)
    schedule.cut()
    schedule.joined(9.0)
    assert schedule.due_in_s(9.0) == math.inf


def test_after_a_sleep_it_is_due_within_seconds_and_once():
    schedule = a_schedule(3600.0)
    schedule.good(0.0)
    schedule.woke(10.0)
    assert schedule.due_in_s(10.0) <= 5.0
    schedule.good(15.0)
    assert schedule.due_in_s(15.0) > 3000


def test_hours_late_still_means_one_ask():
    schedule = a_schedule()
    schedule.good(0.0)
    late_s = 8 * 3600.0
    assert schedule.due_in_s(late_s) == 0
    schedule.good(late_s)
    assert schedule.due_in_s(late_s) > 0


_FACTS = st.sampled_from(["good", "away", "asked", "bad", "wanted", "woke", "cut", "joined"])


@given(st.lists(_FACTS, max_size=60), st.integers(0, 5), st.sampled_from([1.0, 15.0, 600.0]))
def test_whatever_happens_the_next_ask_comes_within_bounds(facts, seed, cadence_s):
    """Never sooner than a second after the last failure, never later than a period or the pause asked for."""
    schedule, now_s, tries = a_schedule(cadence_s, seed), 0.0, []
    for fact in facts:
        if fact in ("good", "away", "asked", "bad"):
            now_s += min(schedule.due_in_s(now_s), 1e6)
            tries.append(now_s)
        match fact:
            case "good":
                schedule.good(now_s)
            case "away":
                schedule.failed(now_s, AWAY)
            case "asked":
                schedule.failed(now_s, Away("busy", retry_after_s=3.0))
            case "bad":
                schedule.failed(now_s, BAD)
            case "wanted" | "woke" | "joined":
                getattr(schedule, fact)(now_s)
            case "cut":
                schedule.cut()
        if schedule.held:
            schedule.joined(now_s)
        assert 0 <= schedule.due_in_s(now_s) <= max(cadence_s * 1.05, 5.0, MOST_ASKED_S)
    apart = [later - sooner for sooner, later in pairwise(tries)]
    assert all(gap >= 0 for gap in apart)
