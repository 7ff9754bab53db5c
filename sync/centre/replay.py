"""A recording, played again as if it happened now: the same complaints, their instants moved and, if wished, hurried.

Understood are the answers of an Open311 interface (a list of requests, JSON or XML) and a GeoJSON of PetaBencana's
flood reports. A complaint appears when its time has come, and closes when it was closed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer, Refused
from sync import strict_json
from sync.centre import render
from sync.centre.query import Query, Request
from sync.feeds.open311 import xml_form
from sync.given_file import read_limited

_WIB = timezone(timedelta(hours=7))
"""PetaBencana's archive writes local time without saying so."""
_HAZARDS = {
    "flood": ("banjir", "Banjir"),
    "fire": ("kebakaran", "Kebakaran"),
    "wind": ("angin-kencang", "Angin kencang"),
}
_TIMES = ("requested_datetime", "updated_datetime", "expected_datetime")
_LATEST = millis(datetime(9999, 1, 1, tzinfo=UTC))
"""What would come later than a date can tell is told as this."""


class Recorded(NamedTuple):
    """One complaint of the recording, its instants as they were, ms UTC."""

    at: int
    updated: int | None
    expected: int | None
    raw: Mapping[str, Any]


class Replay:
    """Plays a recording from `start` on (ms UTC), `pace` times as fast as it happened; at pace 0 all of it has
    just happened. A pace at which it does not end in any year there is raises `Refused`."""

    def __init__(self, recorded: Sequence[Recorded], start: int, pace: float, zone: ZoneInfo) -> None:
        self._recorded = sorted(recorded, key=lambda each: each.at)
        self._start = start
        self._pace = pace
        self._zone = zone
        self._origin = self._recorded[-1 if pace <= 0 else 0].at
        self._at = [self._moved(each.at) for each in self._recorded]
        if self._at[-1] >= _LATEST:
            raise Refused("centre.replay.slow", pace=str(pace))

    def services(self) -> Sequence[Mapping[str, Any]]:
        """The services the recording speaks of."""
        found = {}
        for each in self._recorded:
            code = str(each.raw.get("service_code") or "")
            name = str(each.raw.get("service_name") or code)
            found[code] = {
                "service_code": code,
                "service_name": name,
                "description": name,
                "metadata": False,
                "type": "realtime",
                "keywords": "",
                "group": "",
            }
        return [found[code] for code in sorted(found) if code]

    def requests(self, query: Query, now: int) -> Sequence[Request]:
        """One page as it stands at `now`, newest first."""
        page: list[Request] = []
        for number, shown in enumerate(self._matching(query, now)):
            if number >= query.start + query.page_size:
                break
            if number >= query.start:
                page.append(shown)
        return page

    def requests_json(self, query: Query, now: int) -> bytes:
        """The same page as JSON."""
        return render.as_json(self.requests(query, now))

    def _matching(self, query: Query, now: int) -> Iterator[Request]:
        until = now if query.ids or query.updated_after else min(query.until, now)
        for number in range(bisect_right(self._at, until) - 1, -1, -1):
            each, at = self._recorded[number], self._at[number]
            if not (query.ids or query.updated_after) and at < query.since:
                return
            updated = self._moved(each.updated) if each.updated is not None else at
            changed = updated if at < updated <= now else at
            if query.ids:
                if str(each.raw["service_request_id"]) not in query.ids:
                    continue
            elif query.updated_after and changed < query.updated_after:
                continue
            shown = self._shown(each, at, updated, now)
            if not query.ids and query.statuses and str(shown["status"]).lower() not in query.statuses:
                continue
            if not query.ids and query.services and shown.get("service_code") not in query.services:
                continue
            yield shown

    def _shown(self, each: Recorded, at: int, updated: int, now: int) -> Request:
        """The complaint as it stood then: not yet closed before it was."""
        shown = dict(each.raw)
        if each.updated is not None and updated > now:
            shown.update(status="open", status_notes=None, updated_datetime=None)
        elif each.updated is not None:
            shown["updated_datetime"] = self._text(updated)
        shown["requested_datetime"] = self._text(at)
        if each.expected is not None:
            shown["expected_datetime"] = self._text(self._moved(each.expected))
        return shown

    def _moved(self, at: int) -> int:
        later = (at - self._origin) / (self._pace if self._pace > 0 else 1.0)
        return max(0, min(_LATEST, self._start + int(max(-_LATEST, min(_LATEST, later)))))

    def _text(self, at: int) -> str:
        return from_millis(at).astimezone(self._zone).isoformat(timespec="seconds")


def read_recording(path: Path, zone: ZoneInfo) -> list[Recorded]:
    """The complaints of a file; `zone` is taken where it gives none. A file that cannot be played raises
    `BadAnswer` naming it and the place of the fault."""
    body = read_limited(path)
    source = path.name
    if xml_form.looks_like_xml(body):
        rows: Any = xml_form.read(body, "", source)
    else:
        value = strict_json.strict(body, "", source)
        rows = _reports(value, source) if isinstance(value, dict) and "features" in value else value
    if not isinstance(rows, list):
        raise BadAnswer("sync.bad.shape", source=source)
    recorded = [found for row in rows if (found := _recorded(row, zone)) is not None]
    if not recorded:
        raise BadAnswer("centre.replay.empty", source=source, count=len(rows))
    return recorded


def _recorded(row: Any, zone: ZoneInfo) -> Recorded | None:
    if not isinstance(row, dict) or row.get("service_request_id") in (None, ""):
        return None
    at, updated, expected = (_instant(row.get(name), zone) for name in _TIMES)
    if at is None:
        return None
    return Recorded(at, updated, expected, {**row, "service_request_id": str(row["service_request_id"])})


def _instant(value: Any, zone: ZoneInfo) -> int | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        told = datetime.fromisoformat(value.strip())
        return millis((told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _reports(value: Mapping[str, Any], source: str) -> list[dict[str, Any]]:
    """PetaBencana's reports as requests."""
    features = value["features"]
    if not isinstance(features, list):
        raise BadAnswer("sync.bad.shape", source=source)
    return [_report(each) for each in features if isinstance(each, dict)]


def _report(feature: Mapping[str, Any]) -> dict[str, Any]:
    told = feature.get("properties")
    if not isinstance(told, dict):
        told = {}
    geometry = feature.get("geometry")
    place = geometry.get("coordinates") if isinstance(geometry, dict) else None
    lon, lat = place[:2] if isinstance(place, list) and len(place) >= 2 else (None, None)
    data = told.get("report_data")
    depth = data.get("flood_depth") if isinstance(data, dict) else None
    code, name = _HAZARDS.get(str(told.get("disaster_type") or "flood"), (str(told.get("disaster_type")),) * 2)
    words = [str(told[field]).strip() for field in ("title", "text") if isinstance(told.get(field), str)]
    words += [f"Kedalaman {depth} cm."] if isinstance(depth, int | float) else []
    return {
        "service_request_id": str(told.get("pkey") or _digest(feature)),
        "status": "open",
        "service_name": name,
        "service_code": code,
        "description": "\n".join(word for word in words if word),
        "requested_datetime": _zoned(told.get("created_at")),
        "lat": lat,
        "long": lon,
        "media_url": told.get("image_url"),
        "channel": told.get("source"),
    }


def _zoned(value: Any) -> str | None:
    try:
        told = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=_WIB)).isoformat()


def _digest(feature: Mapping[str, Any]) -> str:
    """An id for a report without one: the same report gets the same."""
    return blake2b(render.as_json([feature]), digest_size=6).hexdigest()
