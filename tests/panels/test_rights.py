"""What every panel offers hangs on who is here: deeds, choices and secrets, drafts, and the places of citizens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from console.core.lifecycle import Deed
from console.core.people import Role
from console.core.places import complaints_place
from console.core.records import HubQuestion, Waiting
from console.models.drafts import Draft
from console.panels import found
from console.panels.complaint import ComplaintSheet
from console.panels.conflicts import Conflicts
from console.panels.exchange import Exchange
from console.panels.outbox import Outbox
from console.panels.queue import Queue
from console.panels.situation_map import SituationMap
from console.panels.sources import SourceList
from tests.cities import ONE
from tests.town import collision, hub, waits

PATIENCE_MS = 20_000
OPEN_TO_ALL = {"situation_map", "indicators", "sources", "warnings", "measurements", "departures"}
FIRST = "rekaan:000001"


def test_what_is_seen_while_it_is_locked_is_decided_for_each_panel():
    assert {name for name, kind in found().items() if not kind.face.personal} == OPEN_TO_ALL


@pytest.fixture
def sheet(town, open_panel, qtbot):
    town.fill(12)
    panel = open_panel(ComplaintSheet)
    panel.desk.links.select_complaint(FIRST)
    qtbot.waitUntil(lambda: panel.sheet is not None, timeout=PATIENCE_MS)
    return panel


def offers(panel) -> set[Deed]:
    return {offer.deed for offer in panel.sheet.offers}


def test_the_page_offers_what_the_role_may(sheet, town, qtbot):
    everything = offers(sheet)
    assert {Deed.TAKE, Deed.DISPOSE} <= everything
    town.enter(Role.FIELD)
    qtbot.waitUntil(lambda: offers(sheet) != everything, timeout=PATIENCE_MS)
    assert Deed.TAKE in offers(sheet)
    assert not {Deed.DISPOSE, Deed.REOPEN} & offers(sheet)
    town.enter(Role.VIEWER, "Tono")
    qtbot.waitUntil(lambda: not offers(sheet), timeout=PATIENCE_MS)
    assert not sheet.deeds.buttons
    assert not sheet.files.add.isVisible()


def test_a_key_for_what_one_may_not_is_answered_with_a_sentence(sheet, town, qtbot):
    town.enter(Role.VIEWER, "Tono")
    qtbot.waitUntil(lambda: not offers(sheet), timeout=PATIENCE_MS)
    sheet.roll.setFocus()
    QTest.keyClick(sheet, Qt.Key.Key_V)
    assert sheet.refusal.text() == town.phrases.say("people.not_allowed")
    assert not town.done


def test_a_file_is_not_taken_from_who_only_looks(sheet, town, qtbot, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "foto.jpg"))])
    assert sheet._takes(mime)
    town.enter(Role.VIEWER, "Tono")
    assert not sheet._takes(mime)


def test_the_queue_says_no_too(town, open_panel, qtbot):
    town.fill(12)
    queue = open_panel(Queue)
    told = []
    queue.deed_told.connect(lambda why, complaint: told.append((why.says, complaint)))
    town.enter(Role.VIEWER, "Tono")
    queue.table.setFocus()
    QTest.keyClick(queue.table, Qt.Key.Key_J)
    chosen = queue.table.current_id
    QTest.keyClick(queue.table, Qt.Key.Key_V)
    assert told == [("people.not_allowed", chosen)]
    menus: list[QMenu] = []
    queue._menu_at(queue.table.rect().center())
    qtbot.waitUntil(lambda: bool(menus) or bool(queue.findChildren(QMenu)), timeout=PATIENCE_MS)
    menu = queue.findChildren(QMenu)[-1]
    assert [each.text() for each in menu.actions() if each.text()] == [
        town.phrases.say("panels.queue.open_complaint"),
        town.phrases.say("panels.queue.copy_id"),
    ]
    menu.close()


def test_what_was_typed_is_given_out_once_and_gone_on_with(sheet, town, qtbot):
    sheet.start(Deed.NOTE)
    field = sheet.form.field("text")
    assert isinstance(field, QPlainTextEdit)
    field.setPlainText("Sudah ditelepon")
    draft = sheet.take_draft()
    assert draft == Draft(Deed.NOTE, FIRST, {"text": "Sudah ditelepon"})
    assert sheet.form.face is None
    assert sheet.take_draft() is None
    town.desk.links.select_complaint("rekaan:000002")
    qtbot.waitUntil(lambda: sheet.sheet is not None, timeout=PATIENCE_MS)
    town.desk.links.draft_resumed.emit(draft)
    qtbot.waitUntil(lambda: sheet.form.face is not None, timeout=PATIENCE_MS)
    assert sheet.complaint == FIRST
    assert sheet.form.answers() == {"text": "Sudah ditelepon"}


def test_a_form_nobody_typed_into_is_no_draft(sheet):
    sheet.start(Deed.NOTE)
    assert sheet.take_draft() is None
    assert sheet.form.face is None


def test_the_outbox_offers_what_the_role_may(town, open_panel, qtbot):
    refused = waits(4, state=Waiting.REFUSED, says="commands.text_long", values={"length": 9, "most": 4})
    town.handed.update(outbox=[refused], hub=hub())
    town.fill(8)
    panel = open_panel(Outbox)
    section = panel.sections[Waiting.REFUSED]
    qtbot.waitUntil(lambda: section.table.rows.rowCount() == 1, timeout=PATIENCE_MS)
    section.table.go(0)
    assert panel.detail.offered == (Deed.RETRY, Deed.WITHDRAW)
    town.enter(Role.FIELD)
    assert panel.detail.offered == ()
    assert not any(button.isVisible() for button in panel.detail.buttons.values())
    town.enter(Role.SUPERVISOR, "Sari")
    assert panel.detail.offered == (Deed.RETRY, Deed.WITHDRAW)
    panel.start(Deed.WITHDRAW)
    panel.take_draft()
    assert panel.detail.form.face is None


def test_who_may_not_decide_sees_both_versions_and_no_button(town, open_panel, qtbot):
    town.handed["conflicts"] = [collision(3)]
    town.fill(8)
    panel = open_panel(Conflicts)
    qtbot.waitUntil(lambda: panel.current != "", timeout=PATIENCE_MS)
    assert panel.sheet.confirm.isVisible()
    town.enter(Role.LEADER)
    assert not panel.sheet.confirm.isVisible()
    assert panel.sheet.heading.text()
    town.enter(Role.OPERATOR, "Sari")
    assert panel.sheet.confirm.isVisible()
    panel.take_draft()
    assert panel.decided is None


def test_bundles_are_for_who_may_carry_them(town, open_panel):
    town.fill(3)
    panel = open_panel(Exchange)
    assert panel.take.isVisible()
    assert panel.new_key.isVisible()
    town.enter(Role.OPERATOR)
    buttons = (panel.take, panel.make, panel.add, panel.new_key)
    assert not any(button.isVisible() for button in buttons)
    town.enter(Role.ADMIN, "Sari")
    assert all(button.isVisible() for button in buttons)
    panel.add.click()
    assert panel.form is not None
    panel.take_draft()
    assert panel.form is None


@pytest.fixture
def sources(town, open_panel, qtbot):
    place = complaints_place(town.pack.id, ONE)
    question = HubQuestion(place, "sync.exchange.deletions_there", {"count": 30}, titles=("Bau dari rumah Bu Wati",))
    town.fill(2)
    town.handed["hub"] = hub(questions=(question,))
    panel = open_panel(SourceList)
    qtbot.waitUntil(lambda: bool(panel.hub.questions), timeout=PATIENCE_MS)
    return panel


def test_what_the_centre_asks_is_chosen_by_who_may(sources, town):
    question = next(iter(sources.hub.questions.values()))
    assert all(button.isVisible() for button in question.buttons.values())
    town.enter(Role.OPERATOR)
    assert not any(button.isVisible() for button in question.buttons.values())
    assert not sources.hub.sign_in.isVisible()
    assert question.words.text()
    town.enter(Role.SUPERVISOR, "Sari")
    assert all(button.isVisible() for button in question.buttons.values())
    assert sources.hub.sign_in.isVisible()


def test_titles_are_not_told_to_who_passes_a_locked_screen(sources, town):
    question = next(iter(sources.hub.questions.values()))
    town.enter(Role.SUPERVISOR, "Sari")
    assert "Bau dari rumah" in question.list.text()
    town.desk.people.lock()
    assert "Bau dari rumah" not in question.list.text()
    assert not question.list.isVisible()


def test_a_secret_for_the_centre_is_found_by_nobody_else(sources, town):
    town.enter(Role.SUPERVISOR, "Sari")
    sources.hub.open_form()
    town.desk.people.lock()
    assert sources.hub.form is None


def test_places_of_complaints_go_from_a_locked_map_and_its_numbers_stay(town, open_panel, qtbot):
    town.fill(60)
    panel = open_panel(SituationMap)
    town.enter(Role.OPERATOR)
    panel.go(ONE)
    qtbot.waitUntil(lambda: panel.situation is not None and panel.situation.points is not None, timeout=PATIENCE_MS)
    assert panel.points_shown
    town.desk.people.lock()
    assert not panel.points_shown
    assert not panel.points_chip.isChecked()
    assert not panel.points_chip.isEnabled()
    qtbot.waitUntil(lambda: panel.situation.points is None, timeout=PATIENCE_MS)
    assert "terbuka" in panel.counts()
    panel.points_chip.click()
    assert not panel.points_shown
