"""Numbers and instants as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.feeds.file.values import plain_instant, plain_number
from sync.words_in import BadField

WIB = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("told", "decimal", "value"),
    [
        ("1.234,5", "", 1234.5),
        ("1,234.5", "", 1234.5),
        ("-6,01", "", -6.01),
        ("-6.01", "", -6.01),
        ("1.234", "", 1.234),
        ("1.234", ",", 1234.0),
        ("1.234.567", ",", 1234567.0),
        ("1,234", ".", 1234.0),
        ("1 234,5", "", 1234.5),
        ("1\u00a0234,5", "", 1234.5),
        ("", "", None),
        (None, "", None),
        (7, "", 7.0),
        ("7", ",", 7.0),
    ],
)
def test_numbers(told: Any, decimal: str, value: float | None) -> None:
    assert plain_number(told, "n", decimal) == value


@pytest.mark.parametrize("told", ["1,2,3", "1.2.3", "12.34,5", "enam", "1_000", "NaN", "1e999", "--1", [1], True])
def test_no_numbers(told: Any) -> None:
    with pytest.raises(BadField):
        plain_number(told, "n")


@pytest.mark.parametrize(
    ("told", "form", "at"),
    [
        ("20/11/2026", "", (2026, 11, 19, 17, 0)),
        ("20-11-2026 09:30", "", (2026, 11, 20, 2, 30)),
        ("20.11.2026 09.30 WIB", "", (2026, 11, 20, 2, 30)),
        ("2026-11-20T09:30:00Z", "", (2026, 11, 20, 9, 30)),
        ("2026-11-20 09:30", "", (2026, 11, 20, 2, 30)),
        ("46346,5", "", (2026, 11, 20, 5, 0)),
        (46346.5, "", (2026, 11, 20, 5, 0)),
        (46346, "", (2026, 11, 19, 17, 0)),
        ("11/20/2026", "%m/%d/%Y", (2026, 11, 19, 17, 0)),
        ("2026-11-20 0930 +0800", "%Y-%m-%d %H%M %z", (2026, 11, 20, 1, 30)),
    ],
)
def test_instants(told: Any, form: str, at: tuple[int, int, int, int, int]) -> None:
    assert plain_instant(told, WIB, "t", form)[0] == datetime(*at, tzinfo=UTC)


@pytest.mark.parametrize("told", ["", None, "31/02/2026", "20/11/26", "99999999", 5, True, [], "20/11/1960", 1e300])
def test_no_instants(told: Any) -> None:
    with pytest.raises(BadField):
        plain_instant(told, WIB, "t")


def test_which_zone_was_taken() -> None:
    assert plain_instant("20/11/2026", WIB, "t")[1] is True
    assert plain_instant("2026-11-20T00:00:00Z", WIB, "t")[1] is False
    with pytest.raises(BadField):
        plain_instant("20/11/2026", WIB, "t", "%Y")
