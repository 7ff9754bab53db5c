"""The inbox of conflicts: documents with two versions that no rule settles, each kept until a person decides."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console import commands
from console.core.command import Outcome, Receipt
from console.core.errors import ConsoleError
from console.core.lifecycle import Deed
from console.core.records import ComplaintId, Conflict, Kind
from console.models.conflicts import Choices, Collision, ConflictWording
from console.models.deeds import Asked, Doing
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.conflict_sheet import ConflictSheet
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets import theme
from widgets.plain import Label
from widgets.row_table import Cell

MOST = 200
_AGES_S = 30
_WIDE_PX = 900
_LIST_PX = 340
_COLUMNS = (ItemColumn(Cell.TWO_LINES), ItemColumn(Cell.SECOND, 92))


class Conflicts(Panel):
    """A list, and the chosen one with both versions side by side."""

    face = PanelFace("conflicts", "panels.conflicts.title", "conflict", frozenset({Kind.CONFLICT}), (Deed.SETTLE,))

    def build(self, desk: Desk) -> None:
        self.doing = Doing(desk, self)
        self._seconds = 0
        self._found: Sequence[Conflict] | None = None
        self.collisions: dict[str, Collision] = {}
        self.current = ""
        """Document of the chosen conflict."""
        self._asked: str = desk.links.disputed
        """Complaint whose versions are to be shown, until they are."""
        self._settling: tuple[Asked, Collision] | None = None
        """A decision under way, and what it is about."""
        self.decided: tuple[str, ComplaintId, str] | None = None
        """The last decision that can be taken back: command, complaint, title."""
        self.list = ItemTable(_COLUMNS)
        self.sheet = ConflictSheet(desk.phrases)
        self.done, self.undo = Label("", wrap=True), QPushButton()
        self._lay_out()
        self._connect()
        self._query = self.live(lambda: _read_conflicts, self._take)

    def _lay_out(self) -> None:
        self.list.horizontalHeader().hide()
        self.told = QWidget()
        row = QHBoxLayout(self.told)
        row.setContentsMargins(16, 6, 12, 6)
        row.addWidget(self.done, 1)
        row.addWidget(self.undo)
        self.told.hide()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(0)
        self._across.addWidget(self.list)
        self._across.addWidget(self.sheet, 1)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.told)
        column.addLayout(self._across, 1)

    def _connect(self) -> None:
        self.list.chosen.connect(self._choose)
        self.list.opened.connect(lambda _doc: self.sheet.start())
        self.sheet.confirmed.connect(self._settle)
        self.sheet.opened.connect(self._open_complaint)
        self.undo.clicked.connect(self.take_back)
        self.frame.action_asked.connect(self.take_back)
        self.doing.stirred.connect(self._draw_busy)
        self.doing.settled.connect(self._settled)
        self.doing.refused.connect(self._refused)
        self.desk.links.conflict_asked.connect(self._turn_to)
        self.desk.people.changed.connect(self._follow_person)
        self._follow_person()
        taken_back = QShortcut(QKeySequence("Ctrl+Z"), self)
        taken_back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        taken_back.activated.connect(self.take_back)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tokens = theme.of(self)
        wide = self.width() >= tokens.px(_WIDE_PX)
        self._across.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._fit(wide)

    def _fit(self, wide: bool) -> None:
        """Beside the sheet the list has its width; above it, as many rows as there are, but at most a third."""
        tokens, rows = theme.of(self), self.list.rows.rowCount()
        self.list.setMinimumWidth(tokens.px(_LIST_PX) if wide else 0)
        self.list.setMaximumWidth(tokens.px(_LIST_PX) if wide else 16_777_215)
        third = max(self.list.needed(1), self.height() // 3)
        high = 16_777_215 if wide else min(self.list.needed(max(1, rows)), third)
        self.list.setMaximumHeight(high)
        self.list.setMinimumHeight(0 if wide else min(high, third))

    # reading

    def _take(self, conflicts: Sequence[Conflict]) -> None:
        self._found = conflicts
        self._word()

    def _word(self) -> None:
        """Say everything as it stands now."""
        if self._found is None:
            return
        desk = self.desk
        wording = ConflictWording(desk.pack, desk.phrases, desk.clock.now(), desk.operator)
        before = self.collisions
        self.collisions = {each.doc: wording.collision(each) for each in self._found}
        self.list.rows.show([_entry(each) for each in self.collisions.values()])
        self._fit(self.width() >= theme.of(self).px(_WIDE_PX))
        if self.current and self.current not in self.collisions:
            self._gone(before.get(self.current))
        if not self.collisions:
            self._show_none()
            return
        self._choose(self._asked_for() or self.current or next(iter(self.collisions)))
        self._draw_told()
        self.show_ready()

    def _gone(self, collision: Collision | None) -> None:
        """The chosen one is no conflict any more. Where that was not our doing, it is said."""
        if collision is not None and self.decided is None and self._settling is None:
            self.done.setText(self.say("panels.conflicts.elsewhere", title=collision.title))
            self.told.show()
        self.current = ""

    def _show_none(self) -> None:
        self.sheet.collision = self.sheet.choices = None
        undo = self.say("panels.conflicts.undo") if self.decided is not None else ""
        hint = "panels.complaint.saving" if self.doing.under_way else "panels.conflicts.empty_hint"
        self.show_empty(self.say("panels.conflicts.empty"), self.say(hint), undo)

    def _on_second(self) -> None:
        super()._on_second()
        self._seconds = (self._seconds + 1) % _AGES_S
        if self._seconds == 0 and self.isVisible():
            self._word()

    def _follow_person(self) -> None:
        """A decision is offered to whom it is allowed; whose words are "yours" hangs on who is here."""
        self.sheet.offer(self.desk.people.may(commands.found()[Deed.SETTLE].face.right))
        self._word()

    def take_draft(self) -> Draft | None:
        self.sheet.choices = self.decided = None
        self.told.hide()
        self.sheet.refuse("")
        return None

    # choosing

    def _turn_to(self, complaint: str) -> None:
        """Somebody wants to see the versions of that complaint."""
        self._asked = complaint
        if doc := self._asked_for():
            self._choose(doc)

    def _asked_for(self) -> str:
        """The document of what was asked for, once it is among those that are here; "" else."""
        found = [doc for doc, each in self.collisions.items() if each.conflict.complaint == self._asked]
        if self._asked and found:
            self._asked = ""
            return found[0]
        return ""

    def _choose(self, doc: str) -> None:
        self.current = doc if doc in self.collisions else ""
        self.list.choose(self.current)
        if self.current:
            self.sheet.show_collision(self.collisions[self.current])
        self.foot()

    def _open_complaint(self) -> None:
        if self.current:
            self.desk.links.select_complaint(self.collisions[self.current].conflict.complaint)
            self.wants.emit("panel", "complaint")

    # deciding

    def _settle(self, choices: Choices) -> None:
        collision = self.collisions.get(choices.conflict.doc)
        if collision is None or self.doing.under_way:
            return
        leaves = tuple(version.rev for version in choices.conflict.versions)
        made = commands.found()[Deed.SETTLE](
            choices.conflict.complaint, doc=choices.conflict.doc, leaves=leaves, **choices.values()
        )  # type: ignore[call-arg]
        self._settling = (self.doing.send(made), collision)

    def take_back(self) -> None:
        """Take back the last decision made here."""
        if self.decided is None or self.doing.under_way:
            return
        command, complaint, _ = self.decided
        undo = commands.found()[Deed.UNDO](complaint, command_id=command, by=self.desk.operator)  # type: ignore[call-arg]
        self.doing.send(undo)

    def _draw_busy(self) -> None:
        """While a decision is under way it is said, and nothing more can be asked for."""
        saving = self.say("panels.complaint.saving") if self.doing.under_way else ""
        self.sheet.show_busy(saving)
        if saving and self.window().focusWidget() is self.undo:
            self.list.setFocus()  # a button that is turned off would give the keyboard to whatever comes next
        self.undo.setEnabled(not saving)
        if self._found is not None and not self.collisions:
            self._show_none()

    def _settled(self, receipt: Receipt, asked: Asked) -> None:
        settling = self._settling
        if receipt.outcome is Outcome.TAKEN:
            self._settling = None
            self.deed_told.emit(None, asked.complaint)
            if settling is not None and settling[0] is asked:
                self.decided = (receipt.command, settling[1].conflict.complaint, settling[1].title)
            elif self.decided is not None:
                self.decided = None
                self.told.hide()
            self._draw_told()
        self._query.again()

    def _refused(self, why: ConsoleError, asked: Asked) -> None:
        settling, self._settling = self._settling, None
        told = self.desk.phrases.tell(why)
        if settling is not None and settling[0] is asked and settling[1].key != self.current:
            self.deed_told.emit(why, asked.complaint)  # beside the choices on another it would be read as theirs
        elif self.current:
            self.sheet.refuse(told)
        else:
            self.done.setText(told)
            self.told.show()

    def _draw_told(self) -> None:
        self.undo.setVisible(self.decided is not None)
        if self.decided is not None:
            self.done.setText(self.say("panels.conflicts.decided", title=self.decided[2]))
            self.told.show()

    # words

    def counts(self) -> str:
        return self.say("panels.conflicts.rows", count=len(self.collisions)) if self.collisions else ""

    def retranslate(self) -> None:
        self.list.setAccessibleName(self.say("panels.conflicts.list"))
        self.undo.setText(f"{self.say('panels.conflicts.undo')}  Ctrl+Z")
        self.undo.setAccessibleName(self.say("panels.conflicts.undo"))
        if self.decided is None:
            self.told.hide()
        self._word()


def _entry(collision: Collision) -> Entry:
    return Entry(collision.key, (Said(collision.title, collision.fields), Said(collision.age)))


def _read_conflicts(read: Read) -> Sequence[Conflict]:
    return tuple(read.conflicts(MOST))
