"""The panel of the ledger: a page at a time, narrowed, and what is wrong with the chain said in words."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QMenu

from console.commands.intake import Take
from console.core.people import Right, Role, may
from console.core.records import ComplaintId
from console.models.ledger import LedgerAsked, When
from console.panels.ledger import LedgerList
from console.panels.panel import Condition
from console.store.ledger_read import PAGE


@pytest.fixture
def panel(town, qtbot):
    made = LedgerList(town.desk)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    return made


def seen(panel, town, qtbot):
    panel.show()
    qtbot.waitUntil(lambda: panel.condition is not Condition.LOADING)
    settle(panel, town, qtbot)


def settle(panel, town, qtbot):
    qtbot.waitUntil(lambda: not panel._query.stale and not panel._query._under_way)


def deeds(town, count, who="Sari", deed="reveal"):
    for number in range(count):
        town.store.enter(deed, who=who, subject=f"rekaan:{number:06d}", why="keluarga")


def numbers(panel):
    return [int(key) for key in panel.lines]


def test_it_shows_who_did_what(panel, town, qtbot):
    deeds(town, 1)
    seen(panel, town, qtbot)
    assert panel.condition is Condition.READY
    first = next(iter(panel.lines.values()))
    assert (first.who, first.about) == ("Sari", "rekaan:000000")
    assert panel.sound.text().startswith("Utuh") and panel.broken.isHidden()
    panel.list.go(0)
    assert "Alasan: keluarga" in panel.detail.text()


def test_it_reads_one_page_however_many_there_are(panel, town, qtbot):
    deeds(town, 2 * PAGE + 20)
    seen(panel, town, qtbot)
    last = town.store.ledger.end()[0]
    assert numbers(panel) == list(range(last, last - PAGE, -1))
    assert panel.filter.to_older.isEnabled() and not panel.filter.to_newer.isEnabled()
    for start in (last - PAGE, last - 2 * PAGE):
        panel.filter.to_older.click()
        qtbot.waitUntil(lambda start=start: numbers(panel)[:1] == [start])
    assert not panel.filter.to_older.isEnabled() and numbers(panel)[-1] == 1
    panel.filter.to_newer.click()
    qtbot.waitUntil(lambda: numbers(panel)[0] == last - PAGE)
    panel.filter.to_newest.click()
    qtbot.waitUntil(lambda: numbers(panel)[0] == last)


def test_an_older_page_stays_where_it_is_when_rows_come(panel, town, qtbot):
    deeds(town, 2 * PAGE)
    seen(panel, town, qtbot)
    panel.filter.to_older.click()
    settle(panel, town, qtbot)
    before = numbers(panel)
    town.desk.news.changed.emit(town.store.enter("reveal", who="Budi"))
    settle(panel, town, qtbot)
    assert numbers(panel) == before


def test_it_is_narrowed_by_person_kind_and_time(panel, town, qtbot):
    deeds(town, 3)
    deeds(town, 2, "Budi", "export")
    seen(panel, town, qtbot)
    assert dict(panel.filter.people)["Budi"] == "Budi" and dict(panel.filter.deeds)["export"] == "Mengekspor data"
    panel.filter.ask(LedgerAsked(who="Budi"))
    qtbot.waitUntil(lambda: {line.who for line in panel.lines.values()} == {"Budi"})
    panel.filter.ask(LedgerAsked(deed="reveal"))
    qtbot.waitUntil(lambda: {line.who for line in panel.lines.values()} == {"Sari"})
    panel.filter.ask(LedgerAsked(who="Budi", deed="reveal", when=When.WEEK))
    qtbot.waitUntil(lambda: not panel.lines)
    assert panel.condition is Condition.READY and "Tidak ada baris" in panel.none.text()


def test_a_damaged_chain_is_told_at_its_row_and_the_row_is_marked(panel, town, qtbot):
    deeds(town, 5)
    with closing(sqlite3.connect(town.profile.records, isolation_level=None)) as db:
        db.execute("DROP TRIGGER ledger_stays")
        db.execute("UPDATE ledger SET who = 'Penyusup' WHERE n = 3")
    seen(panel, town, qtbot)
    assert panel.broken.isVisible() and "Baris 3 diubah" in panel.broken.text() and panel.sound.isHidden()
    panel.list.choose("3")
    assert "Baris ini diubah" in panel.detail.text()
    assert [line.entry.fits for line in panel.lines.values()].count(False) == 1


def test_the_filter_is_kept(panel, town, qtbot):
    deeds(town, 2)
    seen(panel, town, qtbot)
    panel.filter.ask(LedgerAsked(who="Sari", when=When.MONTH))
    again = LedgerList(town.desk)
    qtbot.addWidget(again)
    again.restore(panel.keep())
    assert again.filter.asked == LedgerAsked(who="Sari", when=When.MONTH)


def test_the_menus_offer_and_choose(panel, town, qtbot):
    deeds(town, 2)
    seen(panel, town, qtbot)
    menu = QMenu(panel)
    panel.filter._people(menu)
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "Semua orang" and "Sari" in texts
    next(action for action in menu.actions() if action.text() == "Sari").trigger()
    assert panel.filter.asked.who == "Sari" and panel.filter.who.isChecked()
    for fill in (panel.filter._deeds, panel.filter._times):
        other = QMenu(panel)
        fill(other)
        assert len(other.actions()) >= 2


@pytest.mark.parametrize("role", Role)
def test_only_who_may_audit_sees_it(panel, town, qtbot, role):
    deeds(town, 1)
    seen(panel, town, qtbot)
    town.enter(role, "Tono")
    if may(role, Right.AUDIT):
        assert panel.condition is Condition.READY and numbers(panel)
    else:
        assert panel.condition is Condition.EMPTY
        assert panel.frame.message.text.startswith("Catatan ini hanya untuk")
        assert not numbers(panel) and panel.counts() == ""


def test_who_did_it_stands_there_however_narrow_it_is(panel, town, qtbot):
    deeds(town, 1)
    panel.resize(640, 500)
    seen(panel, town, qtbot)
    shown = {panel.list.horizontalHeader().isSectionHidden(nth) for nth in (3, 4, 5)}
    assert shown == {False}


def test_the_weeks_openings_stand_there_and_those_without_a_case_by_name(panel, town, qtbot):
    town.fill(8)
    town.do(Take(ComplaintId("rekaan:000001")))
    deeds(town, 7)
    town.store.enter("reveal", who="Rani", subject="rekaan:000001", why="menelepon pelapor")
    seen(panel, town, qtbot)
    qtbot.waitUntil(lambda: panel.reveals is not None)
    assert "8 pembukaan data pribadi, 7 tanpa urusan" in panel.week.text()
    assert "Rani: 1, tanpa urusan 0." in panel.week.text() and "Sari: 7, tanpa urusan 7." in panel.week.text()
    heading, *lines, more = panel.odd.text().splitlines()
    assert heading.startswith("Tanpa urusan") and len(lines) == 5 and more.startswith("dan 2 lagi")
    assert "rekaan:000006" in lines[0] and "keluarga" in lines[0]
    assert panel.week.isVisible() and panel.odd.isVisible()


def test_a_week_in_which_nothing_was_opened_says_so(panel, town, qtbot):
    town.store.enter("reveal", who="Sari", subject="rekaan:000001", why="keluarga")
    town.clock.turn(8 * 86_400)
    seen(panel, town, qtbot)
    qtbot.waitUntil(lambda: panel.reveals is not None)
    assert panel.week.text().startswith("Tujuh hari terakhir: 0 pembukaan")
    assert panel.odd.isHidden()


@pytest.mark.parametrize("role", [role for role in Role if not may(role, Right.AUDIT)])
def test_the_weeks_openings_are_for_those_who_read_the_ledger(town, qtbot, role):
    deeds(town, 2)
    town.handed["person_known"] = True
    town.enter(role)
    made = LedgerList(town.desk)
    qtbot.addWidget(made)
    made.show()
    made._take_week(town.store.read.reveals(town.clock.now() - timedelta(days=7)))
    assert made.week.text() == made.odd.text() == ""
    assert made.week.isHidden() and made.odd.isHidden()
