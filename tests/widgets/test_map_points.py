"""The points: stamped where they lie, the worst on top, clusters that count every one, unsound places left out."""

from __future__ import annotations

import math
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from console.core.lifecycle import State
from widgets import theme
from widgets.map_points import Cluster, Look, PointLayer, _edged, _stamp, bubble_radius, keep_clear, looks_of
from widgets.map_projection import Viewpoint, world
from widgets.tokens import Tokens

CENTRE = (106.6, -6.2)


def view_at(zoom: float = 12.0) -> Viewpoint:
    x, y = world(*CENTRE)
    return Viewpoint(float(x), float(y), zoom, 200, 100)


def layer(*points: tuple[float, float, Look, int]) -> PointLayer:
    made = PointLayer()
    made.set_points(*zip(*points, strict=True))
    return made


def drawn(points: PointLayer, tokens: Tokens, ratio: float = 1.0) -> QImage:
    image = QImage(round(200 * ratio), round(100 * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        points.paint(painter, tokens, view_at(), ratio)
    return image


def test_a_stamp_is_a_round_dot_of_five() -> None:
    image = np.zeros((9, 9), np.uint8)
    image[4, 4] = 7
    body = _stamp(image, 2)
    assert body[2:7, 2:7].tolist() == [
        [0, 7, 7, 7, 0],
        [7, 7, 7, 7, 7],
        [7, 7, 7, 7, 7],
        [7, 7, 7, 7, 7],
        [0, 7, 7, 7, 0],
    ]
    assert body.sum() == 21 * 7
    assert set(np.unique(_edged(body))) == {0, 1, 7}


@given(st.integers(1, 6))
def test_a_stamp_of_any_size_is_even_all_round(radius: int) -> None:
    image = np.zeros((21, 21), np.uint8)
    image[10, 10] = 1
    body = _stamp(image, radius)
    for turned in (body.T, body[::-1], body[:, ::-1]):
        assert (body == turned).all()
    assert body[10].sum() == 2 * radius + 1


def test_where_points_meet_the_worst_is_seen(dark: Tokens) -> None:
    both = layer((*CENTRE, Look.AWAS, 1), (*CENTRE, Look.DONE, 2), *[(*CENTRE, Look.OPEN, 3 + n) for n in range(500)])
    image = drawn(both, dark)
    assert image.pixelColor(100, 44).name().upper() == dark.awas or image.pixelColor(95, 50).name().upper() == dark.awas


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_point_lies_where_it_should_at_every_sharpness(dark: Tokens, ratio: float) -> None:
    image = drawn(layer((*CENTRE, Look.OPEN, 1)), dark, ratio)
    assert image.pixelColor(round(100 * ratio), round(50 * ratio)).name().upper() == dark.point
    assert image.pixelColor(2, 2).alpha() == 0


def test_points_out_of_view_are_not_drawn(dark: Tokens) -> None:
    image = drawn(layer((10.0, 50.0, Look.AWAS, 1)), dark)
    assert all(image.pixelColor(x, y).alpha() == 0 for x in range(0, 200, 7) for y in range(0, 100, 7))


def test_looks_of_states_have_no_colour(dark: Tokens) -> None:
    states = array("b", list(State))
    looks = looks_of(states)
    assert set(looks) == {Look.OPEN, Look.DONE}
    assert looks[list(State).index(State.DONE)] == Look.DONE
    assert (looks_of(np.array(states, np.int8)) == looks).all()


def test_unsound_places_are_left_out() -> None:
    points = PointLayer()
    points.set_points(
        array("d", [1, math.nan, 3, math.inf]), array("d", [1, 2, math.nan, 0]), [1, 1, 1, 1], [7, 8, 9, 10]
    )
    assert len(points) == 1
    assert points.place_of(7) is not None
    assert points.place_of(8) is None


@given(
    st.lists(st.tuples(st.floats(106.3, 106.9), st.floats(-6.4, -6.0), st.sampled_from(list(Look))), max_size=60),
    st.floats(9, 14),
)
def test_clusters_count_every_point_in_view_and_show_the_worst(
    points: list[tuple[float, float, Look]], zoom: float
) -> None:
    made = PointLayer()
    made.set_points(
        [each[0] for each in points],
        [each[1] for each in points],
        [each[2] for each in points],
        list(range(len(points))),
    )
    view = view_at(zoom)
    clusters = made.clusters(view)
    assert sum(each.size for each in clusters) >= made.count_seen(view)
    assert all(each.size > 0 for each in clusters)
    if clusters and len(points) == sum(each.size for each in clusters):
        assert max(each.look for each in clusters) == max(each[2] for each in points)


def test_a_pan_changes_no_cluster() -> None:
    rng = np.random.default_rng(1)
    made = PointLayer()
    made.set_points(rng.normal(CENTRE[0], 0.003, 300), rng.normal(CENTRE[1], 0.0015, 300), [1] * 300, range(300))
    view = view_at()
    moved = view.moved(7, -5)
    before = sorted((round(each.left + 7), round(each.top - 5), each.size) for each in made.clusters(view))
    after = sorted((round(each.left), round(each.top), each.size) for each in made.clusters(moved))
    assert before == after


def test_the_nearest_point_is_found_and_the_worse_first() -> None:
    points = layer((*CENTRE, Look.OPEN, 11), (CENTRE[0] + 1e-5, CENTRE[1], Look.AWAS, 12))
    assert points.at(view_at(), 100, 50) == 12
    assert points.at(view_at(), 140, 50) is None
    assert PointLayer().at(view_at(), 0, 0) is None


def test_clusters_keep_clear_of_names(dark: Tokens) -> None:
    name = QRectF(90, 40, 60, 20)
    above, below, free = Cluster(100, 45, 9, 1), Cluster(100, 55, 9, 1), Cluster(20, 20, 9, 1)
    radius = bubble_radius(9, dark)
    moved = keep_clear([above, below, free], [name], dark)
    assert moved[0].top + radius <= name.top()
    assert moved[1].top - radius >= name.bottom()
    assert moved[2] == free


def test_a_bubble_grows_with_its_digits(dark: Tokens) -> None:
    sizes = [bubble_radius(count, dark) for count in (5, 50, 500, 5000)]
    assert sizes == sorted(set(sizes))
    room = theme.metrics(dark, theme.Role.SECOND).horizontalAdvance("5.000")
    assert 2 * bubble_radius(5000, dark) > room
