"""Nearer, further, all: the three buttons at the map's upper right, for those who do not use wheel or keys."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import theme
from widgets.icon_button import IconButton
from widgets.plate import paint_plate
from widgets.speech import follow

_BUTTONS = {"plus": "zoom_in", "minus": "zoom_out", "home": "whole"}


class MapButtons(QWidget):
    """Emits what was pressed: "plus", "minus" or "home"."""

    pressed = Signal(str)

    def __init__(self, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self._buttons = {name: IconButton(name) for name in _BUTTONS}
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(0)
        for name, button in self._buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.pressed.emit(name))
            column.addWidget(button)
        follow(phrases, self, self._say)
        self.adjustSize()

    def _say(self) -> None:
        for name, button in self._buttons.items():
            button.say(self._phrases.say(f"widgets.map.{_BUTTONS[name]}"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        paint_plate(self, tokens.panel, tokens.line)
