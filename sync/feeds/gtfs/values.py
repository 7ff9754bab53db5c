"""Values of a timetable: times past midnight, days, colours. Each gives the value or raises `BadField`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from sync.words_in import BadField, shown

LONGEST_S = 7 * 86_400
"""A trip that is under way for longer is none of a city."""
_TIME = re.compile(r"\s*([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])\s*")
_COLOUR = re.compile(r"[0-9A-Fa-f]{6}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


@lru_cache(maxsize=1 << 16)
def seconds(value: str, field: str) -> int | None:
    """Seconds since the service day began: "24:30:00" is half past midnight of the next day. None for no time."""
    if not value or not value.strip():
        return None
    found = _TIME.fullmatch(value)
    if found is None:
        raise BadField(field, "sync.refused.time", value=shown(value))
    total = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    if total > LONGEST_S:
        raise BadField(field, "sync.refused.when", value=shown(value))
    return total


@lru_cache(maxsize=1 << 12)
def day(value: str, field: str) -> str:
    """A service day, "YYYYMMDD"."""
    value = value.strip()
    try:
        if len(value) != 8 or not (value.isascii() and value.isdigit()):
            raise ValueError
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    return value


def whole(value: str, field: str, most: int = 1_000_000_000) -> int:
    """A whole number from 0."""
    if value.isascii() and value.isdigit() and len(value) < 12 and (found := int(value)) <= most:
        return found
    bare = value.strip()
    if not bare:
        raise BadField(field, "sync.refused.missing")
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 11 or int(bare) > most:
        raise BadField(field, "sync.refused.number", value=shown(value))
    return int(bare)


def perhaps(value: str, most: int) -> int | None:
    """A whole number that may be missing; one that cannot be read is as good as missing."""
    bare = value.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 12 and int(bare) <= most else None


def colour(value: str) -> str:
    """Six hexadecimal digits, "" for anything else."""
    return value.strip().upper() if _COLOUR.fullmatch(value.strip()) else ""


def zone(value: str, field: str) -> str:
    """Name of a time zone that is known here."""
    name = value.strip()
    try:
        if not _ZONE.fullmatch(name):
            raise ValueError
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise BadField(field, "sync.gtfs.zone", value=shown(value)) from None
    return name


def between(times: Sequence[int | None]) -> list[int | None]:
    """The times with the gaps between two known ones filled evenly; what lies before the first or after the last
    stays unknown."""
    filled = list(times)
    known = [place for place, time in enumerate(times) if time is not None]
    for left, right in itertools.pairwise(known):
        start, end = times[left], times[right]
        assert start is not None and end is not None
        for place in range(left + 1, right):
            filled[place] = start + (end - start) * (place - left) // (right - left)
    return filled
