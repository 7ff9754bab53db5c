"""Any older file climbs to today's form, and what it held is sent to where it belongs."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.pack import CityPack
from console.core.places import complaints_place
from console.store import audit, schema
from console.store.database import open_writer
from console.store.documents import canonical, name_rev
from console.store.export import export
from console.store.files import Profile
from console.store.shelf import Shelf
from console.store.store import Store
from console.store.tallies import recount
from tests.store import damage
from tests.store.conftest import KELURAHAN, NOON, roomy

MS = 1000 * int(NOON.timestamp())


def old_file(profile: Profile) -> list[str]:
    """A file of the first form with two complaints, a case with two revisions and two deeds; its documents."""
    docs = []
    with closing(open_writer(profile.records)) as db:
        schema.climb(db, schema.RECORDS, profile.records, 1)
        for number, code in enumerate(KELURAHAN[1:3], 1):
            db.execute("INSERT INTO word VALUES (?, ?)", (number, code))
            db.execute(
                "INSERT INTO complaint (id, source, native_id, native_state, their_state, state, title, text, category,"
                " agency, address, area, their_opd, opd, requested_at, zone_assumed, media_url, extra, received_at)"
                " VALUES (?, 0, '', '', 1, 1, 'Lubang', '', 0, '', '', ?, 0, 0, ?, 0, '', '', ?)",
                (f"uji:{number}", number, MS, MS),
            )
            body = {"type": "case", "complaint": f"uji:{number}", "native_state": "", "holder": "Budi"}
            body |= {"duplicate_of": "", "by": "Budi", "at": NOON.isoformat()}
            docs += [_old(db, f"case:uji:{number}", body, 2 - number % 2)]
        for number in (1, 2, 3):
            body = {"type": "deed", "complaint": f"uji:{number}", "deed": "note", "by": "Budi", "at": NOON.isoformat()}
            body |= {"text": "x", "before": 1, "after": 1, "fields": {}, "undoes": ""}
            docs += [_old(db, f"deed:{number}", body, 1)]
        recount(db)
    return docs


def _old(db: sqlite3.Connection, doc: str, body: dict[str, object], revisions: int) -> str:
    number = db.execute("INSERT INTO doc (id) VALUES (?)", (doc,)).lastrowid
    parent, above = "", None
    for step in range(revisions):
        rev = name_rev(parent, {**body, "step": step})
        head, _, tail = rev.partition("-")
        leaf = step == revisions - 1
        above = db.execute(
            "INSERT INTO rev (doc, generation, hash, parent, leaf, deleted, body) VALUES (?, ?, ?, ?, ?, 0, ?)",
            (number, int(head), tail, above, leaf, canonical({**body, "step": step})),
        ).lastrowid
        db.execute(
            "INSERT INTO outbox (doc, rev, complaint, command, at) VALUES (?, ?, ?, ?, ?)",
            (doc, rev, body["complaint"], f"c{doc}{step}", MS),
        )
        parent = rev
    db.execute("UPDATE doc SET winner = ? WHERE n = ?", (above, number))
    return doc


@pytest.fixture
def climbed(profile: Profile, clock: TurnedClock, pack: CityPack) -> Iterator[Store]:
    old_file(profile)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    yield store
    store.close()


def test_the_steps_lead_to_the_form_of_a_new_file(climbed: Store) -> None:
    assert schema.version(climbed._db) == len(schema.steps(schema.RECORDS))
    assert audit.form(climbed._db) == [] and audit.outbox(climbed._db) == [] and audit.foreign(climbed._db) == []
    assert list(climbed.profile.backups.glob("records-*.db"))


def test_what_waits_is_routed_by_its_complaint(climbed: Store) -> None:
    shelf = Shelf(climbed._db)
    first, second = (complaints_place("contoh", code) for code in KELURAHAN[1:3])
    nowhere = complaints_place("contoh", "")
    assert shelf.places() == shelf.waiting_places() == sorted([first, second, nowhere])
    offered = {
        place: [(each.revision.doc, len(each.revision.path)) for each in shelf.offers(place, most=99, most_bytes=9**9)]
        for place in shelf.places()
    }
    assert offered == {
        first: [("case:uji:1", 1), ("deed:1", 1)],
        second: [("case:uji:2", 2), ("deed:2", 1)],
        nowhere: [("deed:3", 1)],
    }
    assert [row.seq for row in shelf.changes(first, 0, 99).rows] == ["1", "2"]


def test_an_old_file_in_doubt_is_not_called_damaged(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    old_file(profile)
    with closing(sqlite3.connect(profile.records)) as db:
        looks = (audit.integrity, audit.form, audit.values, audit.foreign, audit.search, audit.outbox)
        assert [fault for look in looks for fault in look(db)] == []
    profile.suspect.write_bytes(b"")
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert store.notices == []
    store.close()


@pytest.mark.parametrize("table", ["word", "doc", "rev", "outbox", "event"])
def test_a_backup_of_the_old_form_still_fills_gaps(
    table: str, profile: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    docs = old_file(profile)
    Store.open(profile, clock, pack, room=roomy(profile)).close()
    for number in damage.pages_of(profile.records, table):
        damage.page(profile.records, number)
    profile.suspect.write_bytes(b"")
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert store.notices
    assert {row.doc for row in store.read.outbox_rows()} == set(docs)
    looks = (audit.integrity, audit.form, audit.values, audit.foreign, audit.counts, audit.outbox)
    assert [fault for look in looks for fault in look(store._db)] == []
    store.close()


def test_an_old_file_is_not_exported_before_it_climbed(profile: Profile) -> None:
    old_file(profile)
    with pytest.raises(DiskTrouble, match=r"store\.older"):
        export(profile, "outbox", "json", io.StringIO())


def test_a_second_start_changes_nothing(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    old_file(profile)
    seen = []
    for _ in range(2):
        store = Store.open(profile, clock, pack, room=roomy(profile))
        seen.append(
            store._db.execute("SELECT * FROM doc").fetchall() + store._db.execute("SELECT * FROM outbox").fetchall()
        )
        store.close()
    assert seen[0] == seen[1]


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    with closing(open_writer(path)) as db:
        schema.climb(db, schema.RECORDS, path, 1)
        before = list(db.iterdump())
        first, second, *_ = schema.steps(schema.RECORDS)
        monkeypatch.setattr(schema, "steps", lambda name: (first, second + "CREATE TABLE doc (again);"))
        with pytest.raises(sqlite3.OperationalError):
            schema.climb(db, schema.RECORDS, path)
        assert schema.version(db) == 1
        assert list(db.iterdump()) == before
