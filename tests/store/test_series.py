"""Measured values: taken late, twice, revised and out of order, and the spans made of them are right all the same."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock, millis
from console.core.items import Bucket, Sample, SeriesState, Table, Timetable, series_state
from console.core.records import Kind, SourceHealth
from console.store import read_series, schema
from console.store.read import Read
from console.store.retention import declared
from console.store.series import FIVE_MS, HOUR_MS, Measurements
from console.store.store import Store
from tests.store.conftest import NOON
from tests.store.tellings import HOUR, MINUTE, gauge, measured, telling

DAY = 24 * HOUR


def spans(samples: dict[datetime, float], width_ms: int) -> list[tuple[int, int, float, float, float]]:
    """The spans of that width, counted the plain way."""
    found: dict[int, list[float]] = {}
    for at, value in samples.items():
        found.setdefault(millis(at) // width_ms * width_ms, []).append(value)
    return [(at, len(v), pytest.approx(sum(v)), min(v), max(v)) for at, v in sorted(found.items())]  # type: ignore[misc]


def kept(db: Any, table: str, n: int = 1) -> list[tuple[Any, ...]]:
    rows = db.execute(f"SELECT at, count, sum, lo, hi FROM {table} WHERE series = ? ORDER BY at", (n,))
    return [tuple(row) for row in rows]


def values(buckets: Iterable[Bucket]) -> list[tuple[datetime, int, float]]:
    return [(each.at, each.n, each.mean) for each in buckets]


def test_what_was_measured_is_read(store: Store) -> None:
    told = gauge("a", body={"datum": "Peil"})
    changes = store.take(
        telling(source="pintu", series=[told], samples=[measured("a", 3, 110.5), measured("a", 1, 120)])
    )
    assert (changes.kinds, changes.ids, changes.by) == ({Kind.READING}, {"pintu:a"}, "pintu")
    assert store.read.series() == [told]
    (newest,) = store.read.latest(NOON)
    assert newest.series == told
    assert (newest.at, newest.value, newest.quality, newest.received_at) == (NOON - MINUTE, 120.0, "", NOON)
    assert (newest.expected_at, newest.state) == (NOON + 9 * MINUTE, SeriesState.FRESH)
    found = store.read.window("pintu:a", NOON - HOUR, NOON)
    assert values(found) == [(NOON - 3 * MINUTE, 1, 110.5), (NOON - MINUTE, 1, 120)]
    assert store.read.memo("pintu") == {"etag": "a"}


def test_series_are_narrowed_and_told_anew(store: Store) -> None:
    store.take(telling(source="pintu", series=[gauge("a"), gauge("b", area="99.71.02.1001")]))
    store.take(telling(source="lain", series=[gauge("c", source="lain", id="lain:c")]))
    read = store.read
    assert [each.id for each in read.series(source="pintu")] == ["pintu:a", "pintu:b"]
    assert [each.id for each in read.series(area="99.71.02")] == ["pintu:b"]
    assert [each.series.id for each in read.latest(NOON, ids=["lain:c", "absent"])] == ["lain:c"]
    assert [each.state for each in read.latest(NOON, area="99.71")] == [SeriesState.NEVER] * 3
    assert store.take(telling(source="pintu", series=[gauge("a")])).kinds == frozenset()
    assert store.take(telling(source="pintu", series=[gauge("a", unit="m")])).ids == {"pintu:a"}
    assert read.series(source="pintu")[0].unit == "m"
    strange = gauge("d", title="\ud800", lat=float("inf"), cadence_s=float("nan"))
    store.take(telling(source="pintu", series=[strange]))
    assert (read.series()[-1].title, read.series()[-1].lat, read.series()[-1].cadence_s) == ("?", None, 0.0)


def test_the_same_again_changes_nothing_and_a_revision_does(store: Store, clock: TurnedClock) -> None:
    told = [measured("a", 2, 100), measured("a", 1, 200)]
    store.take(telling(source="pintu", series=[gauge("a")], samples=told))
    clock.turn(60)
    assert store.take(telling(source="pintu", samples=told)).kinds == frozenset()
    (newest,) = store.read.latest(NOON)
    assert newest.received_at == NOON
    assert store.take(telling(source="pintu", samples=[measured("a", 1, 50, quality="duga")])).ids == {"pintu:a"}
    (newest,) = store.read.latest(NOON)
    assert (newest.value, newest.quality, newest.received_at) == (50, "duga", NOON + MINUTE)
    assert values(store.read.window("pintu:a", NOON - HOUR, NOON, 1)) == [(NOON - HOUR, 2, 75)]
    store.take(telling(source="pintu", samples=[measured("a", 9, 1)]))
    assert store.read.latest(NOON) == [newest]


def test_no_number_that_is_none_gets_in(store: Store) -> None:
    wrong = [measured("a", number, value) for number, value in enumerate((math.nan, math.inf, -math.inf, 1e101), 1)]
    future = Sample("pintu:a", NOON + 2 * DAY, 1.0)
    ancient = Sample("pintu:a", NOON - 2000 * DAY, 1.0)
    unknown = [Sample("pintu:x", NOON, 1.0), Sample("pintu:x", NOON - MINUTE, 1.0)]
    samples = [*wrong, future, ancient, *unknown, measured("a", 0, 5)]
    store.take(telling(source="pintu", series=[gauge("a")], samples=samples))
    assert store._readings.execute("SELECT at, value FROM sample").fetchall() == [(millis(NOON), 5.0)]
    said = sorted(refusal.says for _, refusal in store.read.refused("pintu"))
    assert said == ["sync.refused.number"] * 4 + ["sync.refused.series", "sync.refused.when"]


STEP = timedelta(seconds=97)
_told = st.lists(
    st.tuples(st.integers(0, 150), st.floats(-1e6, 1e6), st.sampled_from(("a", "b"))), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=60)
@given(batches=st.lists(_told, max_size=5))
def test_spans_are_those_of_the_plain_way_whatever_the_order(batches: list[list[tuple[int, float, str]]]) -> None:
    db = _memory()
    hand = Measurements(db, 1830)
    hand.tell([gauge("a"), gauge("b")])
    model: dict[str, dict[datetime, float]] = {"a": {}, "b": {}}
    for told in batches:
        samples = [Sample(f"pintu:{name}", NOON - step * STEP, value) for step, value, name in told]
        hand.take(sorted(samples, key=lambda each: (each.series, each.at)), millis(NOON))
        for step, value, name in told:
            model[name][NOON - step * STEP] = value
    for n, name in enumerate(("a", "b"), 1):
        assert kept(db, "five_minutes", n) == spans(model[name], FIVE_MS)
        assert kept(db, "hour", n) == spans(model[name], HOUR_MS)
        (newest,) = read_series.latest(db, NOON, ids=[f"pintu:{name}"])
        assert newest.at == max(model[name], default=None)
        assert newest.value == (model[name][newest.at] if newest.at else None)
    db.close()


def _memory() -> Any:
    db = sqlite3.connect(":memory:", isolation_level=None)
    schema.climb(db, schema.READINGS, Path("memory"))
    return db


# windows


@pytest.fixture
def filled(store: Store) -> dict[datetime, float]:
    """Three days of a value every two minutes, with an hour that has none."""
    model = {
        NOON - step * 2 * MINUTE: math.sin(step / 50) * 100 + 100 for step in range(3 * 720) if not 300 <= step < 330
    }
    samples = [Sample("pintu:a", at, value) for at, value in model.items()]
    store.take(telling(source="pintu", series=[gauge("a")], samples=samples))
    return model


def judged(buckets: list[Bucket], model: dict[datetime, float], since: datetime, until: datetime) -> None:
    """Every bucket is that of the values in it, and none is lacking."""
    inside = {at: value for at, value in model.items() if since <= at < until}
    assert sum(each.n for each in buckets) == len(inside)
    bounds = [each.at for each in buckets]
    assert bounds == sorted(set(bounds))
    for bucket, end in zip(buckets, [*bounds[1:], until], strict=True):
        found = [value for at, value in inside.items() if bucket.at <= at < end]
        assert (bucket.n, bucket.lo, bucket.hi) == (len(found), min(found), max(found))
        assert bucket.mean == pytest.approx(sum(found) / len(found))


@pytest.mark.parametrize("most", [(3000, 50_000), (100, 50_000), (10, 1000), (0, 10)])
@pytest.mark.parametrize("points", [1, 2, 7, 100, 3000])
def test_any_window_in_any_number_of_points(
    store: Store,
    filled: dict[datetime, float],
    monkeypatch: pytest.MonkeyPatch,
    most: tuple[int, int],
    points: int,
) -> None:
    monkeypatch.setattr(read_series, "SORTED_ROWS", most[0])
    monkeypatch.setattr(read_series, "WALKED_ROWS", most[1])
    for since, until in ((NOON - 3 * DAY, NOON + HOUR), (NOON - DAY, NOON), (NOON - 12 * HOUR, NOON - 9 * HOUR)):
        buckets = store.read.window("pintu:a", since, until, points)
        assert 1 <= len(buckets) <= points
        judged(buckets, filled, since, until)


def test_windows_without_anything(store: Store, filled: dict[datetime, float]) -> None:
    window = store.read.window
    assert window("pintu:x", NOON - DAY, NOON) == []
    assert window("pintu:a", NOON, NOON) == [] == window("pintu:a", NOON, NOON - DAY)
    assert window("pintu:a", NOON - DAY, NOON, 0) == []
    assert window("pintu:a", NOON - 10 * DAY, NOON - 9 * DAY) == []


def test_a_chart_moved_along_shows_the_same_buckets(store: Store, filled: dict[datetime, float]) -> None:
    one = store.read.window("pintu:a", NOON - DAY, NOON - HOUR, 50)
    two = store.read.window("pintu:a", NOON - DAY + 7 * MINUTE, NOON - HOUR + 7 * MINUTE, 50)
    assert one[1:-1] == two[: len(one)][1:-1] or set(one[2:-2]) <= set(two)


# how a series stands


@pytest.mark.parametrize(
    ("age_s", "state"),
    [
        (0, SeriesState.FRESH),
        (1200, SeriesState.FRESH),
        (1201, SeriesState.AGEING),
        (2400, SeriesState.AGEING),
        (2401, SeriesState.SILENT),
        (-2401, SeriesState.SILENT),
    ],
)
def test_silence_is_a_state_of_its_own(age_s: float, state: SeriesState) -> None:
    assert series_state(gauge("a"), NOON - timedelta(seconds=age_s), NOON) is state


def test_the_source_promises_where_the_series_does_not(store: Store) -> None:
    bare = gauge("a", cadence_s=0.0)
    assert series_state(bare, NOON - 3 * HOUR, NOON) is SeriesState.AGEING
    assert series_state(bare, NOON - 3 * HOUR, NOON, 7200) is SeriesState.FRESH
    assert series_state(bare, None, NOON) is SeriesState.NEVER
    store.take(telling(source="pintu", series=[bare], samples=[measured("a", 10, 1)]))
    (newest,) = store.read.latest(NOON)
    assert (newest.expected_at, newest.state) == (None, SeriesState.FRESH)
    store.health(
        SourceHealth("pintu", "Pintu", "sensorthings", 60, 600, NOON, NOON, None, None, 1, 1, 0, "", {}, "", None)
    )
    (newest,) = store.read.latest(NOON)
    assert (newest.expected_at, newest.state) == (NOON - 9 * MINUTE, SeriesState.SILENT)


def test_many_values_let_operators_in(store: Store) -> None:
    samples = [Sample("pintu:a", NOON - step * MINUTE, 1.0) for step in range(600)]
    seen: list[int] = []
    reader = Read.open(store.profile)

    def let_in() -> None:
        seen.append(sum(each.n for each in reader.window("pintu:a", NOON - DAY, NOON + HOUR)))

    store.take(telling(source="pintu", series=[gauge("a")], samples=samples), urgent=lambda: True, let_in=let_in)
    assert seen == [0, 250, 500, 600]
    reader.close()


def test_every_kind_has_a_retention() -> None:
    assert declared().raw_days == 7
    assert declared(5).most_mb == 5


def test_a_timetable_is_kept_slice_by_slice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []

    def slices(db: sqlite3.Connection, timetable: Timetable, at: int) -> Iterator[None]:
        for table in timetable.tables:
            assert db.in_transaction
            kept.append((table.name, at))
            yield

    monkeypatch.setitem(sys.modules, "console.store.timetables", SimpleNamespace(slices=slices))
    tables = [Table("stops", ("id",), [("1",)]), Table("trips", ("id",), [("2",)])]
    let_in: list[int] = []
    changes = store.take(
        telling(source="bus", timetable=Timetable("bus", "1", tables)),
        urgent=lambda: True,
        let_in=lambda: let_in.append(len(kept)),
    )
    assert (changes.kinds, changes.ids) == ({Kind.TIMETABLE}, {"bus"})
    assert kept == [("stops", millis(NOON)), ("trips", millis(NOON))]
    assert let_in == [1, 2]
    assert store.read.memo("bus") == {"etag": "a"}
