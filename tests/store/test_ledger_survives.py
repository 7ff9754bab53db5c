"""The ledger outlives its store: a restore, a salvage, a snapshot, a begin with nothing; and tells what was lost."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import BadAnswer, DiskTrouble
from console.store import backup, ledger_heads, schema, slips, terminal
from console.store.adopt import ADOPTED
from console.store.files import Profile, load_phrases
from console.store.ledger import COLUMNS, NAMED, LedgerRow
from console.store.ledger_check import RESTORED, SALVAGED, Verdict, check
from console.store.ledger_heads import Head, doc_of
from console.store.store import Store
from tests.store.conftest import NOON, ask, batch, said
from tests.store.snapshots import adopted, hold_all, made, opened, work
from tests.store.test_kill import _write_and_kill

ONE = "uji:000001"


def rows(path: Path) -> list[LedgerRow]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return [LedgerRow._make(row) for row in db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n")]


def deeds(path: Path) -> list[str]:
    return [row.deed for row in rows(path)]


def last(path: Path) -> tuple[LedgerRow, dict[str, object]]:
    row = rows(path)[-1]
    return row, json.loads(row.told)


def heads(path: Path) -> list[Head]:
    """One for every row there is, as if the centre had been told of each."""
    found = rows(path)
    name = next(row.subject for row in found if row.deed == NAMED)
    return [Head(name, row.n, row.hash, row.at, doc_of(name, row.n, row.hash), True) for row in found]


def judged(path: Path, known: list[Head]) -> Verdict:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        name = db.execute("SELECT value FROM meta WHERE name = 'console'").fetchone()
        return check(db, known, console=name[0] if name else "")


def lose_form(path: Path) -> None:
    """An index is gone: the next start salvages."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP INDEX outbox_complaint")


def take(profile: Profile, clock: TurnedClock, count: int) -> None:
    """Some commands, a minute apart."""
    with opened(profile, clock) as store:
        store.take(batch(said(1)))
        for number in range(count):
            clock.turn(60)
            store.apply(*ask(clock, ONE, text=f"catatan {number}"))
    clock.turn(60)


@pytest.fixture
def kept(profile: Profile, clock: TurnedClock) -> Path:
    """A backup of a store with six rows; the store has eleven."""
    take(profile, clock, 5)
    path = backup.make(profile, clock)
    take(profile, clock, 5)
    assert len(rows(path)) == 6 and len(rows(profile.records)) == 11
    return path


def test_rows_after_the_backup_come_over_and_the_restore_is_one_more(
    kept: Path, profile: Profile, clock: TurnedClock
) -> None:
    before, known = rows(profile.records), heads(profile.records)
    backup.restore(profile, clock, kept, who="os:dina")
    assert rows(profile.records)[:11] == before
    row, told = last(profile.records)
    assert (row.n, row.deed, row.who, row.at) == (12, RESTORED, "os:dina", int(clock.now().timestamp() * 1000))
    assert (told["backup"], told["after"], told["came"], told["old"]) == (kept.name, 6, 5, "joined")
    assert (told["old_last"], told["old_hash"]) == (11, before[-1].hash)
    verdict = judged(profile.records, known)
    assert verdict.sound and verdict.fit == 11 and verdict.marks == [(12, row.at, RESTORED)]
    with opened(profile, clock) as store:  # and it goes on there
        store.apply(*ask(clock, ONE, text="lagi"))
    assert judged(profile.records, known).sound and SALVAGED not in deeds(profile.records)


def test_a_restore_over_a_store_that_is_gone_tells_which_rows_are_gone(
    kept: Path, profile: Profile, clock: TurnedClock
) -> None:
    known = heads(profile.records)
    for side in ("", "-wal", "-shm"):
        profile.records.with_name(profile.records.name + side).unlink(missing_ok=True)
    clock.turn(60)
    backup.restore(profile, clock, kept)
    row, told = last(profile.records)
    assert (row.n, row.deed, told["old"], told["came"]) == (7, RESTORED, "absent", 0)
    take(profile, clock, 20)
    verdict = judged(profile.records, known)
    (found,) = verdict.breaks
    assert (found.n, found.says) == (7, "store.ledger.restored")
    assert (found.values["after"], found.values["head"], found.values["count"]) == (6, 11, 5)
    assert found.values["at"] == row.at


def test_a_store_nothing_of_which_can_be_read_gives_what_could_be(
    kept: Path, profile: Profile, clock: TurnedClock
) -> None:
    profile.records.write_bytes(b"rusak" * 40_000)
    backup.restore(profile, clock, kept)
    _, told = last(profile.records)
    assert (told["old"], told["came"]) == ("unreadable", 0)


def test_a_backup_of_another_chain_takes_nothing_of_ours_and_binds_our_end(
    kept: Path, profile: Profile, clock: TurnedClock, tmp_path: Path
) -> None:
    stranger = Profile.at(tmp_path / "lain")
    take(stranger, clock, 8)
    theirs, ours = rows(stranger.records), rows(profile.records)
    backup.restore(profile, clock, backup.make(stranger, clock))
    row, told = last(profile.records)
    assert rows(profile.records)[:-1] == theirs and row.n == len(theirs) + 1
    assert (told["old"], told["old_last"], told["old_hash"]) == ("apart", 11, ours[-1].hash)


def test_a_backup_from_before_there_was_a_ledger(profile: Profile, clock: TurnedClock) -> None:
    take(profile, clock, 2)
    older = profile.folder / "lama.db"
    with closing(sqlite3.connect(older, isolation_level=None)) as db:
        schema.climb(db, schema.RECORDS, older, 3)
    before = rows(profile.records)
    backup.restore(profile, clock, older)
    row, told = last(profile.records)
    assert rows(profile.records)[:-1] == before and (row.deed, told["after"], told["came"]) == (RESTORED, 0, 3)


def test_a_tampered_chain_comes_over_as_it_stands(kept: Path, profile: Profile, clock: TurnedClock) -> None:
    with closing(sqlite3.connect(profile.records, isolation_level=None)) as db:
        trigger = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'ledger_stays'").fetchone()[0]
        db.execute("DROP TRIGGER ledger_stays")
        db.execute("UPDATE ledger SET who = 'Orang lain' WHERE n = 9")
        db.execute(trigger)
    backup.restore(profile, clock, kept)
    verdict = judged(profile.records, [])
    assert [(each.n, each.says) for each in verdict.breaks] == [(9, "store.ledger.altered")]


def test_a_salvage_keeps_every_row_it_can_read_and_says_it_happened(profile: Profile, clock: TurnedClock) -> None:
    take(profile, clock, 5)
    before, known = rows(profile.records), heads(profile.records)
    lose_form(profile.records)
    with opened(profile, clock) as store:
        assert [notice.says for notice in store.notices][:1] == ["store.notice.salvaged"]
    assert rows(profile.records)[:6] == before
    assert SALVAGED in deeds(profile.records)
    assert judged(profile.records, known).sound


def test_a_salvage_that_lost_rows_leaves_the_hole_to_be_found(profile: Profile, clock: TurnedClock) -> None:
    take(profile, clock, 9)
    known = heads(profile.records)
    with closing(sqlite3.connect(profile.records, isolation_level=None)) as db:
        triggers = db.execute("SELECT sql FROM sqlite_schema WHERE name IN ('ledger_kept', 'ledger_stays')").fetchall()
        db.execute("DROP TRIGGER ledger_kept")
        db.execute("DROP TRIGGER ledger_stays")
        db.execute("DELETE FROM ledger WHERE n BETWEEN 4 AND 5 OR n = 10")
        for (sql,) in triggers:
            db.execute(sql)
    lose_form(profile.records)
    clock.turn(60)
    with opened(profile, clock):
        pass
    verdict = judged(profile.records, known)
    assert [(each.n, each.says.rpartition(".")[2]) for each in verdict.breaks] == [(4, "missing"), (10, "salvaged")]


def test_a_snapshot_brings_no_chain_and_takes_none(profile: Profile, clock: TurnedClock, tmp_path: Path) -> None:
    maker = Profile.at(tmp_path / "asal")
    with opened(maker, clock) as store:
        work(store, clock, 0)
        hold_all(store)
    _, raw = made(maker, clock)
    take(profile, clock, 3)
    before, known = rows(profile.records), heads(profile.records)
    adopted(profile, clock, raw)
    assert rows(profile.records)[:4] == before
    row, told = last(profile.records)
    assert row.deed == ADOPTED and told["complaints"] == 4 and SALVAGED not in deeds(profile.records)
    assert judged(profile.records, known).sound
    fresh = Profile.at(tmp_path / "baru")
    adopted(fresh, clock, raw)
    assert deeds(fresh.records) == [NAMED, ADOPTED] and judged(fresh.records, []).sound


def test_a_snapshot_with_rows_of_a_ledger_is_refused(
    profile: Profile, clock: TurnedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Profile.at(tmp_path / "asal")
    with opened(maker, clock) as store:
        work(store, clock, 0)
        hold_all(store)
    from console.store import snapshot

    monkeypatch.setattr(snapshot, "WHOLE", (*snapshot.WHOLE, "ledger"))
    _, raw = made(maker, clock)
    with pytest.raises(BadAnswer) as fault:
        adopted(profile, clock, raw)
    assert fault.value.values["what"] == "ledger"


def test_a_copied_profile_goes_on_under_its_own_name(profile: Profile, clock: TurnedClock, tmp_path: Path) -> None:
    take(profile, clock, 3)
    known = heads(profile.records)
    shutil.copytree(profile.folder, tmp_path / "salinan")
    copy = Profile.at(tmp_path / "salinan")
    take(copy, clock, 1)
    assert deeds(copy.records)[4] == NAMED and judged(copy.records, known).sound
    take(profile, clock, 5)
    beyond = judged(copy.records, heads(profile.records))
    assert [(each.n, each.says) for each in beyond.breaks] == [(5, "store.ledger.left")]


def test_a_begin_with_nothing_is_told_with_the_end_of_the_old_chain(profile: Profile, clock: TurnedClock) -> None:
    take(profile, clock, 3)
    old, phrases = rows(profile.records), load_phrases()
    assert terminal.restore(profile.folder, None, phrases, io.StringIO(), clock=clock, empty="KOSONGKAN") == 0
    row, told = last(profile.records)
    assert (row.n, row.deed) == (1, "storage.emptied")
    assert (told["old_last"], told["old_hash"], told["console"]) == (4, old[-1].hash, old[0].subject)


def test_a_kill_at_any_moment_of_a_restore_leaves_one_chain(
    kept: Path, profile: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each move of files is cut off once; the next start ends the exchange, and nothing of the chain is lost."""
    from console.store import swap

    known, moves = heads(profile.records), swap.move
    for cut in range(1, 5):
        seen = [0]

        def torn(source: Path, place: Path, seen: list[int] = seen, cut: int = cut) -> None:
            seen[0] += 1
            if seen[0] == cut:
                raise OSError(5, "cut off")
            moves(source, place)

        monkeypatch.setattr(swap, "move", torn)
        with suppress(OSError, DiskTrouble):  # as if it had been killed there
            backup.restore(profile, clock, kept)
        monkeypatch.setattr(swap, "move", moves)
        with opened(profile, clock):
            pass
        assert judged(profile.records, known).sound
        assert judged(profile.records, known).fit == len(known)


def test_killed_in_the_middle_each_deed_that_was_acknowledged_is_one_row(tmp_path: Path) -> None:
    profile, acknowledged = Profile.at(tmp_path / "mati"), []
    for lines in (3, 8, 14):
        acknowledged += _write_and_kill(profile.folder, lines)
        with opened(profile, TurnedClock(NOON)) as store:
            db = store.replica.tools.db
            assert check(db, [], console=store.console).sound
            told = [json.loads(row.told).get("command") for row in rows(profile.records) if row.deed != NAMED]
            done = [command for (command,) in db.execute("SELECT command FROM outcome")]
            assert sorted(told) == sorted(done) and set(acknowledged) <= set(told)
    assert len(acknowledged) >= 3


# slips: rows of those who may not write


def test_a_slip_becomes_a_row_once(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        assert not store.take_slips().kinds
        slips.hand_in(profile, clock, "export", who="os:dina", subject="complaint", told={"format": "csv"})
        clock.turn(90)
        slips.hand_in(profile, clock, "settings", who="Sari", subject="hub.url")
        assert len(slips.waiting(profile)) == 2
        store.take_slips()
        assert slips.waiting(profile) == [] and not store.take_slips().kinds
    one, two = rows(profile.records)[-2:]
    assert (one.deed, one.who, one.subject, two.deed, two.subject) == (
        "export",
        "os:dina",
        "complaint",
        "settings",
        "hub.url",
    )
    assert json.loads(one.told) == {"format": "csv", "asked_at": NOON.isoformat(timespec="milliseconds")}


def test_a_slip_is_taken_once_also_where_it_could_not_be_removed(
    profile: Profile, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips.hand_in(profile, clock, "export", who="os:dina")
    with opened(profile, clock) as store:
        monkeypatch.setattr(slips, "drop", lambda _: None)  # killed between the two
        store.take_slips()
        monkeypatch.undo()
        store.take_slips()
    assert deeds(profile.records) == [NAMED, "export"] and slips.waiting(profile) == []


def test_a_slip_that_says_nothing_is_a_row_that_says_so(profile: Profile, clock: TurnedClock) -> None:
    profile.slips.mkdir(parents=True)
    (profile.slips / "a.slip").write_bytes(b"{")
    (profile.slips / "b.slip").write_bytes(b"[]")
    with opened(profile, clock) as store:
        store.take_slips()
    assert [(row.deed, row.subject) for row in rows(profile.records)[1:]] == [
        ("slip.unread", "a.slip"),
        ("slip.unread", "b.slip"),
    ]


# heads


def told_heads(store: Store) -> list[Head]:
    return ledger_heads.known(store.replica.tools.db)


def test_a_head_is_told_now_and_then_where_the_chain_went_on(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        assert store.tell_head("kendali_contoh").kinds
        (first,) = told_heads(store)
        assert store.read.outbox().waiting == 0 and store.read.outbox_rows() == []  # nobody waits for it
        assert (first.console, first.n, first.hash, first.held) == (store.console, *store.ledger.end(), False)
        store.take(batch(said(1)))
        store.apply(*ask(clock, ONE, text="satu"))
        assert not store.tell_head("kendali_contoh").kinds  # not so soon
        clock.turn(601)
        assert not store.tell_head("kendali_contoh").kinds  # the one before still waits
        hold_all(store)
        assert store.tell_head("kendali_contoh").kinds
        assert [(each.n, each.sound) for each in told_heads(store)] == [(1, True), (2, True)]
        hold_all(store)
        clock.turn(601)
        assert not store.tell_head("kendali_contoh").kinds  # nothing was added


def test_heads_of_others_are_known_and_one_that_was_written_over_is_not_sound(
    profile: Profile, clock: TurnedClock
) -> None:
    with opened(profile, clock) as store:
        store.tell_head("kendali_contoh")
        good = told_heads(store)[0]
        other = Head("e" * 32, 5, "1" * 64, 9, doc_of("e" * 32, 5, "1" * 64))
        store.replica.edit("kendali_contoh", other.doc, other.body, parent="")
        assert other in told_heads(store) and all(each.sound for each in told_heads(store))
        rev = store.documents.winner(good.doc)
        assert rev is not None
        store.replica.edit("kendali_contoh", good.doc, {**good.body, "hash": "0" * 64}, parent=rev.rev)
        store.replica.edit("kendali_contoh", "ledger:what?", {"type": "x"}, parent="")
        assert sorted((each.n, each.sound) for each in told_heads(store)) == [(0, False), (1, False), (5, True)]


def test_of_years_of_heads_those_of_the_last_rows_are_read(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        db = store.replica.tools.db
        for n in (3, 20, 100, 1000):
            for console in (store.console, "e" * 32):
                head = Head(console, n, f"{n:064x}", 5, doc_of(console, n, f"{n:064x}"))
                store.replica.edit("kendali_contoh", head.doc, head.body, parent="")
        assert [each.n for each in ledger_heads.since(db, store.console, 20)] == [20, 100, 1000]
        assert [each.n for each in ledger_heads.since(db, store.console, 21)] == [100, 1000]


def test_heads_travel_as_a_file_and_come_back_the_same(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        store.tell_head("kendali_contoh")
        found = told_heads(store)
    assert [each.body for each in ledger_heads.of_file({"heads": [head.body for head in found]})] == [
        head.body for head in found
    ]
    assert ledger_heads.of_file({"heads": [{"n": True}, 3, {"console": "x", "n": 1, "hash": "y", "at": 1}]}) == []
    assert ledger_heads.of_file("x") == []
    named = [(head.doc, head.body) for head in found]
    assert [(each.n, each.sound) for each in ledger_heads.of_documents([*named, ("case:x", {})])] == [(1, True)]
