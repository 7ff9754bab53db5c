"""Departures, and what live vehicles and trips say of them. Plain rules over plain values.

A departure is planned at `at`; where a fresh trip update tells otherwise, it is expected at another time or does not
happen. How old a vehicle's position may be is judged against the time it is looked at, never against the answer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from console.core.clock import from_millis
from console.core.items import Item, ItemKind

FRESH = timedelta(minutes=5)
"""What a vehicle or a trip said longer ago says nothing of now. Good practice is 90 seconds."""
NO_PICKUP, NO_DROP_OFF, ABOUT, LAST = 1, 2, 4, 8
"""Flags of a call, as a timetable's `stop_times` has them: nobody gets on, nobody gets off, the time is no promise, the
trip ends there."""
_OFF = frozenset({"CANCELED", "DELETED"})


class Departure(NamedTuple):
    """A vehicle that is to leave a stop."""

    at: datetime
    """As planned."""
    route_id: str
    route: str
    """The line's short name, else its long one."""
    headsign: str
    trip_id: str
    service_day: str
    """"YYYYMMDD" of the day it belongs to: after midnight that of the evening before."""
    run: str
    """When this run of a trip by headway began, "HH:MM:SS"; "" for a trip that runs once."""
    stop_id: str
    number: int
    """Of the call along its trip."""
    platform: str
    colour: str
    about: bool
    """True where `at` is no promise: a headway, or a time between two that are told."""
    every_s: int
    """Headway, 0 where it has none."""
    expected_at: datetime | None = None
    """By the vehicle; None where nothing fresh is known."""
    state: str = ""
    """"CANCELED" or "SKIPPED" where it does not happen, in the format's own words."""


def with_updates(departures: Iterable[Departure], items: Iterable[Item], now: datetime) -> list[Departure]:
    """The departures with what fresh trip updates say of them, in the order in which they are to happen."""
    said: dict[tuple[str, str, str], Item] = {}
    for item in items:
        if item.kind is ItemKind.TRIP and abs(now - item.observed_at) <= FRESH:
            trip = item.body.get("trip", {})
            said[trip.get("trip_id", ""), trip.get("start_date", ""), trip.get("start_time", "")] = item
    told = [_told(each, _update(each, said)) for each in departures]
    return sorted(told, key=lambda each: each.expected_at or each.at)


def _update(departure: Departure, said: Mapping[tuple[str, str, str], Item]) -> Item | None:
    """The update of that run on that day; a source that names neither means the one of today."""
    trip, day, run = departure.trip_id, departure.service_day, departure.run
    keys = [(trip, day, run), (trip, "", run)]
    if run:
        return next((said[key] for key in keys if key in said), None)
    # a trip that runs once is told with its start, or without
    found = next((said[key] for key in keys if key in said), None)
    return found or next((item for key, item in said.items() if key[0] == trip and key[1] in (day, "")), None)


def _told(departure: Departure, update: Item | None) -> Departure:
    if update is None:
        return departure
    if update.body.get("trip", {}).get("relationship") in _OFF:
        return departure._replace(state="CANCELED")
    before: Sequence[Any] | None = None
    for call in update.body.get("calls", ()):
        number, stop = call[0], call[1]
        if number == departure.number or (number is None and stop == departure.stop_id):
            return _at_stop(departure, call, update)
        if number is not None and number < departure.number:
            before = call
    delay = update.body.get("delay")
    if before is not None and before[6] == "SCHEDULED":
        # a delay holds for the stops that follow, until another is told
        delay = next((each for each in (before[5], before[3]) if each is not None), delay)
    return departure if delay is None else _late(departure, delay)


def _at_stop(departure: Departure, call: Sequence[Any], update: Item) -> Departure:
    _, _, arrival, arrival_delay, leaves, delay, relation = call
    if relation == "SKIPPED":
        return departure._replace(state="SKIPPED")
    if relation == "NO_DATA":
        return departure
    at_s = leaves if leaves is not None else arrival
    if at_s is not None and 0 < at_s < 1 << 36:
        return departure._replace(expected_at=from_millis(at_s * 1000))
    late_s = next((each for each in (delay, arrival_delay, update.body.get("delay")) if each is not None), None)
    return departure if late_s is None else _late(departure, late_s)


def _late(departure: Departure, delay_s: int) -> Departure:
    return departure._replace(expected_at=departure.at + timedelta(seconds=delay_s))


def doubt(vehicle: Item, now: datetime, routes: Mapping[str, str]) -> str:
    """Why a vehicle on the map may be a ghost: "old" where its own position is, "trip" where the trip it says it runs
    is in no timetable, "route" where that trip is another line's. "" where nothing speaks against it. `routes` are
    the lines of trips by their ids, {} where no timetable is known."""
    if abs(now - vehicle.observed_at) > FRESH:
        return "old"
    trip = vehicle.body.get("trip", {})
    id_ = trip.get("trip_id", "")
    if not routes or not id_ or trip.get("relationship", "SCHEDULED") != "SCHEDULED":
        return ""
    if id_ not in routes:
        return "trip"
    return "route" if trip.get("route_id", routes[id_]) != routes[id_] else ""
