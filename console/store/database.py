"""The only door to SQLite: how a database is opened, written in one piece, and what its errors mean.

Exactly one connection writes and checkpoints (SQLite before 3.51.3 can lose rows where two do); everyone else
reads on a connection of his own. `DiskTrouble` is what the world did; any other `sqlite3.Error` is our bug.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from console.core.errors import DiskTrouble
from console.store.files import make_file
from console.store.memory import give_back

SQLITE = sqlite3.sqlite_version
"""Version of the library: told in the log and in the about box."""
PAGE_BYTES = 8192
BULK_CACHE_KB, CALM_CACHE_KB = 64_000, 8_000
"""What the writer keeps of the file while very much comes in, and for the rest of the time."""
READER_CACHE_KB = 16_000
BUSY_S = 2.0
WAL_LIMIT_BYTES = 64 << 20
"""What is left of the write-ahead log after a checkpoint."""

_SAYS = {
    sqlite3.SQLITE_FULL: "store.full",
    sqlite3.SQLITE_BUSY: "store.locked",
    sqlite3.SQLITE_LOCKED: "store.locked",
    sqlite3.SQLITE_READONLY: "store.read_only",
    sqlite3.SQLITE_PERM: "store.read_only",
    sqlite3.SQLITE_CANTOPEN: "store.unopenable",
    sqlite3.SQLITE_CORRUPT: "store.broken",
    sqlite3.SQLITE_NOTADB: "store.broken",
    sqlite3.SQLITE_IOERR: "store.broken_disk",
    sqlite3.SQLITE_NOMEM: "store.memory",
    sqlite3.SQLITE_TOOBIG: "store.too_big",
}
BROKEN = frozenset({"store.broken", "store.broken_disk"})
"""After these nothing is written on that connection any more: a failed fsync is a failed save."""


_DAMAGED = ("Could not decode to UTF-8", "unsupported file format")
"""Damage that SQLite or Python has no code for: we write only sound text, and only one format."""
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What looking at a damaged file raises. The second is Python's, where SQLite's own message quotes damaged text."""


def told(error: sqlite3.Error, path: Path) -> DiskTrouble | None:
    """The fault of the world behind an error of SQLite, None where it is our own bug."""
    code = getattr(error, "sqlite_errorcode", None)
    if str(error).startswith(_DAMAGED):
        return DiskTrouble("store.broken", path=str(path), fault=fault_of(error))
    if code is None:
        return None
    says = _SAYS.get(code & 0xFF)
    return DiskTrouble(says, path=str(path), fault=fault_of(error)) if says else None


def fault_of(error: Exception) -> str:
    """SQLite's name for an error, as a code. What it has no name for, it or Python says of damaged text."""
    return getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")


@contextmanager
def door(path: Path) -> Iterator[None]:
    """Within it, what SQLite says of disk and file is told as `DiskTrouble`."""
    try:
        yield
    except sqlite3.Error as error:
        trouble = told(error, path)
        if trouble is None:
            raise
        raise trouble from error
    except UnicodeDecodeError as error:
        raise DiskTrouble("store.broken", path=str(path), fault=fault_of(error)) from error


class _HasPath(Protocol):
    @property
    def path(self) -> Path: ...


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=_HasPath)


def at_door(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method of something with a `path`, within the `door`."""

    @wraps(method)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.Error as error:
            trouble = told(error, self.path)
            if trouble is None:
                raise
            raise trouble from error

    return guarded


def open_writer(path: Path, *, full: bool = True) -> sqlite3.Connection:
    """The writing connection, made with the file where there was none. Raises `DiskTrouble`.

    `full` makes each commit durable against loss of power. A folder where WAL does not hold is refused.
    """
    make_file(path)
    with door(path):
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            _set_up(db, path, full)
        except BaseException:
            db.close()
            raise
    return db


def _set_up(db: sqlite3.Connection, path: Path, full: bool) -> None:
    db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise DiskTrouble("store.no_wal", path=str(path), mode=mode)
    db.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
    # What can be fetched again is public: overwriting it twice would only cost time.
    db.execute(f"PRAGMA secure_delete = {'ON' if full else 'FAST'}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(f"PRAGMA cache_size = -{CALM_CACHE_KB if full else 4_000}")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")


@contextmanager
def impatient(db: sqlite3.Connection) -> Iterator[None]:
    """Within it nobody is waited for who reads: an operator may come meanwhile, and what was not done then is tried
    again."""
    db.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")


def widen(db: sqlite3.Connection) -> None:
    """Very much comes in: keep more pages."""
    db.execute(f"PRAGMA cache_size = -{BULK_CACHE_KB}")


def narrow(db: sqlite3.Connection) -> None:
    """It is in: keep what an operator's command needs, and let go of the rest."""
    db.execute(f"PRAGMA cache_size = -{CALM_CACHE_KB}")
    db.execute("PRAGMA shrink_memory")
    give_back()


def open_reader(path: Path, *, any_thread: bool = False) -> sqlite3.Connection:
    """A connection that can only read. Raises `DiskTrouble("store.absent")` where there is no file yet.

    A file on read-only media opens too (`immutable`), where it is no WAL file.
    """
    if not path.exists():
        raise DiskTrouble("store.absent", path=str(path))
    last: sqlite3.Error | None = None
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        if last is not None and _is_wal(path):
            break
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=not any_thread,
            cached_statements=256,
        )
        try:
            db.execute("PRAGMA query_only = ON")
            db.execute(f"PRAGMA cache_size = -{READER_CACHE_KB}")
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            db.close()
            last = error
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) != sqlite3.SQLITE_CANTOPEN:
                break
        else:
            return db
    assert last is not None
    trouble = told(last, path)
    raise trouble or last


def _is_wal(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(20)[18:20] == b"\x02\x02"


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing. On SQLITE_FULL SQLite may have rolled back by itself already."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def plain(row: Any) -> Any:
    """The first value of a row, None where there is no row."""
    return row[0] if row is not None else None
