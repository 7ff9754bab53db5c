"""The page of a complaint: what is personal is covered, opened one by one with a reason, and gone after a minute."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from console.core.lifecycle import Deed
from console.core.masking import COVER
from console.core.people import Right
from console.panels.complaint import ComplaintSheet
from tests.models.test_revealing import answer
from tests.town import complaint

SEALED = "kendali-s1:" + "A" * 160
EXTRA = f'{{"channel": "telepon", "reporter_name": "{SEALED}", "reporter_phone": "{SEALED}"}}'
SECRET = "Zulkarnaen Wiradikusuma"


@pytest.fixture
def sheet(town, open_panel, qtbot):
    town.take(
        [
            complaint(
                1, extra=EXTRA, title="Jalan rusak, WA 0812-3456-7890", text="Nama saya Joko Susilo tinggal di sini"
            ),
            complaint(2),
        ]
    )
    town.stand()
    panel = open_panel(ComplaintSheet)
    choose(panel, qtbot, "rekaan:000001")
    return panel


def choose(panel, qtbot, name):
    panel.desk.links.select_complaint(name)
    qtbot.waitUntil(lambda: panel.sheet is not None and panel.sheet.complaint.id == name)


def everything(root):
    """Every word in a window: drawn, spoken, in a tooltip or a field."""
    told = []
    for widget in [root, *root.findChildren(QWidget)]:
        told += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.windowTitle()]
        if isinstance(widget, QLabel | QPushButton | QLineEdit):
            told.append(widget.text())
    return "\n".join(told)


def ask(panel, field="reporter_name", reason="menelepon pelapor"):
    part = panel.personal
    part.rows[field].button.click()
    part.form.editor("reason").setText(reason)
    part.form.submit()


def test_a_complaint_without_anything_personal_has_no_such_part(sheet, qtbot):
    choose(sheet, qtbot, "rekaan:000002")
    assert not sheet.personal.isVisible()


def test_words_are_drawn_covered_and_the_store_keeps_them(sheet, town):
    assert sheet.heading.text() == f"Jalan rusak, WA {COVER}90"
    assert sheet.text.text() == f"Nama saya {COVER} tinggal di sini"
    assert town.writer.read.complaint("rekaan:000001").title == "Jalan rusak, WA 0812-3456-7890"
    assert list(sheet.personal.rows) == ["reporter_name", "reporter_phone", "title", "text"]
    assert "0812-3456-7890" not in everything(sheet) and "Joko" not in everything(sheet)
    assert {row.value.text() for row in sheet.personal.rows.values()} == {COVER}


def test_a_reason_is_asked_for_and_the_value_is_shown_with_a_countdown(sheet, town):
    ask(sheet)
    assert town.told[-1][1]["reason"] == "menelepon pelapor"
    assert sheet.personal.form.busy.text() == "Sedang dibuka"
    answer(town, value=SECRET)
    row = sheet.personal.rows["reporter_name"]
    assert sheet.personal.form is None
    assert row.value.text() == SECRET
    assert row.left.text() == "tertutup lagi dalam 60 detik"
    assert row.value.accessibleName() == f"Nama pelapor: {SECRET}"
    assert everything(sheet).count(SECRET) == 2  # its own label, drawn and spoken: no tooltip, nothing else


def test_who_may_not_open_is_offered_no_button(sheet, monkeypatch):
    monkeypatch.setattr(type(sheet.desk), "may", lambda _desk, right: right is not Right.REVEAL)
    sheet.personal.retranslate()
    assert not any(row.button.isVisible() for row in sheet.personal.rows.values())


def test_no_reason_asks_nobody(sheet, town):
    ask(sheet, reason=" ")
    assert town.told == []
    assert sheet.personal.form.isVisible()


def open_one(sheet, town):
    ask(sheet)
    answer(town, value=SECRET)
    assert SECRET in everything(sheet)


def test_after_a_minute_it_is_gone_everywhere(sheet, town):
    open_one(sheet, town)
    town.clock.turn(60)
    town.desk.ticks.second.emit()
    assert SECRET not in everything(sheet)
    assert sheet.personal.rows["reporter_name"].value.text() == COVER
    assert sheet.personal.rows["reporter_name"].value.accessibleName() == "Nama pelapor"
    assert not sheet.personal.rows["reporter_name"].left.isVisible()


def test_a_hand_can_cover_it_at_once(sheet, town):
    open_one(sheet, town)
    sheet.personal.rows["reporter_name"].button.click()
    assert SECRET not in everything(sheet)


def test_a_page_that_is_turned_or_hidden_covers_it(sheet, town, qtbot):
    open_one(sheet, town)
    sheet.show_complaint("rekaan:000002")
    assert SECRET not in everything(sheet)
    choose(sheet, qtbot, "rekaan:000002")
    choose(sheet, qtbot, "rekaan:000001")
    open_one(sheet, town)
    sheet.hide()
    assert SECRET not in everything(sheet)


def test_news_of_the_same_complaint_leave_it_open(sheet, town, qtbot):
    open_one(sheet, town)
    before = sheet.sheet
    town.take([complaint(1, extra=EXTRA, title="Jalan rusak, WA 0812-3456-7890", text="Nama saya Joko, sekarang lain")])
    qtbot.waitUntil(lambda: sheet.sheet is not before)
    assert SECRET in everything(sheet)


def test_a_lost_key_asks_for_the_recovery_code_in_the_same_form(sheet, town):
    ask(sheet)
    answer(town, outcome="refused", says="personal.key_lost", value=None)
    form = sheet.personal.form
    assert form.value("reason") == "menelepon pelapor"
    code = form.editor("code")
    assert code.echoMode() is QLineEdit.EchoMode.Password
    assert "Kunci hilang" in everything(form)
    code.setText("kata rahasia")
    form.submit()
    assert town.told[-1][1]["code"] == "kata rahasia"
    answer(town, outcome="refused", says="personal.code_wrong", value=None)
    assert "bukan milik kunci data" in everything(sheet.personal.form)
    sheet.personal.form.submit()
    answer(town, value=SECRET)
    assert SECRET in everything(sheet)
    assert "kata rahasia" not in everything(sheet)


def test_the_part_speaks_the_other_language_with_what_was_typed(sheet, town):
    part = sheet.personal
    part.rows["reporter_phone"].button.click()
    part.form.editor("reason").setText("karena")
    town.phrases.speak("en")
    sheet.retranslate()
    assert part.title.text() == "Personal data"
    assert part.form.value("reason") == "karena"
    assert part.rows["reporter_phone"].name.text() == "Reporter's telephone"


def test_the_keyboard_goes_back_to_the_button(sheet, town):
    part = sheet.personal
    button = part.rows["reporter_phone"].button
    button.setFocus()
    button.click()
    assert part.form.editor("reason").hasFocus()
    part.form.cancel.click()
    assert part.form is None
    assert button.hasFocus()


def test_notes_of_the_history_are_covered_too(sheet, town, qtbot):
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sudah ditelepon di 081234567890")
    sheet.form.submit()
    qtbot.waitUntil(lambda: any(entry.text for entry in sheet.history.entries))
    assert [entry.text for entry in sheet.history.entries if entry.text] == [f"Sudah ditelepon di {COVER}90"]
