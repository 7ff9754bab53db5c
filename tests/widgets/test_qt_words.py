"""What Qt says by itself is said in the language of now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QPlainTextEdit, QTextBrowser, QToolButton
from pytestqt.qtbot import QtBot

from console.core.phrases import Phrases
from widgets.qt_words import _WORDS, QtWords


@pytest.fixture(autouse=True)
def words(qapp: QApplication, said: Phrases) -> Iterator[QtWords]:
    made = QtWords(said)
    QApplication.installTranslator(made)
    yield made
    QApplication.removeTranslator(made)


def entries(menu: QMenu) -> list[str]:
    return [action.text().partition("\t")[0].replace("&", "") for action in menu.actions() if action.text()]


@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit])
def test_the_menu_of_a_text_field(qtbot: QtBot, said: Phrases, kind: type[QLineEdit] | type[QPlainTextEdit]) -> None:
    field = kind()
    qtbot.addWidget(field)
    ours = ["Urungkan", "Ulangi", "Potong", "Salin", "Tempel", "Hapus", "Pilih semua"]
    assert entries(field.createStandardContextMenu()) == ours
    said.speak("en")
    assert entries(field.createStandardContextMenu())[0] == "Undo"


def test_the_menu_of_a_page(qtbot: QtBot) -> None:
    page = QTextBrowser()
    qtbot.addWidget(page)
    assert entries(page.createStandardContextMenu()) == ["Salin", "Salin tautan", "Pilih semua"]


def test_what_the_file_dialog_draws(qtbot: QtBot) -> None:
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    assert dialog.labelText(QFileDialog.DialogLabel.LookIn) == "Cari di"
    tips = {button.toolTip() for button in dialog.findChildren(QToolButton)}
    assert {"Kembali", "Maju", "Folder di atasnya", "Folder baru"} <= tips


def test_what_it_does_not_know_stays_as_it_is() -> None:
    assert QCoreApplication.translate("QShortcut", "Ctrl") == "Ctrl"
    assert QCoreApplication.translate("Elsewhere", "&Undo") == "&Undo"


@pytest.mark.parametrize("context", sorted(_WORDS))
def test_every_word_of_the_tables_is_said(context: str, words: QtWords, said: Phrases) -> None:
    for language in ("id", "en"):
        said.speak(language)
        for source in _WORDS[context]:
            told = QCoreApplication.translate(context, source)
            assert told
            assert not told.startswith("«")
            assert ("%1" in told) == ("%1" in source)
