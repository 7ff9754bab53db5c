"""What can be fetched again, as it comes from sources into `readings.db`: items, measurements, timetables, memos.

A batch is taken in slices, so that operators wait for one at most; the memo goes in with the last of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.core.clock import Clock, millis
from console.core.records import Batch, Kind
from console.store.database import transaction
from console.store.items import BY_NAME, Items
from console.store.pause import SLICE

CHECKPOINT_RECORDS = 30_000
"""Records after which the write-ahead log is brought home between two batches."""


@dataclass(slots=True)
class Came:
    """What a batch came to."""

    kinds: set[Kind] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


class Fetched:
    """The hand that writes it. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._items = Items(db)
        self._since_home = 0

    def take(self, batch: Batch, urgent: Callable[[], bool], let_in: Callable[[], None]) -> Came:
        """Store a batch but its complaints. Where `urgent()` is true between two slices, what is there is committed,
        and `let_in()` may use the store."""
        came = Came()
        # What cannot be fetched again must be on the disk before its memo, which lies in another file.
        self._db.execute(f"PRAGMA synchronous = {'NORMAL' if batch.fleeting else 'FULL'}")
        work = self._work(batch, came)
        more = True
        while more:
            with transaction(self._db):
                more = False
                for _ in work:
                    if urgent():
                        more = True
                        break
            if more:
                let_in()
        return came

    def _work(self, batch: Batch, came: Came) -> Iterator[None]:
        """Slice after slice, each to be asked for within a transaction."""
        at = millis(self._clock.now())
        for start in range(0, len(batch.items), SLICE):
            changed = self._items.take(batch.items[start : start + SLICE], at)
            self._note(came, Kind.ITEM, changed)
            self._since_home += SLICE
            yield
        if batch.whole:
            yield from self._whole(batch, came, at)
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
            self._note(came, Kind.ITEM, over)

    def _note(self, came: Came, kind: Kind, ids: list[str]) -> None:
        if ids:
            came.kinds.add(kind)
            came.ids.update(ids)

    def _remember(self, source: str, memo: Mapping[str, Any], at: int) -> None:
        self._db.execute(
            "INSERT INTO memo VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET memo = excluded.memo, at = excluded.at",
            (source, json.dumps(dict(memo), ensure_ascii=False), at),
        )

    def rest(self, *, idle: bool) -> None:
        """Bring the write-ahead log home: where it has grown, or, with `idle`, all of it, to shorten the file."""
        if idle:
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._db.execute("PRAGMA busy_timeout = 2000")
        elif self._since_home >= CHECKPOINT_RECORDS:
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        else:
            return
        self._since_home = 0
