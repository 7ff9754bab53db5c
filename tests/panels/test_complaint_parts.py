"""Parts of the complaint's sheet: what stays under the hand while the rest changes."""

from __future__ import annotations

from console.panels.complaint_parts import FactTable
from console.panels.facts import Fact
from widgets.glyphs import SeverityMark
from widgets.plain import Label


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
