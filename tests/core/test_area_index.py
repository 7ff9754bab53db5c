"""The raster gives the answer that trying every area would give, everywhere, and quickly."""

from __future__ import annotations

import gc
import math
from dataclasses import replace
from itertools import pairwise
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.cells import cells
from console.core.geometry import AreaIndex, Point, index_of, inside
from console.core.pack import Area, CityPack, Level, Ring
from tests.cities import small_pack

PACK = small_pack()
INDEX = AreaIndex(PACK)


def by_trying(pack: CityPack, lon: float, lat: float) -> str:
    """The same answer, the slow way."""
    found = (
        area.code for area in pack.areas.values() if area.level is Level.KELURAHAN and inside(lon, lat, area.polygons)
    )
    return next(found, "")


def city_of(rings: list[tuple[Ring, ...]]) -> CityPack:
    """The invented city with other kelurahan."""
    areas = {
        f"99.71.01.{1000 + number}": Area(
            f"99.71.01.{1000 + number}", "x", Level.KELURAHAN, "99.71.01", polygons=(rings_,)
        )
        for number, rings_ in enumerate(rings)
    }
    return replace(PACK, areas=areas)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (106.02, -6.01, "99.71.01.1001"),
        (106.01, -6.03, "99.71.01.1002"),
        (106.03, -6.05, "99.71.02.1002"),
        (106.01, -6.05, ""),
        (106.07, -6.01, ""),
        (-6.01, 106.02, ""),
        (math.nan, -6.01, ""),
        (106.02, math.inf, ""),
    ],
)
def test_a_point_is_found_in_its_kelurahan(lon: float, lat: float, code: str) -> None:
    assert INDEX.find(lon, lat) == code


CENTRES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=8, unique=True).map(
    lambda spots: [(106 + x / 400, -6 - y / 400) for x, y in spots]
)
SPOTS = st.lists(st.tuples(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1)), min_size=1, max_size=60)


@given(CENTRES, SPOTS)
def test_it_agrees_with_trying_every_area(centres: list[Point], spots: list[Point]) -> None:
    pack = city_of([(ring,) for ring in cells(centres)])
    index = AreaIndex(pack)
    corners = [point for area in pack.areas.values() for point in area.polygons[0][0]]
    middles = [((xa + xb) / 2, (ya + yb) / 2) for (xa, ya), (xb, yb) in pairwise(corners)]
    free = [(106 + 0.15 * x, -6 - 0.15 * y) for x, y in spots]
    for spot in (*free, *corners, *middles, *centres):
        assert index.find(*spot) == by_trying(pack, *spot)


@given(SPOTS)
def test_holes_and_level_borders_are_exact_too(spots: list[Point]) -> None:
    outer: Ring = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    hole: Ring = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25), (0.25, 0.25))
    pack = city_of([(outer, hole), (tuple(reversed(hole)),)])
    index = AreaIndex(pack)
    for spot in (*spots, (0.25, 0.25), (0.75, 0.75), (0.5, 0.25), (0.25, 0.5)):
        assert index.find(*spot) == by_trying(pack, *spot)


def test_each_centre_is_in_its_own_area() -> None:
    for area in PACK.areas.values():
        if area.level is Level.KELURAHAN:
            assert INDEX.find(*area.centre) == area.code


def test_a_pack_without_shapes_finds_nothing() -> None:
    assert AreaIndex(city_of([])).find(106.0, -6.0) == ""


def test_all_who_hold_a_pack_share_its_index_as_long_as_anybody_has_it() -> None:
    pack = replace(small_pack())
    index = index_of(pack)
    assert index_of(pack) is index and index.find(106.01, -6.01) == INDEX.find(106.01, -6.01) != ""
    assert index_of(replace(pack)) is not index
    gone = ref(index)
    del index
    gc.collect()
    assert gone() is None
