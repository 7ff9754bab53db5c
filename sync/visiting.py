"""One turn at one place of a hub: what a person chose, then sending or reading. And the name we speak under.

No thread and no back-off of its own: the hub's threads come here (sync/hub.py), one at a time for each place. Raises
what a replicator raises.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Protocol

from sync.ground import Ground
from sync.hub_local import HubLocal
from sync.hub_wire import HubWire, LaneNet
from sync.lanes import Lane
from sync.peering import PEER, Fact, Pages, WentBack
from sync.replicate import Replicator
from sync.visits import Visit, Visits, Work

FIRST_PAGE = 50
"""Rows of the first page: small, for a link nobody knows yet."""
NAMESAKE = 3
"""So often the hub may know more of us than we do, before we take it that another console has our name."""


class Visited(Protocol):
    """The hub, as far as a turn concerns it."""

    wire: HubWire
    visits: Visits
    wake: threading.Condition
    """Held around each look at visits."""

    def halted(self, visit: Visit) -> bool:
        """Asked after each page: whether reading ends here."""
        ...

    def look_outbox(self) -> None:
        """Look what waits to be sent."""
        ...


class OurName:
    """What we are called there. Where the hub keeps knowing more of us than we do, another console has our name: a new
    one is taken, and all is compared with the hub once more. Any thread."""

    def __init__(self, console: str, rename: Callable[[], str]) -> None:
        """`rename` takes another one, on the disk on return."""
        self.console = console
        self._rename = rename
        self._lock = threading.Lock()
        self._went_back = 0

    def went_back(self, console: str) -> None:
        """The hub knew more than we of who spoke under that name."""
        with self._lock:
            self._went_back += console == self.console

    def settle(self) -> str:
        """Our name from here on. Who is under way under the old one keeps no checkpoint any more: `HubLocal.under`."""
        with self._lock:
            if self._went_back >= NAMESAKE:
                self.console = self._rename()
                self._went_back = 0
            return self.console


class Visiting:
    """The turns of one hub. Any thread, one at a time for each place."""

    def __init__(self, hub: Visited, local: HubLocal, ground: Ground, name: OurName, told: Callable[[Fact], None]):
        self._hub = hub
        self._local = local
        self._clock = ground.clock
        self._log = ground.log
        self._name = name
        self._told = told
        self._pages = Pages(FIRST_PAGE)

    def turn(self, visit: Visit, work: Work) -> bool:
        """Do that there. Whether the server answered anything: where nothing is to be sent it is not even asked."""
        replicator, net = self._exchange(visit, self._name.settle())
        before = replicator.heard_bytes
        forgiving = False
        with self._hub.wake:
            if work is Work.READ:
                visit.reads = False
                visit.look_s = self._clock.monotonic_s() + self._round_s
            else:
                forgiving, visit.forgiving = visit.forgiving, False
                visit.sends, visit.send_s = False, math.inf
        self._choose(visit, replicator)
        if work is Work.SEND:
            net.lane = Lane.URGENT
            self._send(visit, replicator, forgiving)
        else:
            net.lane = visit.lane
            if self._read(visit, replicator) and replicator.compare_due:
                net.lane = Lane.HISTORY
                self._compare(visit, replicator)
        return replicator.heard_bytes > before

    def _choose(self, visit: Visit, replicator: Replicator) -> None:
        """What a person chose. It is forgotten only once it is done."""
        while visit.choices:
            choice = visit.choices[0]
            replicator.choose(choice)
            self._log.tell("engine.hub_choice", source=visit.place, state=choice)
            with self._hub.wake:
                del visit.choices[0]
                visit.sends = True

    def _send(self, visit: Visit, replicator: Replicator, forgiving: bool) -> None:
        pushed = replicator.push(urgent=True, forgiving=forgiving)
        if pushed.again_s is not None:
            with self._hub.wake:
                visit.send_s = self._clock.monotonic_s() + pushed.again_s

    def _read(self, visit: Visit, replicator: Replicator) -> bool:
        """Whether all is read."""
        if replicator.poll(0):
            pulled = replicator.pull(lambda: self._hub.halted(visit))
            if pulled.more:
                visit.reads = True
                return False
        if not replicator.held_up:
            visit.done = True
        self._hub.look_outbox()  # a meeting may have made something to send
        return True

    def _compare(self, visit: Visit, replicator: Replicator) -> None:
        """Every row by name, as far as nothing better waits; the rest with the next turn."""
        if replicator.compare(lambda: self._hub.halted(visit)) is None and not replicator.held_up:
            visit.reads = True
        self._hub.look_outbox()  # what was given back

    def _exchange(self, visit: Visit, console: str) -> tuple[Replicator, LaneNet]:
        if visit.exchange is not None and visit.console == console:
            return visit.exchange
        net = self._hub.wire.on(visit.lane)
        replicator = Replicator(
            net,
            self._local.under(console),
            self._clock,
            self._clock.chance,
            place=visit.place,
            database=visit.place,
            console=console,
            told=lambda fact: self._fact(fact, console),
            page=self._pages,
            peer=PEER,
            doubt_s=self._hub.visits.pace.doubt_s,
        )
        visit.exchange, visit.console = (replicator, net), console
        return visit.exchange

    def _fact(self, fact: Fact, console: str) -> None:
        if isinstance(fact, WentBack):
            self._name.went_back(console)
        self._told(fact)

    @property
    def _round_s(self) -> float:
        visits = self._hub.visits
        return visits.pace.blind_round_s if visits.blind else visits.pace.round_s
