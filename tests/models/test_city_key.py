"""For whom the screen seals: read once, read again when it comes, and nothing is kept in the clear without it."""

from __future__ import annotations

import pytest

from console.commands import seal
from console.commands.work import Note
from console.core.errors import Refused
from console.core.personal import is_sealed, whole_of_deed
from console.core.records import Changes, ComplaintId, Kind
from console.store.sealing import open_value
from sync.city_key import new_key

ID = "konsol:" + "0" * 32
TOLD = {"reporter_name": " Siti  Aminah ", "reporter_nik": "3671 0112 0390 0001", "reporter_phone": "", "title": "x"}


def make_key(town):
    """The city has a key from now on, and it is told."""
    key, private, _ = new_key(town.pack.id, "Dewi", town.clock)
    town.desk.news.changed.emit(town.writer.add_data_key(key))
    return key, private


def test_without_a_key_everything_told_of_a_reporter_is_refused(town):
    with pytest.raises(Refused) as told:
        town.desk.city_key.sealed(ID, TOLD)
    assert told.value.says == "personal.no_key"
    assert "Siti" not in str(told.value)
    assert town.desk.city_key.sealed(ID, {"title": "x", "reporter_name": "  "}) == {}


def test_what_is_told_is_sealed_for_its_complaint_alone(town, qtbot):
    with qtbot.waitSignal(town.desk.city_key.changed):
        _, private = make_key(town)
    sealed = town.desk.city_key.sealed(ID, TOLD)
    assert sealed.keys() == {"reporter_name", "reporter_nik"}
    assert all(is_sealed(value) for value in sealed.values())
    assert open_value(sealed["reporter_name"], private, ID, "reporter_name") == "Siti Aminah"
    assert open_value(sealed["reporter_nik"], private, ID, "reporter_nik") == "3671011203900001"
    with pytest.raises(Refused):
        open_value(sealed["reporter_nik"], private, "konsol:" + "1" * 32, "reporter_nik")


def test_what_cannot_be_is_refused_before_it_is_sealed(town, qtbot):
    with qtbot.waitSignal(town.desk.city_key.changed):
        make_key(town)
    with pytest.raises(Refused, match="nik_form"):
        town.desk.city_key.sealed(ID, {"reporter_nik": "12"})


def test_a_store_that_could_not_be_read_is_asked_again(town, qtbot, monkeypatch):
    key = town.desk.city_key
    make_key(town)
    qtbot.waitUntil(lambda: key.key is not None)
    key._fail(Refused("store.absent"))
    asked = []
    monkeypatch.setattr(key, "_read", lambda: asked.append(1))
    town.desk.ticks.second.emit()
    assert asked
    town.desk.news.changed.emit(Changes(frozenset({Kind.SOURCE})))
    assert len(asked) == 1


def test_it_seals_for_the_key_that_took_the_place(town, qtbot):
    with qtbot.waitSignal(town.desk.city_key.changed):
        before = make_key(town)
    key, private, _ = new_key(town.pack.id, "Dewi", town.clock, [before])
    with qtbot.waitSignal(town.desk.city_key.changed):
        town.desk.news.changed.emit(town.writer.change_data_key(key))
    sealed = town.desk.city_key.sealed(ID, TOLD)
    assert open_value(sealed["reporter_name"], private, ID, "reporter_name") == "Siti Aminah"


WORDS = {"title": "hp 0812-3456-7890", "text": "rumah Ibu Siti Aminah", "address": "Jl. Melati", "channel": "telepon"}


def test_words_stay_as_they_are_while_there_is_no_key(town):
    assert town.desk.city_key.covered(ID, WORDS) == {}


def test_words_are_covered_and_the_whole_of_them_sealed(town, qtbot):
    with qtbot.waitSignal(town.desk.city_key.changed):
        _, private = make_key(town)
    told = town.desk.city_key.covered(ID, WORDS)
    assert told.keys() == {"title", "text", "address", "sealed_title", "sealed_text"}
    assert (told["title"], told["text"], told["address"]) == ("hp ••••90", "rumah Ibu ••••", "Jl. Melati")
    for name in ("title", "text"):
        assert open_value(told[f"sealed_{name}"], private, ID, name) == WORDS[name]
    assert town.desk.city_key.covered(ID, {"title": "Jalan rusak"}) == {}


def test_words_of_a_deed_leave_the_form_covered_with_the_whole_of_them_sealed(town, qtbot):
    envelope = seal(Note(ComplaintId("rekaan:000001"), "telepon 0812-3456-7890"), town.clock, "Rani")
    assert town.desk.city_key.deed(envelope) is envelope, "while there is nobody to seal for no word may be lost"
    with qtbot.waitSignal(town.desk.city_key.changed):
        _, private = make_key(town)
    told = town.desk.city_key.deed(envelope)
    assert told.fields["text"] == "telepon ••••90"
    sealed = whole_of_deed(told.fields)
    assert open_value(sealed, private, f"deed:{envelope.id}", "text") == "telepon 0812-3456-7890"
