"""One Open311 request as a `SourceComplaint`, or the reason why it is none, with its place in the answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from console.core.clock import MOST_AHEAD
from console.core.geometry import index_of
from console.core.lifecycle import State
from console.core.pack import CityPack, FeedEntry
from console.core.records import Refusal, SourceComplaint
from sync.feeds.open311.states import read_state
from sync.strict_json import faults

MOST_TEXT = 20_000
MOST_EXTRA = 16_000
MOST_ID = 200
_TITLE = 90
_SENTENCE = 20
"""What is shorter may be an abbreviation (\"Jl. \") and no sentence."""
_RAW = 2_000

_TAKEN = frozenset(
    {"service_request_id", "status", "description", "agency_responsible", "requested_datetime", "updated_datetime"}
    | {"expected_datetime", "address", "lat", "long", "media_url", "status_notes", "service_name", "service_code"}
)
_KIND_FIELDS = ("status", "status_notes", "service_name", "service_code", "agency_responsible")
_MOST_KINDS = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_NEAR = 1.0
"""Degrees around the city within which a swapped pair is recognised as the city's."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class _Bad(Exception):
    def __init__(self, field: str, says: str, **values: Any) -> None:
        super().__init__(field)
        self.field = field
        self.says = says
        self.values = values


class _Kind(NamedTuple):
    """What the words for state, subject and office come to."""

    state: State
    native_state: str
    name: str
    agency: str
    category: str
    opd: str
    extra: str
    """The inside of a JSON object: what must not be lost of these words."""


class RecordReader:
    """Reads the requests of one source in one city."""

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        self._source = entry.id
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._mysociety = entry.options.get("states", "") == "mysociety"
        self._areas = index_of(pack)
        self._box = _box(pack)
        self._categories = _categories(pack)
        self._offices = _offices(pack)
        self._kinds: dict[tuple[Any, ...], _Kind] = {}
        self._category_offices = {category.code: category.opd for category in pack.categories.values()}

    def read(self, raw: Any, where: str, at: datetime, unsound: bool) -> SourceComplaint | Refusal:
        """`where` is the record's place in the answer, `at` when that came. `unsound` tells that something in
        the answer could not be decoded, so that each record has to be looked through for it."""
        try:
            if unsound and (found := faults(raw, "")):
                place, fault = found[0]
                raise _Bad(place.lstrip("."), f"sync.refused.{fault.kind}", value=fault.value)
            if not isinstance(raw, dict):
                raise _Bad("", "sync.refused.record")
            return self._complaint(raw, at)
        except _Bad as bad:
            place = f"{where}.{bad.field}" if bad.field else where
            return Refusal(place, bad.says, bad.values, str(raw)[:_RAW])

    def _complaint(self, raw: Mapping[str, Any], at: datetime) -> SourceComplaint:
        get = raw.get
        native_id = _identity(raw)
        kind = self._kind_of(raw)
        text = _text(get("description"), "description")
        requested_at, assumed = self._requested(get("requested_datetime"), at)
        lat, lon = self._place(get("lat"), get("long"))
        media = _text(get("media_url"), "media_url")
        extra = ",".join([each for each in (kind.extra, _rest(raw)) if each])
        if len(extra) > MOST_EXTRA:
            raise _Bad("", "sync.refused.long", size=len(extra), most=MOST_EXTRA)
        return SourceComplaint(
            f"{self._source}:{native_id}",
            self._source,
            native_id,
            kind.native_state,
            kind.state,
            _title(text) or kind.name,
            text,
            kind.category,
            kind.agency,
            _text(get("address"), "address"),
            lat,
            lon,
            self._areas.find(lon, lat) if lat is not None and lon is not None else "",
            requested_at,
            self._updated(get("updated_datetime"), at),
            self._perhaps(get("expected_datetime")),
            assumed,
            media if media.startswith(("https://", "http://")) else "",
            kind.opd,
            f"{{{extra}}}" if extra else "",
        )

    def _kind_of(self, raw: Mapping[str, Any]) -> _Kind:
        """What the five fields of few words mean together: thousands of records share a few hundred meanings."""
        get = raw.get
        words = (
            get("status"),
            get("status_notes"),
            get("service_name"),
            get("service_code"),
            get("agency_responsible"),
        )
        try:
            known = self._kinds.get(words)
        except TypeError:  # a list or table among them; told by name below
            known = None
        if known is None:
            known = self._read_kind(words)
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            self._kinds[words] = known
        return known

    def _read_kind(self, words: tuple[Any, ...]) -> _Kind:
        status, notes, name, code, agency = (
            _text(word, field) for word, field in zip(words, _KIND_FIELDS, strict=True)
        )
        state, native_state = read_state(status, notes, mysociety=self._mysociety)
        category = self._categories.get(code.casefold(), "") or self._categories.get(name.casefold(), "")
        opd = self._offices.get(agency.casefold(), "") or self._category_offices.get(category, "")
        extra = ",".join(
            f'"{field}":{_quoted(word)}'
            for field, word in (("service_name", name), ("service_code", code), ("status_notes", notes))
            if word
        )
        return _Kind(state, native_state, name, agency, category, opd, extra)

    def _requested(self, value: Any, at: datetime) -> tuple[datetime, bool]:
        if value is None or value == "":
            raise _Bad("requested_datetime", "sync.refused.missing")
        try:
            told = datetime.fromisoformat(value.strip())
            assumed = told.tzinfo is None
            if told.tzinfo is not UTC:
                told = (told.replace(tzinfo=self._zone) if assumed else told).astimezone(UTC)
        except (AttributeError, ValueError, OverflowError):
            raise _Bad("requested_datetime", "sync.refused.time", value=str(value)[:60]) from None
        if told < _EARLIEST or told > at + MOST_AHEAD:
            raise _Bad("requested_datetime", "sync.refused.when", value=str(value)[:60])
        return told, assumed

    def _updated(self, value: Any, at: datetime) -> datetime | None:
        """One that lies ahead would make all that follows look older: it is as good as missing too."""
        told = self._perhaps(value)
        return told if told is None or told <= at + MOST_AHEAD else None

    def _perhaps(self, value: Any) -> datetime | None:
        """A time that may be missing; one that cannot be read is as good as missing."""
        if not isinstance(value, str) or not value:
            return None
        try:
            told = datetime.fromisoformat(value.strip())
            if told.tzinfo is not UTC:
                told = (told.replace(tzinfo=self._zone) if told.tzinfo is None else told).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return told if told >= _EARLIEST else None

    def _place(self, raw_lat: Any, raw_lon: Any) -> tuple[float | None, float | None]:
        """Degrees, or (None, None) where the source gave no place; (0, 0) is how many say so."""
        lat = raw_lat if type(raw_lat) is float else _degrees(raw_lat, "lat")
        lon = raw_lon if type(raw_lon) is float else _degrees(raw_lon, "long")
        if lat is None and lon is None:
            return None, None
        if lat is None or lon is None:
            raise _Bad("lat" if lat is None else "long", "sync.refused.half")
        if lat == 0.0 and lon == 0.0:
            return None, None
        fits = -90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0
        if (not fits or not self._near(lat, lon)) and self._swapped(lat, lon, fits):
            raise _Bad("lat", "sync.refused.swapped", lat=str(lat), lon=str(lon))
        if not fits:
            raise _Bad("lat" if not -90.0 <= lat <= 90.0 else "long", "sync.refused.place", lat=str(lat), lon=str(lon))
        return lat, lon

    def _near(self, lat: float, lon: float) -> bool:
        if self._box is None:
            return False
        west, south, east, north = self._box
        return west - _NEAR <= lon <= east + _NEAR and south - _NEAR <= lat <= north + _NEAR

    def _swapped(self, lat: float, lon: float, fits: bool) -> bool:
        """True where only the swapped pair makes sense: it is in the city, or, with no city known, on Earth."""
        if self._box is not None:
            return self._near(lon, lat)
        return not fits and -90.0 <= lon <= 90.0 and -180.0 <= lat <= 180.0


def _identity(raw: Mapping[str, Any]) -> str:
    """The id as text. Numbers are tolerated, as half the servers send them; anything else is none."""
    value = raw.get("service_request_id")
    if type(value) is int:
        return str(value)
    if value is None or value == "":
        says = "sync.refused.token" if raw.get("token") else "sync.refused.missing"
        raise _Bad("service_request_id", says)
    if not isinstance(value, str) or len(value) > MOST_ID or _CONTROL.search(value) or not value.strip():
        raise _Bad("service_request_id", "sync.refused.id", value=str(value)[:60])
    return value.strip()


def _text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if type(value) is str:
        if not value.isprintable():
            value = _CONTROL.sub(" ", value)
        if len(value) > MOST_TEXT:
            raise _Bad(field, "sync.refused.long", size=len(value), most=MOST_TEXT)
        return str.strip(value)
    if type(value) in (int, float, bool):
        return str(value)
    raise _Bad(field, "sync.refused.kind")


def _degrees(value: Any, field: str) -> float | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        degrees = float(value.strip() or "x") if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        raise _Bad(field, "sync.refused.degrees", value=str(value)[:60]) from None
    if not math.isfinite(degrees):
        raise _Bad(field, "sync.refused.degrees", value=str(value)[:60])
    return degrees


def _title(text: str) -> str:
    """The first sentence of the first line; one that is long is cut at a word."""
    if len(text) > _TITLE or "\n" in text:
        text = text.partition("\n")[0].strip()
    end = text.find(". ", _SENTENCE, _TITLE)
    if end > 0:
        return text[:end]
    if len(text) <= _TITLE:
        return text
    cut = text[: _TITLE - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"


def _rest(raw: Mapping[str, Any]) -> str:
    """The fields the console has no place for, as they came: the inside of a JSON object."""
    if _TAKEN.issuperset(raw):
        return ""
    rest = [name for name in raw if name not in _TAKEN and raw[name] is not None and raw[name] != ""]
    if not rest:
        return ""
    return ",".join(
        [
            f"{_quoted(name)}:{_quoted(value) if type(value) is str else _encode(value)}"
            for name, value in zip(rest, map(raw.__getitem__, rest), strict=True)
        ]
    )


def _categories(pack: CityPack) -> dict[str, str]:
    """Codes and names sources may use, to the pack's own code. Codes go before names."""
    names = {name.casefold(): each.code for each in pack.categories.values() for name in each.name.values()}
    own = {each.code.casefold(): each.code for each in pack.categories.values()}
    codes = {code.casefold(): each.code for each in pack.categories.values() for code in each.service_codes}
    return {**names, **own, **codes, "": ""}


def _offices(pack: CityPack) -> dict[str, str]:
    """Names, short names and codes of offices to the code of the office that answers for them today."""
    found = {"": ""}
    for opd in pack.opds.values():
        heir = opd
        for _ in range(8):
            heir = pack.opds.get(heir.successor, heir)
        for name in (opd.name, opd.short, opd.code):
            found[name.casefold()] = heir.code
    found[""] = ""
    return found


def _box(pack: CityPack) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all shapes of the city."""
    points = [point for area in pack.areas.values() for shape in area.polygons for point in shape[0]]
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return min(lons), min(lats), max(lons), max(lats)
