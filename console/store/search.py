"""Search as one types: words of the user into a sound FTS5 expression, and the newest rows that have them all.

The index is cut into volumes of 65,536 rows each. An unfinished word makes FTS5 read all rows of all words that
begin so; in the newest volume alone that is a few milliseconds, and for a common beginning no other is opened.
Small volumes also keep the merging of the index out of the way of intake: it is done when nobody waits.

Any input is allowed and none raises: what FTS5 would read as syntax is never handed to it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence

from console.store.database import plain, transaction
from console.store.filters import Condition

NEWEST = 2000
"""A search keeps to so many of the newest hits."""
THIN, MANY = 200, 4000
"""Where a volume has more than `MANY` hits and fewer than `THIN` of them pass, one asks from the other side."""
MOST_WORDS = 12
LONGEST = 400
"""Letters looked at of what was typed."""
_ASCII = re.compile("[0-9A-Za-z]+")
_TOKENS = "tokenize='unicode61 remove_diacritics 2'"
VOLUME_BITS = 16
_PURGE = "search_purge"
"""Note of the file: numbers of volumes that hold words of rows that are to be forgotten."""
MERGE_PAGES = 32
"""Pages one step of merging writes: a few milliseconds."""

COLUMNS = "title, text, address, native_id"
# detail=none and columnsize=0: no phrases and no ranks, a third of the cost of a write; words are AND-ed.
_VOLUME = (
    "CREATE VIRTUAL TABLE {name} USING fts5 (" + COLUMNS + ", content='complaint', content_rowid='n', prefix='2 3',"
    " detail=none, columnsize=0, " + _TOKENS + ")"
)
# Merging by itself is off. A volume filled in one go by pages of 100 has 656 segments: merging them on the spot would
# hold up whoever writes for half a second, so that is left to when nobody waits.
_OPTIONS = (("automerge", 0), ("crisismerge", 1000))
ENDS = "SELECT (SELECT min(n) FROM complaint), (SELECT max(n) FROM complaint)"
"""Lowest and highest row number. Asked for in one SELECT SQLite would look through all rows for them."""


def words(text: str) -> list[str]:
    """The words of a text as the index cuts and folds them."""
    found = _ASCII.findall(text) if text.isascii() else _cut(text[:LONGEST])
    return found[:MOST_WORDS]


def _cut(text: str) -> list[str]:
    """The words of any text: asked of SQLite itself, whose tables of letters are of another age than Python's."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute(f"CREATE VIRTUAL TABLE typed USING fts5 (text, columnsize=0, {_TOKENS})")
        db.execute("CREATE VIRTUAL TABLE word USING fts5vocab (typed, 'instance')")
        db.execute("INSERT INTO typed VALUES (?)", (text.encode("utf-8", "replace").decode("utf-8"),))
        return [row[0] for row in db.execute("SELECT term FROM word ORDER BY offset")]
    finally:
        db.close()


def expression(text: str) -> str:
    """The FTS5 expression of what was typed, "" where there is no word in it.

    The last word is taken as the start of one; a single letter says too little to search for yet and is left out,
    a single digit is searched as it stands.
    """
    found = words(text)
    if not found:
        return ""
    *whole, last = found
    parts = [f'"{word}"' for word in whole]
    if len(last) > 1:
        parts.append(f'"{last}"*')
    elif last.isdigit():
        parts.append(f'"{last}"')
    return " AND ".join(parts)


def newest(
    db: sqlite3.Connection, wanted: str, where: Condition, *, patient: bool = False
) -> tuple[list[int], bool] | None:
    """Numbers of the newest rows that have the words and pass the filter, latest request first; true where more may
    exist. None where very many have the words and hardly any of them passes, unless `patient`."""
    rows: list[tuple[int, int]] = []
    first, last = _ends(db)
    for volume in range(last, first - 1, -1):
        name = f"search_{volume}"
        rows += db.execute(
            # The order stands outside: SQLite leaves it out of a subquery that is joined.
            f"SELECT requested_at, n FROM {name} CROSS JOIN complaint ON n = {name}.rowid"
            f" WHERE {name} MATCH ? AND ({where.sql}) ORDER BY {name}.rowid DESC LIMIT ?",
            (wanted, *where.args, NEWEST + 1 - len(rows)),
        ).fetchall()
        if len(rows) > NEWEST:
            break
        passed = len(rows) / (last - volume + 1)
        if not patient and not where.everything and passed < THIN and _hits(db, name, wanted) > MANY:
            return None
    return [n for _, n in sorted(rows[:NEWEST], reverse=True)], len(rows) > NEWEST


def _hits(db: sqlite3.Connection, name: str, wanted: str) -> int:
    return int(plain(db.execute(f"SELECT count(*) FROM {name} WHERE {name} MATCH ?", (wanted,)).fetchone()))


def among(db: sqlite3.Connection, wanted: str, rows: Sequence[int]) -> tuple[list[int], bool]:
    """Those of some rows that have the words, in the order given; true where there are more, then they are the
    newest that came in."""
    parts: dict[int, list[int]] = {}
    for number in rows:
        parts.setdefault(number >> VOLUME_BITS, []).append(number)
    hits: set[int] = set()
    for volume in sorted(parts, reverse=True):
        name = f"search_{volume}"
        found = db.execute(
            f"SELECT hit FROM (SELECT rowid AS hit FROM {name} WHERE {name} MATCH ?)"
            " WHERE +hit IN (SELECT value FROM json_each(?))",
            (wanted, json.dumps(parts[volume])),
        )
        hits.update(row[0] for row in found)
        if len(hits) > NEWEST:
            break
    kept = [number for number in rows if number in hits]
    return kept[:NEWEST], len(kept) > NEWEST


def _ends(db: sqlite3.Connection) -> tuple[int, int]:
    """Numbers of the oldest and the newest volume, (0, -1) where there is none. All between them exist."""
    low, high = db.execute(ENDS).fetchone()
    return (0, -1) if low is None else (low >> VOLUME_BITS, high >> VOLUME_BITS)


class SearchIndex:
    """The hand that writes the volumes. Within the caller's transaction, but for `merge`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._volumes = range(0)
        self._unmerged: set[int] = set()
        self._purging: set[int] = set()
        self.look_again()
        self._unmerged.update(self._volumes)

    def look_again(self) -> None:
        """After a write that did not come to be: which volumes there are is what the file says."""
        names = self._db.execute("SELECT substr(name, 8) FROM sqlite_schema WHERE name GLOB 'search_*'")
        numbers = {int(name) for (name,) in names if name.isdecimal()}
        last = max(numbers, default=-1)
        first = last
        while first in numbers:
            first -= 1
        self._volumes = range(first + 1, last + 1)

    def add(self, first: int, last: int) -> None:
        """Rows `first` to `last`, as they stand in the table now; none where `last` is the lower."""
        if last < first:
            return
        for volume in range(first >> VOLUME_BITS, (last >> VOLUME_BITS) + 1):
            name = self._volume(volume)
            low = max(first, volume << VOLUME_BITS)
            high = min(last, ((volume + 1) << VOLUME_BITS) - 1)
            self._db.execute(
                f"INSERT INTO {name} (rowid, {COLUMNS}) SELECT n, {COLUMNS} FROM complaint WHERE n BETWEEN ? AND ?",
                (low, high),
            )

    def drop(self, number: int, texts: Sequence[str]) -> None:
        """A row whose texts are about to change: exactly the texts it was added with."""
        name = self._volume(number >> VOLUME_BITS)
        self._db.execute(
            f"INSERT INTO {name} ({name}, rowid, {COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?)", (number, *texts)
        )

    def _volume(self, volume: int) -> str:
        first, past = (self._volumes.start, self._volumes.stop) if self._volumes else (volume, volume)
        for lacking in (*range(volume, first), *range(past, volume + 1)):
            name = f"search_{lacking}"
            self._db.execute(_VOLUME.format(name=name))
            for option, value in _OPTIONS:
                self._db.execute(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (option, value))
        self._volumes = range(min(first, volume), max(past, volume + 1))
        self._unmerged.add(volume)
        return f"search_{volume}"

    def merge(self) -> bool:
        """One small step of tidying, a transaction of its own. False where nothing is left to do."""
        while self._unmerged:
            volume = max(self._unmerged)
            if volume not in self._volumes:
                self._unmerged.discard(volume)
                continue
            name = f"search_{volume}"
            before = self._db.total_changes
            with transaction(self._db):
                self._db.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', ?)", (MERGE_PAGES,))
            if self._db.total_changes - before >= 2:
                return True
            self._unmerged.discard(volume)
        return False

    def must_purge(self, numbers: Iterable[int]) -> None:
        """What these rows had is to be gone from the file, and not only from what is found: kept in the file, within
        the caller's transaction, until it is so. An index only notes what it drops; the words stay in older pages."""
        wanted = {*self._to_purge(), *(number >> VOLUME_BITS for number in numbers)}
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_PURGE, json.dumps(sorted(wanted))))

    def _to_purge(self) -> list[int]:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (_PURGE,)).fetchone()
        return [int(volume) for volume in json.loads(row[0])] if row is not None else []

    def purge(self) -> bool:
        """One small step of writing those volumes anew, a transaction of its own. False where nothing is left to do."""
        waiting = self._to_purge()
        if not waiting:
            return False
        volume, name = waiting[0], f"search_{waiting[0]}"
        with transaction(self._db):
            before = self._db.total_changes
            if volume in self._volumes:
                # A number below zero begins to merge all parts into one, wherever they stand; then step by step.
                pages = MERGE_PAGES if volume in self._purging else -MERGE_PAGES
                self._db.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', ?)", (pages,))
                self._purging.add(volume)
            if self._db.total_changes - before < 2:
                self._purging.discard(volume)
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_PURGE, json.dumps(waiting[1:])))
        return True

    @property
    def lacking(self) -> bool:
        """True where there are rows without a volume: after a salvage, or a step that dropped them."""
        first, last = _ends(self._db)
        return first <= last and not (first in self._volumes and last in self._volumes)

    def rebuild(self) -> None:
        """All volumes anew from the rows, within the caller's transaction: after a salvage."""
        for volume in self._volumes:
            self._db.execute(f"DROP TABLE search_{volume}")
        self._volumes = range(0)
        first, last = _ends(self._db)
        if first <= last:
            self.add(first << VOLUME_BITS, ((last + 1) << VOLUME_BITS) - 1)
