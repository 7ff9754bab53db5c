"""A short list as an item model: rows known by a key, changed one by one, so that nothing jumps and nothing is lost.

For lists that are read whole (outbox, conflicts, bundles), a few hundred rows. The words are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.core.safe_text import lines, one_line, tip

EXTRA_ROLE = int(Qt.ItemDataRole.UserRole) + 40
"""What is drawn beside the text of a cell."""
SECOND_ROLE = EXTRA_ROLE + 1
"""The second line of a cell."""
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TIP, _SPOKEN = int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleTextRole)

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, worded."""

    text: str
    second: str = ""
    extra: Any = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, worded."""

    key: str
    cells: tuple[Cell, ...]


class KeyedModel(QAbstractTableModel):
    """Rows by their keys. `show` makes exact row changes of the difference."""

    def __init__(self, columns: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._headings: tuple[str, ...] = ("",) * columns
        self._rows: list[Entry] = []

    @property
    def rows(self) -> Sequence[Entry]:
        """What is shown."""
        return tuple(self._rows)

    def name(self, headings: Sequence[str]) -> None:
        """Say the headings of the columns."""
        self._headings = tuple(headings)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self._columns - 1)

    def show(self, rows: Sequence[Entry]) -> None:
        """Show these rows: those that are gone are taken out, new ones put in their place, others said anew."""
        wanted = {row.key for row in rows}
        for at in range(len(self._rows) - 1, -1, -1):
            if self._rows[at].key not in wanted:
                self.beginRemoveRows(_TOP, at, at)
                del self._rows[at]
                self.endRemoveRows()
        for at, row in enumerate(rows):
            if at < len(self._rows) and self._rows[at].key == row.key:
                if self._rows[at] != row:
                    self._rows[at] = row
                    self.dataChanged.emit(self.index(at, 0), self.index(at, self._columns - 1))
                continue
            self._move_out(row.key, at)
            self.beginInsertRows(_TOP, at, at)
            self._rows.insert(at, row)
            self.endInsertRows()

    def _move_out(self, key: str, after: int) -> None:
        """A row that comes further up is taken from where it stood."""
        old = next((at for at in range(after, len(self._rows)) if self._rows[at].key == key), None)
        if old is not None:
            self.beginRemoveRows(_TOP, old, old)
            del self._rows[old]
            self.endRemoveRows()

    def row_of(self, key: str) -> int:
        """Where the row of that key stands, -1 where there is none."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def key_at(self, row: int) -> str:
        """Key of a row, "" where there is none."""
        return self._rows[row].key if 0 <= row < len(self._rows) else ""

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else self._columns

    def value_at(self, row: int, column: int, role: int) -> Any:
        """What is drawn there; a table that paints itself asks this without making an index."""
        if not 0 <= row < len(self._rows):
            return None
        cell = self._rows[row].cells[column]
        if role == _DISPLAY:
            return cell.text
        if role == EXTRA_ROLE:
            return cell.extra
        return cell.second if role == SECOND_ROLE else None

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role in (_TIP, _SPOKEN) and 0 <= index.row() < len(self._rows):
            cell = self._rows[index.row()].cells[index.column()]
            said = lines("\n".join(each for each in (cell.text, cell.second) if each))
            return (tip(said) if role == _TIP else said) or None
        value = self.value_at(index.row(), index.column(), role)
        return one_line(value) if role == _DISPLAY and isinstance(value, str) else value

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY and 0 <= section < self._columns:
            return self._headings[section]
        return None
