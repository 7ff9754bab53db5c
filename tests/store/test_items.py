"""Items of sources: taken, taken again, revised, late, over; read newest first; alerts that hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.items import ItemKind
from console.core.pack import CityPack
from console.core.records import Kind, Refusal
from console.store import items as items_file
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.store.conftest import NOON, batch, roomy, said
from tests.store.tellings import MINUTE, alert, item, refers, telling

HOUR = timedelta(hours=1)


def ids(rows: Any) -> list[str]:
    return [row.item.id for row in rows]


def test_what_was_taken_is_read_as_it_was_told(store: Store) -> None:
    told = item(
        1,
        ItemKind.QUAKE,
        starts_at=NOON,
        ends_at=NOON + HOUR,
        level="4.7",
        zone_assumed=True,
        revised_at=NOON,
        body={"depth_km": 10, "felt": ["II Kota Contoh"]},
    )
    changes = store.take(telling(told, memo={"seen": 3}))
    assert (changes.kinds, changes.ids, changes.by) == ({Kind.ITEM}, {"warta:1"}, "warta")
    row = store.read.item("warta:1")
    assert row is not None
    assert row.item == told
    assert (row.received_at, row.gone_at) == (NOON, None)
    assert store.read.item("warta:2") is None
    assert store.read.memo("warta") == {"seen": 3}
    assert store.read.item_counts() == {ItemKind.QUAKE: 1}


def test_the_same_again_changes_nothing_and_keeps_when_it_came(store: Store, clock: TurnedClock) -> None:
    store.take(telling(item(1), item(2)))
    clock.turn(60)
    changes = store.take(telling(item(1), item(2, title="Kabar dibetulkan"), memo={"etag": "b"}))
    assert (changes.kinds, changes.ids) == ({Kind.ITEM}, {"warta:2"})
    one, two = store.read.item("warta:1"), store.read.item("warta:2")
    assert one is not None and two is not None
    assert (one.received_at, two.received_at) == (NOON, NOON + MINUTE)
    assert store.take(telling(item(1), memo={"etag": "c"})).kinds == frozenset()
    assert store.read.memo("warta") == {"etag": "c"}


def test_the_later_revision_stays_whatever_came_last(store: Store) -> None:
    new = item(1, title="baru", revised_at=NOON + HOUR)
    old = item(1, title="lama", revised_at=NOON)
    bare = item(1, title="tanpa revisi")
    for order in ((new, old), (old, new), (bare, new), (new, bare)):
        for together in (True, False):
            for each in [order] if together else [(told,) for told in order]:
                store.take(telling(*each))
            (row,) = store.read.items()
            assert row.item.title == "baru"


def test_a_position_that_comes_late_moves_no_vehicle_back(store: Store) -> None:
    now = item(0, ItemKind.VEHICLE, native_id="bus", id="warta:bus", lat=-6.1)
    store.take(telling(now))
    store.take(telling(now._replace(observed_at=NOON - MINUTE, lat=-6.0)))
    (row,) = store.read.items([ItemKind.VEHICLE])
    assert row.item.lat == -6.1


def test_a_year_gone_wrong_shuts_out_nothing(store: Store) -> None:
    store.take(telling(item(1, title="salah", revised_at=NOON + timedelta(days=400))))
    store.take(telling(item(1, title="benar", revised_at=NOON)))
    (row,) = store.read.items()
    assert row.item.title == "benar"


def test_newest_first_page_by_page_over_kinds(store: Store) -> None:
    kinds = list(ItemKind)
    told = [item(number, kinds[number % 4], observed_at=NOON - (number // 3) * MINUTE) for number in range(700)]
    store.take(telling(*told))
    found: list[str] = []
    row = None
    while page := store.read.items(kinds[:3], limit=64, before=row):
        assert len(page) <= 64
        found += ids(page)
        row = page[-1]
    wanted = sorted((each for each in told if each.kind in kinds[:3]), key=lambda each: each.observed_at, reverse=True)
    assert sorted(found) == sorted(each.id for each in wanted)
    assert [each.observed_at for each in wanted] == [
        found_row.observed_at for found_row in sorted(wanted, key=lambda each: found.index(each.id))
    ]
    assert ids(store.read.items(limit=2)) == ["warta:2", "warta:1"]


def test_what_is_asked_for_narrows(store: Store) -> None:
    store.take(
        telling(
            item(1, area="99.71.01.1001"),
            item(2, area="99.71.02.1001", title="Pohon tumbang"),
            item(3, area="99.71.010", text="Ombak tinggi"),
            item(4, area=""),
        )
    )
    store.take(telling(item(5, source="lain"), source="lain"))
    read = store.read
    assert ids(read.items(source="lain")) == ["lain:5"]
    assert ids(read.items(area="99.71.01", source="warta")) == ["warta:1"]
    assert ids(read.items(area="99.71", source="warta")) == ["warta:1", "warta:2", "warta:3"]
    assert ids(read.items(since=NOON - 2 * MINUTE, until=NOON - MINUTE)) == ["warta:2"]
    assert ids(read.items(text="pohon tum")) == ["warta:2"]
    assert ids(read.items(text="ombak")) == ["warta:3"]
    assert read.items(text='"') == [] == read.items(text="tidak ada")
    assert len(read.items(text="  ")) == 5


def test_search_follows_what_is_told(store: Store) -> None:
    store.take(telling(item(1), item(2, ItemKind.VEHICLE)))
    assert ids(store.read.items(text="pasar")) == ["warta:1"]
    store.take(telling(item(1, text="Air surut", revised_at=NOON)))
    assert store.read.items(text="pasar") == []
    assert ids(store.read.items(text="surut")) == ["warta:1"]
    store.take(telling(item(1, ItemKind.TRIP, text="Air surut", revised_at=NOON + MINUTE)))
    assert store.read.items(text="surut") == []
    store.take(telling(item(1, text="Air surut", revised_at=NOON + HOUR)))
    assert ids(store.read.items(text="surut")) == ["warta:1"]
    store._readings.execute("INSERT INTO item_search (item_search) VALUES ('integrity-check')")


def test_what_holds_at_an_instant(store: Store, clock: TurnedClock) -> None:
    store.take(
        telling(
            item(1, ends_at=NOON + HOUR),
            item(2, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR),
            item(3),
            item(4, ends_at=NOON),
        )
    )
    assert ids(store.read.items(active_at=NOON)) == ["warta:1", "warta:3"]
    assert ids(store.read.items(active_at=NOON + HOUR)) == ["warta:2", "warta:3"]
    clock.turn(60)
    store.take(telling(item(1, ends_at=NOON + HOUR), whole=True))
    assert ids(store.read.items(active_at=NOON)) == ["warta:1", "warta:3"]
    assert ids(store.read.items(active_at=NOON + HOUR)) == []


# all a source holds


def test_what_is_not_told_any_more_is_over_and_may_come_back(store: Store, clock: TurnedClock) -> None:
    store.take(telling(item(1), item(2), item(3), whole=True))
    store.take(telling(item(9, source="lain"), source="lain", whole=True))
    clock.turn(60)
    changes = store.take(telling(item(2), whole=True))
    assert changes.ids == {"warta:1", "warta:3"}
    row = store.read.item("warta:1")
    assert row is not None and row.gone_at == NOON + MINUTE
    assert store.read.item_counts() == {ItemKind.ARTICLE: 2}
    assert store.take(telling(item(2), whole=True)).kinds == frozenset()
    clock.turn(60)
    assert store.take(telling(item(1), item(2), whole=True)).ids == {"warta:1"}
    row = store.read.item("warta:1")
    assert row is not None and row.gone_at is None
    assert store.take(telling(whole=True)).ids == {"warta:1", "warta:2"}
    assert store.read.item_counts() == {ItemKind.ARTICLE: 1}


def test_all_a_source_holds_may_come_in_pages(store: Store) -> None:
    store.take(telling(*(item(number) for number in range(6)), whole=True))
    assert store.take(telling(item(0), item(1), whole=True, more=True)).kinds == frozenset()
    assert store.take(telling(item(2), whole=True, more=True)).kinds == frozenset()
    assert store.take(telling(item(3), whole=True)).ids == {"warta:4", "warta:5"}
    assert store.take(telling(item(0), whole=True)).ids == {"warta:1", "warta:2", "warta:3"}


def test_no_warning_is_over_while_part_of_an_answer_could_not_be_read(store: Store) -> None:
    kinds = (ItemKind.ALERT, ItemKind.FLOOD, ItemKind.VEHICLE)
    store.take(telling(*(item(number, kind) for number, kind in enumerate(kinds)), whole=True))
    unread = (Refusal("entity[0]", "sync.refused.record"),)
    assert store.take(telling(whole=True, refused=unread)).ids == {"warta:2"}
    assert store.take(telling(whole=True)).ids == {"warta:0", "warta:1"}


# slices


def test_operators_are_let_in_and_the_memo_waits_for_the_last_slice(store: Store, profile: Profile) -> None:
    seen: list[tuple[int, Any]] = []
    reader = Read.open(profile)

    def let_in() -> None:
        seen.append((len(reader.items(limit=10_000)), reader.memo("warta")))
        store.take(batch(said(len(seen))))

    told = [item(number) for number in range(600)]
    store.take(telling(*told), urgent=lambda: True, let_in=let_in)
    assert seen == [(250, {}), (500, {}), (600, {})]
    assert (len(reader.items(limit=10_000)), reader.memo("warta")) == (600, {"etag": "a"})
    store.take(telling(*told, whole=True, more=True), urgent=lambda: True, let_in=let_in)
    assert len(seen) == 9
    reader.close()


def test_complaints_and_items_of_one_batch(store: Store) -> None:
    changes = store.take(batch(said(1), items=[item(1, source="uji", id="uji:1")]))
    assert changes.kinds == {Kind.COMPLAINT, Kind.ITEM}
    assert changes.ids == {"uji:000001", "uji:1"}
    assert store.read.memo("uji") == {"cursor": 1}
    assert store._readings.execute("SELECT count(*) FROM memo").fetchone() == (0,)


def test_the_newer_memo_counts_wherever_it_stands(store: Store, clock: TurnedClock) -> None:
    store.take(batch(said(1)))
    clock.turn(1)
    store.take(telling(source="uji", memo={"etag": "x"}))
    assert store.read.memo("uji") == {"etag": "x"}
    assert store.read.newest_received_at() == NOON + timedelta(seconds=1)
    clock.turn(1)
    store.take(batch(said(1), memo={"cursor": 8}))
    assert store.read.memo("uji") == {"cursor": 8}
    assert store.read.newest_received_at() == NOON + timedelta(seconds=2)


def test_it_is_there_after_another_start(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    store = Store.open(profile, clock, pack, room=roomy(profile))
    store.take(telling(item(1)))
    store.close()
    store = Store.open(profile, clock, pack, room=roomy(profile))
    assert ids(store.read.items()) == ["warta:1"]
    assert store.read.memo("warta") == {"etag": "a"}
    store.close()


def test_a_reader_of_a_file_of_before_reads_nothing(store: Store, profile: Profile) -> None:
    store.take(telling(item(1)))
    store._readings.execute("PRAGMA user_version = 2")
    read = Read.open(profile)
    assert (read.items(), read.item("warta:1"), read.item_counts(), read.alerts(NOON)) == ([], None, {}, [])
    assert (read.memo("warta"), read.newest_received_at()) == ({}, None)
    store._readings.execute(f"PRAGMA user_version = {3}")
    assert ids(read.items()) == ["warta:1"]
    read.close()


# what nobody promised


def test_strange_values_are_kept_as_far_as_they_can_be(store: Store) -> None:
    strange = item(
        1,
        title="separuh \ud800",
        native_id="a\0b",
        id="warta:a\0b",
        lat=float("nan"),
        body={"v": [1.5, float("inf")], "t": "\udfff", "at": NOON},
    )
    store.take(telling(strange, item(2, lat=91.0)))
    row = store.read.item("warta:a\0b")
    assert row is not None
    assert (row.item.title, row.item.lat, row.item.lon) == ("separuh ?", None, None)
    assert row.item.body == {"v": [1.5, None], "t": "?", "at": str(NOON)}
    assert store.take(telling(strange)).kinds == frozenset()


# alerts


def test_alerts_that_hold_are_computed(store: Store) -> None:
    first, sent = NOON - HOUR, (NOON - HOUR).isoformat()
    store.take(
        telling(
            alert("a", first),
            alert("b", first),
            alert("c", first),
            alert("drill", first, status="Exercise"),
            alert("old", NOON - 7 * HOUR),
            alert("ack", first, kind="Ack", about=(refers("c", sent),)),
            alert("open", first, ends_at=None),
            source="siaga",
        )
    )
    assert set(ids(store.read.alerts(NOON))) == {"siaga:a", "siaga:b", "siaga:c", "siaga:open"}
    update = alert("a2", NOON, kind="Update", about=(refers("a", "2026-03-02T11:00:00+07:00"),))
    cancel = alert("b2", NOON, kind="Cancel", about=(refers("b", sent), refers("absent", sent)))
    store.take(telling(update, cancel))
    assert ids(store.read.alerts(NOON)) == ["siaga:a2", "siaga:open", "siaga:c"]
    assert store.read.alerts(NOON + 7 * HOUR) == [row for row in store.read.alerts(NOON) if row.item.ends_at is None]
    assert store.read.alerts(NOON, area="99.71.01") == [] == store.read.alerts(NOON, source="lain")


@pytest.mark.parametrize("late", [True, False])
def test_order_of_arrival_makes_no_difference(store: Store, late: bool) -> None:
    one = alert("a", NOON - HOUR)
    two = alert("b", NOON - MINUTE, kind="Update", about=(refers("a", (NOON - HOUR).isoformat()),))
    three = alert("c", NOON, kind="Cancel", about=(refers("b", (NOON - MINUTE).isoformat()),))
    for each in (three, two, one) if late else (one, two, three):
        store.take(telling(each))
    assert store.read.alerts(NOON) == []


def test_only_a_later_word_of_the_same_source_in_earnest_takes_an_alert_back(store: Store) -> None:
    sent = NOON - HOUR
    about = (refers("a", sent.isoformat()),)
    store.take(telling(alert("a", sent)))
    store.take(telling(alert("x", NOON, kind="Cancel", about=about, source="gadungan"), source="gadungan"))
    store.take(telling(alert("drill", NOON, kind="Cancel", about=about, status="Test")))
    store.take(telling(alert("early", sent - HOUR, kind="Cancel", about=about)))
    store.take(telling(alert("ack", NOON, kind="Ack", about=about)))
    assert ids(store.read.alerts(NOON)) == ["siaga:a"]
    store.take(telling(alert("real", NOON, kind="Cancel", about=about)))
    assert store.read.alerts(NOON) == []


def test_one_alert_by_two_ways_comes_once_and_one_that_names_itself_holds(store: Store) -> None:
    one = alert("a", NOON, kind="Update", about=(refers("a", NOON.isoformat()),))
    store.take(telling(one))
    store.take(telling(one._replace(id="lain:a", source="lain"), source="lain"))
    assert len(store.read.alerts(NOON)) == 1
    store.take(telling(source="siaga", whole=True))
    assert ids(store.read.alerts(NOON)) == ["lain:a"]


def test_a_revised_alert_refers_anew(store: Store) -> None:
    about = (refers("a", NOON.isoformat()),)
    store.take(telling(alert("a", NOON), alert("b", NOON, kind="Cancel", about=about)))
    assert store.read.alerts(NOON) == []
    store.take(telling(alert("b", NOON, kind="Cancel", revised_at=NOON + MINUTE)))
    assert ids(store.read.alerts(NOON)) == ["siaga:a"]


def test_names_of_alerts_are_compared_by_instant() -> None:
    name = items_file.alert_name("pos@contoh", "a", "2026-03-02T11:00:00+07:00")
    assert items_file.reference("pos@contoh,a,2026-03-02T04:00:00-00:00") == name
    assert items_file.reference("pos@contoh,a,2026-03-02T04:00:00") == name
    assert items_file.reference("pos@contoh,a,kemarin") == "pos@contoh,a,kemarin"
    assert items_file.reference("rusak") == "rusak,,"
    assert items_file.referred({"status": "Actual", "msgType": "Update", "references": "rusak"}) == []
