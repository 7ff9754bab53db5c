"""The store from the engine's side: the one writer. Each write is one transaction and answers what it changed.

`open` makes, climbs, checks and, where the file is damaged, salvages. Used by one thread at a time (the keeper's);
`read` is a reader of its own for that same thread. Lost things are never passed over: `notices` tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import TypeVar

from console.core.clock import millis
from console.core.command import Command, Envelope, Receipt
from console.core.erasure import CORRECTED, RIGHTS, Erasure, is_item
from console.core.errors import DiskTrouble, Fault, Refused
from console.core.records import Batch, Changes, HubState, Kind, SourceHealth, few
from console.store import scrub
from console.store.blobs import Blob
from console.store.covering_turn import cover_some
from console.store.database import impatient, narrow, widen
from console.store.erasing import ERASE, told_of
from console.store.histories import COMPLAINT
from console.store.office import ENTERED, NOTHING, Office
from console.store.pause import SLICE, never, nobody
from console.store.retention import Eraser
from console.store.tallies import gathered

__all__ = ["ENTERED", "NOTHING", "Store"]
CHECKPOINT_RECORDS = 16_000
"""Records after which the write-ahead log (then about 45 MB) is brought home between two batches. Its file does not
shrink by that, so its size does not tell when; and each time costs two syncs of the disk."""
T = TypeVar("T")


class Store(Office):
    """The writer of one profile. Made by `open`."""

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
            with self._written(), gathered(self._db) as tallies:
                while True:
                    taken = self._intake.take_slice(ordered[start : start + SLICE], tallies)
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

    def refuse(self, envelope: Envelope, refusal: Refused) -> Receipt:
        """Keep that a command could not even be opened, so that it is not tried again."""
        with self._guard():
            known = self._deeds.again(envelope.id)
            if known is not None:
                return known
            with self._writing():
                return self._deeds.refuse(envelope, str(envelope.fields.get("complaint", "")), refusal)

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
            with impatient(self._db):
                self._scrub(urgent)
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
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
            with nullcontext() if urgent is never else impatient(self._db):
                self._scrub(urgent)
            return not self.erasing.due()

    def note_blobs(self, blobs: Iterable[Blob]) -> None:
        """Know bytes that were kept beside the file."""
        named = list(blobs)
        if named:
            with self._written():
                self.files.rows.note(named, millis(self._clock.now()))
