"""Reports on their way to other applications: sent once, looked for where nobody knows, asked about by their token.

    due ─ begin: on the disk ─► POST ─ answer ─► taken │ refused │ later
                                  └─ broken off ─ nothing was written ─► waits      something was ─► unsure
    unsure ─ GET by its service ─ our reference stands there ─► taken       else: looked for ever more seldom

One thread; what a report says comes from the store with "begun" and is gone after. The key of a target comes from the
keyring and stands nowhere else. Every request is one connection of its own, so that none is sent anew by a library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from console.core.clock import Clock, millis
from console.core.errors import Away, ConsoleError, DiskTrouble
from console.core.forwarding import Post, takes_reports
from console.core.pack import CityPack, FeedEntry
from console.core.records import Changes, Kind
from console.store.keeper import Keeper
from console.store.postings import Due, Postings
from console.store.store import NOTHING, Store
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from sync.feed import Answer, Ask
from sync.feeds.open311.filing import Came, Filing, Reading
from sync.message import Message, Response
from sync.tokens import account

BY = "forward"
NAME = "forward"
LONGEST_S = 3600.0
NO_KEY_S = 60.0
"""Between two looks whether a key was given meanwhile."""
END_WITHIN_S = 3.0
_UNKNOWN = frozenset({"400", "404", "410"})
T = TypeVar("T")


class Sending(Protocol):
    """A conversation with one server."""

    def send(self, message: Message) -> Response:
        """What it says."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Wired(Protocol):
    """The wire, as it is needed here."""

    cut: bool

    def line(self, *, allow_private: bool = False, pin: str = "", count: Callable[[int], object] | None = None) -> Any:
        """A conversation with one server."""
        ...

    def fetch(self, ask: Ask, *, allow_private: bool = False) -> Answer:
        """The answer to one ask."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What it works with."""

    keeper: Keeper
    pack: CityPack
    wire: Wired
    credentials: Credentials
    clock: Clock
    log: EngineLog
    entry: Callable[[str], FeedEntry | None]
    """A source by its id, with its real address."""
    key: Callable[[FeedEntry], str] = lambda _entry: ""
    """A key that is known without a keyring: that of the embedded centre."""
    read: Reading = lambda feed, answer, memo: feed.decode(answer, memo)
    """Reads a page of reports."""


class Poster:
    """One engine's. `stir` may come from any thread."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._owed: list[tuple[Due, Callable[[Postings], object]]] = []
        """What came of a report and could not be written yet: the disk took nothing."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stir(self) -> None:
        """Look now whether there is something to do."""
        self._wake.set()

    def changed(self, changes: Changes) -> None:
        """Something was written."""
        if Kind.OUTBOX in changes.kinds and changes.by != BY:
            self.stir()

    def stop(self) -> bool:
        """End. True where it hangs: what is under way is unsure at the next start."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(END_WITHIN_S)
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                pause_s = self.turn()
            except CancelledError:
                return  # the keeper ended first
            except DiskTrouble as trouble:
                self._means.log.tell("engine.forward_not", fault=trouble.says)
                pause_s = NO_KEY_S
            self._means.clock.wait(self._wake, pause_s)
            self._wake.clear()

    def turn(self) -> float:
        """Do what is due; seconds until something is. Raises `DiskTrouble`, `CancelledError` where the keeper ended."""
        self._pay()
        if self._means.wire.cut:
            return LONGEST_S
        for due in self._ask(lambda posts: posts.due()):
            if self._ending.is_set():
                break
            self._one(due)
        later = self._ask(lambda posts: posts.next_ms())
        left = LONGEST_S if later is None else (later - millis(self._means.clock.now())) / 1000
        return min(max(left, 0.5), LONGEST_S)

    def _pay(self) -> None:
        """Write what is still owed. Until then it stands as begun, and nothing else is begun either."""
        while self._owed:
            self._settle(*self._owed[0])
            del self._owed[0]

    def _one(self, due: Due) -> None:
        entry = self._means.entry(due.target)
        if entry is None or not takes_reports(entry):
            self._not_now(due, "post.no_target", {"source": due.target})
            return
        memo = self._ask_store(lambda store: store.read.memo(entry.id))
        filing = Filing(entry, self._means.pack, memo)
        try:
            if due.state is Post.WAITING:
                self._post(due, entry, filing)
            elif due.state is Post.UNSURE:
                self._look(due, entry, filing)
            else:
                self._token(due, entry, filing)
        except ConsoleError as trouble:
            if isinstance(trouble, DiskTrouble):
                raise
            self._not_now(
                due, trouble.says, trouble.values, trouble.retry_after_s if isinstance(trouble, Away) else None
            )

    def _not_now(self, due: Due, says: str, values: Any, wait_s: float | None = None) -> None:
        """Nothing was sent, or nothing was learnt. Where a server was asked about what it may hold, that it is not sure
        says more than why the question failed."""
        told = {name: str(value)[:200] for name, value in dict(values).items()}
        if due.state is Post.WAITING:
            self._settle(due, lambda posts: posts.waits(due.command, says, told, max(wait_s or 0.0, NO_KEY_S)))
        else:
            self._settle(due, lambda posts: posts.looked(due.command, well=False))

    # sending

    def _post(self, due: Due, entry: FeedEntry, filing: Filing) -> None:
        key = self._means.credentials.secret(entry.address, account(entry.id)) or self._means.key(entry)
        if not key:
            self._not_now(due, "post.no_key", {"source": entry.id})
            return
        filing.where()  # raises where that is not known: before anything is begun
        going = self._settle(due, lambda posts: posts.begin(due.command))
        if going is None:
            return
        sent = 0

        def count(moved: int) -> None:
            nonlocal sent
            sent += moved

        line: Sending = self._means.wire.line(allow_private=entry.allow_private, count=count)
        try:
            response = line.send(filing.message(going, key))
        except ConsoleError as trouble:
            told = {name: str(value)[:200] for name, value in trouble.values.items()}
            wait_s = trouble.retry_after_s if isinstance(trouble, Away) else None
            says = trouble.says
            if sent:
                self._owe(due, lambda posts: posts.unsure(due.command, says, told))
            else:
                self._owe(due, lambda posts: posts.waits(due.command, says, told, wait_s or 0.0))
            return
        finally:
            line.close()
        self._judge(due, filing, response)

    def _judge(self, due: Due, filing: Filing, response: Response) -> None:
        verdict, command = filing.read(response), due.command
        if verdict.came is Came.TAKEN:
            self._owe(due, lambda posts: posts.taken(command, report=verdict.report, token=verdict.token))
        elif verdict.came is Came.REFUSED:
            self._owe(due, lambda posts: posts.refused(command, verdict.says, verdict.values))
        elif verdict.came is Came.LATER:
            self._owe(due, lambda posts: posts.waits(command, verdict.says, verdict.values, verdict.wait_s))
        else:
            self._owe(due, lambda posts: posts.unsure(command, verdict.says, verdict.values))

    # looking

    def _look(self, due: Due, entry: FeedEntry, filing: Filing) -> None:
        """Whether it stands there. Read well and not found it may still come to stand there: it stays unsure."""
        report, last = "", ""
        for ask in filing.looks(due.service, due.since_ms, millis(self._means.clock.now())):
            answer = self._means.wire.fetch(ask, allow_private=entry.allow_private)
            complaints, more = filing.page(answer, self._means.read)
            report = filing.found(due.reference, complaints)
            seen = f"{len(complaints)} {[each.id for each in complaints[:1]]}"
            if report or not more or seen == last:  # the same page again: it knows no pages
                break
            last = seen
        if report:
            self._settle(due, lambda posts: posts.taken(due.command, report=report))
        else:
            self._settle(due, lambda posts: posts.looked(due.command, well=True))

    def _token(self, due: Due, entry: FeedEntry, filing: Filing) -> None:
        """Which number it has by now."""
        try:
            answer = self._means.wire.fetch(filing.token_ask(due.token), allow_private=entry.allow_private)
            report = filing.token_read(answer)
        except Away as trouble:
            if str(trouble.values.get("status", "")) not in _UNKNOWN:
                raise
            report = ""
        if report:
            self._settle(due, lambda posts: posts.taken(due.command, report=report))
        else:
            self._settle(due, lambda posts: posts.looked(due.command, well=True))

    # the store

    def _owe(self, due: Due, job: Callable[[Postings], object]) -> None:
        """Write what came of a report that was begun, now or as soon as the disk takes it."""
        self._owed.append((due, job))
        self._pay()

    def _settle(self, due: Due, job: Callable[[Postings], T]) -> T:
        changes = Changes(
            frozenset({Kind.OUTBOX, Kind.EVENT, Kind.COMPLAINT, Kind.LEDGER}), frozenset({due.complaint}), BY
        )
        return self._means.keeper.write(lambda store, _: (store.post(job), changes)).result()

    def _ask(self, job: Callable[[Postings], T]) -> T:
        return self._ask_store(lambda store: job(store.postings))

    def _ask_store(self, job: Callable[[Store], T]) -> T:
        return self._means.keeper.write(lambda store, _: (job(store), NOTHING)).result()
