"""How long what is personal is kept, as rules a store can be asked by: what has run out, what is left, what is too much
to be erased at once.

Made of the declaration (console/core/personal.py), which alone says how many days. They count from the end of the case:
its last change once nobody has to act any more. A case that is open runs out never. Pure: no disk, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.core.personal import DECLARED, SEALED

ERASED = "erased"
"""In a document's body, and among the fields of a complaint we do not know: names of the fields that were erased."""
FILES = "files"
"""Photos and other files: bytes, not a field."""
DEEDS = "deeds"
"""What operators wrote with their deeds."""
_HERE = {"title": "title", "text": "text", "address": "address", "place": "lat", "extra": "extra"}
_DAYS: Mapping[str, int] = {
    **{name: handling.keep_days for name, handling in SEALED.items()},
    "media_url": DECLARED["Complaint"]["media_url"].keep_days,
    FILES: DECLARED["FileRow"]["pieces"].keep_days,
    **{name: DECLARED["Complaint"][field].keep_days for name, field in _HERE.items()},
    DEEDS: DECLARED["Event"]["text"].keep_days,
}
KEPT: Mapping[str, timedelta] = {name: timedelta(days=days) for name, days in _DAYS.items()}
"""How long each is kept after the end of its case. `place` is `lat` and `lon` together."""
LEFT = frozenset({"holder", "by", "login", "name", "verifier", "person"})
"""Names of who works here, kept ten years: nothing erases them by itself."""
MOST_SHARE = 0.20
"""Of all that is held of a field: more than that at once is erased only after a person said so. A clock set years
ahead, or a source that closes everything, must not empty a city's store."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How one field stands."""

    field: str
    held: int = 0
    """How many complaints have it, or files there are."""
    due: int = 0
    """How many of them have run out."""
    oldest: datetime | None = None
    """End of the case that ended first, of those that have not run out."""

    @property
    def much(self) -> bool:
        """Whether too many have run out at once to be erased unasked."""
        return self.due > MOST_SHARE * self.held

    @property
    def next_at(self) -> datetime | None:
        """When the next one runs out; None where no case with it has ended."""
        return None if self.oldest is None else self.oldest + KEPT[self.field]


@dataclass(frozen=True, slots=True)
class Report:
    """How all fields stand at one time, and what a turn came to."""

    at: datetime
    holdings: tuple[Holding, ...]
    erased: Mapping[str, int]
    """By field."""
    held_back: tuple[str, ...] = ()
    """Fields of which too many had run out at once."""

    @property
    def due(self) -> int:
        """How many values have run out."""
        return sum(each.due for each in self.holdings)

    def of(self, field: str) -> Holding:
        """How that field stands."""
        return next((each for each in self.holdings if each.field == field), Holding(field))

    def told(self) -> dict[str, object]:
        """As a row of the ledger tells it: names and numbers alone."""
        return {
            "erased": {name: count for name, count in self.erased.items() if count},
            "held_back": {name: [self.of(name).due, self.of(name).held] for name in self.held_back},
            "left": {each.field: each.held - self.erased.get(each.field, 0) for each in self.holdings if each.held},
            "oldest": {each.field: _day(each.oldest) for each in self.holdings if each.oldest is not None},
            "next": min((_day(each.next_at) for each in self.holdings if each.next_at is not None), default=""),
        }


def _day(at: datetime | None) -> str:
    return "" if at is None else at.date().isoformat()
