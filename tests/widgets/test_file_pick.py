"""A file is chosen in the language of now, and nothing waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from console.core.phrases import Phrases
from widgets.file_pick import Pick, pick_file
from widgets.form import AskForm, FieldKind, FormField
from widgets.tokens import Tokens

Labels = QFileDialog.DialogLabel


@pytest.fixture
def above(qtbot: QtBot, dark: Tokens) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def opened(above: QWidget) -> QFileDialog:
    (dialog,) = above.findChildren(QFileDialog)
    return dialog


@pytest.mark.parametrize(("language", "look_in", "leave"), [("id", "Cari di", "Batal"), ("en", "Look in", "Cancel")])
def test_every_label_is_said(above: QWidget, said: Phrases, language: str, look_in: str, leave: str) -> None:
    said.speak(language)
    pick_file(said, above, Pick("Pilih <b>berkas</b>"), lambda _paths: None)
    dialog = opened(above)
    assert dialog.labelText(Labels.LookIn) == look_in
    assert dialog.labelText(Labels.Reject) == leave
    assert all(dialog.labelText(label) for label in Labels)
    dialog.close()


def test_what_was_chosen_is_heard(above: QWidget, said: Phrases, tmp_path: Path) -> None:
    got: list[list[str]] = []
    pick_file(said, above, Pick("Ke mana?", write=True, accept="Buat", name=str(tmp_path / "a.pdf")), got.append)
    dialog = opened(above)
    assert dialog.labelText(Labels.Accept) == "Buat"
    assert dialog.selectedFiles() == [str(tmp_path / "a.pdf")]
    dialog.accept()
    assert got == [[str(tmp_path / "a.pdf")]]


def test_what_was_left_is_not(above: QWidget, said: Phrases) -> None:
    got: list[list[str]] = []
    pick_file(said, above, Pick("Yang mana?", several=True, kinds=["Foto (*.jpg)"]), got.append)
    dialog = opened(above)
    assert dialog.nameFilters() == ["Foto (*.jpg)", "Semua berkas (*)"]
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFiles
    dialog.reject()
    assert not got


def test_a_forms_field_takes_what_was_chosen(qtbot: QtBot, said: Phrases, dark: Tokens, tmp_path: Path) -> None:
    chosen = tmp_path / "foto.jpg"
    chosen.write_bytes(b"x")
    form = AskForm("Lampirkan", [FormField("name", "Berkas", FieldKind.FILE)], said)
    qtbot.addWidget(form)
    form.show()
    line = form.editor("name")
    assert isinstance(line, QLineEdit)
    line.actions()[0].trigger()
    dialog = opened(line)
    assert dialog.labelText(Labels.LookIn) == "Cari di"
    dialog.filesSelected.emit([str(chosen)])
    dialog.close()
    assert form.value("name") == str(chosen)
