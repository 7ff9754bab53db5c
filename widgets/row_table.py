"""A table of many thousands of rows, painted in one go: a full one takes a few milliseconds.

Qt asks a delegate once a cell and fetches fonts, brushes and flags for each, which in Python costs three times as
much. Here the view itself paints: column by column, so that font and pen are set once each. The model gives
DisplayRole text, and for some kinds of column one value more by `EXTRA_ROLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from console.core.lifecycle import State
from widgets import icons, marks, theme
from widgets.age_bar import paint_age_bar
from widgets.marks import Severity
from widgets.plain import one_line
from widgets.scaled import TURNS
from widgets.theme import Role
from widgets.tokens import Tokens

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)

EXTRA_ROLE = int(Qt.ItemDataRole.UserRole) + 40
"""The value beside the text: see `Cell`."""
SECOND_ROLE = EXTRA_ROLE + 1
"""Text of the second line of a TWO_LINES cell."""


class Cell(IntEnum):
    """What a column shows, and what `EXTRA_ROLE` gives for it."""

    TEXT = 0  # nothing
    SECOND = 1  # nothing: a quieter text
    NUMBER = 2  # nothing: at the right
    STATE = 3  # State: its mark before the word
    AGE = 4  # float | None: used part of its time, as a bar under the text; below 0 no clock runs: no bar
    SEVERITY = 5  # Severity | None: its mark alone
    PENDING = 6  # int: deeds the centre does not hold yet, as a mark; 0 draws nothing
    TWO_LINES = 7  # nothing: `SECOND_ROLE` gives the second line where rows are high enough
    MARKED = 8  # str | None: an icon's name, drawn before the text


@lru_cache(16384)
def _cut(text: str, tokens: Tokens, role: Role, room_px: int) -> str:
    """A line that fits its room."""
    text = one_line(text)
    if len(text) * tokens.body * 0.75 < room_px:  # no letter of the family is wider, so it fits unmeasured
        return text
    return theme.metrics(tokens, role).elidedText(text, Qt.TextElideMode.ElideRight, room_px)


class _Column:
    """One column as it lies on the screen now, with all that its cells share."""

    def __init__(self, table: RowTable, section: int, tokens: Tokens) -> None:
        self.section = section
        self.kind = table.kinds[section] if section < len(table.kinds) else Cell.TEXT
        self.tokens = tokens
        self.ratio = table.devicePixelRatioF()
        self.pad = 2 * tokens.unit
        self.left = table.columnViewportPosition(section) + self.pad
        self.room = table.columnWidth(section) - 2 * self.pad
        self.high = table.verticalHeader().defaultSectionSize()


Fetch = Callable[[int, int], Any]
"""(row, role) to the model's value in one column."""


def _baseline(column: _Column, role: Role) -> float:
    """From the top of a row to the foot of a text in its middle."""
    measure = theme.metrics(column.tokens, role)
    return (column.high - measure.height()) / 2 + measure.ascent()


def _paint_texts(
    painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch, indent: int
) -> None:
    """The texts of TEXT, SECOND, NUMBER, STATE, AGE and MARKED cells."""
    tokens = column.tokens
    role = Role.SECOND if column.kind is Cell.SECOND else Role.BODY
    painter.setFont(theme.font(tokens, role))
    painter.setPen(theme.colour(tokens.second if role is Role.SECOND else tokens.text))
    measure, number = theme.metrics(tokens, role), column.kind is Cell.NUMBER
    left, room = column.left + indent, column.room - indent
    down = _baseline(column, role) - (2 if column.kind is Cell.AGE else 0)
    if room < 8:
        return
    for row, top in tops:
        text = fetch(row, _DISPLAY)
        if text:
            shown = _cut(text, tokens, role, room)
            start = left + room - measure.horizontalAdvance(shown) if number else left
            painter.drawText(QPointF(start, top + down), shown)


def _paint_states(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    side = column.tokens.px(14)
    for row, top in tops:
        state = fetch(row, EXTRA_ROLE)
        if state is not None:
            mark = marks.state_pixmap(column.tokens, State(state), side, column.ratio)
            painter.drawPixmap(column.left, top + (column.high - side) // 2, mark)
    _paint_texts(painter, column, tops, fetch, side + 6)


def _paint_ages(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    for row, top in tops:
        part = fetch(row, EXTRA_ROLE)
        if fetch(row, _DISPLAY) and (part is None or part >= 0):
            bar = QRectF(column.left, top + column.high - column.pad + 1, column.room, 2)
            paint_age_bar(painter, column.tokens, bar, part)
    _paint_texts(painter, column, tops, fetch, 0)


def _paint_marks(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    side = column.tokens.px(18)
    middle = column.left + column.room // 2
    painter.setPen(theme.pen(column.tokens.second, 1.5, Qt.PenStyle.DotLine))
    for row, top in tops:
        value = fetch(row, EXTRA_ROLE)
        if column.kind is Cell.PENDING:
            if value:
                painter.drawEllipse(QPointF(middle, top + column.high / 2), 4.5, 4.5)
        elif value is not None:
            mark = marks.severity_pixmap(column.tokens, Severity(value), side, column.ratio)
            painter.drawPixmap(middle - side // 2, top + (column.high - side) // 2, mark)


def _paint_marked(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    side, tokens = column.tokens.px(14), column.tokens
    plain: list[tuple[int, int]] = []
    marked: list[tuple[int, int]] = []
    for row, top in tops:
        name = fetch(row, EXTRA_ROLE)
        (marked if name else plain).append((row, top))
        if name:
            drawn = icons.pixmap(name, side, tokens.text, column.ratio)
            painter.drawPixmap(column.left, top + (column.high - side) // 2, drawn)
    _paint_texts(painter, column, plain, fetch, 0)
    if marked:
        _paint_texts(painter, column, marked, fetch, side + 6)


def _paint_two_lines(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    tokens = column.tokens
    first, second = theme.metrics(tokens, Role.BODY), theme.metrics(tokens, Role.SECOND)
    above = (column.high - first.height() - second.height()) / 2
    if above < 0:
        _paint_texts(painter, column, tops, fetch, 0)
        return
    lines = (
        (Role.BODY, tokens.text, _DISPLAY, above + first.ascent()),
        (Role.SECOND, tokens.second, SECOND_ROLE, above + first.height() + second.ascent()),
    )
    for role, ink, data_role, down in lines:
        painter.setFont(theme.font(tokens, role))
        painter.setPen(theme.colour(ink))
        for row, top in tops:
            text = fetch(row, data_role)
            if text:
                painter.drawText(QPointF(column.left, top + down), _cut(text, tokens, role, column.room))


class RowTable(QTableView):
    """Give it a model and the kinds of its columns. Rows are 28 px on a desk, 44 where fingers are."""

    def __init__(
        self, kinds: Sequence[Cell], name: str = "", *, touch: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.kinds = tuple(kinds)
        self._over = -1
        self._touch = touch
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns = self.horizontalHeader()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setStretchLastSection(True)
        self._scale()

    def _scale(self) -> None:
        tokens = theme.of(self)
        high = tokens.touch_row if self._touch else tokens.row
        self.verticalHeader().setMinimumSectionSize(high)
        self.verticalHeader().setDefaultSectionSize(high)
        self.horizontalHeader().setMinimumSectionSize(tokens.px(28))

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in TURNS:
            self._scale()
        return handled

    # hand -----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(int(event.position().y())))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._over:
            self._over = row
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # eye ------------------------------------------------------------------------------------------------

    def _rows_in(self, area: QRect) -> list[tuple[int, int]]:
        """The rows to paint with their tops."""
        model = self.model()
        first = self.rowAt(area.top())
        if model is None or first < 0:
            return []
        high = self.verticalHeader().defaultSectionSize()
        top = self.rowViewportPosition(first)
        count = min(model.rowCount() - first, (area.bottom() - top) // high + 1)
        return [(first + step, top + step * high) for step in range(count)]

    def _columns_in(self, area: QRect) -> list[_Column]:
        tokens, header = theme.of(self), self.horizontalHeader()
        sections = [number for number in range(header.count()) if not header.isSectionHidden(number)]
        columns = [_Column(self, number, tokens) for number in sections]
        return [
            each for each in columns if each.left - each.pad <= area.right() and each.left + each.room >= area.left()
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        tops = self._rows_in(event.rect())
        columns = self._columns_in(event.rect())
        if not tops:
            return
        value_at = self._value_at()
        with QPainter(self.viewport()) as painter:
            self._paint_ground(painter, theme.of(self), tops)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for column in columns:

                def fetch(row: int, role: int, section: int = column.section) -> Any:
                    return value_at(row, section, role)

                _PAINTERS.get(column.kind, _paint_plain)(painter, column, tops, fetch)

    def _value_at(self) -> Callable[[int, int, int], Any]:
        """The model's own `value_at(row, column, role)` where it has one: that saves making an index a cell."""
        model, root = self.model(), QModelIndex()
        own: Callable[[int, int, int], Any] | None = getattr(model, "value_at", None)
        return own or (lambda row, column, role: model.data(model.index(row, column, root), role))

    def _paint_ground(self, painter: QPainter, tokens: Tokens, tops: Sequence[tuple[int, int]]) -> None:
        wide, high = self.viewport().width(), self.verticalHeader().defaultSectionSize()
        chosen, current = self.selectionModel(), self.currentIndex().row()
        line, root = theme.colour(tokens.skeleton), QModelIndex()
        for row, top in tops:
            if row in (current, self._over) or chosen.rowIntersectsSelection(row, root):
                marked = chosen.rowIntersectsSelection(row, root)
                painter.fillRect(0, top, wide, high, theme.colour(tokens.selected if marked else tokens.hover))
            painter.fillRect(0, top + high - 1, wide, 1, line)
            if row == current and self.hasFocus():
                focus = theme.colour(tokens.focus)
                painter.fillRect(0, top, 3, high, focus)
                painter.fillRect(0, top, wide, 1, focus)
                painter.fillRect(0, top + high - 1, wide, 1, focus)


def _paint_plain(painter: QPainter, column: _Column, tops: Sequence[tuple[int, int]], fetch: Fetch) -> None:
    _paint_texts(painter, column, tops, fetch, 0)


_PAINTERS = {
    Cell.STATE: _paint_states,
    Cell.AGE: _paint_ages,
    Cell.SEVERITY: _paint_marks,
    Cell.PENDING: _paint_marks,
    Cell.TWO_LINES: _paint_two_lines,
    Cell.MARKED: _paint_marked,
}
