"""The map: where one points, what it says, how it moves, and how calm it is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from console.core.phrases import Phrases
from widgets import gallery, theme
from widgets.map_points import Look
from widgets.map_projection import MARGIN_PX
from widgets.map_view import AreaFacts, MapView, PointMode
from widgets.tokens import Tokens, load

CODE = "99.01.07"


@pytest.fixture
def view(qtbot, said: Phrases, dark: Tokens) -> MapView:
    made = gallery.situation_map(said, 0)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def pixel_of(view: MapView, code: str) -> QPoint:
    left, top = view.view.screen(*view._areas.shapes[code].centre)
    return QPoint(round(left), round(top))


def hover(view: MapView, at: QPoint) -> None:
    """A move of the pointer as Qt delivers it; QTest's own goes through the platform and may come late."""
    where = QPointF(at)
    none = Qt.MouseButton.NoButton
    move = QMouseEvent(
        QEvent.Type.MouseMove, where, view.mapToGlobal(where), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view, move)


def test_a_click_chooses_the_area_under_it(qtbot, view: MapView) -> None:
    with qtbot.waitSignal(view.area_clicked) as clicked:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, CODE))
    assert clicked.args == [CODE]
    assert view.selected == CODE
    assert "Lebakwana" in view.accessibleDescription()
    assert "Terbuka 128" in view.accessibleDescription()


def test_a_click_beside_all_areas_chooses_none(qtbot, view: MapView) -> None:
    view.set_selected(CODE)
    with qtbot.assertNotEmitted(view.area_clicked):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert view.selected == ""
    assert view.accessibleDescription() == "Tidak ada wilayah terpilih"


def test_a_double_click_goes_down_and_backspace_up(qtbot, view: MapView) -> None:
    with qtbot.waitSignal(view.area_activated) as down:
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, "99.01.03"))
    assert down.args == ["99.01.03"]
    with qtbot.waitSignal(view.up_requested):
        QTest.keyClick(view, Qt.Key.Key_Backspace)


def test_keys_choose_and_go_down(qtbot, view: MapView) -> None:
    with qtbot.waitSignal(view.area_clicked) as first:
        QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert first.args == ["99.01.01"]
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert view.selected == "99.01.13"
    with qtbot.waitSignal(view.area_activated) as down:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert down.args == ["99.01.13"]


def test_hover_is_told_and_leaves_with_the_pointer(qtbot, view: MapView) -> None:
    with qtbot.waitSignal(view.area_hovered) as over:
        hover(view, pixel_of(view, CODE))
    assert over.args == [CODE]
    card = view.grab().toImage()
    with qtbot.waitSignal(view.area_hovered) as left:
        QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert left.args == [""]
    assert view.grab().toImage() != card


def test_all_areas_are_seen_at_first_and_after_a_resize(view: MapView) -> None:
    for size in ((800, 600), (300, 500), (1200, 300)):
        view.resize(*size)
        for code in view._areas.shapes:
            at = pixel_of(view, code)
            assert view.rect().contains(at), (size, code)


def test_keys_move_and_zoom_and_home_brings_all_back(view: MapView) -> None:
    first = view.view
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.view.x > first.x
    QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.view.zoom == pytest.approx(first.zoom + 0.5)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.view == first


def test_buttons_do_the_same_and_are_named(view: MapView) -> None:
    buttons = view.findChildren(QToolButton)
    assert [each.accessibleName() for each in buttons] == ["Perbesar", "Perkecil", "Seluruh wilayah"]
    assert all(each.width() >= 24 and each.height() >= 24 for each in buttons)
    before = view.view
    buttons[0].click()
    assert view.view.zoom == before.zoom + 1
    buttons[2].click()
    assert view.view == before


def test_the_wheel_zooms_at_the_pointer(view: MapView) -> None:
    at = QPointF(pixel_of(view, CODE))
    place = view.view.place(at.x(), at.y())
    none = Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), none, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view, wheel)
    assert view.view.screen(*place) == pytest.approx((at.x(), at.y()), abs=1e-3)
    assert view.view.zoom > 9


def test_a_drag_moves_the_ground_and_chooses_nothing(qtbot, view: MapView) -> None:
    before = view.view.screen(*view._areas.shapes[CODE].centre)
    left = Qt.MouseButton.LeftButton
    with qtbot.assertNotEmitted(view.area_clicked):
        QTest.mousePress(view, left, pos=QPoint(400, 300))
        for x in (410, 430, 450):
            at = QPointF(x, 290)
            move = QMouseEvent(QEvent.Type.MouseMove, at, at, left, left, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(view, move)
        QTest.mouseRelease(view, left, pos=QPoint(450, 290))
    after = view.view.screen(*view._areas.shapes[CODE].centre)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((50, -10), abs=1e-3)


def test_a_small_pan_paints_no_ground_anew(qtbot, view: MapView) -> None:
    view.grab()
    layer = view._ground._drawn
    view.pan(MARGIN_PX - 10, 5)
    view.grab()
    assert view._ground._drawn is layer
    view.pan(40, 0)
    view.grab()
    assert view._ground._drawn is not layer


def test_what_a_pan_shows_is_what_a_fresh_frame_shows(view: MapView) -> None:
    view.grab()
    view.pan(30, -20)
    moved = view.grab().toImage()
    view._renew()
    fresh = view.grab().toImage()
    differing = sum(moved.pixel(x, y) != fresh.pixel(x, y) for x in range(0, 800, 5) for y in range(0, 600, 5))
    assert differing < 0.03 * 160 * 120  # edges may round one pixel apart


def test_a_point_is_found_and_marked(qtbot, view: MapView) -> None:
    lon, lat = gallery.invented_city()[0][6].centre
    view.set_points([lon], [lat], [Look.OPEN], [2**40])
    with qtbot.waitSignal(view.point_clicked) as clicked:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=pixel_of(view, CODE))
    assert clicked.args == [2**40]
    before = view.grab().toImage()
    view.set_selected_point(2**40)
    assert view.grab().toImage() != before
    view.set_selected_point(None)
    assert view.grab().toImage() == before
    view.set_selected_point(999)
    assert view.grab().toImage() == before


def test_many_points_become_clusters_and_a_click_goes_nearer(qtbot, view: MapView) -> None:
    lon, lat, looks, ids = gallery.invented_points(5000)
    view.set_points(lon, lat, looks, ids)
    view.grab()
    assert view._ground.clusters
    left, top, *_ = max(view._ground.clusters, key=lambda each: each.size)
    x, y = view._ground.on_screen(view.view, left, top)
    zoom = view.view.zoom
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert view.view.zoom > zoom
    view.set_point_mode(PointMode.DOTS)
    view.grab()
    assert view._ground.clusters == []


def coloured_part(view: MapView) -> float:
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)
    high, low = raw.max(2), raw.min(2)
    return float(np.mean((high - low) / np.maximum(high, 1) > 0.25))


def test_a_calm_map_has_no_colour_and_an_alarm_is_seen(qapp, view: MapView) -> None:
    lon, lat, looks, ids = gallery.invented_points(800)
    for name in ("dark", "light"):
        theme.apply(qapp, load(name))
        view.set_points(lon, lat, looks, ids)
        assert coloured_part(view) <= 0.01
        looks_with_alarm = looks.copy()
        looks_with_alarm[:5] = Look.AWAS
        view.set_points(lon, lat, looks_with_alarm, ids)
        assert coloured_part(view) > 0
    theme.apply(qapp, load("dark"))


def test_the_notes_are_drawn_and_the_language_may_change(said: Phrases, view: MapView) -> None:
    seen = [view.grab().toImage()]
    view.set_notes(credit="Contoh", schematic="", time="Keadaan 10.42 WIB")
    seen.append(view.grab().toImage())
    view.set_notes()
    seen.append(view.grab().toImage())
    assert all(one != other for at, one in enumerate(seen) for other in seen[:at])
    said.speak("en")
    assert view.accessibleName() == "Situation map"
    assert view.accessibleDescription() == "No area selected"


def test_focus_can_be_seen(qtbot, view: MapView) -> None:
    view.clearFocus()
    before = view.grab().toImage()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert view.grab().toImage() != before


def test_an_empty_map_of_any_size_is_no_trouble(qtbot, said: Phrases, dark: Tokens) -> None:
    bare = MapView(said)
    qtbot.addWidget(bare)
    for size in ((1, 1), (200, 160), (3000, 40)):
        bare.resize(*size)
        bare.grab()
    bare.set_areas([])
    QTest.keyClick(bare, Qt.Key.Key_PageDown)
    bare.set_values({"nowhere": 4.0}, {"nowhere": "4"}, "<b>judul</b>" * 200)
    bare.set_facts({"nowhere": AreaFacts("x\x00<i>" * 500, [("a" * 500, "1")])})
    bare.set_points([], [], [], [])
    bare.set_selected("nowhere")
    bare.grab()


@pytest.mark.nightly
def test_a_full_frame_of_100_000_points_keeps_its_time(qtbot, said: Phrases, dark: Tokens) -> None:
    from time import perf_counter

    made = gallery.situation_map(said, 100_000)
    qtbot.addWidget(made)
    made.set_point_mode(PointMode.DOTS)
    made.resize(1920, 1080)
    made.show()
    spent = []
    for _ in range(9):
        made._renew()
        began = perf_counter()
        made.repaint()
        spent.append(perf_counter() - began)
    assert sorted(spent)[4] <= 0.05
