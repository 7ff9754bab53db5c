"""One row per source: against its promise, in words, and a button that asks it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from console.panels.sources import SourceList
from tests.town import NOW, SOURCE
from widgets.panel_frame import PanelState


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.stand()
    made = open_panel(SourceList)
    qtbot.waitUntil(lambda: SOURCE in made.rows)
    return made


def test_a_source_in_good_health(panel):
    row = panel.rows[SOURCE]
    assert row.name.text == "Pengaduan rekaan"
    assert row.state.text() == "Segar"
    assert row.age.text() == "umur 12 dtk, janji paling lama 15 mnt"
    assert row.times.text() == "Terakhir baik 10.41 WIB · berikutnya 10.42 WIB"
    assert row.records.text() == "3 catatan pada jawaban terakhir · 1.234 seluruhnya"
    assert not row.why.isVisible()
    assert panel.counts() == "1 sumber"


def test_it_ages_by_the_second_without_any_news(panel, town):
    town.clock.turn(48)
    town.desk.ticks.second.emit()
    assert panel.rows[SOURCE].age.text().startswith("umur 1 mnt")
    town.clock.turn(1000)
    town.desk.ticks.second.emit()
    assert panel.rows[SOURCE].state.text() == "Terlambat"


def test_what_went_wrong_is_told_in_words(panel, town, qtbot):
    town.stand(
        trouble="shape", error="commands.text_long", error_values={"length": 5000, "most": 4000}, refused_last=17
    )
    row = panel.rows[SOURCE]
    qtbot.waitUntil(lambda: row.why.text() == "Teksnya 5.000 huruf, paling banyak 4.000. Ringkas dahulu.")
    assert row.state.text() == "Bentuk berubah"
    assert "17 tidak dapat dibaca" in row.records.text()
    assert panel.frame.state is PanelState.READY


def test_the_button_asks_it_at_once(panel, town):
    panel.rows[SOURCE].again.click()
    assert town.tried == [SOURCE]


def test_a_paused_source_says_so_and_is_not_asked(panel, town, qtbot):
    town.stand(paused=True)
    qtbot.waitUntil(lambda: panel.rows[SOURCE].state.text() == "Dijeda")
    assert not panel.rows[SOURCE].again.isEnabled()


def test_one_that_never_answered(panel, town, qtbot):
    town.stand(id="baru", title="Sumber baru", last_good_at=None, next_at=None, newest_at=None)
    qtbot.waitUntil(lambda: "baru" in panel.rows)
    row = panel.rows["baru"]
    assert row.state.text() == "Belum pernah"
    assert row.times.text() == "Terakhir baik — · berikutnya —"
    assert row.age.text().startswith("belum ada jawaban")


def test_none_at_all_is_told(town, open_panel):
    panel = open_panel(SourceList)
    assert panel.frame.state is PanelState.EMPTY
    assert "Belum ada sumber data" in panel.frame.message.text


def test_the_retry_of_a_lost_panel_asks_the_worst_source(panel, town, qtbot):
    town.stand(trouble="away", error="commands.nobody", lost_since=NOW - timedelta(hours=1))
    qtbot.waitUntil(lambda: town.desk.sources.about().lost)
    panel.frame.retry_asked.emit()
    assert town.tried == [SOURCE]


def order(panel) -> list[str]:
    """The rows from top to bottom."""
    return [name for name, _ in sorted(panel.rows.items(), key=lambda pair: panel.column.indexOf(pair[1]))]


@pytest.fixture
def three(panel, town, qtbot):
    for name in ("dua", "tiga"):
        town.stand(id=name, title=name)
    qtbot.waitUntil(lambda: order(panel) == ["dua", SOURCE, "tiga"])
    panel.paper.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # wherever the pointer of this screen is
    return panel


def test_those_that_need_somebody_stand_on_top_and_go_back(three, town, qtbot):
    town.stand(id="tiga", title="tiga", trouble="away", error="commands.nobody", lost_since=NOW)
    qtbot.waitUntil(lambda: order(three) == ["tiga", "dua", SOURCE])
    tiga, dua = three.rows["tiga"], three.rows["dua"]
    assert tiga.again.nextInFocusChain() is dua.rest, "the keyboard goes down the list as it is seen"
    town.stand(id="tiga", title="tiga")
    qtbot.waitUntil(lambda: order(three) == ["dua", SOURCE, "tiga"])


def test_one_that_somebody_put_to_rest_needs_nobody(three, town, qtbot):
    town.stand(id="tiga", title="tiga", paused=True, trouble="away", error="commands.nobody", lost_since=NOW)
    qtbot.waitUntil(lambda: three.rows["tiga"].state.text() == "Dijeda")
    assert order(three) == ["dua", SOURCE, "tiga"]


def test_nothing_moves_away_from_under_the_keyboard(three, town, qtbot):
    three.activateWindow()
    three.rows[SOURCE].again.setFocus()
    qtbot.waitUntil(lambda: three.window().focusWidget() is three.rows[SOURCE].again)
    town.stand(id="tiga", title="tiga", trouble="away", error="commands.nobody", lost_since=NOW)
    qtbot.waitUntil(lambda: three.rows["tiga"].why.isVisible())
    assert order(three) == ["dua", SOURCE, "tiga"]
    three.paper.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    three.rows[SOURCE].again.clearFocus()
    town.desk.ticks.second.emit()
    assert order(three) == ["dua", SOURCE, "tiga"], "nor from under the pointer"
    three.paper.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    town.desk.ticks.second.emit()
    assert order(three)[0] == "tiga"
