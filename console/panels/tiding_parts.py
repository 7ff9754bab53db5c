"""A list of items with the sheet of the one chosen: side by side where there is room, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from console.core.items import ItemRow
from console.models.items import SEVERITIES, ItemLine, ItemWording
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.complaint_parts import FactTable
from console.panels.facts import Fact
from console.panels.item_table import ItemColumn, ItemTable
from widgets import theme
from widgets.marks import Severity
from widgets.plain import Label
from widgets.roll import Roll
from widgets.row_table import Cell
from widgets.theme import Role

_WIDE_PX = 900
HEADINGS = ("", "what", "kind", "place", "when", "age")
_COLUMNS = (
    ItemColumn(Cell.SEVERITY, 40),
    ItemColumn(Cell.TWO_LINES),
    ItemColumn(Cell.SECOND, 130, 3),
    ItemColumn(Cell.SECOND, 150, 2),
    ItemColumn(Cell.SECOND, 150, 4),
    ItemColumn(Cell.TEXT, 120, 1),
)
_MARKS = (Severity.AWAS, Severity.SIAGA, Severity.WASPADA, Severity.INFO, Severity.INFO)
"""How grave CAP's severities are drawn, in their order. The word beside the mark is the source's own."""


class ItemDesk(QWidget):
    """Rows by `show_rows`; the chosen one is shown whole."""

    chosen = Signal(str)
    picked = Signal(str)
    """One was chosen by hand, in this list: what others are to follow."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, ItemRow] = {}
        self.current = ""
        """Id of the chosen item."""
        self._wording: ItemWording | None = None
        self.table = ItemTable(_COLUMNS)
        self.title = Label("", Role.TITLE, wrap=True)
        self.facts = FactTable()
        self.text = Label("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = Label("", Role.SECOND, wrap=True)
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(10)
        for part in (self.hint, self.title, self.facts, self.text):
            column.addWidget(part)
        column.addStretch(1)
        self.sheet = Roll(sheet)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(0)
        self._both.addWidget(self.table, 3)
        self._both.addWidget(self.sheet, 2)
        self.table.chosen.connect(self._pick)
        self.setFocusProxy(self.table)

    def show_rows(self, rows: Sequence[ItemRow], wording: ItemWording) -> None:
        """Show these, in this order."""
        self._wording = wording
        self.rows = {row.item.id: row for row in rows}
        self.table.rows.show([_entry(wording.line(row)) for row in rows])
        self._choose(self.current)

    def choose(self, key: str) -> None:
        """Choose what was chosen elsewhere, where it stands in the list."""
        if key in self.rows and key != self.current:
            self._choose(key)

    def name(self, headings: Sequence[str], spoken: str, hint: str) -> None:
        """Say the headings, what the list is called, and what stands where nothing is chosen."""
        self.table.rows.name(headings)
        self.table.setAccessibleName(spoken)
        self.hint.setText(hint)

    def _pick(self, key: str) -> None:
        self._choose(key)
        if self.current:
            self.picked.emit(self.current)

    def _choose(self, key: str) -> None:
        before, self.current = self.current, key if key in self.rows else ""
        self.table.choose(self.current)
        there = bool(self.current) and self._wording is not None
        self.hint.setVisible(not there)
        for part in (self.title, self.facts, self.text):
            part.setVisible(there)
        if there and self._wording is not None:
            sheet = self._wording.sheet(self.rows[self.current])
            self.title.setText(sheet.title)
            self.facts.set_facts([Fact(label, value) for label, value in sheet.facts])
            self.text.setText("\n\n".join(sheet.paragraphs))
        if before != self.current:
            self.sheet.verticalScrollBar().setValue(0)
            self.chosen.emit(self.current)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= theme.of(self).px(_WIDE_PX)
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._both.direction() != direction:
            self._both.setDirection(direction)


def _entry(line: ItemLine) -> Entry:
    mark = _MARKS[line.severity] if 0 <= line.severity < len(SEVERITIES) else None
    cells = (
        Said("", extra=Severity.INFO if line.practice else mark),
        Said(line.title, line.second),
        *(Said(text) for text in (line.kind, line.place, line.when, line.age)),
    )
    return Entry(line.key, cells)
