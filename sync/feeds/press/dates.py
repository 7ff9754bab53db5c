"""Dates as newspapers write them: RFC 822 with WIB, WITA and WIT, with Indonesian names of days and months, and ISO."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from sync.words_in import EARLIEST, BadField, shown

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(("jan",), ("feb", "peb"), ("mar",), ("apr",), ("may", "mei"), ("jun",), ("jul",)),
            *(("aug", "agu", "ags"), ("sep",), ("oct", "okt"), ("nov", "nop"), ("dec", "des")),
        ),
        1,
    )
    for name in names
}
_ZONES = {
    **{"wib": 7, "wita": 8, "wit": 9, "z": 0, "gmt": 0, "ut": 0, "utc": 0, "sgt": 8, "myt": 8, "jst": 9},
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"cet": 1, "cest": 2, "bst": 1},
}
"""Hours ahead of UTC. WIB, WITA and WIT are in no standard and in every second feed."""
_MAIL = re.compile(
    r"(?:[^\W\d_]{2,10}\.?,?\s{1,3})?(\d{1,2})[\s-]{1,2}([A-Za-z]{3,9})\.?[\s-]{1,2}(\d{4}|\d\d),?"
    r"(?:\s{1,3}(?:-\s)?(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?)?\s{0,3}([A-Za-z]{1,4}|[+-]\d\d:?\d\d)?"
)
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?"
    r"(?:[T\s]{1,2}(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?)?\s{0,2}([A-Za-z]{1,4}|[+-]\d\d(?::?\d\d)?)?"
)


def instant(value: str, zone: tzinfo, field: str) -> tuple[datetime, bool]:
    """The instant, and whether it came without a zone and `zone` was taken. Raises `BadField`."""
    text = value.strip()
    match = _MAIL.fullmatch(text)
    try:
        if match:
            day, month, year = int(match[1]), _MONTHS[match[2][:3].lower()], int(match[3])
            year += 0 if len(match[3]) == 4 else 1900 if year >= 70 else 2000
        else:
            match = _ISO.fullmatch(text)
            if match is None:
                raise ValueError
            year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
        hour, minute, second = (int(match[place] or 0) for place in (4, 5, 6))
        told = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(match[7], zone))
        told = told.astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    if told < EARLIEST:
        raise BadField(field, "sync.refused.when", value=shown(value))
    return told, not match[7]


def _zone(word: str | None, zone: tzinfo) -> tzinfo:
    if not word:
        return zone
    if word[0] in "+-":
        digits = word[1:].replace(":", "").ljust(4, "0")
        ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-ahead if word[0] == "-" else ahead)
    return timezone(timedelta(hours=_ZONES[word.lower()]))
