"""The form of a deed, in its place: what the command asks, and a refusal right where it was asked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from console.core.command import CommandFace
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.panels.deed_fields import fields_of
from widgets import theme
from widgets.form import AskForm

_LINES_PX = 96


class DeedForm(QWidget):
    """One place for the forms of many commands, empty until `open`. Ctrl+Enter sends, Esc closes."""

    sent = Signal(object)
    """The answers by name of the command's field."""
    closed = Signal()
    """It was put away, and had the keyboard: that is to go somewhere near."""

    def __init__(self, pack: CityPack, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pack, self._phrases = pack, phrases
        self._form: AskForm | None = None
        self.face: CommandFace | None = None
        """What is asked for now, None where nothing is."""
        self.number = 0
        """Of the form that was opened last: what was sent from another is not about what stands here."""
        self._busy = ""
        self._place = QVBoxLayout(self)
        self._place.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def open(self, face: CommandFace, known: Mapping[str, str] | None = None) -> None:
        """Ask what that command asks; `known` fills fields by name. The keyboard goes to the first."""
        self.number += 1
        self._busy = ""
        self._open(face, known)

    def _open(self, face: CommandFace, known: Mapping[str, str] | None) -> None:
        self._drop()
        self.face = face
        fields = fields_of(face, self._pack, self._phrases, known or {})
        title = self._phrases.say(face.title)
        self._form = form = AskForm(title, fields, self._phrases, ok=title)
        for field in fields:
            editor = form.editor(field.name)
            if isinstance(editor, QPlainTextEdit):
                editor.setMaximumHeight(theme.of(self).px(_LINES_PX))
        form.submitted.connect(self._submitted)
        form.cancelled.connect(self.close_form)
        form.show_busy(self._busy)
        self._place.addWidget(form)
        self.show()
        form.show()
        form.start()

    def retranslate(self) -> None:
        """Say labels and buttons again; what was typed stays."""
        if self.face is not None:
            keyboard = self.window().focusWidget()
            elsewhere = keyboard is not None and not self.isAncestorOf(keyboard)
            self._open(self.face, self.answers())
            if keyboard is not None and elsewhere:
                keyboard.setFocus()

    def field(self, name: str) -> QWidget:
        """The widget of a field of the open form."""
        assert self._form is not None
        return self._form.editor(name)

    def answers(self) -> dict[str, str]:
        """What stands in the fields."""
        return self._form.values() if self._form is not None else {}

    def submit(self) -> None:
        """Send the answers, as the button does."""
        if self._form is not None:
            self._form.submit()

    def refuse(self, why: str) -> None:
        """Say why it was not done; "" says nothing. What was typed stays."""
        if self._form is not None:
            self._form.show_refusal(why)

    def show_busy(self, says: str) -> None:
        """Something is under way that must end before this is sent; "" ends it."""
        self._busy = says
        if self._form is not None:
            self._form.show_busy(says)

    def close_form(self) -> None:
        """Put the form away."""
        if self.face is not None:
            keyboard = self.window().focusWidget()
            here = keyboard is not None and self.isAncestorOf(keyboard)
            self._drop()
            self.hide()
            if here:
                self.closed.emit()

    def _submitted(self, answers: dict[str, str]) -> None:
        self.sent.emit(answers)

    def _drop(self) -> None:
        self.face = None
        if self._form is not None:
            self._place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
