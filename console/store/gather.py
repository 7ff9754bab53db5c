"""Rows of a damaged file into a sound one: by SQL where SQLite still finds them, by halves around what it does not.

The damaged file is attached as `old`. A range of row numbers that cannot be read is cut in two, the largest first,
until what is left costs no more than the damaged page holds; the rest is told as gaps.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from console.store.database import DAMAGE, plain, told, transaction
from console.store.intake import MIDDLE
from console.store.leaves import join_leaves
from console.store.tables import BY_NAME, BY_ROW, Table, present, table

FIRST_PROBES, PROBES = 64, 2_000
"""Ranges of one table that may fail before a new way to the rest is built, and after that: about a second."""
Range = tuple[int, int, int]
"""Its length below zero (a heap gives the least first), the lowest and the highest number."""
_MOST = 1 << 40
_STEP = 1 << 13
_NAMED = {"word": "text", "doc": "id"}
"""Tables whose unique index alone tells all that matters of a row."""


@dataclass(slots=True)
class Gathered:
    """What came over of one table, and the row numbers where something may be missing."""

    table: Table
    gaps: list[tuple[int, int]] = field(default_factory=list)
    top: int = 0
    """The highest row number there may have been."""
    torn: bool = False
    """True where a table without row numbers could not be read whole."""

    @property
    def whole(self) -> bool:
        """True where nothing was missing at first."""
        return not (self.gaps or self.torn)


def gather(db: sqlite3.Connection, source: Path, path: Path) -> dict[str, Gathered]:
    """All rows of the file `source` that can be read, into the empty tables of `db`, which is the file `path`.

    Raises `DiskTrouble` where `path` itself cannot be written.
    """
    db.execute("ATTACH ? AS old", (str(source),))
    try:
        found = {name: _by_row(db, table(db, name), path) for name in present(db, BY_ROW)}
        for name, column in _NAMED.items():
            if found[name].gaps:
                _by_index(db, name, column)
        found |= {name: _by_name(db, table(db, name), path) for name in present(db, BY_NAME)}
        _join(db, source, path, [each for each in found.values() if each.table.name in BY_ROW and each.gaps])
    finally:
        db.execute("DETACH old")
    return found


def _by_row(db: sqlite3.Connection, each: Table, path: Path) -> Gathered:
    found = Gathered(each)
    found.gaps = _taken(db, each, path, _ranges(0, _highest(db, each)), FIRST_PROBES)
    top = plain(db.execute(f"SELECT coalesce(max({each.key}), 0) FROM main.{each.name}").fetchone())
    found.top = max(int(top), _known(db, each))
    return found


def _taken(db: sqlite3.Connection, each: Table, path: Path, ranges: list[Range], probes: int) -> list[tuple[int, int]]:
    """Bring over the rows of some ranges; of the parts where one fails the largest is cut in two first. The ranges
    that are left when that many have failed, and the numbers of rows that were read and not believed."""
    names = ", ".join(each.names)
    into = f"INSERT OR IGNORE INTO main.{each.name} ({names}) SELECT {names} FROM old.{each.name} NOT INDEXED"
    heapq.heapify(ranges)
    good: list[tuple[int, int]] = []
    gaps: list[tuple[int, int]] = []
    while ranges and probes:
        _, low, high = heapq.heappop(ranges)
        try:
            with transaction(db):
                db.execute(f"{into} WHERE {each.key} BETWEEN ? AND ? AND {each.sane}", (low, high))
            good.append((low, high))
        except DAMAGE as error:
            _ours(error, path)
            probes -= 1
            if low == high:
                gaps.append((low, high))
                continue
            middle = (low + high) // 2
            heapq.heappush(ranges, (low - middle - 1, low, middle))
            heapq.heappush(ranges, (middle - high, middle + 1, high))
    gaps += [(low, high) for _, low, high in ranges]
    for span in good:
        gaps += _not_believed(db, each, span)
    return list(_joined(gaps))


def _join(db: sqlite3.Connection, source: Path, path: Path, torn: list[Gathered]) -> None:
    """Where the way down to rows is broken, build a new one to all leaves there are, and read the gaps once more."""
    roots = dict(db.execute("SELECT name, rootpage FROM old.sqlite_schema WHERE type = 'table'").fetchall())
    db.execute("DETACH old")
    try:
        join_leaves(source, {each.table: roots[each.table.name] for each in torn if each.table.name in roots})
    finally:
        db.execute("ATTACH ? AS old", (str(source),))
    for each in torn:
        top = max(each.top, _known(db, each.table))
        ranges = [cut for low, high in each.gaps for cut in _ranges(low, min(high, top))]
        _taken(db, each.table, path, ranges, PROBES)
        top = plain(db.execute(f"SELECT coalesce(max({each.table.key}), 0) FROM {each.table.name}").fetchone())
        each.top = max(each.top, int(top))


def _ranges(low: int, high: int) -> list[Range]:
    """A span of numbers as ranges for a heap. Small ones, so that a damaged page makes little be read twice; one
    alone where the highest number cannot be believed."""
    step = _STEP if high - low < _STEP * PROBES else high - low + 1
    return [
        (start - min(start + step - 1, high) - 1, start, min(start + step - 1, high))
        for start in range(low, high + 1, step)
    ]


def _by_index(db: sqlite3.Connection, name: str, column: str) -> None:
    """Numbers and names from the index of the names, up to its own damage from both ends."""
    key = table(db, name).key
    for order in ("ASC", "DESC"):
        query = f"SELECT {key}, {column} FROM old.{name} INDEXED BY sqlite_autoindex_{name}_1 ORDER BY {column} {order}"
        rows = list(_readable(db, query))
        with transaction(db):
            for number, text in rows:
                if isinstance(number, int) and isinstance(text, str):
                    db.execute(f"INSERT OR IGNORE INTO main.{name} ({key}, {column}) VALUES (?, ?)", (number, text))


def _not_believed(db: sqlite3.Connection, each: Table, span: tuple[int, int]) -> list[tuple[int, int]]:
    """Numbers of rows that were read and cannot be what we wrote."""
    with suppress(*DAMAGE):
        rows = db.execute(
            f"SELECT {each.key} FROM old.{each.name} NOT INDEXED"
            f" WHERE {each.key} BETWEEN ? AND ? AND NOT ({each.sane})",
            span,
        ).fetchall()
        return [(row[0], row[0]) for row in rows]
    return []


def _ours(error: Exception, path: Path) -> None:
    """Raise where it is the new file that could not be written, or a bug: a damaged page says CORRUPT or the like."""
    trouble = told(error, path) if isinstance(error, sqlite3.Error) else None
    if trouble is not None and trouble.says in ("store.full", "store.read_only", "store.memory"):
        raise trouble from error


def _known(db: sqlite3.Connection, each: Table) -> int:
    """The highest number of a row, from the table or, where that is broken, from one of its indexes; 0 for none."""
    indexes = db.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ?"
        " AND coalesce(sql, '') NOT LIKE '% WHERE %'",
        (each.name,),
    ).fetchall()
    for way in ("NOT INDEXED", *(f"INDEXED BY {name}" for (name,) in indexes)):
        with suppress(*DAMAGE):
            highest = plain(db.execute(f"SELECT max({each.key}) FROM old.{each.name} {way}").fetchone())
            return highest if isinstance(highest, int) else 0
    return 0


def _highest(db: sqlite3.Connection, each: Table) -> int:
    """The end of the range worth asking for: where nothing knows it, more than the file can hold."""
    if each.name == "complaint":
        return min(_known(db, each) or _MOST, MIDDLE + _room(db))
    return max(0, min(_known(db, each) or _room(db), _MOST))


def _room(db: sqlite3.Connection) -> int:
    """More rows than the file can hold."""
    return 1000 * int(plain(db.execute("PRAGMA old.page_count").fetchone()))


def _by_name(db: sqlite3.Connection, each: Table, path: Path) -> Gathered:
    """A table without row numbers: all at once, else from both ends up to the damage."""
    found = Gathered(each)
    names = ", ".join(each.names)
    try:
        with transaction(db):
            db.execute(
                f"INSERT OR IGNORE INTO main.{each.name} ({names})"
                f" SELECT {names} FROM old.{each.name} WHERE {each.sane}"
            )
    except DAMAGE as error:
        _ours(error, path)
        found.torn = True
        for order in ("ASC", "DESC"):
            _until_damage(db, each, names, order, path)
    return found


def _until_damage(db: sqlite3.Connection, each: Table, names: str, order: str, path: Path) -> None:
    marks = ", ".join("?" * len(each.columns))
    read = f"SELECT {names} FROM old.{each.name} WHERE {each.sane} ORDER BY {each.key} {order}"
    rows = list(_readable(db, read))
    with transaction(db):
        for row in rows:
            try:
                db.execute(f"INSERT OR IGNORE INTO main.{each.name} ({names}) VALUES ({marks})", row)
            except DAMAGE as error:
                _ours(error, path)


def _readable(db: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Rows of a query up to the first that cannot be read."""
    with suppress(*DAMAGE):
        yield from db.execute(query)


def complement(db: sqlite3.Connection, backup: Path, found: Mapping[str, Gathered]) -> bool:
    """What is missing still, from a sound backup. False where the backup does not belong to this store."""
    db.execute("ATTACH ? AS spare", (str(backup),))
    try:
        stranger = db.execute(
            "SELECT 1 FROM main.word JOIN spare.word USING (id) WHERE main.word.text <> spare.word.text"
        )
        if stranger.fetchone():
            return False
        with transaction(db):
            for each in found.values():
                name = each.table.name
                # A backup may be of an older form: what it does not know is as if it had just climbed.
                kept = {row[1] for row in db.execute(f"PRAGMA spare.table_info({name})")}
                if not kept:
                    continue
                names = ", ".join(column for column in each.table.names if column in kept)
                into = f"INSERT OR IGNORE INTO main.{name} ({names}) SELECT {names} FROM spare.{name}"
                if each.torn:
                    db.execute(into)
                elif name == "memo" and found["complaint"].gaps:
                    # Rows may be missing or older than they were: their sources are asked on from back then.
                    db.execute("INSERT OR REPLACE INTO main.memo SELECT * FROM spare.memo")
                db.executemany(f"{into} WHERE {each.table.key} BETWEEN ? AND ?", each.gaps)
    finally:
        db.execute("DETACH spare")
    return True


def missing(db: sqlite3.Connection, each: Gathered) -> int:
    """How many row numbers of the gaps hold no row now. Numbers are given in order, so about as many were lost."""
    count = 0
    for low, high in each.gaps:
        last = min(high, each.top)
        if last >= low:
            query = f"SELECT count(*) FROM {each.table.name} WHERE {each.table.key} BETWEEN ? AND ?"
            count += last - max(low, 1) + 1 - int(plain(db.execute(query, (max(low, 1), last)).fetchone()))
    return max(0, count)


def _joined(gaps: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges in order, those that touch made one."""
    low = high = None
    for first, last in sorted(gaps):
        if low is None or high is None:
            low, high = first, last
        elif first <= high + 1:
            high = max(high, last)
        else:
            yield low, high
            low, high = first, last
    if low is not None and high is not None:
        yield low, high
