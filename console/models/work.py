"""Reads for the eye, off the screen thread: two workers, each with its own read-only connection.

A job gets a `Read` and must touch nothing else that moves; only frozen values come back. What comes back is
handed on by the screen thread, and never to a receiver that is gone. The worker threads run `_Worker.run`;
everything else of this file runs on the screen thread.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from shiboken6 import isValid

from console.core.audience import Audience
from console.core.errors import ConsoleError, DiskTrouble
from console.models.sweep import Sweeper
from console.store.read import Read

T = TypeVar("T")
WORKERS = 2
TURN_S = 0.001
"""Longest turn of a reader while the screen thread waits for the interpreter: a paint gives it up and takes it back for
every text it draws."""


@dataclass(frozen=True, slots=True)
class _Order:
    """One read that waits. It knows no receiver: a worker that held the last reference to a widget would end it."""

    number: int
    job: Callable[[Read], Any]


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Who waits for an order. Stays on the screen thread."""

    job: Callable[[Read], Any]
    then: Callable[[Any], None]
    fail: Callable[[ConsoleError], None] | None
    owner: QObject | None
    key: tuple[int, str] | None


_Done = Callable[[int, Any, Exception | None, Audience], None]


class _Board:
    """Orders that wait, shared by the workers under one lock. Urgent ones are taken first, the newest of them first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._urgent: deque[_Order] = deque()
        self._plain: deque[_Order] = deque()
        self._closed = False
        self.audience = Audience.WORK
        """For whom is read now."""

    def put(self, order: _Order, urgent: bool) -> None:
        with self._changed:
            (self._urgent if urgent else self._plain).append(order)
            self._changed.notify()

    def drop(self, numbers: Container[int]) -> None:
        with self._changed:
            self._urgent = deque(each for each in self._urgent if each.number not in numbers)
            self._plain = deque(each for each in self._plain if each.number not in numbers)

    def take(self) -> _Order | None:
        """The next order; waits for one. None when the board is closed."""
        with self._changed:
            while not (self._urgent or self._plain or self._closed):
                self._changed.wait()
            if self._closed:
                return None
            return self._urgent.pop() if self._urgent else self._plain.popleft()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._urgent.clear()
            self._plain.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return len(self._urgent) + len(self._plain)


class _Worker(QThread):
    """One thread with one connection, opened when first needed, and again after trouble with the disk and where
    another file has taken the place of the store."""

    def __init__(
        self,
        board: _Board,
        open_read: Callable[[], Read],
        done: _Done,
    ) -> None:
        super().__init__()
        self._board = board
        self._open = open_read
        self._done = done

    def run(self) -> None:
        read: Read | None = None
        looks = Audience.WORK
        while (order := self._board.take()) is not None:
            value: Any = None
            error: Exception | None = None
            try:
                wanted = self._board.audience
                if read is not None and (read.replaced or wanted is not looks):
                    read.close()
                    read = None
                if read is None:
                    read = self._open()
                    looks = wanted
                    if looks.narrow:
                        read.narrow(looks)
                value = order.job(read)
            except DiskTrouble as trouble:
                error = trouble
                if read is not None:
                    read.close()
                    read = None
            except Exception as trouble:  # noqa: BLE001 - raised again on the screen thread, where bugs are reported
                error = trouble
            self._done(order.number, value, error, looks)
            del order, value, error
        if read is not None:
            read.close()


class Work(QObject):
    """The pool of readers. `close` ends it; it must be called before the application ends."""

    _finished = Signal(object, object, object, object)

    def __init__(self, open_read: Callable[[], Read], *, workers: int = WORKERS, parent: QObject | None = None) -> None:
        """`open_read` is called in each worker, and again after `DiskTrouble`: the store may appear later."""
        super().__init__(parent)
        sys.setswitchinterval(min(sys.getswitchinterval(), TURN_S))
        self._sweeper = Sweeper(self)
        self._board = _Board()
        self._count = 0
        self._receivers: dict[int, _Receiver] = {}
        self._newest: dict[tuple[int, str], int] = {}
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._workers = [_Worker(self._board, open_read, self._finished.emit) for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def run(
        self,
        job: Callable[[Read], T],
        then: Callable[[T], None],
        *,
        fail: Callable[[ConsoleError], None] | None = None,
        key: str = "",
        owner: QObject | None = None,
        urgent: bool = False,
    ) -> None:
        """Run `job` on a worker and hand its value to `then` on the screen thread. `job` must hold no QObject.

        Of orders with the same owner and `key` only the newest matters: an older one that waits is not run,
        one that runs is not delivered. `owner` is taken from `then` where that is a method of a QObject;
        nothing is delivered once it is destroyed. A `ConsoleError` goes to `fail`; without `fail`, and for
        any other exception, it is raised on the screen thread. `urgent` orders go first.
        """
        if owner is None:
            bound = getattr(then, "__self__", None)
            owner = bound if isinstance(bound, QObject) else None
        self._count += 1
        receiver = _Receiver(job, then, fail, owner, (id(owner), key) if key else None)
        if receiver.key is not None:
            older = self._newest.get(receiver.key)
            if older is not None:
                self._take_back([older])
            self._newest[receiver.key] = self._count
        self._receivers[self._count] = receiver
        self._board.put(_Order(self._count, job), urgent)

    def forget(self, owner: QObject, key: str = "") -> None:
        """Take back what `owner` waits for (only of that key, where one is given)."""
        whose = (id(owner), key)
        self._take_back(
            [
                number
                for number, receiver in self._receivers.items()
                if receiver.owner is owner and (not key or receiver.key == whose)
            ]
        )

    def _take_back(self, numbers: Collection[int]) -> None:
        self._board.drop(numbers)
        for number in numbers:
            receiver = self._receivers.pop(number, None)
            if receiver is not None and receiver.key is not None and self._newest.get(receiver.key) == number:
                del self._newest[receiver.key]

    @property
    def waiting(self) -> int:
        """Orders nobody has begun."""
        return len(self._board)

    def look_as(self, audience: Audience) -> None:
        """From here on it is read for them alone: what was read for others and is on its way is read again."""
        self._board.audience = audience

    @Slot(object, object, object, object)
    def _deliver(self, number: int, value: Any, error: Exception | None, looked: Audience) -> None:
        receiver = self._receivers.get(number)
        if receiver is not None and looked is not self._board.audience and self._board.audience.narrow:
            self._board.put(_Order(number, receiver.job), urgent=True)
            return
        self._take_back([number])
        if receiver is None or (receiver.owner is not None and not isValid(receiver.owner)):
            return
        if error is None:
            receiver.then(value)
        elif receiver.fail is not None and isinstance(error, ConsoleError):
            receiver.fail(error)
        else:
            raise error

    def close(self) -> None:
        """End the workers; what still waits is dropped. Each job under way is waited for."""
        self._board.close()
        for worker in self._workers:
            worker.wait()
        self._receivers.clear()
        self._newest.clear()
        self._sweeper.close()
