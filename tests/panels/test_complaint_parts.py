"""Parts of the complaint's sheet: what stays under the hand while the rest changes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from console import commands
from console.core.errors import Refused
from console.core.lifecycle import Deed
from console.models.deeds import Offer
from console.panels.complaint_parts import DeedRow, FactTable
from console.panels.facts import Fact
from tests.town import phrases
from widgets.glyphs import SeverityMark
from widgets.plain import Label

PATIENCE_MS = 30_000


def offer(deed: Deed, why: Refused | None = None) -> Offer:
    return Offer(deed, commands.found()[deed].face, why)


@pytest.fixture
def row(qtbot):
    window = QWidget()
    made = DeedRow(phrases())
    QVBoxLayout(window).addWidget(made)
    qtbot.addWidget(window)
    window.resize(600, 200)
    window.show()
    window.activateWindow()
    made.offer([offer(Deed.TAKE), offer(Deed.NOTE)])
    qtbot.waitUntil(lambda: all(button.isVisible() for button in made.buttons.values()), timeout=PATIENCE_MS)
    yield made


def test_a_button_stays_as_long_as_its_deed_can_be_done(row, qtbot):
    note = row.buttons[Deed.NOTE]
    note.setFocus()
    with qtbot.assertNotEmitted(row.left):
        row.offer([offer(Deed.TAKE, Refused("commands.take.own")), offer(Deed.VERIFY), offer(Deed.NOTE)])
    assert list(row.buttons) == [Deed.VERIFY, Deed.NOTE]
    assert row.buttons[Deed.NOTE] is note
    assert QApplication.focusWidget() is note
    qtbot.waitUntil(lambda: row.buttons[Deed.VERIFY].x() < note.x(), timeout=PATIENCE_MS)
    with qtbot.waitSignal(row.asked) as asked:
        note.click()
    assert asked.args == ["note"]


def test_it_says_when_the_button_with_the_keyboard_goes(row, qtbot):
    take = row.buttons[Deed.TAKE]
    take.setFocus()
    with qtbot.waitSignal(row.left):
        row.offer([offer(Deed.NOTE)])
    assert not take.isVisible()


def test_only_a_value_that_differs_is_said_again(qtbot):
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("Alamat", "Jalan Merdeka 1"), Fact("Masuk", "08.37 WIB", "1 mnt lalu")])
    table.show()
    address, came = [label for label in table.findChildren(Label) if "1" in label.text()]
    address.setSelection(0, 5)
    table.set_facts([Fact("Alamat", "Jalan Merdeka 1"), Fact("Masuk", "08.37 WIB", "2 mnt lalu", late=True)])
    assert address.selectedText() == "Jalan"
    assert came.text() == "08.37 WIB · 2 mnt lalu"
    (mark,) = table.findChildren(SeverityMark)
    assert mark.isVisible()
    table.set_facts([Fact("Alamat", "Jalan Merdeka 1"), Fact("Masuk", "08.37 WIB", "2 mnt lalu")])
    assert not mark.isVisible()
    assert table.facts[1].note == "2 mnt lalu"


def test_other_facts_make_another_table(qtbot):
    table = FactTable()
    qtbot.addWidget(table)
    table.set_facts([Fact("Alamat", "Jalan Merdeka 1"), Fact("Masuk", "08.37 WIB", late=True)])
    table.set_facts([Fact("Masuk", "08.37 WIB")])
    table.show()
    assert {label.text() for label in table.findChildren(Label) if label.isVisible()} == {"Masuk", "08.37 WIB"}
    assert not any(mark.isVisible() for mark in table.findChildren(SeverityMark))
