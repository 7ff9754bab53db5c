"""The ledger: each row bound to the one before, added with the deed it tells of, and by nothing else."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.store import schema
from console.store.database import open_writer, transaction
from console.store.ledger import COLUMNS, MOST, MOST_TOLD, Ledger, LedgerRow, digest

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(AT)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "records.db"
    db = open_writer(path)
    schema.climb(db, schema.RECORDS, path)
    yield db
    db.close()


@pytest.fixture
def ledger(db: sqlite3.Connection, clock: TurnedClock) -> Ledger:
    return Ledger(db, clock)


def rows(db: sqlite3.Connection) -> list[LedgerRow]:
    return [LedgerRow._make(row) for row in db.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY n")]


def test_a_row_says_who_did_what_when_and_why(db: sqlite3.Connection, ledger: Ledger) -> None:
    with transaction(db):
        ledger.add("reveal", who="Sari", session="s1", subject="spgt:4", why="keluarga mencari", told={"field": "nik"})
    (row,) = rows(db)
    assert row[:8] == (1, 1795316400000, "Sari", "s1", "reveal", "spgt:4", "keluarga mencari", '{"field":"nik"}')
    assert (row.hub_at, row.prev, row.hash) == (None, "", digest(row))


def test_the_hash_is_that_of_the_row_as_canonical_json(db: sqlite3.Connection, ledger: Ledger) -> None:
    with transaction(db):
        ledger.add("take", who='Á "quoted" \\ \n', subject="\U0001f6a8")
    (row,) = rows(db)
    said = {name: value for name, value in row._asdict().items() if name != "hash"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert row.hash == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_each_row_holds_the_hash_of_the_one_before(db: sqlite3.Connection, ledger: Ledger) -> None:
    assert ledger.empty and ledger.end() == (0, "")
    with transaction(db):
        for count in range(3):
            ledger.add("take", who="Sari", subject=f"spgt:{count}")
    one, two, three = rows(db)
    assert [one.n, two.n, three.n] == [1, 2, 3]
    assert (one.prev, two.prev, three.prev) == ("", one.hash, two.hash)
    assert ledger.end() == (3, three.hash) and not ledger.empty


def test_a_row_stands_with_its_deed_or_not_at_all(db: sqlite3.Connection, ledger: Ledger) -> None:
    with transaction(db):
        ledger.add("take", who="Sari")
    with pytest.raises(KeyError), transaction(db):
        ledger.add("take", who="Budi")
        raise KeyError
    with transaction(db):
        ledger.add("note", who="Tari")
    assert [(row.n, row.who) for row in rows(db)] == [(1, "Sari"), (2, "Tari")]


def test_the_centres_time_stands_beside_ours_where_it_is_known(db: sqlite3.Connection, ledger: Ledger) -> None:
    ledger.apart = timedelta(seconds=-90)
    with transaction(db):
        ledger.add("take", who="Sari")
    (row,) = rows(db)
    assert row.hub_at == row.at - 90_000


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET who = 'Budi' WHERE n = 1",
        "UPDATE ledger SET hash = '' WHERE n = 2",
        "DELETE FROM ledger WHERE n = 2",
        "DELETE FROM ledger",
        f"INSERT OR REPLACE INTO ledger ({COLUMNS}) SELECT {COLUMNS} FROM ledger WHERE n = 2",
        "INSERT INTO ledger VALUES (0, 1, '', '', '', '', '', '', NULL, '', '')",
        "INSERT INTO ledger VALUES (3, 1, '', '', '', '', '', '', NULL, 'abc', '')",
    ],
)
def test_nothing_but_an_end_is_added(db: sqlite3.Connection, ledger: Ledger, statement: str) -> None:
    with transaction(db):
        ledger.add("take", who="Sari")
        ledger.add("take", who="Sari")
    before = rows(db)
    with pytest.raises(sqlite3.IntegrityError, match="ledger"):
        db.execute(statement)
    assert rows(db) == before


def test_what_is_too_long_or_no_text_at_all_is_kept_as_far_as_it_can_be(db: sqlite3.Connection, ledger: Ledger) -> None:
    with transaction(db):
        ledger.add("x", who="\ud800", subject="s" * 10_000, told={"what": "w" * 5_000})
        ledger.add("x", who="Sari", told={"half": "\udfff", "at": AT})
    one, two = rows(db)
    assert one.who == "?" and len(one.subject) == MOST
    assert json.loads(one.told) == {"characters": 5_000 + len('{"what":""}')} and len(one.told) < MOST_TOLD
    assert json.loads(two.told) == {"half": "?", "at": str(AT)}
    assert [digest(row) for row in (one, two)] == [one.hash, two.hash]
