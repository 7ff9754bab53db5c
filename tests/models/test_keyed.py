"""Rows by their keys: exact changes of rows, words where they belong, no markup in a tooltip."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.models.keyed import EXTRA_ROLE, SECOND_ROLE, Cell, Entry, KeyedModel

TIP = Qt.ItemDataRole.ToolTipRole


def row(key: str, text: str = "", second: str = "", extra: object = None) -> Entry:
    return Entry(key, (Cell(text or key, second, extra), Cell("2")))


@pytest.fixture
def model(qapp) -> KeyedModel:
    made = KeyedModel(2)
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return made


def keys(model: KeyedModel) -> list[str]:
    return [each.key for each in model.rows]


@given(st.lists(st.lists(st.sampled_from("abcdefg"), unique=True), min_size=1, max_size=5))
@settings(deadline=None)
def test_whatever_comes_it_shows_that(lists):
    model = KeyedModel(2)
    for each in lists:
        model.show([row(key) for key in each])
        assert keys(model) == each
        assert model.rowCount() == len(each)


def test_rows_that_stay_are_not_replaced(model, qtbot):
    model.show([row("a"), row("b"), row("c")])
    with qtbot.assertNotEmitted(model.rowsInserted), qtbot.waitSignal(model.rowsRemoved) as removed:
        model.show([row("a"), row("c")])
    assert removed.args[1:] == [1, 1]
    with qtbot.assertNotEmitted(model.rowsRemoved), qtbot.waitSignal(model.rowsInserted) as inserted:
        model.show([row("a"), row("c"), row("d")])
    assert inserted.args[1:] == [2, 2]


def test_a_row_said_anew_is_told_as_changed(model, qtbot):
    model.show([row("a"), row("b")])
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.show([row("a"), row("b", "lain")])
    assert changed.args[0].row() == 1
    with qtbot.assertNotEmitted(model.dataChanged):
        model.show([row("a"), row("b", "lain")])


def test_what_is_drawn_and_what_is_heard(model):
    model.show([row("a", "atas", "<b>bawah</b>", 3)])
    assert model.value_at(0, 0, int(Qt.ItemDataRole.DisplayRole)) == "atas"
    assert model.value_at(0, 0, SECOND_ROLE) == "<b>bawah</b>"
    assert model.value_at(0, 0, EXTRA_ROLE) == 3
    assert model.value_at(7, 0, EXTRA_ROLE) is None
    index = model.index(0, 0)
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "atas\n<b>bawah</b>"
    assert model.data(index, TIP) == "<qt>atas<br/>&lt;b&gt;bawah&lt;/b&gt;</qt>"


def test_keys_and_headings(model):
    model.show([row("a"), row("b")])
    model.name(["satu", "dua"])
    assert model.headerData(1, Qt.Orientation.Horizontal) == "dua"
    assert (model.row_of("b"), model.row_of("z"), model.key_at(1), model.key_at(9)) == (1, -1, "b", "")
