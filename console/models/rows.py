"""A row of the queue as it is drawn: every text made once, when its page is read, so that painting only looks up.

Pure and free of Qt: pages are worded on the worker that read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from console.core.clock import millis
from console.core.lifecycle import State
from console.core.masking import masked
from console.core.pack import CityPack, Level
from console.core.phrases import Phrases
from console.core.records import QueueRow
from console.core.safe_text import one_line
from console.models.choices import category_name

DEFAULT_CLOCK_S = 5 * 86_400
"""The clock of a complaint whose source gave none: five days to a first answer."""


class Column(IntEnum):
    """Columns of the queue, in their order on screen."""

    STATE = 0
    ID = 1
    TITLE = 2
    AREA = 3
    OPD = 4
    CATEGORY = 5
    AGE = 6
    HOLDER = 7
    PENDING = 8


class Line(NamedTuple):
    """One row, worded."""

    row: QueueRow
    cells: tuple[str, ...]
    """A text for each `Column`, fit to be drawn: a title is a citizen's."""
    clock: float
    """How much of its time is used up: 1.0 is the due time, more is late; -1 where no clock runs."""

    @property
    def late(self) -> bool:
        """True where it is open and past its time."""
        return self.clock > 1.0


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language and one city, as tables. Frozen, so that workers may read it."""

    phrases: Phrases
    states: Mapping[State, str]
    areas: Mapping[str, str]
    opds: Mapping[str, str]
    categories: Mapping[str, str]
    pending: str
    conflict: str
    """Said of a row with two versions that wait for a person."""

    @classmethod
    def of(cls, pack: CityPack, phrases: Phrases) -> Wording:
        """The tables of the language now spoken."""
        return cls(
            phrases,
            {state: phrases.say(f"state.{state.name}") for state in State},
            {code: _area_words(pack, code) for code in pack.areas},
            {code: opd.short for code, opd in pack.opds.items()},
            {code: category_name(pack, code, phrases) for code in pack.categories},
            phrases.say("panels.queue.pending"),
            phrases.say("panels.queue.conflict"),
        )

    def line(self, row: QueueRow, now_ms: int) -> Line:
        """The row in words, as it is at `now_ms`."""
        state = self.states[row.state] if row.state or not row.native_state else row.native_state
        clock = used_up(row, now_ms)
        cells = (
            state,
            row.id.partition(":")[2][-12:],
            masked(row.title) or self.categories.get(row.category, row.category),
            self.areas.get(row.area, row.area),
            self.opds.get(row.opd, row.opd),
            self.categories.get(row.category, row.category),
            self.phrases.span((now_ms - row.requested_at_ms) / 1000),
            row.holder,
            self.pending if row.pending else "",
        )
        return Line(row, tuple(map(one_line, cells)), clock)

    def lines(self, rows: Iterable[QueueRow], now: datetime) -> list[Line]:
        """Those rows in words."""
        now_ms = millis(now)
        return [self.line(row, now_ms) for row in rows]


def used_up(row: QueueRow, now_ms: int) -> float:
    """Part of the row's time that is gone at `now_ms`; -1 where it is closed and no clock runs."""
    if not State(row.state).open:
        return -1.0
    due_ms = row.expected_at_ms
    whole_ms = DEFAULT_CLOCK_S * 1000 if due_ms is None else due_ms - row.requested_at_ms
    if whole_ms <= 0:
        return 2.0
    return max(0.0, (now_ms - row.requested_at_ms) / whole_ms)


def _area_words(pack: CityPack, code: str) -> str:
    """A kelurahan with its kecamatan, as names repeat between the two; the plain name above it."""
    area = pack.areas[code]
    if area.level is not Level.KELURAHAN:
        return area.name
    return f"{area.name}, {pack.area_name(area.parent)}"
