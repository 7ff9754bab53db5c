"""A table of a short list: J and K, the arrows, Enter; columns that give way to narrow windows; rows of two lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from console.models.keyed import KeyedModel
from widgets import theme
from widgets.row_table import Cell, RowTable

Index = QModelIndex | QPersistentModelIndex
_PAGE = 8
"""Rows of a page: a table may be whole inside something that scrolls, where its own height says nothing."""
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


@dataclass(frozen=True, slots=True)
class ItemColumn:
    """One column. The one of width 0 takes what is left and never goes."""

    cell: Cell
    width: int = 0
    """Px of a desk."""
    goes: int = 0
    """The higher, the earlier it leaves a narrow window; 0 never goes."""


class ItemTable(RowTable):
    """Shows a `KeyedModel`."""

    chosen = Signal(str)
    """Key of the row that is now current."""
    opened = Signal(str)
    """Enter or a double click on it."""

    LEAST = 220
    """So much room the widest column keeps, px of a desk."""

    def __init__(self, columns: Sequence[ItemColumn], *, touch: bool = True, parent: QWidget | None = None) -> None:
        super().__init__([column.cell for column in columns], touch=touch, parent=parent)
        self._columns = tuple(columns)
        self.rows = KeyedModel(len(columns), self)
        self.rows.rowsAboutToBeRemoved.connect(self._let_go)  # before the view, which would go on to the next row
        self.setModel(self.rows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionsClickable(False)
        for number, column in enumerate(columns):
            stretch = QHeaderView.ResizeMode.Stretch if not column.width else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(number, stretch)
        self.doubleClicked.connect(lambda _index: self._open())

    @property
    def current_key(self) -> str:
        """Key of the current row, "" for none."""
        return self.rows.key_at(self.currentIndex().row()) if self.currentIndex().isValid() else ""

    def go(self, row: int) -> None:
        """Make a row current and bring it into sight."""
        if 0 <= row < self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(row, 0))

    def choose(self, key: str) -> None:
        """Make the row of that key current; none where there is none."""
        row = self.rows.row_of(key)
        if row < 0:
            self.setCurrentIndex(QModelIndex())
        elif row != self.currentIndex().row():
            self.go(row)

    def _let_go(self, _parent: Index, first: int, last: int) -> None:
        """The current row goes: no other takes its place under the finger."""
        if first <= self.currentIndex().row() <= last:
            self.setCurrentIndex(QModelIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), event.modifiers() in _PLAIN
        last = self.rows.rowCount() - 1
        at = self.currentIndex().row()
        steps: dict[int, int] = {
            Qt.Key.Key_J: min(last, at + 1),
            Qt.Key.Key_K: max(0, at - 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_PageDown: min(last, at + _PAGE),
            Qt.Key.Key_PageUp: max(0, at - _PAGE),
        }
        if plain and key in steps:
            self.go(steps[key])
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif plain and event.text() and event.text().isprintable():
            event.ignore()  # letters are keys of the panel, not a search in the rows
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.chosen.emit(self.rows.key_at(current.row()))

    def _open(self) -> None:
        if self.current_key:
            self.opened.emit(self.current_key)

    def needed(self, rows: int) -> int:
        """Height in which so many rows are seen whole, px."""
        header = self.horizontalHeader()
        names = 0 if header.isHidden() else header.sizeHint().height()
        return names + rows * self.verticalHeader().defaultSectionSize() + 2

    def fit(self) -> None:
        """Show the columns for which there is room."""
        tokens, room = theme.of(self), self.viewport().width()
        shown = {number: column for number, column in enumerate(self._columns) if column.width}
        for number, column in sorted(shown.items(), key=lambda each: -each[1].goes):
            if column.goes and sum(each.width for each in shown.values()) + self.LEAST > room / tokens.scale:
                del shown[number]
        for number, column in enumerate(self._columns):
            self.setColumnHidden(number, bool(column.width) and number not in shown)
            if number in shown:
                self.setColumnWidth(number, tokens.px(column.width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange) and hasattr(self, "_columns"):
            self.fit()
        return handled
