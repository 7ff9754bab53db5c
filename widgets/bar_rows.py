"""Rows of label, bar and number: by state, by area, by age, a list of ranks. A row can be chosen.

Bars are neutral; a row that is worth the eye is `loud`. A value that is not known is "—", never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from widgets import marks, theme
from widgets.plain import one_line, tip
from widgets.theme import Role, Tokens

_AT = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row. `text` is the number as said; `value` is the bar's length, None where not known."""

    key: str
    label: str
    value: float | None
    text: str
    hover: str = ""
    loud: bool = False
    mark: QPixmap | None = None


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths all rows share, px, and the value of a full bar."""

    label: int
    number: int
    most: float


def _rest(tokens: Tokens) -> int:
    """What a row needs besides name and number: its edges and a bar that can be seen, px."""
    return 8 * tokens.unit + tokens.px(36)


class BarRows(QAbstractScrollArea):
    """As many rows as given; scrolls where there is no room for all."""

    row_clicked = Signal(str)

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[BarRow, ...] = ()
        self._most: float | None = None
        self._current = -1
        self._over = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(name)

    # values ---------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[BarRow], most: float | None = None) -> None:
        """Show other rows. `most` is the value of a full bar; the largest of the rows where not given. The same again
        draws nothing."""
        if (tuple(rows), most) == (self._rows, self._most):
            return
        key = self.current_key
        self._rows, self._most, self._over = tuple(rows), most, -1
        self._current = next((index for index, row in enumerate(self._rows) if row.key == key), -1)
        self._measure()

    @property
    def rows(self) -> tuple[BarRow, ...]:
        """What is shown."""
        return self._rows

    @property
    def current_key(self) -> str:
        """Key of the chosen row, "" for none."""
        return self._rows[self._current].key if 0 <= self._current < len(self._rows) else ""

    def set_current(self, key: str) -> None:
        """Mark a row as chosen, without a signal; a key that is not there marks none."""
        self._go(next((index for index, row in enumerate(self._rows) if row.key == key), -1))

    # size -----------------------------------------------------------------------------------------------

    @property
    def _row_px(self) -> int:
        return theme.of(self).px(26)

    @property
    def whole_px(self) -> int:
        """Width in which every name is read whole, beside a short bar and its number."""
        tokens = theme.of(self)
        names, numbers = self._needed(tokens)
        bar = self.verticalScrollBar()
        return names + numbers + _rest(tokens) + (bar.sizeHint().width() if bar.maximum() else 0)

    def sizeHint(self) -> QSize:
        return QSize(theme.of(self).px(260), max(1, len(self._rows)) * self._row_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._row_px)

    def _measure(self) -> None:
        step = self._row_px
        over = max(0, len(self._rows) * step - self.viewport().height())
        bar = self.verticalScrollBar()
        bar.setPageStep(max(step, self.viewport().height()))
        bar.setSingleStep(step)
        bar.setRange(0, over)
        self.updateGeometry()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    # hand -----------------------------------------------------------------------------------------------

    def row_at(self, y: float) -> int:
        """Index of the row at a height of the viewport, -1 for none."""
        index = int(y + self.verticalScrollBar().value()) // self._row_px
        return index if 0 <= index < len(self._rows) else -1

    def _go(self, index: int) -> None:
        self._current = index
        if index >= 0:
            row = self._rows[index]
            self.setAccessibleDescription(f"{one_line(row.label)} {row.text}")
            top, bar = index * self._row_px, self.verticalScrollBar()
            if top < bar.value():
                bar.setValue(top)
            elif top + self._row_px > bar.value() + self.viewport().height():
                bar.setValue(top + self._row_px - self.viewport().height())
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.row_at(event.position().y())
        if index >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._go(index)
            self.row_clicked.emit(self._rows[index].key)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.row_at(event.position().y())
        if index != self._over:
            self._over = index
            self.viewport().setToolTip(tip(self._rows[index].hover) if index >= 0 else "")
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave and self._over >= 0:
            self._over = -1
            self.viewport().update()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._rows) - 1
        steps: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Home: -last, Qt.Key.Key_End: last}
        if last < 0:
            super().keyPressEvent(event)
        elif key in steps:
            self._go(max(0, min(last, self._current + steps[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.row_clicked.emit(self.current_key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._current < 0 and self._rows and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self._go(0)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # eye ------------------------------------------------------------------------------------------------

    def _columns(self, tokens: Tokens) -> _Columns:
        """Labels and numbers get what they need, but a bar is never squeezed out."""
        wide = self.viewport().width()
        names, numbers = self._needed(tokens)
        most = self._most or max((row.value or 0 for row in self._rows), default=0) or 1
        return _Columns(min(names, max(wide // 3, wide - numbers - _rest(tokens))), numbers, most)

    def _needed(self, tokens: Tokens) -> tuple[int, int]:
        """Widths of the longest name and of the longest number, px."""
        body = theme.metrics(tokens, Role.STRONG)
        names = max((body.horizontalAdvance(one_line(row.label)) for row in self._rows), default=0)
        marked = tokens.px(20) if any(row.mark for row in self._rows) else 0
        numbers = max((body.horizontalAdvance(row.text) for row in self._rows), default=0)
        return round(names) + marked + 2, round(numbers) + 2

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        columns = self._columns(tokens)
        step, shift = self._row_px, self.verticalScrollBar().value()
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for index in range(shift // step, min(len(self._rows), (shift + self.viewport().height()) // step + 1)):
                room = QRect(0, index * step - shift, self.viewport().width(), step)
                self._paint_row(painter, tokens, index, room, columns)

    def _paint_row(self, painter: QPainter, tokens: Tokens, index: int, room: QRect, columns: _Columns) -> None:
        row, pad = self._rows[index], 2 * tokens.unit
        if index in (self._current, self._over):
            painter.fillRect(room, theme.colour(tokens.selected if index == self._current else tokens.hover))
        inner = room.adjusted(pad, 0, -pad, 0)
        left = inner.left()
        if row.mark is not None:
            side = round(row.mark.height() / row.mark.devicePixelRatio())
            painter.drawPixmap(left, inner.center().y() - side // 2, row.mark)
            left += tokens.px(20)
        role = Role.STRONG if row.loud else Role.BODY
        painter.setFont(theme.font(tokens, role))
        painter.setPen(theme.colour(tokens.text))
        label = QRect(left, inner.top(), columns.label - (left - inner.left()), inner.height())
        shown = theme.metrics(tokens, role).elidedText(one_line(row.label), Qt.TextElideMode.ElideRight, label.width())
        painter.drawText(label, _AT.AlignVCenter | _AT.AlignLeft, shown)
        painter.drawText(inner, _AT.AlignVCenter | _AT.AlignRight, row.text if row.value is not None else "—")
        bar_left = inner.left() + columns.label + pad
        space = inner.right() - columns.number - pad - bar_left
        if row.value and space > 4:
            wide = max(2.0, min(1.0, row.value / columns.most) * space)
            thick = tokens.px(8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(tokens.chart if row.loud else tokens.chart_rest))
            painter.drawRoundedRect(QRectF(bar_left, room.center().y() - thick / 2 + 1, wide, thick), 1.5, 1.5)
        if index == self._current and self.hasFocus():
            marks.focus_ring(painter, QRectF(room), tokens)
