"""How long is kept what can be fetched again: declared in `resources/retention.toml`, by kind."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from console.core.items import ItemKind
from console.store.files import resource

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How long items of a kind are kept."""

    days: int
    told: bool = False
    """True where it stays, whatever its age, as long as its source tells it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept how long."""

    raw_days: int
    five_minutes_days: int
    hours_days: int
    items: Mapping[ItemKind, Kept]
    most_mb: int = 0
    """Largest size of the file, 0 for none: the engine alone holds it to what is set (`readings.most_mb`)."""


@cache
def declared(most_mb: int = 0) -> Retention:
    """As the file says. A fault in it is our bug and raises."""
    table = tomllib.loads(resource("retention.toml").decode("utf-8"))
    items = {ItemKind(kind): Kept(**values) for kind, values in table["items"].items()}
    lacking = set(ItemKind) - set(items)
    if lacking:
        raise AssertionError(f"kinds without a retention: {lacking}")
    return Retention(**table["samples"], items=items, most_mb=most_mb)
