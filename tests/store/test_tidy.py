"""What is old goes, when nobody waits, a small piece at a time; and what stays is right all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.items import ItemKind, Sample
from console.core.pack import CityPack
from console.store import read_series
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.retention import declared
from console.store.store import Store
from console.store.tidy import EVERY_S
from tests.store.conftest import NOON, roomy
from tests.store.tellings import HOUR, MINUTE, alert, gauge, item, telling

DAY = 24 * HOUR
WAIT_S = 20


def rested(store: Store, clock: TurnedClock, **after: float) -> None:
    """That time has passed, somebody told something, and nobody waits."""
    clock.turn(timedelta(**after).total_seconds())
    store.take(telling(item(0, ItemKind.PROBE, source="kini", observed_at=clock.now()), source="kini"))
    store.rest(urgent=lambda: False)


def count(store: Store, table: str) -> int:
    return int(store._readings.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def numbers(store: Store) -> list[str]:
    return sorted(row.item.native_id for row in store.read.items(source="warta", limit=1000))


def test_each_kind_goes_in_its_own_time(store: Store, clock: TurnedClock) -> None:
    store.take(
        telling(
            item(1, ItemKind.VEHICLE),
            item(2, ItemKind.ARTICLE),
            item(3, ItemKind.QUAKE),
            item(4, ItemKind.FEATURE),
            item(5, ItemKind.VEHICLE, ends_at=NOON + 30 * HOUR),
            alert("6", NOON, ends_at=NOON + 30 * DAY, source="warta"),
        )
    )
    rested(store, clock, days=1, minutes=1)
    assert numbers(store) == ["2", "3", "4", "5", "6"]
    rested(store, clock, days=2)
    assert numbers(store) == ["2", "3", "4", "6"]
    rested(store, clock, days=90)
    assert numbers(store) == ["3", "4", "6"]
    rested(store, clock, days=275)
    assert numbers(store) == ["4", "6"]
    rested(store, clock, days=30)
    assert numbers(store) == ["4"]
    assert count(store, "item_refers") == 0
    store._readings.execute("INSERT INTO item_search (item_search) VALUES ('integrity-check')")


def test_what_its_source_still_tells_stays(store: Store, clock: TurnedClock) -> None:
    store.take(telling(item(1, ItemKind.FEATURE), item(2, ItemKind.FEATURE), whole=True))
    rested(store, clock, days=400)
    assert numbers(store) == ["1", "2"]
    store.take(telling(item(1, ItemKind.FEATURE), whole=True))
    rested(store, clock, days=6)
    assert numbers(store) == ["1", "2"]
    rested(store, clock, days=2)
    assert numbers(store) == ["1"]


def test_what_would_go_at_once_is_not_taken(store: Store) -> None:
    old = NOON - 2 * DAY
    store.take(telling(item(1, ItemKind.VEHICLE, observed_at=old), item(2, ItemKind.FEATURE, observed_at=old)))
    assert numbers(store) == ["2"]


def test_samples_become_spans_and_spans_go(store: Store, clock: TurnedClock) -> None:
    samples = [Sample("pintu:a", NOON - step * 10 * MINUTE, float(step)) for step in range(6 * 24 * 10)]
    store.take(telling(source="pintu", series=[gauge("a")], samples=samples))
    window = lambda: [(each.n, each.lo, each.hi) for each in store.read.window("pintu:a", NOON - 10 * DAY, NOON, 20)]  # noqa: E731
    before = window()
    assert count(store, "sample") == 1440
    rested(store, clock, hours=1)
    assert count(store, "sample") == 1440  # a past that came just now may still come on
    rested(store, clock, days=1)
    assert count(store, "sample") == 143 * 6 + 1
    assert window() == before
    assert store.take(telling(source="pintu", samples=samples)).kinds == frozenset()
    assert store.take(telling(source="pintu", samples=[Sample("pintu:a", NOON - 9 * DAY, 1e6)])).kinds == frozenset()
    assert window() == before
    rested(store, clock, days=7)
    assert (count(store, "sample"), count(store, "five_minutes")) == (0, 1440)
    assert window() == before
    (newest,) = store.read.latest(NOON)
    assert (newest.at, newest.value) == (NOON, 0.0)
    rested(store, clock, days=90)
    assert (count(store, "five_minutes"), count(store, "hour")) == (0, 241)
    assert sum(each[0] for each in window()) == 1439
    rested(store, clock, days=1830)
    assert count(store, "hour") == 0
    assert store.read.latest(NOON) == [newest]


@pytest.mark.parametrize("after_days", [0, 9, 95])
@pytest.mark.parametrize("most_sorted", [3000, 0])
def test_a_window_over_all_that_is_kept_is_right(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch, after_days: int, most_sorted: int
) -> None:
    """Samples, five minutes and hours of one series in one window."""
    monkeypatch.setattr(read_series, "SORTED_ROWS", most_sorted)
    for day in range(100, -1, -4):
        samples = [Sample("pintu:a", NOON - day * DAY - step * HOUR, float(day)) for step in range(20)]
        store.take(telling(source="pintu", series=[gauge("a")], samples=samples))
    rested(store, clock, days=after_days)
    rested(store, clock, days=1, hours=1)
    for points in (10, 100, 1000):
        buckets = store.read.window("pintu:a", NOON - 110 * DAY, NOON + HOUR, points)
        assert len(buckets) <= points
        assert sum(each.n for each in buckets) == 26 * 20
        assert sum(each.n * each.mean for each in buckets) == pytest.approx(20 * sum(range(0, 101, 4)))


def test_a_past_that_comes_late_fills_hours_that_were_empty(store: Store, clock: TurnedClock) -> None:
    rested(store, clock, days=1)
    old = [Sample("pintu:a", NOON - 100 * DAY + step * MINUTE, 1.0) for step in range(120)]
    store.take(telling(source="pintu", series=[gauge("a")], samples=old[::2]))
    rested(store, clock, hours=2)
    store.take(telling(source="pintu", samples=old))
    rested(store, clock, days=2)
    assert (count(store, "sample"), count(store, "five_minutes")) == (0, 0)
    buckets = store.read.window("pintu:a", NOON - 101 * DAY, NOON)
    assert [each.n for each in buckets] == [60, 60]


def test_an_operator_is_not_kept_waiting(store: Store, clock: TurnedClock) -> None:
    store.take(telling(*(item(number, ItemKind.VEHICLE) for number in range(400))))
    clock.turn(DAY.total_seconds() * 2)
    store.take(telling(item(1000, ItemKind.VEHICLE, observed_at=clock.now())))
    asked = iter([False, False, True])
    store.rest(urgent=lambda: next(asked))
    left = count(store, "item")
    assert 1 < left < 401
    store.rest(urgent=lambda: False)
    assert count(store, "item") == 1
    # and then not again for a while
    store.rest(urgent=lambda: pytest.fail("nothing is due"))
    clock.turn(EVERY_S)
    asked = iter([False] * 50)
    store.rest(urgent=lambda: next(asked))


def test_a_clock_that_is_years_ahead_empties_nothing(store: Store, clock: TurnedClock) -> None:
    store.take(telling(item(1), source="warta"))
    store.take(telling(source="pintu", series=[gauge("a")], samples=[Sample("pintu:a", NOON, 1.0)]))
    clock.jump(NOON + 4000 * DAY)
    clock.turn(EVERY_S)
    store.rest(urgent=lambda: False)
    assert numbers(store) == ["1"]
    assert (count(store, "sample"), count(store, "hour")) == (1, 1)


def small(profile: Profile, clock: TurnedClock, pack: CityPack, most_mb: int) -> Store:
    return Store.open(profile, clock, pack, room=roomy(profile), keep=replace(declared(), most_mb=most_mb))


def test_the_file_stays_within_its_size(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = small(profile, clock, pack, 2)
    names = [f"{n}" for n in range(20)]
    store.take(telling(source="pintu", series=[gauge(name) for name in names]))
    samples = [Sample(f"pintu:{name}", NOON - step * MINUTE, step / 7) for name in names for step in range(6000)]
    store.take(telling(source="pintu", samples=samples))
    assert used(store) > 3 << 20
    rested(store, clock, hours=1)
    assert used(store) <= 2 << 20
    assert count(store, "hour") == 20 * 101
    assert 0 < count(store, "sample") < 120_000
    # the newest stays, and goes on
    newest = [Sample(f"pintu:{name}", NOON + HOUR, 1.0) for name in names]
    assert len(store.take(telling(source="pintu", samples=newest)).ids) == 20
    store.close()


def test_items_go_before_their_time_where_nothing_else_is_left(
    profile: Profile, clock: TurnedClock, pack: CityPack
) -> None:
    store = small(profile, clock, pack, 1)
    told = [item(number, text="x" * 4000, observed_at=NOON - number * 6 * HOUR) for number in range(350)]
    store.take(telling(*told, alert("a", NOON - 80 * DAY, source="warta", ends_at=None)))
    rested(store, clock, hours=1)
    assert used(store) <= 1 << 20
    assert 0 < len(numbers(store)) < 350
    assert "a" in numbers(store) and "0" in numbers(store)
    store.close()


def used(store: Store) -> int:
    pages, free, size = (
        store._readings.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def test_the_keeper_does_it_when_nobody_asks(store: Store, clock: TurnedClock) -> None:
    store.take(telling(item(1, ItemKind.VEHICLE)))
    clock.turn(2 * DAY.total_seconds())
    keeper = Keeper(store)
    keeper.take(telling(item(2, ItemKind.VEHICLE, observed_at=clock.now()))).result(WAIT_S)
    keeper.idle(lambda each: each.rest(urgent=lambda: False)).result(WAIT_S)
    keeper.close()
    assert numbers(store) == ["2"]


# the file


def test_the_log_is_brought_home(store: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.store import fetched

    log = profile.readings.with_name("readings.db-wal")
    monkeypatch.setattr(fetched, "LOG_BYTES", 50_000)
    store.take(telling(*(item(number) for number in range(300))))
    assert log.stat().st_size > 50_000
    store.rest(urgent=lambda: False)
    assert log.stat().st_size == 0
    monkeypatch.setattr(fetched, "CHECKPOINT_RECORDS", 100)
    seen: list[str] = []
    store._readings.set_trace_callback(lambda sql: seen.append(sql) if "checkpoint" in sql else None)
    store.take(telling(*(item(number) for number in range(300, 600))))
    store.rest()
    store.rest()
    assert seen == ["PRAGMA wal_checkpoint(PASSIVE)"]


def spoil(profile: Profile) -> None:
    """Write nonsense over all pages but the first few."""
    raw = bytearray(profile.readings.read_bytes())
    raw[3 * 8192 :] = b"\xa5" * (len(raw) - 3 * 8192)
    profile.readings.write_bytes(raw)


def test_a_file_that_turns_out_damaged_is_put_aside_at_once(store: Store, profile: Profile) -> None:
    store.take(telling(*(item(number) for number in range(600))))
    store._readings.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    spoil(profile)
    store._readings.execute("PRAGMA shrink_memory")
    store._readings.execute("PRAGMA cache_size = 0")
    with pytest.raises(DiskTrouble, match=r"store\.broken"):
        store.take(telling(*(item(number, title="x", revised_at=NOON) for number in range(600))))
    store.take(telling(item(1)))
    assert [fault.says for fault in store.notices] == ["store.notice.readings_aside"]
    assert len(list(profile.folder.glob("readings.db.rusak-*"))) >= 1
    assert store._readings.execute("SELECT count(*) FROM item").fetchone() == (1,)


def test_a_good_end_spares_the_look_at_the_start(
    profile: Profile, clock: TurnedClock, pack: CityPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.store import check

    looked: list[str] = []

    def watched(_db: Any, table: str = "") -> list[str]:
        looked.append(table)
        return []

    def start(end: Callable[[Store], object]) -> None:
        looked.clear()
        store = Store.open(profile, clock, pack, room=roomy(profile))
        store.take(telling(item(len(looked))))
        end(store)

    def killed(store: Store) -> None:
        store._db.close()
        store._readings.close()
        store._lock.drop()

    monkeypatch.setattr(check, "quick_check", watched)
    start(lambda store: store.close())
    start(killed)
    assert looked == []
    start(killed)
    assert looked == ["", ""]  # of both files, whole
    monkeypatch.setattr(check, "LOOKED_THROUGH_BYTES", 1)
    start(lambda store: store.close())
    assert "memo" in looked and "series" in looked and not {"sample", "item"} & set(looked)
    start(lambda store: store.close())
    assert looked == []
