"""The chosen item of the outbox in full: every sentence whole, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console import commands
from console.core.lifecycle import Deed
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.records import Waiting
from console.models.outbox import Item
from console.panels.complaint_parts import FactTable
from console.panels.deed_form import DeedForm
from console.panels.facts import Fact
from console.panels.flow import Flow
from widgets import theme
from widgets.plain import Label, tip
from widgets.roll import Roll
from widgets.theme import Role

_BESIDE_PX = 380
_ALLOWED = (Deed.RETRY, Deed.WITHDRAW)
_OFFERED = {
    Waiting.WAITING: (Deed.WITHDRAW,),
    Waiting.REFUSED: (Deed.RETRY, Deed.WITHDRAW),
    Waiting.WITHDRAWN: (),
}


class OutboxDetail(QWidget):
    """Facts, buttons, and the place of a form."""

    asked = Signal(object)
    """A `Deed` on the item shown."""
    opened = Signal()
    """Its complaint should be opened."""

    def __init__(self, pack: CityPack, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self.item: Item | None = None
        self.allowed = frozenset(_ALLOWED)
        """What whoever is here may do."""
        self.heading, self.title = Label("", Role.STRONG, wrap=True), Label("", Role.SECOND, wrap=True)
        self.facts = FactTable()
        self.saving, self.refusal = Label("", Role.SECOND, wrap=True), Label("", wrap=True)
        self.saving.hide()
        self.refusal.hide()
        self.form = DeedForm(pack, phrases)
        self.buttons = {deed: QPushButton() for deed in _ALLOWED}
        for deed, button in self.buttons.items():
            button.clicked.connect(lambda _=False, deed=deed: self.asked.emit(deed))
        self.open = QPushButton()
        self.open.clicked.connect(self.opened)
        self._lay_out()

    def _lay_out(self) -> None:
        paper = QWidget()
        column = QVBoxLayout(paper)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        row = QWidget()
        beside = Flow(row, gap=8)
        for button in (*self.buttons.values(), self.open):
            beside.addWidget(button)
        for part in (self.heading, self.title, row, self.saving, self.form, self.refusal, self.facts):
            column.addWidget(part)
        column.addStretch(1)
        self.roll = Roll(paper)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 0, 0)
        outer.addWidget(self.roll)

    def stand(self, *, beside: bool, room: int) -> None:
        """Stand beside the list at a fixed width, or below it with at most half of the room (px)."""
        wide = theme.of(self).px(_BESIDE_PX) if beside else 16_777_215
        self.setMinimumWidth(wide if beside else 0)
        self.setMaximumWidth(wide)
        high = max(theme.of(self).px(96), room // 2)
        self.setMinimumHeight(0 if beside else min(high, theme.of(self).px(240)))
        self.setMaximumHeight(16_777_215 if beside else high)

    @property
    def offered(self) -> tuple[Deed, ...]:
        """What can be done to the item shown."""
        if self.item is None:
            return ()
        # What is about no complaint (a person) is taken back by another change, not by a withdrawal.
        found = _OFFERED[self.item.row.state] if self.item.row.complaint else (Deed.RETRY,)
        return tuple(deed for deed in found if deed in self.allowed and deed in _OFFERED[self.item.row.state])

    def show_item(self, item: Item) -> None:
        """Show another item, or the same as it stands now."""
        self.item = item
        say = self._phrases.say
        self.heading.setText(item.what)
        self.title.setText(item.title)
        brought = say("panels.outbox.via", who=item.row.via) if item.row.via else ""
        named = [
            ("state", say(f"panels.outbox.state.{item.row.state}"), ""),
            ("why", item.why, ""),
            ("next", item.next_try, item.tried),
            ("by", item.row.by or say("core.unknown"), brought),
            ("since", item.since, say("panels.complaint.ago", age=item.age)),
        ]
        self.facts.set_facts([Fact(say(f"panels.outbox.fact.{key}"), value, note) for key, value, note in named])
        for deed, button in self.buttons.items():
            button.setVisible(deed in self.offered)
            face = commands.found()[deed].face
            title = say(face.title)
            button.setText(f"{title}{'…' if face.asks else ''}  {face.key}".rstrip())
            button.setAccessibleName(title)
            button.setToolTip(tip(say(face.says)))
        self.open.setText(say("panels.queue.open_complaint"))
        self.open.setVisible(bool(item.row.complaint))

    def show_form(self) -> None:
        """Bring the form into sight."""
        self.roll.ensureWidgetVisible(self.form)

    def show_busy(self, busy: bool) -> None:
        """Whether something asked on the item shown is under way; the form takes nothing more meanwhile."""
        saving = self._phrases.say("panels.complaint.saving") if busy else ""
        self.form.show_busy(saving)
        self.saving.setText(saving)
        self.saving.setVisible(busy)

    def refuse(self, why: str, form: int = 0) -> None:
        """Say why a deed was not done, where it was asked: in the form of that number, while it is open, or beside
        the buttons; "" takes it away."""
        if form and form == self.form.number and self.form.face is not None:
            self.form.refuse(why)
        else:
            self.refusal.setText(why)
            self.refusal.setVisible(bool(why))

    def retranslate(self) -> None:
        """Say everything again."""
        self.form.retranslate()
        if self.item is not None:
            self.show_item(self.item)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, 0, self.width(), 0)
            painter.drawLine(0, 0, 0, self.height())
