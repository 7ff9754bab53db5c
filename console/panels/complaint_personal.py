"""What is personal of a complaint: covered, and opened one by one with a reason for a minute.

An opened value stands in its own label alone, and what a screen reader says of that: in no tooltip, no clipboard. When
its time is over, or the page is turned or hidden, it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from console.core.errors import ConsoleError
from console.core.masking import COVER
from console.core.people import Right
from console.core.records import Complaint
from console.models.desk import Desk
from console.models.revealing import Revealing, openable
from widgets.form import AskForm, FieldKind, FormField
from widgets.plain import Label, one_line
from widgets.theme import Role

KEY_LOST = "personal.key_lost"


class _Row:
    """One field: its name, what is seen of it, how long still, and the button."""

    def __init__(self, *, wrap: bool) -> None:
        self.name = Label("", Role.SECOND, wrap=wrap)
        self.value = Label("", wrap=True)
        self.left = Label("", Role.SECOND, wrap=True)
        self.button = QPushButton()
        self.line = QWidget()
        beside = QHBoxLayout(self.line)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        told = QVBoxLayout()
        told.setSpacing(0)
        told.addWidget(self.value)
        told.addWidget(self.left)
        beside.addLayout(told, 1)

    def offer(self, opens: str, hides: str, *, opened: bool) -> None:
        """What the button does now; as wide in either case, so that the values stand below each other."""
        wide = 0
        for text in (hides, opens) if not opened else (opens, hides):
            self.button.setText(text)
            wide = max(wide, self.button.sizeHint().width())
        self.button.setMinimumWidth(wide)

    def show_value(self, value: str | None, name: str, covered: str) -> None:
        """The value while it is open, drawn and spoken; then neither."""
        self.value.setText(covered if value is None else value)
        self.value.setAccessibleName(name if value is None else f"{name}: {one_line(value)}")


class ComplaintPersonal(QWidget):
    """The section of the complaint's page; hidden where nothing is covered."""

    TITLE = "personal.page.title"
    """Phrase key of its heading."""
    LONG = False
    """Whether names of what is covered are long."""
    left = Signal()
    """The form had the keyboard and was put away: that is to go somewhere near."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._fields: tuple[str, ...] = ()
        self._field = ""
        """Of the form that is open."""
        self.rows: dict[str, _Row] = {}
        self.form: AskForm | None = None
        self.revealing = Revealing(desk, self)
        self.revealing.changed.connect(self._draw)
        self.revealing.taken.connect(lambda _field: self.close_form())
        self.revealing.refused.connect(self._refused)
        self.title, self.hint = Label("", Role.STRONG), Label("", Role.SECOND, wrap=True)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._place = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.hint)
        column.addLayout(self._grid)
        column.addLayout(self._place)
        self.hide()

    def show_complaint(self, complaint: Complaint | None) -> None:
        """Show what is covered of that complaint; of another than before everything is covered, its form put away."""
        self._show("" if complaint is None else str(complaint.id), () if complaint is None else openable(complaint))

    def _show(self, complaint: str, fields: tuple[str, ...]) -> None:
        if complaint != self.revealing.complaint or (self.form is not None and self._field not in fields):
            self.close_form()
        self.revealing.turn(complaint)
        if fields != self._fields:
            self._build(fields)
        self.setVisible(bool(fields))
        self._draw()

    def _build(self, fields: tuple[str, ...]) -> None:
        for row in self.rows.values():
            for part in (row.name, row.line):
                self._grid.removeWidget(part)
                part.hide()
                part.deleteLater()
        self._fields, self.rows = fields, {field: _Row(wrap=self.LONG) for field in fields}
        for number, (field, row) in enumerate(self.rows.items()):
            if self.LONG:  # above each other
                self._grid.addWidget(row.name, 2 * number, 0, 1, 2)
                self._grid.addWidget(row.line, 2 * number + 1, 0, 1, 2)
            else:
                self._grid.addWidget(row.name, number, 0, Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(row.line, number, 1)
            row.button.clicked.connect(lambda _=False, field=field: self._pressed(field))
        self.retranslate()

    def _draw(self) -> None:
        say = self._desk.phrases.say
        for field, row in self.rows.items():
            value, name = self.revealing.value(field), self._name(field)
            row.show_value(value, name, self._covered(field))
            row.left.setText("" if value is None else say("personal.page.left", seconds=self.revealing.left_s(field)))
            row.left.setVisible(value is not None)
            row.button.setVisible(self._desk.may(Right.REVEAL))
            row.offer(say("personal.page.open"), say("personal.page.hide"), opened=value is not None)
            row.button.setAccessibleName(say("personal.page.open_name", field=name) if value is None else "")
        if self.form is not None:
            self.form.show_busy(say("personal.page.opening") if self.revealing.under_way else "")

    def _covered(self, _field: str) -> str:
        """What is seen of it while it is covered."""
        return COVER

    def _name(self, field: str) -> str:
        return self._desk.phrases.say(f"personal.field.{field}")

    # asking

    def _pressed(self, field: str) -> None:
        if self.revealing.value(field) is not None:
            self.revealing.cover(field)
        else:
            self.open_form(field)

    def open_form(self, field: str, *, reason: str = "", code: bool = False) -> None:
        """Ask the reason to open a field, and the recovery code where the key is lost here."""
        self.close_form()
        say, name = self._desk.phrases.say, self._name(field)
        asked = [FormField("reason", say("personal.page.reason"), FieldKind.TEXT, value=reason)]
        if code:
            asked.append(FormField("code", say("personal.page.code"), FieldKind.SECRET))
        title = say("personal.page.form", field=name)
        self._field = field
        self.form = AskForm(title, asked, self._desk.phrases, ok=say("personal.page.do"))
        self.form.submitted.connect(self._submitted)
        self.form.cancelled.connect(self._cancelled)
        self._place.addWidget(self.form)
        self.form.show()
        self.form.start()
        if code:
            self.form.editor("code").setFocus(Qt.FocusReason.OtherFocusReason)

    def _submitted(self, answers: Mapping[str, str]) -> None:
        try:
            self.revealing.ask(self._field, answers["reason"], answers.get("code", ""))
        except ConsoleError as error:
            self._refused(self._field, error)
        self._draw()

    def _refused(self, field: str, why: ConsoleError) -> None:
        form = self.form
        if form is None or field != self._field:
            return
        values = form.values()
        if why.says == KEY_LOST and "code" not in values:
            self.open_form(field, reason=values["reason"], code=True)
        if self.form is not None:
            self.form.show_busy("")
            self.form.show_refusal(self._desk.phrases.tell(why))

    def _cancelled(self) -> None:
        self.revealing.cover(self._field)
        self.close_form()

    def close_form(self) -> None:
        """Put the form away, and with it what was typed."""
        form, self.form = self.form, None
        if form is None:
            return
        for typed in form.findChildren(QLineEdit):
            typed.clear()  # the form itself lives a moment longer
        keyboard = self.window().focusWidget()
        here = keyboard is not None and form.isAncestorOf(keyboard)
        self._place.removeWidget(form)
        form.hide()
        form.deleteLater()
        row = self.rows.get(self._field)
        if here and row is not None:
            row.button.setFocus(Qt.FocusReason.OtherFocusReason)
        elif here:
            self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight nothing stays open."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.revealing.cover()

    def name_rows(self) -> None:
        """Say what each row is."""
        for field, row in self.rows.items():
            row.name.setText(self._name(field))
        self._draw()

    def retranslate(self) -> None:
        """Say everything again."""
        say = self._desk.phrases.say
        self.title.setText(say(self.TITLE))
        self.hint.setText(say("personal.page.hint"))
        self.name_rows()
        if self.form is not None and not self.revealing.under_way:
            values = self.form.values()
            self.open_form(self._field, reason=values["reason"], code="code" in values)
