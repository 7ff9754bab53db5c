"""Values of cells as people write them: numbers with a decimal comma, days before months, Excel's count of days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from sync.feeds.file.sheet import excel_instant
from sync.words_in import EARLIEST, BadField, instant, number, shown

_DAYS = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?(?: *(?:WIB|WITA|WIT))?"
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d{1,10})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")


def plain_number(value: Any, field: str, decimal: str = "") -> float | None:
    """A number as it is written here, None for none. Without `decimal` a comma alone is one, and so is a point alone;
    where both stand, the last."""
    if not isinstance(value, str):
        return number(value, field)
    told = value.strip().replace("\u00a0", " ")
    if not decimal:
        decimal = "," if told.rfind(",") > told.rfind(".") else "."
    other = "." if decimal == "," else ","
    if other in told and not _GROUPED.fullmatch(told):
        raise BadField(field, "sync.refused.number", value=shown(value))
    told = told.replace(other, "").replace(" ", "").replace("'", "")
    if told.count(decimal) > 1:
        raise BadField(field, "sync.refused.number", value=shown(value))
    return number(told.replace(decimal, "."), field)


def plain_instant(value: Any, zone: tzinfo, field: str, form: str = "") -> tuple[datetime, bool]:
    """The instant of a cell in UTC, and whether it came without a zone. `form` is how it is written (as `strptime` has
    it); without one: ISO 8601, day/month/year, or Excel's count of days."""
    if not form and type(value) is str and value[4:5] == "-" and value[:4].isdigit():
        return instant(value, zone, field)  # the year first: by far the most
    if value is None or value == "":
        raise BadField(field, "sync.refused.missing")
    told: datetime | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        told = excel_instant(value) if 10_000 <= value < 100_000 else None
    elif isinstance(value, str):
        words = value.strip()
        try:
            told = datetime.strptime(words, form) if form else _written(words)  # noqa: DTZ007 below
        except ValueError:
            told = None
        if told is None and not form:
            return instant(words, zone, field)
    if told is None:
        raise BadField(field, "sync.refused.time", value=shown(value))
    assumed = told.tzinfo is None
    try:
        told = (told.replace(tzinfo=zone) if assumed else told).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    if told < EARLIEST:
        raise BadField(field, "sync.refused.when", value=shown(value))
    return told, assumed


def _written(words: str) -> datetime | None:
    """A day before its month, or Excel's count of days; None for what is written in another way."""
    if _SERIAL.fullmatch(words):
        return excel_instant(float(words.replace(",", ".")))
    found = _DAYS.fullmatch(words)
    if found is None:
        return None
    day, _, month, year, *clock = found.groups()
    hour, minute, second = (int(each or 0) for each in clock)
    return datetime(int(year), int(month), int(day), hour, minute, second)  # noqa: DTZ001 the zone comes with it
