"""How far a server's clock and ours are apart, by the `Date` of its answers (GOALS R22).

The server wrote that second somewhere between our asking and its answer's coming, so the difference is known to about
the time the answer took. What lies within that is no difference: a slow link never looks like a wrong clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECOND = timedelta(seconds=1)
"""What a `Date` leaves out."""


class Apart:
    """What the last answer told. Written and read by any thread."""

    def __init__(self) -> None:
        self.seconds = 0
        """So far the server's clock is ahead of ours at the least, below zero behind; 0 while they may agree."""

    def answered(self, date: str, at: datetime, took_s: float) -> None:
        """An answer of that `Date` was here at `at` (by our clock), `took_s` after it was asked for."""
        told = read(date)
        if told is None:
            return
        least, most = told - at, told + SECOND - at + timedelta(seconds=took_s)
        nearest = max(least, min(most, timedelta(0)))
        self.seconds = round(nearest.total_seconds())


def read(date: str) -> datetime | None:
    """The instant a `Date` header names, None for what is none."""
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
