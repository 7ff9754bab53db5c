"""One entity of GTFS-Realtime as items: a vehicle, how a trip runs, a notice.

Bodies hold the format's own names, instants in seconds since 1970:
  vehicle  trip, vehicle, bearing, speed_m_s, odometer_m, number, stop_id (all of its place that is known below ground),
           status, congestion, occupancy, occupancy_percent; timed_by: whose time `observed_at` is, "vehicle", "header"
           or "receipt"
  trip     trip, vehicle, delay; calls: [number, stop_id, arrival, arrival_delay, departure, departure_delay, relation];
           timed_by
  service  cause, effect, periods: [{start, end}], whom: [{agency_id, route_id, stop_id, trip …}],
           texts: {title|text: {language: words}}; timed_by
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.core.clock import from_millis
from console.core.geometry import AreaIndex
from console.core.items import Item, ItemKind
from console.core.pack import CityPack
from sync.feeds.gtfs_rt.messages import ALERT, VEHICLE, Updates
from sync.feeds.gtfs_rt.protobuf import read
from sync.feeds.gtfs_rt.words import CAUSE, CONGESTION, EFFECT, OCCUPANCY, SEVERITY, STOP_STATUS, TRIP, word
from sync.words_in import BadField, box_of, degrees, identity, not_ahead, number, text

MOST_OF = 2_000
"""Calls of one trip, stops and lines one notice is about."""
_LAST_S = 253_402_300_799
"""The year 9999 ends."""
_LANGUAGES = ("id", "", "en")
"""Of a notice in several, the first of these is shown."""
_PLACES = 6
"""A float of 32 bits holds no more digits of a degree."""

Message = Mapping[str, Any]


class RecordReader:
    """Reads the entities of one answer."""

    def __init__(self, source: str, pack: CityPack, areas: AreaIndex) -> None:
        self._source = source
        self._areas = areas
        self._box = box_of(pack)
        self._updates = Updates()

    def vehicle(self, raw: bytes, at: int, end: int, entity: str, times: Times) -> Item:
        """Where a vehicle is."""
        said = read(raw, at, end, VEHICLE)
        car, trip, place = (_plain(said.get(name)) for name in ("vehicle", "trip", "position"))
        lat, lon = degrees(place.pop("lat", None), place.pop("lon", None), self._box)
        if lat is None and not (trip or said.get("stop_id")):
            raise BadField("position", "sync.refused.missing")
        observed_at, timed_by = times.of(said.get("timestamp"), "vehicle")
        id_ = identity(car.get("id") or car.get("label") or car.get("plate") or _run(trip) or entity, "vehicle.id")
        body: dict[str, Any] = {
            **{name: round(value, 3) for name in sorted(place) if (value := number(place[name], name)) is not None},
            **{name: said[name] for name in ("number", "occupancy_percent") if name in said},
            "stop_id": text(said.get("stop_id"), "stop_id"),
            "status": word(STOP_STATUS, said.get("status", 2)),
            "congestion": word(CONGESTION, said.get("congestion")),
            "occupancy": word(OCCUPANCY, said.get("occupancy")),
        }
        return self._item(
            ItemKind.VEHICLE,
            f"vehicle/{id_}",
            car.get("label") or car.get("plate") or car.get("id") or trip.get("route_id") or id_,
            observed_at,
            {**body, "trip": _trip(trip), "vehicle": car, "timed_by": timed_by},
        )._replace(**self._place(lat, lon))

    def trip(self, raw: bytes, at: int, end: int, entity: str, times: Times) -> Item:
        """How a trip runs against its timetable."""
        said, calls = self._updates.read(raw, at, end)
        if len(calls) > MOST_OF:
            raise BadField("stop_time_update", "sync.gtfs_rt.many", count=len(calls), most=MOST_OF)
        trip = _trip(_plain(said.get("trip")))
        observed_at, timed_by = times.of(said.get("timestamp"), "vehicle")
        id_ = identity(_run(trip) or entity, "trip.trip_id")
        body = {
            "trip": trip,
            "vehicle": _plain(said.get("vehicle")),
            **({"delay": said["delay"]} if "delay" in said else {}),
            "calls": calls,
            "timed_by": timed_by,
        }
        title = trip.get("route_id") or trip.get("trip_id") or entity
        level = trip["relationship"] if trip.get("relationship", "SCHEDULED") != "SCHEDULED" else ""
        return self._item(ItemKind.TRIP, f"trip/{id_}", title, observed_at, body)._replace(level=level)

    def notice(self, raw: bytes, at: int, end: int, entity: str, times: Times) -> Item:
        """What the agency has to say."""
        said = read(raw, at, end, ALERT)
        titles, texts, urls = (_texts(said.get(name), name) for name in ("header_text", "description_text", "url"))
        periods = said.get("active_period", [])[:MOST_OF]
        starts, ends = [each.get("start", 0) for each in periods], [each.get("end", 0) for each in periods]
        whom = said.get("informed_entity", [])
        if len(whom) > MOST_OF:
            raise BadField("informed_entity", "sync.gtfs_rt.many", count=len(whom), most=MOST_OF)
        observed_at, timed_by = times.of(None, "header")
        url = _shown(urls)
        body = {
            "cause": word(CAUSE, said.get("cause")),
            "effect": word(EFFECT, said.get("effect")),
            "periods": periods,
            "whom": [_plain(each) for each in whom],
            "texts": {"title": titles, "text": texts},
            "timed_by": timed_by,
        }
        item = self._item(ItemKind.SERVICE, f"notice/{entity}", _shown(titles), observed_at, body)
        return item._replace(
            text=_shown(texts),
            starts_at=_instant(min(starts), "active_period") if starts and all(starts) else None,
            ends_at=_instant(max(ends), "active_period") if ends and all(ends) else None,
            level=word(SEVERITY, said.get("severity")),
            url=url if url.startswith(("https://", "http://")) else "",
        )

    def _place(self, lat: float | None, lon: float | None) -> dict[str, Any]:
        if lat is None or lon is None:
            return {}
        lat, lon = round(lat, _PLACES), round(lon, _PLACES)
        return {"lat": lat, "lon": lon, "area": self._areas.find(lon, lat)}

    def _item(self, kind: ItemKind, id_: str, title: str, at: datetime, body: dict[str, Any]) -> Item:
        body = {name: value for name, value in body.items() if value or value == 0}
        return Item(f"{self._source}:{id_}", self._source, kind, identity(id_), title, "", at, body=body)


class Times:
    """Whose time an observation has: its own, else that of the whole answer, else when it was received."""

    def __init__(self, received_at: datetime) -> None:
        self._received_at = received_at
        self._header_at: datetime | None = None

    def header(self, seconds: int | None) -> None:
        """The time of the whole answer. Raises where it is none."""
        self._header_at = not_ahead(_instant(seconds, "timestamp"), self._received_at, "timestamp") if seconds else None

    def of(self, seconds: int | None, whose: str) -> tuple[datetime, str]:
        """The instant, and by whom it is told."""
        if seconds:
            return not_ahead(_instant(seconds, "timestamp"), self._received_at, "timestamp"), whose
        return (self._received_at, "receipt") if self._header_at is None else (self._header_at, "header")


def _instant(seconds: int, field: str) -> datetime:
    if seconds > _LAST_S:
        raise BadField(field, "sync.refused.when", value=str(seconds))
    return from_millis(seconds * 1000)


def _plain(message: Any) -> dict[str, Any]:
    """A message whose texts are fit to be shown."""
    if not message:
        return {}
    return {
        name: text(value, name) if isinstance(value, str) else _plain(value) if isinstance(value, dict) else value
        for name, value in message.items()
    }


def _run(trip: Message) -> str:
    """One run of a trip: frequencies make many of one trip a day. "" where the trip is not named."""
    names = [trip.get(name, "") for name in ("trip_id", "start_date", "start_time")]
    return "/".join(names).rstrip("/") if names[0] else ""


def _trip(trip: dict[str, Any]) -> dict[str, Any]:
    if "relationship" in trip:
        trip["relationship"] = word(TRIP, trip["relationship"])
    return trip


def _texts(message: Message | None, field: str) -> dict[str, str]:
    """The words by their language, "" for one that is not named."""
    found: dict[str, str] = {}
    translations: Sequence[Message] = (message or {}).get("translation", ())
    for each in translations[:MOST_OF]:
        found.setdefault(text(each.get("language"), field)[:20].lower(), text(each.get("text"), field))
    return found


def _shown(texts: Mapping[str, str]) -> str:
    return next((texts[name] for name in _LANGUAGES if texts.get(name)), next(iter(texts.values()), ""))
