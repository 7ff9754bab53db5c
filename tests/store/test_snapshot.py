"""Snapshots: what the centre holds comes over whole, what is not sent is never lost, and nothing hostile is let in."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock, millis
from console.core.errors import BadAnswer, ConsoleError, DiskTrouble, Refused
from console.core.lifecycle import State
from console.core.records import QueueFilter
from console.store import adopt, audit, schema, snapshot, snapshot_file, swap
from console.store.files import FileLock, Profile
from console.store.shelf import Shelf
from tests.store.conftest import NOON, ask, batch, in_memory, recounted, said, tallied
from tests.store.snapshots import (
    CITY,
    PLACE,
    adopted,
    forged,
    hold_all,
    leaves,
    made,
    opened,
    outbox,
    rows,
    spoiled,
    withdraw,
    work,
)


@pytest.fixture
def first(tmp_path: Path, clock: TurnedClock) -> Profile:
    """A console the centre holds everything of."""
    profile = Profile.at(tmp_path / "satu")
    with opened(profile, clock) as store:
        work(store, clock, 0)
        hold_all(store)
    return profile


@pytest.fixture
def second(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "dua")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound snapshot, to be spoiled."""
    profile, clock = Profile.at(tmp_path_factory.mktemp("asal") / "profil"), TurnedClock(NOON, seed=7)
    with opened(profile, clock) as store:
        work(store, clock, 0)
        hold_all(store)
    return made(profile, clock)[1]


def sound_store(store: Any) -> None:
    """Everything in a store agrees."""
    db = store.replica.tools.db
    assert audit.integrity(db) == [] == audit.form(db)
    assert audit.first_fault(db, deep=True) == ""
    assert tallied(db) == recounted(db)


def test_every_table_is_handed_on_or_kept() -> None:
    names = {row[0] for row in in_memory().execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    named = (*snapshot.WHOLE, *snapshot.HELD, *snapshot.KEPT)
    assert len(named) == len(set(named))
    assert {name for name in names if not name.startswith("sqlite_")} == set(named)


def test_a_new_console_begins_where_the_other_stood(first: Profile, second: Profile, clock: TurnedClock) -> None:
    told, raw = made(first, clock)
    heard: list[float] = []
    found = adopted(second, clock, raw, progress=heard.append)
    assert (found.documents, found.complaints, found.kept) == (told.documents, told.complaints, None)
    assert heard == sorted(heard) and heard[-1] == 1.0
    with opened(first, clock) as one, opened(second, clock) as two:
        a, b = one.replica.tools.db, two.replica.tools.db
        assert leaves(a) == leaves(b) and rows(a) == rows(b)
        assert two.read.span(QueueFilter(text="berlubang")).count == 4
        assert [each.deed for each in two.read.events_of("uji:000001")] == ["verify", "verify"]
        assert not any(each.pending for each in two.read.events_of("uji:000001"))
        assert two.read.memo("uji") == one.read.memo("uji")
        sound_store(two)
        assert two.notices == [] and two.console != one.console
    with closing(Shelf.open(second)) as shelf:
        point = shelf.checkpoint("hub", PLACE)
        assert point is not None and (point.since, point.uuid, point.held_up) == ("7-abc", "uuid", "")
        assert point.sessions[0].id.startswith(snapshot.SESSION)
        assert point.pushed == shelf.state(PLACE).seq
        assert shelf.waiting_places() == []


def test_unsent_work_stays_at_home(first: Profile, second: Profile, clock: TurnedClock) -> None:
    with opened(first, clock) as store:
        before = rows(store.replica.tools.db)
        store.apply(*ask(clock, "uji:000001", fields={"state": State.DONE, "holder": "Rina"}, text="rahasia-saya"))
        record = {"title": "lisan-saya", "text": "x", "area": "99.71.01.1001"}
        store.apply(*ask(clock, f"kendali:{clock.new_id()}", deed="record", record=record))
    told, raw = made(first, clock)
    assert told.left_out == 4  # the case, its deed, the complaint, its deed
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        assert rows(store.replica.tools.db) == before
        assert outbox(store.replica.tools.db) == []
        sound_store(store)
    data = b"".join(snapshot_file.database(head_of(raw), io.BytesIO(raw[snapshot_file.head_size(raw) :])))
    assert b"rahasia-saya" not in data and b"lisan-saya" not in data


def head_of(raw: bytes) -> snapshot_file.Head:
    return snapshot_file.read_head(raw[: snapshot_file.head_size(raw)])


def test_nothing_unsent_is_lost(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    with opened(second, clock) as store:
        store.take(batch(*(said(number) for number in range(2, 7))))
        for number in (2, 5):
            store.apply(*ask(clock, f"uji:00000{number}", by="Sari", fields={"holder": "Sari"}, text="saya pegang"))
        db = store.replica.tools.db
        db.execute("UPDATE outbox SET refused = 'sync.x', told = '{\"a\":1}', tries = 3, tried_at = 5 WHERE n = 2")
        waiting, history = outbox(db), db.execute("SELECT id, was FROM event ORDER BY n").fetchall()
    found = adopted(second, clock, raw)
    assert found.carried.unsent >= len(waiting) == 4 and found.carried.settled <= 0
    assert found.kept is not None and found.kept.exists()
    with opened(second, clock) as store:
        db = store.replica.tools.db
        assert outbox(db)[:4] == waiting
        assert set(history) <= set(db.execute("SELECT id, was FROM event").fetchall())
        assert all(each.pending for each in store.read.events_of("uji:000005"))
        told = [each.body for each in store.documents.leaves("case:uji:000002")]
        assert any(each and each.get("holder") == "Sari" for each in told), "joined, or kept until a person decides"
        five = store.read.complaint("uji:000005")
        assert five is not None and five.holder == "Sari"
        assert store.read.span(QueueFilter()).count == 7
        sound_store(store)


def test_what_the_centre_holds_by_now_is_settled(first: Profile, second: Profile, clock: TurnedClock) -> None:
    with opened(second, clock) as store:
        work(store, clock, 0)
    with opened(second, clock) as store:
        waiting = outbox(store.replica.tools.db)
    with opened(first, clock) as store:
        store.replica.take(page_of(second))
        hold_all(store)
    found = adopted(second, clock, made(first, clock)[1])
    with opened(second, clock) as store:
        left = outbox(store.replica.tools.db)
        assert not {row[:2] for row in left} & {row[:2] for row in waiting}
        assert found.carried.settled == len(waiting) - len(left)
        sound_store(store)


def page_of(profile: Profile) -> Any:
    from console.core.replica import Page

    with closing(Shelf.open(profile)) as shelf:
        places = shelf.waiting_places()
        offers = [each for place in places for each in shelf.offers(place, most=1000, most_bytes=1 << 30)]
        return Page(places[0], [each.revision for each in offers], held=False, by="uji")


def test_what_is_newer_here_stays(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        work(store, clock, 10, by="Sari")
        store.take(batch(said(1, title="Kata yang lebih baru", updated_at=clock.now()), memo={"cursor": 99}))
        hold_all(store, "9-xyz")
        before = leaves(store.replica.tools.db), rows(store.replica.tools.db)
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        db = store.replica.tools.db
        assert (leaves(db), rows(db)) == before
        assert outbox(db) == [] and store.read.memo("uji") == {"cursor": 99}
        sound_store(store)


def test_what_sources_changed_is_told_once(first: Profile, second: Profile, clock: TurnedClock) -> None:
    """Two consoles saw the same, and each something the other did not; the names of what they saw are their own."""

    def changed(number: int, minute: int, word: str, **more: Any) -> Any:
        state = State.DONE if word == "closed" else State.VERIFIED
        at = NOON + timedelta(minutes=minute)
        return batch(said(number, native_state=word, state=state, updated_at=at, **more))

    def history(profile: Profile, number: int) -> list[tuple[Any, ...]]:
        with opened(profile, clock) as store:
            found = store.replica.tools.db.execute(
                "SELECT (at - ?) / 60000, text FROM event WHERE deed = 'source' AND complaint = ? ORDER BY at, n",
                (millis(NOON), said(number).id),
            )
            return found.fetchall()

    for profile in (first, second):
        with opened(profile, clock) as store:
            store.take(batch(*(said(number) for number in range(4))))
            store.take(changed(0, 1, "seen"))
            store.take(changed(3, 1, "seen"))
    with opened(first, clock) as store:
        store.take(changed(3, 2, "closed"))
    _, raw = made(first, clock)
    with opened(second, clock) as store:
        store.take(changed(0, 2, "closed"))
        store.take(changed(1, 1, "seen"))
        store.take(changed(1, 2, "closed"))
        store.take(changed(2, 1, "closed"))
        store.take(changed(2, 5, "closed", title="Judul lain"))
    before = {number: history(second, number) for number in range(3)}
    assert before == {0: [(1, "seen"), (2, "closed")], 1: [(1, "seen"), (2, "closed")], 2: [(1, "closed")]}
    for _ in range(2):
        adopted(second, clock, raw)
        assert {number: history(second, number) for number in range(3)} == before
        assert history(second, 3) == [(1, "seen"), (2, "closed")]
    with opened(second, clock) as store:
        store.take(changed(2, 6, "seen"))
        sound_store(store)
    assert history(second, 2)[-1] == (6, "seen"), "from now on it is noted again"


def test_twice_is_once(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        name = store.console
        work(store, clock, 20)
        before = leaves(store.replica.tools.db), rows(store.replica.tools.db), outbox(store.replica.tools.db)
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        db = store.replica.tools.db
        assert (leaves(db), rows(db), outbox(db)) == before
        assert store.console == name and store.notices == []


def test_what_was_taken_back_stays_taken_back(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    with opened(second, clock) as store:
        work(store, clock, 0, 2, by="Sari")
        withdraw(store, "case:uji:000001", 77)
        waiting = outbox(store.replica.tools.db)
    adopted(second, clock, raw)
    with opened(second, clock) as store:
        db = store.replica.tools.db
        assert {row for row in outbox(db) if row[-2]} == {row for row in waiting if row[-2]} != set()
        case = store.documents.winner("case:uji:000001")
        assert case is not None and case.held
    with closing(Shelf.open(second)) as shelf:
        offered = [each.revision.doc for each in shelf.offers(PLACE, most=100, most_bytes=1 << 30)]
        assert "case:uji:000001" not in offered


def test_a_running_engine_is_told(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    lock = FileLock(second.engine_lock)
    assert lock.take()
    with pytest.raises(DiskTrouble, match="running"):
        adopted(second, clock, raw)
    lock.drop()
    assert not second.records.exists()


def test_it_is_made_beside_a_running_engine(first: Profile, clock: TurnedClock) -> None:
    with opened(first, clock):
        told, _ = made(first, clock)
    assert told.documents > 0
    assert sorted(path.name for path in first.folder.glob("potret*")) == []


def test_another_city_and_a_newer_program_are_refused(
    second: Profile, clock: TurnedClock, sound: bytes, tmp_path: Path
) -> None:
    told = dict(head_of(sound).told)
    data = b"".join(snapshot_file.database(head_of(sound), io.BytesIO(sound[snapshot_file.head_size(sound) :])))
    with pytest.raises(Refused, match="city"):
        adopted(second, clock, forged(data, {**told, "city": "lain"}))
    with pytest.raises(Refused, match="newer"):
        adopted(second, clock, spoiled(sound, tmp_path, "PRAGMA user_version = 99"))
    assert not second.records.exists()


HOSTILE = {
    "trigger": ["CREATE TRIGGER t AFTER INSERT ON outcome BEGIN DELETE FROM outbox; END"],
    "view": ["CREATE VIEW v AS SELECT load_extension('x')"],
    "table": ["CREATE TABLE extra (x)"],
    "virtual": ["CREATE VIRTUAL TABLE extra USING fts5 (x)"],
    "index": ["CREATE INDEX extra ON event (abs(n))"],
    "column": ["ALTER TABLE event ADD COLUMN extra TEXT"],
    "generated": ["ALTER TABLE event ADD COLUMN extra TEXT AS (hex(zeroblob(n)))"],
    "no history guard": ["DROP TRIGGER event_stays"],
    "other guard": [
        "DROP TRIGGER event_stays",
        "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT 1; END",
    ],
    "renamed": ["ALTER TABLE memo RENAME TO memos"],
    "schema text": [
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'outcome'",
    ],
    "older": ["PRAGMA user_version = 1"],
    "no version": ["PRAGMA user_version = 0"],
    "strange id": ["PRAGMA application_id = 7"],
    "log": ["PRAGMA journal_mode = WAL"],
    "page size": ["PRAGMA page_size = 4096", "VACUUM"],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_database_that_is_not_ours_is_refused(
    name: str, second: Profile, clock: TurnedClock, sound: bytes, tmp_path: Path
) -> None:
    for sure in (True, False):
        with pytest.raises(BadAnswer, match="database"):
            adopted(second, clock, spoiled(sound, tmp_path, *HOSTILE[name]), sure=sure)
    assert sorted(path.name for path in second.folder.iterdir()) == ["engine.lock"]


STRANGE = {
    "type": "UPDATE rev SET leaf = 'x'",
    "time": "UPDATE complaint SET requested_at = 1e300",
    "json": "UPDATE rev SET body = '{'",
    "utf8": "UPDATE complaint SET title = CAST(x'ff41' AS TEXT)",
    "dangling": "UPDATE rev SET doc = 4711 WHERE n = 1",
    "word": "UPDATE complaint SET area = 4711",
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_values_of_a_stranger_are_refused(
    name: str, second: Profile, clock: TurnedClock, sound: bytes, tmp_path: Path
) -> None:
    with pytest.raises(BadAnswer, match="database"):
        adopted(second, clock, spoiled(sound, tmp_path, STRANGE[name]), sure=False)
    assert not second.records.exists()


def test_damaged_pages_are_refused(second: Profile, clock: TurnedClock, sound: bytes, tmp_path: Path) -> None:
    def torn(data: bytes) -> bytes:
        return data[: 3 * 8192] + os.urandom(8192 * 4) + data[7 * 8192 :]

    for change in (torn, lambda data: data[:-8192], lambda data: data[: 8192 * 2], lambda data: b"x" * len(data)):
        with pytest.raises(BadAnswer):
            adopted(second, clock, spoiled(sound, tmp_path, change=change))
    assert not second.records.exists()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cut_or_changed_file_is_refused(second: Profile, sound: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sound) - 1))
    cut = data.draw(st.booleans())
    raw = sound[:at] if cut else sound[:at] + bytes([sound[at] ^ data.draw(st.integers(1, 255))]) + sound[at + 1 :]
    clock = TurnedClock(NOON)
    head = snapshot_file.head_size(sound)
    try:
        adopted(second, clock, raw)
    except ConsoleError:
        assert not second.records.exists()
    else:
        # A changed byte of the manifest that is no promise of a piece: only a signature tells it.
        assert not cut and at < head
        swap.drop_all(second.records)


@pytest.mark.parametrize(
    "change",
    [
        {"pieces": []},
        {"pieces": None},
        {"pieces": [[1, "x"]]},
        {"pieces": [[-1, "0" * 64]]},
        {"pieces": [[1 << 40, "0" * 64]]},
        {"bytes": 1 << 60},
        {"bytes": 0},
        {"bytes": "1"},
        {"form": "lain"},
        {"version": 2},
    ],
)
def test_a_head_that_promises_what_cannot_be_is_refused(change: dict[str, Any], sound: bytes) -> None:
    import json

    manifest = json.dumps({**head_of(sound).told, **change}).encode()
    with pytest.raises(BadAnswer):
        head_of(snapshot_file.MAGIC + f"{len(manifest)} 0\n".encode() + manifest)


def test_a_piece_that_swells_is_refused() -> None:
    import hashlib
    import zlib

    bomb = zlib.compress(bytes(64 << 20))
    piece = snapshot_file.Piece(0, len(bomb), 1000, hashlib.sha256(bomb).hexdigest())
    with pytest.raises(BadAnswer, match="piece"):
        snapshot_file._unpacked(piece, bomb)


@pytest.mark.parametrize(
    "raw", [b"", b"x", snapshot_file.MAGIC, snapshot_file.MAGIC + b"9999999999 0\n", b"PK\x03\x04" * 20]
)
def test_garbage_is_no_snapshot(raw: bytes, second: Profile, clock: TurnedClock) -> None:
    with pytest.raises(BadAnswer):
        adopted(second, clock, raw)


def test_a_cancel_changes_nothing(first: Profile, second: Profile, clock: TurnedClock) -> None:
    _, raw = made(first, clock)
    with opened(second, clock) as store:
        work(store, clock, 30)
        before = leaves(store.replica.tools.db), outbox(store.replica.tools.db)
    for after in range(60):
        left = [after]

        def cancelled(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        try:
            adopted(second, clock, raw, cancelled=cancelled)
        except Refused as refusal:
            assert refusal.says == snapshot.CANCELLED
        else:
            break
        with opened(second, clock) as store:
            assert (leaves(store.replica.tools.db), outbox(store.replica.tools.db)) == before
    else:
        pytest.fail("never came to an end")
    with pytest.raises(Refused, match="cancelled"):
        made(first, clock, cancelled=lambda: True)
    assert not list(first.folder.glob("potret*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a child by fork")
@pytest.mark.parametrize("step", range(0, 14))
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(
    step: int, first: Profile, second: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each of the renames, writes of files and looks of which an adoption is made."""
    _, raw = made(first, clock)
    with opened(second, clock) as store:
        work(store, clock, 30)
        before = {row[:2] for row in outbox(store.replica.tools.db)}
    child = os.fork()
    if child == 0:
        left = [step]

        def dying(real: Any) -> Any:
            def step_on(*args: Any, **kwargs: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
                return real(*args, **kwargs)

            return step_on

        for module, name in ((swap, "_move"), (swap, "sweep"), (adopt, "_vet"), (adopt, "_alone"), (adopt, "carry")):
            monkeypatch.setattr(module, name, dying(getattr(module, name)))
        monkeypatch.setattr(sqlite3, "connect", dying(sqlite3.connect))
        try:
            adopted(second, clock, raw)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with opened(second, clock) as store:
        db = store.replica.tools.db
        assert before <= {row[:2] for row in outbox(db)}
        assert store.read.span(QueueFilter()).count in (4, 8)
        sound_store(store)
    assert not (second.folder / "adopsi").exists()


def test_the_city_of_a_snapshot_is_told(sound: bytes) -> None:
    told = head_of(sound).told
    assert (
        told["city"] == CITY
        and told["places"] == sorted(told["places"])
        and told["schema"] == len(schema.steps(schema.RECORDS))
    )
