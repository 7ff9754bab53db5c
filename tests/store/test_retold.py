"""The history told again from the documents of deeds: in the order of time, and in time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from console.core.clock import millis
from console.store.documents import Documents, name_rev
from console.store.retold import events_of_deeds
from tests.store.conftest import NOON, in_memory


def name(number: int) -> str:
    # Names do not go by time: other consoles make them too.
    return f"deed:{number * 7919 % 100_003:032x}"


def with_documents(count: int) -> sqlite3.Connection:
    """A file with the documents of so many deeds, one a second, and no history."""
    db = in_memory()
    documents = Documents(db)
    for number in range(count):
        at = NOON + timedelta(seconds=number)
        body = {"type": "deed", "complaint": f"uji:{number % 50:06}", "deed": "note", "by": "Sari", "text": "x"}
        body |= {"at": at.isoformat(), "before": 1, "after": 1, "fields": {}, "undoes": "", "was": {}}
        documents.put(name(number), [name_rev("", body)], body)
    return db


def keep(db: sqlite3.Connection, number: int, n: int) -> None:
    """Its row in the history was not lost."""
    at = millis(NOON + timedelta(seconds=number))
    db.execute(
        "INSERT INTO event (n, id, complaint, deed, at, by, text, fields, was, command, undoes)"
        " VALUES (?, ?, 'uji:1', 'note', ?, 'Sari', 'x', '{}', '{}', ?, '')",
        (n, name(number), at, name(number).removeprefix("deed:")),
    )


def told(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT id FROM event ORDER BY n")]


def test_lost_deeds_come_where_they_belong() -> None:
    with closing(with_documents(100)) as db:
        for number in range(0, 100, 10):
            keep(db, number, number + 1)
        events_of_deeds(db)
        assert told(db) == [name(number) for number in range(100)]
        events_of_deeds(db)
        assert len(told(db)) == 100


def test_where_no_number_is_free_they_come_last_in_the_order_of_time() -> None:
    with closing(with_documents(30)) as db:
        kept = [number for number in range(30) if number % 3]
        for n, number in enumerate(kept, 1):
            keep(db, number, n)
        events_of_deeds(db)
        assert told(db) == [name(number) for number in (*kept, *range(0, 30, 3))]


def test_before_all_others_there_is_room_only_below_their_numbers() -> None:
    with closing(with_documents(4)) as db:
        keep(db, 2, 3)
        events_of_deeds(db)
        assert told(db) == [name(number) for number in range(4)]


@pytest.mark.parametrize("kept", [0, 3])
def test_twice_as_many_lost_deeds_take_twice_as_long(kept: int) -> None:
    """Counted in steps of SQLite. It is done within the start, when a store was damaged."""
    steps: list[int] = []
    for count in (400, 800):
        with closing(with_documents(count)) as db:
            for number in range(0, count, 4) if kept else ():
                keep(db, number, 4 * number + 1)
            steps.append(0)

            def step() -> int:
                steps[-1] += 1
                return 0

            db.set_progress_handler(step, 10)
            events_of_deeds(db)
            db.set_progress_handler(None, 0)
            assert len(told(db)) == count
    assert steps[1] < 2.5 * steps[0]
