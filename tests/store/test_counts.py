"""Indicators and map against a plain count in memory."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.lifecycle import OPEN, State
from console.core.records import AgeBucket, AreaCount, QueueFilter, SourceComplaint
from console.store import counts, filters
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, batch, hands, said

PLACES = ("", "99.71", "99.71.01", *KELURAHAN)
complaints = st.lists(
    st.builds(
        said,
        st.integers(0, 1000),
        state=st.sampled_from((State.NEW, State.DONE, State.DISPOSED)),
        area=st.sampled_from(PLACES),
        requested_at=st.integers(-30, 100 * 1440).map(lambda minutes: NOON - timedelta(minutes=minutes)),
        expected_at=st.none() | st.integers(-10, 10).map(lambda days: NOON + timedelta(days=days)),
        lat=st.none() | st.just(-6.5),
    ),
    max_size=40,
    unique_by=lambda each: each.id,
)


def below(records: list[SourceComplaint], area: str) -> list[SourceComplaint]:
    """Those of an area."""
    return [each for each in records if not area or each.area == area or each.area.startswith(f"{area}.")]


def three(records: list[SourceComplaint], area: str) -> AreaCount:
    """Open, late, of the last day, in plain words."""
    still = [each for each in records if each.state in OPEN]
    late = [each for each in still if (each.expected_at or each.requested_at + timedelta(days=5)) < NOON]
    day = [each for each in records if NOON - timedelta(hours=24) < each.requested_at <= NOON]
    return AreaCount(area, len(still), len(late), len(day))


def bucket(age: timedelta) -> AgeBucket:
    """The age of an open one, in plain words."""
    marks = (1, 3, 5, 14, 60)
    return AgeBucket(sum(age > timedelta(days=days) for days in marks))


@settings(max_examples=40, deadline=None)
@given(complaints, st.sampled_from((0, 20_000)))
def test_the_numbers_are_those_of_the_rows(records: list[SourceComplaint], few: int) -> None:
    fresh = hands()
    fresh.intake.take(records)
    db, words = fresh.db, fresh.words
    with patch.object(counts, "SMALL", few), patch.object(filters, "SMALL", few):
        for area in PLACES:
            inside = below(records, area)
            assert counts.total(db, words, area, NOON) == three(inside, area)
            assert counts.by_state(db, words, area) == Counter(each.state for each in inside)
            ages = Counter(bucket(NOON - each.requested_at) for each in inside if each.state in OPEN)
            assert counts.ages(db, words, NOON, area) == {each: ages[each] for each in AgeBucket}
            hours = counts.arrivals(db, words, NOON - timedelta(hours=30), NOON, area)
            assert len(hours) == 30
            since = NOON - timedelta(hours=30)
            assert sum(count for _, count in hours) == sum(since <= each.requested_at < NOON for each in inside)
        found = {each.area: each for each in counts.area_counts(db, words, "99.71", NOON)}
        for code in ("99.71.01", "99.71.02"):
            assert found.get(code, AreaCount(code, 0, 0, 0)) == three(below(records, code), code)
        kecamatan = Counter(
            ".".join(each.area.split(".")[:3]) if each.area.count(".") >= 2 else ""
            for each in records
            if each.state in OPEN
        )
        assert dict(counts.open_by_kecamatan(db, words)) == kecamatan
    fresh.db.close()


def test_points_are_columns(store: Store) -> None:
    store.take(batch(*(said(number) for number in range(10)), said(20, lat=None, lon=None), said(30, area="")))
    read = store.read
    found = read.points(QueueFilter())
    assert (len(found.lon), len(found.lat), len(found.state)) == (11, 11, 11)
    place = [read.id_of(row) for row in found.rowid].index("uji:000001")
    assert (found.lat[place], found.lon[place]) == (said(1).lat, said(1).lon)
    assert set(found.state) == {State.NEW}
    newest = read.points(QueueFilter(), limit=3).rowid
    assert [read.id_of(row) for row in newest] == ["uji:000000", "uji:000001", "uji:000002"]
    here = read.points(QueueFilter(area=KELURAHAN[1]))
    assert {read.id_of(row) for row in here.rowid} == {"uji:000001", "uji:000005", "uji:000009"}
    # Where not all can be shown it is the newest that are.
    few = read.points(QueueFilter(area=KELURAHAN[1]), limit=2)
    assert {read.id_of(row) for row in few.rowid} == {"uji:000001", "uji:000005"}
    words = read.points(QueueFilter(text="nomor 4"))
    assert [read.id_of(row) for row in words.rowid] == ["uji:000004"]
    assert len(read.points(QueueFilter(text="tidakada")).rowid) == 0


def test_times_before_1970_and_far_ahead(store: Store) -> None:
    far = [datetime(1905, 2, 3, 4, 5, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)]
    store.take(batch(*(said(number, requested_at=at) for number, at in enumerate(far))))
    assert store.read.ages(NOON)[AgeBucket.OLDER] == 1
    assert store.read.ages(NOON)[AgeBucket.DAY] == 1
    found = store.read.complaint("uji:000000")
    assert found is not None
    assert found.requested_at == far[0]
    hour = far[0].replace(minute=0)
    assert store.read.arrivals(hour, hour + timedelta(hours=1)) == [(hour, 1)]


def test_an_empty_store_answers_everything(store: Store) -> None:
    read = store.read
    assert read.total("", NOON) == AreaCount("", 0, 0, 0)
    assert read.area_counts("", NOON) == []
    assert read.by_state("99.71") == {}
    assert read.open_by_kecamatan() == []
    assert set(read.ages(NOON).values()) == {0}
    assert read.span(QueueFilter(text="x y", area="99.71", holder="Budi")).count == 0
    assert read.page(read.span(QueueFilter()), 0) == []
    assert len(read.points(QueueFilter(area="99.71")).lon) == 0
