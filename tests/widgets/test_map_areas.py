"""The areas: which lies under a point, holes, steps of the ramp, names that do not meet."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage, QPainter

from console.core.pack import Area, Level
from widgets import gallery
from widgets.map_areas import AreaLayer, breaks_of
from widgets.map_labels import MapLabel, place_labels
from widgets.map_projection import Viewpoint, world
from widgets.tokens import Tokens


def square(code: str, west: float, south: float, side: float, hole: float = 0.0) -> Area:
    def ring(left: float, low: float, length: float) -> tuple[tuple[float, float], ...]:
        right, high = left + length, low + length
        return ((left, low), (right, low), (right, high), (left, high), (left, low))

    rings = [ring(west, south, side)]
    if hole:
        rings.append(ring(west + (side - hole) / 2, south + (side - hole) / 2, hole))
    return Area(code, code, Level.KELURAHAN, "", centre=(west + side / 2, south + side / 2), polygons=(tuple(rings),))


@pytest.fixture
def areas() -> AreaLayer:
    made = AreaLayer()
    made.set_areas([square("a", 106.0, -6.0, 0.1), square("b", 106.1, -6.0, 0.1, hole=0.04)], None)
    return made


def at(areas: AreaLayer, lon: float, lat: float) -> str:
    return areas.at(*map(float, world(lon, lat)))


def test_a_place_lies_in_its_area(areas: AreaLayer) -> None:
    assert at(areas, 106.05, -5.95) == "a"
    assert at(areas, 106.11, -5.99) == "b"
    assert at(areas, 107, -5.95) == ""


def test_a_hole_is_outside(areas: AreaLayer) -> None:
    assert at(areas, 106.15, -5.95) == ""


@given(st.floats(106.0001, 106.0999), st.floats(-5.9999, -5.9001))
def test_all_of_a_square_is_inside(lon: float, lat: float) -> None:
    made = AreaLayer()
    made.set_areas([square("a", 106.0, -6.0, 0.1)], None)
    assert at(made, lon, lat) == "a"


def test_areas_without_shapes_are_left_out() -> None:
    made = AreaLayer()
    made.set_areas([Area("x", "x", Level.KOTA, ""), square("a", 1, 1, 1)], None)
    assert list(made.shapes) == ["a"]
    made.set_areas([], None)
    assert made.box is None


def test_shapes_are_made_once_for_the_same_area(areas: AreaLayer) -> None:
    known = square("c", 106.0, -6.2, 0.1)
    areas.set_areas([known], None)
    first = areas.shapes["c"]
    areas.set_areas([square("d", 106.2, -6.2, 0.1)], known)
    areas.set_areas([known], None)
    assert areas.shapes["c"] is first


@given(st.lists(st.floats(0, 1e6), max_size=60), st.integers(2, 7))
def test_breaks_rise_and_leave_something_above(values: list[float], steps: int) -> None:
    breaks = breaks_of(values, steps)
    assert list(breaks) == sorted(set(breaks))
    assert len(breaks) < steps
    assert all(bound < max(values) for bound in breaks)


def test_breaks_of_counts_are_round() -> None:
    assert breaks_of([12, 17, 23, 33, 64, 89, 124, 173, 241, 336, 469, 655], 6) == (23, 64, 120, 240, 460)
    assert breaks_of([5, 5, 5], 6) == ()
    assert breaks_of([math.nan, math.inf], 6) == ()


def test_the_step_of_an_area_follows_its_value(areas: AreaLayer) -> None:
    areas.set_values({"a": 1.0, "b": 99.0, "c": None}, 6)
    assert areas.step_of("a") == 0
    assert areas.step_of("b") == len(areas.breaks)
    assert areas.step_of("c") is None
    assert areas.step_of("absent") is None


def test_unknown_is_hatched_and_no_value_plain(areas: AreaLayer, dark: Tokens) -> None:
    x, y = map(float, world(106.05, -5.95))
    view = Viewpoint(x, y, 14, 60, 60)

    def seen(values: dict[str, float | None]) -> QImage:
        areas.set_values(values, 6)
        image = QImage(60, 60, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            areas.paint(painter, dark, view)
        return image

    plain, hatched, low = seen({}), seen({"a": None}), seen({"a": 0.0})
    assert plain.pixelColor(30, 30).name().upper() == dark.area_none
    assert low.pixelColor(30, 30).name().upper() == dark.ramp[0]
    inked = sum(hatched.pixelColor(n, n % 7).name().upper() == dark.stale for n in range(60))
    assert inked > 0
    assert plain != hatched


def test_names_never_meet_and_the_weightier_comes_first(dark: Tokens) -> None:
    wanted = [MapLabel(100 + n, 100, f"Nama {n}", "12", 400, float(n)) for n in range(20)]
    placed = place_labels(dark, wanted, 1.0)
    boxes = [box for box, _ in placed]
    assert 1 < len(boxes) < 20
    assert not any(one.intersects(other) for at_, one in enumerate(boxes) for other in boxes[:at_])
    assert boxes[0].center().x() == pytest.approx(119)


def test_a_name_wider_than_its_area_is_left_out(dark: Tokens) -> None:
    assert place_labels(dark, [MapLabel(0, 0, "Nama yang panjang sekali", "", 20, 1)], 1.0) == []


def test_hostile_names_are_drawn_plain_and_short(dark: Tokens) -> None:
    bad = [
        MapLabel(0, 300 * n, text, "", 9999, 1) for n, text in enumerate(("<b>x</b>" * 900, "a\x00\u202eb", "😀" * 99))
    ]
    placed = place_labels(dark, bad, 1.0)
    assert len(placed) == 3
    assert all(box.width() < 700 for box, _ in placed)


def test_the_invented_city_is_sound() -> None:
    areas, outline = gallery.invented_city()
    made = AreaLayer()
    made.set_areas(areas, outline)
    assert len(made.shapes) == 13
    assert all(at(made, *area.centre) == area.code for area in areas)
