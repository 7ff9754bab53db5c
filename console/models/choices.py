"""What the queue can be narrowed by: the choices of each facet, and how one changes the filter. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from console.core.lifecycle import OPEN, State
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.records import AgeBucket, QueueFilter

CLOSED = frozenset(State) - OPEN
_DAYS = (0, 1, 3, 5, 14, 60, None)
"""Where the buckets of age begin and end."""


class Facet(StrEnum):
    """One way to narrow, in the order of the chips."""

    STATE = "state"
    AREA = "area"
    OPD = "opd"
    CATEGORY = "category"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What an operator chose. Ages stay relative, so that "the last 24 hours" moves with the day."""

    states: frozenset[State] = frozenset()
    area: str = ""
    opds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    age: AgeBucket | None = None
    text: str = ""

    def filter(self, now: datetime) -> QueueFilter:
        """As the store understands it at `now`, whole minutes, so that it is the same for a minute."""
        since = until = None
        if self.age is not None:
            minute = now.replace(second=0, microsecond=0)
            newest, oldest = _DAYS[self.age], _DAYS[self.age + 1]
            since = None if oldest is None else minute - timedelta(days=oldest)
            until = None if not newest else minute - timedelta(days=newest)
        return QueueFilter(self.states, self.area, self.opds, self.categories, since, until, self.text)

    def without(self, facet: Facet) -> Narrowing:
        """The same with one facet taken off."""
        nothing: Mapping[Facet, dict[str, Any]] = {
            Facet.STATE: {"states": frozenset()},
            Facet.AREA: {"area": ""},
            Facet.OPD: {"opds": frozenset()},
            Facet.CATEGORY: {"categories": frozenset()},
            Facet.AGE: {"age": None},
        }
        return replace(self, **nothing[facet])

    @property
    def narrows(self) -> bool:
        """True where it takes anything away."""
        return self != Narrowing()

    def keep(self) -> dict[str, Any]:
        """As JSON values; the words searched for are not kept."""
        return {
            "states": sorted(state.name for state in self.states),
            "area": self.area,
            "opds": sorted(self.opds),
            "categories": sorted(self.categories),
            "age": None if self.age is None else self.age.name,
        }

    @classmethod
    def kept(cls, values: Mapping[str, Any], pack: CityPack) -> Narrowing:
        """From `keep`; what is unknown to this program or city is left out."""
        area, age = values.get("area"), values.get("age")
        return cls(
            frozenset(State[name] for name in _texts(values.get("states")) if name in State.__members__),
            area if isinstance(area, str) and area in pack.areas else "",
            frozenset(code for code in _texts(values.get("opds")) if code in pack.opds),
            frozenset(code for code in _texts(values.get("categories")) if code in pack.categories),
            AgeBucket[age] if isinstance(age, str) and age in AgeBucket.__members__ else None,
        )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def told(narrowing: Narrowing, facet: Facet, pack: CityPack, phrases: Phrases) -> str:
    """The facet's choice in words, "" where there is none."""
    if facet is Facet.STATE:
        if narrowing.states in (OPEN, CLOSED):
            return phrases.say("panels.filter.open" if narrowing.states == OPEN else "panels.filter.closed")
        return _first_of([phrases.say(f"state.{state.name}") for state in sorted(narrowing.states)], phrases)
    if facet is Facet.AREA:
        return pack.area_name(narrowing.area)
    if facet is Facet.OPD:
        return _first_of([pack.opd_name(code) for code in sorted(narrowing.opds)], phrases)
    if facet is Facet.CATEGORY:
        return _first_of([category_name(pack, code, phrases) for code in sorted(narrowing.categories)], phrases)
    return "" if narrowing.age is None else phrases.say(f"panels.filter.ages.{narrowing.age.name.lower()}")


def _first_of(names: list[str], phrases: Phrases) -> str:
    if len(names) < 2:
        return "".join(names)
    return phrases.say("panels.filter.many", first=names[0], more=len(names) - 1)


def category_name(pack: CityPack, code: str, phrases: Phrases) -> str:
    """Name of a category in the language now spoken, the code itself where the pack has none."""
    category = pack.categories.get(code)
    if category is None:
        return code
    return category.name.get(phrases.language) or next(iter(category.name.values()), code)
