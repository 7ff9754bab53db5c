"""Rain and river of the made-up city: gauges by OGC SensorThings, and flooded areas, gauges and reports as
PetaBencana's interface tells them.

A gauge rises some hours after the rain of its evening, the low-lying ones most. Values are told every ten minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from console.core.clock import from_millis
from console.core.pack import Area, CityPack, Level
from sync.centre.dice import Dice
from sync.centre.interfaces import HOUR_MS, Mood, Served, Wanted, mixed
from sync.centre.render import as_json
from sync.centre.town import Town

STEP_MS = 600_000
_GAUGES = 6
_JSON = "application/json; charset=utf-8"
_MOST = 1_000


class Post(NamedTuple):
    """A place where something is measured."""

    number: int
    name: str
    property: str
    unit: str
    lat: float
    lon: float
    base: float
    rise: float
    lag_h: float


class Water:
    """What rises and falls."""

    def __init__(self, pack: CityPack, seed: int, town: Town) -> None:
        self._pack = pack
        self._seed = seed
        self._town = town
        self.posts = tuple(self._made())

    def _made(self) -> Iterator[Post]:
        areas = sorted((each for each in self._pack.areas.values() if each.level is Level.KELURAHAN), key=_code)
        dice = Dice(self._seed, "posts")
        for number in range(min(_GAUGES, len(areas))):
            area = areas[dice.below(len(areas))]
            lon, lat = area.centre
            base, rise = 60.0 + dice.below(140), 80.0 + dice.below(220)
            yield Post(
                2 * number + 1, f"Pos {area.name}", "Tinggi muka air", "cm", lat, lon, base, rise, 1.0 + 3 * dice.unit()
            )
            yield Post(2 * number + 2, f"Pos {area.name}", "Curah hujan", "mm/jam", lat, lon, 0.0, 45.0, 0.0)

    def value(self, post: Post, at: int, *, revised: bool = False) -> float:
        """What it measures at an instant (ms). A revised value is a little other, as after a look at the gauge."""
        local = from_millis(at).astimezone(self._pack.zone)
        risen = 0.0
        for back in range(3):
            day = (local - timedelta(days=back)).date()
            hour, strength = self._town.rains(day)
            since_h = back * 24 + local.hour + local.minute / 60 - hour - post.lag_h
            if strength and since_h > 0:
                risen += strength * since_h * math.exp(-since_h / (1.2 + post.lag_h))
        noise = Dice(self._seed, "gauge", post.number, at // STEP_MS).unit() - 0.5
        told = post.base + post.rise * min(1.0, risen) + noise * (4.0 if post.base else 0.0)
        return max(0.0, round(told + (1.5 if revised else 0.0), 1))


class SensorThings:
    """OGC SensorThings 1.1, as far as a reader asks: datastreams with their newest values, and a stream's values."""

    prefix = "/sta"

    def __init__(self, water: Water) -> None:
        self._water = water

    def answer(self, wanted: Wanted) -> Served | None:
        """A page of datastreams, or of the values of one."""
        posts = self._water.posts
        if wanted.path.endswith("/Datastreams"):
            values = [self._stream(post, wanted) for post in posts]
            return Served(_JSON, as_json({"value": mixed(values, wanted.mood, wanted.at // HOUR_MS)}))
        for post in posts:
            if f"/Datastreams({post.number})/Observations" in wanted.path:
                return Served(_JSON, as_json({"value": self._values(post, wanted, _top(wanted.query.get("$top", "")))}))
        return None

    def _stream(self, post: Post, wanted: Wanted) -> dict[str, Any]:
        url = f"{wanted.base}{self.prefix}/v1.1/Datastreams({post.number})"
        place = {"type": "Point", "coordinates": [post.lon, post.lat]}
        return {
            "@iot.id": post.number,
            "@iot.selfLink": url,
            "name": f"{post.property} {post.name}",
            "description": "Data peragaan, dibuat otomatis.",
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": post.unit, "symbol": post.unit, "definition": ""},
            "ObservedProperty": {"@iot.id": post.unit, "name": post.property, "definition": "", "description": ""},
            "Thing": {
                "@iot.id": f"t{post.number}",
                "name": post.name,
                "description": "",
                "Locations": [
                    {"@iot.id": 1, "name": post.name, "encodingType": "application/geo+json", "location": place}
                ],
            },
            "Observations": self._values(post, wanted, 25),
            "Observations@iot.nextLink": f"{url}/Observations?$top=100&$skip=25",
        }

    def _values(self, post: Post, wanted: Wanted, top: int) -> list[dict[str, Any]]:
        """The newest first; a silent post of that mood stopped two hours ago."""
        skip = _top(wanted.query.get("$skip", "0"), 0) if "/Observations" in wanted.path else 0
        newest = wanted.at // STEP_MS * STEP_MS
        revised = wanted.mood is Mood.REVISED
        rows = [
            {
                "@iot.id": f"{post.number}-{at // STEP_MS}",
                "phenomenonTime": from_millis(at).isoformat(timespec="seconds").replace("+00:00", "Z"),
                "resultTime": None,
                "result": self._water.value(post, at, revised=revised and newest - at < 6 * HOUR_MS),
            }
            for at in (newest - (skip + n) * STEP_MS for n in range(top))
        ]
        return mixed(rows, wanted.mood, (post.number, newest))


class PetaBencana:
    """Flooded areas (`/floods`), gauges (`/floodgauges`) and reports (`/reports`), in that interface's envelope."""

    prefix = "/petabencana"

    def __init__(self, water: Water, pack: CityPack) -> None:
        self._water = water
        self._pack = pack

    def answer(self, wanted: Wanted) -> Served | None:
        """A collection of features."""
        kinds = {"/floods": self._floods, "/floodgauges": self._gauges, "/reports": self._reports}
        make = kinds.get(wanted.path)
        if make is None:
            return None
        features = mixed(make(wanted), wanted.mood, wanted.at // HOUR_MS)
        return Served(
            _JSON, as_json({"statusCode": 200, "result": {"type": "FeatureCollection", "features": features}})
        )

    def _gauges(self, wanted: Wanted) -> list[dict[str, Any]]:
        features = []
        for post in self._water.posts:
            if post.unit == "cm":
                newest = wanted.at // HOUR_MS * HOUR_MS
                told = [(at, self._water.value(post, at)) for at in range(newest - 5 * HOUR_MS, newest + 1, HOUR_MS)]
                seen = [
                    {
                        "f1": self._local(at),
                        "f2": value,
                        "f3": _level(post, value),
                        "f4": f"SIAGA {_ROMAN[_level(post, value)]} ",
                    }
                    for at, value in told
                ]
                properties = {"gaugeid": str(post.number), "gaugenameid": post.name, "observations": seen}
                features.append(_feature(post.lon, post.lat, properties))
        return features

    def _floods(self, wanted: Wanted) -> list[dict[str, Any]]:
        features = []
        for area in self._wet(wanted.at):
            properties = {
                "area_id": area.code,
                "geom_id": area.code,
                "area_name": area.name,
                "parent_name": self._pack.area_name(area.parent),
                "city_name": self._pack.name,
                "state": 1 + Dice("flood", area.code, wanted.at // (3 * HOUR_MS)).below(4),
                "last_updated": self._local(wanted.at // HOUR_MS * HOUR_MS),
            }
            ring = [[lon, lat] for lon, lat in area.polygons[0][0]] if area.polygons else []
            features.append(
                {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}
            )
        return features

    def _reports(self, wanted: Wanted) -> list[dict[str, Any]]:
        features = []
        for hour in range(3):
            at = wanted.at // HOUR_MS * HOUR_MS - hour * HOUR_MS
            for area in self._wet(at):
                dice = Dice("report", area.code, at)
                depth = 10 + dice.below(90)
                lon, lat = area.centre
                properties = {
                    "pkey": f"{at // HOUR_MS}-{area.code}",
                    "created_at": self._local(at),
                    "source": "grasp",
                    "status": "confirmed",
                    "disaster_type": "flood",
                    "report_data": {"report_type": "flood", "flood_depth": depth},
                    "tags": {"instance_region_code": area.code},
                    "title": None,
                    "text": f"Air sekitar {depth} cm (laporan peragaan)",
                    "url": f"peragaan-{dice.below(1 << 20)}",
                    "image_url": None,
                }
                features.append(
                    _feature(round(lon + dice.unit() / 500, 6), round(lat + dice.unit() / 500, 6), properties)
                )
        return features

    def _wet(self, at: int) -> Sequence[Area]:
        """Kelurahan that stand under water: those of posts that have risen."""
        risen = [
            post for post in self._water.posts if post.unit == "cm" and _level(post, self._water.value(post, at)) < 4
        ]
        names = {post.name.removeprefix("Pos ") for post in risen}
        return [each for each in self._pack.areas.values() if each.level is Level.KELURAHAN and each.name in names]

    def _local(self, at: int) -> str:
        return from_millis(at).astimezone(self._pack.zone).isoformat(timespec="seconds")


_ROMAN = ("", "I", "II", "III", "IV")


def _level(post: Post, value: float) -> int:
    """Gate posts' ladder: 1 is the worst, 4 is normal."""
    part = (value - post.base) / post.rise
    return 1 if part > 0.75 else 2 if part > 0.5 else 3 if part > 0.25 else 4


def _feature(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}


def _top(text: str, usual: int = 25) -> int:
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 7 else usual


def _code(area: Area) -> str:
    return area.code
