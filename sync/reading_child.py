"""The process that reads answers of sources for the engine (sync/reading.py): it knows no store, no wire and no disk.

It ends when its input ends. Neither an answer that cannot be read nor a bug of ours ends it; both are told.
"""

from __future__ import annotations

import gc
import marshal
import pickle
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import IO, Any

from console.core.covering import covered_batch
from console.core.errors import BadAnswer
from console.core.pack import CityPack
from console.store.memory import give_back
from sync.feed import Feed
from sync.passing import packed, plain
from sync.reading import READY, got, put

MOST_BYTES = 1 << 30
"""Address space of the process."""
LARGE_BYTES = 1 << 20
"""After a larger answer what it took goes back to the system."""
_LONGEST_TRACE = 20_000
_SELDOM = 100_000
"""Things made beyond those let go, after which the youngest are looked through."""


def run_reading(kinds: Mapping[str, type[Feed]]) -> int:
    """Be that process, on standard input and output; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the engine, which ends us
    _bound(MOST_BYTES)
    look_seldom()
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # what anybody prints must not stand among the replies
    serve(sys.stdin.buffer, out, kinds)
    return 0


def look_seldom() -> None:
    """Let the collector of rings look seldom. Records are no rings and are let go of by themselves; while tens of
    thousands are made it would look through all of them again and again, for a fifth of the time of a table."""
    gc.freeze()
    gc.set_threshold(_SELDOM, 20, 20)


def serve(asks: IO[bytes], replies: IO[bytes], kinds: Mapping[str, type[Feed]]) -> None:
    """Answer until the input ends."""
    feeds: dict[str, Feed] = {}
    city: CityPack | None = None
    put(replies, READY)
    while (raw := got(asks)) is not None:
        source, told, answer, memo = pickle.loads(raw)
        if told is not None:
            entry, pack = told
            city = pack or city  # told once: each copy would make an index of its own
            assert city is not None
            feeds[source] = kinds[entry.kind](entry, city)
        try:
            reply: tuple[Any, ...] = ("batch", *packed(covered_batch(feeds[source].decode(answer, memo))))
        except BadAnswer as bad:
            reply = ("bad", bad.says, plain(bad.values))
        except MemoryError:
            reply = ("bad", "sync.bad.heavy", {"source": source})
        except Exception:  # noqa: BLE001 - ours: told to the engine, which logs it and goes on
            reply = ("bug", traceback.format_exc()[-_LONGEST_TRACE:])
        put(replies, marshal.dumps(reply))
        large = len(raw) > LARGE_BYTES
        del raw, answer, memo, reply  # not until the next answer comes: that may be an hour
        if large:
            give_back()


def _bound(most: int) -> None:
    """No answer may take all memory of the machine. Where the system has no such bound, the time alone bounds it."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
