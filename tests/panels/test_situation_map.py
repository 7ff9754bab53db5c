"""The map under the hand: down and up, what is selected everywhere, points, ranks, and what is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from console.panels.situation_map import SituationMap
from tests.cities import CITY, ONE, TWO
from tests.town import NOW, complaint
from widgets import theme


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(60)
    made = open_panel(SituationMap)
    qtbot.waitUntil(lambda: made.situation is not None)
    return made


def settled(panel, qtbot, code):
    qtbot.waitUntil(lambda: panel.situation is not None and panel.situation.area == code)


def test_it_begins_with_the_city_by_kecamatan(panel):
    assert panel.focus == CITY
    assert [row.label for row in panel.ranks.rows] == ["Sukamaju", "Mekarsari"]
    assert panel.counts() == "50 terbuka · 0 terlambat · 24 masuk 24 jam"
    assert not panel.points_shown


def test_time_passes_without_news(panel, town, qtbot):
    town.clock.turn(12 * 3600)
    town.desk.ticks.second.emit()
    qtbot.waitUntil(lambda: panel.situation.whole.day == 12)
    assert panel.counts().endswith("12 masuk 24 jam")


def test_a_click_selects_in_all_windows(panel, town):
    panel.map.area_clicked.emit(ONE)
    assert town.desk.links.area == ONE
    assert panel.focus == CITY
    assert panel.ranks.current_key == ONE


def test_a_double_click_goes_down_and_backspace_up(panel, town, qtbot):
    panel.map.area_activated.emit(ONE)
    settled(panel, qtbot, ONE)
    assert [code for code, _ in panel.path.path] == [CITY, ONE]
    assert town.desk.links.area == ONE
    assert len(panel.ranks.rows) == 3
    panel.map.area_activated.emit(f"{ONE}.1001")
    settled(panel, qtbot, f"{ONE}.1001")
    panel.map.setFocus()
    QTest.keyClick(panel.map, Qt.Key.Key_Backspace)
    settled(panel, qtbot, ONE)
    panel.path.chosen.emit(CITY)
    settled(panel, qtbot, CITY)
    assert town.desk.links.area == ""
    panel.up()
    assert panel.focus == CITY


def test_an_area_selected_elsewhere_is_brought_into_sight(panel, town, qtbot):
    town.desk.links.select_area(f"{TWO}.1002")
    settled(panel, qtbot, TWO)
    assert panel.map.selected == f"{TWO}.1002"
    town.desk.links.select_area("")
    settled(panel, qtbot, CITY)
    town.desk.links.select_area("31.71")
    assert panel.focus == CITY


def test_points_come_from_a_kecamatan_down_and_by_hand(panel, qtbot):
    assert panel.situation.points is None
    panel.go(ONE)
    settled(panel, qtbot, ONE)
    assert len(panel.situation.points.rowid) == panel.situation.whole.open
    assert panel.points_chip.isChecked()
    panel.points_chip.click()
    qtbot.waitUntil(lambda: panel.situation.points is None)
    panel.go(CITY)
    settled(panel, qtbot, CITY)
    panel.points_chip.click()
    qtbot.waitUntil(lambda: panel.situation.points is not None)


def test_a_point_clicked_selects_its_complaint(panel, town, qtbot):
    panel.go(ONE)
    settled(panel, qtbot, ONE)
    panel.map.point_clicked.emit(panel.situation.points.rowid[0])
    qtbot.waitUntil(lambda: town.desk.links.complaint != "")
    assert town.writer.read.complaint(town.desk.links.complaint).area.startswith(ONE)


def test_a_complaint_selected_elsewhere_is_marked(panel, town, qtbot):
    panel.go(ONE)
    settled(panel, qtbot, ONE)
    town.desk.links.select_complaint("rekaan:000001")
    qtbot.waitUntil(lambda: panel.map._point is not None)
    town.desk.links.select_complaint("")
    assert panel.map._point is None


def test_ranks_select_and_can_be_put_away(panel, town):
    panel.ranks.row_clicked.emit(TWO)
    assert town.desk.links.area == TWO
    panel.ranks_chip.click()
    assert not panel.side.isVisible()


def test_what_lies_nowhere_is_a_row_of_its_own(panel, town, qtbot):
    town.take([complaint(500, area="", lat=None, lon=None, requested_at=NOW)])
    qtbot.waitUntil(lambda: panel.ranks.rows[-1].label == "Tanpa wilayah")
    panel.ranks.row_clicked.emit("")
    assert town.desk.links.area == ""


def test_it_looks_again_where_it_was(panel, town, open_panel, qtbot):
    panel.go(ONE)
    settled(panel, qtbot, ONE)
    kept = panel.keep()
    town.desk.links.area = ""
    other = open_panel(SituationMap)
    other.restore(kept)
    settled(other, qtbot, ONE)


def test_the_hover_card_tells_three_numbers(panel):
    facts = panel._facts(panel.situation.parts[0])
    assert facts.title == "Sukamaju"
    assert [label for label, _ in facts.lines] == ["Terbuka", "Terlambat", "Masuk 24 jam"]


def test_a_narrow_panel_has_room_for_the_map_alone(panel):
    assert panel.side.isVisible()
    panel.resize(500, 400)
    assert not panel.side.isVisible()
    panel.resize(1200, 700)
    assert panel.side.isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.5])
def test_the_ranks_are_as_wide_as_their_names(panel, scale, qtbot):
    tokens = theme.scaled(theme.load("dark"), scale)
    panel.resize(tokens.px(1200), tokens.px(700))
    theme.dress(panel, tokens)
    qtbot.waitUntil(lambda: panel.ranks._columns(tokens).label == panel.ranks._needed(tokens)[0], timeout=20_000)
    assert panel.side.width() >= tokens.px(279)
    assert panel.map.width() > 2 * panel.side.width()


def test_before_anything_was_heard_no_number_is_known(town, open_panel, qtbot):
    made = open_panel(SituationMap)
    qtbot.waitUntil(lambda: made.situation is not None)
    assert made.counts() == "— terbuka · — terlambat · — masuk 24 jam"
    assert [row.value for row in made.ranks.rows] == [None, None]
    assert "Belum ada data" in made.ranks.rows[0].hover
    town.stand()
    qtbot.waitUntil(lambda: made.ranks.rows[0].value == 0)
    assert made.counts() == "0 terbuka · 0 terlambat · 0 masuk 24 jam"
