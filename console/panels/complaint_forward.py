"""How a complaint was handed on to other applications, and handing it on: where to, what is asked, what goes out.

Three short forms one after the other; the last shows word for word what is sent, and what is not. A report that is
refused or not sure is sent again, or let rest, from here as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console import commands
from console.commands.forward import YES, Forward
from console.core.command import Outcome, Receipt
from console.core.errors import ConsoleError
from console.core.forwarding import Forwarded, Post, first_words, new_reference, place_of
from console.core.lifecycle import Deed
from console.models.complaint import Sheet
from console.models.deeds import Asked, Doing
from console.models.desk import Desk
from console.models.forwards import (
    LONG,
    MANY,
    ONE,
    ForwardWording,
    ServiceForm,
    Target,
    Wanted,
    attributes_of,
    preview,
)
from console.panels.flow import Flow
from widgets.form import AskForm, FieldKind, FormField
from widgets.plain import Label, lines
from widgets.theme import Role

_CUT = "\x1f"
"""Between two parts of a name that stand in no code."""
_TEXT, _AGAIN = "text", "again"
_OFFERED: Mapping[Post, tuple[Deed, ...]] = {
    Post.WAITING: (Deed.FORWARD_LOOK, Deed.FORWARD_DROP),
    Post.UNSURE: (Deed.FORWARD_LOOK, Deed.FORWARD_AGAIN, Deed.FORWARD_DROP),
    Post.REFUSED: (Deed.FORWARD_AGAIN, Deed.FORWARD_DROP),
}


class ComplaintForward(QWidget):
    """The section of the complaint's page; hidden where nothing takes reports and nothing was handed on."""

    told = Signal(object, str)
    """Why a deed was not done (`ConsoleError`), or None where it was; and the complaint."""
    left = Signal()
    """The form had the keyboard and was put away."""
    name_wanted = Signal()
    """Nobody is named yet who could do it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._sheet: Sheet | None = None
        self._chosen: tuple[Target, ServiceForm] | None = None
        self._asked: dict[str, Any] = {}
        self._number = 0
        """Of the form that is open."""
        self._drawn: list[tuple[str, tuple[Deed, ...]]] = []
        self.form: AskForm | None = None
        self.doing = Doing(desk, self)
        self.doing.settled.connect(self._settled)
        self.doing.refused.connect(self._refused)
        self.doing.stirred.connect(self._draw_busy)
        self.title = Label("", Role.STRONG)
        self.hint = Label("", Role.SECOND, wrap=True)
        self.start = QPushButton()
        self.start.clicked.connect(self.choose_target)
        self._lines = QVBoxLayout()
        self._place = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addLayout(self._lines)
        column.addWidget(self.hint)
        column.addWidget(self.start, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._place)
        self.hide()

    # drawing

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show how that complaint was handed on; of another than before the form is put away."""
        before = self._sheet.complaint.id if self._sheet is not None else ""
        self._sheet = sheet
        if sheet is None or sheet.complaint.id != before:
            self.close_form()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        say, sheet = self._desk.phrases.say, self._sheet
        targets, forwards = (sheet.targets, sheet.forwards) if sheet is not None else ((), ())
        may = self._may(Deed.FORWARD)
        self.setVisible(bool(forwards) or (bool(targets) and may))
        self.title.setText(say("forward.page.title"))
        self.start.setText(f"{say('commands.forward.title')}…")
        served = any(target.services for target in targets)
        self.start.setVisible(may and served)
        self.hint.setText(say("forward.page.no_services"))
        self.hint.setVisible(may and bool(targets) and not served)
        wording = ForwardWording(self._desk.pack, self._desk.phrases, self._desk.clock.now())
        drawn = [(wording.line(each), self._offered(each)) for each in forwards]
        if drawn == self._drawn:
            return  # what is the same stays: somebody may be on one of its buttons
        self._drawn = drawn
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for each, (told, offered) in zip(forwards, drawn, strict=True):
            self._lines.addWidget(self._line(each, told, offered))

    def _offered(self, each: Forwarded) -> tuple[Deed, ...]:
        return tuple(deed for deed in _OFFERED.get(each.state, ()) if each.here and self._may(deed))

    def _line(self, each: Forwarded, told: str, offered: Sequence[Deed]) -> QWidget:
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addWidget(Label(told, wrap=True))
        if offered:
            row = QWidget()
            beside = Flow(row, gap=8)
            for deed in offered:
                trying = deed is Deed.FORWARD_LOOK and each.state is Post.WAITING
                said = self._desk.phrases.say("forward.do.try" if trying else f"forward.do.{deed}")
                button = QPushButton(said if deed is Deed.FORWARD_LOOK else f"{said}…")
                button.clicked.connect(lambda _=False, deed=deed: self.open_deed(deed, each))
                beside.addWidget(button)
            column.addWidget(row)
        return line

    def _may(self, deed: Deed) -> bool:
        return self._desk.people.may(commands.found()[deed].face.right)

    def _named(self) -> bool:
        """Whether somebody works here by name; else the name is asked for, before a word is typed."""
        if not self._desk.operator:
            self.name_wanted.emit()
        return bool(self._desk.operator)

    def _draw_busy(self) -> None:
        if self.form is not None:
            self.form.show_busy(self._desk.phrases.say("panels.complaint.saving") if self.doing.under_way else "")

    # handing on

    def choose_target(self) -> None:
        """First: which application, and which of its services."""
        if self._sheet is None or not self._named():
            return
        phrases = self._desk.phrases
        choices = [
            (f"{target.id}{_CUT}{service.code}", f"{target.title(phrases)} › {service.name}")
            for target in self._sheet.targets
            for service in target.services
        ]
        asked = FormField("service", phrases.say("forward.page.choose"), FieldKind.CHOICE, choices=choices)
        self._open(phrases.say("commands.forward.title"), [asked], "forward.page.next", self._target_chosen)

    def _target_chosen(self, answers: Mapping[str, str]) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        name, _, code = answers["service"].partition(_CUT)
        target = next((each for each in sheet.targets if each.id == name), None)
        service = next((each for each in target.services if each.code == code), None) if target is not None else None
        if target is None or service is None:
            return
        if service.wanted is None:
            self._say("forward.page.unknown_form")
            return
        self._chosen = target, service
        self.ask_words(first_words(sheet.complaint), {})

    def ask_words(self, text: str, answers: Mapping[str, str]) -> None:
        """Then: what the service asks for, and the words."""
        if self._chosen is None or self._sheet is None:
            return
        say, (target, service) = self._desk.phrases.say, self._chosen
        asked = [field for each in service.wanted or () for field in self._fields(each, answers)]
        asked.append(FormField(_TEXT, say("commands.forward.text"), FieldKind.LINES, value=text))
        if any(each.target == target.id and each.state.may_stand for each in self._sheet.forwards):
            yes = [(YES, say("forward.page.again_yes"))]
            asked.append(FormField(_AGAIN, say("forward.page.again"), FieldKind.CHOICE, choices=yes))
        title = f"{target.title(self._desk.phrases)} › {service.name}"
        self._open(title, asked, "forward.page.look", self._words_given, says="forward.page.words_hint")

    def _fields(self, wanted: Wanted, answers: Mapping[str, str]) -> list[FormField]:
        """The fields of one attribute; one that is only shown has none."""
        name, say = f"a{_CUT}{wanted.code}", self._desk.phrases.say
        if not wanted.datatype:
            return []
        if wanted.datatype == MANY:
            choice = [("1", say("forward.page.yes"))]
            return [
                FormField(f"{name}{_CUT}{key}", f"{wanted.says}: {said}", FieldKind.CHOICE, False, choice)
                for key, said in wanted.values
            ]
        kind = {ONE: FieldKind.CHOICE, LONG: FieldKind.LINES}.get(wanted.datatype, FieldKind.TEXT)
        hint = say(f"forward.page.hint_{wanted.datatype}") if wanted.datatype in ("number", "datetime") else ""
        value = answers.get(name, "")
        return [FormField(name, wanted.says, kind, wanted.required, wanted.values, value, hint)]

    def _words_given(self, answers: Mapping[str, str]) -> None:
        if self._chosen is None or self._sheet is None:
            return
        target, service = self._chosen
        given: dict[str, list[str]] = {}
        for name, value in answers.items():
            _, _, rest = name.partition(_CUT)
            code, many, key = rest.partition(_CUT)
            if rest and value:
                given.setdefault(code, []).append(key if many else value)
        attributes, wrong = attributes_of(service.wanted or (), given)
        if wrong:
            self._say(wrong)
            return
        found, phrases = self._sheet.complaint, self._desk.phrases
        self._asked = {
            "target": target.id,
            "target_name": target.title(phrases),
            "service": service.code,
            "service_name": service.name,
            "text": answers[_TEXT],
            "attributes": attributes,
            **place_of(found),
            "reference": new_reference(self._desk.clock.new_id()),
            "again": answers.get(_AGAIN, ""),
        }
        told = preview(self._asked, phrases)
        self._open(phrases.say("forward.page.confirm"), [], "forward.page.send", self._confirmed, told=told)

    def _confirmed(self, _answers: Mapping[str, str]) -> None:
        if self._sheet is not None:
            self.doing.send(Forward(self._sheet.complaint.id, **self._asked), form=self._number)

    # what was handed on

    def open_deed(self, deed: Deed, each: Forwarded) -> None:
        """Ask what a deed on one needs, or do it where it needs nothing."""
        if not self._named():
            return
        kind: Any = commands.found()[deed]
        say = self._desk.phrases.say
        if deed is Deed.FORWARD_LOOK:
            self.doing.send(kind(each.complaint, forward=each.command))
            return
        required = deed is Deed.FORWARD_DROP
        asked = [FormField("reason", say("commands.ask.reason"), FieldKind.LINES, required)]

        def do(answers: Mapping[str, str]) -> None:
            self.doing.send(kind(each.complaint, forward=each.command, reason=answers["reason"]), form=self._number)

        says = f"forward.page.{deed}_{each.state}" if deed is Deed.FORWARD_AGAIN else "commands.forward_drop.says"
        self._open(say(kind.face.title), asked, f"forward.do.{deed}", do, says=says)

    # the form

    def _open(
        self, title: str, asked: Sequence[FormField], ok: str, then: Any, *, says: str = "", told: str = ""
    ) -> None:
        self._put_away()
        self._number += 1
        say = self._desk.phrases.say
        below = lines(told) if told else say(says) if says else ""
        self.form = AskForm(title, asked, self._desk.phrases, ok=say(ok), says=below)
        self.form.submitted.connect(then)
        self.form.cancelled.connect(self._cancelled)
        self._place.addWidget(self.form)
        self.form.show()
        if asked:
            self.form.start()
        else:
            self.form.ok.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, says: str) -> None:
        if self.form is not None:
            self.form.show_refusal(self._desk.phrases.say(says))

    def _cancelled(self) -> None:
        self.close_form()
        self.left.emit()

    def _put_away(self) -> None:
        form, self.form = self.form, None
        if form is not None:
            self._place.removeWidget(form)
            form.hide()
            form.deleteLater()

    def close_form(self) -> None:
        """Put the form away, and with it what was typed."""
        self._put_away()
        self._chosen, self._asked = None, {}

    def _settled(self, receipt: Receipt, asked: Asked) -> None:
        if receipt.outcome is Outcome.TAKEN:
            self.told.emit(None, asked.complaint)
            if asked.form == self._number and self.form is not None:
                self.close_form()
                self.left.emit()

    def _refused(self, why: ConsoleError, asked: Asked) -> None:
        if asked.form == self._number and self.form is not None:
            self.form.show_busy("")
            self.form.show_refusal(self._desk.phrases.tell(why))
        else:
            self.told.emit(why, asked.complaint)
