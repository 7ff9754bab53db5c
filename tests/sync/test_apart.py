"""Two clocks apart: known to about the time an answer takes, and never by less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from sync.apart import Apart, read

AT = datetime(2026, 11, 21, 3, 42, 10, 400_000, tzinfo=UTC)
"""When the answer was here, by our clock."""


def told(ahead: timedelta, took_s: float = 0.1) -> int:
    """What is known where the server wrote its date just as the answer came."""
    apart = Apart()
    apart.answered(format_datetime(AT + ahead, usegmt=True), AT, took_s)
    return apart.seconds


@pytest.mark.parametrize("seconds", [30, 125, 7200, -30, -125, -7200, 365 * 86_400, -365 * 86_400])
def test_the_difference_is_known_to_about_a_second(seconds: int) -> None:
    assert abs(told(timedelta(seconds=seconds)) - seconds) <= 1


@pytest.mark.parametrize("took_s", [0.0, 0.1, 8.0, 300.0])
def test_clocks_that_agree_never_look_apart_on_a_slow_link(took_s: float) -> None:
    for part in (0.0, 0.5, 1.0):
        assert told(timedelta(seconds=-took_s * part), took_s) == 0


def test_what_the_link_took_is_no_difference() -> None:
    assert abs(told(timedelta(hours=-2), took_s=60.0) + 7200 - 60) <= 1


def test_the_last_answer_counts() -> None:
    apart = Apart()
    for ahead in (timedelta(hours=2), timedelta(0)):
        apart.answered(format_datetime(AT + ahead, usegmt=True), AT, 0.1)
    assert apart.seconds == 0


@pytest.mark.parametrize("date", ["", "soon", "Sat, 99 Nov 2026 03:42:10 GMT", "Sat, 21 Nov 99999 03:42:10", "\x00"])
def test_what_is_no_date_tells_nothing(date: str) -> None:
    apart = Apart()
    apart.seconds = 7
    apart.answered(date, AT, 0.1)
    assert apart.seconds == 7
    assert read(date) is None


def test_every_zone_is_the_same_instant() -> None:
    zoned = format_datetime(AT.astimezone(timezone(timedelta(hours=7))))
    assert read(zoned) == read(format_datetime(AT, usegmt=True)) == AT.replace(microsecond=0)
    assert read("Sat, 21 Nov 2026 03:42:10 -0000") == AT.replace(microsecond=0)
