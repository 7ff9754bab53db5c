"""News of a server as they happen: one long poll for all its databases where it knows how, else one for each of some.

News only wake a place; what is new there is then read as always. So nothing is lost where news are: each place is
looked at in rounds all the same. A server that knows no long poll at all is looked at in quicker rounds.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from typing import Any, Protocol

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, DiskTrouble
from console.core.replica import Checkpoint
from sync.backoff import Backoff
from sync.couch import Call, Reply
from sync.hub_wire import HubWire
from sync.lanes import Lane
from sync.peering import PEER
from sync.visits import Visit, Visits

WATCHED = 6
"""Places watched at the same time, where the server cannot tell of all in one."""
WATCHED_THINLY = 2
"""The same where bytes are counted."""
GRACE_S = 10.0
"""So long a server may answer a long poll late."""
AGAIN_S = 5.0
SILENT = "sync.away.slow"
NOT_OPEN = "sync.denied"
"""What we ask for is not for us, who are signed in."""
BUG = "engine.bug_news"


class Watched(Protocol):
    """The hub, as far as news concern it."""

    wire: HubWire
    visits: Visits

    @property
    def idle(self) -> bool:
        """Whether nothing may be asked now."""
        ...

    def places(self) -> list[Visit]:
        """All places there are now."""
        ...

    def news(self, places: Sequence[str]) -> None:
        """Something is new at these."""
        ...

    def blind(self, blind: bool) -> None:
        """Whether the server cannot tell news."""
        ...

    def bug(self, error: Exception, says: str) -> None:
        """A bug of ours, and how to tell it."""
        ...

    def mended(self, says: str) -> None:
        """What was told so is over."""
        ...


class Known(Protocol):
    """How far a place was read."""

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        """How far a peer and we know each other."""
        ...


class News:
    """The threads that wait for news."""

    def __init__(self, hub: Watched, known: Known, clock: Clock, stopping: threading.Event) -> None:
        self._hub = hub
        self._known = known
        self._clock = clock
        self._stopping = stopping
        self._lock = threading.Lock()
        self._watched: dict[str, float] = {}
        """Places being watched now (infinite), or when they last were."""
        self.all_in_one: bool | None = None
        """Whether the server tells of all databases in one; None while that is not known."""
        self.threads = [
            threading.Thread(target=self._run, args=(number,), name=f"hub news {number + 1}", daemon=True)
            for number in range(WATCHED)
        ]

    def start(self) -> None:
        """Begin to wait."""
        self.threads[0].start()

    def _run(self, number: int) -> None:
        since = ""
        pace = self._hub.visits.pace
        rest = Backoff(self._clock.chance, first_s=pace.first_s, most_s=pace.most_s)
        while not self._stopping.is_set():
            if self._hub.idle or self._hub.visits.backoff.failures:
                self._pause(0.5)
                continue
            try:
                if number == 0 and self.all_in_one is not False:
                    since = self._of_all(since)
                else:
                    self._of_one()
            except (Away, DiskTrouble):
                self._pause(pace.first_s)
            except Denied:
                self._pause(AGAIN_S)  # nobody is signed in, which says nothing of what the server can
            except BadAnswer:
                self._cannot(number)
                self._pause(AGAIN_S)
            except CancelledError:
                return
            except Exception as bug:  # noqa: BLE001 - ours: logged and told; places are looked at in rounds meanwhile
                since = ""
                self._hub.blind(True)
                self._hub.bug(bug, BUG)
                now_s = self._clock.monotonic_s()
                rest.failed(now_s)
                self._pause(rest.due_in_s(now_s))
            else:
                if rest.failures:
                    rest.good()
                    self._hub.mended(BUG)

    def _of_all(self, since: str) -> str:
        """One wait for news of all databases; where to wait on."""
        if not since:
            since = self._heard(self._asked({"since": "now"}))[1]
            self.all_in_one = True
            self._hub.blind(False)
            # what changed while nobody listened
            self._hub.news([visit.place for visit in self._hub.places()])
        wait_s = self._hub.visits.pace.poll_s
        try:
            reply = self._asked({"since": since, "feed": "longpoll", "timeout": str(int(wait_s * 1000))}, wait_s)
        except Away as away:
            if away.says == SILENT:
                self._doubted([visit.place for visit in self._hub.places()])
                return since
            raise
        places, last = self._heard(reply)
        if places:
            self._hub.news(places)
        return last

    def _asked(self, query: dict[str, str], wait_s: float = 5.0) -> Reply:
        try:
            reply = self._hub.wire.call(Call("GET", "/_db_updates", query, deadline_s=wait_s + GRACE_S), Lane.ALERT)
        except Denied as denied:
            if denied.says != NOT_OPEN:
                raise
            raise BadAnswer("sync.exchange.form", where="_db_updates") from denied  # an admin's privilege: no trouble
        if reply.status != 200:
            raise BadAnswer("sync.exchange.form", where=f"_db_updates {reply.status}")
        return reply

    @staticmethod
    def _heard(reply: Reply) -> tuple[list[str], str]:
        body: Any = reply.body
        rows = body.get("results") if isinstance(body, dict) else None
        last = body.get("last_seq") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not isinstance(last, str | int) or last == "":
            raise BadAnswer("sync.exchange.form", where="_db_updates")
        return [str(row.get("db_name")) for row in rows if isinstance(row, dict)], str(last)

    def _of_one(self) -> None:
        """One wait for news of the place that was not watched for longest."""
        place = self._next_place()
        if place is None:
            self._pause(1.0)
            return
        try:
            self._wait_for(place)
        finally:
            with self._lock:
                self._watched[place] = self._clock.monotonic_s()

    def _wait_for(self, place: str) -> None:
        checkpoint = self._known.checkpoint(PEER, place)
        wait_s = self._hub.visits.pace.poll_s
        query = {
            "feed": "longpoll",
            "since": checkpoint.since if checkpoint else "0",
            "limit": "1",
            "timeout": str(int(wait_s * 1000)),
        }
        try:
            reply = self._hub.wire.call(
                Call("GET", f"/{place}/_changes", query, deadline_s=wait_s + GRACE_S), Lane.REST
            )
        except Away as away:
            if away.says == SILENT:
                self._doubted([place])
                return
            raise
        except ConsoleError:
            self._pause(AGAIN_S)  # the place's own trouble: its visits tell
            return
        if reply.status == 200 and isinstance(reply.body, dict) and reply.body.get("results"):
            self._hub.blind(False)
            self._hub.news([place])
        elif reply.status != 200:
            self._pause(AGAIN_S)

    def _doubted(self, places: Sequence[str]) -> None:
        """Not even that nothing is new was said in time. Something between us may swallow what takes long, or the
        server hangs: one visit tells which, and rounds are minutes apart."""
        self._hub.news(places[:1])

    def _next_place(self) -> str | None:
        """A place that is followed, is not watched, and has been read as far as is known."""
        places = self._hub.places()
        with self._lock:
            visits = [
                visit
                for visit in places
                if visit.follows and visit.done and not visit.reads and not visit.busy and not visit.question
            ]
            free = [visit for visit in visits if self._watched.get(visit.place, 0.0) < float("inf")]
            if not free:
                return None
            chosen = min(free, key=lambda visit: (self._watched.get(visit.place, -1.0), visit.lane))
            self._watched[chosen.place] = float("inf")
            return chosen.place

    def _cannot(self, number: int) -> None:
        """The server does not tell of all in one: the other threads begin, each with one place."""
        if number != 0 or self.all_in_one is False:
            return
        self.all_in_one = False
        self._hub.blind(True)
        most = WATCHED_THINLY if self._hub.wire.lanes.budget.per_hour else WATCHED
        for thread in self.threads[1:most]:
            thread.start()

    def _pause(self, seconds: float) -> None:
        self._clock.wait(self._stopping, seconds)
