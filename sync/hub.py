"""The exchange with the centre's server while the engine runs: threads around replicators, one back-off, strict lanes.

Workers take what is due, best lane first, page by page; one of them only sends, so that what an operator did finds a
hand free whatever else goes on. News come by long poll (sync/news.py) or by rounds. What goes wrong at one place harms
that place; what goes wrong with the server is tried by one place for all. How it stands is kept for the screen. Runs
off the screen, and ends within seconds.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import CancelledError

from console.core.errors import Away, BadAnswer, ConsoleError, Denied, DiskTrouble, Refused
from console.core.records import Changes, HubNote, Kind
from sync.errands import Errand, Errands
from sync.ground import Follow, Ground
from sync.happened import log, note_of
from sync.hub_local import HubLocal, Shelves
from sync.hub_wire import HubWire
from sync.meeting import GUARDED
from sync.news import News
from sync.peering import PEER, Fact
from sync.standing import Standing
from sync.visiting import OurName, Visiting
from sync.visits import Pace, Visit, Visits, Work

THREAD = "hub "
"""Names of the threads begin so."""
WORKERS = 3
LONGEST_WAIT_S = 30.0
END_WITHIN_S = 3.0
CUT = "sync.cut"
BUG = "engine.bug_errand"


class Hub:
    """One server. `start` begins, `stop` ends; the rest is for others to call, from any thread."""

    def __init__(
        self,
        wire: HubWire,
        ground: Ground,
        *,
        url: str,
        console: str,
        follow: Sequence[Follow],
        pace: Pace | None = None,
        told: Callable[[Fact], None] = lambda _: None,
        apart: Collection[str] = (),
        notes: tuple[HubNote, ...] = (),
    ) -> None:
        """`console` is our name; `apart` are places whose documents errands send; `notes` are those of before this
        start."""
        self.url = url
        self.wire = wire
        self._ground = ground
        self._clock = clock = ground.clock
        self._log = ground.log
        self._apart = frozenset(apart)
        self._told = told
        self._shelves = Shelves(ground.open_shelf)
        self._local = HubLocal(ground.keeper, self._shelves, ground.gate.taken)
        self.name = OurName(console, self._local.rename)
        self.wake = threading.Condition()
        """Held around each look at what follows, and told of each change of it."""
        self.visits = Visits(clock.chance, pace or Pace())
        self._stopping = threading.Event()
        self._cut = False
        self._denied: Denied | None = None
        self._look_outbox = True
        self._errands = Errands(clock.chance, lambda bug: self.bug(bug, BUG))
        self._bugs: dict[str, ConsoleError] = {}
        self._standing = Standing(url, clock, wire, self.visits, self._errands, notes=notes)
        for each in follow:
            self.visits.add(each.place, each.lane, follows=True)
        self._visiting = Visiting(self, self._local, ground, self.name, self._fact)
        self._news = News(self, self._local, clock, self._stopping)
        names = ["sending", *(f"work {number + 1}" for number in range(WORKERS))]
        self._threads = [
            threading.Thread(target=self._run, args=(name == "sending",), name=THREAD + name, daemon=True)
            for name in names
        ]

    # -- for others to call -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with everything that is followed."""
        for thread in self._threads:
            thread.start()
        self._news.start()
        self.say()

    def stop(self) -> list[str]:
        """End all threads, bounded; names of those that still hang, which end with the process."""
        self.halt()
        until_s = self._clock.monotonic_s() + END_WITHIN_S
        threads = [*self._threads, *self._news.threads]
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, until_s - self._clock.monotonic_s()))
        hanging = [thread.name for thread in threads if thread.is_alive()]
        if not hanging:
            self._shelves.close()
        return hanging

    def halt(self) -> None:
        """Begin to end, without waiting for it."""
        self._stopping.set()
        self.wire.end()
        self.stir()

    @property
    def local(self) -> HubLocal:
        """Our own store as the places of this hub see it; closed with the hub."""
        return self._local

    @property
    def stopping(self) -> bool:
        """Whether it is to end."""
        return self._stopping.is_set()

    @property
    def idle(self) -> bool:
        """Whether nothing may be asked at all now: cut, not signed in, or ending."""
        return self._cut or self._denied is not None or self.stopping

    def changed(self, changes: Changes) -> None:
        """Something was written here: what waits to be sent may be more, and a deed may have brought a file."""
        if changes.by != PEER:
            self.look_outbox()
        if Kind.EVENT in changes.kinds:
            self.errands_due()

    def stir(self) -> None:
        """Look again whether anything may be done."""
        with self.wake:
            self.wake.notify_all()

    def look_outbox(self) -> None:
        """Look what waits to be sent."""
        with self.wake:
            self._look_outbox = True
            self.wake.notify_all()

    def now(self) -> None:
        """A person wants it at once; also where it failed before."""
        with self.wake:
            self._look_outbox = True
            self._errands.wanted()
            self.visits.all_due(forgiving=True)
            self.wake.notify_all()

    def woke(self) -> None:
        """The machine slept: kept connections are dead, and much may be new."""
        self.wire.renew()
        self.now()

    def cut(self, cut: bool) -> None:
        """The connection is cut on purpose, or whole again."""
        with self.wake:
            self._cut = cut
        if not cut:
            self.now()
        self.say()

    def signed_in(self) -> None:
        """There is a secret now, or another one."""
        self.wire.sign_in_again()
        with self.wake:
            self._denied = None
        self.now()
        self.say()

    def choose(self, choice: str, place: str) -> None:
        """A person's answer to a question; "" for all places that ask one."""
        with self.wake:
            asked = [each for each in self.visits.all.values() if each.question and place in ("", each.place)]
            if not asked or any(visit.question not in GUARDED for visit in asked):
                self._errands.choose(choice)
            for visit in asked:
                visit.choices.append(choice)
                visit.look_s = 0.0
                visit.backoff.wanted()
            self.wake.notify_all()

    def add_errand(self, errand: Errand) -> None:
        """Something that uses the link when nothing better does."""
        with self.wake:
            self._errands.all.append(errand)
            self._errands.due = True
            self.wake.notify_all()

    def errands_due(self) -> None:
        """There may be something for them."""
        with self.wake:
            self._errands.due = True
            self.wake.notify_all()

    def news(self, places: Sequence[str]) -> None:
        """Something is new at the server."""
        with self.wake:
            self.visits.news(places)
            self.wake.notify_all()

    def blind(self, blind: bool) -> None:
        """Whether the server cannot tell news: then it is asked more often."""
        with self.wake:
            self.visits.blind = blind
            self.wake.notify_all()

    def places(self) -> list[Visit]:
        """All places there are now. More may come at any time, where there is something to send."""
        with self.wake:
            return list(self.visits.all.values())

    def bug(self, error: Exception, says: str) -> None:
        """A bug of ours in what is no place: logged, and told so until it is `mended`."""
        self._log.bug(error, threading.current_thread().name)
        with self.wake:
            self._bugs[says] = Away(says)
        self.say()

    def mended(self, says: str) -> None:
        """What was told so is over."""
        with self.wake:
            told = self._bugs.pop(says, None)
        if told is not None:
            self.say()

    def settled(self) -> bool:
        """Whether nothing is under way or due now: for who waits until all is exchanged."""
        with self.wake:
            now_s = self._clock.monotonic_s()
            all_of_them = self.visits.all.values()
            quiet = not any(v.busy or v.reads or v.sends or v.look_s <= now_s for v in all_of_them)
            return quiet and not self._look_outbox and all(v.send_s == math.inf for v in all_of_them)

    # -- the workers --------------------------------------------------------------------------------------------------

    def _run(self, sends_only: bool) -> None:
        try:
            while not self.stopping:
                self._one(sends_only)
        except CancelledError:
            return  # the keeper ended first; what it did not take is asked for again
        finally:
            self.say()

    def _one(self, sends_only: bool) -> None:
        """One thing that is due, or a wait for it."""
        looks = False
        with self.wake:
            if self.stopping:
                return
            now_s = self._clock.monotonic_s()
            found = None
            may = not self.idle and self._ground.gate.is_open
            if may and self._look_outbox:
                self._look_outbox, looks = False, True
            elif may:
                found = self.visits.next(now_s, sends_only=sends_only)
            if found is not None:
                found[0].busy = True
            elif not looks and not (may and not sends_only and self._errands_begin(now_s)):
                self.wake.wait(self._pause_s(now_s, may))
                return
        if looks:
            self._look()
        elif found is not None:
            self._visited(*found)
        else:
            self._errand()

    def _pause_s(self, now_s: float, may: bool) -> float:
        if not may:
            return LONGEST_WAIT_S
        due_s = min(self.visits.due_in_s(now_s), self._errands.due_in_s(now_s))
        # what is due now is for others: they tell when they are done
        return min(LONGEST_WAIT_S, due_s) if due_s > 0 else LONGEST_WAIT_S

    def _look(self) -> None:
        try:
            places = self._local.waiting_places()
        except DiskTrouble as trouble:
            self._ground.gate.shut(trouble)
            self.look_outbox()
            return
        with self.wake:
            self._errands.due = self._errands.due or not self._apart.isdisjoint(places)
            mine = [place for place in places if place not in self._apart]
            self.visits.to_send(mine)
            self.wake.notify_all()

    def _visited(self, visit: Visit, work: Work) -> None:
        answered = False
        try:
            answered = self._visiting.turn(visit, work)
        except DiskTrouble as trouble:
            self._again(visit, work)
            self._ground.gate.shut(trouble)
        except (Away, Denied, BadAnswer, Refused) as trouble:
            self._again(visit, work)
            self._failed(visit, trouble)
        except CancelledError:
            raise
        except Exception as bug:  # noqa: BLE001 - ours: logged and told; the place is left alone, the others go on
            visit.broken = True
            self._log.bug(bug, f"{THREAD}{visit.place}")
            visit.trouble = Away("engine.bug_hub", source=visit.place)
        else:
            if answered:
                self._well(visit)
            elif not visit.follows and not visit.sends and visit.send_s == math.inf:
                visit.trouble = None  # nothing is left to send there
        finally:
            with self.wake:
                visit.busy = False
                self.wake.notify_all()
        self.say()

    def halted(self, visit: Visit) -> bool:
        """Asked after each page of a place: whether reading it ends here."""
        if self.idle or not self._ground.gate.is_open:
            return True
        self.say()
        with self.wake:
            return self.visits.better_waits(visit, self._clock.monotonic_s())

    def _again(self, visit: Visit, work: Work) -> None:
        with self.wake:
            if work is Work.READ:
                visit.reads = visit.reads or visit.follows
            else:
                visit.sends = True

    def _well(self, visit: Visit) -> None:
        with self.wake:
            back = self.visits.well(visit)
            self._standing.good()
        if back:
            self._log.tell("engine.hub_back", source=self.wire.host)

    def _failed(self, visit: Visit, trouble: ConsoleError) -> None:
        if trouble.says == CUT:
            return
        with self.wake:
            if isinstance(trouble, Denied) and trouble.says != "sync.denied":
                self._denied = trouble
                lost = True
            else:
                lost = self.visits.failed(visit, trouble, self._clock.monotonic_s())
        if lost:
            fault = trouble.values.get("fault")
            self._log.tell("engine.hub_lost", source=self.wire.host, why=trouble.says, fault=fault)

    # -- files --------------------------------------------------------------------------------------------------------

    def _errands_begin(self, now_s: float) -> bool:
        """The caller holds the lock. A server that is away is tried by documents."""
        return not self.visits.backoff.failures and self._errands.begins(now_s)

    def _errand(self) -> None:
        more = False
        try:
            more = self._errands.turn(self._clock.monotonic_s())
        except DiskTrouble as trouble:
            self._ground.gate.shut(trouble)
            more = True
        except (Away, Denied, BadAnswer, Refused) as trouble:
            self._errands.failed(self._clock.monotonic_s(), self.visits.pace.most_s)
            more = trouble.says != CUT
        finally:
            with self.wake:
                self._errands.busy = False
                self.wake.notify_all()  # what became due meanwhile was passed over by those who found it busy
        if not self._errands.broken:
            self.mended(BUG)
        if more:
            self.errands_due()

    # -- what happened ------------------------------------------------------------------------------------------------

    def _fact(self, fact: Fact) -> None:
        """A replicator has something to tell. Any of our threads."""
        log(fact, self._log.tell)
        note = note_of(fact, self._clock.now())
        if note is not None:
            with self.wake:
                self._standing.happened(note)
            self.say()
        self._told(fact)

    # -- how it stands ------------------------------------------------------------------------------------------------

    def say(self) -> None:
        """How it stands, to the keeper, where that is news. Where the disk takes none the next time says it."""
        with self.wake:
            bug = next(iter(self._bugs.values()), None)
            state = self._standing.news(Away(CUT) if self._cut else self._denied, bug)
        if state is not None:
            self._ground.keeper.write(lambda store, _: (None, store.hub(state)))
