"""The command palette (Ctrl+K): a field and a list over the window, worked by keys alone.

Values in, the chosen key out. It lies inside its window, so that it appears on the monitor one looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.core.phrases import Phrases
from widgets import fuzzy, icons, theme
from widgets.plain import Label, one_line
from widgets.plate import give_back, paint_plate
from widgets.speech import follow
from widgets.theme import Role

_AT = Qt.AlignmentFlag
_Index = QModelIndex | QPersistentModelIndex
_MOST = 50
_ITEM = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One thing that can be chosen. `why` says why it cannot be now, "" where it can."""

    key: str
    title: str
    hint: str = ""
    icon: str = ""
    shortcut: str = ""
    why: str = ""

    @property
    def text(self) -> str:
        """What a query is looked for in."""
        return f"{self.title} {self.hint}"


class _Items(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[PaletteItem] = []

    def show(self, items: list[PaletteItem]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(item.title)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return one_line(item.why or item.hint)
        return item if role == _ITEM else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        sound = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return sound if index.isValid() else Qt.ItemFlag.NoItemFlags


class _Look(QStyledItemDelegate):
    """One row: icon, title, second text, shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(100, theme.of(option.widget).px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: PaletteItem = index.data(_ITEM)
        widget: QWidget = option.widget
        room: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        tokens = theme.of(widget)
        painter.save()
        if chosen:
            painter.fillRect(room, theme.colour(tokens.selected))
            painter.fillRect(QRect(room.left(), room.top(), 2, room.height()), theme.colour(tokens.focus))
        inner = room.adjusted(12, 0, -12, 0)
        side = tokens.icon
        if item.icon:
            drawn = icons.pixmap(item.icon, side, tokens.second, widget.devicePixelRatioF())
            painter.drawPixmap(inner.left(), inner.center().y() - side // 2 + 1, drawn)
        inner.adjust(side + 8, 0, 0, 0)
        dim = tokens.second if item.why else tokens.text
        inner = self._right(painter, tokens, inner, item.why or item.shortcut)
        painter.setFont(theme.font(tokens))
        painter.setPen(theme.colour(dim))
        measure = theme.metrics(tokens)
        title = measure.elidedText(one_line(item.title), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, _AT.AlignVCenter | _AT.AlignLeft, title)
        inner.adjust(round(measure.horizontalAdvance(title)) + 8, 0, 0, 0)
        if inner.width() > 24:
            small = theme.metrics(tokens, Role.SECOND)
            painter.setFont(theme.font(tokens, Role.SECOND))
            painter.setPen(theme.colour(tokens.second))
            hint = small.elidedText(one_line(item.hint), Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, _AT.AlignVCenter | _AT.AlignLeft, hint)
        painter.restore()

    @staticmethod
    def _right(painter: QPainter, tokens: theme.Tokens, inner: QRect, text: str) -> QRect:
        """Draw the text at the right and give the room left of it."""
        if not text:
            return inner
        small = theme.metrics(tokens, Role.SECOND)
        shown = small.elidedText(one_line(text), Qt.TextElideMode.ElideRight, inner.width() // 2)
        painter.setFont(theme.font(tokens, Role.SECOND))
        painter.setPen(theme.colour(tokens.second))
        painter.drawText(inner, _AT.AlignVCenter | _AT.AlignRight, shown)
        return inner.adjusted(0, 0, -round(small.horizontalAdvance(shown)) - 12, 0)


_STEPS: dict[int, int] = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_PageUp: -8,
}
_KEYS = frozenset({*_STEPS, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape})


class _Field(QLineEdit):
    """The line one types into; the keys that work the list go past it, and Tab stays."""

    pressed = Signal(int)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS:
            self.pressed.emit(event.key())
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, _forward: bool) -> bool:
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class PalettePopup(QWidget):
    """Make one per window; `open_with` shows it, `chosen` tells the key. Esc, or leaving it, closes."""

    chosen = Signal(str)
    typed = Signal(str)
    """The text as typed: a caller may look things up and call `set_items` again."""
    closed = Signal()

    def __init__(self, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self._all: tuple[PaletteItem, ...] = ()
        self._before: QWidget | None = None
        self.field = _Field()
        self.field.textChanged.connect(self._search)
        self.field.textEdited.connect(self.typed)
        self.field.pressed.connect(self._press)
        self.field.left.connect(self._leave)
        self._model = _Items(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Look(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._run)
        self._none = Label("", wrap=True)
        self._foot = Label("", Role.SECOND)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(8)
        for each in (self.field, self._none, self.list, self._foot):
            column.addWidget(each)
        follow(phrases, self, self._say)
        self.hide()

    def _say(self) -> None:
        say = self._phrases.say
        self.setAccessibleName(say("widgets.palette.title"))
        self.field.setPlaceholderText(say("widgets.palette.hint"))
        self.field.setAccessibleName(say("widgets.palette.title"))
        self.list.setAccessibleName(say("widgets.palette.title"))
        self._search(self.field.text())

    def open_with(self, items: Sequence[PaletteItem], text: str = "") -> None:
        """Show it over the window with these items; the keyboard goes to the field."""
        if self.isHidden():
            self._before = self.window().focusWidget()
        above = self.parentWidget()
        if above is not None:
            above.installEventFilter(self)  # only while it is open: a filter sees every event of its window
        self.field.setText(text)
        self.set_items(items)
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_items(self, items: Sequence[PaletteItem]) -> None:
        """Show other items under the text that stands there."""
        self._all = tuple(items)
        self._search(self.field.text())

    @property
    def shown(self) -> list[str]:
        """Keys of what the list shows now, in order."""
        return [item.key for item in self._model.items]

    def close_it(self) -> None:
        """Put it away; the keyboard goes back where it was, unless a hand took it elsewhere."""
        if self.isHidden():
            return
        above, before, self._before = self.parentWidget(), self._before, None
        held = self.window().focusWidget() is self.field
        self.hide()
        if above is not None:
            above.removeEventFilter(self)
            if held:
                give_back(before, above)
        self.closed.emit()

    # inside ---------------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        found, count = fuzzy.best(text, self._all, lambda item: item.text, _MOST)
        self._model.show(found)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setVisible(bool(found))
        self._none.setVisible(not found)
        say = self._phrases.say
        self._none.setText(say("widgets.palette.none", text=text))
        more = say("widgets.palette.more", count=count - len(found)) if count > len(found) else ""
        self._foot.setText(more or say("widgets.palette.keys"))

    def _move(self, steps: int) -> None:
        last = self._model.rowCount() - 1
        if last >= 0:
            row = max(0, min(last, self.list.currentIndex().row() + steps))
            self.list.setCurrentIndex(self._model.index(row, 0))

    def _run(self) -> None:
        index = self.list.currentIndex()
        if index.isValid() and not self._model.items[index.row()].why:
            key = self._model.items[index.row()].key
            self.close_it()
            self.chosen.emit(key)

    def _press(self, key: int) -> None:
        if key in _STEPS:
            self._move(_STEPS[key])
        elif key == Qt.Key.Key_Escape:
            self.close_it()
        else:
            self._run()

    def _leave(self) -> None:
        """The keyboard went elsewhere in the window; another window coming to the front does not close it."""
        if not self.isHidden() and self.window().focusWidget() is not self.field:
            self.close_it()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parentWidget() and not self.isHidden():
            if event.type() is QEvent.Type.Resize:
                self._place()
            elif event.type() is QEvent.Type.MouseButtonPress:
                self.close_it()
        return False

    def _place(self) -> None:
        tokens, above = theme.of(self), self.parentWidget() or self
        wide = min(tokens.px(640), above.width() - 32)
        high = min(tokens.px(440), above.height() - 32)
        self.setGeometry((above.width() - wide) // 2, max(16, above.height() // 8), wide, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.raised, tokens.edge)
