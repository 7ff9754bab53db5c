"""The projection: there and back, what stays where under zoom and pan, what fits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.map_projection import LEAST_ZOOM, MOST_ZOOM, Box, Viewpoint, degrees, scale_bar, world

LON = st.floats(-180, 180)
LAT = st.floats(-85, 85)
VIEW = st.builds(
    Viewpoint, st.floats(0.2, 0.8), st.floats(0.2, 0.8), st.floats(LEAST_ZOOM, MOST_ZOOM), st.just(800), st.just(600)
)
PIXEL = st.tuples(st.floats(0, 800), st.floats(0, 600))


@given(LON, LAT)
def test_there_and_back(lon: float, lat: float) -> None:
    back = degrees(*world(lon, lat))
    assert float(back[0]) == pytest.approx(lon, abs=1e-9)
    assert float(back[1]) == pytest.approx(lat, abs=1e-9)


@given(LON, st.floats(-90, 90))
def test_the_world_is_a_square(lon: float, lat: float) -> None:
    x, y = world(lon, lat)
    assert 0 <= float(x) <= 1
    assert -1e-6 <= float(y) <= 1 + 1e-6


def test_known_corners() -> None:
    assert tuple(map(float, world(0, 0))) == pytest.approx((0.5, 0.5))
    assert float(world(0, 85.051128)[1]) == pytest.approx(0, abs=1e-6)


def test_not_a_number_stays_so() -> None:
    assert math.isnan(float(world(math.nan, 1)[0]))
    assert np.isnan(world(np.array([1.0]), np.array([math.nan]))[1]).all()


@given(VIEW, PIXEL)
def test_pixels_there_and_back(view: Viewpoint, at: tuple[float, float]) -> None:
    assert view.screen(*view.place(*at)) == pytest.approx(at, abs=1e-3)


@given(VIEW, PIXEL, st.floats(-3, 3))
def test_what_lies_under_the_pointer_stays_under_zoom(view: Viewpoint, at: tuple[float, float], by: float) -> None:
    place = view.place(*at)
    assert view.zoomed(by, *at).screen(*place) == pytest.approx(at, abs=1e-2)


@given(VIEW, PIXEL, st.floats(-50, 50), st.floats(-50, 50))
def test_the_ground_follows_the_hand(view: Viewpoint, at: tuple[float, float], right: float, down: float) -> None:
    place = view.place(*at)
    moved = view.moved(right, down)
    if 0 < moved.x < 1 and 0 < moved.y < 1:
        assert moved.screen(*place) == pytest.approx((at[0] + right, at[1] + down), abs=1e-2)


@given(VIEW, st.floats(0.3, 0.6), st.floats(0.3, 0.6), st.floats(1e-6, 0.05), st.floats(1e-6, 0.05))
def test_what_is_fitted_is_seen_whole(view: Viewpoint, left: float, top: float, wide: float, high: float) -> None:
    fitted = view.fitted(Box(left, top, left + wide, top + high), 20)
    for corner in ((left, top), (left + wide, top + high)):
        x, y = fitted.screen(*corner)
        assert -1 <= x <= 801
        assert -1 <= y <= 601


@given(st.floats(0.01, 50_000), st.floats(40, 300))
def test_a_scale_bar_is_round_and_fits(metres_px: float, most_px: float) -> None:
    metres, pixels = scale_bar(metres_px, most_px)
    assert str(metres).rstrip("0") in ("1", "2", "5")
    assert pixels <= max(most_px, 1 / metres_px) + 1e-6


def test_metres_at_the_equator() -> None:
    assert Viewpoint(0.5, 0.5, 0, 1, 1).metres_px == pytest.approx(156_543, rel=1e-4)


@given(VIEW, st.floats(-300, 300), st.floats(-300, 300))
def test_a_wide_picture_shows_all_that_is_seen_as_long_as_one_stays_within(
    view: Viewpoint, right: float, down: float
) -> None:
    wide = view.widened()
    moved = view.moved(right, down)
    left, top = moved.screen(*wide.place(0, 0))
    low = moved.screen(*wide.place(wide.width, wide.height))
    seen = left <= 0 and top <= 0 and low[0] >= moved.width and low[1] >= moved.height
    near = min(abs(edge) for edge in (left, top, low[0] - moved.width, low[1] - moved.height))
    assert moved.within(wide) == seen or near < 0.01, "a hundredth of a pixel is nobody's"
    assert view.within(wide)
    assert not view.zoomed(-0.5, 0, 0).within(wide) or view.zoom == LEAST_ZOOM
    assert not view.sized(801, 600).within(wide)
