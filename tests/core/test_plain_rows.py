"""A complaint comes out of its plain row as it went in."""

from __future__ import annotations

import marshal
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import from_millis
from console.core.lifecycle import State
from console.core.plain_rows import ID, STATE, WHOLE, ZONE, PlainRows, complaint, plain_rows
from console.core.records import SourceComplaint

TEXTS = st.text(max_size=20)
INSTANTS = st.integers(-9_000_000_000, 9_000_000_000_000).map(from_millis)
PLACES = st.none() | st.floats(-180, 180)
SAID = st.builds(
    SourceComplaint,
    *[TEXTS] * 4,
    st.sampled_from(State),
    *[TEXTS] * 5,
    PLACES,
    PLACES,
    TEXTS,
    INSTANTS,
    st.none() | INSTANTS,
    st.none() | INSTANTS,
    st.booleans(),
    *[TEXTS] * 3,
    st.none() | st.dictionaries(st.sampled_from(["title", "text", "extra"]), TEXTS),
)


@given(st.lists(SAID, max_size=4))
def test_complaints_are_the_same_after(said: list[SourceComplaint]) -> None:
    rows = plain_rows(said)
    assert [complaint(row) for row in rows] == said
    assert [type(each.state) for each in map(complaint, rows)] == [State] * len(said)
    assert [type(each.zone_assumed) for each in map(complaint, rows)] == [bool] * len(said)
    # Of plain values, and of no kind that SQLite or marshal would have to be told of.
    assert marshal.loads(marshal.dumps(rows)) == rows
    assert all(type(row[place]) is int for row in rows for place in (STATE, ZONE))


@given(st.lists(SAID, min_size=1, max_size=4))
def test_they_are_a_sequence_of_complaints(said: list[SourceComplaint]) -> None:
    held = PlainRows(plain_rows(said))
    assert held == said
    assert held == PlainRows(held.rows)
    assert (len(held), list(held), held[-1], held[1:]) == (len(said), said, said[-1], said[1:])
    assert list(held.ids) == [each.id for each in said] == [row[ID] for row in held.rows]
    assert held != said[:-1]
    assert held != "hulu"
    assert (held == 3) is False
    with pytest.raises(IndexError):
        held[len(said)]
    assert plain_rows(held) is held.rows, "what stands as rows is not made anew"


def test_a_time_is_cut_to_its_millisecond_and_never_naive() -> None:
    base = complaint(
        ("",) * 4 + (0,) + ("",) * 5 + (None, None, "", 1_700_000_000_000, None, None, 0) + ("",) * 3 + (None,)
    )
    fine = base._replace(requested_at=base.requested_at + timedelta(microseconds=1999))
    assert complaint(plain_rows([fine])[0]).requested_at == base.requested_at + timedelta(milliseconds=1)
    with pytest.raises(ValueError, match="naive"):
        plain_rows([base._replace(updated_at=datetime(2026, 11, 22))])  # noqa: DTZ001 that is what is told
    assert (base.whole, plain_rows([base])[0][WHOLE]) == (None, None)
    assert plain_rows([]) == []
    assert not PlainRows(())
