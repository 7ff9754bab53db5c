"""The world's troubles: a full disk, a failed fsync, another writer, a file of tomorrow, a folder that is not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Fault
from console.core.lifecycle import State
from console.core.pack import CityPack
from console.core.people import Person
from console.core.people import Role as RoleOf
from console.core.records import QueueFilter, Refusal
from console.store import check, database, readings, room, schema
from console.store import room as room_module
from console.store import store as store_module
from console.store.database import open_reader, open_writer, told
from console.store.files import Profile
from console.store.pause import SLICE
from console.store.read import Read
from console.store.room import MB, Room
from console.store.store import Store
from tests.store.conftest import ask, batch, recounted, roomy, said, tallied


def fill(store: Store, spare: int = 0) -> None:
    """As if the disk ended here."""
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + spare}")


def empty(store: Store) -> None:
    """Room again."""
    store._db.execute("PRAGMA max_page_count = 1073741823")


def test_a_full_disk_is_said_and_nothing_is_half(store: Store, clock: TurnedClock) -> None:
    store.take(batch(*(said(number) for number in range(50))))
    fill(store, 20)
    with pytest.raises(DiskTrouble, match=r"store\.full"):
        store.take(batch(*(said(number, text="panjang " * 400) for number in range(50, 2000)), memo={"cursor": "x"}))
    assert store.read.memo("uji") == {"cursor": 50}
    assert store.read.span(QueueFilter()).count == 50
    fill(store)
    sent = [ask(clock, f"uji:{number:06}", text="kata " * 3000) for number in range(10)]
    with pytest.raises(DiskTrouble, match=r"store\.full"):
        for envelope, command in sent:
            store.apply(envelope, command)
    done = [envelope.id for envelope, _ in sent if store.read.done(envelope.id)]
    assert len(done) < 10
    empty(store)
    receipts = [store.apply(envelope, command)[0] for envelope, command in sent]
    assert [receipt.again for receipt in receipts].count(True) == len(done)
    store.take(batch(*(said(number) for number in range(50, 100))))
    assert tallied(store._db) == recounted(store._db)


def test_an_end_on_a_full_disk_is_an_end(
    profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    envelope, command = ask(clock, "uji:000001", text="x")
    store.take(batch(said(1)))
    store.apply(envelope, command)
    fill(store)
    with monkeypatch.context() as patched:
        patched.setattr(check, "mark_clean", lambda db: db.execute("INSERT INTO meta VALUES ('x', zeroblob(99999))"))
        store.close()
    looked: list[Any] = []
    monkeypatch.setattr(check, "quick_check", lambda db: looked.append(db) or [])
    with pytest.raises(ValueError, match="zeroblob"):
        monkeypatch.setattr(check, "mark_clean", _bug)
        Store.open(profile, clock, pack, room=roomy(profile)).close()
    assert looked, "unmarked, it is looked through"
    monkeypatch.undo()
    again = Store.open(profile, clock, pack, room=roomy(profile))
    assert again.read.done(envelope.id) and again.notices == []
    again.close()


def _bug(_db: object) -> None:
    raise ValueError("no zeroblob: a bug of our own is not hidden")


def test_the_reserve_is_for_operators(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=Room(profile.reserve, intake_bytes=0, reserve_bytes=1 << 20))
    assert profile.reserve.stat().st_size == 1 << 20
    store.take(batch(*(said(number) for number in range(10))))
    fill(store)
    release = store.room.release

    class Given(Room):
        def release(self) -> bool:
            empty(store)
            return release()

    store.room = Given(profile.reserve)
    for number in range(10):
        store.apply(*ask(clock, f"uji:{number:06}", text="kata " * 3000))
    assert not profile.reserve.exists()
    store.close()


def test_the_reserve_is_for_who_signs_in_too(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=Room(profile.reserve, intake_bytes=0, reserve_bytes=1 << 20))
    person = Person("1" * 32, "kepala", "Ibu Kepala", RoleOf.ADMIN)
    store.person(lambda people: people.first(person, "v" * 290))
    fill(store)
    release, released = store.room.release, []

    class Given(Room):
        def release(self) -> bool:
            empty(store)
            released.append(True)
            return release()

    store.room = Given(profile.reserve)
    number = 0
    while not released and number < 2000:
        number += 1
        session = f"{number:032x}"
        store.person(lambda people, session=session: people.open(session, person.id))  # type: ignore[misc]
    assert released, "the disk was full"
    assert session in store.persons().sessions, "and the sign-in stands all the same"
    store.close()


def test_a_start_on_a_full_disk_takes_the_reserve(
    profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile.reserve.write_bytes(b"\0" * 1024)
    free = {"bytes": 100 * MB}
    monkeypatch.setattr(room_module, "free_bytes", lambda _folder: free["bytes"])
    Store.open(profile, clock, pack).close()
    assert profile.reserve.exists()
    free["bytes"] = 0
    Store.open(profile, clock, pack).close()
    assert not profile.reserve.exists()


def test_sources_stop_early(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=Room(profile.reserve, intake_bytes=1 << 62, reserve_bytes=0))
    with pytest.raises(DiskTrouble, match="little_room"):
        store.take(batch(said(1)))
    store.apply(*ask(clock, "konsol:1", deed="record", record={"title": "x"}))
    assert store.read.span(QueueFilter()).count == 1
    store.close()


def test_the_disk_went_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(folder: Path) -> Any:
        raise OSError(5, "gone")

    monkeypatch.setattr(room.shutil, "disk_usage", gone)
    with pytest.raises(DiskTrouble, match="broken_disk"):
        store.take(batch(said(1)))


class Stumbling:
    """A connection whose next commit the disk refuses."""

    def __init__(self, db: sqlite3.Connection, code: int) -> None:
        self._db = db
        self._code = code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, *given: Any) -> Any:
        if sql == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self._code
            raise error
        return self._db.execute(sql, *given)


def test_a_failed_fsync_is_a_failed_save(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    sound = store._db
    store._db = Stumbling(sound, sqlite3.SQLITE_IOERR_FSYNC)  # type: ignore[assignment]
    envelope, command = ask(clock, "uji:000001", fields={"state": State.VERIFIED})
    with pytest.raises(DiskTrouble, match="broken_disk"):
        store.apply(envelope, command)
    assert store.profile.suspect.exists()
    assert not store.read.done(envelope.id)
    # The next one looks the file through on a fresh connection before it writes again.
    receipt, _ = store.apply(envelope, command)
    assert not receipt.again
    assert store._db is not sound
    assert store.read.complaint("uji:000001") is not None


def test_an_intake_writes_nothing_more_where_an_operator_met_a_failed_fsync(store: Store, clock: TurnedClock) -> None:
    sound = store._db

    def meet() -> None:
        if store._db is sound:
            store._db = Stumbling(sound, sqlite3.SQLITE_IOERR_FSYNC)  # type: ignore[assignment]
            with pytest.raises(DiskTrouble, match="broken_disk"):
                store.apply(*ask(clock, "uji:000001", text="x"))

    memo = {"cursor": "end"}
    store.take(batch(*(said(number) for number in range(3 * SLICE)), memo=memo), urgent=lambda: True, let_in=meet)
    assert store._db is not sound and not isinstance(store._db, Stumbling)
    assert store.read.span(QueueFilter()).count == 3 * SLICE
    assert store.read.memo("uji") == memo
    assert tallied(store._db) == recounted(store._db)


class Damaged:
    """A connection that meets a damaged page whenever it reads."""

    def __init__(self, code: int = sqlite3.SQLITE_CORRUPT) -> None:
        self.code = code

    def execute(self, *_given: Any) -> Any:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = self.code
        raise error


def test_damage_that_a_command_reads_is_remembered(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.take(batch(said(1)))
    monkeypatch.setattr(store._inside, "_db", Damaged(sqlite3.SQLITE_BUSY))
    with pytest.raises(DiskTrouble, match=r"store\.locked"):
        store.apply(*ask(clock, "uji:000001", text="x"))
    assert not store.profile.suspect.exists()
    monkeypatch.setattr(store._inside, "_db", Damaged())
    envelope, command = ask(clock, "uji:000001", text="x")
    with pytest.raises(DiskTrouble, match=r"store\.broken"):
        store.apply(envelope, command)
    assert store.profile.suspect.exists()
    before = store._db
    receipt, _ = store.apply(envelope, command)
    assert not receipt.again and store._db is not before


def test_trouble_with_another_file_casts_no_doubt_on_the_records(store: Store) -> None:
    with pytest.raises(DiskTrouble), store._guard():
        raise DiskTrouble("store.broken_disk", path="blobs/ab")
    assert not store.profile.suspect.exists()


def test_while_the_file_is_unsound_nothing_is_acknowledged(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.take(batch(said(1)))
    store._db = Stumbling(store._db, sqlite3.SQLITE_CORRUPT)  # type: ignore[assignment]
    with pytest.raises(DiskTrouble, match=r"store\.broken"):
        store.take(batch(said(2)))
    monkeypatch.setattr(check, "quick_check", lambda db: ["page 7"])
    for _ in range(2):
        with pytest.raises(DiskTrouble, match="page 7"):
            store.apply(*ask(clock, "uji:000001", text="x"))
    monkeypatch.undo()
    store.apply(*ask(clock, "uji:000001", text="x"))


def test_an_unclean_end_is_looked_through(
    profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    open_writer = check.open_writer

    def watched(path: Path, **given: Any) -> sqlite3.Connection:
        db = open_writer(path, **given)
        db.set_trace_callback(lambda sql: looked.append(path.name) if "quick_check" in sql else None)
        return db

    monkeypatch.setattr(check, "open_writer", watched)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(batch(said(1)))
    store._db.close()
    store._readings.close()
    store._lock.drop()
    records = profile.records.name
    assert records not in looked
    again = Store.open(profile, clock, pack, room=roomy(profile))
    assert records in looked
    again.close()
    looked.clear()
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    assert records not in looked
    profile.suspect.write_bytes(b"")
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    assert records in looked
    assert not profile.suspect.exists()


def test_damaged_readings_are_put_aside_and_told(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    profile.readings.write_bytes(b"not a database" * 1000)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    (kept,) = profile.folder.glob("readings.db.rusak-*")
    assert kept.read_bytes().startswith(b"not a database")
    assert [fault.says for fault in store.notices] == ["store.notice.readings_aside"]
    assert store.read.store_notices() == store.notices
    store.close()


def test_two_damages_in_one_second_keep_two_files(tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "readings.db"
    for _ in range(2):
        path.write_bytes(b"x")
        path.with_name("readings.db-wal").write_bytes(b"y")
        check.put_aside(path, clock)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", [schema.RECORDS, schema.READINGS])
def test_a_file_of_a_newer_program_is_left_alone(
    profile: Profile, clock: TurnedClock, pack: CityPack, name: str
) -> None:
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    path = profile.folder / f"{name}.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    before = path.read_bytes()
    with pytest.raises(DiskTrouble, match=r"store\.newer") as trouble:
        Store.open(profile, clock, pack, room=roomy(profile))
    assert trouble.value.values["found"] == 999
    assert path.read_bytes() == before
    if name == schema.RECORDS:
        with pytest.raises(DiskTrouble, match=r"store\.newer"):
            Read.open(profile)


def test_a_foreign_database_is_left_alone(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    db = sqlite3.connect(profile.records)
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(DiskTrouble, match=r"store\.foreign"):
        Store.open(profile, clock, pack, room=roomy(profile))
    with pytest.raises(DiskTrouble, match=r"store\.foreign"):
        Read.open(profile)


def test_an_empty_file_is_no_store_yet(profile: Profile) -> None:
    profile.records.write_bytes(b"")
    with pytest.raises(DiskTrouble, match=r"store\.absent"):
        Read.open(profile)


def test_the_folder_went_away(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    profile.folder.rmdir()
    with pytest.raises(DiskTrouble):
        Store.open(profile, clock, pack, room=roomy(profile))


def test_a_folder_that_others_copy_is_told(tmp_path: Path, clock: TurnedClock, pack: CityPack) -> None:
    profile = Profile.at(tmp_path / "OneDrive - Pemkot" / "kendali")
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert [fault.says for fault in store.notices] == ["store.notice.shared_folder"]
    store.close()


def test_a_step_that_fails_leaves_the_form_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    first, second = schema.steps(schema.RECORDS)[0], "CREATE TABLE more (x);\nINSERT INTO nowhere VALUES (1);\n"
    db = open_writer(path)
    monkeypatch.setattr(schema, "steps", lambda name: (first,))
    assert schema.climb(db, schema.RECORDS, path)
    monkeypatch.setattr(schema, "steps", lambda name: (first, second))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        schema.climb(db, schema.RECORDS, path)
    assert schema.version(db) == 1
    monkeypatch.setattr(schema, "steps", lambda name: (first, second.replace("nowhere", "more")))
    assert schema.climb(db, schema.RECORDS, path)
    assert not schema.climb(db, schema.RECORDS, path)
    assert db.execute("SELECT x FROM more").fetchall() == [(1,)]
    db.close()


def test_unfinished_sql_is_our_bug() -> None:
    with pytest.raises(AssertionError):
        list(schema.statements("CREATE TABLE a (x);\nCREATE TABLE b (x"))
    assert list(schema.statements("-- only words\n")) == []


def test_a_reader_never_writes(store: Store) -> None:
    store.take(batch(said(1)))
    reader = open_reader(store.path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM complaint")
    reader.close()


def test_read_only_media_open(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE a (x)")
    db.close()
    path.chmod(0o400)
    reader = open_reader(path)
    assert reader.execute("SELECT count(*) FROM a").fetchone() == (0,)
    reader.close()


def test_wal_that_does_not_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(database.sqlite3, "connect", lambda path, **given: connect(":memory:", isolation_level=None))
    with pytest.raises(DiskTrouble, match="no_wal"):
        open_writer(tmp_path / "records.db")


def test_only_the_world_is_told_our_bugs_are_not() -> None:
    assert told(sqlite3.ProgrammingError("misuse"), Path("x")) is None
    with pytest.raises(sqlite3.OperationalError), database.door(Path("x")):
        sqlite3.connect(":memory:").execute("SELEKT")


def test_locked_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store._db.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DiskTrouble, match=r"store\.locked"):
        store.take(batch(said(1)))
    other.execute("ROLLBACK")
    other.close()
    assert store.take(batch(said(1))).ids == {"uji:000001"}


def test_refused_records_are_kept_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "KEPT_REFUSALS", 3)
    refused = [Refusal(f"requests[{number}]", "feeds.bad_place", {"lat": 99}, "\ud800{") for number in range(5)]
    store.take(batch(said(1), refused=refused))
    found = store.read.refused("uji")
    assert [each.where for _, each in found] == ["requests[4]", "requests[3]", "requests[2]"]
    assert found[0][1].values == {"lat": 99}
    assert store.read.refused("other") == []


def test_what_the_store_tells_is_kept(store: Store) -> None:
    fault = Fault.at("records.db", "store.notice.shared_folder", count=3)
    changes = store.tell(fault)
    assert changes.kinds == {store_module.Kind.STORE}
    assert store.read.store_notices()[-1] == fault


def test_a_reader_before_the_engine_wrote_readings(store: Store, profile: Profile) -> None:
    read = Read.open(profile)
    assert read.sources() == []
    assert read.newest_received_at() is None
    assert read.id_of(1) == ""
    read.close()
