"""One complaint: its facts, what it says, what happened to it, and what can be done to it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from console import commands
from console.core.command import Outcome, Receipt
from console.core.errors import ConsoleError
from console.core.lifecycle import Deed, State
from console.core.masking import masked
from console.core.records import Changes, Complaint, Kind
from console.models.complaint import Sheet, read_sheet
from console.models.conflicts import ConflictWording
from console.models.deeds import Asked, Doing
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.timeline import entries
from console.panels.complaint_dispute import DisputeLine
from console.panels.complaint_files import ComplaintFiles
from console.panels.complaint_forward import ComplaintForward
from console.panels.complaint_parts import DeedRow, FactTable, History
from console.panels.complaint_personal import ComplaintPersonal
from console.panels.complaint_words import ComplaintWords
from console.panels.deed_fields import DROPPED, KEPT
from console.panels.deed_form import DeedForm
from console.panels.deed_menu import deed_of
from console.panels.facts import Teller
from console.panels.panel import Condition, Panel, PanelFace
from console.store.read import Read
from widgets.panel_page import LoadingPage
from widgets.plain import Elided, Label
from widgets.roll import Roll
from widgets.state_mark import StateMark
from widgets.theme import Role

_AGES_S = 30


class ComplaintSheet(Panel):
    """The complaint chosen in the link group."""

    face = PanelFace(
        "complaint",
        "panels.complaint.title",
        "complaint",
        frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.FILE, Kind.CONFLICT}),
        (
            Deed.TAKE,
            Deed.VERIFY,
            Deed.DISPOSE,
            Deed.START,
            Deed.NOTE,
            Deed.ATTACH,
            Deed.CLOSE,
            Deed.REOPEN,
            Deed.DUPLICATE,
            Deed.UNDO,
        ),
    )

    def build(self, desk: Desk) -> None:
        self.sheet: Sheet | None = None
        self.complaint = desk.links.complaint
        self._seconds = 0
        self._wanted: Deed | None = None
        self._typed: Mapping[str, str] = {}
        """What had been typed into the form of the deed that is wanted."""
        self._late = QTimer(self, singleShot=True, interval=LoadingPage.SKELETON_MS)
        self._late.timeout.connect(self._blank)
        self.doing = Doing(desk, self)
        self._make_parts(desk)
        self._lay_out()
        self._query = self.live(self._ask_sheet, self._take, touches=self._touches)
        self._connect()
        if not self.complaint:
            self._show_none()

    def _make_parts(self, desk: Desk) -> None:
        self.mark = StateMark()
        self.heading = Label("", Role.TITLE, wrap=True)
        self.native = Elided("", Role.SECOND)
        self.waiting = Label("", Role.SECOND, wrap=True)
        self.dispute = DisputeLine()
        self.refusal = Label("", wrap=True)
        self.deeds = DeedRow(desk.phrases)
        self.form = DeedForm(desk.pack, desk.phrases)
        self.undo = QPushButton()
        self.undone_what = Label("", Role.SECOND, wrap=True)
        self.facts = FactTable()
        self.personal = ComplaintPersonal(desk)
        self.text_title, self.history_title = Label("", Role.STRONG), Label("", Role.STRONG)
        self.text = Label("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.files = ComplaintFiles(desk, self.content)
        self.forwarding = ComplaintForward(desk)
        self.words = ComplaintWords(desk)
        self.history = History(desk.phrases)

    def _lay_out(self) -> None:
        self.paper = QWidget()
        column = QVBoxLayout(self.paper)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(_row(self.mark, self.native))
        column.addWidget(self.waiting)
        column.addWidget(self.dispute)
        column.addWidget(self.deeds)
        column.addWidget(self.form)
        column.addWidget(self.refusal)
        self.undo_row = _row(self.undo, self.undone_what, last_wide=True)
        column.addWidget(self.undo_row)
        column.addSpacing(4)
        column.addWidget(self.facts)
        texts = (self.text_title, self.text)
        past = (self.history_title, self.words, self.history)
        for part in (self.personal, *texts, self.files, self.forwarding, *past):
            if part not in (self.text, self.words, self.history):
                column.addSpacing(8)
            column.addWidget(part)
        column.addStretch(1)
        self.roll = Roll(self.paper, Qt.FocusPolicy.StrongFocus)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)

    def _connect(self) -> None:
        links = self.desk.links
        links.complaint_changed.connect(self.show_complaint)
        self.desk.sources.changed.connect(self._draw_facts)  # a source is told by its title once that is known
        links.deed_asked.connect(self._deed_asked)
        links.draft_resumed.connect(self._resumed)
        self.desk.people.changed.connect(self._query.again)
        self.deeds.asked.connect(lambda deed: self.start(Deed(deed)))
        self.deeds.left.connect(self.roll.setFocus)
        self.undo.clicked.connect(self.take_back)
        self.dispute.asked.connect(self._open_conflict)
        self.doing.sent.connect(self._sent)
        self.doing.settled.connect(self._settled)
        self.doing.refused.connect(lambda why, asked: self._refused(why, asked.complaint, asked.form))
        self.doing.stirred.connect(self._draw_waiting)
        self.form.sent.connect(self._send_form)
        self.form.closed.connect(self.roll.setFocus)
        self.files.brought.connect(self._attach)
        self.files.refused.connect(self._refused)
        self.personal.left.connect(self.roll.setFocus)
        self.words.left.connect(self.roll.setFocus)
        self.forwarding.left.connect(self.roll.setFocus)
        self.forwarding.told.connect(self._forwarding_told)
        self.forwarding.name_wanted.connect(lambda: self.wants.emit("do", "operator"))
        self.files.stirred.connect(self._draw_waiting)
        self.files.view.closed.connect(self.roll.setFocus)
        self.setAcceptDrops(True)

    # reading

    def show_complaint(self, complaint: str) -> None:
        """Turn to another complaint; "" to none."""
        if complaint == self.complaint:
            return
        self.complaint, self.sheet, self._wanted, self._typed = complaint, None, None, {}
        self.form.close_form()
        self.files.view.close_it()
        self.files.complaint = None
        self.personal.show_complaint(None)
        self.words.show_history("", ())
        self.forwarding.show_sheet(None)
        self.refusal.hide()
        self.roll.verticalScrollBar().setValue(0)
        if complaint:
            self._turn()
            self._query.again()
        else:
            self._show_none()

    def _turn(self) -> None:
        """What stands here is of another complaint and does nothing any more. One that is read within a blink takes its
        place without a blank between, which would flicker at every step through the queue; else the page waits."""
        if self.condition is not Condition.READY:
            self.show_loading()
        elif not self._late.isActive():
            self._late.start()

    def _blank(self) -> None:
        if self.sheet is None and self.condition is Condition.READY:
            self.deeds.offer(())
            self.files.view.close_it()
            self.files.show_files(None, ())
            self.show_loading()

    def _touches(self, changes: Changes) -> bool:
        return bool(self.complaint) and (not changes.ids or self.complaint in changes.ids)

    def _ask_sheet(self) -> Callable[[Read], Sheet | None]:
        if not self.complaint:
            return _nothing
        return read_sheet(self.complaint, self.desk.operator, self.desk.pack, self.desk.people.rights)

    def _take(self, sheet: Sheet | None) -> None:
        if not self.complaint:
            self._show_none()
            return
        if sheet is not None and sheet.complaint.id != self.complaint:
            return  # asked before the page was turned, out of sight; what is shown now is asked when it is seen
        self._late.stop()
        self.sheet = sheet
        if sheet is None:
            absent = self.say("commands.absent", complaint=self.complaint.partition(":")[2])
            self.show_empty(absent, self.say("panels.complaint.absent_hint"))
            return
        self._draw_sheet(sheet)
        self.show_ready()
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            typed, self._typed = self._typed, {}
            self.start(wanted, typed)

    def _show_none(self) -> None:
        self.sheet = None
        self.show_empty(self.say("panels.complaint.none"), self.say("panels.complaint.none_hint"))

    # drawing

    def _draw_sheet(self, sheet: Sheet) -> None:
        found, say = sheet.complaint, self.say
        word = say(f"state.{found.state.name}")
        if found.state is State.UNKNOWN and found.native_state:
            word = found.native_state
        self.mark.show_state(found.state, word, pending=bool(found.pending))
        self.heading.setText(masked(found.title) or say("panels.complaint.untitled"))
        self.native.set_text(say("panels.complaint.native", state=found.native_state) if found.native_state else "")
        self.text.setText(masked(found.text) or say("panels.complaint.no_text"))
        self._draw_waiting()
        self._draw_dispute()
        self.deeds.offer(sheet.offers)
        self._draw_undo(sheet)
        self._draw_facts()
        self.personal.show_complaint(found)
        self.files.add.setVisible(self.desk.people.may(commands.found()[Deed.ATTACH].face.right))
        self.files.show_files(found, sheet.files)
        self.forwarding.show_sheet(sheet)
        told = entries(sheet.events, self.desk.pack, self.desk.phrases, self.desk.clock.now())
        self.words.show_history(str(found.id), told[: History.MOST])
        self.history.set_entries(told)

    def _draw_facts(self) -> None:
        if self.sheet is not None:
            titles = {source.id: source.title for source in self.desk.sources.rows}
            teller = Teller(self.desk.pack, self.desk.phrases, self.desk.clock.now(), titles)
            self.facts.set_facts(teller.facts(self.sheet.complaint))

    def _draw_dispute(self) -> None:
        desk, conflict = self.desk, self.sheet.conflict if self.sheet is not None else None
        wording = ConflictWording(desk.pack, desk.phrases, desk.clock.now(), desk.operator)
        self.dispute.show_collision(wording.collision(conflict) if conflict is not None else None, desk.phrases)

    def _open_conflict(self) -> None:
        if self.sheet is not None:
            self.desk.links.ask_conflict(self.complaint)
            self.wants.emit("panel", "conflicts")

    def _draw_waiting(self) -> None:
        parts = []
        deed = self.doing.under_way_on(self.complaint)
        file = self.files.under_way_on(self.complaint)
        saving = self.say("panels.complaint.saving")
        attaching = self.form.face is not None and self.form.face.deed is Deed.ATTACH
        self.form.show_busy(saving if deed or (file and attaching) else "")
        if deed or file:
            parts.append(saving)
        if self.sheet is not None and self.sheet.complaint.pending:
            parts.append(self.say("panels.complaint.pending", count=self.sheet.complaint.pending))
        self.waiting.setText(" · ".join(parts))
        self.waiting.setVisible(bool(parts))

    def _draw_undo(self, sheet: Sheet) -> None:
        self.undo_row.setVisible(sheet.undo is not None)
        if sheet.undo is not None:
            face = commands.found()[Deed.UNDO].face
            last = entries([sheet.undo], self.desk.pack, self.desk.phrases, self.desk.clock.now())[0]
            self.undo.setText(f"{self.say(face.title)}  {face.key}")
            self.undo.setAccessibleName(self.say(face.title))
            self.undone_what.setText(self.say("panels.complaint.last_deed", what=last.what, at=last.at))

    def _on_second(self) -> None:
        super()._on_second()
        self._seconds = (self._seconds + 1) % _AGES_S
        if self._seconds == 0 and self.isVisible():
            self._draw_facts()
            self._draw_dispute()

    def counts(self) -> str:
        return self.complaint

    # deeds

    def start(self, deed: Deed, typed: Mapping[str, str] | None = None) -> None:
        """Begin a deed: open its form, with what had been typed already, or do it where it asks for nothing."""
        if self.sheet is None:
            return
        offer = next((offer for offer in self.sheet.offers if offer.deed is deed), None)
        why = self.desk.people.why_not(commands.found()[deed].face.right)
        if offer is None or why is not None:
            if why is not None:
                self._refused(why, self.complaint)
            return
        if offer.why is not None:
            self._refused(offer.why, self.complaint)
        elif offer.face.asks:
            self.refusal.hide()
            self.form.open(offer.face, {**self._known(), **(typed or {})})
            self._draw_waiting()
        else:
            self.form.close_form()
            self.doing.ask(deed, self.sheet.complaint)

    def _known(self) -> dict[str, str]:
        """What a form can be filled with: the office that usually answers for the category."""
        assert self.sheet is not None
        found = self.sheet.complaint
        category = self.desk.pack.categories.get(found.category)
        usual = category.opd if category is not None else ""
        known = {"opd": usual} if usual and usual != found.opd else {}
        return known | {"place": DROPPED}

    def _deed_asked(self, complaint: str, deed: str) -> None:
        self._open_deed(complaint, Deed(deed), {})

    def _resumed(self, draft: Draft) -> None:
        self._open_deed(draft.complaint, draft.deed, draft.answers)

    def _open_deed(self, complaint: str, deed: Deed, typed: Mapping[str, str]) -> None:
        if complaint and self.isVisible():
            self.show_complaint(complaint)
            if self.sheet is None:
                self._wanted, self._typed = deed, typed
            else:
                self.start(deed, typed)

    def take_draft(self) -> Draft | None:
        face, answers = self.form.face, self.form.answers()
        self.form.close_form()
        self.files.view.close_it()
        self.refusal.hide()
        return Draft(face.deed, self.complaint, answers) if face is not None and any(answers.values()) else None

    def _send_form(self, answers: Mapping[str, str]) -> None:
        if self.sheet is None or self.form.face is None:
            return
        form, complaint = self.form.number, self.sheet.complaint
        if self.form.face.deed is Deed.ATTACH:
            keep = answers["place"] == KEPT
            self.files.bring_paths(complaint, [answers["name"]], keep_position=keep, form=form)
        else:
            self.doing.ask(self.form.face.deed, complaint, answers, form=form)

    def _attach(self, given_for: Complaint, fields: Mapping[str, Any], form: int) -> None:
        """A file's bytes lie in the store: now the deed that names them, on the complaint it was given for."""
        same = self.sheet is not None and self.sheet.complaint.id == given_for.id
        self.doing.ask(Deed.ATTACH, self.sheet.complaint if self.sheet and same else given_for, fields, form=form)

    def _takes(self, mime: QMimeData) -> bool:
        may = bool(self.desk.operator) and self.desk.people.may(commands.found()[Deed.ATTACH].face.right)
        return self.sheet is not None and may and self.files.takes(mime)

    def _bring(self, mime: QMimeData) -> None:
        if self.sheet is not None:
            self.files.bring_mime(self.sheet.complaint, mime)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self._takes(event.mimeData()):
            self._bring(event.mimeData())
            event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The deeds' own keys. Where nobody is named yet they are left to the window, which asks for the name."""
        deed = deed_of(event, self.face.commands) if self.desk.operator and self.sheet is not None else None
        if event.matches(QKeySequence.StandardKey.Paste) and self._takes(QGuiApplication.clipboard().mimeData()):
            self._bring(QGuiApplication.clipboard().mimeData())
        elif deed is None:
            super().keyPressEvent(event)
        elif deed is Deed.UNDO:
            self.take_back()
        else:
            self.start(deed)

    def take_back(self) -> None:
        """Take back the last own deed."""
        if self.sheet is not None and self.sheet.undo is not None:
            self.doing.undo(self.sheet.complaint, self.sheet.undo)

    def _forwarding_told(self, why: ConsoleError | None, complaint: str) -> None:
        if why is not None:
            self._refused(why, complaint)
        else:
            self.deed_told.emit(None, complaint)
            self._query.again()

    def _sent(self, _command: str) -> None:
        self.refusal.hide()

    def _settled(self, receipt: Receipt, asked: Asked) -> None:
        if receipt.outcome is Outcome.TAKEN:
            self.deed_told.emit(None, asked.complaint)
            if asked.form and asked.form == self.form.number:
                self.form.close_form()
        self._query.again()

    def _refused(self, why: ConsoleError, complaint: str, form: int = 0) -> None:
        """Said where it was asked: in the form, on the page, or in the window's bar where the page was turned since."""
        if complaint != self.complaint:
            self.deed_told.emit(why, complaint)
        elif form and form == self.form.number and self.form.face is not None:
            self.form.refuse(self.desk.phrases.tell(why))
        else:
            self.refusal.setText(self.desk.phrases.tell(why))
            self.refusal.show()

    # words and memory

    def fill_menu(self, menu: QMenu) -> None:
        if self.complaint:
            menu.addAction(self.say("panels.queue.copy_id"), self._copy_id)

    def _copy_id(self) -> None:
        QGuiApplication.clipboard().setText(self.complaint.partition(":")[2])

    def retranslate(self) -> None:
        self.roll.setAccessibleName(self.say(self.face.title))
        self.text_title.setText(self.say("panels.complaint.text"))
        self.history_title.setText(self.say("panels.complaint.history"))
        self.personal.retranslate()
        self.words.retranslate()
        self.files.retranslate()
        self.forwarding.close_form()
        self.form.retranslate()
        if self.sheet is not None:
            self._draw_sheet(self.sheet)
        elif not self.complaint:
            self._show_none()

    def keep(self) -> dict[str, Any]:
        return {"complaint": self.complaint}

    def restore(self, kept: Mapping[str, Any]) -> None:
        complaint = kept.get("complaint")
        if isinstance(complaint, str) and not self.complaint:
            self.show_complaint(complaint)


def _row(*parts: QWidget, last_wide: bool = False) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    for part in parts:
        row.addWidget(part, int(last_wide and part is parts[-1]))
    if not last_wide:
        row.addStretch(1)
    return made


def _nothing(_read: Read) -> None:
    return None
