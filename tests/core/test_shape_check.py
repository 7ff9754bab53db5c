"""Shapes held against themselves and each other, and outlines joined of many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.cells import cells
from console.core.geojson import Shape
from console.core.geometry import Point, Polygons, area_m2, inside, signed_area
from console.core.pack import Ring
from console.core.pack_text import Faults
from console.core.shape_check import check_shapes, dissolve, dissolve_upwards


def box(west: float, south: float, east: float, north: float) -> Ring:
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def told(*polygons: Polygons) -> list[str]:
    faults = Faults()
    check_shapes([Shape(f"f[{number}]", str(number), "", each) for number, each in enumerate(polygons)], faults)
    return [f"{fault.where} {fault.says.removeprefix('pack.fault.')}" for fault in faults.found]


def test_neighbours_are_sound() -> None:
    assert told(((box(106, -6.01, 106.01, -6),),), ((box(106.01, -6.01, 106.02, -6),),)) == []


def test_a_ring_that_crosses_itself_is_told_with_the_place() -> None:
    bow: Ring = ((106, -6.01), (106.01, -6), (106.01, -6.01), (106, -6.002), (106, -6.01))
    faults = Faults()
    check_shapes([Shape("f[0]", "1", "", ((bow,),))], faults)
    (fault,) = faults.found
    assert fault.says == "pack.fault.geometry_invalid"
    assert str(dict(fault.values)["fault"]).startswith("shape_crosses 106.00")


@pytest.mark.parametrize("hole", [box(106.02, -6.01, 106.03, -6), box(105.999, -6.005, 106.005, -6.001)])
def test_a_hole_that_is_not_inside_is_told(hole: Ring) -> None:
    assert told(((box(106, -6.01, 106.01, -6), hole),)) == ["f[0].geometry geometry_invalid"]


def test_a_sound_hole_is_let_through() -> None:
    assert told(((box(106, -6.01, 106.01, -6), box(106.004, -6.006, 106.006, -6.004)),)) == []


def test_areas_that_lie_on_one_another_are_told_once() -> None:
    assert told(((box(106, -6.01, 106.01, -6),),), ((box(106.005, -6.01, 106.015, -6),),)) == ["f[0].geometry overlap"]


def test_two_drawings_of_one_border_are_no_overlap() -> None:
    assert told(((box(106, -6.01, 106.01, -6),),), ((box(106.00995, -6.01, 106.02, -6),),)) == []


def test_a_joined_outline_has_no_inner_border() -> None:
    joined = dissolve([((box(106, -6.01, 106.01, -6),),), ((box(106.01, -6.01, 106.02, -6),),)])
    assert area_m2(joined) == pytest.approx(area_m2(((box(106, -6.01, 106.02, -6),),)), rel=1e-6)
    assert [len(polygon) for polygon in joined] == [1]


def test_a_sliver_between_neighbours_is_closed_and_a_lake_is_kept() -> None:
    around = (
        *[((box(106, -6.03, 106.01, -6),),), ((box(106.02, -6.03, 106.03, -6),),)],
        *[((box(106.01, -6.01, 106.02, -6),),), ((box(106.01, -6.03, 106.02, -6.02),),)],
    )
    assert [len(polygon) for polygon in dissolve(around)] == [2]
    filled = ((box(106.0101, -6.02, 106.02, -6.01),),)
    assert [len(polygon) for polygon in dissolve((*around, filled))] == [1]


def test_islands_stay_apart_the_largest_first() -> None:
    joined = dissolve([((box(106, -6.01, 106.01, -6),),), ((box(107, -6.05, 107.05, -6),),)])
    assert [polygon[0][0] for polygon in joined] == [(107.0, -6.05), (106.0, -6.01)]


def test_nothing_joined_is_nothing() -> None:
    assert dissolve([]) == dissolve([()]) == ()


CENTRES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12, unique=True).map(
    lambda spots: [(106.5 + x / 400, -6.2 + y / 400) for x, y in spots]
)


@given(CENTRES)
def test_cells_are_sound_disjoint_and_joined_to_what_they_cover(centres: list[Point]) -> None:
    made: list[Polygons] = [((ring,),) for ring in cells(centres)]
    assert told(*made) == []
    joined = dissolve(made)
    holes = sum(area_m2(((tuple(reversed(hole)),),)) for polygon in joined for hole in polygon[1:])
    covered = sum(area_m2(each) for each in made)
    # slivers of less than 3 ha are closed; the rest is what the cells cover
    assert area_m2(joined) >= covered * 0.998
    assert area_m2(joined) - covered <= 30_000 * len(centres) + holes + covered * 0.002
    assert all(signed_area(polygon[0]) > 0 for polygon in joined)
    assert all(inside(*centre, joined) for centre in centres)


def test_outlines_are_joined_level_by_level() -> None:
    shapes = {
        code: ((box(106 + n / 100, -6.01, 106.01 + n / 100, -6),),)
        for n, code in enumerate(("1.1.1", "1.1.2", "1.2.1"))
    }
    parents = {"1.1.1": "1.1", "1.1.2": "1.1", "1.2.1": "1.2", "1.1": "1", "1.2": "1"}
    made = dissolve_upwards(shapes, parents)
    assert sorted(made) == ["1", "1.1", "1.2"]
    assert area_m2(made["1"]) == pytest.approx(sum(area_m2(each) for each in shapes.values()), rel=1e-6)
    assert area_m2(made["1.1"]) == pytest.approx(2 * area_m2(made["1.2"]), rel=1e-6)
