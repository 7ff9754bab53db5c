"""A backup counts only once it was restored as a test; a damaged one is passed over with a word."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.pack import CityPack
from console.store import backup, check, schema
from console.store.files import FileLock, Profile
from console.store.read import Read
from console.store.store import Store
from tests.store import damage
from tests.store.conftest import NOON, ask, batch, roomy, said


@pytest.fixture
def filled(profile: Profile, clock: TurnedClock, pack: CityPack) -> Profile:
    """A profile whose store has something to lose."""
    damage.filled(profile, clock, pack, 500, 20)
    return profile


def names(profile: Profile) -> list[str]:
    """Names of everything in the folder of backups, but for its lock."""
    return sorted(path.name for path in profile.backups.iterdir() if path.name != "backup.lock")


def test_a_backup_is_the_store_as_it_stood(filled: Profile, clock: TurnedClock) -> None:
    heard: list[float] = []
    path = backup.make(filled, clock, progress=heard.append)
    assert path.name == clock.now().strftime("records-%Y%m%dT%H%M%SZ.db")
    assert names(filled) == [path.name]
    assert damage.complaints(path) == damage.complaints(filled.records)
    assert damage.paper(path) == damage.paper(filled.records)
    assert heard[-1] == 1.0
    assert backup.inspect(path)["complaint"] == 500


def test_a_backup_is_made_beside_a_store_in_use(
    profile: Profile, clock: TurnedClock, pack: CityPack, store: Store
) -> None:
    store.take(batch(*(said(number) for number in range(300))))

    def meanwhile(_share: float) -> None:
        store.apply(*ask(clock, "uji:000001", text="sementara itu"))

    path = backup.make(profile, clock, progress=meanwhile)
    assert backup.inspect(path)["event"] == 0
    assert len(store.read.events_of("uji:000001")) >= 1
    assert backup.inspect(backup.make(store.profile, clock))["event"] >= 1


def test_a_backup_needs_no_folder_it_can_write(filled: Profile, clock: TurnedClock) -> None:
    path = backup.make(filled, clock)
    assert path.read_bytes()[18:20] == b"\x01\x01"  # no write-ahead log: it opens from read-only media too
    assert not path.with_name(f"{path.name}-wal").exists()


def test_what_is_not_complete_does_not_count(
    filled: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backup.make(filled, clock)
    clock.turn(3600)
    with pytest.raises(Refused, match="cancelled"):
        backup.make(filled, clock, cancelled=lambda: True)
    assert names(filled) == [first.name]
    (filled.backups / "records-20260302T999999Z.db.part").write_bytes(b"torn")
    assert backup.backups(filled) == [first]
    copy = backup.copy

    def torn(source: object, path: Path, *given: object) -> None:
        copy(source, path, *given)  # type: ignore[arg-type]
        damage.page(path, 5)

    monkeypatch.setattr(backup, "copy", torn)
    with pytest.raises(DiskTrouble, match=r"store\.broken"):
        backup.make(filled, clock)
    assert names(filled) == [first.name]


def test_one_with_fewer_rows_than_its_source_is_refused(
    filled: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "inspect", lambda *_: {"complaint": 499})
    with pytest.raises(DiskTrouble, match="differs"):
        backup.make(filled, clock)
    assert names(filled) == []


def test_two_are_not_made_at_once(filled: Profile, clock: TurnedClock) -> None:
    filled.backups.mkdir(exist_ok=True)
    lock = FileLock(filled.backups / "backup.lock")
    assert lock.take()
    with pytest.raises(Refused, match="busy"):
        backup.make(filled, clock)
    lock.drop()
    backup.make(filled, clock)


def test_a_full_disk_leaves_the_older_ones(
    filled: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backup.make(filled, clock)
    clock.turn(3600)
    monkeypatch.setattr(backup, "SPARE_BYTES", 1 << 60)
    with pytest.raises(DiskTrouble, match="room"):
        backup.make(filled, clock)
    assert names(filled) == [first.name]


def at(hours: float) -> Path:
    """A backup of so many hours before noon."""
    return Path((NOON - timedelta(hours=hours)).strftime("records-%Y%m%dT%H%M%SZ.db"))


def test_kept_are_the_last_hours_and_the_last_days() -> None:
    found = [at(hours) for hours in range(24 * 30)]
    gone = set(backup.surplus(found))
    kept = [path for path in found if path not in gone]
    assert kept[:24] == found[:24]
    assert len(kept) == 24 + 14 - 2  # the newest of today and of yesterday are among the hours
    assert backup.surplus(kept) == []
    assert backup.surplus([at(0), at(0.2), at(0.4)]) == [at(0.2), at(0.4)] or backup.surplus([at(0), at(0.5)]) == []


def test_the_oldest_goes_only_after_the_new_one_stands(
    filled: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "HOURS", 2)
    monkeypatch.setattr(backup, "DAYS", 1)
    made = []
    for _ in range(4):
        made.append(backup.make(filled, clock))
        clock.turn(3600)
    assert names(filled) == [path.name for path in made[-2:]]


def test_a_backup_is_due_by_the_age_of_the_newest(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    assert not backup.backup_due(profile, clock, 1)
    damage.filled(profile, clock, pack, 10, 1)
    assert backup.backup_due(profile, clock, 1)
    backup.make(profile, clock)
    assert not backup.backup_due(profile, clock, 1)
    clock.turn(3599)
    assert not backup.backup_due(profile, clock, 1)
    clock.turn(1)
    assert backup.backup_due(profile, clock, 1)
    assert not backup.backup_due(profile, clock, 2)
    clock.jump(clock.now() - timedelta(days=400))
    assert backup.backup_due(profile, clock, 1)


def test_deeds_after_the_backup_come_back_from_the_black_box(
    filled: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    path = backup.make(filled, clock)
    before = damage.paper(path)
    store = Store.open(filled, clock, pack, room=roomy(filled))
    envelope, command = ask(clock, "uji:000400", fields={"holder": "Dewi"}, text="sesudahnya")
    damage.keep(filled, clock, envelope)
    store.apply(envelope, command)
    store.close()
    done = backup.restore(filled, clock)
    assert done.source == path
    assert damage.paper(filled.records) == before
    assert done.kept is not None and done.kept.name.startswith("records.db.diganti-")
    assert damage.complaints(done.kept)["uji:000400"][-1] != 0
    store = Store.open(filled, clock, pack, room=roomy(filled))
    assert store.notices == []
    waiting = [each for each in damage.box(filled, clock) if not store.read.done(each.id)]
    assert waiting == [envelope]
    store.apply(envelope, command)
    complaint = store.read.complaint("uji:000400")
    store.close()
    assert complaint is not None and complaint.holder == "Dewi"


def test_a_damaged_newest_is_passed_over(filled: Profile, clock: TurnedClock) -> None:
    first = backup.make(filled, clock)
    clock.turn(7200)
    newest = backup.make(filled, clock)
    damage.page(newest, 7)
    done = backup.restore(filled, clock)
    assert (done.source, done.skipped) == (first, (newest,))
    damage.page(first, 7)
    before = filled.records.read_bytes()
    with pytest.raises(Refused, match="all_damaged"):
        backup.restore(filled, clock)
    assert filled.records.read_bytes() == before


def test_a_given_backup_that_is_none_changes_nothing(filled: Profile, clock: TurnedClock, tmp_path: Path) -> None:
    before = filled.records.read_bytes()
    stranger = tmp_path / "x.db"
    stranger.write_bytes(b"not a database at all" * 100)
    with pytest.raises(DiskTrouble, match=r"store\.broken"):
        backup.restore(filled, clock, stranger)
    with pytest.raises(Refused, match=r"restore\.none"):
        backup.restore(filled, clock)
    assert filled.records.read_bytes() == before
    assert not list(filled.folder.glob("*.part*"))


HOLD = """
import sys
from pathlib import Path
from console.store.files import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def test_nothing_is_restored_while_an_engine_runs(filled: Profile, clock: TurnedClock) -> None:
    backup.make(filled, clock)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", HOLD, str(filled.engine_lock)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert isinstance(other.stdout, io.TextIOBase) and other.stdout.readline().strip() == "True"
        with pytest.raises(DiskTrouble, match="running"):
            backup.restore(filled, clock)
        other.communicate()
    backup.restore(filled, clock)


def test_before_a_file_climbs_to_a_newer_form_a_backup_is_made(
    filled: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = schema.steps(schema.RECORDS)
    newer = (*steps, "CREATE TABLE later (n INTEGER PRIMARY KEY);\n")
    real = schema.steps
    monkeypatch.setattr(schema, "steps", lambda name: newer if name == schema.RECORDS else real(name))
    check_form = check.audit._form
    check_form.cache_clear()
    Store.open(filled, clock, pack, room=roomy(filled)).close()
    monkeypatch.undo()
    check_form.cache_clear()
    (made,) = backup.backups(filled)
    assert backup.inspect(made)["complaint"] == 500


def test_a_reader_sees_that_the_store_was_replaced(filled: Profile, clock: TurnedClock) -> None:
    backup.make(filled, clock)
    read = Read.open(filled)
    assert not read.replaced
    backup.restore(filled, clock)
    assert read.replaced
    read.close()
    again = Read.open(filled)
    assert not again.replaced
    again.close()


def test_another_database_is_no_backup(filled: Profile, clock: TurnedClock) -> None:
    with pytest.raises(DiskTrouble, match=r"store\.foreign"):
        backup.restore(filled, clock, filled.readings)
