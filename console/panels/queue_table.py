"""The table of the queue: keys, columns that give way to narrow windows, and a hand that is never overtaken."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from console.core.clock import Clock
from console.models.queue import QueueModel
from console.models.rows import Column
from widgets import theme
from widgets.row_table import Cell, RowTable

Index = QModelIndex | QPersistentModelIndex
QUIET_S = 1.0
"""Nothing moves within this time after a hand's last doing."""
WIDTHS: Mapping[Column, int] = {
    Column.STATE: 140,
    Column.ID: 112,
    Column.TITLE: 320,
    Column.AREA: 190,
    Column.OPD: 120,
    Column.CATEGORY: 150,
    Column.AGE: 96,
    Column.HOLDER: 110,
    Column.PENDING: 64,
}
"""Widths at first, px of a desk."""
_CELLS = {
    Column.STATE: Cell.STATE,
    Column.TITLE: Cell.MARKED,
    Column.AGE: Cell.AGE,
    Column.PENDING: Cell.PENDING,
}
"""What is looked for; all others are told more quietly."""
_GIVING_WAY = (Column.PENDING, Column.HOLDER, Column.CATEGORY, Column.ID, Column.OPD, Column.AREA, Column.AGE)
"""Columns that leave a narrow window, the first of them first."""
_TITLE_LEAST = 280
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_DOING = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
    }
)


class QueueTable(RowTable):
    """Shows a `QueueModel`. J and K, the arrows and the pages move; Enter opens; Home takes what is new."""

    chosen = Signal(str)
    """Complaint id of the row that is now current."""
    opened = Signal(str)
    """Enter or a double click on it."""
    home_asked = Signal()
    resized_by_hand = Signal()

    def __init__(self, model: QueueModel, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__([_CELLS.get(column, Cell.SECOND) for column in Column], parent=parent)
        self._clock = clock
        self._last_doing_s = clock.monotonic_s() - QUIET_S
        self._widths = dict(WIDTHS)
        self._fitting = False
        self.rows = model
        self.setModel(model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns = self.horizontalHeader()
        columns.setStretchLastSection(False)
        columns.setSectionsClickable(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setSectionResizeMode(Column.TITLE, QHeaderView.ResizeMode.Stretch)
        columns.sectionResized.connect(self._on_resized)
        self.viewport().installEventFilter(self)
        self.doubleClicked.connect(self._open)

    # hand

    @property
    def quiet(self) -> bool:
        """True where nobody has touched the table for a second."""
        return self._clock.monotonic_s() - self._last_doing_s >= QUIET_S

    @property
    def at_top(self) -> bool:
        """True where the newest row is in sight."""
        return self.verticalScrollBar().value() == 0

    @property
    def current_id(self) -> str:
        """Complaint id of the current row, "" for none."""
        line = self.rows.line(self.currentIndex().row()) if self.currentIndex().isValid() else None
        return line.row.id if line is not None else ""

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in _DOING:
            self._last_doing_s = self._clock.monotonic_s()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._last_doing_s = self._clock.monotonic_s()
        key, plain = (
            event.key(),
            event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier),
        )
        if plain and key in (Qt.Key.Key_J, Qt.Key.Key_K):
            self.step(1 if key == Qt.Key.Key_J else -1)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif plain and key == Qt.Key.Key_Home:
            self.home_asked.emit()
            self.go(0)
        elif plain and key == Qt.Key.Key_End:
            self.go(self.rows.rowCount() - 1)
        elif event.text() and event.text().isprintable() and plain:
            event.ignore()  # letters are shortcuts of the panel, not a search in the rows
        else:
            super().keyPressEvent(event)

    def step(self, rows: int) -> None:
        """Move so many rows down."""
        self.go(max(0, min(self.rows.rowCount() - 1, self.currentIndex().row() + rows)))

    def go(self, row: int) -> None:
        """Make a row current and bring it into sight."""
        if 0 <= row < self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(row, 0))

    def follow(self, row: int) -> None:
        """After the rows were replaced: the row is still the current one; nothing scrolls."""
        index = self.rows.index(row, 0) if row >= 0 else QModelIndex()
        scroll = self.verticalScrollBar().value()
        self.setCurrentIndex(index)
        self.verticalScrollBar().setValue(scroll)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            line = self.rows.line(current.row())
            if line is not None:
                self.chosen.emit(line.row.id)

    def _open(self) -> None:
        if self.current_id:
            self.opened.emit(self.current_id)

    # columns

    def widths(self) -> dict[str, int]:
        """Widths of the columns by name, as a hand left them."""
        return {column.name.lower(): width for column, width in self._widths.items()}

    def set_widths(self, widths: Mapping[str, object]) -> None:
        """Take widths as `widths` gave them; {} gives those of the first day."""
        self._widths = dict(WIDTHS)
        for column in Column:
            width = widths.get(column.name.lower())
            if isinstance(width, int) and 24 <= width <= 2000:
                self._widths[column] = width
        self.fit()

    def fit(self) -> None:
        """Show the columns for which there is room, at their widths; the title takes the rest."""
        tokens, room = theme.of(self), self.viewport().width()
        shown = dict(self._widths)
        del shown[Column.TITLE]
        for column in _GIVING_WAY:
            if sum(shown.values()) + _TITLE_LEAST > room / tokens.scale:
                shown.pop(column, None)
        self._fitting = True
        for column in Column:
            self.setColumnHidden(column, column is not Column.TITLE and column not in shown)
            if column in shown:
                self.setColumnWidth(column, tokens.px(shown[column]))
        self._fitting = False

    def _on_resized(self, section: int, _old: int, new: int) -> None:
        if not self._fitting and section != Column.TITLE and new > 0:
            self._widths[Column(section)] = round(new / theme.of(self).scale)
            self.resized_by_hand.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange) and hasattr(self, "_widths"):
            self.verticalHeader().setDefaultSectionSize(theme.of(self).row)
            self.fit()
            self.viewport().update()
