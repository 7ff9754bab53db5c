"""Whether another console may be believed: its words, to be compared by voice, and a person's yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import theme
from widgets.plain import Label
from widgets.theme import Role

_A_LINE = 5
MOST_NAME = 80


class TrustBlock(QWidget):
    """Hidden until `ask`."""

    agreed = Signal(str, str)
    """The words are the right ones: key and name."""
    declined = Signal()

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self.key = ""
        self.title, self.hint = Label("", Role.STRONG, wrap=True), Label("", Role.SECOND, wrap=True)
        self.words = Label("", Role.TITLE, wrap=True)
        self.name = QLineEdit()
        self.name.setMaxLength(MOST_NAME)
        self.yes, self.no = QPushButton(), QPushButton()
        self.yes.clicked.connect(lambda: self.agreed.emit(self.key, self.name.text().strip()))
        self.no.clicked.connect(self.declined)
        buttons = QHBoxLayout()
        buttons.addWidget(self.yes)
        buttons.addWidget(self.no)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 0, 8)
        column.setSpacing(6)
        for part in (self.title, self.words, self.hint, self.name):
            column.addWidget(part)
        column.addLayout(buttons)
        self.retranslate()

    def ask(self, key: str, name: str, words: Sequence[str]) -> None:
        """Show a key's words and ask for a decision."""
        self.key = key
        self.name.setText(name)
        self.words.setText("\n".join("  ".join(words[at : at + _A_LINE]) for at in range(0, len(words), _A_LINE)))
        self.show()
        self.no.setFocus()  # a hasty Enter trusts nobody

    def retranslate(self) -> None:
        """Say everything again."""
        say = self._phrases.say
        self.title.setText(say("panels.exchange.trust.title"))
        self.hint.setText(say("panels.exchange.trust.hint"))
        self.name.setPlaceholderText(say("panels.exchange.other_name"))
        self.name.setAccessibleName(say("panels.exchange.other_name"))
        self.yes.setText(say("panels.exchange.trust.yes"))
        self.no.setText(say("panels.exchange.trust.no"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.fillRect(0, 4, tokens.unit, self.height() - 8, theme.colour(tokens.edge))
