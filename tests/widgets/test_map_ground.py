"""The ground of the map: drawn once, kept while it covers what is seen, drawn anew when it does not."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from console.core.phrases import Phrases
from widgets import gallery
from widgets.map_ground import CLUSTER_OVER, MapGround, PointMode
from widgets.map_projection import MARGIN_PX, Viewpoint, world
from widgets.tokens import Tokens

X, Y = (float(each) for each in world(106.63, -6.18))
VIEW = Viewpoint(X, Y, 11.0, 800, 600)


@pytest.fixture
def ground(qapp: QApplication, said: Phrases) -> MapGround:
    made = MapGround(said)
    made.points.set_points(*gallery.invented_points(CLUSTER_OVER + 2000))
    return made


def test_it_is_kept_while_it_covers_what_is_seen(ground: MapGround, dark: Tokens) -> None:
    assert not ground.behind(VIEW), "what was never drawn is not late"
    drawn = ground.picture(VIEW, dark, 1.0, "")
    assert (drawn.width(), drawn.height()) == (800 + 2 * MARGIN_PX, 600 + 2 * MARGIN_PX)
    near, far = VIEW.moved(40, -40), VIEW.moved(MARGIN_PX + 5, 0)
    assert ground.picture(near, dark, 1.0, "").cacheKey() == drawn.cacheKey()
    assert ground.behind(near) and not ground.behind(VIEW)
    assert ground.picture(far, dark, 1.0, "").cacheKey() != drawn.cacheKey()


def test_what_changed_is_drawn_anew(ground: MapGround, dark: Tokens) -> None:
    drawn = ground.picture(VIEW, dark, 1.0, "")
    ground.drop()
    assert ground.on_screen(VIEW, 3, 4) == (3, 4), "nothing is drawn: nothing has moved"
    assert ground.picture(VIEW, dark, 2.0, "").width() == 2 * drawn.width()


def test_a_cluster_is_found_where_it_is_seen(ground: MapGround, dark: Tokens) -> None:
    ground.picture(VIEW, dark, 1.0, "")
    left, top, *_ = max(ground.clusters, key=lambda each: each.size)
    moved = VIEW.moved(30, 10)
    x, y = ground.on_screen(moved, left, top)
    assert ground.cluster_at(moved, x + 2, y, dark) == pytest.approx((x, y))
    assert ground.cluster_at(moved, -500, -500, dark) is None
    ground.mode = PointMode.DOTS
    ground.drop()
    ground.picture(VIEW, dark, 1.0, "")
    assert ground.clusters == [] and ground.cluster_at(VIEW, x, y, dark) is None
