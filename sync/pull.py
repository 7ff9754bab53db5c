"""One source, one thread: ask, fetch, decode, hand to the keeper, say how the source stands. Runs off the screen.

While the keeper writes a page the next one is fetched and decoded: two pages in flight, never more. What hangs here
hangs alone. The memo goes on only with records that are on the disk, so whatever ends this thread, nothing is skipped.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from console.core.clock import MOST_AHEAD, Clock
from console.core.errors import Away, BadAnswer, Denied, DiskTrouble
from console.core.pack import FeedEntry
from console.core.records import Batch, Changes, SourceHealth
from sync.engine_log import EngineLog
from sync.feed import Answer, Ask, Feed
from sync.schedule import Phase, Schedule, Told

LONGEST_WAIT_S = 60.0
OF = "of"
"""Place in a memo for what it is about: another source behind the same name is asked from its beginning."""
SAID_EVERY_S = 1.0
"""A long catching-up says how it stands that often."""
QUIET_S = 4.0
"""A source that is well, has nothing new and is asked more often than that says that seldom how it stands: each time
costs a write, and a look of every screen."""
CUT = "sync.cut"
"""What the wire says while it is cut on purpose."""
_TROUBLE = {Phase.LOST: "away", Phase.WORN: "away", Phase.GARBLED: "shape", Phase.DENIED: "denied"}


class Fetching(Protocol):
    """The wire, as far as it is needed here."""

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        """The answer, or `Away`, `Denied`, `BadAnswer`."""
        ...


class Taking(Protocol):
    """The keeper, as far as it is needed here."""

    def take(self, batch: Batch) -> Future[Changes]:
        """Store what a source sent, with its memo."""
        ...

    def health(self, health: SourceHealth) -> Future[Changes]:
        """Keep how a source stands."""
        ...

    def keep_bad_answer(self, source: str, raw: bytes, why: str) -> Future[Changes]:
        """Keep an answer that was not in its form."""
        ...


class Gate:
    """Whether anything may be taken from sources now: shut while the disk takes nothing."""

    def __init__(self, on_trouble: Callable[[DiskTrouble], None], on_taken: Callable[[], None]) -> None:
        self._open = threading.Event()
        self._open.set()
        self._on_trouble = on_trouble
        self._on_taken = on_taken

    @property
    def is_open(self) -> bool:
        """Whether intake goes on."""
        return self._open.is_set()

    def shut(self, trouble: DiskTrouble) -> None:
        """The disk took nothing."""
        self._open.clear()
        self._on_trouble(trouble)

    def reopen(self) -> None:
        """There may be room again: try."""
        self._open.set()

    def taken(self) -> None:
        """The disk took something. While shut that says nothing: what is small finds room where intake has none."""
        if self._open.is_set():
            self._on_taken()


@dataclass(frozen=True, slots=True)
class _Flying:
    """A page on its way to the disk."""

    future: Future[Changes]
    batch: Batch
    at: datetime


def _unsigned(_entry: FeedEntry, ask: Ask) -> Ask:
    return ask


def _here(feed: Feed, answer: Answer, memo: Mapping[str, Any]) -> Batch:
    return feed.decode(answer, memo)


@dataclass(frozen=True, slots=True)
class Hands:
    """What every pull works with."""

    wire: Fetching
    keeper: Taking
    clock: Clock
    log: EngineLog
    gate: Gate
    read: Callable[[Feed, Answer, Mapping[str, Any]], Batch] = _here
    """Reads an answer; the usual way is where we are."""
    sign: Callable[[FeedEntry, Ask], Ask] = _unsigned
    """The ask with what its source has to be shown."""


class Pull:
    """One source. `run` is its thread; `now`, `woke`, `cut`, `joined`, `moved` and `stop` are for others to call."""

    def __init__(
        self,
        feed: Feed,
        hands: Hands,
        *,
        memo: Mapping[str, Any],
        known: SourceHealth | None = None,
    ) -> None:
        """`memo` is the stored one; `known` how the source stood when the engine last ran."""
        self.feed = feed
        self.health = first_health(feed.entry, known)
        self._wire = hands.wire
        self._keeper = hands.keeper
        self._clock = clock = hands.clock
        self._log = hands.log
        self._gate = hands.gate
        self._read = hands.read
        self._sign = hands.sign
        self._memo = self._ours(memo)
        self._schedule = Schedule(feed.entry.cadence_s, clock.chance, clock.monotonic_s())
        self._flying: _Flying | None = None
        self._answer: Answer | None = None
        self._count = self._refused = 0
        self._said_s = -math.inf
        self._begun_s = 0.0
        self._wishes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stirred = threading.Event()
        self._stopping = threading.Event()

    @property
    def source(self) -> str:
        """Id of the source."""
        return self.feed.entry.id

    @property
    def _of(self) -> str:
        """What a memo is about. The embedded centre's port changes with each start, its path says what it serves."""
        address = self.feed.entry.address
        parts = urlsplit(address)
        return parts.path if parts.hostname == "127.0.0.1" else address

    def _ours(self, memo: Mapping[str, Any]) -> Mapping[str, Any]:
        """The memo, where it is about the source as it is declared now; else that of one never asked."""
        return {**(memo if memo.get(OF, self._of) == self._of else {}), OF: self._of}

    def now(self) -> None:
        """A person asks for it."""
        self._wish(self._want)

    def woke(self) -> None:
        """The machine slept."""
        self._wish(lambda: self._schedule.woke(self._clock.monotonic_s()))

    def cut(self) -> None:
        """The connection is cut on purpose."""
        self._wish(self._cut)

    def joined(self) -> None:
        """The connection is whole again."""
        self._wish(self._joined)

    def moved(self, feed: Feed) -> None:
        """The same source at another address: ask there at once."""

        def move() -> None:
            self.feed = feed
            self._memo = self._ours(self._memo)
            self._want()

        self._wish(move)

    def pause(self, paused: bool) -> None:
        """A person wants no more of it for now, or wants it again: then it is asked at once."""

        def turn() -> None:
            if self.health.paused == paused:
                return
            self.health = replace(self.health, paused=paused)
            if not paused:
                self._schedule.wanted(self._clock.monotonic_s())
            self._say()

        self._wish(turn)

    def stir(self) -> None:
        """Look again whether intake may go on."""
        self._stirred.set()

    def stop(self) -> None:
        """End the thread soon: after the fetch under way, which ends within its deadline or at once where cut."""
        self._stopping.set()
        self._stirred.set()

    def run(self) -> None:
        """The thread."""
        while not self._stopping.is_set():
            self._heed()
            wait_s = self._wait_s()
            if wait_s > 0:
                self._clock.wait(self._stirred, wait_s)
                continue
            try:
                self.visit()
            except CancelledError:
                return  # the keeper ended first; what it did not take is asked for again

    def visit(self) -> None:
        """One turn: everything the source has for us now, then how it stands."""
        self._count = self._refused = 0
        self._begun_s = self._clock.monotonic_s()
        was = self.health
        self.health = replace(was, last_try_at=self._clock.now())
        try:
            try:
                self._walk()
            finally:
                self._settle()
        except DiskTrouble as trouble:
            self._schedule.good(self._clock.monotonic_s())
            self._gate.shut(trouble)
            return
        except Away as trouble:
            if trouble.says == CUT:
                if not self._stopping.is_set():
                    self._cut()
                return
            self._failed(trouble)
        except (Denied, BadAnswer) as trouble:
            self._failed(trouble)
        else:
            self._well()
        if self._is_news(was):
            self._say()

    def _is_news(self, was: SourceHealth) -> bool:
        """Whether it must be said how the source stands now."""
        now, entry = self.health, self.feed.entry
        if now.error or was.error or was.last_good_at is None or self._count or self._refused:
            return True
        if (now.newest_at, now.trouble) != (was.newest_at, was.trouble):
            return True
        return self._clock.monotonic_s() - self._said_s >= min(QUIET_S, entry.stale_after_s / 4)

    def _walk(self) -> None:
        """Page after page, the last one possibly still on its way to the disk."""
        memo = self._memo
        more = True
        while more and not self._stopping.is_set() and self._gate.is_open:
            before, more = memo, False
            for ask in self.feed.ask(memo, self._clock.now()):
                batch = self._asked(ask, memo)
                self._settle()
                self._hand_over(batch)
                memo, more = batch.memo, more or batch.more
            if more and memo == before:
                raise BadAnswer("engine.feed_stuck", source=self.source)

    def _asked(self, ask: Ask, memo: Mapping[str, Any]) -> Batch:
        """The batch of an ask, also where the feed knows what it means that nothing came of it."""
        try:
            return self._fetched(ask, memo)
        except (Away, Denied, BadAnswer) as trouble:
            if isinstance(trouble, Away) and trouble.says == CUT:
                raise
            batch = self.feed.missed(ask, trouble, memo)
            if batch is None:
                raise
            self._answer = self._answer or Answer(b"", "", "", self._clock.now(), ask.url, tag=ask.tag)
            return replace(batch, memo={**batch.memo, OF: self._of})

    def _fetched(self, ask: Ask, memo: Mapping[str, Any]) -> Batch:
        self._answer = None
        signed = self._sign(self.feed.entry, ask)
        answer = self._wire.fetch(signed, allow_private=self.feed.entry.allow_private)
        self._answer = answer
        batch = self._read(self.feed, answer, memo)
        return replace(batch, memo={**batch.memo, OF: self._of})

    def _hand_over(self, batch: Batch) -> None:
        if self._answer is None:
            return
        at = self._answer.at
        if batch.count or batch.refused or batch.series or batch.whole or batch.memo != self._memo:
            self._flying = _Flying(self._keeper.take(batch), batch, at)
        else:
            self._landed(batch, at)

    def _settle(self) -> None:
        """Wait until the page under way is on the disk; only then its memo counts."""
        flying, self._flying = self._flying, None
        if flying is None:
            return
        flying.future.result()
        self._gate.taken()
        self._memo = flying.batch.memo
        self._landed(flying.batch, flying.at)

    def _landed(self, batch: Batch, at: datetime) -> None:
        self._count += batch.count
        self._refused += len(batch.refused)
        said = (self.health.newest_at, batch.newest_at)
        newest = [each for each in said if each is not None and each <= at + MOST_AHEAD]
        self.health = replace(
            self.health,
            last_good_at=at,
            newest_at=max(newest, default=None),
            records_last=self._count,
            records_total=self.health.records_total + batch.count,
            refused_last=self._refused,
        )
        now_s = self._clock.monotonic_s()
        if now_s - self._begun_s >= SAID_EVERY_S:
            self._reached()  # a long visit; a short one is judged as a whole, for its last question may fail as ever
        if now_s - max(self._said_s, self._begun_s) >= SAID_EVERY_S:
            self._say()

    def _reached(self) -> None:
        """It is there again: nobody is told of a source that is lost while its pages come in."""
        self.health = replace(self.health, error="", error_values={}, trouble="", lost_since=None)

    def _well(self) -> None:
        told = self._schedule.good(self._clock.monotonic_s())
        self._reached()
        if told is Told.BACK:
            self._log.tell("engine.back", source=self.source)
        if self._count or self._refused:
            self._log.tell("engine.taken", source=self.source, records=self._count, refused=self._refused)

    def _failed(self, trouble: Away | Denied | BadAnswer) -> None:
        told = self._schedule.failed(self._clock.monotonic_s(), trouble)
        self.health = replace(
            self.health,
            error=trouble.says,
            error_values={name: str(value)[:200] for name, value in trouble.values.items()},
            trouble=_TROUBLE[self._schedule.phase],
            lost_since=self.health.lost_since or self._clock.now(),
        )
        if told is Told.LOST:
            self._log.tell("engine.lost", source=self.source, why=trouble.says, fault=trouble.values.get("fault"))
        if isinstance(trouble, BadAnswer) and self._answer is not None and self._answer.body:
            self._keeper.keep_bad_answer(self.source, self._answer.body, trouble.says)

    def _want(self) -> None:
        """A person waits for it: asked soon, and said what came of it."""
        self._schedule.wanted(self._clock.monotonic_s())
        self._said_s = -math.inf

    def _cut(self) -> None:
        self._schedule.cut()
        if self.health.trouble != "cut":
            self.health = replace(self.health, trouble="cut", error=CUT, error_values={})
            self._say()

    def _joined(self) -> None:
        self._schedule.joined(self._clock.monotonic_s())
        if self.health.trouble == "cut":
            trouble = _TROUBLE.get(self._schedule.phase, "")
            self.health = replace(self.health, trouble=trouble, error="")
            self._say()

    def _say(self) -> None:
        """How the source stands, to the keeper. Where the disk takes none the next turn says it."""
        now_s = self._clock.monotonic_s()
        self._said_s = now_s
        due_s = math.inf if self.health.paused else self._schedule.due_in_s(now_s)
        self.health = replace(self.health, next_at=_later(self._clock.now(), due_s))
        self._keeper.health(self.health)

    def _wait_s(self) -> float:
        if not self._gate.is_open or self.health.paused:
            return LONGEST_WAIT_S
        return min(self._schedule.due_in_s(self._clock.monotonic_s()), LONGEST_WAIT_S)

    def _wish(self, wish: Callable[[], None]) -> None:
        self._wishes.put(wish)
        self._stirred.set()

    def _heed(self) -> None:
        """Do what others asked for. Cleared first: a wish that comes meanwhile stirs again."""
        self._stirred.clear()
        while True:
            try:
                self._wishes.get_nowait()()
            except queue.Empty:
                return


def _later(now: datetime, seconds: float) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds < 1e7 else None


def first_health(entry: FeedEntry, known: SourceHealth | None) -> SourceHealth:
    """How a source stands before its first turn: as it stood last, under its present declaration."""
    title = entry.title.get("id") or next(iter(entry.title.values()), entry.id)
    fresh = SourceHealth(
        id=entry.id,
        title=title,
        kind=entry.kind,
        cadence_s=entry.cadence_s,
        stale_after_s=entry.stale_after_s,
        last_good_at=None,
        last_try_at=None,
        next_at=None,
        newest_at=None,
        records_last=0,
        records_total=0,
        refused_last=0,
        error="",
        error_values={},
        trouble="",
        lost_since=None,
        licence=entry.licence,
    )
    if known is None:
        return fresh
    return replace(
        fresh,
        last_good_at=known.last_good_at,
        last_try_at=known.last_try_at,
        newest_at=known.newest_at,
        records_total=known.records_total,
        lost_since=known.lost_since,
        paused=known.paused,
    )
