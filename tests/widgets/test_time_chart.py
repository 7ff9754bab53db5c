"""The chart: lazily made, told in words, items kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from console.core.phrases import Phrases
from widgets import gallery, theme
from widgets.time_chart import Slice, TimeChart, hour_labels, nice_steps
from widgets.tokens import Tokens, load

ZONE = ZoneInfo("Asia/Makassar")
START = datetime(2026, 11, 20, 15, tzinfo=UTC)


def day(value: float | None = 4.0) -> list[Slice]:
    return [Slice(START + timedelta(hours=number), value, (2, 6)) for number in range(24)]


@pytest.fixture
def chart(qtbot, said: Phrases, dark: Tokens) -> TimeChart:
    made = TimeChart("Aduan masuk per jam", said, ZONE)
    qtbot.addWidget(made)
    made.resize(500, 220)
    made.set_slices(day(), target=5)
    made.show()
    return made


def test_the_plot_is_made_when_it_is_first_seen(qtbot, said: Phrases, dark: Tokens) -> None:
    made = TimeChart("x", said, ZONE)
    qtbot.addWidget(made)
    made.set_slices(day())
    assert made._plot is None
    made.show()
    assert made._plot is not None


def test_the_last_hour_is_told_in_local_words(chart: TimeChart) -> None:
    assert chart.told == "22.00–23.00 · 4 · biasanya 2–6 · target 5"
    assert chart.accessibleDescription() == chart.told


def test_a_long_title_gives_way_to_what_is_told(chart: TimeChart) -> None:
    chart.set_title("Pengaduan masuk per jam, 48 jam terakhir, seluruh kota")
    chart.resize(360, 220)
    chart.layout().activate()
    assert chart._told.shown == chart.told
    assert chart._title.shown.endswith("…")
    assert chart._title.geometry().right() < chart._told.geometry().left()


def test_a_date_that_would_be_cut_at_the_edge_is_left_out(chart: TimeChart) -> None:
    def below() -> list[str]:
        (labels,) = chart._plot.getAxis("bottom")._tickLevels
        return [text for _, text in labels]

    late = [Slice(START - timedelta(hours=22 - number), 4.0) for number in range(24)]  # the last begins at midnight
    chart.set_slices(late)
    assert below() and "Sab 21 Nov" not in below()
    chart.resize(4000, 220)
    assert "Sab 21 Nov" in below()


def test_keys_step_through_the_hours(chart: TimeChart) -> None:
    QTest.keyClick(chart, Qt.Key.Key_Left)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.told.startswith("21.00–22.00")
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.told.startswith("22.00–23.00")


def test_new_values_use_the_same_items(chart: TimeChart) -> None:
    before = {name: id(item) for name, item in chart._items.items()}
    count = len(chart._plot.plotItem.items)
    chart.set_slices(day(40.0), target=None)
    assert {name: id(item) for name, item in chart._items.items()} == before
    assert len(chart._plot.plotItem.items) == count
    assert not chart._items["target"].isVisible()


def test_the_same_values_again_draw_nothing(chart: TimeChart, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[None] = []
    monkeypatch.setattr(chart, "_draw", lambda: drawn.append(None))
    chart.set_slices(day())
    first = len(drawn)
    chart.set_slices(day())
    assert len(drawn) == first
    chart.set_slices(day(9.0))
    assert len(drawn) == first + 1


def test_unknown_hours_are_gaps_and_no_data_says_so(chart: TimeChart) -> None:
    chart.set_slices(day(None))
    assert "—" in chart.told
    chart.grab()
    chart.set_slices([])
    assert chart.told == "Belum ada data"
    chart.grab()


def test_language_and_theme_may_change(qapp, said: Phrases, chart: TimeChart) -> None:
    said.speak("en")
    assert "usual 2–6" in chart.told
    before = chart.grab().toImage()
    theme.apply(qapp, load("light"))
    assert chart.grab().toImage() != before
    theme.apply(qapp, load("dark"))


def test_a_line_with_a_gap_is_drawn(qtbot, said: Phrases, dark: Tokens) -> None:
    made = gallery.chart(said, line=True)
    qtbot.addWidget(made)
    made.show()
    made.grab()


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_steps_are_round_rising_and_reach_the_top(most: float) -> None:
    steps = nice_steps(most)
    assert steps[0] == 0
    assert 2 <= len(steps) <= 8
    assert steps == sorted(set(steps))
    if math.isfinite(most):
        assert steps[-1] >= most * (1 - 1e-9)


def test_hours_below_are_whole_and_the_day_is_named_where_it_turns(said: Phrases) -> None:
    labels = hour_labels(day(), ZONE, said, 8)
    assert (0, "23.00") not in labels
    assert (1, "Sab 21 Nov") in labels
    assert len(labels) <= 9
    assert hour_labels([], ZONE, said, 8) == []
