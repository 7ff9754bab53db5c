"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

from collections.abc import Sequence

from tests.feeds.gtfs_rt.cases import NOW_S, call, count, message, notice, sized, update, vehicle, words

KIND = "gtfs-rt"
GOOD = [
    message(vehicle("1"), vehicle("2")),
    message(update(call(1, "T1", count(1, -60), count(2, NOW_S + 60))), notice(), vehicle("3", at_s=0)),
]
MAY_BE_CUT = True
"""Between two entities nothing tells that more were to come."""


def worded(strings: Sequence[str]) -> bytes:
    """A notice and a vehicle's label with each string."""
    return message(
        *(notice(f"n{n}", words(plain=text), sized(10_000, text)) for n, text in enumerate(strings)),
        *(sized(1, f"v{n}") + sized(4, sized(8, sized(2, text)) + sized(7, text)) for n, text in enumerate(strings)),
    )
