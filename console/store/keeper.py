"""The keeper: one thread that owns every write. Operators first, then what sources sent, then what can wait.

A command waits for at most one slice of an intake: the slice is committed, the commands are done, the intake goes
on. Whoever asks gets a future; what changed is announced after each commit, from the keeper's thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from console.core.command import Command, Envelope, Receipt
from console.core.errors import DiskTrouble, Refused
from console.core.records import Batch, Changes, SourceHealth
from console.store.pause import Pause
from console.store.store import ENTERED, NOTHING, Store

T = TypeVar("T")
QUIET_S = 0.25
"""So long nobody asks anything before what can wait is done: the next page of a source is there within less, and would
wait for it."""
_Job = Callable[[], None]


class Keeper:
    """The thread that writes. `close` ends it; what waits then is cancelled, what was begun is ended."""

    def __init__(self, store: Store, on_changes: Callable[[Changes], None] | None = None) -> None:
        self.on_changes: Callable[[Changes], None] = on_changes or _unheard
        self._store = store
        self._wake = threading.Condition()
        self._operators: deque[tuple[_Job, Future[Any]]] = deque()
        self._work: deque[tuple[_Job, Future[Any]]] = deque()
        self._idle: deque[tuple[_Job, Future[None]]] = deque()
        self._ending = False
        self._rested = True
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def do(self, envelope: Envelope, command: Command) -> Future[Receipt]:
        """Do an operator's command, before anything else that waits."""
        future: Future[Receipt] = Future()
        return self._ask(
            self._operators, lambda: self._fill(future, lambda: self._store.apply(envelope, command)), future
        )

    def refuse(self, envelope: Envelope, refusal: Refused) -> Future[Receipt]:
        """Keep that a command could not be opened."""
        future: Future[Receipt] = Future()
        return self._ask(
            self._operators,
            lambda: self._fill(future, lambda: (self._store.refuse(envelope, refusal), ENTERED)),
            future,
        )

    def person(self, job: Callable[[Store], tuple[T, Changes]]) -> Future[T]:
        """Write about who works here and what they asked for, in line with operators: who signs in waits for no source,
        and what waits when the keeper ends is done."""
        future: Future[T] = Future()
        return self._ask(self._operators, lambda: self._fill(future, lambda: job(self._store)), future)

    def take(self, batch: Batch) -> Future[Changes]:
        """Store what a source sent. Batches are taken in the order they came."""
        future: Future[Changes] = Future()
        return self._ask(self._work, lambda: self._fill(future, lambda: self._take(batch)), future)

    def health(self, health: SourceHealth) -> Future[Changes]:
        """Keep how a source stands."""
        future: Future[Changes] = Future()
        return self._ask(self._work, lambda: self._fill(future, lambda: self._health(health)), future)

    def keep_bad_answer(self, source: str, raw: bytes, why: str) -> Future[Changes]:
        """Keep an answer that was not in its form."""

        def keep() -> tuple[Changes, Changes]:
            self._store.keep_bad_answer(source, raw, why)
            return NOTHING, NOTHING

        future: Future[Changes] = Future()
        return self._ask(self._work, lambda: self._fill(future, keep), future)

    def write(self, job: Callable[[Store, Pause], tuple[T, Changes]]) -> Future[T]:
        """Run a write on the store, in line with what sources sent. A long one looks at its `Pause` between slices
        and lets operators in; it must not hold a transaction then, and finds the store's parts anew after."""
        future: Future[T] = Future()

        def run() -> tuple[T, Changes]:
            found = job(self._store, Pause(self._urgent, self._let_in))
            if not self._urgent():
                self._quietly(self._store.rest)
            return found

        return self._ask(self._work, lambda: self._fill(future, run), future)

    def idle(self, job: Callable[[Store], None]) -> Future[None]:
        """Run something on the store when nobody waits."""

        def run() -> tuple[None, Changes]:
            job(self._store)
            return None, NOTHING

        future: Future[None] = Future()
        return self._ask(self._idle, lambda: self._fill(future, run), future)

    @property
    def waiting(self) -> int:
        """How many jobs of sources wait: who fetches may slow down."""
        with self._wake:
            return len(self._work)

    def close(self) -> None:
        """End the thread after what it is doing, having done every command that waits. The store stays open."""
        with self._wake:
            self._ending = True
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _ask(self, queue: deque[tuple[_Job, Future[T]]], job: _Job, future: Future[T]) -> Future[T]:
        with self._wake:
            if self._ending:
                future.cancel()
                return future
            queue.append((job, future))
            self._wake.notify()
        return future

    def _run(self) -> None:
        while True:
            with self._wake:
                job = self._next()
                while job is None:
                    if self._ending:
                        self._cancel()
                        return
                    if self._rested:
                        self._wake.wait()
                    elif not self._wake.wait(QUIET_S):
                        break
                    job = self._next()
            if job is None:
                self._rest()
            else:
                self._rested = False
                job()

    def _next(self) -> _Job | None:
        if self._operators:
            return self._operators.popleft()[0]
        if self._ending:
            return None
        for queue in (self._work, self._idle):
            if queue:
                return queue.popleft()[0]
        return None

    def _cancel(self) -> None:
        for queue in (self._work, self._idle):
            while queue:
                queue.popleft()[1].cancel()

    def _rest(self) -> None:
        """Nobody waits: bring the log home."""
        self._rested = True
        self._quietly(lambda: self._store.rest(urgent=self._anybody))

    def _quietly(self, job: _Job) -> None:
        try:
            job()
        except DiskTrouble:
            # A checkpoint that fails takes nothing back; the next write meets the same disk and says so.
            return

    def _fill(self, future: Future[T], job: Callable[[], tuple[T, Changes]]) -> None:
        """Run a job for its future, then say what changed. Faults of the world and our own bugs go to who asked:
        the keeper lives on for the operators."""
        if not future.set_running_or_notify_cancel():
            return
        try:
            result, changes = job()
        except BaseException as error:  # noqa: BLE001 - handed on whole, to who asked
            future.set_exception(error)
            return
        future.set_result(result)
        if changes.kinds:
            self._announce(changes)

    def _announce(self, changes: Changes) -> None:
        try:
            self.on_changes(changes)
        except Exception as bug:  # noqa: BLE001 - a listener's bug is told, and takes nobody else along
            threading.excepthook(threading.ExceptHookArgs((type(bug), bug, bug.__traceback__, self._thread)))

    def _take(self, batch: Batch) -> tuple[Changes, Changes]:
        changes = self._store.take(batch, urgent=self._urgent, let_in=self._let_in)
        if not self._urgent():
            self._quietly(self._store.rest)
        return changes, changes

    def _health(self, health: SourceHealth) -> tuple[Changes, Changes]:
        changes = self._store.health(health)
        return changes, changes

    def _anybody(self) -> bool:
        return bool(self._operators or self._work or self._idle or self._ending)

    def _urgent(self) -> bool:
        return bool(self._operators)

    def _let_in(self) -> None:
        while True:
            with self._wake:
                if not self._operators:
                    return
                job, _ = self._operators.popleft()
            job()


def _unheard(changes: Changes) -> None:
    """Nobody listens."""
