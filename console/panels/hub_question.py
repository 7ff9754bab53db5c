"""A question of the exchange: what happened, where, to what, and three ways on with what each of them does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console.core.people import Right
from console.core.records import HubQuestion
from console.models.desk import Desk
from console.models.hub import CHOICES, asks, place_name, question_words, titles
from widgets import theme
from widgets.plain import Label, one_line
from widgets.theme import Role

FEW = 8
"""Titles that are shown before the list is opened."""


class Question(QWidget):
    """One place that waits for a person."""

    chosen = Signal(str, str)
    """The choice and the place."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place
        self.question: HubQuestion | None = None
        self.words, self.where = Label("", Role.STRONG, wrap=True), Label("", Role.SECOND, wrap=True)
        self.list, self.whole = Label("", wrap=True), QPushButton()
        self.list.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whole.setCheckable(True)
        self.whole.toggled.connect(self._draw_list)
        self._told: list[str] = []
        self.buttons = {choice: QPushButton() for choice in CHOICES}
        self.hints = {choice: Label("", Role.SECOND, wrap=True) for choice in CHOICES}
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 0, 4)
        column.setSpacing(4)
        for part in (self.words, self.where, self.list):
            column.addWidget(part)
        column.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignLeft)
        for choice, button in self.buttons.items():
            button.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice, place))
            column.addSpacing(4)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            column.addWidget(self.hints[choice])

    def show_question(self, question: HubQuestion, desk: Desk) -> None:
        """Ask this, in the language now spoken."""
        self.question = question
        say, kind = desk.phrases.say, asks(question)
        self.words.setText(question_words(question, desk.pack, desk.phrases))
        where = place_name(question.place, desk.pack, desk.phrases)
        self.where.setText(say(f"panels.hub.stands.{kind}", place=where))
        # Titles are citizens' words, and this panel is seen by everybody.
        self._told = [] if desk.people.covered else titles(question, desk.phrases)
        self.whole.setText(say("panels.hub.whole_list"))
        self._draw_list()
        may = desk.people.may(Right.EXCHANGE)
        for choice, button in self.buttons.items():
            button.setVisible(may)
            self.hints[choice].setVisible(may)
            button.setText(say(f"panels.hub.choice.{kind}.{choice}"))
            button.setAccessibleDescription(say(f"panels.hub.choice_hint.{kind}.{choice}"))
            self.hints[choice].setText(say(f"panels.hub.choice_hint.{kind}.{choice}"))

    def _draw_list(self) -> None:
        """All of it where it is little, else its beginning until a person wants the rest."""
        many = len(self._told) > FEW + 1
        shown = self._told[:FEW] if many and not self.whole.isChecked() else self._told
        self.list.setText("\n".join(f"· {one_line(each)}" for each in shown))
        self.list.setVisible(bool(shown))
        self.whole.setVisible(many)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.fillRect(0, 4, tokens.unit, self.height() - 8, theme.colour(tokens.siaga))
