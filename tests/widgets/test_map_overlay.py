"""The marks over the map: the gravest on top, a hand and a key that choose them, a picture that is made in turns."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from widgets.map_furniture import AreaFacts, LayerLine
from widgets.map_marks import Form, MapMark, colour_of, fill_of, mark_pixmap, path_of
from widgets.map_overlay import TURN_COST
from widgets.map_projection import Viewpoint, world
from widgets.map_shapes import shape_of
from widgets.map_view import MapView
from widgets.marks import Severity
from widgets.tokens import load

PATIENCE_MS = 20_000
LON, LAT = 106.0, -6.0


def place(lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    x, y = world(lon, lat)
    return float(x), float(y)


def warning(key: str, severity: Severity = Severity.SIAGA, *, size: float = 0.05, **more) -> MapMark:
    ring = [(LON - size, LAT - size), (LON + size, LAT - size), (LON + size, LAT + size), (LON - size, LAT + size)]
    shape = shape_of([[[*ring, ring[0]]]])
    assert shape is not None
    return MapMark(key, Form.WARNING, *shape.inner, rank=severity, shape=shape, **more)


def round_one(key: str, count: int) -> MapMark:
    turns = [2 * math.pi * n / (count - 1) for n in range(count)]
    shape = shape_of([[[(LON + 0.05 * math.cos(turn), LAT + 0.05 * math.sin(turn)) for turn in turns]]])
    assert shape is not None
    return MapMark(key, Form.FLOOD, *shape.inner, rank=2, shape=shape)


@pytest.fixture
def view(qtbot, dark, said):
    made = MapView(said)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made._view = Viewpoint(*place(), 11.0, 800, 600)
    made._fit_on_resize = False
    made.show()
    made.activateWindow()
    made.setFocus()
    made._view = Viewpoint(*place(), 11.0, 800, 600)
    return made


def drawn(view, qtbot):
    """The picture once all is drawn."""
    view.grab()
    qtbot.waitUntil(lambda: view.overlay.complete, timeout=PATIENCE_MS)
    return view.grab().toImage()


def test_the_gravest_lies_on_top_and_a_second_click_takes_what_lies_below(view, qtbot):
    view.set_marks([warning("gawat", Severity.AWAS), warning("biasa", Severity.INFO)], ())
    drawn(view, qtbot)
    assert [mark.key for mark in view.overlay.seen(view.view)] == ["gawat", "biasa"]
    chosen: list[str] = []
    view.mark_chosen.connect(chosen.append)
    spot = view.overlay.spot_of("gawat", view.view)
    assert spot is not None
    at = QPoint(round(spot[0]), round(spot[1]))
    view.set_marks([MapMark("a", Form.QUAKE, *place(), rank=4), MapMark("b", Form.REPORT, *place())], ())
    drawn(view, qtbot)
    at = QPoint(400, 300)
    for _ in range(3):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert chosen == ["a", "b", "a"]


def test_marks_of_shapes_do_not_lie_on_each_other(view, qtbot):
    view.set_marks([warning(f"w{n}") for n in range(5)], ())
    drawn(view, qtbot)
    spots = [view.overlay.spot_of(f"w{n}", view.view) for n in range(5)]
    assert len({(round(x), round(y)) for x, y in spots}) == 5


def test_below_a_warning_for_all_an_area_is_still_chosen(view, qtbot):
    view.set_marks([warning("kota", size=2.0)], ())
    drawn(view, qtbot)
    assert view.overlay.at(view.view, 20, 20) == []
    assert view.overlay.seen(view.view), "its mark stands where one looks"


def test_a_mark_stands_in_sight_also_where_its_place_is_not(view, qtbot):
    view.set_marks([warning("kota", size=2.0)], ())
    view._look(view.view.moved(-300, 100).zoomed(3, 400, 300))
    drawn(view, qtbot)
    assert view.overlay.spot_of("kota", view.view) is not None


def test_the_keyboard_goes_through_what_is_seen_and_lets_go(view, qtbot):
    view.set_marks([warning("gawat"), MapMark("bus", Form.VEHICLE, *place(106.05), bearing=90.0)], ())
    view.set_mark_facts({"gawat": AreaFacts("Hujan <b>lebat</b>", [("Sumber", "CAP")])})
    drawn(view, qtbot)
    chosen: list[str] = []
    view.mark_chosen.connect(chosen.append)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.accessibleDescription() == "Hujan <b>lebat</b>. Sumber CAP"
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert chosen == ["gawat", "bus", "gawat", ""]
    assert "Hujan" not in view.accessibleDescription()


def test_what_is_pointed_at_is_asked_for(view, qtbot):
    view.set_marks([MapMark("bus", Form.VEHICLE, *place())], ())
    drawn(view, qtbot)
    pointed: list[str] = []
    view.mark_pointed.connect(pointed.append)
    QTest.mouseMove(view, QPoint(400, 300))
    QTest.mouseMove(view, QPoint(500, 400))
    qtbot.waitUntil(lambda: pointed == ["bus", ""], timeout=PATIENCE_MS)


def test_what_is_too_much_for_one_turn_follows(view, qtbot):
    view.set_marks([round_one(f"f{n}", 400) for n in range(40)], ())
    view.grab()
    assert not view.overlay.complete
    assert view.overlay._made is not None, "a part of it is there at once"
    drawn(view, qtbot)
    assert len(view.overlay.seen(view.view)) == 40
    assert TURN_COST < 400 * 40


def test_a_zoom_stretches_the_picture_until_the_hand_rests(view, qtbot):
    view.set_marks([round_one("f", 100)], ())
    before = drawn(view, qtbot)
    view.zoom(1.0)
    stretched = view.grab().toImage()
    assert stretched != before
    assert not view.overlay.complete
    qtbot.waitUntil(lambda: view.overlay.complete, timeout=PATIENCE_MS)
    assert view.overlay._kept.view.zoom == view.view.zoom


def test_a_pan_within_the_margin_makes_nothing_anew(view, qtbot):
    view.set_marks([round_one("f", 100)], ())
    drawn(view, qtbot)
    kept = view.overlay._kept
    view.pan(30, 20)
    view.grab()
    assert view.overlay._kept is kept
    view.pan(300, 20)
    drawn(view, qtbot)
    assert view.overlay._kept is not kept


def test_nothing_is_kept_for_no_marks(view, qtbot):
    view.set_marks([round_one("f", 100)], ())
    with_it = drawn(view, qtbot)
    view.set_marks((), ())
    assert drawn(view, qtbot) != with_it
    assert view.overlay._kept is None
    assert view.overlay.seen(view.view) == []
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.selected_mark == ""


def test_another_look_draws_it_again(view, qtbot, qapp):
    from widgets import theme

    view.set_marks([warning("gawat")], ())
    drawn(view, qtbot)
    theme.apply(qapp, load("light"))
    drawn(view, qtbot)
    assert view.overlay._kept.tokens is theme.of(view)
    theme.apply(qapp, load("dark"))


def test_what_may_not_be_so_has_no_colour(tokens):
    live, doubtful = warning("a", Severity.AWAS), warning("b", Severity.AWAS, doubtful=True)
    assert colour_of(tokens, live) == tokens.awas
    assert colour_of(tokens, doubtful) == tokens.awas, "it holds until it says itself"
    assert colour_of(tokens, MapMark("f", Form.FLOOD, 0, 0, rank=2)) == tokens.info
    assert colour_of(tokens, MapMark("f", Form.FLOOD, 0, 0, rank=2, doubtful=True)) == tokens.stale
    assert fill_of(tokens, live).style() is Qt.BrushStyle.SolidPattern
    assert fill_of(tokens, doubtful).style() is Qt.BrushStyle.BDiagPattern
    bus = MapMark("c", Form.VEHICLE, 0, 0, bearing=10.0)
    old = MapMark("d", Form.VEHICLE, 0, 0, bearing=10.0, doubtful=True)
    assert mark_pixmap(tokens, bus, 1.0).toImage() != mark_pixmap(tokens, old, 1.0).toImage()


def test_deeper_water_is_more_of_it(tokens):
    alphas = [fill_of(tokens, MapMark("a", Form.FLOOD, 0, 0, rank=rank)).color().alpha() for rank in (1, 2, 3, 4, 9)]
    assert alphas == sorted(alphas)
    assert alphas[3] == alphas[4]


@pytest.mark.parametrize("form", Form)
def test_every_form_has_a_picture(tokens, form):
    mark = MapMark("a", form, 0, 0, rank=2)
    image = mark_pixmap(tokens, mark, 2.0).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height()))


def test_a_path_is_no_finer_than_is_seen():
    shape = round_one("f", 2000).shape
    far, near = (path_of(shape, level, place()).elementCount() for level in (8, 16))
    assert far < 300
    assert near > 300


def test_the_legend_stands_above_the_ramp_and_only_where_there_is_room(view, qtbot):
    mark = MapMark("", Form.WARNING, 0, 0, rank=Severity.SIAGA)
    lines = [LayerLine(mark, "Peringatan <b>", "3 · BMKG, 2 mnt"), LayerLine(mark, "Banjir", "diam", doubtful=True)]
    empty = view.grab().toImage()
    view.set_marks((), lines)
    assert view.grab().toImage() != empty
    view.resize(200, 160)
    small = view.grab().toImage()
    view.set_marks((), ())
    assert view.grab().toImage() == small
