"""The key document: made once, known in the order of its coming, and none that is not what its name says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.places import shared_place
from console.core.records import Kind
from console.core.replica import Page, Revised
from console.store.data_key import DataKey, fingerprint_of, read_key
from console.store.documents import name_rev
from console.store.files import Profile
from console.store.route import route
from console.store.store import Store
from tests.store.conftest import NOON, invented_pack, roomy

CITY = invented_pack().id


def a_key(number: int = 1, **more: Any) -> DataKey:
    public = bytes([number]) * 32
    return replace(DataKey(CITY, fingerprint_of(public), public, {"kdf": "argon2id"}, "Dewi", NOON), **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    profile = Profile.at(tmp_path)
    made = Store.open(profile, TurnedClock(NOON, seed=1), invented_pack(), room=roomy(profile))
    yield made
    made.close()


def arrive(store: Store, key: DataKey, **body: Any) -> frozenset[Kind]:
    """A key document comes from elsewhere."""
    told = {**key.body(), **body}
    page = Page(shared_place(CITY), [Revised(key.doc, (name_rev("", told),), told)])
    return store.replica.take(page)[1].kinds


def test_a_city_has_none_at_first(store: Store) -> None:
    assert store.read.data_keys(CITY) == []


def test_it_is_a_document_of_the_whole_city_that_is_sent_and_answered_for(store: Store) -> None:
    key = a_key()
    assert store.add_data_key(key).kinds == {Kind.KEY, Kind.OUTBOX, Kind.LEDGER}
    assert store.read.data_keys(CITY) == [key]
    db = store.replica.tools.db
    (place,) = db.execute("SELECT text FROM doc JOIN word ON word.id = place WHERE doc.id = ?", (key.doc,)).fetchone()
    assert place == shared_place(CITY)
    assert [row.doc for row in store.read.outbox_rows()] == [key.doc]
    rows = db.execute("SELECT deed, who, subject FROM ledger WHERE who <> ''").fetchall()
    assert rows == [("data_key", "Dewi", key.fingerprint)]


def test_a_second_one_is_refused(store: Store) -> None:
    store.add_data_key(a_key())
    with pytest.raises(Refused, match="key_stands"):
        store.add_data_key(a_key(2))
    assert len(store.read.data_keys(CITY)) == 1


def test_one_that_comes_by_the_exchange_is_told_to_the_screen(store: Store) -> None:
    assert Kind.KEY in arrive(store, a_key())
    assert store.read.data_keys(CITY) == [a_key()]


def test_one_that_comes_later_never_takes_its_place_whatever_time_it_tells(store: Store) -> None:
    store.add_data_key(a_key(7))
    arrive(store, a_key(1, at=NOON.replace(year=2001)))
    arrive(store, a_key(9, at=NOON.replace(year=2090)))
    assert [key.public[0] for key in store.read.data_keys(CITY)] == [7, 1, 9]


@pytest.mark.parametrize(
    "body",
    [
        {"public": base64.b64encode(b"\2" * 32).decode()},  # another's key under a name one knows
        {"public": base64.b64encode(b"\1" * 31).decode()},
        {"public": "?"},
        {"public": 7},
        {"city": "lain"},
        {"wrapped": []},
        {"by": None},
        {"at": "kemarin"},
        {"type": "kunci"},
    ],
    ids=str,
)
def test_a_document_that_is_not_what_its_name_says_is_no_key(store: Store, body: dict[str, Any]) -> None:
    arrive(store, a_key(), **body)
    assert store.read.data_keys(CITY) == []


def test_what_is_no_document_is_no_key() -> None:
    for body in (None, [], "x", {}):
        assert read_key(a_key().doc, body) is None


def test_keys_of_other_cities_are_none_of_ours(store: Store) -> None:
    arrive(store, a_key(city=f"{CITY}-lama"))
    arrive(store, a_key(city="lain"))
    assert store.read.data_keys(CITY) == []


def test_one_that_lost_its_place_is_routed_to_the_whole_city_again(store: Store) -> None:
    store.add_data_key(a_key())
    tools = store.replica.tools
    tools.db.execute("UPDATE doc SET place = 0")
    route(tools.db, tools.words, CITY)
    (place,) = tools.db.execute("SELECT text FROM doc JOIN word ON word.id = place").fetchone()
    assert place == shared_place(CITY)
