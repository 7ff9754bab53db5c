"""Single values of an answer, judged: texts, ids, instants, places, and what a record says that we have no place for.

Each gives the value, or raises `BadField` with the field and the reason: the feed makes the record's `Refusal` of it,
so that one bad value costs one record. What a feed reads by the million (Open311) has its own faster ones.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from console.core.clock import MOST_AHEAD
from console.core.pack import CityPack
from console.core.records import Refusal
from sync.strict_json import Unsound, faults

MOST_TEXT = 20_000
MOST_EXTRA = 16_000
"""Characters, as JSON, of the fields of one record that we have no place for."""
MOST_ID = 200
MOST_RAW = 2_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
NEAR = 1.0
"""Degrees around the city within which a swapped pair is recognised as the city's."""

_FEW, _LONG = 100, 1 << 63
_ESCAPE, _PLAIN = 6, 30
"""Characters of JSON that a sign of a text and a value beside its text take at most."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_SHOWN = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class BadField(Exception):
    """A value that cannot be taken: which field, and why as a phrase."""

    def __init__(self, field: str, says: str, **values: Any) -> None:
        super().__init__(f"{field}: {says}")
        self.field = field
        self.says = says
        self.values = values

    def refusal(self, where: str, raw: Any = "") -> Refusal:
        """The record at `where` refused for it. `raw` is the record as it came; its start is kept."""
        place = f"{where}.{self.field}" if self.field else where
        return Refusal(place, self.says, self.values, _CONTROL.sub(" ", str(raw)[:MOST_RAW]))


def sound(raw: Any) -> None:
    """Raises where an `Unsound` stands anywhere in a record of a lenient answer."""
    if found := faults(raw, ""):
        place, fault = found[0]
        raise BadField(place.lstrip("."), f"sync.refused.{fault.kind}", value=fault.value)


def table(raw: Any, field: str = "") -> Mapping[str, Any]:
    """A record, or a table in it."""
    if not isinstance(raw, dict):
        raise BadField(field, "sync.refused.record" if not field else "sync.refused.kind")
    return raw


def text(value: Any, field: str) -> str:
    """A text with its control characters replaced, "" for none. Numbers are tolerated; lists and tables are not."""
    if isinstance(value, str):
        if len(value) > MOST_TEXT:
            raise BadField(field, "sync.refused.long", size=len(value), most=MOST_TEXT)
        return (value if value.isprintable() else _CONTROL.sub(" ", value)).strip()
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, Unsound):
        raise BadField(field, f"sync.refused.{value.kind}", value=value.value)
    raise BadField(field, "sync.refused.kind")


def identity(value: Any, field: str = "id") -> str:
    """The source's own id, always as text. Whole numbers are tolerated."""
    if type(value) is int:
        return str(value)
    # what can be printed holds none of what is unfit
    if type(value) is str and len(value) <= MOST_ID and value.isprintable() and (bare := value.strip()):
        return bare
    if value is None or value == "":
        raise BadField(field, "sync.refused.missing")
    if not isinstance(value, str) or len(value) > MOST_ID or _UNFIT.search(value) or not value.strip():
        raise BadField(field, "sync.refused.id", value=shown(value))
    return value.strip()


def instant(value: Any, zone: tzinfo, field: str = "time") -> tuple[datetime, bool]:
    """The instant of an ISO 8601 text, and whether it came without a zone and `zone` was taken."""
    if value is None or value == "":
        raise BadField(field, "sync.refused.missing")
    try:
        told = datetime.fromisoformat(value.strip())
    except (AttributeError, TypeError, ValueError):
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    return _in_utc(told, zone, field, value)


def mail_instant(value: Any, zone: tzinfo, field: str = "time") -> tuple[datetime, bool]:
    """The same of a date as mail and RSS write it: "Fri, 25 Sep 2026 16:08:00 +0700"."""
    if value is None or value == "":
        raise BadField(field, "sync.refused.missing")
    try:
        told = parsedate_to_datetime(value)
    except (AttributeError, TypeError, ValueError, IndexError, OverflowError):
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    return _in_utc(told, zone, field, value)


def _in_utc(told: datetime, zone: tzinfo, field: str, value: Any) -> tuple[datetime, bool]:
    assumed = told.tzinfo is None
    try:
        # what `replace` gives, in a third of its time
        told = (datetime.combine(told, told.time(), zone) if assumed else told).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadField(field, "sync.refused.time", value=shown(value)) from None
    if told < EARLIEST:
        raise BadField(field, "sync.refused.when", value=shown(value))
    return told, assumed


def not_ahead(told: datetime, at: datetime, field: str) -> datetime:
    """`told` itself. Raises where it lies further ahead of the answer's receipt `at` than clocks differ."""
    if told > at + MOST_AHEAD:
        raise BadField(field, "sync.refused.when", value=told.isoformat())
    return told


def degrees(
    lat: Any, lon: Any, box: Box | None = None, *, fields: tuple[str, str] = ("lat", "lon")
) -> tuple[float | None, float | None]:
    """WGS84 degrees, (None, None) where no place is given; (0, 0) is how many say so. With the city's `box`, a pair
    that is the city's only when swapped is refused by that name; without, one that is on Earth only so."""
    north, east = _number(lat, fields[0]), _number(lon, fields[1])
    if north is None and east is None:
        return None, None
    if north is None or east is None:
        raise BadField(fields[0] if north is None else fields[1], "sync.refused.half")
    if north == 0.0 and east == 0.0:
        return None, None
    fits = -90.0 <= north <= 90.0 and -180.0 <= east <= 180.0
    if not (fits and near(north, east, box)) and _swapped(north, east, fits, box):
        raise BadField(fields[0], "sync.refused.swapped", lat=str(north), lon=str(east))
    if not fits:
        field = fields[1] if -90.0 <= north <= 90.0 else fields[0]
        raise BadField(field, "sync.refused.place", lat=str(north), lon=str(east))
    return north, east


def box_of(pack: CityPack) -> Box | None:
    """West, south, east, north of all shapes of the city; None where it has none."""
    points = [point for area in pack.areas.values() for shape in area.polygons for point in shape[0]]
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return min(lons), min(lats), max(lons), max(lats)


def near(lat: float, lon: float, box: Box | None) -> bool:
    """Whether a place is in the city or close by; False where no city is known."""
    if box is None:
        return False
    west, south, east, north = box
    return west - NEAR <= lon <= east + NEAR and south - NEAR <= lat <= north + NEAR


def extra(raw: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """The fields of a record we have no place for, as they came: for `body["extra"]`."""
    rest = {name: value for name, value in raw.items() if name not in taken and value is not None and value != ""}
    return bounded(rest)


def bounded(rest: dict[str, Any]) -> dict[str, Any]:
    """The table itself. Raises where it is no sound JSON, or too long to be kept beside a record."""
    if _surely_short(rest):
        return rest
    try:
        size = len(json.dumps(rest, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise BadField("", "sync.refused.kind") from None
    if size > MOST_EXTRA:
        raise BadField("", "sync.refused.long", size=size, most=MOST_EXTRA)
    return rest


def _surely_short(rest: Mapping[str, Any]) -> bool:
    """True only where the table is sound JSON and not too long, told without writing it: of plain values, no sign of a
    text takes more than six (an escape), and no number more than 24."""
    if len(rest) > _FEW:
        return False
    signs = 0
    for name, value in rest.items():
        kind = type(value)
        if kind is str:
            signs += len(value)
        elif kind is int:
            if not -_LONG < value < _LONG:
                return False
        elif kind is float:
            if not math.isfinite(value):
                return False
        elif value is not None and kind is not bool:
            return False
        if type(name) is not str:
            return False
        signs += len(name)
    return fits(signs, len(rest))


def fits(signs: int, count: int) -> bool:
    """Whether so many plain values, with so many signs in them and their names, are surely not too long as JSON."""
    return signs * _ESCAPE + count * _PLAIN <= MOST_EXTRA


def shown(value: Any) -> str:
    """The start of a value as a sentence may show it."""
    return _UNFIT.sub(" ", str(value)[:_SHOWN])


def number(value: Any, field: str) -> float | None:
    """A finite number, also one written as text; None where none is given."""
    return _number(value, field, "sync.refused.number")


def _number(value: Any, field: str, says: str = "sync.refused.degrees") -> float | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
            raise ValueError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadField(field, says, value=shown(value)) from None
    if not math.isfinite(found):
        raise BadField(field, says, value=shown(value))
    return found


def _swapped(lat: float, lon: float, fits: bool, box: Box | None) -> bool:
    """True where only the swapped pair makes sense: it is in the city, or, with no city known, on Earth."""
    if box is not None:
        return near(lon, lat, box)
    return not fits and -90.0 <= lon <= 90.0 and -180.0 <= lat <= 180.0
