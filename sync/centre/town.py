"""A town that keeps complaining: records that hang on nothing but a seed and the time they are asked at.

No state is kept. A day's complaints are drawn from the seed and the date; how far each has come follows from
the clock. Asked again, after a restart or a year later, the same day gives the same complaints. The town has
its hours and weekdays, and rainy evenings on which the low-lying parts are flooded with water and with reports.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from console.core.clock import from_millis, millis
from console.core.geometry import AreaIndex, bounds
from console.core.pack import Area, CityPack, Level
from sync.centre import render
from sync.centre.dice import Dice
from sync.centre.query import Query, Request
from sync.centre.sentences import Sentences, Subject

_HOUR_MS = 3_600_000
_HOURS = (13, 8, 6, 5, 6, 10, 18, 32, 45, 52, 58, 55, 42, 41, 44, 46, 42, 43, 46, 45, 41, 36, 30, 21)
"""How complaints spread over a day."""
_WEEKDAYS = (1.10, 1.14, 1.12, 1.08, 1.02, 0.80, 0.74)
"""Monday to Sunday."""
_WET_MONTHS = frozenset({11, 12, 1, 2, 3, 4})
_FLOOD_SHARE = 0.18
"""Reports a heavy evening adds, as a share of a day's."""
_TRIES = 40

_ENDS: tuple[tuple[int, str], ...] = (
    (84, "selesai"),
    (89, "bukan wewenang"),
    (93, "ganda"),
    (97, "ditutup sistem"),
    (98, "iseng"),
    (100, ""),  # nobody ever looks at it
)


class Stage(NamedTuple):
    """How far a complaint has come from an instant on."""

    at: int
    status: str
    word: str


class Seedling(NamedTuple):
    """A complaint before anybody asked to see it."""

    at: int
    id: str
    subject: int
    place: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The complaints of one local day, oldest first, and all their stages in order of time."""

    seedlings: tuple[Seedling, ...]
    events: tuple[tuple[int, int], ...]
    """(instant, index of the seedling)."""


class Town:
    """A made-up flow of complaints through a real pack."""

    def __init__(
        self, pack: CityPack, seed: int, sentences: Sentences, *, rate_per_day: int = 1200, history_days: int = 30
    ) -> None:
        self._pack = pack
        self._seed = seed
        self._sentences = sentences
        self._rate = rate_per_day
        self._history_days = history_days
        self._areas = [area for area in pack.areas.values() if area.level is Level.KELURAHAN]
        self._index = AreaIndex(pack)
        self._boxes = {area.code: _box(area) for area in self._areas if area.polygons}
        self._low = self._low_lying()
        self._prefix = _prefix(pack.id)
        self._days: dict[date, Day] = {}

    def services(self) -> Sequence[Mapping[str, Any]]:
        """The pack's categories as services."""
        return [
            {
                "service_code": subject.service_code,
                "service_name": subject.name,
                "description": subject.name,
                "metadata": False,
                "type": "realtime",
                "keywords": subject.code.replace("-", ", "),
                "group": subject.office,
            }
            for subject in self._sentences.subjects
        ]

    def requests(self, query: Query, now: int) -> Sequence[Request]:
        """One page as it stands at `now`, newest first."""
        if query.ids:
            found = self._by_id(query.ids, now)
        elif query.updated_after:
            found = self._changed(query.updated_after, now)
        else:
            found = self._within(query.since, min(query.until, now), now)
        if not query.ids and (query.statuses or query.services):
            found = (each for each in found if self._wanted(each, query, now))
        page: list[Request] = []
        for number, seedling in enumerate(found):
            if number >= query.start + query.page_size:
                break
            if number >= query.start:
                page.append(self._grown(seedling, now))
        return page

    def requests_json(self, query: Query, now: int) -> bytes:
        """The same page as JSON."""
        return render.as_json(self.requests(query, now))

    def rains(self, day: date) -> tuple[int, float]:
        """First hour of that evening's rain and its strength from 0 to 1; strength 0 on a dry one."""
        dice = Dice(self._seed, "rain", day)
        likely = 0.34 if day.month in _WET_MONTHS else 0.09
        wet, hour, strength = dice.unit() < likely, 15 + dice.below(5), 0.3 + 0.7 * dice.unit()
        return hour, strength if wet else 0.0

    def _within(self, since: int, until: int, now: int) -> Iterator[Seedling]:
        for day in self._dates(since, until, now):
            seedlings = self._day(day).seedlings
            low = bisect_left(seedlings, since, key=_at)
            high = bisect_right(seedlings, until, key=_at)
            yield from reversed(seedlings[low:high])

    def _changed(self, after: int, now: int) -> Iterator[Seedling]:
        for date_ in self._dates(now - self._history_days * 24 * _HOUR_MS, now, now):
            day = self._day(date_)
            low = bisect_left(day.events, (after, 0))
            high = bisect_right(day.events, (now, len(day.seedlings)))
            for number in sorted({each for _, each in day.events[low:high]}, reverse=True):
                yield day.seedlings[number]

    def _by_id(self, ids: Sequence[str], now: int) -> Iterator[Seedling]:
        for name in ids:
            parts = name.split("-")
            try:
                day = datetime.strptime(parts[1], "%Y%m%d").replace(tzinfo=self._pack.zone).date()
                number = int(parts[2])
            except (IndexError, ValueError):
                continue
            if not self._date(now - self._history_days * 24 * _HOUR_MS) <= day <= self._date(now):
                continue
            yield from (
                each for each in self._day(day).seedlings[number - 1 : number] if each.id == name and each.at <= now
            )

    def _wanted(self, seedling: Seedling, query: Query, now: int) -> bool:
        subject = self._sentences.subjects[seedling.subject]
        if query.services and subject.service_code not in query.services:
            return False
        return not query.statuses or _stage(seedling, now).status in query.statuses

    def _dates(self, since: int, until: int, now: int) -> Iterator[date]:
        """Local days of a window that history reaches, newest first."""
        least = self._date(max(since, now - self._history_days * 24 * _HOUR_MS))
        day = self._date(until)
        while day >= least:
            yield day
            day -= timedelta(days=1)

    def _date(self, at: int) -> date:
        return from_millis(max(0, at)).astimezone(self._pack.zone).date()

    def _day(self, day: date) -> Day:
        held = self._days.get(day)
        if held is None:
            if len(self._days) > self._history_days + 8:
                self._days.clear()
            held = self._days[day] = self._drawn(day)
        return held

    def _drawn(self, day: date) -> Day:
        drawn = sorted(self._arrivals(day))
        seedlings = []
        for number, (at, flood) in enumerate(drawn, 1):
            name = f"{self._prefix}-{day:%Y%m%d}-{number:06}"
            seedlings.append(self._seedling(at, name, flood))
        events = sorted((stage.at, number) for number, each in enumerate(seedlings) for stage in each.stages)
        return Day(tuple(seedlings), tuple(events))

    def _arrivals(self, day: date) -> Iterator[tuple[int, bool]]:
        """(instant, of the flood) of each complaint of a day, in no order."""
        dice = Dice(self._seed, "day", day)
        midnight = millis(datetime.combine(day, time(), self._pack.zone))
        share = self._rate * _WEEKDAYS[day.weekday()] * (0.92 + 0.16 * dice.unit()) / sum(_HOURS)
        for hour, weight in enumerate(_HOURS):
            for _ in range(int(share * weight * (0.85 + 0.3 * dice.unit()) + dice.unit())):
                yield midnight + hour * _HOUR_MS + dice.below(_HOUR_MS // 1000) * 1000, False
        first, strength = self.rains(day)
        for _ in range(int(self._rate * _FLOOD_SHARE * strength)):
            # two draws make a hump: an hour after the rain began it is at its worst
            late_ms = int((dice.unit() + dice.unit()) * 2.4 * _HOUR_MS) // 1000 * 1000
            at = midnight + first * _HOUR_MS + _HOUR_MS // 2 + late_ms
            yield min(at, midnight + 24 * _HOUR_MS - 1000), True

    def _seedling(self, at: int, name: str, flood: bool) -> Seedling:
        dice = Dice(self._seed, name)
        sentences = self._sentences
        subject = dice.of(sentences.flood) if flood and sentences.flood else dice.heavy(sentences.sums)
        place = (
            dice.of(self._low) if flood and self._low and dice.unit() < 0.85 else dice.below(max(1, len(self._areas)))
        )
        return Seedling(at, name, subject, place, _stages(at, dice))

    def _grown(self, seedling: Seedling, now: int) -> Request:
        """The complaint as the interface shows it."""
        dice = Dice(self._seed, seedling.id, "told")
        subject: Subject = self._sentences.subjects[seedling.subject]
        area = self._areas[seedling.place] if self._areas else None
        above = self._pack.area_name(area.parent) if area else ""
        stage = _stage(seedling, now)
        text = self._sentences.text(subject, dice)
        address = self._sentences.address(dice, area.name, above) if area else ""
        lon, lat = self._point(area, dice) if area else (None, None)
        note = self._sentences.note(stage.word, subject.office, Dice(self._seed, seedling.id, stage.word))
        return {
            "service_request_id": seedling.id,
            "status": stage.status,
            "status_notes": note,
            "service_name": subject.name,
            "service_code": subject.service_code,
            "description": text,
            "agency_responsible": subject.office,
            "service_notice": "Laporan peragaan, dibuat otomatis.",
            "requested_datetime": self._shown(seedling.at),
            "updated_datetime": self._shown(stage.at),
            "expected_datetime": self._shown(seedling.at + 5 * 24 * _HOUR_MS),
            "address": address,
            "lat": lat,
            "long": lon,
            "media_url": None,
        }

    def _shown(self, at: int) -> str:
        return from_millis(at).astimezone(self._pack.zone).isoformat(timespec="seconds")

    def _point(self, area: Area, dice: Dice) -> tuple[float | None, float | None]:
        """A point inside the area: drawn in its box until it lies inside, else its centre."""
        if not area.polygons:
            return None, None
        west, south, wide, high = self._boxes[area.code]
        for _ in range(_TRIES):
            lon, lat = round(west + wide * dice.unit(), 6), round(south + high * dice.unit(), 6)
            if self._index.find(lon, lat) == area.code:
                return lon, lat
        return round(area.centre[0], 6), round(area.centre[1], 6)

    def _low_lying(self) -> tuple[int, ...]:
        """Kelurahan of the kecamatan that are flooded: those the pack names in a source's `flood_areas`, else two
        that the seed picks."""
        named = {code.strip() for entry in self._pack.feeds for code in entry.options.get("flood_areas", "").split(",")}
        named.discard("")
        if not named:
            all_ = sorted({area.parent for area in self._areas})
            named = {Dice(self._seed, "low", turn).of(all_) for turn in range(2)} if all_ else set()
        return tuple(n for n, area in enumerate(self._areas) if area.parent in named or area.code in named)


def _stages(at: int, dice: Dice) -> tuple[Stage, ...]:
    """The course of a complaint, drawn at its birth."""
    first = Stage(at, "open", "masuk")
    drawn = dice.below(100)
    end = next(word for most, word in _ENDS if drawn < most)
    begun = at + 15 * 60_000 + int(dice.unit() ** 3 * 40 * _HOUR_MS)
    ended = begun + 40 * 60_000 + int(dice.unit() ** 2 * 150 * _HOUR_MS)
    if not end:
        return (first,)
    closed = Stage(ended // 1000 * 1000, "closed", end)
    if end != "selesai" or dice.below(100) < 25:
        # many are never marked as under way: the state is written down when the work is done
        return first, closed
    return first, Stage(begun // 1000 * 1000, "open", "proses"), closed


def _stage(seedling: Seedling, now: int) -> Stage:
    return next((stage for stage in reversed(seedling.stages) if stage.at <= now), seedling.stages[0])


def _box(area: Area) -> tuple[float, float, float, float]:
    """West, south, width and height of an area's first shape."""
    west, south, east, north = bounds([area.polygons[0][0]])
    return west, south, east - west, north - south


def _at(seedling: Seedling) -> int:
    return seedling.at


def _prefix(pack_id: str) -> str:
    """Three letters for a city's ids: its consonants first."""
    letters = [letter for letter in pack_id.upper() if letter.isalpha()]
    consonants = [letter for letter in letters if letter not in "AEIOU"]
    return "".join((consonants + letters)[:3]) or "KDL"
