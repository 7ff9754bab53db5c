"""Looking after the ledger while the engine runs: slips that others handed in, and heads for the centre.

`look` is for the engine's main thread, once a second; both jobs are the keeper's, in line with what sources sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.places import shared_place
from console.core.records import Changes, Kind
from console.store import slips
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.pause import Pause
from console.store.store import NOTHING, Store
from sync.engine_log import EngineLog

SLIPS_EVERY_S = 2.0
HEADS_EVERY_S = 60.0
"""The store is asked so often whether a head is due; it tells one in ten minutes at most."""


class Bookkeeping:
    """One engine's."""

    def __init__(
        self, profile: Profile, keeper: Keeper, city: str, clock: Clock, log: EngineLog, *, sends: Callable[[], bool]
    ) -> None:
        """`sends` tells whether there is a centre to tell heads to."""
        self._profile = profile
        self._keeper = keeper
        self._place = shared_place(city)
        self._clock = clock
        self._log = log
        self._sends = sends
        self._slips_s = -math.inf
        self._heads_s = clock.monotonic_s()
        self._busy = False

    def look(self) -> None:
        """Begin what is due. Cheap while nothing is."""
        now_s = self._clock.monotonic_s()
        if now_s - self._slips_s >= SLIPS_EVERY_S:
            self._slips_s = now_s
            if not self._busy and slips.waiting(self._profile):
                self._busy = True
                self._keeper.write(_take).add_done_callback(self._taken)
        if now_s - self._heads_s >= HEADS_EVERY_S:
            self._heads_s = now_s
            if self._sends():
                self._keeper.write(self._head).add_done_callback(self._told)
            # also where we are the centre: others hand theirs to us
            self._keeper.write(_witness).add_done_callback(self._told)

    def enter(self, deed: str, *, who: str, session: str = "", subject: str = "", **told: object) -> Future[None]:
        """A row for something a person asked the engine for."""

        def row(store: Store) -> tuple[None, Changes]:
            return None, store.enter(deed, who=who, session=session, subject=subject, told=told)

        # In line with deeds, which are done even when the engine ends: what a source sent comes again, a row does not.
        entered = self._keeper.person(row)
        entered.add_done_callback(self._told)
        return entered

    def _head(self, store: Store, _pause: Pause) -> tuple[None, Changes]:
        changes = store.tell_head(self._place)
        # Named, so that what is told together with it keeps its names.
        return None, Changes(frozenset({Kind.OUTBOX}), frozenset({"ledger"}), "ledger") if changes.kinds else NOTHING

    def _taken(self, done: Future[None]) -> None:
        self._busy = False
        self._told(done)

    def _told(self, done: Future[None]) -> None:
        """What the disk did not take stays where it is, or is told anew next time."""
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, DiskTrouble):
            self._log.tell("engine.ledger_not", fault=error.says)
        elif error is not None and not isinstance(error, CancelledError):
            self._log.bug(error, "keeper")


def _witness(store: Store, _pause: Pause) -> tuple[None, Changes]:
    return None, store.witness()


def _take(store: Store, _pause: Pause) -> tuple[None, Changes]:
    return None, store.take_slips()
