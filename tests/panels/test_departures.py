"""The next departures of a stop: chosen by name, told by the timetable, and honest where that says nothing."""

from __future__ import annotations

import pytest

from console.core.items import Timetable
from console.core.records import Batch, Changes, Kind
from console.panels.departures import DepartureList
from tests.store.timetables import timetable, trip


def tell(town, one: Timetable) -> None:
    town.store.take(Batch(one.source, timetable=one, fleeting=True))
    town.desk.news.changed.emit(Changes(frozenset({Kind.TIMETABLE})))


@pytest.fixture
def panel(town, open_panel):
    tell(town, timetable(trip("a", "A 10:50", "B 11:10"), trip("b", "A 12:00", "B 12:10")))
    return open_panel(DepartureList)


def rows(panel) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in panel.table.rows.rows]


def choose(panel, qtbot, row: int = 0) -> None:
    panel.stops.go(row)
    qtbot.waitUntil(lambda: panel.table.isVisible() and panel.name.text() != "")


def test_stops_are_found_by_name(panel, qtbot):
    names = [row.cells[0].text for row in panel.stops.rows.rows]
    assert len(names) >= 2
    panel.search.setText(names[-1])
    qtbot.waitUntil(lambda: len(panel.stops.rows.rows) == 1)
    panel.search.setText("%_tidak ada")
    qtbot.waitUntil(lambda: len(panel.stops.rows.rows) == 0)
    assert panel.note.text() == "Pilih halte untuk melihat keberangkatan berikutnya."


def test_the_next_ones_of_the_stop_chosen(panel, qtbot):
    choose(panel, qtbot)
    assert [row[0] for row in rows(panel)][:2] == ["10.50", "12.00"]
    assert rows(panel)[0][1] == "8 mnt"
    assert "edisi" in panel.note.text()
    assert panel.keep() == {"stop": panel.stop}


def test_time_goes_on(panel, town, qtbot):
    choose(panel, qtbot)
    town.clock.turn(15 * 60)
    panel._query.again()
    qtbot.waitUntil(lambda: rows(panel)[0][0] == "12.00")


def test_a_timetable_that_ran_out_says_so(panel, town, qtbot):
    choose(panel, qtbot)
    tell(town, timetable(trip("a", "A 10:50", "B 11:10"), trip("b", "A 12:00", "B 12:10"))._replace(ends_on="20261101"))
    qtbot.waitUntil(lambda: "01-11-2026" in panel.note.text())


def test_without_a_timetable_it_says_so(town, open_panel):
    panel = open_panel(DepartureList)
    assert "Belum ada jadwal angkutan" in panel.frame.message.text
    panel.restore({"stop": 5})
    assert panel.stop == ""


def test_a_stop_that_is_no_more_is_told(panel, qtbot):
    panel.restore({"stop": "lain:A"})
    qtbot.waitUntil(lambda: panel.note.text() == "Jadwal halte ini tidak ada lagi.")
