"""Whole answers of GTFS-Realtime: what they hold, when they are none, real ones, and spoilt ones."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest

from console.core.errors import BadAnswer
from console.core.items import ItemKind
from console.store.files import load_phrases
from sync.feeds.gtfs_rt import feed as feed_file
from sync.terminal import feed_try
from tests.feeds.gtfs_rt import good
from tests.feeds.gtfs_rt.cases import (
    AT,
    NOW_S,
    answer,
    call,
    count,
    decoded,
    feed,
    header,
    message,
    notice,
    sized,
    update,
    varint,
    vehicle,
)
from tests.feeds.mutate import mutations

PHRASES = load_phrases("id")


def bad(raw: bytes) -> str:
    with pytest.raises(BadAnswer) as found:
        feed().decode(answer(raw), {})
    assert found.value.values["source"] == "bus"
    return found.value.says


def test_one_answer_holds_all_three() -> None:
    batch = feed().decode(answer(message(vehicle(), update(), notice()), etag='"7"'), {})
    assert [each.kind for each in batch.items] == [ItemKind.VEHICLE, ItemKind.TRIP, ItemKind.SERVICE]
    assert batch.whole and batch.fleeting and batch.memo == {"etag": '"7"'}
    assert batch.newest_at == AT
    assert feed().ask(batch.memo, AT)[0].etag == '"7"'
    both = sized(1, "e") + vehicle()[len(sized(1, "e-B-07")) :] + update()[len(sized(1, "u1")) :]
    assert [each.kind for each in decoded(both).items] == [ItemKind.VEHICLE, ItemKind.TRIP]


def test_nothing_changed() -> None:
    batch = feed().decode(answer(b"", unchanged=True), {"etag": '"7"'})
    assert not batch.whole and batch.memo == {"etag": '"7"'}


def test_an_empty_street_is_told_and_a_difference_is_no_whole() -> None:
    assert decoded().whole and not decoded().items
    assert not decoded(vehicle(), head=header(mode=1)).whole


def test_where_all_was_refused_nothing_is_known() -> None:
    batch = decoded(vehicle(lat=106.01, lon=-6.01))
    assert len(batch.refused) == 1 and not batch.whole
    assert decoded(vehicle(), vehicle("x", lat=106.01, lon=-6.01)).whole


def test_what_is_taken_back() -> None:
    gone = sized(1, "e9") + count(2, 1)
    assert not decoded(vehicle(), gone).refused
    (refusal,) = decoded(vehicle(), gone, head=header(mode=1)).refused
    assert (refusal.says, refusal.values) == ("sync.gtfs_rt.deleted", {"value": "e9"})


def test_of_two_with_one_name_the_later_stays() -> None:
    for order in ((10, 20), (20, 10)):
        (item,) = decoded(*(vehicle(at_s=NOW_S - ago) for ago in order)).items
        assert (AT - item.observed_at).total_seconds() == 10


def test_a_header_whose_time_is_none_costs_itself() -> None:
    batch = decoded(vehicle(at_s=0), head=header(at_s=NOW_S * 1000))
    assert [each.where for each in batch.refused] == ["header.timestamp"]
    assert batch.items[0].observed_at == AT


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("nothing", b"", "sync.bad.empty"),
        ("no header", sized(2, vehicle()), "sync.gtfs_rt.form"),
        ("no version", sized(1, count(3, NOW_S)), "sync.gtfs_rt.form"),
        ("another version", header("3.0"), "sync.gtfs_rt.form"),
        ("text form", b'header {\n  gtfs_realtime_version: "2.0"\n}\n', "sync.gtfs_rt.form"),
        ("cut", message(vehicle())[:-1], "sync.bad.cut"),
        ("cut in a size", header() + b"\x12", "sync.bad.cut"),
        ("strange end", header() + varint(20 << 3 | 4), "sync.bad.cut"),
    ],
)
def test_what_is_no_such_answer(name: str, raw: bytes, says: str) -> None:
    assert bad(raw) == says


def test_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(header() + count(9, 1) * (13 << 20)) == "sync.bad.big"
    monkeypatch.setattr(feed_file, "MOST_ENTITIES", 3)
    assert bad(message(*(vehicle(str(n)) for n in range(4)))) == "sync.bad.many"
    monkeypatch.setattr(feed_file, "MOST_CALLS", 5)
    assert bad(message(*(update(call(1, "A"), call(2, "B"), id_=str(n), of=sized(1, str(n))) for n in range(3)))) == (
        "sync.bad.many"
    )


@pytest.mark.parametrize("which", range(len(good.GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(which: int) -> None:
    for body in mutations(good.GOOD[which], 60, seed=which):
        try:
            batch = feed().decode(answer(body), {})
        except BadAnswer as trouble:
            assert not PHRASES.tell(trouble).startswith("«")
            continue
        for refusal in batch.refused:
            assert not PHRASES.say(refusal.says, **refusal.values).startswith("«")


def test_a_real_vehicle(shared_data: Path) -> None:
    batch = feed().decode(answer((shared_data / "gtfs" / "rt-vehicle_position.pb").read_bytes()), {})
    (item,) = batch.items
    assert not batch.refused
    assert (item.native_id, item.lat, item.lon, item.body["trip"]) == ("vehicle/1", 47.0, -122.0, {"trip_id": "t0"})


def test_a_real_city(shared_data: Path) -> None:
    """A subway: vehicles without a place, an extension in each trip."""
    batch = feed().decode(answer((shared_data / "gtfs" / "rt-nyct-b_division.pb").read_bytes()), {})
    assert not batch.refused
    assert Counter(each.kind for each in batch.items) == {ItemKind.TRIP: 156, ItemKind.VEHICLE: 156}
    assert sum(len(each.body.get("calls", ())) for each in batch.items) == 2719
    first = batch.items[0]
    assert first.body["trip"]["trip_id"] == "087500_A..N"
    assert first.body["calls"][0] == (None, "A15N", 1637960230, None, 1637960230, None, "SCHEDULED")


def test_as_the_formats_own_library_reads_it(shared_data: Path) -> None:
    library = pytest.importorskip("google.transit.gtfs_realtime_pb2", reason="gtfs-realtime-bindings is not here")
    said = library.FeedMessage()
    raw = (shared_data / "gtfs" / "rt-nyct-b_division.pb").read_bytes()
    said.ParseFromString(raw)
    found = {each.native_id: each for each in feed().decode(answer(raw), {}).items}
    for entity in said.entity:
        trip = entity.trip_update.trip if entity.HasField("trip_update") else entity.vehicle.trip
        run = "/".join((trip.trip_id, trip.start_date, trip.start_time)).rstrip("/")
        if entity.HasField("vehicle"):
            item = found[f"vehicle/{run}"]
            assert item.observed_at.timestamp() == entity.vehicle.timestamp
            assert item.body["stop_id"] == entity.vehicle.stop_id
            assert item.body["status"] == library.VehiclePosition.VehicleStopStatus.Name(entity.vehicle.current_status)
            continue
        assert [(each[1], each[2], each[4]) for each in found[f"trip/{run}"].body.get("calls", ())] == [
            (
                each.stop_id,
                each.arrival.time if each.HasField("arrival") else None,
                each.departure.time if each.HasField("departure") else None,
            )
            for each in entity.trip_update.stop_time_update
        ]


@pytest.mark.parametrize(("name", "kind"), [("rt-alerts", ItemKind.SERVICE), ("rt-trip-updates-full", ItemKind.TRIP)])
def test_the_formats_own_examples(name: str, kind: ItemKind, shared_data: Path) -> None:
    library = pytest.importorskip("google.transit.gtfs_realtime_pb2", reason="gtfs-realtime-bindings is not here")
    text_format = pytest.importorskip("google.protobuf.text_format")
    said = text_format.Parse((shared_data / "gtfs" / f"{name}.asciipb").read_text("utf-8"), library.FeedMessage())
    batch = feed().decode(answer(said.SerializeToString()), {})
    assert not batch.refused
    assert {each.kind for each in batch.items} == {kind}
    assert len(batch.items) == len(said.entity)


def test_feed_try(tmp_path: Path) -> None:
    path = tmp_path / "bus.pb"
    path.write_bytes(good.GOOD[1])
    out, err = io.StringIO(), io.StringIO()
    assert feed_try("gtfs-rt", str(path), PHRASES, out, err) == 0, err.getvalue()
    assert '"records": 3' in out.getvalue()
