"""The writing side of `readings.db`: what can be fetched again, as it comes from sources, and how they stand.

A batch is taken in slices, so that operators wait for one at most; the memo goes in with the last of it. A file that
turns out damaged is put aside and made anew, at once: what stood in it is fetched again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from console.core.clock import Clock, millis
from console.core.errors import DiskTrouble, Fault
from console.core.records import Batch, HubState, Kind, Refusal, SourceHealth
from console.store import check, readings, scrub, timetables
from console.store.database import impatient, told, transaction
from console.store.files import Profile
from console.store.items import BY_NAME, Items
from console.store.lifetimes import Retention
from console.store.pause import SLICE, never
from console.store.series import Measurements
from console.store.swap import aside, put_aside
from console.store.tidy import Tidying

CHECKPOINT_RECORDS = 30_000
"""Records after which the write-ahead log is brought home between two batches."""
LOG_BYTES = 4 << 20
"""A log of that size is brought home, and shortened, when nobody waits."""


@dataclass(slots=True)
class Came:
    """What a batch came to."""

    kinds: set[Kind] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)
    """Values that are none, or of a series nobody told of."""

    def note(self, kind: Kind, ids: Collection[str]) -> None:
        """These changed."""
        if ids:
            self.kinds.add(kind)
            self.ids.update(ids)


class Fetched:
    """The hand that writes it. One connection, one thread."""

    def __init__(self, profile: Profile, clock: Clock, notices: list[Fault], keep: Retention) -> None:
        """Opened, or made; `notices` are told where the old one had to be put aside. Raises `DiskTrouble`."""
        self._profile = profile
        self._clock = clock
        self._notices = notices
        self._keep = keep
        self._since_home = 0
        self._broken = False
        self._erased: Collection[str] = frozenset()
        self._open()

    def _open(self) -> None:
        self.db = check.open_readings(self._profile, self._clock, self._notices)
        self._items = Items(self.db, self._keep)
        self._items.erased = self._erased
        self._measurements = Measurements(self.db, self._keep.hours_days)
        self._tidying = Tidying(self.db, self._clock, self._keep)

    def take(self, batch: Batch, urgent: Callable[[], bool], let_in: Callable[[], None]) -> Came:
        """Store a batch but its complaints. Where `urgent()` is true between two slices, what is there is committed,
        and `let_in()` may use the store."""
        came = Came()
        if not (batch.fleeting or batch.items or batch.series or batch.samples or batch.timetable or batch.whole):
            return came
        with self._door():
            # What cannot be fetched again must be on the disk before its memo, which lies in another file.
            self.db.execute(f"PRAGMA synchronous = {'NORMAL' if batch.fleeting else 'FULL'}")
            work = self._work(batch, came)
            more = True
            while more:
                with transaction(self.db):
                    more = any(urgent() for _ in work)
                if more:
                    let_in()
        return came

    def _work(self, batch: Batch, came: Came) -> Iterator[None]:
        """Slice after slice, each to be asked for within a transaction."""
        at = millis(self._clock.now())
        for start in range(0, len(batch.items), SLICE):
            came.note(Kind.ITEM, self._items.take(batch.items[start : start + SLICE], at))
            self._since_home += SLICE
            yield
        if batch.whole:
            yield from self._whole(batch, came, at)
        yield from self._measured(batch, came, at)
        if batch.timetable is not None:
            yield from timetables.slices(self.db, batch.timetable, at)
            self._since_home += CHECKPOINT_RECORDS
            came.note(Kind.TIMETABLE, [batch.source])
        if batch.fleeting:
            self._remember(batch.source, batch.memo, at)

    def _whole(self, batch: Batch, came: Came, at: int) -> Iterator[None]:
        ids = [item.id for item in batch.items]
        if batch.more:
            for start in range(0, len(ids), SLICE):
                self._items.told(batch.source, ids[start : start + SLICE])
                yield
        else:
            over = self._items.end(batch.source, set(ids), at, BY_NAME if batch.refused else ())
            came.note(Kind.ITEM, over)

    def _measured(self, batch: Batch, came: Came, at: int) -> Iterator[None]:
        for start in range(0, len(batch.series), SLICE):
            came.note(Kind.READING, self._measurements.tell(batch.series[start : start + SLICE]))
            yield
        # Those of a series together: a span of time is counted once for all its values, and not once for each.
        ordered = sorted(batch.samples, key=attrgetter("series", "at"))
        for start in range(0, len(ordered), SLICE):
            measured = self._measurements.take(ordered[start : start + SLICE], at)
            came.note(Kind.READING, measured.series)
            came.refused += measured.refused
            self._since_home += SLICE
            yield

    def _remember(self, source: str, memo: Mapping[str, Any], at: int) -> None:
        self.db.execute(
            "INSERT INTO memo VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET memo = excluded.memo, at = excluded.at",
            (source, json.dumps(dict(memo), ensure_ascii=False), at),
        )

    def refused(self, source: str, refused: Collection[Refusal]) -> None:
        """Keep the records that were not taken."""
        if refused:
            with self._door():
                readings.keep_refused(self.db, source, list(refused), self._clock)

    def health(self, health: SourceHealth) -> None:
        """Keep how a source stands."""
        with self._door():
            readings.keep_health(self.db, health, self._clock)

    def forget(self, source: str) -> None:
        """Nothing is known any more of how a source stands; what it sent stays."""
        with self._door():
            readings.forget_source(self.db, source)

    def hub(self, state: HubState) -> None:
        """Keep how we stand with the centre."""
        with self._door():
            readings.keep_hub(self.db, state, self._clock)

    def keep_bad_answer(self, source: str, raw: bytes, why: str) -> None:
        """Keep an answer that was not in its form, for who mends the feed."""
        with self._door():
            readings.keep_bad_answer(self.db, source, raw, why, self._clock)

    def spare(self, erased: Collection[str]) -> None:
        """From now on items of these marks are not taken."""
        self._erased = self._items.erased = erased

    def erase(self, marks: Collection[str]) -> list[str]:
        """Forget the items of these marks; their ids. Their words stand in the search's pages until `scrub`."""
        with self._door(), self._wiping(), transaction(self.db):
            return self._items.erase(marks)

    def scrub(self, marks: Collection[str] = (), urgent: Callable[[], bool] = never) -> bool:
        """Forget what sources answered badly, whoever may stand in it, and the items of these marks with their words.
        False where a reader holds up the log, or somebody waits (`urgent`)."""
        if marks:
            self.erase(marks)  # a kill may have come between the mark and this
            with self._door(), self._wiping():
                if not scrub.merged(self.db, "item_search", urgent):
                    return False
        with self._door():
            return scrub.answers(self.db)

    @contextmanager
    def _wiping(self) -> Iterator[None]:
        """What is freed here is overwritten, whole pages too."""
        self.db.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self.db.execute("PRAGMA secure_delete = FAST")

    def tell(self, faults: Iterable[Fault]) -> None:
        """Keep what people must know of the store."""
        with self._door():
            readings.keep_notices(self.db, faults, self._clock)

    def rest(self, *, urgent: Callable[[], bool] | None = None) -> None:
        """Bring the write-ahead log home where it has grown. With `urgent` (nobody waits now): let go of what is old,
        piece by piece until somebody does, and shorten the log."""
        with self._door():
            if urgent is None:
                if self._since_home >= CHECKPOINT_RECORDS:
                    self._since_home = 0
                    self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                return
            while self._tidying.due:
                if urgent():
                    return
                self._tidying.piece()
            if self._log_bytes() >= LOG_BYTES:
                self._since_home = 0
                with impatient(self.db):
                    self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _log_bytes(self) -> int:
        log = aside(self._profile.readings, "-wal")
        return log.stat().st_size if log.exists() else 0

    def close(self) -> None:
        """Let go of it, marked as ended well."""
        try:
            if not self._broken:
                # On a disk that takes nothing the end stays unmarked, which costs the next start a look.
                with suppress(DiskTrouble), self._door():
                    check.mark_clean(self.db)
        finally:
            self.db.close()

    @contextmanager
    def _door(self) -> Iterator[None]:
        """What SQLite says of disk and file is told as `DiskTrouble`; a damaged file is put aside before anything else
        is written."""
        if self._broken:
            self._renew()
        try:
            yield
        except sqlite3.Error as error:
            trouble = told(error, self._profile.readings)
            if trouble is None:
                raise
            self._broken = trouble.says == "store.broken"
            raise trouble from error

    def _renew(self) -> None:
        self.db.close()
        kept = put_aside(self._profile.readings, self._clock)
        self._open()
        self._broken = False
        fault = Fault.at(self._profile.readings.name, "store.notice.readings_aside", kept=kept.name)
        self._notices.append(fault)
        readings.keep_notices(self.db, [fault], self._clock)
