"""A console too long without its centre, or said to be lost, closes itself; contact opens it again.

    look ─► when the centre last answered ─► too long ago: the city's key goes, then nothing personal is read here
         └► a document says that this console is lost: the same, and whoever works here is signed out

What waits to be sent stays and is sent as always: the cover is over what is read, not over what goes. The key comes
back by the recovery code alone. `look` is for the engine's main thread; a keyring may take its time: it is asked aside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store.closed import LOST, OFFLINE, Closed
from console.store.data_key import DataKey
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from sync.city_key import SERVER
from sync.credentials import Credentials
from sync.engine_log import EngineLog

LOOK_EVERY_S = 60.0
NOTED_EVERY = timedelta(hours=1)
"""That the centre answers is written down so often."""
BY_CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Stands:
    """What there is to judge by."""

    closed: Closed | None
    lost: bool
    contact_at: datetime | None
    good_at: datetime | None
    """When the centre last answered soundly, as the exchange has it."""
    centre: bool
    """Whether there is a centre at all."""
    fresh: bool
    """Whether it did so since we looked last: also where by the clock of then it was later than now."""
    seen_at: datetime | None
    """The latest time seen since the last contact."""
    keys: tuple[DataKey, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done."""

    close: str = ""
    """Why it is to be closed."""
    open: bool = False
    noted: datetime | None = None
    """The centre answered then: to be written down."""


def judged(stands: Stands, now: datetime, days: int) -> Verdict:
    """What follows. `days` without the centre close the console, 0 never."""
    good, known = stands.good_at, stands.contact_at
    if not stands.fresh and good is not None and known is not None and good <= known:
        good = None  # nothing new
    noted = good if good is not None and (known is None or abs(good - known) >= NOTED_EVERY) else None
    if stands.lost:
        return Verdict(close="" if stands.closed is not None and stands.closed.why == LOST else LOST, noted=noted)
    if stands.closed is not None:
        back = good is not None and (stands.fresh or good > stands.closed.at)
        return Verdict(open=back, noted=good if back else noted)
    if known is None:
        # From here on it is counted: who never had a centre lacks none.
        return Verdict(noted=good or (now if stands.centre else None))
    # A clock that is set back makes nothing younger than it was already.
    age = max(now, stands.seen_at or now) - (good or known)
    return Verdict(close=OFFLINE) if days and age > timedelta(days=days) else Verdict(noted=noted)


class Offline:
    """One engine's."""

    def __init__(
        self,
        profile: Profile,
        keeper: Keeper,
        clock: Clock,
        log: EngineLog,
        credentials: Credentials,
        *,
        city: str,
        console: Callable[[], str],
        days: int,
    ) -> None:
        self._profile = profile
        self._keeper = keeper
        self._clock = clock
        self._log = log
        self._credentials = credentials
        self._city = city
        self._console = console
        self._days = days
        self._due_s = clock.monotonic_s()
        self._good: datetime | None = None
        """When the centre had answered last as we looked last."""
        self._dropped = False
        """Whether the key was let go of since it closed, or since this start."""

    def stir(self) -> None:
        """Something about consoles may be news."""
        self._due_s = self._clock.monotonic_s()

    def look(self) -> None:
        """Do what is due. Cheap while nothing is."""
        now_s = self._clock.monotonic_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + LOOK_EVERY_S
        try:
            self._look()
        except DiskTrouble as trouble:
            self._log.tell("engine.offline_not", fault=trouble.says)

    def _look(self) -> None:
        with closing(Read.open(self._profile)) as read:
            hub, closed = read.hub(), read.closed()
            stands = Stands(
                closed,
                bool(read.lost(self._console())),
                read.contact_at(),
                None if hub is None else hub.last_good_at,
                hub is not None and bool(hub.url),
                self._good is not None and hub is not None and hub.last_good_at not in (None, self._good),
                read.seen_at(),
                tuple(read.data_keys(self._city)),
            )
        self._good = stands.good_at or self._good
        now = self._clock.now()
        verdict = judged(stands, now, self._days)
        if verdict.noted is None and stands.contact_at is not None and now - (stands.seen_at or now) >= NOTED_EVERY:
            self._keeper.person(lambda store: (None, store.seen(now))).result()
        if verdict.noted is not None:
            noted = verdict.noted
            self._keeper.person(lambda store: (None, store.contact(noted))).result()
        if verdict.open:
            self._keeper.person(lambda store: (None, store.open_up(BY_CONTACT))).result()
            self._log.tell("engine.opened")
            self._dropped = False
        elif verdict.close:
            self._keeper.person(lambda store: (None, store.close_up(verdict.close))).result()
            self._log.tell("engine.closed", why=f"closed.{verdict.close}")
            self._dropped = False
        if (verdict.close or (closed is not None and not verdict.open)) and not self._dropped:
            self._dropped = True
            self._drop(stands.keys)

    def _drop(self, keys: tuple[DataKey, ...]) -> None:
        """Let go of the city's keys, in the keyring and in memory. One that cannot be asked now is asked at the next
        start."""

        def forget() -> None:
            for key in keys:
                self._credentials.forget(SERVER, key.fingerprint)

        threading.Thread(target=forget, name="keyring forget", daemon=True).start()
