"""The hand that holds the file of records: how it is opened, its parts, its transactions, and what is done when the
disk fails. What is written with it stands in `office.py` (persons, keys, ledger) and `store.py` (all else).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

from console.core.clock import Clock
from console.core.errors import DiskTrouble, Fault
from console.core.pack import CityPack
from console.core.places import files_place, shared_place
from console.store import check, console_id
from console.store.attachments import Attachments
from console.store.blobs import Blobs
from console.store.closed import Shutter
from console.store.database import BROKEN, at_door, door, told, transaction
from console.store.deeds import Deeds
from console.store.documents import Documents
from console.store.erasing import Erasing
from console.store.fetched import Fetched
from console.store.files import FileLock, Profile, atomic_write
from console.store.fold import Fold
from console.store.intake import Intake
from console.store.key_line import key_line
from console.store.ledger import Ledger
from console.store.lifetimes import Retention, declared
from console.store.outbox import Outbox
from console.store.people import People
from console.store.postings import Postings
from console.store.read import Read
from console.store.replica import Replica, Tools
from console.store.room import Room
from console.store.route import route
from console.store.search import SearchIndex
from console.store.words import Words


class Hand:
    """One open file with all its parts. Made by `open`."""

    def __init__(self, profile: Profile, clock: Clock, lock: FileLock, room: Room, keep: Retention) -> None:
        self.profile = profile
        self._keep = keep
        self.notices: list[Fault] = []
        self.console = ""
        """Name of this console: another on each machine, and for each file (console_id.py)."""
        self.room = room
        self._clock = clock
        self._lock = lock
        self._broken = ""
        self._since_home = 0
        self._wide = False
        self._apart: timedelta | None = None

    @classmethod
    def open(
        cls,
        profile: Profile,
        clock: Clock,
        pack: CityPack,
        *,
        room: Room | None = None,
        machine: str = "",
        keep: Retention | None = None,
    ) -> Self:
        """The store of a profile, on this machine ("" asks the system which it is); `keep` says how long what can be
        fetched again is kept, None as declared. Raises `DiskTrouble` where it cannot be had: another writer holds it,
        the disk is full or read-only, a newer program made the file, or nothing of a damaged one could be saved."""
        lock = FileLock(profile.engine_lock)
        if not lock.take():
            raise DiskTrouble("store.second_writer", path=str(profile.folder))
        store = cls(profile, clock, lock, room or Room(profile.reserve), keep or declared())
        try:
            store.room.make_way()
            store._open(pack, machine or console_id.this_machine())
        except BaseException:
            lock.drop()
            raise
        return store

    def _open(self, pack: CityPack, machine: str) -> None:
        self._city = pack.id
        self._fetched = Fetched(self.profile, self._clock, self.notices, self._keep)
        try:
            self._db = check.open_records(self.profile, self._clock, self.notices)
        except BaseException:
            self._fetched.close()
            raise
        self.replica = Replica(self._attach(), self._clock, self._written, self._ask_room)
        self._name(machine)
        if self.notices:
            self._fetched.tell(self.notices)
        self._complete(pack)
        self.room.keep()

    def _attach(self) -> Tools:
        self._words = Words(self._db)
        self._search = SearchIndex(self._db)
        self._intake = Intake(self._db, self._words, self._search, self._clock)
        self._intake.key = lambda: key_line(self._db, self._city).current
        self.documents = Documents(self._db, words=self._words)
        self.outbox = Outbox(self._db)
        self.ledger = Ledger(self._db, self._clock)
        self.ledger.apart = self._apart
        self.blobs = Blobs(self.profile.blobs)
        self.files = Attachments(self._db, self.blobs, self._clock, files_place(self._city), self.documents)
        self.people = People(
            self._db, self.documents, self.outbox, self.ledger, self._clock, place=shared_place(self._city)
        )
        self.shutter = Shutter(
            self._db, self.documents, self.outbox, self.ledger, self._clock, place=shared_place(self._city)
        )
        self.erasing = Erasing(
            self._db, self.documents, self.outbox, self._search, self.ledger, clock=self._clock, city=self._city
        )
        self._fetched.spare(self.erasing.items)
        self._fold = Fold(
            self._db,
            self._words,
            self.documents,
            intake=self._intake,
            clock=self._clock,
            outbox=self.outbox,
            people=self.people,
            erasing=self.erasing,
        )
        self.postings = Postings(self._db, self.documents, self.outbox, self.ledger, self._clock, console=self.console)
        self._deeds = Deeds(
            self._db,
            self._words,
            self._fold,
            self._clock,
            city=self._city,
            files=self.files,
            ledger=self.ledger,
            postings=self.postings,
        )
        self._inside = Read(self.profile, self._db, self._words)
        self._read: Read | None = None
        return Tools(self._db, self._words, self.documents, self.outbox, self._fold)

    def _ask_room(self) -> None:
        self.room.ask_intake(self.profile.folder)

    @at_door
    def _name(self, machine: str) -> None:
        with transaction(self._db):
            self.console, copied = console_id.settle(self._db, self.path, machine, self._clock)
            self.ledger.name(self.console)
            self.postings.console = self.console
            self.postings.start(copied=copied)
        if copied:
            self.notices.append(Fault.at(self.path.name, "store.notice.copied"))

    def rename(self) -> str:
        """Take another name as a console: somebody else turned out to have ours."""
        with self._guard(), self._writing():
            self.console = console_id.rename(self._db, self._clock)
            self.ledger.name(self.console)
            self.postings.console = self.console
            self.postings.start(copied=True)
        return self.console

    @at_door
    def _complete(self, pack: CityPack) -> None:
        """What a sound file may still lack: the search index after a salvage; the numbers of the pack's codes, given
        in order, so that an area with all below it is one range."""
        if self._search.lacking:
            with transaction(self._db):
                self._search.rebuild()
        with transaction(self._db):
            route(self._db, self._words, pack.id)
            for code in (*sorted(pack.areas), *sorted(pack.opds), *sorted(pack.categories)):
                if self._words.known(code) is None:
                    self._words.add(code)
        with transaction(self._db):
            self._fold.people()
            self._fold.erasures()

    @property
    def path(self) -> Path:
        """The file it writes."""
        return self.profile.records

    @property
    def _readings(self) -> sqlite3.Connection:
        return self._fetched.db

    @property
    def read(self) -> Read:
        """A reader of its own connection, for the thread that uses the store."""
        if self._read is None:
            self._read = Read.open(self.profile, any_thread=True)
        return self._read

    def close(self) -> None:
        """Let go of everything, marked as ended well. Killing it does no harm either: then the next start checks."""
        try:
            if not self._broken:
                # On a disk that takes nothing the end stays unmarked, which costs the next start a look.
                with suppress(DiskTrouble), door(self.path):
                    check.mark_clean(self._db)
        finally:
            if self._read is not None:
                self._read.close()
            self._db.close()
            try:
                self._fetched.close()
            finally:
                self._lock.drop()

    @contextmanager
    def _written(self) -> Iterator[None]:
        """One transaction, within the door."""
        with self._guard():
            with self._writing():
                yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; where it does not come to be, what is remembered is again what the file says."""
        try:
            with transaction(self._db):
                yield
        except BaseException:
            if not self._db.in_transaction:
                self._words.look_again()
                self._search.look_again()
                self._intake.look_again()
                self._fold.look_again()
            raise

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """The door; after a write that failed on the disk nothing is written before the file was looked through."""
        if self._broken:
            self._mend()
        try:
            yield
        except DiskTrouble as already:  # told by who reads in between
            self._doubt(already)
            raise
        except sqlite3.Error as error:
            trouble = told(error, self.path)
            if trouble is None:
                raise
            self._doubt(trouble)
            raise trouble from error

    def _doubt(self, trouble: DiskTrouble) -> None:
        """Remember that our file is damaged, also for the next start."""
        if trouble.says in BROKEN and trouble.values.get("path") == str(self.path):
            self._broken = trouble.says
            _suspect(self.profile)

    def _mend(self) -> None:
        """Look through the file on a fresh connection. Raises `DiskTrouble` while it is not sound."""
        if self._read is not None:
            self._read.close()
            self._read = None
        self._db.close()
        self._db = check.open_again(self.profile)
        self.replica.tools = self._attach()
        self._broken = ""


def _suspect(profile: Profile) -> None:
    """Leave a mark for the next start. Best effort: the disk may be what is broken."""
    with suppress(DiskTrouble):
        atomic_write(profile.suspect, b"")
