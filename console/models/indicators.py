"""The numbers of the indicators for one area, and what is usual for the hour: read once, told by the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from console.core.lifecycle import State
from console.core.pack import CityPack
from console.core.records import AgeBucket, AreaCount
from console.store.read import Read

SHOWN_H = 48
"""Hours on the chart."""
USUAL_DAYS = 14
"""Days before them that say what is usual."""
_LEAST_DAYS = 4
"""With fewer known days nothing is called usual."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Arrivals of one hour, and the middle half of that hour's arrivals on the days before; None where not known."""

    at: datetime
    count: int
    usual: tuple[float, float] | None = None

    @property
    def unusual(self) -> bool:
        """True where clearly more came than on most days."""
        if self.usual is None:
            return False
        low, high = self.usual
        return self.count > high + 1.5 * max(high - low, 2.0)


@dataclass(frozen=True, slots=True)
class Indicators:
    """All numbers of one area at one instant."""

    area: str
    whole: AreaCount
    total: int
    handled_day: int
    followed_since: datetime | None
    """What was handled before is not known here."""
    hours: Sequence[Hour]
    usual_day: float | None
    """Median arrivals of 24 hours on the days before; None where not known."""
    states: Mapping[State, int]
    ages: Mapping[AgeBucket, int]
    parts: Sequence[tuple[str, int]]
    """Open ones per area below, most first; "" stands for those without a place."""


def hours_with_usual(counted: Sequence[tuple[datetime, int]], shown: int = SHOWN_H) -> list[Hour]:
    """The newest `shown` hours of a series without gaps, each beside the same hour of the days before it.

    Days before the first arrival of the series are not known and say nothing.
    """
    counts = [count for _, count in counted]
    first = next((place for place, count in enumerate(counts) if count), len(counts))
    hours = []
    for place in range(max(0, len(counted) - shown), len(counted)):
        before = [counts[at] for at in range(place - 24, first - 1, -24)][:USUAL_DAYS]
        usual = None
        if len(before) >= _LEAST_DAYS:
            low, _, high = quantiles(before, n=4, method="inclusive")
            usual = (low, high)
        hours.append(Hour(*counted[place], usual))
    return hours


def usual_day(counted: Sequence[tuple[datetime, int]]) -> float | None:
    """Median of the sums of 24 hours before the last 24; None where too few days are known."""
    counts = [count for _, count in counted]
    first = next((place for place, count in enumerate(counts) if count), len(counts))
    sums = [sum(counts[end - 24 : end]) for end in range(len(counts) - 24, first + 23, -24)]
    return median(sums) if len(sums) >= _LEAST_DAYS else None


def read_indicators(pack: CityPack, area: str, now: datetime) -> Callable[[Read], Indicators]:
    """The job that reads them; "" is the whole city."""
    since = now - timedelta(hours=SHOWN_H, days=USUAL_DAYS)

    def job(read: Read) -> Indicators:
        counted = read.arrivals(since, now, area)
        states = read.by_state(area)
        return Indicators(
            area,
            read.total(area, now),
            sum(states.values()),
            read.handled(now - timedelta(hours=24), area),
            read.followed_since(),
            hours_with_usual(counted),
            usual_day(counted),
            states,
            read.ages(now, area),
            _parts(read, pack, area, now),
        )

    return job


def _parts(read: Read, pack: CityPack, area: str, now: datetime) -> list[tuple[str, int]]:
    if not area:
        return read.open_by_kecamatan()
    below = {each.area: each.open for each in read.area_counts(area, now)}
    parts = [(part.code, below.get(part.code, 0)) for part in pack.children(area)]
    return sorted(parts, key=lambda each: (-each[1], each[0]))
