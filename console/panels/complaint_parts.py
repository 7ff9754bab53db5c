"""Parts of the complaint's sheet: the table of facts, the history, and the row of deeds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from console.core.lifecycle import Deed
from console.core.phrases import Phrases
from console.models.deeds import Offer
from console.models.timeline import Entry
from console.panels.facts import Fact
from widgets import marks, theme
from widgets.glyphs import SeverityMark
from widgets.marks import Severity
from widgets.plain import Label, lines, tip
from widgets.theme import Role


def _clear(layout: QGridLayout | QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class FactTable(QWidget):
    """Label, value and note of each fact; what is late has its mark."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()
        self._values: list[Label] = []
        self._told: list[str] = []
        self._marks: dict[int, SeverityMark] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show other facts. A value that is the same is left alone: someone may be copying it."""
        before, self._facts = self._facts, tuple(facts)
        if [fact.label for fact in before] != [fact.label for fact in self._facts]:
            self._build()
        for row, fact in enumerate(self._facts):
            told = f"{fact.value} · {fact.note}" if fact.note else fact.value
            if told != self._told[row]:
                self._told[row] = told
                self._values[row].setText(told)
            self._mark(row, fact.late)

    def _build(self) -> None:
        _clear(self._grid)
        self._values = [Label("", wrap=True) for _ in self._facts]
        self._told, self._marks = [""] * len(self._facts), {}
        for row, (fact, value) in enumerate(zip(self._facts, self._values, strict=True)):
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(Label(fact.label, Role.SECOND), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)

    def _mark(self, row: int, late: bool) -> None:
        if late and row not in self._marks:
            self._marks[row] = SeverityMark(Severity.SIAGA)
            self._grid.addWidget(self._marks[row], row, 2, Qt.AlignmentFlag.AlignTop)
        if row in self._marks:
            self._marks[row].setVisible(late)


class History(QWidget):
    """The entries one below the other, the newest on top; what waits is dotted, what was taken back is struck out."""

    MOST = 60

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self._entries: tuple[Entry, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return self._entries

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show other entries; the same again changes nothing."""
        if tuple(entries) == self._entries and self._entries:
            return
        self._entries = tuple(entries)
        _clear(self._column)
        for number, entry in enumerate(self._entries[: self.MOST]):
            last = number == len(self._entries) - 1
            self._column.addWidget(_Entry(entry, self._phrases, last=last))
        if not self._entries:
            self._column.addWidget(Label(self._phrases.say("panels.timeline.none"), Role.SECOND, wrap=True))
        left_out = len(self._entries) - self.MOST
        if left_out > 0:
            self._column.addWidget(Label(self._phrases.say("panels.timeline.older", count=left_out), Role.SECOND))


class _Entry(QWidget):
    """One entry: its mark on a line, what was done, by whom and when, and the words."""

    def __init__(self, entry: Entry, phrases: Phrases, *, last: bool) -> None:
        super().__init__()
        self._entry, self._last = entry, last
        say = phrases.say
        what = say("panels.timeline.undone", what=entry.what) if entry.undone else entry.what
        self._what = Label(what, Role.BODY, wrap=True)
        second = [entry.by, entry.at, *([say("panels.timeline.pending")] if entry.pending else [])]
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 4, 0, 8)
        column.setSpacing(2)
        column.addWidget(self._what)
        column.addWidget(Label(" · ".join(filter(None, second)), Role.SECOND, wrap=True))
        if entry.text:
            column.addWidget(Label(lines(entry.text), wrap=True))
        if entry.undone:
            struck = self._what.font()
            struck.setStrikeOut(True)
            self._what.setFont(struck)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side, middle, top = tokens.px(14), 8, 6
        with QPainter(self) as painter:
            style = Qt.PenStyle.DotLine if self._entry.pending else Qt.PenStyle.SolidLine
            painter.setPen(theme.pen(tokens.line, 1.0, style))
            if not self._last:
                painter.drawLine(middle, top + side + 2, middle, self.height())
            if self._entry.state is not None:
                drawn = marks.state_pixmap(tokens, self._entry.state, side, self.devicePixelRatioF())
                painter.drawPixmap(middle - side // 2, top, drawn)
            else:
                painter.fillRect(QRect(middle - 3, top + side // 2 - 3, 6, 6), theme.colour(tokens.second))


class DeedRow(QWidget):
    """A button for each deed that can be done now, with its key."""

    asked = Signal(str)
    """A `Deed`."""
    left = Signal()
    """The button that has the keyboard goes away: it is to go somewhere near."""

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self.buttons: dict[Deed, QPushButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show those that are possible. The button of one that still is stays, and the keyboard with it."""
        possible = {offer.deed: offer for offer in offers if offer.why is None}
        if list(possible) != list(self.buttons):
            for deed in self.buttons.keys() - possible.keys():
                self._drop(self.buttons[deed])
            self.buttons = {deed: self.buttons.get(deed) or self._button(deed) for deed in possible}
            self._place()
            for one, next_one in pairwise(self.buttons.values()):
                self.setTabOrder(one, next_one)
        for deed, offer in possible.items():
            self._name(self.buttons[deed], offer)

    def _button(self, deed: Deed) -> QPushButton:
        button = QPushButton(self)
        button.clicked.connect(lambda _=False: self.asked.emit(str(deed)))
        return button

    def _drop(self, button: QPushButton) -> None:
        if self.window().focusWidget() is button:
            self.left.emit()
        self._grid.removeWidget(button)
        button.hide()
        button.deleteLater()

    def _name(self, button: QPushButton, offer: Offer) -> None:
        title = self._phrases.say(offer.face.title)
        key = f"  {offer.face.key}" if offer.face.key else ""
        button.setText(f"{title}{'…' if offer.face.asks else ''}{key}")
        button.setAccessibleName(title)
        button.setToolTip(tip(self._phrases.say(offer.face.says)))

    def _place(self) -> None:
        """As many beside each other as there is room for."""
        across = max(1, self.width() // theme.of(self).px(140))
        for number, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, number // across, number % across)

    def resizeEvent(self, _event: object) -> None:
        self._place()
