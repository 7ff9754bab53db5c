"""Records: how a source stands is said by its age, and changes add up without losing what they touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.records import Changes, Kind, SourceHealth, SourceState, few, source_state

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
FRESH = SourceHealth(
    id="pengaduan",
    title="Pengaduan",
    kind="open311",
    cadence_s=5,
    stale_after_s=60,
    last_good_at=NOW,
    last_try_at=NOW,
    next_at=NOW,
    newest_at=NOW,
    records_last=1,
    records_total=1,
    refused_last=0,
    error="",
    error_values={},
    trouble="",
    lost_since=None,
)
CHANGES = st.builds(
    Changes,
    st.frozensets(st.sampled_from(Kind)),
    st.frozensets(st.sampled_from("abc")),
    st.sampled_from(["", "x", "y"]),
)


def aged(seconds: float) -> SourceHealth:
    return replace(FRESH, last_good_at=NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("age_s", "state"),
    [
        (0, SourceState.FRESH),
        (10, SourceState.FRESH),
        (10.5, SourceState.AGEING),
        (60, SourceState.AGEING),
        (60.5, SourceState.STALE),
        (-10, SourceState.FRESH),
        (-10.5, SourceState.AGEING),
        (-60.5, SourceState.STALE),
    ],
)
def test_a_source_ages(age_s: float, state: SourceState) -> None:
    assert source_state(aged(age_s), NOW) is state


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ("cut", SourceState.CUT),
        ("denied", SourceState.DENIED),
        ("shape", SourceState.SHAPE_CHANGED),
        ("away", SourceState.LOST),
    ],
)
def test_trouble_is_told_before_age(trouble: str, state: SourceState) -> None:
    assert source_state(replace(aged(1000), trouble=trouble), NOW) is state


def test_a_source_asked_every_second_is_fresh_for_ten() -> None:
    """It is not heard of at each ask."""
    assert source_state(replace(aged(9.5), cadence_s=1), NOW) is SourceState.FRESH
    assert source_state(replace(aged(10.5), cadence_s=1), NOW) is SourceState.AGEING
    assert source_state(replace(aged(3), cadence_s=1, stale_after_s=2), NOW) is SourceState.STALE


def test_a_source_that_never_answered_is_said_to_be_so() -> None:
    assert source_state(replace(FRESH, last_good_at=None), NOW) is SourceState.NEVER


def test_a_source_that_answers_and_says_nothing_new_is_silent_not_calm() -> None:
    silent = replace(FRESH, newest_at=NOW - timedelta(seconds=241))
    assert source_state(silent, NOW) is SourceState.SILENT
    assert source_state(replace(silent, newest_at=None), NOW) is SourceState.FRESH


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_no_source_gets_fresher_by_waiting(one: float, more: float) -> None:
    order = [SourceState.FRESH, SourceState.AGEING, SourceState.STALE]
    assert order.index(source_state(aged(one), NOW)) <= order.index(source_state(aged(one + more), NOW))


def test_a_change_names_few_or_none() -> None:
    assert few(["a", "b", "a"]) == {"a", "b"}
    assert len(few([str(number) for number in range(200)])) == 200
    assert few([str(number) for number in range(201)]) == few([]) == frozenset()


@given(CHANGES, CHANGES)
def test_added_changes_lose_nothing(one: Changes, other: Changes) -> None:
    both = one | other
    assert both.kinds == one.kinds | other.kinds
    # no ids means: read everything of the kinds again, and must win over named ones
    assert both.ids == (one.ids | other.ids if one.ids and other.ids else frozenset())
    assert both.by in ("", one.by)


def test_changes_of_one_hand_keep_its_name() -> None:
    one = Changes(frozenset({Kind.EVENT}), frozenset({"a"}), "queue#1")
    assert (one | one).by == "queue#1"
    assert (one | replace(one, by="queue#2")).by == ""
