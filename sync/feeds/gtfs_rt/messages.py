"""The messages of GTFS-Realtime (DOMAIN b6): which field has which number, and the two that come by the thousand."""

from __future__ import annotations

from typing import Any

from sync.feeds.gtfs_rt.protobuf import Broken, Kind, parts, read, skip, varint
from sync.feeds.gtfs_rt.words import CALL, word
from sync.words_in import text

_C, _S, _F, _D, _T, _M, _R = (
    *(Kind.COUNT, Kind.SIGNED, Kind.FLOAT, Kind.DOUBLE, Kind.TEXT, Kind.MESSAGE, Kind.MESSAGES),
)
HEADER = parts(version=(1, _T), incrementality=(2, _C), timestamp=(3, _C))
TRIP = parts(
    trip_id=(1, _T),
    start_time=(2, _T),
    start_date=(3, _T),
    relationship=(4, _C),
    route_id=(5, _T),
    direction_id=(6, _C),
)
CAR = parts(id=(1, _T), label=(2, _T), plate=(3, _T))
POSITION = parts(lat=(1, _F), lon=(2, _F), bearing=(3, _F), odometer_m=(4, _D), speed_m_s=(5, _F))
VEHICLE = parts(
    trip=(1, _M, TRIP),
    position=(2, _M, POSITION),
    number=(3, _C),
    status=(4, _C),
    timestamp=(5, _C),
    congestion=(6, _C),
    stop_id=(7, _T),
    vehicle=(8, _M, CAR),
    occupancy=(9, _C),
    occupancy_percent=(10, _C),
)
_TEXTS = parts(translation=(1, _R, parts(text=(1, _T), language=(2, _T))))
_SPAN = parts(start=(1, _C), end=(2, _C))
_WHOM = parts(
    agency_id=(1, _T), route_id=(2, _T), route_type=(3, _S), trip=(4, _M, TRIP), stop_id=(5, _T), direction_id=(6, _C)
)
ALERT = parts(
    active_period=(1, _R, _SPAN),
    informed_entity=(5, _R, _WHOM),
    cause=(6, _C),
    effect=(7, _C),
    url=(8, _M, _TEXTS),
    header_text=(10, _M, _TEXTS),
    description_text=(11, _M, _TEXTS),
    severity=(14, _C),
)
_UPDATE = parts(trip=(1, _M, TRIP), vehicle=(3, _M, CAR), timestamp=(4, _C), delay=(5, _S))
_EVENT = parts(delay=(1, _S), time=(2, _C))
_UPDATES = 2 << 3 | 2
_NUMBER, _ARRIVAL, _DEPARTURE, _STOP, _RELATION = 1 << 3, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2, 5 << 3
_SIZED = frozenset({_ARRIVAL, _DEPARTURE, _STOP})
_TIME = 2 << 3
"""Of an event, which is nearly always this alone."""
_MOST_KNOWN = 50_000
Event = tuple[int | None, int | None]
_NO_EVENT: Event = (None, None)


Call = tuple[int | None, str, int | None, int | None, int | None, int | None, str]
"""How a trip runs at one stop: its number and stop, arrival and its delay, departure and its delay (seconds since 1970
and seconds, None for not said), and the word for how it stands to the timetable."""


class Updates:
    """Reads trip updates. Times and stops come again and again: each is read once."""

    def __init__(self) -> None:
        self._events: dict[bytes, Event] = {b"": _NO_EVENT}
        self._stops: dict[bytes, str] = {}

    def read(self, raw: bytes, at: int, end: int) -> tuple[dict[str, Any], list[Call]]:
        """The trip update in raw[at:end]: its own fields, and its calls. Raises `Broken`."""
        calls: list[Call] = []
        rest: list[bytes] = []
        try:
            while at < end:
                if raw[at] == _UPDATES:
                    size, place = raw[at + 1], at + 2
                    if size > 127:
                        size, place = varint(raw, at + 1)
                    if place + size > end:
                        raise Broken(at)
                    at = place + size
                    calls.append(self._call(raw, place, at))
                else:
                    before, at = at, skip(raw, at, end)
                    rest.append(raw[before:at])
        except IndexError:
            raise Broken(at) from None
        own = b"".join(rest)
        return read(own, 0, len(own), _UPDATE), calls

    def _call(self, raw: bytes, at: int, end: int) -> Call:
        """By far the most of what an answer holds: sizes below 128, nearly all, are read in place."""
        number: int | None = None
        stop, relation = "", CALL[0]
        arrival = departure = _NO_EVENT
        events, stops = self._events, self._stops
        while at < end:
            tag = raw[at]
            if tag in _SIZED:
                start, place = at, at + 2
                size = raw[at + 1]
                if size > 127:
                    size, place = varint(raw, at + 1)
                at = place + size
                if at > end:
                    raise Broken(start)
                piece = raw[place:at]
                if tag == _ARRIVAL:
                    arrival = events.get(piece) or self._event(piece)
                elif tag == _DEPARTURE:
                    departure = events.get(piece) or self._event(piece)
                else:
                    stop = stops.get(piece) or self._stop(piece, start)
            elif tag == _NUMBER:
                number, at = varint(raw, at + 1)
            elif tag == _RELATION:
                value, at = varint(raw, at + 1)
                relation = word(CALL, value)
            else:
                at = skip(raw, at, end)
        if at != end:
            raise Broken(at)
        return (number, stop, *arrival, *departure, relation)

    def _event(self, piece: bytes) -> Event:
        time, after = varint(piece, 1) if piece[0] == _TIME else (None, 0)
        if after == len(piece):
            event: Event = (time, None)
        else:
            said = read(piece, 0, len(piece), _EVENT)
            event = (said.get("time"), said.get("delay"))
        if len(self._events) < _MOST_KNOWN:
            self._events[piece] = event
        return event

    def _stop(self, piece: bytes, at: int) -> str:
        try:
            stop = text(piece.decode(), "stop_id")
        except UnicodeDecodeError:
            raise Broken(at) from None
        if len(self._stops) < _MOST_KNOWN:
            self._stops[piece] = stop
        return stop
