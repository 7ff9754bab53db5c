"""What lies on the map, read from a real store: what holds, with its shape, and what may not be so any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.core.items import Item, ItemKind, Latest, Sample, Series
from console.core.records import Batch
from console.models.map_layers import Found, Layer, circle_ring, read_layers, unwell
from tests.store.timetables import timetable, trip
from tests.town import NOW, Town, health

BOX = [[106.0, -6.0], [106.1, -6.0], [106.1, -6.1], [106.0, -6.0]]


@pytest.fixture
def world(tmp_path, qtbot):
    made = Town(tmp_path)
    yield made
    made.close()


def alert(name: str, areas: Any, severity: str = "Severe", **more: Any) -> Item:
    info = {"language": "id", "severity": severity, "headline": name, "areas": areas}
    body = {"status": "Actual", "msgType": "Alert", "sender": "s", "identifier": name, "sent": "x", "infos": [info]}
    told = {"ends_at": NOW + timedelta(hours=1), "body": {**body, **more.pop("body", {})}, **more}
    return Item(f"cap:{name}", "cap", ItemKind.ALERT, name, name, "", NOW - timedelta(minutes=3), **told)


def item(kind: ItemKind, name: str, **more: Any) -> Item:
    told = {"observed_at": NOW - timedelta(minutes=1), "lat": -6.02, "lon": 106.03, **more}
    return Item(f"x:{name}", "x", kind, name, name, "", **told)


def read(world: Town, *layers: Layer, late: tuple[str, ...] = ()) -> dict[Layer, Found]:
    job = read_layers(world.pack, layers, NOW, late)
    return {each.layer: each for each in job(world.writer.read)}


def tell(world: Town, *items: Item, **more: Any) -> None:
    world.writer.take(Batch("x", items=list(items), fleeting=True, **more))


def test_nothing_is_read_for_a_layer_that_is_off(world):
    tell(world, item(ItemKind.VEHICLE, "bus"), alert("a", [{"polygons": [BOX]}]))
    assert read(world).keys() == set()
    assert read(world, Layer.WARNINGS).keys() == {Layer.WARNINGS}


def test_a_warning_has_the_polygons_and_circles_of_all_its_blocks_once(world):
    area = {"areaDesc": "a", "polygons": [BOX], "circles": [{"lat": -6, "lon": 106, "km": 2}]}
    told = alert("a", [area], "Extreme")
    told = told._replace(
        body={**told.body, "infos": [*told.body["infos"], {**told.body["infos"][0], "language": "en"}]}
    )
    tell(world, told, alert("latihan", [area], body={"status": "Exercise"}))
    (spot,) = read(world, Layer.WARNINGS)[Layer.WARNINGS].spots
    assert len(spot.polygons) == 2
    assert spot.polygons[0] == [BOX]
    assert len(spot.polygons[1][0]) == 49
    assert spot.rank == 4
    assert spot.source == "cap"


def test_a_warning_without_a_shape_is_that_of_the_areas_it_names(world):
    code = next(code for code, area in world.pack.areas.items() if area.polygons)
    tell(world, alert("a", [], area=code), alert("b", [], body={"kecamatan": [code, "00.00", 7]}), alert("c", []))
    spots = {each.told.item.native_id: each for each in read(world, Layer.WARNINGS)[Layer.WARNINGS].spots}
    assert spots["a"].polygons == spots["b"].polygons == list(world.pack.areas[code].polygons)
    assert spots["c"].polygons == []


@pytest.mark.parametrize(
    "areas", [None, 7, [None], [{"polygons": 3}], [{"circles": [{"lat": "x"}, None, {"lat": 1, "lon": 1, "km": -5}]}]]
)
def test_a_body_of_nonsense_is_no_fault(world, areas):
    tell(world, alert("a", areas))
    (spot,) = read(world, Layer.WARNINGS)[Layer.WARNINGS].spots
    assert not any(ring for polygon in spot.polygons for ring in polygon)


def test_floods_are_those_that_stand_now(world):
    body = {"state": 3, "polygons": [[BOX]]}
    tell(
        world,
        item(ItemKind.FLOOD, "tinggi", body=body),
        item(ItemKind.FLOOD, "kering", body={"state": 0}, ends_at=NOW - timedelta(minutes=1)),
        item(ItemKind.FLOOD, "wilayah", body={"state": "x"}, area="99.71.01"),
    )
    spots = {each.key: each for each in read(world, Layer.FLOODS)[Layer.FLOODS].spots}
    assert spots.keys() == {"x:tinggi", "x:wilayah"}
    assert (spots["x:tinggi"].rank, spots["x:tinggi"].polygons) == (3, [[BOX]])
    assert (spots["x:wilayah"].rank, spots["x:wilayah"].polygons) == (0, list(world.pack.areas["99.71.01"].polygons))


def test_an_old_vehicle_and_a_ghost_are_in_doubt(world):
    buses = timetable(trip("a", "A 23:50", "B 23:55"))
    world.writer.take(Batch(buses.source, timetable=buses, fleeting=True))
    car = item(ItemKind.VEHICLE, "v", body={"bearing": 450.0})
    car = car._replace(source=buses.source)
    many = [
        car._replace(id="v:1", body={"bearing": 450.0, "trip": {"trip_id": "a"}}),
        car._replace(id="v:2", body={"bearing": "x", "trip": {"trip_id": "hantu"}}),
        car._replace(id="v:3", observed_at=NOW - timedelta(minutes=20)),
        car._replace(id="v:4", observed_at=NOW - timedelta(hours=2)),
        car._replace(id="v:5", lat=None, lon=None, body={"stop_id": "A"}),
        car._replace(id="v:6", observed_at=NOW + timedelta(seconds=20), body={"trip": 7} | {"trip": {}}),
    ]
    world.writer.take(Batch(buses.source, items=many, fleeting=True))
    spots = {each.key: each for each in read(world, Layer.VEHICLES)[Layer.VEHICLES].spots}
    assert {key: spot.doubtful for key, spot in spots.items()} == {"v:1": "", "v:2": "trip", "v:3": "old", "v:6": ""}
    assert (spots["v:1"].bearing, spots["v:2"].bearing) == (90.0, None)


def test_gauges_have_their_newest_value_and_silent_ones_say_so(world):
    new = Series("x:baru", "x", "baru", "Baru", "Air", "cm", "Pintu", -6.0, 106.0)
    old = new._replace(id="x:lama", native_id="lama")
    lost = new._replace(id="x:tanpa", native_id="tanpa", lat=None, lon=None)
    samples = [Sample("x:baru", NOW, 182.0), Sample("x:lama", NOW - timedelta(days=2), 5.0)]
    tell(world, series=[new, old, lost], samples=samples)
    spots = {each.key: each for each in read(world, Layer.GAUGES)[Layer.GAUGES].spots}
    assert {key: spot.doubtful for key, spot in spots.items()} == {"x:baru": "", "x:lama": "silent"}
    told = spots["x:baru"].told
    assert isinstance(told, Latest)
    assert told.value == 182.0


def test_quakes_near_the_city_of_the_last_day(world):
    tell(
        world,
        item(ItemKind.QUAKE, "dekat", body={"magnitude": 4.7}),
        item(ItemKind.QUAKE, "jauh", lat=3.0, lon=97.0),
        item(ItemKind.QUAKE, "lama", observed_at=NOW - timedelta(days=2)),
    )
    (spot,) = read(world, Layer.QUAKES)[Layer.QUAKES].spots
    assert (spot.key, spot.rank) == ("x:dekat", 4)


def test_reports_and_what_a_late_source_told(world):
    tell(world, item(ItemKind.REPORT, "lapor"), item(ItemKind.REPORT, "entah", lat=None, lon=None))
    (spot,) = read(world, Layer.REPORTS)[Layer.REPORTS].spots
    assert spot.doubtful == ""
    (spot,) = read(world, Layer.REPORTS, late=("x",))[Layer.REPORTS].spots
    assert spot.doubtful == "source"


def test_of_very_many_the_newest_are_drawn_and_it_says_so(world, monkeypatch):
    monkeypatch.setattr("console.models.map_layers.MOST", 3)
    tell(world, *(item(ItemKind.VEHICLE, f"v{n}") for n in range(5)))
    found = read(world, Layer.VEHICLES)[Layer.VEHICLES]
    assert len(found.spots) == 3
    assert found.more


def test_no_word_for_long_is_no_silence_of_who_warns():
    quiet = health(newest_at=NOW - timedelta(days=9))
    assert not unwell(quiet, Layer.WARNINGS, NOW)
    assert unwell(quiet, Layer.FLOODS, NOW)
    assert unwell(health(trouble="away"), Layer.WARNINGS, NOW)


def test_a_circle_is_round_and_bounded():
    ring = circle_ring({"lat": -6.0, "lon": 106.0, "km": 11.0574})
    assert max(lat for _, lat in ring) == pytest.approx(-5.9, abs=0.001)
    assert ring[0] == ring[-1]
    assert all(abs(lon) <= 180 and abs(lat) <= 85 for lon, lat in circle_ring({"lat": 89, "lon": 179, "km": 9000}))
    assert circle_ring({"lat": float("nan"), "lon": 0, "km": 1}) == []
