"""Persons in the store: rows that follow from documents, versions that meet, and what a lost or new file knows."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.people import PERSON, Person, Role
from console.core.places import complaints_place, shared_place
from console.core.records import Waiting
from console.core.replica import Page, Revised
from console.store import audit
from console.store.database import transaction
from console.store.documents import name_rev
from console.store.export import export
from console.store.files import Profile
from console.store.ledger import Ledger
from console.store.people import Hand, People
from console.store.store import Store
from tests.store import damage
from tests.store.conftest import NOON, batch, said
from tests.store.peers import Centre, Console
from tests.store.snapshots import CITY, adopted, hold_all, made, opened

SHARED = shared_place(CITY)
ADMIN = Hand("Ibu Kepala", "s" * 32)


def a_person(number: int, login: str, name: str = "", role: Role = Role.OPERATOR) -> Person:
    return Person(f"{number:032x}", login, name or login.title(), role)


def admit(store: Store) -> None:
    """An administrator and an operator."""
    store.person(lambda people: people.first(a_person(1, "kepala", "Ibu Kepala", Role.ADMIN), "$argon2id$1"))
    store.person(lambda people: people.add(a_person(2, "rani"), "$argon2id$2", by=ADMIN))


def a_body(number: int, **changed: Any) -> dict[str, Any]:
    at = NOON.isoformat()
    body = {"type": "person", "id": f"{number:032x}", "login": f"p{number}", "name": f"Orang {number}"}
    body |= {"role": "operator", "verifier": "$argon2id$x", "secret_at": at, "ended_at": None, "by": "Pusat", "at": at}
    return {**body, **changed}


def come(store: Store, body: Mapping[str, Any], doc: str = "", place: str = SHARED, held: bool = True) -> Any:
    """A document of a person, from the centre."""
    name = doc or f"{PERSON}{body['id']}"
    return store.replica.take(Page(place, [Revised(name, (name_rev("", body),), body)], held=held))[1]


def rows(store: Store) -> list[tuple[Any, ...]]:
    return store._db.execute("SELECT * FROM person ORDER BY id").fetchall()


def test_rows_follow_from_the_documents(store: Store, clock: TurnedClock) -> None:
    assert not store.read.people_known()
    admit(store)
    assert store.read.people_known()
    assert [(each.login, each.role) for each in store.read.people()] == [
        ("kepala", Role.ADMIN),
        ("rani", Role.OPERATOR),
    ]
    clock.turn(60)
    rani = f"{2:032x}"
    store.person(lambda people: people.change(rani, by=ADMIN, name="Rani W", role=Role.GUEST))
    winner = store.documents.winner(f"{PERSON}{rani}")
    assert winner.body == {**winner.body, "name": "Rani W", "role": "tamu", "by": "Ibu Kepala", "ended_at": None}
    assert store.documents.place(f"{PERSON}{rani}") == SHARED
    before = rows(store)
    assert store.people.agree() == set()
    assert rows(store) == before
    found = store.read.outbox_rows()
    assert [(each.doc, each.title, each.complaint, each.state) for each in found] == [
        (f"{PERSON}{1:032x}", "Ibu Kepala", "", Waiting.WAITING),
        (f"{PERSON}{rani}", "Rani W", "", Waiting.WAITING),
    ]
    assert store.read.outbox().waiting == 2
    assert not audit.outbox(store._db)


def test_what_comes_from_the_centre_is_a_person_too(store: Store) -> None:
    changes = come(store, a_body(7))
    assert "person" in {str(kind) for kind in changes.kinds}
    assert [each.name for each in store.read.people()] == ["Orang 7"]
    assert store.read.people_known(), "and from now on who works here signs in"


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "orang"},
        {"id": "2" * 32},
        {"id": "../../x"},
        {"login": "a b"},
        {"login": ["x"]},
        {"name": ""},
        {"name": "Rani\u202e"},
        {"role": None},
        {"verifier": 3},
        {"verifier": "x" * 301},
        {"secret_at": "kemarin"},
        {"at": 12},
    ],
)
def test_what_is_no_person_makes_none_and_opens_nothing(store: Store, changed: dict[str, Any]) -> None:
    come(store, a_body(7, **changed), f"{PERSON}{7:032x}")
    assert store.read.people() == [] and not store.read.people_known()
    admit(store)
    come(store, {**a_body(8), **changed}, f"{PERSON}{8:032x}")
    assert len(store.read.people()) == 2


def test_a_person_of_another_place_is_nobody(store: Store) -> None:
    come(store, a_body(7, role="admin"), place=complaints_place(CITY, "99.71.01"))
    assert store.read.people() == [] and not store.read.people_known(), "who writes one kecamatan makes no persons"


def test_who_was_known_once_is_known_for_good(profile: Profile, clock: TurnedClock) -> None:
    doc, gone = f"{PERSON}{7:032x}", {"type": "person", "id": "7"}
    with opened(profile, clock) as store:
        come(store, a_body(7))
        winner = store.documents.winner(doc)
        rev = name_rev(winner.rev, gone, True)
        store.replica.take(Page(SHARED, [Revised(doc, (rev, winner.rev), gone, True)]))
        assert store.read.people() == [] and store.read.people_known(), "deleting all opens a console to nobody"
    with opened(profile, clock) as again:
        assert again.read.people_known()
        with pytest.raises(Refused, match="first_known"):
            again.person(lambda people: people.first(a_person(1, "lain"), "v"))


def test_of_two_alike_that_met_the_later_cannot_sign_in(store: Store) -> None:
    come(store, a_body(9, login="rani", name="Rani"))
    come(store, a_body(8, login="RANI", name="Rani Lain"))
    come(store, a_body(10, name="rani"))
    assert {each.id[-1]: each.clash for each in store.read.people()} == {"8": "", "9": "login", "a": "name"}


# versions that meet


def console_with_people(seed: int) -> tuple[Console, People]:
    """A console of the peers that knows persons."""
    at = Console(seed, timedelta(hours=seed))
    people = People(at.db, at.documents, at.outbox, Ledger(at.db, at.clock), at.clock, place=SHARED)
    at.fold._people = people
    return at, people


CHANGES = st.sampled_from(["role", "narrow", "name", "end", "secret"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), CHANGES, st.integers(0, 3)), max_size=14), st.randoms())
def test_consoles_that_change_a_person_apart_come_to_one_person(edits: list[tuple[int, str, int]], dice: Any) -> None:
    centre, consoles = Centre(), [console_with_people(seed) for seed in range(3)]
    person, ended = f"{7:032x}", False
    first, people = consoles[0]
    with transaction(first.db):
        people.first(a_person(7, "rani", "Rani", Role.ADMIN), "v")
        people.add(a_person(1, "tetap", "Tetap", Role.ADMIN), "v", by=ADMIN)
    for at, _ in consoles:
        at.meet(centre)
    for number, what, more in edits:
        at, people = consoles[number]
        at.clock.turn(1 + more)
        try:
            with transaction(at.db):
                if what == "end":
                    people.end(person, by=ADMIN)
                    ended = True
                elif what == "secret":
                    people.secret(person, f"v{number}{more}", by=ADMIN)
                elif what == "name":
                    people.change(person, by=ADMIN, name=f"Rani {number}{more}")
                else:
                    people.change(person, by=ADMIN, role=Role.GUEST if what == "narrow" else list(Role)[more])
        except Refused:
            pass  # ended there already, or nothing changes
        if dice.random() < 0.4:
            at.meet(centre)
    for _ in range(4):
        for at, _ in consoles:
            at.meet(centre)
    told = [at.db.execute("SELECT * FROM person ORDER BY id").fetchall() for at, _ in consoles]
    assert told[0] == told[1] == told[2] and len(told[0]) == 2
    assert (told[0][1][6] is not None) == ended, "who ended anywhere has ended"
    for at, _ in consoles:
        assert at.db.execute("SELECT count(*) FROM conflict").fetchone() == (0,), "nothing waits for a person"
        assert len([leaf for leaf in at.documents.leaves(f"{PERSON}{person}") if not leaf.deleted]) == 1
        assert at.shelf.waiting_places() == []


# files that were lost, copied or handed on


def test_a_row_that_was_lost_or_forged_is_made_again_at_the_start(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        admit(store)
        before = rows(store)
        session = store.person(lambda people: people.open("s" * 32, f"{2:032x}"))
    with closing(sqlite3.connect(profile.records)) as db:
        db.execute("DELETE FROM person WHERE login = 'kepala'")
        db.execute("UPDATE person SET role = 'admin' WHERE login = 'rani'")
        db.execute("INSERT INTO person VALUES ('9', 'hantu', 'Hantu', 'admin', 'v', 0, NULL, 0)")
        db.commit()
        assert [(each.says, dict(each.values)["count"]) for each in audit.persons(db)] == [("store.fault.people", 4)]
    with opened(profile, clock) as again:
        assert rows(again) == before
        assert audit.persons(again._db) == []
        assert again.persons().sessions[session.id].ended_at is None, "whose row was spoiled goes on working"


@pytest.mark.parametrize("name", ["rev", "doc", "person", "session", "word", "meta"])
def test_a_salvaged_store_has_its_people_again(name: str, profile: Profile, clock: TurnedClock, pack: Any) -> None:
    damage.filled(profile, clock, pack, 300, 20)
    with opened(profile, clock) as store:
        admit(store)
        store.person(lambda people: people.open("s" * 32, f"{2:032x}"))
        store.person(lambda people: people.wrong("k" * 32, 4))
        before, standing = rows(store), store.persons()
        store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    pages = damage.pages_of(profile.records, name)
    damage.page(profile.records, pages[0] if len(pages) == 1 else pages[1])
    profile.suspect.write_bytes(b"")
    with opened(profile, clock) as store:
        assert store.notices, "it was salvaged"
        assert rows(store) == before
        assert store.read.people_known()
        assert store.persons().people == standing.people
        if name != "session":
            assert store.persons().sessions == standing.sessions and store.persons().attempts == standing.attempts
        assert not audit.outbox(store._db)
        assert {row.doc for row in store.read.outbox_rows() if row.doc.startswith(PERSON)} == {
            f"{PERSON}{number:032x}" for number in (1, 2)
        }


def test_versions_that_a_salvage_left_apart_are_joined_at_the_start(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        come(store, a_body(7))
        doc, base = f"{PERSON}{7:032x}", store.documents.winner(f"{PERSON}{7:032x}")
        sides = [{**base.body, "ended_at": NOON.isoformat()}, {**base.body, "name": "Lain"}]
        with transaction(store._db):
            for body in sides:
                store.documents.put(doc, [name_rev(base.rev, body), base.rev], body, place=SHARED)
    with opened(profile, clock) as again:
        [person] = again.read.people()
        assert (person.name, person.ended_at) == ("Lain", NOON)
        assert again.read.conflicts() == []


def test_a_person_whose_place_was_lost_is_one_of_the_whole_city_again(profile: Profile, clock: TurnedClock) -> None:
    with opened(profile, clock) as store:
        admit(store)
        before = rows(store)
    with closing(sqlite3.connect(profile.records)) as db:
        db.execute("UPDATE doc SET place = 0, seq = 0")
        db.execute("UPDATE outbox SET place = 0")
        db.commit()
    with opened(profile, clock) as again:
        assert rows(again) == before
        assert again.documents.place(f"{PERSON}{1:032x}") == SHARED
        assert again._db.execute("SELECT count(*) FROM outbox WHERE place = 0").fetchone() == (0,)


def test_a_snapshot_hands_on_persons_and_no_sign_ins(
    store: Store, profile: Profile, clock: TurnedClock, tmp_path: Any
) -> None:
    admit(store)
    store.take(batch(said(1)))
    hold_all(store)
    store.person(lambda people: people.add(a_person(3, "baru"), "v", by=ADMIN))
    store.person(lambda people: people.open("s" * 32, f"{2:032x}"))
    store.person(lambda people: people.wrong("k" * 32, 4))
    found, raw = made(profile, clock)
    assert found.left_out == 1
    other = Profile.at(tmp_path / "lain")
    adopted(other, clock, raw)
    with opened(other, clock) as again:
        assert [each.login for each in again.read.people()] == ["kepala", "rani"], "as the centre knows them"
        assert again.read.people_known()
        assert (again.persons().sessions, again.persons().attempts) == ({}, {})
        assert set(again.persons().verifiers.values()) == {"$argon2id$1", "$argon2id$2"}
        come(again, a_body(7))


def test_who_adopts_a_snapshot_keeps_own_persons_and_sign_ins(
    store: Store, profile: Profile, clock: TurnedClock, tmp_path: Any
) -> None:
    admit(store)
    store.take(batch(said(1)))
    hold_all(store)
    _, raw = made(profile, clock)
    other = Profile.at(tmp_path / "lain")
    with opened(other, clock) as mine:
        mine.take(batch(said(2)))
        mine.person(lambda people: people.first(a_person(5, "lama", "Pak Lama", Role.ADMIN), "v"))
        mine.person(lambda people: people.open("t" * 32, f"{5:032x}"))
        mine.person(lambda people: people.wrong("k" * 32, 4))
        standing = mine.persons()
    clock.turn(3600)
    adopted(other, clock, raw)
    with opened(other, clock) as again:
        assert {each.login for each in again.read.people()} == {"kepala", "rani", "lama"}
        assert again.persons().sessions == standing.sessions, "deeds asked under it are done"
        assert again.persons().attempts == standing.attempts
        assert [row.title for row in again.read.outbox_rows() if row.doc.startswith(PERSON)] == ["Pak Lama"]


def test_an_export_shows_nobody_what_proves_a_secret(store: Store, profile: Profile) -> None:
    admit(store)
    for kind in ("outbox", "event", "complaint"):
        out = io.StringIO()
        export(profile, kind, "json", out)
        assert "argon2id" not in out.getvalue()
    out = io.StringIO()
    export(profile, "outbox", "json", out)
    told = json.loads(out.getvalue())
    assert [each["body"]["login"] for each in told] == ["kepala", "rani"]
