"""A damaged store opens again with everything that could be read, and the damaged file is kept."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.pack import CityPack
from console.core.records import QueueFilter
from console.store import audit, backup, swap
from console.store.files import Profile
from console.store.store import Store
from tests.store import damage
from tests.store.conftest import ask, batch, invented_pack, roomy, said
from tests.store.damage import DAMAGES, Damage

OPENS_WITHIN_S = 10


@pytest.fixture
def spoilt(profile: Profile, clock: TurnedClock, pack: CityPack) -> Profile:
    """A store to spoil, that was not ended well (else the start believes it)."""
    damage.filled(profile, clock, pack)
    profile.suspect.write_bytes(b"")
    return profile


def reopened(profile: Profile, clock: TurnedClock, pack: CityPack) -> Store:
    """The store, opened in the time that is promised."""
    begun = time.monotonic()
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert time.monotonic() - begun < OPENS_WITHIN_S
    return store


def faults(profile: Profile) -> list[object]:
    """Everything a check finds in the file."""
    with closing(sqlite3.connect(profile.records, isolation_level=None)) as db:
        looks = (audit.integrity, audit.form, audit.values, audit.foreign, audit.search, audit.counts, audit.outbox)
        return [fault for look in looks for fault in look(db)]


@pytest.mark.parametrize("each", DAMAGES, ids=lambda each: each.name)
def test_what_can_be_read_is_saved(each: Damage, spoilt: Profile, clock: TurnedClock, pack: CityPack) -> None:
    before, papers = damage.complaints(spoilt.records), damage.paper(spoilt.records)
    whole = spoilt.records.read_bytes()
    each.do(spoilt.records)
    harmed = spoilt.records.read_bytes()
    assert harmed != whole
    store = reopened(spoilt, clock, pack)
    notices, _ = store.notices, store.read.span(QueueFilter(text="lubang"))
    store.close()
    assert faults(spoilt) == []
    assert damage.paper(spoilt.records) == papers
    after = damage.complaints(spoilt.records)
    assert sum(after.get(name) != row for name, row in before.items()) <= each.lost
    assert after.keys() <= before.keys()
    kept = list(spoilt.folder.glob("records.db.rusak-*"))
    if notices:
        assert harmed in [path.read_bytes() for path in kept]
        assert not list(spoilt.folder.glob("*.part*")) and not list(spoilt.folder.glob("*.sisa*"))


def crashed(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    """Deeds that stand in the write-ahead log alone, as after a kill."""
    store = Store.open(profile, clock, pack, room=roomy(profile))
    for number in range(20):
        store.apply(*ask(clock, f"uji:{number * 50:06}", fields={"holder": "Rina"}, text="di log"))
    # The files as they stand while it runs are what a kill leaves.
    log = swap.aside(profile.records, "-wal").read_bytes()
    body = profile.records.read_bytes()
    store.close()
    profile.records.write_bytes(body)
    swap.aside(profile.records, "-wal").write_bytes(log)


def test_deeds_in_the_log_of_a_damaged_file_are_saved(spoilt: Profile, clock: TurnedClock, pack: CityPack) -> None:
    crashed(spoilt, clock, pack)
    leaf = damage.pages_of(spoilt.records, "complaint")[20]
    damage.page(spoilt.records, leaf)
    store = reopened(spoilt, clock, pack)
    rina = [each for each in store.read.events_of("uji:000050") if each.text == "di log"]
    store.close()
    assert len(rina) == 1
    assert faults(spoilt) == []


@pytest.mark.parametrize("place", [0.0, 0.3, 0.9])
def test_a_damaged_log_costs_only_what_came_after(
    place: float, spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    before = damage.paper(spoilt.records)
    crashed(spoilt, clock, pack)
    log = swap.aside(spoilt.records, "-wal")
    damage.write(log, int(log.stat().st_size * place), b"\xa5" * 4096)
    reopened(spoilt, clock, pack).close()
    assert faults(spoilt) == []
    after = damage.paper(spoilt.records)
    assert all(old <= new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("share", [0.97, 0.6, 0.3])
@pytest.mark.parametrize("zeroed", [False, True], ids=["cut", "zeroed"])
def test_a_lost_tail_costs_only_what_stood_there(
    share: float, zeroed: bool, spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    size = spoilt.records.stat().st_size
    whole = damage.complaints(spoilt.records)
    at = int(size * share) // damage.PAGE * damage.PAGE
    lost = {number for number in damage.pages_of(spoilt.records, "complaint") if number * damage.PAGE > at}
    if zeroed:
        damage.write(spoilt.records, at, bytes(size - at))
    else:
        damage.cut(spoilt.records, at)
    store = reopened(spoilt, clock, pack)
    notices = store.notices
    store.close()
    assert faults(spoilt) == []
    after = damage.complaints(spoilt.records)
    kept = sum(after.get(name) == row for name, row in whole.items())
    assert kept >= len(whole) - damage.A_LEAF * len(lost)
    assert [notice.says for notice in notices][:1] in (["store.notice.salvaged"], ["store.notice.salvaged_part"])


def test_what_is_lost_comes_from_the_newest_backup(spoilt: Profile, clock: TurnedClock, pack: CityPack) -> None:
    whole, papers = damage.complaints(spoilt.records), damage.paper(spoilt.records)
    backup.make(spoilt, clock)
    for name in ("complaint", "event", "rev", "outbox", "word", "doc", "memo", "outcome"):
        for number in damage.pages_of(spoilt.records, name)[:30]:
            damage.page(spoilt.records, number)
    store = reopened(spoilt, clock, pack)
    memo = store.read.memo("uji")
    store.close()
    assert damage.complaints(spoilt.records) == whole
    assert damage.paper(spoilt.records) == papers
    assert faults(spoilt) == []
    assert memo == {"cursor": 2000}


def test_where_complaints_are_lost_sources_are_asked_again(spoilt: Profile, clock: TurnedClock, pack: CityPack) -> None:
    number = 7 * (damage.DEEDS - 1)
    leaf = next(
        each
        for each in damage.pages_of(spoilt.records, "complaint")
        if f"uji:{number:06}".encode() in spoilt.records.read_bytes()[(each - 1) * damage.PAGE : each * damage.PAGE]
    )
    damage.page(spoilt.records, leaf)
    store = reopened(spoilt, clock, pack)
    assert store.read.memo("uji") == {}
    touched = store.read.complaint(f"uji:{number:06}")
    assert touched is not None
    assert (touched.title, touched.holder) == ("", f"Petugas {(damage.DEEDS - 1) % 5}")
    notice = store.notices[-1]
    assert notice.says == "store.notice.salvaged_part"
    assert 0 < dict(notice.values)["lost"] <= damage.A_LEAF
    store.take(batch(*(said(each) for each in range(damage.ROWS))))
    again = store.read.complaint(f"uji:{number:06}")
    assert again is not None
    assert (again.title, again.holder) == (said(number).title, touched.holder)
    store.close()
    assert len(damage.complaints(spoilt.records)) == damage.ROWS
    assert faults(spoilt) == []


def rubbish(path: Path) -> None:
    """Nothing of the file is left."""
    path.write_bytes(b"\xa5" * (1 << 20))


@pytest.mark.parametrize("spoil", [rubbish, lambda path: path.write_bytes(b""), Path.unlink])
def test_where_nothing_is_left_the_newest_good_backup_is_put_back(
    spoil: damage.Spoil, spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    whole = damage.complaints(spoilt.records)
    backup.make(spoilt, clock)
    clock.turn(7200)
    newest = backup.make(spoilt, clock)
    damage.page(newest, 3)
    spoil(spoilt.records)
    store = reopened(spoilt, clock, pack)
    says = [notice.says for notice in store.notices]
    store.close()
    assert says[0] == "store.notice.backup_damaged"
    assert says[1] in ("store.notice.restored", "store.notice.restored_absent")
    assert damage.complaints(spoilt.records) == whole


@pytest.mark.parametrize("spoil", [rubbish, lambda path: path.write_bytes(b"")])
def test_an_empty_store_is_never_made_over_an_unreadable_one(
    spoil: damage.Spoil, spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    spoil(spoilt.records)
    before = spoilt.records.read_bytes()
    for _ in range(2):
        with pytest.raises(DiskTrouble) as caught:
            Store.open(spoilt, clock, pack, room=roomy(spoilt))
        assert caught.value.says == "store.nothing_readable"
        assert spoilt.records.read_bytes() == before


def test_a_first_start_that_was_killed_is_no_damage(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    profile.records.write_bytes(b"")
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert store.notices == []
    store.close()


def test_without_a_store_and_a_backup_the_black_box_is_enough(
    spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    spoilt.records.unlink()
    store = Store.open(spoilt, clock, pack, room=roomy(spoilt))
    assert sum(not store.read.done(envelope.id) for envelope in damage.box(spoilt, clock)) == damage.DEEDS
    store.close()


def test_a_salvage_that_fails_changes_nothing(
    spoilt: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage.page(spoilt.records, damage.pages_of(spoilt.records, "complaint")[4])
    harmed = spoilt.records.read_bytes()
    monkeypatch.setattr("console.store.salvage.rederive", _full)
    with pytest.raises(DiskTrouble, match=r"store\.full"):
        Store.open(spoilt, clock, pack, room=roomy(spoilt))
    assert spoilt.records.read_bytes() == harmed
    assert not list(spoilt.folder.glob("*.part*")) and not list(spoilt.folder.glob("*.rusak*"))
    monkeypatch.undo()
    reopened(spoilt, clock, pack).close()
    assert faults(spoilt) == []


def _full(*_: object) -> None:
    raise DiskTrouble("store.full")


@pytest.mark.parametrize("moves", range(5))
def test_an_exchange_cut_off_at_any_move_is_ended_at_the_next_start(
    moves: int, spoilt: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed(spoilt, clock, pack)
    damage.page(spoilt.records, damage.pages_of(spoilt.records, "complaint")[4])
    papers = damage.paper(spoilt.records)
    done: list[object] = []
    move = swap.move

    def killed(source: Path, place: Path) -> None:
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(source)
        move(source, place)

    monkeypatch.setattr(swap, "move", killed)
    with suppress(KeyboardInterrupt):
        Store.open(spoilt, clock, pack, room=roomy(spoilt)).close()
    monkeypatch.undo()
    clock.turn(5)
    reopened(spoilt, clock, pack).close()
    assert faults(spoilt) == []
    after = damage.paper(spoilt.records)
    assert all(old <= new for old, new in zip(papers, after, strict=True))


def test_a_counter_gone_wrong_is_put_right_where_the_file_is_in_doubt(
    spoilt: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    with closing(sqlite3.connect(spoilt.records)) as db, db:
        db.execute("UPDATE tally_area SET count = count + 1")
        db.execute("DELETE FROM outbox WHERE n % 2")
    assert len(faults(spoilt)) == 2
    reopened(spoilt, clock, pack).close()
    assert faults(spoilt) == []


@settings(max_examples=25)
@given(st.integers(0, 1 << 30), st.sampled_from([1, 3, 20, 200, 3000]))
def test_bits_turned_over_anywhere_never_stop_the_start(seed: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        profile, clock = damage.copy_of_a_store(Path(folder))
        whole = damage.complaints(profile.records)
        damage.flips(profile.records, seed, count)
        profile.suspect.write_bytes(b"")
        store = reopened(profile, clock, invented_pack())
        read = store.read
        read.page(read.span(QueueFilter()), 0)
        read.span(QueueFilter(text="lubang"))
        read.by_state()
        store.close()
        assert faults(profile) == []
        if count == 1:
            after = damage.complaints(profile.records)
            assert sum(after.get(name) == row for name, row in whole.items()) >= 0.98 * len(whole)
