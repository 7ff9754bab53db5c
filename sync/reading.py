"""Answers of sources are read in a process of their own: bytes go out, records come back.

Reading a page holds the interpreter for tens of milliseconds, and whoever stores the page before it, or an operator's
command, waits for it at each call of SQLite; in another process both go on beside each other. And what a hostile answer
costs it costs there: one that takes too long or too much memory ends that process alone, and its source says so.

Requests are pickled (ours), replies are marshalled plain values; each is its length and its bytes. Where no such
process can be had, answers are read where we are.
"""

from __future__ import annotations

import marshal
import pickle
import struct
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import IO, Any

from console.core.covering import covered_batch
from console.core.errors import BadAnswer
from console.core.pack import CityPack
from console.core.records import Batch
from sync.feed import Answer, Feed, Memo
from sync.passing import unpacked

LIMIT_S = 15.0
"""Longest reading of one answer."""
SMALL_BYTES = 16_384
"""An answer of so many bytes is read where we are: whatever it holds takes a few milliseconds, and none waits."""
READY = b"ready"
"""The first thing the process says."""
HEAD = struct.Struct(">Q")


def _unheard() -> None:
    """Nobody listens."""


class ReadingBug(Exception):
    """An error of ours in the other process, with its trace."""


class Reader:
    """Reads answers, one at a time. Any thread may ask; the process is started by the first."""

    def __init__(
        self, command: Sequence[str] = (), *, limit_s: float = LIMIT_S, alone: Callable[[], object] = _unheard
    ) -> None:
        """`command` starts the process (`main.py read`); without one answers are read where we are. `alone` is told
        when there should be one and cannot."""
        self._command = list(command)
        self._limit_s = limit_s
        self._alone = alone
        self._lock = threading.Lock()
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._knows: dict[str, Feed] = {}
        """Feeds the process has been told of, by their source."""
        self._city: CityPack | None = None
        """The pack it was told last: all sources of a city are read by one."""
        self._closed = False

    def read(self, feed: Feed, answer: Answer, memo: Memo) -> Batch:
        """What the answer says. Raises as `Feed.decode`, `BadAnswer` for one that is too heavy to read, and
        `CancelledError` once it is closed."""
        if len(answer.body) <= SMALL_BYTES or not self._command:
            return covered_batch(feed.decode(answer, memo))
        with self._lock:
            child = self._begun()
            reply = None if child is None else self._asked(child, feed, answer, memo)
        if self._closed:
            raise CancelledError
        if child is None:
            return covered_batch(feed.decode(answer, memo))
        if reply is None:
            raise BadAnswer("sync.bad.heavy", source=feed.entry.id)
        return _told(reply, feed.entry.id)

    def close(self) -> None:
        """End the process; who waits for it gets `CancelledError`."""
        with self._guard:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()
            with self._lock:
                self._drop(child)

    def _begun(self) -> subprocess.Popen[bytes] | None:
        """The process, started where none runs; None where there is none to be had."""
        child = self._child
        if child is not None and child.poll() is None:
            return child
        if child is not None:
            self._drop(child)
        with self._guard:
            if self._closed or not self._command:
                return None
            try:
                child = self._child = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError:
                child = None
        if child is None or self._bounded(child, lambda: got(_out(child))) != READY:
            if child is not None:
                self._drop(child)
            self._command = []
            if not self._closed:
                self._alone()
            return None
        return child

    def _asked(self, child: subprocess.Popen[bytes], feed: Feed, answer: Answer, memo: Memo) -> Any:
        """Its reply, None where it ended before it had one: then the next answer is read by another."""
        source = feed.entry.id
        city = None if self._city is feed.pack else feed.pack
        told = None if self._knows.get(source) is feed else (feed.entry, city)
        ask = pickle.dumps((source, told, answer, dict(memo)), pickle.HIGHEST_PROTOCOL)

        def talk() -> bytes | None:
            assert child.stdin is not None
            put(child.stdin, ask)
            return got(_out(child))

        raw = self._bounded(child, talk)
        if raw is None:
            self._drop(child)
            return None
        self._knows[source], self._city = feed, feed.pack
        return marshal.loads(raw)

    def _bounded(self, child: subprocess.Popen[bytes], talk: Callable[[], bytes | None]) -> bytes | None:
        """What came of a talk; None where the process did not live to its end, or not within the limit."""
        end = threading.Timer(self._limit_s, child.kill)
        end.daemon = True
        end.start()
        try:
            return talk()
        except OSError:
            return None
        finally:
            end.cancel()

    def _drop(self, child: subprocess.Popen[bytes]) -> None:
        """Let go of a process, whether it lives or not."""
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not written any more goes nowhere
                    stream.close()
        child.wait()
        self._knows, self._city = {}, None
        with self._guard:
            self._child = None


def _out(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdout is not None
    return child.stdout


def put(stream: IO[bytes], raw: bytes) -> None:
    """Write one message. Raises `OSError` where nobody reads any more."""
    stream.write(HEAD.pack(len(raw)))
    stream.write(raw)
    stream.flush()


def got(stream: IO[bytes]) -> bytes | None:
    """The next message, None at the end."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (size,) = HEAD.unpack(head)
    raw = stream.read(size)
    return raw if len(raw) == size else None


def _told(reply: tuple[Any, ...], source: str) -> Batch:
    """The batch of a reply, or what it raises."""
    kind, *rest = reply
    if kind == "bad":
        says, values = rest
        raise BadAnswer(says, **values)
    if kind == "bug":
        raise ReadingBug(rest[0])
    return unpacked(source, tuple(rest))
