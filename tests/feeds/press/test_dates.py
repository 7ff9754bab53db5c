"""Dates as newspapers write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sync.feeds.press.dates import instant
from sync.words_in import BadField

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("said", "utc", "assumed"),
    [
        ("Tue, 20 Apr 2021 13:37:35 +0700", "2021-04-20T06:37:35", False),
        ("Tue, 20 Apr 2021 13:37:35 WIB", "2021-04-20T06:37:35", False),
        ("Sel, 20 April 2021 13:37 WITA", "2021-04-20T05:37:00", False),
        ("Jumat, 7 Agu 2026 - 09:05 WIT", "2026-08-07T00:05:00", False),
        ("20 Oktober 2026 13:37:35", "2026-10-20T06:37:35", True),
        ("Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21", False),
        ("01-Mei-2026 00:00:00 WIB", "2026-04-30T17:00:00", False),
        ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55", False),
        ("2026-11-20T10:00:00.250+07:00", "2026-11-20T03:00:00", False),
        ("2026-11-20 10:00:00 WIB", "2026-11-20T03:00:00", False),
        ("2026-11-20 10:00", "2026-11-20T03:00:00", True),
        ("2026-11", "2026-10-31T17:00:00", True),
        ("20261120", "2026-11-19T17:00:00", True),
        (" 2016-12-31T23:59:60Z ", "2016-12-31T23:59:59", False),
    ],
)
def test_a_date_is_read(said: str, utc: str, assumed: bool) -> None:
    assert instant(said, JAKARTA, "x") == (datetime.fromisoformat(utc).replace(tzinfo=UTC), assumed)


@pytest.mark.parametrize(
    "said",
    [
        *("", "kemarin", "32 Jan 2026 10:00:00 WIB", "1 Foo 2026 10:00 WIB", "2026-13-01", "20 Apr 2021 25:00:00 WIB"),
        *("20 Apr 2021 10:00:00 XYZ", "20 Apr 2021 10:00:00 +99:99", "0000-01-01", "9999-12-31T23:59:59-12:00"),
        *("1 Jan 1960 10:00:00 WIB", "１ Jan 2026x", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_no_date_is_refused(said: str) -> None:
    with pytest.raises(BadField) as trouble:
        instant(said, JAKARTA, "x")
    assert trouble.value.says in ("sync.refused.time", "sync.refused.when")
