"""A whole new `records.db` into the place of the old one, which is kept beside it and never thrown away.

The new file first gets a name of its own that says it is complete; from then on a kill at any moment is made good
at the next start, for the same moves are simply made again. It must be one file, without a write-ahead log.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store.files import Profile, atomic_write, disk_trouble, drop_file, move, read_bytes

SIDES = ("", "-wal", "-shm", "-journal")
"""Endings of the files that are one database together."""
DAMAGED, REPLACED = "rusak", "diganti"


def aside(path: Path, side: str) -> Path:
    """The file of that ending beside a database."""
    return path.with_name(path.name + side)


def any_of(path: Path) -> bool:
    """True where anything of that database is there."""
    return any(aside(path, side).exists() for side in SIDES)


def put_aside(path: Path, clock: Clock, why: str = DAMAGED) -> Path:
    """Rename a database with all that belongs to it to `*.<why>-<time>`. Its new name. Raises `DiskTrouble`.

    Between two moves its log has a new name and the file has not: opened then, it would have lost what the log holds.
    So the name is written down first, and whoever opens a database asks `finish` before.
    """
    finish(path)
    mark = clock.now().strftime(f"{why}-%Y%m%dT%H%M%SZ")
    kept = path.with_name(f"{path.name}.{mark}")
    count = 1
    while any_of(kept):
        count += 1
        kept = path.with_name(f"{path.name}.{mark}-{count}")
    # A disk without room for a name does without: it hardly ever is killed just then.
    with suppress(DiskTrouble):
        atomic_write(_going(path), kept.name.encode("utf-8"))
    _move_all(path, kept)
    return kept


def finish(path: Path) -> Path | None:
    """End a renaming that was cut off, under the same name. That name, None where there was nothing to end. The
    caller is the only one who writes. Raises `DiskTrouble`."""
    told = read_bytes(_going(path))
    if told is None:
        return None
    kept = path.with_name(told.decode("utf-8"))
    if kept.exists():  # the file moves last: only the note was left
        drop_file(_going(path))
    else:
        _move_all(path, kept)
    return kept


def _move_all(path: Path, kept: Path) -> None:
    # The log goes first: a log without its file is nothing, a file with another's log is damaged.
    for side in reversed(SIDES):
        source = aside(path, side)
        if source.exists():
            _move(source, aside(kept, side))
    drop_file(_going(path))


def _going(path: Path) -> Path:
    """Where the new name stands of a database that is being renamed."""
    return path.with_name(f"{path.name}.pindah")


def drop_all(path: Path) -> None:
    """Remove a database of our own making with all that belongs to it. Raises `DiskTrouble`."""
    for side in reversed(SIDES):
        drop_file(aside(path, side))


def complete(profile: Profile) -> Path:
    """The name under which a new `records.db` waits that is whole and on the disk."""
    return profile.records.with_name(f"{profile.records.name}.siap")


def bench(profile: Profile) -> Profile:
    """Where a new store is put together that takes more than one file. It is nobody's while nobody holds the lock."""
    return Profile(profile.folder / "adopsi")


def sweep(profile: Profile) -> None:
    """Remove what was being put together when it was killed. The caller holds the engine's lock."""
    folder = bench(profile).folder
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            drop_file(path)
    folder.rmdir()


def put_in_place(profile: Profile, clock: Clock, part: Path, why: str) -> Path | None:
    """Make the finished file `part` the store. Where the old one is now, None where there was none."""
    _move(part, complete(profile))
    return _exchange(profile, clock, why)


def settle(profile: Profile, clock: Clock) -> Path | None:
    """End an exchange that was cut off, or that a store was put aside. Where the old store is now, None where there
    was nothing to end."""
    return _exchange(profile, clock, DAMAGED) if complete(profile).exists() else finish(profile.records)


def _exchange(profile: Profile, clock: Clock, why: str) -> Path | None:
    kept = finish(profile.records)
    if any_of(profile.records):
        kept = put_aside(profile.records, clock, why)
    _move(complete(profile), profile.records)
    return kept


def _move(source: Path, place: Path) -> None:
    try:
        move(source, place)
    except OSError as error:
        raise disk_trouble(error, place) from error
