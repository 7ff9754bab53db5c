"""What the map and its ranks show of one area: the three numbers of each part, of the whole, and the points in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.core.lifecycle import OPEN
from console.core.pack import Area, CityPack
from console.core.records import AreaCount, QueueFilter
from console.store.read import Points, Read

MOST_POINTS = 100_000


@dataclass(frozen=True, slots=True)
class Situation:
    """One area as it stands."""

    area: str
    whole: AreaCount
    parts: Sequence[AreaCount]
    """Every part the pack knows, also those with nothing in them, most open first."""
    points: Points | None
    """Open complaints with a place, the newest where there are very many; None where they were not asked for."""

    @property
    def elsewhere(self) -> int:
        """Open ones that lie in none of the parts."""
        return max(0, self.whole.open - sum(part.open for part in self.parts))


def parts_of(pack: CityPack, code: str) -> tuple[Area, ...]:
    """The areas to draw for an area: those right below, or itself where there are none."""
    return pack.children(code) or (pack.areas[code],)


def read_situation(pack: CityPack, code: str, now: datetime, *, points: bool) -> Callable[[Read], Situation]:
    """The job that reads it."""
    parts = [area.code for area in parts_of(pack, code)]
    city = code == pack.city.code

    def job(read: Read) -> Situation:
        whole = read.total("" if city else code, now)
        found = {each.area: each for each in read.area_counts(code, now)}
        found.setdefault(code, AreaCount(code, whole.open, whole.late, whole.day))
        counted = [found.get(part, AreaCount(part, 0, 0, 0)) for part in parts]
        counted.sort(key=lambda each: (-each.open, each.area))
        places = read.points(QueueFilter(states=OPEN, area="" if city else code), MOST_POINTS) if points else None
        return Situation(code, whole, tuple(counted), places)

    return job


def read_point_of(points: Points, complaint: str) -> Callable[[Read], int | None]:
    """The job that finds which of those points a complaint is; None where it is none of them."""

    def job(read: Read) -> int | None:
        found = read.complaint(complaint)
        if found is None or found.lon is None or found.lat is None:
            return None
        for lon, lat, rowid in zip(points.lon, points.lat, points.rowid, strict=True):
            if lon == found.lon and lat == found.lat and read.id_of(rowid) == complaint:
                return rowid
        return None

    return job
