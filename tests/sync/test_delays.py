"""How long a login waits: by monotonic time, over restarts, and never for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import TurnedClock, millis
from console.core.people import FREE_TRIES, LONGEST_DELAY_S, delay_s
from sync import delays
from sync.delays import Delays, digest

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_ten_wrong_in_a_row_take_more_than_half_a_minute_and_then_one_may_try() -> None:
    clock = TurnedClock(AT)
    on = Delays(clock, {})
    for _ in range(10):
        clock.turn(on.left_s("rani"))
        on.wrong("rani")
    assert (clock.now() - AT).total_seconds() >= 30
    assert on.left_s("rani") == LONGEST_DELAY_S
    assert on.left_s("budi") == 0.0, "nobody else waits"
    clock.turn(LONGEST_DELAY_S)
    assert on.left_s("rani") == 0.0
    assert on.right("rani") and not on.right("rani")
    assert on.left_s("rani") == 0.0


@given(st.integers(1, 40), st.floats(-400 * 86_400, 400 * 86_400), st.floats(0, 90))
def test_over_a_restart_it_goes_on_whatever_the_clock_did(wrong: int, stepped_s: float, rest_s: float) -> None:
    clock = TurnedClock(AT)
    kept = {"rani": (wrong, millis(AT))}
    clock.jump(AT + timedelta(seconds=stepped_s))
    on = Delays(clock, kept)
    left = on.left_s("rani")
    assert 0.0 <= left <= delay_s(wrong), "a clock that was set back lets nobody wait longer"
    if stepped_s <= 0:
        assert left == delay_s(wrong)
    clock.turn(rest_s)
    assert on.left_s("rani") <= max(0.0, left - rest_s) + 1e-6
    clock.jump(AT - timedelta(days=4000))
    clock.turn(LONGEST_DELAY_S)
    assert on.left_s("rani") == 0.0, "also where it is set back while one waits"
    assert on.wrong("rani") == wrong + 1, "what was wrong before counts on"


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.floats(0, 120)), max_size=40))
def test_a_login_waits_exactly_where_its_last_three_were_wrong(tries: list[tuple[str, bool, float]]) -> None:
    clock = TurnedClock(AT)
    on = Delays(clock, {})
    wrong = {"a": 0, "b": 0}
    for key, right, pause_s in tries:
        clock.turn(on.left_s(key))
        if right:
            assert on.right(key) == (wrong[key] > 0)
            wrong[key] = 0
        else:
            wrong[key] += 1
            assert on.wrong(key) == wrong[key]
        assert (on.left_s(key) > 0) == (wrong[key] >= FREE_TRIES)
        clock.turn(pause_s)


def test_a_try_that_came_too_early_is_told_once_for_each_wrong_one() -> None:
    on = Delays(TurnedClock(AT), {})
    on.wrong("rani")
    assert [on.first_early("rani") for _ in range(3)] == [True, False, False]
    on.wrong("rani")
    assert on.first_early("rani")


def test_names_without_end_are_not_remembered_without_end(monkeypatch) -> None:
    monkeypatch.setattr(delays, "MOST", 5)
    on = Delays(TurnedClock(AT), {})
    for number in range(50):
        for _ in range(4):
            on.wrong(f"n{number}")
    assert len(on._wrong) == 5 and on.left_s("n49") > 0 and on.left_s("n0") == 0.0


def test_what_was_typed_as_a_login_stands_nowhere() -> None:
    name = digest("hujan turun di genteng", "konsol-1")
    assert "hujan" not in name and len(name) == 32
    assert name == digest("  HUJAN turun di genteng ", "konsol-1")
    assert name != digest("hujan turun di genteng", "konsol-2")
    assert digest("\ud800", "\ud800" * 100)
