"""A database is renamed with its log: killed at any move, the two end under one name, and nothing of it is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.pack import CityPack
from console.store import salvage, swap
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import ask, batch, roomy, said

MOVES = range(5)


class Killed(BaseException):
    """The process is no more."""


def killed_after(moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many moves; 4 and more never come to be."""
    move, left = swap.move, [moves]

    def once(source: Path, place: Path) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        move(source, place)

    monkeypatch.setattr(swap, "move", once)


def crashed(profile: Profile, clock: TurnedClock, pack: CityPack) -> str:
    """A store whose newest deed stands in the log alone; the deed's name."""
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(batch(said(1)))
    store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    envelope, command = ask(clock, "uji:000001", text="hanya di catatan")
    store.apply(envelope, command)
    parts = {side: swap.aside(profile.records, side).read_bytes() for side in ("", "-wal", "-shm")}
    store.close()
    for side, raw in parts.items():
        swap.aside(profile.records, side).write_bytes(raw)
    return f"deed:{envelope.id}"


def deeds(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {row[0] for row in db.execute("SELECT id FROM event")}


@pytest.mark.parametrize("moves", MOVES)
def test_a_start_that_was_to_be_empty_and_was_killed_loses_nothing(
    moves: int, profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    deed = crashed(profile, clock, pack)
    with monkeypatch.context() as patched, suppress(Killed):
        killed_after(moves, patched)
        salvage.start_empty(profile, clock)
    clock.turn(5)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    notices = [each.says for each in store.notices]
    store.close()
    [kept] = [path for path in profile.folder.glob("records.db.*") if not path.name.endswith(("-wal", "-shm"))]
    assert deed in deeds(kept)
    assert deed not in deeds(profile.records)
    assert notices == (["store.notice.exchanged"] if moves < 3 else [])


@pytest.mark.parametrize("moves", MOVES)
def test_an_exchange_that_was_killed_keeps_the_old_store_whole(
    moves: int, profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    deed = crashed(profile, clock, pack)
    other = Profile.at(profile.folder / "lain")
    Store.open(other, clock, pack, room=roomy(other)).close()
    with closing(sqlite3.connect(other.records)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    part = profile.records.with_name("records.db.part")
    other.records.replace(part)
    with monkeypatch.context() as patched, suppress(Killed):
        killed_after(moves, patched)
        swap.put_in_place(profile, clock, part, swap.REPLACED)
    clock.turn(5)
    swap.settle(profile, clock)
    if moves == 0:  # not even the new one had its name
        assert deed in deeds(profile.records)
        return
    [kept] = [path for path in profile.folder.glob("records.db.*") if not path.name.endswith(("-wal", "-shm"))]
    assert deed in deeds(kept) and deeds(profile.records) == set()


@pytest.mark.parametrize("moves", MOVES)
def test_damaged_readings_and_a_kill(
    moves: int, profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("", "-wal"):
        swap.aside(profile.readings, side).write_bytes(b"x" * 9000)
    with monkeypatch.context() as patched, suppress(Killed):
        killed_after(moves, patched)
        Store.open(profile, clock, pack, room=roomy(profile)).close()
    clock.turn(5)
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    kept = {path.name for path in profile.folder.glob("readings.db.rusak*")}
    assert len({name.removesuffix("-wal") for name in kept}) == 1


def test_a_note_that_was_left_moves_nothing_else(tmp_path: Path, clock: TurnedClock) -> None:
    """Killed between the last move and the note: what stands there by now is another database."""
    path = tmp_path / "records.db"
    path.write_bytes(b"lama")
    kept = swap.put_aside(path, clock)
    path.with_name("records.db.pindah").write_bytes(kept.name.encode())
    path.write_bytes(b"baru")
    assert swap.finish(path) == kept
    assert (path.read_bytes(), kept.read_bytes(), swap.finish(path)) == (b"baru", b"lama", None)


def test_a_disk_without_room_for_the_note_is_no_reason(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskTrouble("store.full")

    monkeypatch.setattr(swap, "atomic_write", full)
    path = tmp_path / "records.db"
    path.write_bytes(b"x")
    assert swap.put_aside(path, clock).read_bytes() == b"x"
