"""The places of a hub, each with its own turn: what is wanted there, since when, and when it may be tried.

Pure bookkeeping under one lock, with the time handed in; the threads are the hub's (sync/hub.py). A place that
fails waits by itself. Where places fail one after another and none is well in between, it is the hub, and then one
place tries for all of them until it is back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from console.core.errors import Away, ConsoleError, Denied
from console.core.records import HubQuestion
from console.core.replica import NotTaken
from sync.backoff import Backoff
from sync.hub_wire import LaneNet
from sync.lanes import Lane
from sync.replicate import Replicator

DENIED_AGAIN_S = 900.0
"""A place that is not open to us is asked again that seldom."""


class Work(StrEnum):
    """What is to be done at a place."""

    SEND = "send"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are done, in seconds. Tests and small rooms are in more of a hurry."""

    round_s: float = 300.0
    """Every place is looked at so often even where no news came; news may get lost."""
    blind_round_s: float = 30.0
    """The same where the server cannot tell news."""
    poll_s: float = 50.0
    """Longest silence of a long poll."""
    first_s: float = 1.0
    most_s: float = 60.0
    """First and longest pause of the back-off."""
    doubt_s: float = 3.0
    """What was sent and is not known to be held is tried again after that, then ever more seldom."""


@dataclass(eq=False)
class Visit:
    """One place."""

    place: str
    lane: Lane
    follows: bool
    """Whether it is read; else only what was made here is sent there."""
    backoff: Backoff
    exchange: tuple[Replicator, LaneNet] | None = None
    """What reads and sends, and the lane it speaks in, which is set before each turn. Made at the first one."""
    console: str = ""
    """The name it speaks under."""
    reads: bool = False
    sends: bool = False
    """Something may wait to be sent."""
    look_s: float = 0.0
    """When it is looked at without news."""
    send_s: float = math.inf
    """When what was sent and is not known to be held is tried again."""
    forgiving: bool = False
    """A person wants that tried with the next sending."""
    busy: bool = False
    done: bool = False
    """Read to its end at least once."""
    broken: bool = False
    """A bug of ours showed here: left alone until the next start."""
    trouble: ConsoleError | None = None
    choices: list[str] = field(default_factory=list)

    @property
    def question(self) -> str:
        """The question a person has to answer, a phrase key; "" for none."""
        return self.exchange[0].held_up if self.exchange is not None else ""

    @property
    def asked(self) -> HubQuestion | None:
        """The same with what it is about."""
        return self.exchange[0].asked if self.exchange is not None else None

    @property
    def untaken(self) -> Sequence[NotTaken]:
        """What of it could not be taken."""
        return self.exchange[0].untaken if self.exchange is not None else ()


class Visits:
    """All places of one hub. The caller holds one lock around each call."""

    def __init__(self, chance: Callable[[], float], pace: Pace) -> None:
        self.pace = pace
        self.all: dict[str, Visit] = {}
        self.backoff = Backoff(chance, first_s=pace.first_s, most_s=pace.most_s)
        """Of the hub as a whole."""
        self._chance = chance
        self._failed: set[str] = set()
        """Places that failed since any was well."""
        self.blind = True
        """Whether the server cannot tell news."""

    def add(self, place: str, lane: Lane, *, follows: bool) -> Visit:
        """A place; one that is known already stays as it is."""
        known = self.all.get(place)
        if known is None:
            backoff = Backoff(self._chance, first_s=self.pace.first_s, most_s=self.pace.most_s)
            known = self.all[place] = Visit(place, lane, follows, backoff)
        return known

    def news(self, places: Iterable[str]) -> None:
        """Something is new at these."""
        for place in places:
            visit = self.all.get(place)
            if visit is not None and visit.follows:
                visit.reads = True

    def to_send(self, places: Iterable[str]) -> None:
        """Something waits to be sent there. What is to be tried again by itself keeps its time."""
        for place in places:
            visit = self.add(place, Lane.REST, follows=False)
            visit.sends = True

    def all_due(self, *, forgiving: bool) -> None:
        """Look at every place now. `forgiving` also at those that wait because they failed."""
        for visit in self.all.values():
            visit.look_s = -math.inf
            if forgiving:
                visit.backoff.wanted()
                visit.forgiving = True
                visit.sends = visit.sends or visit.send_s < math.inf
        if forgiving:
            self.backoff.wanted()

    def next(self, now_s: float, *, sends_only: bool = False) -> tuple[Visit, Work] | None:
        """What is to be done now, best first; None where nothing is due."""
        if self.backoff.due_in_s(now_s) > 0 or (self.backoff.failures and any(v.busy for v in self.all.values())):
            return None
        best: tuple[Visit, Work] | None = None
        best_rank: tuple[int, float] | None = None
        for visit in self.all.values():
            work = self._wanted(visit, now_s, sends_only)
            if work is None or visit.busy or visit.broken or visit.backoff.due_in_s(now_s) > 0:
                continue
            lane = Lane.URGENT if work is Work.SEND else visit.lane
            rank = (int(lane), visit.look_s)
            if best_rank is None or rank < best_rank:
                best, best_rank = (visit, work), rank
        return best

    def better_waits(self, visit: Visit, now_s: float) -> bool:
        """Whether something of a better lane is due, or this place itself has something to send."""
        if (visit.sends or visit.send_s <= now_s) and not visit.question:
            return True
        found = self.next(now_s)
        return found is not None and (found[1] is Work.SEND or found[0].lane < visit.lane)

    def due_in_s(self, now_s: float) -> float:
        """Seconds until something may be due; 0 where it is."""
        pauses = [self.backoff.due_in_s(now_s)]
        waits = [
            max(visit.backoff.due_in_s(now_s), self._wanted_in_s(visit, now_s))
            for visit in self.all.values()
            if not visit.busy and not visit.broken
        ]
        return max(*pauses, min(waits, default=math.inf))

    def well(self, visit: Visit) -> bool:
        """The place answered to the end. True where the hub is back by that: then all who waited may try."""
        visit.trouble = None
        visit.backoff.good()
        self._failed.clear()
        was_away = self.backoff.failures > 0
        self.backoff.good()
        if was_away:
            for other in self.all.values():
                if isinstance(other.trouble, Away):
                    other.backoff.wanted()
        return was_away

    def failed(self, visit: Visit, trouble: ConsoleError, now_s: float) -> bool:
        """It did not. True where by that the hub is found to be away."""
        visit.trouble = trouble
        asked_s = trouble.retry_after_s if isinstance(trouble, Away) else None
        visit.backoff.failed(now_s, DENIED_AGAIN_S if isinstance(trouble, Denied) else asked_s)
        if isinstance(trouble, Denied):
            return False
        self._failed.add(visit.place)
        others = [each for each in self.all.values() if each.follows and each is not visit]
        if asked_s is None and len(self._failed) < 2 and others and not self.backoff.failures:
            return False
        first = not self.backoff.failures
        self.backoff.failed(now_s, asked_s)
        return first

    def _wanted(self, visit: Visit, now_s: float, sends_only: bool) -> Work | None:
        if visit.sends or visit.send_s <= now_s:
            return Work.SEND
        if sends_only:
            return None
        if visit.choices or (visit.follows and (visit.reads or visit.look_s <= now_s)):
            return Work.READ
        return None

    def _wanted_in_s(self, visit: Visit, now_s: float) -> float:
        if visit.choices:
            return 0.0
        sends_s = 0.0 if visit.sends else max(0.0, visit.send_s - now_s)
        if not visit.follows:
            return sends_s
        return min(sends_s, 0.0 if visit.reads else max(0.0, visit.look_s - now_s))
