"""One complaint: what is told of it, deeds asked in place, refusals where they were asked, what is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit

from console import commands
from console.core.command import Outcome
from console.core.lifecycle import Deed, State
from console.core.records import Kind
from console.panels.complaint import ComplaintSheet
from console.panels.panel import Condition
from tests.town import NOW, OPERATOR, collision, complaint, meet
from widgets.glyphs import SeverityMark
from widgets.panel_frame import PanelState
from widgets.plain import Label

Key = Qt.Key
PATIENCE_MS = 30_000


@pytest.fixture
def sheet(town, open_panel, qtbot):
    town.fill(12)
    panel = open_panel(ComplaintSheet)
    choose(panel, qtbot, "rekaan:000002")
    panel.roll.setFocus()
    return panel


def choose(panel, qtbot, complaint_id):
    panel.desk.links.select_complaint(complaint_id)
    qtbot.waitUntil(lambda: panel.sheet is not None and panel.sheet.complaint.id == complaint_id)


def told(panel):
    return {fact.label: fact for fact in panel.facts.facts}


def test_none_is_chosen_at_first_and_it_says_how(town, open_panel):
    panel = open_panel(ComplaintSheet)
    assert panel.frame.state is PanelState.EMPTY
    assert "Pilih satu baris" in panel.frame.message.text


def test_one_that_is_not_there_says_so_and_appears_when_it_comes(town, open_panel, qtbot):
    panel = open_panel(ComplaintSheet)
    town.desk.links.select_complaint("rekaan:000001")
    qtbot.waitUntil(lambda: "000001" in panel.frame.message.text)
    town.take([complaint(1)])
    qtbot.waitUntil(lambda: panel.sheet is not None)
    assert panel.condition is Condition.READY


def test_the_sources_word_stands_beside_ours(sheet):
    assert sheet.mark.word == "Terverifikasi"
    assert sheet.native.text == "di sumber: masuk"
    assert sheet.heading.text() == "Sampah menumpuk di tepi kali nomor 2"
    assert sheet.text.text() == "Mohon segera ditangani. Laporan ke-2."


def test_facts_are_told_in_the_citys_words(sheet):
    facts = told(sheet)
    assert facts["Sumber"].note == "000002"
    assert facts["Masuk"].value == "08.37 WIB"
    assert facts["Masuk"].note == "2 jam 5 mnt lalu"
    assert facts["Wilayah"].value == "Kota Rekaan › Sukamaju › Mekarsari"
    assert facts["Kategori"].value == "Sampah"
    assert facts["Pemegang"].value == "—"
    assert facts["Tenggat verifikasi"].value == "Kam 26 Nov 2026 16.00 WIB"
    assert facts["Tenggat verifikasi"].note == "3 hari kerja"
    assert not any(fact.late for fact in facts.values())


def test_a_zone_that_was_assumed_is_said(sheet, qtbot):
    choose(sheet, qtbot, "rekaan:000004")
    assert "zona waktu diperkirakan" in told(sheet)["Masuk"].note


def test_what_is_past_its_time_is_marked(sheet, town, qtbot):
    town.take([complaint(50, requested_at=NOW - timedelta(days=40), expected_at=NOW - timedelta(hours=3))])
    choose(sheet, qtbot, "rekaan:000050")
    facts = told(sheet)
    assert facts["Dijanjikan sumber"].late
    assert facts["Dijanjikan sumber"].note == "lewat 3 jam"
    assert facts["Tenggat verifikasi"].late


def test_text_from_outside_is_never_markup(sheet, town, qtbot):
    town.take([complaint(51, title="<b>tebal</b>", text="<img src='file:///etc/passwd'>", address="<i>x</i>")])
    choose(sheet, qtbot, "rekaan:000051")
    assert sheet.heading.text() == "<b>tebal</b>"
    for label in (sheet.heading, sheet.text):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_only_deeds_that_can_follow_have_a_button(sheet):
    assert set(sheet.deeds.buttons) == {Deed.TAKE, Deed.DISPOSE, Deed.NOTE, Deed.ATTACH, Deed.DUPLICATE}
    assert sheet.deeds.buttons[Deed.DISPOSE].text() == "Disposisi…  D"


def test_a_deed_that_asks_nothing_is_done_by_its_button(sheet, qtbot):
    sheet.deeds.buttons[Deed.TAKE].click()
    qtbot.waitUntil(lambda: told(sheet)["Pemegang"].value == OPERATOR)
    qtbot.waitUntil(lambda: Deed.TAKE not in sheet.deeds.buttons)
    assert sheet.history.entries[0].what == "Ambil"
    assert sheet.history.entries[0].pending
    assert "1 tindakan menunggu" in sheet.waiting.text()


def test_a_deed_that_asks_is_asked_in_place(sheet, qtbot):
    QTest.keyClick(sheet, Key.Key_D)
    assert sheet.form.isVisible()
    office = sheet.form.field("opd")
    assert isinstance(office, QComboBox)
    assert office.currentData() == "DLH"  # the office that usually answers for waste
    assert QApplication.focusWidget() is office
    reason = sheet.form.field("reason")
    assert isinstance(reason, QPlainTextEdit)
    reason.setPlainText("Sesuai tugas.")
    QTest.keyClick(reason, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: sheet.mark.word == "Didisposisikan")
    assert not sheet.form.isVisible()
    assert told(sheet)["OPD"].value == "DLH"


def test_a_refusal_is_said_in_the_form_and_what_was_typed_stays(sheet, town, qtbot):
    sheet.start(Deed.DISPOSE)
    sheet.form.field("reason").setPlainText("Sesuai tugas.")
    found = town.writer.read.complaint("rekaan:000002")
    town.do(commands.make(Deed.DISPOSE, found, OPERATOR, town.pack, opd="PU", reason="Lebih dulu."))
    sheet.form.submit()
    qtbot.waitUntil(lambda: "Baru saja didisposisikan" in form_words(sheet))
    assert sheet.form.isVisible()
    assert sheet.form.answers()["reason"] == "Sesuai tugas."


def form_words(sheet):
    return " ".join(label.text() for label in sheet.form.findChildren(Label) if label.isVisible())


def test_what_is_missing_is_said_in_the_form(sheet, town):
    sheet.start(Deed.NOTE)
    sheet.form.submit()
    assert "Harus diisi" in form_words(sheet)
    assert town.done == []


def test_escape_puts_the_form_away(sheet):
    sheet.start(Deed.NOTE)
    QTest.keyClick(sheet.form.field("text"), Key.Key_Escape)
    assert not sheet.form.isVisible()
    assert sheet.roll.hasFocus()


def test_letters_typed_into_a_form_are_letters(sheet, town):
    sheet.start(Deed.NOTE)
    QTest.keyClicks(sheet.form.field("text"), "davcsgm")
    assert sheet.form.answers()["text"] == "davcsgm"
    assert sheet.form.face.deed is Deed.NOTE
    assert town.done == []


def test_what_cannot_be_says_why_on_the_sheet(sheet):
    QTest.keyClick(sheet, Key.Key_M)
    assert sheet.refusal.isVisible()
    assert "belum didisposisikan" in sheet.refusal.text()


def test_the_last_own_deed_is_taken_back_by_its_key(sheet, town, qtbot):
    sheet.start(Deed.TAKE)
    qtbot.waitUntil(sheet.undo_row.isVisible)
    assert "Ambil" in sheet.undone_what.text()
    QTest.keyClick(sheet, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: told(sheet)["Pemegang"].value == "—")
    qtbot.waitUntil(lambda: not sheet.undo_row.isVisible())
    assert sheet.history.entries[1].undone


def test_it_says_that_a_deed_is_being_saved(sheet, qtbot):
    with qtbot.waitSignal(sheet.doing.sent):
        sheet.start(Deed.TAKE)
    assert sheet.waiting.text().startswith("Sedang disimpan…")
    qtbot.waitUntil(lambda: "Sedang disimpan" not in sheet.waiting.text())


def test_a_deed_asked_in_another_panel_opens_its_form_here(sheet, town, qtbot):
    town.desk.links.deed_asked.emit("rekaan:000004", "close")
    qtbot.waitUntil(lambda: sheet.form.isVisible())
    assert sheet.sheet.complaint.id == "rekaan:000004"
    assert sheet.form.face.deed is Deed.CLOSE


def test_another_complaint_puts_the_form_away(sheet, qtbot):
    sheet.start(Deed.NOTE)
    choose(sheet, qtbot, "rekaan:000003")
    assert not sheet.form.isVisible()


def test_a_change_of_the_source_is_told_in_the_history(sheet, town, qtbot):
    town.take([complaint(2, state=State.DONE, native_state="selesai", updated_at=NOW)])
    qtbot.waitUntil(lambda: sheet.mark.word == "Selesai")
    qtbot.waitUntil(lambda: bool(sheet.history.entries))
    assert sheet.history.entries[0].what.startswith("Perubahan dari sumber")
    assert sheet.native.text == "di sumber: selesai"


def test_changes_of_others_are_not_read(sheet, town, qtbot):
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0)
    town.take([complaint(7, title="Lain")])
    assert not sheet._query.stale


def test_an_open_form_is_said_again_in_the_other_language(sheet, town):
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sudah dicek.")
    town.phrases.speak("en")
    assert "Note" in form_words(sheet)
    assert sheet.form.answers()["text"] == "Sudah dicek."


def test_a_history_too_long_says_what_it_leaves_out(sheet, town, qtbot):
    found = town.writer.read.complaint("rekaan:000002")
    for number in range(sheet.history.MOST + 3):
        town.do(commands.make(Deed.NOTE, found, OPERATOR, town.pack, text=f"Catatan {number}"))
    qtbot.waitUntil(lambda: len(sheet.history.entries) == sheet.history.MOST + 3)
    shown = [label.text() for label in sheet.history.findChildren(type(sheet.heading))]
    assert any("3 kejadian yang lebih lama" in text for text in shown)


def test_versions_that_wait_for_a_person_are_readable_here(town, open_panel, qtbot):
    meet(town)
    panel = open_panel(ComplaintSheet)
    choose(panel, qtbot, "rekaan:000001")
    assert panel.dispute.isVisible()
    assert panel.dispute.words.text().startswith("2 versi bertemu 10.42 WIB")
    shown = panel.dispute.versions.text()
    assert shown.startswith("OPD: ")
    assert "DLH (Sari)" in shown
    assert "PU (Rani (Anda))" in shown
    with qtbot.waitSignal(panel.wants) as wish:
        panel.dispute.open.click()
    assert wish.args == ["panel", "conflicts"]
    assert town.desk.links.disputed == "rekaan:000001"
    choose(panel, qtbot, "rekaan:000002")
    assert not panel.dispute.isVisible()


def test_a_decision_elsewhere_takes_the_line_away(town, open_panel, qtbot):
    town.fill(3)
    town.handed["conflicts"] = [collision(1)]
    panel = open_panel(ComplaintSheet)
    choose(panel, qtbot, "rekaan:000001")
    assert (
        panel.dispute.words.text()
        == "2 versi bertemu 10.16 WIB, 26 mnt lalu. Semuanya disimpan sampai Anda memutuskan."
    )
    town.hand(Kind.CONFLICT, [])
    qtbot.waitUntil(lambda: not panel.dispute.isVisible())


# the page is turned while something is under way


def wait(qtbot, condition):
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def test_while_another_is_read_nothing_of_the_one_before_can_be_pressed(sheet, town, qtbot):
    with town.readers_busy():
        town.desk.links.select_complaint("rekaan:000003")
        sheet.deeds.buttons[Deed.TAKE].click()
        sheet.take_back()
        QTest.keyClick(sheet, Key.Key_A)
        wait(qtbot, lambda: sheet.frame.state is PanelState.LOADING)
        assert not sheet.deeds.buttons
        QTest.keyClick(sheet, Key.Key_A)
        wait(qtbot, sheet.frame.loading.skeleton.isVisible)
    wait(qtbot, lambda: sheet.condition is Condition.READY)
    assert sheet.heading.text().endswith("nomor 3")
    assert town.done == []


def test_one_that_is_read_at_once_follows_without_a_blank(sheet, town, qtbot):
    sheet._late.setInterval(PATIENCE_MS)
    note = sheet.deeds.buttons[Deed.NOTE]
    note.setFocus()
    with qtbot.assertNotEmitted(sheet.deeds.left):
        choose(sheet, qtbot, "rekaan:000003")
    assert sheet.condition is Condition.READY
    assert not sheet._late.isActive()
    assert QApplication.focusWidget() is note


def test_no_answer_is_followed_by_a_blank(sheet, town, qtbot):
    town.desk.links.select_complaint("rekaan:unheard-of")
    wait(qtbot, lambda: sheet.frame.state is PanelState.EMPTY)
    sheet._blank()
    assert sheet.frame.state is PanelState.EMPTY
    with town.readers_busy():
        town.desk.links.select_complaint("rekaan:000003")
        assert sheet.frame.state is PanelState.LOADING


def test_the_keyboard_stays_on_the_page_that_is_turned(sheet, town, qtbot):
    sheet.deeds.buttons[Deed.NOTE].setFocus()
    with town.readers_busy():
        town.desk.links.select_complaint("rekaan:000003")
        wait(qtbot, lambda: sheet.frame.state is PanelState.LOADING)
    wait(qtbot, lambda: sheet.condition is Condition.READY)
    assert QApplication.focusWidget() is sheet.roll


def test_only_what_was_asked_for_this_one_is_begun_when_it_is_read(sheet, town, qtbot):
    with town.readers_busy():
        town.desk.links.select_complaint("rekaan:000003")
        sheet.start(Deed.NOTE)
        town.desk.links.deed_asked.emit("rekaan:000004", "close")
    wait(qtbot, lambda: sheet.form.face is not None)
    assert (sheet.sheet.complaint.id, sheet.form.face.deed) == ("rekaan:000004", Deed.CLOSE)


def test_an_answer_about_the_page_before_is_not_drawn(sheet, town, qtbot):
    before = sheet.sheet
    with town.readers_busy():
        town.desk.links.select_complaint("rekaan:000003")
        sheet._take(before)
        assert sheet.sheet is None


def test_the_receipt_of_another_deed_leaves_the_form_alone(sheet, town, qtbot):
    tell = town.hold_receipts()
    sheet.start(Deed.TAKE)
    wait(qtbot, lambda: len(town.done) == 1)
    choose(sheet, qtbot, "rekaan:000003")
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sedang diketik.")
    with qtbot.waitSignal(sheet.doing.settled, timeout=PATIENCE_MS):
        tell()
    assert sheet.form.answers()["text"] == "Sedang diketik."
    sheet.form.submit()
    wait(qtbot, lambda: sheet.form.face is None)
    assert town.done[-1].complaint == "rekaan:000003"


def test_a_refusal_about_the_page_before_is_told_above_and_not_on_this_one(sheet, town, qtbot):
    town.answer = Outcome.REFUSED
    tell = town.hold_receipts()
    sheet.start(Deed.TAKE)
    wait(qtbot, lambda: len(town.done) == 1)
    choose(sheet, qtbot, "rekaan:000003")
    sheet.start(Deed.NOTE)
    with qtbot.waitSignal(sheet.deed_told, timeout=PATIENCE_MS) as told_above:
        tell()
    assert (told_above.args[0].says, told_above.args[1]) == ("commands.nobody", "rekaan:000002")
    assert "nama operator" not in form_words(sheet)
    assert not sheet.refusal.isVisible()


def test_the_receipt_of_a_form_put_away_leaves_the_next_one_alone(sheet, town, qtbot):
    tell = town.hold_receipts()
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sudah dicek.")
    sheet.form.submit()
    wait(qtbot, lambda: len(town.done) == 1)
    QTest.keyClick(sheet.form.field("text"), Key.Key_Escape)
    sheet.start(Deed.DISPOSE)
    with qtbot.waitSignal(sheet.doing.settled, timeout=PATIENCE_MS):
        tell()
    assert sheet.form.face is not None
    assert sheet.form.face.deed is Deed.DISPOSE


def test_a_form_that_is_being_saved_says_so_and_is_sent_once(sheet, town, qtbot):
    tell = town.hold_receipts()
    sheet.start(Deed.NOTE)
    field, form = sheet.form.field("text"), sheet.form._form
    field.setPlainText("Sudah dicek.")
    form.ok.setFocus()
    for _ in range(3):
        QTest.keyClick(field, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not form.ok.isEnabled()
    assert form.busy.text() == "Sedang disimpan…"
    assert QApplication.focusWidget() is field
    town.phrases.speak("en")
    assert "Being saved…" in form_words(sheet)
    wait(qtbot, lambda: len(town.done) == 1)
    tell()
    wait(qtbot, lambda: sheet.form.face is None)
    wait(qtbot, lambda: not sheet.doing.under_way)
    assert len(town.done) == 1
    assert not sheet.waiting.text().startswith("Being saved")
    assert QApplication.focusWidget() is sheet.roll


def test_a_form_that_is_refused_can_be_sent_again(sheet, town, qtbot):
    town.answer = Outcome.REFUSED
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sudah dicek.")
    sheet.form.submit()
    wait(qtbot, lambda: "nama operator" in form_words(sheet))
    assert sheet.form._form.ok.isEnabled()
    town.answer = None
    sheet.form.submit()
    wait(qtbot, lambda: sheet.form.face is None)


def test_a_form_that_closes_takes_no_keyboard_from_elsewhere(sheet, qtbot):
    elsewhere = QLineEdit(sheet.paper)
    elsewhere.show()
    sheet.start(Deed.NOTE)
    elsewhere.setFocus()
    choose(sheet, qtbot, "rekaan:000003")
    assert QApplication.focusWidget() is elsewhere


# nothing is thrown away under the hand


def test_a_deed_done_by_its_button_leaves_the_keyboard_on_the_page(sheet, qtbot):
    take, note = sheet.deeds.buttons[Deed.TAKE], sheet.deeds.buttons[Deed.NOTE]
    take.setFocus()
    QTest.keyClick(take, Key.Key_Space)
    wait(qtbot, lambda: Deed.TAKE not in sheet.deeds.buttons)
    assert QApplication.focusWidget() is sheet.roll
    assert sheet.deeds.buttons[Deed.NOTE] is note


def test_what_is_selected_stays_while_time_passes(sheet, town, qtbot):
    town.take([complaint(2, expected_at=NOW + timedelta(minutes=20))])
    wait(qtbot, lambda: "Dijanjikan sumber" in told(sheet))
    labels = {label.text(): label for label in sheet.facts.findChildren(Label)}
    address, age = labels["Jalan Merdeka 2"], labels["08.37 WIB · 2 jam 5 mnt lalu"]
    address.setSelection(0, 5)
    sheet.text.setSelection(0, 5)
    town.clock.turn(30 * 60)
    town.stand(records_last=4)
    wait(qtbot, lambda: told(sheet)["Dijanjikan sumber"].late)
    assert age.text() == "08.37 WIB · 2 jam 35 mnt lalu"
    assert (address.selectedText(), sheet.text.selectedText()) == ("Jalan", "Mohon")
    marks = sheet.facts.findChildren(SeverityMark)
    assert len([mark for mark in marks if mark.isVisible()]) == 1


def test_one_long_word_pushes_nothing_off_the_page(sheet, town, qtbot):
    address = "https://foto.example/bagi?kunci=" + "aB3xY9" * 30
    word = "masuk" * 60
    town.take([complaint(52, title=address, text=f"Lihat {address} ini", address=address, media_url=address)])
    town.take([complaint(53, state=State.UNKNOWN, native_state=word)])
    for number in (52, 53):
        choose(sheet, qtbot, f"rekaan:{number:06d}")
        for width in (1200, 420):
            sheet.resize(width, 700)
            wait(qtbot, lambda: sheet.paper.width() <= sheet.roll.viewport().width())
            assert all(
                button.mapTo(sheet, button.rect().topRight()).x() < sheet.width()
                for button in sheet.deeds.buttons.values()
            )
    choose(sheet, qtbot, "rekaan:000052")
    assert sheet.text.text() == f"Lihat {address} ini"
