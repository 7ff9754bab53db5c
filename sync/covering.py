"""Words that stand in the clear from the time before there was a key are covered and sealed, when nobody waits.

A look at a note of the file every ten minutes, until all is done; then it is the same look, and nothing more.
"""

from __future__ import annotations

from concurrent.futures import CancelledError

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.records import Changes, Kind, few
from console.store.keeper import Keeper
from console.store.pause import Pause
from console.store.store import NOTHING, Store
from sync.daily import Daily
from sync.engine_log import EngineLog

FIRST_S = 60.0
"""After the start: windows and sources come first."""
AGAIN_S = 600.0
"""A key may come at any time, of this console or of another."""


class Covering(Daily):
    """One engine's. What is given up at its end goes on with the next turn."""

    def __init__(self, keeper: Keeper, clock: Clock, log: EngineLog) -> None:
        super().__init__("covering", self.cover, clock, FIRST_S, AGAIN_S)
        self._keeper = keeper
        self._log = log

    def cover(self) -> None:
        """Do it now."""
        try:
            count = self._keeper.write(self._turn).result()
        except DiskTrouble as trouble:
            self._log.tell("engine.covering_not", fault=trouble.says)
        except CancelledError:
            return  # the keeper ended first
        else:
            if count:
                self._log.tell("engine.covering", complaints=count)

    def _turn(self, store: Store, pause: Pause) -> tuple[int, Changes]:
        touched: set[str] = set()
        while not self.ending() and (some := store.cover_some()) is not None:
            touched.update(some)
            if pause.urgent():
                pause.let_in()
        while not self.ending() and store.forget_words():
            if pause.urgent():
                pause.let_in()
        changes = Changes(frozenset({Kind.COMPLAINT}), few(touched), "covering") if touched else NOTHING
        return len(touched), changes
