"""What persons and the console itself answer for: sign-ins, keys, the ledger, a console that is closed or lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from console.core.clock import millis
from console.core.errors import DiskTrouble, Refused
from console.core.places import shared_place
from console.core.records import Changes, Kind
from console.store import ledger_heads, ledger_witness, slips
from console.store.closed import LOST
from console.store.data_key import DataKey, NewCode
from console.store.edits import Edit
from console.store.hand import Hand
from console.store.key_line import key_line, lined, recoded
from console.store.people import People, Standing
from console.store.postings import Postings

NOTHING = Changes(frozenset())
ENTERED = Changes(frozenset({Kind.LEDGER}), frozenset({"ledger"}))
"""Named, so that what is told together with it keeps its names."""
CLOSING = Changes(frozenset(Kind))
"""Everything is read anew when a console is closed or opened."""
T = TypeVar("T")


class Office(Hand):
    """The part of the store that is about who works here."""

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
