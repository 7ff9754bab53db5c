"""What stands in the place of a panel that is not to be seen now: who is away, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import theme
from widgets.panel_page import MessagePage


@dataclass(frozen=True, slots=True)
class Covering:
    """The words of a cover, said already: none where a form beside it says them, or nothing is known yet."""

    says: str = ""
    hint: str = ""
    action: str = ""
    known: bool = True
    """Whether it is known who may look; else it is about to be."""


class Cover(QWidget):
    """One cover."""

    asked = Signal()
    """Its button was pressed."""

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self.page = MessagePage(phrases)
        self.page.action_asked.connect(self.asked)
        self.setFocusProxy(self.page.action)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.page)
        self.hide()

    def tell(self, covering: Covering) -> None:
        """Say this."""
        self.page.setVisible(bool(covering.says))
        self.page.tell("lock", covering.says, covering.hint, action=covering.action)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.setPen(theme.pen(tokens.line))
            painter.setBrush(theme.colour(tokens.panel))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
