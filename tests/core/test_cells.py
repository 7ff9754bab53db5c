"""Cells: one around each centre, without gaps or overlaps between neighbours, the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.cells import cells
from console.core.geometry import Point, in_ring, ring_area_m2, signed_area

CENTRES = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=15, unique=True).map(
    lambda spots: [(106.5 + x / 500, -6.2 + y / 500) for x, y in spots]
)


def test_no_centres_make_no_cells() -> None:
    assert cells([]) == []


def test_one_centre_has_a_cell_of_its_own() -> None:
    (ring,) = cells([(106.5, -6.2)])
    assert in_ring(106.5, -6.2, ring)


def test_two_equal_centres_are_refused() -> None:
    with pytest.raises(ValueError, match="equal"):
        cells([(106.5, -6.2), (106.5, -6.2)])


@given(CENTRES)
def test_each_cell_holds_its_centre_and_no_other(centres: list[Point]) -> None:
    for number, ring in enumerate(cells(centres)):
        assert ring[0] == ring[-1]
        assert signed_area(ring) > 0
        assert [other for other, centre in enumerate(centres) if in_ring(*centre, ring)] == [number]


@given(CENTRES)
def test_the_same_centres_make_the_same_cells(centres: list[Point]) -> None:
    assert cells(centres) == cells(list(centres))


@given(CENTRES, st.tuples(st.floats(106.4, 106.8), st.floats(-6.3, -5.9)))
def test_no_place_is_in_two_cells(centres: list[Point], spot: Point) -> None:
    assert sum(in_ring(*spot, ring) for ring in cells(centres)) <= 1


def test_a_grid_of_centres_is_covered_without_a_gap() -> None:
    """Corners where four cells meet are the hard case: their centres lie on one circle."""
    centres = [(106.5 + x / 100, -6.2 + y / 100) for x in range(5) for y in range(5)]
    made = cells(centres)
    inner = made[12]
    assert ring_area_m2(inner) == pytest.approx(1106 * 1106, rel=0.01)
    for step in range(401):
        spot = (106.5 + step / 10_000, -6.2 + (step * 7 % 401) / 10_000)
        assert sum(in_ring(*spot, ring) for ring in made) == 1
