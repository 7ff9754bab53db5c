"""`store check | backup | restore | export`: plain sentences on the terminal, and an exit code.

0 is done, 1 is a check that found something, 2 is a clear reason why not. Data alone goes to the output of an export.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from console.core.clock import Clock, SystemClock
from console.core.errors import ConsoleError, DiskTrouble, Fault, Refused
from console.core.phrases import Phrases
from console.store import audit, swap
from console.store import backup as backups
from console.store.attachments import FileShelf
from console.store.blackbox import BlackBox
from console.store.blobs import Blobs
from console.store.check import judged
from console.store.database import DAMAGE, door, fault_of, open_reader
from console.store.disk_guard import guard_of
from console.store.export import SHEET, export_sheet
from console.store.export import export as write_records
from console.store.files import FileLock, Profile, atomic_write, disk_trouble, make_folder
from console.store.read import Read
from console.store.read_readings import tellings
from console.store.salvage import start_empty

FOUND, CANNOT = 1, 2
EMPTY_WORD = "KOSONGKAN"
"""What a person types to begin with an empty store where nothing of the old one can be read."""
_SHOWN = 3
"""Faults of pages that are told one by one."""
_LOOKS: Sequence[tuple[str, Callable[[sqlite3.Connection], list[Fault]]]] = (
    ("values", audit.values),
    ("foreign", audit.foreign),
    ("search", audit.search),
    ("tallies", audit.counts),
    ("outbox", audit.outbox),
    ("people", audit.persons),
)


def _profile(folder: Path) -> Profile:
    """The profile in a folder that must be there: nothing is made by looking."""
    profile = Profile(Path(folder).absolute())
    if not profile.folder.is_dir():
        raise Refused("store.no_profile", path=str(profile.folder))
    return profile


def _tell(say: Phrases, out: TextIO, error: ConsoleError) -> int:
    print(say.tell(error), file=out)
    remedy = _REMEDIES.get(error.says)
    if remedy:
        print(say.say(remedy, word=EMPTY_WORD), file=out)
    return CANNOT


_REMEDIES = {
    "store.broken": "store.remedy.broken",
    "store.nothing_readable": "store.remedy.nothing",
    "store.lost": "store.remedy.nothing",
    "store.read_only": "store.remedy.read_only",
    "store.unopenable": "store.remedy.read_only",
    "store.full": "store.remedy.full",
    "store.backup.room": "store.remedy.full",
    "store.restore.running": "store.remedy.running",
    "store.restore.none": "store.remedy.no_backup",
}

_GIVEN = {
    "store.broken": "store.restore.damaged",
    "store.foreign": "store.restore.foreign",
    "store.unopenable": "store.restore.unopenable",
}
"""What is said of a file somebody named, where the same fault of the store itself is said otherwise."""


def check(folder: Path, say: Phrases, out: TextIO) -> int:
    """Look through the store as it stands, while the engine may run, and tell each thing that was looked at."""
    try:
        profile = _profile(folder)
        with closing(open_reader(profile.records)) as db, door(profile.records):
            if judged(db, profile.records) == 0:
                raise DiskTrouble("store.absent", path=str(profile.records))
            sound = _checked(profile, db, say, out)
        sound = _check_readings(profile, say, out) and sound
        _check_around(profile, say, out)
    except ConsoleError as error:
        if error.says == "store.broken":
            _suspect(profile)
        return _tell(say, out, error)
    except DAMAGE as error:  # a list of tables that says nonsense is no fault of the disk's to SQLite
        _suspect(profile)
        return _tell(say, out, DiskTrouble("store.broken", path=str(folder), fault=fault_of(error)))
    print(say.say("store.check.sound" if sound else "store.check.unsound"), file=out)
    return 0 if sound else FOUND


def _checked(profile: Profile, db: sqlite3.Connection, say: Phrases, out: TextIO) -> bool:
    faults = audit.integrity(db) or audit.form(db)
    lines = [line for fault in faults for line in fault.splitlines() if not line.startswith("***")]
    _line(say, out, "pages", [Fault.at("", "store.fault.pages", fault=audit.spot(line)) for line in lines[:_SHOWN]])
    if len(lines) > _SHOWN:
        print(say.say("store.check.more", count=len(lines) - _SHOWN), file=out)
    sound = not faults and _looks(profile, db, say, out)
    if not faults:
        rows = backups.rows(db)
        numbers = {name: rows[name] for name in ("complaint", "event", "outbox")}
        print(say.say("store.check.rows", **numbers), file=out)
    if not sound:
        _suspect(profile)
        print(say.say("store.remedy.broken"), file=out)
    return sound


def _looks(profile: Profile, db: sqlite3.Connection, say: Phrases, out: TextIO) -> bool:
    """The looks that need a file of one's own; false where one found something."""
    part = profile.backups / f"periksa-{os.getpid()}.part"
    try:
        make_folder(profile.backups)
        backups.copy(db, part)
    except DiskTrouble as trouble:
        if trouble.says not in ("store.read_only", "store.full", "store.unopenable"):
            raise
        print(say.say("store.check.no_copy", reason=say.tell(trouble)), file=out)
        return True
    sound = True
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            for name, look in _LOOKS:
                faults = look(copy)
                sound = sound and not faults
                _line(say, out, name, faults)
    finally:
        swap.drop_all(part)
    return sound


def _line(say: Phrases, out: TextIO, name: str, faults: Sequence[Fault]) -> None:
    told = say.say("store.check.good") if not faults else " ".join(say.tell(fault) for fault in faults)
    print(f"{say.say(f'store.check.{name}')}: {told}", file=out)


def _suspect(profile: Profile) -> None:
    with suppress(DiskTrouble):
        atomic_write(profile.suspect, b"")


def _check_readings(profile: Profile, say: Phrases, out: TextIO) -> bool:
    """The file of what can be fetched again: a damaged one is made anew at the next start."""
    path = profile.readings
    if not path.exists():
        return True
    try:
        with closing(open_reader(path)) as db, door(path):
            faults = [audit.spot(line) for line in audit.integrity(db)]
            counts = {} if faults else tellings(db)
    except DiskTrouble as trouble:
        faults, counts = [str(trouble.values.get("fault", ""))], {}
    _line(say, out, "readings", [Fault.at("", "store.fault.pages", fault=each) for each in faults[:1]])
    if counts:
        print(say.say("store.check.tellings", **counts, size_mb=path.stat().st_size / (1 << 20)), file=out)
    return not faults


def _check_around(profile: Profile, say: Phrases, out: TextIO) -> None:
    """What lies beside the store: deeds it does not know yet, and backups."""
    with closing(Read.open(profile)) as read:
        box = BlackBox(profile.blackbox, SystemClock())
        waiting = sum(not read.done(envelope.id) for envelope in box.lines())
    print(say.say("store.check.box", count=waiting), file=out)
    _check_files(profile, say, out)
    print(say.say(f"store.check.disk_{guard_of(profile.folder)}"), file=out)
    found = backups.backups(profile)
    print(say.say("store.check.backups", count=len(found), newest=found[0].name if found else "—"), file=out)


def _check_files(profile: Profile, say: Phrases, out: TextIO) -> None:
    """Bytes of photos and files: how many, how many of them are not what they should be."""
    blobs = Blobs(profile.blobs)
    with closing(FileShelf.open(profile)) as shelf:
        names = shelf.all_known()
        lost = sum(blobs.peek(name) is None for name in names)
        size_mb = shelf.total_bytes() / (1 << 20)
    print(say.say("files.check", count=len(names), size_mb=size_mb, lost=lost), file=out)


def _tell_files(profile: Profile, say: Phrases, out: TextIO) -> None:
    """What is not in a backup."""
    with closing(FileShelf.open(profile)) as shelf:
        count, size = shelf.unsent_bytes()
    print(say.say("files.backup", folder=str(profile.blobs)), file=out)
    if count:
        print(
            say.say("files.backup_unsent", count=count, size_mb=size / (1 << 20), folder=str(profile.blobs)), file=out
        )


def backup(folder: Path, say: Phrases, out: TextIO, *, clock: Clock | None = None) -> int:
    """Make a backup now, tried, and say where it is."""
    try:
        profile = _profile(folder)
        path = backups.make(profile, clock or SystemClock())
        counts = backups.inspect(path)
    except ConsoleError as error:
        return _tell(say, out, error)
    size_mb = path.stat().st_size / (1 << 20)
    values = {name: counts[name] for name in ("complaint", "event", "outbox")}
    print(say.say("store.backup.made", path=str(path), size_mb=size_mb, **values), file=out)
    _tell_files(profile, say, out)
    return 0


def restore(
    folder: Path,
    source: Path | None,
    say: Phrases,
    out: TextIO,
    *,
    clock: Clock | None = None,
    empty: str = "",
    who: str = "",
) -> int:
    """Put a backup in the place of the store (None: the newest sound one). With `empty` and the word that confirms
    it, put the store aside and begin with an empty one. `who` stands for it in the ledger."""
    clock = clock or SystemClock()
    try:
        profile = _profile(folder)
        if empty:
            if empty != EMPTY_WORD:
                raise Refused("store.empty.word", word=EMPTY_WORD)
            return _begin_empty(profile, clock, say, out, who)
        if source is not None and not source.is_file():
            raise Refused("store.restore.no_file", path=str(source))
        done = _restored(profile, clock, source, who)
    except ConsoleError as error:
        return _tell(say, out, error)
    for path in done.skipped:
        print(say.say("store.notice.backup_damaged", backup=path.name), file=out)
    values = {name: done.counts[name] for name in ("complaint", "event", "outbox")}
    print(say.say("store.restore.done", source=str(done.source), **values), file=out)
    if done.kept is not None:
        print(say.say("store.restore.kept", kept=str(done.kept)), file=out)
    print(say.say("store.restore.box"), file=out)
    print(say.say("files.restore", folder=str(profile.blobs)), file=out)
    return 0


def _restored(profile: Profile, clock: Clock, source: Path | None, who: str) -> backups.Restored:
    """The store as it is once a backup stands there. A given file that is none is its own fault, not the store's."""
    try:
        return backups.restore(profile, clock, source, who=who)
    except DiskTrouble as trouble:
        says = _GIVEN.get(trouble.says)
        if source is None or says is None or trouble.values.get("path") != str(source):
            raise
        raise Refused(says, path=str(source), fault=str(trouble.values.get("fault", ""))) from trouble


def _begin_empty(profile: Profile, clock: Clock, say: Phrases, out: TextIO, who: str) -> int:
    lock = FileLock(profile.engine_lock)
    if not lock.take():
        raise DiskTrouble("store.restore.running", path=str(profile.folder))
    try:
        kept = start_empty(profile, clock, who)
    finally:
        lock.drop()
    print(say.say("store.empty.done", kept=str(kept) if kept else "—"), file=out)
    return 0


def export(folder: Path, kind: str, form: str, out: TextIO) -> int:
    """Write all records of a kind to `out`. Raises `ConsoleError`: `out` is for data alone."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(newline="")  # the ends of lines are the format's, not the system's
    try:
        if form == SHEET:
            _export_sheet(_profile(folder), kind, out)
        else:
            write_records(_profile(folder), kind, form, out)
        out.flush()
    except BrokenPipeError:
        # Who read it has enough (`| head`). What is still in the buffer must not be a second complaint at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    except OSError as error:
        raise disk_trouble(error, Path("stdout")) from error
    return 0


def _export_sheet(profile: Profile, kind: str, out: TextIO) -> None:
    """A workbook is bytes, and nothing for a terminal to show."""
    if not isinstance(out, TextIOWrapper) or out.isatty():
        raise Refused("store.export.to_file")
    out.flush()
    export_sheet(profile, kind, out.buffer)
