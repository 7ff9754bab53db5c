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
from typing import TYPE_CHECKING, Any, Protocol

from console.core import notes
from console.core.clock import Clock
from console.core.errors import BadAnswer, DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.people import Right
from console.core.people_notes import PersonAnswer, answer_values
from console.core.records import Changes, Kind
from console.core.settings import Settings
from console.store.blackbox import BlackBox
from console.store.database import SQLITE
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import Store
from sync.backups import Backups
from sync.bookkeeping import Bookkeeping
from sync.bundle import THREAD as BUNDLE_THREAD
from sync.credentials import Credentials
from sync.engine_log import Echo, EngineLog
from sync.exchange import Exchange, Means
from sync.feed import Feed
from sync.feeds import found as found_feeds
from sync.hub import THREAD as HUB_THREAD
from sync.inlet import Readable, lines_of
from sync.orders import Orders
from sync.outlet import Outlet
from sync.people import People
from sync.pull import Fetching, Gate, Hands, Pull, first_health
from sync.reading import Reader
from sync.rehearsal import Rehearsal
from sync.relay.own import OwnRelay
from sync.relay.server import THREAD as RELAY_THREAD
from sync.sources import THREAD, Sources
from sync.tending import Tending
from sync.visits import Pace
from sync.wire import AGENT, Line, Wire

if TYPE_CHECKING:
    from sync.bundle.errands import Errands

EXIT_BUG = 70
REVEAL_THREAD = "reveal"
TICK_S = 1.0
LONGEST_PROBE_S = 10.0
"""Between two tries of a disk that took nothing."""
SLEPT_S = 30.0
"""Wall time beyond monotonic time between two ticks that means the machine slept, or its clock was set."""


KEPT: Mapping[str, tuple[Right, ...]] = {
    "hub": (Right.EXCHANGE,),
    "bundle": (Right.EXCHANGE,),
    "sign_in": (Right.EXCHANGE, Right.SETTINGS),
}
"""Notes that are for those alone who have one of these rights; the screen does not offer them to others."""


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
        self._wire: CutWire = given.wire or Wire(given.clock, agent=AGENT)
        self._wire.cut = bool(given.cut)
        self._known = {each.id: each for each in store.read.sources()}
        self._memos = {entry.id: store.read.memo(entry.id) for entry in pack.feeds}
        self.keeper = Keeper(store, self._changed)
        self.gate = Gate(self._disk, self._disk_again)
        self.people = People.of(
            self.keeper,
            given.clock,
            log,
            store,
            pack,
            tell=self._answered,
            ended=lambda session, why: self._say("session", session=session, ended=why),
        )
        self.orders = Orders(
            self.keeper, pack, log, self._receipt, self.gate.shut, taken=self.gate.taken, people=self.people
        )
        self._kinds = found_feeds() if given.kinds is None else given.kinds
        # The other process finds its kinds as we do: those of a test it would not know.
        self._reader = Reader(given.reads if given.kinds is None else (), alone=lambda: log.tell("engine.reads_here"))
        self._hands = Hands(self._wire, self.keeper, given.clock, log, self.gate, self._reader.read)
        self.sources = Sources(pack, self._kinds, self._pull, log, given.clock)
        self.sources.cut(bool(given.cut))
        means = Means(
            store.profile,
            store.console,
            pack,
            self.keeper,
            self._wire,
            self.gate,
            given.clock,
            log,
            given.pace,
            store.room,
        )
        self._credentials = given.credentials or Credentials()
        self.exchange = Exchange(means, settings, self._credentials)
        self._errands: Errands | None = None
        self.exchange.cut(bool(given.cut))
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
            pack,
            settings,
            given.clock,
            credentials=self._credentials,
            console=store.console,
            tell=log.tell,
            trouble=lambda says, values: self._say("trouble", says=says, values=values),
        )
        hours = settings["backup.every_h"]
        self._backups = Backups(store.profile, given.clock, hours, log, self._backed_up)
        self._tending = Tending(store.profile, self.keeper, given.clock, log)
        self.books = Bookkeeping(
            store.profile, self.keeper, pack.id, given.clock, log, sends=lambda: self.exchange.hub is not None
        )

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
        self.relay.start()
        stream = self._given.stdin
        if stream is not None:
            threading.Thread(target=self._listen, args=(stream,), name="listening", daemon=True).start()
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
        if thread.startswith(RELAY_THREAD) or thread in (BUNDLE_THREAD, REVEAL_THREAD):
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
        """Every source of the pack is known to the screen from the start, also one that cannot be asked yet."""
        for entry in self._pack.feeds:
            health = first_health(entry, self._known.get(entry.id))
            if entry.kind not in self._kinds:
                values = {"source": entry.id}
                health = replace(health, trouble="shape", error="engine.feed_unknown", error_values=values)
            self.keeper.health(health)

    def _listen(self, stream: Readable) -> None:
        for line in lines_of(stream):
            try:
                self._hear(*notes.parse(line))
            except BadAnswer as fault:
                self._log.tell("engine.note_bad", why=fault.says)
        self.stop()

    def _hear(self, note: str, values: Mapping[str, Any]) -> None:
        why = self.people.kept_from(values.get("session"), KEPT[note]) if note in KEPT else None
        if why is None or (note == "bundle" and values.get("do") == "cancel"):
            self._heed(note, values)
            return
        self._log.tell("engine.note_kept", note=note, why=why.says)
        if note == "bundle":
            self._say(note, id=str(values.get("id", "")), state="refused", says=why.says, values={})
        else:
            self._say("trouble", says=why.says, values={})

    def _heed(self, note: str, values: Mapping[str, Any]) -> None:
        match note:
            case "do":
                self.orders.do(notes.read_envelope(values))
            case "cut":
                self.cut(values.get("cut") is True)
            case "now":
                self.sources.now(str(values.get("source", "")))
                self.exchange.now()
            case "centre":
                self.sources.centre(str(values.get("address", "")))
                self._embedded(values.get("hub"))
            case "hub":
                choice, place = str(values.get("choice", "")), str(values.get("place", ""))
                self.books.enter("hub.choice", **_asker(values), subject=place, choice=choice[:20])
                self.exchange.choose(choice, place)
            case "file":
                self.exchange.fetch_file(str(values.get("sha256", "")))
            case "sign_in":
                self.books.enter("hub.account", **_asker(values), subject=str(values.get("user", "")))
                self._aside(lambda: self._sign_in(str(values.get("user", "")), str(values.get("secret", ""))))
            case "person":
                self.people.hear(values)
            case "bundle":
                self._bundle(values)
            case "reveal":
                self._reveal(values)
            case "rehearse":
                self._rehearse(values.get("seconds"))
            case "bye":
                self.stop()
            case _:
                self._log.tell("engine.note_unknown", note=note)

    def _embedded(self, hub: object) -> None:
        """The databases of the embedded centre, with the account of this run."""
        if isinstance(hub, dict) and isinstance(hub.get("port"), int):
            url = f"http://127.0.0.1:{hub['port']}"
            user, secret = str(hub.get("user", "")), str(hub.get("secret", ""))
            self._aside(lambda: self.exchange.embedded(url, user, secret))

    def _sign_in(self, user: str, secret: str) -> None:
        if not self.exchange.sign_in(user, secret):
            self._say("trouble", says="engine.secret_memory")

    @staticmethod
    def _aside(job: Callable[[], None]) -> None:
        """Something that may take seconds (a keyring asks a person, an exchange ends): no command waits for it."""
        threading.Thread(target=job, name=f"{HUB_THREAD}change", daemon=True).start()

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

    def _rehearse(self, seconds: Any) -> None:
        """Practise with the cable out. Where it is out already there is nothing to practise."""
        if isinstance(seconds, int | float) and not self._wire.cut and self.rehearsal.begin(float(seconds)):
            self._log.tell("engine.rehearsal", seconds=seconds)

    def _bundle(self, wish: Mapping[str, Any]) -> None:
        """Something with bundles. Whoever never asks for one need not load what seals them."""
        from sync.bundle.errands import Errands, Ground

        if self._errands is None:
            ground = Ground(self.store.profile, self._pack.id, self._clock, self.keeper, self._credentials)
            self._errands = Errands(ground, lambda told: self._say("bundle", **told))
        self._errands.do(wish)

    def _revealing(self, session: str, by: str) -> str:
        """Name of who may open something personal. Raises `Refused`."""
        found = self.people.who(session, Right.REVEAL)
        name = by.strip() if found is None else found.name
        if not name:
            raise Refused("commands.nobody")
        return name

    def _reveal(self, wish: Mapping[str, Any]) -> None:
        """Open something personal. Whoever never does need not load what opens it."""
        from sync.city_key import CityKeys
        from sync.reveals import Reveals

        profile, city = self.store.profile, self._pack.id
        keys = CityKeys(self._credentials)
        reveals = Reveals(self.keeper, lambda: Read.open(profile), city, keys, self._revealing, self._say)
        threading.Thread(target=reveals.do, args=(wish,), name=REVEAL_THREAD, daemon=True).start()

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
        return Pull(feed, self._hands, memo=self._memos[source], known=self._known.get(source))

    def _tick(self, wall: datetime, mono_s: float) -> None:
        while not self._clock.wait(self._stopping, TICK_S):
            now, now_s = self._clock.now(), self._clock.monotonic_s()
            if (now - wall).total_seconds() - (now_s - mono_s) > SLEPT_S:
                self._log.tell("engine.slept")
                self.sources.woke()
                self.exchange.woke()
            wall, mono_s = now, now_s
            if self._outlet is not None and self._outlet.gone.is_set():
                self.stop()
            if self._trouble is not None:
                self._try_disk()
            self._backups.look()
            self._tending.look()
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

    def _changed(self, changes: Changes) -> None:
        if Kind.PERSON in changes.kinds:
            self._persons()
        self.exchange.changed(changes)
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
        if self._errands is not None:
            self._errands.stop()
        self.people.stop()
        self._backups.stop()
        self._tending.stop()
        hanging = [*self.sources.stop(), *self.exchange.stop()]
        for source in hanging:
            self._log.tell("engine.hangs", source=source)
        self.relay.stop()
        self.keeper.close()
        self._wire.close()
        self.store.close()
        self._log.tell("engine.bye", code=self._code)
        self._say("bye")


def _asker(values: Mapping[str, Any]) -> dict[str, str]:
    """Who asked, as a note of the screen says it."""
    return {"who": str(values.get("by", "")), "session": str(values.get("session", ""))}
