"""How the sources, the centre and the outbox stand: read once for all panels, told again at changes and by ageing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from console.core.clock import Clock
from console.core.errors import ConsoleError
from console.core.items import TELLING
from console.core.records import Changes, HubState, Kind, OutboxSummary, SourceHealth, SourceState, source_state
from console.models.news import News, Ticks
from console.models.work import Work
from console.store.read import Read

_WORST = {state: rank for rank, state in enumerate(SourceState)}
SLICE_S = 900
"""A slice of the last 24 hours of a source."""
SLICES = 96
_KINDS = frozenset({Kind.SOURCE, Kind.OUTBOX, Kind.HUB, Kind.CONFLICT})
MOST_CONFLICTS = 100
"""More are not counted."""
_REST_MS = 250
"""News in a burst are read once."""
_RETRY_S = 2
_UNKEPT = frozenset({SourceState.STALE, SourceState.SILENT, SourceState.NEVER})
_GONE = frozenset({SourceState.LOST, SourceState.SHAPE_CHANGED, SourceState.DENIED, SourceState.CUT})


class Tries(IntEnum):
    """What became of the tries in one slice of time."""

    NONE = 0
    GOOD = 1
    PARTLY = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class _Standing:
    rows: Sequence[SourceHealth]
    outbox: OutboxSummary
    hub: HubState | None
    conflicts: int


def _unnamed(_source: str) -> str:
    return ""


EVERY = frozenset({"*"})
"""In the place of kinds: all there are."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How some of the sources stand, by now."""

    rows: Sequence[SourceHealth]
    known: bool
    """True once they were read."""
    clock: Clock

    @property
    def worst(self) -> SourceHealth | None:
        """The source that stands worst, by now; None where there is none."""
        now = self.clock.now()
        return max(self.rows, key=lambda each: _WORST[source_state(each, now)], default=None)

    @property
    def state(self) -> SourceState:
        """How the worst source stands. Without any source: `NEVER`."""
        worst = self.worst
        return source_state(worst, self.clock.now()) if worst else SourceState.NEVER

    @property
    def stale(self) -> bool:
        """True where a source is older than it promised, or silent: what is on screen may have changed since."""
        return self.known and self.state in _UNKEPT

    @property
    def lost(self) -> bool:
        """True where a source cannot be reached, refuses us, or is cut off."""
        return self.state in _GONE

    @property
    def newest_good_at(self) -> datetime | None:
        """When a source last answered well: the oldest of the sources, as a panel is only as fresh as that."""
        known = [each.last_good_at for each in self.rows if each.last_good_at is not None]
        return min(known, default=None)

    @property
    def heard(self) -> bool:
        """True once any of them ever answered: before, an empty store means "not known", which is not nought."""
        return self.newest_good_at is not None


class Sources(QObject):
    """Health of every source the store knows of, as last read."""

    changed = Signal()
    """Something was read anew, or a source passed from one state to the next by ageing."""

    def __init__(
        self,
        work: Work,
        news: News,
        ticks: Ticks,
        clock: Clock,
        *,
        name: Callable[[str], str] = _unnamed,
        parent: QObject | None = None,
    ) -> None:
        """`name`: what a source (by its id) is called in the language now spoken, "" where only the store knows."""
        super().__init__(parent)
        self._work = work
        self._clock = clock
        self._name = name
        self._read_rows: Sequence[SourceHealth] = ()
        self._seconds_to_retry = 0
        self._states: tuple[SourceState, ...] = ()
        self.rows: Sequence[SourceHealth] = ()
        self.outbox = OutboxSummary(0, None)
        """What waits to reach the centre."""
        self.hub: HubState | None = None
        """How we stand with the centre's database server; None while the engine has said nothing of one."""
        self.conflicts = 0
        """How many documents wait for a person to choose between versions."""
        self._tries: dict[tuple[str, int], Tries] = {}
        self.known = False
        """True once they were read."""
        self.error: ConsoleError | None = None
        """Why they could not be read, or None."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._read)
        news.changed.connect(self._on_changes)
        ticks.second.connect(self._on_second)
        self._read()

    def about(self, kinds: frozenset[str] | None = None) -> Standing:
        """How the sources of these kinds stand; None: those that tell complaints, `EVERY`: all of them."""
        if kinds is EVERY:
            return Standing(self.rows, self.known, self._clock)
        wanted = [each for each in self.rows if (each.kind not in TELLING if kinds is None else each.kind in kinds)]
        return Standing(wanted, self.known, self._clock)

    def tries(self, source: str) -> list[Tries]:
        """The last 24 hours of a source, oldest first, as far as this console has looked on."""
        newest = int(self._clock.now().timestamp()) // SLICE_S
        return [self._tries.get((source, slot), Tries.NONE) for slot in range(newest - SLICES + 1, newest + 1)]

    def _remember(self) -> None:
        oldest = int(self._clock.now().timestamp()) // SLICE_S - SLICES
        self._tries = {key: seen for key, seen in self._tries.items() if key[1] > oldest}
        for each in self.rows:
            if each.last_try_at is not None:
                slot = each.id, int(each.last_try_at.timestamp()) // SLICE_S
                now = Tries.FAILED if each.trouble else Tries.GOOD
                before = self._tries.get(slot, now)
                self._tries[slot] = now if before is now else Tries.PARTLY

    def rename(self) -> None:
        """The language has changed."""
        self.rows = self._named(self._read_rows)
        self.changed.emit()

    def _named(self, rows: Sequence[SourceHealth]) -> Sequence[SourceHealth]:
        return tuple(replace(each, title=self._name(each.id) or each.title) for each in rows)

    def _read(self) -> None:
        self._work.run(_standing, self._take, fail=self._fail, key="sources")

    @Slot(object)
    def _on_changes(self, changes: Changes) -> None:
        if changes.kinds & _KINDS and not self._rest.isActive():
            self._rest.start()

    @Slot()
    def _on_second(self) -> None:
        if self.error is not None:
            self._seconds_to_retry -= 1
            if self._seconds_to_retry <= 0:
                self._read()
        now = self._clock.now()
        states = tuple(source_state(each, now) for each in self.rows)
        if states != self._states:
            self._states = states
            self.changed.emit()

    def _take(self, standing: _Standing) -> None:
        recovered, self.error = self.error is not None, None
        first, self.known = not self.known, True
        if (
            standing == _Standing(self._read_rows, self.outbox, self.hub, self.conflicts)
            and not recovered
            and not first
        ):
            return
        self._read_rows, self.outbox, self.hub = standing.rows, standing.outbox, standing.hub
        self.rows = self._named(standing.rows)
        self.conflicts, now = standing.conflicts, self._clock.now()
        self._remember()
        self._states = tuple(source_state(each, now) for each in self.rows)
        self.changed.emit()

    def _fail(self, error: ConsoleError) -> None:
        self.error, self._seconds_to_retry = error, _RETRY_S
        self.changed.emit()


def _standing(read: Read) -> _Standing:
    return _Standing(tuple(read.sources()), read.outbox(), read.hub(), len(read.conflicts(MOST_CONFLICTS)))
