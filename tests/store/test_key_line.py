"""Which key counts: the first known, what its holder signed to follow it, and nothing that anybody else says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.places import shared_place
from console.core.records import Kind
from console.core.replica import Page, Revised
from console.store.data_key import DataKey, NewCode, read_code, read_key
from console.store.documents import name_rev
from console.store.files import Profile
from console.store.key_line import KeyLine, lined
from console.store.store import Store
from sync import city_key
from sync.city_key import new_key, recoded
from tests.store.conftest import NOON, invented_pack, roomy

CITY = invented_pack().id
Pair = tuple[DataKey, bytes]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON, seed=1)


@pytest.fixture
def store(tmp_path: Path, clock: TurnedClock) -> Iterator[Store]:
    profile = Profile.at(tmp_path)
    made = Store.open(profile, clock, invented_pack(), room=roomy(profile))
    yield made
    made.close()


def made(clock: TurnedClock, *before: Pair) -> Pair:
    """A key that follows those."""
    clock.turn(60)
    key, private, _ = new_key(CITY, "Dewi", clock, before)
    return key, private


def names(line: KeyLine) -> tuple[Any, list[str], list[str]]:
    current = line.current
    return (
        current and current.fingerprint,
        [key.fingerprint for key in line.older],
        [key.fingerprint for key in line.strange],
    )


def arrive(store: Store, said: DataKey | NewCode, body: Any = None, rev: str = "", deleted: bool = False) -> None:
    """A document comes from elsewhere, as a first version or over one."""
    told = said.body() if body is None else body
    path = (name_rev(rev, told, deleted), *((rev,) if rev else ()))
    store.replica.take(Page(shared_place(CITY), [Revised(said.doc, path, told, deleted)]))


def test_one_that_the_holder_signed_takes_the_place(store: Store, clock: TurnedClock) -> None:
    first = made(clock)
    second = made(clock, first)
    third = made(clock, first, second)
    store.add_data_key(first[0])
    assert store.change_data_key(second[0], session="s1").kinds == {Kind.KEY, Kind.OUTBOX, Kind.LEDGER}
    store.change_data_key(third[0])
    line = store.read.key_line(CITY)
    assert names(line) == (third[0].fingerprint, [second[0].fingerprint, first[0].fingerprint], [])
    assert store.read.data_keys(CITY) == line.all == [third[0], second[0], first[0]]
    rows = store.replica.tools.db.execute("SELECT deed, who, session, subject FROM ledger WHERE who <> ''").fetchall()
    assert rows[1] == ("data_key_rotate", "Dewi", "s1", second[0].fingerprint)
    assert {row.doc for row in store.read.outbox_rows()} == {key.doc for key, _ in (first, second, third)}


def test_it_is_taken_over_from_elsewhere_without_anybodys_help(store: Store, clock: TurnedClock) -> None:
    first = made(clock)
    second = made(clock, first)
    arrive(store, first[0])
    arrive(store, second[0])
    assert store.read.data_keys(CITY) == [second[0], first[0]]


@pytest.mark.parametrize("order", list(itertools.permutations(range(1, 4))))
def test_the_newest_of_a_line_counts_in_whatever_order_the_others_came(order: tuple[int, ...]) -> None:
    clock = TurnedClock(NOON, seed=1)
    line: list[Pair] = []
    for _ in range(4):
        line.append(made(clock, *line))
    found = lined([line[0][0], *(line[number][0] for number in order)])
    assert found.current == line[3][0]
    assert {key.fingerprint for key in found.older} == {key.fingerprint for key, _ in line[:3]}
    assert found.strange == ()


def test_one_that_nobody_signed_is_strange_whatever_it_says(store: Store, clock: TurnedClock) -> None:
    first, thief = made(clock), made(clock)
    store.add_data_key(first[0])
    strange = [
        replace(thief[0], at=NOON.replace(year=2001)),
        made(clock, thief)[0],
        replace(made(clock)[0], follows={first[0].fingerprint: thief[0].fingerprint}),
        replace(made(clock, thief)[0], follows={first[0].fingerprint: "AAAA"}),
    ]
    # a real signature, of another message: that of a key the holder once signed
    real = made(clock, first)[0]
    strange.append(replace(made(clock)[0], follows=real.follows))
    for key in strange:
        arrive(store, key)
    line = store.read.key_line(CITY)
    assert line.current == first[0]
    assert line.older == ()
    assert len(line.strange) == len(strange)


@pytest.mark.parametrize("field", ["wrapped", "older_wrapped", "by", "at"])
def test_a_letter_changed_in_one_that_was_signed_makes_it_strange(store: Store, clock: TurnedClock, field: str) -> None:
    first = made(clock)
    second = made(clock, first)[0]
    body = second.body()
    other = made(clock, first)[0].body()
    body[field] = "Orang lain" if field == "by" else other[field]
    store.add_data_key(first[0])
    arrive(store, second, body)
    assert names(store.read.key_line(CITY)) == (first[0].fingerprint, [], [second.fingerprint])


def test_what_it_signs_by_cannot_be_exchanged(store: Store, clock: TurnedClock) -> None:
    first, thief = made(clock), made(clock)
    body = {**first[0].body(), "signs": thief[0].body()["signs"]}
    assert read_key(first[0].doc, body) is None
    arrive(store, first[0], body)
    assert store.read.data_keys(CITY) == []


def test_of_two_that_took_the_same_place_the_first_known_counts_until_one_follows_both(
    store: Store, clock: TurnedClock
) -> None:
    first = made(clock)
    here, there = made(clock, first), made(clock, first)
    for key in (first, here, there):
        arrive(store, key[0])
    assert names(store.read.key_line(CITY)) == (here[0].fingerprint, [first[0].fingerprint], [there[0].fingerprint])
    assert lined([first[0], there[0], here[0]]).current == there[0]
    both = made(clock, first, here, there)
    for order in itertools.permutations((here, there, both)):
        found = lined([first[0], *(key for key, _ in order)])
        assert (found.current, found.strange) == (both[0], ())
        assert len(found.older) == 3


def test_a_later_version_of_a_document_changes_nothing(store: Store, clock: TurnedClock) -> None:
    """Who runs a centre may write over a document and delete it; a key must not come to count by that."""
    first, thief = made(clock), made(clock)
    store.add_data_key(first[0])
    arrive(store, thief[0])
    db = store.replica.tools.db
    rev = name_rev("", first[0].body())
    arrive(store, first[0], {**first[0].body(), "wrapped": {}}, rev)
    assert store.read.data_keys(CITY)[0] == first[0]
    arrive(store, first[0], {"type": "datakey"}, rev, deleted=True)
    assert (
        db.execute("SELECT count(*) FROM rev JOIN doc ON doc.n = rev.doc WHERE id = ?", (first[0].doc,)).fetchone()[0]
        == 3
    ), "all of it came"
    assert store.read.data_keys(CITY) == [first[0], thief[0]]


def test_one_that_a_person_took_back_is_sealed_for_no_more_and_still_known(store: Store, clock: TurnedClock) -> None:
    """What was sealed for it meanwhile must open."""
    first = made(clock)
    second = made(clock, first)
    store.add_data_key(first[0])
    store.change_data_key(second[0])
    with store._written():
        store.documents.set_aside(second[0].doc)
    assert names(store.read.key_line(CITY)) == (first[0].fingerprint, [], [second[0].fingerprint])
    arrive(store, second[0])
    assert names(store.read.key_line(CITY)) == (second[0].fingerprint, [first[0].fingerprint], []), (
        "somebody brought it"
    )


def test_none_but_the_next_is_taken_here(store: Store, clock: TurnedClock) -> None:
    first, other = made(clock), made(clock)
    with pytest.raises(Refused, match="key_not_next"):
        store.change_data_key(first[0])
    store.add_data_key(first[0])
    for key in (other, made(clock, other), first):
        with pytest.raises(Refused, match="key_not_next"):
            store.change_data_key(key[0])
    assert store.read.data_keys(CITY) == [first[0]]


def test_a_key_that_cannot_sign_is_followed_by_none(clock: TurnedClock) -> None:
    old = replace(made(clock)[0], signs=b"")
    old = replace(old, fingerprint=old.mark)
    assert read_key(old.doc, old.body()) == old, "such as an older program made is read as before"
    heir = made(clock)[0]
    assert lined([old, replace(heir, follows={old.fingerprint: "AAAA"})]).current == old


def test_a_new_recovery_code_ends_the_one_before(store: Store, clock: TurnedClock) -> None:
    key, private = made(clock)
    store.add_data_key(key)
    clock.turn(60)
    one, _ = recoded(key, private, "Dewi", clock)
    clock.turn(60)
    two, _ = recoded(key, private, "Rani", clock)
    assert store.add_recovery_code(one, session="s").kinds == {Kind.KEY, Kind.OUTBOX, Kind.LEDGER}
    assert store.read.data_keys(CITY) == [replace(key, wrapped=one.wrapped, code_at=one.at)]
    arrive(store, two)
    assert store.read.data_keys(CITY)[0].wrapped == two.wrapped
    rows = store.replica.tools.db.execute("SELECT deed, who, session, subject FROM ledger WHERE session <> ''")
    assert rows.fetchall() == [("data_key_code", "Dewi", "s", key.fingerprint)]


def test_a_new_code_leaves_its_key_where_it_stands_among_the_others(store: Store, clock: TurnedClock) -> None:
    first = made(clock)
    second = made(clock, first)
    third = made(clock, first, second)
    store.add_data_key(first[0])
    for heir in (second, third):
        store.change_data_key(heir[0])
        for key, private in (first, heir):
            clock.turn(60)
            store.add_recovery_code(recoded(key, private, "Dewi", clock)[0])
    line = store.read.key_line(CITY)
    assert names(line) == (third[0].fingerprint, [second[0].fingerprint, first[0].fingerprint], [])
    assert all(key.code_at is not None for key in line.all)
    store.change_data_key(made(clock, third)[0])
    assert len(store.read.key_line(CITY).older) == 3


def test_the_newest_code_counts_in_whatever_order_they_came(store: Store, clock: TurnedClock) -> None:
    key, private = made(clock)
    clock.turn(60)
    one, _ = recoded(key, private, "Dewi", clock)
    clock.turn(60)
    two, _ = recoded(key, private, "Dewi", clock)
    for said in (two, one, key):
        arrive(store, said)
    assert store.read.data_keys(CITY)[0].code_at == two.at


def test_a_code_that_the_holder_did_not_sign_ends_nothing(store: Store, clock: TurnedClock) -> None:
    key, private = made(clock)
    thief, half = made(clock)
    store.add_data_key(key)
    clock.turn(60)
    good, _ = recoded(key, private, "Dewi", clock)
    forged = replace(good, signature=recoded(thief, half, "x", clock)[0].signature)
    swapped = replace(good, wrapped=dict(thief.wrapped))
    later = replace(good, at=good.at + timedelta(days=1))
    for number, said in enumerate((forged, swapped, later)):
        arrive(store, replace(said, number=f"{number:032}"))
        with pytest.raises(Refused, match="code_not_next"):
            store.add_recovery_code(said)
    assert store.read.data_keys(CITY) == [key]
    with pytest.raises(Refused, match="code_not_next"):
        store.add_recovery_code(replace(good, fingerprint=thief.fingerprint))


def test_one_that_is_not_later_than_the_present_one_is_refused(store: Store, clock: TurnedClock) -> None:
    """A clock that was set back must not print a code that opens nothing."""
    key, private = made(clock)
    store.add_data_key(key)
    clock.turn(60)
    same, _ = recoded(key, private, "Dewi", clock)
    store.add_recovery_code(same)
    again, _ = recoded(key, private, "Dewi", clock)
    with pytest.raises(Refused, match="code_not_next"):
        store.add_recovery_code(again)


@pytest.mark.parametrize(
    "more",
    [
        {"number": 7},
        {"signature": None},
        {"fingerprint": "b"},
        {"wrapped": []},
        {"type": "datakey"},
        {"at": "?"},
        {"by": 1},
        {"city": "lain"},
    ],
    ids=str,
)
def test_a_document_that_is_not_what_its_name_says_is_no_code(clock: TurnedClock, more: dict[str, Any]) -> None:
    code, _ = recoded(*made(clock), "Dewi", clock)
    assert read_code(code.doc, code.body()) == code
    assert read_code(code.doc, {**code.body(), **more}) is None


@pytest.mark.parametrize(
    "more",
    [
        {"signs": "AAAA"},
        {"signs": 7},
        {"signs": None},
        {"older_wrapped": []},
        {"older_wrapped": {"a": 1}},
        {"follows": "x"},
        {"follows": {"a": None}},
        {"follows": {str(number): "x" for number in range(65)}},
    ],
    ids=lambda more: str(more)[:40],
)
def test_a_key_of_another_form_is_none(clock: TurnedClock, more: dict[str, Any]) -> None:
    key, _ = made(clock)
    assert read_key(key.doc, key.body()) == key
    assert read_key(key.doc, {**key.body(), **more}) is None
