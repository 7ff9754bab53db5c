"""The queue under the hand: chips, search, keys, new rows that wait, deeds by key and menu."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from console.core.lifecycle import OPEN, Deed, State
from console.core.people import Role
from console.core.records import AgeBucket
from console.models.choices import Facet, Narrowing
from console.models.queue import EXTRA_ROLE
from console.models.rows import Column
from console.panels.queue import Queue
from tests.town import NOW, complaint
from widgets import row_table

Key = Qt.Key
PATIENCE_MS = 30_000


@pytest.fixture
def queue(town, open_panel, qtbot):
    town.fill(60)
    panel = open_panel(Queue)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 60)
    panel.table.setFocus()
    return panel


def press(panel, key, *more):
    QTest.keyClick(panel.table, key, *more)


def rows(panel):
    return [panel.model.line(row).row.id for row in range(panel.model.rowCount())]


def entries(menu):
    return {action.text(): action for action in menu.actions() if action.text()}


def open_menu(panel, facet):
    panel.filters.chips[facet].open()
    return QApplication.activePopupWidget() or panel.filters.chips[facet].findChildren(QMenu)[-1]


def test_model_and_table_speak_of_the_same_value():
    assert EXTRA_ROLE == row_table.EXTRA_ROLE


# chips


def test_a_chip_narrows_and_its_cross_widens_again(queue, qtbot):
    entries(open_menu(queue, Facet.STATE))["Masih terbuka"].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 50)
    chip = queue.filters.chips[Facet.STATE]
    assert chip.button.text().startswith("Masih terbuka")
    assert chip.cross.accessibleName() == "Hapus saringan Keadaan"
    chip.cross.click()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 60)
    assert not chip.cross.isVisible()


def test_several_states_are_ticked_one_after_the_other(queue, qtbot):
    menu = open_menu(queue, Facet.STATE)
    entries(menu)["Baru"].trigger()
    entries(menu)["Selesai"].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 30)
    assert queue.filters.narrowing.states == {State.NEW, State.DONE}
    entries(menu)["Baru"].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 10)


def test_areas_are_chosen_down_to_the_kelurahan_and_the_windows_follow(queue, town, qtbot):
    menu = open_menu(queue, Facet.AREA)
    deeper = entries(menu)["Sukamaju"].menu()
    entries(deeper)["Sukamaju Timur"].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 12)
    assert town.desk.links.area == "99.71.01.1001"


def test_an_area_chosen_elsewhere_narrows_here(queue, town, qtbot):
    town.desk.links.select_area("99.71.02")
    qtbot.waitUntil(lambda: queue.model.rowCount() == 24)
    town.desk.links.select_area("")
    qtbot.waitUntil(lambda: queue.model.rowCount() == 60)


@pytest.mark.parametrize(("facet", "name", "count"), [(Facet.OPD, "PU", 10), (Facet.CATEGORY, "Sampah", 20)])
def test_offices_and_categories_narrow(queue, qtbot, facet, name, count):
    entries(open_menu(queue, facet))[name].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == count)


def test_ages_narrow(queue, qtbot):
    entries(open_menu(queue, Facet.AGE))["24 jam terakhir"].trigger()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 24)
    assert queue.filters.narrowing.age is AgeBucket.DAY


# search


def test_slash_goes_to_the_search_and_words_find_as_one_types(queue, qtbot):
    press(queue, "/")
    assert queue.search.hasFocus()
    QTest.keyClicks(queue.search, "lampu")
    qtbot.waitUntil(lambda: queue.model.rowCount() == 20)
    QTest.keyClick(queue.search, Key.Key_Escape)
    qtbot.waitUntil(lambda: queue.model.rowCount() == 60)
    QTest.keyClick(queue.search, Key.Key_Escape)
    assert queue.table.hasFocus()


def test_nothing_found_is_said_in_place_and_the_search_stays(queue, qtbot):
    queue.search.setText("tidakadadimanapun")
    qtbot.waitUntil(lambda: queue.body.currentWidget() is queue.nothing)
    assert "tidakadadimanapun" in queue.nothing.text
    assert queue.search.isVisible()
    queue.nothing.action.click()
    qtbot.waitUntil(lambda: queue.model.rowCount() == 60)
    assert queue.search.text() == ""
    assert queue.body.currentWidget() is queue.table


@pytest.mark.parametrize("text", ['"', "*", "a OR", "NEAR(", "jalan AND", "é", "\u202e", "%_'", ":"])
def test_anything_may_be_typed(queue, qtbot, text):
    queue.search.setText(text)
    qtbot.waitUntil(lambda: queue.desk.work.waiting == 0)
    assert queue.condition.value == "ready"


# hand


def test_j_k_and_the_arrows_move_and_the_windows_follow(queue, town):
    for key in (Key.Key_J, Key.Key_J, Key.Key_Down, Key.Key_K):
        press(queue, key)
    assert queue.table.current_id == town.desk.links.complaint == "rekaan:000001"
    press(queue, Key.Key_End)
    assert queue.table.current_id == "rekaan:000059"
    press(queue, Key.Key_Home)
    assert queue.table.current_id == "rekaan:000000"


def test_enter_opens_the_complaint(queue, qtbot):
    press(queue, Key.Key_J)
    with qtbot.waitSignal(queue.wants) as wants:
        press(queue, Key.Key_Return)
    assert wants.args == ["panel", "complaint"]


def test_its_number_is_copied(queue):
    press(queue, Key.Key_J)
    queue.copy_id()
    assert QGuiApplication.clipboard().text() == "000000"


def test_a_complaint_chosen_elsewhere_is_marked_here(queue, town):
    town.desk.links.select_complaint("rekaan:000007")
    assert queue.table.currentIndex().row() == 7
    town.desk.links.select_complaint("rekaan:unheard-of")
    assert not queue.table.currentIndex().isValid()


def test_one_made_later_marks_what_was_chosen_before(queue, town, open_panel, qtbot):
    wanted = queue.model.line(3).row.id
    town.desk.links.select_complaint(wanted)
    later = open_panel(Queue)
    qtbot.waitUntil(lambda: later.table.current_id == wanted, timeout=20_000)
    assert wanted.partition(":")[2] in later.counts()


def test_the_keyboard_in_the_list_moves_no_column(queue, town, qtbot):
    queue.search.setFocus()
    before = queue.table.viewport().width()
    queue.table.setFocus()
    qtbot.waitUntil(queue.table.hasFocus)
    assert queue.table.viewport().width() == before


def test_none_is_counted_only_once_a_source_has_answered(town, open_panel, qtbot):
    empty = open_panel(Queue)
    qtbot.waitUntil(lambda: empty.body.currentWidget() is empty.nothing, timeout=PATIENCE_MS)
    assert empty.counts() == ""
    town.stand()
    qtbot.waitUntil(lambda: town.desk.sources.about().heard, timeout=PATIENCE_MS)
    assert empty.counts() == "0 pengaduan"


def test_the_footer_counts_and_says_what_is_chosen(queue):
    press(queue, Key.Key_J)
    assert queue.counts() == "60 pengaduan · dipilih 000000"


# new rows


def test_new_rows_wait_for_the_hand(queue, town, qtbot):
    press(queue, Key.Key_J)
    before = rows(queue)
    town.take([complaint(1000 + extra, requested_at=NOW) for extra in range(2)])
    qtbot.waitUntil(queue.fresh.isVisible)
    assert queue.fresh.text() == "2 baru"
    assert rows(queue) == before
    queue.fresh.click()
    assert queue.model.rowCount() == 62
    assert not queue.fresh.isVisible()
    assert queue.table.current_id == "rekaan:000000"
    assert queue.table.at_top


def test_home_takes_them(queue, town, qtbot):
    press(queue, Key.Key_J)
    town.take([complaint(1000, requested_at=NOW)])
    qtbot.waitUntil(queue.fresh.isVisible)
    press(queue, Key.Key_Home)
    assert queue.model.rowCount() == 61
    assert queue.table.current_id == "rekaan:001000"


def test_they_come_by_themselves_after_a_quiet_second_at_the_top(queue, town, qtbot):
    press(queue, Key.Key_J)
    town.take([complaint(1000, requested_at=NOW)])
    qtbot.waitUntil(queue.fresh.isVisible)
    town.desk.ticks.second.emit()
    assert queue.model.rowCount() == 60
    town.clock.turn(1.5)
    town.desk.ticks.second.emit()
    assert queue.model.rowCount() == 61
    assert queue.table.current_id == "rekaan:000000"


def test_never_while_one_reads_further_down(queue, town, qtbot):
    queue.table.verticalScrollBar().setValue(20)
    town.clock.turn(60)
    town.take([complaint(1000, requested_at=NOW)])
    qtbot.waitUntil(queue.fresh.isVisible)
    town.desk.ticks.second.emit()
    assert queue.model.rowCount() == 60


def test_no_click_ever_meets_another_row_than_it_saw(queue, town, qtbot):
    """GOALS P7: rows arrive all the while, and each click hits what stood there."""
    chance = random.Random(7)
    for number in range(60):
        town.take([complaint(2000 + number, requested_at=NOW)])
        row = chance.randrange(12)
        aimed = queue.model.line(row).row.id
        QTest.mouseClick(
            queue.table.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            queue.table.visualRect(queue.model.index(row, Column.TITLE)).center(),
        )
        assert queue.table.current_id == aimed
        town.clock.turn(0.1)
        QApplication.processEvents()


# deeds


def test_a_deed_that_asks_nothing_is_done_by_its_key(queue, town, qtbot):
    press(queue, Key.Key_J)
    press(queue, Key.Key_V)
    qtbot.waitUntil(lambda: queue.model.line(0).row.state is State.VERIFIED)
    assert town.done[0].face.deed is Deed.VERIFY


def test_a_deed_that_asks_is_asked_in_the_complaints_panel(queue, town, qtbot):
    press(queue, Key.Key_J)
    with qtbot.waitSignal(town.desk.links.deed_asked) as asked:
        press(queue, Key.Key_C)
    assert asked.args == ["rekaan:000000", "note"]


def test_a_refusal_is_told_above_the_panels_with_its_complaint(queue, qtbot):
    press(queue, Key.Key_J)
    with qtbot.waitSignal(queue.deed_told, timeout=PATIENCE_MS) as told:
        press(queue, Key.Key_M)
    assert (told.args[0].says, told.args[1]) == ("commands.stands.NEW", "rekaan:000000")
    press(queue, Key.Key_V)
    with qtbot.waitSignal(queue.deed_told, timeout=PATIENCE_MS) as told:
        qtbot.waitUntil(lambda: queue.model.line(0).row.state is State.VERIFIED, timeout=PATIENCE_MS)
    assert told.args == [None, "rekaan:000000"]


def test_the_footer_says_that_a_deed_is_being_saved(queue, town, qtbot):
    tell = town.hold_receipts()
    press(queue, Key.Key_J)
    press(queue, Key.Key_V)
    assert queue.counts() == "60 pengaduan · dipilih 000000 · Sedang disimpan…"
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    assert queue.frame._counts.text.endswith("Sedang disimpan…")
    tell()
    qtbot.waitUntil(lambda: queue.frame._counts.text.endswith("dipilih 000000"), timeout=PATIENCE_MS)


def test_where_nobody_is_named_the_keys_are_the_windows(queue, town):
    object.__setattr__(town.desk, "settings", town.desk.settings.with_value("operator", ""))
    press(queue, Key.Key_J)
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Key.Key_V, Qt.KeyboardModifier.NoModifier, "v")
    queue.keyPressEvent(event)
    assert not event.isAccepted()
    assert town.done == []


def test_the_menu_offers_deeds_with_their_reasons(queue, qtbot):
    press(queue, Key.Key_J)
    queue.table.customContextMenuRequested.emit(QPoint(10, 10))
    qtbot.waitUntil(lambda: bool(queue.findChildren(QMenu)))
    found = entries(queue.findChildren(QMenu)[-1])
    assert found["Verifikasi"].isEnabled()
    assert found["Catatan…"].isEnabled()
    assert not found["Mulai kerja"].isEnabled()
    assert "belum diverifikasi" in found["Mulai kerja"].toolTip()
    assert {"Buka pengaduan", "Salin nomor"} <= found.keys()
    found["Verifikasi"].trigger()
    qtbot.waitUntil(lambda: queue.model.line(0).row.state is State.VERIFIED)


# columns and memory


def test_columns_give_way_and_come_back(queue):
    queue.resize(420, 400)
    assert queue.table.isColumnHidden(Column.OPD)
    assert not queue.table.isColumnHidden(Column.TITLE)
    assert not queue.table.isColumnHidden(Column.STATE)
    queue.resize(1400, 400)
    assert not any(queue.table.isColumnHidden(column) for column in Column)


def test_widths_are_kept_as_a_hand_left_them(queue, open_panel):
    queue.table.setColumnWidth(Column.OPD, 177)
    kept = queue.keep()
    assert kept["widths"]["opd"] == 177
    other = open_panel(Queue)
    other.restore(kept)
    assert other.table.columnWidth(Column.OPD) == 177
    other.table.set_widths({})
    assert other.table.columnWidth(Column.OPD) == 120


@pytest.mark.parametrize("widths", [{"opd": "wide"}, {"opd": -4}, {"opd": 10**9}, {"unheard-of": 5}])
def test_unsound_widths_are_left_out(queue, widths):
    queue.table.set_widths(widths)
    assert queue.table.columnWidth(Column.OPD) == 120


def test_chips_are_kept_and_words_are_not(queue, open_panel, qtbot):
    queue.filters.choose(replace(Narrowing(), states=OPEN, age=AgeBucket.DAY))
    queue.search.setText("lampu")
    other = open_panel(Queue)
    other.restore(queue.keep())
    qtbot.waitUntil(lambda: other.model.rowCount() == 20)
    assert other.search.text() == ""
    assert other.filters.narrowing == Narrowing(OPEN, age=AgeBucket.DAY)


@pytest.mark.parametrize(("role", "says"), [(Role.SUPERVISOR, "Hak warga"), (Role.OPERATOR, "Hanya supervisor")])
def test_a_nik_is_not_looked_for_and_it_is_said_who_does(town, open_panel, qtbot, role, says):
    town.handed["person_known"] = True
    town.take([complaint(1, text="NIK saya 3671011203900001")])
    town.enter(role)
    queue = open_panel(Queue)
    qtbot.waitUntil(lambda: queue.model.rowCount() == 1)
    for typed in ("3671011203900001", "3671 0112 0390 0001"):
        queue.search.setText(typed)
        qtbot.waitUntil(lambda: queue.body.currentWidget() is queue.nothing)
        assert queue.model.rowCount() == 0
        assert "NIK" in queue.nothing.text and says in queue.nothing.text
        assert typed not in queue.nothing.text
        queue.search.setText("")
        qtbot.waitUntil(lambda: queue.model.rowCount() == 1)
