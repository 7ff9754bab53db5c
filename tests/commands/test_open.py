"""Commands are found, made on what was seen, sealed and opened again with all they carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.commands import found, make, open_envelope, seal
from console.commands.intake import Take
from console.commands.triage import Dispose
from console.commands.work import Note
from console.core.command import Envelope
from console.core.errors import BadAnswer, Refused
from console.core.lifecycle import Deed, State
from console.core.records import ComplaintId

ONE = ComplaintId("laksa:1")
AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_every_deed_has_its_command():
    assert set(found()) == set(Deed)
    assert all(kind.face.deed is deed for deed, kind in found().items())


def test_what_is_sealed_opens_the_same(world):
    command = Dispose(ONE, "DPU", "Jalan kota", State.VERIFIED, "")
    opened = open_envelope(seal(command, world.clock, " Rani "), world.pack)
    assert opened == command
    assert opened.pack is world.pack


def test_the_asking_name_is_given_at_opening_and_never_travels(world):
    envelope = seal(Take(ONE, by="Budi"), world.clock, "Rani")
    assert "by" not in envelope.fields
    assert open_envelope(envelope).by == "Rani"


def test_a_forged_name_is_refused(world):
    envelope = seal(Take(ONE), world.clock, "Rani")
    with pytest.raises(BadAnswer, match="field_strange"):
        open_envelope(replace(envelope, fields={**envelope.fields, "by": "Budi"}))


def test_a_command_made_on_a_complaint_remembers_what_was_seen(world):
    seen = world.complaints[world.put(1, State.REOPENED, opd="DLH", holder="Budi")]
    dispose = make(Deed.DISPOSE, seen, "Rani", world.pack, opd="DPU", reason="Jalan kota")
    assert (dispose.seen_state, dispose.seen_opd, dispose.pack) == (State.REOPENED, "DLH", world.pack)
    assert make(Deed.TAKE, seen, "Rani") == Take(seen.id, "Budi", "Rani")
    assert make(Deed.NOTE, seen, "Rani", text="x") == Note(seen.id, "x")


def test_a_deed_needs_a_name(world):
    with pytest.raises(Refused, match="nobody"):
        seal(Note(ONE, "x"), world.clock, "  ")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_broken_text_is_refused_where_it_is_typed(world, text):
    with pytest.raises(Refused, match="text_broken"):
        seal(Note(ONE, text), world.clock, "Rani")


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("explode", {}, "commands.unknown"),
        ("note", {"complaint": "laksa:1"}, "field_lacks"),
        ("note", {"complaint": "laksa:1", "text": 5}, "field_wrong"),
        ("note", {"complaint": None, "text": "x"}, "field_wrong"),
        ("note", {"complaint": "laksa:1", "text": "\udc00"}, "field_wrong"),
        ("verify", {"complaint": "laksa:1", "seen_state": 99}, "field_wrong"),
        ("verify", {"complaint": "laksa:1", "seen_state": [1]}, "field_wrong"),
        ("verify", {"complaint": "laksa:1", "seen_state": "NEW"}, "field_wrong"),
        ("verify", {"complaint": "laksa:1", "also": 1}, "field_strange"),
        ("record", {"complaint": "konsol:1", "title": "x", "channel": "112", "lat": True}, "field_wrong"),
    ],
)
def test_an_unsound_envelope_is_refused_by_name(kind, fields, why):
    with pytest.raises(BadAnswer, match=why):
        open_envelope(Envelope("1", kind, fields, "Rani", AT))


def test_what_the_operator_saw_travels_beside_the_command(world):
    seen = replace(world.complaints[world.put(1)], rev="3-abc")
    command = make(Deed.NOTE, seen, "Rani", text="x")
    envelope = seal(command, world.clock, "Rani")
    assert (command.saw, envelope.saw, "saw" in envelope.fields) == ("3-abc", "3-abc", False)
    assert open_envelope(envelope).saw == "3-abc"
    assert Note(ONE, "x").saw == ""


def test_versions_are_several_texts_and_nothing_else():
    sound = {"complaint": "laksa:1", "doc": "case:laksa:1", "leaves": ["2-a", "2-b"], "opd": "pu"}
    opened = open_envelope(Envelope("1", "settle", sound, "Rani", AT))
    assert opened.leaves == ("2-a", "2-b")
    for leaves in ("2-a", [1], ["2-a", None], {"2-a": 1}, ["\ud800"]):
        with pytest.raises(BadAnswer, match="field_wrong"):
            open_envelope(Envelope("1", "settle", {**sound, "leaves": leaves}, "Rani", AT))


_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_JSON = _LEAF | st.lists(_LEAF, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), _LEAF, max_size=2)
_NAMES = st.sampled_from(["complaint", "text", "seen_state", "opd", "reason", "by", "pack", "lat", "of", "?"])


@given(kind=st.sampled_from([*map(str, Deed), "?"]), fields=st.dictionaries(_NAMES, _JSON, max_size=5))
def test_whatever_comes_opens_or_is_refused(kind, fields):
    try:
        opened = open_envelope(Envelope("1", kind, fields, "Rani", AT))
    except BadAnswer:
        return
    assert opened.face.deed == kind
    assert all(opened.plain()[name] == value for name, value in fields.items())
