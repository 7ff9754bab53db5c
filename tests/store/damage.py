"""A store worth saving, and ways to spoil its file: used by the tests of salvage and backup."""

from __future__ import annotations

import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from console.core.clock import TurnedClock
from console.core.command import Envelope
from console.core.pack import CityPack
from console.core.records import Batch
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import NOON, ask, invented_pack, roomy, said

PAGE = 8192
ROWS = 3000
DEEDS = 60
PAPERS = (
    "SELECT doc, rev FROM outbox",
    "SELECT id, complaint, deed, at, by, text, before, after, fields, was, command, undoes FROM event",
    "SELECT command, outcome FROM outcome",
)
LOOK = "SELECT id, title, text, state, lat, requested_at, decided, holder FROM complaint"


def filled(profile: Profile, clock: TurnedClock, pack: CityPack, rows: int = ROWS, deeds: int = DEEDS) -> None:
    """A store with complaints and deeds, ended well; each deed in the black box first, as the screen does it."""
    store = Store.open(profile, clock, pack, room=roomy(profile))
    box = BlackBox(profile.blackbox, clock)
    try:
        for start in range(0, rows, 1000):
            numbers = range(start, min(start + 1000, rows))
            sayings = [said(number, text=f"Lubang dalam di depan pasar {number} " * 4) for number in numbers]
            store.take(Batch("uji", sayings, memo={"cursor": start}))
        for number in range(deeds):
            clock.turn(60.000321)
            envelope, command = ask(
                clock,
                f"uji:{number * 7 % rows:06}",
                fields={"state": 2, "holder": f"Petugas {number % 5}"} if number % 3 else {"opd": "pu"},
                text="catatan " * (number % 4),
            )
            box.keep(envelope)
            store.apply(envelope, command)
    finally:
        store.close()


def paper(path: Path) -> list[set[tuple[object, ...]]]:
    """What operators did, as it stands in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return [set(db.execute(query)) for query in PAPERS]


def complaints(path: Path) -> dict[str, tuple[object, ...]]:
    """Complaints by id, as they stand in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return {row[0]: row[1:] for row in db.execute(LOOK)}


def pages_of(path: Path, name: str) -> list[int]:
    """Numbers of the pages of a table or index, its root first."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]
        rows = db.execute("SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", (name,)).fetchall()
    return [root, *(row[0] for row in rows if row[0] != root)]


def write(path: Path, at: int, raw: bytes) -> None:
    """Bytes over a place of a file."""
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(raw)


def page(path: Path, number: int, raw: bytes = b"\xa5" * PAGE) -> None:
    """Rubbish over a whole page."""
    write(path, (number - 1) * PAGE, raw)


def cut(path: Path, size: int) -> None:
    """The file, shorter."""
    with path.open("r+b") as stream:
        stream.truncate(size)


@dataclass(frozen=True, slots=True)
class Damage:
    """A way to spoil a file; `lost` is the most complaints it may cost for good."""

    name: str
    do: Callable[[Path], object]
    lost: int = 0


def _pages(path: Path) -> int:
    return path.stat().st_size // PAGE


def _leaf(path: Path, name: str, place: float = 0.5) -> None:
    leaves = pages_of(path, name)[1:] or pages_of(path, name)
    page(path, leaves[int(len(leaves) * place)])


def _flip(path: Path, seed: int, count: int) -> None:
    dice = random.Random(seed)
    size = path.stat().st_size
    with path.open("r+b") as stream:
        for _ in range(count):
            at = dice.randrange(size)
            stream.seek(at)
            byte = stream.read(1)[0]
            stream.seek(at)
            stream.write(bytes([byte ^ 1 << dice.randrange(8)]))


Spoil = Callable[[Path], object]


def keep(profile: Profile, clock: TurnedClock, envelope: Envelope) -> None:
    """One more line of the black box."""
    BlackBox(profile.blackbox, clock).keep(envelope)


def box(profile: Profile, clock: TurnedClock) -> list[Envelope]:
    """What stands in the black box."""
    return list(BlackBox(profile.blackbox, clock).lines())


@cache
def _small_store() -> tuple[bytes, Mapping[str, bytes], TurnedClock]:
    with tempfile.TemporaryDirectory() as folder:
        clock = TurnedClock(NOON, seed=7)
        profile = Profile.at(Path(folder))
        filled(profile, clock, invented_pack(), 400, 30)
        lines = {path.name: path.read_bytes() for path in profile.blackbox.iterdir()}
        return profile.records.read_bytes(), lines, clock


def copy_of_a_store(folder: Path) -> tuple[Profile, TurnedClock]:
    """A small store in a folder, the same each time, and a clock that stands where it ended."""
    raw, lines, clock = _small_store()
    profile = Profile.at(folder)
    profile.records.write_bytes(raw)
    profile.blackbox.mkdir()
    for name, content in lines.items():
        (profile.blackbox / name).write_bytes(content)
    return profile, TurnedClock(clock.now(), seed=9)


def flips(path: Path, seed: int, count: int) -> None:
    """Single bits turned over anywhere."""
    _flip(path, seed, count)


def _all_leaves(path: Path, name: str) -> None:
    for number in pages_of(path, name)[1:] or pages_of(path, name):
        page(path, number)


A_LEAF = 40
"""The most complaints of the invented source that fit into a page."""
DAMAGES = (
    Damage("magic", lambda path: write(path, 0, b"not a database")),
    Damage("whole header", lambda path: write(path, 0, bytes(100))),
    Damage("page size", lambda path: write(path, 16, b"\x02\x00")),
    Damage("version of a file format", lambda path: write(path, 18, b"\x09\x09")),
    Damage("format of the list of tables", lambda path: write(path, 44, b"\x00\x00\x00\x09")),
    Damage("encoding of text", lambda path: write(path, 56, b"\x00\x00\x00\x07")),
    Damage("user version", lambda path: write(path, 60, struct.pack(">I", 0xFFFF))),
    Damage("user version gone", lambda path: write(path, 60, bytes(4))),
    Damage("count of pages", lambda path: write(path, 28, struct.pack(">I", 3))),
    Damage("free list", lambda path: write(path, 32, struct.pack(">II", 999_999, 77))),
    Damage("first page", lambda path: page(path, 1)),
    Damage("first page zeroed", lambda path: page(path, 1, bytes(PAGE))),
    Damage("root of complaints", lambda path: page(path, pages_of(path, "complaint")[0])),
    Damage("root of complaints zeroed", lambda path: page(path, pages_of(path, "complaint")[0], bytes(PAGE))),
    Damage("leaf of complaints", lambda path: _leaf(path, "complaint"), A_LEAF),
    Damage("last leaf of complaints", lambda path: _leaf(path, "complaint", 0.999), A_LEAF),
    Damage("index of ids", lambda path: _leaf(path, "sqlite_autoindex_complaint_1")),
    Damage("index of the queue", lambda path: page(path, pages_of(path, "queue")[0])),
    Damage("search index", lambda path: page(path, pages_of(path, "search_64_data")[0])),
    Damage("words", lambda path: page(path, pages_of(path, "word")[0])),
    Damage("events", lambda path: _leaf(path, "event")),
    Damage("all events", lambda path: _all_leaves(path, "event")),
    Damage("documents", lambda path: _leaf(path, "doc")),
    Damage("root of documents", lambda path: page(path, pages_of(path, "doc")[0])),
    Damage("revisions", lambda path: _leaf(path, "rev", 0.2)),
    Damage("all revisions", lambda path: _all_leaves(path, "rev")),
    Damage("outbox", lambda path: _leaf(path, "outbox")),
    Damage("root of the outbox", lambda path: page(path, pages_of(path, "outbox")[0])),
    Damage("outcomes", lambda path: page(path, pages_of(path, "outcome")[0])),
    Damage("memos", lambda path: page(path, pages_of(path, "memo")[0])),
    Damage("tallies", lambda path: page(path, pages_of(path, "tally_area")[0])),
    Damage("settings of the file", lambda path: page(path, pages_of(path, "meta")[0])),
)
