"""A snapshot to hand to a delegation: how the city stands, in a new file, with nothing about a person in it.

Built from what is allowed, never by scrubbing a copy: what was deleted lies in the pages of a copy, and a search index
goes on finding it. Allowed are state, place, kind, office and time of a complaint, and of these only what at least
`LEAST` complaints have in common: each row stands there at least so many times, to the letter. What too few share is
told coarser, step by step (`STEPS`); what even the last step cannot tell is left out and counted. Titles, texts,
addresses, photos, numbers, names, histories, documents, the ledger and the search index are in no step.

The file is a store that any console opens to look at, also from a disc that cannot be written (no write-ahead log).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from console.core.audience import SETTING as AUDIENCE
from console.core.audience import Audience
from console.core.audience import on_grid as cell_of
from console.core.clock import from_millis, millis
from console.core.errors import DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.toml_text import to_toml
from console.store import audit, schema, swap, walls
from console.store.backup import go_on, or_cancelled
from console.store.database import PAGE_BYTES, door, plain, transaction
from console.store.files import Profile, atomic_write, disk_trouble, make_file, writing
from console.store.tables import count, table
from console.store.tallies import HOUR_MS, LATE_AFTER_MS, OPEN_MASK, recount
from console.store.words import Words

LEAST = 5
"""So many complaints are alike in every row that is shown."""
SOURCE = "potret"
"""In the place of a source, and at the beginning of a number: no complaint is found by it anywhere else."""
CANCELLED = "store.snapshot.cancelled"


class Step(NamedTuple):
    """What of a complaint is told at one step, as columns of what was gathered; "" tells nothing."""

    at: str
    area: str
    category: str = ""
    opd: str = ""
    cell: bool = False

    @property
    def columns(self) -> str:
        """SQL of what is told, always the same columns."""
        place = "lat, lon" if self.cell else "NULL AS lat, NULL AS lon"
        return (
            f"state, {place}, {self.area} AS area, {self.category or 0} AS category, {self.opd or 0} AS opd,"
            f" {self.at} AS at"
        )


STEPS = (
    Step("hour", "area", "category", "opd", cell=True),
    Step("day", "area", "category", "opd", cell=True),
    Step("month", "area", "category", cell=True),
    Step("month", "area", cell=True),
    Step("hour", "kecamatan", "category", "opd"),
    Step("day", "area", "category", "opd"),
    Step("day", "kecamatan", "category"),
    Step("year", "area", cell=True),
    Step("month", "area", "category"),
    Step("month", "kecamatan", "category"),
    Step("month", "kecamatan"),
    Step("month", "city"),
)
"""From the finest to the coarsest."""
_TOLD = "state, lat, lon, area, category, opd, at"
_SHOWN = ("n", "id", "source", "state", "their_state", "lat", "lon", "area", "category", "opd", "their_opd")
_TIMES = ("requested_at", "received_at", "due_at")
ALLOWED = frozenset({*_SHOWN, *_TIMES})
"""Columns of a complaint that say anything in such a file."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What a delegation's snapshot came to."""

    path: Path
    bytes: int
    complaints: int
    left_out: int
    """Complaints that were like too few others at every step."""
    steps: tuple[int, ...]
    """How many are told at each of `STEPS`."""


def make(profile: Profile, path: Path, pack: CityPack, *, cancelled: Callable[[], bool] = go_on) -> Handed:
    """A delegation's snapshot in the file `path`, also while the engine runs. Raises `DiskTrouble`; `Refused` where it
    was cancelled."""
    part = profile.folder / "kunjungan.part"
    try:
        swap.drop_all(part)
        steps, left_out = _built(profile, part, pack, cancelled)
        size = _copied(part, path)
    finally:
        with suppress(DiskTrouble):
            swap.drop_all(part)
    return Handed(path, size, sum(steps), left_out, tuple(steps))


def _copied(part: Path, path: Path) -> int:
    size = 0
    try:
        with part.open("rb") as source, writing(path) as stream:
            while piece := source.read(1 << 20):
                size += stream.write(piece)
    except OSError as error:
        raise disk_trouble(error, path) from error
    return size


def _built(profile: Profile, part: Path, pack: CityPack, cancelled: Callable[[], bool]) -> tuple[list[int], int]:
    schema.open_records(profile.records).close()
    make_file(part)
    with door(part), closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=rwc", uri=True)) as db:
        db.isolation_level = None
        for pragma in (f"page_size = {PAGE_BYTES}", "journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {pragma}").fetchone()
        schema.climb(db, schema.RECORDS, part)
        walls.measure(db)
        _calendar(db, pack)
        db.execute("ATTACH ? AS live", (f"{profile.records.absolute().as_uri()}?mode=ro",))
        with or_cancelled(db, cancelled, CANCELLED), transaction(db):
            _gather(db, pack)
            steps = [_told(db, step) for step in STEPS if not _given_up(cancelled)]
            left_out = int(plain(db.execute("SELECT count(*) FROM temp.found").fetchone()))
            _write(db)
        db.execute("DETACH live")
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
        db.execute("VACUUM")
        faults = [*audit.quick_check(db), *_strange(db), *wrong(db, pack)]
    if faults:
        raise AssertionError(f"delegation: {faults[:3]}")
    return steps, left_out


def _calendar(db: sqlite3.Connection, pack: CityPack) -> None:
    """Tell the connection when a day, a month and a year of the city begin."""

    def day(ms: int) -> int:
        at = from_millis(ms).astimezone(pack.zone)
        return millis(at.replace(hour=0, minute=0, second=0, microsecond=0))

    def year(ms: int) -> int:
        at = from_millis(ms).astimezone(pack.zone)
        return millis(at.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0))

    def month(ms: int) -> int:
        at = from_millis(ms).astimezone(pack.zone)
        return millis(at.replace(day=1, hour=0, minute=0, second=0, microsecond=0))

    db.create_function("day_of", 1, day, deterministic=True)
    db.create_function("month_of", 1, month, deterministic=True)
    db.create_function("year_of", 1, year, deterministic=True)


def _gather(db: sqlite3.Connection, pack: CityPack) -> None:
    """What may be told of each complaint at all: words the city's pack knows, cells, whole hours."""
    words = Words(db)
    db.execute("CREATE TEMP TABLE known (theirs INTEGER PRIMARY KEY, ours INTEGER, kecamatan INTEGER, city INTEGER)")
    db.execute("CREATE TEMP TABLE kind (theirs INTEGER PRIMARY KEY, ours INTEGER)")
    db.execute("CREATE TEMP TABLE office (theirs INTEGER PRIMARY KEY, ours INTEGER)")
    live: Mapping[str, int] = {text: number for number, text in db.execute("SELECT id, text FROM live.word")}
    for code in pack.areas:
        if code in live:
            above = ".".join(code.split(".")[:3])
            above = above if above in pack.areas else pack.city.code
            row = (live[code], words.numbers[code], words.numbers[above], words.numbers[pack.city.code])
            db.execute("INSERT INTO known VALUES (?, ?, ?, ?)", row)
    for name, codes in (("kind", pack.categories), ("office", pack.opds)):
        for code in codes:
            if code in live:
                db.execute(f"INSERT INTO {name} VALUES (?, ?)", (live[code], words.numbers[code]))
    allowed = "n, state, area, category, opd, requested_at"
    whole = f"requested_at - ((requested_at % {HOUR_MS}) + {HOUR_MS}) % {HOUR_MS}"
    rows = f"SELECT {allowed}, lat, lon FROM live.complaint"
    # A place is a cell before anything else is done with it.
    cells = (
        f"SELECT * FROM ({walls.on_grid(allowed, f'({rows})')}) UNION ALL"
        f" SELECT {allowed}, NULL, NULL FROM ({rows}) WHERE lat IS NULL OR lon IS NULL"
    )
    db.execute(
        "CREATE TEMP TABLE found AS SELECT n, state, lat, lon, coalesce(known.ours, 0) AS area,"
        " coalesce(known.kecamatan, 0) AS kecamatan, coalesce(known.city, 0) AS city,"
        " coalesce(kind.ours, 0) AS category, coalesce(office.ours, 0) AS opd, hour, day_of(hour) AS day,"
        f" month_of(hour) AS month, year_of(hour) AS year FROM (SELECT *, {whole} AS hour FROM ({cells})) AS here"
        " LEFT JOIN known ON known.theirs = here.area LEFT JOIN kind ON kind.theirs = here.category"
        " LEFT JOIN office ON office.theirs = here.opd"
    )
    db.execute(f"CREATE TEMP TABLE told (n INTEGER PRIMARY KEY, {_TOLD})")


def _given_up(cancelled: Callable[[], bool]) -> bool:
    """Never true: raises `Refused` where somebody asked to stop."""
    if cancelled():
        raise Refused(CANCELLED)
    return False


def _told(db: sqlite3.Connection, step: Step) -> int:
    """Take what enough complaints have in common at that step; how many."""
    db.execute(
        f"INSERT INTO told SELECT n, {_TOLD} FROM (SELECT n, {_TOLD}, count(*) OVER (PARTITION BY {_TOLD}) AS alike"
        f" FROM (SELECT n, {step.columns} FROM found)) WHERE alike >= ?",
        (LEAST,),
    )
    return db.execute("DELETE FROM found WHERE n IN (SELECT n FROM told)").rowcount


def _write(db: sqlite3.Connection) -> None:
    """The rows of the new file, in no order of theirs: numbered by what they say."""
    source = Words(db).numbers[SOURCE]
    fixed = {"native_id": "''", "native_state": "''", "title": "''", "text": "''", "agency": "''", "address": "''"}
    fixed |= {"zone_assumed": "0", "media_url": "''", "extra": "''", "source": str(source), "decided": "0"}
    says = {"n": "n", "id": f"'{SOURCE}:' || printf('%06d', n)", "state": "state", "their_state": "state"}
    says |= {"lat": "lat", "lon": "lon", "area": "area", "category": "category", "opd": "opd", "their_opd": "opd"}
    says |= {
        "requested_at": "at",
        "received_at": "at",
        "due_at": f"iif(({OPEN_MASK} >> state) & 1, at + {LATE_AFTER_MS}, NULL)",
    }
    columns = {**fixed, **says}
    db.execute(
        f"INSERT INTO main.complaint ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
        f" FROM (SELECT row_number() OVER (ORDER BY {_TOLD}) AS n, {_TOLD} FROM told) ORDER BY n"
    )
    recount(db)


_FULL = ("complaint", "word", "tally_area", "tally_hour")
"""Tables that hold anything in such a file."""


def wrong(db: sqlite3.Connection, pack: CityPack) -> list[str]:
    """What stands in such a file and must not, [] where it is as it should be. Asked of every one that is made, and of
    one that somebody brings."""
    names = [str(row[0]) for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    found = [name for name in names if name not in (*_FULL, "sqlite_sequence") and count(db, name)]
    complaint = table(db, "complaint")
    for column in complaint.columns:
        if column.name not in ALLOWED:
            blank = "''" if column.kind == "TEXT" else "0"
            query = f"SELECT 1 FROM complaint WHERE coalesce({column.name}, {blank}) <> {blank} LIMIT 1"
            found += [column.name] if db.execute(query).fetchone() else []
    told = ", ".join(name for name in complaint.names if name not in ("n", "id"))
    alike = f"SELECT 1 FROM complaint GROUP BY {told} HAVING count(*) < {LEAST} LIMIT 1"
    found += ["alike"] if db.execute(alike).fetchone() else []
    times = f"SELECT 1 FROM complaint WHERE requested_at % {HOUR_MS} OR received_at <> requested_at LIMIT 1"
    found += ["times"] if db.execute(times).fetchone() else []
    named = f"SELECT 1 FROM complaint WHERE id <> '{SOURCE}:' || printf('%06d', n) LIMIT 1"
    found += ["id"] if db.execute(named).fetchone() else []
    known = {"", SOURCE, *pack.areas, *pack.categories, *pack.opds}
    found += ["word" for (text,) in db.execute("SELECT text FROM word") if text not in known][:1]
    cells = db.execute("SELECT DISTINCT lat, lon FROM complaint WHERE lat IS NOT NULL OR lon IS NOT NULL").fetchall()
    found += ["cell" for cell in cells if None in cell or not _is_cell(*cell)][:1]
    return found


def _strange(db: sqlite3.Connection) -> list[str]:
    """Tables, indexes, views and triggers that are not ours to the letter; the search index is not handed on."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        schema.climb(fresh, schema.RECORDS, Path("memory"))
        ours = set(fresh.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))
    theirs = set(db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))
    # SQLite's own counter of row numbers comes with the first row of a table that has one.
    return sorted(str(name) for _, name, _, _ in ours ^ theirs if name != "sqlite_sequence")


def _is_cell(lat: float, lon: float) -> bool:
    middle = cell_of(lat, lon)
    return abs(middle[0] - lat) < 1e-9 and abs(middle[1] - lon) < 1e-9


def look(path: Path, pack: CityPack) -> Handed:
    """What a delegation's snapshot holds, told after all of it was looked through. Raises `DiskTrouble`, and `Refused`
    for a file that is none."""
    with closing(schema.open_records(path)) as db, door(path):
        faults = [*audit.integrity(db), *_strange(db), *wrong(db, pack)]
        if faults:
            raise Refused("store.delegation.none", path=str(path), fault=faults[0])
        return Handed(path, path.stat().st_size, count(db, "complaint"), 0, ())


def open_in(path: Path, folder: Path, pack: CityPack) -> Handed:
    """A new profile in `folder` that shows such a file and does nothing else. Raises as `look`; `Refused` where the
    folder holds anything already."""
    found = look(path, pack)
    if folder.exists() and any(folder.iterdir()):
        raise Refused("store.delegation.not_empty", path=str(folder))
    profile = Profile.at(folder)
    # First for whom it is: a copy that was cut off never opens for anybody else.
    settings = {AUDIENCE: str(Audience.VISIT), "sync.cut": True, "pack": pack.id}
    atomic_write(profile.settings, to_toml(settings))
    _copied(path, profile.records)
    return found
