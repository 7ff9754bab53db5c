"""The store from the engine's side: the one writer. Each write is one transaction and answers what it changed.

`open` makes, climbs, checks and, where the file is damaged, salvages. Used by one thread at a time (the keeper's);
`read` is a reader of its own for that same thread. Lost things are never passed over: `notices` tells them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from console.core.clock import Clock, millis
from console.core.command import Command, Envelope, Receipt
from console.core.erasure import CORRECTED, RIGHTS, Erasure, is_item
from console.core.errors import DiskTrouble, Fault, Refused
from console.core.pack import CityPack
from console.core.places import files_place, shared_place
from console.core.records import Batch, Changes, HubState, Kind, SourceHealth, few
from console.store import check, console_id, ledger_heads, ledger_witness, scrub, slips
from console.store.attachments import Attachments
from console.store.blobs import Blob, Blobs
from console.store.closed import LOST, Shutter
from console.store.covering_turn import cover_some
from console.store.data_key import DataKey, NewCode
from console.store.database import BROKEN, BUSY_S, at_door, door, narrow, told, transaction, widen
from console.store.deeds import Deeds
from console.store.documents import Documents
from console.store.edits import Edit
from console.store.erasing import ERASE, Erasing, told_of
from console.store.fetched import Fetched
from console.store.files import FileLock, Profile, atomic_write
from console.store.fold import Fold
from console.store.histories import COMPLAINT
from console.store.intake import Intake
from console.store.key_line import key_line, lined, recoded
from console.store.ledger import Ledger
from console.store.lifetimes import Retention, declared
from console.store.outbox import Outbox
from console.store.pause import SLICE, never, nobody
from console.store.people import People, Standing
from console.store.postings import Postings
from console.store.read import Read
from console.store.replica import Replica, Tools
from console.store.retention import Eraser
from console.store.room import Room
from console.store.route import route
from console.store.search import SearchIndex
from console.store.words import Words

CHECKPOINT_RECORDS = 16_000
"""Records after which the write-ahead log (then about 45 MB) is brought home between two batches. Its file does not
shrink by that, so its size does not tell when; and each time costs two syncs of the disk."""
NOTHING = Changes(frozenset())
ENTERED = Changes(frozenset({Kind.LEDGER}), frozenset({"ledger"}))
"""Named, so that what is told together with it keeps its names."""
CLOSING = Changes(frozenset(Kind))
"""Everything is read anew when a console is closed or opened."""
T = TypeVar("T")


class Store:
    """The writer of one profile. Made by `open`."""

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

    def take(self, batch: Batch, *, urgent: Callable[[], bool] = never, let_in: Callable[[], None] = nobody) -> Changes:
        """Store what a source sent and, with the last of it, the memo.

        Between slices, where `urgent()` is true, what is there is committed without the memo (a record is an
        idempotent upsert; after a crash the source is asked again) and `let_in()` may use the store.
        """
        self._ask_room()
        came = self._fetched.take(batch, urgent, let_in)
        kinds, ids = came.kinds, came.ids
        if not batch.fleeting:
            complaints, events = self._take(batch, urgent, let_in)
            ids.update(complaints)
            kinds |= {kind for kind, some in ((Kind.COMPLAINT, complaints), (Kind.EVENT, events)) if some}
        self._fetched.refused(batch.source, [*batch.refused, *came.refused])
        return Changes(frozenset(kinds), few(ids), batch.source)

    def _take(self, batch: Batch, urgent: Callable[[], bool], let_in: Callable[[], None]) -> tuple[list[str], int]:
        ids: list[str] = []
        events = start = 0
        with self._guard():
            ordered = self._intake.arrange(batch.complaints)
        while True:
            # An operator who was let in may have met a disk that failed: then the file is looked through first.
            with self._written():
                while True:
                    taken = self._intake.take(ordered[start : start + SLICE])
                    ids += taken.ids
                    events += taken.events
                    start += SLICE
                    self._since_home += SLICE
                    if start >= len(ordered):
                        self._intake.remember(batch.source, batch.memo)
                        return ids, events
                    if urgent():
                        break
            let_in()

    def apply(self, envelope: Envelope, command: Command) -> tuple[Receipt, Changes]:
        """Do an operator's command once. It is on the disk on return. Raises `DiskTrouble`: then it was not done."""
        try:
            with self._guard():
                return self._apply(envelope, command)
        except DiskTrouble as trouble:
            # What operators do goes on when the disk is full: the reserve is for exactly this.
            if trouble.says != "store.full" or not self.room.release():
                raise
            with self._guard():
                return self._apply(envelope, command)

    def _apply(self, envelope: Envelope, command: Command) -> tuple[Receipt, Changes]:
        known = self._deeds.again(envelope.id)
        if known is not None:
            return known, NOTHING
        try:
            with self._writing():
                return self._deeds.do(envelope, command, self._inside)
        except Refused as refusal:
            with self._writing():
                return self._deeds.refuse(envelope, str(command.complaint), refusal), ENTERED

    def persons(self) -> Standing:
        """What sign-ins and deeds are judged by."""
        with self._guard():
            return self.people.standing()

    def person(self, job: Callable[[People], T]) -> T:
        """Write about who works here. It is on the disk on return. Raises `Refused` or `DiskTrouble`: then nothing was
        written."""
        try:
            with self._written():
                return job(self.people)
        except DiskTrouble as trouble:
            # Who cannot sign in can do nothing: the reserve is for this too.
            if trouble.says != "store.full" or not self.room.release():
                raise
            with self._written():
                return job(self.people)

    def post(self, job: Callable[[Postings], T]) -> T:
        """Write about what is handed on to other applications. It is on the disk on return."""
        with self._written():
            return job(self.postings)

    def add_data_key(self, key: DataKey, *, session: str = "") -> Changes:
        """From now on personal data of the city is sealed for this key. Raises `Refused` where there is one already."""
        with self._written():
            if key_line(self._db, self._city).current is not None:
                raise Refused("personal.key_stands")
            return self._told_of_keys(key, "data_key", session)

    def change_data_key(self, key: DataKey, *, session: str = "") -> Changes:
        """From now on it is sealed for this key, which the one before it says is to follow. Raises `Refused` where it
        does not."""
        with self._written():
            current = key_line(self._db, self._city).current
            if current is None or lined([current, key]).current is not key:
                raise Refused("personal.key_not_next")
            return self._told_of_keys(key, "data_key_rotate", session)

    def add_recovery_code(self, code: NewCode, *, session: str = "") -> Changes:
        """From now on that code opens its key, and none before it. Raises `Refused` where that key does not say so."""
        with self._written():
            keys = [key for key in key_line(self._db, self._city).all if key.fingerprint == code.fingerprint]
            if all(recoded(key, [code]) is key for key in keys):
                raise Refused("personal.code_not_next")
            return self._told_of_keys(code, "data_key_code", session)

    def _told_of_keys(self, said: DataKey | NewCode, deed: str, session: str) -> Changes:
        """A document about keys, for every console of the city, and who answers for it."""
        rev = self.documents.edit(said.doc, said.body(), parent="", place=shared_place(self._city))
        self.outbox.add(said.doc, rev, "", "", millis(said.at))
        self.ledger.add(deed, who=said.by, session=session, subject=said.fingerprint)
        return Changes(frozenset({Kind.KEY, Kind.OUTBOX, Kind.LEDGER}), by=said.by)

    def refuse(self, envelope: Envelope, refusal: Refused) -> Receipt:
        """Keep that a command could not even be opened, so that it is not tried again."""
        with self._guard():
            known = self._deeds.again(envelope.id)
            if known is not None:
                return known
            with self._writing():
                return self._deeds.refuse(envelope, str(envelope.fields.get("complaint", "")), refusal)

    def enter(
        self,
        deed: str,
        *,
        who: str,
        session: str = "",
        subject: str = "",
        why: str = "",
        told: Mapping[str, Any] | None = None,
    ) -> Changes:
        """One more row of the ledger, for a deed that writes nothing else here. It is on the disk on return."""
        with self._written():
            self.ledger.add(deed, who=who, session=session, subject=subject, why=why, told=told)
        return ENTERED

    def close_up(self, why: str) -> Changes:
        """From now on nothing personal is read at this console. It is on the disk on return."""
        with self._written():
            self.shutter.close(why)
            if why == LOST:
                self.people.close_all("people.ended.console")
        return CLOSING

    def open_up(self, how: str, *, who: str = "", overrule: bool = False) -> Changes:
        """It is read again; with `overrule` also where a document says that this console is lost."""
        with self._written():
            self.shutter.open(how, who=who, console=self.console if overrule else "")
            if overrule:
                self.shutter.contact(self._clock.now())  # counted anew from here
        return CLOSING

    def contact(self, at: datetime) -> Changes:
        """The centre answered then."""
        with self._written():
            self.shutter.contact(at)
        return NOTHING

    def seen(self, at: datetime) -> Changes:
        """It is that late by now, and the centre did not answer."""
        with self._written():
            self.shutter.seen(at)
        return NOTHING

    def tell_lost(self, console: str, *, who: str, session: str = "", found: bool = False) -> Changes:
        """Say of a console that it is lost, or found. Raises `Refused`."""
        with self._written():
            self.shutter.tell_lost(console, who=who, session=session, found=found)
        return Changes(frozenset({Kind.PERSON, Kind.OUTBOX, Kind.LEDGER}), frozenset({"people"}))

    def expire(self, job: Callable[[Eraser], T]) -> T:
        """Erase what has run out: one transaction. Raises `DiskTrouble`: then nothing was erased."""
        with self._written():
            return job(Eraser(self._db, self._search))

    def forget_words(self) -> bool:
        """One step of taking the words of what was erased out of the file; false where none is left to take."""
        with self._guard():
            return self._search.purge()

    def cover_some(self) -> list[str] | None:
        """Cover what stands in some more rows as it came, and seal it: the complaints that changed; None where nothing
        is left to cover, or there is no key to seal it for."""
        with self._written():
            return cover_some(self._db, self._intake.key(), self._search, self.erasing.rewrite)

    def take_slips(self) -> Changes:
        """Rows that others handed in, into the ledger."""
        paths = slips.waiting(self.profile)[: slips.AT_ONCE]
        if not paths:
            return NOTHING
        handed_in = slips.read(paths)
        with self._written():
            slips.enter(self._db, self.ledger, handed_in)
        slips.drop(handed_in)
        return ENTERED

    def tell_head(self, place: str) -> Changes:
        """How far the ledger goes, to the centre's shared place, where that is news and it was not told just now."""
        head = ledger_heads.due(self._db, self.ledger, self.console, self._clock)
        if head is None:
            return NOTHING
        _, changes = self.replica.edit_all(place, [Edit(head.doc, head.body)], by="ledger")
        with self._written():
            ledger_heads.remember(self._db, head)
        return changes

    def witness(self) -> Changes:
        """Heads of other consoles that came, into our own ledger."""
        with self._written():
            count = ledger_witness.enter(self._db, self.ledger, self._clock)
        return ENTERED if count else NOTHING

    def pieces_came(self, blobs: Sequence[Blob], complaints: Iterable[str]) -> Changes:
        """These pieces of files lie on the disk, and the centre holds them."""
        with self._written():
            self.files.came(blobs)
        return Changes(frozenset({Kind.FILE}), frozenset(complaints), "hub")

    def pieces_lost(self, names: Sequence[str], complaints: Iterable[str]) -> Changes:
        """These pieces are not on the disk, though they were known."""
        with self._written():
            self.files.rows.forget(names)
        return Changes(frozenset({Kind.FILE}), frozenset(complaints), "hub")

    def pieces_found(self, found: Sequence[tuple[Blob, str]], lost: Sequence[str]) -> Changes:
        """What looking after the folder came to: bytes that are here and were not known, with the command that speaks
        of them; and names that were known, without a file."""
        with self._written():
            for blob, command in found:
                self.files.found(blob, command)
            self.files.rows.forget(lost)
        return Changes(frozenset({Kind.FILE} if found or lost else ()))

    def health(self, health: SourceHealth) -> Changes:
        """Keep how a source stands."""
        self._fetched.health(health)
        return Changes(frozenset({Kind.SOURCE}), frozenset({health.id}), health.id)

    def hub(self, state: HubState) -> Changes:
        """Keep how we stand with the centre."""
        if state.url and state.last_good_at is not None:
            self.ledger.apart = self._apart = timedelta(seconds=state.clock_s)
        self._fetched.hub(state)
        # Named, so that what is told together with it keeps its names.
        return Changes(frozenset({Kind.HUB}), frozenset({"hub"}))

    def forget_source(self, source: str) -> Changes:
        """A source that a person dropped: how it stood and what it answered badly is forgotten; what it sent stays."""
        self._fetched.forget(source)
        return Changes(frozenset({Kind.SOURCE}))

    def keep_bad_answer(self, source: str, raw: bytes, why: str) -> None:
        """Keep an answer that was not in its form, for who mends the feed."""
        self._fetched.keep_bad_answer(source, raw, why)

    def tell(self, fault: Fault) -> Changes:
        """Something about the store that people must know."""
        self.notices.append(fault)
        self._fetched.tell([fault])
        return Changes(frozenset({Kind.STORE}))

    def rest(self, *, urgent: Callable[[], bool] | None = None) -> None:
        """Bring the write-ahead log home where it has grown. With `urgent` (nobody waits now): tidy the search
        index in small steps until somebody does, then bring all of it home and shorten the file."""
        self._fetched.rest(urgent=urgent)
        if self._broken:
            return
        with self._guard():
            if urgent is None:
                if self._since_home + self.replica.written >= CHECKPOINT_RECORDS:
                    if not self._wide:
                        self._wide = True
                        widen(self._db)
                    self._since_home = self.replica.written = 0
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                return
            while self._search.merge():
                if urgent():
                    return
            # Without waiting for readers: an operator may come meanwhile, and the next rest tries again.
            self._db.execute("PRAGMA busy_timeout = 0")
            self._scrub(urgent)
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
            if self._wide:
                self._wide = False
                narrow(self._db)
        self.room.keep()

    def _scrub(self, urgent: Callable[[], bool] = never) -> None:
        """Take what was erased out of whatever lies beside the tables. It is begun again where it was cut off."""
        due = self.erasing.due()
        if not due:
            return
        clean = self._fetched.scrub([name for name in due.get("complaints", ()) if is_item(name)], urgent)
        if scrub.scrub(self.profile, self._db, due, self.erasing.known, urgent=urgent) and clean:
            with self._writing():
                self.erasing.scrubbed()

    def erase(self, erasures: Sequence[Erasure]) -> Changes:
        """A person had this erased. It is gone from every table on return, and on its way to the centre; from what
        lies beside the tables with `scrub`."""
        with self._written():
            for each in erasures:
                now = self.erasing.add(each)
                why = f"{RIGHTS}{each.case}"
                self.ledger.add(ERASE, who=each.by, subject=each.complaint, why=why, told=told_of(now))
        kinds = {Kind.COMPLAINT, Kind.EVENT, Kind.FILE, Kind.OUTBOX, Kind.LEDGER}
        marks = [each.complaint for each in erasures if is_item(each.complaint)]
        if marks:
            self._fetched.erase(marks)
            kinds.add(Kind.ITEM)
        return Changes(frozenset(kinds), few({each.complaint for each in erasures}), erasures[0].by if erasures else "")

    def correct(self, complaint: str, told: Mapping[str, str], *, who: str, case: str) -> Changes:
        """What a person said of themselves was wrong: these values stand in its place, and no older one stays. Raises
        `Refused` where the complaint was not recorded at one of our consoles: then its source alone can."""
        doc = f"{COMPLAINT}{complaint.partition(':')[2]}"
        with self._written():
            winner = self.documents.winner(doc)
            if winner is None or winner.deleted or winner.body is None or winner.body.get("id") != complaint:
                raise Refused("personal.rights.not_ours", complaint=complaint)
            names = sorted({*told, *winner.body.get(CORRECTED, ())})
            rev = self.documents.edit(doc, {**winner.body, **told, CORRECTED: names}, parent=winner.rev)
            self.outbox.add(doc, rev, complaint, "", millis(self._clock.now()))
            self.erasing.corrected([doc])
            why = f"{RIGHTS}{case}"
            self.ledger.add("rights.correct", who=who, subject=complaint, why=why, told={"fields": sorted(told)})
        return Changes(frozenset({Kind.COMPLAINT, Kind.OUTBOX, Kind.LEDGER}), frozenset({complaint}), who)

    def scrub(self, urgent: Callable[[], bool] = never) -> bool:
        """Take what was erased out of the search, the black box, the files and the logs of the databases, now. False
        where somebody who reads holds it up, or somebody waits (`urgent`): it goes on from there the next time."""
        with self._guard():
            # Where others wait for the one who writes, it does not wait for who reads.
            self._db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000) if urgent is never else 0}")
            try:
                self._scrub(urgent)
            finally:
                self._db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
            return not self.erasing.due()

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

    def note_blobs(self, blobs: Iterable[Blob]) -> None:
        """Know bytes that were kept beside the file."""
        named = list(blobs)
        if named:
            with self._written():
                self.files.rows.note(named, millis(self._clock.now()))

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
