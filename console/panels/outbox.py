"""The outbox: every change the centre does not hold yet, why it waits or was refused, and what one can do about it.

What the centre refused stands apart from what waits, and neither hides the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from console import commands
from console.core.command import Outcome, Receipt
from console.core.errors import ConsoleError
from console.core.forwarding import Forwarded
from console.core.lifecycle import Deed
from console.core.phrases import Phrases
from console.core.records import Kind, OutboxRow, Waiting
from console.models.deeds import Asked, Doing
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.forwards import ForwardWording
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.models.outbox import MOST, Item, OutboxWording, summary
from console.panels.deed_menu import deed_of
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.outbox_detail import OutboxDetail
from console.panels.outbox_forwards import MOST as MOST_FORWARDS
from console.panels.outbox_forwards import OutboxForwards, at_rest
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets import theme
from widgets.marks import Severity
from widgets.plain import Elided, Label
from widgets.roll import Roll
from widgets.row_table import Cell
from widgets.theme import Role

_AGES_S = 30
_WIDE_PX = 1100
_ORDER = (Waiting.REFUSED, Waiting.WAITING, Waiting.WITHDRAWN)
"""What needs a person first; what is over last."""
_MOST_APART = 5
"""So many rows of what was refused or withdrawn are seen at first: what waits is not pushed out of sight."""
_HEADINGS = ("mark", "what", "why", "by", "age", "next")
_COLUMNS = (
    ItemColumn(Cell.SEVERITY, 40),
    ItemColumn(Cell.TWO_LINES),
    ItemColumn(Cell.SECOND, 240, 2),
    ItemColumn(Cell.SECOND, 110, 3),
    ItemColumn(Cell.TEXT, 112),
    ItemColumn(Cell.SECOND, 170, 4),
)


class Outbox(Panel):
    """Changes on their way to the centre."""

    face = PanelFace(
        "outbox",
        "panels.outbox.title",
        "outbox",
        frozenset({Kind.OUTBOX, Kind.HUB}),
        (Deed.RETRY, Deed.WITHDRAW),
    )

    def build(self, desk: Desk) -> None:
        self.doing = Doing(desk, self)
        self._seconds = 0
        self._rows: Sequence[OutboxRow] | None = None
        self._forwards: Sequence[Forwarded] = ()
        self.items: dict[Waiting, list[Item]] = {state: [] for state in Waiting}
        self.current = ""
        """Key of the chosen item."""
        self.counted, self.standing = Label("", Role.STRONG, wrap=True), Elided("", Role.SECOND)
        self.sections = {state: _Section(state) for state in _ORDER}
        self.forwards = OutboxForwards(_COLUMNS)
        self.detail = OutboxDetail(desk.pack, desk.phrases)
        self._lay_out()
        self._connect()
        self._query = self.live(lambda: _read_rows, self._take)

    def _lay_out(self) -> None:
        self.paper = QWidget()
        column = QVBoxLayout(self.paper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(2)
        head.addWidget(self.counted)
        head.addWidget(self.standing)
        column.addLayout(head)
        for section in self.sections.values():
            column.addWidget(section)
        column.addWidget(self.forwards)
        column.addStretch(1)
        self.list = Roll(self.paper)
        self.list.setMinimumHeight(theme.of(self).px(100))
        self._across = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.content)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(0)
        self._across.addWidget(self.list, 1)
        self._across.addWidget(self.detail)
        self.detail.hide()

    def _connect(self) -> None:
        for section in self.sections.values():
            section.table.chosen.connect(self._chose)
            section.table.opened.connect(lambda _doc: self.open_complaint())
            section.table.customContextMenuRequested.connect(self._menu_at)
        self.forwards.opened.connect(self._open_forward)
        self.detail.asked.connect(self.start)
        self.detail.opened.connect(self.open_complaint)
        self.detail.form.sent.connect(self._send_form)
        self.doing.settled.connect(self._settled)
        self.doing.refused.connect(self._refused)
        self.doing.stirred.connect(self._draw_busy)
        self.detail.form.closed.connect(self._to_table)
        self.desk.sources.changed.connect(self._word)
        self.desk.people.changed.connect(self._follow_person)
        self._follow_person()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tokens = theme.of(self)
        wide = self.width() >= tokens.px(_WIDE_PX)
        self._across.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self.detail.stand(beside=wide, room=self.content.height())

    # reading

    def _take(self, held: tuple[Sequence[OutboxRow], Sequence[Forwarded]]) -> None:
        self._rows, self._forwards = held
        self._word()

    def _open_forward(self, complaint: str) -> None:
        self.desk.links.select_complaint(complaint)
        self.wants.emit("panel", "complaint")

    def _word(self) -> None:
        """Say everything as it stands now."""
        if self._rows is None:
            return
        wording = self._wording()
        self.items = wording.items(self._rows)
        told = ForwardWording(self.desk.pack, self.desk.phrases, self.desk.clock.now())
        self.forwards.show_forwards(self._forwards, told, headed=not self._rows)
        if not self._rows and not self.forwards.count:
            self.current = ""
            self.show_empty(*self._all_is_well())
            return
        apart = [self.say("forward.count", count=self.forwards.count)] if self.forwards.count else []
        self.counted.setText(" · ".join(filter(None, [summary(self.items, self.desk.phrases), *apart])))
        self.standing.set_text(wording.standing() if self.items[Waiting.WAITING] else self.say("panels.outbox.none"))
        first = next((state for state in _ORDER if self.items[state]), None)
        for state, section in self.sections.items():
            section.show_items(self.items[state], self.desk.phrases, headed=state is first)
        self._choose(self.current)
        self.show_ready()

    def _wording(self) -> OutboxWording:
        desk = self.desk
        cut = bool(desk.settings["sync.cut"])
        return OutboxWording(desk.pack, desk.phrases, desk.clock.now(), desk.sources.hub, cut)

    def _all_is_well(self) -> tuple[str, str]:
        """What is said where nothing waits."""
        hub, desk = self.desk.sources.hub, self.desk
        if hub is None or not hub.url or hub.last_good_at is None:
            return self.say("panels.outbox.empty_first_title"), self.say("panels.outbox.empty_first")
        at = desk.phrases.moment(hub.last_good_at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())
        return self.say("panels.outbox.empty"), self.say("panels.outbox.empty_hint", at=at)

    def _on_second(self) -> None:
        super()._on_second()
        self._seconds = (self._seconds + 1) % _AGES_S
        if self._seconds == 0 and self.isVisible():
            self._word()

    def _follow_person(self) -> None:
        """Only what whoever is here may do is offered."""
        kinds, may = commands.found(), self.desk.people.may
        self.detail.allowed = frozenset(deed for deed in self.face.commands if may(kinds[deed].face.right))
        self._word()

    def take_draft(self) -> Draft | None:
        self.detail.form.close_form()
        self.detail.refuse("")
        return None

    # choosing

    @property
    def item(self) -> Item | None:
        """The chosen item."""
        return next((item for items in self.items.values() for item in items if item.key == self.current), None)

    def _chose(self, key: str) -> None:
        if key != self.current:
            self.detail.refuse("")
            self.detail.form.close_form()
        self._choose(key)
        for section in self.sections.values():
            if section.table.current_key:
                self._bring(section.table)

    def _choose(self, key: str) -> None:
        self.current = key
        item = self.item
        if item is None:
            self.current = ""
        for section in self.sections.values():
            section.table.choose(self.current)
        self.detail.setVisible(item is not None)
        if item is not None:
            self.detail.show_item(item)
        self._draw_busy()
        self.foot()

    def _bring(self, table: ItemTable) -> None:
        """Scroll the chosen row of a section into sight."""
        row = table.visualRect(table.currentIndex())
        top = table.viewport().mapTo(self.paper, row.topLeft()).y()
        self.list.ensureVisible(0, top, 0, 0)
        self.list.ensureVisible(0, top + row.height(), 0, 0)

    def open_complaint(self) -> None:
        """Turn all windows to the complaint of the chosen item."""
        if self.item is not None and self.item.row.complaint:
            self.desk.links.select_complaint(self.item.row.complaint)
            self.wants.emit("panel", "complaint")

    def _menu_at(self, at: QPoint) -> None:
        table, item = self.sender(), self.item
        if item is None or not isinstance(table, ItemTable):
            return
        menu = QMenu(self)
        for deed in self.detail.offered:
            face = commands.found()[deed].face
            entry = menu.addAction(f"{self.say(face.title)}{'…' if face.asks else ''}")
            entry.triggered.connect(lambda _=False, deed=deed: self.start(deed))
        if item.row.complaint:
            menu.addAction(self.say("panels.queue.open_complaint"), self.open_complaint)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(table.viewport().mapToGlobal(at))

    # deeds

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The deeds' own keys, on the chosen item."""
        deed = deed_of(event, self.detail.offered) if self.item is not None else None
        if deed is None:
            super().keyPressEvent(event)
        else:
            self.start(deed)

    def start(self, deed: Deed) -> None:
        """Begin a deed on the chosen item: open its form, or do it where it asks for nothing."""
        face = commands.found()[deed].face
        self.detail.refuse("")
        if face.asks:
            self.detail.form.open(face)
            self._draw_busy()
            self.detail.show_form()
        else:
            self._send(deed, {})

    def _send_form(self, answers: Mapping[str, str]) -> None:
        face = self.detail.form.face
        if face is not None:
            self._send(face.deed, answers, self.detail.form.number)

    def _send(self, deed: Deed, answers: Mapping[str, Any], form: int = 0) -> None:
        item = self.item
        if item is None:
            return
        docs = item.docs if deed is Deed.RETRY else (item.row.doc,)  # what was done stays in the history
        for doc in docs:
            made = commands.found()[deed](item.row.complaint, doc=doc, **answers)  # type: ignore[call-arg]
            self.doing.send(made, form=form)

    def _draw_busy(self) -> None:
        """What is under way on the chosen one is said there, and its form takes nothing more meanwhile."""
        item = self.item
        self.detail.show_busy(item is not None and self.doing.under_way_on(item.row.complaint))

    def _settled(self, receipt: Receipt, asked: Asked) -> None:
        if receipt.outcome is Outcome.TAKEN:
            self.deed_told.emit(None, asked.complaint)
            if asked.form and asked.form == self.detail.form.number:
                self.detail.form.close_form()
        self._query.again()

    def _refused(self, why: ConsoleError, asked: Asked) -> None:
        """Said where it was asked: in the form, beside the item, or in the window's bar where another is chosen."""
        if self.item is None or self.item.row.complaint != asked.complaint:
            self.deed_told.emit(why, asked.complaint)
        else:
            self.detail.refuse(self.desk.phrases.tell(why), asked.form)

    def _to_table(self) -> None:
        """The keyboard goes back to the chosen row."""
        table = next((each.table for each in self.sections.values() if each.table.current_key), None)
        if table is not None:
            table.setFocus()

    # words and memory

    def counts(self) -> str:
        return self.say("panels.outbox.rows", count=sum(map(len, self.items.values()))) if self._rows else ""

    def fill_menu(self, menu: QMenu) -> None:
        menu.addAction(self.say("panels.outbox.send_now"), lambda: self.desk.try_now(""))

    def retranslate(self) -> None:
        for section in self.sections.values():
            section.say(self.desk.phrases)
        names = [self.say(f"panels.outbox.column.{name}") if name != "mark" else "" for name in _HEADINGS]
        self.forwards.say(self.desk.phrases, names)
        self.detail.retranslate()
        self._word()


class _Section(QWidget):
    """The items of one state under their heading; empty, it takes no room."""

    def __init__(self, state: Waiting) -> None:
        super().__init__()
        self.state = state
        self.whole = state is Waiting.WAITING
        """Whether all items are seen, or the first few."""
        self._items: Sequence[Item] = ()
        self._more = ""
        self.heading = Label("", Role.FAULT)
        self.heading.setContentsMargins(12, 8, 12, 4)
        self.table = ItemTable(_COLUMNS)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.more = QPushButton()
        self.more.setProperty("role", "quiet")
        self.more.clicked.connect(self._show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.table)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def say(self, phrases: Phrases) -> None:
        """Say heading and columns again."""
        said = phrases.say(f"panels.outbox.section.{self.state}")
        self.heading.setText(said)
        self.table.setAccessibleName(said)
        names = [phrases.say(f"panels.outbox.column.{name}") if name != "mark" else "" for name in _HEADINGS]
        self.table.rows.name(names)

    def show_items(self, items: Sequence[Item], phrases: Phrases, *, headed: bool) -> None:
        """Show these; `headed` shows the names of the columns."""
        self._items = items
        self.table.horizontalHeader().setVisible(headed)
        self.more.setText(phrases.say("panels.outbox.more", count=len(items) - _MOST_APART))
        self._draw()
        self.setVisible(bool(items))

    def _show_all(self) -> None:
        self.whole = True
        self._draw()
        self.table.setFocus()

    def _draw(self) -> None:
        shown = self._items if self.whole else self._items[:_MOST_APART]
        self.more.setVisible(len(shown) < len(self._items))
        self.table.rows.show([_entry(item) for item in shown])
        self.fit()

    def fit(self) -> None:
        """Be as high as the rows are."""
        self.table.setFixedHeight(self.table.needed(self.table.rows.rowCount()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "more"):
            self.fit()


def _entry(item: Item) -> Entry:
    mark = Severity.WASPADA if item.row.state is Waiting.REFUSED else None
    cells = (
        Said("", extra=mark),
        Said(item.what, item.title),
        Said(item.tried if item.row.state is Waiting.WAITING else item.why),
        Said(item.row.by),
        Said(item.age, extra=-1),
        Said(item.next_try),
    )
    return Entry(item.key, cells)


def _read_rows(read: Read) -> tuple[Sequence[OutboxRow], Sequence[Forwarded]]:
    forwards = tuple(each for each in read.forwards(MOST_FORWARDS) if not at_rest(each))
    return tuple(read.outbox_rows(MOST)), forwards
