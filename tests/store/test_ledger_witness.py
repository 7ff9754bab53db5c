"""Heads of other consoles in one's own chain: what was taken away elsewhere still stands there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.places import shared_place
from console.store import ledger_heads, ledger_witness
from console.store.files import Profile, load_phrases
from console.store.ledger import COLUMNS, WITNESSED, LedgerRow
from console.store.ledger_check import check
from console.store.ledger_heads import Head, doc_of
from console.store.ledger_terminal import Auditor
from console.store.ledger_witness import AT_ONCE, EVERY, witnessed
from console.store.replica import Edit
from console.store.store import NOTHING, Store
from tests.cities import small_pack
from tests.store.conftest import NOON

PLACE = shared_place(small_pack().id)


def head(console: str, n: int, sign: str = "a") -> Head:
    digest = f"{n:04}{sign * 60}"[:64]
    return Head(console, n, digest, 7, doc_of(console, n, digest), True)


def came(store: Store, *heads: Head) -> None:
    """These came from the centre."""
    store.replica.edit_all(PLACE, [Edit(each.doc, each.body) for each in heads], by="ledger")


def rows(store: Store) -> list[LedgerRow]:
    return [LedgerRow._make(row) for row in store._db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n")]


def told(store: Store) -> list[list[list[object]]]:
    return [json.loads(row.told)["heads"] for row in rows(store) if row.deed == WITNESSED]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "laksa"


@pytest.fixture
def store(folder: Path, clock: TurnedClock) -> Iterator[Store]:
    with closing(Store.open(Profile.at(folder), clock, small_pack())) as opened:
        yield opened


def test_the_newest_of_each_other_console_is_written_down_once(store: Store) -> None:
    assert store.witness() is NOTHING
    came(store, head("b", 9), head("b", 10), head("b", 2), head("c", 4))
    assert store.witness() is not NOTHING
    assert told(store) == [[["b", 10, head("b", 10).hash], ["c", 4, head("c", 4).hash]]]
    assert [(row.who, row.subject) for row in rows(store) if row.deed == WITNESSED] == [("", "2")]
    assert store.witness() is NOTHING
    assert check(store._db, [], console=store.console).sound


def test_what_comes_next_waits_for_its_hour_and_nothing_is_passed_over(store: Store, clock: TurnedClock) -> None:
    came(store, head("b", 1))
    store.witness()
    came(store, head("b", 2), head("c", 1))
    clock.turn(EVERY / timedelta(seconds=2))
    assert store.witness() is NOTHING
    clock.turn(EVERY / timedelta(seconds=2))
    store.witness()
    assert [[console for console, _, _ in each] for each in told(store)] == [["b"], ["b", "c"]]


def test_one_that_is_not_what_its_name_says_and_our_own_are_left_out(store: Store, clock: TurnedClock) -> None:
    store.tell_head(PLACE)
    forged = head("b", 3)
    store.replica.edit_all(PLACE, [Edit(forged.doc, {**forged.body, "hash": "f" * 64})], by="ledger")
    assert store.witness() is NOTHING and told(store) == []
    clock.turn(60)
    came(store, head("b", 2))
    store.witness()
    assert [(console, n) for console, n, _ in told(store)[0]] == [("b", 2)]


def test_very_many_consoles_stand_in_several_rows_each_whole(store: Store) -> None:
    names = [f"{number:032}" for number in range(2 * AT_ONCE + 1)]
    came(store, *(head(name, 10**14) for name in names))
    store.witness()
    assert [len(each) for each in told(store)] == [AT_ONCE, AT_ONCE, 1]
    assert {each.console for each in witnessed(store._db)} == set(names)


def test_of_very_many_documents_some_are_looked_through_at_a_time(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_witness, "LOOKED", 1)
    came(store, head("b", 1), head("c", 1), head("d", 1))
    for _ in range(12):
        clock.turn(60)
        store.witness()
    assert sorted(each.console for each in witnessed(store._db)) == ["b", "c", "d"]


def test_such_a_row_alone_makes_no_head(store: Store, clock: TurnedClock) -> None:
    assert store.tell_head(PLACE) is not NOTHING
    store.replica.tools.db.execute("DELETE FROM outbox")  # it reached the centre
    clock.turn(3600)
    came(store, head("b", 1))
    store.witness()
    store.replica.tools.db.execute("DELETE FROM outbox")
    assert store.tell_head(PLACE) is NOTHING
    store.enter("settings", who="Rani", subject="theme")
    assert store.tell_head(PLACE) is not NOTHING
    newest = max(ledger_heads.since(store._db, store.console, 1), key=lambda each: each.n)
    assert newest.n == rows(store)[-1].n  # and that row is bound to what was written down before


def test_two_ends_of_one_chain_are_found_though_the_centre_was_swept(store: Store) -> None:
    came(store, head("b", 5))
    store.witness()
    kept = witnessed(store._db)
    assert kept == [Head("b", 5, head("b", 5).hash, int(NOON.timestamp() * 1000), head("b", 5).doc)]
    there = [head("b", 5, "e")]  # what the centre says now
    found = check(store._db, [*there, *witnessed(store._db, there)], console=store.console)
    assert [(each.n, each.says) for each in found.breaks] == [(5, "store.ledger.other_forked")]
    assert witnessed(store._db, [head("b", 5)]) == []


def test_another_console_is_shown_what_it_was(store: Store, folder: Path, tmp_path: Path, clock: TurnedClock) -> None:
    with closing(Store.open(Profile.at(tmp_path / "dua"), clock, small_pack())) as other:
        for number in range(5):
            other.enter("settings", who="Budi", subject=f"s{number}")
        other.tell_head(PLACE)
        (end,) = ledger_heads.known(other._db)
        came(store, end)
        store.witness()
        # the centre and that console's own store lose the head, and its last rows
        for name in ("ledger_kept", "ledger_stays"):
            other._db.execute(f"DROP TRIGGER {name}")
        other._db.execute("DELETE FROM ledger WHERE n > 2")
        assert check(other._db, [], console=other.console).sound
        store._db.execute("DELETE FROM outbox")
        gone = "SELECT n FROM doc WHERE id GLOB 'ledger:*'"
        store._db.execute(f"UPDATE doc SET winner = NULL WHERE n IN ({gone})")
        store._db.execute(f"DELETE FROM rev WHERE doc IN ({gone})")
        store._db.execute("DELETE FROM doc WHERE id GLOB 'ledger:*'")
        out = io.StringIO()
        assert Auditor(folder, load_phrases(), out, print).heads(as_json=True) == 0
        carried = ledger_heads.of_file(json.loads(out.getvalue()))
        assert [(each.console, each.n, each.hash) for each in carried] == [(end.console, end.n, end.hash)]
        found = check(other._db, carried, console=other.console)
        assert [(each.n, each.says) for each in found.breaks] == [(3, "store.ledger.cut")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"heads": 5}', '{"heads": [[1, 2, 3]]}', '{"heads": [["b", 1]]}'])
def test_a_row_written_by_hand_is_no_witness(store: Store, text: str) -> None:
    for name in ("ledger_kept", "ledger_stays"):
        store._db.execute(f"DROP TRIGGER {name}")
    came(store, head("b", 5))
    store.witness()
    store._db.execute("UPDATE ledger SET told = ? WHERE deed = ?", (text, WITNESSED))
    assert witnessed(store._db) == []
    assert not check(store._db, [], console=store.console).sound


def test_a_file_that_numbers_its_documents_anew_is_looked_through_again(store: Store, clock: TurnedClock) -> None:
    came(store, head("b", 1), head("c", 1))
    store.witness()
    store._db.execute("UPDATE meta SET value = json_set(value, '$.after', 99999) WHERE name = 'ledger_witness'")
    clock.turn(EVERY / timedelta(seconds=1))
    came(store, head("c", 2))
    store.witness()
    assert told(store)[-1] == [["b", 1, head("b", 1).hash], ["c", 2, head("c", 2).hash]]


def test_a_chain_that_was_brought_back_is_news_whatever_was_told_before(store: Store, clock: TurnedClock) -> None:
    for _ in range(3):
        store.enter("settings", who="Rani", subject="theme")
    assert store.tell_head(PLACE) is not NOTHING
    store.replica.tools.db.execute("DELETE FROM outbox")
    for name in ("ledger_kept", "ledger_stays"):
        store._db.execute(f"DROP TRIGGER {name}")
    store._db.execute("DELETE FROM ledger WHERE n > 2")
    clock.turn(3600)
    assert store.tell_head(PLACE) is not NOTHING
