"""A batch on its way between two processes comes out as it went in."""

from __future__ import annotations

import marshal
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import from_millis
from console.core.items import Item, ItemKind, Sample, Series, Table, Timetable
from console.core.lifecycle import State
from console.core.records import Batch, Refusal, SourceComplaint
from sync.passing import packed, plain, unpacked

TEXTS = st.text(max_size=20)
INSTANTS = st.integers(0, 9_000_000_000_000).map(from_millis)
MAYBE = st.none() | INSTANTS
PLACES = st.none() | st.floats(-180, 180)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 40), 1 << 40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(TEXTS, JSON, max_size=3)
SAID = st.builds(
    SourceComplaint,
    *[TEXTS] * 4,
    st.sampled_from(State),
    *[TEXTS] * 5,
    PLACES,
    PLACES,
    TEXTS,
    INSTANTS,
    MAYBE,
    MAYBE,
    st.booleans(),
    *[TEXTS] * 3,
)
ITEMS = st.builds(
    Item,
    TEXTS,
    TEXTS,
    st.sampled_from(ItemKind),
    *[TEXTS] * 3,
    INSTANTS,
    MAYBE,
    MAYBE,
    PLACES,
    PLACES,
    *[TEXTS] * 3,
    st.booleans(),
    MAYBE,
    BODIES,
)
SERIES = st.builds(Series, *[TEXTS] * 7, PLACES, PLACES, TEXTS, FLOATS, BODIES)
SAMPLES = st.builds(Sample, TEXTS, INSTANTS, FLOATS, TEXTS)
ROWS = st.lists(st.tuples(TEXTS, st.none() | st.integers(0, 9)), max_size=3)
TABLES = st.lists(st.builds(Table, TEXTS, st.just(["a", "b"]), ROWS), max_size=2)
REFUSALS = st.builds(Refusal, TEXTS, TEXTS, BODIES, TEXTS)


def some(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(()) | st.lists(of, min_size=1, max_size=2)


BATCHES = st.builds(
    Batch,
    st.just("hulu"),
    st.lists(SAID, max_size=2),
    st.lists(REFUSALS, max_size=2),
    BODIES,
    st.booleans(),
    MAYBE,
    some(ITEMS),
    some(SERIES),
    some(SAMPLES),
    st.none() | st.builds(Timetable, TEXTS, TEXTS, TABLES, TEXTS, TEXTS),
    st.booleans(),
    st.booleans(),
)


def looked_through(said: SourceComplaint) -> SourceComplaint:
    """Who packs has looked: where nothing was covered that is told."""
    return said._replace(whole=said.whole or {})


@given(BATCHES)
def test_a_batch_is_the_same_on_the_other_side(batch: Batch) -> None:
    there = unpacked("hulu", marshal.loads(marshal.dumps(packed(batch))))
    assert there == replace(batch, complaints=[looked_through(each) for each in batch.complaints])


@given(SAID, st.dictionaries(st.sampled_from(["title", "text", "extra"]), st.text(max_size=9)))
def test_whole_words_travel_beside_the_covered_ones(said: SourceComplaint, whole: dict[str, str]) -> None:
    there = unpacked(
        "hulu",
        marshal.loads(marshal.dumps(packed(Batch("hulu", [said._replace(whole=whole), said._replace(whole=None)])))),
    )
    assert [each.whole for each in there.complaints] == [whole, {}]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS | st.dates(), lambda each: st.lists(each), max_leaves=5
    )
)
def test_only_plain_values_travel(value: object) -> None:
    assert plain(plain(value)) == plain(value)
    assert plain({1: State.NEW}) == {"1": str(State.NEW)}


def test_it_is_counted_whatever_it_holds() -> None:
    table = Timetable("hulu", "1", [Table("stops", ["id"], [("a",), ("b",)])])
    sample = Sample("hulu:1", from_millis(0), 1.5)
    item = Item("hulu:a", "hulu", ItemKind.QUAKE, "a", "", "", from_millis(0))
    assert Batch("hulu", items=[item], samples=[sample], timetable=table).count == 4
    assert Batch("hulu").count == 0
