"""What has run out is erased some time after the start and then daily, beside the engine's work.

The look through all complaints is a thread of its own with a reader of its own; what it finds the keeper erases, slice
by slice. What is too much at once waits for a person, who is told until it is no longer so.
"""

from __future__ import annotations

import threading
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
from sync.engine_log import EngineLog

FIRST_S = 900.0
"""After the start: work comes first, and the centre may be ahead of our clock."""
EVERY_S = 86_400.0
END_WITHIN_S = 2.0
ASKS = "engine.retention_asks"


class Retention:
    """One engine's. `look` is for its main thread."""

    def __init__(
        self, profile: Profile, keeper: Keeper, clock: Clock, log: EngineLog, tell: Callable[[Report], None]
    ) -> None:
        """`tell` hears of each turn, from the thread."""
        self._profile = profile
        self._keeper = keeper
        self._clock = clock
        self._log = log
        self._tell = tell
        self._due_s = clock.monotonic_s() + FIRST_S
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin where it is due. Cheap while it is not."""
        now_s = self._clock.monotonic_s()
        if now_s < self._due_s or (self._thread is not None and self._thread.is_alive()):
            return
        self._due_s = now_s + EVERY_S
        self._thread = threading.Thread(target=self.run, name="retention", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give up: the next turn goes on."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(END_WITHIN_S)

    def run(self) -> None:
        """Do it now."""
        try:
            with closing(schema.open_records(self._profile.records)) as db, door(self._profile.records):
                due = retention.look(db, self._clock.now())
            if self._ending.is_set():
                return
            report = self._keeper.write(lambda store, pause: turn(store, due, pause=pause)).result()
        except DiskTrouble as trouble:
            self._log.tell("engine.retention_not", fault=trouble.says)
        except CancelledError:
            return  # the keeper ended first
        else:
            self._log.tell("engine.retention", erased=sum(report.erased.values()), waits=len(report.held_back))
            self._tell(report)
