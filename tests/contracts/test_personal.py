"""Nobody adds personal data without a reason: every field there is says what it tells of a person, why, how long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from console import commands
from console.commands.intake import Record, Take, new_complaint_id
from console.commands.triage import Dispose, Verify
from console.commands.work import Note
from console.core import forwarding, people, records
from console.core.clock import TurnedClock
from console.core.covering import words_of_deed
from console.core.erasure import FIELDS, Erasure
from console.core.lifecycle import Deed
from console.core.personal import (
    COMMANDS,
    COVERED,
    DECLARED,
    DEED_WHOLE,
    DEED_WORDS,
    NAMED,
    REVEALED,
    SEALED,
    STORY,
    Basis,
    DataClass,
    Handling,
)
from console.store.files import Profile
from console.store.store import Store
from sync.city_key import new_key, recoded
from tests.cities import ONE, small_pack
from tests.store.conftest import NOON, roomy

RECORDS = (
    *(records.SourceComplaint, records.Complaint, records.QueueRow, records.Case, records.Event, records.OutboxRow),
    *(records.FileRow, people.Person, people.Session, forwarding.Forwarded),
)


def fields_of(kind: Any) -> set[str]:
    return {each.name for each in fields(kind)} if is_dataclass(kind) else set(kind._fields)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_record_is_declared(kind: Any) -> None:
    declared = DECLARED[kind.__name__].keys()
    assert not sorted(fields_of(kind) - declared), "say in console/core/personal.py what it tells of a person"
    assert not sorted(declared - fields_of(kind)), "declared and not there any more"


@pytest.mark.parametrize("kind", commands.found().values(), ids=lambda kind: str(kind.face.deed))
def test_every_field_of_a_command_is_declared(kind: Any) -> None:
    assert not sorted(fields_of(kind) - COMMANDS.keys())


def test_no_command_is_declared_a_field_that_none_has() -> None:
    known = {name for kind in commands.found().values() for name in fields_of(kind)}
    assert not sorted(COMMANDS.keys() - known)


@pytest.fixture
def bodies(tmp_path: Path) -> Iterator[list[Mapping[str, Any]]]:
    """What every document says after a day's work."""
    clock, pack = TurnedClock(NOON, seed=3), small_pack()
    profile = Profile.at(tmp_path)
    store = Store.open(profile, clock, pack, room=roomy(profile))
    key, private, _ = new_key(pack.id, "Dewi", clock)
    store.add_data_key(key)
    store.change_data_key(new_key(pack.id, "Dewi", clock, [(key, private)])[0])
    store.add_recovery_code(recoded(key, private, "Dewi", clock)[0])
    name = new_complaint_id(clock)
    sealed = dict.fromkeys(SEALED, "kendali-s1:" + "A" * 160)
    record = Record(name, title="Jalan rusak", channel="telepon", area=f"{ONE}.1001", **sealed)
    office = next(iter(pack.opds))
    for command in (record, Take(name), Verify(name), Dispose(name, opd=office, reason="wilayahnya"), Note(name, "ya")):
        envelope = commands.seal(command, clock, "Rani")
        receipt, _ = store.apply(envelope, commands.open_envelope(envelope, pack))
        assert receipt.outcome == "taken", receipt
    store.correct(str(name), {"title": "Jalan rusak berat"}, who="Dewi", case="HAK-1")
    store.erase([Erasure("uji:1", frozenset(FIELDS), True, frozenset(), clock.now(), "Dewi", "HAK-2")])
    db = store.replica.tools.db
    yield [json.loads(body) for (body,) in db.execute("SELECT body FROM rev WHERE body IS NOT NULL")]
    store.close()


def test_every_field_of_a_document_is_declared(bodies: list[Mapping[str, Any]]) -> None:
    assert {body["type"] for body in bodies} == {"case", "complaint", "deed", "datakey", "datacode", "erasure"}
    for body in bodies:
        assert not sorted(body.keys() - DECLARED[body["type"]].keys()), body["type"]


def test_who_told_it_stands_in_the_complaints_own_document_alone(bodies: list[Mapping[str, Any]]) -> None:
    for body in bodies:
        assert ("kendali-s1:" in json.dumps(body)) is (body["type"] == "complaint")


def test_the_words_of_a_deed_are_sealed_among_its_fields_under_a_name_that_is_never_handed_on() -> None:
    assert DEED_WORDS in DECLARED["deed"]
    assert DECLARED["deed"][DEED_WORDS].kind is DECLARED["deed"]["fields"].kind is DataClass.FREE_TEXT
    assert DEED_WHOLE in NAMED
    assert DEED_WHOLE in COMMANDS
    for kind in commands.found().values():
        spoken = {each for each in fields_of(kind) if COMMANDS[each] is STORY} - {"title"}
        known = words_of_deed(kind.face.deed, dict.fromkeys(spoken, ""))
        if kind.face.deed not in (Deed.RECORD, Deed.FORWARD):
            assert spoken - {DEED_WHOLE} == ({known} if known else set()), "its words are covered, or say why not"


def every() -> Iterator[tuple[str, str, Handling]]:
    for record, declared in (*DECLARED.items(), ("commands", COMMANDS)):
        for name, handling in declared.items():
            yield record, name, handling


def test_what_is_personal_has_a_basis_and_an_end() -> None:
    for record, name, handling in every():
        personal = handling.kind is not DataClass.NONE
        assert personal is (handling.basis is not Basis.NONE), (record, name)
        assert personal is (handling.keep_days > 0), (record, name)


def test_who_told_a_complaint_is_asked_for_sealed_and_revealed_by_the_same_names() -> None:
    assert SEALED.keys() <= {ask.name for ask in Record.face.asks}
    assert set(REVEALED) == SEALED.keys() | set(COVERED)
    for name in COVERED:
        assert name in fields_of(records.Complaint)
        assert DECLARED["Complaint"][name].kind in (DataClass.FREE_TEXT, DataClass.HOME)


def test_what_says_something_of_a_person_can_be_erased() -> None:
    declared = {**DECLARED["SourceComplaint"], **SEALED}.items()
    # What is whole goes with the field that stands there covered.
    assert {*FIELDS, "whole"} == {name for name, told in declared if told.kind is not DataClass.NONE}
