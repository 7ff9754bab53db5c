"""Measured values: the newest of each series, silent ones said to be silent, the course of the one chosen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.core.items import Sample, Series
from console.core.records import Batch, Changes, Kind
from console.panels.measurements import MeasurementList, number
from tests.town import NOW
from widgets.panel_frame import PanelState


def gauge(name: str, **values: object) -> Series:
    return Series(
        f"sta:{name}", "sta", name, f"Pos {name}", "Tinggi muka air", "cm", f"Pos {name}", cadence_s=600.0
    )._replace(**values)


def tell(town, series: list[Series], samples: list[Sample]) -> None:
    town.store.take(Batch("sta", series=series, samples=samples, fleeting=True))
    town.desk.news.changed.emit(Changes(frozenset({Kind.READING})))


@pytest.fixture
def panel(town, open_panel):
    town.stand(id="sta", kind="sensorthings", title="Pos air")
    fresh = [Sample("sta:1", NOW - timedelta(minutes=10 * n), 200.0 + n) for n in range(30)]
    tell(town, [gauge("1"), gauge("2"), gauge("3")], [*fresh, Sample("sta:2", NOW - timedelta(hours=5), 87.25)])
    return open_panel(MeasurementList)


def cells(panel, row: int) -> list[str]:
    return [cell.text for cell in panel.table.rows.rows[row].cells]


def test_each_series_with_its_age_and_state(panel):
    assert cells(panel, 0)[1:] == ["Pos 1", "200 cm", "0 dtk", "Segar"]
    assert cells(panel, 1)[1:] == ["Pos 2", "87,25 cm", "5 jam", "Diam"]
    assert cells(panel, 2)[1:] == ["Pos 3", "—", "—", "Belum pernah"]
    assert panel.table.rows.rows[0].cells[1].second == "Tinggi muka air · Pos air"
    assert panel.counts() == "3 deret"


def test_the_course_of_the_one_chosen(panel, qtbot):
    known = [each.value for each in panel.chart._slices if each.value is not None]
    assert len(panel.chart._slices) == 96 and 15 <= len(known) <= 21 and all(200 <= value <= 230 for value in known)
    assert "Pos 1 · Tinggi muka air (cm)" in panel.chart.accessibleName()
    assert panel.told.text().startswith("Diukur 10.42") or "Diukur" in panel.told.text()
    panel.table.go(1)
    qtbot.waitUntil(lambda: "Pos 2" in panel.chart.accessibleName())
    assert [each.value for each in panel.chart._slices if each.value is not None] == [87.25]


def test_another_span(panel, qtbot):
    panel.look("week")
    qtbot.waitUntil(lambda: len(panel.chart._slices) == 168)
    assert panel.spans["week"].isChecked()
    kept = panel.keep()
    assert kept == {"series": "sta:1", "span": "week"}
    panel.restore({"series": "sta:2", "span": "abad"})
    qtbot.waitUntil(lambda: "Pos 2" in panel.chart.accessibleName())
    assert panel.span == "week"


def test_a_new_value_is_drawn(panel, town, qtbot):
    town.clock.turn(60)
    tell(town, [gauge("1")], [Sample("sta:1", town.clock.now(), 260.0)])
    qtbot.waitUntil(lambda: cells(panel, 0)[2] == "260 cm")


def test_without_any_it_says_so(town, open_panel):
    panel = open_panel(MeasurementList)
    assert panel.frame.state is PanelState.EMPTY


def test_numbers_as_people_read_them(panel, town):
    assert [number(value, town.desk) for value in (1234.0, 0.126, -3.5, 1e6)] == ["1.234", "0,13", "-3,5", "1.000.000"]
