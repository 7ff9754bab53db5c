"""Notes between screen and engine: what goes in comes out, and what is not a note is refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import notes
from console.core.command import Envelope, Outcome, Receipt
from console.core.errors import BadAnswer
from console.core.records import Changes, Kind

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NOTES = st.dictionaries(TEXT.filter(lambda name: name != "note"), PLAIN, max_size=4)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ENVELOPES = st.builds(Envelope, TEXT, TEXT, NOTES, TEXT, INSTANTS)
RECEIPTS = st.builds(Receipt, TEXT, st.sampled_from(Outcome), TEXT, TEXT, NOTES, st.booleans())
CHANGES = st.builds(Changes, st.frozensets(st.sampled_from(Kind)), st.frozensets(TEXT, max_size=notes.MOST_IDS), TEXT)


@given(TEXT, NOTES)
def test_a_note_is_one_line_and_comes_back_whole(name: str, values: dict[str, Any]) -> None:
    raw = notes.line(name, **{f"v{key}": value for key, value in values.items()})
    assert raw.count(b"\n") == 1
    assert raw.endswith(b"\n")
    assert notes.parse(raw) == (name, {f"v{key}": value for key, value in values.items()})


@given(CHANGES)
def test_changes_come_back_whole(changes: Changes) -> None:
    name, values = notes.parse(notes.changes_note(changes))
    assert name == "changes"
    assert notes.read_changes(values) == changes


def test_too_many_ids_are_not_named() -> None:
    many = Changes(frozenset({Kind.COMPLAINT}), frozenset(f"x:{each}" for each in range(notes.MOST_IDS + 1)))
    assert notes.read_changes(notes.parse(notes.changes_note(many))[1]).ids == frozenset()


def test_kinds_of_a_newer_engine_are_left_out() -> None:
    assert notes.read_changes({"kinds": ["complaint", "weather"]}) == Changes(frozenset({Kind.COMPLAINT}))


@given(ENVELOPES)
def test_an_envelope_comes_back_whole(envelope: Envelope) -> None:
    _, values = notes.parse(notes.line("do", **notes.envelope_values(envelope)))
    assert notes.read_envelope(values) == envelope


@given(RECEIPTS)
def test_a_receipt_comes_back_whole(receipt: Receipt) -> None:
    name, values = notes.parse(notes.receipt_note(receipt))
    assert name == "receipt"
    assert notes.read_receipt(values) == receipt


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"{",
        b"null\n",
        b"[]\n",
        b'{"note":1}\n',
        b"{}\n",
        b"\xff\xfe\n",
        b"[" * 100_000,
        b'"x"\n',
        b"9" * 5000,
    ],
)
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer) as told:
        notes.parse(raw)
    assert told.value.says == "core.note.form"


def test_a_note_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(BadAnswer) as told:
        notes.parse(b"[" * (notes.MOST_BYTES + 1))
    assert told.value.says == "core.note.long"


@given(st.binary(max_size=80))
def test_no_bytes_ever_raise_anything_else(raw: bytes) -> None:
    try:
        notes.parse(raw)
    except BadAnswer:
        return
    assert isinstance(json.loads(raw), dict)


SOUND = {"id": "1", "kind": "note", "fields": {}, "by": "Sari", "at": "2026-11-21T03:42:00+00:00"}


@pytest.mark.parametrize(
    "spoiled",
    [
        {"at": "2026-11-21T03:42:00"},
        {"at": "yesterday"},
        {"at": None},
        {"fields": 3},
        {"fields": "ab"},
        *({key: ...} for key in SOUND),
    ],
)
def test_an_unsound_envelope_is_refused(spoiled: dict[str, Any]) -> None:
    values = {key: value for key, value in {**SOUND, **spoiled}.items() if value is not ...}
    with pytest.raises(BadAnswer) as told:
        notes.read_envelope(values)
    assert told.value.says == "core.note.envelope"


@pytest.mark.parametrize("values", [{}, {"command": "1"}, {"command": "1", "outcome": "lost"}])
def test_an_unsound_receipt_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer) as told:
        notes.read_receipt(values)
    assert told.value.says == "core.note.receipt"
