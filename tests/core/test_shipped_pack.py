"""The pack that ships: whole, sound to the last check, its shapes those its own centres make."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from console.core.geometry import AreaIndex, area_m2, inside
from console.core.pack import Level
from console.core.pack_areas import Territory, read_areas
from console.core.pack_check import read_pack
from console.core.pack_text import Faults
from console.core.pack_write import areas_geojson
from console.store.files import resource, resources

ID = "tangerang"
FILES = {name.rsplit("/", 1)[1]: raw for name, raw in resources(f"packs/{ID}/*")}
PACK = read_pack(FILES, ID, deep=False)
PER_KECAMATAN = (8, 6, 7, 5, 10, 8, 16, 5, 6, 7, 11, 7, 8)


def test_it_passes_every_check() -> None:
    read_pack(FILES, ID)


def test_its_territory_is_whole() -> None:
    assert (PACK.city.code, PACK.zone_label, PACK.schematic) == ("36.71", "WIB", True)
    kecamatan = PACK.children("36.71")
    assert [area.code for area in kecamatan] == [f"36.71.{number:02}" for number in range(1, 14)]
    for area, count in zip(kecamatan, PER_KECAMATAN, strict=True):
        codes = [child.code for child in PACK.children(area.code)]
        assert codes == [f"{area.code}.{1001 + number}" for number in range(count)]


def test_names_that_repeat_keep_their_own_codes() -> None:
    assert PACK.area_name("36.71.02") == PACK.area_name("36.71.09.1006") == "Jatiuwung"
    assert PACK.area_name("36.71.09.1004") == "Panunggangan Barat"
    assert PACK.areas["36.71.09.1004"].parent == "36.71.09"
    assert len([area for area in PACK.areas.values() if area.name == "Batuceper"]) == 2


def test_codes_of_the_statistics_office_stand_beside_and_are_never_derived() -> None:
    known = {area.code: area.bps for area in PACK.areas.values() if area.bps}
    assert known["36.71.01"] == "3671060"
    assert known["36.71.13"] == "3671020"
    assert set(known) == {"36.71", *(area.code for area in PACK.children("36.71"))}


def test_centres_are_entered_by_hand_to_three_decimals() -> None:
    for row in csv.DictReader(io.StringIO(FILES["areas.csv"].decode()), delimiter=";"):
        for text in (row["lat"], row["lon"]):
            assert len(text.partition(".")[2]) == 3, row


def test_each_cell_holds_its_centre_and_the_cells_cover_the_city_once() -> None:
    index = AreaIndex(PACK)
    lowest = [area for area in PACK.areas.values() if area.level is Level.KELURAHAN]
    for area in lowest:
        assert index.find(*area.centre) == area.code
    whole = area_m2(PACK.city.polygons)
    assert sum(area_m2(area.polygons) for area in lowest) == pytest.approx(whole, rel=1e-4)
    assert sum(area_m2(area.polygons) for area in PACK.children("36.71")) == pytest.approx(whole, rel=1e-4)
    assert whole / 1e6 == pytest.approx(178, rel=0.05)
    assert [len(polygon) for polygon in PACK.city.polygons] == [1]


def test_its_shapes_are_those_its_centres_make() -> None:
    """After a change of a centre: python -m console.core.pack_write < areas.csv > areas.geojson"""
    faults = Faults()
    areas = read_areas(Territory(FILES["areas.csv"], None), True, True, faults)
    assert not faults.found
    stored = json.loads(FILES["areas.geojson"])["features"]
    fresh = json.loads(areas_geojson(areas.values()))["features"]
    lowest = [index for index, feature in enumerate(fresh) if len(feature["properties"]["kode"]) == 13]
    assert [stored[index] for index in lowest] == [fresh[index] for index in lowest]
    for area in areas.values():
        assert area_m2(PACK.areas[area.code].polygons) == pytest.approx(area_m2(area.polygons), rel=1e-6)


def test_centres_lie_in_the_real_kelurahan(shared_data: Path) -> None:
    whole = json.loads((shared_data / "geo" / f"{ID}-kelurahan.geojson").read_bytes())
    for feature in whole["features"]:
        ring = tuple((lon, lat) for lon, lat in feature["geometry"]["coordinates"][0])
        area = PACK.areas[feature["properties"]["kode"]]
        assert area.name == feature["properties"]["nama"]
        assert inside(*area.centre, ((ring,),)), area.code


def test_offices_are_marked_as_not_verified() -> None:
    assert len(PACK.opds) == 30
    assert not any(opd.verified for opd in PACK.opds.values())


def test_categories_speak_both_languages_and_name_an_office() -> None:
    assert len(PACK.categories) >= 20
    for category in PACK.categories.values():
        assert set(category.name) == {"id", "en"}
        assert category.opd in PACK.opds
        assert category.code in category.service_codes


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 20), False),
        (date(2026, 3, 25), True),
        (date(2026, 12, 24), False),
        (date(2027, 3, 12), False),
        (date(2027, 5, 19), False),
        (date(2027, 5, 21), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), True),
    ],
)
def test_the_calendar_knows_holidays_and_joint_leave_of_two_years(day: date, works: bool) -> None:
    assert PACK.calendar.is_workday(day) == works
    assert (PACK.calendar.known_from, PACK.calendar.known_until) == (date(2026, 1, 1), date(2027, 12, 31))


def test_the_demo_sources_are_the_embedded_centre() -> None:
    feed, *others = PACK.feeds
    assert all(each.address.startswith("embedded:/") and "eragaan" in each.licence for each in others)
    assert (feed.kind, feed.address, feed.cadence_s, feed.stale_after_s) == ("open311", "embedded:", 5, 60)
    assert feed.licence
    assert {policy.channel for policy in PACK.sla} == {feed.id, "sp4n"}


def test_the_template_gives_the_same_calendar() -> None:
    assert resource("pack_template/calendar.toml") == FILES["calendar.toml"]
