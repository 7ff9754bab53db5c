"""How an engine starts: for a screen by notes on two pipes, or without one; and what the process is told meanwhile.

Runs on the main thread, which alone hears signals.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from console.core import notes
from console.core.clock import Clock, SystemClock
from console.core.errors import ConsoleError, DiskTrouble
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.store.files import Profile, make_folder
from console.store.retention import declared
from console.store.store import Store
from sync.chosen import pack_of, settings_of
from sync.engine import Engine, Given
from sync.engine_log import EngineLog
from sync.inlet import Readable
from sync.outlet import Outlet, Writable

EXIT_DISK = 5
"""The disk did not let us begin; another try may."""
TURN_S = 0.001
"""Longest turn of a thread while others wait for the interpreter."""
_USELESS = frozenset({"store.newer", "store.foreign", "store.no_wal", "store.nothing_readable"})


def run_engine(
    folder: Path,
    stdin: Readable | None = None,
    stdout: Writable | None = None,
    *,
    clock: Clock | None = None,
    pack: CityPack | None = None,
    centre: str = "",
    cut: bool | None = None,
    reads: Sequence[str] = (),
) -> int:
    """Run an engine for a screen: notes on the pipes, until its input ends or a note says so; the exit code. `reads`
    starts the process that reads answers (sync/reading.py)."""
    clock = clock or SystemClock()
    outlet = Outlet(stdout or raw_pipe(sys.stdout), clock)
    given = Given(clock, stdin or raw_pipe(sys.stdin), outlet, pack=pack, centre=centre, cut=cut, reads=reads)
    try:
        return start(folder, given)
    except DiskTrouble as trouble:
        if trouble.says == "store.second_writer":
            return notes.EXIT_SECOND
        outlet.say("trouble", says=trouble.says, values=trouble.values)
        return notes.EXIT_USELESS if trouble.says in _USELESS else EXIT_DISK
    except ConsoleError as trouble:
        outlet.say("trouble", says=trouble.says, values=trouble.values)
        return notes.EXIT_USELESS
    finally:
        outlet.close()


def run_headless(
    folder: Path, phrases: Phrases, out: Callable[[str], object], *, centre: str = "", reads: Sequence[str] = ()
) -> int:
    """Run an engine without a screen until SIGTERM or Ctrl+C: what it logs is said in sentences."""

    def echo(what: str, values: dict[str, Any]) -> None:
        out(phrases.say(what, **values))

    return start(folder, Given(SystemClock(), echo=echo, centre=centre, reads=reads))


def start(folder: Path, given: Given) -> int:
    """Open everything and live; the exit code. Raises `ConsoleError` where it cannot begin."""
    _give_way()
    profile = Profile.at(folder)
    log = EngineLog(make_folder(profile.logs), given.clock, given.echo)
    settings = settings_of(profile)
    pack = given.pack or pack_of(profile, settings, unsound=lambda: log.tell("engine.pack_bad"))
    store = Store.open(profile, given.clock, pack, keep=declared(settings["readings.most_mb"]))
    given.cut = settings["sync.cut"] if given.cut is None else given.cut
    engine = Engine(store, pack, settings, log, given)
    with _signals(engine), _hook(engine):
        return engine.run()


def raw_pipe(stream: TextIO) -> Any:
    """The unbuffered pipe: a thread that hangs in a buffered one holds a lock that Python wants at its end."""
    buffer = stream.buffer
    return getattr(buffer, "raw", buffer)


def _give_way() -> None:
    """Let the screen go first where both want the processor; and, within, an operator's command before a decoder.

    A command makes some fifteen calls of SQLite, and after each the keeper waits for the interpreter until a decoding
    thread's turn is over: with the usual turn of 5 ms that alone is more than a command may take.
    """
    sys.setswitchinterval(TURN_S)
    if hasattr(os, "nice"):
        os.nice(max(0, 10 - os.nice(0)))


@contextmanager
def _signals(engine: Engine) -> Iterator[None]:
    """SIGTERM and Ctrl+C end the engine in order. Only the main thread can hear them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        engine.stop()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _hook(engine: Engine) -> Iterator[None]:
    """No error of our own in a thread goes unheard."""

    def heard(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            engine.bug(told.exc_value, told.thread.name if told.thread else "")

    before, threading.excepthook = threading.excepthook, heard
    try:
        yield
    finally:
        threading.excepthook = before
