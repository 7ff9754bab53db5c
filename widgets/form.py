"""A small form that asks what a command needs: a line, lines, a choice, or a secret. Said strings in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from console.core.phrases import Phrases
from widgets import icons, theme
from widgets.file_pick import Pick, pick_file
from widgets.plain import Label, one_line
from widgets.speech import follow
from widgets.theme import Role

MOST_LINE = 200
MOST_LINES = 4000
MOST_PATH = 1000
MOST_SECRET = 256
_SEARCHED_FROM = 12
"""A choice of more than this can be typed into."""


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    FILE = "file"
    """A path, typed or chosen."""
    SECRET = "secret"  # one line that is not shown


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing asked. `choices` are (value, said) pairs, for a CHOICE."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""
    hint: str = ""


_MOST = {FieldKind.FILE: MOST_PATH, FieldKind.SECRET: MOST_SECRET}


def _editor(field: FormField, phrases: Phrases) -> QWidget:
    if field.kind is FieldKind.LINES:
        lines = QPlainTextEdit(field.value)
        lines.setTabChangesFocus(True)
        lines.setPlaceholderText(one_line(field.hint))
        lines.setMinimumHeight(theme.of(None).px(84))
        return lines
    if field.kind is FieldKind.CHOICE:
        return _choice(field)
    line = QLineEdit(field.value)
    line.setMaxLength(_MOST.get(field.kind, MOST_LINE))
    if field.kind is FieldKind.FILE:
        tokens = theme.of(None)
        choose = line.addAction(
            icons.icon("attachment", tokens.px(18), tokens.second), QLineEdit.ActionPosition.TrailingPosition
        )
        choose.triggered.connect(lambda: _choose_file(line, phrases))
    line.setPlaceholderText(one_line(field.hint))
    if field.kind is FieldKind.SECRET:
        line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def _choose_file(line: QLineEdit, phrases: Phrases) -> None:
    pick_file(phrases, line, Pick(line.accessibleName(), name=line.text()), lambda paths: line.setText(paths[0]))


def _choice(field: FormField) -> QComboBox:
    box = QComboBox()
    for value, said in field.choices:
        box.addItem(one_line(said), value)
    if len(field.choices) > _SEARCHED_FROM:
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(box.model(), box)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        box.setCompleter(completer)
    index = box.findData(field.value) if field.value else -1
    box.setCurrentIndex(index)
    box.setMaxVisibleItems(_SEARCHED_FROM)
    return box


class AskForm(QWidget):
    """Ctrl+Enter (or Enter in a line) hands the values over; Esc lets it be. Nothing is checked but the blank."""

    submitted = Signal(dict)
    """Name of field to text or chosen value."""
    cancelled = Signal()

    def __init__(
        self,
        title: str,
        fields: Sequence[FormField],
        phrases: Phrases,
        ok: str = "",
        *,
        says: str = "",
        cancel: str = "",
    ) -> None:
        """`ok` is the word of the button that hands over, `cancel` of the one that lets it be; `says` is one sentence
        below the title."""
        super().__init__()
        self._phrases = phrases
        self._ok_text, self._cancel_text = ok, cancel
        self._fields = tuple(fields)
        self._editors = {field.name: _editor(field, phrases) for field in self._fields}
        self._faults = {field.name: Label("", Role.FAULT, wrap=True) for field in self._fields}
        self._refusal = Label("", Role.STRONG, wrap=True)
        self._refusal.hide()
        self.busy = Label("", Role.SECOND, wrap=True)
        """Says that what was handed over is under way."""
        self.ok, self.cancel = QPushButton(), QPushButton()
        self.ok.setProperty("role", "first")
        self.ok.clicked.connect(self.submit)
        self.cancel.clicked.connect(self.cancelled)
        self._build(title, says)
        for key, then in (("Ctrl+Return", self.submit), ("Ctrl+Enter", self.submit), ("Esc", self.cancelled.emit)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(then)
        self.setAccessibleName(one_line(title))
        follow(phrases, self, self._say)

    def _build(self, title: str, says: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(4)
        column.addWidget(Label(title, Role.TITLE))
        if says:
            column.addWidget(Label(says, Role.SECOND, wrap=True))
        column.addSpacing(8)
        for field in self._fields:
            editor, fault = self._editors[field.name], self._faults[field.name]
            editor.setAccessibleName(one_line(field.label))
            typed = editor.lineEdit() if isinstance(editor, QComboBox) else None
            if typed is not None:
                typed.setAccessibleName(one_line(field.label))
            label = Label(field.label, Role.SECOND)
            label.setBuddy(editor)
            fault.hide()
            for each in (label, editor, fault):
                column.addWidget(each)
            column.addSpacing(8)
            if isinstance(editor, QLineEdit):
                editor.returnPressed.connect(self.submit)
        column.addWidget(self._refusal)
        buttons = QHBoxLayout()
        buttons.addWidget(self.busy, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.ok)
        column.addLayout(buttons)

    def _say(self) -> None:
        self.ok.setText(self._ok_text or self._phrases.say("widgets.form.ok"))
        self.cancel.setText(self._cancel_text or self._phrases.say("widgets.form.cancel"))
        for editor in self._editors.values():
            if isinstance(editor, QComboBox):
                editor.setPlaceholderText(self._phrases.say("widgets.form.choose"))
                line = editor.lineEdit()
                if line is not None:
                    line.setPlaceholderText(self._phrases.say("widgets.form.choose"))

    def editor(self, name: str) -> QWidget:
        """The widget of a field."""
        return self._editors[name]

    def start(self) -> None:
        """Put the keyboard into the first field."""
        if self._fields:
            self._editors[self._fields[0].name].setFocus(Qt.FocusReason.OtherFocusReason)

    def value(self, name: str) -> str:
        """What stands in a field; for a choice its value, "" while what was typed names none."""
        editor = self._editors[name]
        if isinstance(editor, QComboBox):
            typed = editor.currentText()
            index = (
                editor.findText(typed, Qt.MatchFlag.MatchFixedString) if editor.isEditable() else editor.currentIndex()
            )
            return str(editor.itemData(index)) if index >= 0 else ""
        if isinstance(editor, QPlainTextEdit):
            return editor.toPlainText().strip()
        if not isinstance(editor, QLineEdit):
            return ""
        hidden = editor.echoMode() is QLineEdit.EchoMode.Password
        return editor.text() if hidden else editor.text().strip()

    def values(self) -> dict[str, str]:
        """All fields."""
        return {field.name: self.value(field.name) for field in self._fields}

    def submit(self) -> None:
        """Hand the values over, or say in place what is missing and go there. Not while others are under way."""
        if self.busy.text():
            return
        self._refusal.hide()
        wrong = [field for field in self._fields if self._fault(field)]
        for field in self._fields:
            fault = self._fault(field)
            self._faults[field.name].setText(fault)
            self._faults[field.name].setVisible(bool(fault))
            self._editors[field.name].setAccessibleDescription(fault)
        if wrong:
            self._editors[wrong[0].name].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.submitted.emit(self.values())

    def _fault(self, field: FormField) -> str:
        value = self.value(field.name)
        if len(value) > MOST_LINES:
            return self._phrases.say("widgets.form.too_long", most=MOST_LINES)
        return self._phrases.say("widgets.form.required") if field.required and not value else ""

    def show_refusal(self, says: str) -> None:
        """Why what was asked cannot be, said where it was asked; "" takes it away."""
        self._refusal.setText(says)
        self._refusal.setVisible(bool(says))

    def show_busy(self, says: str) -> None:
        """What was handed over is under way, and nothing more is taken meanwhile; "" ends it."""
        if says and self.window().focusWidget() is self.ok:
            self.start()  # a button that is turned off would give the keyboard to whatever comes next
        self.busy.setText(says)
        self.ok.setEnabled(not says)
