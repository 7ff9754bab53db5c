"""Chips side by side, and below each other where there is no room."""

from PySide6.QtWidgets import QLabel, QWidget

from console.panels.flow import Flow


def row(qtbot, *widths):
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = Flow(holder, gap=4)
    parts = []
    for width in widths:
        part = QLabel()
        part.setFixedSize(width, 20)
        flow.addWidget(part)
        parts.append(part)
    return holder, flow, parts


def test_side_by_side_where_there_is_room(qtbot):
    holder, flow, parts = row(qtbot, 50, 60, 70)
    holder.resize(300, 100)
    holder.show()
    assert [part.x() for part in parts] == [0, 54, 118]
    assert flow.heightForWidth(188) == 20
    assert flow.sizeHint().width() == 188


def test_below_each_other_where_there_is_none(qtbot):
    holder, flow, parts = row(qtbot, 50, 60, 70)
    holder.resize(120, 100)
    holder.show()
    assert [(part.x(), part.y()) for part in parts] == [(0, 0), (54, 0), (0, 24)]
    assert flow.heightForWidth(120) == 44
    assert flow.minimumSize().width() == 70


def test_what_is_hidden_takes_no_room(qtbot):
    _, flow, parts = row(qtbot, 50, 60)
    parts[0].hide()
    assert flow.sizeHint().width() == 60


def test_items_can_be_taken_out(qtbot):
    _, flow, parts = row(qtbot, 50)
    assert flow.itemAt(1) is None
    assert flow.takeAt(5) is None
    assert flow.takeAt(0).widget() is parts[0]
    assert flow.count() == 0
    assert flow.minimumSize().width() == 0
