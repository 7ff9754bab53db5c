"""Spans and pages against a plain list in memory, with small pages so that few rows show all cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.lifecycle import State
from console.core.records import QueueFilter, SourceComplaint
from console.store import counts, filters, spans
from console.store.spans import Span
from tests.store.conftest import KELURAHAN, NOON, Hands, hands, said


@contextmanager
def small(page: int = 3, step: int = 4, few: int = 6) -> Iterator[None]:
    """Small pages, blocks and small results."""
    with ExitStack() as stack:
        for place, name, value in (
            (spans, "PAGE", page),
            (spans, "STEP", step),
            (spans, "SMALL", few),
            (filters, "SMALL", few),
        ):
            stack.enter_context(patch.object(place, name, value))
        yield


complaints = st.lists(
    st.builds(
        said,
        st.integers(0, 60),
        state=st.sampled_from((State.NEW, State.DONE)),
        area=st.sampled_from(("", *KELURAHAN)),
        opd=st.sampled_from(("", "pu", "lh")),
        category=st.sampled_from(("jalan", "sampah")),
        requested_at=st.integers(0, 300).map(lambda minutes: NOON - timedelta(minutes=minutes)),
        title=st.sampled_from(("jalan rusak", "banjir", "jalan banjir")),
    ),
    max_size=60,
    unique_by=lambda each: each.id,
)
asked = st.builds(
    QueueFilter,
    states=st.frozensets(st.sampled_from((State.NEW, State.DONE, State.PRANK))),
    area=st.sampled_from(("", "99.71", "99.71.01", *KELURAHAN, "11.01")),
    opds=st.frozensets(st.sampled_from(("pu", "lh", "absent"))),
    categories=st.frozensets(st.sampled_from(("jalan", "absent"))),
    since=st.none() | st.integers(0, 300).map(lambda minutes: NOON - timedelta(minutes=minutes)),
    until=st.none() | st.integers(0, 300).map(lambda minutes: NOON - timedelta(minutes=minutes)),
    text=st.sampled_from(("", "jal", "banjir", "banjir jal", "!", "x")),
)


def passes(each: SourceComplaint, wanted: QueueFilter) -> bool:
    """The filter in plain words."""
    words = {"jal": ("jalan",), "banjir": ("banjir",), "banjir jal": ("banjir", "jalan")}.get(wanted.text, ())
    return (
        (not wanted.states or each.state in wanted.states)
        and (not wanted.area or each.area == wanted.area or each.area.startswith(f"{wanted.area}."))
        and (not wanted.opds or each.opd in wanted.opds)
        and (not wanted.categories or each.category in wanted.categories)
        and (wanted.since is None or each.requested_at >= wanted.since)
        and (wanted.until is None or each.requested_at < wanted.until)
        and all(word in each.title for word in words)
    )


def listed(given_hands: Hands, found: Span) -> list[str]:
    """All ids, page by page."""
    return [
        row.id for page in range(found.pages + 2) for row in spans.page(given_hands.db, found, page, given_hands.words)
    ]


@settings(max_examples=40, deadline=None)
@given(complaints, asked, complaints)
def test_pages_are_the_filter_newest_first(
    records: list[SourceComplaint], wanted: QueueFilter, later: list[SourceComplaint]
) -> None:
    fresh = hands()
    fresh.intake.take(records)
    place = {each.id: number for number, each in enumerate(records)}
    expected = [
        each.id
        for each in sorted(records, key=lambda one: (one.requested_at, place[one.id]), reverse=True)
        if passes(each, wanted)
    ]
    with small():
        found = spans.span(fresh.db, wanted, fresh.words)
        assert found.count == len(expected)
        assert listed(fresh, found) == expected
        for position, name in enumerate(expected):
            assert spans.row_of(fresh.db, found, name) == position
        for each in records:
            if each.id not in expected:
                assert spans.row_of(fresh.db, found, each.id) is None
        assert spans.page(fresh.db, found, -1, fresh.words) == []
        # Rows that come later are not in it, and move none that are.
        fresh.intake.take([each._replace(id=f"baru:{each.id}") for each in later])
        assert listed(fresh, found) == expected
    fresh.db.close()


def test_an_hour_of_many_is_cut() -> None:
    fresh = hands()
    fresh.intake.take([said(number, requested_at=NOON) for number in range(50)])
    fresh.intake.take([said(number, requested_at=NOON - timedelta(hours=3)) for number in range(50, 55)])
    with small():
        found = spans.span(fresh.db, QueueFilter(), fresh.words)
        assert found.rowids is None
        assert len(found.keys) > 10
        order = [*range(49, -1, -1), *range(54, 49, -1)]
        assert listed(fresh, found) == [f"uji:{number:06}" for number in order]
        assert spans.row_of(fresh.db, found, "uji:000003") == 46


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-800, 800), max_size=60), st.lists(st.integers(0, 5), max_size=40))
def test_years_of_days_and_a_day_of_many(days: list[int], hours: list[int]) -> None:
    """Also before 1970, where hours are counted from below, and with empty days between."""
    fresh = hands()
    times = [datetime(1970, 1, 1, 5, tzinfo=UTC) + timedelta(days=day) for day in days]
    times += [datetime(1969, 12, 31, 21, tzinfo=UTC) + timedelta(hours=hour) for hour in hours]
    fresh.intake.take([said(number, requested_at=at) for number, at in enumerate(times)])
    expected = sorted(range(len(times)), key=lambda number: (times[number], number), reverse=True)
    with small():
        found = spans.span(fresh.db, QueueFilter(), fresh.words)
        assert found.count == len(times)
        assert listed(fresh, found) == [f"uji:{number:06}" for number in expected]
    fresh.db.close()


def test_rows_that_left_the_filter_shift_no_other_block() -> None:
    fresh = hands()
    fresh.intake.take([said(number) for number in range(40)])
    with small(page=4):
        found = spans.span(fresh.db, QueueFilter(states=frozenset({State.NEW})), fresh.words)
        before = [row.id for row in spans.page(fresh.db, found, 5, fresh.words)]
        fresh.intake.take([said(2, state=State.DONE, updated_at=NOON)])
        assert [row.id for row in spans.page(fresh.db, found, 5, fresh.words)] == before


def test_ranges_and_masks_say_the_same() -> None:
    fresh = hands()
    numbers = [1, 2, 3, 7, 9, 40, 300, 301]
    for wanted in ([], [7], [1, 2, 3], [1, 3, 9], [1, 300, 301], numbers):
        test = filters.within("value", wanted)
        rows = fresh.db.execute(f"SELECT value FROM json_each(?) WHERE {test}", (str(list(range(400))),))
        assert [row[0] for row in rows] == wanted


def test_a_nik_is_found_by_no_search() -> None:
    given_hands = hands()
    given_hands.intake.take([said(1, text="NIK saya 3671011203900001, tolong"), said(2, text="nomor 202611220001")])
    db, words = given_hands.db, given_hands.words
    for typed in ("3671011203900001", "367101120390", "3671.0112.0390.0001", "tolong 3671011203900001"):
        assert spans.span(db, QueueFilter(text=typed), words).count == 0, typed
        assert len(counts.points(db, words, QueueFilter(text=typed), 10).lon) == 0
    assert spans.span(db, QueueFilter(text="tolong"), words).count == 1
    assert spans.span(db, QueueFilter(text="202611220001"), words).count == 1
