"""Backups of `records.db` that were restored before they count, and the way back from one.

A backup is taken page by page from one view of the store while it is in use, opened, checked and counted against
that same view; only then does it get its name, and only then does an older one go. It is never a copy of a file.
What operators did after it stands in the black box and is done again at the next start of the engine.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.core.clock import Clock
from console.core.errors import DiskTrouble, Refused
from console.store import audit, ledger_carry, schema, swap
from console.store.database import door, open_reader, plain
from console.store.files import FileLock, Profile, disk_trouble, drop_file, make_file, make_folder, move
from console.store.ledger_check import RESTORED
from console.store.postings import doubt_file
from console.store.tables import BY_NAME, BY_ROW, count, present

HOURS, DAYS = 24, 14
"""Kept: the newest of each of so many hours, and the newest of each of so many days."""
STEP_PAGES = 500
"""Pages (4 MB) between two looks whether to go on."""
STEPS = 100_000
"""Steps of SQLite between two such looks: a few milliseconds."""
SPARE_BYTES = 64 << 20
"""Left free beside a new backup: what operators do comes first."""
_NAME = "records-%Y%m%dT%H%M%SZ.db"
PART = ".part"

Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""


def unheard(_share: float) -> None:
    """Nobody wants to know."""


def go_on() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    source: Path
    kept: Path | None
    """The store that stood there before."""
    skipped: tuple[Path, ...]
    """Newer backups that were found damaged."""
    counts: Mapping[str, int]


def backups(profile: Profile) -> list[Path]:
    """All backups by their time, the newest first. What is not complete has no such name."""
    if not profile.backups.is_dir():
        return []
    return sorted((path for path in profile.backups.glob("records-*.db") if made_at(path)), reverse=True)


def made_at(path: Path) -> datetime | None:
    """When that backup was made, None for what is none."""
    try:
        return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def backup_due(profile: Profile, clock: Clock, every_h: float) -> bool:
    """Whether the newest backup is older than that, or of a time to come (the clock was set back)."""
    if not profile.records.exists():
        return False
    newest = next((at for path in backups(profile) if (at := made_at(path))), None)
    age = None if newest is None else clock.now() - newest
    return age is None or age >= timedelta(hours=every_h) or age < -timedelta(hours=1)


def rows(db: sqlite3.Connection) -> dict[str, int]:
    """Rows of each table that holds what cannot be made anew."""
    return {name: count(db, name) for name in present(db, (*BY_ROW, *BY_NAME))}


def inspect(path: Path, cancelled: Callable[[], bool] = go_on) -> dict[str, int]:
    """Open a backup, look through all of it and count its rows. Raises `DiskTrouble` where it is not sound."""
    db = open_reader(path)
    with closing(db), or_cancelled(db, cancelled), door(path):
        if schema.judge(db, schema.RECORDS, path) == 0 or not schema.ours(db):
            raise DiskTrouble("store.foreign", path=str(path))
        faults = audit.integrity(db) or audit.form(db)
        if faults:
            raise DiskTrouble("store.broken", path=str(path), fault=audit.spot(faults[0]))
        return rows(db)


@contextmanager
def or_cancelled(
    db: sqlite3.Connection, cancelled: Callable[[], bool], says: str = "store.backup.cancelled"
) -> Iterator[None]:
    """Let long statements of a connection be cut off: then `Refused` says so."""
    db.set_progress_handler(lambda: int(cancelled()), STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise Refused(says) from error
        raise
    finally:
        db.set_progress_handler(None, 0)


def copy(
    source: sqlite3.Connection, path: Path, progress: Progress = unheard, cancelled: Callable[[], bool] = go_on
) -> None:
    """Every page of one view of the source into a new file, alone and without a log. Raises `DiskTrouble`."""

    def step(_status: int, left: int, total: int) -> None:
        progress(1 - left / total if total else 1.0)
        if cancelled():
            raise Refused("store.backup.cancelled")

    swap.drop_all(path)
    make_file(path)
    with door(path), closing(sqlite3.connect(path, isolation_level=None)) as target:
        source.backup(target, pages=STEP_PAGES, progress=step, sleep=0)
        target.execute("PRAGMA journal_mode = DELETE").fetchone()


def make(
    profile: Profile, clock: Clock, *, progress: Progress = unheard, cancelled: Callable[[], bool] = go_on
) -> Path:
    """A new backup, tried; older ones beyond those kept are gone after it. Also while the engine runs.

    Takes about a second per 100 MB; `progress` hears of the copying. Raises `DiskTrouble`; `Refused` where it was
    cancelled or another one is being made.
    """
    db = open_reader(profile.records, any_thread=True)
    with closing(db):
        lock = FileLock(make_folder(profile.backups) / "backup.lock")
        if not lock.take():
            raise Refused("store.backup.busy")
        try:
            return _make(profile, clock, db, progress, cancelled)
        finally:
            lock.drop()


def _make(
    profile: Profile, clock: Clock, db: sqlite3.Connection, progress: Progress, cancelled: Callable[[], bool]
) -> Path:
    _sweep(profile)
    at = clock.now()
    while (path := profile.backups / at.strftime(_NAME)).exists():
        at += timedelta(seconds=1)
    part = path.with_name(path.name + PART)
    try:
        with door(profile.records):
            db.execute("BEGIN")
            _ask_room(db, profile)
            copy(db, part, progress, cancelled)
            wanted = rows(db)
            db.execute("ROLLBACK")
        found = inspect(part, cancelled)
        if found != wanted:
            raise DiskTrouble("store.backup.differs", path=str(path))
        try:
            move(part, path)
        except OSError as error:
            raise disk_trouble(error, path) from error
    except BaseException:
        # What was wrong is told; that even the rest cannot be swept away would only hide it.
        with suppress(DiskTrouble):
            swap.drop_all(part)
        raise
    for old in surplus(backups(profile)):
        drop_file(old)
    return path


def _ask_room(db: sqlite3.Connection, profile: Profile) -> None:
    size = int(plain(db.execute("PRAGMA page_count").fetchone())) * int(
        plain(db.execute("PRAGMA page_size").fetchone())
    )
    free = shutil.disk_usage(profile.backups).free
    if free < size + SPARE_BYTES:
        raise DiskTrouble("store.backup.room", free_mb=free >> 20, least_mb=(size + SPARE_BYTES) >> 20)


def _sweep(profile: Profile) -> None:
    """Remove what a killed attempt left."""
    for path in profile.backups.glob(f"records-*{PART}*"):
        drop_file(path)


def surplus(found: list[Path]) -> list[Path]:
    """Backups that need not be kept, of a list with the newest first."""
    kept: set[Path] = set()
    for form, most in (("%Y%m%d%H", HOURS), ("%Y%m%d", DAYS)):
        newest: dict[str, Path] = {}
        for path in found:
            at = made_at(path)
            if at is not None:
                newest.setdefault(at.strftime(form), path)
        kept |= set(list(newest.values())[:most])
    return [path for path in found if path not in kept]


def newest_good(profile: Profile) -> tuple[Path | None, list[Path]]:
    """The newest backup that is sound, None where none is; and the newer ones that are damaged."""
    skipped: list[Path] = []
    for path in backups(profile):
        try:
            inspect(path)
        except DiskTrouble:
            skipped.append(path)
        else:
            return path, skipped
    return None, skipped


def restore(
    profile: Profile,
    clock: Clock,
    source: Path | None = None,
    *,
    who: str = "",
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = go_on,
) -> Restored:
    """Put a backup in the place of the store (None: the newest sound one); the store that stood there is kept.

    Raises `Refused` where there is no sound backup, `DiskTrouble` where an engine runs or the disk does not let us.
    """
    lock = FileLock(profile.engine_lock)
    if not lock.take():
        raise DiskTrouble("store.restore.running", path=str(profile.folder))
    try:
        swap.settle(profile, clock)
        chosen, skipped = (source, []) if source is not None else newest_good(profile)
        if chosen is None:
            says = "store.restore.all_damaged" if skipped else "store.restore.none"
            raise Refused(says, folder=str(profile.backups), count=len(skipped))
        kept, counts = put_back(profile, clock, chosen, swap.REPLACED, who=who, progress=progress, cancelled=cancelled)
        return Restored(chosen, kept, tuple(skipped), counts)
    finally:
        lock.drop()


def put_back(
    profile: Profile,
    clock: Clock,
    source: Path,
    why: str,
    *,
    who: str = "",
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = go_on,
) -> tuple[Path | None, Mapping[str, int]]:
    """Make a sound backup the store. Where the old one is now, and the rows. The caller holds the engine's lock.

    The ledger goes on: what the old file has of it comes over, and a row says what was done (by `who`, "" for the
    console itself).
    """
    counts = inspect(source)
    part = profile.records.with_name(f"{profile.records.name}{PART}")
    try:
        with closing(open_reader(source)) as db, door(source):
            copy(db, part, progress, cancelled)
        if inspect(part) != counts:
            raise DiskTrouble("store.backup.differs", path=str(source))
        told = {"backup": source.name, "because": why}
        ledger_carry.bring(part, profile.records, clock, RESTORED, told, who=who)
        doubt_file(part, clock)
        return swap.put_in_place(profile, clock, part, why), counts
    finally:
        with suppress(DiskTrouble):
            swap.drop_all(part)
