"""Reports on their way to other applications, in the outbox: what is not at rest, how old, why, and when it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.core.forwarding import Forwarded, Post
from console.core.masking import masked
from console.core.phrases import Phrases
from console.models.forwards import ForwardWording
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.item_table import ItemColumn, ItemTable
from widgets.marks import Severity
from widgets.plain import Label
from widgets.theme import Role

MOST = 200
_GRAVE = frozenset({Post.REFUSED, Post.UNSURE})


def at_rest(each: Forwarded) -> bool:
    """Whether nobody has to do anything about it, and nothing is done by itself."""
    return each.state is Post.WITHDRAWN or (each.state is Post.TAKEN and bool(each.report))


class OutboxForwards(QWidget):
    """The section of the outbox; empty, it takes no room."""

    opened = Signal(str)
    """A complaint should be opened."""

    def __init__(self, columns: Sequence[ItemColumn]) -> None:
        super().__init__()
        self.heading = Label("", Role.FAULT)
        self.heading.setContentsMargins(12, 8, 12, 4)
        self.hint = Label("", Role.SECOND, wrap=True)
        self.hint.setContentsMargins(12, 0, 12, 4)
        self.table = ItemTable([*columns])
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.opened.connect(self._open)
        self._shown: Sequence[Forwarded] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.heading, self.hint, self.table):
            column.addWidget(part)
        self.hide()

    @property
    def count(self) -> int:
        """How many are shown."""
        return len(self._shown)

    def show_forwards(self, forwards: Sequence[Forwarded], wording: ForwardWording, *, headed: bool) -> None:
        """Show those that are not at rest; `headed` shows the names of the columns."""
        self._shown = [each for each in forwards if not at_rest(each)]
        self.table.horizontalHeader().setVisible(headed)
        self.table.rows.show([_entry(each, wording) for each in self._shown])
        self.fit()
        self.setVisible(bool(self._shown))

    def say(self, phrases: Phrases, names: Sequence[str]) -> None:
        """Say heading and columns again."""
        self.heading.setText(phrases.say("forward.section"))
        self.hint.setText(phrases.say("forward.section_hint"))
        self.table.setAccessibleName(phrases.say("forward.section"))
        self.table.rows.name([*names])

    def _open(self, key: str) -> None:
        found = next((each for each in self._shown if each.command == key), None)
        if found is not None:
            self.opened.emit(found.complaint)

    def fit(self) -> None:
        """Be as high as the rows are."""
        self.table.setFixedHeight(self.table.needed(self.table.rows.rowCount()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "table"):
            self.fit()


def _entry(each: Forwarded, wording: ForwardWording) -> Entry:
    title = masked(each.title) or each.complaint.partition(":")[2]
    why = wording.why(each) or wording.looked(each)
    cells = (
        Said("", extra=Severity.WASPADA if each.state in _GRAVE else None),
        Said(wording.state(each), title),
        Said(why),
        Said(each.by),
        Said(wording.age(each), extra=-1),
        Said(wording.next_try(each) or wording.phrases.say("panels.outbox.next.asked")),
    )
    return Entry(each.command, cells)
