"""Buses of the made-up city: a timetable (GTFS, most of it by headway) and where the buses are (GTFS-Realtime)."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from console.core.clock import from_millis, millis
from console.core.pack import Area, CityPack, Level
from sync.centre.dice import Dice
from sync.centre.interfaces import HOUR_MS, Served, Wanted, mixed

_LINES = 4
_STOPS = 12
_HEADWAY_S = (600, 720, 900, 1200)
_BETWEEN_S = 240
_FIRST_H, _LAST_H = 5, 21
_BUSES = 8


class Line(NamedTuple):
    """One line with its stops in order."""

    number: int
    name: str
    stops: Sequence[Area]
    headway_s: int


class Buses:
    """`/gtfs.zip` and `/realtime.pb`."""

    prefix = "/bus"

    def __init__(self, pack: CityPack, seed: int) -> None:
        self._pack = pack
        self._seed = seed
        self._lines = tuple(self._drawn())
        self._zip: bytes | None = None

    def answer(self, wanted: Wanted) -> Served | None:
        """The timetable, or a whole picture of what moves."""
        if wanted.path == "/gtfs.zip":
            self._zip = self._zip or self._timetable()
            return Served("application/zip", self._zip)
        if wanted.path == "/realtime.pb":
            return Served("application/x-protobuf", self._realtime(wanted))
        return None

    def _drawn(self) -> Iterator[Line]:
        areas = sorted(
            (each for each in self._pack.areas.values() if each.level is Level.KELURAHAN), key=lambda each: each.code
        )
        for number in range(min(_LINES, len(areas))):
            dice = Dice(self._seed, "line", number)
            start = dice.below(len(areas))
            stops = [areas[(start + step * (1 + number)) % len(areas)] for step in range(min(_STOPS, len(areas)))]
            stops = list(dict.fromkeys(stops))
            yield Line(number + 1, f"{stops[0].name} - {stops[-1].name}", stops, dice.of(_HEADWAY_S))

    def _timetable(self) -> bytes:
        stops = {each.code: each for line in self._lines for each in line.stops}
        files = {
            "agency.txt": [
                "agency_id,agency_name,agency_url,agency_timezone",
                f"P,Bus peragaan,https://kota.invalid/,{self._pack.zone}",
            ],
            "stops.txt": ["stop_id,stop_name,stop_lat,stop_lon"]
            + [f'{code},"Halte {area.name}",{area.centre[1]:.6f},{area.centre[0]:.6f}' for code, area in stops.items()],
            "routes.txt": ["route_id,agency_id,route_short_name,route_long_name,route_type"]
            + [f'K{line.number},P,K{line.number},"{line.name}",3' for line in self._lines],
            "trips.txt": ["route_id,service_id,trip_id,trip_headsign"]
            + [f'K{line.number},HARIAN,K{line.number}-A,"{line.stops[-1].name}"' for line in self._lines],
            "calendar.txt": [
                "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
                "HARIAN,1,1,1,1,1,1,1,20260101,20271231",
            ],
            "frequencies.txt": ["trip_id,start_time,end_time,headway_secs,exact_times"]
            + [f"K{line.number}-A,{_FIRST_H:02}:00:00,{_LAST_H:02}:00:00,{line.headway_s},0" for line in self._lines],
            "stop_times.txt": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
            + [row for line in self._lines for row in self._calls(line)],
            "feed_info.txt": [
                "feed_publisher_name,feed_publisher_url,feed_lang,feed_version",
                "Pusat peragaan,https://kota.invalid/,id,peragaan-1",
            ],
        }
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, lines in files.items():
                # one stamp for all: the same timetable is the same bytes, and its ETag stays
                packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), "\r\n".join(lines) + "\r\n")
        return raw.getvalue()

    @staticmethod
    def _calls(line: Line) -> Iterator[str]:
        for step, stop in enumerate(line.stops):
            at_s = _FIRST_H * 3600 + step * _BETWEEN_S
            at = f"{at_s // 3600:02}:{at_s // 60 % 60:02}:{at_s % 60:02}"
            yield f"K{line.number}-A,{at},{at},{stop.code},{step * 10 + 10}"

    def _realtime(self, wanted: Wanted) -> bytes:
        now_s = wanted.at // 1000
        local = from_millis(wanted.at).astimezone(self._pack.zone)
        header = _text(1, "2.0") + _number(2, 0) + _number(3, now_s)
        entities = []
        if _FIRST_H <= local.hour < _LAST_H:
            entities = [self._entity(line, bus, wanted.at) for line in self._lines for bus in range(_BUSES)]
        return _part(1, header) + b"".join(
            _part(2, each) for each in mixed(entities, wanted.mood, wanted.at // HOUR_MS)
        )

    def _entity(self, line: Line, bus: int, at: int) -> bytes:
        """A bus between two stops. One of them, a ghost, has not told where it is for an hour."""
        dice = Dice(self._seed, "bus", line.number, bus)
        ghost = bus == _BUSES - 1 and dice.below(2) == 0
        told = (at - HOUR_MS if ghost else at - dice.below(40) * 1000) // 1000
        round_s = len(line.stops) * _BETWEEN_S
        along = ((told + dice.below(round_s)) % round_s) / _BETWEEN_S
        step = int(along)
        here, there = line.stops[step], line.stops[(step + 1) % len(line.stops)]
        part = along - step
        lon = here.centre[0] + (there.centre[0] - here.centre[0]) * part
        lat = here.centre[1] + (there.centre[1] - here.centre[1]) * part
        local = from_millis(at).astimezone(self._pack.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        began = millis(midnight + timedelta(hours=_FIRST_H)) // 1000
        runs = max(0, (told - began) // line.headway_s)
        start = midnight + timedelta(hours=_FIRST_H, seconds=runs * line.headway_s)
        trip = (
            _text(1, f"K{line.number}-A")
            + _text(2, f"{start:%H:%M:%S}")
            + _text(3, f"{local:%Y%m%d}")
            + _text(5, f"K{line.number}")
        )
        vehicle = _text(1, f"B{line.number}{bus:02}") + _text(2, f"Bus {line.number}{bus:02}")
        position = _float(1, lat) + _float(2, lon) + _float(5, 6.0)
        body = _part(1, trip) + _part(2, position) + _number(3, step * 10 + 10) + _number(5, told) + _text(7, here.code)
        return _text(1, f"v{line.number}{bus:02}") + _part(4, body + _part(8, vehicle))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, raw: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)
