"""What a person may ask of us (UU 27/2022): what is held of them, a copy, a correction, its erasure, and the proof.

The engine does each of it and answers for it in the ledger; here it is asked, told and confirmed. What is typed about a
person stands in its form alone, and goes with it: once it was handed on, when the panel is left, when it is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from console.core.erasure import is_item
from console.core.errors import Refused
from console.core.people import Right
from console.core.records import Kind
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.errand import Errand, Stage
from console.models.rights import Held, Rights
from console.panels.flow import Flow
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.panels.rights_forms import Erasing, RightsForms
from console.panels.rights_words import NOWHERE, ProofPage, done_words, entry, found_words
from console.store.read import Read
from widgets.file_pick import Pick, pick_file
from widgets.form import AskForm
from widgets.plain import Label
from widgets.roll import Roll
from widgets.row_table import Cell
from widgets.theme import Role

_COLUMNS = (ItemColumn(Cell.TWO_LINES, 310), ItemColumn(Cell.SECOND), ItemColumn(Cell.NUMBER, 90, 1))
_HEADINGS = ("what", "where", "covered")


class RightsPanel(Panel):
    """Whom it is about, what was found, what can be done with it, and what came of it."""

    face = PanelFace("rights", "panels.rights.title", "lock", frozenset({Kind.PERSON}))

    def build(self, desk: Desk) -> None:
        self.rights = Rights(desk, self)
        self.case = ""
        self.form: AskForm | None = None
        self._kind = ""
        """What the form that stands there asks."""
        self._erasing: Erasing | None = None
        self._told: Errand | None = None
        self._proof: Errand | None = None
        self._session = desk.session
        self.pick: Callable[[str, str, Callable[[str], None]], None] = self._pick_by_dialog
        """Lets a person choose where to write: what it is (copy, proof), its usual name, and who takes the path."""
        self._make_parts()
        self._lay_out()
        self.rights.moved.connect(self._moved)
        self.rights.ended.connect(self._ended)
        self.table.chosen.connect(lambda _key: self._draw_choice())
        self.table.opened.connect(self._open)
        desk.people.changed.connect(self._judge)
        self.live(lambda: _nothing, lambda _none: self._judge())
        self.setFocusProxy(self.buttons["find"])

    def _make_parts(self) -> None:
        self.intro = Label("", Role.SECOND, wrap=True)
        self.buttons = {name: QPushButton() for name in ("find", "unlock", "export", "correct", "erase", "proof")}
        self.buttons["find"].setProperty("role", "first")
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.open(name))
        self.under_way, self.progress, self.cancel = Label("", wrap=True), QProgressBar(), QPushButton()
        self.progress.setTextVisible(False)
        self.cancel.clicked.connect(self.rights.cancel)
        self.outcome = Label("", Role.STRONG, wrap=True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.warning, self.summary = Label("", wrap=True), Label("", wrap=True)
        self.warning.hide()
        self.table = ItemTable(_COLUMNS)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.proof = ProofPage()

    def _lay_out(self) -> None:
        paper, row = QWidget(), QWidget()
        beside = Flow(row, gap=8)
        for button in self.buttons.values():
            beside.addWidget(button)
        self._column = QVBoxLayout(paper)
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(8)
        self._column.addWidget(self.intro)
        self._column.addWidget(row)
        self._column.addWidget(self.under_way)
        self._column.addWidget(self.progress)
        self._column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.outcome)
        self._column.addWidget(self.warning)
        self._form_at = self._column.count()
        for part in (self.summary, self.table, self.proof):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.roll = Roll(paper)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)

    # who may

    def _judge(self) -> None:
        """Whether who is here may; of another than before nothing stands here any more."""
        may = self.desk.people.may(Right.PERSONAL_RIGHTS)
        if not may or self.desk.session != self._session:
            self._forget()
        self._session = self.desk.session
        self._draw_all()
        if may:
            self.show_ready()
        else:
            self.show_empty(self.say("panels.rights.only"), self.say("panels.rights.only_hint"))

    def _forget(self) -> None:
        self.close_form()
        self.rights.forget()
        self.case = ""
        self._told = self._proof = self._erasing = None
        self.proof.show_proof(None)

    def take_draft(self) -> Draft | None:
        self._forget()
        self._draw_all()
        return None

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight nothing that was typed stays."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.close_form()

    # drawing

    def _draw_all(self) -> None:
        found = self.rights.found
        rows = found.rows if found is not None else ()
        self.table.rows.show([entry(each, found, self.desk.phrases) for each in rows] if found is not None else [])
        self.table.setFixedHeight(self.table.needed(len(rows)))
        self.table.setVisible(bool(rows))
        lines = found_words(found, self._moment(found.at), self.desk.phrases) if found is not None else []
        self.summary.setText("\n".join(lines))
        self.summary.setVisible(bool(lines))
        self._draw_under_way()
        self._draw_told()
        self._draw_choice()

    def _moment(self, at: Any) -> str:
        desk = self.desk
        return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())

    @property
    def chosen(self) -> Held | None:
        """What stands in the chosen row, None for what is neither a complaint nor an item."""
        found, key = self.rights.found, self.table.current_key
        if found is None or key in ("", NOWHERE):
            return None
        return next((each for each in found.rows if each.name == key), None)

    def _draw_choice(self) -> None:
        found, chosen, busy = self.rights.found, self.chosen, self.rights.under_way is not None
        reads = self.desk.people.may(Right.REVEAL)
        hits = found is not None and found.told.count("hits") > 0
        closed = found is not None and found.told.count("closed") > 0
        on = {
            "find": True,
            "unlock": reads and closed,
            "export": reads and hits,
            "correct": reads and chosen is not None and not chosen.item,
            "erase": chosen is not None,
            "proof": bool(self.case),
        }
        for name, button in self.buttons.items():
            button.setEnabled(on[name] and not busy)
        self.buttons["unlock"].setVisible(reads and closed)
        for name in ("export", "correct"):
            self.buttons[name].setVisible(reads)
        self.foot()

    def _draw_under_way(self) -> None:
        errand = self.rights.under_way
        for part in (self.under_way, self.progress, self.cancel):
            part.setVisible(errand is not None)
        if errand is not None:
            self.under_way.setText(self.say(f"panels.rights.doing.{errand.do}"))
            self.progress.setRange(0, 1000 if errand.part is not None else 0)
            if errand.part is not None:
                self.progress.setValue(round(errand.part * 1000))
            self.progress.setAccessibleName(self.under_way.text())
        if self.form is not None:
            self.form.show_busy(self.under_way.text() if errand is not None else "")

    def _draw_told(self) -> None:
        errand, lines = self._told, []
        if errand is not None and errand.stage is Stage.DONE:
            field = str(errand.found.get("field", ""))
            lines = done_words(errand, self.say(f"personal.rights.field.{field}") if field else "", self.desk.phrases)
        elif errand is not None:
            lines = [self.desk.phrases.tell(Refused(errand.says, **errand.values))]
        self.outcome.setText("\n".join(lines))
        self.outcome.setVisible(bool(lines))

    def counts(self) -> str:
        found = self.rights.found
        if found is None or not self.desk.people.may(Right.PERSONAL_RIGHTS):
            return ""
        return self.say("panels.rights.rows", count=len(found.rows))

    # asking

    def open(self, name: str) -> None:
        """What that button does: a form, or a place to write to. Nothing where it is not offered."""
        if not self.buttons[name].isEnabled() or self.desk.people.why_not(Right.PERSONAL_RIGHTS) is not None:
            return
        self._told = None
        self._draw_told()
        if name == "export":
            day = self.desk.clock.now().astimezone(self.desk.pack.zone).strftime("%Y-%m-%d")
            self.pick("copy", f"salinan-{_file(self.case)}-{day}", self._export)
        elif name == "proof":
            self.pick("proof", f"bukti-{_file(self.case)}.html", self._prove)
        else:
            self._put_form(name).start()
            if self.form is not None:
                self.roll.ensureWidgetVisible(self.form)

    def _export(self, path: str) -> None:
        found = self.rights.found
        if found is not None:
            self._ask("export", of=found.id, names=list(found.told_by), path=path)

    def _prove(self, path: str) -> None:
        self._ask("proof", path=path)

    def _ask(self, do: str, **asked: Any) -> None:
        self.rights.ask(do, self.case, language=self.desk.phrases.language, **asked)

    def _pick_by_dialog(self, what: str, name: str, then: Callable[[str], None]) -> None:
        pick = Pick(
            self.say(f"panels.rights.pick_{what}"),
            write=True,
            kinds=[self.say("panels.rights.pick_page")] if what == "proof" else (),
            accept=self.say(f"panels.rights.pick_{what}_save"),
            name=name,
        )
        pick_file(self.desk.phrases, self, pick, lambda paths: then(paths[0]))

    def _put_form(self, kind: str) -> AskForm:
        self.close_form()
        forms = self._forms()
        form = AskForm(
            self.say(f"panels.rights.form.{kind}"),
            forms.fields(kind),
            self.desk.phrases,
            ok=self.say(f"panels.rights.form.{kind}_ok"),
            says=forms.says(kind),
        )
        form.submitted.connect(self._submitted)
        form.cancelled.connect(self._cancelled)
        self._column.insertWidget(self._form_at, form)
        self.form, self._kind = form, kind
        self.warning.setText(forms.warning(self._erasing) if kind == "sure" else "")
        self.warning.setVisible(kind == "sure")
        form.setAccessibleDescription(self.warning.text())
        return form

    def _forms(self) -> RightsForms:
        return RightsForms(self.desk.phrases, self.case, self.rights.found, self.chosen)

    def _submitted(self, answers: Mapping[str, str]) -> None:
        form, kind = self.form, self._kind
        if form is None:
            return
        if kind == "find" and not (answers["typed"] or answers["complaint"]):
            form.show_refusal(self.say("panels.rights.whom"))
        elif kind == "find":
            self.case, self._proof = answers["case"], None
            self.proof.show_proof(None)
            self._hand_on("find", typed=answers["typed"], complaint=answers["complaint"])
        elif kind == "unlock":
            self._hand_on("unlock", code=answers["code"])
        elif kind == "correct" and self.chosen is not None:
            self._hand_on("correct", complaint=self.chosen.name, field=answers["field"], value=answers["value"])
        elif kind == "erase" and self.chosen is not None:
            names = self._forms().all_told if answers.get("whose") == "all" else (self.chosen.name,)
            self._erasing = Erasing(names, answers.get("scope", "all"), answers["stores"] == "now")
            self._put_form("sure").start()
        elif kind == "sure" and self._erasing is not None and self.rights.found is not None:
            if answers["confirm"].casefold() != self.case.casefold():
                form.show_refusal(self.say("panels.rights.confirm_differs"))
                return
            wish, self._erasing = self._erasing, None
            of = self.rights.found.id
            self._hand_on("erase", of=of, names=list(wish.names), scope=wish.scope, backups=wish.backups)

    def _hand_on(self, do: str, **asked: Any) -> None:
        """To the engine; what was typed is not kept for it."""
        self.close_form()
        self._ask(do, **asked)

    def _cancelled(self) -> None:
        self._erasing = None
        self.close_form()

    def close_form(self) -> None:
        """Put the form away, and with it what was typed."""
        form, self.form = self.form, None
        self.warning.hide()
        if form is None:
            return
        for typed in form.findChildren(QLineEdit):
            typed.clear()  # the form itself lives a moment longer
        keyboard = self.window().focusWidget()
        held = keyboard is not None and form.isAncestorOf(keyboard)
        self._column.removeWidget(form)
        form.hide()
        form.deleteLater()
        if held:
            (
                self.table if self.rights.found is not None and self.rights.found.rows else self.buttons["find"]
            ).setFocus()

    def _open(self, key: str) -> None:
        """Look at the complaint itself, in the windows that follow this one."""
        if key != NOWHERE and not is_item(key):
            self.desk.links.select_complaint(key)

    # what came of it

    def _moved(self, _errand: Errand) -> None:
        self._draw_under_way()
        self._draw_choice()

    def _ended(self, errand: Errand) -> None:
        held = self.cancel.hasFocus()
        shown = errand.do != "find" or errand.stage is not Stage.DONE
        self._told = errand if shown else None
        if errand.do == "proof" and errand.stage is Stage.DONE:
            self._proof = errand
            self.proof.show_proof(errand)
        if errand.stage is Stage.DONE and errand.do == "unlock":
            self._told = replace(errand, says="panels.rights.unlocked")
        self._draw_all()
        if shown:
            self.roll.ensureWidgetVisible(self.outcome)
        if errand.do == "find" and self.table.rows.rowCount():
            self.table.go(0)
            self.table.setFocus()
        elif held:  # what it stood on is gone
            (self.table if self.table.rows.rowCount() else self.buttons["find"]).setFocus()

    # words

    def retranslate(self) -> None:
        say = self.say
        self.intro.setText(say("panels.rights.intro"))
        for name, button in self.buttons.items():
            button.setText(say(f"panels.rights.do.{name}"))
        self.cancel.setText(say("panels.rights.cancel"))
        self.table.setAccessibleName(say("panels.rights.list"))
        self.table.rows.name([say(f"panels.rights.column.{name}") for name in _HEADINGS])
        if self.form is not None:
            self._say_form_again()
        self._draw_all()

    def _say_form_again(self) -> None:
        """The same form in the other language. What was typed into it goes: it is copied nowhere."""
        wish, kind = self._erasing, self._kind
        self.close_form()
        self._erasing = wish
        self._put_form(kind)


def _nothing(_read: Read) -> None:
    """All that is to be told the engine is asked for."""


def _file(case: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in case)
