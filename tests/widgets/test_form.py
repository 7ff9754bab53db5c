"""The form: what is required, said in place; choices; keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit

from console.core.phrases import Phrases
from widgets.form import MOST_LINE, MOST_LINES, AskForm, FieldKind, FormField
from widgets.tokens import Tokens

FEW = [("dlh", "Dinas Lingkungan Hidup"), ("pu", "Dinas PU")]
MANY = [(f"36.{number:02}", f"Kelurahan {number}") for number in range(60)]


@pytest.fixture
def form(qtbot, said: Phrases, dark: Tokens) -> AskForm:
    fields = [
        FormField("opd", "OPD tujuan", FieldKind.CHOICE, choices=FEW),
        FormField("area", "Wilayah", FieldKind.CHOICE, required=False, choices=MANY),
        FormField("reason", "Alasan", FieldKind.LINES),
        FormField("note", "Catatan", required=False, value="awal"),
    ]
    made = AskForm("Disposisi <b>ADN-1</b>", fields, said, "Disposisikan")
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    return made


def fill(form: AskForm) -> None:
    opd, reason = form.editor("opd"), form.editor("reason")
    assert isinstance(opd, QComboBox)
    assert isinstance(reason, QPlainTextEdit)
    opd.setCurrentIndex(1)
    reason.setPlainText("  Jalan milik kota.\n")


def test_what_lacks_is_said_in_place_and_gets_the_keyboard(qtbot, form: AskForm) -> None:
    with qtbot.assertNotEmitted(form.submitted):
        form.submit()
    assert form._faults["opd"].isVisible()
    assert form._faults["reason"].text() == "Harus diisi"
    assert not form._faults["note"].isVisible()
    assert form.focusWidget() is form.editor("opd")
    assert form.editor("opd").accessibleDescription() == "Harus diisi"


def test_what_is_filled_in_is_handed_over(qtbot, form: AskForm) -> None:
    fill(form)
    with qtbot.waitSignal(form.submitted) as done:
        form.ok.click()
    assert done.args == [{"opd": "pu", "area": "", "reason": "Jalan milik kota.", "note": "awal"}]


def test_keys_submit_and_cancel(qtbot, form: AskForm) -> None:
    fill(form)
    form.editor("reason").setFocus()
    with qtbot.waitSignal(form.submitted):
        QTest.keyClick(form.editor("reason"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(form.submitted):
        QTest.keyClick(form.editor("note"), Qt.Key.Key_Return)
    with qtbot.waitSignal(form.cancelled):
        QTest.keyClick(form.editor("note"), Qt.Key.Key_Escape)


def test_a_long_choice_can_be_typed_and_must_name_one(form: AskForm) -> None:
    box = form.editor("area")
    assert isinstance(box, QComboBox)
    assert box.isEditable()
    assert not form.editor("opd").isEditable()  # type: ignore[attr-defined]
    box.setEditText("kelurahan 7")
    assert form.value("area") == "36.07"
    box.setEditText("tidak ada")
    assert form.value("area") == ""


def test_a_refusal_stands_where_it_was_asked(form: AskForm) -> None:
    form.show_refusal("Sudah ditutup oleh <Rina>.")
    assert form._refusal.isVisible()
    form.show_refusal("")
    assert not form._refusal.isVisible()


def test_texts_have_an_end(qtbot, form: AskForm) -> None:
    fill(form)
    note, reason = form.editor("note"), form.editor("reason")
    assert isinstance(note, QLineEdit)
    assert isinstance(reason, QPlainTextEdit)
    note.setText("x" * 5000)
    assert len(form.value("note")) == MOST_LINE
    reason.setPlainText("x" * (MOST_LINES + 1))
    with qtbot.assertNotEmitted(form.submitted):
        form.submit()
    assert "4.000" in form._faults["reason"].text()


def test_every_field_has_a_name_and_the_first_gets_the_keyboard(form: AskForm) -> None:
    assert [form.editor(name).accessibleName() for name in form.values()] == [
        "OPD tujuan",
        "Wilayah",
        "Alasan",
        "Catatan",
    ]
    form.start()
    assert form.focusWidget() is form.editor("opd")


def test_the_language_may_change(said: Phrases, form: AskForm) -> None:
    said.speak("en")
    assert form.cancel.text() == "Cancel"
    assert form.ok.text() == "Disposisikan"


def test_a_secret_is_not_shown_and_not_trimmed(qtbot, said: Phrases, dark: Tokens) -> None:
    form = AskForm("Masuk", [FormField("secret", "Kata sandi", FieldKind.SECRET)], said)
    qtbot.addWidget(form)
    line = form.editor("secret")
    assert isinstance(line, QLineEdit)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    line.setText(" a b ")
    assert form.values() == {"secret": " a b "}


def test_what_is_under_way_is_handed_over_once_and_said(qtbot, form: AskForm) -> None:
    fill(form)
    form.ok.setFocus()
    form.show_busy("Sedang disimpan…")
    assert not form.ok.isEnabled()
    assert form.busy.text() == "Sedang disimpan…"
    assert form.focusWidget() is form.editor("opd")
    with qtbot.assertNotEmitted(form.submitted):
        form.submit()
    form.show_busy("")
    with qtbot.waitSignal(form.submitted):
        form.ok.click()
