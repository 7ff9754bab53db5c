"""What a source sent, into the read model: identical records dropped, older ones ignored, counts and search kept.

A record is an idempotent upsert by its id, so part of a batch may be committed alone; only the memo may not go
ahead of the records. The caller holds the transaction. Statements take many rows at once: each call of SQLite
gives up the interpreter's lock, and fewer calls mean fewer waits for a thread that decodes meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from console.core.clock import MOST_AHEAD, Clock, millis
from console.core.covering import NOTHING, bare, covered
from console.core.erasure import without_sealed
from console.core.masking import masked
from console.core.personal import WHOLE
from console.core.records import SourceComplaint
from console.store.data_key import DataKey
from console.store.database import plain
from console.store.erased import MARK, erased_of
from console.store.histories import EventRow, add_event
from console.store.search import ENDS, SearchIndex
from console.store.tallies import Tallies, due_at
from console.store.wholes import Wholes, without
from console.store.words import Words

_THEIRS = (
    "source",
    "native_id",
    "native_state",
    "their_state",
    "title",
    "text",
    "category",
    "agency",
    "address",
    "lat",
    "lon",
    "area",
    "their_opd",
    "requested_at",
    "updated_at",
    "expected_at",
    "zone_assumed",
    "media_url",
    "extra",
)
"""What the source says, in the order in which old and new are compared."""
_ALL = ("n", "id", *_THEIRS, "state", "opd", "received_at", "due_at")
_SIZES = (250, 25)
"""Rows of one statement: the fewer calls, the fewer waits for the interpreter's lock."""
_ROW = f"({','.join('?' * len(_ALL))})"
_INSERT = f"INSERT INTO complaint ({','.join(_ALL)}) VALUES "
_INSERT_ONE = _INSERT + _ROW
_INSERT_MANY = {size: _INSERT + ",".join([_ROW] * size) for size in _SIZES}
_UPDATE = f"UPDATE complaint SET {','.join(f'{name} = ?' for name in _ALL[2:])} WHERE n = ?"
_KNOWN = f"SELECT id, n, state, opd, decided, {', '.join(_THEIRS)} FROM complaint WHERE id IN "
_STATE, _TITLE, _TEXT, _ADDRESS, _AREA, _OPD, _REQUESTED, _UPDATED, _EXPECTED = 3, 4, 5, 8, 11, 12, 13, 14, 15
_EXTRA = frozenset({"extra"})
_STATE_OURS, _OPD_OURS = 1, 2
_AHEAD_MS = MOST_AHEAD // timedelta(milliseconds=1)
MIDDLE = 1 << 22
"""Number of the first row: there is room for four million older ones below; those beyond are numbered as they come."""


@dataclass(slots=True)
class Taken:
    """What one slice came to."""

    ids: list[str] = field(default_factory=list)
    events: int = 0


class Intake:
    """The hand that writes what sources say. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, words: Words, search: SearchIndex, clock: Clock) -> None:
        self._db = db
        self._words = words
        self._search = search
        self._clock = clock
        self._high = self._low = self._below = self._bottom = MIDDLE
        self._oldest = 0
        self.arrived: Callable[[Sequence[str]], None] = _nobody_waits
        """Told of complaints that are new here, in the same transaction."""
        self.spared: Callable[[Sequence[SourceComplaint]], Sequence[SourceComplaint]] = _nothing_erased
        """Takes out of what a source says what a person had erased."""
        self.key: Callable[[], DataKey | None] = _no_key
        """For whom whole words are sealed; while there is nobody they stay as they came."""
        self._wholes = Wholes()
        self.look_again()

    def look_again(self) -> None:
        """After a write that did not come to be: the free numbers above and below are what the file says."""
        self._wholes.forget()
        low, high = self._db.execute(ENDS).fetchone()
        self._high = MIDDLE if high is None else int(high) + 1
        self._below = self._bottom = self._low = MIDDLE if low is None else int(low)

    def arrange(self, records: Sequence[SourceComplaint]) -> list[SourceComplaint]:
        """A batch in the order in which to take it, with room below for what is older than all that is known.

        Numbers follow the time of the request as far as they can: what a first intake fetches backwards through
        history is numbered downwards. So the rows with the highest numbers are the newest requests.
        """
        self._oldest = plain(self._db.execute("SELECT coalesce(min(requested_at), 0) FROM complaint").fetchone())
        older = sum(1 for each in records if millis(each.requested_at) < self._oldest)
        self._bottom = self._low
        self._below = self._low = max(1, self._low - older)
        return sorted(records, key=_requested)

    def take(self, records: Sequence[SourceComplaint]) -> Taken:
        """Write some records of a batch."""
        self._db.execute("SAVEPOINT slice")
        try:
            taken = self._take(records)
        except UnicodeEncodeError:
            # Halves of surrogate pairs, which SQLite does not store, are rare: looked for only where it complained.
            self._db.execute("ROLLBACK TO slice")
            self._words.look_again()
            self._search.look_again()
            taken = self._take([SourceComplaint(*(_sound(value) for value in record)) for record in records])
        self._db.execute("RELEASE slice")
        return taken

    def _take(self, records: Sequence[SourceComplaint]) -> Taken:
        at = millis(self._clock.now())
        latest = at + _AHEAD_MS
        records = self.spared([covered(each) for each in records])
        key = self.key() if any(each.whole for each in records) else None
        if key is None:
            records = [bare(each) for each in records]
        newest, whole = self._newest(records, latest)
        known = self._known(newest)
        fresh: list[tuple[Any, ...]] = []
        tallies, taken = Tallies(), Taken()
        below, above = self._below, self._high
        for name, told in newest.items():
            theirs = told
            row = known.get(name)
            words = whole.get(name, NOTHING)
            if row is None:
                if key is not None and words:
                    theirs = self._wholes.sealed(name, theirs, words, key)
                state, requested = theirs[_STATE], theirs[_REQUESTED]
                due = due_at(state, requested, theirs[_EXPECTED])
                if requested < self._oldest and below < self._bottom:
                    number, below = below, below + 1
                else:
                    number, above = above, above + 1
                fresh.append((number, name, *theirs, state, theirs[_OPD], at, due))
                taken.ids.append(name)
                continue
            kept = theirs
            if row[-1].startswith(MARK):
                kept = _without(theirs, row[5:])
                kept, words = (*kept[:-1], without_sealed(kept[-1], WHOLE)), without(words, erased_of(row[-1]) | _EXTRA)
            if words and self._wholes.again(name, kept, row[5:], words):
                continue
            if row[5:] != kept and not _older(kept, row[5:], latest):
                if key is not None and words:
                    kept = self._wholes.sealed(name, kept, words, key)
                    if any(masked(row[5 + at]) != row[5 + at] for at in (_TITLE, _TEXT, _ADDRESS)):
                        self._search.must_purge([row[1]])  # they stood there as they came
                taken.events += self._change(name, row, kept, at, tallies)
                taken.ids.append(name)
        if fresh:
            self._insert(fresh)
            self._search.add(self._below, below - 1)
            self._search.add(self._high, above - 1)
            self._below, self._high = below, above
            tallies.add_all([(row[_AREA + 2], row[_STATE + 2], row[_REQUESTED + 2]) for row in fresh])
        tallies.write(self._db)
        if fresh:
            self.arrived([row[1] for row in fresh])
        return taken

    def remember(self, source: str, memo: Mapping[str, Any]) -> None:
        """Keep what the feed asks on with: in the transaction of the last of its records."""
        self._db.execute(
            "INSERT INTO memo VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET memo = excluded.memo, at = excluded.at",
            (source, json.dumps(dict(memo), ensure_ascii=False), millis(self._clock.now())),
        )
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('followed_since', ?)", (str(millis(self._clock.now())),))

    def record(self, said: SourceComplaint, touched_at: int) -> None:
        """A complaint told to an operator: a row like any other, but its state is ours from the start."""
        self.record_all([(said, touched_at)])

    def record_all(self, records: Sequence[tuple[SourceComplaint, int]]) -> None:
        """Several of them, with the time each was recorded (ms)."""
        self.take([said for said, _ in records])
        self._db.executemany(
            "UPDATE complaint SET touched_at = max(coalesce(touched_at, 0), ?), decided = decided | 1 WHERE id = ?",
            [(at, said.id) for said, at in records],
        )

    def _newest(
        self, records: Iterable[SourceComplaint], latest: int
    ) -> tuple[dict[str, tuple[Any, ...]], dict[str, Mapping[str, str]]]:
        """Per id the newest version in the slice, as values to store, and its whole words where any are covered."""
        newest: dict[str, tuple[Any, ...]] = {}
        whole: dict[str, Mapping[str, str]] = {}
        numbers = self._words.numbers
        for record in records:
            theirs = _values(record, numbers)
            other = newest.get(record.id)
            if other is None or not _older(theirs, other, latest):
                newest[record.id] = theirs
                if record.whole or other is not None:
                    whole[record.id] = record.whole or NOTHING
        return newest, whole

    def _known(self, newest: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        # Not by json_each: it ends a text at its first NUL, and an id from outside may hold one.
        marks = ",".join("?" * len(newest))
        return {row[0]: row for row in self._db.execute(f"{_KNOWN}({marks})", list(newest))}

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        start = 0
        for size in _SIZES:
            while len(rows) - start >= size:
                self._db.execute(_INSERT_MANY[size], list(chain.from_iterable(rows[start : start + size])))
                start += size
        self._db.executemany(_INSERT_ONE, rows[start:])

    def _change(self, name: str, row: tuple[Any, ...], theirs: tuple[Any, ...], at: int, tallies: Tallies) -> int:
        """Bring one row up to the source's newer word; what operators decided stays. The events it made."""
        _, n, state, opd, decided, *before = row
        after = state if decided & _STATE_OURS else theirs[_STATE]
        office = opd if decided & _OPD_OURS else theirs[_OPD]
        due = due_at(after, theirs[_REQUESTED], theirs[_EXPECTED])
        searched = [(each[_TITLE], each[_TEXT], each[_ADDRESS], each[1]) for each in (before, theirs)]
        if searched[0] != searched[1]:
            self._search.drop(n, searched[0])
        self._db.execute(_UPDATE, (*theirs, after, office, at, due, n))
        if searched[0] != searched[1]:
            self._search.add(n, n)
        tallies.add(before[_AREA], state, before[_REQUESTED], -1)
        tallies.add(theirs[_AREA], after, theirs[_REQUESTED])
        if before[2:4] == [*theirs[2:4]]:
            return 0
        add_event(
            self._db,
            EventRow(
                self._clock.new_id(),
                name,
                "source",
                _updated(theirs, at + _AHEAD_MS) or at,
                self._words.text(theirs[0]),
                theirs[2],
                before[_STATE],
                theirs[_STATE],
            ),
        )
        return 1


def _without(theirs: tuple[Any, ...], before: Sequence[Any]) -> tuple[Any, ...]:
    """What the source says without what was erased here because its time had run out: telling it once more brings
    nothing back."""
    gone = erased_of(before[-1]) | _EXTRA
    return tuple(
        before[at] if name in gone else value for at, (name, value) in enumerate(zip(_THEIRS, theirs, strict=True))
    )


def _no_key() -> DataKey | None:
    """Nobody to seal for."""
    return None


def _nobody_waits(_fresh: Sequence[str]) -> None:
    """No document speaks of a complaint that is not here."""


def _nothing_erased(records: Sequence[SourceComplaint]) -> Sequence[SourceComplaint]:
    """Nobody asked."""
    return records


def _requested(said: SourceComplaint) -> datetime:
    return said.requested_at


def _older(theirs: Sequence[Any], other: Sequence[Any], latest: int) -> bool:
    """True where the first says of itself that it is older. Where one has no time, or one after `latest`, which is
    none, the later to come holds: else a single wrong year would shut out all that is right."""
    mine = theirs[_REQUESTED] if theirs[_UPDATED] is None else theirs[_UPDATED]
    seen = other[_REQUESTED] if other[_UPDATED] is None else other[_UPDATED]
    return bool(mine < seen <= latest)


def _updated(theirs: Sequence[Any], latest: int) -> int | None:
    """When the source says it changed it; None where it does not say, or a time that cannot be."""
    told: int | None = theirs[_UPDATED]
    return told if told is not None and told <= latest else None


def _values(said: SourceComplaint, numbers: Mapping[str, int]) -> tuple[Any, ...]:
    """What the source says, as stored."""
    updated, expected = said.updated_at, said.expected_at
    return (
        numbers[said.source],
        said.native_id,
        said.native_state,
        int(said.state),
        said.title,
        said.text,
        numbers[said.category],
        said.agency,
        said.address,
        said.lat,
        said.lon,
        numbers[said.area],
        numbers[said.opd],
        millis(said.requested_at),
        None if updated is None else millis(updated),
        None if expected is None else millis(expected),
        int(said.zone_assumed),
        said.media_url,
        said.extra,
    )


def _sound(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
