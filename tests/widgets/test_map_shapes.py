"""Shapes that sources tell: sound ones are kept as they are, huge ones thinned and said so, unsound ones are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from widgets.map_marks import UNIT, path_of
from widgets.map_projection import degrees, world
from widgets.map_shapes import MOST_POINTS, shape_of, snapped

BOX = [(106.0, -6.0), (106.1, -6.0), (106.1, -6.1), (106.0, -6.1), (106.0, -6.0)]
HOLE = [(106.04, -6.04), (106.06, -6.04), (106.06, -6.06), (106.04, -6.06), (106.04, -6.04)]


def round_ring(count: int, size: float = 0.05) -> list[tuple[float, float]]:
    turns = [2 * math.pi * n / (count - 1) for n in range(count)]
    return [(106 + size * math.cos(turn), -6 + size * math.sin(turn)) for turn in turns]


def test_a_shape_keeps_its_places_and_its_holes():
    shape = shape_of([[BOX, HOLE], [[(lon + 1, lat) for lon, lat in BOX]]])
    assert shape is not None
    assert [len(polygon) for polygon in shape.polygons] == [2, 1]
    assert shape.size == 15
    assert not shape.simplified
    lon, lat = degrees(shape.polygons[0][0][:, 0], shape.polygons[0][0][:, 1])
    assert {(round(x, 6), round(y, 6)) for x, y in zip(lon, lat, strict=True)} == set(BOX)


def test_the_place_of_its_mark_lies_inside_and_in_no_hole():
    shape = shape_of([[BOX, HOLE]])
    assert shape is not None
    lon, lat = (float(each) for each in degrees(*shape.inner))
    assert 106.0 < lon < 106.1
    assert -6.1 < lat < -6.0
    assert not (106.04 < lon < 106.06 and -6.06 < lat < -6.04)


@pytest.mark.parametrize("turned", [False, True])
def test_a_hole_is_a_hole_whichever_way_it_was_told_and_overlaps_are_filled(turned):
    shape = shape_of([[BOX[::-1] if turned else BOX, HOLE], [[(lon + 0.02, lat) for lon, lat in BOX]]])
    assert shape is not None
    origin = shape.polygons[0][0][0]
    path = path_of(shape, 20, (float(origin[0]), float(origin[1])))

    def filled(lon: float, lat: float) -> bool:
        x, y = world(lon, lat)
        return path.contains(QPointF((float(x) - origin[0]) * UNIT, (float(y) - origin[1]) * UNIT))

    assert filled(106.01, -6.01)
    assert filled(106.08, -6.05), "both are there"
    assert filled(106.11, -6.05)
    assert not filled(106.13, -6.05)
    alone = shape_of([[BOX[::-1] if turned else BOX, HOLE]])
    assert alone is not None
    path = path_of(alone, 20, (float(origin[0]), float(origin[1])))
    assert not filled(106.05, -6.05)
    assert filled(106.02, -6.05)


@pytest.mark.parametrize(
    "polygons",
    [
        [],
        [[]],
        [[BOX[:3]]],
        [[[(106.0, math.nan), *BOX[1:]]]],
        [[[(math.inf, -6.0), *BOX[1:]]]],
        [[[(lat, lon) for lon, lat in BOX]]],
        [[[(500.0, -6.0), *BOX[1:]]]],
        [[[("a", "b")] * 5]],
        [[[(106.0,)] * 5]],
        [[[(1.0, 2.0), (1.0,), (1.0, 2.0), (1.0, 2.0)]]],
        [["ring"]],
        [[None]],
        [7],
        "xy",
        [[[(10**400, 0)] * 4]],
    ],
    ids=[
        *("none", "no ring", "two sides", "nan", "endless", "swapped", "beyond", "words", "one number", "ragged"),
        *("text", "null", "number", "no list", "huge"),
    ],
)
def test_what_is_no_shape_gives_none(polygons):
    assert shape_of(polygons) is None


def test_one_unsound_ring_spoils_the_whole():
    assert shape_of([[BOX], [[(106.0, math.nan), *BOX[1:]]]]) is None


def test_a_hundred_thousand_places_are_thinned_and_it_says_so():
    shape = shape_of([[round_ring(100_000)]])
    assert shape is not None
    assert shape.simplified
    assert 100 < shape.size <= MOST_POINTS
    lon, lat = degrees(shape.polygons[0][0][:, 0], shape.polygons[0][0][:, 1])
    assert np.allclose(np.hypot(lon - 106, lat + 6), 0.05, rtol=0.01)


def test_a_thousand_specks_are_few_enough_too():
    specks = [
        [[(106 + n * 0.001 + dx, -6 + dy) for dx, dy in ((0, 0), (1e-6, 0), (0, 1e-6), (0, 0))]] for n in range(1000)
    ]
    shape = shape_of(specks)
    assert shape is not None
    assert shape.simplified
    assert shape.size <= MOST_POINTS


def test_self_crossing_and_flat_ones_have_a_place():
    bow = [(106.0, -6.0), (106.1, -6.1), (106.1, -6.0), (106.0, -6.1), (106.0, -6.0)]
    flat = [(106.0, -6.0), (106.1, -6.0), (106.2, -6.0), (106.0, -6.0)]
    for ring in (bow, flat, [(106.0, -6.0)] * 5):
        shape = shape_of([[ring]])
        assert shape is not None
        assert all(math.isfinite(each) for each in shape.inner)


def test_snapping_leaves_a_ring():
    ring = np.asarray(round_ring(50, 1e-9))
    assert len(snapped(ring, 1.0)) == 4
    assert len(snapped(np.asarray(round_ring(50, 1.0)), 0.5)) < 50
