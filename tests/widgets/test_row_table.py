"""The fast table: what it paints is what the model says, and it asks for what is seen alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint
from PySide6.QtTest import QTest

from console.core.lifecycle import State
from widgets.marks import Severity
from widgets.row_table import EXTRA_ROLE, SECOND_ROLE, Cell, RowTable
from widgets.tokens import Tokens, load, scaled

KINDS = [Cell.SEVERITY, Cell.PENDING, Cell.SECOND, Cell.AGE, Cell.TWO_LINES, Cell.NUMBER, Cell.STATE]


class Rows(QAbstractTableModel):
    def __init__(self, count: int = 100_000) -> None:
        super().__init__()
        self.count = count
        self.asked: set[int] = set()
        self.title = "Lampu jalan padam"
        self.state: object = State.NEW
        self.late: object = 0.4
        self.icon: object = None
        """Before the text of the second row."""

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.count

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(KINDS)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        row = index.row()
        self.asked.add(row)
        if role == EXTRA_ROLE:
            return {
                0: Severity.AWAS if row == 1 else None,
                1: row % 2,
                3: self.late,
                4: self.icon if row == 1 else None,
                6: self.state,
            }.get(index.column())
        if role == SECOND_ROLE:
            return "Periuk · DLH"
        return (None, None, f"ADN-{row}", "3 jam", self.title, "12", "Baru")[index.column()] if role == 0 else None


@pytest.fixture
def model() -> Rows:
    return Rows()


@pytest.fixture
def table(qtbot, model: Rows, tokens: Tokens) -> RowTable:
    made = RowTable(KINDS)
    qtbot.addWidget(made)
    made.setModel(model)
    made.resize(900, 600)
    made.show()
    return made


def test_only_what_is_seen_is_asked_for(table: RowTable, model: Rows) -> None:
    table.grab()
    assert max(model.asked) < 30
    model.asked.clear()
    table.scrollToBottom()
    table.grab()
    assert min(model.asked) > model.count - 40


def test_every_value_changes_the_picture(table: RowTable, model: Rows) -> None:
    seen = [table.grab().toImage()]
    for name, value in (("title", "Jalan rusak"), ("state", State.DONE), ("late", 1.5), ("late", None)):
        setattr(model, name, value)
        table.viewport().update()
        seen.append(table.grab().toImage())
    assert all(one != other for at, one in enumerate(seen) for other in seen[:at])


def test_a_chosen_row_and_the_keyboard_can_be_seen(qtbot, table: RowTable) -> None:
    table.clearFocus()
    plain = table.grab().toImage()
    table.selectRow(2)
    chosen = table.grab().toImage()
    assert chosen != plain
    table.window().activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    assert table.grab().toImage() != chosen


def test_hover_follows_the_pointer_and_leaves_with_it(table: RowTable) -> None:
    plain = table.viewport().grab().toImage()
    QTest.mouseMove(table.viewport(), QPoint(100, 70))
    table._hover(table.rowAt(70))
    assert table.viewport().grab().toImage() != plain
    table._hover(-1)
    assert table.viewport().grab().toImage() == plain


def test_hostile_text_is_one_plain_line(table: RowTable, model: Rows) -> None:
    for bad in ("<b>x</b>" * 9000, "a\x00b\u202ec\nd", "👨‍👩‍👧‍👦" * 500, "مرحبا " * 300, ""):
        model.title = bad
        table.viewport().update()
        table.grab()


def test_a_model_may_hand_values_without_an_index(qtbot, dark: Tokens) -> None:
    class Quick(Rows):
        def value_at(self, row: int, column: int, role: int) -> object:
            return "cepat" if role == 0 else None

    slow, quick = RowTable([Cell.TEXT]), RowTable([Cell.TEXT])
    for table, model in ((slow, Rows(3)), (quick, Quick(3))):
        qtbot.addWidget(table)
        model.setParent(table)
        table.setModel(model)
    assert slow.grab().toImage() != quick.grab().toImage()


def test_an_empty_table_and_none_at_all_paint_nothing(qtbot, dark: Tokens) -> None:
    bare, empty = RowTable(KINDS), RowTable(KINDS)
    model = Rows(0)
    empty.setModel(model)
    for each in (bare, empty):
        qtbot.addWidget(each)
        each.grab()


def test_rows_are_as_high_as_their_use_asks(qtbot, dark: Tokens) -> None:
    desk, touch = RowTable(KINDS), RowTable(KINDS, touch=True)
    for each in (desk, touch):
        qtbot.addWidget(each)
    assert desk.verticalHeader().defaultSectionSize() == 28
    assert touch.verticalHeader().defaultSectionSize() == 44


def test_rows_grow_with_their_wall(qtbot, dark: Tokens) -> None:
    from widgets import theme

    table = RowTable(KINDS)
    qtbot.addWidget(table)
    theme.dress(table, scaled(load("dark"), 2.0))
    assert table.verticalHeader().defaultSectionSize() == 56


def test_an_icon_before_a_text_is_drawn_in_the_rows_that_have_one(qtbot, tokens: Tokens) -> None:
    model = Rows(4)
    made = RowTable([*KINDS[:4], Cell.MARKED, *KINDS[5:]])
    qtbot.addWidget(made)
    made.setModel(model)
    made.resize(900, 200)
    made.show()
    whole = made.viewport().grab().toImage()
    model.icon = "conflict"
    marked = made.viewport().grab().toImage()
    high = made.rowHeight(0)
    assert whole.copy(0, 0, 900, high) == marked.copy(0, 0, 900, high)
    assert whole.copy(0, high, 900, high) != marked.copy(0, high, 900, high)
