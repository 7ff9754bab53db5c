"""The small files of a timetable as tables: agencies, stops, lines, trips, service days, headways, shapes.

Rows refer to each other by the publisher's ids. What refers to nothing is refused by name.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from operator import gt, itemgetter
from typing import Any

from console.core.geometry import AreaIndex
from console.core.items import Table
from console.core.pack import CityPack
from sync.feeds.gtfs.sheet import Sheet, Sheets
from sync.feeds.gtfs.twins import Twins, runs_of
from sync.feeds.gtfs.values import colour, day, perhaps, seconds, whole, zone
from sync.words_in import BadField, bounded, box_of, degrees, identity, shown, text

MOST_STOPS, MOST_ROUTES, MOST_TRIPS = 100_000, 20_000, 100_000
MOST_DAYS, MOST_HEADWAYS, MOST_POINTS = 100_000, 100_000, 1_000_000
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NO_PLACE = ("3", "4")
"""Types of stops that need none: entrances' nodes and boarding areas."""

_SHAPE_OF_TRIP = 6
Row = list[str]
Made = tuple[Any, ...]


def made(
    sheets: Sheets,
    sheet: Sheet,
    key: str,
    make: Callable[[Row], Made],
    rows: dict[str, Made],
    *,
    empty: str | None = None,
) -> None:
    """Rows by their id, which stands in column `key`. An id given twice is refused; `empty` stands for none."""
    place = sheet.at(key)
    for row in sheet.rows:
        try:
            id_ = empty if empty is not None and not row[place].strip() else identity(row[place], key)
            if id_ in rows:
                raise BadField(key, "sync.refused.twice", value=shown(id_))
            rows[id_] = (id_, *make(row))
        except BadField as bad:
            sheets.refuse(sheet.file, sheets.line, bad, row)


def _extra(sheet: Sheet, taken: Sequence[str]) -> Callable[[Row], str]:
    """What a row says beside the columns we know, as a JSON object; "" for nothing."""
    rest = [(place, name) for place, name in enumerate(sheet.columns) if name and name not in taken]

    def extra(row: Row) -> str:
        found = {name: text(row[place], name) for place, name in rest if row[place]}
        return json.dumps(bounded(found), ensure_ascii=False) if found else ""

    return extra


class SmallTables:
    """Reads them in an order in which each finds what it refers to."""

    def __init__(self, sheets: Sheets, pack: CityPack, areas: AreaIndex) -> None:
        self._sheets = sheets
        self._areas = areas
        self._box = box_of(pack)
        self.agencies: dict[str, Made] = {}
        self.stops: dict[str, Made] = {}
        self.routes: dict[str, Made] = {}
        self.trips: dict[str, Made] = {}
        self.twins: dict[str, Twins] = {}
        """Ids of several trips each."""
        self._drawn_by: dict[str, list[str]] = {}
        """Trips of each shape in the order of the file; "" for one that was refused."""
        self.services: dict[str, Made] = {}
        self.days: dict[tuple[str, str], int] = {}
        self.headways: list[Made] = []
        self.lines: list[Made] = []
        self.about: dict[str, str] = {}

    def read(self) -> None:
        """All of them."""
        sheets = self._sheets
        sheets.need("agency.txt", ("agency_name", "agency_timezone"), 1_000, self._agency)
        sheets.need("stops.txt", ("stop_id",), MOST_STOPS, self._stop)
        sheets.need("routes.txt", ("route_id", "route_type"), MOST_ROUTES, self._route)
        sheets.need("trips.txt", ("trip_id", "route_id", "service_id"), MOST_TRIPS, self._trip)
        week = ("service_id", *WEEK, "start_date", "end_date")
        sheets.read("calendar.txt", week, MOST_DAYS, self._service)
        sheets.read("calendar_dates.txt", ("service_id", "date", "exception_type"), MOST_DAYS, self._day)
        headway = ("trip_id", "start_time", "end_time", "headway_secs")
        sheets.read("frequencies.txt", headway, MOST_HEADWAYS, self._headway)
        point = ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
        sheets.read("shapes.txt", point, MOST_POINTS, self._shape)
        sheets.read("feed_info.txt", (), 10, self._info)

    def tables(self) -> list[Table]:
        """What was read."""
        columns: dict[str, tuple[Sequence[str], Sequence[Made]]] = {
            "agency": (("agency_id", "name", "url", "zone", "language", "phone"), list(self.agencies.values())),
            "stops": (
                ("stop_id", "name", "code", "lat", "lon", "area", "kind", "parent", "platform", "extra"),
                list(self.stops.values()),
            ),
            "routes": (
                ("route_id", "agency_id", "short", "long", "kind", "colour", "text_colour", "extra"),
                list(self.routes.values()),
            ),
            "trips": (
                ("trip_id", "route_id", "service_id", "headsign", "short", "direction", "shape_id", "extra"),
                list(self.trips.values()),
            ),
            "calendar": (("service_id", "days", "starts_on", "ends_on"), list(self.services.values())),
            "calendar_dates": (("service_id", "day", "kind"), [(*key, kind) for key, kind in self.days.items()]),
            "frequencies": (("trip_id", "start_s", "end_s", "headway_s", "exact"), self.headways),
            "shapes": (("shape_id", "line"), self.lines),
        }
        return [Table(name, *both) for name, both in columns.items() if both[1]]

    def span(self) -> tuple[str, str]:
        """First and last service day, as the publisher says, else as the calendars do."""
        starts = [row[2] for row in self.services.values()] + [key[1] for key, kind in self.days.items() if kind == 1]
        ends = [row[3] for row in self.services.values()] + [key[1] for key, kind in self.days.items() if kind == 1]
        return (
            self.about.get("feed_start_date") or min(starts, default=""),
            self.about.get("feed_end_date") or max(ends, default=""),
        )

    def check_services(self) -> None:
        """Trips whose service stands in no calendar never run: each such service is told."""
        known = set(self.services) | {service for service, _ in self.days}
        for service in sorted({row[2] for row in self.trips.values()} - known):
            bad = BadField("service_id", "sync.gtfs.service", value=shown(service) or "-")
            self._sheets.refuse("calendar.txt", 0, bad)

    def _agency(self, sheet: Sheet) -> None:
        name, url, tz, lang, phone = map(
            sheet.at, ("agency_name", "agency_url", "agency_timezone", "agency_lang", "agency_phone")
        )

        def make(row: Row) -> Made:
            return (
                text(row[name], "agency_name"),
                text(row[url], "agency_url"),
                zone(row[tz], "agency_timezone"),
                text(row[lang], "agency_lang"),
                text(row[phone], "agency_phone"),
            )

        made(self._sheets, sheet, "agency_id", make, self.agencies, empty="")

    def _stop(self, sheet: Sheet) -> None:
        names = ("stop_name", "stop_code", "stop_lat", "stop_lon", "location_type", "parent_station", "platform_code")
        name, code, lat_at, lon_at, kind, parent, platform = map(sheet.at, names)
        extra = _extra(sheet, ("stop_id", *names))

        def make(row: Row) -> Made:
            lat, lon = degrees(row[lat_at].strip(), row[lon_at].strip(), self._box, fields=("stop_lat", "stop_lon"))
            if lat is None and row[kind] not in _NO_PLACE:
                raise BadField("stop_lat", "sync.refused.missing")
            return (
                text(row[name], "stop_name"),
                text(row[code], "stop_code"),
                lat,
                lon,
                "" if lat is None or lon is None else self._areas.find(lon, lat),
                perhaps(row[kind], 4) or 0,
                text(row[parent], "parent_station"),
                text(row[platform], "platform_code"),
                extra(row),
            )

        made(self._sheets, sheet, "stop_id", make, self.stops)

    def _route(self, sheet: Sheet) -> None:
        names = ("agency_id", "route_short_name", "route_long_name", "route_type", "route_color", "route_text_color")
        agency, short, long, kind, ground, ink = map(sheet.at, names)
        extra = _extra(sheet, ("route_id", *names))

        def make(row: Row) -> Made:
            return (
                text(row[agency], "agency_id"),
                text(row[short], "route_short_name"),
                text(row[long], "route_long_name"),
                perhaps(row[kind], 2_000),
                colour(row[ground]),
                colour(row[ink]),
                extra(row),
            )

        made(self._sheets, sheet, "route_id", make, self.routes)

    def _trip(self, sheet: Sheet) -> None:
        fields = ("route_id", "service_id", "trip_headsign", "trip_short_name", "direction_id", "shape_id")
        route, service, sign, short, direction, shape = map(sheet.at, fields)
        extra = _extra(sheet, ("trip_id", *fields))

        id_at = sheet.at("trip_id")
        seen: dict[str, list[str]] = {}
        for row in sheet.rows:
            name = ""
            try:
                id_ = identity(row[id_at], "trip_id")
                names = seen.setdefault(id_, [])
                of = self.routes.get(row[route].strip())
                if of is None:
                    raise BadField("route_id", "sync.gtfs.unknown", value=shown(row[route]))
                rest = (
                    of[0],
                    text(row[service], "service_id"),
                    text(row[sign], "trip_headsign"),
                    text(row[short], "trip_short_name"),
                    perhaps(row[direction], 1),
                    text(row[shape], "shape_id"),
                    extra(row),
                )
                name = _name(id_, len(names), self.trips)
                self.trips[name] = (name, *rest)
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)
                if bad.field == "trip_id":
                    continue
            names.append(name)
            self._drawn_by.setdefault(row[shape].strip(), []).append(name)
        self.twins = {id_: Twins(names) for id_, names in seen.items() if len(names) > 1}

    def _service(self, sheet: Sheet) -> None:
        week = [sheet.at(name) for name in WEEK]
        start, end = sheet.at("start_date"), sheet.at("end_date")

        def make(row: Row) -> Made:
            days = "".join(row[place].strip() for place in week)
            if len(days) != 7 or set(days) - {"0", "1"}:
                raise BadField("monday", "sync.refused.number", value=shown(days))
            return (days, day(row[start], "start_date"), day(row[end], "end_date"))

        made(self._sheets, sheet, "service_id", make, self.services)

    def _day(self, sheet: Sheet) -> None:
        service, on, what = map(sheet.at, ("service_id", "date", "exception_type"))
        for row in sheet.rows:
            try:
                kind = whole(row[what], "exception_type", 2)
                if kind == 0:
                    raise BadField("exception_type", "sync.refused.number", value="0")
                self.days[identity(row[service], "service_id"), day(row[on], "date")] = kind
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)

    def _headway(self, sheet: Sheet) -> None:
        trip, start, end, every, exact = map(
            sheet.at, ("trip_id", "start_time", "end_time", "headway_secs", "exact_times")
        )
        for row in sheet.rows:
            try:
                of = self.trips.get(row[trip].strip())
                if of is None:
                    raise BadField("trip_id", "sync.gtfs.unknown", value=shown(row[trip]))
                first, last = seconds(row[start], "start_time"), seconds(row[end], "end_time")
                headway = whole(row[every], "headway_secs", 86_400)
                if first is None or last is None:
                    raise BadField("start_time" if first is None else "end_time", "sync.refused.missing")
                if last <= first or headway == 0:
                    field, value = ("end_time", row[end]) if headway else ("headway_secs", "0")
                    raise BadField(field, "sync.gtfs.backwards", value=shown(value))
                self.headways.append((of[0], first, last, headway, 1 if row[exact].strip() == "1" else 0))
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)

    def _shape(self, sheet: Sheet) -> None:
        """Points gathered by shape: thousands of points are one row."""
        shape, lat_at, lon_at, place_at = map(
            sheet.at, ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
        )
        points: dict[str, array[float]] = {}
        for row in sheet.rows:
            try:
                lat, lon, place = float(row[lat_at]), float(row[lon_at]), int(row[place_at])
                # a comparison with what is no number is false
                if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and 0 <= place < 1 << 40 and row[shape]):
                    raise ValueError
                of = points.get(row[shape])
                if of is None:
                    of = points.setdefault(identity(row[shape], "shape_id"), array("d"))
                of.extend((place, lon, lat))
            except ValueError:
                bad = BadField("", "sync.gtfs.point")
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)
        for name in tuple(points):
            self._draw(name, runs_of(points[name]), points.pop(name), self._drawn_by.get(name, []))

    def _draw(self, name: str, runs: Sequence[array[float]], points: array[float], trips: Sequence[str]) -> None:
        """The line of a shape; where its id is that of several trips too, the line of each."""
        if len(runs) == 1 or len(runs) != len(trips):
            self.lines.append((name, _line(points)))
            return
        for trip, run in zip(trips, runs, strict=True):
            if not trip:
                continue
            own = name if trip == trips[0] else f"{name} {trip}"
            row = self.trips[trip]
            self.trips[trip] = (*row[:_SHAPE_OF_TRIP], own, *row[_SHAPE_OF_TRIP + 1 :])
            self.lines.append((own, _line(run)))

    def _info(self, sheet: Sheet) -> None:
        places = [(name, sheet.at(name)) for name in ("feed_version", "feed_publisher_name")]
        days = [(name, sheet.at(name)) for name in ("feed_start_date", "feed_end_date")]
        for row in sheet.rows:
            try:
                self.about.update({name: text(row[place], name)[:200] for name, place in places})
                self.about.update({name: day(row[place], name) for name, place in days if row[place]})
            except BadField as bad:
                self._sheets.refuse(sheet.file, self._sheets.line, bad, row)


def _name(id_: str, before: int, taken: Collection[str]) -> str:
    """Its id, and for one of several of that id another name."""
    name = id_ if not before else f"{id_}~{before + 1}"
    while name in taken:
        name += "~"
    return name


def _line(points: array[float]) -> str:
    """`[[lon,lat],…]` in the order of their numbers."""
    numbers = points[0::3]
    pairs: Any = zip(points[1::3], points[2::3], strict=True)
    if any(map(gt, numbers, numbers[1:])):
        pairs = [pair for _, pair in sorted(zip(numbers, pairs, strict=True), key=itemgetter(0))]
    flat = tuple(chain.from_iterable(pairs))
    return "[" + ",".join(["[%.5f,%.5f]"] * (len(flat) // 2)) % flat + "]"
