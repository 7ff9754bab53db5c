"""An invented city, an invented source and a store of them in a folder of the test's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from console.core.clock import TurnedClock
from console.core.command import Command, CommandFace, Envelope, Looking, Patch
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.pack import Area, Category, CityPack, Level, Opd, WorkCalendar
from console.core.records import Batch, Case, ComplaintId, SourceComplaint
from console.store import schema
from console.store.files import Profile
from console.store.intake import Intake
from console.store.room import Room
from console.store.search import SearchIndex
from console.store.store import Store
from console.store.tallies import recount
from console.store.words import Words

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def invented_pack() -> CityPack:
    """Kota Contoh: two kecamatan with two kelurahan each."""
    areas = {"99.71": Area("99.71", "Kota Contoh", Level.KOTA, "")}
    for kecamatan in ("01", "02"):
        code = f"99.71.{kecamatan}"
        areas[code] = Area(code, f"Kecamatan {kecamatan}", Level.KECAMATAN, "99.71")
        for kelurahan in ("1001", "1002"):
            below = f"{code}.{kelurahan}"
            areas[below] = Area(below, f"Kelurahan {kelurahan}", Level.KELURAHAN, code)
    return CityPack(
        id="contoh",
        name="Kota Contoh",
        version="1",
        zone=ZoneInfo("Asia/Jakarta"),
        zone_label="WIB",
        areas=areas,
        opds={code: Opd(code, f"Dinas {code}", code) for code in ("pu", "lh")},
        categories={code: Category(code, {"id": code}, "pu") for code in ("jalan", "sampah")},
        calendar=WorkCalendar("Asia/Jakarta"),
        sla=(),
        feeds=(),
    )


KELURAHAN = ("99.71.01.1001", "99.71.01.1002", "99.71.02.1001", "99.71.02.1002")


def said(number: int, **changed: Any) -> SourceComplaint:
    """What the invented source says of its complaint of that number, one a minute before noon."""
    base = SourceComplaint(
        id=f"uji:{number:06}",
        source="uji",
        native_id=f"{number:06}",
        native_state="open",
        state=State.NEW,
        title=f"Jalan berlubang nomor {number}",
        text="Lubang dalam di depan pasar, mohon ditambal",
        category="jalan",
        agency="Dinas PU",
        address=f"Jl. Melati {number}",
        lat=-6.2 + number / 1e5,
        lon=106.6,
        area=KELURAHAN[number % 4],
        requested_at=NOON - timedelta(minutes=number),
        updated_at=None,
        expected_at=None,
        zone_assumed=False,
        media_url="",
    )
    return base._replace(**changed)


def batch(*complaints: SourceComplaint, **changed: Any) -> Batch:
    """One answer of the invented source."""
    return Batch(**{"source": "uji", "complaints": complaints, "memo": {"cursor": len(complaints)}, **changed})


@dataclass(frozen=True, slots=True)
class Decide(Command):
    """A command that makes anything true: the store does not know which commands there are."""

    face: ClassVar[CommandFace] = CommandFace(Deed.VERIFY, "t", "s")
    fields: Any = None
    text: str = ""
    undoes: str = ""
    record: Any = None
    refuse: str = ""

    def check(self, read: Looking) -> None:
        read.complaint(self.complaint)
        read.events_of(self.complaint)
        if self.refuse:
            raise Refused(self.refuse, who="Sari")

    def patch(self, case: Case) -> Patch:
        return Patch(self.fields or {}, self.text, self.record, self.undoes)


def ask(clock: TurnedClock, complaint: str, deed: str = "verify", by: str = "Budi", **given: Any) -> Any:
    """An envelope and its command."""
    command = Decide(ComplaintId(complaint), **given)
    shown = {"complaint": complaint, "text": command.text}
    return Envelope(clock.new_id(), deed, shown, by, clock.now()), command


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON, seed=7)


@pytest.fixture
def pack() -> CityPack:
    return invented_pack()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profil")


def roomy(profile: Profile) -> Room:
    """No demands on the disk of the machine the tests run on."""
    return Room(profile.reserve, intake_bytes=0, reserve_bytes=0)


@pytest.fixture
def store(profile: Profile, clock: TurnedClock, pack: CityPack) -> Iterator[Store]:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    yield store
    store.close()


def in_memory() -> sqlite3.Connection:
    """A `records.db` that is nowhere, for tests of what writes within a transaction of the caller's."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    schema.climb(db, schema.RECORDS, Path("memory"))
    return db


@dataclass
class Hands:
    """The writing hands on one connection, without a store around them."""

    db: sqlite3.Connection
    words: Words
    search: SearchIndex
    intake: Intake


def hands(clock: TurnedClock | None = None) -> Hands:
    """Fresh hands on a fresh file in memory."""
    db = in_memory()
    words, search = Words(db), SearchIndex(db)
    return Hands(db, words, search, Intake(db, words, search, clock or TurnedClock(NOON)))


def tallied(db: sqlite3.Connection) -> tuple[object, object]:
    """All counts that are not zero."""
    return (
        sorted(db.execute("SELECT * FROM tally_area WHERE count <> 0").fetchall()),
        sorted(db.execute("SELECT * FROM tally_hour WHERE arrived <> 0 OR open <> 0").fetchall()),
    )


def recounted(db: sqlite3.Connection) -> tuple[object, object]:
    """The same counts, made anew from the rows (and put into the tables)."""
    recount(db)
    return tallied(db)
