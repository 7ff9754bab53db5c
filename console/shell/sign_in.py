"""The form over a window by which a person comes: the first administrator, a sign-in, or the screen unlocked.

What is typed as a secret is gone as soon as it is handed on, or the form is put away.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from console.core.people import LEAST_SECRET, MOST_SECRET
from console.core.phrases import Phrases
from console.shell.ways import FIELDS, SECRETS, Way
from widgets import theme
from widgets.form import AskForm, FieldKind, FormField
from widgets.plate import Above, give_back, paint_plate
from widgets.roll import Roll

_WIDE = 440
_FOOT = 8
_GAP = 12
"""Between the strip and the plate, px of a desk: what the strip says stays in sight."""


class SignIn(QWidget):
    """Make one per window; `ask` shows it."""

    handed = Signal(dict)
    """What was typed, by the name of the field. Say what became of it by `refuse`, `hold` or `close_it`."""
    left = Signal()
    """Somebody only wants to look."""
    other = Signal()
    """Somebody else wants to come, or the one who locked the screen after all."""

    def __init__(self, phrases: Phrases, parent: QWidget, top: Callable[[], int]) -> None:
        """`top` says how much of the parent's height must stay free above."""
        super().__init__(parent)
        self._phrases = phrases
        self._above, self._top = parent, top
        self.way = Way.IN
        self._name = self._other = self._city = ""
        self._before: QWidget | None = None
        self.form: AskForm | None = None
        """What stands there now, None while it is put away."""
        self.turn = QPushButton()
        self.turn.setProperty("role", "quiet")
        self.turn.clicked.connect(self.other)
        self._roll = Roll()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, theme.of(self).px(_FOOT))
        self._column.addWidget(self._roll)
        self._column.addWidget(self.turn, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.setSpacing(0)
        self.turn.hide()
        Above(self, parent, self._place)
        self.hide()

    def ask(self, way: Way, *, city: str, name: str = "", other: str = "") -> None:
        """Show the form of that way; asked for again as it stands, what is typed stays. `name` is who is here or
        locked the screen, `other` the phrase key of the button for somebody else."""
        if self.form is None or (way, name, other) != (self.way, self._name, self._other):
            self.way, self._name, self._other, self._city = way, name, other, city
            self._open({})

    def say(self, why: str) -> None:
        """Why one has to come again."""
        if self.form is not None:
            self.form.show_refusal(why)
            self._fit()

    def refuse(self, why: str) -> None:
        """Say why it was not taken. A wrong secret is typed anew; a new one is only mended."""
        if self.form is None:
            return
        self.form.show_busy("")
        self.form.show_refusal(why)
        self._fit()
        wrong = {Way.FIRST: "", Way.SECRET: "old"}.get(self.way, "secret")
        if wrong:
            self._line(wrong).clear()
            self._line(wrong).setFocus(Qt.FocusReason.OtherFocusReason)

    def hold(self, why: str) -> None:
        """Nothing is taken meanwhile, and this is why; "" ends it."""
        if self.form is not None:
            self.form.show_busy(why)

    def close_it(self) -> None:
        """Put it away, with what was typed; the keyboard goes back where it was."""
        held = self.isAncestorOf(self.window().focusWidget() or self.window())
        self.hide()
        self._drop()
        if held:
            give_back(self._before, self._above)

    def retranslate(self) -> None:
        """Say everything again; a secret is not carried over."""
        if self.form is not None:
            typed = {name: value for name, value in self.form.values().items() if name not in SECRETS}
            self._open(typed)

    def focus(self) -> None:
        """Give the keyboard to the first field that is empty."""
        if self.form is not None:
            empty = next((name for name in FIELDS[self.way] if not self.form.value(name)), "secret")
            self._line(empty).setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, typed: dict[str, str]) -> None:
        say, way = self._phrases.say, self.way
        if self.isHidden():
            self._before = self.window().focusWidget()
        self._drop()
        fields = [self._field(name, typed.get(name, "")) for name in FIELDS[way]]
        title = say(f"shell.people.{way}.title", name=self._name, city=self._city)
        says = say(f"shell.people.{way}.says", least=LEAST_SECRET, most=MOST_SECRET)
        ok, leave = say(f"shell.people.{way}.ok"), say("shell.people.look") if way is not Way.SECRET else ""
        self.form = AskForm(title, fields, self._phrases, ok, says=says, cancel=leave)
        self.form.submitted.connect(self._submit)
        self.form.cancelled.connect(self.left)
        self.turn.setText(say(self._other, name=self._name) if self._other else "")
        self.turn.setVisible(bool(self._other))
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self._roll.setWidget(sheet)
        self._place()
        self.show()
        self.raise_()
        self.focus()

    def _field(self, name: str, value: str) -> FormField:
        new = name == "secret" and self.way in (Way.FIRST, Way.SECRET)
        label = self._phrases.say(f"shell.people.field.{'new' if new else name}")
        hint = self._phrases.say(f"shell.people.hint.{name}") if name in ("login", "name") else ""
        kind = FieldKind.SECRET if name in SECRETS else FieldKind.TEXT
        return FormField(name, label, kind, value=value, hint=hint)

    def _line(self, name: str) -> QLineEdit:
        assert self.form is not None
        line = self.form.editor(name)
        assert isinstance(line, QLineEdit)
        return line

    def _submit(self, answers: dict[str, str]) -> None:
        if self.form is not None and "again" in answers and answers["again"] != answers["secret"]:
            self.say(self._phrases.say("shell.people.secrets_differ"))
            self._line("again").clear()
            self._line("again").setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.handed.emit({name: value for name, value in answers.items() if name != "again"})

    def _drop(self) -> None:
        """What was typed goes with the form, and its secrets before."""
        if self.form is not None:
            for name in SECRETS & set(FIELDS[self.way]):
                self._line(name).clear()
            self.form = None
            sheet = self._roll.takeWidget()
            if sheet is not None:
                sheet.hide()
                sheet.deleteLater()

    def _fit(self) -> None:
        """There is more, or less, to say: the plate grows with it, now and not when the layouts have heard of it."""
        if self.form is not None:
            self.form.updateGeometry()
            self._place()

    def _place(self) -> None:
        above, tokens = self._above, theme.of(self)
        free = self._top() + tokens.px(_GAP)
        wide = min(tokens.px(_WIDE), above.width() - 32)
        sheet = self._roll.widget()
        needed = 0
        if sheet is not None:
            needed = sheet.heightForWidth(wide - 2) if sheet.hasHeightForWidth() else sheet.sizeHint().height()
        below = tokens.px(_FOOT) + (0 if self.turn.isHidden() else self.turn.sizeHint().height())
        room = above.height() - free - tokens.px(_GAP)
        high = min(needed + 1 + below, room)
        self.setGeometry((above.width() - wide) // 2, free + max(0, (room - high) // 3), wide, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.raised, tokens.edge)
