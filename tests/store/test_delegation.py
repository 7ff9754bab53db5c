"""What a delegation is handed: no letter about a person in any byte of it, and nothing that fewer than five share."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from console import commands
from console.commands.intake import Take
from console.commands.work import Note
from console.core.audience import Audience, on_grid
from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.lifecycle import State
from console.core.pack import CityPack
from console.core.records import ComplaintId, QueueFilter, SourceComplaint
from console.store import delegation, schema
from console.store.database import open_reader
from console.store.delegation import LEAST, STEPS, look, make, wrong
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, batch, invented_pack, roomy, said

MARK = "kenari"
CANARIES = 200
CROWD = 60


def marked(number: int) -> SourceComplaint:
    """Somebody told of something no two people told of alike: in every field a mark."""
    chance = random.Random(number)
    return said(
        number,
        id=f"uji:{MARK}{number:03}",
        native_id=f"{MARK}{number:03}",
        native_state=f"{MARK}-{number}",
        title=f"{MARK} {number} Zulkarnaen",
        text=f"{MARK} NIK 3671011203{number:06} hubungi 08137755{number:04}",
        category=f"{MARK} jenis {number}",
        agency=f"{MARK} dinas",
        address=f"Gang {MARK} nomor {number}",
        media_url=f"https://uji.example/{MARK}.jpg",
        extra=json.dumps({"nama": f"{MARK} {number}"}),
        opd=f"{MARK} kantor",
        area=KELURAHAN[number % 4] if number % 5 else f"{MARK}.{number}",
        state=(State.NEW, State.DONE, State.DISPOSED)[number % 3],
        lat=-6.2 + chance.random() / 30,
        lon=106.6 + chance.random() / 30,
        requested_at=NOON - timedelta(seconds=chance.randrange(90 * 86_400)),
    )


def alike(number: int) -> SourceComplaint:
    """One of a crowd: the same street, the same hour, in words of their own."""
    return said(
        1000 + number,
        title=f"{MARK} warga {number}",
        lat=-6.2001 - number % 7 * 1e-6,
        lon=106.6001,
        area=KELURAHAN[0],
        opd="pu",
        requested_at=NOON - timedelta(hours=3, minutes=1 + number % 40),
    )


@pytest.fixture
def filled(profile: Profile, pack: CityPack) -> Iterator[Store]:
    """A store with a mark in every table that can hold one."""
    clock = TurnedClock(NOON, seed=3)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(batch(*(marked(number) for number in range(CANARIES)), *(alike(number) for number in range(CROWD))))
    for number in (0, 3, 6, 9, 12, 2, 5):
        name = ComplaintId(f"uji:{MARK}{number:03}")
        for command in (Take(name), Note(name, f"{MARK} catatan")):
            envelope = commands.seal(command, clock, f"{MARK} Rani")
            receipt, _ = store.apply(envelope, commands.open_envelope(envelope, pack))
            assert receipt.outcome == "taken"
    store.enter("reveal", who=f"{MARK} Rani", subject=MARK, why=MARK)
    yield store
    store.close()


@pytest.fixture
def handed(filled: Store, profile: Profile, pack: CityPack, tmp_path: Path) -> delegation.Handed:
    return make(profile, tmp_path / "kota.kunjungan", pack)


def test_no_byte_of_it_holds_any_of_two_hundred(handed: delegation.Handed, profile: Profile) -> None:
    assert (
        MARK.encode() in (profile.folder / "records.db").read_bytes() + (profile.folder / "records.db-wal").read_bytes()
    )
    raw = handed.path.read_bytes().lower()
    for stem in (MARK, "zulkarnaen", "3671011203", "08137755", "rani", "uji.example", "uji:"):
        assert stem.encode() not in raw, stem
        assert stem.encode("utf-16-le") not in raw, stem
    assert handed.path.parent.joinpath(handed.path.name).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in handed.path.parent.iterdir()) == ["kota.kunjungan", "profil"]


def test_no_table_and_no_index_knows_any(handed: delegation.Handed) -> None:
    with closing(open_reader(handed.path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert not [name for name in names if name.startswith("search")], "no index that goes on finding what is gone"
        for name in names:
            assert MARK not in repr(db.execute(f"SELECT * FROM {name}").fetchall()), name


def test_each_row_stands_there_five_times_to_the_letter(handed: delegation.Handed) -> None:
    with closing(open_reader(handed.path)) as db:
        rows = db.execute("SELECT * FROM complaint").fetchall()
        names = [row[1] for row in db.execute("PRAGMA table_info(complaint)")]
    free = [place for place, name in enumerate(names) if name not in ("n", "id")]
    counted = Counter(tuple(row[place] for place in free) for row in rows)
    assert min(counted.values()) >= LEAST
    assert len(counted) > 3
    assert handed.complaints == len(rows) == sum(handed.steps)
    assert handed.complaints + handed.left_out == CANARIES + CROWD


def test_a_crowd_is_told_finely_and_who_is_alone_is_not(handed: delegation.Handed, profile: Profile) -> None:
    assert handed.steps[0] == CROWD, "alike in everything that is told, at the finest step"
    with closing(open_reader(handed.path)) as db:
        fine = db.execute(
            "SELECT lat, lon, requested_at, count(*) FROM complaint WHERE lat IS NOT NULL GROUP BY 1, 2, 3"
        )
        cells = fine.fetchall()
    assert cells == [(*on_grid(-6.2001, 106.6001), cells[0][2], CROWD)]
    assert cells[0][2] % 3_600_000 == 0
    with closing(Read.open(profile)) as read:
        exact = read.points(QueueFilter())
    assert not set(exact.lat) & {cell[0] for cell in cells}


def test_it_is_a_store_to_look_at(handed: delegation.Handed, profile: Profile, tmp_path: Path) -> None:
    there = Profile.at(tmp_path / "tamu")
    handed.path.rename(there.records)
    with closing(Read.open(there, audience=Audience.VISIT)) as read:
        assert read.total("", NOON).open > 0
        assert sum(read.by_state().values()) == handed.complaints
        assert len(read.points(QueueFilter()).lon) == CROWD
        assert read.area_counts("99.71", NOON)
        assert sum(count for _, count in read.arrivals(NOON - timedelta(days=100), NOON)) == handed.complaints
        assert sum(read.ages(NOON).values()) == read.total("", NOON).open
    with closing(Store.open(there, TurnedClock(NOON), invented_pack(), room=roomy(there))) as store:
        assert store.notices == [], "an engine takes it for a store like any other"
        assert store.read.span(QueueFilter(text="jalan")).count == 0
    with closing(Read.open(there)) as read:
        found = read.page(read.span(QueueFilter()), 0)
        assert {row.title for row in found} == {""} and {row.holder for row in found} == {""}


def test_it_opens_from_a_disc_that_cannot_be_written(handed: delegation.Handed) -> None:
    assert handed.path.read_bytes()[18:20] == b"\x01\x01", "no write-ahead log, which a reader would have to make"
    with closing(sqlite3.connect(f"{handed.path.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("SELECT count(*) FROM complaint").fetchone() == (handed.complaints,)
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert not [path for path in handed.path.parent.iterdir() if path.name.startswith("kota.kunjungan-")]


def test_what_somebody_brings_is_looked_through(handed: delegation.Handed, pack: CityPack) -> None:
    assert look(handed.path, pack).complaints == handed.complaints


SPOILT = {
    "title": "UPDATE complaint SET title = 'Ibu Wati'",
    "holder": "UPDATE complaint SET holder = 1",
    "extra": "UPDATE complaint SET extra = '{}'",
    "alike": "DELETE FROM complaint WHERE n NOT IN (SELECT n FROM complaint ORDER BY n LIMIT 4)",
    "times": "UPDATE complaint SET requested_at = requested_at + 61000, received_at = received_at + 61000",
    "id": "UPDATE complaint SET id = 'uji:17' WHERE n = 3",
    "word": "INSERT INTO word VALUES (99, 'Ibu Wati')",
    "cell": "UPDATE complaint SET lat = lat + 0.0001 WHERE lat IS NOT NULL",
    "person": "INSERT INTO person VALUES ('p', 'l', 'n', 'r', 'v', 0, NULL, 0)",
    "memo": "INSERT INTO memo VALUES ('uji', '{}', 0)",
    "doc": "INSERT INTO doc (n, id) VALUES (1, 'case:x')",
    "meta": "INSERT INTO meta VALUES ('a', 'b')",
}


@pytest.mark.parametrize("what", SPOILT)
def test_one_that_holds_more_is_known(handed: delegation.Handed, pack: CityPack, what: str) -> None:
    with closing(sqlite3.connect(handed.path)) as db:
        assert wrong(db, pack) == []
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(SPOILT[what])
        db.commit()
        assert wrong(db, pack) == [what]
    with pytest.raises(Refused, match=r"store\.delegation\.none"):
        look(handed.path, pack)


def test_a_table_more_is_not_passed_over(handed: delegation.Handed, pack: CityPack, tmp_path: Path) -> None:
    with closing(sqlite3.connect(handed.path)) as db:
        db.execute("CREATE TABLE catatan (isi TEXT)")
        db.execute("INSERT INTO catatan VALUES ('Ibu Wati')")
        db.commit()
    with pytest.raises(Refused, match=r"store\.delegation\.none"):
        look(handed.path, pack)
    other = tmp_path / "lain"
    other.write_bytes(b"PK\x03\x04 bukan")
    with pytest.raises(DiskTrouble):
        look(other, pack)


def test_a_small_city_is_told_as_far_as_can_be(profile: Profile, pack: CityPack, tmp_path: Path) -> None:
    store = Store.open(profile, TurnedClock(NOON), pack, room=roomy(profile))
    store.take(batch(*(marked(number) for number in range(4))))
    none = make(profile, tmp_path / "a", pack)
    assert (none.complaints, none.left_out) == (0, 4)
    assert look(tmp_path / "a", pack).complaints == 0
    store.take(batch(*(marked(number)._replace(state=State.NEW, requested_at=NOON) for number in range(10, 22))))
    some = make(profile, tmp_path / "b", pack)
    assert some.complaints > 0 and some.complaints + some.left_out == 16
    store.close()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_stands_in_the_store_it_passes_its_own_look(
    profile: Profile, pack: CityPack, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    store = Store.open(profile, TurnedClock(NOON), pack, room=roomy(profile))
    store.take(
        batch(
            *(
                said(
                    number,
                    category=chance.choice(("jalan", "sampah", "Ibu Wati")),
                    opd=chance.choice(("pu", "lh", "", "Ibu Wati")),
                    area=chance.choice(("", "99.71", "99.71.01", *KELURAHAN, "88.11")),
                    state=chance.choice(list(State)),
                    lat=chance.choice((None, -6.2, 0.0, -89.99, 89.99)),
                    lon=chance.choice((106.6, 180.0, -180.0, 0.0)),
                    requested_at=NOON - timedelta(hours=chance.randrange(0, 30 * 24, 12), minutes=chance.randrange(60)),
                )
                for number in range(300)
            )
        )
    )
    found = make(profile, tmp_path / "a", pack)
    store.close()
    assert look(tmp_path / "a", pack).complaints == found.complaints > 0
    assert b"Wati" not in (tmp_path / "a").read_bytes()


def test_nothing_is_left_of_one_that_was_cancelled(
    filled: Store, profile: Profile, pack: CityPack, tmp_path: Path
) -> None:
    before = {path.name for path in profile.folder.iterdir()}
    with pytest.raises(Refused, match=r"store\.snapshot\.cancelled"):
        make(profile, tmp_path / "x", pack, cancelled=lambda: True)
    assert {path.name for path in profile.folder.iterdir()} == before
    assert not (tmp_path / "x").exists()


def test_every_column_is_allowed_or_blank() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        schema.climb(db, schema.RECORDS, Path("memory"))
        names = {row[1] for row in db.execute("PRAGMA table_info(complaint)")}
    assert names >= delegation.ALLOWED
    assert names - delegation.ALLOWED == {
        *("native_id", "native_state", "title", "text", "agency", "address", "updated_at", "expected_at"),
        *("zone_assumed", "media_url", "extra", "holder", "duplicate_of", "touched_at", "pending", "decided"),
    }, "a new column: may a delegation be told of it?"
    assert len(STEPS) == len(set(STEPS))
