"""What sources tell that lies on the map: warnings, floods, vehicles, gauges, quakes, others' reports. No Qt.

Runs on a worker. A spot carries places and rings in degrees as they were told; whether they can be drawn is judged
where they are drawn. Where a shape was not told but the area it is about is known, it is that area.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from console.core.geometry import metres_per_degree
from console.core.items import MEASURING, WARNING, Item, ItemKind, ItemRow, Latest, SeriesState
from console.core.pack import CityPack
from console.core.records import SourceHealth, SourceState, source_state
from console.core.transit import FRESH, doubt
from console.models.items import SEVERITIES, infos, severity_of
from console.store.read import Read


class Layer(StrEnum):
    """What can be switched on. The order is that of the menu."""

    WARNINGS = "warnings"
    FLOODS = "floods"
    VEHICLES = "vehicles"
    GAUGES = "gauges"
    QUAKES = "quakes"
    REPORTS = "reports"


AT_FIRST = frozenset({Layer.WARNINGS, Layer.FLOODS})
PERSONAL = frozenset({Layer.REPORTS})
"""What citizens told: not for who only looks, and not while nobody has signed in."""
SOURCES: Mapping[Layer, frozenset[str]] = {
    Layer.WARNINGS: WARNING,
    Layer.FLOODS: frozenset({"petabencana"}),
    Layer.VEHICLES: frozenset({"gtfs-rt"}),
    Layer.GAUGES: MEASURING,
    Layer.QUAKES: frozenset({"bmkg-quake"}),
    Layer.REPORTS: frozenset({"petabencana"}),
}
"""Kinds of the sources that tell it."""
MOST = 5_000
"""Of each layer; the newest."""
QUAKES_FOR, REPORTS_FOR, VEHICLES_FOR = timedelta(days=1), timedelta(hours=12), timedelta(hours=1)
NEAR_KM = 300.0
"""How far from the city's middle a quake is still near."""
_CORNERS = 48
_LEAST_KM, _MOST_LAT = 0.05, 85.0


class Spot(NamedTuple):
    """One thing of a layer."""

    layer: Layer
    key: str
    told: ItemRow | Latest
    lat: float | None = None
    lon: float | None = None
    polygons: Sequence[Any] = ()
    """Each a list of rings of (lon, lat), as told."""
    rank: int = 0
    """How grave: of a warning 4 (Extreme) down to 0, of a flood its state, of a quake its whole magnitude."""
    bearing: float | None = None
    doubtful: str = ""
    """Why it may not be so any more: "source", "old", "trip", "route", "silent"; "" where nothing speaks against it."""

    @property
    def source(self) -> str:
        """Id of its source."""
        return self.told.series.source if isinstance(self.told, Latest) else self.told.item.source


class Found(NamedTuple):
    """What a layer has now."""

    layer: Layer
    spots: Sequence[Spot]
    more: bool
    """Whether there are more than are drawn."""


def unwell(health: SourceHealth, layer: Layer, now: datetime) -> bool:
    """Whether a source stands so that what it told of that layer may not be so any more. No word of a warning or a
    quake for long is no silence: it is asked, and answers that there is none."""
    well = {SourceState.FRESH, SourceState.AGEING}
    if layer in (Layer.WARNINGS, Layer.QUAKES):
        well.add(SourceState.SILENT)
    return source_state(health, now) not in well


def read_layers(
    pack: CityPack, layers: Collection[Layer], now: datetime, late: Collection[str] = ()
) -> Callable[[Read], tuple[Found, ...]]:
    """The job that reads these layers; `late`: ids of sources that stand unwell. What is off costs nothing."""
    wanted = [layer for layer in Layer if layer in layers]

    def job(read: Read) -> tuple[Found, ...]:
        found = []
        for layer in wanted:
            spots = _READERS[layer](read, pack, now)
            marked = [
                each._replace(doubtful="source") if each.source in late and not each.doubtful else each
                for each in spots
            ]
            found.append(Found(layer, marked[:MOST], len(marked) > MOST))
        return tuple(found)

    return job


def _warnings(read: Read, pack: CityPack, now: datetime) -> list[Spot]:
    spots = []
    for row in read.alerts(now):
        item = row.item
        shapes = _told_shapes(item.body) or _areas(pack, item.body.get("kecamatan")) or _areas(pack, [item.area])
        rank = max(0, len(SEVERITIES) - 1 - severity_of(item))
        spots.append(Spot(Layer.WARNINGS, item.id, row, item.lat, item.lon, shapes, rank))
    return spots


def _floods(read: Read, pack: CityPack, now: datetime) -> list[Spot]:
    spots = []
    for row in read.items((ItemKind.FLOOD,), active_at=now, limit=MOST + 1):
        item = row.item
        state, told = item.body.get("state"), item.body.get("polygons")
        shapes = told if isinstance(told, list) and told else _areas(pack, [item.area])
        rank = state if isinstance(state, int) and 0 < state < 10 else 0
        spots.append(Spot(Layer.FLOODS, item.id, row, item.lat, item.lon, shapes, rank))
    return spots


def _vehicles(read: Read, _pack: CityPack, now: datetime) -> list[Spot]:
    # its own clock may run ahead of ours a little
    rows = read.items((ItemKind.VEHICLE,), since=now - VEHICLES_FOR, active_at=now + FRESH, limit=MOST + 1)
    placed = [row for row in rows if row.item.lat is not None]
    by_source: dict[str, list[str]] = {}
    for row in placed:
        by_source.setdefault(row.item.source, []).append(_trip(row.item))
    routes = {source: read.routes_of(source, [each for each in trips if each]) for source, trips in by_source.items()}
    spots = []
    for row in placed:
        item, bearing = row.item, row.item.body.get("bearing")
        sound = isinstance(bearing, int | float) and math.isfinite(bearing)
        why = doubt(item, now, routes[item.source])
        turned = float(bearing) % 360 if sound and bearing is not None else None
        spots.append(Spot(Layer.VEHICLES, item.id, row, item.lat, item.lon, bearing=turned, doubtful=why))
    return spots


def _trip(item: Item) -> str:
    trip = item.body.get("trip")
    return str(trip.get("trip_id", "")) if isinstance(trip, Mapping) else ""


def _gauges(read: Read, _pack: CityPack, now: datetime) -> list[Spot]:
    silent = (SeriesState.SILENT, SeriesState.NEVER)
    return [
        Spot(
            *(Layer.GAUGES, each.series.id, each, each.series.lat, each.series.lon),
            doubtful="silent" if each.state in silent else "",
        )
        for each in read.latest(now)
        if each.series.lat is not None
    ]


def _quakes(read: Read, pack: CityPack, now: datetime) -> list[Spot]:
    east_m, north_m = metres_per_degree(pack.city.centre[1])
    spots = []
    for row in read.items((ItemKind.QUAKE,), since=now - QUAKES_FOR, active_at=now, limit=MOST + 1):
        item, told = row.item, row.item.body.get("magnitude")
        if item.lat is None or item.lon is None:
            continue
        lon, lat = pack.city.centre
        if math.hypot((item.lon - lon) * east_m, (item.lat - lat) * north_m) <= NEAR_KM * 1000:
            rank = int(told) if isinstance(told, int | float) and 0 <= told < 12 else 0
            spots.append(Spot(Layer.QUAKES, item.id, row, item.lat, item.lon, rank=rank))
    return spots


def _reports(read: Read, _pack: CityPack, now: datetime) -> list[Spot]:
    rows = read.items((ItemKind.REPORT,), since=now - REPORTS_FOR, active_at=now, limit=MOST + 1)
    return [
        Spot(Layer.REPORTS, row.item.id, row, row.item.lat, row.item.lon) for row in rows if row.item.lat is not None
    ]


_READERS: Mapping[Layer, Callable[[Read, CityPack, datetime], list[Spot]]] = {
    Layer.WARNINGS: _warnings,
    Layer.FLOODS: _floods,
    Layer.VEHICLES: _vehicles,
    Layer.GAUGES: _gauges,
    Layer.QUAKES: _quakes,
    Layer.REPORTS: _reports,
}


def _told_shapes(body: Mapping[str, Any]) -> list[Any]:
    """Polygons and circles of all blocks of a warning: the same one in two languages once."""
    found: dict[str, Any] = {}
    for info in infos(body):
        areas = info.get("areas")
        for area in areas if isinstance(areas, list) else ():
            if isinstance(area, Mapping):
                for ring in _listed(area.get("polygons")):
                    found.setdefault(repr(ring), [ring])
                for circle in _listed(area.get("circles")):
                    found.setdefault(repr(circle), [circle_ring(circle)])
    return list(found.values())


def _listed(told: Any) -> Iterable[Any]:
    return told if isinstance(told, list) else ()


def circle_ring(circle: Any) -> list[tuple[float, float]]:
    """The ring of a circle {lat, lon, km}; [] for what is none."""
    try:
        lat, lon, km = (float(circle[name]) for name in ("lat", "lon", "km"))
    except (TypeError, KeyError, ValueError):
        return []
    if not (abs(lat) <= 90 and abs(lon) <= 180 and 0 <= km <= 20_040):
        return []
    east_m, north_m = metres_per_degree(max(-_MOST_LAT, min(_MOST_LAT, lat)))
    wide, high = (1000 * max(km, _LEAST_KM) / each for each in (east_m, north_m))
    turns = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    ring = [
        (
            max(-180.0, min(180.0, lon + wide * math.cos(turn))),
            max(-_MOST_LAT, min(_MOST_LAT, lat + high * math.sin(turn))),
        )
        for turn in turns
    ]
    return [*ring, ring[0]]


def _areas(pack: CityPack, codes: Any) -> list[Any]:
    """Polygons of areas of the city by their codes."""
    known = [pack.areas[code] for code in _listed(codes) if isinstance(code, str) and code in pack.areas]
    return [polygon for area in known for polygon in area.polygons]
