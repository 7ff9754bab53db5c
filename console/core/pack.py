"""The city pack as values: names, zone, areas, offices, categories, calendar, service clocks, feeds.

No code names a city: everything a city is comes from its pack. Codes are the keys, names never are
("Jatiuwung" is a kecamatan and a kelurahan). Kemendagri and BPS codes stand side by side, never derived from
each other. Reading and judging packs is `console/core/pack_check.py`; this file only says what a sound one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

Ring = tuple[tuple[float, float], ...]
"""Closed ring of (lon, lat) in WGS84 degrees, first point repeated last; outer rings counter-clockwise (RFC 7946)."""


class Level(StrEnum):
    """Levels of territory the console drills through."""

    KOTA = "kota"
    KECAMATAN = "kecamatan"
    KELURAHAN = "kelurahan"


@dataclass(frozen=True, slots=True)
class Area:
    """One area. `polygons` is a list of polygons, each an outer ring followed by its holes."""

    code: str
    """Kemendagri code, dotted: 36.71, 36.71.01, 36.71.01.1001."""
    name: str
    level: Level
    parent: str
    """Kemendagri code of the area above, "" for the city."""
    bps: str = ""
    """BPS code as the statistics office gives it, "" where not known."""
    centre: tuple[float, float] = (0.0, 0.0)
    """(lon, lat) of a point inside, for labels."""
    polygons: tuple[tuple[Ring, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Opd:
    """An office of the city (organisasi perangkat daerah). Offices merge: an old code points at its successor."""

    code: str
    name: str
    short: str
    verified: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """What a complaint is about, with the office that usually answers and the words sources use for it."""

    code: str
    name: Mapping[str, str]
    """Language to name."""
    opd: str
    service_codes: frozenset[str] = frozenset()
    """Codes of services in the city's interfaces that mean this category."""


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A service clock with the dates it holds, per channel and stage (SP4N-LAPOR: 3 working days to verify, ...)."""

    channel: str
    stage: str
    """"verify", "first_answer" or "finish"."""
    working_days: int
    valid_from: date
    valid_until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days and hours: Monday to Friday less public holidays and cuti bersama, dated with a revision."""

    zone: str
    opens: time = time(7, 30)
    closes: time = time(16, 0)
    workdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    holidays: Mapping[date, str] = field(default_factory=dict)
    joint_leave: Mapping[date, str] = field(default_factory=dict)
    """Cuti bersama, kept apart from public holidays: it is changed in mid-year."""
    known_from: date = date.min
    known_until: date = date.max
    """Outside this span holidays are not known, and a count of days must say so."""
    revision: str = ""

    def is_workday(self, day: date) -> bool:
        """True where offices work that day."""
        return day.weekday() in self.workdays and day not in self.holidays and day not in self.joint_leave


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One source as the pack declares it."""

    id: str
    kind: str
    title: Mapping[str, str]
    address: str
    cadence_s: float
    stale_after_s: float
    licence: str = ""
    """The credit line shown beside its data."""
    zone: str = ""
    """Zone taken where the source gives none; "" takes the city's."""
    options: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    """The pack's owner lists this loopback or private address on purpose."""


@dataclass(frozen=True)
class CityPack:
    """A sound, whole city pack."""

    id: str
    name: str
    """Name of the city as it is shown: Kota Tangerang."""
    version: str
    zone: ZoneInfo
    zone_label: str
    """What follows a time on screen: WIB."""
    areas: Mapping[str, Area]
    opds: Mapping[str, Opd]
    categories: Mapping[str, Category]
    calendar: WorkCalendar
    sla: tuple[SlaPolicy, ...]
    feeds: tuple[FeedEntry, ...]
    schematic: bool = False
    """True where the shapes are made around hand-entered centres: said on the map."""
    credits: tuple[str, ...] = ()

    @cached_property
    def city(self) -> Area:
        """The area at the top."""
        return next(area for area in self.areas.values() if area.level is Level.KOTA)

    @cached_property
    def _below(self) -> Mapping[str, tuple[Area, ...]]:
        below: dict[str, list[Area]] = {}
        for area in self.areas.values():
            below.setdefault(area.parent, []).append(area)
        return {code: tuple(sorted(children, key=lambda each: each.code)) for code, children in below.items()}

    def children(self, code: str) -> tuple[Area, ...]:
        """The areas right below, in code order."""
        return self._below.get(code, ())

    def path(self, code: str) -> tuple[Area, ...]:
        """From the city down to the area, for a breadcrumb. An unknown code gives ()."""
        area = self.areas.get(code)
        found: list[Area] = []
        while area is not None:
            found.append(area)
            area = self.areas.get(area.parent)
        return tuple(reversed(found))

    def area_name(self, code: str) -> str:
        """Name of an area, the code itself where it is not of this pack, "" for "" ."""
        area = self.areas.get(code)
        return area.name if area else code

    def opd_name(self, code: str) -> str:
        """Short name of an office, the code itself where it is not of this pack."""
        opd = self.opds.get(code)
        return opd.short if opd else code
