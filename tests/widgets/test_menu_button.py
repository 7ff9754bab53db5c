"""A button of choices says what is chosen, and stays pressed only while that leaves something out."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from widgets.menu_button import MenuButton


def test_it_says_what_is_chosen(qtbot):
    button = MenuButton(lambda _menu: None)
    qtbot.addWidget(button)
    button.tell("Jenis", "Gempa <b>5</b>\nbaru " + "x" * 60, narrows=True)
    assert button.text().endswith(" ▾") and "\n" not in button.text() and len(button.text()) <= 42
    assert button.isChecked() and button.accessibleName().startswith("Jenis: Gempa")


def test_a_click_opens_the_choices_and_turns_nothing_over(qtbot):
    filled: list[QMenu] = []
    button = MenuButton(filled.append)
    qtbot.addWidget(button)
    button.show()
    for narrows in (False, True):
        button.tell("Jenis", "Semua", narrows=narrows)
        button.click()
        assert button.isChecked() is narrows
        filled[-1].close()
    assert len(filled) == 2
