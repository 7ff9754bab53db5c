"""The numbers as told: beside the usual, by area, and never a calm 0 where nothing was heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.panels.indicators import IndicatorSheet, percent_of
from tests.cities import TWO
from tests.town import NOW, complaint


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(24 * 20)
    made = open_panel(IndicatorSheet)
    qtbot.waitUntil(lambda: made.numbers is not None and town.desk.sources.about().worst is not None)
    return made


def figures(panel):
    return {name: figure.figure for name, figure in panel.figures.items()}


def test_headline_numbers_are_told_with_what_they_mean(panel):
    told = figures(panel)
    assert told["open"].number == "400"
    assert told["open"].change == "dari 480 pengaduan"
    assert told["day"].number == "24"
    assert told["day"].change == "±0 % dari biasanya (24)"
    assert told["handled"].number == "0"
    assert told["handled"].change.startswith("diikuti sejak ")
    assert len(told["day"].trend) == 24


def test_what_was_handled_is_measured_once_it_was_followed_for_a_day(town, open_panel, qtbot):
    town.clock.jump(NOW - timedelta(hours=25))
    town.take([complaint(900, requested_at=NOW - timedelta(hours=30))])
    town.clock.jump(NOW)
    town.fill(24 * 20)
    made = open_panel(IndicatorSheet)
    qtbot.waitUntil(lambda: made.numbers is not None and town.desk.sources.about().worst is not None)
    assert figures(made)["handled"].change == "24 lebih sedikit dari yang masuk"


def test_bars_add_up(panel):
    numbers = panel.numbers
    assert sum(row.value for row in panel.bars["states"].rows) == numbers.whole.open
    assert sum(row.value for row in panel.bars["ages"].rows) == numbers.whole.open
    assert sum(row.value for row in panel.bars["parts"].rows) == numbers.whole.open
    assert all(row.mark is not None for row in panel.bars["states"].rows)


def test_it_follows_the_area_and_a_bar_chooses_one(panel, town, qtbot):
    panel.bars["parts"].row_clicked.emit(TWO)
    assert town.desk.links.area == TWO
    qtbot.waitUntil(lambda: panel.numbers.area == TWO)
    assert panel.where.text() == "Mekarsari"
    assert {row.label for row in panel.bars["parts"].rows} == {"Kebon Baru", "Kebon Lama"}


def test_what_was_not_heard_is_not_known(panel, town, qtbot):
    town.stand(last_good_at=NOW - timedelta(hours=5))
    qtbot.waitUntil(lambda: town.desk.sources.about().stale)
    panel._draw_numbers()
    told = figures(panel)
    assert told["day"].number == ""
    assert "terlambat" in told["day"].why
    assert told["open"].number == "400"
    assert [each.value for each in panel.arrivals._slices[-4:]] == [None] * 4
    assert panel.arrivals._slices[-8].value == 1


def test_a_source_that_falls_silent_or_answers_again_is_drawn_at_once(panel, town, qtbot):
    town.stand(last_good_at=NOW - timedelta(hours=5))
    qtbot.waitUntil(lambda: panel.arrivals._slices[-1].value is None)
    assert figures(panel)["day"].number == ""
    town.stand()
    qtbot.waitUntil(lambda: panel.arrivals._slices[-1].value is not None)
    assert figures(panel)["day"].number == "24"


def test_time_passes_without_news(panel, town, qtbot):
    day = panel.numbers.whole.day
    town.clock.turn(12 * 3600)
    town.stand(last_good_at=town.clock.now(), last_try_at=town.clock.now(), newest_at=town.clock.now())
    town.desk.ticks.second.emit()
    qtbot.waitUntil(lambda: panel.numbers.whole.day == day - 12)
    qtbot.waitUntil(lambda: figures(panel)["day"].number == str(day - 12))


def test_wide_and_narrow(panel):
    panel.resize(1200, 700)
    assert panel.grid.getItemPosition(panel.grid.indexOf(panel.blocks["states"]))[:2] == (1, 2)
    panel.resize(500, 700)
    assert panel.grid.getItemPosition(panel.grid.indexOf(panel.blocks["states"]))[:2] == (3, 0)


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (999, 1000, 99), (9, 9, 100), (1, 3, 33)]
)
def test_percent_never_hides_a_rest(part, whole, percent):
    assert percent_of(part, whole) == percent


def test_before_anything_was_heard_no_number_is_known(town, open_panel, qtbot):
    made = open_panel(IndicatorSheet)
    qtbot.waitUntil(lambda: made.numbers is not None)
    assert [figure.number for figure in figures(made).values()] == [""] * 4
    assert all("Belum ada data" in figure.why for figure in figures(made).values())
    assert {each.value for each in made.arrivals._slices} == {None}
    assert {row.value for row in made.bars["ages"].rows} == {None}
    assert made.counts() == ""
    town.stand()
    qtbot.waitUntil(lambda: figures(made)["open"].number == "0")
    assert {row.value for row in made.bars["ages"].rows} == {0}
