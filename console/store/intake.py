"""What a source sent, into the read model: identical records dropped, older ones ignored, counts and search kept.

A record is an idempotent upsert by its id, so part of a batch may be committed alone; only the memo may not go
ahead of the records. The caller holds the transaction. Statements take many rows at once: each call of SQLite
gives up the interpreter's lock, and fewer calls mean fewer waits for a thread that decodes meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from operator import itemgetter
from typing import Any

from console.core.clock import MOST_AHEAD, Clock, millis
from console.core.covering import NOTHING, bare, covered
from console.core.erasure import without_sealed
from console.core.masking import masked
from console.core.personal import WHOLE as SEALED_WHOLE
from console.core.plain_rows import ID, REQUESTED, WHOLE, PlainRows, Row, plain_rows
from console.core.records import SourceComplaint
from console.store.data_key import DataKey
from console.store.database import plain
from console.store.erased import MARK, erased_of
from console.store.histories import EventRow, add_event
from console.store.search import ENDS, SearchIndex
from console.store.tallies import Tallies, due_at, gathered
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
_INSERT = f"INSERT OR ROLLBACK INTO complaint ({','.join(_ALL)}) VALUES "
"""A row that cannot be is our bug, and undoes the transaction in any case. Told so, SQLite keeps no second journal for
each statement, and the search index is not written to the file before each."""
_INSERT_ONE = _INSERT + _ROW
_INSERT_MANY = {size: _INSERT + ",".join([_ROW] * size) for size in _SIZES}
_UPDATE = f"UPDATE complaint SET {','.join(f'{name} = ?' for name in _ALL[2:])} WHERE n = ?"
_KNOWN = f"SELECT id, n, state, opd, decided, {', '.join(_THEIRS)} FROM complaint WHERE id IN "
_STATE, _TITLE, _TEXT, _ADDRESS, _AREA, _OPD, _REQUESTED, _UPDATED, _EXPECTED = 3, 4, 5, 8, 11, 12, 13, 14, 15
_STORED = tuple(SourceComplaint._fields.index(name.removeprefix("their_")) for name in _THEIRS)
"""Places of these in a plain row."""
_WORDS = tuple(SourceComplaint._fields.index(name) for name in ("source", "category", "area", "opd"))
"""Places of what is stored as the number of a word."""
_TEXTS = (
    tuple(
        SourceComplaint._fields.index(name)
        for name in ("id", *_THEIRS[:3], "title", "text", "agency", "address", "media_url", "extra")
    )
    + _WORDS[1:]
)
_whole, _requested = itemgetter(WHOLE), itemgetter(REQUESTED)
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
        self.spared: Callable[[PlainRows], Sequence[SourceComplaint]] = _nothing_erased
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

    def arrange(self, records: Sequence[SourceComplaint]) -> PlainRows:
        """A batch in the order in which to take it, with room below for what is older than all that is known.

        Numbers follow the time of the request as far as they can: what a first intake fetches backwards through
        history is numbered downwards. So the rows with the highest numbers are the newest requests.
        """
        rows = sorted(plain_rows(records), key=_requested)
        self._oldest = plain(self._db.execute("SELECT coalesce(min(requested_at), 0) FROM complaint").fetchone())
        self._bottom = self._low
        self._below = self._low = max(1, self._low - bisect_left(rows, self._oldest, key=_requested))
        return PlainRows(rows)

    def take(self, records: Sequence[SourceComplaint]) -> Taken:
        """Write some records, and what they change of the counts."""
        with gathered(self._db) as tallies:
            return self.take_slice(records, tallies)

    def take_slice(self, records: Sequence[SourceComplaint], tallies: Tallies) -> Taken:
        """Write a slice of a batch. What it changes of the counts is only added to the `tallies`: whoever holds the
        transaction writes them, before it ends."""
        at = millis(self._clock.now())
        latest = at + _AHEAD_MS
        rows, key = self._covered(records)
        newest, whole = self._newest(rows, latest)
        known = self._known(newest)
        fresh: list[Row] = []
        taken = Taken()
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
                kept = (*kept[:-1], without_sealed(kept[-1], SEALED_WHOLE))
                words = without(words, erased_of(row[-1]) | _EXTRA)
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

    def _covered(self, records: Sequence[SourceComplaint]) -> tuple[Sequence[Row], DataKey | None]:
        """The rows to store, covered and without what a person had erased; and for whom whole words of them are to be
        sealed, None where there are none. What the reading process sent has been looked through there."""
        rows = _sound(plain_rows(records))
        if any(row[WHOLE] is None for row in rows):
            rows = plain_rows([covered(each) for each in PlainRows(rows)])
        rows = plain_rows(self.spared(PlainRows(rows)))
        if not any(map(_whole, rows)):
            return rows, None
        key = self.key()
        return (plain_rows([bare(each) for each in PlainRows(rows)]) if key is None else rows), key

    def _newest(self, rows: Sequence[Row], latest: int) -> tuple[dict[str, Row], dict[str, Mapping[str, str]]]:
        """Per id the newest version in the slice, as values to store, and its whole words where any are covered."""
        if not rows:
            return {}, {}
        fields: list[Any] = list(zip(*rows, strict=True))
        for place in _WORDS:
            fields[place] = map(self._words.numbers.__getitem__, fields[place])
        names, wholes = fields[ID], fields[WHOLE]
        values = list(zip(*map(fields.__getitem__, _STORED), strict=True))
        newest = dict(zip(names, values, strict=True))
        if len(newest) == len(rows):
            return newest, {name: words for name, words in zip(names, wholes, strict=True) if words}
        newest, whole = {}, {}
        for name, theirs, words in zip(names, values, wholes, strict=True):
            if name not in newest or not _older(theirs, newest[name], latest):
                newest[name], whole[name] = theirs, words or NOTHING
        return newest, whole

    def _known(self, newest: Mapping[str, tuple[Any, ...]]) -> dict[str, Row]:
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


def _nothing_erased(records: PlainRows) -> Sequence[SourceComplaint]:
    """Nobody asked."""
    return records


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


def _sound(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with no half of a surrogate pair in them, which SQLite does not store. They are rare: all texts are
    looked through at once."""
    fields = list(zip(*rows, strict=True))
    try:
        "".join(chain.from_iterable([fields[place] for place in _TEXTS] if fields else ())).encode()
    except UnicodeEncodeError:
        return [
            tuple(value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in row)
            for row in rows
        ]
    return rows
