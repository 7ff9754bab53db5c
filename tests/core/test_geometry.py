"""Plain geometry: areas in square metres, inside or not, and a label that never lies outside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.geometry import (
    Point,
    area_m2,
    bounds,
    in_ring,
    inside,
    label_point,
    metres_per_degree,
    ring_area_m2,
    signed_area,
)
from console.core.pack import Ring

SQUARE: Ring = ((106.0, -6.01), (106.01, -6.01), (106.01, -6.0), (106.0, -6.0), (106.0, -6.01))
HOLE: Ring = ((106.004, -6.006), (106.004, -6.004), (106.006, -6.004), (106.006, -6.006), (106.004, -6.006))
HORSESHOE: Ring = (
    *((0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (2.0, 3.0), (2.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0)),
    (0.0, 0.0),
)
"""Its centroid lies in the gap."""


def star(centre: Point, reaches: list[float]) -> Ring:
    """A ring around a centre, as far out in each direction as told: any bent shape that does not cross itself."""
    corners = [
        (
            centre[0] + reach * math.cos(2 * math.pi * step / len(reaches)),
            centre[1] + reach * math.sin(2 * math.pi * step / len(reaches)),
        )
        for step, reach in enumerate(reaches)
    ]
    return (*corners, corners[0])


CENTRES = st.tuples(st.floats(100, 110), st.floats(-10, 10))
STARS = st.builds(star, CENTRES, st.lists(st.floats(0.001, 0.1), min_size=4, max_size=24))


def test_a_degree_is_as_long_as_the_ellipsoid_says() -> None:
    east, north = metres_per_degree(0)
    assert east == pytest.approx(111_319.5, rel=1e-4)
    assert north == pytest.approx(110_574.3, rel=1e-4)
    assert metres_per_degree(60)[0] == pytest.approx(55_800, rel=1e-3)


def test_an_area_is_in_square_metres() -> None:
    assert ring_area_m2(SQUARE) == pytest.approx(1107.1 * 1105.8, rel=1e-3)
    assert area_m2(((SQUARE, HOLE),)) == pytest.approx(ring_area_m2(SQUARE) * 0.96, rel=1e-6)
    assert area_m2(()) == 0


@given(STARS)
def test_turning_a_ring_round_turns_the_sign_only(ring: Ring) -> None:
    assert signed_area(ring) > 0
    assert signed_area(tuple(reversed(ring))) == pytest.approx(-signed_area(ring), rel=1e-6)
    assert ring_area_m2(tuple(reversed(ring))) == pytest.approx(ring_area_m2(ring), rel=1e-6)


def test_bounds_are_west_south_east_north() -> None:
    assert bounds([SQUARE, HOLE]) == (106.0, -6.01, 106.01, -6.0)
    with pytest.raises(ValueError, match="empty"):
        bounds([])


def test_a_point_in_a_hole_is_outside() -> None:
    assert inside(106.002, -6.005, ((SQUARE, HOLE),))
    assert not inside(106.005, -6.005, ((SQUARE, HOLE),))
    assert not inside(106.02, -6.005, ((SQUARE, HOLE),))
    assert not inside(math.nan, -6.005, ((SQUARE, HOLE),))


@given(STARS, st.floats(0, 0.12), st.floats(0, 2 * math.pi))
def test_a_shape_around_its_centre_holds_what_is_nearer_than_its_nearest_side(
    ring: Ring, far: float, turn: float
) -> None:
    xs, ys = [x for x, _ in ring[:-1]], [y for _, y in ring[:-1]]
    west, south, east, north = bounds([ring])
    spot = (sum(xs) / len(xs) + far * math.cos(turn), sum(ys) / len(ys) + far * math.sin(turn))
    if not (west <= spot[0] <= east and south <= spot[1] <= north):
        assert not in_ring(*spot, ring)


@given(st.integers(0, 400), st.integers(0, 400))
def test_on_a_shared_border_exactly_one_neighbour_says_yes(across: int, up: int) -> None:
    parts: list[Ring] = [
        ((0.0, 0.0), (2.0, 0.3), (1.1, 1.2), (0.0, 0.0)),
        ((2.0, 0.3), (2.0, 2.0), (1.1, 1.2), (2.0, 0.3)),
        ((2.0, 2.0), (0.1, 1.9), (1.1, 1.2), (2.0, 2.0)),
        ((0.1, 1.9), (0.0, 0.0), (1.1, 1.2), (0.1, 1.9)),
    ]
    spot = (across / 200, up / 200)
    whole: Ring = ((0.0, 0.0), (2.0, 0.3), (2.0, 2.0), (0.1, 1.9), (0.0, 0.0))
    assert sum(in_ring(*spot, part) for part in parts) == in_ring(*spot, whole)


@given(STARS)
def test_a_label_lies_inside_its_shape(ring: Ring) -> None:
    assert in_ring(*label_point(((ring,),)), ring)


def test_a_label_of_a_bent_shape_is_not_in_the_gap() -> None:
    assert in_ring(*label_point(((HORSESHOE,),)), HORSESHOE)
    assert not in_ring(1.5, 1.6, HORSESHOE)


def test_a_label_is_put_into_the_largest_part_and_not_into_its_hole() -> None:
    small: Ring = ((107.0, -6.001), (107.001, -6.001), (107.001, -6.0), (107.0, -6.001))
    spot = label_point(((small,), (SQUARE, HOLE)))
    assert inside(*spot, ((SQUARE, HOLE),))
