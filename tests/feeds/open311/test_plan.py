"""What is asked next: today first, then back through history, the news whenever they are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import millis
from sync.feeds.open311.plan import DAY_MS, Options, Plan, advanced, from_tag, next_plan, params_of, read_plan, to_tag

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
NOW_MS = millis(NOW)
SINCE = Options(page_size=10, updated_after=True, history_days=70, window_days=30, overlap_s=300)
PLAIN = Options(page_size=10, history_days=70, window_days=30)


def through(
    plan: Plan, options: Options, counts: list[int], *, newest: int = 0, at: datetime = NOW, etag: str = ""
) -> Plan:
    """The plan after pages of so many records."""
    for number, count in enumerate(counts):
        plan, _ = advanced(plan, options, count=count, fingerprint=str(number), newest=newest, etag=etag, at=at)
    return plan


def test_today_first_then_back() -> None:
    plan = next_plan({}, NOW, SINCE)
    assert [step.kind for step in plan.todo] == ["first", "back", "back", "back"]
    assert plan.step.since == NOW_MS - DAY_MS
    assert plan.step.until == NOW_MS
    for newer, older in zip(plan.todo, plan.todo[1:], strict=False):
        assert older.until == newer.since
    assert plan.todo[-1].since == NOW_MS - 70 * DAY_MS
    assert all(step.until - step.since <= 90 * DAY_MS for step in plan.todo)


def test_a_full_page_asks_for_the_next_and_a_short_one_ends_the_window() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [10, 10])
    assert (plan.step.kind, plan.step.page) == ("first", 3)
    plan = through(plan, SINCE, [9])
    assert (plan.step.kind, plan.step.page) == ("back", 1)


def test_an_empty_window_goes_on() -> None:
    plan = next_plan({}, NOW, SINCE)
    assert through(plan, SINCE, [0, 0, 0, 0]).todo == ()


def test_the_memo_is_json_and_comes_back_the_same() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [10], newest=5)
    assert read_plan(json.loads(json.dumps(plan.plain()))) == plan
    assert from_tag(to_tag(plan)) == plan


@pytest.mark.parametrize("memo", [{}, {"v": 2}, {"v": 1}, {"v": 1, "todo": 5}, {"v": 1, "todo": [["x"]]}])
def test_a_memo_of_another_kind_begins_anew(memo: dict[str, object]) -> None:
    assert read_plan(memo) is None
    assert next_plan(memo, NOW, SINCE).step.kind == "first"


def test_the_news_start_where_the_first_window_ended() -> None:
    newest = NOW_MS - 7_000
    plan = through(next_plan({}, NOW, SINCE), SINCE, [1, 1, 1, 1], newest=newest)
    assert plan.since == newest
    plan = next_plan(plan.plain(), NOW + timedelta(seconds=60), SINCE)
    assert [step.kind for step in plan.todo] == ["news"]
    assert params_of(plan.step, plan, SINCE) == {
        "updated_after": "2026-11-21T02:54:53Z",
        "page": "1",
        "page_size": "10",
    }


def test_the_news_go_before_history_when_they_are_due() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [1], newest=NOW_MS)
    assert next_plan(plan.plain(), NOW + timedelta(seconds=30), SINCE).step.kind == "back"
    due = next_plan(plan.plain(), NOW + timedelta(seconds=61), SINCE)
    assert due.step.kind == "news"
    after = through(due, SINCE, [0])
    assert after.step.kind == "back"
    assert next_plan(after.plain(), NOW + timedelta(seconds=62), SINCE).step.kind == "back"


def test_the_first_window_is_read_to_its_end_before_anything_else() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [10])
    assert next_plan(plan.plain(), NOW + timedelta(hours=3), SINCE).step.kind == "first"


def test_without_anything_newer_the_same_news_are_asked_by_their_etag() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [1, 0, 0, 0], newest=NOW_MS)
    asked = next_plan(plan.plain(), NOW + timedelta(seconds=61), SINCE)
    plan = through(asked, SINCE, [1], newest=NOW_MS, etag='"x"')
    assert plan.etag == '"x"'
    again = next_plan(plan.plain(), NOW + timedelta(seconds=122), SINCE)
    assert params_of(again.step, again, SINCE) == params_of(asked.step, asked, SINCE)
    moved = through(again, SINCE, [1], newest=NOW_MS + 90_000, at=NOW + timedelta(seconds=123), etag='"y"')
    assert moved.etag == ""
    assert moved.since == NOW_MS + 90_000


def test_a_clock_ahead_does_not_carry_us_past_what_is_to_come() -> None:
    plan = through(next_plan({}, NOW, SINCE), SINCE, [1, 0, 0, 0], newest=NOW_MS + 50 * DAY_MS)
    assert plan.since == NOW_MS


def test_a_quiet_source_is_asked_from_when_we_began() -> None:
    assert through(next_plan({}, NOW, SINCE), SINCE, [0, 0, 0, 0]).since == NOW_MS


def test_without_a_way_to_ask_for_changes_the_last_months_are_looked_through_daily() -> None:
    plan = through(next_plan({}, NOW, PLAIN), PLAIN, [1, 0, 0, 0], newest=NOW_MS)
    plan = next_plan(plan.plain(), NOW + timedelta(hours=2), PLAIN)
    assert [step.kind for step in plan.todo] == ["news"]
    assert "start_date" in params_of(plan.step, plan, PLAIN)
    plan = through(plan, PLAIN, [0])
    plan = next_plan(plan.plain(), NOW + timedelta(hours=25), PLAIN)
    assert [step.kind for step in plan.todo] == ["news", "sweep", "sweep", "sweep"]
    assert plan.todo[-1].since == millis(NOW + timedelta(hours=25)) - 70 * DAY_MS


def test_a_server_that_knows_no_pages_is_asked_by_smaller_windows() -> None:
    plan = next_plan({}, NOW, PLAIN)
    for _ in range(2):
        plan, _ = advanced(plan, PLAIN, count=10, fingerprint="same", newest=0, etag="", at=NOW)
    assert not plan.paged
    assert [step.kind for step in plan.todo[:3]] == ["first", "first", "back"]
    newer, older = plan.todo[:2]
    assert (newer.until, newer.since) == (NOW_MS, NOW_MS - DAY_MS // 2)
    assert (older.until, older.since) == (NOW_MS - DAY_MS // 2, NOW_MS - DAY_MS)
    assert "page" not in params_of(newer, plan, PLAIN)


def test_a_window_that_cannot_be_made_smaller_is_given_up_and_said() -> None:
    options = Options(page_size=10, paged=False, history_days=1)
    plan, given_up = next_plan({}, NOW, options), False
    for _ in range(200):
        if not plan.todo:
            break
        plan, overfull = advanced(plan, options, count=10, fingerprint="x", newest=0, etag="", at=NOW)
        given_up = given_up or overfull
    assert plan.todo == ()
    assert given_up


@given(st.lists(st.integers(0, 10), max_size=60), st.booleans(), st.booleans(), st.integers(0, 3))
def test_whatever_comes_it_ends_and_no_gap_is_left(counts: list[int], paged: bool, since: bool, repeats: int) -> None:
    options = Options(page_size=10, paged=paged, updated_after=since, history_days=100, window_days=30)
    plan = next_plan({}, NOW, options)
    covered: list[tuple[int, int]] = []
    for number, count in enumerate(counts + [0] * 3000):
        if not plan.todo:
            break
        step = plan.step
        mark = str(number // (repeats + 1))
        plan, overfull = advanced(plan, options, count=count, fingerprint=mark, newest=0, etag="", at=NOW)
        if overfull or not plan.todo or (plan.step.since, plan.step.until) != (step.since, step.until):
            covered.append((step.since, step.until))
    assert plan.todo == ()
    assert min(low for low, _ in covered) == NOW_MS - 100 * DAY_MS
    assert max(high for _, high in covered) == NOW_MS


def test_options_that_are_no_numbers_keep_their_default() -> None:
    options = Options.of({"page_size": "viele", "history_days": "-3", "window_days": "900", "overlap_s": "60"}, 5)
    assert (options.page_size, options.history_days, options.window_days, options.overlap_s) == (1000, 90, 90, 60)
    assert Options.of({"paging": "none", "updated_after": "yes"}, 5) == Options(
        paged=False, updated_after=True, overlap_s=300, cadence_s=5
    )
