"""The engine: the process that writes. It keeps the store, asks the sources, does what operators ask, and says so.

At the start: lock and store, then what the black box holds and the store does not, then hello, then the sources.
At the end, within seconds and in this order: sources, keeper, store, farewell. Notes come in on one pipe and go out on
another; without a screen it tells the same in sentences. Runs without Qt and without a window.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from console.core.audience import SETTING as AUDIENCE
from console.core.audience import Audience
from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.pack import CityPack
from console.core.people_notes import PersonAnswer, answer_values
from console.core.records import Changes, Kind
from console.core.retention import Report
from console.core.settings import Settings
from console.store.blackbox import BlackBox
from console.store.database import SQLITE
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import Store
from sync import tokens
from sync.backups import Backups
from sync.bookkeeping import Bookkeeping
from sync.bundle import THREAD as BUNDLE_THREAD
from sync.centre.filing import DEMO_KEY
from sync.covering import Covering
from sync.credentials import Credentials
from sync.engine_log import Echo, EngineLog
from sync.exchange import Exchange, Means
from sync.feed import Feed
from sync.feeds import found as found_feeds
from sync.hearing import REVEAL_THREAD, RIGHTS_THREAD, Hearing, Parts
from sync.hub import THREAD as HUB_THREAD
from sync.inlet import Readable
from sync.local_files import WithFiles
from sync.offline import Offline
from sync.orders import Orders
from sync.outlet import Outlet
from sync.own_sources import Means as OwnMeans
from sync.own_sources import OwnSources
from sync.people import People
from sync.poster import NAME as POSTER
from sync.poster import Means as PostMeans
from sync.poster import Poster
from sync.pull import Fetching, Gate, Hands, Pull, first_health
from sync.reading import Reader
from sync.rehearsal import Rehearsal
from sync.relay.own import OwnRelay
from sync.relay.server import THREAD as RELAY_THREAD
from sync.retention import ASKS, Retention
from sync.sources import THREAD, Sources
from sync.tending import Tending
from sync.visits import Pace
from sync.wire import AGENT, Line, Wire

EXIT_BUG = 70
TICK_S = 1.0
LONGEST_PROBE_S = 10.0
"""Between two tries of a disk that took nothing."""
SLEPT_S = 30.0
"""Wall time beyond monotonic time between two ticks that means the machine slept, or its clock was set."""


class CutWire(Fetching, Protocol):
    """A wire that can be cut."""

    cut: bool

    def line(self, *, allow_private: bool = False, pin: str = "", count: Callable[[int], object] | None = None) -> Line:
        """A conversation with one server."""
        ...

    def close(self) -> None:
        """Let go of kept connections."""
        ...


@dataclass(slots=True)
class Given:
    """What an engine is started with. A test gives it other things than a start of the program does."""

    clock: Clock
    stdin: Readable | None = None
    outlet: Outlet | None = None
    echo: Echo | None = None
    pack: CityPack | None = None
    """None takes that of the settings."""
    centre: str = ""
    cut: bool | None = None
    """None takes the setting `sync.cut`."""
    wire: CutWire | None = None
    kinds: Mapping[str, type[Feed]] | None = None
    """Kinds of feeds; None takes all there are."""
    credentials: Credentials | None = None
    """None takes the machine's keyring."""
    pace: Pace | None = None
    """How often the centre is asked; None takes the usual."""
    reads: Sequence[str] = ()
    """Starts the process that reads answers of sources; () reads them in this one."""


class Engine:
    """One running engine. Made on an open store; `run` is its life."""

    def __init__(self, store: Store, pack: CityPack, settings: Settings, log: EngineLog, given: Given) -> None:
        self.store = store
        self._given = given
        self._clock = given.clock
        self._log = log
        self._outlet = given.outlet
        self._pack = pack
        self._code = 0
        self._trouble: DiskTrouble | None = None
        self._probe_s = self._pause_s = 0.0
        self._stopping = threading.Event()
        self._known = {each.id: each for each in store.read.sources()}
        self._memos = {entry.id: store.read.memo(entry.id) for entry in pack.feeds}
        self.keeper = Keeper(store, self._changed)
        self.gate = Gate(self._disk, self._disk_again)
        self._make_doing(given)
        self._make_sources(given)
        self._make_exchange(given, settings)
        self._make_watches(settings)
        parts = Parts(
            store.profile,
            pack,
            given.clock,
            log,
            self.keeper,
            self._credentials,
            self.people,
            self.orders,
            self.sources,
            self.exchange,
            self.rehearsal,
            self.books,
            OwnSources(
                OwnMeans(
                    store.profile,
                    pack,
                    self.sources,
                    self._kinds,
                    WithFiles(self._wire, given.clock).fetch,
                    self._reader.read,
                    self.keeper,
                    self.books,
                    given.clock,
                    self._say,
                )
            ),
            self._say,
            self.cut,
            lambda: self._wire.cut,
            self.stop,
            Audience(settings[AUDIENCE]),
        )
        self.hearing = Hearing(parts)

    def _make_doing(self, given: Given) -> None:
        """Who asks, and what is done for them."""
        self.people = People.of(
            self.keeper,
            given.clock,
            self._log,
            self.store,
            self._pack,
            tell=self._answered,
            ended=lambda session, why: self._say("session", session=session, ended=why),
        )
        self.orders = Orders(
            self.keeper,
            self._pack,
            self._log,
            self._receipt,
            self.gate.shut,
            taken=self.gate.taken,
            people=self.people,
        )

    def _make_sources(self, given: Given) -> None:
        """The wire, and the sources that are asked by it."""
        log = self._log
        self._wire: CutWire = given.wire or Wire(given.clock, agent=AGENT)
        self._wire.cut = bool(given.cut)
        self._kinds = found_feeds() if given.kinds is None else given.kinds
        # The other process finds its kinds as we do: those of a test it would not know.
        self._reader = Reader(given.reads if given.kinds is None else (), alone=lambda: log.tell("engine.reads_here"))
        self._hands = Hands(
            WithFiles(self._wire, given.clock),
            self.keeper,
            given.clock,
            log,
            self.gate,
            read=self._reader.read,
            sign=lambda entry, ask: tokens.signed(entry, ask, self._credentials),
        )
        self.sources = Sources(self._pack, self._kinds, self._pull, log, given.clock)
        self.sources.cut(bool(given.cut))

    def _make_exchange(self, given: Given, settings: Settings) -> None:
        """The centre, practice without it, and those we serve."""
        store = self.store
        means = Means(
            store.profile,
            store.console,
            self._pack,
            self.keeper,
            self._wire,
            self.gate,
            given.clock,
            self._log,
            given.pace,
            store.room,
        )
        self._credentials = given.credentials or Credentials()
        self.exchange = Exchange(means, settings, self._credentials)
        self.exchange.cut(bool(given.cut))
        self.poster = Poster(
            PostMeans(
                self.keeper,
                self._pack,
                self._wire,
                self._credentials,
                given.clock,
                self._log,
                entry=self.sources.entry,
                key=lambda entry: DEMO_KEY if self.sources.embedded(entry.id) else "",
                read=self._reader.read,
            )
        )
        self.rehearsal = Rehearsal(
            given.clock,
            cut=self._cut_all,
            waiting=self._outbox,
            sources=lambda: len(self.sources.health()) + (self.exchange.hub is not None),
            sends=lambda: self.exchange.hub is not None,
            tell=self._rehearsed,
        )
        self.relay = OwnRelay(
            store.profile,
            self.keeper,
            self._pack,
            settings,
            given.clock,
            credentials=self._credentials,
            console=store.console,
            tell=self._log.tell,
            trouble=lambda says, values: self._say("trouble", says=says, values=values),
        )

    def _make_watches(self, settings: Settings) -> None:
        """What is looked after once a second."""
        profile, clock, log = self.store.profile, self._clock, self._log
        self._backups = Backups(profile, clock, settings["backup.every_h"], log, self._backed_up)
        self._tending = Tending(profile, self.keeper, clock, log)
        self._retention = Retention(profile, self.keeper, clock, log, self._retained)
        self._covering = Covering(self.keeper, clock, log)
        self._offline = Offline(
            profile,
            self.keeper,
            clock,
            log,
            self._credentials,
            city=self._pack.id,
            console=lambda: self.store.console,
            days=settings["offline.expire_days"],
        )
        sends = lambda: self.exchange.hub is not None  # noqa: E731
        self.books = Bookkeeping(profile, self.keeper, self._pack.id, clock, log, sends=sends)

    def run(self) -> int:
        """Live until told to end, or until the input ends; the exit code."""
        seen = self._clock.now(), self._clock.monotonic_s()
        self.books.look()
        box = BlackBox(self.store.profile.blackbox, self._clock)
        left = [envelope for envelope in box.lines() if not self.store.read.done(envelope.id)]
        self._hello(len(left))
        self.orders.replay(left)
        self._introduce()
        self.sources.start(self._given.centre)
        self.exchange.start()
        self.poster.start()
        stream = self._given.stdin
        if stream is not None:
            threading.Thread(target=self.hearing.listen, args=(stream,), name="listening", daemon=True).start()
        self.relay.start()  # it may wait for a keyring: nobody else does
        self._tick(*seen)
        self._end()
        return self._code

    def stop(self, code: int = 0) -> None:
        """End soon. Any thread may ask."""
        self._code = self._code or code
        self._stopping.set()

    def bug(self, error: BaseException, thread: str) -> None:
        """An error of our own in a thread. That of a source ends the source alone, that of a relay's
        conversation or of an errand that one; any other ends the engine."""
        self._log.bug(error, thread)
        if thread.startswith(RELAY_THREAD) or thread in (BUNDLE_THREAD, REVEAL_THREAD, RIGHTS_THREAD):
            return  # it ended one conversation; whoever spoke asks again
        if thread.startswith(HUB_THREAD):
            self._say("trouble", says="engine.bug_hub", values={"source": thread.removeprefix(HUB_THREAD)})
        elif thread.startswith(THREAD):
            source = thread.removeprefix(THREAD)
            self._say("trouble", says="engine.bug_source", values={"source": source})
        else:
            self.stop(EXIT_BUG)

    def _hello(self, replayed: int) -> None:
        self._log.tell("engine.hello", replayed=replayed, sqlite=SQLITE, state=self._pack.id)
        told = [{"where": each.where, "says": each.says, "values": dict(each.values)} for each in self.store.notices]
        self._say("hello", pack=self._pack.id, pid=os.getpid(), replayed=replayed, notices=told)

    def _introduce(self) -> None:
        """Every source of the pack is known to the screen from the start, also one that cannot be asked yet; one
        that is declared no more is forgotten, else it would stand there as late for ever."""
        for gone in self._known.keys() - {entry.id for entry in self._pack.feeds}:
            self.keeper.write(lambda store, _, gone=gone: (None, store.forget_source(gone)))  # type: ignore[misc]
        for entry in self._pack.feeds:
            health = first_health(entry, self._known.get(entry.id))
            if entry.kind not in self._kinds:
                values = {"source": entry.id}
                health = replace(health, trouble="shape", error="engine.feed_unknown", error_values=values)
            self.keeper.health(health)

    def cut(self, cut: bool) -> None:
        """Cut the connection on purpose, or join it again."""
        if not cut:
            self.rehearsal.joined()
        self._cut_all(cut)

    def _cut_all(self, cut: bool) -> None:
        if cut != self._wire.cut:
            self._log.tell("engine.cut" if cut else "engine.joined")
        self._wire.cut = cut
        self.sources.cut(cut)
        self.exchange.cut(cut)
        self.poster.stir()

    def _rehearsed(self, report: dict[str, Any]) -> None:
        self._log.tell("engine.rehearsed", deeds=report["deeds"], waited=report["waited"])
        self._say("rehearsed", **report)

    def _outbox(self) -> int:
        """How many changes wait to be sent. Any thread."""
        read = Read.open(self.store.profile)
        try:
            return read.outbox().waiting
        finally:
            read.close()

    def _pull(self, feed: Feed) -> Pull:
        source = feed.entry.id
        return Pull(feed, self._hands, memo=self._memos.get(source, {}), known=self._known.get(source))

    def _tick(self, wall: datetime, mono_s: float) -> None:
        while not self._clock.wait(self._stopping, TICK_S):
            now, now_s = self._clock.now(), self._clock.monotonic_s()
            if (now - wall).total_seconds() - (now_s - mono_s) > SLEPT_S:
                self._log.tell("engine.slept")
                self.sources.woke()
                self.exchange.woke()
                self.poster.stir()
            wall, mono_s = now, now_s
            if self._outlet is not None and self._outlet.gone.is_set():
                self.stop()
            if self._trouble is not None:
                self._try_disk()
            self._backups.look()
            self._tending.look()
            self._retention.look()
            self._covering.look()
            self._offline.look()
            self.books.look()
            self.exchange.tick()

    def _try_disk(self) -> None:
        """Is there room again? Then sources and waiting commands may try; what they meet says whether it is so."""
        now_s = self._clock.monotonic_s()
        if now_s < self._probe_s:
            return
        self._pause_s = min(LONGEST_PROBE_S, 2 * self._pause_s or TICK_S)
        self._probe_s = now_s + self._pause_s
        try:
            self.store.room.ask_intake(self.store.profile.folder)
        except DiskTrouble:
            if self.orders.waiting:
                self.orders.retry()
            return
        self.gate.reopen()
        self.sources.stir()
        self.exchange.stir()
        self.orders.retry()

    def _disk(self, trouble: DiskTrouble) -> None:
        first = self._trouble is None or self._trouble.says != trouble.says
        self._trouble = trouble
        if first:
            self._log.tell("engine.disk", why=trouble.says, fault=trouble.values.get("fault"))
            self._say("trouble", says=trouble.says, values=dict(trouble.values))

    def _disk_again(self) -> None:
        trouble, self._trouble = self._trouble, None
        self._pause_s = 0.0
        if trouble is not None:
            self._log.tell("engine.disk_again", why=trouble.says)
            self._say("trouble", says=trouble.says, gone=True)

    def _backed_up(self, trouble: DiskTrouble | None) -> None:
        """A backup that cannot be made is told until one was made."""
        self._say(
            "trouble", says="engine.backup_not", values={"fault": trouble.says if trouble else ""}, gone=trouble is None
        )

    def _retained(self, report: Report) -> None:
        """What has run out and is very much is told until a person had it erased, or it is no longer so."""
        held = [report.of(name) for name in report.held_back]
        values = {"fields": len(held), "due": max((each.due for each in held), default=0)}
        self._say("trouble", says=ASKS, values=values, gone=not held)

    def _changed(self, changes: Changes) -> None:
        if Kind.PERSON in changes.kinds:
            self._persons()
            self._offline.stir()
        self.exchange.changed(changes)
        self.poster.changed(changes)
        if self._outlet is not None:
            self._outlet.changes(changes)

    def _persons(self) -> None:
        """What is known of persons moved. Where it cannot be read, the last that was known holds: the next change, or
        the next start, reads it again."""
        try:
            self.people.refresh(self.store)
        except DiskTrouble as trouble:
            self.gate.shut(trouble)

    def _answered(self, answer: PersonAnswer) -> None:
        self._say("person", **answer_values(answer))

    def _receipt(self, receipt: Any) -> None:
        self.rehearsal.receipt(receipt)
        if self._outlet is not None:
            self._outlet.receipt(receipt)

    def _say(self, note: str, **values: object) -> None:
        if self._outlet is not None:
            self._outlet.say(note, **values)

    def _end(self) -> None:
        self._wire.cut = True
        self._reader.close()
        self.rehearsal.stop()
        self.hearing.stop()
        self.people.stop()
        self._backups.stop()
        self._tending.stop()
        self._retention.stop()
        self._covering.stop()
        hanging = [*self.sources.stop(), *self.exchange.stop()]
        if self.poster.stop():
            hanging.append(POSTER)
        for source in hanging:
            self._log.tell("engine.hangs", source=source)
        self.relay.stop()
        self.keeper.close()
        self._wire.close()
        self.store.close()
        self._log.tell("engine.bye", code=self._code)
        self._say("bye")
