"""What has run out is erased some time after the start and then daily, beside the engine's work.

The look through all complaints is a thread of its own with a reader of its own; what it finds the keeper erases, slice
by slice. What is too much at once waits for a person, who is told until it is no longer so.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import closing

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.retention import Report
from console.store import retention, schema
from console.store.database import door
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.retention_turn import turn
from sync.daily import Daily
from sync.engine_log import EngineLog

FIRST_S = 900.0
"""After the start: work comes first, and the centre may be ahead of our clock."""
ASKS = "engine.retention_asks"


class Retention(Daily):
    """One engine's. What is given up at its end goes on with the next turn."""

    def __init__(
        self, profile: Profile, keeper: Keeper, clock: Clock, log: EngineLog, tell: Callable[[Report], None]
    ) -> None:
        """`tell` hears of each turn, from the thread."""
        super().__init__("retention", self.run, clock, FIRST_S)
        self._profile = profile
        self._keeper = keeper
        self._log = log
        self._tell = tell

    def run(self) -> None:
        """Do it now."""
        try:
            with closing(schema.open_records(self._profile.records)) as db, door(self._profile.records):
                due = retention.look(db, self._clock.now())
            if self.ending():
                return
            report = self._keeper.write(lambda store, pause: turn(store, due, pause=pause)).result()
        except DiskTrouble as trouble:
            self._log.tell("engine.retention_not", fault=trouble.says)
        except CancelledError:
            return  # the keeper ended first
        else:
            self._log.tell("engine.retention", erased=sum(report.erased.values()), waits=len(report.held_back))
            self._tell(report)
