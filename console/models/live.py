"""A query that stays fresh: it reads again when what it shows changed, while it is seen, and never too often.

The pause between two readings is at least `every_s` and four times what the last one took, so that a query never
costs more than a fifth of a worker. Out of sight it only remembers that it is stale. A question that the passing of
time alone answers otherwise ("late", "today") is asked again by the clock, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

from console.core.clock import Clock
from console.core.errors import ConsoleError
from console.core.records import Changes, Kind
from console.models.desk import Desk
from console.store.read import Read

T = TypeVar("T")
EVERY_S = 0.25
PAUSES = 4.0
"""How many times its own length a query rests after it ran."""
RETRY_S = 2.0
MINUTE_S = 60.0
"""How old an answer that depends on the time of day may become at most."""


class LiveQuery(QObject, Generic[T]):
    """One question of one panel, asked again whenever its answer may have changed."""

    def __init__(
        self,
        desk: Desk,
        kinds: Iterable[Kind],
        ask: Callable[[], Callable[[Read], T]],
        then: Callable[[T], None],
        *,
        fail: Callable[[ConsoleError], None] | None = None,
        touches: Callable[[Changes], bool] | None = None,
        every_s: float = EVERY_S,
        at_least_every_s: float | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`ask` is called on the screen thread at each reading and gives the job for the worker, with what is
        asked (filter, area, selection) as values in it. Nothing is read before `seen` is set. `touches` says of
        `Changes` of its kinds whether they matter. An answer older than `at_least_every_s` is stale without any.
        """
        super().__init__(parent)
        self._work, self._clock = desk.work, desk.clock
        self._kinds = frozenset(kinds)
        self._ask, self._then, self._fail = ask, then, fail
        self._touches = touches
        self._every_s, self._at_least_every_s = every_s, at_least_every_s
        self._seen = False
        self._under_way = False
        self._rest_until_s = 0.0
        self._asked_s = 0.0
        self.stale = True
        """True while what was last delivered may be out of date."""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._read)
        desk.news.changed.connect(self._on_changes)
        if at_least_every_s is not None:
            desk.ticks.second.connect(self._on_second)

    @property
    def seen(self) -> bool:
        """Whether somebody looks. Set by the panel as it is shown and hidden."""
        return self._seen

    @seen.setter
    def seen(self, seen: bool) -> None:
        self._seen = seen
        self.stale = self.stale or self._aged
        if seen and self.stale:
            self._read_when_rested()

    def again(self) -> None:
        """Read now (or as soon as it is seen): what is asked has changed, so no pause is kept."""
        self.stale = True
        self._read()

    def touch(self) -> None:
        """What was delivered is out of date; read again when it is seen and rested."""
        self.stale = True
        if self._seen and not self._under_way:
            self._read_when_rested()

    @Slot(object)
    def _on_changes(self, changes: Changes) -> None:
        if self._kinds & changes.kinds and (self._touches is None or self._touches(changes)):
            self.touch()

    @property
    def _aged(self) -> bool:
        most = self._at_least_every_s
        return most is not None and self._clock.monotonic_s() - self._asked_s >= most

    @Slot()
    def _on_second(self) -> None:
        if self._aged:
            self.touch()

    def _read_when_rested(self) -> None:
        if self._pause.isActive():
            return
        wait_s = self._rest_until_s - self._clock.monotonic_s()
        if wait_s > 0:
            self._pause.start(max(1, round(wait_s * 1000)))
        else:
            self._read()

    @Slot()
    def _read(self) -> None:
        self._pause.stop()
        if not self._seen:
            return
        self.stale = False
        self._under_way = True
        self._asked_s = self._clock.monotonic_s()
        self._work.run(_timed(self._ask(), self._clock), self._deliver, fail=self._failed, key="live", owner=self)

    def _deliver(self, timed: tuple[T, float]) -> None:
        value, took_s = timed
        self._rest(max(self._every_s, PAUSES * took_s))
        self._then(value)

    def _failed(self, error: ConsoleError) -> None:
        self.stale = True
        self._rest(RETRY_S)
        if self._fail is None:
            raise error
        self._fail(error)

    def _rest(self, pause_s: float) -> None:
        """Rest, and read again afterwards where news came meanwhile."""
        self._under_way = False
        self._rest_until_s = self._clock.monotonic_s() + pause_s
        if self.stale and self._seen:
            self._read_when_rested()


def _timed(job: Callable[[Read], T], clock: Clock) -> Callable[[Read], tuple[T, float]]:
    def run(read: Read) -> tuple[T, float]:
        began_s = clock.monotonic_s()
        value = job(read)
        return value, clock.monotonic_s() - began_s

    return run
