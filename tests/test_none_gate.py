"""The None gate: no call of a widget may take a reference of `None` with it.

PySide6 6.12.0 on Python 3.11 does (one for each call that returns nothing), and the interpreter ends itself
after some thousand calls: "Fatal Python error: none_dealloc". This is the first test to run on a new wheel.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

CALLS = 2_000
MOST = 50
"""Change of refs(None) that a sound wheel may show: lists that grow, caches that fill."""


class Teller(QObject):
    told = Signal(int)


class Rows(QAbstractTableModel):
    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 3

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 2

    def data(self, index: QModelIndex, role: int = 0) -> object:
        return "x" if role == 0 else None


class Stage:
    """The widgets that the calls are made on, alive throughout."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.layout = QVBoxLayout(self.window)
        self.label = QLabel("a")
        self.edit = QLineEdit()
        self.button = QPushButton("b")
        self.bar = QProgressBar()
        self.combo = QComboBox()
        self.list = QListWidget()
        self.cells = QTableWidget(4, 4)
        self.items = QStandardItemModel(4, 4)
        self.rows = Rows()
        self.view = QTableView()
        self.view.setModel(self.rows)
        self.timer = QTimer()
        self.teller = Teller()
        self.teller.told.connect(lambda value: None)
        self.image = QImage(16, 16, QImage.Format.Format_RGB32)
        self.painter = QPainter(self.image)
        self.pen = QPen(QColor("red"))
        for part in (self.label, self.edit, self.button, self.bar, self.combo, self.list, self.cells):
            self.layout.addWidget(part)


@pytest.fixture(scope="module")
def stage(qapp: QApplication) -> Iterator[Stage]:
    made = Stage()
    yield made
    made.painter.end()
    made.window.close()


CASES: dict[str, Callable[[Stage], object]] = {
    "QLabel.setText": lambda s: s.label.setText("a"),
    "QLabel.setToolTip": lambda s: s.label.setToolTip("a"),
    "QLineEdit.setText": lambda s: s.edit.setText("a"),
    "QLineEdit.clear": lambda s: s.edit.clear(),
    "QPushButton.setEnabled": lambda s: s.button.setEnabled(True),
    "QProgressBar.setValue": lambda s: s.bar.setValue(3),
    "QComboBox.addItem": lambda s: (s.combo.addItem("a"), s.combo.clear()),
    "QListWidget.addItem": lambda s: (s.list.addItem("a"), s.list.clear()),
    "QTableWidget.setItem": lambda s: s.cells.setItem(0, 0, QTableWidgetItem("a")),
    "QTableWidget.setRowCount": lambda s: s.cells.setRowCount(4),
    "QStandardItemModel.setItem": lambda s: s.items.setItem(0, 0, QStandardItem("a")),
    "QStandardItemModel.setData": lambda s: s.items.setData(s.items.index(0, 0), "a"),
    "QAbstractTableModel.dataChanged": lambda s: s.rows.dataChanged.emit(s.rows.index(0, 0), s.rows.index(1, 1)),
    "QAbstractTableModel.reset": lambda s: (s.rows.beginResetModel(), s.rows.endResetModel()),
    "QTableView.setColumnWidth": lambda s: s.view.setColumnWidth(0, 40),
    "QWidget.resize": lambda s: s.window.resize(50, 50),
    "QWidget.move": lambda s: s.window.move(QPoint(1, 1)),
    "QWidget.update": lambda s: s.window.update(),
    "QWidget.setPalette": lambda s: s.window.setPalette(QPalette()),
    "QWidget.setWindowTitle": lambda s: s.window.setWindowTitle("a"),
    "QTimer.start": lambda s: (s.timer.start(10_000), s.timer.stop()),
    "Signal.emit": lambda s: s.teller.told.emit(1),
    "QObject.setProperty": lambda s: s.label.setProperty("level", 1),
    "QImage.fill": lambda s: s.image.fill(0),
    "QPainter.setPen": lambda s: s.painter.setPen(s.pen),
    "QPainter.drawLine": lambda s: s.painter.drawLine(0, 0, 3, 3),
    "QPainter.drawText": lambda s: s.painter.drawText(0, 9, "a"),
    "QApplication.processEvents": lambda s: QApplication.processEvents(),
}


@pytest.mark.parametrize("name", CASES)
def test_none_keeps_its_references(name: str, stage: Stage) -> None:
    call = CASES[name]
    call(stage)
    # What other tests left behind may come or go meanwhile; a reference that each call takes is gone every time.
    assert min(_change(call, stage) for _ in range(3)) <= MOST


def _change(call: Callable[[Stage], object], stage: Stage) -> int:
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        call(stage)
    return abs(sys.getrefcount(None) - before)


def test_the_gate_covers_the_common_calls() -> None:
    assert len(CASES) >= 26
