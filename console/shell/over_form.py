"""A form over the window, for what has no place of its own in a panel: a new complaint, and who works here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from console.core.command import CommandFace
from console.core.errors import ConsoleError
from console.core.lifecycle import Deed
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.models.drafts import Draft
from console.panels.deed_fields import fields_of
from widgets import theme
from widgets.form import AskForm
from widgets.plate import Above, give_back, paint_plate
from widgets.roll import Roll

Answers = Mapping[str, str]
_WIDE, _LINES_HIGH = 560, 96


class OverForm(QWidget):
    """Make one per window; `ask` shows it. Esc leaves; nothing typed is lost by a refusal or another language."""

    def __init__(self, phrases: Phrases, pack: CityPack, parent: QWidget) -> None:
        super().__init__(parent)
        self._above = parent
        self._phrases = phrases
        self._pack = pack
        self._before: QWidget | None = None
        self._aside = False
        self._face: CommandFace | None = None
        self._send: Callable[[Answers], None] = _nowhere
        self.form: AskForm | None = None
        """What stands there now, None while it is put away."""
        self._roll = Roll()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._roll)
        Above(self, parent, self._place)
        self.hide()

    def ask(self, face: CommandFace, send: Callable[[Answers], None], known: Answers | None = None) -> None:
        """Show what a command asks. `send` takes the answers and raises what is to be said in the form; `known` fills
        fields by name."""
        if self.isHidden():
            self._before = self.window().focusWidget()
        self._face, self._send = face, send
        self._open(known or {})

    def set_aside(self, aside: bool) -> None:
        """Out of sight with all that was typed while the screen is covered, and back afterwards."""
        self._aside = aside
        if self.form is not None:
            self.setVisible(not aside)

    def take_draft(self) -> Draft | None:
        """What was typed into a form that can be gone on with; nothing of it stays."""
        face, answers = self._face, self.form.values() if self.form is not None else {}
        self._aside = False
        self.hide()
        self._face, self.form = None, None
        self._roll.setWidget(QWidget())
        return (
            Draft(face.deed, "", answers)
            if face is not None and face.deed is Deed.RECORD and any(answers.values())
            else None
        )

    def close_it(self) -> None:
        """Put it away; the keyboard goes back where it was."""
        if self.isHidden():
            return
        self.hide()
        self._face, self.form = None, None
        give_back(self._before, self._above)

    def retranslate(self) -> None:
        """Say everything again, with what stands in the fields."""
        if self.form is not None:
            self._open(self.form.values())

    def _open(self, known: Answers) -> None:
        if self._face is None:
            return
        title, says = self._phrases.say(self._face.title), self._phrases.say(self._face.says)
        fields = fields_of(self._face, self._pack, self._phrases, known)
        self.form = AskForm(title, fields, self._phrases, ok=title, says=says)
        for lines in self.form.findChildren(QPlainTextEdit):
            lines.setMaximumHeight(theme.of(self).px(_LINES_HIGH))
        self.form.submitted.connect(self._sent)
        self.form.cancelled.connect(self.close_it)
        self._roll.setWidget(_on_top(self.form))
        self._place()
        if self._aside:
            return
        self.show()
        self.raise_()
        self.form.start()

    def _sent(self, answers: Answers) -> None:
        form = self.form
        try:
            self._send(answers)
        except ConsoleError as error:
            if form is not None:
                form.show_refusal(self._phrases.tell(error))
            return
        if self.form is form:  # sending may have opened the next form here
            self.close_it()

    def _place(self) -> None:
        above, tokens = self._above, theme.of(self)
        wide = min(tokens.px(_WIDE), above.width() - 32)
        needed = self.form.heightForWidth(wide - 2) if self.form is not None else 0
        high = min(needed + tokens.px(48), above.height() - 32)
        self.setGeometry((above.width() - wide) // 2, max(16, (above.height() - high) // 4), wide, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.raised, tokens.edge)


def _on_top(form: AskForm) -> QWidget:
    """The form in as much room as it needs: what is to spare stays below it, not between its lines."""
    sheet = QWidget()
    column = QVBoxLayout(sheet)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(form)
    column.addStretch(1)
    return sheet


def _nowhere(_answers: Answers) -> None:
    pass
