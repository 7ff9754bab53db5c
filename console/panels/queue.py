"""The complaint queue: every complaint there is, newest first, narrowed by chips and by words as one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from console import commands
from console.core.command import Outcome, Receipt
from console.core.lifecycle import Deed
from console.core.masking import asks_for_nik
from console.core.people import Right
from console.core.records import Kind
from console.models.choices import Narrowing
from console.models.complaint import Sheet, read_sheet
from console.models.deeds import Asked, Doing
from console.models.desk import Desk
from console.models.queue import QueueModel
from console.panels.deed_menu import deed_of, fill_with_deeds
from console.panels.filters import FilterRow
from console.panels.panel import Panel, PanelFace
from console.panels.queue_table import QueueTable
from widgets import theme
from widgets.panel_page import MessagePage
from widgets.search_field import SearchField

_REFRESH_AGES_S = 60
_WIDE_PX = 900


class Queue(Panel):
    """Rows of complaints. What is chosen here is chosen in all windows of the link group."""

    face = PanelFace(
        "queue",
        "panels.queue.title",
        "queue",
        frozenset({Kind.COMPLAINT}),
        (Deed.TAKE, Deed.VERIFY, Deed.DISPOSE, Deed.START, Deed.NOTE, Deed.CLOSE, Deed.REOPEN, Deed.DUPLICATE),
    )

    def build(self, desk: Desk) -> None:
        self._seconds = 0
        self.model = QueueModel(desk, self)
        self.model.kept = desk.links.complaint  # a panel made later marks what its group has selected
        self.table = QueueTable(self.model, desk.clock)
        self.filters = FilterRow(desk.pack, desk.phrases)
        self.search = SearchField()
        self.fresh = QPushButton()
        self.fresh.hide()
        self.doing = Doing(desk, self)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.table)
        self.model.quiet = lambda: self.table.quiet and self.table.at_top
        self.watch(self.model.live)

    def _lay_out(self) -> None:
        self._bar = QGridLayout()
        self._bar.setContentsMargins(12, 6, 12, 6)
        self._bar.setHorizontalSpacing(8)
        self._bar.setVerticalSpacing(4)
        self._bar.setColumnStretch(0, 1)
        self._bar.addWidget(self.fresh, 0, 2)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar)
        self._place_chips()
        self.nothing = MessagePage(self.desk.phrases)
        self.nothing.action_asked.connect(self._clear)
        self.body = QStackedWidget()
        self.body.addWidget(self.table)
        self.body.addWidget(self.nothing)
        column.addWidget(self.body, 1)

    def _place_chips(self) -> None:
        """Beside the search where there is room, else below it."""
        wide = self.width() >= theme.of(self).px(_WIDE_PX)
        self._bar.addWidget(self.search, 0, 0, 1, 1 if wide else 2)
        self._bar.addWidget(self.filters, *((0, 1, 1, 1) if wide else (1, 0, 1, 3)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_chips()

    def _connect(self) -> None:
        model, table, links = self.model, self.table, self.desk.links
        self.filters.changed.connect(self._narrow)
        self.search.textChanged.connect(self._typed)
        self.search.returnPressed.connect(table.setFocus)
        self.fresh.clicked.connect(self._take_new)
        table.home_asked.connect(model.take_waiting)
        table.chosen.connect(self._chose)
        table.opened.connect(self._opened)
        table.customContextMenuRequested.connect(self._menu_at)
        model.counted.connect(self._counted)
        model.waiting.connect(self._announce)
        model.replaced.connect(self._replaced)
        model.failed.connect(self.show_fault)
        self.doing.refused.connect(lambda why, asked: self.deed_told.emit(why, asked.complaint))
        self.doing.settled.connect(self._settled)
        self.doing.stirred.connect(self.foot)
        links.area_changed.connect(self._follow_area)
        links.complaint_changed.connect(self._follow_complaint)
        self._key("/", self._to_search)
        self._key(QKeySequence(QKeySequence.StandardKey.Copy).toString(), self.copy_id, table)
        self._key("Esc", self._leave_search, self.search)

    def _key(self, keys: str, act: Any, owner: QWidget | None = None) -> None:
        shortcut = QShortcut(QKeySequence(keys), owner or self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)

    # narrowing

    def _narrow(self, narrowing: Narrowing) -> None:
        if narrowing.area != self.desk.links.area:
            self.desk.links.select_area(narrowing.area)
        self._apply()

    def _typed(self, text: str) -> None:
        self.filters.narrowing = replace(self.filters.narrowing, text=text.strip())
        self._apply()

    def _apply(self) -> None:
        self.model.set_filter(self.filters.narrowing.filter(self.desk.clock.now()))

    def _follow_area(self, code: str) -> None:
        area = "" if code == self.desk.pack.city.code else code
        self.filters.choose(replace(self.filters.narrowing, area=area))

    def _clear(self) -> None:
        self.search.clear()
        self.filters.choose(Narrowing())

    def _on_second(self) -> None:
        super()._on_second()
        self._seconds = (self._seconds + 1) % _REFRESH_AGES_S
        if self.table.quiet and self.table.at_top:
            if self._seconds == 0:
                self._apply()
            self.model.take_waiting()

    # rows

    def _counted(self, count: int, _capped: bool) -> None:
        self.body.setCurrentWidget(self.table if count else self.nothing)
        if not count:
            self._tell_nothing()
        self.show_ready()

    def _tell_nothing(self) -> None:
        """Said in the place of the rows: search and chips stay where they are."""
        icon = self.face.icon
        if asks_for_nik(self.filters.narrowing.text):
            who = "who_may" if self.desk.may(Right.PERSONAL_RIGHTS) else "who_may_not"
            hint, action = self.say(f"panels.queue.nik_{who}"), self.say("panels.queue.empty_action")
            self.nothing.tell("lock", self.say("panels.queue.nik"), hint, action=action)
        elif self.filters.narrowing.narrows:
            says = self.say("panels.queue.empty", what=self._what())
            hint, action = self.say("panels.queue.empty_hint"), self.say("panels.queue.empty_action")
            self.nothing.tell(icon, says, hint, action=action)
        else:
            self.nothing.tell(icon, self.say("panels.queue.empty_all"), self.say("panels.queue.empty_all_hint"))

    def _what(self) -> str:
        """What was looked for, in words."""
        now = self.filters.narrowing
        words = [chip.button.accessibleName().partition(": ")[2] for chip in self.filters.chips.values()]
        return " · ".join(each for each in (*words, f"“{now.text}”" if now.text else "") if each)

    def _announce(self, fresh: int) -> None:
        self.fresh.setText(self.say("panels.queue.fresh", count=fresh) if fresh else self.say("panels.queue.moved"))
        self.fresh.setVisible(self.model.has_waiting)

    def _take_new(self) -> None:
        self.model.take_waiting()
        self.table.scrollToTop()
        self.table.setFocus()

    def _replaced(self, row: int) -> None:
        self.table.follow(row)
        self.foot()

    def _chose(self, complaint: str) -> None:
        self.model.kept = complaint
        self.desk.links.select_complaint(complaint)
        self.foot()

    def _opened(self, complaint: str) -> None:
        self.desk.links.select_complaint(complaint)
        self.wants.emit("panel", "complaint")

    def _follow_complaint(self, complaint: str) -> None:
        if complaint == self.table.current_id:
            return
        self.model.kept = complaint
        row = self.model.row_of(complaint)
        if row is not None:
            self.table.go(row)
        else:
            self.table.follow(-1)
        self.foot()

    def counts(self) -> str:
        count, capped = self.model.rowCount(), self.model.capped
        # Before any source answered none is not the number of complaints: nobody knows it.
        known = count or self.filters.narrowing.narrows or self.desk.sources.about().heard
        parts = [self.say("panels.queue.rows_capped" if capped else "panels.queue.rows", count=count)] if known else []
        if self.table.current_id:
            parts.append(self.say("panels.queue.chosen", id=self.table.current_id.partition(":")[2]))
        if self.doing.under_way:
            parts.append(self.say("panels.complaint.saving"))
        return " · ".join(parts)

    # deeds

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The deeds' own keys. Where nobody is named yet they are left to the window, which asks for the name."""
        deed = deed_of(event, self.face.commands) if self.desk.operator and self.table.current_id else None
        if deed is None:
            super().keyPressEvent(event)
        else:
            self._ask(deed, self.table.current_id)

    def _ask(self, deed: Deed, complaint: str) -> None:
        self.desk.links.select_complaint(complaint)
        why = self.desk.people.why_not(commands.found()[deed].face.right)
        if why is not None:
            self.deed_told.emit(why, complaint)
        elif commands.found()[deed].face.asks:
            self.wants.emit("panel", "complaint")
            self.desk.links.deed_asked.emit(complaint, str(deed))
        else:
            line = self.model.line(self.table.currentIndex().row()) if self.table.current_id == complaint else None
            self.doing.ask_by_id(deed, complaint, line.row if line is not None else None)

    def _menu_at(self, at: QPoint) -> None:
        complaint = self.table.current_id
        if complaint:
            job = read_sheet(complaint, self.desk.operator, self.desk.pack, self.desk.people.rights)
            where = self.table.viewport().mapToGlobal(at)
            self.desk.work.run(
                job,
                lambda sheet: self._open_deeds(sheet, where),
                fail=lambda why: self.deed_told.emit(why, complaint),
                key="menu",
                owner=self,
                urgent=True,
            )

    def _open_deeds(self, sheet: Sheet | None, at: QPoint) -> None:
        if sheet is None:
            return
        menu = QMenu(self)
        fill_with_deeds(menu, sheet, self.desk.phrases, lambda deed: self._ask(deed, sheet.complaint.id))
        menu.addSeparator()
        menu.addAction(self.say("panels.queue.open_complaint"), lambda: self._opened(sheet.complaint.id))
        menu.addAction(self.say("panels.queue.copy_id"), self.copy_id)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _settled(self, receipt: Receipt, asked: Asked) -> None:
        if receipt.outcome is Outcome.TAKEN:
            self.deed_told.emit(None, asked.complaint)

    def copy_id(self) -> None:
        """Put the number of the current complaint on the clipboard."""
        if self.table.current_id:
            QGuiApplication.clipboard().setText(self.table.current_id.partition(":")[2])

    # keys, words, memory

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _leave_search(self) -> None:
        if self.search.text():
            self.search.clear()
        else:
            self.table.setFocus()

    def fill_menu(self, menu: QMenu) -> None:
        menu.addAction(self.say("panels.queue.columns_default"), lambda: self.table.set_widths({}))

    def retranslate(self) -> None:
        self.filters.retranslate()
        self.model.reword()
        self.search.setPlaceholderText(self.say("panels.queue.search"))
        self.search.setAccessibleName(self.say("panels.queue.search_name"))
        self.table.setAccessibleName(self.say("panels.queue.table"))
        self.fresh.setToolTip(self.say("panels.queue.fresh_tip"))
        self._tell_nothing()

    def keep(self) -> dict[str, Any]:
        return {"narrowing": self.filters.narrowing.keep(), "widths": self.table.widths()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        widths, narrowing = kept.get("widths"), kept.get("narrowing")
        if isinstance(widths, Mapping):
            self.table.set_widths(widths)
        if isinstance(narrowing, Mapping):
            self.filters.choose(Narrowing.kept(narrowing, self.desk.pack))
