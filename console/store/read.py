"""Everything the screen reads: one read-only connection, used by one thread only, never a write.

Each method is one short look; nothing is remembered but the words. Raises `DiskTrouble`. A reader for those who only
look (`Audience`) answers with nothing where something about a person would be, and its connection could not read it
(console/store/walls.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from console.core.audience import Audience
from console.core.forwarding import Forwarded
from console.core.lifecycle import State
from console.core.people import Person
from console.core.records import (
    AgeBucket,
    AreaCount,
    Complaint,
    Conflict,
    Event,
    FileRow,
    HubState,
    LedgerFilter,
    LedgerPage,
    LedgerState,
    OutboxRow,
    OutboxSummary,
    QueueFilter,
    QueueRow,
    Refusal,
    Reveal,
)
from console.store import (
    closed,
    conflicts,
    counts,
    forwards,
    history,
    ledger_read,
    outbox_rows,
    people,
    schema,
    spans,
    walls,
)
from console.store.attachments import FileShelf
from console.store.blobs import Blobs
from console.store.closed import Closed
from console.store.counts import Points
from console.store.data_key import DataKey
from console.store.database import at_door, door, plain
from console.store.disk_guard import Guard, guard_of
from console.store.exchange import Exchange, look
from console.store.files import Profile
from console.store.key_line import KeyLine, key_line
from console.store.read_readings import ReadReadings
from console.store.rows import instant, one_complaint
from console.store.spans import PAGE, Span
from console.store.tallies import HOUR_MS
from console.store.view import one_view
from console.store.walls import for_work
from console.store.words import Words

__all__ = ["PAGE", "Points", "Read", "Span"]


def _none() -> None:
    """What those who only look are told of one thing about a person."""


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Read(ReadReadings):
    """A reader of the store."""

    def __init__(
        self,
        profile: Profile,
        db: sqlite3.Connection,
        words: Words | None = None,
        audience: Audience = Audience.WORK,
    ) -> None:
        super().__init__(profile, audience)
        self._db = db
        if audience.narrow:
            walls.put_up(db)
            words = walls.AreaWords(db)
        self._words = words or Words(db)
        self._file: tuple[int, int] | None = None
        self._minds = False
        """Whether it minds that the console is closed. Who writes does not: deeds are judged by what there is."""

    @classmethod
    def open(cls, profile: Profile, *, any_thread: bool = False, audience: Audience = Audience.WORK) -> Self:
        """A reader of its own, for that audience. Raises `DiskTrouble`: "store.absent" until the engine has made the
        file."""
        db = schema.open_records(profile.records, any_thread=any_thread)
        try:
            with door(profile.records):
                read = cls(profile, db, audience=audience)
        except BaseException:
            db.close()
            raise
        read._file = _identity(profile.records)
        read._minds = True
        return read

    def narrow(self, audience: Audience) -> None:
        """From here on it reads for them alone. It never reads for those who work again: open another one."""
        if audience.narrow and not self.audience.narrow:
            with door(self._profile.records):
                walls.put_up(self._db)
                self._words = walls.AreaWords(self._db)
            if self._readings is not None:
                self._readings.close()
                self._readings = None
        self.audience = audience

    @property
    def replaced(self) -> bool:
        """Whether another file stands in the place of the one it reads: salvaged or restored. Open a new reader."""
        return _identity(self._profile.records) != self._file

    @property
    def path(self) -> Path:
        """The file it reads."""
        return self._profile.records

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()
        super().close()

    @at_door
    def closed(self) -> Closed | None:
        """That the console is closed: then nothing personal is given out here. None where it is open."""
        return closed.closed(self._db)

    @property
    def _bare(self) -> bool:
        return self._minds and closed.closed(self._db) is not None

    @at_door
    def contact_at(self) -> datetime | None:
        """When the centre last answered, or since when that is counted."""
        return closed.contact_at(self._db)

    @at_door
    def seen_at(self) -> datetime | None:
        """The latest time that was seen since then."""
        return closed.seen_at(self._db)

    @for_work(str)
    @at_door
    def lost(self, console: str) -> str:
        """Revision that says that this console is lost, "" where none does."""
        return closed.lost(self._db, console)

    @for_work(list)
    @at_door
    def consoles(self) -> list[str]:
        """Names of all consoles that told of themselves here."""
        return closed.consoles(self._db)

    @for_work(lambda: Span(0))
    @at_door
    def span(self, asked: QueueFilter) -> Span:
        """Which rows the filter has now, newest first."""
        with one_view(self._db) as db:
            if self._bare:
                asked = replace(asked, text="", holder="")  # nor does a search tell whether a word is there
            return spans.span(db, asked, self._words)

    @for_work(list)
    @at_door
    def page(self, asked: Span, number: int) -> list[QueueRow]:
        """Rows `number * PAGE` and on of a span, [] past its end."""
        with one_view(self._db) as db:
            rows = spans.page(db, asked, number, self._words)
            return [closed.bare_row(row) for row in rows] if self._bare else rows

    @for_work(_none)
    @at_door
    def row_of(self, asked: Span, complaint: str) -> int | None:
        """Position of a complaint in a span, to keep the selection; None where it is not in it."""
        with one_view(self._db) as db:
            return spans.row_of(db, asked, complaint)

    @for_work(_none)
    @at_door
    def complaint(self, complaint: str) -> Complaint | None:
        """The complaint as it stands now."""
        found = one_complaint(self._db, self._words, complaint)
        return closed.bare_complaint(found) if found is not None and self._bare else found

    @for_work(str)
    @at_door
    def id_of(self, rowid: int) -> str:
        """The complaint's id of a row number, "" where there is none."""
        return str(plain(self._db.execute("SELECT id FROM complaint WHERE n = ?", (rowid,)).fetchone()) or "")

    @for_work(list)
    @at_door
    def events_of(self, complaint: str) -> list[Event]:
        """Its history, oldest first."""
        events = history.events_of(self._db, complaint)
        return [closed.bare_event(event) for event in events] if self._bare else events

    @for_work(list)
    @at_door
    def files_of(self, complaint: str) -> list[FileRow]:
        """Its photos and files that were not taken back, the newest first, and how much of each is here."""
        with one_view(self._db) as db:
            return [] if self._bare else FileShelf(db).files_of(complaint)

    @for_work(list)
    @at_door
    def spare_pieces(self) -> list[tuple[str, int]]:
        """Pieces of files that can be fetched again, the oldest first, with their length."""
        return FileShelf(self._db).spare()

    @for_work(list)
    @at_door
    def data_keys(self, city: str) -> list[DataKey]:
        """Keys that personal data of a city is sealed for; the first of them is the one to seal for now."""
        return key_line(self._db, city).all

    @for_work(KeyLine)
    @at_door
    def key_line(self, city: str) -> KeyLine:
        """The same keys, and how they follow one another."""
        return key_line(self._db, city)

    @property
    def blobs(self) -> Blobs:
        """The bytes of photos and files. Raises `Refused` for those who only look."""
        walls.refuse_narrow(self.audience)
        return Blobs(self._profile.blobs)

    @for_work(_none)
    @at_door
    def last_undoable(self, by: str) -> Event | None:
        """The newest deed of that person that can be taken back."""
        return None if self._bare else history.last_undoable(self._db, by)

    @at_door
    def area_counts(self, parent: str, now: datetime) -> list[AreaCount]:
        """Open, late and arrived of each area right below `parent` that has any; by code, no name needed."""
        with one_view(self._db) as db:
            return counts.area_counts(db, self._words, parent, now)

    @at_door
    def total(self, area: str, now: datetime) -> AreaCount:
        """Open, late and arrived of one area with all below it; "" is everything."""
        with one_view(self._db) as db:
            return counts.total(db, self._words, area, now)

    @at_door
    def points(self, asked: QueueFilter, limit: int = 100_000) -> Points:
        """Places of the newest complaints of a filter."""
        with one_view(self._db) as db:
            if self._bare:
                return Points()
            of = walls.points if self.audience.narrow else counts.points
            return of(db, self._words, asked, limit)

    @at_door
    def arrivals(self, since: datetime, until: datetime, area: str = "") -> list[tuple[datetime, int]]:
        """Requests per hour, zeros included."""
        return counts.arrivals(self._db, self._words, since, until, area)

    @at_door
    def by_state(self, area: str = "") -> dict[State, int]:
        """How many stand in each state that has any."""
        return counts.by_state(self._db, self._words, area)

    @at_door
    def handled(self, since: datetime, area: str = "") -> int:
        """How many complaints were closed since then, by operators or at their source."""
        of = walls.handled if self.audience.narrow else counts.handled
        return of(self._db, self._words, since, area)

    @at_door
    def followed_since(self) -> datetime | None:
        """Since when this store hears of changes: what happened before is not in its history. None before any."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'followed_since'").fetchone()
        return None if row is None else instant(int(row[0]))

    @at_door
    def ages(self, now: datetime, area: str = "") -> dict[AgeBucket, int]:
        """How many open ones stand in each age; all ages are there."""
        with one_view(self._db) as db:
            return counts.ages(db, self._words, now, area)

    @at_door
    def open_by_kecamatan(self) -> list[tuple[str, int]]:
        """Code of each kecamatan and its open ones, most first; "" stands for those without a place."""
        return counts.open_by_kecamatan(self._db, self._words)

    @for_work(list)
    @at_door
    def conflicts(self, limit: int = 200) -> list[Conflict]:
        """Documents of which several versions wait for a person, the oldest first."""
        with one_view(self._db) as db:
            found = conflicts.conflicts(db, limit)
            return [closed.bare_conflict(each) for each in found] if self._bare else found

    @for_work(_none)
    @at_door
    def conflict(self, doc: str) -> Conflict | None:
        """The versions of one document that wait for a person, None where nothing of it does."""
        with one_view(self._db) as db:
            found = conflicts.conflict(db, doc)
            return closed.bare_conflict(found) if found is not None and self._bare else found

    @at_door
    def outbox(self) -> OutboxSummary:
        """How many deeds wait to reach the centre, since when, and how many it refused."""
        return outbox_rows.summary(self._db, HOUR_MS if self.audience.narrow else 1)

    @for_work(list)
    @at_door
    def outbox_rows(self, limit: int = 500) -> list[OutboxRow]:
        """Documents with changes the centre does not hold, the one with the oldest change first."""
        with one_view(self._db) as db:
            rows = outbox_rows.rows(db, limit)
            return closed.bare_waiting(rows) if self._bare else rows

    @for_work(list)
    @at_door
    def outbox_of(self, doc: str) -> list[OutboxRow]:
        """What waits of one document, and what was withdrawn."""
        with one_view(self._db) as db:
            rows = outbox_rows.of(db, doc)
            return closed.bare_waiting(rows) if self._bare else rows

    @for_work(list)
    @at_door
    def forwards_of(self, complaint: str) -> list[Forwarded]:
        """How it was handed on to other applications, here and at other consoles, the oldest first."""
        with one_view(self._db) as db:
            return [] if self._bare else forwards.forwards_of(db, complaint)

    @for_work(list)
    @at_door
    def forwards(self, limit: int = 200) -> list[Forwarded]:
        """What this console hands on: first what is not at rest, then the newest of the others."""
        with one_view(self._db) as db:
            return [] if self._bare else forwards.forwards(db, limit)

    @for_work(list)
    @at_door
    def people(self) -> list[Person]:
        """Everybody who can sign in, or could, by name."""
        return people.people_of(self._db)

    @for_work(lambda: Guard.UNKNOWN)
    def guard(self) -> Guard:
        """Whether the disk the store lies on is encrypted."""
        return guard_of(self.path.parent)

    @at_door
    def people_known(self) -> bool:
        """Whether who works here has to sign in: somebody is known, or was."""
        return people.claimed(self._db)

    @for_work(lambda: LedgerPage((), False))
    def ledger(self, asked: LedgerFilter, before: int | None = None, limit: int = ledger_read.PAGE) -> LedgerPage:
        """Rows of the ledger, the newest first, or those below row `before`."""
        with one_view(self._db) as db:
            return ledger_read.page(db, asked, before, limit)

    @for_work(lambda: ([], []))
    @at_door
    def ledger_names(self) -> tuple[list[str], list[str]]:
        """Who stands in the ledger, and which deeds."""
        with one_view(self._db) as db:
            return ledger_read.names(db, "who"), ledger_read.names(db, "deed")

    @for_work(lambda: LedgerState(0, None, "", 0, (), 0, None))
    @at_door
    def ledger_state(self) -> LedgerState:
        """How the ledger stands: its end, and a look through its last rows."""
        with one_view(self._db) as db:
            return ledger_read.state(db)

    @for_work(list)
    @at_door
    def reveals(self, since: datetime) -> list[Reveal]:
        """What was opened of people since then, the oldest first, and whether who did it had to do with that case."""
        with one_view(self._db) as db:
            return ledger_read.reveals(db, since)

    @at_door
    def newest_received_at(self) -> datetime | None:
        """When a source last answered soundly."""
        kept = plain(self._db.execute("SELECT max(at) FROM memo").fetchone())
        with self._beside() as db:
            fleeting = None if db is None else plain(db.execute("SELECT max(at) FROM memo").fetchone())
        return instant(max((each for each in (kept, fleeting) if each is not None), default=None))

    @for_work(dict)
    @at_door
    def memo(self, source: str) -> Mapping[str, Any]:
        """What the feed knew when its newest stored records came; {} at first."""
        query = "SELECT at, memo FROM memo WHERE source = ?"
        rows = self._db.execute(query, (source,)).fetchall()
        with self._beside() as db:
            if db is not None:
                rows += db.execute(query, (source,)).fetchall()
        found: Mapping[str, Any] = json.loads(max(rows)[1]) if rows else {}
        return found

    @for_work(bool)
    @at_door
    def done(self, command: str) -> bool:
        """True where the command was done or refused: its line in the black box needs no other try."""
        query = "SELECT 1 FROM outcome WHERE command = ?1 UNION ALL SELECT 1 FROM event WHERE command = ?1 AND ?1 <> ''"
        return self._db.execute(query, (command,)).fetchone() is not None

    @for_work(Exchange)
    def exchange(self) -> Exchange:
        """With which consoles bundles are exchanged, and how far."""
        return look(self._profile)

    def hub(self) -> HubState | None:
        """How we stand with the centre; None until the engine has written it."""
        found = super().hub()
        return closed.bare_hub(found) if found is not None and self._bare else found

    def refused(self, source: str, limit: int = 100) -> list[tuple[datetime, Refusal]]:
        """The newest records of a source that were not taken, newest first."""
        found = super().refused(source, limit)
        return [(at, closed.bare_refusal(each)) for at, each in found] if self._bare else found

    def bad_answer(self, source: str, most: int) -> tuple[datetime, str, bytes] | None:
        """The last answer of a source that was not in its form: when, why (phrase key), its first `most` bytes."""
        return None if self._bare else super().bad_answer(source, most)
