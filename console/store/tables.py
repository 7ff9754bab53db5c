"""The tables of `records.db` whose rows are worth saving, as their own schema describes them.

From names and declared types follow which values can be in a row at all: what damage made of it can then be told
from what we wrote.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from console.core.clock import millis
from console.store.database import plain

FTS = "search"
"""Names of the search index begin so; it is made anew, never saved."""
BY_ROW = ("word", "complaint", "doc", "rev", "outbox", "event", "blob", "ledger")
"""Tables with row numbers, in the order in which they refer to each other."""
BY_NAME = ("memo", "outcome", "session", "attempt", "posting")
"""Tables without row numbers: their key is a text. Not what peers and we know of each other: a cursor must not outlive
what it stands for, and without it only names are exchanged anew."""
_WORDS = ("source", "category", "area", "their_opd", "opd", "holder")
_JSON = {
    "memo": ("memo",),
    "rev": ("body",),
    "event": ("fields", "was"),
    "outcome": ("told",),
    "outbox": ("told",),
    "posting": ("told",),
}
_FIRST_MS, _LAST_MS = 0, millis(datetime(9000, 1, 1, tzinfo=UTC))
"""Times outside are no times: nothing was requested before 1970."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as declared."""

    name: str
    kind: str
    """INTEGER, TEXT or REAL."""
    needed: bool

    @property
    def sane(self) -> str:
        """SQL that is true for a value that may stand here."""
        kind = f"typeof({self.name}) = '{self.kind.lower()}'"
        if self.name == "due_at":
            return f"({self.name} IS NULL OR {kind})"  # made of two others
        if self.name == "at" or self.name.endswith("_at"):
            kind = f"{kind} AND {self.name} BETWEEN {_FIRST_MS} AND {_LAST_MS}"
        elif self.name in ("lat", "lon"):
            kind = f"{kind} AND abs({self.name}) <= {90 if self.name == 'lat' else 180}"
        return f"({kind})" if self.needed else f"({self.name} IS NULL OR {kind})"


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what can be in it."""

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def raw_key(self) -> str:
        """SQL of the key that can be read whatever stands there."""
        return f"CAST({self.key} AS BLOB)" if self.key in self.texts else self.key

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns with text."""
        return tuple(column.name for column in self.columns if column.kind == "TEXT")

    @property
    def words(self) -> tuple[str, ...]:
        """Columns with the number of a word."""
        return tuple(name for name in self.names if name in _WORDS) if self.name == "complaint" else ()

    @property
    def sane(self) -> str:
        """SQL that is true for a row that we may have written."""
        forms = [f"({name} IS NULL OR json_valid({name}))" for name in _JSON.get(self.name, ()) if name in self.names]
        return " AND ".join([*(column.sane for column in self.columns), *forms])


def table(db: sqlite3.Connection, name: str) -> Table:
    """A table of that name in a sound file."""
    rows = db.execute(f"PRAGMA table_info({name})").fetchall()
    key = next(row[1] for row in rows if row[5])
    columns = tuple(Column(row[1], row[2], bool(row[3] or row[5])) for row in rows)
    return Table(name, key, columns)


def count(db: sqlite3.Connection, name: str) -> int:
    """How many rows a table has; `name` may say of which file."""
    return int(plain(db.execute(f"SELECT count(*) FROM {name}").fetchone()))


def present(db: sqlite3.Connection, names: tuple[str, ...]) -> list[str]:
    """Those of these tables that a file of its version has."""
    found = {row[0] for row in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    return [name for name in names if name in found]


def tables(db: sqlite3.Connection) -> list[Table]:
    """All tables whose rows are worth saving."""
    return [table(db, name) for name in present(db, (*BY_ROW, *BY_NAME))]
