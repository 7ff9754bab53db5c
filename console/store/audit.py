"""What makes a store sound, asked of it without changing it: pages, form, values, search, counts, outbox.

Each look answers the faults it found as phrases; [] is sound. What is asked at every start after an unclean end is
`quick_check` and `first_fault`; the rest is for a check by hand and after a salvage.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from functools import cache

from console.core.errors import Fault
from console.store import people, schema
from console.store.database import DAMAGE, fault_of, plain
from console.store.tables import FTS, Table, present, table, tables
from console.store.tallies import recount

SHOWN = 20
_SPOTS = (
    ("index", re.compile(r"(?:from|entries in|entry in) index (\w+)")),
    ("table", re.compile(r"table (?:main\.)?(\w+)")),
    ("column", re.compile(r"(?:value|failed) in ([\w.]+)")),
    ("page", re.compile(r"page (\d+)", re.IGNORECASE)),
    ("table", re.compile(r"^(\w+)$")),
)
"""Where SQLite's complaint, or one of ours, finds the damage."""


def spot(line: str) -> str:
    """The place out of a line of a check, as a code with words: the line itself is English."""
    for name, pattern in _SPOTS:
        found = pattern.search(line)
        if found:
            return f"{name} {found[1]}"
    return "SQLITE_CORRUPT"


def quick_check(db: sqlite3.Connection, table: str = "") -> list[str]:
    """What SQLite finds wrong in the pages, of one table where one is named; [] where nothing. Raises `sqlite3.Error`
    where it cannot even look."""
    return [row[0] for row in db.execute(f"PRAGMA quick_check({table or SHOWN})") if row[0] != "ok"]


def integrity(db: sqlite3.Connection) -> list[str]:
    """As `quick_check`, with every index compared to its rows."""
    return [row[0] for row in db.execute(f"PRAGMA integrity_check({SHOWN})") if row[0] != "ok"]


@cache
def _form(version: int) -> dict[str, str]:
    """Name and SQL of everything a file of that version has."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for script in schema.steps(schema.RECORDS)[:version]:
            for statement in schema.statements(script):
                db.execute(statement)
        return dict(_names(db))
    finally:
        db.close()


def _names(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    # The search index may be cut into volumes that come with the rows; it can be made anew at any time.
    for name, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"):
        if not name.startswith((FTS, "sqlite_")):
            yield name, sql


def form(db: sqlite3.Connection) -> list[str]:
    """Names of tables, indexes and triggers that are not there, or not as we made them."""
    found = dict(_names(db))
    return sorted(name for name, sql in _form(schema.version(db)).items() if found.get(name) != sql)


def strange_rows(db: sqlite3.Connection, table: Table) -> int:
    """Rows with a value that cannot be: of another type, out of any range."""
    return int(plain(db.execute(f"SELECT count(*) FROM {table.name} WHERE NOT ({table.sane})").fetchone()))


def garbled(db: sqlite3.Connection, table: Table) -> list[int | bytes]:
    """Keys of rows with a text that is no UTF-8, keys that are text as bytes. Reads all of the table."""
    if not table.texts:
        return []
    db.create_function("is_utf8", 1, is_utf8, deterministic=True)
    whole = " || ".join(f"coalesce({name}, '')" for name in table.texts)
    rows = db.execute(f"SELECT {table.raw_key} FROM {table.name} WHERE NOT is_utf8(CAST({whole} AS BLOB))")
    return [row[0] for row in rows]


def is_utf8(raw: bytes | None) -> bool:
    """Whether these bytes are sound text."""
    try:
        (raw or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def first_fault(db: sqlite3.Connection, *, deep: bool) -> str:
    """Where the first thing is wrong in the rows of a file whose pages are sound, "" for nowhere; deeper where the
    file is in doubt. Raises `sqlite3.Error`."""
    for each in tables(db):
        if strange_rows(db, each) or (deep and garbled(db, each)):
            return each.name
    told = [*foreign(db), *search(db), *counts(db), *outbox(db)] if deep else []
    return told[0].where if told else ""


def values(db: sqlite3.Connection) -> list[Fault]:
    """Tables with values that cannot be."""
    found = [(each.name, strange_rows(db, each) + len(garbled(db, each))) for each in tables(db)]
    return [Fault.at(name, "store.fault.values", table=name, count=count) for name, count in found if count]


def foreign(db: sqlite3.Connection) -> list[Fault]:
    """Rows that point to rows that are not there."""
    count = len(db.execute("PRAGMA foreign_key_check").fetchall())
    found = [Fault.at("rev", "store.fault.foreign", count=count)] if count else []
    numbers = " UNION ".join(f"SELECT {column} AS id FROM complaint" for column in table(db, "complaint").words)
    if _exchanges(db):
        numbers += " UNION SELECT place FROM doc UNION SELECT place FROM outbox"
    lacking = int(
        plain(db.execute(f"SELECT count(*) FROM ({numbers}) WHERE id NOT IN (SELECT id FROM word)").fetchone())
    )
    return found + ([Fault.at("word", "store.fault.words", count=lacking)] if lacking else [])


def search(db: sqlite3.Connection) -> list[Fault]:
    """Parts of the search index that are unsound. SQLite allows this look only on a file it may write."""
    found = []
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%USING fts5%'").fetchall()
    for (name,) in names:
        try:
            db.execute(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')")
        except DAMAGE as error:
            found.append(Fault.at(name, "store.fault.search", fault=fault_of(error)))
    return found


def counts(db: sqlite3.Connection) -> list[Fault]:
    """Kept counts that are not what a recount gives. The file may be written to; it is left as it was."""
    kept = _tallies(db)
    db.execute("BEGIN IMMEDIATE")
    try:
        recount(db)
        wrong = len(kept ^ _tallies(db))
    finally:
        db.execute("ROLLBACK")
    return [Fault.at("tally", "store.fault.tallies", count=wrong)] if wrong else []


def persons(db: sqlite3.Connection) -> list[Fault]:
    """Rows of persons that are not what their documents say."""
    wrong = people.differing(db) if present(db, ("person",)) else 0
    return [Fault.at("person", "store.fault.people", count=wrong)] if wrong else []


def _tallies(db: sqlite3.Connection) -> set[tuple[int, ...]]:
    areas = db.execute("SELECT area, state, count, 0 FROM tally_area WHERE count <> 0").fetchall()
    hours = db.execute("SELECT hour, arrived, open FROM tally_hour WHERE arrived <> 0 OR open <> 0").fetchall()
    return {*areas, *hours}


def _exchanges(db: sqlite3.Connection) -> bool:
    """Whether the file is of a form that knows other stores; an older one climbs before anything is sent."""
    return schema.version(db) > 1


_REVISIONS = (
    "SELECT doc.id AS doc, generation || '-' || hash AS rev, aside FROM rev JOIN doc ON doc.n = rev.doc"
    " WHERE body IS NOT NULL AND held = 0"
)
_ROWS = "SELECT doc, rev, withdrawn_at IS NOT NULL FROM outbox"


def outbox(db: sqlite3.Connection) -> list[Fault]:
    """Revisions the centre does not hold and rows of the outbox that do not have each other, be they to be sent or
    withdrawn; and deeds that were done here and left no outcome."""
    if not _exchanges(db):
        return []
    found = []
    for says, one, other in (("store.fault.unsent", _REVISIONS, _ROWS), ("store.fault.bodiless", _ROWS, _REVISIONS)):
        count = int(plain(db.execute(f"SELECT count(*) FROM (SELECT * FROM ({one}) EXCEPT {other})").fetchone()))
        if count:
            found.append(Fault.at("outbox", says, count=count))
    query = (
        "SELECT count(*) FROM event JOIN outbox ON outbox.doc = event.id AND via = '' WHERE event.command <> ''"
        " AND event.command NOT IN (SELECT command FROM outcome)"
    )
    count = int(plain(db.execute(query).fetchone()))
    if count:
        found.append(Fault.at("outcome", "store.fault.outcomes", count=count))
    return found
