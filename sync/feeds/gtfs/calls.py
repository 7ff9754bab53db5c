"""`stop_times.txt`: which trip calls at which stop, when. The large file, and the one with most gaps.

Numbers of calls rise along a trip and leave numbers out. A call without times between two that have them lies evenly
between; where a trip has none at all its calls stay without, and whoever asks for departures is told the lines alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from console.core.items import Table
from console.core.transit import ABOUT, LAST, NO_DROP_OFF, NO_PICKUP
from sync.feeds.gtfs.sheet import Sheet, Sheets
from sync.feeds.gtfs.twins import Twins
from sync.feeds.gtfs.values import between, seconds, whole
from sync.words_in import BadField, shown, text

MOST_CALLS = 300_000
COLUMNS = ("trip_id", "number", "stop_id", "arrive_s", "depart_s", "headsign", "flags")
_TRIP, _NUMBER, _STOP, _ARRIVE, _DEPART, _SIGN, _FLAGS = range(7)
_NEEDED = ("trip_id", "stop_id", "stop_sequence")
Call = tuple[Any, ...]


class Calls:
    """Reads them, for trips and stops that are known by their ids."""

    def __init__(
        self, sheets: Sheets, trips: Mapping[str, Call], stops: Mapping[str, Call], twins: Mapping[str, Twins]
    ) -> None:
        self._sheets = sheets
        self._trips = {id_: id_ for id_ in twins} | {id_: row[0] for id_, row in trips.items()}
        self._stops = {id_: row[0] for id_, row in stops.items()}
        self._twins = twins
        self.lost: set[str] = set()
        """Trips of an id of several, that are no trips of their own."""
        self._calls: list[Call] = []

    def read(self) -> Table:
        """The table of all calls, in the order of trips and along each."""
        self._sheets.need("stop_times.txt", _NEEDED, MOST_CALLS, self._take)
        self._tell_apart()
        self._calls.sort(key=itemgetter(_TRIP, _NUMBER))
        return Table("stop_times", COLUMNS, list(self._by_trip()))

    def _take(self, sheet: Sheet) -> None:
        trips, stops, twins, calls = self._trips.get, self._stops.get, self._twins, self._calls
        trip_at, stop_at, number_at = map(sheet.at, _NEEDED)
        arrive_at, depart_at, sign_at = map(sheet.at, ("arrival_time", "departure_time", "stop_headsign"))
        pickup_at, drop_at, point_at = map(sheet.at, ("pickup_type", "drop_off_type", "timepoint"))
        plain = pickup_at == drop_at == point_at == -1
        for row in sheet.rows:
            try:
                number = whole(row[number_at], "stop_sequence")
                trip = trips(row[trip_at]) or _known(self._trips, "trip_id", row[trip_at])
                if twins and trip in twins:
                    trip = twins[trip].name(number) or _known({}, "trip_id", trip)
                stop = stops(row[stop_at]) or _known(self._stops, "stop_id", row[stop_at])
                arrive, depart = seconds(row[arrive_at], "arrival_time"), seconds(row[depart_at], "departure_time")
                if arrive is None or depart is None:
                    arrive = depart = depart if arrive is None else arrive
                elif depart < arrive:
                    raise BadField("departure_time", "sync.gtfs.backwards", value=shown(row[depart_at]))
                sign = text(row[sign_at], "stop_headsign") if row[sign_at] else ""
                flags = 0 if plain else _flags(row[pickup_at], row[drop_at], row[point_at])
                calls.append((trip, number, stop, arrive, depart, sign, flags))
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)

    def _tell_apart(self) -> None:
        """What came of the ids of several trips, each told."""
        unsure: set[str] = set()
        for id_, twins in self._twins.items():
            if twins.sure:
                says, values = "sync.gtfs.runs", {"value": shown(id_), "count": twins.runs}
            elif twins.runs <= 1:
                says, values = "sync.refused.twice", {"value": shown(id_)}
                self.lost.update(name for name in twins.names[1:] if name)
            else:
                says, values = "sync.gtfs.twins", {"value": shown(id_), "count": len(twins.names), "runs": twins.runs}
                unsure.update(twins.names)
            self._sheets.refuse("trips.txt", 0, BadField("trip_id", says, **values))
        if unsure:
            self._calls = [each for each in self._calls if each[_TRIP] not in unsure]

    def _by_trip(self) -> Iterator[Call]:
        for _, found in groupby(self._calls, key=itemgetter(_TRIP)):
            yield from self._along(list(found))

    def _along(self, calls: list[Call]) -> list[Call]:
        """The calls of one trip: none twice, none before the one before it, and the gaps between times filled."""
        kept: list[Call] = []
        latest = 0
        for each in calls:
            fault = ""
            if kept and each[_NUMBER] == kept[-1][_NUMBER]:
                fault = "sync.refused.twice"
            elif each[_ARRIVE] is not None and each[_ARRIVE] < latest:
                fault = "sync.gtfs.backwards"
            if fault:
                bad = BadField("stop_sequence", fault, value=str(each[_NUMBER]))
                self._sheets.refuse("stop_times.txt", 0, bad, [str(value) for value in each])
                continue
            latest = each[_DEPART] or latest
            kept.append(each)
        if any(each[_ARRIVE] is None for each in kept) and any(each[_ARRIVE] is not None for each in kept):
            times = between([each[_DEPART] for each in kept])
            kept = [
                each
                if each[_ARRIVE] is not None or time is None
                else (*each[:_ARRIVE], time, time, each[_SIGN], each[_FLAGS] | ABOUT)
                for each, time in zip(kept, times, strict=True)
            ]
        kept[-1:] = [(*each[:_FLAGS], each[_FLAGS] | LAST) for each in kept[-1:]]
        return kept


def _known(ids: Mapping[str, str], field: str, value: str) -> str:
    """The id with the blanks around it gone."""
    known = ids.get(value.strip())
    if known is None:
        raise BadField(field, "sync.gtfs.unknown", value=shown(value))
    return known


def _flags(pickup: str, drop_off: str, point: str) -> int:
    about = ABOUT if point.strip() == "0" else 0
    return about | (NO_PICKUP if pickup.strip() == "1" else 0) | (NO_DROP_OFF if drop_off.strip() == "1" else 0)
